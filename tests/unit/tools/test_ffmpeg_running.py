"""Runs of ffmpeg that fail, hang, are killed or stopped, with a script in ffmpeg's place."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mediakit.errors import Cancelled, ToolError
from mediakit.tools.ffmpeg import find_ffmpeg, run_ffmpeg

pytestmark = pytest.mark.skipif(os.name != "posix", reason="a script stands in for ffmpeg")

Fake = Callable[[str], None]


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fake]:
    """Put a Python program in ffmpeg's place; it writes its number to ``pid`` first."""
    path = tmp_path / "ffmpeg"

    def put(program: str) -> None:
        lines = ["import os, sys, time, signal", f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))"]
        path.write_text(f"#!{sys.executable} -S\n" + "\n".join([*lines, program]) + "\n", encoding="utf-8")
        path.chmod(0o755)

    monkeypatch.setenv("MEDIAKIT_FFMPEG", str(path))
    find_ffmpeg.cache_clear()
    yield put
    find_ffmpeg.cache_clear()


def has_ended(folder: Path) -> bool:
    try:
        os.kill(int((folder / "pid").read_text()), 0)
    except ProcessLookupError:
        return True
    return False


def test_a_failed_run_is_named_with_its_last_lines_and_its_whole_log(fake: Fake, tmp_path: Path) -> None:
    fake("print('\\n'.join(f'line {k}' for k in range(40)), file=sys.stderr); sys.exit(3)")
    log = tmp_path / "logs" / "ffmpeg.log"
    with pytest.raises(ToolError, match="exit code 3") as caught:
        run_ffmpeg(["out.mp4"], task="encode piece 3", log_path=log)
    assert caught.value.where == "encode piece 3"
    assert caught.value.tail.splitlines()[-1] == "line 39"
    assert "line 0" not in caught.value.tail.splitlines()
    assert "line 0\n" in log.read_text()
    assert "out.mp4" in log.read_text()


def test_a_killed_run_says_by_what(fake: Fake) -> None:
    fake("os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(ToolError, match="killed by signal 9"):
        run_ffmpeg([], task="encode")


def test_a_run_that_hangs_is_ended(fake: Fake, tmp_path: Path) -> None:
    fake("signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))\nprint('frame=1', flush=True)\ntime.sleep(60)")
    with pytest.raises(ToolError, match="no progress"):
        run_ffmpeg([], task="encode", stall_s=0.6)
    assert has_ended(tmp_path)


def test_a_run_that_is_not_wanted_any_more_is_ended(fake: Fake, tmp_path: Path) -> None:
    fake("print('frame=1', flush=True)\ntime.sleep(60)")
    with pytest.raises(Cancelled):
        run_ffmpeg([], task="encode", is_cancelled=lambda: (tmp_path / "pid").exists())
    assert has_ended(tmp_path)


def test_a_run_that_does_not_end_when_asked_is_killed(fake: Fake, tmp_path: Path) -> None:
    fake("signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('frame=1', flush=True)\ntime.sleep(60)")
    with pytest.raises(Cancelled):
        run_ffmpeg([], task="encode", is_cancelled=lambda: (tmp_path / "pid").exists())
    assert has_ended(tmp_path)


def test_a_log_longer_than_a_pipe_does_not_block(fake: Fake) -> None:
    fake("sys.stderr.write('a line of the log\\n' * 40000); print('frame=7')")
    made = run_ffmpeg([], task="encode")
    assert made.frames == 7
    assert made.log.count("\n") == 19_999


@pytest.mark.parametrize("yielding", [False, True])
def test_one_of_many_runs_lets_other_work_go_first(fake: Fake, yielding: bool) -> None:
    fake("time.sleep(0.2); print(os.getpriority(os.PRIO_PROCESS, 0), file=sys.stderr)")
    own = os.getpriority(os.PRIO_PROCESS, 0)
    made = run_ffmpeg([], task="encode", yielding=yielding)
    assert int(made.log) == (min(own + 10, 19) if yielding else own)


def test_it_does_not_hear_the_terminals_interrupt(fake: Fake) -> None:
    fake("print(os.getpgid(0) == os.getpid(), file=sys.stderr)")
    assert run_ffmpeg([], task="encode").log == "True"
