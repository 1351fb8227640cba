"""Where work runs. The local executor runs it in threads (the heavy part is in child processes and native code).

A cluster's executor can stand in its place: the runner only submits tasks and is told of their ends.
"""

from __future__ import annotations

import threading
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from mediakit.engine.machine import return_memory
from mediakit.errors import Cancelled

_PATIENCE = 50
"""So many later tasks may overtake one that does not fit yet; then nothing starts until it does."""
_AHEAD = 200
"""So many waiting tasks are looked at for one that fits: a queue of thousands is not walked at every end."""
_WORTH_RETURNING_MB = 150
"""What a smaller task frees is soon used again."""


@dataclass
class Task:
    """A piece of work.

    Attributes:
        work: what to call; it runs in another thread.
        done: called with the result or the exception, in that thread.
        cores: cores that it keeps busy.
        memory_mb: its peak memory.
        order: smaller goes first.
    """

    work: Callable[[], Any]
    done: Callable[[Any, BaseException | None], None]
    cores: int = 1
    memory_mb: int = 0
    order: tuple[int, ...] = ()
    overtaken: int = field(default=0, compare=False)


class Executor(Protocol):
    """What the runner needs of an executor."""

    def submit(self, task: Task) -> None:
        """Queue a task; it runs when there is room, small ``order`` first."""

    def cancel_queued(self) -> None:
        """End the tasks that have not begun, with `Cancelled`."""

    def close(self, timeout_s: float) -> bool:
        """Wait for running tasks; tell whether all have ended."""


class LocalExecutor:
    """Runs tasks in threads of this process, within a budget of jobs or cores, and of memory.

    Args:
        cores: cores to fill when ``jobs`` is not given; a task starts while one of them is free.
        memory_mb: memory that running tasks may need together; a single task may exceed it.
        jobs: how many tasks at once, whatever their cores.
    """

    def __init__(self, *, cores: int, memory_mb: int, jobs: int | None = None) -> None:
        self._cores = cores
        self._memory_mb = memory_mb
        self._jobs = jobs
        self._condition = threading.Condition()
        self._queue: list[Task] = []
        self._running: list[Task] = []
        self._closed = False

    def submit(self, task: Task) -> None:
        """Queue a task; it runs when there is room, small ``order`` first."""
        with self._condition:
            if not self._closed:
                insort(self._queue, task, key=lambda queued: queued.order)
                self._start_fitting()
                return
        task.done(None, Cancelled())

    def _start_fitting(self) -> None:
        at = 0
        while at < min(len(self._queue), _AHEAD) and self._has_room():
            task = self._queue[at]
            if self._fits(task):
                del self._queue[at]
                for earlier in self._queue[:at]:
                    earlier.overtaken += 1
                self._running.append(task)
                threading.Thread(target=self._run, args=(task,), daemon=True, name="mediakit-job").start()
            elif task.overtaken >= _PATIENCE:
                return
            else:
                at += 1

    def _has_room(self) -> bool:
        """Tell whether another task may run, as far as its number or the cores go."""
        if not self._running:
            return True
        if self._jobs is not None:
            return len(self._running) < self._jobs
        return sum(running.cores for running in self._running) < self._cores

    def _fits(self, task: Task) -> bool:
        if not self._running:
            return True
        return sum(running.memory_mb for running in self._running) + task.memory_mb <= self._memory_mb

    def _run(self, task: Task) -> None:
        result, error = None, None
        try:
            result = task.work()
        except BaseException as exc:
            error = exc
        if task.memory_mb >= _WORTH_RETURNING_MB:
            return_memory()
        with self._condition:
            self._running.remove(task)
            self._start_fitting()
            self._condition.notify_all()
        task.done(result, error)

    def cancel_queued(self) -> None:
        """End the tasks that have not begun, with `Cancelled`."""
        with self._condition:
            dropped, self._queue = self._queue, []
        for task in dropped:
            task.done(None, Cancelled())

    def close(self, timeout_s: float) -> bool:
        """Wait for running tasks; tell whether all have ended."""
        with self._condition:
            self._closed = True
            return self._condition.wait_for(lambda: not self._running, timeout_s)
