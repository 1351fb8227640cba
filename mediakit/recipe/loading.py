"""From a recipe's file to a graph: read, extend, override, validate, make items, fill in, bind.

Everything that is wrong is refused here, before any work, with file, line, column and the nearest right word.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from mediakit.errors import MediakitError, RecipeError, UsageError
from mediakit.media.mistakes import Mistake, find_mistakes
from mediakit.media.yamltree import Place, Position, Tree
from mediakit.recipe.bind import Section, bind_sections, find_step
from mediakit.recipe.extends import read_recipe_tree
from mediakit.recipe.inputs import Item, base_folder, find_items
from mediakit.recipe.model import RecipeModel
from mediakit.recipe.overrides import apply_sets
from mediakit.recipe.variables import Variables, is_name
from mediakit.steps.base import StepSettings
from mediakit.steps.graph import Graph, Node
from mediakit.steps.ports import FILE
from mediakit.steps.registry import STEPS, load_step

FILLED = {
    "language": "language",
    "series": "series",
    "column": "column",
    "episode": "episode",
    "brand": "brand",
    "channels": "channel_definitions",
}
"""Top-level keys that fill in a step's setting of the given name where the step has one and its section does not."""

OUTPUT_KEYS = ("to", "output")
"""Settings that name a place below the output folder."""

_TEXTS = ("name", "language", "series", "column", "episode", "brand", "library", "output")
_QUOTED = re.compile(r"'([^']+)'|\"([^\"]+)\"")


@dataclass(frozen=True)
class Recipe:
    """A loaded recipe: its top-level values with variables put in, and one graph for all items.

    Attributes:
        name: its name.
        path: its file.
        graph: all nodes of all items; published below ``graph.output``.
        library: the asset library's folder, if it names one.
        texts: its further top-level texts (language, series, column, episode).
    """

    name: str
    path: Path
    graph: Graph
    library: Path | None
    texts: Mapping[str, str]


def load_recipe(path: Path, sets: Sequence[str] = (), *, output: Path | None = None) -> Recipe:
    """Load a recipe.

    Args:
        path: its file.
        sets: changes, each ``key=value`` (see `overrides`).
        output: where to publish instead of the folder that the recipe names.

    Raises:
        UsageError: wrong in any way; as a `RecipeError` with file, line and column where there is one.
        InputError: a file that it needs is missing.
    """
    tree = read_recipe_tree(path)
    apply_sets(tree, list(sets))
    model = _validate_top(tree)
    _check_names(tree, model)
    items = find_items(tree, model.inputs, model.matrix, model.variables, output or _own_output(path, model))
    loader = _Loader(tree, model, path)
    nodes: list[Node] = []
    for item in items:
        nodes += loader.bind(item)
    nodes += loader.bind_gathering(nodes)
    texts = loader.texts(items[0])
    folder = path.parent if output is None else output
    if output is None:
        folder = path.parent / check_output(tree, ("output",), texts["output"])
    name = texts.get("name") or path.stem
    library = (base_folder(tree, ("library",)) / texts["library"]).absolute() if "library" in texts else None
    graph = Graph(name, tuple(nodes), tuple(item.name for item in items), folder.absolute())
    return Recipe(name, path, graph, library, texts)


def _own_output(path: Path, model: RecipeModel) -> Path | None:
    """Return the recipe's own output folder, where it is known before its items are."""
    return None if "$" in model.output else path.parent / model.output


