"""Events of an exchange file whose source was not found."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mediakit.editing.layout import Stretch
from mediakit.errors import UsageError
from mediakit.media.times import format_clock, frames_to_timecode, timecode_to_frames


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
    if stretch.timecode is None:
        start = stretch.offset or Fraction(0)
        return format_clock(float(start), decimals=3), format_clock(float(start + stretch.frames / fps), decimals=3)
    rate = stretch.rate or fps
    try:
        first = timecode_to_frames(stretch.timecode, rate)
    except UsageError:
        return stretch.timecode, ""
    drop = ";" in stretch.timecode
    offset = stretch.offset or Fraction(0)
    places = [first + int(part * rate + Fraction(1, 2)) for part in (offset, offset + stretch.frames / fps)]
    source_in, source_out = (frames_to_timecode(max(place, 0), rate, drop=drop) for place in places)
    return source_in, source_out
