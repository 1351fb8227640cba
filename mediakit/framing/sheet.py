"""The contact sheet: a still of each shot with its windows drawn in, in numbered order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.framing.labels import Labels, tell_reason
from mediakit.media.framing import FramedShot, Framing, format_shape, resolve, split_shape
from mediakit.media.times import format_clock
from mediakit.media.windows import Path as Way
from mediakit.media.windows import Stretch, window_size

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

    from mediakit.tools.fonts import FontFile

STILL_HEIGHT = 180
COLUMNS, ROWS = 5, 8
_GAP, _LINE = 8, 17
_PAPER, _INK, _SOFT = (250, 250, 247), (24, 24, 22), (110, 110, 104)
_WINDOW, _SECOND, _WHOLE = (255, 196, 0), (64, 196, 255), (230, 80, 60)


def sheet_time(shot: FramedShot) -> float:
    """Return the time of the still that stands for a shot."""
    return round((shot.start + shot.end) / 2, 3)


def write_sheets(
    framing: Framing, shape: Fraction, stills: Mapping[float, Picture], folder: Path, font: FontFile, labels: Labels
) -> list[Path]:
    """Write the sheets of one shape and return their files: one, or as many as the shots need.

    Args:
        framing: whose windows are drawn.
        shape: the frames' shape.
        stills: by `sheet_time` of each shot; a shot without one is left blank.
        folder: where to write.
        font: for numbers and reasons.
        labels: the words.
    """
    numbered = list(enumerate(framing.shots, 1))
    pages = [numbered[at : at + COLUMNS * ROWS] for at in range(0, len(numbered), COLUMNS * ROWS)]
    written = []
    for number, page in enumerate(pages, 1):
        last = "" if len(pages) == 1 else f"-{number:02d}"
        path = folder / f"framing-{format_shape(shape).replace(':', 'x')}{last}.jpg"
        _draw_page(framing, shape, page, stills, font, labels).save(path, "JPEG", quality=85)
        written.append(path)
    return written


def _draw_page(
    framing: Framing,
    shape: Fraction,
    page: Sequence[tuple[int, FramedShot]],
    stills: Mapping[float, Picture],
    font: FontFile,
    labels: Labels,
) -> Picture:
    from PIL import Image, ImageDraw

    width = max(round(STILL_HEIGHT * float(framing.picture)), 60)
    columns = min(COLUMNS, len(page))
    rows = -(-len(page) // columns)
    across, down = width + _GAP, STILL_HEIGHT + 2 * _LINE + _GAP
    sheet: Picture = Image.new("RGB", (columns * across + _GAP, rows * down + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for place, (number, shot) in enumerate(page):
        x, y = _GAP + place % columns * across, _GAP + place // columns * down
        stretches = resolve(shot, shot.views[format_shape(shape)], shape, framing.picture)
        shown = draw_windows(stills.get(sheet_time(shot)), (width, STILL_HEIGHT), stretches, shape, framing.picture)
        sheet.paste(shown, (x, y))
        why = tell_reason(shot.views[format_shape(shape)].why, labels)
        asked = shot.overrides or shot.views[format_shape(shape)].overrides
        _write(draw, (x, y + STILL_HEIGHT), f"{number}  {format_clock(shot.start, decimals=1)}", width, font, _INK)
        _write(draw, (x, y + STILL_HEIGHT + _LINE), labels["override"] if asked else why, width, font, _SOFT)
    return sheet


def draw_windows(
    still: Picture | None, size: tuple[int, int], stretches: Sequence[Stretch], shape: Fraction, picture: Fraction
) -> Picture:
    """Return a still with its windows, at the middle of each stretch; what lies outside all of them is dimmed."""
    from PIL import Image, ImageDraw, ImageEnhance

    base: Picture = Image.new("RGB", size, (60, 60, 60)) if still is None else still.convert("RGB").resize(size)
    boxes = [
        (_box(way, (stretch.start + stretch.end) / 2, one, picture, size), colour)
        for stretch in stretches
        for way, one, colour in _ways(stretch, shape)
    ]
    if not boxes:
        ImageDraw.Draw(base).rectangle((1, 1, size[0] - 2, size[1] - 2), outline=_WHOLE, width=3)
        return base
    dim = ImageEnhance.Brightness(base).enhance(0.4)
    for box, _ in boxes:
        dim.paste(base.crop(box), box[:2])
    draw = ImageDraw.Draw(dim)
    for box, colour in boxes:
        draw.rectangle((box[0], box[1], box[2] - 1, box[3] - 1), outline=colour, width=3)
    return dim


def _ways(stretch: Stretch, shape: Fraction) -> list[tuple[Way, Fraction, tuple[int, int, int]]]:
    one = shape if stretch.show == "window" else split_shape(shape)
    return [(way, one, colour) for way, colour in zip(stretch.paths, (_WINDOW, _SECOND), strict=False)]


def _box(way: Way, time: float, shape: Fraction, picture: Fraction, size: tuple[int, int]) -> tuple[int, int, int, int]:
    wide, high = window_size(way.height, shape, picture)
    mark = way.at(time)
    edges = (mark.x - wide / 2, mark.y - high / 2, mark.x + wide / 2, mark.y + high / 2)
    left, top, right, bottom = (round(edge * length) for edge, length in zip(edges, (*size, *size), strict=True))
    return max(left, 0), max(top, 0), min(right, size[0]), min(bottom, size[1])


def _write(
    draw: ImageDraw, at: tuple[int, int], text: str, width: int, font: FontFile, colour: tuple[int, int, int]
) -> None:
    face = font.load(13)
    text = font.keep_known(text)
    while text and draw.textlength(text, font=face) > width:
        text = text[:-2] + "…" if len(text) > 2 else ""
    draw.text((at[0], at[1] + 1), text, font=face, fill=colour)