def check_output(tree: Tree, place: Place, text: str) -> str:
    """Return a place below the output folder; refuse absolute paths and ``..`` with a `RecipeError`."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or text.startswith("~") or "\\" in text or not path.parts:
        raise tree.error(place, f"{text!r} is not a path below the recipe's folder", "outputs stay inside the project")
    return text


def _validate_top(tree: Tree) -> RecipeModel:
    from pydantic import ValidationError

    try:
        return RecipeModel.model_validate(tree.data, strict=True)
    except ValidationError as exc:
        raise _as_error(tree, (), find_mistakes(exc, RecipeModel, tree.data)[0]) from exc


def _as_error(tree: Tree, prefix: Place, mistake: Mistake) -> RecipeError:
    place = (*prefix, *mistake.place)
    return tree.error(place, mistake.message, mistake.hint, at_key=mistake.at_key)


def _check_names(tree: Tree, model: RecipeModel) -> None:
    taken: dict[str, str] = {"item": "a built-in variable", "stem": "a built-in variable"}
    for group in ("variables", "inputs", "matrix"):
        for name in getattr(model, group):
            if not is_name(name):
                raise tree.error((group, name), f"{name!r} is not a name", "use letters, digits and _", at_key=True)
            if name in taken:
                raise tree.error((group, name), f"{name!r} is {taken[name]} already", "use another name", at_key=True)
            taken[name] = {"variables": "a variable", "inputs": "an input", "matrix": "a matrix list"}[group]


class _Loader:
    """Makes the nodes of one item after the other."""

    def __init__(self, tree: Tree, model: RecipeModel, path: Path) -> None:
        self._tree = tree
        self._model = model
        self._path = path
        self._channels: dict[str, Any] | None = None
        self._gathering = {number for number, raw in enumerate(model.steps) if _gathers(raw)}

    def _variables(self, item: Item) -> Variables:
        paths = {name: str(item.inputs[name]) if name in item.inputs else None for name in self._model.inputs}
        stem = item.stem or next((path.stem for path in item.inputs.values()), self._path.stem)
        given = {**paths, **item.values, "item": item.name or self._path.stem, "stem": stem}
        return Variables(self._tree, self._model.variables, given)

    def texts(self, item: Item) -> dict[str, str]:
        """Return the top-level texts of an item with its variables put in."""
        variables = self._variables(item)
        made: dict[str, str] = {}
        for name in _TEXTS:
            value = getattr(self._model, name)
            if value is not None:
                made[name] = str(variables.substitute(value, (name,)))
        return made

    def bind(self, item: Item) -> tuple[Node, ...]:
        """Return an item's nodes."""
        variables = self._variables(item)
        variables.check_all()
        texts = self.texts(item)
        texts.setdefault("episode", item.name or texts.get("name") or self._path.stem)
        filled = self._filled(texts, variables)
        steps = [one for one in enumerate(self._model.steps) if one[0] not in self._gathering]
        sections = [self._section(number, raw, variables, filled) for number, raw in steps]
        nodes = bind_sections(sections, item=item.name, inputs=item.inputs, stem=item.stem or self._path.stem)
        written = [node for node in nodes if not node.made_for]
        for section, node in zip(sections, written, strict=True):
            self._check(section, node)
        return nodes

    def bind_gathering(self, nodes: Sequence[Node]) -> tuple[Node, ...]:
        """Return the nodes that gather: each stands once for all items and takes from all of their nodes."""
        steps = [one for one in enumerate(self._model.steps) if one[0] in self._gathering]
        if not steps:
            return ()
        variables = Variables(self._tree, self._model.variables, {})
        texts = {name: getattr(self._model, name) for name in _TEXTS}
        plain = {name: str(text) for name, text in texts.items() if text is not None and "$" not in str(text)}
        plain.setdefault("name", self._path.stem)
        filled = self._filled(plain, variables)
        sections = [self._section(number, raw, variables, filled) for number, raw in steps]
        ids = tuple(node.id for node in nodes)
        made = bind_sections(sections, stem=plain["name"])
        for section, node in zip(sections, made, strict=True):
            if node.id in ids:
                raise self._tree.error(("steps",), f"the id {node.id!r} is used twice", "give one step another id")
            self._check(section, node)
        return tuple(replace(node, gathers=ids) for node in made)

    def _filled(self, texts: Mapping[str, str], variables: Variables) -> dict[str, Any]:
        """Return the top-level values that fill in settings of steps."""
        filled: dict[str, Any] = {name: text for name, text in texts.items() if name in FILLED}
        if self._model.channels:
            filled["channels"] = variables.substitute(dict(self._model.channels), ("channels",))
            if filled["channels"] != self._channels:
                _check_channels(self._tree, filled["channels"])
                self._channels = filled["channels"]
        return filled

    def _section(self, number: int, raw: Any, variables: Variables, filled: Mapping[str, Any]) -> Section:
        tree = self._tree
        name, settings, place = _split_step(tree, number, raw)
        at = tree.position(place, at_key=True)
        model: type[StepSettings] = find_step(name, at).settings_type
        values: dict[str, Any] = dict(variables.substitute(settings, place))
        prefixes: dict[str, Place] = {}
        known = {info.alias or field for field, info in model.model_fields.items()}
        for source, target in FILLED.items():
            if target in known and values.get(target) is None and source in filled:
                values[target] = filled[source]
                prefixes[target] = (source,)
        made = self._validate(model, values, place, prefixes)
        for key in OUTPUT_KEYS:
            value = getattr(made, key, None)
            if isinstance(value, str | Path):
                check_output(tree, (*place, key), str(value))
        made = self._resolve_files(made, name, place, prefixes)
        return Section(name, made, at, places=_places(tree, place))

    def _validate(
        self, model: type[StepSettings], values: dict[str, Any], place: Place, prefixes: Mapping[str, Place]
    ) -> StepSettings:
        from pydantic import ValidationError

        try:
            return model.model_validate(values)
        except ValidationError as exc:
            mistake = find_mistakes(exc, model, values)[0]
            first = str(mistake.place[0]) if mistake.place else ""
            if first in prefixes:
                moved = replace(mistake, place=(*prefixes[first], *mistake.place[1:]))
                raise _as_error(self._tree, (), moved) from exc
            raise _as_error(self._tree, place, mistake) from exc

    def _resolve_files(
        self, settings: StepSettings, name: str, place: Place, prefixes: Mapping[str, Place]
    ) -> StepSettings:
        """Make the paths of the step's files absolute: they are relative to the file that names them."""
        changed: dict[str, Path] = {}
        for port in find_step(name).ports(settings):
            value = settings.file_of(port.name)
            if port.type == FILE and value is not None:
                where = prefixes.get(port.name, (*place, *port.name.split(".")))
                changed[port.name] = (base_folder(self._tree, where) / value.expanduser()).absolute()
        return settings.with_files(changed)

    def _check(self, section: Section, node: Node) -> None:
        """Let the step check its settings, and point at the word that it complains about.

        A file of one item that is wrong is that item's own failure, told when it is run.
        """
        files = {port: value for port, value in node.bindings.items() if isinstance(value, Path)}
        try:
            find_step(section.step).validate(node.settings, files)
        except RecipeError as exc:
            if exc.file in [str(path) for path in files.values()] and node.item:
                return
            if exc.file is not None:
                raise
            raise _locate_complaint(section, exc) from exc
        except UsageError as exc:
            raise _locate_complaint(section, exc) from exc
        except MediakitError:
            return


