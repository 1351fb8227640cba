"""Detectors on made samples: what counts as black, frozen, a bar, a flash."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mediakit.errors import InputError
from mediakit.quality.bars import BarDetector
from mediakit.quality.black import BlackDetector
from mediakit.quality.facts import FrameFacts, Reducer
from mediakit.quality.flash import FlashDetector
from mediakit.quality.freeze import FreezeDetector
from mediakit.quality.levels import LevelMeter, LevelSeries
from mediakit.quality.picture import BATCH, Batch

ROWS, COLUMNS, FPS = 88, 160, 25.0
Frames = NDArray[np.uint8]


def frames(count: int, luma: float | NDArray[np.float64], cb: int = 128, cr: int = 128) -> Frames:
    yuv = np.empty((count, 3, ROWS, COLUMNS), dtype=np.uint8)
    yuv[:, 0], yuv[:, 1], yuv[:, 2] = np.asarray(luma), cb, cr
    return yuv


def feed(detector: object, yuv: Frames, size: int = BATCH) -> None:
    for first in range(0, len(yuv), size):
        detector.feed(Reducer().reduce(Batch(first, yuv[first : first + size])))  # type: ignore[attr-defined]


def noise(count: int, seed: int = 1) -> Frames:
    return np.random.default_rng(seed).integers(40, 200, (count, 3, ROWS, COLUMNS), dtype=np.uint8)


@pytest.mark.parametrize("size", [1, 7, 32])
def test_black_runs_cross_batches(size: int) -> None:
    yuv = np.concatenate([frames(20, 90), frames(40, 16), frames(5, 90), frames(3, 30)])
    detector = BlackDetector()
    feed(detector, yuv, size)
    assert detector.runs() == [(20, 60), (65, 68)]


def test_a_small_light_in_the_dark_is_still_black_and_a_larger_is_not() -> None:
    dark = frames(1, 16)
    dark[:, 0, :10, :20] = 200  # 1.4 % of the picture
    lit = frames(1, 16)
    lit[:, 0, :20, :20] = 200  # 2.8 %
    detector = BlackDetector()
    feed(detector, np.concatenate([dark, lit]))
    assert detector.runs() == [(0, 1)]


@pytest.mark.parametrize("size", [1, 5, 32])
def test_freeze_runs_do_not_depend_on_batches(size: int) -> None:
    still = noise(1, 5)
    yuv = np.concatenate([noise(10, 2), np.repeat(still, 50, axis=0), noise(10, 3)])
    detector = FreezeDetector()
    feed(detector, yuv, size)
    assert [(a, b) for a, b in detector.runs() if b - a > 2] == [(10, 60)]


def test_a_slow_fade_is_no_freeze() -> None:
    ramp = np.linspace(60, 160, 200).reshape(-1, 1, 1) * np.ones((1, ROWS, COLUMNS))
    detector = FreezeDetector()
    feed(detector, frames(200, ramp))
    assert max(b - a for a, b in detector.runs()) < 12


def test_one_moving_block_breaks_a_freeze_only_when_larger_than_the_tolerated_share() -> None:
    base = np.repeat(noise(1, 9), 40, axis=0)
    moving = base.copy()
    for number in range(40):
        moving[number, 0, 40:60, number * 3 : number * 3 + 16] = 235
    detector = FreezeDetector()
    feed(detector, moving)
    assert max((b - a for a, b in detector.runs()), default=0) < 8


def test_letterbox_and_pillar_box_are_told_apart() -> None:
    letter, pillar = noise(100, 1), noise(100, 2)
    letter[:, 0, :10], letter[:, 0, -10:] = 16, 16
    pillar[:, 0, :, :20], pillar[:, 0, :, -20:] = 16, 16
    detector = BarDetector(FPS)
    feed(detector, np.concatenate([letter, pillar]))
    assert [word for *_, word in detector.stretches()] == ["letterbox", "pillarbox"]
    assert detector.stretches()[0][:2] == pytest.approx((0, 100), abs=13)


def test_one_dark_edge_is_no_bar() -> None:
    sky = noise(100)
    sky[:, 0, :30] = 16
    detector = BarDetector(FPS)
    feed(detector, sky)
    assert detector.stretches() == []


def blink(count: int, hertz: float, low: float, high: float, share: float = 1.0) -> Frames:
    yuv = frames(count, low)
    columns = round(COLUMNS * share)
    for number in range(count):
        if (number / FPS * hertz) % 1 >= 0.5:
            yuv[number, 0, :, :columns] = high
    return yuv


@pytest.mark.parametrize(
    ("hertz", "low", "high", "share", "fails"),
    [
        (2.7, 30, 200, 1.0, False),
        (3.125, 30, 200, 1.0, True),  # leading edges eight frames apart; nine are allowed
        (4.2, 30, 200, 1.0, True),
        (8.0, 30, 200, 0.2, False),
        (8.0, 30, 200, 0.3, True),
        (8.0, 100, 108, 1.0, False),  # 15 cd/m²
        (8.0, 215, 235, 1.0, False),  # the darker image is above 160 cd/m²
        (8.0, 180, 235, 1.0, True),
    ],
)
def test_flash_rule(hertz: float, low: float, high: float, share: float, fails: bool) -> None:
    detector = FlashDetector(FPS)
    yuv = blink(100, hertz, low, high, share)
    feed(detector, yuv)
    most, _, runs = detector.busiest(len(yuv))
    assert (most > 3) is fails
    assert bool(runs) is fails


def test_cuts_between_shots_are_no_flashes() -> None:
    shots = np.concatenate([frames(20, 40 + 150 * (number % 2)) for number in range(8)])
    detector = FlashDetector(FPS)
    feed(detector, shots)
    assert detector.busiest(len(shots))[0] <= 1


def test_flash_stretch_is_timed() -> None:
    yuv = np.concatenate([frames(50, 60), blink(50, 6.25, 30, 200), frames(50, 60)])
    detector = FlashDetector(FPS)
    feed(detector, yuv)
    _, kind, runs = detector.busiest(len(yuv))
    assert kind == "luminance"
    assert runs[0][0] == pytest.approx(50, abs=4)
    assert runs[-1][1] == pytest.approx(100, abs=5)


@pytest.mark.parametrize(
    ("luma", "cb", "cr", "outside"),
    [
        (16, 128, 128, 0),
        (235, 128, 128, 0),
        (12, 128, 128, 1),
        (250, 128, 128, 1),
        (60, 230, 230, 1),
        (63, 102, 240, 0),
    ],
)
def test_levels_of_luma_and_colour(luma: int, cb: int, cr: int, outside: float) -> None:
    assert list(LevelMeter("bt709").measure(frames(2, luma, cb, cr))) == [outside, outside]


def random_frames(seed: int, kinds: list[int]) -> Frames:
    """Return frames of kinds: 0 moving, 1 black, 2 a still, 3 white, 4 saturated red, 5 letterboxed."""
    still = noise(1, 99)
    made = []
    for number, kind in enumerate(kinds):
        frame = noise(1, seed * 1000 + number)
        if kind == 2:
            frame = still.copy()
        elif kind in (1, 3):
            frame = frames(1, 16 if kind == 1 else 235)
        elif kind == 4:
            frame = frames(1, 63, 102, 240)
        elif kind == 5:
            frame[:, 0, :10], frame[:, 0, -10:] = 16, 16
        made.append(frame)
    return np.concatenate(made)


def verdicts(parts: list[FrameFacts]) -> tuple[object, ...]:
    black, freeze, bars, flash, levels = (
        BlackDetector(),
        FreezeDetector(),
        BarDetector(FPS),
        FlashDetector(FPS),
        LevelSeries(),
    )
    for part in parts:
        for detector in (black, freeze, bars, flash, levels):
            detector.feed(part)  # type: ignore[attr-defined]
    total = sum(len(part) for part in parts)
    return black.runs(), freeze.runs(), bars.stretches(), flash.busiest(total), levels.shares().tolist()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(1, 10)), min_size=1, max_size=9),
    st.sets(st.integers(1, 100), max_size=8),
)
def test_facts_in_pieces_give_what_facts_of_the_whole_give(stretches: list[tuple[int, int]], cuts: set[int]) -> None:
    kinds = [kind for kind, count in stretches for _ in range(count)]
    yuv = random_frames(7, kinds)
    whole = Reducer().reduce(Batch(0, yuv))
    joins = [0, *sorted(cut for cut in cuts if cut < len(yuv)), len(yuv)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "facts.npz"
        parts = []
        for first, end in pairwise(joins):
            Reducer().reduce(Batch(0, yuv[first:end])).save(path)
            parts.append(FrameFacts.load(path, first))
    assert verdicts(parts) == verdicts([whole])
    assert np.array_equal(np.concatenate([part.luma for part in parts]), whole.luma)


def test_facts_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "facts.npz"
    path.write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(InputError, match="no facts"):
        FrameFacts.load(path)


def stripes(count: int, period: float, speed: float, low: float = 30, high: float = 200) -> Frames:
    """Return vertical stripes of ``period`` points that move by ``speed`` points a frame."""
    columns = np.arange(COLUMNS)
    luma = np.stack([np.where(((columns + speed * n) / period) % 1 < 0.5, low, high) for n in range(count)])
    return frames(count, np.repeat(luma[:, None, :], ROWS, axis=1))


@pytest.mark.parametrize(
    ("period", "speed"), [(40, 8), (40, 10), (53, 11), (80, 13), (80, 20), (107, 16), (160, 24), (30, 6)]
)
def test_a_fast_pan_over_stripes_is_no_flash(period: float, speed: float) -> None:
    # Every place changes five to six times a second, or more; but as much grows darker as grows brighter.
    detector = FlashDetector(FPS)
    feed(detector, stripes(75, period, speed))
    assert detector.busiest(75)[0] <= 3


@pytest.mark.parametrize("hold", [3, 4, 5, 8])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_quick_cuts_are_no_flashes(hold: int, seed: int) -> None:
    # Shots of smooth areas from dark to bright, three to eight of them a second.
    random = np.random.default_rng(seed)
    coarse = random.integers(20, 230, (100 // hold + 1, 4, 5))
    shots = np.kron(coarse, np.ones((1, ROWS // 4, COLUMNS // 5)))
    detector = FlashDetector(FPS)
    feed(detector, frames(100, np.repeat(shots, hold, axis=0)[:100]))
    assert detector.busiest(100)[0] <= 3


def test_a_strobe_over_a_moving_picture_fails() -> None:
    yuv = stripes(75, 40, 5, 40, 120)
    for number in range(75):
        if number % 5 >= 3:
            yuv[number, 0, :, :80] = 235
    detector = FlashDetector(FPS)
    feed(detector, yuv)
    assert detector.busiest(75)[0] >= 4


def test_halves_that_swap_are_flashes() -> None:
    yuv = frames(75, 30)
    for number in range(75):
        bright = slice(0, 80) if number // 3 % 2 else slice(80, 160)
        yuv[number, 0, :, bright] = 200
    detector = FlashDetector(FPS)
    feed(detector, yuv)
    assert detector.busiest(75)[0] >= 4


def test_a_strobe_with_soft_edges_fails() -> None:
    luma = 110 + 90 * np.sin(np.arange(75) / FPS * 5 * 2 * np.pi)
    detector = FlashDetector(FPS)
    feed(detector, frames(75, luma[:, None, None]))
    assert detector.busiest(75)[0] == pytest.approx(5, abs=0.6)


def test_flashes_that_move_to_another_place_each_time_do_not_add_up() -> None:
    yuv = frames(75, 30)
    for number in range(75):
        if number % 4 < 2:
            third = number // 4 % 3
            yuv[number, 0, :, third * 53 : third * 53 + 53] = 200
    detector = FlashDetector(FPS)
    feed(detector, yuv)
    assert detector.busiest(75)[0] <= 3
