"""Runs of whole sentences whose length is within the limits, with edges padded into the silence around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from mediakit.highlights.sentences import Sentence

LEAD_IN_S = 0.20
LEAD_OUT_S = 0.35
LONGEST_LEAD_IN_S = 0.8
LONGEST_LEAD_OUT_S = 1.2
"""How far a run that is a little too short may reach into the silence around it."""

_GAP_MOST_S = 4.0


@dataclass(frozen=True)
class Candidate:
    """Sentences ``first`` to ``last - 1``, shown from ``start`` to ``end`` seconds."""

    first: int
    last: int
    start: float
    end: float

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start


def list_candidates(
    sentences: Sequence[Sentence],
    shortest: float,
    longest: float,
    duration: float,
    fps: Fraction | None = None,
) -> list[Candidate]:
    """Return every run of sentences of ``shortest`` to ``longest`` seconds, padding included.

    Sentences are joined over gaps of up to four seconds. With ``fps`` the edges lie on frames.
    """
    made: list[Candidate] = []
    for first in range(len(sentences)):
        for last in range(first + 1, len(sentences) + 1):
            if last - first > 1 and sentences[last - 1].start - sentences[last - 2].end > _GAP_MOST_S:
                break
            candidate = _pad(sentences, first, last, shortest, duration, fps)
            if candidate.duration > longest + 1e-6:
                break
            if candidate.duration >= shortest - 1e-6:
                made.append(candidate)
    return made


def _pad(
    sentences: Sequence[Sentence], first: int, last: int, shortest: float, duration: float, fps: Fraction | None
) -> Candidate:
    said_from, said_to = sentences[first].start, sentences[last - 1].end
    before = max((sentence.end for sentence in sentences[max(0, first - 3) : first]), default=0.0)
    after = sentences[last].start if last < len(sentences) else duration
    earliest = max((before + said_from) / 2 if first else 0.0, 0.0)
    latest = (said_to + after) / 2 if last < len(sentences) else max(duration, said_to)
    start, end = max(said_from - LEAD_IN_S, earliest), min(said_to + LEAD_OUT_S, latest)
    end = max(end, min(start + shortest + 0.05, said_to + LONGEST_LEAD_OUT_S, latest))
    start = min(start, max(end - shortest - 0.05, said_from - LONGEST_LEAD_IN_S, earliest))
    start, end = min(start, said_from), max(end, said_to)
    if fps is not None:
        start, end = _frame_before(start, said_from, fps), _frame_after(end, said_to, duration, fps)
    else:
        start = floor(start * 100) / 100
        end = min(ceil(end * 100 - 1e-6) / 100, max(duration, said_to))
    return Candidate(first, last, start, end)


def _frame_before(time: float, spoken: float, fps: Fraction) -> float:
    """Return the frame start nearest to a time that is not after ``spoken``."""
    return float(min(round(Fraction(time) * fps), floor(Fraction(spoken) * fps)) / fps)


def _frame_after(time: float, spoken: float, duration: float, fps: Fraction) -> float:
    """Return the frame end nearest to a time that is not before ``spoken`` nor past the programme's end."""
    frame = max(round(Fraction(time) * fps), ceil(Fraction(spoken) * fps))
    return float(min(frame, floor(Fraction(duration) * fps + Fraction(1, 20))) / fps)
