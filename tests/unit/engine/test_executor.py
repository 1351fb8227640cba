from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mediakit.engine.executor import LocalExecutor, Task
from mediakit.engine.machine import count_cores, usable_memory_mb
from mediakit.errors import Cancelled, UsageError


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Meter:
    """Runs tasks of a given size and measures how many ran at once."""

    def __init__(self, executor: LocalExecutor) -> None:
        self.executor = executor
        self.lock = threading.Lock()
        self.now: list[str] = []
        self.most = 0
        self.order: list[str] = []
        self.together: list[frozenset[str]] = []
        self.done = threading.Semaphore(0)
        self.errors: list[BaseException | None] = []

    def submit(self, name: str, seconds: float = 0.05, work: Callable[[], Any] | None = None, **needs: Any) -> None:
        def run() -> None:
            with self.lock:
                self.now.append(name)
                self.order.append(name)
                self.most = max(self.most, len(self.now))
                self.together.append(frozenset(self.now))
            time.sleep(seconds)
            with self.lock:
                self.now.remove(name)
            if work:
                work()

        def done(result: Any, error: BaseException | None) -> None:
            self.errors.append(error)
            self.done.release()

        self.executor.submit(Task(run, done, **needs))

    def wait(self, count: int) -> None:
        for _ in range(count):
            assert self.done.acquire(timeout=10)


@pytest.mark.parametrize(("jobs", "cores", "most"), [(1, 8, 1), (3, 1, 3), (None, 2, 2)])
def test_no_more_at_once_than_allowed(jobs: int | None, cores: int, most: int) -> None:
    meter = Meter(LocalExecutor(cores=cores, memory_mb=10_000, jobs=jobs))
    for number in range(8):
        meter.submit(str(number), order=(number,))
    meter.wait(8)
    assert meter.most == most


def test_memory_is_not_exceeded_and_a_giant_runs_alone() -> None:
    meter = Meter(LocalExecutor(cores=8, memory_mb=1000))
    meter.submit("small", memory_mb=400)
    meter.submit("giant", memory_mb=5000)
    meter.submit("other", memory_mb=400)
    meter.submit("third", memory_mb=400)
    meter.wait(4)
    assert frozenset(["giant"]) in meter.together
    assert all(len(names) <= 2 for names in meter.together)
    assert all(names == {"giant"} for names in meter.together if "giant" in names)


def test_a_giant_is_not_passed_over_for_ever() -> None:
    meter = Meter(LocalExecutor(cores=2, memory_mb=1000))
    meter.submit("first", 0.1, memory_mb=600)
    meter.submit("giant", 0.0, memory_mb=900)
    for number in range(120):
        meter.submit(f"n{number}", 0.005, memory_mb=100, order=(number,))
    meter.wait(122)
    assert meter.order.index("giant") < 80


def test_small_order_goes_first() -> None:
    meter = Meter(LocalExecutor(cores=1, memory_mb=100))
    meter.submit("running", order=(0,))
    for number in (3, 1, 2):
        meter.submit(str(number), 0.0, order=(number,))
    meter.wait(4)
    assert meter.order == ["running", "1", "2", "3"]


def test_queued_work_is_dropped_on_cancel() -> None:
    executor = LocalExecutor(cores=1, memory_mb=100)
    meter = Meter(executor)
    for number in range(3):
        meter.submit(str(number), 0.2, order=(number,))
    time.sleep(0.05)
    executor.cancel_queued()
    meter.wait(3)
    assert meter.order == ["0"]
    assert sum(isinstance(error, Cancelled) for error in meter.errors) == 2
    assert executor.close(5)
    meter.submit("late")
    meter.wait(1)
    assert isinstance(meter.errors[-1], Cancelled)


def test_errors_are_handed_on() -> None:
    meter = Meter(LocalExecutor(cores=1, memory_mb=100))

    def fail() -> None:
        raise ValueError("no")

    meter.submit("bad", 0.0, fail)
    meter.wait(1)
    assert isinstance(meter.errors[0], ValueError)


def test_machine_has_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MEDIAKIT_MEMORY_MB", raising=False)
    assert count_cores() >= 1
    assert 1024 <= usable_memory_mb() <= max(1024, 700 * count_cores())


def test_memory_is_what_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAKIT_MEMORY_MB", "9000")
    assert usable_memory_mb() == 9000
    for wrong in ("much", "-1", "0"):
        monkeypatch.setenv("MEDIAKIT_MEMORY_MB", wrong)
        with pytest.raises(UsageError, match="MEDIAKIT_MEMORY_MB"):
            usable_memory_mb()


def test_a_task_starts_while_a_core_is_free() -> None:
    meter = Meter(LocalExecutor(cores=2, memory_mb=1000))
    for number, cores in enumerate((1, 2, 1)):
        meter.submit(str(number), 0.05, cores=cores)
    meter.wait(3)
    assert meter.most == 2


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads the memory of this process from /proc")
def test_memory_that_a_large_task_freed_goes_back_to_the_system() -> None:
    """Small blocks are kept by the C library's arena of the task's thread, with one block held at its end."""
    held: list[bytearray] = []

    def work() -> None:
        blocks = [bytearray(2000) for _ in range(100_000)]
        held.append(bytearray(2000))
        del blocks

    meter = Meter(LocalExecutor(cores=1, memory_mb=1000))
    before = resident_mb()
    for number in range(2):
        meter.submit(str(number), 0.0, work, memory_mb=200)
        meter.wait(1)
    assert resident_mb() - before < 100  # 200 where it is kept
