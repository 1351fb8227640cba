"""Wording lint: words that a newsroom would look at again, as data; they are pointed out, never changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints, field_validator

from mediakit.media.document import Document, Value
from mediakit.media.texts import read_text
from mediakit.media.transcript import Segment
from mediakit.media.yamltree import Tree, parse_yaml
from mediakit.speech.entries import parse_entries

_MAX_BYTES = 1 << 20
_AROUND = 12

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]


class WordingEntry(Value):
    """One wording: a regular expression, what is rather written, and why.

    ``unless`` holds texts that make it right where they stand around the place.
    """

    found: Text
    rather: Text
    why: Text | None = None
    unless: tuple[Text, ...] = Field(default=(), max_length=50)
    source: Text | None = None
    grade: Text | None = None
    checked_on: str | None = None

    @field_validator("checked_on", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        return None if value is None else str(value)

    @field_validator("found")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            compiled = re.compile(pattern)
        except re.error as exc:
            raise ValueError(f"not a regular expression: {exc}") from exc
        if compiled.match(""):
            raise ValueError("a pattern that fits nothing at all fits everywhere")
        return pattern


class Wording(Document):
    """``mediakit/wording/1``: wordings in the order of the file."""

    kind: ClassVar[str] = "mediakit/wording/1"

    entries: tuple[WordingEntry, ...] = Field(default=(), max_length=2000)


@dataclass(frozen=True)
class Remark:
    """A wording that was found: seconds, the words, what is rather written and why."""

    start: float
    found: str
    rather: str
    why: str | None

    def __str__(self) -> str:
        minutes, seconds = divmod(int(self.start), 60)
        reason = f" ({self.why})" if self.why else ""
        return f"wording at {minutes:02d}:{seconds:02d}: {self.found}, rather {self.rather}{reason}"


def read_wording(path: Path) -> Wording:
    """Read and validate a list of wordings (YAML).

    Raises:
        InputError: unreadable or too large.
        RecipeError: not such a list; names the entry that is wrong, and its line.
    """
    return _parse(parse_yaml(read_text(path, _MAX_BYTES), path))


@lru_cache(maxsize=1)
def built_in_wording() -> Wording:
    """Return the list for Mandarin that comes with the project."""
    place = files("mediakit.speech") / "wording_zh.yaml"
    return _parse(parse_yaml(place.read_text(encoding="utf-8"), "wording_zh.yaml"))


def _parse(tree: Tree) -> Wording:
    return parse_entries(
        tree,
        Wording,
        "list of wordings",
        "an entry is {found: a regular expression, rather: what is written instead, why: ..., unless: [...]}",
    )


def find_wordings(segments: Sequence[Segment], lists: Sequence[Wording]) -> list[Remark]:
    """Return the wordings of the lists in segments, in order of time."""
    entries = [(re.compile(entry.found), entry) for wording in lists for entry in wording.entries]
    made = []
    for segment in segments:
        for pattern, entry in entries:
            for found in pattern.finditer(segment.text):
                around = segment.text[max(0, found.start() - _AROUND) : found.end() + _AROUND]
                if not any(text in around for text in entry.unless):
                    made.append(Remark(_time_of(segment, found.start()), found[0], entry.rather, entry.why))
    return sorted(made, key=lambda remark: (remark.start, remark.found))


def _time_of(segment: Segment, place: int) -> float:
    """Return when the word at a place in a segment's text begins."""
    printed = len(segment.text[:place]) - sum(map(str.isspace, segment.text[:place]))
    for word in segment.words:
        printed -= len(word.text) - sum(map(str.isspace, word.text))
        if printed < 0:
            return word.start
    return segment.start
