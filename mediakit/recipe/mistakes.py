"""Mistakes in settings, put into words: which key, what is wrong, the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

Place = tuple[str | int, ...]

_LISTED = 12
_NOTHING = object()


@dataclass(frozen=True)
class Mistake:
    """One wrong key or value.

    Attributes:
        place: keys and list positions that lead to it.
        message: what is wrong, in one line.
        hint: the remedy.
        at_key: whether the key itself is wrong, not its value.
    """

    place: Place
    message: str
    hint: str | None = None
    at_key: bool = False


def suggest(word: str, words: Iterable[str]) -> str:
    """Return ``did you mean …?`` with the nearest right word, else the list of right words."""
    known = sorted(set(words))
    near = get_close_matches(word, known, 1, 0.5) or get_close_matches(word.lower(), known, 1, 0.5)
    if near:
        return f"did you mean {near[0]}?"
    if not known:
        return "there are none"
    more = ", …" if len(known) > _LISTED else ""
    return f"known: {', '.join(known[:_LISTED])}{more}"


def find_mistakes(error: ValidationError, model: type[BaseModel], raw: Any = None) -> list[Mistake]:
    """Return the mistakes that a validation (of ``raw``, where it is at hand) found, unknown keys first."""
    found = [_describe(dict(detail), model, raw) for detail in error.errors(include_url=False)]
    return sorted(found, key=lambda mistake: not mistake.at_key)


def _describe(detail: dict[str, Any], model: type[BaseModel], raw: Any) -> Mistake:
    if detail["type"] == "missing":
        place = _real_place(detail["loc"][:-1], raw)
        return Mistake(place, f"the key {str(detail['loc'][-1])!r} is missing")
    place = _real_place(detail["loc"], raw)
    name = str(place[-1]) if place else ""
    if detail["type"] == "extra_forbidden":
        return Mistake(place, f"unknown key {name!r}", suggest(name, _keys_at(model, place[:-1])), at_key=True)
    message = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if detail["type"] not in ("value_error", "assertion_error"):
        message = f"{message[:1].lower()}{message[1:]}, got {_show(detail.get('input'))}"
    hint = None
    expected = (detail.get("ctx") or {}).get("expected")
    if detail["type"] == "literal_error" and isinstance(expected, str):
        hint = suggest(
            str(detail.get("input")), [word.strip(" '\"") for word in expected.replace(" or ", ",").split(",")]
        )
    where = ".".join(str(part) for part in place)
    return Mistake(place, f"{where}: {message}" if where else message, hint)


def _real_place(loc: Sequence[str | int], raw: Any) -> Place:
    """Return the part of pydantic's location that exists in the input (it also names types and validators)."""
    if raw is None:
        return tuple(part for part in loc if isinstance(part, int) or not {"[", "("} & set(part))
    place: list[str | int] = []
    for part in loc:
        inner = _inside(raw, part)
        if inner is not _NOTHING:
            raw = inner
            place.append(part)
    return tuple(place)


def _inside(raw: Any, part: str | int) -> Any:
    if isinstance(raw, dict):
        return raw.get(part, _NOTHING)
    if isinstance(raw, list | tuple) and isinstance(part, int) and part < len(raw):
        return raw[part]
    return _NOTHING


def _show(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _keys_at(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """Return the right keys of the model at a place, as far as it can be told."""
    from pydantic import BaseModel

    current: Any = model
    for part in place:
        if isinstance(part, int):
            continue
        if not (isinstance(current, type) and issubclass(current, BaseModel)):
            return []
        named = {info.alias or name: info for name, info in current.model_fields.items()}
        info = named.get(part) or current.model_fields.get(part)
        current = _model_in(info.annotation) if info is not None else None
    if not (isinstance(current, type) and issubclass(current, BaseModel)):
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _model_in(annotation: Any) -> Any:
    """Return the model inside an annotation such as ``tuple[Model, ...] | None``."""
    from pydantic import BaseModel

    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in get_args(annotation):
        found = _model_in(inner)
        if found is not None:
            return found
    return None
