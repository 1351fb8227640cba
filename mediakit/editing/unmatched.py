"""Events of an exchange file whose source was not found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mediakit.editing.layout import Stretch
from mediakit.errors import UsageError
from mediakit.media.times import format_clock, frames_to_timecode, seconds_to_frame, timecode_to_frames


@dataclass(frozen=True)
class UnmatchedEvent:
    """An event whose source was not found: black or silence stands in its place.

    Attributes:
        number: as the file counts, or its place there.
        track: ``V1``, ``A1`` …
        reel: tape or camera roll that it names.
        name: the clip's name.
        source_in: timecode in the source at which it starts, or seconds where the file has no timecode.
        source_out: where it ends.
        at: frame of the timeline at which it starts.
        why: what was looked for and not found.
        line: of the file, if known.
    """

    number: str
    track: str
    reel: str
    name: str
    source_in: str
    source_out: str
    at: int
    why: str
    line: int | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {key: value for key, value in vars(self).items() if value is not None}


def describe_unmatched(stretch: Stretch, fps: Fraction, why: str) -> UnmatchedEvent:
    """Return a stretch as an event that was not found; ``fps`` is the timeline's."""
    source_in, source_out = _say_times(stretch, fps)
    return UnmatchedEvent(
        stretch.number,
        stretch.track,
        stretch.reel,
        stretch.name,
        source_in,
        source_out,
        stretch.at,
        why,
        stretch.line,
    )


def _say_times(stretch: Stretch, fps: Fraction) -> tuple[str, str]:
    """Return where in its source a stretch starts and ends, as the file counts."""
    rate = stretch.rate or fps
    offset = stretch.offset or Fraction(0)
    ends = (offset, offset + stretch.frames / fps)
    drop = False
    if stretch.clock is not None:
        first = seconds_to_frame(stretch.clock, rate)
    elif stretch.timecode is not None:
        drop = ";" in stretch.timecode
        try:
            first = timecode_to_frames(stretch.timecode, rate)
        except UsageError:
            return stretch.timecode, ""
    else:
        return format_clock(float(ends[0]), decimals=3), format_clock(float(ends[1]), decimals=3)
    source_in, source_out = (
        frames_to_timecode(max(0, first + seconds_to_frame(end, rate)), rate, drop=drop) for end in ends
    )
    return source_in, source_out