def _split_step(tree: Tree, number: int, raw: Any) -> tuple[str, dict[str, Any], Place]:
    """Return a step's name, its settings and their place."""
    place: Place = ("steps", number)
    if isinstance(raw, str):
        return raw, {}, place
    if not isinstance(raw, dict) or not raw:
        raise tree.error(place, "a step is written `- name: {settings}`")
    if len(raw) > 1:
        second = list(raw)[1]
        hint = f"begin a new step with a dash, or indent {second!r} below {next(iter(raw))!r}"
        raise tree.error((*place, second), "a step has one name", hint, at_key=True)
    name, settings = next(iter(raw.items()))
    if settings is None:
        settings = {}
    if not isinstance(settings, dict):
        raise tree.error((*place, name), f"the settings of {name} are a mapping, not {settings!r}")
    return name, settings, (*place, name)


def _gathers(raw: Any) -> bool:
    """Tell whether a step stands once for all items; one that is not written right does not."""
    name = next(iter(raw), None) if isinstance(raw, dict) else raw
    return isinstance(name, str) and name in STEPS and bool(load_step(name).gathers)


def _places(tree: Tree, place: Place) -> dict[str, Position]:
    """Return the positions in a step's section: of its keys by name, of its values by their text."""
    depth = len(place)
    found: dict[str, Position] = {}
    for known, position in tree.values.items():
        if known[:depth] == place and len(known) > depth:
            value: Any = tree.data
            for part in known:
                value = value[part]
            if isinstance(value, str):
                found.setdefault(value, position)
            elif isinstance(value, dict):
                found.update({name: tree.position((*known, name), at_key=True) for name in value if name not in found})
    for known, position in tree.values.items():
        if known[:depth] == place and len(known) == depth + 1:
            found[str(known[-1])] = position
    return found


def _locate_complaint(section: Section, error: UsageError) -> RecipeError:
    """Return the error at the position of the word that it quotes, else at the step."""
    position = section.position
    for match in _QUOTED.finditer(error.message):
        found = section.places.get(match[1] or match[2])
        if found is not None:
            position = found
            break
    message = error.message if error.where is None else f"{error.where}: {error.message}"
    if position is None:
        return RecipeError(message, hint=error.hint)
    return RecipeError(message, file=position.file, line=position.line, column=position.column, hint=error.hint)


def _check_channels(tree: Tree, channels: Mapping[str, Any]) -> None:
    """Validate a recipe's own channels against the profiles that they build on."""
    from mediakit.channels.loading import load_profiles

    load_profiles(replace(tree, data={"channels": dict(channels)}))
