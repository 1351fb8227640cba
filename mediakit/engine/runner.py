"""Runs a graph: check, select, make, publish.

1. **Check** everything that can be checked: tools, settings, files (`status.check_graph`).
2. **Select**: a node whose needs have ended is prepared: its inputs are bound, its key computed (`status.assess`).
   What lies in the cache is taken from there.
3. **Make** what does not: expand, execute, combine (`making.Making`).
4. **Publish**: the output's files go below the output folder; a person's edits become part of the output.
   The nodes that need it are selected next.

A node that fails takes the nodes that need it with it (``skipped``) and nobody else; a node that gathers waits for
the others' ends and is told of them, whatever they were. A full disk or a cancel stops the run: queued work is
dropped, running work is ended, what is finished stays. One thread, the coordinator, holds all state; workers only
send it messages. Nothing here prints: what happens is told as events.
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
from mediakit.engine.endings import bind_endings
from mediakit.engine.executor import Executor, LocalExecutor
from mediakit.engine.items import Items
from mediakit.engine.loop import Loop
from mediakit.engine.machine import count_cores, usable_memory_mb
from mediakit.engine.making import Making
from mediakit.engine.noderun import NodeRun, ReadingMeter
from mediakit.engine.outputs import Outputs
from mediakit.engine.progress import Progress
from mediakit.engine.report import NodeReport, NodeState, RunReport
from mediakit.engine.status import Status, assess, check_graph
from mediakit.engine.work import translated
from mediakit.errors import Cancelled, MediakitError
from mediakit.steps.graph import Graph
from mediakit.steps.inputs import Artifact
from mediakit.steps.jobs import Event
from mediakit.steps.registry import load_step

_LIGHT_TASKS = 4
_ITEMS_EACH, _ITEMS_MORE = 2, 4
"""So many items of a batch are worked on at once for each task, and so many more: enough to keep all tasks busy."""
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
        MediakitError: it cannot begin (see `status.check_graph`).
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
            node.id: NodeRun(node, load_step(node.step), index, {*list_needs(node), *node.gathers})
            for index, node in enumerate(graph.nodes)
        }
        self._dependents: dict[str, list[str]] = {}
        for run in self._runs.values():
            for name in run.needs:
                self._dependents.setdefault(name, []).append(run.node.id)
        self._sizes = WorkSizes(graph)
        self._reports: dict[str, NodeReport] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._warnings: list[str] = []
        self._fatal: MediakitError | None = None
        self._progress = Progress(self._emit)
        self._outputs = Outputs(graph, cache, self._warn, publish=publish)
        self._items = Items(graph, window=_ITEMS_EACH * (jobs or count_cores()) + _ITEMS_MORE)
        self._making = Making(
            self._runs, cache, self._loop, self._heavy, self._progress, self._sizes, self._finish, self._fail
        )
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
            self._admit()
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

    def _admit(self) -> None:
        for name in self._items.admit():
            self._runs[name].admitted = True
            self._select(self._runs[name])

    def _select(self, run: NodeRun) -> None:
        """Prepare a node when all that it needs is there."""
        if run.ended or run.needs or run.selected or not run.admitted or self._loop.stop.is_set():
            return
        run.selected = True
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
            if node.gathers:
                bound = bind_endings(self._graph, node, self._artifacts, self._errors())
            else:
                bound = bind_inputs(node, run.step, self._artifacts, self._cache, root, on_bytes)
            return bound, assess(node, run.step, bound, self._cache, self._outputs.memory_of(node))

    def _errors(self) -> Mapping[str, MediakitError]:
        return {name: report.error for name, report in self._reports.items() if report.error is not None}

    def _on_prepared(self, run: NodeRun, result: Any, error: BaseException | None) -> None:
        if error is not None:
            self._fail(run, error)
            return
        run.prepared = result
        _, status = run.known()
        if status.entry is not None:
            self._finish(run, status.entry, "kept")
        elif not self._loop.stop.is_set():
            self._making.start(run)

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
            self._emit(Event("problem", run.node.id, problem.line, data))
        self._end(run, state, artifact=artifact, published=paths, problems=artifact.problems)
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
            if not other.ended and not other.node.gathers:
                self._end(other, "skipped", needs=run.node.id)
                self._skip_dependents(other)

    def _end(self, run: NodeRun, state: NodeState, **facts: Any) -> None:
        self._progress.forget(run.node.id)
        report, event = run.end(state, **facts)
        self._reports[run.node.id] = report
        self._emit(event)
        told = self._items.end(run.node.item, report, run.begun, time.monotonic())
        if told is not None:
            self._emit(told)
        for name in self._dependents.get(run.node.id, ()):
            other = self._runs[name]
            if report.artifact is not None or other.node.gathers:
                other.needs.discard(run.node.id)
                self._select(other)
        self._admit()
