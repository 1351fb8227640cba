"""Files' digests, remembered against size, modification time and inode."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import time_ns

from mediakit.engine.index import Index
from mediakit.errors import InputError
from mediakit.media.digests import digest_file
from mediakit.steps.inputs import FileRef

UNSETTLED_NS = 2_000_000_000
"""A file changed this recently may change again within its time stamp's grain: its digest is not remembered."""


@dataclass(frozen=True)
class Signature:
    """What tells cheaply that a file is still the same."""

    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Signature:
        """Read a file's signature; raises OSError."""
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns, status.st_ino)


class FileDigests:
    """Digests of input files; a known file costs one ``stat``."""

    def __init__(self, index: Index) -> None:
        self._index = index

    def digest(self, path: Path, on_bytes: Callable[[int], None] | None = None) -> tuple[str, Signature]:
        """Return a file's SHA-256, and the signature that it had.

        Raises:
            InputError: cannot be read, or changed while it was read.
        """
        from mediakit.tools.opening import check_file

        absolute = os.path.abspath(path)  # noqa: PTH100 - links stay as they are
        check_file(path)
        before = Signature.of(path)
        known = self._index.find_digest(absolute, before.size, before.mtime_ns, before.inode)
        if known is not None:
            return known, before
        read = 0

        def count(size: int) -> None:
            nonlocal read
            read += size
            if read > before.size:
                raise _changed(path)
            if on_bytes is not None:
                on_bytes(size)

        try:
            digest = digest_file(path, count)
            after = Signature.of(path)
        except OSError as exc:
            raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
        if after != before:
            raise _changed(path)
        if time_ns() - after.mtime_ns > UNSETTLED_NS:
            self._index.keep_digest(absolute, after.size, after.mtime_ns, after.inode, digest)
        return digest, after

    def refer(self, path: Path, on_bytes: Callable[[int], None] | None = None) -> tuple[FileRef, Signature]:
        """Return a reference to a file with its content's digest, and its signature."""
        digest, signature = self.digest(path, on_bytes)
        return FileRef(path, digest, signature.size), signature


def _changed(path: Path) -> InputError:
    return InputError("changed while it was read", where=path, hint="wait until it is written, then run again")


def check_unchanged(path: Path, signature: Signature) -> None:
    """Refuse a result that was made from a file which changed meanwhile.

    Raises:
        InputError: the file is not as it was when its digest was taken.
    """
    try:
        same = Signature.of(path) == signature
    except OSError:
        same = False
    if not same:
        raise InputError("changed while it was used", where=path, hint="wait until it is written, then run again")
