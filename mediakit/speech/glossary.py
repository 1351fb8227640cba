"""Glossary files: names, titles and terms as they are to be written, and wrong forms that were seen.

YAML (``schema: mediakit/glossary/1``, ``entries:``) or CSV with a header (``text,kind,readings,wrong,note``; several
readings or wrong forms parted by ``|``).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from mediakit.errors import RecipeError
from mediakit.media.document import Document, Value
from mediakit.media.mistakes import find_mistakes
from mediakit.media.texts import read_text
from mediakit.media.transcript import Correction, Word
from mediakit.media.yamltree import Tree, parse_yaml
from mediakit.speech.words import Passage, replace_passages

_MAX_BYTES = 4 << 20
_KINDS = ("name", "organisation", "title", "place", "term")
_LATIN = re.compile(r"[A-Za-z0-9]")

Form = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]


class GlossaryEntry(Value):
    """One name or term; ``wrong`` forms are replaced by ``text`` wherever they stand."""

    text: Form
    kind: Literal["name", "title", "organisation", "place", "term"] = "term"
    readings: tuple[Form, ...] = Field(default=(), max_length=20)
    wrong: tuple[Form, ...] = Field(default=(), max_length=50)
    note: str | None = Field(default=None, max_length=2000)

    @model_validator(mode="after")
    def _sensible(self) -> GlossaryEntry:
        if self.text in self.wrong:
            raise ValueError(f"{self.text!r} is listed as a wrong form of itself")
        return self


class Glossary(Document):
    """A glossary; entries in the order of the file."""

    kind: ClassVar[str] = "mediakit/glossary/1"

    entries: tuple[GlossaryEntry, ...] = Field(default=(), max_length=5000)

    @model_validator(mode="after")
    def _unambiguous(self) -> Glossary:
        right = {entry.text for entry in self.entries}
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
    text = read_text(path, _MAX_BYTES)
    tree = Tree(_parse_csv(path, text), str(path)) if path.suffix.lower() == ".csv" else parse_yaml(text, path)
    if not isinstance(tree.data, dict) or "entries" not in tree.data:
        raise tree.error((), "is not a glossary: it has no `entries:`")
    try:
        return Glossary.model_validate(tree.data)
    except ValidationError as exc:
        mistake = find_mistakes(exc, Glossary, tree.data)[0]
        counted = [part + 1 if isinstance(part, int) else part for part in mistake.place]
        raise tree.error(
            mistake.place,
            f"not a valid glossary: {mistake.describe(counted)}",
            "an entry is {text, kind: name|title|organisation|place|term, wrong: [...]}",
            at_key=True,
        ) from exc


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


def correct_wrong_forms(words: Sequence[Word], glossary: Glossary) -> tuple[tuple[Word, ...], list[Correction]]:
    """Replace the glossary's wrong forms, longest first; never inside a longer Latin word.

    A replacement's words share the time of those that it replaces.
    """
    forms = sorted(((w, entry.text) for entry in glossary.entries for w in entry.wrong), key=lambda f: (-len(f[0]), f))
    passages: list[Passage] = []
    text = "".join(word.text if n == 0 else _glue(words[n - 1].text, word.text) for n, word in enumerate(words))
    taken = [False] * len(text)
    for wrong, right in forms:
        for match in re.finditer(_pattern(wrong), text, re.IGNORECASE if _LATIN.search(wrong) else 0):
            inside = any(taken[match.start() : match.end()])
            part_of_right = _stands_in(text, match.start(), match.end(), right)
            if not inside and not part_of_right:
                taken[match.start() : match.end()] = [True] * (match.end() - match.start())
                passages.append(Passage(match.start(), match.end(), right))
    return replace_passages(words, text, sorted(passages, key=lambda p: p.start), "glossary-wrong-form")


def _glue(before: str, after: str) -> str:
    from mediakit.media.transcript import needs_space

    return f" {after}" if needs_space(before, after) else after


def _pattern(form: str) -> str:
    pattern = r"\s+".join(re.escape(part) for part in form.split())
    start = r"(?<![A-Za-z0-9])" if _LATIN.match(form) else ""
    end = r"(?![A-Za-z0-9])" if _LATIN.match(form[-1]) else ""
    return f"{start}{pattern}{end}"


def _stands_in(text: str, start: int, end: int, right: str) -> bool:
    """Tell whether what was found is already part of the right form."""
    inside = right.find(text[start:end])
    return inside >= 0 and text[start - inside : start - inside + len(right)] == right
