"""Graphics at an edge of the picture: name strap, chapter title, source credit, record number, AI label, bug."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from mediakit.render.easel import SetText, even
from mediakit.render.graphic import Graphic, Layer, Motion, Plate
from mediakit.render.layout import measure_ink

if TYPE_CHECKING:
    from mediakit.render.easel import Easel

LABEL_INK = 0.05
"""Least height of the AI label's letters as a part of the picture's shorter side (GB 45438-2025)."""

_LABEL_MARGIN = 1.04
_BUG_SIZE = 0.036
_NAME_SIZE, _NAME_LEAST = 0.052, 0.034
_TITLE_SIZE, _TITLE_LEAST = 0.034, 0.025
_CHAPTER_SIZE, _CHAPTER_LEAST = 0.062, 0.04
_NOTE_SIZE, _NOTE_LEAST = 0.027, 0.022
_HAN_SAMPLE, _LATIN_SAMPLE = "国", "H"
_FIRST_HAN = 0x2E80


@dataclass(frozen=True)
class Strap:
    """A graphic that has no place yet, and what it says."""

    graphic: Graphic
    text: str


def draw_name_strap(easel: Easel, name: str, title: str, *, right: bool = False) -> Strap:
    """Lay out a name with its title below, an accent bar at its outer side.

    Raises:
        InputError: it does not fit, or no font has its letters.
    """
    brand, pad = easel.brand, easel.part(0.02)
    bar = max(easel.part(0.007), 2)
    room = min(easel.safe.width, round(easel.size[0] * 0.8)) - 2 * pad - bar
    texts = [
        easel.set(
            name, "name_strap", size=_NAME_SIZE, least=_NAME_LEAST, floor=0.75, width=room,
            height=easel.safe.height * 0.35, colour=brand.colours.text,
        )
    ]  # fmt: skip
    if title.strip():
        texts.append(
            easel.set(
                title, "name_strap", size=_TITLE_SIZE, least=_TITLE_LEAST, floor=0.8, width=room,
                height=easel.safe.height * 0.3, colour=brand.colours.accent,
            )
        )  # fmt: skip
    gap = easel.part(0.012)
    width = even(max(text.width for text in texts) + 2 * pad + bar)
    height = even(sum(text.height for text in texts) + gap * (len(texts) - 1) + 1.5 * pad)
    sides: tuple[Motion, Motion] = ("wipe_left", "slide_left") if right else ("wipe_right", "slide_right")
    layers = [
        Layer((Plate(0, 0, width, height, brand.colours.primary, 214),), motion=sides[0], finish=0.6),
        Layer((Plate(width - bar if right else 0, 0, bar, height, brand.colours.accent),), motion="grow", finish=0.35),
    ]
    y = 0.75 * pad
    for number, text in enumerate(texts):
        column = width - 2 * pad - bar
        lines = text.place(pad if right else pad + bar, y, column, "right" if right else "left")
        begin, finish = 0.45 + 0.05 * number, 0.95 + 0.05 * number  # when the plate is there to stand on
        layers.append(Layer(lines=tuple(lines), motion=sides[1], shift=pad, begin=begin, finish=finish))
        y += text.height + gap
    return Strap(easel.graphic("name_strap", width, height, layers), " ".join(text.text for text in texts))


def draw_chapter(easel: Easel, text: str, below: str, *, right: bool = False) -> Strap:
    """Lay out a chapter title over the picture: an accent rule above it, a smaller line below it.

    Raises:
        InputError: it does not fit, or no font has its letters.
    """
    brand, pad = easel.brand, easel.part(0.022)
    rule = max(easel.part(0.006), 2)
    room = min(easel.safe.width, round(easel.size[0] * 0.8)) - 2 * pad
    texts = [
        easel.set(
            text, "chapter", size=_CHAPTER_SIZE, least=_CHAPTER_LEAST, floor=0.8, width=room,
            height=easel.safe.height * 0.3, colour=brand.colours.text,
        )
    ]  # fmt: skip
    if below.strip():
        texts.append(
            easel.set(
                below, "chapter", size=_TITLE_SIZE, least=_TITLE_LEAST, floor=0.8, width=room,
                height=easel.safe.height * 0.2, colour=brand.colours.accent,
            )
        )  # fmt: skip
    width = even(max(text.width for text in texts) + 2 * pad)
    height = even(rule + sum(text.height for text in texts) + 1.6 * pad)
    wipe: Motion = "wipe_left" if right else "wipe_right"
    layers = [
        Layer((Plate(0, rule, width, height - rule, brand.colours.background, 190),), begin=0.1, finish=0.8),
        Layer((Plate(0, 0, width, rule, brand.colours.accent),), motion=wipe, finish=0.7),
    ]
    y = rule + 0.7 * pad
    for number, one in enumerate(texts):
        lines = one.place(pad, y, width - 2 * pad, "right" if right else "left")
        begin, finish = 0.25 + 0.15 * number, 0.85 + 0.15 * number
        layers.append(Layer(lines=tuple(lines), motion="rise", shift=pad // 2, begin=begin, finish=finish))
        y += one.height
    return Strap(easel.graphic("chapter", width, height, layers), " ".join(one.text for one in texts))


def draw_note(easel: Easel, kind: str, text: str) -> Strap:
    """Lay out a source credit or a record number: small, on a plate.

    Raises:
        InputError: it does not fit, or no font has its letters.
    """
    pad = easel.part(0.012)
    made = easel.set(
        text, kind, size=_NOTE_SIZE, least=_NOTE_LEAST, floor=0.85, width=easel.safe.width * 0.6 - 2 * pad,
        height=easel.safe.height * 0.2, colour=easel.brand.colours.text,
    )  # fmt: skip
    return _on_plate(easel, kind, made, pad, easel.brand.colours.background, 165, "fade")


def draw_bug(easel: Easel, text: str) -> Strap:
    """Lay out the series' mark.

    Raises:
        InputError: it does not fit, or no font has its letters.
    """
    made = easel.set(
        text, "bug", size=_BUG_SIZE, floor=0.7, width=easel.safe.width * 0.4, height=easel.safe.height * 0.2,
        colour=easel.brand.colours.text,
    )  # fmt: skip
    return _on_plate(easel, "bug", made, ceil(made.size * 0.35), easel.brand.colours.primary, 170, "stand")


def draw_label(easel: Easel, text: str) -> Strap:
    """Lay out the AI label, at least as high as the standard asks; it stands whole from its first frame on.

    Raises:
        InputError: it does not fit, or no font has its letters.
    """
    size = label_size(easel, text)
    pad = ceil(easel.short * size * 0.28)
    made = easel.set(
        text, "ai_label", size=size, least=size, floor=1.0, width=easel.safe.width - 2 * pad,
        height=easel.safe.height / 2, colour=easel.brand.colours.text,
    )  # fmt: skip
    return _on_plate(easel, "ai_label", made, pad, "#000000", 160, "stand")


def label_size(easel: Easel, text: str) -> float:
    """Return the em, as a part of the shorter side, at which the label's letters are as high as they must be.

    Chinese characters are measured where there are any, else capitals.
    """
    known, font = easel.known(text, "ai_label")
    sample = _HAN_SAMPLE if any(ord(char) >= _FIRST_HAN for char in known) else _LATIN_SAMPLE
    ink = measure_ink(font, sample)
    return LABEL_INK * _LABEL_MARGIN / (ink.bottom - ink.top)


def _on_plate(easel: Easel, kind: str, made: SetText, pad: int, colour: str, opacity: int, motion: Motion) -> Strap:
    width, height = even(made.width + 2 * pad), even(made.height + 1.2 * pad)
    lines = made.place(pad, (height - made.height) / 2, width - 2 * pad)
    layer = Layer((Plate(0, 0, width, height, colour, opacity),), tuple(lines), motion=motion)
    return Strap(easel.graphic(kind, width, height, [layer]), made.text)
