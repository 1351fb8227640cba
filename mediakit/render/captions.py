"""Burned subtitles: where every line goes inside the safe area, measured with the real font, as an ASS document.

Every line is an event of its own with a fixed position, so nothing depends on libass's stacking or wrapping, and a
piece of the programme shows what the whole programme would. Times lie in the middle between two frames, so that
ASS's hundredths of a second never move a cue to another frame (up to 90 frames a second).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor
from typing import TYPE_CHECKING

from mediakit.errors import InputError, UsageError
from mediakit.media.asstext import escape_ass
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.media.times import seconds_to_frame
from mediakit.render.layout import fit_lines, measure_ink, safe_box

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, SubtitleProfile
    from mediakit.media.cues import Cue
    from mediakit.tools.fonts import FontFile

FASTEST_RATE = 90
_LARGEST = {"cjk": 0.062, "all": 0.052}
_LATIN_SAMPLE = "The quick brown fox jumps over the lazy dog, and then some more."
_DEPTH_SAMPLE = "国语gjpqy，（【|"
_PITCH = 1.28
_SMALLEST = 0.72
_TALLEST = 0.5
_ROUNDING = 1 / 64
"""Pixels that libass may round each letter's place by."""
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
Style: Cue,{family},{size:.3f},{colour},{colour},&H00000000,&H80000000,0,0,0,0,100,100,0,0,1,{outline:.2f},\
{shadow:.2f},2,0,0,0,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


@dataclass(frozen=True)
class CaptionStyle:
    """How captions look on one picture; lengths in pixels.

    Attributes:
        width: of the picture.
        height: of the picture.
        fps: frames a second that cues are snapped to.
        font: the font file.
        size: height of the em square.
        outline: width of the dark edge around letters.
        shadow: offset of the shadow to the right and down.
        safe: the box that all ink stays in.
        colour: of the letters, ``#rrggbb``.
    """

    width: int
    height: int
    fps: Fraction
    font: FontFile
    size: float
    outline: float
    shadow: float
    safe: Box
    colour: str = "#ffffff"

    @property
    def edge(self) -> float:
        """How far ink reaches beyond a letter."""
        return self.outline + self.shadow


@dataclass(frozen=True)
class PlacedLine:
    """One line: the middle of its baseline in pixels, and its em size."""

    text: str
    x: float
    baseline: float
    size: float


@dataclass(frozen=True)
class PlacedCue:
    """One cue: first frame, first frame past it, its lines, and the box that holds all ink."""

    first: int
    end: int
    lines: tuple[PlacedLine, ...]
    box: Box


@dataclass(frozen=True)
class CaptionLayout:
    """All cues of a programme, placed; ``missing`` are characters that the font lacks and that were left out."""

    cues: tuple[PlacedCue, ...]
    boxes: tuple[TextBox, ...]
    missing: tuple[str, ...]


def caption_style(
    channel: Channel,
    font: FontFile,
    profile: SubtitleProfile,
    *,
    size: tuple[int, int] | None = None,
    colour: str = "#ffffff",
) -> CaptionStyle:
    """Return the captions' style for a channel: its safe area, and a size that the profile's longest line fits.

    Args:
        channel: a channel with a picture.
        font: `tools.fonts.find_font`.
        profile: the subtitle profile that the cues were made under.
        size: width and height, where they are not the channel's (a rung of an adaptive stream).
        colour: of the letters.

    Raises:
        UsageError: the channel has no picture, or too many frames a second for ASS times.
    """
    if channel.frame is None:
        raise UsageError(f"{channel.title} has no picture to burn subtitles into")
    if channel.frame.fps > FASTEST_RATE:
        raise UsageError(f"subtitles cannot be burned exactly at {float(channel.frame.fps):g} frames a second")
    width, height = size or (channel.frame.width, channel.frame.height)
    safe = safe_box(channel, width, height)
    sample = "国" * profile.line_length if profile.counting == "cjk" else _LATIN_SAMPLE
    per_em = measure_ink(font, sample).advance
    if profile.counting != "cjk":
        per_em *= profile.line_length / len(sample)
    edge_per_em = 2 * (0.07 + 0.03)
    fitting = (safe.width - 4) / (per_em + edge_per_em)
    em = max(min(fitting, _LARGEST[profile.counting] * min(width, height)), 8.0)
    em = floor(em * 2) / 2
    return CaptionStyle(
        width=width,
        height=height,
        fps=channel.frame.fps,
        font=font,
        size=em,
        outline=round(em * 0.06, 2),
        shadow=round(em * 0.025, 2),
        safe=safe,
        colour=colour,
    )


