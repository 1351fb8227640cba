"""What a step takes: input files and earlier outputs."""

from __future__ import annotations

from dataclasses import dataclass

FILE = "file"
"""The type of a port that takes an input file rather than an earlier step's output."""


@dataclass(frozen=True)
class Port:
    """One input of a step.

    Attributes:
        name: for `FILE` ports also the settings field that holds the path.
        type: `FILE` or the type of an earlier step's output.
        optional: may stay unbound.
        many: takes all earlier outputs of the type (a tuple) instead of the nearest one.
        selector: take the output that this names: a node's id, a step's name, or the name of a recipe input
            whose file that node was given.
        also: other types that hold what is needed: an edit holds words, as a transcript does.
        made_from: name of an earlier port; take the programme (media or edit) that its output was made from.
        along_with: name of an earlier port; outputs that were made from another programme than that one's are passed
            over, where either is an edit.
    """

    name: str
    type: str
    optional: bool = False
    many: bool = False
    selector: str | None = None
    also: tuple[str, ...] = ()
    made_from: str | None = None
    along_with: str | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """All types that it takes."""
        return (self.type, *self.also)
