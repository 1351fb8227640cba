"""Where shots change: cuts, dissolves and fades in thumbnails whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.vision.shots import find_changes, find_cuts
from mediakit.vision.view import THUMB_COLUMNS, THUMB_ROWS, THUMB_VALUES

LUMA = THUMB_ROWS * THUMB_COLUMNS


def picture(seed: int, shift: float = 0.0) -> Any:
    """Return a soft picture of its own for each seed, moved to the left by ``shift`` columns."""
    dice = np.random.default_rng(seed)
    y, x = np.mgrid[0:THUMB_ROWS, 0:THUMB_COLUMNS].astype(float)
    values = np.full((THUMB_ROWS, THUMB_COLUMNS), dice.uniform(70, 150))
    for _ in range(6):
        a, b, c, d = dice.uniform(0.05, 0.5), dice.uniform(0.05, 0.6), dice.uniform(0, 6), dice.uniform(15, 35)
        values += d * np.sin(a * (x + shift) + b * y + c)
    return np.clip(values, 20, 230)


def film(*shots: Any) -> tuple[Any, Any]:
    frames = [frame for shot in shots for frame in shot]
    thumbs = np.full((len(frames), THUMB_VALUES), 128, dtype=np.uint8)
    thumbs[:, :LUMA] = np.rint(np.array([frame.ravel() for frame in frames]))
    return thumbs, np.arange(len(frames)) / 25


def still(seed: int, frames: int) -> list[Any]:
    return [picture(seed)] * frames


def pan(seed: int, frames: int, speed: float) -> list[Any]:
    return [picture(seed, speed * k) for k in range(frames)]


def found(*shots: Any) -> list[tuple[int, str]]:
    return [(change.at, change.kind) for change in find_changes(*film(*shots))]


def test_a_cut_is_found_to_the_frame_between_stills_and_between_pans() -> None:
    assert found(still(1, 30), still(2, 40)) == [(30, "cut")]
    assert found(pan(1, 30, 0.8), pan(2, 40, -0.8)) == [(30, "cut")]


@pytest.mark.parametrize("speed", [0.05, 0.3, 1.0, 3.0])
def test_a_pan_holds_no_change(speed: float) -> None:
    assert found(pan(5, 150, speed)) == []


@given(st.lists(st.integers(5, 40), min_size=2, max_size=8), st.integers(0, 1000))
@settings(max_examples=60, deadline=None)
def test_cuts_between_stills_are_found_however_close_they_are(lengths: list[int], seed: int) -> None:
    shots = [still(seed + 17 * k, length) for k, length in enumerate(lengths)]
    edges = np.cumsum(lengths)[:-1].tolist()
    assert [change.at for change in find_changes(*film(*shots)) if change.kind == "cut"] == edges


@pytest.mark.parametrize("length", [8, 12, 25, 40])
def test_a_dissolve_is_one_change_in_its_middle(length: int) -> None:
    mixed = [picture(3) * (1 - k / length) + picture(4) * k / length for k in range(1, length)]
    ((at, kind),) = found(still(3, 50), mixed, still(4, 50))
    assert kind == "dissolve"
    assert abs(at - (50 + (length - 1) / 2)) <= 2


def test_a_change_of_light_is_no_dissolve() -> None:
    brighter = [picture(3) * (1 + 0.5 * k / 25) for k in range(25)]
    assert found(still(3, 50), brighter, [brighter[-1]] * 50) == []


@pytest.mark.parametrize("level", [16.0, 235.0])
def test_a_fade_is_one_change_in_the_middle_of_black_or_white(level: float) -> None:
    plain = np.full((THUMB_ROWS, THUMB_COLUMNS), level)
    out = [picture(6) * (1 - k / 12) + plain * k / 12 for k in range(12)]
    back = [plain * (1 - k / 12) + picture(7) * k / 12 for k in range(12)]
    changes = find_changes(*film(still(6, 40), out, [plain] * 10, back, still(7, 40)))
    assert [change.kind for change in changes] == ["fade"]
    assert abs(changes[0].at - 57) <= 1


def test_black_at_the_ends_makes_no_shot() -> None:
    black = [np.full((THUMB_ROWS, THUMB_COLUMNS), 16.0)]
    assert found(black * 20, still(1, 40), black * 20) == []
    assert found(black * 60) == []
    assert find_cuts(*film(black * 20, still(1, 40), black * 20)) == [20, 60], "cues keep clear of these"


def test_a_flash_is_no_cut() -> None:
    white = [np.full((THUMB_ROWS, THUMB_COLUMNS), 210.0)]
    assert found(still(1, 40), white * 3, still(1, 40)) == []
    assert found(still(1, 40), white * 3, still(2, 40)) != [], "a flash on a cut hides it from no one"


def test_a_strap_that_appears_is_no_cut() -> None:
    strap = picture(1).copy()
    strap[14:18] = 20
    assert found(still(1, 40), [strap] * 40) == []


@pytest.mark.parametrize("frames", [1, 2, 5])
def test_very_short_clips_have_one_shot(frames: int) -> None:
    assert find_changes(*film(still(1, frames))) == ()
