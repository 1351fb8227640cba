"""Subtitle cues: what is on the screen, from when to when."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.languages import LanguageTag
from mediakit.media.times import FrameRate


class Cue(Value):
    """One subtitle: ``start`` and ``end`` in seconds, one to a few lines of plain text."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    lines: tuple[str, ...]
    speaker: str | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Cue:
        if self.end < self.start:
            raise ValueError("a cue ends before it starts")
        return self

    @property
    def duration(self) -> float:
        """Seconds on the screen."""
        return self.end - self.start

    @property
    def text(self) -> str:
        """The lines joined with newlines."""
        return "\n".join(self.lines)


class CueSheet(Document):
    """``cues.json``: the cues of one media file under one profile, in order of start time."""

    kind: ClassVar[str] = "mediakit/cues/1"

    language: LanguageTag
    profile: str = ""
    fps: FrameRate | None = None
    cues: tuple[Cue, ...] = ()


def cut_cues(
    cues: tuple[Cue, ...], spans: tuple[tuple[float, float], ...], *, shortest: float = 0.5
) -> tuple[Cue, ...]:
    """Return the cues that remain when a programme is re-cut to ``spans`` (start, end in seconds), retimed.

    A cue that a span's edge cuts is clamped; what would stay shorter than ``shortest`` seconds goes.
    Spans may be in any order and may repeat.
    """
    made: list[Cue] = []
    offset = 0.0
    for start, end in spans:
        for cue in cues:
            first, last = max(cue.start, start), min(cue.end, end)
            if last - first >= min(shortest, cue.duration) and last > first:
                made.append(cue.model_copy(update={"start": first - start + offset, "end": last - start + offset}))
        offset += end - start
    return tuple(made)
