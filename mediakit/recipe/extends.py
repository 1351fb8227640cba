"""``extends``: a recipe that builds on others. Their mappings are merged, everything else is replaced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mediakit.errors import InputError
from mediakit.media.yamltree import Place, Tree
from mediakit.recipe.model import MERGED
from mediakit.recipe.reading import read_yaml

_DEEPEST = 20


def read_recipe_tree(path: Path, opened: tuple[Path, ...] = ()) -> Tree:
    """Read a recipe with all that it builds on.

    Raises:
        InputError: a file is missing.
        RecipeError: not a recipe, or recipes that build on each other in a loop.
    """
    tree = read_yaml(path)
    if not isinstance(tree.data, dict):
        kind = "a list" if isinstance(tree.data, list) else "not a mapping"
        raise tree.error((), f"a recipe is a mapping of keys, this is {kind}", "begin with name:, inputs: and steps:")
    opened = (*opened, path.resolve())
    made: Tree | None = None
    for place, name in _bases(tree):
        base = path.parent / name
        if base.resolve() in opened:
            loop = " → ".join(one.name for one in [*opened[opened.index(base.resolve()) :], base])
            raise tree.error(place, f"recipes extend each other in a loop: {loop}")
        if len(opened) > _DEEPEST:
            raise tree.error(place, f"more than {_DEEPEST} recipes extend each other")
        if not base.is_file():
            position = tree.position(place)
            raise InputError(f"extends {name}, and there is no such file", where=str(position))
        below = read_recipe_tree(base, opened)
        made = below if made is None else _merge(made, below)
    tree.data.pop("extends", None)
    return tree if made is None else _merge(made, tree)


def _bases(tree: Tree) -> list[tuple[Place, str]]:
    value = tree.data.get("extends")
    if value is None:
        return []
    listed = value if isinstance(value, list) else [value]
    bases: list[tuple[Place, str]] = []
    for number, name in enumerate(listed):
        place: Place = ("extends", number) if isinstance(value, list) else ("extends",)
        if not isinstance(name, str) or not name:
            raise tree.error(place, "extends takes the path of a recipe, or a list of paths")
        bases.append((place, name))
    return bases


def _merge(base: Tree, over: Tree) -> Tree:
    merged = Tree(dict(base.data), over.file, dict(base.keys), dict(base.values))
    merged.values[()] = over.position(())
    for name in over.data:
        if name in MERGED and isinstance(base.data.get(name), dict) and isinstance(over.data[name], dict):
            merged.data[name] = _merge_mapping(merged, base.data[name], over, over.data[name], (name,))
        else:
            replace_at(merged, over, (name,))
            merged.data[name] = over.data[name]
    return merged


def _merge_mapping(
    merged: Tree, base: dict[str, Any], over: Tree, data: dict[str, Any], place: Place
) -> dict[str, Any]:
    made = dict(base)
    for name, value in data.items():
        inner = (*place, name)
        if isinstance(value, dict) and isinstance(made.get(name), dict):
            made[name] = _merge_mapping(merged, made[name], over, value, inner)
        else:
            replace_at(merged, over, inner)
            made[name] = value
    return made


def replace_at(merged: Tree, over: Tree, place: Place) -> None:
    """Put ``over``'s positions at and below a place instead of ``merged``'s."""
    depth = len(place)
    for mine, theirs in ((merged.keys, over.keys), (merged.values, over.values)):
        for known in [known for known in mine if known[:depth] == place]:
            del mine[known]
        mine.update({known: at for known, at in theirs.items() if known[:depth] == place})
