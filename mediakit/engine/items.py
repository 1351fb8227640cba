"""The items of a batch: how many are worked on at once, which have ended, and how."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from mediakit.engine.report import NodeReport
from mediakit.steps.graph import Graph
from mediakit.steps.jobs import Event

_TOLD = 2
"""So much that went wrong with an item stands in the event that tells of its end; the report has all."""


@dataclass
class _Item:
    nodes: list[str] = field(default_factory=list)
    left: int = 0
    made: int = 0
    failed: bool = False
    cancelled: bool = False
    begun: float = 0.0
    ended: float = 0.0
    told: list[str] = field(default_factory=list)


class Items:
    """Lets items in one after the other and tells when one has ended.

    What is worked on stays few: their files are read, their jobs planned and kept in memory. Nodes outside of any
    item (those that gather) are let in with the first.

    Args:
        graph: what is run.
        window: so many items are worked on at once.
    """

    def __init__(self, graph: Graph, window: int) -> None:
        self._window = window
        self._items: dict[str, _Item] = {}
        for node in graph.nodes:
            item = self._items.setdefault(node.item, _Item())
            item.nodes.append(node.id)
            item.left += 1
        self._outside = self._items.pop("", _Item()) if graph.items != ("",) else _Item()
        self._waiting = deque(self._items)
        self._open: set[str] = set()
        self._all, self._ended, self._failed = len(graph.items), 0, 0

    def admit(self) -> list[str]:
        """Return the ids of the nodes that may begin now and were not let in before."""
        admitted, self._outside.nodes = self._outside.nodes, []
        while self._waiting and len(self._open) < self._window:
            name = self._waiting.popleft()
            if self._items[name].left:
                self._open.add(name)
            admitted += self._items[name].nodes
        return admitted

    def end(self, name: str, report: NodeReport, begun: float, now: float) -> Event | None:
        """Take a node's end; return the event that tells of its item's, if this was its last node.

        Args:
            name: the item; empty for a node outside of any.
            report: the node's.
            begun: when work on the node began, 0 if it never did.
            now: the time.
        """
        item = self._items.get(name)
        if item is None:
            return None
        item.left -= 1
        item.made += report.state == "made"
        item.failed = item.failed or report.state in ("failed", "skipped") or bool(report.problems)
        item.cancelled = item.cancelled or report.state == "cancelled"
        if begun:
            item.begun = min(item.begun or begun, begun)
            item.ended = now
        if report.error is not None:
            error = report.error
            item.told.append(f"{error.subject}: {error.message}" if error.subject else error.message)
        item.told += [problem.line for problem in report.problems]
        if item.left:
            return None
        self._open.discard(name)
        return self._describe(name, item)

    def _describe(self, name: str, item: _Item) -> Event | None:
        if self._all < 2 or item.cancelled:
            return None
        self._ended += 1
        self._failed += item.failed
        state = "failed" if item.failed else "made" if item.made else "kept"
        data: dict[str, Any] = {"item": name, "state": state, "seconds": round(item.ended - item.begun, 3)}
        data |= {"ended": self._ended, "items": self._all, "failed": self._failed}
        more = f" (and {len(item.told) - _TOLD} more)" if len(item.told) > _TOLD else ""
        return Event("item", "", "; ".join(item.told[:_TOLD]) + more, data)
