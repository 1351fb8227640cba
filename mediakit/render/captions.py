"""Burned subtitles: where every line goes inside the safe area, measured with the real font.

Every line gets a place of its own, so nothing depends on libass's stacking or wrapping, and a piece of the programme
shows what the whole programme would. Times lie in the middle between two frames, so that ASS's hundredths of a second
never move a cue to another frame (up to 90 frames a second); `mediakit.render.caption_ass` writes the document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.media.times import seconds_to_frame
from mediakit.render.caption_style import DEPTH_SAMPLE, PITCH, CaptionLayout, CaptionStyle, PlacedCue, PlacedLine
from mediakit.render.layout import fit_lines, measure_ink

if TYPE_CHECKING:
    from mediakit.media.cues import Cue
    from mediakit.tools.fonts import FontFile

_HIGH_SAMPLE = "国语鑫"
_SMALLEST = 0.72
_TALLEST = 0.5
_SQUEEZED = 0.7
"""A cue that its room would shrink below this part of its size goes above the room."""
_INK = 1.28
"""Height of one line's ink, in em."""
_ROUNDING = 1 / 64
"""Pixels that libass may round each letter's place by."""


@lru_cache(maxsize=32)
def _layout(cues: tuple[Cue, ...], style: CaptionStyle) -> CaptionLayout:
    placed: list[PlacedCue] = []
    showing: list[PlacedCue] = []
    boxes: list[TextBox] = []
    whole = "".join(line for cue in cues for line in cue.all_lines)
    missing = style.font.missing(whole)
    _check_coverage(whole, missing, style.font)
    for cue in sorted(cues, key=lambda item: (item.start, item.end)):
        lines = _clean_lines(cue.lines, style.font)
        second = _clean_lines(cue.translation, style.font)
        if not lines and not second:
            continue
        first = seconds_to_frame(cue.start, style.fps)
        end = max(seconds_to_frame(cue.end, style.fps), first + 1)
        showing = [other for other in showing if other.end > first]
        placed_cue = _place_free(lines, second, (first, end), showing, style)
        placed_cue = replace(placed_cue, style=style.look.style_of(cue.speaker))
        if style.look.highlight is not None:
            placed_cue = _time_words(placed_cue, cue, style)
        placed.append(placed_cue)
        showing.append(placed_cue)
        seconds = (float(first / style.fps), float(end / style.fps))
        boxes.append(TextBox(start=seconds[0], end=seconds[1], box=placed_cue.box, text="\n".join([*lines, *second])))
    return CaptionLayout(tuple(placed), tuple(boxes), missing)


def layout_captions(cues: Sequence[Cue], style: CaptionStyle) -> CaptionLayout:
    """Place every cue inside the safe area; a line that is too wide shrinks, then wraps.

    Raises:
        InputError: the font lacks most of the text's letters, or the text cannot fit the picture.
    """
    return _layout(tuple(cues), style)


def _clean_lines(lines: Sequence[str], font: FontFile) -> list[str]:
    return [clean for line in lines if (clean := clean_line(line, font))]


def clean_line(text: str, font: FontFile) -> str:
    """Return a line as it can be drawn: known characters, single spaces, no backslash (ASS cannot hold it as it is)."""
    return " ".join(font.keep_known(text.replace("\n", " ")).replace("\\", "＼").split())


def _check_coverage(text: str, missing: tuple[str, ...], font: FontFile) -> None:
    letters = [char for char in text if char.isalpha()]
    lost = sum(char in missing for char in letters)
    if letters and lost > len(letters) / 4:
        shown = " ".join(missing[:8])
        raise InputError(
            f"the font {font.family} lacks {lost} of {len(letters)} letters ({shown} …)",
            where=font.path.name,
            hint="name a font that has them, with `font` in the brand file",
        )


def _block_height(lines: Sequence[str], second: Sequence[str], style: CaptionStyle) -> float:
    return style.size * PITCH * (len(lines) + style.look.translation_scale * len(second))


def _place_free(
    lines: Sequence[str],
    second: Sequence[str],
    frames: tuple[int, int],
    showing: Sequence[PlacedCue],
    style: CaptionStyle,
) -> PlacedCue:
    """Place a cue clear of those that show; where its room is full, above the room.

    Raises:
        InputError: it does not fit the safe area.
    """
    edge = _free_edge(showing, _block_height(lines, second, style), style)
    placed = _place(lines, second, *frames, edge, style)
    squeezed = placed.lines[0].size < style.size * _SQUEEZED
    if style.room is not None and (squeezed or not style.room.contains(placed.box)):
        above = style.safe.model_copy(update={"height": max(style.room.y - style.safe.y, 0)})
        spilt = replace(style, safe=style.safe, room=above, hangs=False)
        edge = _free_edge(showing, _block_height(lines, second, spilt), spilt)
        placed = _place(lines, second, *frames, edge, spilt)
    if not style.safe.contains(placed.box):
        text = " / ".join((*lines, *second))
        raise InputError(f"a subtitle does not fit the safe area: {text[:60]}", hint="shorten it or split the cue")
    return placed


