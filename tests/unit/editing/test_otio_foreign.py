"""OpenTimelineIO as other programs write it, and files that are none."""

import json
import sys
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from mediakit.editing.exchange import Footage, SourceIndex, read_exchange, write_exchange
from mediakit.errors import InputError, UsageError
from mediakit.media.timeline import Clip, Dissolve, Gap, Source, Timeline


def footage(name: str, *, fps: Fraction | None = Fraction(25), **more: object) -> Footage:
    shape = {"name": name, "digest": name.encode().hex().ljust(64, "0"), "duration": 600, "file": f"{name}.mov"}
    source = Source.model_validate({**shape, "fps": fps, **more})
    return Footage(source, Path("/footage") / source.file)


def frames(first: float, length: float, rate: float = 25) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(otio.opentime.RationalTime(first, rate), otio.opentime.RationalTime(length, rate))


def clip(name: str, first: float, length: float, *, available: otio.opentime.TimeRange | None = None, rate: float = 25):
    media = otio.schema.ExternalReference(f"file:///old/place/{name}.mov", available)
    return otio.schema.Clip(name, media, frames(first, length, rate))


def read(tmp_path: Path, tracks: dict[str, list[object]], *entries: Footage):
    timeline = otio.schema.Timeline("edit")
    for name, children in tracks.items():
        kind = otio.schema.TrackKind.Audio if name.startswith("A") else otio.schema.TrackKind.Video
        track = otio.schema.Track(name, kind=kind)
        track.extend(children)
        timeline.tracks.append(track)
    path = tmp_path / "edit.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return read_exchange(path, SourceIndex(entries))


def dissolve(before: int, after: int) -> otio.schema.Transition:
    time = otio.opentime.RationalTime
    return otio.schema.Transition("", "SMPTE_Dissolve", time(before, 25), time(after, 25))


def test_clips_gaps_dissolves_and_fades(tmp_path):
    whole = frames(900_000, 15_000)
    track = [
        dissolve(0, 10),
        clip("a", 900_250, 100, available=whole),
        dissolve(5, 7),
        clip("b", 50, 100, available=frames(0, 15_000)),
        dissolve(12, 0),
        otio.schema.Gap(source_range=frames(0, 30)),
        clip("a", 900_000, 50, available=whole),
    ]
    sound = [clip("a", 900_250, 100, available=whole), otio.schema.Gap(source_range=frames(0, 130))]
    read_ = read(tmp_path, {"V1": track, "A1": sound}, footage("a", timecode="10:00:00:00"), footage("b"))
    assert read_.timeline.picture == (
        Clip(source="a", start=Fraction(10), frames=100, fade_in=10),
        Clip(
            source="b", start=Fraction(2), frames=100, dissolve=Dissolve(before=5, after=7), fade_out=12, level_db=None
        ),
        Gap(frames=30),
        Clip(source="a", start=Fraction(0), frames=50, level_db=None),
    )
    assert (read_.timeline.fps, read_.unmatched, read_.warnings) == (25, (), ())


def test_times_without_a_range_of_the_media_are_timecode_or_count_from_its_beginning(tmp_path):
    source = footage("a", timecode="10:00:00:00")
    read_ = read(tmp_path, {"V1": [clip("a", 900_250, 50), clip("a", 250, 50)]}, source)
    assert [item.start for item in read_.timeline.picture] == [10, 10]


def test_floating_rates_are_exact(tmp_path):
    source = footage("a", fps=Fraction(30000, 1001), timecode="01:00:00;00")
    first = 107_892 + 300
    read_ = read(tmp_path, {"V1": [clip("a", first, 90, rate=29.97), clip("a", first, 90, rate=29.97)]}, source)
    assert read_.timeline.fps == Fraction(30000, 1001)
    assert [(item.frames, item.start) for item in read_.timeline.picture] == [(90, Fraction(300 * 1001, 30000))] * 2


