"""Cues as a file has them: in the file's order, with times that may run backwards, and the mark-up left out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediakit.media.cues import Cue

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class RawCue:
    """One cue of a file.

    Attributes:
        start: seconds; may be negative, or later than ``end``.
        end: seconds.
        lines: plain text without mark-up, also blank lines inside the cue left out.
        speaker: as the file names it.
        tags: mark-up that the text held: ``<i>``, ``{an8}``.
        number: the number written above it (SubRip).
    """

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None
    tags: tuple[str, ...] = ()
    number: int | None = None

    def to_cue(self) -> Cue:
        """Return it as a cue whose times run forwards."""
        start = max(self.start, 0.0)
        return Cue(start=start, end=max(self.end, start), lines=self.lines, speaker=self.speaker)


@dataclass(frozen=True)
class SubtitleFile:
    """What a subtitle file holds and how it was written.

    Attributes:
        format: ``srt``, ``vtt``, ``ass``, ``ttml`` or ``cues``.
        encoding: Python's name.
        marked: it began with a byte order mark.
        line_ends: kinds of line ends.
        language: as the file or its text tells; may be empty.
        cues: in the file's order.
        faults: what its structure breaks of its format's rules.
    """

    format: str
    encoding: str
    marked: bool
    line_ends: tuple[str, ...]
    language: str
    cues: tuple[RawCue, ...]
    faults: tuple[str, ...] = field(default=())


def order_cues(cues: Sequence[RawCue]) -> tuple[Cue, ...]:
    """Return cues with forward times in order of start."""
    return tuple(sorted((cue.to_cue() for cue in cues), key=lambda cue: (cue.start, cue.end)))
