"""A recipe with an edit in the middle: its own words become its subtitles and its shorts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip, read_counters

Command = Callable[..., tuple[str, str]]

ONE = """\
1
00:00:01,000 --> 00:00:03,000
夜里下了一场大雨

2
00:00:04,000 --> 00:00:06,500
我叫沈秋岚走了二十年铁路
"""
TWO = """\
1
00:00:00,500 --> 00:00:02,500
这座桥是老桥

2
00:00:03,000 --> 00:00:05,500
桥下的水从来不停
"""


def channel(**changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        "title": "小",
        "container": "mp4",
        "frame": {"width": 320, "height": 180, "fps": 25},
        "video": {"codec": "h264", "preset": "ultrafast", "crf": 20, "max_rate": "1M", "buffer": "1M"},
        "audio": {"codec": "aac", "loudness": "podcast"},
        "subtitles": {"profile": "cn_16x9_20", "mode": "sidecar", "formats": ["srt"]},
        "source": "a test",
        "grade": "M",
        "checked_on": "2026-11-22",
    }
    return {**made, **changes}


def make_recipe(place: Path, *steps: dict[str, Any], **inputs: str) -> Path:
    recipe = {
        "name": "night",
        "language": "zh",
        "inputs": {"one": "one.mp4", "two": "two.mp4", "said1": "one.srt", "said2": "two.srt", **inputs},
        "channels": {
            "wide": channel(),
            "tall": channel(frame={"width": 180, "height": 320, "fps": 25}, fit="crop"),
        },
        "steps": list(steps),
    }
    (place / "recipe.yaml").write_text(json.dumps(recipe), encoding="utf-8")
    return place / "recipe.yaml"


HEARD: list[dict[str, Any]] = [
    {"ingest": {"media": "$one"}},
    {"transcribe": {"import": "$said1", "id": "one"}},
    {"ingest": {"media": "$two"}},
    {"transcribe": {"import": "$said2", "id": "two"}},
]
CUT: dict[str, Any] = {
    "edit": {
        "name": "夜桥",
        "sources": {"a": "$one", "b": "$two"},
        "picture": [
            {"clip": "b", "from": "桥下的水", "to": "从来不停"},
            {"clip": "a", "from": "我叫沈秋岚", "to": "铁路", "dissolve": "6f"},
            {"clip": "b", "from": "这座桥", "to": "老桥"},
            {"clip": "a", "from": "夜里下了", "to": "大雨"},
        ],
    }
}
ORDER = ["桥下的水", "我叫沈秋岚", "这座桥", "夜里下了"]


@pytest.fixture
def place(place: Path) -> Path:
    make_clip(place / "one.mp4", duration=8.0, gop=25)
    make_clip(place / "two.mp4", duration=6.0, gop=50, audio="mono")
    (place / "one.srt").write_text(ONE, encoding="utf-8")
    (place / "two.srt").write_text(TWO, encoding="utf-8")
    return place


def read_srt(path: Path) -> list[tuple[float, str]]:
    """Return (start in seconds, text) of every cue."""
    found = re.findall(r"(\d+):(\d+):(\d+),(\d+) --> [^\n]*\n(.*?)\n(?:\n|$)", path.read_text("utf-8-sig"), re.S)
    return [
        (int(h) * 3600 + int(m) * 60 + int(s) + int(ms) / 1000, text.replace("\n", "")) for h, m, s, ms, text in found
    ]


def test_subtitles_and_shorts_are_the_edits_own(mediakit: Command, place: Path) -> None:
    recipe = make_recipe(
        place,
        *HEARD,
        CUT,
        {"subtitle": {"profile": "cn_16x9_20", "formats": ["srt"]}},
        {"highlights": {"count": 1, "length": "3s-6s"}},
        {"render": {"of": "edit", "channels": ["wide"]}},
        {"render": {"of": "shorts", "channels": ["tall"]}},
        {"qc": {"only": ["duration", "container"]}},
        {"package": {"to": "dist"}},
    )
    mediakit("run", recipe)
    out = place / "out"
    assert {path.relative_to(out).as_posix() for path in out.rglob("transcript.json")} == {
        "one/transcript.json",
        "two/transcript.json",
        "edit/transcript.json",
    }
    cues = read_srt(next((out / "subtitles").glob("夜桥*.srt")))
    text = "".join(said for _, said in cues)
    assert sorted(ORDER, key=text.index) == ORDER
    assert [start for start, _ in cues] == sorted(start for start, _ in cues)
    whole = read_counters(out / "render/wide/夜桥/夜桥.mp4")
    assert read_srt(next((out / "render/wide/夜桥").glob("*.srt"))) == cues
    (start, end) = map(
        float, re.findall(r"start: 0?0:([\d.]+), end: 0?0:([\d.]+)", (out / "shorts.yaml").read_text())[0]
    )
    first, last = round(start * 25), round(end * 25)
    short = next((out / "render/tall").glob("夜桥-*/*.mp4"))
    assert len(read_counters(short)) == last - first
    assert 3 <= end - start <= 6
    assert len(whole) > last - first
    own = read_srt(next(short.parent.glob("*.srt")))
    assert own
    assert "".join(said for _, said in own) in text
    assert any((out / "dist").rglob("*.mp4"))


def test_a_changed_cue_of_the_edit_is_what_is_shown(mediakit: Command, place: Path) -> None:
    steps = (
        *HEARD,
        {"subtitle": {"profile": "cn_16x9_20", "id": "of_two"}},
        CUT,
        {"subtitle": {"profile": "cn_16x9_20"}},
        {"render": {"of": "edit", "channels": ["wide"]}},
    )
    recipe = make_recipe(place, *steps)
    mediakit("run", recipe)
    shown = read_srt(next((place / "out/render/wide/夜桥").glob("*.srt")))
    assert "沈秋岚" in "".join(text for _, text in shown)
    of_two = read_srt(next((place / "out/subtitles").glob("two*.srt")))
    assert "沈秋岚" not in "".join(text for _, text in of_two)


def test_words_of_the_master_behind_an_edit_want_from(mediakit: Command, place: Path) -> None:
    steps = [*HEARD, CUT, {"subtitle": {"profile": "cn_16x9_20", "from": "one"}}]
    mediakit("run", make_recipe(place, *steps))
    cues = read_srt(next((place / "out/subtitles").glob("one*.srt")))
    assert cues[0] == (pytest.approx(1.0, abs=0.1), "夜里下了一场大雨")
    assert len(cues) == 2


def test_an_edit_without_words_says_what_to_do(mediakit: Command, place: Path) -> None:
    plain = {"edit": {"sources": {"a": "$one"}, "picture": [{"clip": "a"}]}}
    _, err = mediakit("run", make_recipe(place, plain, {"subtitle": {}}), code=3)
    assert "not known what is said in edit" in err
    assert "transcribe its sources" in err


def test_shorts_of_an_edit_render_without_a_recipe(mediakit: Command, place: Path) -> None:
    edit = {"name": "n", "sources": {"a": "one.mp4"}, "picture": [{"clip": "a", "in": "20f", "length": "100f"}]}
    (place / "edit.yaml").write_text(json.dumps(edit), encoding="utf-8")
    (place / "cuts.yaml").write_text("shorts: [{id: x, spans: [{start: 2, end: 3}, {start: 0, end: 1}]}]")
    (place / "channels.yaml").write_text(json.dumps({"wide": channel()}), encoding="utf-8")
    words = ("render", "edit.yaml", "-o", "made", "--channel", "wide", "--channels", "channels.yaml")
    mediakit(*words, "--shorts", "cuts.yaml")
    assert read_counters(place / "made/wide/n-x/n-x.mp4") == [*range(70, 95), *range(20, 45)]
    (place / "cuts.yaml").write_text("shorts: [{id: x, spans: [{start: 2, end: 9}]}]")
    _, err = mediakit(*words, "--shorts", "cuts.yaml", code=2)
    assert "short 'x' ends at 00:09.00, and the source ends at 00:04.00" in err
