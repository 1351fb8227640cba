"""Recipes as they come: they load and plan; a second run makes nothing; one changed word re-makes what shows it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from media_factory import make_clip

ROOT = Path(__file__).parents[2]
RECIPES = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "recipes").glob("**/*.yaml"))
STATES = {"kept", "make", "later", "failed"}

Command = Callable[..., tuple[str, str]]

SRT = """\
1
00:00:00,400 --> 00:00:01,800
山里下了一夜的雨

2
00:00:09,400 --> 00:00:11,600
我叫沈秋兰走了二十年铁路
"""
RECIPE = """\
name: tiny
language: zh
inputs: {master: 第一集.mp4, said: said.srt}
channels:
  small:
    title: 小
    container: mp4
    frame: {width: 320, height: 180, fps: 25}
    video: {codec: h264, preset: ultrafast, crf: 26, max_rate: 1M, buffer: 1M}
    audio: {codec: aac, loudness: podcast}
    subtitles: {profile: cn_16x9_20, mode: both}
    source: a test
    grade: M
    checked_on: 2026-11-22
  sound:
    title: 声
    container: m4a
    audio: {codec: aac, loudness: podcast}
    qc: sound
    source: a test
    grade: M
    checked_on: 2026-11-22
steps:
  - ingest: {media: $master}
  - transcribe: {import: $said}
  - subtitle: {profile: cn_16x9_20, formats: [srt]}
  - render: {channels: [small, sound]}
  - qc: {only: [duration, loudness, container]}
  - package: {to: dist}
"""


def plan(mediakit: Command, *words: str | Path) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Return the planned nodes by id, and the result."""
    out, _ = mediakit("plan", *words, "--json")
    *nodes, last = [json.loads(line) for line in out.splitlines()]
    assert last["event"] == "result"
    assert {node["event"] for node in nodes} == {"node"}
    assert {node["state"] for node in nodes} <= STATES
    return {node["node"]: node for node in nodes}, last


def snapshot(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes())
        for path in folder.rglob("*")
        if path.is_file() and ".mediakit" not in path.parts
    }


def changes(before: dict[str, tuple[int, int, bytes]], after: dict[str, tuple[int, int, bytes]]) -> set[str]:
    assert set(before) == set(after)
    return {name for name in after if after[name] != before[name]}


# What comes with the project


def test_there_are_recipes() -> None:
    assert "recipes/episode.yaml" in RECIPES


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_plans(mediakit: Command, tmp_path: Path, name: str) -> None:
    out, _ = mediakit("plan", ROOT / name, "--output", "out", "--cache", "one")
    lines = [line for line in out.splitlines() if not line.startswith(" ")]
    nodes, last = plan(mediakit, ROOT / name, "--output", "out", "--cache", "two")
    assert len(lines) == len(nodes) + 1
    for line, node in zip(lines, nodes.values(), strict=False):
        assert line.startswith(node["node"])
        assert node["state"] in line
        assert "; ".join(node["reasons"]) in line
    assert last["failed"] == 0
    assert last["kept"] + last["make"] + last["later"] == len(nodes)
    ingest = next(node for node in nodes.values() if node["step"] == "ingest")
    assert (ingest["state"], ingest["reasons"]) == ("make", ["not made yet"])
    for node in nodes.values():
        assert node["reasons"]
        assert node["state"] == "make" or node["reasons"][0].startswith("decided after ")
    assert not (tmp_path / "out").exists(), "a plan makes nothing"


def test_the_template_plans_once_media_is_there(mediakit: Command, tmp_path: Path) -> None:
    mediakit("new", "片子 1")
    _, err = mediakit("plan", "片子 1/recipe.yaml", code=3)
    assert err.startswith("error: 片子 1/recipe.yaml:")
    assert "master.mp4" in err.splitlines()[0]
    make_clip(tmp_path / "片子 1/media/master.mp4", duration=2.0)
    nodes, _ = plan(mediakit, "片子 1/recipe.yaml")
    assert (*nodes,)[:: len(nodes) - 1] == ("ingest", "package")
    assert {node["state"] for node in nodes.values()} == {"make", "later"}


# A second run


@pytest.fixture
def made(mediakit: Command, tmp_path: Path) -> Path:
    """A project that was run once."""
    folder = tmp_path / "desk"
    folder.mkdir()
    make_clip(folder / "第一集.mp4", duration=12.0, size=(160, 90), gop=50)
    (folder / "said.srt").write_text(SRT, encoding="utf-8")
    (folder / "r.yaml").write_text(RECIPE, encoding="utf-8")
    for path in folder.iterdir():
        os.utime(path, (10**9, 10**9))
    mediakit("run", folder / "r.yaml")
    return folder


