"""Cards: opening, closing with credits, chapter, AI label, plain text; text blocks for a frame of plain colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.spans import Box
from mediakit.render.credits import Page, lay_credits, page_shift
from mediakit.render.easel import LaidGraphic, SetText, even
from mediakit.render.graphic import Graphic, Layer, Motion, Plate, TextLine
from mediakit.render.straps import label_size

if TYPE_CHECKING:
    from mediakit.render.easel import Align, Easel

LEAST_PAGE_S = 2.0
"""A page of credits stands at least so long, as does an AI label (GB 45438-2025)."""

_SETTLE_S = 0.5
_VEIL_PIXELS = 16
_TITLE = 0.115
_CHAPTER = 0.085
_TEXT = 0.046
_SMALL = 0.04
_KICKER = 0.036


@dataclass(frozen=True)
class _Part:
    """A text of a card, or a rule (no text), with the space above it."""

    text: SetText | None
    above: float
    motion: Motion = "rise"


def lay_opening(easel: Easel, lines: Sequence[str], room: Box, start: int, end: int) -> list[LaidGraphic]:
    """Lay out title, subtitle and series; ``lines`` are these three, those missing come from the brand.

    Raises:
        InputError: there is no title, it does not fit, or no font has its letters.
    """
    brand = easel.brand
    title, subtitle, series = (*lines, *("",) * 3)[:3] if lines else (brand.title, brand.subtitle, brand.series)
    title = title or brand.title or brand.series
    if not title.strip():
        raise InputError("the opening card has no title", hint="add title: … to the brand file")
    parts: list[_Part] = []
    if series.strip() and series not in (title, subtitle) and series not in subtitle:
        kicker = easel.set(series, "opening", size=_KICKER, width=room.width, height=room.height * 0.12,
                           colour=brand.colours.accent)  # fmt: skip
        parts.append(_Part(kicker, 0))
    big = easel.set(title, "opening", size=_TITLE, floor=0.7, least=0.045, width=room.width,
                    height=room.height * 0.5, colour=brand.colours.text)  # fmt: skip
    parts += [_Part(big, easel.part(0.03)), _Part(None, easel.part(0.035))]
    if subtitle.strip():
        small = easel.set(subtitle, "opening", size=_SMALL, floor=0.75, least=0.026, width=room.width,
                          height=room.height * 0.2, colour=brand.colours.text)  # fmt: skip
        parts.append(_Part(small, easel.part(0.035)))
    return [_lay_parts(easel, "opening", parts, room, start, end)]


def lay_chapter(easel: Easel, lines: Sequence[str], room: Box, start: int, end: int) -> list[LaidGraphic]:
    """Lay out a chapter card: of two lines the first one is the small one (“Chapter one”); more follow below.

    Raises:
        InputError: there is no text, it does not fit, or no font has its letters.
    """
    texts = _need(lines, "chapter")
    parts: list[_Part] = []
    if len(texts) > 1:
        kicker = easel.set(texts[0], "chapter", size=_KICKER, width=room.width, height=room.height * 0.15,
                           colour=easel.brand.colours.accent)  # fmt: skip
        parts.append(_Part(kicker, 0))
        texts = texts[1:]
    big = easel.set(texts[0], "chapter", size=_CHAPTER, floor=0.7, least=0.045, width=room.width,
                    height=room.height * 0.5, colour=easel.brand.colours.text)  # fmt: skip
    parts += [_Part(big, easel.part(0.025)), _Part(None, easel.part(0.035))]
    parts += _paragraphs(easel, texts[1:], "chapter", room, _SMALL)
    return [_lay_parts(easel, "chapter", parts, room, start, end)]


def lay_text(easel: Easel, lines: Sequence[str], room: Box, start: int, end: int) -> list[LaidGraphic]:
    """Lay out a card of plain lines.

    Raises:
        InputError: there is no text, it does not fit, or no font has its letters.
    """
    parts = _paragraphs(easel, _need(lines, "text"), "text", room, _TEXT)
    return [_lay_parts(easel, "text", parts, room, start, end)]


def lay_label(easel: Easel, lines: Sequence[str], room: Box, start: int, end: int) -> list[LaidGraphic]:
    """Lay out the AI label as a card; it stands whole from its first frame on.

    Raises:
        InputError: there is no text, it is shown too shortly, does not fit, or no font has its letters.
    """
    known = [line for line in lines if line.strip()] or ([easel.brand.ai_label.text] if easel.brand.ai_label else [])
    texts = _need(known, "ai_label")
    least = easel.frames(LEAST_PAGE_S)
    if end - start < least:
        raise InputError(
            f"the AI label's card lasts {float((end - start) / easel.fps):.2f} s",
            hint=f"the standard asks for {LEAST_PAGE_S:g} s at least",
        )
    parts = []
    for text in texts:
        size = label_size(easel, text) * 1.15
        made = easel.set(text, "ai_label", size=size, least=size / 1.15, floor=0.88, width=room.width,
                         height=room.height * 0.8, colour=easel.brand.colours.text)  # fmt: skip
        parts.append(_Part(made, easel.part(0.03), "stand"))
    return [_lay_parts(easel, "ai_label", parts, room, start, end)]


def lay_closing(
    easel: Easel, lines: Sequence[str], room: Box, start: int, end: int, *, stays: bool
) -> list[LaidGraphic]:
    """Lay out credits, on several pages where one does not hold them; ``stays``: the last page does not go out.

    Raises:
        InputError: there are none, a page would be too short to read, a line does not fit, a letter is missing.
    """
    frames, least = end - start, easel.frames(LEAST_PAGE_S)
    pages = lay_credits(easel, lines, room, max(frames // max(least, 1), 1))
    if len(pages) > 1 and len(pages) * least > frames:
        raise InputError(
            f"the credits take {len(pages)} pages, and {float(frames / easel.fps):.1f} s are not enough for them",
            where="closing card",
            hint=f"show it for at least {len(pages) * LEAST_PAGE_S:g} s, or shorten the credits",
        )
    made = []
    for number, page in enumerate(pages):
        first, last = start + frames * number // len(pages), start + frames * (number + 1) // len(pages)
        made.append(_lay_page(easel, page, room, first, last, stays=stays and last == end))
    return made


def lay_veil(easel: Easel, start: int, end: int, opacity: float) -> LaidGraphic:
    """Lay out a plain veil over the whole picture; it fades in and stays."""
    width, height = easel.size
    plate = Plate(0, 0, _VEIL_PIXELS, _VEIL_PIXELS, easel.brand.colours.background, round(opacity * 255))
    graphic = Graphic("veil", _VEIL_PIXELS, _VEIL_PIXELS, (Layer((plate,)),))
    coming = easel.settle(start, end, _SETTLE_S)
    whole = Box(x=0, y=0, width=width, height=height)
    return LaidGraphic(graphic, whole, start, end, "", coming, 0, (width, height))


def _need(lines: Sequence[str], kind: str) -> list[str]:
    texts = [line for line in lines if line.strip()]
    if not texts:
        raise InputError("the card has no text", where=f"{kind.replace('_', ' ')} card", hint="give it lines")
    return texts


def _paragraphs(easel: Easel, texts: Sequence[str], kind: str, room: Box, size: float) -> list[_Part]:
    height = room.height / max(len(texts), 1)
    return [
        _Part(
            easel.set(text, kind, size=size, floor=0.7, least=0.028, width=room.width, height=height,
                      colour=easel.brand.colours.text),
            easel.part(0.024),
        )
        for text in texts
    ]  # fmt: skip


def _lay_parts(easel: Easel, kind: str, parts: Sequence[_Part], room: Box, start: int, end: int) -> LaidGraphic:
    """Put texts and rules one below another, in the middle of the room, each coming in a little after the last."""
    rule_width, rule_height = easel.part(0.13), max(easel.part(0.006), 2)
    shift = easel.part(0.018)
    above = [0.0, *(part.above for part in parts[1:])]
    heights = [rule_height if part.text is None else part.text.height for part in parts]
    tall = sum(above) + sum(heights)
    wide = max(rule_width, *(part.text.width for part in parts if part.text is not None))
    width, height = even(wide), even(tall + shift)
    align: Align = easel.brand.opening.align if kind == "opening" else "centre"
    layers: list[Layer] = []
    y = 0.0
    for number, part in enumerate(parts):
        y += above[number]
        begin = 0.4 * number / max(len(parts) - 1, 1)
        if part.text is None:
            x = 0 if align == "left" else (width - rule_width) // 2
            plate = Plate(x, round(y), rule_width, rule_height, easel.brand.colours.accent)
            layers.append(Layer((plate,), motion="wipe_right", begin=begin, finish=begin + 0.6))
        else:
            lines: list[TextLine] = part.text.place(0, y, width, align)
            finish = 1.0 if part.motion == "stand" else begin + 0.6
            layers.append(Layer(lines=tuple(lines), motion=part.motion, shift=shift, begin=begin, finish=finish))
        y += heights[number]
    graphic = easel.graphic(kind, width, height, layers)
    box = _middle(easel, graphic, room, kind)
    stands = all(part.motion == "stand" for part in parts)
    settle = 0 if stands else easel.settle(start, end, _SETTLE_S)
    text = " ".join(part.text.text for part in parts if part.text is not None)
    return LaidGraphic(graphic, box, start, end, text, settle, settle, card=True)


def _lay_page(easel: Easel, page: Page, room: Box, start: int, end: int, *, stays: bool) -> LaidGraphic:
    shift = page_shift(easel)
    layer = Layer(lines=page.lines, motion="rise", shift=shift)
    graphic = easel.graphic("closing", page.width, page.height + shift, [layer])
    settle = easel.settle(start, end, _SETTLE_S)
    box = _middle(easel, graphic, room, "closing")
    return LaidGraphic(graphic, box, start, end, page.text, settle, 0 if stays else settle, card=True)


def _middle(easel: Easel, graphic: Graphic, room: Box, kind: str) -> Box:
    x = (room.x + (room.width - graphic.width) // 2) // 2 * 2
    y = (room.y + (room.height - graphic.height) // 2) // 2 * 2
    box = Box(x=max(x, 0), y=max(y, 0), width=graphic.width, height=graphic.height)
    if not room.contains(box):
        raise InputError(
            f"takes {graphic.width} by {graphic.height} pixels, and {room.width} by {room.height} are free",
            where=f"{kind.replace('_', ' ')} card",
            hint="shorten its text",
        )
    return box
