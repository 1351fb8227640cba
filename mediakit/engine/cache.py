"""The content-addressed cache: finished outputs, each in a folder named by its key.

::

    cache/
      objects/ab/abcd…/entry.json    what is in it: files with digest, size and time; problems
      objects/ab/abcd…/files/        the output, read-only
      tmp/<run>/…                    unfinished work of a live run
      claims/<key>                   which run is making a key, so that another waits for it
      runs/<run>.lock                held while a run lives
      index.sqlite                   remembered digests, sizes, speeds

An entry appears by one rename, so a crash leaves none or a whole one. An entry whose files changed is a warned miss.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import monotonic
from typing import Any

from mediakit.engine.digests import FileDigests
from mediakit.engine.index import Index
from mediakit.engine.liveness import RunMark, is_live
from mediakit.errors import MediakitError, ToolError, UsageError
from mediakit.media.digests import digest_file
from mediakit.steps.inputs import Problem

_SCHEMA = "mediakit/entry/1"
_USED_EVERY_S = 5.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class DiskFull(ToolError):
    """There is no room left; the run stops, what is finished is kept."""


def full_disk(where: Path) -> DiskFull:
    """Return the error for a full disk at ``where``."""
    return DiskFull(
        "the disk is full",
        where=where,
        hint="free some space (mediakit clean), or name another folder with --cache; then run again to go on",
    )


def is_full_disk(error: BaseException) -> bool:
    """Tell whether an error comes from a full disk (or quota)."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    if isinstance(error, ToolError) and "No space left on device" in error.tail:
        return True
    return error.__cause__ is not None and is_full_disk(error.__cause__)


def default_cache_folder() -> Path:
    """Return the cache folder: ``MEDIAKIT_CACHE``, else the user's cache folder."""
    named = os.environ.get("MEDIAKIT_CACHE")
    if named:
        return Path(named).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("mediakit", appauthor=False)


@dataclass(frozen=True)
class Entry:
    """A finished output in the cache: ``files`` from relative name to SHA-256, ``size`` in bytes."""

    key: str
    folder: Path
    files: Mapping[str, str]
    size: int
    problems: tuple[Problem, ...] = ()
    seconds: float = 0.0


