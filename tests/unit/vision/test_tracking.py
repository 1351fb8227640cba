"""Whose face is whose: crossings, gaps, returns, doubts."""

from __future__ import annotations

from math import pi, sin

from mediakit.vision.seen import SeenFace
from mediakit.vision.tracking import follow_faces

RED, BLUE = (200, 60, 50) * 16, (60, 80, 190) * 16


def face(x: float, y: float = 0.3, size: float = 0.1, sure: float = 0.8, look: tuple[int, ...] = RED) -> SeenFace:
    return SeenFace(x=x, y=y, width=size, height=size * 1.4, confidence=sure, look=look)


def test_one_face_is_one_person_with_a_sighting_for_every_slot() -> None:
    (person,) = follow_faces([(k * 0.4, [face(0.2 + 0.02 * k)]) for k in range(11)], 4.4)
    times = [sighting.time for sighting in person.sightings]
    assert times == [round(k * 0.2, 6) for k in range(21)]
    assert abs(person.sightings[1].area.x - 0.21) < 1e-6, "what lies between is told from both sides"
    assert person.sightings[1].confidence == 0.8


def test_two_who_cross_keep_their_own_faces() -> None:
    glances = [(k * 0.2, [face(0.1 + 0.04 * k, look=RED), face(0.7 - 0.04 * k, look=BLUE)]) for k in range(16)]
    one, two = follow_faces(glances, 3.2)
    ends = {round(person.sightings[0].area.x, 2): round(person.sightings[-1].area.x, 2) for person in (one, two)}
    assert ends == {0.1: 0.7, 0.7: 0.1}


def test_the_larger_comes_first() -> None:
    one, two = follow_faces([(k * 0.2, [face(0.1, size=0.05), face(0.6, size=0.2)]) for k in range(5)], 1.0)
    assert one.id == 1
    assert one.sightings[0].area.x == 0.6
    assert two.sightings[0].area.x == 0.1


def test_a_short_gap_is_filled_with_less_confidence_and_a_long_one_is_left() -> None:
    seen = [0.0, 0.2, 0.4, 1.2, 1.4, 4.0, 4.2]
    (person,) = follow_faces([(time, [face(0.3)]) for time in seen], 5.0)
    times = [round(sighting.time, 2) for sighting in person.sightings]
    assert 0.8 in times
    assert not [time for time in times if 1.4 < time < 4.0]
    assert min(sighting.confidence for sighting in person.sightings) == 0.4


def test_a_fast_face_is_one_person() -> None:
    glances = [(k * 0.2, [face(0.5 + 0.35 * sin(pi * k * 0.2))]) for k in range(20)]
    (person,) = follow_faces(glances, 4.0)
    assert len(person.sightings) == 20


def test_another_person_elsewhere_is_another_one() -> None:
    glances = [(0.0, [face(0.1)]), (0.2, [face(0.1)]), (0.4, [face(0.8)]), (0.6, [face(0.8)])]
    assert len(follow_faces(glances, 1.0)) == 2


def test_doubtful_faces_are_none() -> None:
    assert follow_faces([(k * 0.2, [face(0.3, sure=0.4)]) for k in range(10)], 2.0) == ()
    assert follow_faces([(0.0, [face(0.3, sure=0.6)]), (0.4, [])], 2.0) == ()
    assert len(follow_faces([(0.0, [face(0.3, sure=0.6)])], 0.3)) == 1, "a short shot has only one look"
    assert follow_faces([], 2.0) == ()