@lru_cache(maxsize=32)
def _layout(cues: tuple[Cue, ...], style: CaptionStyle) -> CaptionLayout:
    placed: list[PlacedCue] = []
    showing: list[PlacedCue] = []
    boxes: list[TextBox] = []
    whole = "".join(line for cue in cues for line in cue.lines)
    missing = style.font.missing(whole)
    _check_coverage(whole, missing, style.font)
    for cue in sorted(cues, key=lambda item: (item.start, item.end)):
        lines = [clean_line(line, style.font) for line in cue.lines]
        lines = [line for line in lines if line]
        if not lines:
            continue
        first = seconds_to_frame(cue.start, style.fps)
        end = max(seconds_to_frame(cue.end, style.fps), first + 1)
        bottom = style.safe.bottom
        showing = [other for other in showing if other.end > first]
        for other in sorted(showing, key=lambda one: -one.box.bottom):
            if other.box.bottom > bottom - _block_height(lines, style):
                bottom = other.box.y
        placed_cue = _place(lines, first, end, bottom, style)
        placed.append(placed_cue)
        showing.append(placed_cue)
        seconds = (float(first / style.fps), float(end / style.fps))
        boxes.append(TextBox(start=seconds[0], end=seconds[1], box=placed_cue.box, text="\n".join(lines)))
    return CaptionLayout(tuple(placed), tuple(boxes), missing)


def layout_captions(cues: Sequence[Cue], style: CaptionStyle) -> CaptionLayout:
    """Place every cue inside the safe area; a line that is too wide shrinks, then wraps.

    Raises:
        InputError: the font lacks most of the text's letters, or the text cannot fit the picture.
    """
    return _layout(tuple(cues), style)


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


def _block_height(lines: Sequence[str], style: CaptionStyle) -> float:
    return style.size * _PITCH * len(lines)


def _place(lines: Sequence[str], first: int, end: int, bottom: int, style: CaptionStyle) -> PlacedCue:
    safe = style.safe
    longest = max(len(line) for line in lines)
    room = safe.width - 2 * (style.edge + 3 + longest * _ROUNDING)
    size, fitted = fit_lines(
        style.font, lines, size=style.size, width=room, height=safe.height * _TALLEST, pitch=_PITCH, floor=_SMALLEST
    )
    depth = max(measure_ink(style.font, line).bottom for line in (*fitted, _DEPTH_SAMPLE)) * size
    baseline = bottom - 2 - style.edge - depth
    centre = safe.x + safe.width / 2
    made: list[PlacedLine] = []
    left, top, right, low = float(style.width), float(style.height), 0.0, 0.0
    for line in reversed(fitted):
        ink = measure_ink(style.font, line)
        start = centre - ink.advance * size / 2
        slack = 1 + len(line) * _ROUNDING
        left = min(left, start + ink.left * size - slack)
        right = max(right, start + ink.right * size + slack)
        top = min(top, baseline + ink.top * size)
        low = max(low, baseline + ink.bottom * size)
        made.append(PlacedLine(line, round(centre, 2), round(baseline, 2), size))
        baseline -= size * _PITCH
    box = _even_box(left - style.outline, top - style.outline, right + style.edge, low + style.edge)
    if not safe.contains(box):
        text = " / ".join(lines)
        raise InputError(f"a subtitle does not fit the safe area: {text[:60]}", hint="shorten it or split the cue")
    return PlacedCue(first, end, tuple(reversed(made)), box)


def _even_box(left: float, top: float, right: float, bottom: float) -> Box:
    """Return the box on even pixels (colour is stored for blocks of two by two)."""
    x, y = floor((left - 0.5) / 2) * 2, floor((top - 0.5) / 2) * 2
    return Box(x=x, y=y, width=ceil((right + 0.5) / 2) * 2 - x, height=ceil((bottom + 0.5) / 2) * 2 - y)


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
        written += [_event(line, start_text, end_text, style) for line in cue.lines]
    header = _HEADER.format(
        width=style.width,
        height=style.height,
        family=style.font.family.replace(",", " "),
        size=style.font.ass_size(style.size),
        colour=_ass_colour(style.colour),
        outline=style.outline,
        shadow=style.shadow,
    )
    return header + "".join(f"{line}\n" for line in written)


def _event(line: PlacedLine, start: str, end: str, style: CaptionStyle) -> str:
    font = style.font
    y = line.baseline + line.size * font.descent / font.units_per_em
    smaller = "" if line.size == style.size else rf"\fs{font.ass_size(line.size):.3f}"
    place = rf"\an2\pos({line.x:.2f},{y:.2f}){smaller}"
    return f"Dialogue: 0,{start},{end},Cue,,0,0,0,,{{{place}}}{escape_ass([line.text], drawn=True)}"


def _ass_time(frame: int, fps: Fraction, shift_s: float | Fraction) -> str:
    """Return the time half a frame before ``frame``, rounded to hundredths: ``0:01:02.03``."""
    seconds = (frame - Fraction(1, 2)) / fps + Fraction(shift_s)
    ticks = int(seconds * 100 + Fraction(1, 2)) if seconds > 0 else 0
    if seconds < -Fraction(1, 2) / fps - Fraction(1, 1000):
        raise UsageError("a subtitle's time would be negative", hint="shift the piece further")
    return f"{ticks // 360_000}:{ticks // 6000 % 60:02d}:{ticks // 100 % 60:02d}.{ticks % 100:02d}"


def _ass_colour(colour: str) -> str:
    red, green, blue = colour[1:3], colour[3:5], colour[5:7]
    return f"&H00{blue}{green}{red}".upper()
