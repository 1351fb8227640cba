"""Variables in a recipe's text: ``$name`` (ASCII letters, digits, ``_``) and ``${name}``; ``$$`` is a dollar sign.

A value that is nothing but a variable takes the variable's value with its type; inside other text it becomes text.
Variables may use variables; loops are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mediakit.media.mistakes import suggest
from mediakit.media.yamltree import Place, Tree

_USE = re.compile(r"\$(?:(\$)|\{([^{}$]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_NAME = re.compile(r"[^\W\d][\w-]*")
_LONGEST = 1 << 16


def is_name(text: str) -> bool:
    """Tell whether a text can name a variable or an input."""
    return _NAME.fullmatch(text) is not None


class Variables:
    """The variables of one item.

    Args:
        tree: the recipe, for the positions in messages.
        raw: the recipe's ``variables`` (unresolved, may use each other).
        given: further names with final values, which come first: inputs, matrix values, ``item``, ``stem``.
    """

    def __init__(self, tree: Tree, raw: Mapping[str, Any], given: Mapping[str, Any]) -> None:
        self._tree = tree
        self._raw = raw
        self._values: dict[str, Any] = dict(given)
        self._open: list[str] = []

    def substitute(self, value: Any, place: Place) -> Any:
        """Return a value with its variables put in, at every depth.

        Raises:
            RecipeError: an unknown variable, a loop, a list or mapping inside text.
        """
        if isinstance(value, str):
            return self._in_text(value, place)
        if isinstance(value, list):
            return [self.substitute(inner, (*place, number)) for number, inner in enumerate(value)]
        if isinstance(value, dict):
            return {name: self.substitute(inner, (*place, name)) for name, inner in value.items()}
        return value

    def _in_text(self, text: str, place: Place) -> Any:
        if "$" not in text:
            return text
        whole = _USE.fullmatch(text)
        if whole and not whole[1]:
            return self._value(whole, place)
        made = _USE.sub(lambda match: "$" if match[1] else self._as_text(match, place), text)
        if len(made) > _LONGEST:
            raise self._tree.error(place, "becomes too long with its variables put in")
        return made

    def _as_text(self, match: re.Match[str], place: Place) -> str:
        value = self._value(match, place)
        if isinstance(value, list | dict):
            raise self._tree.error(
                place, f"{match[0]} holds a {'list' if isinstance(value, list) else 'mapping'}, which text can't hold"
            )
        if isinstance(value, bool):
            return "true" if value else "false"
        return "" if value is None else str(value)

    def _value(self, match: re.Match[str], place: Place) -> Any:
        name = match[2] if match[2] is not None else match[3]
        if name in self._values:
            return self._values[name]
        if name not in self._raw:
            hint = f"{suggest(name, [*self._raw, *self._values])} (a dollar sign is written $$)"
            raise self._tree.error(place, f"unknown variable {name!r}", hint)
        if name in self._open:
            loop = " → ".join([*self._open[self._open.index(name) :], name])
            raise self._tree.error(("variables", name), f"variables go in a loop: {loop}", at_key=True)
        self._open.append(name)
        try:
            self._values[name] = self.substitute(self._raw[name], ("variables", name))
        finally:
            self._open.pop()
        return self._values[name]

    def check_all(self) -> None:
        """Resolve every variable, used or not, so that mistakes show."""
        for name in self._raw:
            self.substitute(f"${{{name}}}", ("variables", name))
