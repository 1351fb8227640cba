"""What is remembered beside an output folder (``.mediakit/state.json``): what was published, and from what.

It gives the plan its reasons, and tells a person's edit from an old publication. Losing it loses no work.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediakit.engine.digests import Signature
from mediakit.engine.keys import Ingredients
from mediakit.media.document import write_text_atomic

FOLDER = ".mediakit"
_SCHEMA = "mediakit/state/1"


@dataclass(frozen=True)
class Published:
    """A file as it was published: digest of its content, and its signature then."""

    digest: str
    signature: Signature


@dataclass
class NodeMemory:
    """What is remembered of a node: its last key, what it was made of, what it published (target to file)."""

    key: str
    ingredients: Ingredients
    published: dict[str, Published] = field(default_factory=dict)


class OutputState:
    """The memory of one output folder; read when made, written by `save` when something changed."""

    def __init__(self, root: Path) -> None:
        self._path = root / FOLDER / "state.json"
        self.nodes: dict[str, NodeMemory] = {}
        self._written = self._read()

    def _read(self) -> str:
        try:
            text = self._path.read_text(encoding="utf-8")
            data = json.loads(text)
            if data["schema"] == _SCHEMA:
                self.nodes = {name: _load_node(node) for name, node in data["nodes"].items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            self.nodes = {}
            return ""
        return text

    def save(self) -> None:
        """Write the memory if it changed; an output that nothing was made for gets no folder.

        A folder that cannot be written to is no failure.
        """
        if not self.nodes and not self._written:
            return
        nodes = {name: _dump_node(self.nodes[name]) for name in sorted(self.nodes)}
        text = json.dumps({"schema": _SCHEMA, "nodes": nodes}, ensure_ascii=False, indent=1) + "\n"
        if text != self._written:
            with contextlib.suppress(OSError):
                write_text_atomic(self._path, text)
                self._written = text

    def find_published(self, target: str) -> Published | None:
        """Return what was last published at a target, by whichever node."""
        for memory in self.nodes.values():
            if target in memory.published:
                return memory.published[target]
        return None

    def all_published(self) -> Iterator[tuple[str, str, Published]]:
        """Give (node, target, file) of everything published."""
        for name, memory in self.nodes.items():
            for target, published in memory.published.items():
                yield name, target, published


def _load_node(data: Mapping[str, Any]) -> NodeMemory:
    published = {
        target: Published(str(digest), Signature(int(size), int(mtime_ns), int(inode)))
        for target, (digest, size, mtime_ns, inode) in data["published"].items()
    }
    return NodeMemory(str(data["key"]), Ingredients.from_json(data["ingredients"]), published)


def _dump_node(memory: NodeMemory) -> dict[str, Any]:
    published = {
        target: [file.digest, file.signature.size, file.signature.mtime_ns, file.signature.inode]
        for target, file in sorted(memory.published.items())
    }
    return {"key": memory.key, "ingredients": memory.ingredients.as_json(), "published": published}
