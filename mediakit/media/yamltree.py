"""YAML with a position for every key and value; safe, bounded, without tags or duplicate keys.

Only the YAML library's event stream is used: values are composed here, so that limits hold while reading (an alias
bomb is refused before it unfolds) and nothing but plain values can come out. Scalars follow YAML 1.2's core schema:
``yes`` and ``2026-11-22`` are text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from mediakit.errors import InputError, MediakitError, RecipeError

Place = tuple[str | int, ...]
"""Keys and list positions that lead to a value."""

_INT = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, object] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Limits:
    """What a YAML file may be.

    Attributes:
        size: bytes.
        values: keys and values, aliases unfolded.
        depth: levels.
        aliases: whether ``*name`` and ``<<`` are read; lists written by hand need none.
        name: what the file is called in messages.
        unfit: the error for a file that is too large or not text.
    """

    size: int = 4 << 20
    values: int = 1_000_000
    depth: int = 50
    aliases: bool = False
    name: str = "list"
    unfit: type[InputError] | type[RecipeError] = InputError


LIST = Limits()
"""Files that hold a list or a few settings: channels, shorts, brand, glossary."""


@dataclass(frozen=True)
class Position:
    """Where something stands in a YAML file; line and column count from 1."""

    file: str
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}:{self.column}"


@dataclass
class Tree:
    """A YAML document: plain values, and where each key (``keys``) and value (``values``) stands, by its place."""

    data: Any
    file: str
    keys: dict[Place, Position] = field(default_factory=dict)
    values: dict[Place, Position] = field(default_factory=dict)

    def position(self, place: Place, *, at_key: bool = False) -> Position:
        """Return where a place stands; that of the nearest known place around it when it stands nowhere."""
        while place:
            found = (self.keys if at_key else self.values).get(place) or self.values.get(place)
            if found is not None:
                return found
            place = place[:-1]
        return self.values.get((), Position(self.file))

    def error(self, place: Place, message: str, hint: str | None = None, *, at_key: bool = False) -> RecipeError:
        """Return an error at a place."""
        where = self.position(place, at_key=at_key)
        return RecipeError(message, file=where.file or None, line=where.line, column=where.column, hint=hint)


def read_yaml(path: Path, limits: Limits = LIST) -> Tree:
    """Read a YAML file.

    Raises:
        InputError: missing or unreadable.
        RecipeError: not YAML, too deep, a duplicate key, a tag, an alias where none is read.
        InputError, RecipeError: too large or not UTF-8; which of them, ``limits`` says.
    """
    try:
        if path.is_dir():
            raise InputError(f"is a folder, not a {limits.name}", where=path, hint="name the YAML file inside it")
        with path.open("rb") as stream:
            raw = stream.read(limits.size + 1)
    except OSError as exc:
        message = "no such file" if isinstance(exc, FileNotFoundError) else f"cannot be read ({exc.strerror})"
        raise InputError(message, where=path, hint="check the path") from exc
    if len(raw) > limits.size:
        message = f"is larger than {limits.size >> 20} MB, too large for a {limits.name}"
        raise _unfit(limits, message, Position(str(path)))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = raw.count(b"\n", 0, exc.start) + 1
        column = exc.start - raw.rfind(b"\n", 0, exc.start)
        raise _unfit(limits, "is not UTF-8 text", Position(str(path), line, column)) from exc
    return parse_yaml(text, str(path), limits)


def _unfit(limits: Limits, message: str, at: Position) -> MediakitError:
    if issubclass(limits.unfit, RecipeError):
        return limits.unfit(message, file=at.file, line=at.line, column=at.column)
    return limits.unfit(message, where=str(at))


def parse_yaml(text: str, file: str | Path, limits: Limits = LIST) -> Tree:
    """Compose YAML text; ``file`` names it in messages. Raises `RecipeError` as `read_yaml` does."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    reader = YAML(typ="safe", pure=True)
    try:
        return _Composer(reader.parse(text), str(file), limits).compose()
    except MarkedYAMLError as exc:
        mark = exc.problem_mark or exc.context_mark
        message = f"is not YAML: {str(exc.problem or exc.context).splitlines()[0]}"
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise RecipeError(message, file=file, line=line, column=column) from exc
    except ReaderError as exc:
        before = text[: exc.position]
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        message = f"is not YAML: the character U+{exc.character:04X} is not allowed"
        raise RecipeError(message, file=file, line=line, column=column) from exc
    except YAMLError as exc:
        first = str(exc).splitlines()[0]
        raise RecipeError(f"is not YAML: {first}", file=file) from exc


@dataclass
class _Anchor:
    """A named value with the positions inside it, relative to it; ``size`` counts its nodes."""

    data: Any
    keys: dict[Place, Position]
    values: dict[Place, Position]
    size: int


