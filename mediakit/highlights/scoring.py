"""A candidate's score: the weighted mean of its ranks within the episode, one rank for each part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.ranks import rank_values

PARTS: dict[str, str] = {
    "salience": "says what the episode is about",
    "quotability": "contrast, all or none, feeling, echo",
    "story": "someone speaks, a moment in time",
    "facts": "names and numbers",
    "hook": "the opening sentence catches",
    "closing": "the last sentence closes",
    "completeness": "begins and ends at a thought",
    "fluency": "few fillers, nothing about the recording",
    "length": "near the middle of the limits",
    "voice": "energy, pitch and pace of the voice",
    "picture": "faces, movement, change of shots",
}
"""Every part with what a high rank says."""

DEFAULT_WEIGHTS: dict[str, float] = {
    "salience": 0.0,
    "quotability": 0.12,
    "story": 0.2,
    "facts": 0.0,
    "hook": 0.15,
    "closing": 0.13,
    "completeness": 0.13,
    "fluency": 0.15,
    "length": 0.12,
    "voice": 0.0,
    "picture": 0.0,
}
"""Parts that were not better than chance where an editor's choice was known count nothing (docs/shorts.md)."""


@dataclass(frozen=True)
class Scored:
    """A candidate, its score and its ranks by part (each from 0 to 1), and what speaks against it.

    ``held`` candidates are chosen only where there are too few others.
    """

    candidate: Candidate
    score: float
    parts: dict[str, float]
    against: tuple[str, ...] = ()
    held: bool = False


def score_candidates(
    candidates: Sequence[Candidate],
    measured: Mapping[str, Sequence[float | None]],
    weights: Mapping[str, float],
    faults: Sequence[Sequence[str]],
) -> list[Scored]:
    """Return every candidate with its score.

    Args:
        candidates: all of the episode.
        measured: a number for every candidate by part; None where there is no value.
        weights: by part; those without a value are left out of a candidate's mean.
        faults: what keeps each candidate back, in words.
    """
    ranks = {name: rank_values(values) for name, values in measured.items()}
    made = []
    for k, candidate in enumerate(candidates):
        parts = {name: rank for name, values in ranks.items() if (rank := values[k]) is not None}
        total = sum(weights.get(name, 0.0) for name in parts)
        score = sum(weights.get(name, 0.0) * rank for name, rank in parts.items()) / total if total else 0.0
        shown = {name: round(rank, 3) for name, rank in parts.items()}
        made.append(Scored(candidate, round(score, 4), shown, tuple(faults[k]), bool(faults[k])))
    return made
