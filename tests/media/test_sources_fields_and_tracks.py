"""Interlaced sources keep their fields' order and motion; tracks and channels of sound land where they belong."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from field_pictures import make_field_pictures
from media_factory import from_gray, make_clip, read_counters
from render_bench import Bench, read_rendition, tiny_channel
from test_pieces_frames import render, spec

from mediakit.tools.probe import probe_with_index

SIZE = (160, 96)
CODERS = [
    *(("a.mp4", "h264b", "bff"), ("a.mkv", "h264b", "tff"), ("b.mkv", "h264b", "bff")),
    *(("a.mov", "prores", "tff"), ("a.ts", "mpeg2", "bff"), ("a.mkv", "ffv1", "bff")),
]


@pytest.mark.parametrize(("file", "codec", "order"), CODERS)
def test_every_field_becomes_a_frame_at_twice_the_rate(file: str, codec: str, order: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {"interlace": order, "count_fields": True, "size": SIZE, "audio": None, "gop": 12}
    clip = make_clip(tmp_path / file, duration=2.0, codec=codec, **options)
    joined, grid = render(clip.path, spec(*SIZE, Fraction(50)), tmp_path, marks=(27, 62))
    assert grid.fields
    assert [from_gray(code) for code in read_counters(joined)] == list(range(100))


@pytest.mark.parametrize(("source", "target"), [(25, "30000/1001"), ("30000/1001", 25)])
def test_other_rates_take_the_nearest_field(source: Any, target: Any, tmp_path: Path) -> None:
    options: dict[str, Any] = {"interlace": "tff", "count_fields": True, "size": SIZE, "audio": None, "gop": 12}
    clip = make_clip(tmp_path / "a.ts", duration=2.0, codec="h264b", fps=source, **options)
    joined, _ = render(clip.path, spec(*SIZE, Fraction(target)), tmp_path, marks=(21,))
    counters = [from_gray(code) for code in read_counters(joined)]
    fields, ticks = 2 * clip.fps, Fraction(target)
    for tick, counter in enumerate(counters[:-1]):
        assert abs((counter + Fraction(1, 2)) / fields - (tick + Fraction(1, 2)) / ticks) <= 1 / fields / 2 + 0.0005
    assert {counter % 2 for counter in counters} == {0, 1}, "only one of the two fields was used"


def test_the_same_rate_keeps_frames(tmp_path: Path) -> None:
    options: dict[str, Any] = {"interlace": "bff", "count_fields": True, "size": SIZE, "audio": None, "gop": 12}
    clip = make_clip(tmp_path / "a.ts", duration=2.0, codec="h264b", fps="30000/1001", **options)
    joined, grid = render(clip.path, spec(*SIZE, Fraction(30)), tmp_path, marks=(21,))
    assert not grid.fields
    assert [from_gray(code) for code in read_counters(joined)] == list(range(0, 120, 2))


@pytest.mark.parametrize(("file", "order"), [("a.ts", "tff"), ("a.mp4", "bff")])
def test_fields_that_are_pictures_of_their_own(file: str, order: Any, tmp_path: Path) -> None:
    path = make_field_pictures(tmp_path / file, frames=50, order=order, size=SIZE)
    info, index = probe_with_index(path, "0")
    picture = info.picture
    assert picture is not None
    assert index is not None
    assert (picture.fps, picture.frames, picture.field_order, picture.variable_rate) == (25, 50, order, False)
    assert picture.duration == pytest.approx(2.0)
    joined, grid = render(path, spec(*SIZE, Fraction(50)), tmp_path, marks=(27, 62))
    assert grid.fields
    counters = [from_gray(code) for code in read_counters(joined)]
    assert counters[:-1] == list(range(99))  # a file's very last field has no other one to be told from
    assert len(counters) == 100
    (tmp_path / "frames").mkdir()
    joined, _ = render(path, spec(*SIZE, Fraction(25)), tmp_path / "frames", marks=(21,))
    assert [from_gray(code) for code in read_counters(joined)] == list(range(0, 100, 2))


TRACKS: dict[str, tuple[str, dict[str, Any], set[int], set[int]]] = {
    "mono": ("a.mp4", {"audio": "mono"}, {330}, {330}),
    "stereo": ("a.mp4", {"audio": "stereo"}, {330}, {440}),
    "5.1 in AAC": ("a.mp4", {"audio": "5.1"}, {330, 550, 770}, {440, 550, 880}),
    "5.1 in AC-3": ("a.ts", {"audio": "5.1", "audio_codec": "ac3"}, {330, 550, 770}, {440, 550, 880}),
    "5.1 without a layout": ("a.mov", {"audio": "5.1"}, {330, 550, 770}, {440, 550, 880}),
    "two mono tracks of a camera": ("a.mov", {"audio": ["mono", "mono"]}, {330}, {1650}),
    "eight mono tracks of a broadcast file": ("a.mxf", {"audio": ["mono"] * 8, "codec": "mpeg2"}, {330}, {1650}),
    "stereo before other tracks": ("a.mp4", {"audio": ["stereo", "5.1", "mono"]}, {330}, {440}),
    "two languages": ("a.mkv", {"audio": ["mono", "mono"]}, {330}, {330}),
}


def heard(sound: Any, rate: int) -> set[int]:
    """Return the frequencies of the factory's sines that are heard, within 30 dB of the loudest."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    levels = {hertz: spectrum[round(hertz * len(sound) / rate)] for hertz in [*range(330, 990, 110), 770, 880, 1650]}
    return {hertz for hertz, level in levels.items() if level > max(levels.values()) / 30}


@pytest.mark.parametrize("name", TRACKS)
def test_channels_land_where_they_belong(name: str, tmp_path: Path) -> None:
    file, options, left, right = TRACKS[name]
    clip = make_clip(tmp_path / file, duration=1.2, **{"codec": "h264", **options})
    bench = Bench(tmp_path / "work")
    out = bench.render(bench.ingest(clip.path), channels=["one"], channel_definitions={"one": tiny_channel()})
    main, _ = read_rendition(out, "one", "a")
    with av.open(str(main)) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    assert [heard(side[2400:50400], 48000) for side in sound] == [left, right]
