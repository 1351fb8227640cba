"""The state of a node: kept or to be made, and why; a plan and a run share it, so that both say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mediakit.engine.bindings import Bound, bound_files, check_bound_files
from mediakit.engine.cache import Cache, Entry
from mediakit.engine.keys import Ingredients, gather_ingredients, result_key
from mediakit.engine.reasons import explain
from mediakit.engine.state import NodeMemory
from mediakit.errors import MediakitError
from mediakit.steps.base import ExpandingStep, Step
from mediakit.steps.graph import Graph, Node
from mediakit.steps.jobs import Job
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


def check_graph(graph: Graph) -> dict[str, MediakitError]:
    """Check all that can be checked before any work: tools, settings, files.

    Returns:
        For a batch: the nodes that cannot be made, each with the reason. The other items can go on.

    Raises:
        MediakitError: what no item can be made with, and, without a batch, whatever is wrong.
    """
    failed: dict[str, MediakitError] = {}
    for node in graph.nodes:
        step = load_step(node.step)
        try:
            step.tools(node.settings)
            check_bound_files(node)
            step.validate(node.settings, bound_files(node))
        except MediakitError as exc:
            if len(graph.items) < 2 or node.gathers:
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
