"""A recipe from render to packages: gate, sign-off, and a second run that does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from media_factory import make_clip

from mediakit.cli.app import run_command
from mediakit.delivery.bag import verify_bag
from mediakit.delivery.index import PackageIndex

RECIPE = """
name: gate
inputs: {master: "主片.mp4"}
channels:
  good:
    title: 好
    container: mp4
    frame: {width: 160, height: 90, fps: 25}
    video: {codec: h264, preset: veryfast, crf: 26, max_rate: 1M, buffer: 1M}
    audio: {codec: aac, loudness: podcast}
    source: a test
    grade: M
    checked_on: 2026-11-22
  heavy:
    extends: good
    limits: {size: 1kB}
steps:
  - ingest: {media: $master}
  - render: {channels: [good, heavy]}
  - qc: {only: [duration, size, loudness, black, container]}
  - package: {to: dist, review: 1, series: 系列}
"""


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
        if path.is_file() and ".mediakit" not in path.parts
    }


def test_gate_and_sign_off_in_a_recipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MEDIAKIT_CACHE", str(tmp_path / "cache"))
    make_clip(tmp_path / "主片.mp4", duration=2.0, audio=("stereo",))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(RECIPE, encoding="utf-8")
    out = tmp_path / "out"

    assert run_command(["run", str(recipe)]) == 5
    err = capfd.readouterr().err
    assert "0.1 MB, limit 0.001 MB" in err
    assert "sign-off missing: editor" in err
    assert PackageIndex.read(out / "dist" / "index.json").packages == ()

    mains = [str(path) for path in out.glob("render/*/*/*.mp4")]
    assert len(mains) == 2
    assert run_command(["review", "sign", *mains, "--by", "张三", "--role", "editor"]) == 0
    assert (out / "review.json").is_file()

    assert run_command(["run", str(recipe)]) == 5
    index = PackageIndex.read(out / "dist" / "index.json")
    assert [one.channel for one in index.packages] == ["good"]
    assert [one.channel for one in index.left_out] == ["heavy"]
    assert verify_bag(out / "dist" / index.packages[0].folder) == []

    before = snapshot(out)
    capfd.readouterr()
    assert run_command(["run", str(recipe)]) == 5
    assert snapshot(out) == before
    assert "package: kept" in capfd.readouterr().err
