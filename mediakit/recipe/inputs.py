"""A recipe's inputs: globs that make a batch of items, sidecars paired by ``{stem}``, a matrix that multiplies."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from mediakit.errors import InputError
from mediakit.media.yamltree import Place, Tree
from mediakit.recipe.variables import Variables

_STEM = "{stem}"
_GLOB = re.compile(r"[*?\[]")
_UNFIT = re.compile(r"[/\\\0-\x1f\x7f]+")
_LONGEST_NAME = 180
_MOST_ITEMS = 20_000


@dataclass(frozen=True)
class Item:
    """One item of a batch.

    Attributes:
        name: its id and its folder's name; empty where there is only one.
        stem: name of the file that the glob matched, without suffix.
        inputs: input files by name.
        values: matrix values by name.
    """

    name: str
    stem: str
    inputs: Mapping[str, Path]
    values: Mapping[str, Any]


def find_items(
    tree: Tree, raw: Mapping[str, str], matrix: Mapping[str, list[Any]], variables: Mapping[str, Any]
) -> list[Item]:
    """Return a recipe's items in order of their names.

    Args:
        tree: the recipe, for positions.
        raw: its ``inputs``.
        matrix: its ``matrix``.
        variables: its ``variables``.

    Raises:
        InputError: an input is missing, a glob matches nothing.
        RecipeError: two globs, ``{stem}`` without a glob, an unknown variable.
    """
    for name, listed in matrix.items():
        if not listed:
            raise tree.error(("matrix", name), f"the matrix list {name!r} is empty")
    items: list[Item] = []
    for combination in product(*matrix.values()):
        values = dict(zip(matrix, combination, strict=True))
        texts = Variables(tree, variables, values)
        patterns = {name: str(texts.substitute(text, ("inputs", name))) for name, text in raw.items()}
        items += _expand(tree, patterns, values)
        if len(items) > _MOST_ITEMS:
            raise tree.error(("matrix",), f"the recipe makes more than {_MOST_ITEMS} items")
    return _distinct(tree, items)


def _expand(tree: Tree, patterns: Mapping[str, str], values: Mapping[str, Any]) -> list[Item]:
    globs = [name for name, pattern in patterns.items() if _STEM not in pattern and _is_glob(tree, name, pattern)]
    if len(globs) > 1:
        first, second = globs[:2]
        raise tree.error(
            ("inputs", second),
            f"{first!r} and {second!r} are both globs; only one can be",
            f"pair {second} with {first} by its name, as in some/folder/{{stem}}.txt",
        )
    suffix = "-".join(_fit(str(value)) for value in values.values())
    if not globs:
        for name, pattern in patterns.items():
            if _STEM in pattern:
                hint = "make one input a glob, such as episodes/*.mp4"
                raise tree.error(("inputs", name), "{stem} pairs files with a glob, and no input is one", hint)
        inputs = {name: _existing(tree, name, pattern) for name, pattern in patterns.items()}
        return [Item(suffix, "", inputs, values)]
    return [
        _pair(tree, patterns, globs[0], path, relative, suffix, values)
        for relative, path in _match(tree, globs[0], patterns[globs[0]])
    ]


def _pair(
    tree: Tree,
    patterns: Mapping[str, str],
    main: str,
    path: Path,
    relative: str,
    suffix: str,
    values: Mapping[str, Any],
) -> Item:
    inputs: dict[str, Path] = {}
    for name, pattern in patterns.items():
        if name == main:
            inputs[name] = path
            continue
        paired = pattern.replace(_STEM, path.stem if not _GLOB.search(pattern) else glob.escape(path.stem))
        if _STEM in pattern and _GLOB.search(pattern):
            found = _match(tree, name, paired)
            if len(found) > 1:
                names = ", ".join(one for one, _ in found[:3])
                raise tree.error(("inputs", name), f"{len(found)} files fit {relative}: {names}")
            inputs[name] = found[0][1]
        else:
            inputs[name] = _existing(tree, name, paired)
    name = _fit(path.stem)
    return Item(f"{name}-{suffix}" if suffix else name, path.stem, inputs, values)


def base_folder(tree: Tree, place: Place) -> Path:
    """Return the folder that a path at a place is relative to: the file's it stands in, or the current one."""
    file = tree.position(place).file
    return Path() if file.startswith("--set ") else Path(file).parent


def _is_glob(tree: Tree, name: str, pattern: str) -> bool:
    if not _GLOB.search(pattern):
        return False
    return not (base_folder(tree, ("inputs", name)) / pattern).exists()


def _match(tree: Tree, name: str, pattern: str) -> list[tuple[str, Path]]:
    base = base_folder(tree, ("inputs", name))
    names = glob.iglob(pattern, root_dir=base, recursive=True)  # noqa: PTH207 - hidden files are left out
    found = sorted(name for name in names if (base / name).is_file())
    if not found:
        position = tree.position(("inputs", name))
        raise InputError(f"no file matches {pattern}", where=str(position), hint="check the folder and the pattern")
    return [(one, (base / one).absolute()) for one in found]


def _existing(tree: Tree, name: str, text: str) -> Path:
    place = ("inputs", name)
    if not text:
        raise tree.error(place, f"the input {name!r} is empty", "write the file's path")
    path = (base_folder(tree, place) / Path(text).expanduser()).absolute()
    if not path.exists():
        raise InputError(f"no such file: {path}", where=str(tree.position(place)), hint=f"check the input {name!r}")
    if path.is_dir():
        raise InputError(f"is a folder, not a file: {path}", where=str(tree.position(place)))
    return path


def _fit(text: str) -> str:
    """Return a text that can name a folder."""
    name = _UNFIT.sub("-", text).strip() or "item"
    name = f"_{name[1:]}" if name.startswith(".") else name
    while len(name.encode()) > _LONGEST_NAME:
        name = name[:-1]
    return name


def _distinct(tree: Tree, items: list[Item]) -> list[Item]:
    """Refuse two items of one name (case is ignored: some file systems do)."""
    seen: dict[str, Item] = {}
    for item in items:
        other = seen.setdefault(item.name.casefold(), item)
        if other is not item:
            paths = [next(iter(one.inputs.values()), "") for one in (other, item)]
            raise tree.error(
                ("inputs",),
                f"two items would be called {item.name!r}: {paths[0]} and {paths[1]}",
                "give the files names of their own",
            )
    return sorted(items, key=lambda item: item.name)
