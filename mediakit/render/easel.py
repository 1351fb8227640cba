"""The easel: sets texts of one picture in sizes that follow its shorter side, and puts them together as graphics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Literal

from mediakit.errors import InputError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.media.times import seconds_to_frame
from mediakit.render.drawing import Overlay
from mediakit.render.graphic import Graphic, Layer, TextLine
from mediakit.render.layout import fit_lines, measure_ink

if TYPE_CHECKING:
    from mediakit.render.brand import Brand
    from mediakit.tools.fonts import FontFile

PITCH = 1.25
LEAST_SIZE = 0.022
"""No text has a smaller em than this part of the picture's shorter side."""

_ASCENT, _DESCENT = 0.88, 0.16
LEADING = 0.16
"""Between two lines, in em."""
_SETTLE_S = 0.4

Align = Literal["left", "centre", "right"]


@dataclass(frozen=True)
class LaidGraphic:
    """A graphic at its place and time.

    Attributes:
        graphic: what is drawn.
        box: where it lies, in pixels.
        start: first frame of the programme that shows it.
        end: frame past the last.
        text: what it says; nothing for a veil.
        coming: frames of its animation in.
        going: frames of its animation out.
        stretch: as in `Overlay`.
        card: it fills the frame, with plain colour or a veil behind it.
    """

    graphic: Graphic
    box: Box
    start: int
    end: int
    text: str
    coming: int = 0
    going: int = 0
    stretch: tuple[int, int] | None = None
    card: bool = False

    @property
    def kind(self) -> str:
        """What it is."""
        return self.graphic.kind

    @property
    def overlay(self) -> Overlay:
        """The same in a piece's terms."""
        return Overlay(
            self.graphic, self.box.x, self.box.y, self.start, self.end, self.coming, self.going, self.stretch
        )

    def text_box(self, fps: Fraction) -> TextBox:
        """Return where its text is, for quality checks."""
        return TextBox(start=float(self.start / fps), end=float(self.end / fps), box=self.box, text=self.text)


@dataclass(frozen=True)
class SetText:
    """A text broken into lines of one size, colour and weight (as of `TextLine`); measures in pixels."""

    lines: tuple[str, ...]
    size: float
    colour: str
    font: FontFile
    weight: float = 0.0

    @property
    def text(self) -> str:
        """All its lines."""
        return " ".join(self.lines)

    @property
    def width(self) -> float:
        """Of the widest line, ink beyond its advance included."""
        widest = max(_right(self.font, line) + _left(self.font, line) for line in self.lines)
        return (widest + 2 * self.weight) * self.size

    @property
    def height(self) -> float:
        """Of all lines with the leading between them; every line's ink is inside."""
        inks = sum(sum(_depths(self.font, line)) for line in self.lines)
        return (inks + LEADING * (len(self.lines) - 1) + 2 * self.weight) * self.size

    def place(self, x: float, y: float, width: float, align: Align = "left") -> list[TextLine]:
        """Return its lines below ``y`` in a column of a width that starts at ``x``."""
        placed: list[TextLine] = []
        edge = self.weight * self.size
        y += edge
        for line in self.lines:
            left, right = (side(self.font, line) * self.size + edge for side in (_left, _right))
            spare = width - left - right
            indent = {"left": 0.0, "centre": spare / 2, "right": spare}[align]
            above, below = (depth * self.size for depth in _depths(self.font, line))
            start, base = x + indent + left, y + above
            place = round(start, 2), round(base)
            placed.append(TextLine(line, *place, round(self.size, 2), self.colour, self.font.digest, self.weight))
            y += above + below + LEADING * self.size
        return placed


def _left(font: FontFile, line: str) -> float:
    return max(-measure_ink(font, line).left, 0.0)


def _right(font: FontFile, line: str) -> float:
    ink = measure_ink(font, line)
    return max(ink.advance, ink.right)


def _depths(font: FontFile, line: str) -> tuple[float, float]:
    """Return how far a line reaches above and below its baseline in em; equal for most lines."""
    ink = measure_ink(font, line)
    return max(_ASCENT, -ink.top), max(_DESCENT, ink.bottom)


