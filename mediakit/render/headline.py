"""Headlines: broken into lines as a person would, as large as they fit, never with a scrap of a line.

A line ends at a mark or a space where it can, else between two words (Chinese ones by dictionary); never before a
closing mark, after an opening one, or inside a Latin word or a number; no line is a single character. The fewest lines
are taken at which the text keeps most of its size.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from mediakit.render.easel import LEADING, SetText, even
from mediakit.render.graphic import Layer, Plate
from mediakit.render.layout import may_break, measure_ink
from mediakit.render.straps import Strap

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from mediakit.render.brand import HeadlineStyle
    from mediakit.render.easel import Easel
    from mediakit.tools.fonts import FontFile

_KEPT = 0.86
"""Another line is taken where the text would fall below this part of its size."""
_SHORTEST = 0.34
"""No line is shorter than this part of the longest one."""
_MARKS = "，。、；：？！,;:?!|｜—…"
_STRETCHES = 3
_IN_WORD, _AT_MARK, _AT_SPACE = 0.5, -0.32, -0.06
_HAN = 0x2E80


@dataclass(frozen=True)
class Broken:
    """A headline broken into lines: ``rows`` of text, and the em in pixels at which they are set."""

    rows: tuple[str, ...]
    size: float


def break_headline(
    font: FontFile,
    text: str,
    *,
    size: float,
    least: float,
    width: float,
    height: float,
    lines: int,
    terms: tuple[str, ...] = (),
    weight: float = 0.0,
) -> Broken | None:
    """Return a text as the fewest lines that keep most of its size, or None where it does not fit at the least size.

    Args:
        font: that it is set in.
        text: one line; an end of line in it stays one.
        size: em in pixels that is wanted.
        least: smallest em.
        width: of the column in pixels.
        height: of the column.
        lines: how many lines there may be.
        terms: names and titles that stay whole.
        weight: of the letters, as of `TextLine`.
    """
    paragraphs = [" ".join(part.split()) for part in text.split("\n") if part.strip()]
    best: Broken | None = None
    for count in range(len(paragraphs), max(lines, len(paragraphs)) + 1):
        rows = _rows(font, paragraphs, count, terms)
        if rows is None:
            continue
        made = Broken(rows, _fitting(SetText(rows, 1.0, "#000000", font, weight), size, width, height))
        if made.size >= size * _KEPT:
            return made
        if best is None or made.size > best.size * 1.12:
            best = made
    return best if best is not None and best.size >= least else None


def _fitting(one: SetText, size: float, width: float, height: float) -> float:
    """Return the largest em up to ``size`` at which a text that is set in an em of 1 fits a column."""
    return min(size, width / one.width, height / one.height)


def _rows(font: FontFile, paragraphs: Sequence[str], count: int, terms: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return paragraphs as ``count`` lines in all; the longest paragraphs get the lines to spare."""
    shares = [1] * len(paragraphs)
    for _ in range(count - len(paragraphs)):
        lengths = [measure_ink(font, part).advance / share for part, share in zip(paragraphs, shares, strict=True)]
        shares[lengths.index(max(lengths))] += 1
    rows: list[str] = []
    for part, share in zip(paragraphs, shares, strict=True):
        broken = _break(font, part, share, terms)
        if broken is None:
            return None
        rows += broken
    return tuple(rows)


def _break(font: FontFile, text: str, count: int, terms: tuple[str, ...]) -> list[str] | None:
    """Return the best way to break a text into a number of lines, or None where there is none."""
    if count == 1:
        return [text]
    places = _places(text, terms)
    return _break_at(font, text, count, places, _SHORTEST) or _break_at(font, text, count, places, 0.0)


