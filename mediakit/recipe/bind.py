"""From a list of steps with settings to a graph: which earlier output each port takes.

A port takes the nearest earlier output of its type, or what ``from:`` (or the port's own selector) names: a node's
id, a step's name, or the name of a recipe input whose file that node was given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mediakit.errors import InputError, MediakitError, RecipeError, UsageError
from mediakit.media.mistakes import suggest
from mediakit.media.yamltree import Position
from mediakit.steps.base import Step, StepSettings
from mediakit.steps.graph import Binding, Node
from mediakit.steps.ports import FILE, Port
from mediakit.steps.registry import STEPS, load_step

EDIT = "timeline"
TRANSCRIPT = "transcript"
_PROGRAMMES = ("asset", EDIT)
"""Types of outputs that are a programme: what words, cues, shorts are made from."""


@dataclass(frozen=True)
class Section:
    """One step of one item with its validated settings; ``position`` is where it stands, None in a command."""

    step: str
    settings: StepSettings
    position: Position | None = None
    targets: Mapping[str, Path] | None = None
    places: Mapping[str, Position] = field(default_factory=dict)


def problem_at(position: Position | None, message: str, hint: str | None = None) -> UsageError:
    """Return a `RecipeError` at a position, or a `UsageError` when there is none."""
    if position is None:
        return UsageError(message, hint=hint)
    return RecipeError(message, file=position.file, line=position.line, column=position.column, hint=hint)


def find_step(name: str, position: Position | None = None) -> Step[Any]:
    """Return the step with a name.

    Raises:
        UsageError: no such step.
    """
    if name not in STEPS:
        raise problem_at(position, f"unknown step {name!r}", suggest(name, STEPS))
    return load_step(name)


def bind_sections(
    sections: Sequence[Section], *, item: str = "", inputs: Mapping[str, Path] | None = None, stem: str = ""
) -> tuple[Node, ...]:
    """Return the nodes of one item.

    Args:
        sections: the steps in order.
        item: the batch item, empty without a batch.
        inputs: the recipe's inputs by name.
        stem: the item's name for published files, where a node has no main input of its own.

    Raises:
        UsageError: nothing provides what a step needs, a selector names nothing, an id is taken.
    """
    binder = _Binder(item, dict(inputs or {}), stem)
    for section in sections:
        binder.add(section)
    return tuple(binder.nodes)


class _Binder:
    def __init__(self, item: str, inputs: Mapping[str, Path], stem: str) -> None:
        self._item = item
        self._inputs = inputs
        self._stem = stem
        self._produces: dict[str, str] = {}
        self._owner = ""
        self.nodes: list[Node] = []

    def add(self, section: Section, made_for: str = "") -> None:
        step = find_step(section.step, section.position)
        name = self._name(section)
        node_id = f"{self._item}/{name}" if self._item else name
        try:
            section = replace(section, settings=step.prepare(section.settings))
            for word, settings in step.preceding(section.settings, self._heard()):
                self.add(Section(word, settings, section.position, targets={}), made_for or node_id)
            ports = step.ports(section.settings)
        except (RecipeError, InputError):
            raise
        except MediakitError as exc:
            raise self._error(section, str(exc), hint=exc.hint) from exc
        self._owner = made_for or node_id
        chosen = self._chosen(section, ports)
        bindings: dict[str, Binding] = {}
        for port in ports:
            if port.type == FILE:
                binding: Binding | None = self._bind_file(section, port)
            else:
                binding = self._bind(section, port, chosen, bindings)
            if binding is not None:
                bindings[port.name] = binding
        self.nodes.append(
            Node(
                id=node_id,
                item=self._item,
                step=section.step,
                settings=section.settings,
                bindings=bindings,
                where="" if section.position is None else str(section.position),
                targets=section.targets,
                stem=step.stem(section.settings) or self._find_stem(ports, bindings),
                made_for=made_for,
            )
        )
        self._produces[node_id] = step.produces

    def _name(self, section: Section) -> str:
        taken = {self._short(node) for node in self.nodes}
        wanted = section.settings.id
        if wanted is not None:
            if wanted in taken:
                raise self._error(
                    section, f"the id {wanted!r} is used twice", key="id", hint="give this step another id"
                )
            if not wanted or "/" in wanted or wanted.startswith("."):
                raise self._error(section, f"{wanted!r} is not an id", key="id", hint="use letters, digits and dashes")
            return wanted
        name, number = section.step, 1
        while name in taken:
            number += 1
            name = f"{section.step}-{number}"
        return name

    def _short(self, node: Node) -> str:
        return node.id.removeprefix(f"{self._item}/") if self._item else node.id

    @staticmethod
    def _error(section: Section, message: str, *, key: str = "", word: str = "", hint: str | None = None) -> UsageError:
        position = section.places.get(word) or section.places.get(key) or section.position
        text = message if position is not None or message.startswith(section.step) else f"{section.step}: {message}"
        return problem_at(position, text, hint)

    def _bind_file(self, section: Section, port: Port) -> Path | None:
        value = section.settings.file_of(port.name)
        if value is None:
            if port.optional:
                return None
            raise self._error(section, f"{section.step} needs the file {port.name!r}", hint=f"add {port.name}: PATH")
        return value

    def _chosen(self, section: Section, ports: Sequence[Port]) -> dict[str, str]:
        """Return which node ``from:`` names, by port."""
        wanted = section.settings.from_
        if wanted is None:
            return {}
        outputs = [port for port in ports if port.type != FILE]
        if isinstance(wanted, str):
            node = self._find(section, wanted)
            fitting = [port.name for port in outputs if self._produces[node.id] in port.types]
            if not fitting:
                types = ", ".join(kind for port in outputs for kind in port.types) or "no outputs"
                raise self._error(
                    section,
                    f"{section.step} takes {types}, and {wanted} makes {self._produces[node.id]}",
                    key="from",
                )
            return {fitting[0]: node.id}
        chosen: dict[str, str] = {}
        for name, selector in wanted.items():
            port = next((port for port in outputs if port.name == name), None)
            if port is None:
                raise self._error(
                    section,
                    f"{section.step} has no input {name!r}",
                    key="from",
                    hint=suggest(name, [port.name for port in outputs]),
                )
            chosen[name] = self._find(section, selector, port.types).id
        return chosen

    def _bind(
        self, section: Section, port: Port, chosen: Mapping[str, str], bound: Mapping[str, Binding]
    ) -> Binding | None:
        if port.name in chosen:
            return (chosen[port.name],) if port.many else chosen[port.name]
        if port.selector is not None:
            named = self._named(port.selector, port.types)
            if named is None and not port.optional:
                named = self._find(section, port.selector, port.types)
            if named is None:
                return None
            return (named.id,) if port.many else named.id
        origin = self._programme(bound.get(port.made_from or ""))
        if origin is not None and (port.optional or self._produces[origin] in port.types):
            return origin if self._produces[origin] in port.types else None
        fitting = [node.id for node in self._open() if self._produces[node.id] in port.types]
        if port.along_with is not None:
            programme = self._programme(bound.get(port.along_with))
            fitting = [name for name in fitting if self._go_together(self._programme(name), programme)]
        if port.many:
            if not fitting and not port.optional:
                raise self._lacking(section, port)
            return tuple(fitting) or None
        if fitting:
            return fitting[-1]
        if port.optional:
            return None
        raise self._lacking(section, port)

    def _open(self) -> list[Node]:
        """Return the nodes whose outputs may be taken without being named: those made for another are not."""
        return [node for node in self.nodes if node.made_for in ("", self._owner)]

    def _heard(self) -> set[Path]:
        """Return the media files whose words are made by a step that every other may take from."""
        media: set[Path] = set()
        for node in self.nodes:
            if self._produces[node.id] == TRANSCRIPT and not node.made_for:
                origin = next((one for one in self.nodes if one.id == self._programme(node.id)), None)
                media |= {path for path in (origin.bindings.values() if origin else ()) if isinstance(path, Path)}
        return media

    def _programme(self, binding: Binding | None) -> str | None:
        """Return the node whose media or edit an output was made from, or None where it was made from none."""
        if not isinstance(binding, str):
            return None
        if self._produces[binding] in _PROGRAMMES:
            return binding
        node = next(node for node in self.nodes if node.id == binding)
        found = [self._programme(one) for one in node.bindings.values()]
        return next((one for one in found if one is not None), None)

    def _go_together(self, one: str | None, other: str | None) -> bool:
        """Tell whether two programmes are the same, or neither is an edit; what has none goes with any."""
        if one is None or other is None or one == other:
            return True
        return EDIT not in (self._produces[one], self._produces[other])

    def _lacking(self, section: Section, port: Port) -> UsageError:
        makers = [name for name in STEPS if _produces(name) in port.types]
        hint = f"put {' or '.join(makers)} before it" if makers else None
        return self._error(
            section, f"{section.step} needs {port.name} ({port.type}), and no step before it makes one", hint=hint
        )

    def _find(self, section: Section, selector: str, kinds: tuple[str, ...] = ()) -> Node:
        node = self._named(selector, kinds)
        if node is not None:
            return node
        other = self._named(selector, ())
        if other is not None:
            makes = self._produces[other.id]
            needed = " or ".join(kinds)
            raise self._error(
                section, f"{selector} makes {makes}, and {needed} is needed here", key="from", word=selector
            )
        words = [*(self._short(node) for node in self.nodes), *(node.step for node in self.nodes), *self._inputs]
        raise self._error(
            section, f"no earlier step is called {selector!r}", key="from", word=selector, hint=suggest(selector, words)
        )

    def _named(self, selector: str, kinds: tuple[str, ...]) -> Node | None:
        """Return the node that a selector names: by id, else the nearest by step, else by the input it was given."""
        fitting = [node for node in reversed(self.nodes) if not kinds or self._produces[node.id] in kinds]
        for node in fitting:
            if self._short(node) == selector:
                return node
        fitting = [node for node in fitting if node.made_for in ("", self._owner)]
        for node in fitting:
            if node.step == selector:
                return node
        path = self._inputs.get(selector)
        for node in fitting:
            if path is not None and path in node.bindings.values():
                return node
        return None

    def _find_stem(self, ports: Sequence[Port], bindings: Mapping[str, Binding]) -> str:
        """Return the name of the main input: of the first earlier output that is taken, else of the first file."""
        by_id = {node.id: node for node in self.nodes}
        assets = [port for port in ports if port.type == "asset"]
        for port in [*assets, *(port for port in ports if port.type != FILE and port.type != "asset")]:
            binding = bindings.get(port.name)
            first = binding[0] if isinstance(binding, tuple) and binding else binding
            if isinstance(first, str):
                return by_id[first].stem
        for port in ports:
            binding = bindings.get(port.name)
            if isinstance(binding, Path):
                return binding.stem
        return self._stem


def _produces(name: str) -> str | None:
    try:
        return load_step(name).produces
    except ImportError:
        return None
