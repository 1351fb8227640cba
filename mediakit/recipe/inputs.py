"""A recipe's inputs: patterns that make a batch of items, sidecars paired by ``{stem}``, a matrix that multiplies."""

from __future__ import annotations

import glob
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

from mediakit.errors import InputError
from mediakit.media.yamltree import Place, Tree
from mediakit.recipe.matching import MOST_FILES, Match, has_wildcards, is_pattern, list_media, match_files
from mediakit.recipe.variables import Variables

Given = str | Sequence[str | None] | None
"""What a recipe says of an input: a path or pattern, several to choose from, or nothing."""

_PAIRED = re.compile(r"\{(stem|folder)\}")
_UNFIT = re.compile(r"[/\\\0-\x1f\x7f]+")
_LONGEST_NAME = 180


@dataclass(frozen=True)
class Item:
    """One item of a batch.

    Attributes:
        name: its id and its folder's name; empty where there is only one.
        stem: name of the file that the pattern matched, without suffix.
        inputs: input files by name; one that may be missing, and is, has none.
        values: matrix values by name.
    """

    name: str
    stem: str
    inputs: Mapping[str, Path]
    values: Mapping[str, Any]


@dataclass(frozen=True)
class _Wanted:
    """An input as the recipe gives it, variables put in.

    Attributes:
        choices: what to try in turn.
        optional: whether it may be missing.
        globs: the choices that are globs, once the matched file's name is in them.
    """

    choices: tuple[str, ...]
    optional: bool = False
    globs: frozenset[str] = frozenset()


def find_items(
    tree: Tree,
    raw: Mapping[str, Given],
    matrix: Mapping[str, list[Any]],
    variables: Mapping[str, Any],
    output: Path | None = None,
) -> list[Item]:
    """Return a recipe's items in order of their names.

    Args:
        tree: the recipe, for positions.
        raw: its ``inputs``.
        matrix: its ``matrix``.
        variables: its ``variables``.
        output: where it publishes; what lies there is no item.

    Raises:
        InputError: an input is missing, a pattern matches nothing.
        RecipeError: two patterns, ``{stem}`` without a pattern, an unknown variable.
    """
    for name, listed in matrix.items():
        if not listed:
            raise tree.error(("matrix", name), f"the matrix list {name!r} is empty")
    items: list[Item] = []
    for combination in product(*matrix.values()):
        values = dict(zip(matrix, combination, strict=True))
        texts = Variables(tree, variables, values)
        wanted = {name: _read(texts, name, given) for name, given in raw.items()}
        items += _expand(tree, wanted, values, output)
        if len(items) > MOST_FILES:
            raise tree.error(("matrix",), f"the recipe makes more than {MOST_FILES} items")
    return _distinct(tree, items)


def _read(texts: Variables, name: str, given: Given) -> _Wanted:
    listed = given if isinstance(given, list) else [given]
    made = [texts.substitute(one, ("inputs", name)) for one in listed]
    choices = tuple(str(one) for one in made if one is not None)
    return _Wanted(choices, optional=len(choices) < len(made))


def _expand(tree: Tree, wanted: Mapping[str, _Wanted], values: Mapping[str, Any], output: Path | None) -> list[Item]:
    patterns = [name for name, one in wanted.items() if _is_many(tree, name, one)]
    if len(patterns) > 1:
        first, second = patterns[:2]
        raise tree.error(
            ("inputs", second),
            f"{first!r} and {second!r} are both globs or folders; only one can be",
            f"pair {second} with {first} by its name, as in some/folder/{{stem}}.txt",
        )
    suffix = "-".join(_fit(str(value)) for value in values.values())
    if patterns:
        main = patterns[0]
        found = _list_matches(tree, main, wanted[main].choices[0], output)
        return [_pair(tree, wanted, main, match, suffix, values) for match in found]
    for name, one in wanted.items():
        if any(_PAIRED.search(choice) for choice in one.choices):
            hint = "make one input a folder, or a glob such as episodes/*.mp4"
            raise tree.error(("inputs", name), "{stem} pairs files with a glob, and no input is one", hint)
    return [Item(suffix, "", _choose_all(tree, wanted), values)]


def _is_many(tree: Tree, name: str, wanted: _Wanted) -> bool:
    """Tell whether an input stands for many files; one of several choices never does."""
    if len(wanted.choices) != 1 or wanted.optional or _PAIRED.search(wanted.choices[0]):
        return False
    base = base_folder(tree, ("inputs", name))
    text = wanted.choices[0]
    return text.endswith("/") or is_pattern(base, text)


