"""Runs a graph: check, select, expand, execute, combine, publish.

1. **Check** everything that can be checked: tools, settings, files (`plan.check_graph`).
2. **Select**: a node whose needs have ended is prepared: its inputs are bound, its key computed (`plan.assess`).
   What lies in the cache is taken from there. A key that is being made already is waited for, not made twice.
3. **Expand**: an expanding step lists its jobs; those whose results are missing are queued, each missing result once.
4. **Execute**: the executor runs plain steps and jobs by priority (graph order), within cores and memory.
5. **Combine**: when the last result of a node is there, its output is made from the results.
6. **Publish**: the output's files go below the output folder; a person's edits become part of the output.
   The nodes that need it are selected next.

A node that fails takes the nodes that need it with it (``skipped``) and nobody else. A full disk or a cancel stops
the run: queued work is dropped, running work is ended, what is finished stays. One thread, the coordinator, holds
all state; workers only send it messages. Nothing here prints: what happens is told as events.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from mediakit.engine.bindings import (
    Bound,
    WorkSizes,
    bind_inputs,
    list_needs,
    list_publications,
    make_artifact,
)
from mediakit.engine.cache import Cache, DiskFull, Entry
from mediakit.engine.executor import Executor, LocalExecutor
from mediakit.engine.loop import Loop
from mediakit.engine.machine import count_cores, usable_memory_mb
from mediakit.engine.noderun import NodeRun, ReadingMeter
from mediakit.engine.outputs import Outputs
from mediakit.engine.progress import Progress
from mediakit.engine.report import NodeReport, NodeState, RunReport
from mediakit.engine.status import Status, assess, check_graph
from mediakit.engine.work import Workbench, translated
from mediakit.errors import Cancelled, MediakitError
from mediakit.steps.base import Artifact, Event, ExpandingStep, Job, PlainStep
from mediakit.steps.graph import Graph
from mediakit.steps.registry import load_step

_LIGHT_TASKS = 4
_TRIM_EVERY_S = 30.0


def run_graph(
    graph: Graph,
    cache: Cache,
    *,
    emit: Callable[[Event], None] = lambda event: None,
    cancel: threading.Event | None = None,
    jobs: int | None = None,
    executor: Executor | None = None,
    publish: bool = True,
) -> RunReport:
    """Run a graph to its end and return the report; `RunReport.error` says what it comes to.

    Args:
        graph: what to make.
        cache: an open cache.
        emit: told what happens; called from several threads, one call at a time.
        cancel: set it to stop.
        jobs: how many tasks at once (default: by cores and memory).
        executor: where tasks run (default: threads here).
        publish: whether steps publish below ``graph.output`` (nodes with targets publish those in any case).

    Raises:
        MediakitError: it cannot begin (see `plan.check_graph`).
    """
    run = _Run(graph, cache, emit, cancel or threading.Event(), jobs, executor, publish)
    return run.run()


class _Run:
    def __init__(
        self,
        graph: Graph,
        cache: Cache,
        emit: Callable[[Event], None],
        cancel: threading.Event,
        jobs: int | None,
        executor: Executor | None,
        publish: bool,
    ) -> None:
        self._graph = graph
        self._cache = cache
        self._emit_raw = emit
        self._emit_lock = threading.Lock()
        self._cancel = cancel
        self._heavy = executor or LocalExecutor(cores=count_cores(), memory_mb=usable_memory_mb(), jobs=jobs)
        self._light = LocalExecutor(cores=_LIGHT_TASKS, memory_mb=1, jobs=_LIGHT_TASKS)
        self._loop = Loop(cancel, self._light, self._heavy)
        self._runs = {
            node.id: NodeRun(node, load_step(node.step), index, set(list_needs(node)))
            for index, node in enumerate(graph.nodes)
        }
        self._dependents: dict[str, list[str]] = {}
        for run in self._runs.values():
            for name in run.needs:
                self._dependents.setdefault(name, []).append(run.node.id)
        self._sizes = WorkSizes(graph)
        self._reports: dict[str, NodeReport] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._making: dict[str, list[str]] = {}
        self._results: dict[str, list[str]] = {}
        self._warnings: list[str] = []
        self._fatal: MediakitError | None = None
        self._progress = Progress(self._emit)
        self._outputs = Outputs(graph, cache, self._warn, publish=publish)
        self._bench = Workbench(cache, self._progress.take, self._loop.stop.is_set)
        self._trimmed = time.monotonic()

    # Events -------------------------------------------------------------------------------------------------------

    def _emit(self, event: Event) -> None:
        with self._emit_lock:
            if event.kind == "warning":
                self._warnings.append(f"{event.node}: {event.message}" if event.node else event.message)
            self._emit_raw(event)

    def _warn(self, message: str, node: str = "") -> None:
        self._emit(Event("warning", node, message))

    # The coordinator's loop ---------------------------------------------------------------------------------------

    def run(self) -> RunReport:
        started = time.monotonic()
        self._cache.warn = self._warn
        refused = check_graph(self._graph)
        self._outputs.open(self._cancel.is_set)
        try:
            self._emit(Event("run", "", self._graph.name, self._announce()))
            for name, error in refused.items():
                self._fail(self._runs[name], error)
            for run in self._runs.values():
                self._select(run)
            self._loop.run(lambda: len(self._reports) == len(self._runs))
            for run in self._runs.values():
                if not run.ended:
                    self._end(run, "cancelled")
            if not self._loop.stop.is_set():
                self._outputs.end(self._reports)
                self._trim()
        finally:
            self._outputs.close()
        nodes = tuple(self._reports[node.id] for node in self._graph.nodes)
        return RunReport(
            self._graph.items,
            nodes,
            time.monotonic() - started,
            self._cancel.is_set(),
            self._fatal,
            tuple(self._warnings),
        )

    def _announce(self) -> Mapping[str, Any]:
        """Return what a display needs at the start: how many nodes, and their expected share of the time."""
        weights = {}
        for node in self._graph.nodes:
            speed = self._cache.index.find_speed(f"{node.step}:node")
            weights[node.id] = 1.0 if speed is None else round(speed * self._sizes.megabytes(node) + 0.05, 3)
        return {"nodes": len(self._graph.nodes), "items": len(self._graph.items), "weights": weights}

    # Select -------------------------------------------------------------------------------------------------------

    def _select(self, run: NodeRun) -> None:
        """Prepare a node when all that it needs is there."""
        if run.ended or run.needs or run.started or self._loop.stop.is_set():
            return
        run.started = time.monotonic()
        then = partial(self._on_prepared, run)
        self._loop.submit(self._light, partial(self._prepare, run), then, order=(run.index,))

    def _prepare(self, run: NodeRun) -> tuple[Bound, Status]:
        """Bind, compute the key, look into the cache, list jobs (in a light task)."""
        node = run.node

        meter = ReadingMeter(node.id, self._emit)

        def on_bytes(path: Path, count: int) -> None:
            if self._loop.stop.is_set():
                raise Cancelled(where=node.id)
            meter.add(path, count)

        with translated(node, self._cache):
            root = self._outputs.root_of(node)
            bound = bind_inputs(node, run.step, self._artifacts, self._cache, root, on_bytes)
            return bound, assess(node, run.step, bound, self._cache, self._outputs.memory_of(node))

    def _on_prepared(self, run: NodeRun, result: Any, error: BaseException | None) -> None:
        if error is not None:
            self._fail(run, error)
            return
        run.prepared = result
        _, status = run.known()
        if status.entry is not None:
            self._finish(run, status.entry, "kept")
        elif status.key in self._making:
            self._making[status.key].append(run.node.id)
        elif not self._loop.stop.is_set():
            self._making[status.key] = [run.node.id]
            data = {"reasons": list(status.reasons), "jobs": len(status.jobs)}
            self._emit(Event("started", run.node.id, "", data))
            self._start(run)

    # Expand and execute -------------------------------------------------------------------------------------------

    def _start(self, run: NodeRun) -> None:
        step = run.step
        bound, status = run.known()
        if isinstance(step, ExpandingStep):
            self._progress.expect(run.node.id, {one.job.id: one.job.cost for one in status.jobs if one.missing})
            for number, one in enumerate(status.jobs):
                self._start_job(run, step, one.job, one.missing, number)
            if not run.awaited:
                self._combine(run)
            return
        assert isinstance(step, PlainStep)
        self._loop.submit(
            self._heavy,
            partial(self._timed, run, partial(self._bench.make_plain, run.node, step, status, bound)),
            partial(self._on_made, run),
            cores=step.cores,
            memory_mb=step.memory_mb,
            order=(run.index, -1),
        )

    def _timed(self, run: NodeRun, work: Callable[[], Entry]) -> Entry:
        if self._loop.stop.is_set():
            raise Cancelled(where=run.node.id)
        started = time.monotonic()
        entry = work()
        run.busy += time.monotonic() - started
        return entry

    def _start_job(
        self, run: NodeRun, step: ExpandingStep[Any], job: Job, missing: Mapping[str, str], number: int
    ) -> None:
        """Queue a job for those of its results that nobody makes yet; wait for the others."""
        bound, _ = run.known()
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
            if self._loop.stop.is_set():
                raise Cancelled(where=run.node.id)
            if all(self._runs[name].ended for key in own.values() for name in self._results.get(key, ())):
                return None
            return self._bench.make_results(run.node, step, job, own, bound)

        self._loop.submit(
            self._heavy,
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
                self._cache.index.add_speed(f"{run.node.step}:job", seconds, job.cost)
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

    # Combine ------------------------------------------------------------------------------------------------------

    def _combine(self, run: NodeRun) -> None:
        step = run.step
        bound, status = run.known()
        assert isinstance(step, ExpandingStep)
        run.jobs_kept = len(status.jobs) - run.jobs_made
        self._loop.submit(
            self._heavy,
            partial(self._timed, run, partial(self._bench.make_combined, run.node, step, status, bound)),
            partial(self._on_made, run),
            cores=step.cores,
            memory_mb=step.memory_mb,
            order=(run.index, -1),
        )

    def _on_made(self, run: NodeRun, entry: Any, error: BaseException | None) -> None:
        _, status = run.known()
        waiters = self._making.pop(status.key, [run.node.id])
        for name in waiters:
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

    # Publish ------------------------------------------------------------------------------------------------------

    def _finish(self, run: NodeRun, entry: Entry, state: NodeState) -> None:
        self._loop.submit(
            self._light,
            partial(self._publish, run, entry),
            partial(self._on_published, run, state),
            order=(run.index,),
        )

    def _publish(self, run: NodeRun, entry: Entry) -> tuple[Artifact, tuple[Path, ...]]:
        bound, status = run.known()
        with translated(run.node, self._cache):
            artifact = make_artifact(run.node, run.step, entry, bound.inputs)
            publications = list_publications(run.node, run.step, artifact)
            return self._outputs.publish(run.node, artifact, publications, status)

    def _on_published(self, run: NodeRun, state: NodeState, result: Any, error: BaseException | None) -> None:
        if error is not None:
            self._fail(run, error)
            return
        artifact, paths = result
        self._artifacts[run.node.id] = artifact
        for problem in artifact.problems:
            data = {"subject": problem.subject, "exit_code": problem.exit_code, "hint": problem.hint}
            self._emit(Event("problem", run.node.id, f"{problem.subject}: {problem.message}", data))
        self._end(run, state, artifact=artifact, published=paths, problems=artifact.problems)
        for name in self._dependents.get(run.node.id, ()):
            self._runs[name].needs.discard(run.node.id)
            self._select(self._runs[name])
        if time.monotonic() - self._trimmed > _TRIM_EVERY_S:
            self._trimmed = time.monotonic()
            self._loop.submit(self._light, self._trim, lambda result, error: None)

    def _trim(self) -> None:
        from mediakit.engine.eviction import evict

        self._cache.flush_used()
        evict(self._cache)

    # Ends ---------------------------------------------------------------------------------------------------------

    def _fail(self, run: NodeRun, error: BaseException) -> None:
        if run.ended:
            return
        if isinstance(error, Cancelled):
            self._end(run, "cancelled")
            return
        if not isinstance(error, MediakitError):
            error = MediakitError(f"unexpected {type(error).__name__}: {error}", where=run.node.id)
        if isinstance(error, DiskFull):
            self._fatal = self._fatal or error
            self._loop.halt()
        self._end(run, "failed", error=error)
        self._skip_dependents(run)

    def _skip_dependents(self, run: NodeRun) -> None:
        for name in self._dependents.get(run.node.id, ()):
            other = self._runs[name]
            if not other.ended:
                self._end(other, "skipped", needs=run.node.id)
                self._skip_dependents(other)

    def _end(self, run: NodeRun, state: NodeState, **facts: Any) -> None:
        self._progress.forget(run.node.id)
        self._reports[run.node.id], event = run.end(state, **facts)
        self._emit(event)
