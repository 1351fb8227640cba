"""Subtitle cues: what is on the screen, from when to when."""

from __future__ import annotations

import json
from typing import ClassVar

from pydantic import Field, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.languages import LanguageTag
from mediakit.media.times import FrameRate


class CueWord(Value):
    """A stretch of a cue's line, with the space after it, and when it is said."""

    text: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)


class Cue(Value):
    """One subtitle: ``start`` and ``end`` in seconds, one to a few lines of plain text.

    ``translation`` holds the lines of a second language, shown below. ``words`` has the words of every line with
    their times, where they are known. ``sound`` says that it describes a sound and is not said.
    """

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    lines: tuple[str, ...]
    speaker: str | None = None
    translation: tuple[str, ...] = ()
    words: tuple[tuple[CueWord, ...], ...] = ()
    sound: bool = False

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

    @property
    def all_lines(self) -> tuple[str, ...]:
        """The lines of both languages, the translation below."""
        return (*self.lines, *self.translation)

    @property
    def spoken_lines(self) -> tuple[tuple[CueWord, ...], ...]:
        """The words of every line, or nothing where they are not those of the lines (which someone changed)."""
        shown = tuple("".join(word.text for word in line) for line in self.words)
        return self.words if shown == self.lines else ()

    def move(self, start: float, end: float, by: float) -> Cue:
        """Return the cue cut to ``start`` to ``end`` and then moved by some seconds."""

        def place(time: float) -> float:
            return max(min(max(time, start), end) + by, 0.0)

        words = tuple(
            tuple(word.model_copy(update={"start": place(word.start), "end": place(word.end)}) for word in line)
            for line in self.words
        )
        return self.model_copy(update={"start": place(start), "end": place(end), "words": words})


class CueSheet(Document):
    """``cues.json``: the cues of one media file under one profile, in order of start time.

    ``terms`` may not be parted by a line's end; ``shot_changes`` are seconds on the media's clock. Both were given
    when the cues were made. ``translation_language`` is that of the cues' second lines.
    """

    kind: ClassVar[str] = "mediakit/cues/1"

    language: LanguageTag
    profile: str = ""
    fps: FrameRate | None = None
    translation_language: LanguageTag | None = None
    terms: tuple[str, ...] = ()
    shot_changes: tuple[float, ...] = ()
    cues: tuple[Cue, ...] = ()

    def to_json(self) -> str:
        """Return the sheet as JSON without what is empty."""
        data = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        ordered = {"schema": self.kind, "language": self.language, "profile": self.profile, **data}
        return json.dumps({**ordered, "cues": data.get("cues", [])}, ensure_ascii=False, indent=1) + "\n"


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
                made.append(cue.move(first, last, offset - start))
        offset += end - start
    return tuple(made)


def cut_times(times: tuple[float, ...], spans: tuple[tuple[float, float], ...]) -> tuple[float, ...]:
    """Return shot changes as they lie in a programme re-cut to ``spans``; where two spans meet is one too."""
    made: list[float] = []
    offset = 0.0
    for start, end in spans:
        made += [offset] if offset else []
        made += [time - start + offset for time in times if start < time < end]
        offset += end - start
    return tuple(made)
