"""What the command-line tests share: a folder of their own with an empty cache and library, and the command itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., tuple[str, str]]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder, with a cache and a library of its own; modules put their files into it."""
    monkeypatch.setenv("MEDIAKIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MEDIAKIT_LIBRARY", str(tmp_path / "library"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def mediakit(place: Path, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command in this process and return what it printed on standard output and error."""

    def run(*words: str | Path, code: int = 0) -> tuple[str, str]:
        from mediakit.cli.app import run_command

        capsys.readouterr()
        found = run_command([str(word) for word in words])
        out, err = capsys.readouterr()
        assert found == code, out + err
        assert "Traceback" not in out + err
        return out, err

    return run
