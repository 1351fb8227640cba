"""Laying out text: safe areas, ink measured from the real font, lines that shrink and wrap. All in pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.spans import Box

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.tools.fonts import FontFile

GRAPHICS_SAFE = 0.05
"""Part of each side that graphics keep clear of where a channel has no margins of its own (EBU R 95)."""

_MEASURE_AT = 96
_ADVANCE_AT = 1000
SMALLEST_PX = 6.0
_NO_LINE_START = "，。、；：？！”’）》】〉」』…—,.;:?!)]}%℃"
_NO_LINE_END = "“‘（《【〈「『([{"


@dataclass(frozen=True)
class Ink:
    """What a line measures in em: advance, and ink around the start of its baseline (x right, y down)."""

    advance: float
    left: float
    top: float
    right: float
    bottom: float


def safe_box(channel: Channel, width: int, height: int) -> Box:
    """Return the box that text stays in on a picture of this size.

    The channel's own margins, scaled where the picture is not of the channel's size; else 5 % at each side.
    """
    area = channel.safe_area
    if area is None or channel.frame is None:
        left = right = ceil(width * GRAPHICS_SAFE)
        top = bottom = ceil(height * GRAPHICS_SAFE)
    else:
        across, down = width / channel.frame.width, height / channel.frame.height
        left, right = ceil(area.left * across), ceil(area.right * across)
        top, bottom = ceil(area.top * down), ceil(area.bottom * down)
    left, top = ceil(left / 2) * 2, ceil(top / 2) * 2
    last_x, last_y = floor((width - right) / 2) * 2, floor((height - bottom) / 2) * 2
    return Box(x=left, y=top, width=last_x - left, height=last_y - top)


@lru_cache(maxsize=20_000)
def measure_ink(font: FontFile, text: str) -> Ink:
    """Measure one line in em, free of hinting: advances at full design size, ink from what is drawn."""
    advance = font.load(_ADVANCE_AT).getlength(text) / _ADVANCE_AT
    drawn = [_draw_ink(font, char) for char in dict.fromkeys(text)]
    if not drawn:
        return Ink(advance, 0.0, 0.0, 0.0, 0.0)
    after_last = advance - font.load(_ADVANCE_AT).getlength(text[-1]) / _ADVANCE_AT
    return Ink(
        advance,
        left=_draw_ink(font, text[0])[0],
        top=min(ink[1] for ink in drawn),
        right=after_last + _draw_ink(font, text[-1])[2],
        bottom=max(ink[3] for ink in drawn),
    )


@lru_cache(maxsize=20_000)
def _draw_ink(font: FontFile, char: str) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a letter's ink in em, half a measured pixel wider on each side."""
    mask, offset = font.load(_MEASURE_AT).getmask2(char, mode="L", anchor="ls")
    box = mask.getbbox()
    if box is None:
        return 0.0, 0.0, 0.0, 0.0
    left, top, right, bottom = box
    return (
        (left + offset[0] - 0.5) / _MEASURE_AT,
        (top + offset[1] - 0.5) / _MEASURE_AT,
        (right + offset[0] + 0.5) / _MEASURE_AT,
        (bottom + offset[1] + 0.5) / _MEASURE_AT,
    )


def fit_lines(
    font: FontFile,
    lines: Sequence[str],
    *,
    size: float,
    width: float,
    height: float,
    pitch: float,
    floor: float,
    least: float = SMALLEST_PX,
) -> tuple[float, tuple[str, ...]]:
    """Return an em size and lines that fit ``width`` by ``height`` pixels.

    Lines shrink together down to ``floor`` times ``size``; what is still too wide wraps; what is then too high
    shrinks further, down to ``least`` pixels.

    Raises:
        InputError: it does not fit at any readable size.
    """
    widest = max(_reach(font, line) for line in lines)
    made = min(size, max(width / widest if widest else size, size * floor, least))
    while made >= least:
        wrapped = tuple(part for line in lines for part in wrap_evenly(font, line, width / made))
        if len(wrapped) * pitch * made <= height and all(_reach(font, part) * made <= width + 0.01 for part in wrapped):
            return made, wrapped
        made *= 0.9
    raise InputError(f"text does not fit {width:.0f} by {height:.0f} pixels: {' '.join(lines)[:60]}")


def _reach(font: FontFile, text: str) -> float:
    """Return the width in em that a centred line needs, ink beyond its advance included."""
    ink = measure_ink(font, text)
    return max(ink.advance, ink.advance + 2 * max(-ink.left, ink.right - ink.advance, 0.0))


def wrap_line(font: FontFile, text: str, width: float, *, marks: bool = False) -> list[str]:
    """Break a line so that every part fits ``width`` em: at spaces, else between characters (kinsoku observed).

    With ``marks`` a place after a punctuation mark is taken rather than a later one.
    """
    if _reach(font, text) <= width:
        return [text]
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if _reach(font, text[:middle].rstrip()) <= width:
            low = middle
        else:
            high = middle - 1
    if low == len(text):  # but for the space at its end it fits
        return [text.rstrip()]
    cut = _break_before(text, low, marks)
    rest = text[cut:].strip()
    return [text[:cut].strip(), *(wrap_line(font, rest, width, marks=marks) if rest else [])]


def wrap_evenly(font: FontFile, text: str, width: float) -> list[str]:
    """Break a line as `wrap_line` does, into as few parts, of lengths as equal as can be."""
    best = wrap_line(font, text, width)
    if len(best) == 1:
        return best
    at_marks = wrap_line(font, text, width, marks=True)
    if len(at_marks) == len(best):
        return at_marks
    narrow = width
    for _ in range(12):
        narrow *= 0.94
        tried = wrap_line(font, text, narrow)
        if len(tried) > len(best):
            break
        best = tried
    return best


def _break_before(text: str, most: int, marks: bool) -> int:
    """Return the best place to break at or before ``most`` characters."""
    places = [cut for cut in range(most, max(most // 2, 0), -1) if may_break(text[cut - 1], text[cut])]
    wanted = (cut for cut in places if marks and text[cut - 1] in _NO_LINE_START)
    return next(wanted, places[0] if places else max(most, 1))


def may_break(before: str, after: str) -> bool:
    """Tell whether a line may end between two characters (kinsoku; Latin words stay whole)."""
    if before == " " or after == " ":
        return True
    wide = ord(before) >= 0x2E80 or ord(after) >= 0x2E80
    return wide and after not in _NO_LINE_START and before not in _NO_LINE_END
