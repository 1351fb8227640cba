"""The coordinator's loop: it hands work to executors and takes the results, one after the other, in one thread."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from mediakit.engine.executor import Executor, Task

_TICK_S = 0.1
_END_GRACE_S = 20.0

Then = Callable[[Any, BaseException | None], None]


class Loop:
    """Runs until all is done, or until it is stopped and running work has ended.

    Attributes:
        stop: set when no new work should begin; running work asks for it.

    Args:
        cancel: set from outside to stop the loop.
        executors: where work runs; their queues are dropped on a stop.
    """

    def __init__(self, cancel: threading.Event, *executors: Executor) -> None:
        self.stop = threading.Event()
        self._cancel = cancel
        self._executors = executors
        self._messages: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._outstanding = 0

    def submit(self, executor: Executor, work: Callable[[], Any], then: Then, **needs: Any) -> None:
        """Queue work (``needs``: see `Task`); the loop calls ``then`` with its result or error."""

        def done(result: Any, error: BaseException | None) -> None:
            self._messages.put(partial(arrive, result, error))

        def arrive(result: Any, error: BaseException | None) -> None:
            self._outstanding -= 1
            then(result, error)

        self._outstanding += 1
        executor.submit(Task(work, done, **needs))

    def halt(self) -> None:
        """Stop: drop what is queued, let running work see it."""
        self.stop.set()
        for executor in self._executors:
            executor.cancel_queued()

    def run(self, is_done: Callable[[], bool]) -> None:
        """Take messages until all is done; after a stop, wait a while for running work to end."""
        deadline: float | None = None
        while self._outstanding or not is_done():
            if self._cancel.is_set() and not self.stop.is_set():
                self.halt()
            if self.stop.is_set():
                deadline = deadline or time.monotonic() + _END_GRACE_S
                if not self._outstanding or time.monotonic() > deadline:
                    return
            try:
                message = self._messages.get(timeout=_TICK_S)
            except queue.Empty:
                continue
            message()
