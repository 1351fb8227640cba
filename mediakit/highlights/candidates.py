"""Runs of whole sentences whose length is within the limits, with edges padded into the silence around them.

A run may open with the question that another speaker asks and go on with the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

from mediakit.highlights.sentences import Sentence

LEAD_IN_S = 0.20
LEAD_OUT_S = 0.35
LONGEST_LEAD_IN_S = 0.8
LONGEST_LEAD_OUT_S = 1.2
"""How far a run that is a little too short may reach into the silence around it."""

GAP_MOST_S = 4.0
"""Sentences are joined over gaps of up to this."""

_ENDS_A_START = 24


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

    def overlaps(self, other: Candidate) -> bool:
        """Tell whether both show a moment of the source."""
        return self.start < other.end - 1e-9 and other.start < self.end - 1e-9


def list_candidates(
    sentences: Sequence[Sentence],
    shortest: float,
    longest: float,
    duration: float,
    fps: Fraction | None = None,
    rate_end: Callable[[int], float] = lambda last: 0.0,
) -> list[Candidate]:
    """Return every run of sentences of ``shortest`` to ``longest`` seconds, padding included.

    With ``fps`` the edges lie on frames. Where sentences are so short that more than 24 runs open with the same one,
    those are kept whose end ``rate_end`` (of the sentence after it) finds best, and the shortest.
    """
    made: list[Candidate] = []
    for first in range(len(sentences)):
        runs: list[Candidate] = []
        for last in range(first + 1, len(sentences) + 1):
            if last - first > 1 and sentences[last - 1].start - sentences[last - 2].end > GAP_MOST_S:
                break
            if sentences[last - 1].end - sentences[first].start > longest + 1e-6:
                break
            candidate = _pad(sentences, first, last, shortest, longest, duration, fps)
            if shortest - 1e-6 <= candidate.duration <= longest + 1e-6:
                runs.append(candidate)
        if len(runs) > _ENDS_A_START:
            kept = sorted(runs[1:], key=lambda run: (-rate_end(run.last), run.last))[: _ENDS_A_START - 1]
            runs = [runs[0], *sorted(kept, key=lambda run: run.last)]
        made += runs
    return made


def _pad(
    sentences: Sequence[Sentence],
    first: int,
    last: int,
    shortest: float,
    longest: float,
    duration: float,
    fps: Fraction | None,
) -> Candidate:
    said_from, said_to = sentences[first].start, sentences[last - 1].end
    before = max((sentence.end for sentence in sentences[max(0, first - 3) : first]), default=0.0)
    after = sentences[last].start if last < len(sentences) else duration
    earliest = max((before + said_from) / 2 if first else 0.0, 0.0)
    latest = (said_to + after) / 2 if last < len(sentences) else max(duration, said_to)
    spare = max(0.0, longest - (said_to - said_from))
    start = max(said_from - min(LEAD_IN_S, spare * 0.36), earliest)
    end = min(said_to + min(LEAD_OUT_S, spare * 0.64), latest)
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
