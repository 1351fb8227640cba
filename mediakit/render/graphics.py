"""Graphics over the picture: AI label, series' mark, name straps; drawn anew for every geometry with Pillow.

Each becomes a transparent PNG as large as what is drawn, inside the channel's own safe area. ffmpeg lays it over the
picture and fades it: pixels of the programme never pass through Python.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.render.layout import fit_lines, measure_ink

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from mediakit.render.brand import Brand, NameStrap
    from mediakit.tools.fonts import FontFile

REVISION = 1
FADE_S = 0.24
LABEL_INK = 0.05
"""Least height of the AI label's letters as a part of the picture's shorter side (GB 45438-2025)."""

_LABEL_MARGIN = 1.04
_BUG_SIZE = 0.036
_NAME_SIZE = 0.052
_TITLE_SIZE = 0.034
_PITCH = 1.25
_HAN_SAMPLE = "国"


@dataclass(frozen=True)
class Still:
    """One graphic and when it shows.

    Attributes:
        path: a PNG with transparency.
        box: where it lies, in pixels.
        start: seconds of the programme.
        end: seconds of the programme.
        fade_s: seconds of fading in and of fading out; 0 for none.
        text: what it says.
        kind: what it is.
    """

    path: Path
    box: Box
    start: float
    end: float
    fade_s: float
    text: str
    kind: str

    @property
    def text_box(self) -> TextBox:
        """Where the text is, for quality checks."""
        return TextBox(start=self.start, end=self.end, box=self.box, text=self.text)


def draw_graphics(
    brand: Brand,
    size: tuple[int, int],
    safe: Box,
    font: FontFile,
    out_dir: Path,
    *,
    duration: float,
    caption_top: int | None = None,
    spans: Sequence[tuple[float, float]] | None = None,
    ai_label: bool | None = None,
    bug: bool = True,
    straps: bool = True,
) -> tuple[Still, ...]:
    """Draw all of a programme's graphics for one picture.

    Args:
        brand: what to draw, and the colours.
        size: width and height of the picture.
        safe: the box that all ink stays in (`layout.safe_box`).
        font: for all text.
        out_dir: where the PNGs go; a file's name is its content's digest.
        duration: of the programme in seconds.
        caption_top: the highest row that burned captions take; straps stay above it.
        spans: the source's stretches that the programme is made of, where it is re-cut: straps follow them.
        ai_label: whether the AI label is drawn; by default, where the brand has one.
        bug: whether the series' mark is drawn.
        straps: whether name straps are drawn.

    Raises:
        InputError: a text does not fit the safe area, the font lacks its letters, or the label was asked for and
            the brand has none.
    """
    easel = _Easel(brand, size, safe, font, out_dir)
    made: list[Still] = []
    top = safe.y
    if ai_label and brand.ai_label is None:
        raise InputError(
            "the AI label was asked for, and the brand file has no ai_label", hint="add ai_label: {text: …}"
        )
    if brand.ai_label is not None and ai_label is not False:
        label = easel.label(brand.ai_label.text, 0.0, min(brand.ai_label.seconds, duration))
        made.append(label)
        top = label.box.bottom
    if bug and brand.bug is not None:
        mark = easel.bug(duration, safe.y)
        if any(_overlap(mark.box, other.box) for other in made):
            mark = easel.bug(duration, top + round(min(size) * 0.015))
        made.append(mark)
    if straps:
        bottom = safe.bottom if caption_top is None else min(safe.bottom, caption_top - round(min(size) * 0.02))
        for strap, start, end in _place_straps(brand, duration, spans):
            made.append(easel.strap(strap, start, end, bottom))
    return tuple(made)


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def _place_straps(
    brand: Brand, duration: float, spans: Sequence[tuple[float, float]] | None
) -> list[tuple[NameStrap, float, float]]:
    """Return the straps with their times on the programme's clock; what is cut to less than a second goes."""
    placed: list[tuple[NameStrap, float, float]] = []
    for strap in brand.name_straps:
        first = strap.start
        last = strap.end if strap.end is not None else first + brand.name_strap.seconds
        offset = 0.0
        for start, end in spans if spans is not None else ((0.0, duration),):
            low, high = max(first, start), min(last, end)
            if high - low >= min(1.0, last - first):
                placed.append((strap, low - start + offset, high - start + offset))
            offset += end - start
    return placed


