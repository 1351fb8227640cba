"""``--set key=value``: changes to a recipe from the command line.

``count=5`` changes a variable, an input or a top-level key; ``variables.count=5``, ``inputs.master=FILE``,
``channels.mine.fit=crop`` and ``steps.render-2.channels=[douyin]`` say exactly what. Steps are named by their id,
or by their name (``render``, the second one ``render-2``). Values are YAML scalars or ``[…]``, ``{…}``.
"""

from __future__ import annotations

from typing import Any

from mediakit.errors import UsageError
from mediakit.media.mistakes import suggest
from mediakit.media.yamltree import Place, Position, Tree, resolve_scalar
from mediakit.recipe.model import MERGED, OVERRIDABLE
from mediakit.recipe.reading import parse_yaml


def apply_sets(tree: Tree, sets: list[str]) -> None:
    """Change a recipe's tree in place.

    Raises:
        UsageError: not ``key=value``, or a key that the recipe does not have.
    """
    for text in sets:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise UsageError(f"--set {text}: write key=value")
        place = _find_place(tree, key.strip(), text)
        _put(tree, place, _parse(value, text, is_path=place[0] == "inputs"), Position(f"--set {text}"))


def _parse(value: str, text: str, *, is_path: bool) -> Any:
    stripped = value.strip()
    if is_path and stripped not in ("", "null") and stripped[:1] not in "['\"":
        return stripped
    if stripped[:1] in ("[", "{"):
        return parse_yaml(stripped, f"--set {text}").data
    if len(stripped) > 1 and stripped[0] == stripped[-1] and stripped[0] in "'\"":
        return stripped[1:-1]
    return "" if stripped == "" else resolve_scalar(stripped)


def _find_place(tree: Tree, key: str, text: str) -> Place:
    first, *rest = key.split(".")
    data = tree.data
    if not rest:
        return _find_short(tree, first, text)
    if first == "steps":
        return _find_in_step(tree, rest, text)
    if first not in MERGED:
        raise UsageError(
            f"--set {text}: no key {first!r} with others below it", hint=suggest(first, [*MERGED, "steps"])
        )
    known = data.get(first)
    names = list(known) if isinstance(known, dict) else []
    if rest[0] not in names:
        raise UsageError(f"--set {text}: the recipe's {first} have no {rest[0]!r}", hint=suggest(rest[0], names))
    return (first, *rest)


def _find_short(tree: Tree, name: str, text: str) -> Place:
    for group in ("variables", "inputs"):
        known = tree.data.get(group)
        if isinstance(known, dict) and name in known:
            return (group, name)
    if name in OVERRIDABLE:
        return (name,)
    words = [*OVERRIDABLE]
    for group in ("variables", "inputs"):
        known = tree.data.get(group)
        words += list(known) if isinstance(known, dict) else []
    raise UsageError(f"--set {text}: the recipe has no {name!r}", hint=suggest(name, words))


def _find_in_step(tree: Tree, rest: list[str], text: str) -> Place:
    steps = tree.data.get("steps")
    names: dict[str, int] = {}
    for number, step in enumerate(steps if isinstance(steps, list) else []):
        name, settings = next(iter(step.items())) if isinstance(step, dict) and len(step) == 1 else (str(step), None)
        wanted = settings.get("id") if isinstance(settings, dict) else None
        label, count = str(wanted or name), 1
        while label in names:
            count += 1
            label = f"{wanted or name}-{count}"
        names[label] = number
        if not isinstance(settings, dict):
            steps[number] = {name: {}}
    if rest[0] not in names:
        raise UsageError(f"--set {text}: the recipe has no step {rest[0]!r}", hint=suggest(rest[0], names))
    if len(rest) < 2:
        raise UsageError(f"--set {text}: say which setting, as in steps.{rest[0]}.KEY=value")
    number = names[rest[0]]
    return ("steps", number, next(iter(steps[number])), *rest[1:])


def _put(tree: Tree, place: Place, value: Any, position: Position) -> None:
    target: Any = tree.data
    for part in place[:-1]:
        inner = target.setdefault(part, {}) if isinstance(target, dict) else target[part]
        if inner is None:
            inner = target[part] = {}
        if not isinstance(inner, dict | list):
            raise UsageError(f"{position.file}: {part} holds no keys")
        target = inner
    if isinstance(target, list):
        raise UsageError(f"{position.file}: give the whole list instead of a part of it")
    target[place[-1]] = value
    for marks in (tree.keys, tree.values):
        for known in [known for known in marks if known[: len(place)] == place]:
            del marks[known]
    _mark(tree, place, value, position)


def _mark(tree: Tree, place: Place, value: Any, position: Position) -> None:
    """Note that a value, with all in it, comes from the command line."""
    tree.keys[place] = tree.values[place] = position
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, one in inner:
        _mark(tree, (*place, part), one, position)