def _free_edge(showing: Sequence[PlacedCue], height: float, style: CaptionStyle) -> int:
    """Return where a block begins that keeps clear of the cues that show: its bottom, or its top where cues hang."""
    if style.hangs:
        top = style.stand.y
        for other in sorted(showing, key=lambda one: one.box.y):
            if other.box.y < top + height and other.box.bottom > top:
                top = other.box.bottom
        return top
    bottom = style.stand.bottom
    for other in sorted(showing, key=lambda one: -one.box.bottom):
        if other.box.bottom > bottom - height and other.box.y < bottom:
            bottom = other.box.y
    return bottom


def _time_words(placed: PlacedCue, cue: Cue, style: CaptionStyle) -> PlacedCue:
    """Return a cue with the frames of its words, also where a line was broken once more to fit."""
    letters: list[tuple[str, int, int]] = []
    for number, word in enumerate(word for line in cue.spoken_lines for word in line):
        frame = min(max(seconds_to_frame(word.start, style.fps), placed.first), placed.end)
        shown = style.font.keep_known(word.text).replace("\\", "＼")
        letters += [(letter, number, frame) for letter in shown if not letter.isspace()]
    lines: list[PlacedLine] = []
    at = 0
    for line in placed.lines:
        words: list[tuple[str, int]] = []
        latest = -1
        for letter in line.text if at < len(letters) else "":
            if letter.isspace() and words:
                words[-1] = (words[-1][0] + letter, words[-1][1])
                continue
            if at >= len(letters) or letters[at][0] != letter:
                return placed  # the cue's text is not that of its words
            _, number, frame = letters[at]
            if number == latest:
                words[-1] = (words[-1][0] + letter, words[-1][1])
            else:
                words.append((letter, frame))
            latest, at = number, at + 1
        lines.append(replace(line, words=tuple(words)))
    return replace(placed, lines=tuple(lines))


def _tallest(lines: Sequence[str], second: Sequence[str], style: CaptionStyle) -> tuple[float, float]:
    """Return how much height the lines of both languages may take."""
    if style.room is None:
        return (style.safe.height * _TALLEST,) * 2
    free = style.room.height - 6 - 2 * (style.edge + style.padding) - style.size * (_INK - PITCH)
    scale = style.look.translation_scale
    whole = len(lines) + scale * len(second)
    return free * len(lines) / whole, free * scale * len(second) / whole


def _fit(lines: Sequence[str], size: float, height: float, style: CaptionStyle) -> tuple[float, tuple[str, ...]]:
    if not lines:
        return size, ()
    longest = max(len(line) for line in lines)
    room = style.stand.width - 2 * (style.edge + style.padding + 3 + longest * _ROUNDING)
    return fit_lines(style.font, lines, size=size, width=room, height=height, pitch=PITCH, floor=_SMALLEST)


def _place(
    lines: Sequence[str], second: Sequence[str], first: int, end: int, edge: int, style: CaptionStyle
) -> PlacedCue:
    stand = style.stand
    tallest = _tallest(lines, second, style)
    size, fitted = _fit(lines, style.size, tallest[0], style)
    small, fitted_second = _fit(second, style.size * style.look.translation_scale, tallest[1], style)
    sized = [*((line, size) for line in fitted), *((line, small) for line in fitted_second)]
    low_size = sized[-1][1]
    last = fitted_second or fitted
    depth = max(measure_ink(style.font, line).bottom for line in (*last, DEPTH_SAMPLE)) * low_size
    bottom = stand.bottom if style.hangs else edge
    baseline = bottom - 2 - style.edge - style.padding - depth
    centre = stand.x + stand.width / 2
    made: list[PlacedLine] = []
    left, top, right, low = float(style.width), float(style.height), 0.0, 0.0
    for line, em in reversed(sized):
        ink = measure_ink(style.font, line)
        start = centre - ink.advance * em / 2
        slack = 1 + len(line) * _ROUNDING
        left = min(left, start + ink.left * em - slack)
        right = max(right, start + ink.right * em + slack)
        top = min(top, baseline + ink.top * em)
        low = max(low, baseline + ink.bottom * em)
        made.append(PlacedLine(line, round(centre, 2), round(baseline, 2), em))
        baseline -= em * PITCH
    pad = style.padding
    box = _even_box(
        left - style.outline - pad, top - style.outline - pad, right + style.edge + pad, low + style.edge + pad
    )
    if style.hangs:  # by the height of a letter, not by what this line happens to hold: no cue jumps
        first_line, em = sized[0]
        high = min(measure_ink(style.font, text).top for text in (first_line, _HIGH_SAMPLE)) * em
        up = made[-1].baseline - round(edge + 1.5 + style.outline + pad - high, 2)
        made = [replace(line, baseline=round(line.baseline - up, 2)) for line in made]
        box = _even_box(
            left - style.outline - pad,
            top - up - style.outline - pad,
            right + style.edge + pad,
            low - up + style.edge + pad,
        )
    return PlacedCue(first, end, tuple(reversed(made)), box)


def _even_box(left: float, top: float, right: float, bottom: float) -> Box:
    """Return the box on even pixels (colour is stored for blocks of two by two)."""
    x, y = floor((left - 0.5) / 2) * 2, floor((top - 0.5) / 2) * 2
    return Box(x=x, y=y, width=ceil((right + 0.5) / 2) * 2 - x, height=ceil((bottom + 0.5) / 2) * 2 - y)
