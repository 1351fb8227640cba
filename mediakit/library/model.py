"""What the library says of an asset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Details:
    """What people say about an asset; None leaves what the library already holds."""

    name: str | None = None
    series: str | None = None
    column: str | None = None
    notes: str | None = None
    shot_on: str | None = None
    tags: Sequence[str] = ()


@dataclass(frozen=True)
class Asset:
    """One content, wherever its copies lie; ``column`` is the programme slot, ``shot_on`` is ``YYYY-MM-DD``."""

    digest: str
    kind: str
    name: str
    size: int
    duration: float
    paths: tuple[Path, ...]
    series: str | None = None
    column: str | None = None
    notes: str | None = None
    shot_on: str | None = None
    tags: tuple[str, ...] = ()
    thumbnail: Path | None = None
    proxy: Path | None = None
    languages: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {
            **{name: getattr(self, name) for name in ("digest", "kind", "name", "size", "duration")},
            **{name: getattr(self, name) for name in ("series", "column", "notes", "shot_on")},
            "paths": [str(path) for path in self.paths],
            "tags": list(self.tags),
            "thumbnail": None if self.thumbnail is None else str(self.thumbnail),
            "proxy": None if self.proxy is None else str(self.proxy),
            "transcripts": list(self.languages),
        }


@dataclass(frozen=True)
class Added:
    """What adding did; ``duplicates`` are other places where the same content was known before."""

    asset: Asset
    is_new: bool
    duplicates: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Count:
    """One line of counts; ``shoots`` are distinct shooting days (clips without a date count as one)."""

    series: str | None
    column: str | None
    clips: int
    shoots: int
    minutes: float

    def to_json(self) -> dict[str, Any]:
        """Return JSON values."""
        return {name: getattr(self, name) for name in ("series", "column", "clips", "shoots", "minutes")}