class _Easel:
    """Draws and saves graphics of one picture."""

    def __init__(self, brand: Brand, size: tuple[int, int], safe: Box, font: FontFile, out_dir: Path) -> None:
        self.brand = brand
        self.width, self.height = size
        self.short = min(size)
        self.safe = safe
        self.font = font
        self.out_dir = out_dir

    def label(self, text: str, start: float, end: float) -> Still:
        """Draw the AI label, top left; it stands whole from its first frame on."""
        text = self._known(text)
        ink = measure_ink(self.font, _HAN_SAMPLE)
        least = self.short * LABEL_INK * _LABEL_MARGIN / (ink.bottom - ink.top)
        pad = ceil(least * 0.28)
        lines = self._label_lines(text, least, self.safe.width - 2 * pad)
        picture = self._plate(lines, [least] * len(lines), pad, "#000000", 150, [self.brand.colours.text] * len(lines))
        return self._save(picture, self.safe.x, self.safe.y, start, end, 0.0, text, "ai_label")

    def _label_lines(self, text: str, size: float, room: float) -> list[str]:
        from mediakit.render.layout import wrap_line

        lines = wrap_line(self.font, text, room / size)
        if len(lines) * size * _PITCH > self.safe.height / 2:
            raise InputError(f"the AI label does not fit the safe area at the height it must have: {text[:40]}")
        return lines

    def bug(self, duration: float, top: int) -> Still:
        """Draw the series' mark in its corner for the whole programme."""
        assert self.brand.bug is not None
        text, position = self._known(self.brand.bug.text), self.brand.bug.position
        size, lines = fit_lines(
            self.font,
            [text],
            size=self.short * _BUG_SIZE,
            width=self.safe.width * 0.4,
            height=self.safe.height * 0.2,
            pitch=_PITCH,
            floor=0.6,
        )
        pad = ceil(size * 0.3)
        colours = [self.brand.colours.text] * len(lines)
        picture = self._plate(lines, [size] * len(lines), pad, self.brand.colours.primary, 170, colours)
        x = self.safe.x if position.endswith("left") else self.safe.right - picture.width
        y = top if position.startswith("top") else self.safe.bottom - picture.height
        return self._save(picture, x, y, 0.0, duration, 0.0, text, "bug")

    def strap(self, strap: NameStrap, start: float, end: float, bottom: int) -> Still:
        """Draw a name strap: the name, its title below, an accent bar at its side."""
        name, title = self._known(strap.name), self._known(strap.title) if strap.title else ""
        bar = max(ceil(self.short * 0.008), 2)
        pad = ceil(self.short * 0.018)
        room = min(self.safe.width, round(self.width * 0.8)) - 2 * pad - bar
        height = max(bottom - self.safe.y, 0) * 0.35
        lines: list[str] = []
        sizes: list[float] = []
        colours: list[str] = []
        texts = ((name, _NAME_SIZE, self.brand.colours.text), (title, _TITLE_SIZE, self.brand.colours.accent))
        for text, part, colour in texts:
            if text:
                size, fitted = fit_lines(
                    self.font, [text], size=self.short * part, width=room, height=height, pitch=_PITCH, floor=0.7
                )
                lines += fitted
                sizes += [size] * len(fitted)
                colours += [colour] * len(fitted)
        picture = self._plate(lines, sizes, pad, self.brand.colours.primary, 205, colours, bar=bar)
        if picture.height > bottom - self.safe.y or picture.width > self.safe.width:
            raise InputError(f"the name strap does not fit the safe area: {name[:40]}", hint="shorten its title")
        right = self.brand.name_strap.position.endswith("right")
        x = self.safe.right - picture.width if right else self.safe.x
        fade = min(FADE_S, (end - start) / 4)
        words = f"{name} {title}".strip()
        return self._save(picture, x, bottom - picture.height, start, end, fade, words, "name_strap")

    def _known(self, text: str) -> str:
        known = " ".join(self.font.keep_known(text).split())
        if not known:
            raise InputError(f"the font {self.font.family} has no letters for {text[:40]!r}", hint="name another font")
        return known

    def _plate(
        self,
        lines: Sequence[str],
        sizes: Sequence[float],
        pad: int,
        colour: str,
        opacity: int,
        colours: Sequence[str],
        *,
        bar: int = 0,
    ) -> Picture:
        """Return lines on a plate that holds all their ink; sides are even."""
        from PIL import Image, ImageDraw

        inks = [measure_ink(self.font, line) for line in lines]
        wide = max(
            (max(ink.right, ink.advance) - min(ink.left, 0)) * size for ink, size in zip(inks, sizes, strict=True)
        )
        width = _even(wide + 2 * pad + bar)
        gap = _PITCH - 1
        tall = sum(sizes) + sum(gap * size for size in sizes[:-1])
        height = _even(tall + 2 * pad * 0.8)
        red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
        made = Image.new("RGBA", (width, height), (red, green, blue, opacity))
        draw = ImageDraw.Draw(made)
        if bar:
            draw.rectangle((0, 0, bar - 1, height - 1), fill=self.brand.colours.accent)
        y = pad * 0.8
        for line, ink, size, ink_colour in zip(lines, inks, sizes, colours, strict=True):
            face = self.font.load(size)
            x = bar + pad - min(ink.left, 0) * size
            draw.text((x, y + size * 0.88), line, font=face, fill=ink_colour, anchor="ls")
            y += size * _PITCH
        return made

    def _save(
        self, picture: Picture, x: int, y: int, start: float, end: float, fade_s: float, text: str, kind: str
    ) -> Still:
        box = Box(x=x // 2 * 2, y=y // 2 * 2, width=picture.width, height=picture.height)
        if not self.safe.contains(box):
            raise InputError(f"does not fit the safe area: {text[:40]}", where=kind)
        path = _write_png(picture, self.out_dir)
        return Still(path, box, start, end, fade_s, text, kind)


def _even(length: float) -> int:
    return ceil(length / 2) * 2


def _write_png(picture: Picture, folder: Path) -> Path:
    """Write a PNG under its content's digest; equal pictures, equal files."""
    from hashlib import sha256
    from io import BytesIO

    buffer = BytesIO()
    picture.save(buffer, "PNG", optimize=False, compress_level=6)
    data = buffer.getvalue()
    path = folder / f"{sha256(data).hexdigest()[:20]}.png"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_bytes(data)
        partial.replace(path)
    return path


def frame_span(still: Still, fps: Fraction) -> tuple[int, int, int]:
    """Return first frame, frame past the last, and frames of fading, on a programme's frame grid."""
    from mediakit.media.times import seconds_to_frame

    first = seconds_to_frame(still.start, fps)
    return first, max(seconds_to_frame(still.end, fps), first + 1), round(Fraction(still.fade_s) * fps)
