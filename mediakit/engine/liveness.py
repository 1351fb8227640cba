"""Which runs live: each holds a lock file, so a killed one is noticed without trusting process numbers."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from time import time


class RunMark:
    """This run's mark in a folder of marks; the lock goes with the process, however it ends."""

    def __init__(self, folder: Path) -> None:
        from filelock import FileLock

        self.id = f"{int(time())}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._path = folder / f"{self.id}.lock"
        self._lock = FileLock(self._path, timeout=5, thread_local=False)
        self._lock.acquire()

    def close(self) -> None:
        """Take the mark away."""
        self._lock.release()
        with contextlib.suppress(OSError):
            self._path.unlink(missing_ok=True)


def is_live(folder: Path, run_id: str) -> bool:
    """Tell whether the run with this mark still lives."""
    from filelock import FileLock, Timeout

    path = folder / f"{run_id}.lock"
    if not run_id or "/" in run_id or not path.exists():
        return False
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        return True
    except OSError:
        return False
    lock.release()
    return False


def list_runs(folder: Path, but: str = "") -> tuple[list[str], list[str]]:
    """Return the ids of the runs that live and of those that died, without the run ``but``."""
    live: list[str] = []
    dead: list[str] = []
    for path in sorted(folder.glob("*.lock")):
        if path.stem != but:
            (live if is_live(folder, path.stem) else dead).append(path.stem)
    return live, dead


def start_of(run_id: str) -> float:
    """Return when a run began, in seconds since 1970."""
    first = run_id.partition("-")[0]
    return float(first) if first.isdigit() else 0.0
