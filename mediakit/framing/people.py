"""Who matters in a shot: faces that are large and long enough against the largest, the most prominent first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mediakit.framing.needs import face_height
from mediakit.framing.speakers import LIPS

if TYPE_CHECKING:
    from mediakit.media.picture import Person, Shot

MOST = 4
_SMALLEST = 0.045
"""Faces that are smaller, as a share of the picture's height, are part of a crowd."""
_LIKE = 0.5
_SHORTEST_S = 0.3
_PRESENT = 0.25
_SURE = 0.5
_ALONE = 0.7
"""Who is seen while nobody else is, counts however small: it may well be the same person, come from afar."""
_NEAR_S = 0.3


def main_people(shot: Shot) -> tuple[Person, ...]:
    """Return the people that a window has to care for, at most `MOST`."""
    seconds = shot.end - shot.start
    real = [person for person in shot.persons if _is_real(person, seconds)]
    if not real:
        return ()
    largest = max(face_height(person) for person in real)
    most = max(_weight(person) for person in real)
    kept = [person for person in real if face_height(person) >= _LIKE * largest and _weight(person) >= _PRESENT * most]
    others = [person for person in real if person not in kept]
    kept += [person for person in others if _speaks(person) and _presence(person) > 0.5 * seconds]
    kept += [person for person in others if person not in kept and _alone(person, kept) >= _ALONE]
    chosen = sorted(kept, key=lambda person: (-_weight(person), person.id))
    return tuple(chosen[:MOST])


def meet(people: Sequence[Person]) -> bool:
    """Tell whether any of some people are seen at the same time."""
    return any(_alone(person, [one for one in people if one is not person]) < _ALONE for person in people)


def _alone(person: Person, others: Sequence[Person]) -> float:
    """Return the share of a person's sightings at which none of some others is there."""
    spans = [(one.sightings[0].time - _NEAR_S, one.sightings[-1].time + _NEAR_S) for one in others]
    free = [not any(low <= one.time <= high for low, high in spans) for one in person.sightings]
    return sum(free) / len(free)


def _is_real(person: Person, seconds: float) -> bool:
    sure = sum(one.confidence for one in person.sightings) / len(person.sightings)
    long = _presence(person) >= min(_SHORTEST_S, 0.4 * seconds) or len(person.sightings) >= 0.5 * seconds * 2
    return sure >= _SURE and long and face_height(person) >= _SMALLEST


def _presence(person: Person) -> float:
    """Return for how many seconds a person is there."""
    return person.sightings[-1].time - person.sightings[0].time


def _weight(person: Person) -> float:
    """Return a person's height on screen times how often it is seen."""
    return face_height(person) * len(person.sightings)


def _speaks(person: Person) -> bool:
    """Tell whether a person's lips move much of the time."""
    return sum(one.lips > LIPS for one in person.sightings) > 0.3 * len(person.sightings)
