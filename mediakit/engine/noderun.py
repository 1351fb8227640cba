"""What the coordinator knows of a node while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediakit.engine.bindings import Bound
from mediakit.engine.report import NodeReport, NodeState
from mediakit.engine.status import Status
from mediakit.steps.base import Step
from mediakit.steps.graph import Node
from mediakit.steps.jobs import Event

_LARGE = 200_000_000
_TOLD_EVERY = 50_000_000


@dataclass
class NodeRun:
    """A node on its way: waiting for ``needs``, prepared, made, ended.

    Attributes:
        node: the node.
        step: its step.
        index: its place in the graph, for priority.
        needs: ids of the nodes that it still waits for.
        prepared: inputs and status, once known.
        admitted: whether its item is being worked on.
        selected: whether it is being prepared, or was.
        begun: when work on it began (monotonic clock); 0 while it waits.
        busy: seconds of work on it, in all threads together.
        awaited: cache keys of results that it waits for.
        jobs_made: jobs that ran.
        jobs_kept: jobs whose results were there.
        ended: whether it has its final state.
    """

    node: Node
    step: Step[Any]
    index: int
    needs: set[str]
    prepared: tuple[Bound, Status] | None = None
    admitted: bool = False
    selected: bool = False
    begun: float = 0.0
    busy: float = 0.0
    awaited: set[str] = field(default_factory=set)
    jobs_made: int = 0
    jobs_kept: int = 0
    ended: bool = False

    def known(self) -> tuple[Bound, Status]:
        """Return inputs and status of a node that was prepared."""
        assert self.prepared is not None
        return self.prepared

    def end(self, state: NodeState, **facts: Any) -> tuple[NodeReport, Event]:
        """Give the node its final state; return its report and the event that tells of it.

        What it was prepared with is let go: a batch has thousands of nodes.
        """
        self.ended = True
        self.prepared = None
        seconds = time.monotonic() - self.begun if self.begun else 0.0
        node = self.node
        report = NodeReport(node.id, node.item, node.step, state, seconds, self.jobs_made, self.jobs_kept, **facts)
        data: dict[str, Any] = {"item": node.item, "state": state, "seconds": round(seconds, 3)}
        data |= {"jobs_made": self.jobs_made, "jobs_kept": self.jobs_kept}
        message = f"needs {report.needs}" if report.needs else ""
        if report.error is not None:
            message = str(report.error)
            data |= {"exit_code": report.error.exit_code, "hint": report.error.hint}
        return report, Event("finished", node.id, message, data)


class ReadingMeter:
    """Tells how far the reading of large files is; small ones are not worth it."""

    def __init__(self, node: str, emit: Callable[[Event], None]) -> None:
        self._node = node
        self._emit = emit
        self._sizes: dict[Path, int] = {}
        self._read: dict[Path, int] = {}

    def add(self, path: Path, count: int) -> None:
        """Take note of bytes read."""
        if path not in self._sizes:
            self._sizes[path] = path.stat().st_size
        size, before = self._sizes[path], self._read.get(path, 0)
        self._read[path] = before + count
        if size >= _LARGE and before // _TOLD_EVERY != self._read[path] // _TOLD_EVERY:
            data = {"fraction": round(min(self._read[path] / size, 1.0), 3)}
            self._emit(Event("reading", self._node, path.name, data))
