"""A picture measured piece by piece: the same checks, to the last digit, as measured whole."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from media_factory import run

from mediakit.channels.loading import load_profiles
from mediakit.errors import ToolError
from mediakit.media.qcreport import Check
from mediakit.quality.facts import FrameFacts, Reducer
from mediakit.quality.picture import Decoding, run_picture, sample_size
from mediakit.quality.picture_checks import check_picture, list_wanted
from mediakit.quality.pieces import MeasuredPiece, judge_pieces, measure_pieces
from mediakit.quality.target import Target, make_target
from mediakit.render.join import join_pieces
from mediakit.tools.probe import probe_with_index

SIZE = "192x108"
JOINS = (0, 62, 75, 130, 175, 210, 262, 320, 335, 377, 400)
FAULTS = ",".join(
    (
        f"testsrc2=s={SIZE}:r={{fps}}",
        "loop=loop=80:size=1:start=150",
        "drawbox=t=fill:c=black:enable='between(n,40,110)'",
        "drawbox=t=fill:c=white:enable='between(n,300,349)*lt(mod(n,4),2)'",
        "drawbox=h=14:t=fill:c=black:enable='gte(n,315)'",
        "drawbox=y=94:h=14:t=fill:c=black:enable='gte(n,315)'",
        "format=yuv420p,setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709",
    )
)
"""Black, a freeze, flashes and a letterbox, each across joins; one piece is black from end to end."""


def make_joined(
    folder: Path,
    graph: str,
    fps: Fraction,
    joins: tuple[int, ...] = JOINS,
    order: str = "keyint=50:bframes=3:b-adapt=0",
) -> Path:
    """Encode stretches of a picture by themselves, with reordered frames, and join them as rendering does."""
    pieces = []
    for first, end in pairwise(joins):
        path = folder / f"piece{first}.mp4"
        cut = f"{graph.format(fps=fps)},trim=start_frame={first}:end_frame={end},setpts=PTS-STARTPTS"
        encoder = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "1"]
        parameters = f"scenecut=0:open-gop=0:stitchable=1:{order}"
        run(["-f", "lavfi", "-i", cut, *encoder, "-x264-params", parameters, path])
        pieces.append(path)
    join_pieces(pieces, folder / "joined.mp4", fps)
    return folder / "joined.mp4"


def small_target(*only: str) -> Target:
    profiles = load_profiles()
    channel = profiles.channel("tv_web")
    return make_target(channel, profiles.loudness[channel.audio.loudness], profiles.qc["default"], None, only)


def pieces_of(folder: Path, joins: tuple[int, ...] = JOINS) -> list[MeasuredPiece]:
    return [MeasuredPiece(first, end - first, folder / str(first)) for first, end in pairwise(joins)]


def judge_whole(path: Path, target: Target) -> list[Check]:
    info, index = probe_with_index(path, "")
    assert info.picture is not None
    return check_picture(path, info.picture, index, target, threads=2)


def judge_merged(path: Path, target: Target, pieces: list[MeasuredPiece]) -> list[Check]:
    info, index = probe_with_index(path, "")
    assert info.picture is not None
    return judge_pieces(pieces, target, info.picture, index)


@pytest.fixture(scope="module", params=["25", "30000/1001"])
def joined(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Fraction]:
    fps = Fraction(request.param)
    return make_joined(tmp_path_factory.mktemp("joined"), FAULTS, fps), fps


@pytest.mark.parametrize("together", [1, 4, len(JOINS)])
def test_pieces_give_the_checks_of_the_whole(joined: tuple[Path, Fraction], tmp_path: Path, together: int) -> None:
    path, fps = joined
    target, pieces = small_target(), pieces_of(tmp_path)
    for start in range(0, len(pieces), together):
        measure_pieces(path, fps, pieces[start : start + together], list_wanted(target))
    merged = judge_merged(path, target, pieces)
    assert [c for c in merged if c.id != "field_order"] == [
        c for c in judge_whole(path, target) if c.id != "field_order"
    ]
    found = {check.id: check for check in merged}
    assert found["black"].verdict == "fail"
    assert found["black"].where[0].start == pytest.approx(40 / float(fps), abs=0.001)
    assert found["black"].where[0].end == pytest.approx(111 / float(fps), abs=0.001)
    assert found["freeze"].where[-1].start == pytest.approx(150 / float(fps), abs=0.05)
    assert found["freeze"].where[-1].duration == pytest.approx(81 / float(fps), abs=0.1)
    assert found["flash"].verdict == "fail"
    assert found["flash"].where[0].end == pytest.approx(350 / float(fps), abs=0.2)
    assert found["bars"].where[0].end == pytest.approx(400 / float(fps), abs=0.01)


@pytest.mark.parametrize(
    "order",
    [
        "keyint=50:bframes=3:b-adapt=0",
        "keyint=50:bframes=0",
        "keyint=2:min-keyint=1:bframes=0",
        "keyint=4:min-keyint=1",
    ],
)
@pytest.mark.parametrize("rate", ["25", "30000/1001", "50"])
def test_a_piece_is_decoded_to_the_frame_without_its_neighbours(tmp_path: Path, order: str, rate: str) -> None:
    joins, fps = (0, 26, 40, 53, 100), Fraction(rate)
    path = make_joined(tmp_path, f"testsrc2=s={SIZE}:r={{fps}},format=yuv420p", fps, joins, order)
    wanted = list_wanted(small_target("freeze"))
    whole: list[FrameFacts] = []
    reducer = Reducer(wanted)
    run_picture(path, Decoding(0, 192, sample_size(192, 108), False), lambda b: whole.append(reducer.reduce(b)))
    luma = np.concatenate([facts.luma for facts in whole])
    assert len(luma) == joins[-1]
    for piece in reversed(pieces_of(tmp_path / "p", joins)):
        measure_pieces(path, fps, [piece], wanted)
        facts = FrameFacts.load(piece.folder / "facts.npz", piece.first)
        assert np.array_equal(facts.luma, luma[piece.first : piece.first + piece.frames])


def test_what_is_kept_of_a_piece_hangs_on_its_content_alone(tmp_path: Path) -> None:
    moving, wanted = f"testsrc2=s={SIZE}:r={{fps}},format=yuv420p", list_wanted(small_target())
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    make_joined(tmp_path / "a", moving, Fraction(25), (0, 40, 80, 120))
    # The second piece alone, and after another first one.
    other = tmp_path / "b"
    run(["-f", "lavfi", "-i", f"color=c=gray:s={SIZE}:r=25:d=1", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20",
         "-threads", "1", "-x264-params", "scenecut=0:open-gop=0:stitchable=1:keyint=50:bframes=3:b-adapt=0",
         other / "first.mp4"])  # fmt: skip
    join_pieces([other / "first.mp4", tmp_path / "a" / "piece40.mp4"], other / "joined.mp4", Fraction(25))
    measure_pieces(tmp_path / "a" / "joined.mp4", Fraction(25), pieces_of(tmp_path / "x", (0, 40, 80, 120)), wanted)
    measure_pieces(other / "joined.mp4", Fraction(25), [MeasuredPiece(25, 40, tmp_path / "y")], wanted)
    for name in ("facts.npz", "scan.txt"):
        assert (tmp_path / "x" / "40" / name).read_bytes() == (tmp_path / "y" / name).read_bytes()


def test_a_piece_that_cannot_be_decoded_is_a_finding_and_its_neighbours_are_not(tmp_path: Path) -> None:
    path = make_joined(tmp_path, f"testsrc2=s={SIZE}:r={{fps}},format=yuv420p", Fraction(25), (0, 40, 80))
    target = small_target()
    pieces = [*pieces_of(tmp_path / "p", (0, 40, 80)), MeasuredPiece(80, 25, tmp_path / "p" / "80")]
    measure_pieces(path, Fraction(25), pieces, list_wanted(target))
    assert (pieces[1].folder / "facts.npz").is_file()
    assert not (pieces[2].folder / "facts.npz").exists()
    assert len(judge_merged(path, target, pieces[:2])) == 6
    with pytest.raises(ToolError):
        judge_merged(path, target, pieces)


def test_fields_are_seen_in_pieces_as_in_the_whole(tmp_path: Path) -> None:
    woven = (
        f"mandelbrot=s={SIZE}:r=50:end_scale=0.05:maxiter=200,tinterlace=interleave_top,setfield=prog,format=yuv420p"
    )
    path = make_joined(tmp_path, woven, Fraction(25), (0, 40, 80, 130))
    target, pieces = small_target("field_order"), pieces_of(tmp_path / "p", (0, 40, 80, 130))
    measure_pieces(path, Fraction(25), pieces, list_wanted(target))
    whole, merged = judge_whole(path, target)[0], judge_merged(path, target, pieces)[0]
    assert merged.verdict == whole.verdict == "warn"
    assert merged.measured == whole.measured
    scans = [(piece.folder / "scan.txt").read_text() for piece in pieces]
    assert [len(scan) for scan in scans] == [40, 40, 50]
    assert all(scan[0] == scan[-1] == "u" for scan in scans)
