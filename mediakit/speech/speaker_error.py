"""Diarisation error rate: how much of the speech is given to nobody, to the wrong person, or invented.

As NIST's md-eval scores it (Rich Transcription 2009 evaluation plan): people of the answer are mapped one to one to
those of the reference so that they share most time; time near a change of the reference is not scored (the collar),
and time in which several people of the reference speak can be left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.texts import read_text

_LARGEST = 32 << 20


@dataclass(frozen=True)
class Spoken:
    """``who`` speaks from ``start`` to ``end``, in seconds."""

    who: str
    start: float
    end: float


@dataclass(frozen=True)
class SpeakerError:
    """Seconds of scored speech (a second with two people counts twice), missed, invented, and given to another."""

    speech: float
    missed: float
    invented: float
    mistaken: float

    @property
    def rate(self) -> float:
        """The diarisation error rate; 0 of no speech at all, infinite where speech was only invented."""
        wrong = self.missed + self.invented + self.mistaken
        return wrong / self.speech if self.speech else (float("inf") if wrong else 0.0)


def measure_speaker_error(
    reference: Sequence[Spoken], answer: Sequence[Spoken], *, collar: float = 0.0, overlaps: bool = True
) -> SpeakerError:
    """Return how an answer differs from the reference.

    Args:
        reference: the truth.
        answer: what was found.
        collar: seconds before and after each change of the reference that are not scored.
        overlaps: score time in which several people of the reference speak.
    """
    pieces = _pieces(reference, answer, collar, overlaps)
    people = sorted({name for _, there, _ in pieces for name in there})
    found = sorted({name for _, _, here in pieces for name in here})
    shared = [
        [sum(s for s, there, here in pieces if one in there and other in here) for other in found] for one in people
    ]
    mapping = {found[there]: people[here] for here, there in assign(shared)}
    speech = missed = invented = mistaken = 0.0
    for seconds, there, here in pieces:
        right = sum(1 for name in here if mapping.get(name) in there)
        speech += seconds * len(there)
        missed += seconds * max(0, len(there) - len(here))
        invented += seconds * max(0, len(here) - len(there))
        mistaken += seconds * (min(len(there), len(here)) - right)
    return SpeakerError(speech, missed, invented, mistaken)


def _pieces(
    reference: Sequence[Spoken], answer: Sequence[Spoken], collar: float, overlaps: bool
) -> list[tuple[float, frozenset[str], frozenset[str]]]:
    """Return scored pieces of time: seconds, who speaks, who is said to speak."""
    changes = [edge for one in reference for edge in (one.start, one.end)]
    edges = {edge for one in (*reference, *answer) for edge in (one.start, one.end)}
    edges |= {change + side * collar for change in changes for side in (-1, 1)} if collar else set()
    pieces = []
    for low, high in pairwise(sorted(edges)):
        middle = (low + high) / 2
        if collar and any(abs(middle - change) < collar for change in changes):
            continue
        there = frozenset(one.who for one in reference if one.start <= middle < one.end)
        here = frozenset(one.who for one in answer if one.start <= middle < one.end)
        if (there or here) and (overlaps or len(there) < 2):
            pieces.append((high - low, there, here))
    return pieces


def assign(worth: Sequence[Sequence[float]]) -> list[tuple[int, int]]:
    """Return pairs (row, column), each row and column at most once, that are worth most together (Kuhn 1955).

    Shortest augmenting paths with potentials, in the cube of the larger side.
    """
    rows, columns = len(worth), max((len(row) for row in worth), default=0)
    size = max(rows, columns)
    most = max((value for row in worth for value in row), default=0.0)
    cost = [[most - (worth[i][j] if i < rows and j < columns else 0.0) for j in range(size)] for i in range(size)]
    above, beside = [0.0] * (size + 1), [0.0] * (size + 1)
    owner = [size] * (size + 1)  # the row of each column; the last column is where a new row starts
    for row in range(size):
        owner[size], column = row, size
        least, before, done = [float("inf")] * size, [size] * size, [False] * (size + 1)
        while owner[column] != size or column == size:
            done[column] = True
            here = owner[column]
            for j in range(size):
                if not done[j]:
                    reduced = cost[here][j] - above[here] - beside[j]
                    if reduced < least[j]:
                        least[j], before[j] = reduced, column
            following = min((j for j in range(size) if not done[j]), key=lambda j: (least[j], j))
            step = least[following]
            for j in range(size + 1):
                if done[j]:
                    above[owner[j]] += step
                    beside[j] -= step
                elif j < size:
                    least[j] -= step
            column = following
        while column != size:
            owner[column] = owner[before[column]]
            column = before[column]
    return sorted((owner[j], j) for j in range(columns) if owner[j] < rows)


def read_rttm(path: Path) -> tuple[Spoken, ...]:
    """Return the turns of an RTTM file (NIST): ``SPEAKER file channel start seconds <NA> <NA> name …`` a line.

    Raises:
        InputError: a line is not of that form; names it.
    """
    made = []
    for number, line in enumerate(read_text(path, _LARGEST).splitlines(), 1):
        parts = line.split()
        if not parts or parts[0] != "SPEAKER":
            continue
        try:
            start, seconds = float(parts[3]), float(parts[4])
            made.append(Spoken(parts[7], start, start + seconds))
        except (IndexError, ValueError) as exc:
            raise InputError(f"line {number} is not an RTTM speaker line", where=path) from exc
    return tuple(made)
