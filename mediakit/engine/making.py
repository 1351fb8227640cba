"""From a prepared node to its output: the middle of a run.

* **Expand**: an expanding step's jobs whose results are missing are queued, each missing result once.
* **Execute**: the executor runs plain steps and jobs by priority (graph order), within cores and memory.
* **Combine**: when the last result of a node is there, its output is made from the results.

A key that is being made already is waited for, not made twice. All of it is called by the coordinator, in one thread.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from mediakit.engine.bindings import WorkSizes
from mediakit.engine.cache import Cache, Entry
from mediakit.engine.executor import Executor
from mediakit.engine.loop import Loop
from mediakit.engine.noderun import NodeRun
from mediakit.engine.progress import Progress
from mediakit.engine.report import NodeState
from mediakit.engine.status import Status
from mediakit.engine.work import Workbench, speed_name
from mediakit.errors import Cancelled
from mediakit.steps.base import ExpandingStep, PlainStep
from mediakit.steps.jobs import Event, Job


class Making:
    """Makes outputs.

    Args:
        runs: all nodes of the run.
        cache: the run's cache.
        loop: the coordinator's loop.
        executor: where the work runs.
        progress: told how far jobs are.
        sizes: how much flows into nodes, for speeds.
        finish: called with a node, its output, and whether it was made or kept.
        fail: called with a node that failed, and why.
    """

    def __init__(
        self,
        runs: Mapping[str, NodeRun],
        cache: Cache,
        loop: Loop,
        executor: Executor,
        progress: Progress,
        sizes: WorkSizes,
        finish: Callable[[NodeRun, Entry, NodeState], None],
        fail: Callable[[NodeRun, BaseException], None],
    ) -> None:
        self._runs = runs
        self._cache = cache
        self._loop = loop
        self._executor = executor
        self._progress = progress
        self._sizes = sizes
        self._finish = finish
        self._fail = fail
        self._bench = Workbench(cache, progress.take, loop.stop.is_set)
        self._making: dict[str, list[str]] = {}
        self._results: dict[str, list[str]] = {}
        self._beginning = threading.Lock()

    def start(self, run: NodeRun) -> None:
        """Make a node's output, or wait for the node that makes the same."""
        _, status = run.known()
        if status.key in self._making:
            self._making[status.key].append(run.node.id)
            return
        self._making[status.key] = [run.node.id]
        step = run.step
        if isinstance(step, ExpandingStep):
            self._expand(run, step)
        else:
            assert isinstance(step, PlainStep)
            self._make_whole(run, self._bench.make_plain)

    def _make_whole(self, run: NodeRun, make: Callable[..., Entry]) -> None:
        """Queue the work that makes a node's output: a plain step's, or the combining."""
        bound, status = run.known()
        self._loop.submit(
            self._executor,
            partial(self._timed, run, status, partial(make, run.node, run.step, status, bound)),
            partial(self._on_made, run, status.key),
            cores=run.step.cores,
            memory_mb=run.step.memory_mb,
            order=(run.index, -1),
        )

    def _begin(self, run: NodeRun, status: Status) -> None:
        """Tell, in a worker's thread, that work on a node begins; raise `Cancelled` where it should not."""
        if self._loop.stop.is_set():
            raise Cancelled(where=run.node.id)
        with self._beginning:
            if run.begun:
                return
            run.begun = time.monotonic()
        data = {"item": run.node.item, "reasons": list(status.reasons), "jobs": len(status.jobs)}
        self._progress.take(Event("started", run.node.id, "", data))

    def _timed(self, run: NodeRun, status: Status, work: Callable[[], Entry]) -> Entry:
        self._begin(run, status)
        started = time.monotonic()
        entry = work()
        run.busy += time.monotonic() - started
        return entry

    def _on_made(self, run: NodeRun, key: str, entry: Any, error: BaseException | None) -> None:
        for name in self._making.pop(key, [run.node.id]):
            waiting = self._runs[name]
            if waiting.ended:
                continue
            if error is not None:
                self._fail(waiting, error)
            else:
                self._finish(waiting, entry, "made" if waiting is run else "kept")
        if error is None and not run.jobs_kept:
            work = self._sizes.megabytes(run.node)
            self._cache.index.add_speed(f"{run.node.step}:node", run.busy, work)

    # Jobs ---------------------------------------------------------------------------------------------------------

    def _expand(self, run: NodeRun, step: ExpandingStep[Any]) -> None:
        _, status = run.known()
        self._progress.expect(run.node.id, {one.job.id: one.job.cost for one in status.jobs if one.missing})
        for number, one in enumerate(status.jobs):
            self._start_job(run, step, one.job, one.missing, number)
        if not run.awaited:
            self._combine(run)

    def _start_job(
        self, run: NodeRun, step: ExpandingStep[Any], job: Job, missing: Mapping[str, str], number: int
    ) -> None:
        """Queue a job for those of its results that nobody makes yet; wait for the others."""
        bound, status = run.known()
        own: dict[str, str] = {}
        for name, key in missing.items():
            run.awaited.add(key)
            if key in self._results:
                self._results[key].append(run.node.id)
            else:
                self._results[key] = [run.node.id]
                own[name] = key
        if not own:
            run.jobs_kept += 1
            self._progress.finish(run.node.id, job.id)
            return

        def work() -> float | None:
            self._begin(run, status)
            if all(self._runs[name].ended for key in own.values() for name in self._results.get(key, ())):
                return None
            return self._bench.make_results(run.node, step, job, own, bound)

        self._loop.submit(
            self._executor,
            work,
            partial(self._on_results, run, job, own),
            cores=job.cores,
            memory_mb=job.memory_mb,
            order=(run.index, number),
        )

    def _on_results(
        self, run: NodeRun, job: Job, wanted: Mapping[str, str], seconds: Any, error: BaseException | None
    ) -> None:
        self._progress.finish(run.node.id, job.id)
        if seconds:
            run.jobs_made += 1
            run.busy += seconds
            if len(wanted) == len(job.results):
                self._cache.index.add_speed(speed_name(run.node.step, job), seconds, job.cost)
        elif error is None:
            run.jobs_kept += 1
        for key in wanted.values():
            for name in self._results.pop(key, ()):
                waiting = self._runs[name]
                if waiting.ended:
                    continue
                if error is not None:
                    self._fail(waiting, error)
                    continue
                waiting.awaited.discard(key)
                if not waiting.awaited:
                    self._combine(waiting)

    def _combine(self, run: NodeRun) -> None:
        _, status = run.known()
        run.jobs_kept = len(status.jobs) - run.jobs_made
        self._make_whole(run, self._bench.make_combined)