def test_what_has_no_place_is_left_out_and_said(tmp_path):
    fast = clip("a", 0, 50)
    fast.effects.append(otio.schema.LinearTimeWarp(time_scalar=2))
    fast.effects.append(otio.schema.Effect("", "Blur"))
    nested = otio.schema.Stack("inner", source_range=frames(0, 20))
    text = otio.schema.Clip("title", otio.schema.GeneratorReference(generator_kind="Text"), frames(0, 10))
    off = clip("a", 0, 10)
    off.enabled = False
    read_ = read(tmp_path, {"V1": [fast, nested, text, off]}, footage("a"))
    assert [(type(item), item.frames) for item in read_.timeline.picture] == [
        (Clip, 50),
        (Gap, 20),
        (Gap, 10),
        (Gap, 10),
    ]
    said = " ".join(read_.warnings)
    assert all(word in said for word in ("speed", "Blur", "inner", "Text", "switched off"))
    assert [event.name for event in read_.unmatched] == ["inner"]


def good() -> str:
    timeline = otio.schema.Timeline("edit")
    track = otio.schema.Track("V1", kind="Video")
    track.append(clip("a", 0, 50))
    timeline.tracks.append(track)
    return otio.adapters.write_to_string(timeline, "otio_json")


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        "\x00\x01",
        good()[:200],
        '{"OTIO_SCHEMA":"Clip.2"}',
        '{"OTIO_SCHEMA":"Timeline.1","tracks":null}',
        '{"OTIO_SCHEMA":"Timeline.99"}',
        '{"OTIO_SCHEMA":"Timeline.1","tracks":{"OTIO_SCHEMA":"Stack.1","children":[]}}',
        good().replace('"value": 50.0', '"value": -50.0'),
        good().replace('"value": 50.0', '"value": 1e300'),
        good().replace('"value": 50.0', '"value": 1e400'),
        good().replace('"value": 50.0', '"value": NaN'),
        good().replace('"rate": 25.0', '"rate": 0'),
        good().replace('"rate": 25.0', '"rate": -25'),
        good().replace('"rate": 25.0', '"rate": "x"'),
        good().replace('"Track.1"', '"Nothing.1"'),
        "[" * 1_000_000 + "]" * 1_000_000,
        '{"a":' * 1000 + "1" + "}" * 1000,
    ],
)
def test_what_is_no_timeline_is_refused(tmp_path, text):
    path = tmp_path / "edit.otio"
    path.write_text(text)
    with pytest.raises(InputError, match=r"edit\.otio"):
        read_exchange(path, SourceIndex((footage("a"),)))


def test_damaged_notes_of_ours_do_no_harm(tmp_path):
    data = json.loads(good())
    data["metadata"] = {"mediakit": {"timeline": {"fps": "x", "timecode": 7, "sources": 3, "overlays": {"a": 1}}}}
    data["tracks"]["children"][0]["children"][0]["metadata"] = {"mediakit": {"item": {"kind": []}, "reel": 3}}
    path = tmp_path / "edit.otio"
    path.write_text(json.dumps(data))
    read_ = read_exchange(path, SourceIndex((footage("a"),)))
    assert read_.timeline.picture == (Clip(source="a", start=Fraction(0), frames=50, level_db=None),)


def test_without_the_library_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(UsageError, match="not installed") as caught:
        write_exchange(small(), {}, tmp_path / "out.otio")
    assert "pip install 'mediakit[nle]'" in (caught.value.hint or "")
    assert not (tmp_path / "out.otio").exists()


def small() -> Timeline:
    clip = Clip(source="a", start=Fraction(1), frames=9)
    return Timeline(fps=Fraction(25), sources=(footage("a").source,), picture=(clip,))


def test_reading_and_the_other_formats_need_no_library(tmp_path, monkeypatch):
    one = footage("a")
    write_exchange(small(), {"a": one.path}, tmp_path / "x.otio")
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    for suffix in ("edl", "xml"):
        write_exchange(small(), {"a": one.path}, tmp_path / f"x.{suffix}")
    for suffix in ("edl", "xml", "otio"):
        assert read_exchange(tmp_path / f"x.{suffix}", SourceIndex((one,))).timeline == small()


def test_clips_of_the_schemas_first_version_are_read(tmp_path):
    data = json.loads(good())
    old = data["tracks"]["children"][0]["children"][0]
    old["media_reference"] = old.pop("media_references")[old.pop("active_media_reference_key")]
    old["OTIO_SCHEMA"] = "Clip.1"
    path = tmp_path / "edit.otio"
    path.write_text(json.dumps(data))
    assert read_exchange(path, SourceIndex((footage("a"),))).timeline.picture[0].source == "a"