def _break_at(font: FontFile, text: str, count: int, places: Mapping[int, float], shortest: float) -> list[str] | None:
    """Return the cheapest lines with breaks at some places, none shorter than a part of the longest."""
    whole = measure_ink(font, text).advance
    best: tuple[float, list[str]] | None = None
    for cuts in _choices(sorted(places), count - 1):
        rows = [text[a:b].strip() for a, b in zip((0, *cuts), (*cuts, len(text)), strict=True)]
        widths = [measure_ink(font, row).advance for row in rows]
        if min(len(row) for row in rows) < 2 or min(widths) < shortest * max(widths):
            continue
        uneven = sum(abs(width - whole / count) for width in widths) / whole
        cost = round(uneven + sum(places[cut] for cut in cuts), 9)
        if best is None or cost < best[0]:
            best = cost, rows
    return best[1] if best else None


def _choices(places: Sequence[int], count: int) -> Iterator[tuple[int, ...]]:
    """Yield ways to take places in order; of many, those near even parts."""
    if count == 1:
        yield from ((place,) for place in places)
        return
    span = (places[-1] + places[0]) if places else 0
    wanted = [span * (k + 1) / (count + 1) for k in range(count)]
    near = [sorted(places, key=lambda place, at=at: (abs(place - at), place))[:8] for at in wanted]  # type: ignore[misc]
    for first in near[0]:
        for second in near[1]:
            if first < second:
                yield first, second


def _places(text: str, terms: tuple[str, ...]) -> dict[int, float]:
    """Return where a text may be broken (before which character), each with its cost."""
    starts = set(_word_starts(text, terms))
    places: dict[int, float] = {}
    for cut in range(1, len(text)):
        before, after = text[cut - 1], text[cut]
        if not may_break(before, after) or unicodedata.combining(after) or _in_number(text, cut):
            continue
        if _depth(text[:cut]) and before not in _MARKS:
            cost = _IN_WORD / 2 if cut in starts else _IN_WORD
        elif before in _MARKS or (before == " " and text[:cut].rstrip()[-1:] in _MARKS):
            cost = _AT_MARK
        elif " " in (before, after):
            cost = _AT_SPACE
        else:
            cost = 0.0 if cut in starts else _IN_WORD
        places[cut] = cost
    return places


def _in_number(text: str, cut: int) -> bool:
    """Tell whether a break would part a figure from its unit: 1200|万吨, 12|公里."""
    before, after = text[cut - 1], text[cut]
    return (before.isdigit() and ord(after) >= _HAN and after not in _MARKS) or (
        before in "$￥¥#＃@" and after.isalnum()
    )


def _depth(before: str) -> int:
    """Return how many quotes or brackets are open after a text."""
    return sum(before.count(mark) for mark in "《“（「『【") - sum(before.count(mark) for mark in "》”）」』】")


@lru_cache(maxsize=256)
def _word_starts(text: str, terms: tuple[str, ...]) -> tuple[int, ...]:
    """Return where words start; Chinese ones by dictionary."""
    from mediakit.tools.segmenter import shared_segmenter

    starts, at = [], 0
    for token in shared_segmenter(terms).split(text):
        # A particle leans on the word before it: 走过的|路, never 走过|的路.
        if not token.tag.startswith(("u", "y")):
            starts.append(at)
        at += len(token.text)
    return tuple(starts)


def set_headline(
    easel: Easel, text: str, style: HeadlineStyle, *, width: float, height: float, scale: float = 1.0
) -> SetText:
    """Set a headline in a column; one that fits at no readable size is cut short, and the easel notes it.

    Args:
        easel: of the picture.
        text: the headline.
        style: the brand's.
        width: of the column in pixels.
        height: of the column.
        scale: of the sizes.

    Raises:
        InputError: no font has its letters.
    """
    known, font = easel.known_lines(text, "headline")
    size, least = easel.short * style.size * scale, easel.short * style.least * scale
    colour = style.colour or easel.brand.colours.text

    def fit(text: str, size: float, least: float, lines: int) -> Broken | None:
        return break_headline(
            font,
            text,
            size=size,
            least=least,
            width=width,
            height=height,
            lines=lines,
            terms=easel.terms,
            weight=style.weight,
        )

    for lines in dict.fromkeys((style.lines, max(style.lines, _STRETCHES))):
        made = fit(known, size, least, lines)
        if made is not None:
            return SetText(made.rows, made.size, colour, font, style.weight)
    flat = " ".join(known.split())
    rows = max(min(int(height / (least * (1 + LEADING + 0.04))), _STRETCHES), 1)
    for end in range(len(flat) - 1, 1, -1):
        short = flat[:end].rstrip(" ，。、；：,.;:—-") + "…"
        if flat[end - 1 : end + 1].isascii() and flat[end - 1 : end + 1].isalnum():
            continue
        made = fit(short, least, least * 0.999, rows)
        if made is not None:
            easel.notes.append(f"the headline is too long and was cut short: {short}")
            return SetText(made.rows, made.size, colour, font, style.weight)
    return easel.set(flat, "headline", size=style.size * scale, width=width, height=height, colour=colour)


