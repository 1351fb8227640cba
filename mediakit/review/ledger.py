"""``review.json``: the append-only ledger of sign-offs, each entry chained to the one before it by its digest.

The chain shows an entry that was changed, moved or taken out of the middle, and a file cut at its end against its
own count. It holds no secret: who rewrites the whole file with all digests is not noticed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Literal

from pydantic import Field

from mediakit.errors import GateError, MediakitError, UsageError
from mediakit.media.digests import digest_value
from mediakit.media.document import Document, Value

LEDGER_NAME = "review.json"
STATE_FOLDER = ".mediakit"
ROLES: tuple[Literal["editor", "department", "leader"], ...] = ("editor", "department", "leader")
"""The three levels of review (三审) in their order; the first is level 1."""
LEVELS = len(ROLES)
_FIRST = "0" * 64
_LOCK_S = 20.0
_NAME_MAX = 80


class SignOff(Value):
    """One signature: who, at which level, for which content, when (UTC), and the digest of the entry before."""

    level: int = Field(ge=1, le=LEVELS)
    role: Literal["editor", "department", "leader"]
    name: str
    file: str
    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    signed_at: str
    note: str | None = None
    previous: str
    seal: str = ""

    def compute_seal(self) -> str:
        """Return the digest over everything else in the entry."""
        return digest_value(self.model_dump(mode="json", exclude={"seal"}))


class Ledger(Document):
    """All sign-offs in the order in which they were made."""

    kind: ClassVar[str] = "mediakit/review/1"

    count: int = Field(default=0, ge=0)
    entries: tuple[SignOff, ...] = ()

    def find_damage(self) -> str | None:
        """Return where the chain of entries is broken, or None."""
        previous = _FIRST
        for number, entry in enumerate(self.entries, 1):
            if entry.previous != previous:
                return f"entry {number} ({entry.name}) does not follow the one before it"
            if entry.seal != entry.compute_seal():
                return f"entry {number} ({entry.name}) was changed after it was signed"
            previous = entry.seal
        if self.count != len(self.entries):
            return f"it counts {self.count} entries and holds {len(self.entries)}"
        return None

    def append(self, entry: SignOff) -> Ledger:
        """Return the ledger with one more entry, chained and sealed."""
        previous = self.entries[-1].seal if self.entries else _FIRST
        chained = entry.model_copy(update={"previous": previous, "seal": ""})
        sealed = chained.model_copy(update={"seal": chained.compute_seal()})
        return Ledger(count=self.count + 1, entries=(*self.entries, sealed))


def read_ledger(path: Path) -> Ledger:
    """Read a ledger; a missing file is an empty one.

    Raises:
        InputError: not a ledger.
        GateError: an entry was changed, moved or taken out.
    """
    if not path.exists():
        return Ledger()
    ledger = Ledger.read(path)
    damage = ledger.find_damage()
    if damage is not None:
        raise GateError(
            f"the ledger of sign-offs was tampered with: {damage}",
            where=path,
            hint="restore it from a backup, or remove it and have everything reviewed again",
        )
    return ledger


@contextmanager
def open_ledger(path: Path) -> Iterator[tuple[Ledger, list[Ledger]]]:
    """Lock a ledger for a change; the last of what is put into the list is written when the block ends well.

    Raises:
        MediakitError: another process holds the lock, or the folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(path.with_name(f".{path.name}.lock"), timeout=_LOCK_S):
            changed: list[Ledger] = []
            yield read_ledger(path), changed
            if changed:
                changed[-1].write(path)
    except Timeout as exc:
        raise MediakitError("the ledger is being written by another process", where=path, hint="try again") from exc
    except PermissionError as exc:
        raise UsageError("the ledger cannot be written here", where=path, hint="name another with --ledger") from exc


def find_ledger(file: Path) -> Path:
    """Return where a file's sign-offs belong.

    That is in the nearest folder above it that has a ledger or a ``.mediakit`` folder, else beside the file.
    """
    folder = file.resolve().parent
    for parent in (folder, *folder.parents):
        if (parent / LEDGER_NAME).is_file() or (parent / STATE_FOLDER).is_dir():
            return parent / LEDGER_NAME
    return folder / LEDGER_NAME


def relative_name(file: Path, ledger: Path) -> str:
    """Return a file's name as the ledger keeps it: below the ledger's folder where it is, else the bare name."""
    target, folder = file.resolve(), ledger.resolve().parent
    return target.relative_to(folder).as_posix() if target.is_relative_to(folder) else target.name


def clean_name(name: str) -> str:
    """Return a person's name without needless white space.

    Raises:
        UsageError: empty, too long, or with control characters.
    """
    cleaned = " ".join(unicodedata.normalize("NFC", name).split())
    if not cleaned or len(cleaned) > _NAME_MAX or any(unicodedata.category(c) in ("Cc", "Cf", "Co") for c in cleaned):
        raise UsageError(f"{name!r} is not a person's name", hint="name who signs with --by, such as --by 张三")
    return cleaned


def name_key(name: str) -> str:
    """Return what is equal for two spellings of one name: NFKC, folded case, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold()).split())


def now_text() -> str:
    """Return the time as it stands in the ledger: UTC, seconds."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
