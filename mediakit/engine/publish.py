"""Publishing outputs below the output folder: hard links where possible, atomic, never over a person's work.

For each file that a node publishes at a target:

* the target holds it already: nothing happens;
* the target is free, or holds what was published before: it is replaced by a rename;
* an **editable** file that differs from what was published before is a person's: it stays, it becomes part of the
  node's output from then on, and a new proposal goes beside it as ``<name>.new``;
* any other file that differs from what was published before is moved aside to ``<name>.old``, with a warning.

Files whose publication ended are removed only if they are as they were published.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mediakit.engine.cache import Cache, full_disk, is_full_disk
from mediakit.engine.digests import Signature
from mediakit.engine.state import OutputState, Published
from mediakit.errors import MediakitError, UsageError
from mediakit.media.digests import digest_file, digest_files
from mediakit.steps.base import Publication
from mediakit.steps.inputs import Artifact

TEMPORARY = ".mediakit-"
"""How the names of files begin that are being written beside their targets."""

_GLOB = frozenset("*?[")
_NEVER = Signature(-1, -1, -1)


@dataclass(frozen=True)
class Placed:
    """What publishing a node's output came to."""

    artifact: Artifact
    paths: tuple[Path, ...]
    memory: Mapping[str, Published]


class Publisher:
    """Publishes the outputs of one item into its folder.

    Args:
        root: the item's output folder; None when only commands' targets are published.
        state: the folder's memory.
        cache: where digests and commands' publications are remembered.
        warn: told about what a person should know, in one line.
    """

    def __init__(self, root: Path | None, state: OutputState | None, cache: Cache, warn: Callable[[str], None]) -> None:
        self._root = root
        self._state = state
        self._cache = cache
        self._warn = warn
        self.owners: dict[str, str] = {}

    # Where files go -----------------------------------------------------------------------------------------------

    def claim_target(self, node: str, target: str) -> Path:
        """Return the path of a target below the output folder, owned by the node from now on.

        Raises:
            MediakitError: it lies outside the folder, or another node publishes it too.
        """
        assert self._root is not None
        path = resolve_target(self._root, target)
        owner = self.owners.setdefault(target, node)
        if owner != node:
            raise MediakitError(
                f"{owner} and {node} both publish {target}", where=node, hint="give one of them another id or channel"
            )
        return path

    def find_edits(self, artifact: Artifact, publications: tuple[Publication, ...]) -> Artifact:
        """Return the output with a person's versions of its editable files in place of its own."""
        if self._root is None or self._state is None:
            return artifact
        files, overlay, edited = dict(artifact.files), dict(artifact.overlay), list(artifact.edited)
        for publication in publications:
            if not publication.editable:
                continue
            path = resolve_target(self._root, publication.target)
            if not path.is_file():
                continue
            digest, _ = self._cache.digests.digest(path)
            published = self._state.find_published(publication.target)
            if digest != artifact.files[publication.name] and (published is None or digest != published.digest):
                files[publication.name] = digest
                overlay[publication.name] = path
                edited.append(publication.name)
        if not edited:
            return artifact
        return replace(artifact, files=files, overlay=overlay, edited=tuple(edited), digest=digest_files(files))

    # Publishing ---------------------------------------------------------------------------------------------------

    def publish(self, artifact: Artifact, publications: tuple[Publication, ...]) -> Placed:
        """Publish files of an output below the output folder."""
        merged = self.find_edits(artifact, publications)
        paths: list[Path] = []
        memory: dict[str, Published] = {}
        for publication in publications:
            path = self.claim_target(artifact.node, publication.target)
            source = artifact.folder / publication.name
            digest = artifact.files[publication.name]
            before = self._state.find_published(publication.target) if self._state else None
            if publication.name in merged.edited:
                # The memory keeps the proposal that the person's version answers.
                known = before.digest if before else ""
                if digest != known:
                    self._propose(path, source, digest)
                memory[publication.target] = Published(digest, _NEVER)
            else:
                self._place(path, source, digest, before, copy=publication.editable)
                memory[publication.target] = Published(digest, Signature.of(path))
            paths.append(path)
        return Placed(merged, tuple(paths), memory)

    def _propose(self, path: Path, source: Path, digest: str) -> None:
        beside = path.with_name(path.name + ".new")
        if beside.is_file() and digest_file(beside) == digest:
            return
        put_file(source, beside, copy=True)
        self._warn(f"{path.name} was edited and stays as it is; the new proposal is beside it as {beside.name}")

    def _place(self, path: Path, source: Path, digest: str, before: Published | None, *, copy: bool) -> None:
        try:
            signature = Signature.of(path)
        except OSError:
            signature = None
        if signature is not None and path.is_file():
            known = before.digest if before is not None and before.signature == signature else None
            if known == digest:
                return
            if not copy and os.path.samefile(path, source):  # noqa: PTH121 - one call for both
                return
            current = known or self._read_digest(path, signature)
            if current == digest:
                return
            if before is None or current != before.digest:
                aside = path.with_name(path.name + ".old")
                path.replace(aside)
                self._warn(f"{path.name} was not what was published before; it is kept as {aside.name}")
        put_file(source, path, copy=copy)

    def _read_digest(self, path: Path, signature: Signature) -> str:
        return self._cache.digests.digest(path)[0] if signature.size else digest_file(path)

    def publish_targets(
        self, artifact: Artifact, targets: Mapping[str, Path], publications: tuple[Publication, ...]
    ) -> Placed:
        """Publish files where a command wants them (see `match_targets`)."""
        editable = {publication.name for publication in publications if publication.editable}
        paths: list[Path] = []
        for name, path in match_targets(artifact, targets):
            source, digest = artifact.folder / name, artifact.files[name]
            place = os.path.abspath(path)  # noqa: PTH100 - links stay as they are
            if path.is_dir():
                raise UsageError("is a folder, where a file would be written", where=path, hint="name a file inside it")
            if name in editable and path.is_file():
                current = digest_file(path)
                if current not in (digest, self._cache.index.find_published(place)):
                    self._propose(path, source, digest)
                    self._cache.index.keep_published(place, digest)
                    paths.append(path.with_name(path.name + ".new"))
                    continue
            if not (path.is_file() and digest_file(path) == digest):
                put_file(source, path, copy=name in editable)
            if name in editable:
                self._cache.index.keep_published(place, digest)
            paths.append(path)
        return Placed(artifact, tuple(paths), {})

    # Ending publications ------------------------------------------------------------------------------------------

    def remove_stale(self, node: str, target: str, published: Published) -> None:
        """Remove a file whose publication ended, unless somebody changed it or another node publishes it now."""
        if self._root is None or target in self.owners:
            return
        try:
            path = resolve_target(self._root, target)
            if not path.is_file():
                return
            if Signature.of(path) != published.signature and digest_file(path) != published.digest:
                self._warn(f"{target} is no longer published by {node}; it was changed, so it stays")
                return
            path.unlink()
        except (OSError, MediakitError):
            return
        for folder in path.parents:
            if folder == self._root:
                break
            with contextlib.suppress(OSError):
                folder.rmdir()


