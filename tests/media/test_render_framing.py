"""A picture seen through windows: the right part of the right frame, to the pixel, whatever the rate and the piece."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ramp_factory import Ramp, Seen, make_ramp, read_ramps
from render_bench import Bench, file_ref, read_rendition, tiny_channel
from test_broadcast_mxf import broadcast
from test_edit_render import make_edit
from test_pieces_frames import open_grid

from mediakit.errors import RecipeError, UsageError
from mediakit.media.digests import digest_file
from mediakit.media.framing import Camera, FramedShot, Framing, Part, View, format_shape
from mediakit.media.framing_file import read_framing, write_framing
from mediakit.media.shorts import Short, ShortsList, ShortSpan, write_shorts
from mediakit.media.windows import Mark, Stretch, Windows
from mediakit.media.windows import Path as Way
from mediakit.render.drawing import Drawing
from mediakit.render.encode import PIECE_FILE, encode_piece
from mediakit.render.scene import Scene, Window
from mediakit.render.spec import Encoding, PictureSpec
from mediakit.render.views import view_piece
from mediakit.steps.inputs import Artifact

WIDE, TALL = Fraction(16, 9), Fraction(9, 16)
NTSC = Fraction(30000, 1001)


def still(x: float, y: float = 0.5, height: float = 1.0) -> Way:
    return Way(height, (Mark(0.0, x, y),))


def glide(*places: tuple[float, float], height: float = 1.0, down: bool = False) -> Way:
    marks = (Mark(time, 0.5, at) if down else Mark(time, at, 0.5) for time, at in places)
    return Way(height, tuple(marks))


def render_pieces(
    clip: Ramp,
    windows: Windows,
    folder: Path,
    *,
    size: tuple[int, int],
    fps: Fraction | None = None,
    down: bool = False,
) -> list[Seen]:
    """Render a whole clip through windows, piece by piece, and return what each frame shows."""
    rate = fps or clip.fps
    grid, display, container = open_grid(clip.path, rate)
    spec = PictureSpec(*size, rate, "track", Encoding("h264", "ultrafast", 3.0, 10, 0))
    seen = []
    for number, piece in enumerate(grid.cut(*grid.ticks)):
        out = folder / f"piece{number}"
        out.mkdir(parents=True)
        views = view_piece(windows, grid, piece, display, spec)
        scene = Scene((Window.of(clip.path, container, grid, piece, display),))
        encode_piece(scene, {out: Drawing(spec, views=(views,))}, task="t", scratch=out)
        seen += read_ramps(out / PIECE_FILE, down=down)
    return seen


def errors(seen: list[Seen], windows: Windows, fps: Fraction, pixels: float, *, down: bool = False) -> Any:
    """Return how far each frame's window lies from where it should be at the source frame's time, in frame pixels."""
    found = []
    for one in seen:
        time = float(one.number / fps)
        mark = windows.stretches[windows.number_at(time, 0.01)].paths[0].at(time)
        found.append((one.middle - (mark.y if down else mark.x)) * pixels)
    return np.array(found)


def test_a_window_that_stands_shows_its_part_to_the_pixel(tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", frames=30)
    windows = Windows(TALL, WIDE, (Stretch(0, 2, "window", (still(0.37),)),))
    seen = render_pieces(clip, windows, tmp_path / "out", size=(180, 320))
    assert [one.number for one in seen] == list(range(30))
    assert np.abs(errors(seen, windows, clip.fps, 320 * 16 / 9)).max() <= 0.6
    assert all(one.far - one.near == pytest.approx(float(TALL / WIDE), abs=6e-4) for one in seen)


def test_a_window_that_goes_is_within_a_small_part_of_a_pixel_and_steady(tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", frames=100)
    way = glide((0, 0.3), (0.4, 0.302), (2.0, 0.5), (3.6, 0.698), (4.0, 0.7))
    windows = Windows(TALL, WIDE, (Stretch(0, 4, "window", (way,)),))
    seen = render_pieces(clip, windows, tmp_path / "out", size=(360, 640))
    off = errors(seen, windows, clip.fps, 640 * 16 / 9)
    assert [one.number for one in seen] == list(range(100))
    assert np.abs(off).max() <= 0.45
    assert off.std() <= 0.2, "whole pixels would give 0.29 and more"


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        (25, Fraction(25)),
        (NTSC, NTSC),
        (NTSC, Fraction(25)),
        (24, Fraction(25)),
        (25, Fraction(50)),
        (50, Fraction(25)),
    ],
)
def test_a_window_jumps_on_the_frame_that_begins_a_shot(source: Any, wanted: Fraction, tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", size=(320, 180), frames=90, fps=source)
    cuts = [17, 31, 32, 70]
    edges = [0.0, *(float(cut / clip.fps) for cut in cuts), float(90 / clip.fps)]
    places = (0.25, 0.75, 0.3, 0.6, 0.4)
    windows = Windows(
        TALL,
        WIDE,
        tuple(
            Stretch(round(a, 6), round(b, 6), "window", (still(x),))
            for a, b, x in zip(edges, edges[1:], places, strict=False)
        ),
    )
    seen = render_pieces(clip, windows, tmp_path / "out", size=(90, 160), fps=wanted)
    assert len(seen) == pytest.approx(90 * float(wanted / clip.fps), abs=1)
    for one in seen:
        shot = sum(one.number >= cut for cut in cuts)
        assert abs(one.middle - places[shot]) * 160 * 16 / 9 < 2, f"frame {one.number} shows another shot's window"


def test_a_window_goes_down_a_tall_picture(tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", size=(180, 320), frames=60, down=True)
    windows = Windows(WIDE, TALL, (Stretch(0, 2.4, "window", (glide((0, 0.2), (1.0, 0.4), (2.4, 0.8), down=True),)),))
    seen = render_pieces(clip, windows, tmp_path / "out", size=(320, 180), down=True)
    assert [one.number for one in seen] == list(range(60))
    assert np.abs(errors(seen, windows, clip.fps, 320 * 16 / 9, down=True)).max() <= 0.5


def test_a_smaller_window_that_goes_both_ways(tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", frames=50)
    way = Way(0.98, (Mark(0, 0.3, 0.49), Mark(1, 0.5, 0.505), Mark(2, 0.7, 0.51)))
    windows = Windows(TALL, WIDE, (Stretch(0, 2, "window", (way,)),))
    seen = render_pieces(clip, windows, tmp_path / "out", size=(360, 640))
    assert [one.number for one in seen] == list(range(50))
    assert np.abs(errors(seen, windows, clip.fps, 640 / 0.98 * 16 / 9)).max() <= 0.5


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", size=(240, 180), frames=10, filters="setsar=4/3")
    windows = Windows(TALL, WIDE, (Stretch(0, 2, "window", (still(0.6),)),))
    seen = render_pieces(clip, windows, tmp_path / "out", size=(90, 160))
    assert np.abs(errors(seen, windows, clip.fps, 160 * 16 / 9)).max() <= 1.2
    assert seen[0].far - seen[0].near == pytest.approx(float(TALL / WIDE), abs=0.004)


def test_two_windows_stand_one_above_the_other(tmp_path: Path) -> None:
    clip = make_ramp(tmp_path / "a.mp4", size=(640, 360), frames=10)
    windows = Windows(TALL, WIDE, (Stretch(0, 2, "split", (still(0.25, 0.25, 0.5), still(0.75, 0.25, 0.5))),))
    grid, display, container = open_grid(clip.path, clip.fps)
    spec = PictureSpec(180, 320, clip.fps, "split", Encoding("h264", "ultrafast", 3.0, 10, 0))
    piece = grid.cut(0, 10)[0]
    drawing = Drawing(spec, views=(view_piece(windows, grid, piece, display, spec),))
    encode_piece(
        Scene((Window.of(clip.path, container, grid, piece, display),)), {tmp_path: drawing}, task="t", scratch=tmp_path
    )
    import av

    with av.open(str(tmp_path / PIECE_FILE)) as opened:
        luma = [frame.to_ndarray(format="yuv420p")[:320].astype(float) for frame in opened.decode(video=0)]
    assert len(luma) == 10
    upper, lower = luma[5][:160].mean(), luma[5][160:].mean()
    assert upper == pytest.approx(30 + 190 * 0.25, abs=1.5)
    assert lower == pytest.approx(30 + 190 * 0.75, abs=1.5)


def framing_of(
    path: Path,
    cuts: tuple[float, ...],
    places: tuple[float | str, ...],
    *,
    shape: Fraction = TALL,
    size: tuple[int, int],
) -> Framing:
    """Return a framing with a window that stands, or a fit, for each shot."""
    shots = []
    for a, b, place in zip(cuts, cuts[1:], places, strict=False):
        part = Part(fit=place) if isinstance(place, str) else Part(window=Camera.of(still(place)))  # type: ignore[arg-type]
        shots.append(FramedShot(start=a, end=b, views={format_shape(shape): View(parts=(part,))}))
    return Framing(
        source_digest=digest_file(path), width=size[0], height=size[1], fps=25, shapes=(shape,), shots=tuple(shots)
    )


def framing_artifact(bench: Bench, folder: Path, framing: Framing) -> Artifact:
    folder.mkdir(exist_ok=True)
    write_framing(framing, folder / "framing.yaml")
    return bench.artifact("framing", folder)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


def tall_channel(**changes: Any) -> dict[str, Any]:
    return tiny_channel(frame={"width": 90, "height": 160, "fps": 25}, fit="track", **changes)


def middles(path: Path) -> list[float]:
    return [round(one.middle, 2) for one in read_ramps(path)]


def silent(path: Path, **options: Any) -> Ramp:
    return make_ramp(path, size=(320, 180), **options)


def test_a_shot_that_is_framed_anew_changes_its_pieces_alone(bench: Bench, tmp_path: Path) -> None:
    clip = silent(tmp_path / "a.mp4", frames=400)
    asset = bench.ingest(clip.path)
    cuts = (0.0, 4.0, 8.2, 12.0, 16.0)
    first = framing_of(clip.path, cuts, (0.3, 0.7, 0.4, 0.6), size=clip.size)
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": tall_channel()}}
    out = bench.render(asset, {"framing": (framing_artifact(bench, tmp_path / "f1", first),)}, **options)
    seen = middles(read_rendition(out, "one", "a")[0])
    assert seen == [0.3] * 100 + [0.7] * 105 + [0.4] * 95 + [0.6] * 100
    every = len([name for name in bench.encoded if name.startswith("piece")])
    changed = framing_of(clip.path, cuts, (0.3, 0.7, 0.4, 0.5), size=clip.size)
    out = bench.render(asset, {"framing": (framing_artifact(bench, tmp_path / "f2", changed),)}, **options)
    assert middles(read_rendition(out, "one", "a")[0])[300:] == [0.5] * 100
    assert len([name for name in bench.encoded if name.startswith("piece")]) <= 2 < every


def test_shorts_take_their_part_of_the_windows_and_the_masters_pieces(bench: Bench, tmp_path: Path) -> None:
    clip = silent(tmp_path / "a.mp4", frames=400)
    asset = bench.ingest(clip.path)
    framing = framing_of(clip.path, (0.0, 4.0, 8.2, 16.0), (0.3, 0.7, 0.4), size=clip.size)
    values = {"framing": (framing_artifact(bench, tmp_path / "f", framing),)}
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": tall_channel()}}
    bench.render(asset, values, **options)
    (tmp_path / "s").mkdir()
    spans = (ShortSpan(start=7.0, end=15.0), ShortSpan(start=3.0, end=4.4))
    write_shorts(ShortsList(shorts=(Short(id="s1", spans=spans),)), tmp_path / "s" / "shorts.yaml")
    shorts = bench.artifact("shorts", tmp_path / "s")
    out = bench.render(asset, {**values, "shorts": shorts}, of="shorts", **options)
    seen = middles(read_rendition(out, "one", "a-s1")[0])
    assert seen == [0.7] * 30 + [0.4] * 170 + [0.3] * 25 + [0.7] * 10
    assert len([name for name in bench.encoded if name.startswith("piece")]) <= 5


def test_the_clips_of_an_edit_have_their_own_windows_through_a_dissolve(bench: Bench, tmp_path: Path) -> None:
    one, other = silent(tmp_path / "one.mp4", frames=150), silent(tmp_path / "two.mp4", frames=150, fps=50)
    clips = [
        {"clip": "one", "in": "20f", "length": "50f"},
        {"clip": "two", "in": "1s", "length": "25f", "dissolve": "10f"},
    ]
    edit = make_edit(bench, {"one": one.path, "two": other.path}, fps=25, picture=clips)
    framings = (
        framing_artifact(bench, tmp_path / "f1", framing_of(one.path, (0, 2.0, 6.0), (0.3, 0.6), size=one.size)),
        framing_artifact(bench, tmp_path / "f2", framing_of(other.path, (0, 1.4, 3.0), (0.7, 0.4), size=other.size)),
    )
    out = bench.render_edit(edit, {"framing": framings}, channels=["one"], channel_definitions={"one": tall_channel()})
    seen = middles(read_rendition(out, "one", "edit")[0])
    assert len(seen) == 75
    assert seen[:30] + seen[30:45] == [0.3] * 30 + [0.6] * 15
    assert seen[55:60] + seen[60:] == [0.7] * 5 + [0.4] * 15
    assert all(0.6 <= x <= 0.7 for x in seen[45:55])
    assert seen[45:55] == sorted(seen[45:55])


def test_a_shot_may_be_shown_whole_between_windows(bench: Bench, tmp_path: Path) -> None:
    clip = silent(tmp_path / "a.mp4", frames=75)
    framing = framing_of(clip.path, (0, 1, 2, 3), (0.3, "pad", 0.7), size=clip.size)
    values = {"framing": (framing_artifact(bench, tmp_path / "f", framing),)}
    out = bench.render(bench.ingest(clip.path), values, channels=["one"], channel_definitions={"one": tall_channel()})
    import av

    with av.open(str(read_rendition(out, "one", "a")[0])) as opened:
        tops = [float(frame.to_ndarray(format="yuv420p")[4:20, 10:80].mean()) for frame in opened.decode(video=0)]
    assert len(tops) == 75
    assert [top < 18 for top in tops] == [False] * 25 + [True] * 25 + [False] * 25


def test_broadcast_channels_are_framed_too(bench: Bench, tmp_path: Path) -> None:
    """A tall 50 frames source in 1080i: each field its own picture, both fields of a frame through the same window."""
    clip = make_ramp(tmp_path / "a.mp4", size=(180, 320), frames=150, fps=50, down=True)
    framing = framing_of(clip.path, (0, 1.2, 3.0), (0.5, 0.5), size=clip.size, shape=WIDE)
    shots = tuple(
        shot.model_copy(update={"views": {"16:9": View(parts=(Part(window=Camera.of(still(0.5, y))),))}})
        for shot, y in zip(framing.shots, (0.3, 0.6), strict=True)
    )
    values = {"framing": (framing_artifact(bench, tmp_path / "f", framing.model_copy(update={"shots": shots})),)}
    channel = broadcast(fit="track")
    out = bench.render(bench.ingest(clip.path), values, channels=["mxf"], channel_definitions={"mxf": channel})
    seen = [round(one.middle, 2) for one in read_ramps(read_rendition(out, "mxf", "a")[0], down=True)]
    assert seen == [0.3] * 30 + [0.6] * 45


def test_a_channel_that_follows_needs_windows_of_its_shape(bench: Bench, tmp_path: Path) -> None:
    clip = silent(tmp_path / "a.mp4", frames=50)
    asset = bench.ingest(clip.path)
    channel = {"one": tall_channel()}
    other = framing_artifact(
        bench, tmp_path / "f", framing_of(clip.path, (0, 2), (0.3,), size=clip.size, shape=Fraction(1))
    )
    with pytest.raises(UsageError, match=r"windows for 1:1, and a channel needs 9:16"):
        bench.render(asset, {"framing": (other,)}, channels=["one"], channel_definitions=channel)
    with pytest.raises(UsageError, match=r"no framing of a\.mp4.*fit: track") as caught:
        bench.render(asset, {"framing": ()}, channels=["one"], channel_definitions=channel)
    assert "look and framing" in str(caught.value.hint)


def test_a_picture_of_the_frames_own_shape_needs_no_windows(bench: Bench, tmp_path: Path) -> None:
    clip = silent(tmp_path / "a.mp4", frames=50)
    out = bench.render(
        bench.ingest(clip.path),
        {"framing": ()},
        channels=["one"],
        channel_definitions={"one": tiny_channel(fit="track")},
    )
    assert middles(read_rendition(out, "one", "a")[0]) == [0.5] * 50


def test_an_editors_word_wins(bench: Bench, tmp_path: Path) -> None:
    clip = silent(tmp_path / "a.mp4", frames=75)
    file = tmp_path / "framing.yaml"
    write_framing(framing_of(clip.path, (0, 1, 2, 3), (0.3, 0.4, 0.7), size=clip.size), file)
    text = file.read_text(encoding="utf-8").replace(
        "    end: 00:02.000\n", "    end: 00:02.000\n    window: {x: 0.9}\n"
    )
    file.write_text(text, encoding="utf-8")
    out = bench.render(
        bench.ingest(clip.path),
        {"framing": file_ref(file)},
        framing=file,
        channels=["one"],
        channel_definitions={"one": tall_channel()},
    )
    edge = round(1 - float(TALL / WIDE) / 2, 2)
    assert middles(read_rendition(out, "one", "a")[0]) == [0.3] * 25 + [edge] * 25 + [0.7] * 25
    file.write_text(text.replace("window: {x: 0.9}", "follow: 2"), encoding="utf-8")
    with pytest.raises(RecipeError, match=r"framing\.yaml:\d+:\d+: there is no person 2"):
        read_framing(file)
