"""What a run did: state of every node, failures, problems, published files, counts; and its exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from mediakit.errors import Cancelled, GateError, MediakitError, PartialError
from mediakit.steps.inputs import Artifact, Problem

_LISTED = 10

NodeState = Literal["made", "kept", "failed", "skipped", "cancelled"]


@dataclass(frozen=True)
class NodeReport:
    """What became of one node.

    Attributes:
        node: its id.
        item: the batch item.
        step: the step's name.
        state: ``made``; ``kept`` (from the cache); ``failed``; ``skipped`` (needs a failed one); ``cancelled``.
        seconds: wall time of making it.
        jobs_made: jobs that ran.
        jobs_kept: jobs whose results were all there.
        problems: what was not made or did not pass.
        published: files in the output folder.
        error: why it failed.
        needs: for a skipped node, the failed one.
        artifact: the output.
    """

    node: str
    item: str
    step: str
    state: NodeState
    seconds: float = 0.0
    jobs_made: int = 0
    jobs_kept: int = 0
    problems: tuple[Problem, ...] = ()
    published: tuple[Path, ...] = ()
    error: MediakitError | None = None
    needs: str = ""
    artifact: Artifact | None = None


@dataclass(frozen=True)
class RunReport:
    """The closing report of a run; ``items`` are the batch's items (one empty name without a batch)."""

    items: tuple[str, ...]
    nodes: tuple[NodeReport, ...]
    seconds: float = 0.0
    cancelled: bool = False
    fatal: MediakitError | None = None
    warnings: tuple[str, ...] = field(default=())

    @property
    def failures(self) -> tuple[NodeReport, ...]:
        """The nodes that failed."""
        return tuple(node for node in self.nodes if node.state == "failed")

    @property
    def problems(self) -> tuple[tuple[str, Problem], ...]:
        """All problems with their node's id."""
        return tuple((node.node, problem) for node in self.nodes for problem in node.problems)

    @property
    def published(self) -> tuple[Path, ...]:
        """All published files in order."""
        return tuple(dict.fromkeys(path for node in self.nodes for path in node.published))

    @property
    def failed_items(self) -> tuple[str, ...]:
        """The items of which something failed or has a problem."""
        bad = {node.item for node in self.nodes if node.state in ("failed", "skipped") or node.problems}
        return tuple(item for item in self.items if item in bad)

    @property
    def outside(self) -> tuple[NodeReport, ...]:
        """The nodes that belong to no item: those that gather a batch."""
        items = set(self.items)
        return tuple(node for node in self.nodes if node.item not in items)

    def count(self, state: NodeState) -> int:
        """Return how many nodes ended in a state."""
        return sum(node.state == state for node in self.nodes)

    @property
    def jobs_made(self) -> int:
        """Jobs that ran, in all."""
        return sum(node.jobs_made for node in self.nodes)

    @property
    def jobs_kept(self) -> int:
        """Jobs whose results were there already, in all."""
        return sum(node.jobs_kept for node in self.nodes)

    def error(self) -> MediakitError | None:
        """Return the error that the run comes to, or None when all was made and passed.

        One item: the failure itself, else its problems as `GateError` or `PartialError`. Several: `PartialError`.
        """
        if self.cancelled:
            return Cancelled(hint="what was finished is kept; run again to go on")
        if self.fatal is not None:
            return self.fatal
        bad = self.failed_items
        if not bad:
            outside = tuple(node for node in self.outside if node.state == "failed")
            return _first(outside) if outside else None
        if len(self.items) > 1:
            more = ", …" if len(bad) > _LISTED else ""
            names = ", ".join(bad[:_LISTED])
            return PartialError(f"{len(bad)} of {len(self.items)} items failed: {names}{more}")
        if self.failures:
            return _first(self.failures)
        problems = [problem for _, problem in self.problems]
        gates = [problem for problem in problems if problem.exit_code == GateError.exit_code]
        cls = GateError if gates else PartialError
        first = (gates or problems)[0]
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return cls(f"{first.line}{more}", hint=first.hint)

    @property
    def exit_code(self) -> int:
        """The process's exit code."""
        error = self.error()
        return 0 if error is None else error.exit_code

    def as_json(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "exit_code": self.exit_code,
            "seconds": round(self.seconds, 3),
            "made": self.count("made"),
            "kept": self.count("kept"),
            "failed": self.count("failed"),
            "skipped": self.count("skipped"),
            "jobs_made": self.jobs_made,
            "jobs_kept": self.jobs_kept,
            "items": {"all": len(self.items), "failed": list(self.failed_items)},
            "nodes": [_node_json(node) for node in self.nodes],
            "published": [str(path) for path in self.published],
            "warnings": list(self.warnings),
        }


def _first(failures: tuple[NodeReport, ...]) -> MediakitError:
    error = failures[0].error
    assert error is not None
    return error


def _node_json(node: NodeReport) -> Mapping[str, Any]:
    data: dict[str, Any] = {"node": node.node, "step": node.step, "state": node.state}
    if node.state == "made":
        data["seconds"] = round(node.seconds, 3)
    if node.jobs_made or node.jobs_kept:
        data |= {"jobs_made": node.jobs_made, "jobs_kept": node.jobs_kept}
    if node.problems:
        data["problems"] = [vars(problem) for problem in node.problems]
    if node.published:
        data["published"] = [str(path) for path in node.published]
    if node.error is not None:
        data["error"] = {"message": str(node.error), "hint": node.error.hint, "exit_code": node.error.exit_code}
    if node.needs:
        data["needs"] = node.needs
    return data