def resolve_target(root: Path, target: str) -> Path:
    """Return the path of a target, proved to lie below ``root`` (links followed).

    Raises:
        UsageError: it is absolute, has ``..`` or leads outside.
    """
    relative = PurePosixPath(target)
    if relative.is_absolute() or ".." in relative.parts or not relative.parts or "\0" in target:
        raise UsageError(f"{target!r} is not a path below the output folder", hint="outputs stay inside it")
    path = root / relative
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{target!r} leads outside the output folder through a link", where=root)
    return path


def match_targets(artifact: Artifact, targets: Mapping[str, Path]) -> list[tuple[str, Path]]:
    """Return (file's name, path) for a command's targets.

    A plain name maps one file to a path. A pattern (``*`` also crosses ``/``) maps to a folder; the names' part
    before the pattern's first wildcard folder is left off.
    """
    pairs: dict[str, Path] = {}
    for pattern, where in targets.items():
        if not _GLOB & set(pattern):
            if pattern in artifact.files:
                pairs[pattern] = where
            continue
        fixed = 0
        for part in PurePosixPath(pattern).parts[:-1]:
            if _GLOB & set(part):
                break
            fixed += 1
        for name in sorted(artifact.files):
            if fnmatchcase(name, pattern):
                pairs.setdefault(name, where.joinpath(*PurePosixPath(name).parts[fixed:]))
    return sorted(pairs.items())


def put_file(source: Path, target: Path, *, copy: bool) -> None:
    """Put a file in place by a rename: a hard link of ``source`` where that works, else a copy.

    Raises:
        DiskFull: no room; the old file, if any, is untouched.
        UsageError: the place cannot be written to.
    """
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=TEMPORARY, dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        if copy or not _link(source, temporary):
            shutil.copyfile(source, temporary)
            temporary.chmod(0o644)
        temporary.replace(target)
    except OSError as exc:
        if is_full_disk(exc):
            raise full_disk(target) from exc
        raise UsageError(f"cannot be written ({exc.strerror})", where=target) from exc
    finally:
        if temporary is not None:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _link(source: Path, temporary: Path) -> bool:
    try:
        temporary.unlink()
        temporary.hardlink_to(source)
    except OSError as exc:
        if is_full_disk(exc):
            raise
        return False
    return True
