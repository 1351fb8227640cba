"""``mediakit channels`` as a user sees it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mediakit.channels.loading import load_profiles
from mediakit.cli.channels import app
from mediakit.errors import RecipeError

RUN = CliRunner()


def test_list_shows_every_channel_with_its_picture_and_loudness() -> None:
    shown = RUN.invoke(app, ["list"])
    assert shown.exit_code == 0
    lines = shown.output.splitlines()
    assert len(lines) == len(load_profiles().channels)
    row = next(line for line in lines if line.startswith("wx_channels"))
    for word in ("微信视频号", "1080x1920 25 mp4", "gyt377_noisy", "C"):
        assert word in row
    assert "not made by this version" in next(line for line in lines if line.startswith("tv_uhd"))


def test_list_json_is_one_object_a_line_and_a_result() -> None:
    lines = [json.loads(line) for line in RUN.invoke(app, ["list", "--json"]).output.splitlines()]
    assert lines[-1]["event"] == "result"
    assert len(lines) - 1 == lines[-1]["channels"]


@pytest.mark.parametrize("channel_id", sorted(load_profiles().channels))
def test_what_show_prints_can_be_read_back(channel_id: str, tmp_path: Path) -> None:
    shown = RUN.invoke(app, ["show", channel_id])
    assert shown.exit_code == 0
    assert "source:" in shown.output
    path = tmp_path / "own.yaml"
    path.write_text(shown.output, encoding="utf-8")
    assert load_profiles(path).channel(channel_id) == load_profiles().channel(channel_id)


def test_own_channels_are_listed_too(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("mine: {extends: douyin, title: 我台}\n", encoding="utf-8")
    assert "我台" in RUN.invoke(app, ["list", "--channels", str(path)]).output
    shown = RUN.invoke(app, ["show", "mine", "--channels", str(path), "--json"])
    assert json.loads(shown.output)["channels"]["mine"]["title"] == "我台"


def test_an_unknown_id_is_an_error() -> None:
    with pytest.raises(RecipeError, match="no channel is called"):
        RUN.invoke(app, ["show", "tiktoc"], catch_exceptions=False)
