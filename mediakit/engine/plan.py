"""What would run, and why: the state of every node before anything is done.

::

    master.mp4 ─▶ ingest   kept
                    └─▶ transcribe   make (script.txt changed)
                            └─▶ subtitle   later (decided after transcribe)

Steps that take a moment (`Step.plans_ahead`) are made, into the cache alone: what comes after them can be told then.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from mediakit.engine.cache import Cache, Entry
from mediakit.engine.publish import Publisher
from mediakit.engine.state import OutputState
from mediakit.engine.status import JobStatus, State, Status, assess, check_graph
from mediakit.engine.work import Workbench
from mediakit.errors import InputError, UsageError
from mediakit.steps.base import Artifact, ExpandingStep, PlainStep, Step
from mediakit.steps.graph import Graph, Node
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
    """What a run would do. ``seconds`` is the expected time of all of it on this machine."""

    name: str
    nodes: tuple[PlannedNode, ...]
    seconds: float
    unmeasured: tuple[str, ...]

    @property
    def to_do(self) -> bool:
        """Whether anything would be made, or can't be known yet."""
        return any(node.state != "kept" for node in self.nodes)


def make_plan(graph: Graph, cache: Cache, *, cores: int = 1) -> Plan:
    """Return what a run of the graph would do. Nothing is published; only what takes a moment is made, to see further.

    Raises:
        MediakitError: as `check_graph`.
    """
    failed = check_graph(graph)
    states: dict[Path, OutputState] = {}
    artifacts: dict[str, Artifact] = {}
    planned: dict[str, PlannedNode] = {}
    sizes = WorkSizes(graph)
    for node in graph.nodes:
        blocked = next((name for name in list_needs(node) if name not in artifacts), None)
        if node.id in failed:
            planned[node.id] = PlannedNode(node.id, node.item, node.step, "failed", (str(failed[node.id]),))
        elif blocked is not None and planned[blocked].state == "failed":
            planned[node.id] = PlannedNode(node.id, node.item, node.step, "failed", (f"needs {blocked}",))
        elif blocked is not None:
            after = _first_unknown(planned, graph, blocked)
            seconds = _expect_node(sizes, node, cache)
            planned[node.id] = PlannedNode(
                node.id, node.item, node.step, "later", (f"decided after {after}",), seconds=seconds
            )
        else:
            planned[node.id] = _plan_known(graph, node, cache, states, artifacts, sizes)
    lines = tuple(planned.values())
    return Plan(graph.name, lines, _expect_total(lines, cores), _unmeasured(lines))


def _plan_known(
    graph: Graph,
    node: Node,
    cache: Cache,
    states: dict[Path, OutputState],
    artifacts: dict[str, Artifact],
    sizes: WorkSizes,
) -> PlannedNode:
    step = load_step(node.step)
    root = output_root(graph, node)
    state = states.setdefault(root, OutputState(root))
    try:
        bound = bind_inputs(node, step, artifacts, cache, root)
        status = assess(node, step, bound, cache, state.nodes.get(node.id))
        made = _make_ahead(node, step, status, bound, cache)
        remarks = _list_remarks(node, step, status, bound)
    except InputError as exc:
        if len(graph.items) < 2:
            raise
        return PlannedNode(node.id, node.item, node.step, "failed", (str(exc),))
    entry = status.entry or made
    if entry is not None:
        artifact = make_artifact(node, step, entry, bound.inputs)
        publisher = Publisher(root, state, cache, lambda message: None)
        artifacts[node.id] = publisher.find_edits(artifact, list_publications(node, step, artifact))
    if status.entry is not None:
        return PlannedNode(node.id, node.item, node.step, "kept", ())
    to_make = [job for job in status.jobs if job.missing]
    return PlannedNode(
        node.id,
        node.item,
        node.step,
        "make",
        status.reasons,
        jobs_to_make=len(to_make),
        jobs_kept=len(status.jobs) - len(to_make),
        work=_count_work(status.jobs),
        seconds=_expect_jobs(node, to_make, cache) if status.jobs else _expect_node(sizes, node, cache),
        remarks=remarks,
    )


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


def _first_unknown(planned: Mapping[str, PlannedNode], graph: Graph, name: str) -> str:
    """Return the node to be made that decides about ``name``, or ``name`` itself."""
    nodes = {node.id: node for node in graph.nodes}
    while planned[name].state == "later":
        name = next(need for need in list_needs(nodes[name]) if planned[need].state != "kept")
    return name


# Expected times ---------------------------------------------------------------------------------------------------


def _expect_node(sizes: WorkSizes, node: Node, cache: Cache) -> float | None:
    speed = cache.index.find_speed(f"{node.step}:node")
    return None if speed is None else speed * sizes.megabytes(node)


def _expect_jobs(node: Node, jobs: Sequence[JobStatus], cache: Cache) -> float | None:
    speed = cache.index.find_speed(f"{node.step}:job")
    return None if speed is None else speed * sum(status.job.cost for status in jobs)


def _expect_total(lines: Sequence[PlannedNode], cores: int) -> float:
    by_item: dict[str, float] = {}
    for line in lines:
        by_item[line.item] = by_item.get(line.item, 0.0) + (line.seconds or 0.0)
    return max(sum(by_item.values()) / max(1, min(cores, len(by_item))), max(by_item.values(), default=0.0))


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
