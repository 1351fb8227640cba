"""What would run, and why: the state of every node before anything is done.

::

    master.mp4 ─▶ ingest   kept
                    └─▶ transcribe   make (script.txt changed)
                            └─▶ subtitle   later (decided after transcribe)

`assess` is shared with the runner, so that the plan says what a run then does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mediakit.engine.bindings import (
    Bound,
    WorkSizes,
    bind_inputs,
    bound_files,
    check_bound_files,
    list_needs,
    list_publications,
    make_artifact,
    output_root,
)
from mediakit.engine.cache import Cache, Entry
from mediakit.engine.keys import Ingredients, gather_ingredients, result_key
from mediakit.engine.publish import Publisher
from mediakit.engine.reasons import explain
from mediakit.engine.state import NodeMemory, OutputState
from mediakit.errors import InputError, MediakitError, UsageError
from mediakit.steps.base import Artifact, ExpandingStep, Job, Step
from mediakit.steps.graph import Graph, Node
from mediakit.steps.registry import load_step

State = Literal["kept", "make", "later", "failed"]


@dataclass(frozen=True)
class JobStatus:
    """A job and the results of it that are not in the cache (name to cache key)."""

    job: Job
    missing: Mapping[str, str]


@dataclass(frozen=True)
class Status:
    """The state of a node whose inputs are known.

    Attributes:
        state: ``kept`` or ``make``.
        reasons: why it has to be made, in words.
        ingredients: what its key is made of.
        key: its key.
        entry: its output, when kept.
        jobs: for an expanding step that has to be made: its jobs.
    """

    state: State
    reasons: tuple[str, ...]
    ingredients: Ingredients
    key: str
    entry: Entry | None = None
    jobs: tuple[JobStatus, ...] = ()


@dataclass(frozen=True)
class PlannedNode:
    """A line of the plan; ``seconds`` is the expected time, None where nothing like it was measured yet."""

    node: str
    item: str
    step: str
    state: State
    reasons: tuple[str, ...]
    jobs_to_make: int = 0
    jobs_kept: int = 0
    seconds: float | None = None


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


def check_graph(graph: Graph) -> dict[str, MediakitError]:
    """Check all that can be checked before any work: tools, settings, files.

    Returns:
        For a batch: the nodes whose files cannot be used, with the reason. The other items can go on.

    Raises:
        MediakitError: what no item can be made with, and, without a batch, a file that cannot be used.
    """
    failed: dict[str, MediakitError] = {}
    for node in graph.nodes:
        step = load_step(node.step)
        try:
            step.tools(node.settings)
            check_bound_files(node)
            step.validate(node.settings, bound_files(node))
        except InputError as exc:
            if len(graph.items) < 2:
                raise
            failed[node.id] = exc
    if graph.items and {node.item for node in graph.nodes if node.id in failed} == set(graph.items):
        raise next(iter(failed.values()))
    return failed


def assess(node: Node, step: Step[Any], bound: Bound, cache: Cache, memory: NodeMemory | None) -> Status:
    """Return the state of a node whose inputs are known, with the reasons.

    Raises:
        MediakitError: its jobs can't be listed, or a tool is missing.
    """
    ingredients = gather_ingredients(step, node.settings, bound.inputs, node.stem)
    key = ingredients.key()
    entry = cache.get(key)
    if entry is not None:
        return Status("kept", (), ingredients, key, entry)
    same = memory is not None and memory.key == key
    reasons = explain(memory.ingredients if memory else None, ingredients, same_key=same)
    jobs: tuple[JobStatus, ...] = ()
    if isinstance(step, ExpandingStep):
        listed = step.jobs(node.settings, bound.inputs)
        check_jobs(node, listed)
        jobs = tuple(JobStatus(job, _missing(job, cache)) for job in listed)
    return Status("make", reasons, ingredients, key, None, jobs)


def check_jobs(node: Node, jobs: Sequence[Job]) -> None:
    """Refuse a list of jobs that contradicts itself."""
    ids = [job.id for job in jobs]
    if len(set(ids)) != len(ids):
        raise MediakitError("a step listed two jobs with one id", where=node.id)
    for job in jobs:
        for name in job.results:
            if not name or "/" in name or name in (".", ".."):
                raise MediakitError(f"{name!r} is no name for a result", where=f"{node.id} · {job.id}")


def _missing(job: Job, cache: Cache) -> dict[str, str]:
    keys = {name: result_key(key) for name, key in job.results.items()}
    return {name: key for name, key in keys.items() if cache.get(key) is None}


def make_plan(graph: Graph, cache: Cache, *, cores: int = 1) -> Plan:
    """Return what a run of the graph would do. Nothing is made or published.

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
    except InputError as exc:
        if len(graph.items) < 2:
            raise
        return PlannedNode(node.id, node.item, node.step, "failed", (str(exc),))
    if status.entry is not None:
        artifact = make_artifact(node, step, status.entry, bound.inputs)
        publisher = Publisher(root, state, cache, lambda message: None)
        artifacts[node.id] = publisher.find_edits(artifact, list_publications(node, step, artifact))
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
        seconds=_expect_jobs(node, to_make, cache) if status.jobs else _expect_node(sizes, node, cache),
    )


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
