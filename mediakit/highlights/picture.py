"""The picture of a stretch: faces, movement, change of shots, from what an analysis saw."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.ranks import mean_ranks
from mediakit.media.picture import PictureRecord, Shot

_CALM_S = 3.0
"""Cuts closer than this add no variety."""


def measure_picture(candidates: Sequence[Candidate], picture: PictureRecord) -> list[float | None]:
    """Return how much there is to see in each candidate, 0 to 1: the mean of its ranks in three things.

    They are the share of the frame's height that the largest face takes (over time), how much moves, and how often
    the shot changes.
    """
    shots = picture.shots
    starts = [shot.start for shot in shots]
    heights = [_face_height(shot) for shot in shots]
    faces: list[float | None] = []
    movement: list[float | None] = []
    variety: list[float | None] = []
    for candidate in candidates:
        low = max(0, bisect_right(starts, candidate.start) - 1)
        high = bisect_left(starts, candidate.end)
        inside = shots[low:high]
        shared = [min(candidate.end, shot.end) - max(candidate.start, shot.start) for shot in inside]
        seen = sum(share for share in shared if share > 0)
        if seen <= 0:
            faces.append(None)
            movement.append(None)
            variety.append(None)
            continue
        faces.append(
            sum(share * height for height, share in zip(heights[low:high], shared, strict=True) if share > 0) / seen
        )
        moving = [
            one.amount
            for shot, share in zip(inside, shared, strict=True)
            if share > 0
            for one in shot.movement
            if candidate.start <= one.time < candidate.end
        ]
        movement.append(sum(moving) / len(moving) if moving else 0.0)
        variety.append(sum(share >= _CALM_S for share in shared) / seen)
    return mean_ranks([faces, movement, variety])


def _face_height(shot: Shot) -> float:
    """Return the mean height of the largest face followed through a shot, times the share of it that it is there."""
    best = 0.0
    for person in shot.persons:
        heights = [sighting.area.height for sighting in person.sightings]
        there = person.sightings[-1].time - person.sightings[0].time
        share = min(1.0, max(there, 0.2) / (shot.end - shot.start))
        best = max(best, sum(heights) / len(heights) * share)
    return best
