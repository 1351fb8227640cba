"""What this machine has to work with: processor cores and memory, as far as this process may use them."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from mediakit.errors import UsageError
from mediakit.steps.jobs import CORE_MB

_CGROUP = Path("/sys/fs/cgroup")
_SHARE_OF_MEMORY = 0.8
_LEAST_MB = 1024
MEMORY_VARIABLE = "MEDIAKIT_MEMORY_MB"


def count_cores() -> int:
    """Return the number of cores that this process may use (affinity and container quota)."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:
        cores = os.cpu_count() or 1
    quota, _, period = _read(_CGROUP / "cpu.max").partition(" ")
    if quota.isdigit() and period.strip().isdigit():
        cores = min(cores, max(1, int(quota) // int(period)))
    return max(1, cores)


def usable_memory_mb() -> int:
    """Return the megabytes that jobs may use together.

    `MEMORY_VARIABLE` says it; else as much as the cores can make use of, at most a share of what is free now within a
    container's limit.

    Raises:
        UsageError: the variable holds no number of megabytes.
    """
    named = os.environ.get(MEMORY_VARIABLE, "").strip()
    if named:
        if not named.isdigit() or not int(named):
            raise UsageError(f"{MEMORY_VARIABLE} is {named!r}, no number of megabytes", hint="such as 4000")
        return int(named)
    available = _available_bytes()
    limit = _read(_CGROUP / "memory.max").strip()
    if limit.isdigit():
        used = _read(_CGROUP / "memory.current").strip()
        available = min(available, int(limit) - (int(used) if used.isdigit() else 0))
    return max(_LEAST_MB, min(int(available * _SHARE_OF_MEMORY) >> 20, count_cores() * CORE_MB))


def return_memory() -> None:
    """Give memory that was freed back to the system.

    glibc keeps it, for each thread's arena, and jobs run in threads of their own: a batch would take ever more.
    """
    trim = _trimmer()
    if trim is not None:
        trim(0)


@lru_cache(maxsize=1)
def _trimmer() -> Callable[[int], int] | None:
    import ctypes

    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return None


def _available_bytes() -> int:
    for line in _read(Path("/proc/meminfo")).splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (ValueError, OSError, AttributeError):
        return 4 << 30


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
