"""What would run, and why: the state of every node before anything is done.

::

    master.mp4 ─▶ ingest   kept
                    └─▶ transcribe   make (script.txt changed)
                            └─▶ subtitle   later (decided after transcribe)

Steps that take a moment (`Step.plans_ahead`) are made, into the cache alone: what comes after them can be told then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.engine.bindings import (
    Bound,
    WorkSizes,
    bind_inputs,
    list_needs,
    list_publications,
    make_artifact,
    output_root,
)
from mediakit.engine.cache import Cache, DiskFull, Entry
from mediakit.engine.endings import bind_endings
from mediakit.engine.outputs import locate
from mediakit.engine.publish import Publisher
from mediakit.engine.state import OutputState
from mediakit.engine.status import JobStatus, State, Status, assess, check_graph
from mediakit.engine.work import Workbench, speed_name
from mediakit.errors import Cancelled, MediakitError, UsageError
from mediakit.steps.base import ExpandingStep, PlainStep, Step
from mediakit.steps.graph import Graph, Node
from mediakit.steps.inputs import Artifact
from mediakit.steps.registry import load_step


@dataclass(frozen=True)
class WorkCount:
    """How many results of one kind (`Job.work`) are to be made, and how many are there."""

    work: str
    make: int
    kept: int


@dataclass(frozen=True)
class PlannedNode:
    """A line of the plan.

    Attributes:
        node: the node's id.
        item: of the batch.
        step: the step's name.
        state: what would happen.
        reasons: why, in words.
        jobs_to_make: how many of its jobs would run.
        jobs_kept: how many would not.
        work: the same as results, by kind.
        seconds: the expected time; None where nothing like it was measured yet.
        remarks: how it would be made, in the step's own words (`ExpandingStep.remarks`).
    """

    node: str
    item: str
    step: str
    state: State
    reasons: tuple[str, ...]
    jobs_to_make: int = 0
    jobs_kept: int = 0
    work: tuple[WorkCount, ...] = ()
    seconds: float | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What a run would do with the items; ``seconds`` is the expected time of all of it on this machine."""

    name: str
    items: tuple[str, ...]
    nodes: tuple[PlannedNode, ...]
    seconds: float
    unmeasured: tuple[str, ...]

    @property
    def to_do(self) -> bool:
        """Whether anything would be made, or can't be known yet."""
        return any(node.state != "kept" for node in self.nodes)


def make_plan(
    graph: Graph, cache: Cache, *, cores: int = 1, on_node: Callable[[int, int], None] = lambda done, of: None
) -> Plan:
    """Return what a run of the graph would do. Nothing is published; only what takes a moment is made, to see further.

    Args:
        graph: what would be run.
        cache: an open cache.
        cores: how many jobs, or items, are worked on side by side, for the expected time.
        on_node: told how many nodes of how many are planned; may raise to stop.

    Raises:
        MediakitError: as `check_graph`.
    """
    lines = _Planner(graph, cache, check_graph(graph), cores).plan(on_node)
    return Plan(graph.name, graph.items, lines, _expect_total(lines, cores), _unmeasured(lines))


class _Planner:
    """Goes through a graph in order; what is known of a node lets those that need it be known."""

    def __init__(self, graph: Graph, cache: Cache, failed: Mapping[str, MediakitError], cores: int) -> None:
        self._graph = graph
        self._cores = cores
        self._cache = cache
        self._nodes = {node.id: node for node in graph.nodes}
        self._errors = dict(failed)
        self._states: dict[Path, OutputState] = {}
        self._artifacts: dict[str, Artifact] = {}
        self._planned: dict[str, PlannedNode] = {}
        self._sizes = WorkSizes(graph)

    def plan(self, on_node: Callable[[int, int], None]) -> tuple[PlannedNode, ...]:
        for number, node in enumerate(self._graph.nodes):
            on_node(number, len(self._graph.nodes))
            self._planned[node.id] = self._plan(node)
        return tuple(self._planned.values())

    def _plan(self, node: Node) -> PlannedNode:
        if node.id in self._errors:
            return self._line(node, "failed", (str(self._errors[node.id]),))
        needs = [*list_needs(node), *node.gathers]
        open_ = [name for name in needs if self._planned[name].state == "later" or self._is_to_make(name)]
        if open_ and node.gathers:
            items = {self._planned[name].item for name in open_}
            what = f"{len(items)} items" if len(self._graph.items) > 1 else "the rest"
            return self._line(node, "later", (f"decided after {what}",), seconds=self._expect_node(node))
        lost = next((name for name in list_needs(node) if self._planned[name].state == "failed"), None)
        if lost is not None:
            return self._line(node, "failed", (f"needs {lost}",))
        if open_:
            after = self._first_unknown(open_[0])
            return self._line(node, "later", (f"decided after {after}",), seconds=self._expect_node(node))
        return self._plan_known(node)

    def _is_to_make(self, name: str) -> bool:
        return self._planned[name].state == "make" and name not in self._artifacts

    def _first_unknown(self, name: str) -> str:
        """Return the node to be made that decides about ``name``, or ``name`` itself."""
        while self._planned[name].state == "later":
            name = next(need for need in list_needs(self._nodes[name]) if self._planned[need].state != "kept")
        return name

    def _plan_known(self, node: Node) -> PlannedNode:
        step, cache = load_step(node.step), self._cache
        root = output_root(self._graph, node)
        if root not in self._states:
            self._states[root] = OutputState(root)
        state = self._states[root]
        try:
            if node.gathers:
                bound = bind_endings(self._graph, node, self._artifacts, self._errors)
            else:
                bound = bind_inputs(node, step, self._artifacts, cache, root)
            status = assess(node, step, bound, cache, state.nodes.get(node.id))
            made = _make_ahead(node, step, status, bound, cache)
            remarks = _list_remarks(node, step, status, bound)
        except MediakitError as exc:
            if len(self._graph.items) < 2 or isinstance(exc, DiskFull | Cancelled):
                raise
            self._errors[node.id] = exc
            return self._line(node, "failed", (str(exc),))
        entry = status.entry or made
        if entry is not None:
            artifact = make_artifact(node, step, entry, bound.inputs)
            publications = list_publications(node, step, artifact)
            edited = Publisher(root, state, cache, lambda message: None).find_edits(artifact, publications)
            self._artifacts[node.id] = locate(edited, publications, root, self._graph.output)
        if status.entry is not None:
            return self._line(node, "kept", ())
        to_make = [job for job in status.jobs if job.missing]
        return self._line(
            node,
            "make",
            status.reasons,
            jobs_to_make=len(to_make),
            jobs_kept=len(status.jobs) - len(to_make),
            work=_count_work(status.jobs),
            seconds=_expect_jobs(node, to_make, cache, self._cores) if status.jobs else self._expect_node(node),
            remarks=remarks,
        )

    def _expect_node(self, node: Node) -> float | None:
        speed = self._cache.index.find_speed(f"{node.step}:node")
        return None if speed is None else speed * self._sizes.megabytes(node)

    @staticmethod
    def _line(node: Node, state: State, reasons: tuple[str, ...], **facts: Any) -> PlannedNode:
        return PlannedNode(node.id, node.item, node.step, state, reasons, **facts)


