"""The output folders of a run: one for each batch item, with its memory, its lock and its publisher."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from mediakit.engine.bindings import output_root
from mediakit.engine.cache import Cache, full_disk, is_full_disk
from mediakit.engine.publish import TEMPORARY, Publisher
from mediakit.engine.report import NodeReport
from mediakit.engine.state import FOLDER, NodeMemory, OutputState, Published
from mediakit.engine.status import Status
from mediakit.errors import Cancelled, UsageError
from mediakit.steps.base import Publication
from mediakit.steps.graph import Graph, Node
from mediakit.steps.inputs import Artifact

_POLL_S = 0.3


class Outputs:
    """Publishes a run's outputs. Safe to use from several threads.

    Args:
        graph: what is run.
        cache: the run's cache.
        warn: told what a person should know.
        publish: whether anything goes below ``graph.output``.
    """

    def __init__(self, graph: Graph, cache: Cache, warn: Callable[[str, str], None], *, publish: bool) -> None:
        self._graph = graph
        self._cache = cache
        self._warn = warn
        self._active = publish
        self._lock = threading.Lock()
        self._states: dict[Path, OutputState] = {}
        self._publishers: dict[Path | None, Publisher] = {}
        self._stale: list[tuple[Path, str, str, Published]] = []
        self._folder_lock: object = None

    def open(self, is_cancelled: Callable[[], bool]) -> None:
        """Take the output folder for this run; wait while another run has it.

        Raises:
            Cancelled: while waiting.
            UsageError: it cannot be written to.
        """
        if not self._active or not any(node.targets is None for node in self._graph.nodes):
            return
        from filelock import FileLock, Timeout

        folder = self._graph.output / FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as exc:
            if is_full_disk(exc):
                raise full_disk(folder) from exc
            raise UsageError(f"cannot be written to ({exc.strerror})", where=self._graph.output) from exc
        lock = FileLock(folder / "lock", timeout=0, thread_local=False)
        told = False
        while True:
            try:
                lock.acquire()
                break
            except Timeout:
                if not told:
                    self._warn(f"another run writes to {self._graph.output}; waiting for it", "")
                    told = True
                if is_cancelled():
                    raise Cancelled from None
                time.sleep(_POLL_S)
        self._folder_lock = lock
        remove_half_written(self._graph.output)

    def close(self) -> None:
        """Write the memory and let the folder go."""
        for state in self._states.values():
            state.save()
        if self._folder_lock is not None:
            self._folder_lock.release()  # type: ignore[attr-defined]
            self._folder_lock = None

    def root_of(self, node: Node) -> Path | None:
        """Return the folder that a node publishes below, or None."""
        return output_root(self._graph, node) if self._active and node.targets is None else None

    def _state(self, root: Path) -> OutputState:
        if root not in self._states:
            self._states[root] = OutputState(root)
        return self._states[root]

    def memory_of(self, node: Node) -> NodeMemory | None:
        """Return what is remembered of a node."""
        root = self.root_of(node)
        if root is None:
            return None
        with self._lock:
            return self._state(root).nodes.get(node.id)

    def publish(
        self, node: Node, artifact: Artifact, publications: tuple[Publication, ...], status: Status
    ) -> tuple[Artifact, tuple[Path, ...]]:
        """Publish a node's output; return it with a person's edits in place, and the published paths."""
        root = self.root_of(node)
        with self._lock:
            publisher = self._publisher(root, node)
            if node.targets is not None:
                placed = publisher.publish_targets(artifact, node.targets, publications)
                return placed.artifact, placed.paths
            if root is None:
                return artifact, ()
            placed = publisher.publish(artifact, publications)
            placed = replace(placed, artifact=locate(placed.artifact, publications, root, self._graph.output))
            state = self._state(root)
            before = state.nodes.get(node.id)
            if before is not None:
                for target, published in before.published.items():
                    if target not in placed.memory:
                        self._stale.append((root, node.id, target, published))
            state.nodes[node.id] = NodeMemory(status.key, status.ingredients, dict(placed.memory))
            state.save()
            return placed.artifact, placed.paths

    def _publisher(self, root: Path | None, node: Node) -> Publisher:
        if root not in self._publishers:
            state = None if root is None else self._state(root)
            self._publishers[root] = Publisher(root, state, self._cache, lambda message: self._warn(message, node.item))
        return self._publishers[root]

    def end(self, reports: Mapping[str, NodeReport]) -> None:
        """After all nodes ended: remove publications that ended (see `Publisher.remove_stale`)."""
        if not self._active:
            return
        ids: dict[Path | None, list[str]] = {}
        for node in self._graph.nodes:
            ids.setdefault(self.root_of(node), []).append(node.id)
        for root, state in self._states.items():
            if all(reports[name].state in ("made", "kept") for name in ids.get(root, ())):
                known = set(ids.get(root, ()))
                for name in [name for name in state.nodes if name not in known]:
                    gone = state.nodes.pop(name)
                    self._stale += [(root, name, target, file) for target, file in gone.published.items()]
        for root, name, target, published in self._stale:
            if self._states[root].find_published(target) is None and root in self._publishers:
                self._publishers[root].remove_stale(name, target, published)
        self._stale.clear()


def locate(artifact: Artifact, publications: tuple[Publication, ...], root: Path, output: Path) -> Artifact:
    """Return an output with the places below ``output`` that its files are published at."""
    base = root.relative_to(output).as_posix()
    prefix = "" if base == "." else f"{base}/"
    return replace(artifact, places={one.name: prefix + one.target for one in publications})


def remove_half_written(folder: Path) -> None:
    """Remove the temporary files that a killed run left in an output folder (its lock is ours)."""
    for path in [*folder.rglob(f"{TEMPORARY}*"), *folder.rglob(f"{FOLDER}/.state.json.*")]:
        if path.is_file() and not path.is_symlink():
            with contextlib.suppress(OSError):
                path.unlink()