@dataclass(frozen=True)
class HeadlineMeasure:
    """A headline's own measures: padding of its plate, and the accent line with the space above it; pixels."""

    pad: int
    rule: int
    above: int

    @classmethod
    def of(cls, easel: Easel, style: HeadlineStyle) -> HeadlineMeasure:
        """Return the measures in a picture."""
        pad = easel.part(0.02) if style.box else 0
        rule = max(easel.part(0.007), 2) if style.accent else 0
        return cls(pad, rule, easel.part(0.018) if rule else 0)

    @property
    def extra(self) -> int:
        """Height beyond the text's."""
        return 2 * self.pad + self.rule + self.above


def headline_easel(easel: Easel) -> Easel:
    """Return an easel with the headline's own font, where the brand names one."""
    path = easel.brand.headline.font
    if path is None:
        return easel
    from mediakit.tools.fonts import find_font

    # The easel's own font stands in for letters that the headline's lacks.
    return replace(easel, font=find_font(path=path), spare=easel.font)


def draw_headline(easel: Easel, text: str, width: int, height: int) -> Strap:
    """Lay out a headline: its lines, on a plate where the brand asks for one, with a short accent line below.

    Args:
        easel: of the picture.
        text: the headline.
        width: that it may take in pixels.
        height: that it may take.

    Raises:
        InputError: no font has its letters.
    """
    style = easel.brand.headline
    measure = HeadlineMeasure.of(easel, style)
    room = width - 2 * measure.pad
    made = set_headline(easel, text, style, width=room, height=height - measure.extra - 2)
    wide = min(even(made.width + 2 * measure.pad), width // 2 * 2)
    tall = min(even(made.height + measure.extra), height // 2 * 2)
    plate_height = tall - measure.rule - measure.above
    layers: list[Layer] = []
    if style.box is not None:
        plate = Plate(0, 0, wide, plate_height, style.box, round(style.box_opacity * 255))
        layers.append(Layer((plate,), motion="wipe_right", finish=0.7))
    lines = made.place(measure.pad, measure.pad, wide - 2 * measure.pad, style.align)
    layers.append(Layer(lines=tuple(lines), motion="fade", begin=0.2 if style.box else 0.0))
    if measure.rule:
        length = min(easel.part(0.12), wide)
        x = (wide - length) // 2 if style.align == "centre" else measure.pad
        bar = Plate(x, tall - measure.rule, length, measure.rule, easel.brand.colours.accent)
        layers.append(Layer((bar,), motion="wipe_right", begin=0.3))
    return Strap(easel.graphic("headline", wide, tall, layers), made.text)


def headline_heights(easel: Easel, text: str, width: int, most: int) -> tuple[int, int]:
    """Return the height that a headline takes at its own size, and at the least that it may be squeezed to.

    ``most`` is the greatest height in pixels that it may take.
    """
    style = easel.brand.headline
    measure = HeadlineMeasure.of(easel, style)
    room = width - 2 * measure.pad
    made = set_headline(easel, text, style, width=room, height=most - measure.extra)
    least = max(easel.short * style.least / made.size, 0.62)
    own = made.height + measure.extra + 4
    return even(own), even(min(own, made.height * least + measure.extra + 4))