class _Composer:
    def __init__(self, events: Iterator[Any], file: str, limits: Limits) -> None:
        self._events = events
        self._limits = limits
        self._file = file
        self._tree = Tree(None, file)
        self._anchors: dict[str, _Anchor | None] = {}
        self._nodes = 0

    def compose(self) -> Tree:
        documents = 0
        for event in self._events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                documents += 1
                if documents > 1:
                    raise self._error(event, "holds more than one document", "remove what follows ---")
                self._tree.data = self._value(next(self._events), ())
        if not documents:
            raise RecipeError("is empty", file=self._file, line=1, column=1)
        return self._tree

    def _error(self, event: Any, message: str, hint: str | None = None) -> RecipeError:
        position = self._at(event)
        return RecipeError(message, file=self._file, line=position.line, column=position.column, hint=hint)

    def _at(self, event: Any) -> Position:
        return Position(self._file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _value(self, event: Any, place: Place) -> Any:
        kind = type(event).__name__
        self._count(event, 1, len(place))
        if kind == "AliasEvent":
            return self._alias(event, place)
        self._tree.values[place] = self._at(event)
        tag = _plain_tag(event)
        if tag is None:
            raise self._error(event, f"the tag {event.tag} is not allowed", "write the value without a tag")
        before = self._nodes
        marked = len(self._tree.keys), len(self._tree.values) - 1
        if event.anchor:
            self._anchors[event.anchor] = None
        if kind == "ScalarEvent":
            data = self._scalar(event, tag)
        elif kind == "SequenceStartEvent":
            data = self._sequence(place)
        else:
            data = self._mapping(place)
        if event.anchor:
            self._anchors[event.anchor] = self._snapshot(data, len(place), marked, self._nodes - before + 1)
        return data

    def _count(self, event: Any, nodes: int, depth: int) -> None:
        self._nodes += nodes
        if self._nodes > self._limits.values:
            raise self._error(event, f"unfolds to more than {self._limits.values} values", "remove nested aliases")
        if depth > self._limits.depth:
            raise self._error(event, f"is nested too deep: deeper than {self._limits.depth} levels")

    def _alias(self, event: Any, place: Place) -> Any:
        if not self._limits.aliases:
            raise self._error(event, "aliases (*name) are not read here; write the value out")
        anchor = self._anchors.get(event.anchor, _MISSING)
        if anchor is _MISSING:
            raise self._error(event, f"unknown alias *{event.anchor}")
        if anchor is None:
            raise self._error(event, f"the alias *{event.anchor} contains itself")
        assert isinstance(anchor, _Anchor)
        deepest = max((len(inner) for inner in anchor.values), default=0)
        self._count(event, anchor.size, len(place) + deepest)
        self._tree.keys.update({place + inner: position for inner, position in anchor.keys.items() if inner})
        self._tree.values.update({place + inner: position for inner, position in anchor.values.items()})
        return _copy(anchor.data)

    def _snapshot(self, data: Any, depth: int, marked: tuple[int, int], size: int) -> _Anchor:
        """Keep a named value; the positions noted since ``marked`` (counts of keys and values) are those inside it."""
        keys = {place[depth:]: at for place, at in islice(self._tree.keys.items(), marked[0], None)}
        values = {place[depth:]: at for place, at in islice(self._tree.values.items(), marked[1], None)}
        return _Anchor(data, keys, values, size)

    def _scalar(self, event: Any, tag: str) -> Any:
        if not event.value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in event.value):
            raise self._error(event, "is not a text: it has half a character in it")
        if tag == "str" or (not tag and event.style in ("'", '"', "|", ">")):
            return event.value
        value = resolve_scalar(event.value)
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            raise self._error(event, f"the number {event.value} is too large")
        if isinstance(value, int) and abs(value) >= 1 << 63:
            raise self._error(event, f"the number {event.value[:20]} is too large")
        return value

    def _sequence(self, place: Place) -> list[Any]:
        items: list[Any] = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            items.append(self._value(event, (*place, len(items))))
        return items

    def _mapping(self, place: Place) -> dict[str, Any]:
        data: dict[str, Any] = {}
        merged: list[tuple[Any, Any]] = []
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                raise self._error(event, "a key must be a word")
            self._count(event, 1, len(place))
            name, position = event.value, self._at(event)
            if not name.isprintable() or len(name) > 200:
                raise self._error(event, "a key must be a short word")
            if name in data:
                first = self._tree.keys[(*place, name)]
                message = f"the key {name!r} is there twice; no key stands twice in a mapping"
                raise self._error(event, message, f"it is first at line {first.line}")
            value_event = next(self._events)
            self._tree.keys[(*place, name)] = position
            data[name] = self._value(value_event, (*place, name))
            if name == "<<" and event.style is None:
                merged.append((event, data.pop(name)))
        for event, values in merged:
            self._merge(event, place, data, values if isinstance(values, list) else [values])
        return data

    def _merge(self, event: Any, place: Place, data: dict[str, Any], values: list[Any]) -> None:
        """Take over the keys of aliased mappings (``<<: *name``) that the mapping does not have itself."""
        tree = self._tree
        for number, value in enumerate(values):
            if not isinstance(value, dict):
                raise self._error(event, "<< takes a mapping, such as <<: *name")
            for name, inner in value.items():
                if name in data:
                    continue
                data[name] = inner
                for marks in (tree.keys, tree.values):
                    for base in ((*place, "<<", name), (*place, "<<", number, name)):
                        moved = {mark: at for mark, at in marks.items() if mark[: len(base)] == base}
                        marks.update({(*place, name, *mark[len(base) :]): at for mark, at in moved.items()})


_MISSING = object()


def _plain_tag(event: Any) -> str | None:
    """Return ``""`` for no tag, the short name of a core tag, or None for one that is not allowed."""
    tag = str(event.tag) if event.tag else ""
    if not tag or tag == "!":
        return "str" if tag else ""
    name = tag.removeprefix(_TAG)
    return name if tag.startswith(_TAG) and name in ("str", "int", "float", "bool", "null", "map", "seq") else None


def resolve_scalar(text: str) -> Any:
    """Return the value of a plain YAML scalar: null, truth value, number or text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text) and len(text) <= 40:
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        return int(text, base) if base != 10 else int(text)
    if _FLOAT.fullmatch(text) and len(text) <= 80:
        return float(text)
    return text


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _copy(inner) for name, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value