def test_a_second_run_makes_nothing_and_touches_nothing(mediakit: Command, made: Path) -> None:
    before = snapshot(made)
    assert {"out/transcript.json", "out/render/small/第一集/第一集.mp4", "out/dist/index.json"} <= set(before)
    out, _ = mediakit("plan", made / "r.yaml")
    assert out.splitlines()[-1] == "nothing to do: everything is made already"
    out, err = mediakit("run", made / "r.yaml")
    assert "0 made, 6 kept" in err
    assert str(made / "out/dist/index.json") in out
    assert changes(before, snapshot(made)) == set()
    out, _ = mediakit("run", made / "r.yaml", "--json", "--jobs", "1")
    last = json.loads(out.splitlines()[-1])
    assert (last["made"], last["kept"], last["jobs_made"]) == (0, 6, 0)
    assert changes(before, snapshot(made)) == set()


def test_a_moved_project_and_newer_file_times_make_nothing(mediakit: Command, made: Path, tmp_path: Path) -> None:
    """Nothing but content counts: not where files lie, nor when they were written."""
    (made / "第一集.mp4").touch()
    before = snapshot(made)
    _, err = mediakit("run", made / "r.yaml")
    assert "0 made, 6 kept" in err
    assert changes(before, snapshot(made)) == set()
    moved = tmp_path / "elsewhere"
    shutil.copytree(made, moved, ignore=shutil.ignore_patterns("out"))
    _, err = mediakit("run", moved / "r.yaml")
    assert "0 made, 6 kept" in err
    ours, theirs = snapshot(made / "out"), snapshot(moved / "out")
    assert {name: part[2] for name, part in ours.items()} == {name: part[2] for name, part in theirs.items()}


def test_one_changed_word_remakes_what_shows_it(mediakit: Command, made: Path) -> None:
    before = snapshot(made)
    (made / "said.srt").write_text(SRT.replace("二十年", "三十年"), encoding="utf-8")
    nodes, last = plan(mediakit, made / "r.yaml")
    assert nodes["ingest"]["state"] == "kept"
    assert nodes["transcribe"]["state"] == "make"
    assert any("said.srt" in reason or "import" in reason for reason in nodes["transcribe"]["reasons"])
    assert {nodes[name]["reasons"][0] for name in ("subtitle", "render", "qc", "package")} == {
        "decided after transcribe"
    }
    assert last["kept"] == 1
    out, _ = mediakit("run", made / "r.yaml", "--json")
    report = {node["node"]: node for node in json.loads(out.splitlines()[-1])["nodes"]}
    assert report["ingest"]["state"] == "kept"
    # Three pieces of about four seconds: the last one shows the word. The sounds are kept.
    assert (report["render"]["jobs_made"], report["render"]["jobs_kept"]) == (1, 4)
    changed = changes(before, snapshot_renamed(made, before))
    assert {
        *("said.srt", "out/transcript.json"),
        *("out/render/small/第一集/第一集.mp4", "out/render/small/第一集/第一集.zh.srt"),
    } <= changed
    assert "out/render/sound/第一集/第一集.m4a" not in changed, "what does not show the word stays untouched"
    assert "三十年" in (made / "out/render/small/第一集/第一集.zh.srt").read_text(encoding="utf-8")
    out, _ = mediakit("plan", made / "r.yaml")
    assert "nothing to do" in out


def snapshot_renamed(folder: Path, before: dict[str, tuple[int, int, bytes]]) -> dict[str, tuple[int, int, bytes]]:
    """Return the snapshot without packages: their folders are named by their content."""
    for name in [name for name in before if "/dist/" in name]:
        del before[name]
    return {name: state for name, state in snapshot(folder).items() if "/dist/" not in name}


def test_a_changed_setting_is_named_with_both_values(mediakit: Command, made: Path) -> None:
    before = snapshot(made)
    nodes, _ = plan(mediakit, made / "r.yaml", "--set", "steps.subtitle.profile=cn_tv_14")
    assert nodes["transcribe"]["state"] == "kept"
    assert any("line_length 20 → 14" in reason for reason in nodes["subtitle"]["reasons"])
    assert nodes["render"]["reasons"] == ["decided after subtitle"]
    nodes, _ = plan(mediakit, made / "r.yaml", "--set", "steps.render.crf=30")
    assert nodes["subtitle"]["state"] == "kept"
    assert nodes["render"]["reasons"] == ["settings changed: crf none → 30.0"]
    assert (nodes["render"]["jobs_to_make"], nodes["render"]["jobs_kept"]) == (3, 2)
    assert changes(before, snapshot(made)) == set(), "a plan touches nothing"


def test_a_published_file_that_is_gone_is_laid_out_again(mediakit: Command, made: Path) -> None:
    before = snapshot(made)
    lost = "out/render/sound/第一集/第一集.m4a"
    (made / lost).unlink()
    _, err = mediakit("run", made / "r.yaml")
    assert "0 made, 6 kept" in err
    after = snapshot(made)
    assert changes(before, after) <= {lost}
    assert after[lost][2] == before[lost][2]
