"""Placed captions as an ASS document for libass: one event a line, at a fixed place, with times between frames."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from mediakit.errors import UsageError
from mediakit.media.asstext import escape_ass, mark_karaoke
from mediakit.media.times import seconds_to_frame
from mediakit.render.captions import layout_captions

if TYPE_CHECKING:
    from mediakit.media.cues import Cue
    from mediakit.render.caption_style import CaptionStyle, PlacedCue, PlacedLine

_STYLE = """Style: {name},{family},{size:.3f},{said},{colour},{edge},&H80000000,0,0,0,0,100,100,0,0,1,{outline:.2f},\
{shadow:.2f},2,0,0,0,1
"""
_HEADER = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
LayoutResX: {width}
LayoutResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: TV.709

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
{styles}
[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def render_ass(
    cues: Sequence[Cue],
    style: CaptionStyle,
    shift_s: float | Fraction = 0,
    window: tuple[float | Fraction, float | Fraction] | None = None,
) -> str:
    """Return the cues as an ASS document for libass, with the font found by its family name.

    Args:
        cues: of the whole programme, seconds on its clock.
        style: `caption_style`.
        shift_s: added to every time; a piece that starts at P and is filtered with its time stamps raised by N
            frames takes ``N / fps - P`` (a whole number of frames: 100 s are none at 23.976).
        window: only cues that show within these seconds of the programme's clock are written, cut to it; edges on
            the frame grid.

    Raises:
        InputError: as `layout_captions`.
        UsageError: ``shift_s`` would make a time negative.
    """
    layout = layout_captions(cues, style)
    low, high = (0, None) if window is None else (seconds_to_frame(edge, style.fps) for edge in window)
    written: list[str] = []
    for cue in layout.cues:
        first = max(cue.first, low or 0)
        end = cue.end if high is None else min(cue.end, high)
        if first >= end:
            continue
        start_text = _ass_time(first, style.fps, shift_s)
        end_text = _ass_time(end, style.fps, shift_s)
        if style.look.box is not None:
            written.append(_plate(cue, start_text, end_text, style))
        written += [_event(line, cue.style, first, start_text, end_text, style, shift_s) for line in cue.lines]
    header = _HEADER.format(
        width=style.width,
        height=style.height,
        styles="".join(_style(number, style) for number in range(len(style.look.styles))),
    )
    return header + "".join(f"{line}\n" for line in written)


def _style(number: int, style: CaptionStyle) -> str:
    """Return the line of one of the look's styles: 0 for all, others for some speakers."""
    look = style.look.styles[number]
    return _STYLE.format(
        name=_style_name(number),
        family=style.font.family.replace(",", " "),
        size=style.font.ass_size(style.size),
        said=_ass_colour(look.highlight or look.colour),
        colour=_ass_colour(look.colour),
        edge=_ass_colour(look.outline),
        outline=style.outline,
        shadow=style.shadow,
    )


def _style_name(number: int) -> str:
    return f"Cue{number}" if number else "Cue"


def _event(
    line: PlacedLine, number: int, first: int, start: str, end: str, style: CaptionStyle, shift_s: float | Fraction
) -> str:
    font, look = style.font, style.look.styles[number]
    y = line.baseline + line.size * font.descent / font.units_per_em
    smaller = "" if line.size == style.size else rf"\fs{font.ass_size(line.size):.3f}"
    place = rf"\an2\pos({line.x:.2f},{y:.2f}){smaller}"
    if look.highlight is not None and not line.words:
        place += rf"\1c{_ass_colour(look.colour)}&"
    text = _karaoke(line, first, style, shift_s) if line.words else escape_ass([line.text], drawn=True)
    return f"Dialogue: 1,{start},{end},{_style_name(number)},,0,0,0,,{{{place}}}{text}"


def _karaoke(line: PlacedLine, first: int, style: CaptionStyle, shift_s: float | Fraction) -> str:
    r"""Return a line whose words change colour at their frames, counted from the event's first frame.

    ``\k`` runs from the event's start, which a piece may cut: words that were said before it take no time.
    """
    zero = _ass_ticks(first, style.fps, shift_s)
    moments = [(text, max(_ass_ticks(frame, style.fps, shift_s) - zero, 0)) for text, frame in line.words]
    return mark_karaoke(moments, moments[-1][1] + 100, drawn=True)


def _plate(cue: PlacedCue, start: str, end: str, style: CaptionStyle) -> str:
    """Return the event of the plate behind a cue: one drawing, so that nothing overlaps where it is translucent."""
    box, look = cue.box, style.look.styles[cue.style]
    assert look.box is not None
    alpha = round(255 * (1 - look.box_opacity))
    place = rf"\an7\pos({box.x},{box.y})\bord0\shad0\1c{_ass_colour(look.box)}&\1a&H{alpha:02X}&\p1"
    shape = f"m 0 0 l {box.width} 0 l {box.width} {box.height} l 0 {box.height}"
    return f"Dialogue: 0,{start},{end},Cue,,0,0,0,,{{{place}}}{shape}"


def _ass_time(frame: int, fps: Fraction, shift_s: float | Fraction) -> str:
    """Return the time half a frame before ``frame``, rounded to hundredths: ``0:01:02.03``."""
    ticks = _ass_ticks(frame, fps, shift_s)
    return f"{ticks // 360_000}:{ticks // 6000 % 60:02d}:{ticks // 100 % 60:02d}.{ticks % 100:02d}"


def _ass_ticks(frame: int, fps: Fraction, shift_s: float | Fraction) -> int:
    """Return the hundredths of a second half a frame before ``frame``."""
    seconds = (frame - Fraction(1, 2)) / fps + Fraction(shift_s)
    if seconds < -Fraction(1, 2) / fps - Fraction(1, 1000):
        raise UsageError("a subtitle's time would be negative", hint="shift the piece further")
    return int(seconds * 100 + Fraction(1, 2)) if seconds > 0 else 0


def _ass_colour(colour: str) -> str:
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return f"&H00{blue}{green}{red}".upper()
