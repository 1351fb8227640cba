"""``mediakit render`` through the real engine: same bytes for one job and two, and after a half-lost cache."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from media_factory import make_clip, read_counters
from render_bench import tiny_channel

from mediakit.cli.app import run_command


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run_command([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def read_all(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    path = tmp_path / "channels.yaml"
    tall = tiny_channel(frame={"width": 90, "height": 160, "fps": 25}, fit="blur", cover={"width": 90, "height": 120})
    path.write_text(json.dumps({"one": tiny_channel(), "tall": tall}))
    return path


def test_the_same_bytes_for_any_number_of_jobs(
    channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "-a b.mp4", duration=9.0, gop=25, codec="h264b")
    common = ("render", clip.path, "--channels", channels, "-c", "one", "-c", "tall")
    for jobs in (1, 2):
        code, _, err = run(capsys, *common, "-o", tmp_path / f"o{jobs}", "--cache", tmp_path / f"c{jobs}", "-j", jobs)
        assert code == 0, err
    first = read_all(tmp_path / "o1")
    assert first == read_all(tmp_path / "o2")
    assert sorted(name for name in first if name.endswith(".mp4")) == ["one/-a b/-a b.mp4", "tall/-a b/-a b.mp4"]
    assert tuple(read_counters(tmp_path / "o1/one/-a b/-a b.mp4")) == clip.counters
    shutil.rmtree(tmp_path / "o1")
    code, _, err = run(capsys, *common, "-o", tmp_path / "o1", "--cache", tmp_path / "c1")
    assert code == 0, err
    assert read_all(tmp_path / "o1") == first


def test_what_cannot_work_ends_with_its_exit_code(
    channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=1.0)
    sound = make_clip(tmp_path / "a.wav", duration=1.0, codec=None)
    out = ("-o", tmp_path / "out", "--cache", tmp_path / "cache")
    cases = (
        (2, (clip.path, "-c", "bilbili", *out), "bilibili"),
        (2, (clip.path, "-c", "bilibili", "--preset", "veryfst", *out), "veryfast"),
        (2, (clip.path, "-c", "bilibili", "--title", "长" * 81, *out), "80"),
        (3, (tmp_path / "none.mp4", "-c", "bilibili", *out), "none.mp4"),
        (3, (sound.path, "-c", "one", "--channels", channels, *out), "no picture"),
        (3, (clip.path, "-c", "bilibili", "--subtitles", tmp_path / "none.srt", *out), "none.srt"),
    )
    for expected, arguments, words in cases:
        code, printed, err = run(capsys, "render", *arguments)
        assert code == expected, (arguments, err)
        assert words in err + printed
        assert "Traceback" not in err
    assert not (tmp_path / "out").exists() or not read_all(tmp_path / "out")
