"""A graphic as a description: laid-out text and plates in layers, and how each layer comes and goes.

A description is made while planning, goes through a job's payload as JSON and is drawn where the piece is encoded
(`animation`). Equal descriptions are equal pictures, so its digest stands for the picture in a piece's key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from typing import Any, Literal

from mediakit.media.digests import digest_value

REVISION = 1
"""Part of every graphic's digest; goes up when the same description would be drawn otherwise."""

Motion = Literal["stand", "fade", "rise", "slide_right", "slide_left", "grow", "wipe_right", "wipe_left"]
"""How a layer comes in: whole; by opacity; upwards, right- or leftwards with opacity; revealed from the bottom, from
the left, from the right. It goes out the same way backwards."""


@dataclass(frozen=True)
class Plate:
    """A rectangle of one colour, in pixels of the canvas; ``opacity`` is 0 to 255."""

    x: int
    y: int
    width: int
    height: int
    colour: str
    opacity: int = 255


@dataclass(frozen=True)
class TextLine:
    """One line of text; ``x`` and ``y`` are the start of its baseline, ``size`` is the em, ``font`` a file's digest.

    ``weight`` is how far letters are made fatter on every side, in em.
    """

    text: str
    x: float
    y: float
    size: float
    colour: str
    font: str
    weight: float = 0.0


@dataclass(frozen=True)
class Layer:
    """What moves as one.

    Attributes:
        plates: drawn first.
        lines: drawn over them.
        motion: how it comes in.
        shift: pixels that ``rise`` and the slides move.
        begin: part of the animation at which it starts to come in.
        finish: part at which it stands.
    """

    plates: tuple[Plate, ...] = ()
    lines: tuple[TextLine, ...] = ()
    motion: Motion = "fade"
    shift: int = 0
    begin: float = 0.0
    finish: float = 1.0


@dataclass(frozen=True)
class Graphic:
    """One graphic on a transparent canvas of ``width`` by ``height`` pixels, both even.

    ``fonts`` are (digest, path) of every font that a line names; paths shape no digest.
    """

    kind: str
    width: int
    height: int
    layers: tuple[Layer, ...]
    fonts: tuple[tuple[str, str], ...] = ()

    def describe(self) -> dict[str, Any]:
        """Return all that shapes the picture as JSON values."""
        data = self.pack()
        del data["fonts"], data["kind"]
        for line in (line for layer in data["layers"] for line in layer["lines"]):
            if not line["weight"]:
                del line["weight"]
        return {**data, "revision": REVISION, "drawn by": _drawers()}

    @cached_property
    def digest(self) -> str:
        """Digest of the picture."""
        return digest_value(self.describe())

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return asdict(self)

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Graphic:
        """Return what `pack` gave."""
        layers = tuple(
            Layer(
                **{
                    **layer,
                    "plates": tuple(Plate(**plate) for plate in layer["plates"]),
                    "lines": tuple(TextLine(**line) for line in layer["lines"]),
                }
            )
            for layer in data["layers"]
        )
        fonts = tuple((digest, path) for digest, path in data["fonts"])
        return cls(data["kind"], data["width"], data["height"], layers, fonts)


@lru_cache(maxsize=1)
def _drawers() -> dict[str, str]:
    """Return the versions of what rasterises and composes: other ones may set other pixels."""
    from mediakit.tools.versions import version

    return {name: version(name) for name in ("pillow", "moviepy")}
