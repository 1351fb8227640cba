"""Mistakes in settings and files, put into words: which key, what is wrong, the nearest right word."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

if TYPE_CHECKING:
    from pydantic import BaseModel, ValidationError

    from mediakit.media.yamltree import Place

_LISTED = 12
_LIKE = 0.5
_AS_LIKE = 0.05
_NOTHING = object()


@dataclass(frozen=True)
class Mistake:
    """One wrong, unknown or missing key.

    Attributes:
        place: keys and list positions that lead to it.
        kind: pydantic's word for it, such as ``extra_forbidden`` (an unknown key) or ``missing``.
        text: what is wrong with the value, in one line.
        hint: the remedy.
    """

    place: Place
    kind: str
    text: str
    hint: str | None = None

    @property
    def at_key(self) -> bool:
        """Whether the key itself is wrong, not its value."""
        return self.kind == "extra_forbidden"

    @property
    def message(self) -> str:
        """What is wrong, for a reader who is shown the place."""
        if self.kind == "extra_forbidden":
            return f"unknown key {_last(self.place)!r}"
        if self.kind == "missing":
            return f"the key {_last(self.place)!r} is missing"
        return self.describe(self.place)

    def describe(self, place: Sequence[str | int]) -> str:
        """Return what is wrong with the whole place named, as ``place`` (its own, or seen from further out)."""
        key = ".".join(str(part) for part in place)
        if self.kind == "extra_forbidden":
            return f"{key} is not a known key"
        if self.kind == "missing":
            return f"{key} is missing"
        return f"{key}: {self.text}" if key else self.text


def _last(place: Place) -> str:
    return str(place[-1]) if place else ""


def suggest(word: str, words: Iterable[str]) -> str:
    """Return ``did you mean …?`` with the nearest right word (all of them if some are as near), else what is known."""
    from difflib import SequenceMatcher

    known = sorted(set(words))
    if not known:
        return "there are none"
    forms = {word, word.lower()}
    likeness = {one: max(SequenceMatcher(None, one, form).ratio() for form in forms) for one in known}
    least = max(_LIKE, max(likeness.values()) - _AS_LIKE)
    near = sorted((one for one in known if likeness[one] >= least), key=lambda one: -likeness[one])[:3]
    if near:
        return f"did you mean {' or '.join(near)}?"
    more = ", …" if len(known) > _LISTED else ""
    return f"known are {', '.join(known[:_LISTED])}{more}"


def find_mistakes(error: ValidationError, model: type[BaseModel], raw: Any = None) -> list[Mistake]:
    """Return the mistakes that a validation (of ``raw``, where it is at hand) found, unknown keys first."""
    found = [_describe(dict(detail), model, raw) for detail in error.errors(include_url=False)]
    return sorted(found, key=lambda mistake: not mistake.at_key)


def _describe(detail: dict[str, Any], model: type[BaseModel], raw: Any) -> Mistake:
    kind = detail["type"]
    if kind == "missing":
        return Mistake((*_real_place(detail["loc"][:-1], raw), detail["loc"][-1]), kind, "is missing")
    place = _real_place(detail["loc"], raw)
    if kind == "extra_forbidden":
        return Mistake(place, kind, "is not a known key", suggest(_last(place), _keys_at(model, place[:-1])))
    text = str(detail["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    if kind not in ("value_error", "assertion_error"):
        text = f"{text[:1].lower()}{text[1:]}, got {_show(detail.get('input'))}"
    hint = None
    expected = (detail.get("ctx") or {}).get("expected")
    if kind == "literal_error" and isinstance(expected, str):
        words = [word.strip(" '\"") for word in expected.replace(" or ", ",").split(",")]
        hint = suggest(str(detail.get("input")), words)
    return Mistake(place, kind, text, hint)


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
