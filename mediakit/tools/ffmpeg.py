"""Running ffmpeg: which binary, what it can do, progress, cancel, the log's tail.

Processes are started from argument lists, never a shell; both pipes are drained; the process has ended when
`run_ffmpeg` returns or raises.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from time import monotonic

from mediakit.errors import Cancelled, ToolError

TAIL_LINES = 12
_END_GRACE_S = 0.5
"""Asked to end, ffmpeg first encodes what its encoders hold, for seconds; nobody will use what it writes."""
_YIELD_NICE = 10


@dataclass(frozen=True)
class FfmpegOutput:
    """What a finished run left: standard error as text, wall seconds, and how many frames it wrote (0 without)."""

    log: str
    seconds: float
    frames: int = 0


@lru_cache(maxsize=1)
def find_ffmpeg() -> str:
    """Return the ffmpeg binary: ``MEDIAKIT_FFMPEG`` if set, else the packaged one.

    Raises:
        ToolError: none works.
    """
    named = os.environ.get("MEDIAKIT_FFMPEG")
    if named:
        if not Path(named).is_file():
            raise ToolError(f"MEDIAKIT_FFMPEG names {named}, which is no file", hint="unset it or mend the path")
        return named
    try:
        import imageio_ffmpeg

        binary: str = imageio_ffmpeg.get_ffmpeg_exe()
        return binary
    except (ImportError, RuntimeError) as exc:
        raise ToolError("no ffmpeg was found", hint="pip install imageio-ffmpeg, or set MEDIAKIT_FFMPEG") from exc


@lru_cache(maxsize=1)
def ffmpeg_version() -> str:
    """Return ffmpeg's version with its configuration's digest, as it stands in content keys."""
    from mediakit.media.digests import digest_value

    text = ask_ffmpeg("-version")
    first, _, rest = text.partition("\n")
    words = first.split()
    return f"{words[2] if len(words) > 2 else 'unknown'}-{digest_value(rest)[:8]}"


def ask_ffmpeg(*arguments: str) -> str:
    """Return what ffmpeg prints for a short question such as ``-filters``."""
    try:
        done = subprocess.run(
            [find_ffmpeg(), "-hide_banner", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise ToolError(f"ffmpeg does not run ({exc})", where=find_ffmpeg()) from exc
    return done.stdout.decode("utf-8", "replace")


@lru_cache(maxsize=4)
def list_capabilities(kind: str) -> frozenset[str]:
    """Return the names of ffmpeg's ``filters``, ``encoders``, ``muxers`` or ``demuxers``."""
    names: set[str] = set()
    for line in ask_ffmpeg(f"-{kind}").splitlines():
        words = line.split()
        if len(words) >= 2 and len(words[0]) <= 6 and "=" not in words[:2]:
            names.update(words[1].split(","))
    return frozenset(names)


def run_ffmpeg(
    arguments: Sequence[str],
    *,
    task: str,
    duration: float | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    stall_s: float = 300.0,
    log_path: Path | None = None,
    cwd: Path | None = None,
    pass_fds: Sequence[int] = (),
    yielding: bool = False,
) -> FfmpegOutput:
    """Run ffmpeg to its end.

    Args:
        arguments: everything after the global options, inputs made by ``opening.ffmpeg_input``.
        task: what is being done, for messages: ``encode piece 3 for tv_web``.
        duration: seconds of output expected, for progress.
        on_progress: called with 0 to 1; may raise to stop.
        is_cancelled: asked several times a second.
        stall_s: no progress for so long means that it hangs.
        log_path: where to keep the whole log when the run fails.
        cwd: working folder.
        pass_fds: open file descriptors that ffmpeg may write to as ``pipe:N``; stay the caller's to close.
        yielding: other work goes first where cores are short: for one of many runs that wait for nothing but cores.

    Raises:
        Cancelled: ``is_cancelled`` said so.
        ToolError: it could not start, failed, hung or was killed.
    """
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-y", "-nostats", "-progress", "pipe:1", *arguments]
    started = monotonic()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=cwd,
            process_group=0,
            pass_fds=tuple(pass_fds),
        )
    except OSError as exc:
        raise ToolError(f"ffmpeg could not be started ({exc.strerror})", where=task) from exc
    if yielding:
        _yield_cores(process)
    watch = _Watch(process, duration)
    try:
        watch.wait(task, on_progress, is_cancelled, stall_s)
    finally:
        watch.end()
    if process.returncode != 0:
        if log_path is not None:
            log_path.parent.mkdir(parents=True, exist_ok=True)
            log_path.write_text(" ".join(command) + "\n\n" + watch.log(), encoding="utf-8")
        raise ToolError(_describe_exit(process.returncode), where=task, tail=watch.tail(), log_path=log_path)
    return FfmpegOutput(watch.log(), monotonic() - started, watch.frames)


def _yield_cores(process: subprocess.Popen[bytes]) -> None:
    """Lower a process's priority, before it starts threads: they get theirs from it."""
    if not hasattr(os, "setpriority"):
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, process.pid, os.getpriority(os.PRIO_PROCESS, 0) + _YIELD_NICE)


def _describe_exit(code: int) -> str:
    if code < 0:
        return f"ffmpeg was killed by signal {-code}"
    return f"ffmpeg failed (exit code {code})"


class _Watch:
    """Drains both pipes of a process in threads and keeps the log and the last progress."""

    def __init__(self, process: subprocess.Popen[bytes], duration: float | None) -> None:
        self._process = process
        self._duration = duration
        self._lines: deque[str] = deque(maxlen=20_000)
        self._fraction = 0.0
        self.frames = 0
        self._changed = monotonic()
        self._threads = [
            threading.Thread(target=self._drain_progress, daemon=True),
            threading.Thread(target=self._drain_log, daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def _drain_progress(self) -> None:
        assert self._process.stdout is not None
        last = ""
        for raw in self._process.stdout:
            key, _, value = raw.decode("utf-8", "replace").strip().partition("=")
            if key in ("out_time_us", "frame") and value != last:
                last = value
                self._changed = monotonic()
            if key == "frame" and value.isdigit():
                self.frames = int(value)
            if key == "out_time_us" and self._duration and value.lstrip("-").isdigit():
                self._fraction = min(max(int(value) / 1e6 / self._duration, 0.0), 1.0)

    def _drain_log(self) -> None:
        assert self._process.stderr is not None
        for raw in self._process.stderr:
            self._lines.append(raw.decode("utf-8", "replace").rstrip())

    def wait(
        self,
        task: str,
        on_progress: Callable[[float], None] | None,
        is_cancelled: Callable[[], bool],
        stall_s: float,
    ) -> None:
        """Wait for the end; report progress; stop on cancel or stall."""
        reported = -1.0
        pause = 0.01
        while True:
            try:
                self._process.wait(timeout=pause)
                return
            except subprocess.TimeoutExpired:
                pause = min(pause * 2, 0.15)
            if is_cancelled():
                raise Cancelled(where=task)
            if on_progress is not None and self._fraction != reported:
                reported = self._fraction
                on_progress(reported)
            if monotonic() - self._changed > stall_s:
                raise ToolError(f"ffmpeg made no progress for {stall_s:.0f} s", where=task, tail=self.tail())

    def end(self) -> None:
        """End the process if it still runs (first politely), and the threads that read its pipes."""
        if self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(timeout=_END_GRACE_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        for thread in self._threads:
            thread.join()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()

    def log(self) -> str:
        """Return the log (its last 20,000 lines)."""
        return "\n".join(self._lines)

    def tail(self) -> str:
        """Return the log's last lines."""
        return "\n".join(list(self._lines)[-TAIL_LINES:])
