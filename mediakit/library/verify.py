"""Are the originals still there and still the same?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mediakit.errors import MediakitError
from mediakit.library.assets import Library
from mediakit.media.digests import digest_file

State = Literal["unchanged", "missing", "changed", "replaced", "unreadable"]


@dataclass(frozen=True)
class Finding:
    """One known path; ``replaced`` means that another asset's content lies there now, named by ``now``.

    ``copies`` are other paths where the asset's content was found to be.
    """

    path: Path
    digest: str
    name: str
    state: State
    now: str | None = None
    copies: tuple[Path, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            **{"path": str(self.path), "digest": self.digest, "name": self.name, "state": self.state},
            **{"now": self.now, "copies": [str(path) for path in self.copies]},
        }


def verify_library(
    library: Library,
    *,
    full: bool = False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Finding, ...]:
    """Check every known path, and return one finding each, by path.

    Args:
        library: what to check.
        full: read every file whole; else only those whose size, time or inode differs from what was noted.
        on_progress: called with (paths done, paths); may raise to stop.
    """
    with library.reading() as db:
        rows = db.execute(
            "SELECT p.*, a.name FROM paths p JOIN assets a ON a.digest = p.digest ORDER BY p.path"
        ).fetchall()
        known = {row["digest"]: row["name"] for row in db.execute("SELECT digest, name FROM assets")}
    findings: list[Finding] = []
    for number, row in enumerate(rows):
        on_progress(number, len(rows))
        path = Path(row["path"])
        state, now = _check(path, row["digest"], (row["size"], row["mtime_ns"], row["inode"]), full)
        if state == "unchanged" and now is not None:
            _note_same(library, path)
        if state == "changed" and now in known:
            state = "replaced"
        findings.append(Finding(path, row["digest"], row["name"], state, now if state != "unchanged" else None))
    on_progress(len(rows), len(rows))
    present: dict[str, list[Path]] = {}
    for finding in findings:
        if finding.state == "unchanged":
            present.setdefault(finding.digest, []).append(finding.path)
    return tuple(
        finding
        if finding.state == "unchanged"
        else Finding(
            **{name: getattr(finding, name) for name in ("path", "digest", "name", "state", "now")},
            copies=tuple(present.get(finding.digest, ())),
        )
        for finding in findings
    )


def check_paths(library: Library, digest: str) -> tuple[Finding, ...]:
    """Return a finding for every place where a content is known to lie.

    A file whose size, time and inode are as noted is believed, one of another size is another; else it is read, and
    its content compared.
    """
    with library.reading() as db:
        rows = db.execute(
            "SELECT p.*, a.name FROM paths p JOIN assets a ON a.digest = p.digest WHERE p.digest = ? ORDER BY p.path",
            (digest,),
        ).fetchall()
    findings = []
    for row in rows:
        path = Path(row["path"])
        if _size_of(path) not in (None, row["size"]):
            findings.append(Finding(path, digest, row["name"], "changed"))
            continue
        state, now = _check(path, digest, (row["size"], row["mtime_ns"], row["inode"]), full=False)
        if state == "unchanged" and now is not None:
            with suppress(MediakitError):  # a library that cannot be written is read again next time
                _note_same(library, path)
        findings.append(Finding(path, digest, row["name"], state, now if state != "unchanged" else None))
    return tuple(findings)


def _size_of(path: Path) -> int | None:
    try:
        return path.stat().st_size if path.is_file() else None
    except OSError:
        return None


def _check(path: Path, digest: str, noted: tuple[int, int, int], full: bool) -> tuple[State, str | None]:
    """Return the state, and the content's digest where the file was read."""
    try:
        if not path.is_file():
            return "missing", None
        status = path.stat()
        if not full and noted == (status.st_size, status.st_mtime_ns, status.st_ino):
            return "unchanged", None
        now = digest_file(path)
    except OSError:
        return "unreadable", None
    return ("unchanged" if now == digest else "changed"), now


def _note_same(library: Library, path: Path) -> None:
    """Note a file's new time and inode: its content is the same."""
    try:
        status = path.stat()
    except OSError:
        return
    with library.writing() as db:
        db.execute(
            "UPDATE paths SET size = ?, mtime_ns = ?, inode = ? WHERE path = ?",
            (status.st_size, status.st_mtime_ns, status.st_ino, str(path)),
        )
