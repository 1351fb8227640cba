"""The camera's way: its subject inside, its limits kept, still where it can be."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.framing.camera import Limits, find_way
from mediakit.framing.cameras import Shot, aim, held
from mediakit.framing.needs import Needs, needs_of_person
from mediakit.media.picture import Area, Person, Sighting
from mediakit.media.windows import window_size

STEP = 0.1
ENDS = (0.28, 1.5)
WIDE, TALL = Fraction(16, 9), Fraction(9, 16)
some = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])


def check_limits(way: np.ndarray, limits: Limits, step: float = STEP) -> None:
    speed = np.diff(way) / step
    assert np.abs(speed).max() <= limits.speed * 1.001
    assert np.abs(np.diff(speed) / step).max() <= limits.force * 1.001
    assert way.min() >= ENDS[0] - 1e-6
    assert way.max() <= ENDS[1] + 1e-6


@some
@given(st.lists(st.floats(-0.35, 0.35), min_size=4, max_size=12), st.floats(0.4, 1.3))
def test_a_subject_slower_than_the_camera_stays_inside(speeds: list[float], start: float) -> None:
    speed = np.convolve(np.repeat(speeds, 10), np.ones(10) / 10, mode="same")
    place = np.clip(start + np.cumsum(speed) * STEP, ENDS[0], ENDS[1])
    limits = Limits()
    way = find_way(place - 0.16, place + 0.16, place, STEP, limits, ends=ENDS)
    check_limits(way, limits)
    assert (np.abs(way - place) <= 0.165).mean() >= 0.97


@some
@given(
    st.lists(st.tuples(st.floats(0, 1.8), st.floats(0.01, 0.5), st.booleans()), min_size=2, max_size=40),
    st.floats(0.1, 1.5),
    st.floats(0.2, 4),
)
def test_limits_hold_whatever_is_asked(asked: list[tuple[float, float, bool]], speed: float, force: float) -> None:
    middle = np.repeat([place for place, _, _ in asked], 4)
    reach = np.repeat([reach for _, reach, _ in asked], 4)
    seen = np.repeat([seen for _, _, seen in asked], 4)
    low, high = np.where(seen, middle - reach, -np.inf), np.where(seen, middle + reach, np.inf)
    limits = Limits(speed, force)
    check_limits(find_way(low, high, np.where(seen, middle, np.nan), STEP, limits, ends=ENDS), limits)


def test_a_long_way_is_solved_in_stretches_without_a_jolt() -> None:
    times = np.arange(700) * STEP
    place = 0.9 + 0.35 * np.sin(times * 0.4)
    limits = Limits()
    way = find_way(place - 0.12, place + 0.12, place, STEP, limits, ends=ENDS)
    check_limits(way, limits)
    assert (np.abs(way - place) <= 0.125).mean() >= 0.97


def test_the_camera_rests_before_and_after_a_walk() -> None:
    times = np.arange(120) * STEP
    place = 0.5 + 0.7 * np.clip((times - 5) / 3, 0, 1)
    way = find_way(place - 0.15, place + 0.15, place, STEP, Limits(), ends=ENDS)
    speed = np.abs(np.diff(way)) / STEP
    assert speed[:35].max() < 0.004
    assert speed[-30:].max() < 0.004
    assert speed[50:80].max() > 0.1


def walker(places: np.ndarray, *, step: float = STEP, size: float = 0.12, lips: float = 0.0) -> Person:
    across = size * 0.8 / float(WIDE)
    return Person(
        id=1,
        sightings=tuple(
            Sighting(
                time=round(k * step, 3),
                area=Area(x=x - across / 2, y=0.3, width=across, height=size),
                confidence=0.9,
                lips=lips,
            )
            for k, x in enumerate(places.tolist())
        ),
    )


def turns_round(values: np.ndarray) -> int:
    moved = np.sign(np.round(np.diff(values), 5))
    moved = moved[moved != 0]
    return int((np.diff(moved) != 0).sum())


@some
@given(st.floats(0.2, 0.8), st.integers(0, 1000))
def test_a_talking_head_gets_a_window_that_stands(x: float, seed: int) -> None:
    noise = np.random.default_rng(seed).normal(0, 0.006, 80).cumsum() * 0.2
    needs = needs_of_person(walker(np.clip(x + noise, 0.06, 0.94)))
    shot = Shot(0.0, 8.0, TALL, WIDE)
    path = aim(needs, shot, 1.0, Limits())
    assert path.still
    assert held(needs, path, shot) >= 0.97


@some
@given(st.lists(st.floats(0.1, 0.9), min_size=2, max_size=4), st.floats(2.5, 5.0))
def test_a_walker_is_held_by_a_window_that_turns_seldom(places: list[float], seconds: float) -> None:
    count = round(seconds / STEP)
    legs = [np.linspace(a, b, count) for a, b in pairwise(places)]
    x = np.concatenate(legs)
    needs = needs_of_person(walker(x))
    shot = Shot(0.0, len(x) * STEP, TALL, WIDE)
    path = aim(needs, shot, 1.0, Limits())
    assert held(needs, path, shot) >= 0.97
    times = np.arange(0, shot.end, 0.04)
    seen = path.sample(times)[:, 0] * float(WIDE)
    speed = np.diff(seen) / 0.04
    assert np.abs(speed).max() <= Limits().speed * 1.1
    assert turns_round(seen) <= len(places) - 1


def test_a_window_never_leaves_the_picture() -> None:
    needs = needs_of_person(walker(np.concatenate([np.linspace(0.02, 0.98, 40), np.linspace(0.98, 0.02, 40)])))
    shot = Shot(0.0, 8.0, TALL, WIDE)
    path = aim(needs, shot, 1.0, Limits())
    width, _ = window_size(1.0, TALL, WIDE)
    seen = path.sample(np.arange(0, 8, 0.01))
    assert seen[:, 0].min() >= width / 2 - 2e-5
    assert seen[:, 0].max() <= 1 - width / 2 + 2e-5
    assert set(seen[:, 1]) == {0.5}


def test_one_sighting_is_enough() -> None:
    needs = Needs(np.array([3.0]), np.array([[0.6, 0.2, 0.7, 0.4]]), np.array([[0.65, 0.3]]))
    path = aim(needs, Shot(0.0, 8.0, TALL, WIDE), 1.0, Limits())
    assert path.still
    assert path.marks[0].x == pytest.approx(0.65, abs=0.01)
