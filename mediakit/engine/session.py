"""One run from start to end: opens the cache, clears what dead runs left, lets signals cancel, runs."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from mediakit.engine.cache import Cache, default_cache_folder
from mediakit.engine.eviction import cache_limit, remove_leftovers
from mediakit.engine.report import RunReport
from mediakit.engine.runner import run_graph
from mediakit.steps.graph import Graph
from mediakit.steps.jobs import Event


def run_session(
    graph: Graph,
    *,
    cache: Path | None = None,
    jobs: int | None = None,
    emit: Callable[[Event], None] = lambda event: None,
    publish: bool = True,
) -> RunReport:
    """Run a graph with a cache folder; Ctrl-C and SIGTERM stop it, and what is finished stays.

    Args:
        graph: what to make.
        cache: the cache folder (default: ``MEDIAKIT_CACHE``, else the user's).
        jobs: how many tasks at once.
        emit: told what happens.
        publish: whether steps publish below ``graph.output``.

    Raises:
        MediakitError: it cannot begin.
    """
    with cancel_on_signals() as cancel, Cache(cache or default_cache_folder()) as opened:
        cache_limit(opened)
        remove_leftovers(opened)
        return run_graph(graph, opened, emit=emit, cancel=cancel, jobs=jobs, publish=publish)


@contextmanager
def cancel_on_signals() -> Iterator[threading.Event]:
    """Give an event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the process at once."""
    cancel = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield cancel
        return

    def stop(number: int, frame: FrameType | None) -> None:
        if cancel.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        cancel.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancel
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
