"""How burned captions look on one picture, and what a placed caption is."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from mediakit.errors import UsageError
from mediakit.media.captionlook import PLAIN_LOOK, CaptionLook
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.render.layout import measure_ink, safe_box

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, SubtitleProfile
    from mediakit.tools.fonts import FontFile

FASTEST_RATE = 90
PITCH = 1.28
"""From a baseline to the next, in em."""
DEPTH_SAMPLE = "国语gjpqy，（【|Å"
"""Letters as deep and as high as any."""
_LARGEST = {"cjk": 0.062, "all": 0.052}
_LATIN_SAMPLE = "The quick brown fox jumps over the lazy dog, and then some more."
_PADDING = 0.2
_SHADOW = 0.025


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
        look: colours, box, position, highlight.
        room: where in ``safe`` cues stand; one that finds no room there goes above it. None is all of it.
        hangs: cues begin at the room's top rather than end at its bottom.
    """

    width: int
    height: int
    fps: Fraction
    font: FontFile
    size: float
    outline: float
    shadow: float
    safe: Box
    look: CaptionLook = PLAIN_LOOK
    room: Box | None = None
    hangs: bool = False

    @property
    def stand(self) -> Box:
        """The box that cues stand in."""
        return self.room or self.safe

    @property
    def edge(self) -> float:
        """How far ink reaches beyond a letter."""
        return self.outline + self.shadow

    @property
    def padding(self) -> float:
        """How far the plate reaches beyond the ink; 0 without a plate."""
        return self.size * _PADDING if self.look.box is not None else 0.0


@dataclass(frozen=True)
class PlacedLine:
    """One line: the middle of its baseline in pixels, and its em size.

    ``words`` are its words with the frame at which each is highlighted; none without a highlight.
    """

    text: str
    x: float
    baseline: float
    size: float
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class PlacedCue:
    """One cue: first frame, first frame past it, its lines, the box that holds all ink, which of the look's styles."""

    first: int
    end: int
    lines: tuple[PlacedLine, ...]
    box: Box
    style: int = 0


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
    look: CaptionLook = PLAIN_LOOK,
    room: Box | None = None,
    hangs: bool | None = None,
    rows: float = 1.0,
) -> CaptionStyle:
    """Return the captions' style for a channel: its safe area, and a size that the profile's longest line fits.

    Args:
        channel: a channel with a picture.
        font: `tools.fonts.find_font`.
        profile: the subtitle profile that the cues were made under.
        size: width and height, where they are not the channel's (a rung of an adaptive stream).
        look: colours, box, position, highlight, from the brand.
        room: where cues stand (`arrangement.Arrangement`); None is anywhere in the safe area.
        hangs: cues begin at the room's top; by default, as the look's position says.
        rows: lines that the room has to hold, `count_rows`.

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
    if look.box is not None:
        edge_per_em = 2 * _PADDING
    fitting = (safe.width - 4) / (per_em + edge_per_em)
    em = max(min(fitting, look.scale * _LARGEST[profile.counting] * min(width, height)), 8.0)
    em = floor(em * 2) / 2
    while room is not None and em > 8 and caption_height(font, em, rows, look) > room.height:
        em -= 0.5
    return CaptionStyle(
        width=width,
        height=height,
        fps=channel.frame.fps,
        font=font,
        size=em,
        outline=_outline(em, look),
        shadow=_shadow(em, look),
        safe=safe,
        look=look,
        room=room,
        hangs=look.position == "top" if hangs is None else hangs,
    )


def _outline(em: float, look: CaptionLook) -> float:
    return 0.0 if look.box is not None else round(em * look.outline_width, 2)


def _shadow(em: float, look: CaptionLook) -> float:
    return round(em * _SHADOW, 2) if look.shadow and look.box is None else 0.0


def count_rows(profile: SubtitleProfile, look: CaptionLook, *, translated: bool) -> float:
    """Return how many lines of full size the highest cue of a profile takes."""
    return profile.lines * (1 + (look.translation_scale if translated else 0))


def caption_height(font: FontFile, em: float, rows: float, look: CaptionLook) -> int:
    """Return the pixels that a cue takes, edges and plate included.

    Args:
        font: that cues are set in.
        em: size of the em square in pixels.
        rows: lines of full size.
        look: of the cues.
    """
    ink = measure_ink(font, DEPTH_SAMPLE)
    edge = 2 * (_outline(em, look) + _shadow(em, look) + (em * _PADDING if look.box is not None else 0))
    return ceil((em * (PITCH * (rows - 1) + ink.bottom - ink.top) + edge + 8) / 2) * 2
