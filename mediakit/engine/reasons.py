"""Why a node's output has to be made: the difference between what it was made of and what it would be made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mediakit.engine.keys import Ingredients

_LONGEST = 40
_DIGEST = re.compile(r"\b[0-9a-f]{32,}\b")


def explain(before: Ingredients | None, now: Ingredients, *, same_key: bool) -> tuple[str, ...]:
    """Return in words what changed; ``same_key`` says that nothing did and the result itself is gone."""
    if before is None or before.step != now.step:
        return ("not made yet",)
    if same_key:
        return ("its cached result is gone",)
    found = [
        *_explain_version(before, now),
        *(f"settings changed: {text}" for text in _differences(before.settings, now.settings)),
        *_explain_inputs(before, now),
        *(f"{name} {old} → {new}" for name, old, new in _changed(before.tools, now.tools)),
    ]
    if before.stem != now.stem:
        found.append(f"the main input is called {now.stem} now")
    return tuple(found) or ("made of other things",)


def _explain_version(before: Ingredients, now: Ingredients) -> Iterator[str]:
    if before.version != now.version:
        yield f"{now.step} works differently now (version {before.version} → {now.version})"


def _explain_inputs(before: Ingredients, now: Ingredients) -> Iterator[str]:
    for port in sorted({*before.inputs, *now.inputs}):
        old, new = before.inputs.get(port), now.inputs.get(port)
        name = now.names.get(port) or before.names.get(port) or port
        if old == new:
            continue
        if old is None:
            yield f"{name} is new"
        elif new is None:
            yield f"{name} is no longer there"
        elif before.names.get(port, name) != name:
            yield f"{port} is {name} now instead of {before.names[port]}"
        else:
            yield f"{name} changed"


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    for name, old, new in _compare(before, now, ""):
        yield f"{name} {old} → {new}"


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for name in sorted({*before, *now}):
        old, new = before.get(name), now.get(name)
        if old != new:
            yield name, _show(old), _show(new)


def _compare(old: Any, new: Any, name: str) -> Iterator[tuple[str, str, str]]:
    """Yield (name, old, new) of what differs, as deep as both sides are alike in shape."""
    if old == new:
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _compare(old.get(key), new.get(key), f"{name}.{key}" if name else key)
    elif _is_table(old) and _is_table(new):
        if len(old) == len(new):
            for number, (one, two) in enumerate(zip(old, new, strict=True), 1):
                yield from _compare(one, two, f"{name}.{number}")
        else:
            yield name, f"{len(old)} entries", f"{len(new)} entries"
    else:
        yield name, _show(old), _show(new)


def _is_table(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(isinstance(entry, Mapping) for entry in value)


def _show(value: Any) -> str:
    if value is None:
        return "none"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = _DIGEST.sub(lambda match: match[0][:8], text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
