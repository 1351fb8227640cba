"""Shot changes of generated clips whose cuts are known, and cues that keep clear of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import Cancelled
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.probe import probe_with_index
from mediakit.vision.cuts import find_shot_changes, read_thumbs
from mediakit.vision.decoding import StretchReader, tick_of
from mediakit.vision.view import Picture, View

_SHOTS = ("testsrc=s=160x90:r=25:d=2", "color=c=0x802020:s=160x90:r=25:d=1.2", "mandelbrot=s=160x90:r=25")


def test_cuts_are_found_to_the_frame_and_a_fade_is_none(tmp_path: Path) -> None:
    inputs = [part for shot in _SHOTS for part in ("-f", "lavfi", "-i", shot)]
    graph = "[2:v]trim=end=2,fade=in:d=0.8[late];[0:v][1:v][late]concat=n=3:v=1,format=yuv420p"
    clip = tmp_path / "三 shots.mp4"
    run_ffmpeg([*inputs, "-filter_complex", graph, "-frames:v", "130", str(clip)], task="make shots")
    found = find_shot_changes(clip, 0)
    assert found == (2.0, 3.2)


def make_shots(path: Path, lengths: list[int], *options: str) -> list[int]:
    """Make shots of so many frames, with two frames of which no others are made between any two; return the cuts."""
    inputs = [
        part
        for number, length in enumerate(lengths)
        for part in (
            "-f",
            "lavfi",
            "-t",
            f"{length / 25:.2f}",
            "-i",
            f"testsrc2=s=320x180:r=25,hue=h={number * 67}",
        )
    ]
    flips = "".join(f"[{n}:v]{'hflip' if n % 2 else 'null'}[v{n}];" for n in range(len(lengths)))
    graph = flips + "".join(f"[v{n}]" for n in range(len(lengths))) + f"concat=n={len(lengths)}:v=1,format=yuv420p"
    coding = (
        "-c:v",
        "libx264",
        "-g",
        "48",
        "-bf",
        "2",
        "-b_strategy",
        "0",
        "-b-pyramid",
        "none",
        "-sc_threshold",
        "0",
        *options,
    )
    run_ffmpeg([*inputs, "-filter_complex", graph, *coding, str(path)], task="make shots")
    return [sum(lengths[: number + 1]) for number in range(len(lengths) - 1)]


@pytest.mark.parametrize("name", ["a.mp4", "b.ts", "c.mkv"])
@pytest.mark.parametrize("options", [(), ("-x264-params", "open-gop=1")], ids=["closed", "open"])
def test_cuts_between_frames_that_are_left_out_are_found_to_the_frame(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    """Cuts at every place of the pattern of frames, right before and after a key frame among them."""
    cuts = make_shots(tmp_path / name, [20, 21, 22, 32, 27, 24, 23, 25], *options)
    assert [round(time * 25) for time in find_shot_changes(tmp_path / name, 0)] == cuts


def test_thin_reading_decodes_few_frames_and_knows_of_all(tmp_path: Path) -> None:
    cuts = make_shots(tmp_path / "a.mp4", [30, 31, 35])
    info, index = probe_with_index(tmp_path / "a.mp4", "0" * 64)
    assert info.picture is not None
    assert index is not None
    reader = StretchReader(tmp_path / "a.mp4", info.picture.index)
    thin = [tick_of(frame) for frame in reader.frames(thin=True)]
    assert len(thin) < 40
    assert reader.shown == index.frame_pts.tolist()
    first, last = index.frame_pts[cuts[0] - 3].item(), index.frame_pts[cuts[0] + 3].item()
    between = [tick_of(frame) for frame in reader.frames_between([(first, last)])]
    assert between == index.frame_pts[cuts[0] - 2 : cuts[0] + 3].tolist()
    seconds, thumbs = read_thumbs(tmp_path / "a.mp4", info.picture.index)
    view = View.of(info.picture)
    whole = np.array([Picture(frame, view).thumb() for frame in reader.frames()])
    assert seconds.tolist() == pytest.approx((index.frame_times - index.frame_times[0]).tolist())
    assert np.abs(thumbs.astype(int) - whole).mean() < 3
    for cut in cuts:  # both sides of a cut were decoded
        assert (thumbs[cut - 1 : cut + 1] == whole[cut - 1 : cut + 1]).all()


def test_reading_can_be_stopped_while_gaps_are_filled(tmp_path: Path) -> None:
    make_shots(tmp_path / "a.mp4", [30, 31, 35])
    told: list[float] = []

    def tell(seconds: float) -> None:
        if told and seconds == told[-1]:  # the first pass is over: no later time is reached
            raise Cancelled
        told.append(seconds)

    with pytest.raises(Cancelled):
        find_shot_changes(tmp_path / "a.mp4", 0, on_time=tell)
