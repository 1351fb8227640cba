"""A folder of episodes to shorts and one page over them: what an editor types, what fails alone, what is made again."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from media_factory import make_broken, make_clip, run

Command = Callable[..., tuple[str, str]]

ROOT = Path(__file__).parents[2]
RECIPE = """\
extends: {base}
variables: {{channels: [a, b], length: 2s-6s, count: 1, preset: ultrafast}}
language: zh
inputs: {{episodes: "eps/**/*.mp4"}}
channels:
  a: {{extends: bilibili, frame: {frame}, safe_area: {area}}}
  b: {{extends: kuaishou, frame: {{width: 180, height: 320, fps: 25}}, safe_area: {area}}}
"""
FRAME = "{width: 320, height: 180, fps: 25}"
AREA = "{top: 10, bottom: 10, left: 8, right: 8}"
SAID = ("守夜人今晚走了十二公里。", "他数过{}盏灯。", "没有人问过他为什么。", "第二天他又出发了。")


@pytest.fixture
def desk(place: Path) -> Path:
    """A folder with a small master and a recipe that builds on the one that comes with the project."""
    base = os.path.relpath(ROOT / "recipes" / "recut.yaml", place)
    (place / "r.yaml").write_text(RECIPE.format(base=base, frame=FRAME, area=AREA), encoding="utf-8")
    make_clip(place / "master.mp4", duration=12.0, size=(320, 180))
    return place


def add_episode(desk: Path, name: str, number: int, *, words: bool = True, seconds: float | None = None) -> Path:
    """Put an episode below ``eps``, with subtitles beside it; each has a content of its own."""
    path = desk / "eps" / f"{name}.mp4"
    path.parent.mkdir(parents=True, exist_ok=True)
    cut = ["-t", seconds] if seconds else []
    run(["-i", desk / "master.mp4", *cut, "-c", "copy", "-metadata", f"title={number}", path])
    if words:
        starts = (0.5, 3.2, 6.0, 9.0)
        cues = [
            f"{k + 1}\n00:00:0{int(at)},{round(at % 1 * 1000):03} --> 00:00:{at + 2.4:06.3f}\n{text.format(number)}\n"
            for k, (at, text) in enumerate(zip(starts, SAID, strict=True))
            if seconds is None or at + 2.4 < seconds
        ]
        path.with_suffix(".srt").write_text("\n".join(cues).replace(".", ","), encoding="utf-8")
    return path


def result(out: str) -> dict[str, Any]:
    return json.loads(out.splitlines()[-1])


class Page(HTMLParser):
    """The page's links, pictures and text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.text = ""
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.links += [value for name, value in attrs if name in ("href", "src") and value]

    def handle_data(self, data: str) -> None:
        self.text += data


def episodes(place: Path) -> dict[str, dict[str, Any]]:
    return {one["item"]: one for one in json.loads((place / "out" / "overview.json").read_bytes())["episodes"]}


