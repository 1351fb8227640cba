"""Cuts are exact: frame numbers are read back from the picture, beeps and flashes from sound and picture."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from media_factory import Clip, make_clip, make_tone, read_counters

from mediakit.errors import UsageError
from mediakit.media.info import MediaInfo
from mediakit.media.packets import PacketIndex
from mediakit.render.cut import encode_cut
from mediakit.render.cut_plan import CutPlan, parse_spans, plan_cut
from mediakit.tools.probe import probe_with_index

SOURCES: dict[str, dict[str, Any]] = {
    "plain.mp4": {},
    "b-frames.mp4": {"codec": "h264b", "fps": "30000/1001", "gop": 40},
    "open-gop.ts": {"codec": "h264open", "gop": 25},
    "open-gop.mp4": {"codec": "h264open", "gop": 25},
    "hevc-open.mp4": {"codec": "hevcopen"},
    "film.mkv": {"codec": "h264b", "fps": "24000/1001", "audio": "5.1"},
    "tape.mxf": {"codec": "mpeg2", "audio": ("mono", "mono")},
    "late.mp4": {"video_start": 0.5},
    "edited.mp4": {"edit_list_s": 0.2},
    "fields.mpg": {"codec": "mpeg2", "interlace": "tff", "size": (160, 96)},
    "silent.mp4": {"audio": None},
    "small.webm": {"codec": "vp9"},
}


def cut(clip: Clip, spans: str, target: Path) -> tuple[CutPlan, MediaInfo, PacketIndex | None]:
    info, index = probe_with_index(clip.path, "0" * 64)
    plan = plan_cut(info, index, parse_spans(spans, info, index))
    encode_cut(clip.path, plan, target, task="cut")
    return plan, info, index


def lengths(path: Path) -> tuple[float, float | None]:
    """Return the seconds of picture and sound."""
    import av

    with av.open(str(path)) as container:
        picture = container.streams.video[0]
        sound = container.streams.audio[0] if container.streams.audio else None
        assert picture.duration is not None
        return (
            float(picture.duration * picture.time_base),
            float(sound.duration * sound.time_base) if sound and sound.duration is not None else None,
        )


@pytest.mark.parametrize("name", SOURCES)
def test_exactly_the_frames_that_were_asked_for(tmp_path: Path, name: str) -> None:
    clip = make_clip(tmp_path / name, duration=4.0, **SOURCES[name])
    last = len(clip.counters)
    for first, end in ((37, 61), (0, 5), (last - 9, last), (13, 14)):
        target = tmp_path / "cut.mp4"
        cut(clip, f"{first}f-{end}f", target)
        assert read_counters(target) == list(clip.counters[first:end])
        picture, sound = lengths(target)
        assert picture == pytest.approx(float((end - first) / clip.fps), abs=1e-3)
        assert (sound is None) == (SOURCES[name].get("audio", "") is None)
        assert sound is None or abs(sound - picture) < 1 / clip.fps


def test_several_spans_in_any_order(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=4.0, codec="h264open")
    cut(clip, "60f-70f,10f-15f,10f-12f", tmp_path / "cut.mp4")
    assert read_counters(tmp_path / "cut.mp4") == [*range(60, 70), *range(10, 15), *range(10, 12)]


def test_seconds_clock_and_timecode_mean_the_same_frames(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mov", duration=4.0, timecode="10:00:00:00")
    for spans in ("1-1.4", "00:01-00:01.40", "1s-1.4s", "25f-35f", "10:00:01:00-10:00:01:10"):
        cut(clip, spans, tmp_path / "cut.mp4")
        assert read_counters(tmp_path / "cut.mp4") == list(range(25, 35)), spans


def test_a_variable_rate_becomes_constant(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=4.0, vfr=True)
    plan, _, _ = cut(clip, "1-2", tmp_path / "cut.mp4")
    assert plan.picture is not None
    assert plan.picture.frames == 25
    shown = read_counters(tmp_path / "cut.mp4")
    expected = [max(number for number in clip.counters if number <= tick) for tick in range(25, 50)]
    assert shown == expected
    info, _ = probe_with_index(tmp_path / "cut.mp4", "0" * 64)
    assert info.picture is not None
    assert not info.picture.variable_rate


def test_picture_keeps_its_shape_and_is_turned_upright(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", sample_aspect=Fraction(16, 11), size=(176, 144), rotation=90)
    source, _ = probe_with_index(clip.path, "0" * 64)
    cut(clip, "0-1", tmp_path / "cut.mp4")
    info, _ = probe_with_index(tmp_path / "cut.mp4", "0" * 64)
    assert info.picture is not None
    assert source.picture is not None
    assert info.picture.rotation == 0
    assert (info.picture.width, info.picture.height) == (144, 176)
    shape = Fraction(info.picture.display_width, info.picture.display_height)
    assert shape == Fraction(source.picture.display_width, source.picture.display_height)


@pytest.mark.parametrize("name", ["a.mp4", "a.ts", "late.mp4"])
def test_sound_stays_with_its_picture(tmp_path: Path, name: str) -> None:
    import av
    import numpy as np

    start = 0.5 if name.startswith("late") else 0.0
    clip = make_clip(tmp_path / name, duration=6.0, codec="h264b", gop=30, beeps=(1.0, 3.0, 4.5), video_start=start)
    cut(clip, "0.6-2.1,2.7-3.9,4.2-5.4", tmp_path / "cut.mp4")
    with av.open(str(tmp_path / "cut.mp4")) as container:
        luma = [(frame.time, frame.to_ndarray(format="gray")[30:].mean()) for frame in container.decode(video=0)]
    with av.open(str(tmp_path / "cut.mp4")) as container:
        frames = list(container.decode(audio=0))
        wave = np.concatenate([frame.to_ndarray()[0] for frame in frames])
        rate, first = frames[0].sample_rate, frames[0].time
    loud = np.abs(wave) > 0.05
    beeps = [first + at / rate for at in np.flatnonzero(loud) if not loud[max(0, at - 3000) : at].any()]
    flashes = [time for k, (time, value) in enumerate(luma) if value > 200 and (k == 0 or luma[k - 1][1] <= 200)]
    assert len(beeps) == len(flashes) == 3
    for beep, flash in zip(beeps, flashes, strict=True):
        assert flash - beep == pytest.approx(start, abs=1.1 / clip.fps)


def test_sound_alone_is_cut_to_the_sample(tmp_path: Path) -> None:
    import av

    tone = make_tone(tmp_path / "a.wav", duration=4.0)
    info, index = probe_with_index(tone.path, "0" * 64)
    assert index is None
    plan = plan_cut(info, index, parse_spans("1-2.5", info, index))
    assert plan.suffix == ".m4a"
    encode_cut(tone.path, plan, tmp_path / "cut.m4a", task="cut")
    with av.open(str(tmp_path / "cut.m4a")) as container:
        stream = container.streams.audio[0]
        assert stream.duration is not None
        assert float(stream.duration * stream.time_base) == pytest.approx(1.5, abs=1e-4)
    with pytest.raises(UsageError, match="no frame rate"):
        parse_spans("25f-50f", info, index)


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ("1-9", "does not lie within the media's 0:02.00"),
        ("5-6", "does not lie within"),
        ("1", "is not a span"),
        ("1-", "is not a span"),
        ("2-1", "ends before it starts"),
        ("1.001-1.002", "holds no frame"),
        ("a-b", "is not a time"),
        ("00:00:00:30-00:00:01:00", "out of range"),
    ],
)
def test_wrong_spans_are_refused_before_any_work(tmp_path: Path, spans: str, message: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0)
    info, index = probe_with_index(clip.path, "0" * 64)
    with pytest.raises(UsageError, match=message):
        plan_cut(info, index, parse_spans(spans, info, index))


def test_same_cut_same_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0)
    cut(clip, "10f-30f", tmp_path / "1.mp4")
    moved = Clip(**{**clip.__dict__, "path": clip.path.rename(tmp_path / "别 处:'-.mp4")})
    cut(moved, "10f-30f", tmp_path / "2.mp4")
    assert (tmp_path / "1.mp4").read_bytes() == (tmp_path / "2.mp4").read_bytes()


def test_a_plan_survives_its_trip_to_a_worker(tmp_path: Path) -> None:
    import json

    clip = make_clip(tmp_path / "a.mp4", duration=2.0)
    info, index = probe_with_index(clip.path, "0" * 64)
    plan = plan_cut(info, index, parse_spans("0-1,1.2-1.8", info, index))
    assert CutPlan.unpack(json.loads(json.dumps(plan.pack()))) == plan