@dataclass
class Easel:
    """What all graphics of one picture are made with.

    Attributes:
        brand: colours and styles.
        size: width and height of the picture.
        safe: the box that all ink stays in (`layout.safe_box`).
        font: for all text.
        fps: frames a second.
        spare: a font for texts whose letters ``font`` lacks.
        notes: what was done otherwise than asked.
        terms: names and titles that no line of a headline parts.
    """

    brand: Brand
    size: tuple[int, int]
    safe: Box
    font: FontFile
    fps: Fraction
    spare: FontFile | None = None
    notes: list[str] = field(default_factory=list)
    terms: tuple[str, ...] = ()

    @property
    def short(self) -> int:
        """The picture's shorter side in pixels."""
        return min(self.size)

    def part(self, share: float) -> int:
        """Return a part of the shorter side, in whole pixels, at least one."""
        return max(round(self.short * share), 1)

    def frames(self, seconds: float) -> int:
        """Return a length in frames."""
        return seconds_to_frame(seconds, self.fps)

    def settle(self, start: int, end: int, seconds: float = _SETTLE_S) -> int:
        """Return the frames of an animation; short graphics have short ones."""
        return min(self.frames(seconds), (end - start) // 3)

    def known(self, text: str, kind: str) -> tuple[str, FontFile]:
        """Return a text on one line without joiners, and the font that has all its letters.

        Raises:
            InputError: no font has them; names the letters.
        """
        flat = " ".join(text.split())
        missing = self.font.missing(flat)
        if missing and self.spare is not None and self.spare.digest != self.font.digest:
            lacked, missing = missing, self.spare.missing(flat)
            if not missing:
                self.notes.append(
                    f"{self.font.family} has no {' '.join(lacked)}: {flat[:40]} is in {self.spare.family}"
                )
                return self.spare.keep_known(flat), self.spare
        if missing:
            raise InputError(
                f"the font {self.font.family} has no {' '.join(missing[:12])} for: {flat[:40]}",
                where=kind.replace("_", " "),
                hint="name a font that has these letters (font: in the brand file), or leave them out",
            )
        known = self.font.keep_known(flat)
        if not known.strip():
            raise InputError("has no text", where=kind.replace("_", " "))
        return known, self.font

    def known_lines(self, text: str, kind: str) -> tuple[str, FontFile]:
        """Return a text as `known` does, with its ends of line; one font for all of them."""
        _, font = self.known(text, kind)
        rows = (font.keep_known(" ".join(line.split())) for line in text.split("\n"))
        return "\n".join(row for row in rows if row.strip()), font

    def set(
        self,
        text: str,
        kind: str,
        *,
        size: float,
        width: float,
        height: float,
        colour: str,
        floor: float = 0.7,
        least: float = LEAST_SIZE,
    ) -> SetText:
        """Set a text in a column: it shrinks to ``floor`` of its size, then wraps, then shrinks to ``least``.

        Args:
            text: the text.
            kind: for messages.
            size: em as a part of the shorter side.
            width: of the column in pixels.
            height: that it may take in pixels.
            colour: ``#rrggbb``.
            floor: part of ``size`` down to which it shrinks rather than wraps.
            least: smallest em as a part of the shorter side.

        Raises:
            InputError: it does not fit at a readable size, or no font has its letters.
        """
        known, font = self.known(text, kind)
        try:
            made, lines = fit_lines(
                font,
                [known],
                size=self.short * size,
                width=width,
                height=height,
                pitch=PITCH,
                floor=floor,
                least=self.short * min(least, size),
            )
        except InputError as exc:
            raise InputError(
                f"does not fit {width:.0f} by {height:.0f} pixels at a readable size: {known[:40]}",
                where=kind.replace("_", " "),
                hint="shorten it",
            ) from exc
        return SetText(lines, made, colour, font)

    def graphic(self, kind: str, width: float, height: float, layers: Sequence[Layer]) -> Graphic:
        """Return a graphic with even sides."""
        named = {line.font for layer in layers for line in layer.lines}
        fonts = [font for font in (self.font, self.spare) if font is not None and font.digest in named]
        paths = {font.digest: str(font.path) for font in fonts}
        return Graphic(kind, even(width), even(height), tuple(layers), tuple(sorted(paths.items())))


def even(length: float) -> int:
    """Return the next even number of pixels."""
    return ceil(length / 2) * 2
