"""Framing from the command line: the file, sheets and page, a person's word, and renders that follow."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import Command
from PIL import Image
from ramp_factory import make_ramp, read_ramps

from mediakit.media.digests import digest_file
from mediakit.media.framing_file import read_framing
from mediakit.media.picture import Area, Person, PictureRecord, Shot, Sighting

CHANNELS = """
tall:
  title: tall
  frame: {width: 90, height: 160, fps: 25}
  fit: track
  video: {codec: h264, preset: ultrafast, crf: 14}
  audio: {codec: aac, bitrate: 96k, loudness: r128}
  source: made for a test
  grade: proposal
  checked_on: 2026-11-27
"""


def person(number: int, x: float, start: float, end: float) -> Person:
    area = Area(x=x - 0.04, y=0.2, width=0.08, height=0.2)
    times = [start + k * 0.2 for k in range(int((end - start) * 5))]
    return Person(id=number, sightings=tuple(Sighting(time=time, area=area, confidence=0.9) for time in times))


@pytest.fixture
def clip(place: Path) -> Path:
    return make_ramp(place / "片子 1.mp4", size=(320, 180), frames=100).path


@pytest.fixture
def seen(clip: Path, place: Path) -> Path:
    """What would have been seen: three shots, with one person, with two apart, with nobody."""
    shots = (
        Shot(start=0, end=1.2, persons=(person(1, 0.3, 0, 1.2),)),
        Shot(start=1.2, end=3, persons=(person(1, 0.75, 1.2, 3), person(2, 0.2, 1.2, 3))),
        Shot(start=3, end=4),
    )
    record = PictureRecord(
        source_digest=digest_file(clip), width=320, height=180, fps=Fraction(25), duration=4.0, shots=shots
    )
    record.write(place / "picture.json")
    return place / "picture.json"


def test_a_file_with_sheets_and_a_page(clip: Path, seen: Path, place: Path, mediakit: Command) -> None:
    words = ("framing", clip, "-o", "w/framing.yaml", "--picture", seen, "-a", "9:16", "-a", "1:1", "--sheet", "--html")
    out, _ = mediakit(*words, "--language", "zh")
    assert "9:16: 3 shots, 0 windows that move, 0 shots split, 0 shown whole" in out
    folder = place / "w"
    names = {path.name for path in folder.iterdir()}
    assert names == {"framing.yaml", "framing.html", "framing-9x16.jpg", "framing-1x1.jpg"}
    framing = read_framing(folder / "framing.yaml")
    assert [shot.views["9:16"].why for shot in framing.shots] == [
        "person 1",
        "person 1, the most prominent",
        "nobody and no text is seen: the middle",
    ]
    with Image.open(folder / "framing-9x16.jpg") as sheet:
        assert sheet.width > 3 * 300
    page = (folder / "framing.html").read_text(encoding="utf-8")
    assert page.count('<section class="shot"') == 3
    assert page.count("data:image/jpeg") == 9
    assert "构图" in page
    assert "人物 1，最突出" in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    again = {path.name: path.read_bytes() for path in folder.iterdir()}
    mediakit("clean", "--all")
    mediakit(*words, "--language", "zh")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == again


def test_a_persons_word_is_rendered_and_shown_and_kept(clip: Path, seen: Path, place: Path, mediakit: Command) -> None:
    (place / "channels.yaml").write_text(CHANNELS, encoding="utf-8")
    mediakit("framing", clip, "-o", "framing.yaml", "--picture", seen)
    file = place / "framing.yaml"
    words = ("render", clip, "-o", "out", "--channels", "channels.yaml", "-c", "tall", "--framing", file)
    mediakit(*words)
    rendered = next((place / "out").rglob("*.mp4"))
    assert [round(one.middle, 2) for one in read_ramps(rendered)] == [0.3] * 30 + [0.75] * 45 + [0.5] * 25
    mine = file.read_text(encoding="utf-8").replace("    end: 00:03.000\n", "    end: 00:03.000\n    follow: 2\n")
    file.write_text(mine, encoding="utf-8")
    mediakit(*words)
    assert [round(one.middle, 2) for one in read_ramps(rendered)] == [0.3] * 30 + [0.2] * 45 + [0.5] * 25
    mediakit("framing", clip, "-o", "shown/framing.yaml", "--picture", seen, "--edited", file, "--html")
    assert "decided by hand" in (place / "shown" / "framing.html").read_text(encoding="utf-8")
    mediakit("framing", clip, "-o", "framing.yaml", "--picture", seen)
    assert file.read_text(encoding="utf-8") == mine, "a run has overwritten what a person changed"
    file.write_text(mine.replace("follow: 2", "follow: 7"), encoding="utf-8")
    _, err = mediakit(*words, code=2)
    assert "framing.yaml:" in err
    assert "there is no person 7 to follow" in err


def test_a_recipe_that_follows_needs_a_framing(clip: Path, seen: Path, place: Path, mediakit: Command) -> None:
    channels = CHANNELS.replace("\n", "\n  ").strip()
    steps = f"""
name: follow
inputs: {{master: "片子 1.mp4", seen: picture.json}}
channels:
  {channels}
steps:
  - ingest: {{media: $master}}
"""
    render = "  - render: {channels: [tall], preset: ultrafast}\n"
    recipe = place / "r.yaml"
    recipe.write_text(steps + render, encoding="utf-8")
    _, err = mediakit("plan", recipe, code=2)
    assert f"r.yaml:{len(steps.splitlines()) + 1}:" in err
    assert "put framing before it" in err
    recipe.write_text(steps + "  - framing: {picture: $seen, shapes: ['1:1']}\n" + render, encoding="utf-8")
    _, err = mediakit("run", recipe, code=2)
    assert "windows for 1:1, and a channel needs 9:16" in err
    recipe.write_text(steps + "  - framing: {picture: $seen}\n" + render, encoding="utf-8")
    mediakit("run", recipe)
    rendered = next((place / "out").rglob("*.mp4"))
    assert [round(one.middle, 2) for one in read_ramps(rendered)] == [0.3] * 30 + [0.75] * 45 + [0.5] * 25


def test_what_was_seen_in_another_file_is_refused(seen: Path, place: Path, mediakit: Command) -> None:
    other = make_ramp(place / "other.mp4", size=(320, 180), frames=30).path
    _, err = mediakit("framing", other, "-o", "f.yaml", "--picture", seen, "--sheet", code=3)
    assert "was seen in another file than other.mp4" in err


def test_the_schema_is_told(mediakit: Command) -> None:
    out, _ = mediakit("schema", "framing")
    assert "shots" in json.loads(out)["properties"]