def _list_matches(tree: Tree, name: str, text: str, output: Path | None) -> list[Match]:
    """Return the files that an input stands for, without those below the output folder."""
    place = ("inputs", name)
    base = base_folder(tree, place)
    folder = base / Path(text).expanduser()
    is_folder = text.endswith("/")
    if is_folder and not folder.is_dir():
        raise InputError(f"no such folder: {folder}", where=str(tree.position(place)), hint=f"check the input {name!r}")
    found = list_media(folder) if is_folder else match_files(base, text)
    if output is not None:
        own = output.resolve()
        found = [match for match in found if not _is_published(match, own)]
    if not found:
        message = f"the folder holds no media files: {folder}" if is_folder else f"no file matches {text}"
        hint = "for its sub-folders write **/*.mp4" if is_folder else "check the folder and the pattern"
        raise InputError(message, where=str(tree.position(place)), hint=hint)
    return found


def _is_published(match: Match, output: Path) -> bool:
    """Tell whether a file lies in the output folder, and was only met there on the way through sub-folders."""
    began = match.path.parents[len(match.inner)].resolve()
    return match.path.resolve().is_relative_to(output) and not began.is_relative_to(output)


def _pair(
    tree: Tree,
    wanted: Mapping[str, _Wanted],
    main: str,
    match: Match,
    suffix: str,
    values: Mapping[str, Any],
) -> Item:
    paired = {name: _fill_all(one, match.path) for name, one in wanted.items() if name != main}
    inputs = {main: match.path, **_choose_all(tree, paired, match.path.name)}
    name = _fit("-".join([*match.inner, match.path.stem]))
    ordered = {known: inputs[known] for known in wanted if known in inputs}
    return Item(f"{name}-{suffix}" if suffix else name, match.path.stem, ordered, values)


def _fill_all(wanted: _Wanted, path: Path) -> _Wanted:
    """Return an input with the matched file's name and folder in its choices."""
    told = {"stem": path.stem, "folder": str(path.parent)}
    made: list[str] = []
    globs: set[str] = set()
    for text in wanted.choices:
        is_glob = has_wildcards(_PAIRED.sub("", text))
        words = {key: glob.escape(value) for key, value in told.items()} if is_glob else told
        filled = _put_in(text, words)
        made.append(filled)
        if is_glob:
            globs.add(filled)
    return replace(wanted, choices=tuple(made), globs=frozenset(globs))


def _put_in(text: str, words: Mapping[str, str]) -> str:
    return _PAIRED.sub(lambda match: words[match[1]], text)


def _choose_all(tree: Tree, wanted: Mapping[str, _Wanted], item: str = "") -> dict[str, Path]:
    """Return the file of every input; one that may be missing, and is, gets none."""
    chosen: dict[str, Path] = {}
    for name, one in wanted.items():
        path = _choose(tree, name, one, item)
        if path is not None:
            chosen[name] = path
    return chosen


def _choose(tree: Tree, name: str, wanted: _Wanted, item: str) -> Path | None:
    place: Place = ("inputs", name)
    base = base_folder(tree, place)
    last = len(wanted.choices) - 1
    for number, text in enumerate(wanted.choices):
        required = number == last and not wanted.optional
        if text in wanted.globs:
            found = match_files(base, text)
            if len(found) > 1:
                names = ", ".join(one.path.name for one in found[:3])
                raise tree.error(place, f"{len(found)} files fit {item}: {names}")
            if found:
                return found[0].path
            if required:
                hint = "check the folder and the pattern"
                raise InputError(f"no file matches {text}", where=str(tree.position(place)), hint=hint)
        elif required or (base / Path(text).expanduser()).exists():
            return _existing(tree, name, text)
    return None


def base_folder(tree: Tree, place: Place) -> Path:
    """Return the folder that a path at a place is relative to: the file's it stands in, or the current one."""
    file = tree.position(place).file
    return Path() if file.startswith("--set ") else Path(file).parent


def _existing(tree: Tree, name: str, text: str) -> Path:
    place = ("inputs", name)
    if not text:
        raise tree.error(place, f"the input {name!r} is empty", "write the file's path")
    path = (base_folder(tree, place) / Path(text).expanduser()).absolute()
    if not path.exists():
        raise InputError(f"no such file: {path}", where=str(tree.position(place)), hint=f"check the input {name!r}")
    if path.is_dir():
        hint = "end it with / to take every media file in it"
        raise InputError(f"is a folder, not a file: {path}", where=str(tree.position(place)), hint=hint)
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
                "give the files names of their own, or name one kind only, such as *.mp4",
            )
    return sorted(items, key=lambda item: item.name)
