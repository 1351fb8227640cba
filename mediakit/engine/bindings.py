"""From a graph's bindings to a step's `Inputs`: files with digests, earlier outputs, watched files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mediakit.engine.cache import Cache, Entry
from mediakit.engine.digests import Signature, check_unchanged
from mediakit.engine.publish import resolve_target
from mediakit.engine.state import OutputState
from mediakit.errors import InputError, MediakitError
from mediakit.media.digests import digest_files
from mediakit.steps.base import Publication, Step
from mediakit.steps.graph import Graph, Node
from mediakit.steps.inputs import Artifact, FileRef, Inputs

_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class Bound:
    """A node's inputs, and the signatures of the files among them when their digests were taken."""

    inputs: Inputs
    signatures: Mapping[Path, Signature]

    def check_unchanged(self) -> None:
        """Refuse results made from files that changed meanwhile; raises `InputError`."""
        for path, signature in self.signatures.items():
            check_unchanged(path, signature)


def list_needs(node: Node) -> tuple[str, ...]:
    """Return the ids of the nodes that a node takes from, in the ports' order."""
    needs: dict[str, None] = {}
    for binding in node.bindings.values():
        if isinstance(binding, tuple):
            needs.update(dict.fromkeys(binding))
        elif isinstance(binding, str):
            needs[binding] = None
    return tuple(needs)


def bound_files(node: Node) -> dict[str, Path]:
    """Return the files that a node is given, by port."""
    return {port: binding for port, binding in node.bindings.items() if isinstance(binding, Path)}


def output_root(graph: Graph, node: Node) -> Path:
    """Return the folder that a node publishes below: each batch item has its own."""
    return graph.output / node.item if node.item else graph.output


def bind_inputs(
    node: Node,
    step: Step[Any],
    artifacts: Mapping[str, Artifact],
    cache: Cache,
    root: Path | None,
    on_bytes: Callable[[Path, int], None] | None = None,
) -> Bound:
    """Collect a node's inputs; all nodes that it needs must have their outputs in ``artifacts``.

    Args:
        node: the node.
        step: its step.
        artifacts: finished outputs by node id.
        cache: where digests are remembered.
        root: the folder that watched files are looked for in; one that holds what was published there is no input.
        on_bytes: told of the progress of reading files; may raise to stop.

    Raises:
        InputError: a file cannot be read.
    """
    values: dict[str, FileRef | Artifact | tuple[Artifact, ...]] = {}
    signatures: dict[Path, Signature] = {}
    for port, binding in node.bindings.items():
        if isinstance(binding, Path):
            values[port], signatures[binding] = _refer(binding, cache, on_bytes)
        elif isinstance(binding, tuple):
            values[port] = tuple(artifacts[name] for name in binding)
        else:
            values[port] = artifacts[binding]
    watched = _watched(step, node, root)
    memory = OutputState(root) if watched and root is not None else None
    for name, path in watched:
        reference, signature = _refer(path, cache, on_bytes)
        published = memory.find_published(name) if memory else None
        if published is None or published.digest != reference.digest:
            values[name], signatures[path] = reference, signature
    for value in values.values():
        for artifact in value if isinstance(value, tuple) else (value,):
            if isinstance(artifact, Artifact):
                for path in artifact.overlay.values():
                    _, signatures[path] = cache.digests.digest(path)
    return Bound(Inputs(values), signatures)


def _refer(path: Path, cache: Cache, on_bytes: Callable[[Path, int], None] | None) -> tuple[FileRef, Signature]:
    return cache.digests.refer(path, None if on_bytes is None else lambda count: on_bytes(path, count))


def _watched(step: Step[Any], node: Node, root: Path | None) -> list[tuple[str, Path]]:
    if root is None:
        return []
    found: dict[str, Path] = {}
    for name in step.watches(node.settings):
        if _GLOB & set(name):
            resolve_target(root, name.partition("*")[0].partition("?")[0].partition("[")[0] + "x")
            paths = sorted(path for path in root.glob(name) if path.is_file())
        else:
            path = resolve_target(root, name)
            paths = sorted(child for child in path.rglob("*") if child.is_file()) if path.is_dir() else [path]
        for path in paths:
            if path.is_file():
                found[path.relative_to(root).as_posix()] = path
    return sorted(found.items())


def make_artifact(node: Node, step: Step[Any], entry: Entry, inputs: Inputs) -> Artifact:
    """Return the output of a node that lies in the cache."""
    origin = {port: value for port, value in inputs.values.items() if isinstance(value, FileRef)}
    return Artifact(
        type=step.produces,
        node=node.id,
        folder=entry.folder,
        files=entry.files,
        digest=digest_files(entry.files),
        origin=origin,
        problems=entry.problems,
    )


def list_publications(node: Node, step: Step[Any], artifact: Artifact) -> tuple[Publication, ...]:
    """Return what a step publishes of an output.

    Raises:
        MediakitError: it names a file that it did not make.
    """
    publications = tuple(step.published(node.settings, artifact.files, node.stem))
    for publication in publications:
        if publication.name not in artifact.files:
            raise MediakitError(f"{step.name} publishes {publication.name}, which it did not make", where=node.id)
    return publications


class WorkSizes:
    """How much flows into a graph's nodes: a measure of work that is known before anything is made."""

    def __init__(self, graph: Graph) -> None:
        self._nodes = {node.id: node for node in graph.nodes}
        self._files: dict[str, frozenset[Path]] = {}
        self._bytes: dict[Path, int] = {}

    def megabytes(self, node: Node) -> float:
        """Return the megabytes of all files that flow into a node, directly or through others (at least a little)."""
        total = sum(self._size(path) for path in self._flowing(node.id))
        return max(total / 1e6, 0.01)

    def _flowing(self, name: str) -> frozenset[Path]:
        if name not in self._files:
            node = self._nodes[name]
            earlier = (self._flowing(need) for need in list_needs(node) if need in self._nodes)
            self._files[name] = frozenset(bound_files(node).values()).union(*earlier)
        return self._files[name]

    def _size(self, path: Path) -> int:
        if path not in self._bytes:
            try:
                self._bytes[path] = path.stat().st_size
            except OSError:
                self._bytes[path] = 0
        return self._bytes[path]


def check_bound_files(node: Node) -> None:
    """Refuse missing or unreadable files; raises `InputError`."""
    from mediakit.tools.opening import check_file

    for path in bound_files(node).values():
        try:
            check_file(path)
        except InputError as exc:
            if node.where:
                exc.where = f"{node.where}: {exc.where}"
            raise