def _list_remarks(node: Node, step: Step[Any], status: Status, bound: Bound) -> tuple[str, ...]:
    if status.entry is not None or not isinstance(step, ExpandingStep):
        return ()
    return step.remarks(node.settings, bound.inputs)


def _make_ahead(node: Node, step: Step[Any], status: Status, bound: Bound, cache: Cache) -> Entry | None:
    """Make the output of a step that takes a moment, into the cache."""
    if status.entry is not None or not step.plans_ahead(node.settings):
        return None
    bench = Workbench(cache, lambda event: None, lambda: False)
    if isinstance(step, PlainStep):
        return bench.make_plain(node, step, status, bound)
    assert isinstance(step, ExpandingStep)
    for one in status.jobs:
        bench.make_results(node, step, one.job, one.missing, bound)
    return bench.make_combined(node, step, status, bound)


def _count_work(jobs: Sequence[JobStatus]) -> tuple[WorkCount, ...]:
    counts: dict[str, tuple[int, int]] = {}
    for status in jobs:
        if status.job.work:
            make, kept = counts.get(status.job.work, (0, 0))
            missing = len(status.missing)
            counts[status.job.work] = (make + missing, kept + len(status.job.results) - missing)
    return tuple(WorkCount(work, *count) for work, count in counts.items())


# Expected times ---------------------------------------------------------------------------------------------------


def _expect_jobs(node: Node, jobs: Sequence[JobStatus], cache: Cache, cores: int) -> float | None:
    """Return the seconds of a node's jobs side by side; one of which few results are missing takes that part."""
    speeds: dict[str, float | None] = {}
    parts = []
    for status in jobs:
        name = speed_name(node.step, status.job)
        if name not in speeds:
            speeds[name] = cache.index.find_speed(name)
        if (speed := speeds[name]) is None:
            return None
        parts.append(speed * status.job.cost * len(status.missing) / len(status.job.results))
    return max(sum(parts) / max(1, min(cores, len(parts))), max(parts, default=0.0))


def _expect_total(lines: Sequence[PlannedNode], cores: int) -> float:
    """Return the seconds of all items: nodes that fill the cores by themselves gain nothing by being side by side."""
    by_item: dict[str, float] = {}
    work = 0.0
    for line in lines:
        by_item[line.item] = by_item.get(line.item, 0.0) + (line.seconds or 0.0)
        work += (line.seconds or 0.0) * min(cores, max(line.jobs_to_make, 1))
    return max(work / max(1, cores), max(by_item.values(), default=0.0))


def _unmeasured(lines: Sequence[PlannedNode]) -> tuple[str, ...]:
    steps = {line.step: None for line in lines if line.state in ("make", "later") and line.seconds is None}
    return tuple(steps)


def select_items(graph: Graph, only: Sequence[str]) -> Graph:
    """Return the graph of some of a batch's items.

    Raises:
        UsageError: no such item.
    """
    if not only:
        return graph
    from mediakit.media.mistakes import suggest

    for name in only:
        if name not in graph.items:
            hint = suggest(name, graph.items)
            if graph.items == ("",):
                hint = "it makes one item only: leave --only out"
            raise UsageError(f"the recipe has no item {name!r}", hint=hint)
    items = tuple(item for item in graph.items if item in only)
    nodes = tuple(node for node in graph.nodes if node.item in items)
    return Graph(graph.name, nodes, items, graph.output)
