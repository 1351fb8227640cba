"""``timeline show`` and ``timeline export`` as a user runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from media_factory import make_clip, make_tone

from mediakit.media.digests import digest_file
from mediakit.media.shorts import Short, ShortsList, ShortSpan, read_shorts, write_shorts
from mediakit.media.timeline import Clip, Timeline

Command = Callable[..., tuple[str, str]]

EDL = """\
TITLE: 夜行
FCM: NON-DROP FRAME

001  A001     AA/V  C        10:00:00:10 10:00:01:10 01:00:00:00 01:00:01:00
* FROM CLIP NAME: one.mov
002  A001     V     C        10:00:01:10 10:00:01:10 01:00:01:00 01:00:01:00
002  AX       V     D    010 00:00:00:05 00:00:01:05 01:00:01:00 01:00:02:00
* TO CLIP NAME: two.mov
003  AX       A3    C        00:00:00:00 00:00:01:15 01:00:00:10 01:00:02:00
* FROM CLIP NAME: 旁白.wav
"""


@pytest.fixture
def place(place: Path) -> Path:
    (place / "footage").mkdir()
    make_clip(place / "footage/one.mov", timecode="10:00:00:00", reel="A001")
    make_clip(place / "footage/two.mov", color="0x104010", background="solid")
    make_tone(place / "footage/旁白.wav")
    (place / "edit.edl").write_text(EDL, encoding="utf-8")
    return place


@pytest.fixture
def mediakit(mediakit: Command) -> Command:
    """Run a command of ``timeline``."""
    return partial(mediakit, "timeline")


def test_an_edit_is_shown_with_the_files_that_it_means(mediakit: Command, place: Path) -> None:
    out, _ = mediakit("show", "edit.edl", "--footage", "footage")
    lines = out.splitlines()
    assert lines[0].startswith("夜行  25/1  0:02.00")
    assert "one.mov  from 0:00.40" in lines[1]
    assert "two.mov  from 0:00.20  silent  dissolve 10" in lines[2]
    assert "narration" in lines[3]
    result = json.loads(mediakit("show", "edit.edl", "--footage", "footage", "--json")[0])
    assert result["paths"]["one"] == str(place / "footage/one.mov")
    timeline = Timeline.model_validate(result["timeline"])
    assert timeline.picture[0] == Clip(source="one", start=Fraction(10, 25), frames=25)
    assert timeline.source("one").digest == digest_file(place / "footage/one.mov")


def test_what_is_not_found_is_listed_and_exits_3(mediakit: Command, place: Path) -> None:
    (place / "footage/two.mov").unlink()
    out, _ = mediakit("show", "edit.edl", "--footage", "footage", code=3)
    assert "not found: line 7, event 002: AX  two.mov  00:00:00:05 to 00:00:01:05" in out
    result = json.loads(mediakit("show", "edit.edl", "--footage", "footage", "--json", code=3)[0])
    assert [event["name"] for event in result["unmatched"]] == ["two.mov"]
    _, err = mediakit("export", "edit.edl", "-o", "out.otio", "--footage", "footage", code=3)
    assert "1 event without a source" in err
    assert not (place / "out.otio").exists()


def test_an_edit_goes_through_every_format_and_comes_back(mediakit: Command, place: Path) -> None:
    footage = ("--footage", "footage")
    mediakit("export", "edit.edl", "-o", "a.json", *footage)
    for before, after in (("a.json", "a.otio"), ("a.otio", "a.xml"), ("a.xml", "b.edl"), ("b.edl", "b.json")):
        mediakit("export", before, "-o", after, *footage)
    assert (place / "a.json").read_bytes() == (place / "b.json").read_bytes()


def test_the_library_is_footage_and_what_changed_is_said(mediakit: Command, place: Path) -> None:
    from mediakit.cli.app import run_command

    assert run_command(["ingest", "footage"]) == 0
    out, err = mediakit("show", "edit.edl")
    assert str(place / "footage/two.mov") in out
    assert err == ""
    two = place / "footage/two.mov"
    two.touch()
    assert mediakit("show", "edit.edl", "--library", "library")[1] == ""
    content = two.read_bytes()
    two.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    out, err = mediakit("show", "edit.edl", "--library", "library", code=3)
    assert f"{two}: has changed since it was taken into the library" in err
    two.write_bytes(content)
    assert mediakit("show", "edit.edl", "--library", "library")[1] == ""
    with two.open("ab") as stream:
        stream.write(b"more")
    assert "has changed since" in mediakit("show", "edit.edl", "--library", "library", code=3)[1]
    two.unlink()
    assert f"{two}: is not there any more" in mediakit("show", "edit.edl", "--library", "library", code=3)[1]


def test_shorts_go_out_one_file_each_and_come_back(mediakit: Command, place: Path) -> None:
    media = place / "footage/one.mov"
    spans = (ShortSpan(start=0.2, end=0.6), ShortSpan(start=1.0, end=1.4))
    shorts = (Short(id="a", title="第一条", spans=spans), Short(id="b", spans=spans[:1]))
    write_shorts(ShortsList(source_digest=digest_file(media), shorts=shorts), place / "shorts.yaml")
    out, _ = mediakit("export", "shorts.yaml", "-o", "s.edl", "--media", media)
    assert out.split("files: ")[-1].count("s-") == 2
    mediakit("export", "s-a.edl", "-o", "back.yaml", "--footage", "footage")
    (back,) = read_shorts(place / "back.yaml").shorts
    assert (back.title, back.spans) == ("第一条", spans)
    mediakit("export", "shorts.yaml", "-o", "one.otio", "--short", "b", "--footage", "footage")
    assert (place / "one.otio").is_file()
    _, err = mediakit("export", "shorts.yaml", "-o", "x.otio", "--short", "c", "--footage", "footage", code=2)
    assert "there are: a, b" in err
    _, err = mediakit("export", "edit.edl", "-o", "x.yaml", "--footage", "footage", code=3)
    assert "all that a short holds" in err


@pytest.mark.parametrize("output", ["x.fcpxml", "x.aaf"])
def test_formats_that_are_not_written_are_refused(mediakit: Command, place: Path, output: str) -> None:
    _, err = mediakit("export", "edit.edl", "-o", output, "--footage", "footage", code=2)
    assert "hint:" in err
    assert not (place / output).exists()


def test_a_wrong_rate_and_a_broken_list_are_said(mediakit: Command, place: Path) -> None:
    _, err = mediakit("show", "edit.edl", "--footage", "footage", "--fps", "x", code=2)
    assert "--fps" in err
    (place / "bad.edl").write_text(EDL.replace("01:00:02:00\n* TO", "00:00:02:00\n* TO"), encoding="utf-8")
    _, err = mediakit("show", "bad.edl", "--footage", "footage", code=3)
    assert "bad.edl:7: event 002 ends before it starts" in err
