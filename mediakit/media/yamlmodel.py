"""Reading a YAML file that people write into a model; errors name line, column and the nearest right word."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from mediakit.media.mistakes import Mistake, find_mistakes
from mediakit.media.yamltree import Limits, Tree, read_yaml

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True)
class Written(Generic[Model]):
    """What was read: the value, and the tree that knows where each key stands."""

    value: Model
    tree: Tree


def read_model(
    path: Path,
    model: type[Model],
    *,
    wanted: str,
    hint: str | None = None,
    said: Mapping[str, str] | None = None,
    otherwise: str | None = None,
    limits: Limits | None = None,
    placed: Callable[[Mistake, Tree], Mistake] | None = None,
) -> Written[Model]:
    """Read and check a file whose root is a mapping.

    Args:
        path: the file.
        model: what it holds.
        wanted: what is said where its root is no mapping, such as "a brand file must be a mapping".
        hint: the remedy for that.
        said: what is said in place of the model's own words, by kind of mistake.
        otherwise: the hint for mistakes that have none of their own.
        limits: how large the file may be.
        placed: moves a mistake to the word that it is about, where the model names a place around it.

    Raises:
        InputError: missing or unreadable.
        RecipeError: wrong at a line and column, with the nearest right word where there is one.
    """
    tree = read_yaml(path) if limits is None else read_yaml(path, limits)
    if not isinstance(tree.data, dict):
        raise tree.error((), wanted, hint)
    try:
        return Written(model.model_validate(tree.data), tree)
    except ValidationError as exc:
        mistake = find_mistakes(exc, model, tree.data)[0]
        if said and mistake.kind in said:
            mistake = replace(mistake, kind="value_error", text=said[mistake.kind])
        if placed is not None:
            mistake = placed(mistake, tree)
        raise tree.error(mistake.place, mistake.message, mistake.hint or otherwise, at_key=True) from exc