class Cache:
    """An open cache folder. Use as a context manager: leaving it removes this run's unfinished work.

    Args:
        folder: where it lies (made when missing).
        warn: told about damaged entries, in one line.
    """

    def __init__(self, folder: Path, warn: Callable[[str], None] | None = None) -> None:
        self.folder = folder.absolute()
        self.warn: Callable[[str], None] = warn or (lambda message: None)
        self._objects = self.folder / "objects"
        self._claims = self.folder / "claims"
        try:
            for part in (self._objects, self._claims, self.folder / "tmp", self.folder / "runs"):
                part.mkdir(parents=True, exist_ok=True)
            self.mark = RunMark(self.folder / "runs")
        except OSError as exc:
            if is_full_disk(exc):
                raise full_disk(self.folder) from exc
            raise UsageError(
                f"the cache folder cannot be used ({exc.strerror})",
                where=self.folder,
                hint="name another with --cache or MEDIAKIT_CACHE",
            ) from exc
        self._temporary = self.folder / "tmp" / self.mark.id
        self._numbers = count(1)
        self._used: list[str] = []
        self._flushed = monotonic()
        self.index = Index(self.folder / "index.sqlite")
        self.digests = FileDigests(self.index)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Remove unfinished work and give the run's mark back."""
        self.flush_used()
        remove_tree(self._temporary)
        self.index.close()
        self.mark.close()

    # Finding ------------------------------------------------------------------------------------------------------

    def folder_of(self, key: str) -> Path:
        """Return the folder that an entry has or would have."""
        return self._objects / key[:2] / key

    def get(self, key: str) -> Entry | None:
        """Return a whole entry, or None; a damaged one is reported, removed and counts as missing."""
        folder = self.folder_of(key)
        try:
            manifest = json.loads((folder / "entry.json").read_bytes())
            entry = self._check(key, folder, manifest)
        except FileNotFoundError:
            if folder.exists():
                self._drop_damaged(key, "its files are missing")
            return None
        except _Damaged as exc:
            self._drop_damaged(key, str(exc))
            return None
        except (OSError, ValueError, KeyError, TypeError) as exc:
            self._drop_damaged(key, f"its list of files cannot be read ({type(exc).__name__})")
            return None
        self._used.append(key)
        if monotonic() - self._flushed > _USED_EVERY_S:
            self.flush_used()
        return entry

    @staticmethod
    def _check(key: str, folder: Path, manifest: Mapping[str, Any]) -> Entry:
        if manifest["schema"] != _SCHEMA or manifest["key"] != key:
            raise _Damaged("its list of files is another entry's")
        files: dict[str, str] = {}
        total = 0
        for name, facts in manifest["files"].items():
            path = folder / "files" / name
            try:
                status = path.stat()
            except OSError as exc:
                raise _Damaged(f"{name} is missing") from exc
            if status.st_size != facts["size"]:
                raise _Damaged(f"{name} changed its size")
            if status.st_mtime_ns != facts["mtime_ns"]:
                if digest_file(path) != facts["sha256"]:
                    raise _Damaged(f"{name} was changed")
                with contextlib.suppress(OSError):
                    os.utime(path, ns=(facts["mtime_ns"], facts["mtime_ns"]))
            files[name] = facts["sha256"]
            total += status.st_size
        problems = tuple(Problem(**problem) for problem in manifest["problems"])
        return Entry(key, folder / "files", files, total, problems, float(manifest["seconds"]))

    def _drop_damaged(self, key: str, why: str) -> None:
        self.warn(f"a cached result is damaged ({why}) and will be made again")
        self.remove(key)

    def flush_used(self) -> None:
        """Write down which entries were used, so that they are evicted last."""
        used, self._used = self._used, []
        self._flushed = monotonic()
        if used:
            self.index.mark_used(used)

    # Storing ------------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def workspace(self) -> Iterator[Path]:
        """Give an empty folder on the cache's file system, removed at the end."""
        folder = self._temporary / str(next(self._numbers))
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            remove_tree(folder)

    def store(
        self, key: str, made: Path, *, problems: Sequence[Problem] = (), seconds: float = 0.0, step: str = ""
    ) -> Entry:
        """Move the folder ``made`` (in a workspace) into the cache and return its entry.

        Raises:
            DiskFull: no room.
            MediakitError: it holds something that is neither a file nor a folder.
        """
        staged = self._temporary / str(next(self._numbers))
        try:
            staged.mkdir(parents=True)
            files = self._seal(made)
            manifest = {
                "schema": _SCHEMA,
                "key": key,
                "step": step,
                "seconds": round(seconds, 3),
                "files": files,
                "problems": [vars(problem) for problem in problems],
            }
            (staged / "entry.json").write_text(json.dumps(manifest, ensure_ascii=False), encoding="utf-8")
            made.rename(staged / "files")
            entry = self._settle(key, staged)
        except OSError as exc:
            if is_full_disk(exc):
                raise full_disk(self.folder) from exc
            raise
        finally:
            remove_tree(staged)
        self.index.keep_entry(key, entry.size, step)
        return entry

    @staticmethod
    def _seal(made: Path) -> dict[str, dict[str, Any]]:
        """Make the files read-only and return name to digest, size and time."""
        files: dict[str, dict[str, Any]] = {}
        for path in sorted(made.rglob("*")):
            status = path.lstat()
            if stat.S_ISDIR(status.st_mode):
                continue
            name = path.relative_to(made).as_posix()
            if not stat.S_ISREG(status.st_mode):
                raise MediakitError(f"a step left {name}, which is not a plain file")
            path.chmod(0o444)
            files[name] = {"sha256": digest_file(path), "size": status.st_size, "mtime_ns": status.st_mtime_ns}
        return files

    def _settle(self, key: str, staged: Path) -> Entry:
        """Rename a staged entry into place; another run's equal entry wins."""
        target = self.folder_of(key)
        target.parent.mkdir(exist_ok=True)
        for _ in range(3):
            try:
                staged.rename(target)
            except OSError as exc:
                if exc.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
            entry = self.get(key)
            if entry is not None:
                return entry
        raise MediakitError("the cache does not keep what is written to it", where=target)

    def remove(self, key: str) -> None:
        """Remove an entry; it is gone at once, its files a moment later."""
        grave = self._temporary / f"grave-{next(self._numbers)}"
        with contextlib.suppress(OSError):
            grave.parent.mkdir(parents=True, exist_ok=True)
            self.folder_of(key).rename(grave)
        remove_tree(grave)
        self.index.forget_entries([key])

    # Claims -------------------------------------------------------------------------------------------------------

    def claim(self, key: str) -> bool:
        """Claim the making of a key for this run; False while another live run holds it."""
        path = self._claims / key
        for _ in range(2):
            try:
                path.symlink_to(self.mark.id)
            except FileExistsError:
                if not self._is_stale(path):
                    return False
                path.unlink(missing_ok=True)
            except OSError as exc:
                if is_full_disk(exc):
                    raise full_disk(self.folder) from exc
                raise
            else:
                return True
        return False

    def _is_stale(self, path: Path) -> bool:
        try:
            owner = str(path.readlink())
        except OSError:
            return False
        return owner != self.mark.id and not is_live(self.folder / "runs", owner)

    def release(self, key: str) -> None:
        """Give a claim back."""
        (self._claims / key).unlink(missing_ok=True)


class _Damaged(Exception):
    """An entry's files are not what its list says."""


def remove_tree(folder: Path) -> None:
    """Remove a folder with read-only files in it, as far as possible; nothing happens when there is none."""
    shutil.rmtree(folder, ignore_errors=True)
