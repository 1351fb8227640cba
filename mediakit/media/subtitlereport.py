"""``check.json``: what a subtitle check found, and what a repair changed."""

from __future__ import annotations

from typing import ClassVar

from mediakit.media.document import Document, Value
from mediakit.media.times import FrameRate


class SubtitleFinding(Value):
    """One broken rule: ``cue`` counts from 1 (0: the whole file), ``start`` and ``end`` are seconds.

    ``name`` is what editors know the rule as; ``fails`` tells whether it makes the check fail, or is advice.
    """

    rule: str
    name: str
    cue: int
    start: float
    end: float
    message: str
    fails: bool = True
    measured: float | None = None
    limit: float | None = None


class SubtitleChange(Value):
    """One change of a repair; ``cue`` is the cue's number in the file that was repaired (0: the whole file)."""

    rule: str
    cue: int
    before: str
    after: str


class SubtitleReport(Document):
    """The check of one sheet of cues under a profile.

    ``findings`` are those of the file as it was given; after a repair ``left`` are those of the repaired cues, whose
    numbers are new.
    """

    kind: ClassVar[str] = "mediakit/subtitle-check/1"

    profile: str
    fps: FrameRate | None = None
    cues: int
    verdict: str
    format: str = ""
    encoding: str = ""
    findings: tuple[SubtitleFinding, ...] = ()
    changes: tuple[SubtitleChange, ...] = ()
    left: tuple[SubtitleFinding, ...] = ()
