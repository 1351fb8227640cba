"""Glossary files: names, titles and terms as they are to be written, and wrong forms that were seen.

YAML (``schema: mediakit/glossary/1``, ``entries:``) or CSV with a header (``text,kind,readings,wrong,note``; several
readings or wrong forms parted by ``|``).
"""

from __future__ import annotations

import csv
import io
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, model_validator

from mediakit.errors import RecipeError
from mediakit.media.document import Document, Value
from mediakit.media.texts import read_text
from mediakit.media.yamltree import Tree, parse_yaml
from mediakit.speech.entries import parse_entries
from mediakit.speech.homophones import parse_reading
from mediakit.speech.pinyin import HAN

_MAX_BYTES = 4 << 20
_KINDS = ("name", "organisation", "title", "place", "term")

Form = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class GlossaryEntry(Value):
    """One name or term; ``wrong`` forms are replaced by ``text`` wherever they stand.

    ``readings`` say how it sounds: pinyin for Chinese, another spelling for Latin script.
    """

    text: Form
    kind: Literal["name", "title", "organisation", "place", "term"] = "term"
    readings: tuple[Form, ...] = Field(default=(), max_length=20)
    wrong: tuple[Form, ...] = Field(default=(), max_length=50)
    note: str | None = Field(default=None, max_length=2000)

    @model_validator(mode="after")
    def _sensible(self) -> GlossaryEntry:
        if self.text in self.wrong:
            raise ValueError(f"{self.text!r} is listed as a wrong form of itself")
        if all(HAN.fullmatch(character) for character in self.text):
            for reading in self.readings:
                syllables = parse_reading(reading)
                if syllables is None:
                    raise ValueError(
                        f"the reading {reading!r} of {self.text!r} is not pinyin with spaces between syllables"
                    )
                if len(syllables) != len(self.text):
                    raise ValueError(
                        f"the reading {reading!r} has {len(syllables)} syllables, {self.text!r} has {len(self.text)}"
                    )
        return self


class Glossary(Document):
    """A glossary; entries in the order of the file."""

    kind: ClassVar[str] = "mediakit/glossary/1"

    entries: tuple[GlossaryEntry, ...] = Field(default=(), max_length=5000)

    @model_validator(mode="after")
    def _unambiguous(self) -> Glossary:
        right: set[str] = set()
        for entry in self.entries:
            if entry.text in right:
                raise ValueError(f"{entry.text!r} is listed twice")
            right.add(entry.text)
        seen: dict[str, str] = {}
        for entry in self.entries:
            for form in entry.wrong:
                if form in right:
                    raise ValueError(f"{form!r} is both a right form and a wrong form of {entry.text!r}")
                if seen.setdefault(form, entry.text) != entry.text:
                    raise ValueError(f"{form!r} is a wrong form of both {seen[form]!r} and {entry.text!r}")
        return self

    @property
    def hotwords(self) -> tuple[str, ...]:
        """The forms to listen for, people first."""
        ranked = sorted(self.entries, key=lambda entry: _KINDS.index(entry.kind))
        return tuple(dict.fromkeys(entry.text for entry in ranked))


def read_glossary(path: Path) -> Glossary:
    """Read and validate a glossary.

    Raises:
        InputError: unreadable or too large.
        RecipeError: not a glossary; names the entry that is wrong, and its line.
    """
    return _parse(path, read_text(path, _MAX_BYTES))


@lru_cache(maxsize=8)
def _parse(path: Path, text: str) -> Glossary:
    """Return what a glossary's text says; every item of a batch asks, often more than once."""
    tree = Tree(_parse_csv(path, text), str(path)) if path.suffix.lower() == ".csv" else parse_yaml(text, path)
    return parse_entries(
        tree, Glossary, "glossary", "an entry is {text, kind: name|title|organisation|place|term, wrong: [...]}"
    )


def _parse_csv(path: Path, text: str) -> Any:
    rows = csv.DictReader(io.StringIO(text))
    allowed = {"text", "kind", "readings", "wrong", "note"}
    names = set(rows.fieldnames or ())
    if "text" not in names or not names <= allowed:
        raise RecipeError("is not a glossary: its header is not text,kind,readings,wrong,note", file=path, line=1)
    entries = []
    try:
        for row in rows:
            entry: dict[str, Any] = {key: value.strip() for key, value in row.items() if key and value}
            for key in ("readings", "wrong"):
                if key in entry:
                    entry[key] = [part.strip() for part in entry[key].split("|") if part.strip()]
            if entry:
                entries.append(entry)
    except (csv.Error, AttributeError) as exc:
        raise RecipeError("cannot be read as CSV", file=path, line=rows.line_num) from exc
    return {"entries": entries}
