"""What the benchmarks share: running commands, their wall and processor time, the memory of a process tree, PSNR."""

from __future__ import annotations

import os
import re
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediakit.media.picture import PictureRecord


def clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def run_ffmpeg(*arguments: str) -> str:
    from mediakit.tools.ffmpeg import find_ffmpeg

    done = subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-nostdin", "-y", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        raise SystemExit(f"ffmpeg failed:\n{log[-2000:]}")
    return log


@dataclass
class Cost:
    """Wall time and processor time of runs, in seconds, by what was run."""

    wall: dict[str, list[float]]
    cpu: dict[str, list[float]]

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time what happens inside, child processes included."""
        started, used = time.monotonic(), children_cpu()
        yield
        self.wall.setdefault(name, []).append(time.monotonic() - started)
        self.cpu.setdefault(name, []).append(children_cpu() - used)

    def medians(self, values: dict[str, list[float]]) -> dict[str, float]:
        """Return the median of each name's values."""
        return {name: round(statistics.median(found), 2) for name, found in values.items()}


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def run_mediakit(arguments: Sequence[str | Path]) -> float:
    """Run the command line from Python's start on; return its peak memory with all children, in MB.

    Bytecode is kept, as it is where a package is installed.
    """
    command = [sys.executable, "-m", "mediakit", *map(str, arguments)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment)
    errors, peak = end_watched(process)
    if process.returncode:
        raise SystemExit(errors.decode("utf-8", "replace")[-2000:])
    return peak


def end_watched(process: subprocess.Popen[Any]) -> tuple[Any, float]:
    """Wait for a process; return its standard error and its peak memory with all children, in MB.

    The end is noticed at once, whenever memory was last looked at.
    """
    peak, over = 0.0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.1):
            peak = max(peak, tree_memory_mb(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    _, errors = process.communicate()
    over.set()
    watcher.join()
    return errors, peak


def look(media: Path, folder: Path) -> PictureRecord:
    """Return what ``look`` sees in a file, kept in a cache below a folder."""
    from mediakit.media.picture import PictureRecord

    target = folder / f"{media.stem}.json"
    run_mediakit(["look", media, "-o", target, "--cache", folder / "cache"])
    return PictureRecord.read(target)


def tree_memory_mb(root: int) -> float:
    """Return the memory of a process and all its descendants, what several of them share counted once (Linux)."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError, ValueError):
            continue
    total = 0
    for pid in parents:
        at = pid
        while at and at != root:
            at = parents.get(at, 0)
        total += _proportional_kb(pid) if at == root else 0
    return total * 1024 / 1e6


def _proportional_kb(pid: int) -> int:
    """Return a process's resident memory, of which it is charged its part where others have the same pages."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    except (OSError, ValueError):
        pass
    return 0


def distance(first: Sequence[str], second: Sequence[str]) -> int:
    """Return the Levenshtein distance of two texts in units."""
    row = list(range(len(second) + 1))
    for number, unit in enumerate(first, 1):
        previous, row[0] = row[0], number
        for place, other in enumerate(second, 1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (unit != other))
    return row[-1]


def compare(one: Path, two: Path) -> dict[str, float]:
    """Return mean and worst PSNR between two files, frame by frame, in dB."""
    log = one.with_suffix(".psnr")
    run_ffmpeg(
        *("-i", str(one), "-i", str(two)),
        *("-lavfi", f"[0:v]setpts=N[a];[1:v]setpts=N[b];[a][b]psnr=stats_file={log}", "-f", "null", "-"),
    )
    values = [
        float(match[1].replace("inf", "100"))
        for match in re.finditer(r"psnr_avg:(\S+)", log.read_text(encoding="utf-8"))
    ]
    return {"frames": len(values), "mean_db": round(statistics.mean(values), 2), "worst_db": round(min(values), 2)}
