"""Shorts whose picture is copied, as a user renders them: the plan's words, the same bytes, checks that pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip, read_counters

Command = Callable[..., tuple[str, str]]
WEB: dict[str, Any] = {
    "title": "web",
    "frame": {"width": 160, "height": 90, "fps": 25},
    "video": {"preset": "ultrafast", "profile": "high", "crf": 20, "max_rate": "2M", "gop_seconds": 2},
    "audio": {"loudness": "podcast"},
    "source": "made for a test",
    "grade": "proposal",
    "checked_on": "2026-11-22",
}
TALL = {**WEB, "title": "tall", "frame": {"width": 90, "height": 160, "fps": 25}, "fit": "crop"}
SHORTS = """\
schema: mediakit/shorts/1
shorts:
  - {id: s1, spans: [{start: 1.4, end: 5.2}, {start: 6.6, end: 11.0}]}
  - {id: s2, spans: [{start: 3.2, end: 9.0}]}
"""
FRAMES = {"s1": [*range(35, 130), *range(165, 275)], "s2": list(range(80, 225))}
CHECKS = ["container", "buffer", "av_length", "duration", "black", "loudness"]


@pytest.fixture
def place(place: Path) -> Path:
    make_clip(place / "master.mp4", duration=12.0, codec="h264b", gop=50)
    (place / "shorts.yaml").write_text(SHORTS, encoding="utf-8")
    (place / "channels.yaml").write_text(json.dumps({"web": WEB}), encoding="utf-8")
    recipe = {
        "name": "shorts",
        "inputs": {"master": "master.mp4", "list": "shorts.yaml"},
        "channels": {"web": WEB, "tall": TALL},
        "steps": [
            {"ingest": {"media": "$master"}},
            {"render": {"of": "shorts", "shorts": "$list", "channels": ["web", "tall"]}},
            {"qc": {"only": CHECKS}},
        ],
    }
    (place / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    return place


def read_notes(folder: Path, short: str) -> list[str]:
    record = json.loads((folder / f"master-{short}" / "rendition.json").read_text(encoding="utf-8"))
    return list(record["notes"])


def test_the_plan_the_run_and_the_checks_of_copied_shorts(mediakit: Command, place: Path) -> None:
    out, _ = mediakit("plan", "recipe.yaml", "--cache", "one")
    lines = [line.strip() for line in out.splitlines()]
    assert "copied: 2 to copy, 0 kept" in lines
    assert any(line.startswith("pieces: ") and line.endswith(" to encode, 0 kept") for line in lines)
    (copied,) = [line for line in lines if line.startswith("web, 2 files: ")]
    assert copied.endswith("of 350 frames are copied from the source")
    assert "tall, 2 files: the picture is encoded, not copied: the source is 160×90, 90×160 is asked for" in lines
    mediakit("run", "recipe.yaml", "--cache", "one", "--jobs", "1", "--output", "first")
    for short, wanted in FRAMES.items():
        folder = place / "first/render/web" / f"master-{short}"
        assert read_counters(folder / f"master-{short}.mp4") == wanted
        assert "frames are copied from the source" in " ".join(read_notes(folder.parent, short))
        checks = {check["id"]: check for check in json.loads((folder / "qc.json").read_text())["checks"]}
        assert {checks[name]["verdict"] for name in CHECKS} == {"pass"}, checks
    mediakit("run", "recipe.yaml", "--cache", "two", "--jobs", "2", "--output", "second")
    assert media_bytes(place / "first") == media_bytes(place / "second")
    out, _ = mediakit("plan", "recipe.yaml", "--cache", "one", "--output", "first")
    assert "nothing to do" in out


def media_bytes(folder: Path) -> dict[str, bytes]:
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.suffix in (".mp4", ".json") and ".mediakit" not in path.parts
    }
    assert len(found) >= 12
    return found


def test_one_more_short_copies_only_itself(mediakit: Command, place: Path) -> None:
    mediakit("run", "recipe.yaml", "--cache", "one")
    third = "  - {id: s3, spans: [{start: 0, end: 6}]}\n"
    (place / "shorts.yaml").write_text(SHORTS + third, encoding="utf-8")
    out, _ = mediakit("plan", "recipe.yaml", "--cache", "one")
    assert "copied: 1 to copy, 2 kept" in [line.strip() for line in out.splitlines()]
    mediakit("run", "recipe.yaml", "--cache", "one")
    assert read_counters(place / "out/render/web/master-s3/master-s3.mp4") == list(range(150))


def test_copying_is_turned_off_by_hand(mediakit: Command, place: Path) -> None:
    words = ("render", "master.mp4", "-c", "web", "--channels", "channels.yaml", "--shorts", "shorts.yaml")
    mediakit(*words, "-o", "plain", "--no-copy", "--cache", "one")
    mediakit(*words, "-o", "copied", "--cache", "one")
    assert read_notes(place / "plain/web", "s1") == ["the picture is encoded, not copied: copying is turned off"]
    assert "frames are copied from the source" in read_notes(place / "copied/web", "s1")[0]
    for short, wanted in FRAMES.items():
        for folder in ("plain", "copied"):
            assert read_counters(place / folder / "web" / f"master-{short}" / f"master-{short}.mp4") == wanted
    mediakit("qc", "copied/web/master-s1/master-s1.mp4", "--channel", "web", "--channels", "channels.yaml")
