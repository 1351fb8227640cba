"""Files of people that are a list of entries: checked against a model, with the entry that is wrong and its line."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from mediakit.media.mistakes import find_mistakes

if TYPE_CHECKING:
    from mediakit.media.yamltree import Tree

_Model = TypeVar("_Model", bound=BaseModel)


def parse_entries(tree: Tree, model: type[_Model], kind: str, hint: str) -> _Model:
    """Return a file's tree as a model that has ``entries``.

    Args:
        tree: as read.
        model: what it must be.
        kind: what the file is called in messages: ``glossary``.
        hint: what an entry is.

    Raises:
        RecipeError: not such a list; names the entry that is wrong, and its line.
    """
    if not isinstance(tree.data, dict) or "entries" not in tree.data:
        raise tree.error((), f"is not a {kind}: it has no `entries:`")
    try:
        return model.model_validate(tree.data)
    except ValidationError as exc:
        mistake = find_mistakes(exc, model, tree.data)[0]
        counted = [part + 1 if isinstance(part, int) else part for part in mistake.place]
        message = f"not a valid {kind}: {mistake.describe(counted)}"
        raise tree.error(mistake.place, message, hint, at_key=True) from exc
