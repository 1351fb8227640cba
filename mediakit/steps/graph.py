"""The graph that a recipe or a command becomes: nodes, each a step with its settings and bindings.

::

    master.mp4 ──▶ ingest ──▶ transcribe ──▶ subtitle
                     │            └────────▶ highlights ─┐
                     └───────────────────────────────────┴▶ render ──▶ qc ──▶ package
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mediakit.steps.base import StepSettings

Binding = Path | str | tuple[str, ...]
"""A file's path, the id of the node whose output is taken, or the ids of several."""


@dataclass(frozen=True)
class Node:
    """One step of one item.

    Attributes:
        id: unique in the graph, readable: ``render`` or ``ep01/render-2``.
        item: the batch item that it belongs to; empty where there is only one.
        step: the step's name in the registry.
        settings: validated settings.
        bindings: port name to what it takes.
        where: recipe position for messages (``file:line:column``), empty for commands.
        targets: where a command wants files of the output: name within the output, or a glob, to path. A node
            with targets publishes those instead of the step's own publications.
        stem: name of the main input without suffix, for published file names.
        made_for: id of the node that asked for it; no other takes its output unless by id.
        gathers: ids of the nodes whose ends it waits for, whatever became of them; its step is told of each item's
            (`Step.gathers`).
    """

    id: str
    item: str
    step: str
    settings: StepSettings
    bindings: Mapping[str, Binding]
    where: str = ""
    targets: Mapping[str, Path] | None = None
    stem: str = ""
    made_for: str = ""
    gathers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Graph:
    """Nodes in an order in which every node comes after those that it takes from.

    ``items`` are the batch's items (one empty name without a batch). A node that gathers belongs to none of them.
    """

    name: str
    nodes: tuple[Node, ...]
    items: tuple[str, ...] = ("",)
    output: Path = field(default_factory=lambda: Path("out"))

    def node(self, node_id: str) -> Node:
        """Return the node with an id."""
        for node in self.nodes:
            if node.id == node_id:
                return node
        raise KeyError(node_id)