def test_a_folder_of_episodes_becomes_shorts_and_a_page(mediakit: Command, desk: Path) -> None:
    for number, name in enumerate(("2023/第一集", "2024/第一集", "一 two 🎬")):
        add_episode(desk, name, number)
    out, err = mediakit("run", "r.yaml")
    assert out.splitlines() == [str(desk / "out" / f"overview.{suffix}") for suffix in ("html", "csv", "json")]
    assert "[3/3]" in err
    assert "3 of 3 items are finished" in err
    found = episodes(desk)
    assert list(found) == ["2023-第一集", "2024-第一集", "一 two 🎬"]
    for item, episode in found.items():
        assert episode["state"] == "done", item
        (short,) = episode["shorts"]
        assert {file["channel"] for file in short["files"]} == {"a", "b"}
        for file in short["files"]:
            assert (desk / "out" / file["package"] / "bagit.txt").is_file()
            assert file["quality"] in ("pass", "warn")
    page = Page(desk / "out" / "overview.html")
    for link in page.links:
        if not link.startswith("#"):
            assert (desk / "out" / unquote(link)).exists(), link
    assert all(episode["shorts"][0]["title"] in page.text for episode in found.values())
    assert "总览" in page.text
    table = (desk / "out" / "overview.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(table.splitlines()))
    assert len(rows) == 6
    assert {row["outlet"] for row in rows} == {file["outlet"] for file in found["2023-第一集"]["shorts"][0]["files"]}

    # A second run makes nothing; a new count analyses nothing and renders only the new shorts.
    out, err = mediakit("run", "r.yaml", "--json")
    assert result(out)["made"] == 0
    out, _ = mediakit("run", "r.yaml", "--set", "count=2", "--json")
    states = {node["node"]: node for node in result(out)["nodes"]}
    for item in found:
        assert {states[f"{item}/{step}"]["state"] for step in ("ingest", "transcribe", "look", "framing")} == {"kept"}
        assert states[f"{item}/render"]["jobs_kept"] >= states[f"{item}/render"]["jobs_made"] / 2 > 0
    assert [len(one["shorts"]) for one in episodes(desk).values()] == [2, 2, 2]

    # One that comes is made alone; one that goes is gone from the page.
    add_episode(desk, "后来", 9)
    out, _ = mediakit("run", "r.yaml", "--set", "count=2", "--json")
    made = {node["node"] for node in result(out)["nodes"] if node["state"] == "made"}
    assert {name.partition("/")[0] for name in made} == {"后来", "overview"}
    (desk / "eps" / "2023" / "第一集.mp4").unlink()
    out, _ = mediakit("run", "r.yaml", "--set", "count=2", "--json")
    assert {node["node"] for node in result(out)["nodes"] if node["state"] == "made"} == {"overview"}
    assert "2023-第一集" not in episodes(desk)
    assert "2023-第一集" not in Page(desk / "out" / "overview.html").text


def test_broken_episodes_fail_alone_and_stand_at_the_top(mediakit: Command, desk: Path) -> None:
    add_episode(desk, "good", 1)
    add_episode(desk, "too short", 2, seconds=1.5)
    (desk / "eps" / "too short.srt").write_text("1\n00:00:00,100 --> 00:00:01,200\n就这么短。\n", encoding="utf-8")
    add_episode(desk, "wrong words", 3)
    (desk / "eps" / "wrong words.srt").write_bytes(b"\x00\x01\x02 nothing")
    mute = add_episode(desk, "mute", 4, words=False)
    run(["-i", mute, "-c", "copy", "-an", desk / "mute.mp4"])
    shutil.move(desk / "mute.mp4", mute)
    for kind in ("empty", "truncated_tail", "no_index"):
        make_broken(desk / "eps", kind, name=f"{kind}.mp4")
        shutil.copy(desk / "eps" / "good.srt", desk / "eps" / f"{kind}.srt")
    (desk / "eps" / "page.mp4").write_text("<!DOCTYPE html><html><body>404</body></html>")
    _, err = mediakit("run", "r.yaml", code=6)
    assert "1 of 8 items are finished; 6 failed, 1 incomplete" in err
    said = {
        "empty": "文件是空的",
        "mute": "没有声音",
        "no_index": "索引",
        "page": "网页",
        "too short": "秒",
        "truncated_tail": "文件不完整",
        "wrong words": "编码",
    }
    page = Page(desk / "out" / "overview.html")
    top = page.text.partition("搜索")[0]
    for item, reason in said.items():
        told = top.partition(f"{item}.mp4")[2]
        assert reason in told[:120], (item, told[:120])
    assert "good.mp4" not in top
    found = episodes(desk)
    assert {item for item, one in found.items() if one["state"] == "failed"} == set(said)
    assert found["good"]["state"] == "done"
    rows = list(csv.DictReader((desk / "out" / "overview.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert {row["episode"] for row in rows if row["remarks"] and not row["file"]} == set(said)

    # Asked again, only what failed is tried again; mended, it joins the others.
    out, _ = mediakit("run", "r.yaml", "--json", code=6)
    assert result(out)["made"] == 0
    add_episode(desk, "page", 5)
    out, _ = mediakit("run", "r.yaml", "--json", code=6)
    assert {node["node"].partition("/")[0] for node in result(out)["nodes"] if node["state"] == "made"} == {
        "page",
        "overview",
    }
    assert episodes(desk)["page"]["state"] == "done"


def test_the_plan_of_a_batch_is_short(mediakit: Command, desk: Path) -> None:
    for number in range(30):
        add_episode(desk, f"ep{number:02}", number)
    (desk / "eps" / "ep07.mp4").write_bytes(b"")
    out, _ = mediakit("plan", "r.yaml")
    lines = out.splitlines()
    assert len(lines) < 20
    cells = {line.split()[0]: line.split()[1:5] for line in lines[1:10]}
    assert cells["ingest"] == ["·", "29", "·", "1"]
    assert cells["highlights"] == ["·", "·", "29", "1"]
    assert "cannot be made: ep07/ingest" in out
    assert "29 of 30 items have something to do" in out
    assert not (desk / "out").exists()
    out, _ = mediakit("plan", "r.yaml", "--only", "ep03")
    assert [line.split()[0] for line in out.splitlines()][:2] == ["ep03/ingest", "ep03/transcribe"]
