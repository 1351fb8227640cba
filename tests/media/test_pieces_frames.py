"""Pieces joined again hold every frame once, in order, whatever the source."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from media_factory import Clip, make_clip, read_counters

from mediakit.media.digests import digest_file
from mediakit.render.drawing import Drawing
from mediakit.render.encode import PIECE_FILE, encode_piece
from mediakit.render.geometry import Display
from mediakit.render.join import join_pieces, note_frames, piece_frames
from mediakit.render.pieces import SourceGrid
from mediakit.render.scene import Scene, Window
from mediakit.render.spec import Encoding, PictureSpec
from mediakit.tools.probe import index_packets, probe_media


def spec(width: int, height: int, fps: Fraction, fit: Any = "pad", crf: float = 16.0) -> PictureSpec:
    return PictureSpec(width, height, fps, fit, Encoding("h264", "ultrafast", crf, 10, 2))


def open_grid(path: Path, fps: Fraction) -> tuple[SourceGrid, Display, str]:
    info = probe_media(path, digest_file(path))
    stream = info.picture
    assert stream is not None
    display = Display.of(stream)
    index = index_packets(path, stream.index)
    start = Fraction(info.start).limit_denominator(1_000_000)
    grid = SourceGrid(index, fps, start_s=start, handles=display.handles, interlaced=display.interlaced)
    return grid, display, info.container


def render(path: Path, wanted: PictureSpec, folder: Path, marks: tuple[int, ...] = ()) -> tuple[Path, SourceGrid]:
    """Render a whole source in pieces cut at the grid's own edges, or at ``marks``."""
    grid, display, container = open_grid(path, wanted.fps)
    first, end = grid.ticks
    edges = (first, *marks, end)
    pieces = [piece for left, right in pairwise(edges) for piece in grid.cut(left, right)]
    parts = []
    for number, piece in enumerate(pieces):
        out = folder / str(number)
        out.mkdir()
        window = Window.of(path, container, grid, piece, display)
        encode_piece(Scene((window,)), {out: Drawing(wanted)}, task="test", scratch=out)
        parts.append(out / PIECE_FILE)
    joined = folder / "joined.mp4"
    join_pieces(parts, joined, wanted.fps)
    return joined, grid


def check_even_times(path: Path, fps: Fraction, frames: int) -> None:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = sorted(packet.pts * packet.time_base for packet in container.demux(stream) if packet.size)
    assert times == [number / fps for number in range(frames)]


SOURCES = {
    "mp4 with B-frames": ("a.mp4", {"codec": "h264b", "gop": 20}),
    "open groups in mp4": ("a.mp4", {"codec": "h264open", "gop": 15}),
    "transport stream": ("a.ts", {"codec": "h264b", "gop": 15}),
    "open groups in a transport stream": ("a.ts", {"codec": "h264open", "gop": 15}),
    "matroska": ("a.mkv", {"codec": "h264b", "gop": 20}),
    "HEVC, open groups": ("a.mp4", {"codec": "hevcopen", "gop": 15}),
    "MPEG-2 programme stream": ("a.mpg", {"codec": "mpeg2", "gop": 12}),
    "all key frames": ("a.mov", {"codec": "prores"}),
    "VP9": ("a.webm", {"codec": "vp9", "gop": 20}),
    "edit list": ("a.mp4", {"codec": "h264b", "gop": 20, "edit_list_s": 0.4}),
}


@pytest.mark.parametrize("name", SOURCES)
def test_every_frame_is_right_across_joins(name: str, tmp_path: Path) -> None:
    file, options = SOURCES[name]
    clip: Clip = make_clip(tmp_path / file, duration=5.0, audio=None, **options)
    joined, grid = render(clip.path, spec(160, 90, clip.fps), tmp_path, marks=(33, 57, 71, 102))
    assert tuple(read_counters(joined)) == clip.counters
    check_even_times(joined, clip.fps, clip.frames)
    assert grid.ticks == (0, clip.frames)


@pytest.mark.parametrize("rate", ["30000/1001", "24000/1001", "50", "60000/1001", "12"])
@pytest.mark.parametrize("file", ["a.mp4", "a.mkv", "a.ts"])
def test_rate_conversion_is_the_same_in_pieces_as_whole(rate: str, file: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / file, duration=4.0, fps=rate, codec="h264b", gop=20, audio=None)
    wanted = spec(160, 90, Fraction(25))
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole, grid = render(clip.path, wanted, tmp_path / "whole")
    parts, _ = render(clip.path, wanted, tmp_path / "parts", marks=(21, 40, 63, 78))
    counters = read_counters(parts)
    assert counters == read_counters(whole)
    assert counters == grid.shown(*grid.ticks).tolist()
    assert abs(len(counters) / 25 - clip.duration) <= 1 / 25
    for tick, number in enumerate(counters):
        assert abs(float(number / clip.fps) - tick / 25) <= max(0.5 / 25, float(1 / clip.fps)) + 0.001


def test_variable_frame_rate_keeps_time(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=4.0, vfr=True, codec="h264b", gop=20, audio=None)
    joined, grid = render(clip.path, spec(160, 90, Fraction(25)), tmp_path, marks=(26, 51, 75))
    expected = [max(c for c in clip.counters if c <= max(tick, clip.counters[0])) for tick in range(grid.end)]
    assert read_counters(joined) == expected


@pytest.mark.parametrize("file", ["a.mp4", "a.mkv", "a.ts"])
def test_a_picture_that_starts_late_is_held(file: str, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / file, duration=3.0, video_start=0.4, codec="h264b", gop=20)
    joined, grid = render(clip.path, spec(160, 90, clip.fps), tmp_path)
    counters = read_counters(joined)
    assert grid.lead == (11 if file == "a.ts" else 10)  # sound in a transport stream starts with the coder's delay
    assert counters == [0] * grid.lead + list(clip.counters)


def test_interlaced_pieces_equal_the_whole(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, size=(320, 192), interlace="tff", gop=15, audio=None)
    wanted = spec(320, 192, clip.fps)
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole, _ = render(clip.path, wanted, tmp_path / "whole")
    parts, _ = render(clip.path, wanted, tmp_path / "parts", marks=(30, 45))
    assert read_counters(parts) == list(clip.counters)
    with av.open(str(whole)) as one, av.open(str(parts)) as two:
        for a, b in zip(one.decode(video=0), two.decode(video=0), strict=True):
            difference = a.to_ndarray(format="gray").astype(int) - b.to_ndarray(format="gray")
            assert abs(difference).mean() < 1.5


def test_what_is_noted_beside_pieces_changes_nothing(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, codec="h264b", gop=20, audio=None)
    joined, _ = render(clip.path, spec(160, 90, clip.fps), tmp_path, marks=(21, 40))
    parts = sorted(tmp_path.glob(f"*/{PIECE_FILE}"), key=lambda part: int(part.parent.name))
    notes = [part.with_suffix(".json") for part in parts]
    assert [json.loads(note.read_text()) for note in notes] == [list(piece_frames(part, clip.fps)) for part in parts]
    notes[0].unlink()
    notes[1].write_text("0")
    again = tmp_path / "again.mp4"
    join_pieces(parts, again, clip.fps)
    assert again.read_bytes() == joined.read_bytes()
    assert note_frames(clip.path.with_name("none.mp4"), clip.fps) == 0
