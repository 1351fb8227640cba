"""Edits as a user renders them: files of their own, other programs' lists, mistakes, the same bytes, small changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip, read_counters

Command = Callable[..., tuple[str, str]]
CHANNEL: dict[str, Any] = {
    "title": "small",
    "frame": {"width": 160, "height": 90, "fps": 25},
    "video": {"preset": "ultrafast", "crf": 16, "gop_seconds": 1},
    "audio": {"loudness": "podcast"},
    "source": "made for a test",
    "grade": "proposal",
    "checked_on": "2026-11-22",
}
EDL = """\
TITLE: night
FCM: NON-DROP FRAME

001  {reel:<8} V     C        10:00:01:00 10:00:03:00 01:00:00:00 01:00:02:00
002  {reel:<8} V     C        10:00:05:00 10:00:05:00 01:00:02:00 01:00:02:00
002  {reel:<8} V     D    010 10:00:00:10 10:00:01:10 01:00:02:00 01:00:03:00
"""


@pytest.fixture
def place(place: Path) -> Path:
    make_clip(place / "one.mov", duration=8.0, gop=25, codec="h264b", timecode="10:00:00:00", reel="A001")
    make_clip(place / "two.mp4", duration=6.0, gop=50)
    (place / "channels.yaml").write_text(json.dumps({"small": CHANNEL}), encoding="utf-8")
    return place


def write_edit(place: Path, *picture: dict[str, Any], **more: Any) -> Path:
    path = place / "edit.yaml"
    edit = {"name": "night", "sources": {"one": "one.mov", "two": "two.mp4"}, "picture": picture, **more}
    path.write_text(json.dumps(edit), encoding="utf-8")
    return path


RENDER = ("-o", "out", "--channel", "small", "--channels", "channels.yaml")
MAIN = Path("out/small/night/night.mp4")


def test_an_edit_renders_without_a_recipe(mediakit: Command, place: Path) -> None:
    edit = write_edit(
        place,
        {"clip": "one", "in": "10:00:01:00", "length": "2s"},
        {"clip": "two", "in": "30f", "length": "25f"},
    )
    mediakit("render", edit, *RENDER)
    assert read_counters(MAIN) == [*range(25, 75), *range(30, 55)]


def test_the_same_bytes_for_any_number_of_jobs(mediakit: Command, place: Path) -> None:
    edit = write_edit(
        place, {"clip": "one", "length": "6s"}, {"clip": "two", "in": 1, "length": "4s", "dissolve": "1s"}
    )
    mediakit("render", edit, *RENDER, "--jobs", "1", "--cache", "one")
    first = MAIN.read_bytes()
    mediakit("render", edit, *RENDER, "--jobs", "2", "--cache", "two")
    assert MAIN.read_bytes() == first


def test_a_list_of_another_program_renders_as_it_is(mediakit: Command, place: Path) -> None:
    (place / "night.edl").write_text(EDL.format(reel="A001"), encoding="utf-8")
    mediakit("render", "night.edl", *RENDER, "--footage", ".")
    counters = read_counters(MAIN)
    assert counters[:50] == list(range(25, 75))
    assert counters[60:] == list(range(20, 35))


def test_unknown_reels_are_listed_and_nothing_is_made(mediakit: Command, place: Path) -> None:
    (place / "night.edl").write_text(EDL.format(reel="B009"), encoding="utf-8")
    _, err = mediakit("render", "night.edl", *RENDER, "--footage", ".", code=3)
    assert "events have no source" in err.splitlines()[0]
    assert "B009" in err.splitlines()[0]
    assert "10:00:01:00" in err.splitlines()[0]
    assert not (place / "out").exists()


WRONG: dict[str, tuple[dict[str, Any], int, str]] = {
    "beyond its source": ({"clip": "one", "in": 7, "length": "2s"}, 3, "ends 25 frames beyond its source"),
    "an unknown source": ({"clip": "three"}, 2, "no source is called 'three'"),
    "an unknown key": ({"clip": "one", "lenth": 1}, 2, "unknown key 'lenth'"),
    "a dissolve from nothing": ({"clip": "one", "dissolve": "1s"}, 3, "first item cannot dissolve"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_made_leaves_nothing_behind(mediakit: Command, place: Path, name: str) -> None:
    item, code, message = WRONG[name]
    _, err = mediakit("render", write_edit(place, item), *RENDER, code=code)
    assert message in err.splitlines()[0]
    assert not (place / "out").exists()


def test_a_source_name_cannot_leave_the_output(mediakit: Command, place: Path) -> None:
    path = write_edit(place, {"clip": "../../x"}, sources={"../../x": "one.mov"})
    mediakit("render", path, *RENDER, code=2)
    assert not (place / "out").exists()


def test_the_plan_counts_what_a_small_change_touches(mediakit: Command, place: Path) -> None:
    recipe = place / "recipe.yaml"
    steps = [{"edit": {"file": "edit.yaml"}}, {"render": {"of": "edit", "channels": ["small"]}}]
    recipe.write_text(json.dumps({"channels": {"small": CHANNEL}, "steps": steps}), encoding="utf-8")
    clips = [{"clip": "one", "in": f"{n * 20}f", "length": "40f"} for n in range(5)]

    def count() -> dict[str, tuple[int, int]]:
        out, _ = mediakit("plan", recipe, "--json")
        nodes = [json.loads(line) for line in out.splitlines()]
        work = next(node for node in nodes if node.get("step") == "render")["work"]
        return {one["work"]: (one["make"], one["kept"]) for one in work}

    write_edit(place, *clips)
    cold = count()["piece"][0]
    assert cold >= 5
    mediakit("run", recipe)
    moved = [*clips[:2], {**clips[2], "in": "41f"}, *clips[3:]]
    write_edit(place, *moved)
    made, kept = count()["piece"]
    assert 1 <= made <= 2
    assert made + kept == cold
    write_edit(place, {"clip": "two", "length": "30f"}, *clips)
    assert count() == {"sound": (1, 0), "piece": (1, cold)}
    mediakit("run", recipe)
    assert len(read_counters(Path("out/render/small/night/night.mp4"))) == 230
