"""YAML for people: plain data with the line and column of every value, so that an error can point at it.

Aliases are refused: hand-written lists need none, and nested ones can grow without bound.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mediakit.errors import InputError, RecipeError

MAX_YAML_BYTES = 4 << 20
_DEEPEST = 40

Key = tuple[str | int, ...]


@dataclass(frozen=True)
class Located:
    """Plain data of a YAML file; ``positions`` maps a path of keys to (line, column), counted from 1."""

    value: Any
    file: Path
    positions: dict[Key, tuple[int, int]] = field(default_factory=dict, repr=False)

    def error(self, message: str, path: Key = (), hint: str | None = None) -> RecipeError:
        """Return an error at a path, or at the nearest thing above it that stands in the file."""
        while path and path not in self.positions:
            path = path[:-1]
        line, column = self.positions.get(path, (None, None))
        return RecipeError(message, file=self.file, line=line, column=column, hint=hint)


def read_yaml(path: Path) -> Located:
    """Read one YAML document.

    Raises:
        InputError: missing, unreadable or too large.
        RecipeError: not YAML, with aliases, with a key twice, or nested too deep.
    """
    try:
        if path.stat().st_size > MAX_YAML_BYTES:
            raise InputError(f"is larger than a list can be ({MAX_YAML_BYTES >> 20} MB)", where=path)
        text = path.read_text(encoding="utf-8-sig")
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path, hint="check the path") from exc
    except UnicodeDecodeError as exc:
        raise InputError("is not UTF-8 text", where=path) from exc
    return parse_yaml(text, path)


def parse_yaml(text: str, file: Path) -> Located:
    """Parse one YAML document; see `read_yaml`."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError
    from ruamel.yaml.events import AliasEvent

    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, AliasEvent):
                mark = event.start_mark
                message = "aliases (*name) are not read here; write the value out"
                raise RecipeError(message, file=file, line=mark.line + 1, column=mark.column + 1)
        node = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        problem = str(getattr(exc, "problem", None) or exc).split("\n")[0]
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise RecipeError(f"is not YAML: {problem}", file=file, line=line, column=column) from exc
    except RecursionError as exc:
        raise RecipeError("is nested too deep", file=file) from exc
    positions: dict[Key, tuple[int, int]] = {}
    return Located(_plain(node, (), positions, file), file, positions)


def _plain(node: Any, path: Key, positions: dict[Key, tuple[int, int]], file: Path) -> Any:
    """Return the data of a node, and note where it and everything in it stands."""
    if node is None:
        return None
    here = (node.start_mark.line + 1, node.start_mark.column + 1)
    positions.setdefault(path, here)
    if len(path) > _DEEPEST:
        raise RecipeError("is nested too deep", file=file, line=here[0], column=here[1])
    if node.id == "sequence":
        return [_plain(child, (*path, k), positions, file) for k, child in enumerate(node.value)]
    if node.id != "mapping":
        return _scalar(node)
    made: dict[str, Any] = {}
    for key_node, child in node.value:
        key = str(key_node.value)
        mark = key_node.start_mark
        if key_node.id != "scalar" or key in made:
            message = f"the key {key!r} stands twice" if key_node.id == "scalar" else "a key must be a plain word"
            raise RecipeError(message, file=file, line=mark.line + 1, column=mark.column + 1)
        positions[(*path, key)] = (mark.line + 1, mark.column + 1)
        made[key] = _plain(child, (*path, key), positions, file)
    return made


def _scalar(node: Any) -> Any:
    kind = str(node.tag).rpartition(":")[2]
    text = str(node.value)
    if kind == "null":
        return None
    if kind == "bool":
        return text.lower() in ("true", "yes", "on")
    if kind in ("int", "float") and ":" not in text:
        try:
            return int(text) if kind == "int" else float(text)
        except ValueError:
            return text
    return text
