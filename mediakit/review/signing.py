"""Signing a file off, and what its sign-offs are worth now."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import GateError, UsageError
from mediakit.media.playlist import digest_programme
from mediakit.review.ledger import (
    LEVELS,
    ROLES,
    Ledger,
    SignOff,
    clean_name,
    name_key,
    now_text,
    open_ledger,
    relative_name,
)

VOID = "void: the file changed after it was signed"


@dataclass(frozen=True)
class ReviewStatus:
    """What a file's sign-offs are worth.

    Attributes:
        file: its name as the ledger keeps it.
        digest: SHA-256 of its content now.
        signed: valid sign-offs in order of level.
        void: sign-offs of this name that were for other content, in order.
    """

    file: str
    digest: str
    signed: tuple[SignOff, ...] = ()
    void: tuple[SignOff, ...] = ()

    @property
    def level(self) -> int:
        """The highest level up to which nothing is missing."""
        return len(self.signed)

    def missing(self, levels: int) -> tuple[str, ...]:
        """Return the roles that have yet to sign for so many levels."""
        return ROLES[self.level : levels]

    def describe(self, levels: int = LEVELS) -> str:
        """Return the state in one line."""
        signed = ", ".join(f"{entry.role} {entry.name}" for entry in self.signed)
        missing = ", ".join(self.missing(levels))
        parts = [f"signed by {signed}" if signed else "", f"missing: {missing}" if missing else ""]
        if self.void and not self.signed:
            parts.insert(0, VOID)
        return "; ".join(part for part in parts if part) or "nothing is asked"


def parse_role(role: str) -> int:
    """Return the level (1 to 3) of a role.

    Raises:
        UsageError: no such role.
    """
    if role not in ROLES:
        raise UsageError(f"no role is called {role!r}", hint="roles in order: " + ", ".join(ROLES))
    return ROLES.index(role) + 1


def review_content(ledger: Ledger, digest: str, file: str) -> ReviewStatus:
    """Return what a ledger says of content with a digest that is published as ``file``.

    Sign-offs hold for the content wherever it lies; those of the same name with other content are void.
    """
    by_level: dict[int, SignOff] = {}
    for entry in ledger.entries:
        if entry.digest == digest:
            by_level.setdefault(entry.level, entry)
    signed: list[SignOff] = []
    for level in range(1, LEVELS + 1):
        found = by_level.get(level)
        if found is None or any(name_key(found.name) == name_key(other.name) for other in signed):
            break
        signed.append(found)
    void = tuple(entry for entry in ledger.entries if entry.file == file and entry.digest != digest)
    return ReviewStatus(file, digest, tuple(signed), void)


def sign_file(file: Path, ledger_path: Path, *, name: str, level: int, note: str | None = None) -> SignOff:
    """Add a sign-off to the ledger and return it.

    Equal files in two channels are one content: where the person signed the other one at this level already, that
    sign-off holds, nothing is added, and it is returned (its ``file`` is the other's name).

    Args:
        file: what was reviewed: a file, or a stream's main playlist (then all that it lists).
        ledger_path: the ledger.
        name: who signs.
        level: 1 editor, 2 department, 3 leader.
        note: a remark that is kept.

    Raises:
        UsageError: no such level, or not a name.
        GateError: a level before is missing, the level is signed already, or the person has signed before.
        InputError: the file cannot be read.
    """
    if not 1 <= level <= LEVELS:
        raise UsageError(f"there is no level {level}", hint=f"levels 1 to {LEVELS}: " + ", ".join(ROLES))
    person = clean_name(name)
    digest = digest_programme(file)
    relative = relative_name(file, ledger_path)
    with open_ledger(ledger_path) as (ledger, changed):
        status = review_content(ledger, digest, relative)
        twin = status.signed[level - 1] if level <= status.level else None
        if twin is not None and twin.file != relative and name_key(twin.name) == name_key(person):
            return twin
        _check_turn(status, person, level, file)
        entry = SignOff(
            level=level,
            role=ROLES[level - 1],
            name=person,
            file=relative,
            digest=digest,
            signed_at=now_text(),
            note=(note or "").strip() or None,
            previous="",
        )
        grown = ledger.append(entry)
        changed.append(grown)
        return grown.entries[-1]


def _check_turn(status: ReviewStatus, person: str, level: int, file: Path) -> None:
    role = ROLES[level - 1]
    if level <= status.level:
        other = status.signed[level - 1]
        raise GateError(f"{role} has signed this file already: {other.name}, {other.signed_at}", where=file)
    for entry in status.signed:
        if name_key(entry.name) == name_key(person):
            raise GateError(
                f"{person} has signed this file already as {entry.role}",
                where=file,
                hint="each level is signed by another person",
            )
    if level > status.level + 1:
        needed = ROLES[status.level]
        raise GateError(
            f"{role} cannot sign before {needed}" + (f" ({VOID})" if status.void else ""),
            where=file,
            hint=f"review sign --role {needed} comes first",
        )
