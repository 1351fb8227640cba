"""A batch in few lines: which of its events are worth one, what a plan of hundreds of items comes to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mediakit.cli.display import count_columns, format_seconds

if TYPE_CHECKING:
    from mediakit.engine.plan import Plan, PlannedNode
    from mediakit.engine.report import RunReport

_LISTED = 12
_REASONS = 6
STATES = ("kept", "make", "later", "failed")


# Closing report ---------------------------------------------------------------------------------------------------


def describe_items(report: RunReport) -> Iterator[str]:
    """Give the lines that say of every item of a batch what failed or is missing, and how many are finished."""
    failed = incomplete = 0
    for item in report.failed_items:
        nodes = [node for node in report.nodes if node.item == item]
        errors = [node.error for node in nodes if node.error is not None]
        failed += bool(errors)
        incomplete += not errors
        for error in errors:
            yield f"failed: {item}: {error}"
            if error.hint:
                yield f"  hint: {error.hint}"
        for problem in (problem for node in nodes for problem in node.problems):
            yield f"incomplete: {item}: {problem.line}"
    for node in report.outside:
        if node.error is not None:
            yield f"failed: {node.error}"
    whole = len(report.items) - failed - incomplete
    counts = [f"{number} {word}" for number, word in ((failed, "failed"), (incomplete, "incomplete")) if number]
    tail = f"; {', '.join(counts)}, see above" if counts else ""
    yield f"{whole} of {len(report.items)} items are finished{tail}"


# Plan -------------------------------------------------------------------------------------------------------------


def describe_plan(plan: Plan) -> Iterator[str]:
    """Give the lines of a batch's plan: how many items each step keeps and makes, why, what cannot be made."""
    steps: dict[str, list[PlannedNode]] = {}
    for node in plan.nodes:
        name = node.node.removeprefix(f"{node.item}/") if node.item else node.node
        steps.setdefault(name, []).append(node)
    width = max(count_columns(name) for name in (*steps, "step"))
    yield f"{'step':{width}}  {'kept':>6} {'make':>6} {'later':>6} {'failed':>6}  {'jobs':>18}  {'time':>14}"
    for name, nodes in steps.items():
        yield _describe_step(name, nodes, width)
    reasons: dict[str, int] = {}
    for node in plan.nodes:
        for reason in node.reasons if node.state == "make" and node.item else ():
            reasons[reason] = reasons.get(reason, 0) + 1
    for reason, count in sorted(reasons.items(), key=lambda one: -one[1])[:_REASONS]:
        yield f"why: {reason} ({count} times)"
    for node in plan.nodes:
        if node.state == "failed" and not (node.reasons and node.reasons[0].startswith("needs ")):
            yield f"cannot be made: {node.node}: {'; '.join(node.reasons)}"
    yield _describe_to_do(plan)


def _describe_step(name: str, nodes: list[PlannedNode], width: int) -> str:
    counts = [sum(node.state == state for node in nodes) for state in STATES]
    to_make, kept = sum(node.jobs_to_make for node in nodes), sum(node.jobs_kept for node in nodes)
    jobs = f"{to_make} jobs, {kept} kept" if to_make or kept else ""
    known = [node.seconds for node in nodes if node.seconds is not None]
    time = f"~{format_seconds(sum(known))}" if known else ""
    cells = " ".join(f"{count or '·':>6}" for count in counts)
    padding = " " * (width - count_columns(name))
    return f"{name}{padding}  {cells}  {jobs:>18}  {time:>14}".rstrip()


def _describe_to_do(plan: Plan) -> str:
    items = {node.item: None for node in plan.nodes if node.item and node.state in ("make", "later")}
    if not items:
        return f"{len(plan.items)} items"
    more = f", … ({len(items)} of them)" if len(items) > _LISTED else ""
    names = ", ".join(list(items)[:_LISTED])
    return f"{len(items)} of {len(plan.items)} items have something to do: {names}{more}; --only ITEM tells all of one"
