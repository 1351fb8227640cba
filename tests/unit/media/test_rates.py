from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.rates import USUAL_RATES, fit_rate, snap_rate

BASES = (Fraction(1, 1000), Fraction(1, 90000), Fraction(1, 12800), Fraction(1, 30000), Fraction(1, 1_000_000))


def ticks(rate: Fraction, base: Fraction, count: int, start: int = 0) -> np.ndarray:
    return np.array([start + round(n / (rate * base)) for n in range(count)], dtype=np.int64)


@given(
    rate=st.sampled_from([rate for rate in USUAL_RATES if rate >= 10]),
    base=st.sampled_from(BASES),
    count=st.integers(1200, 3000),
    start=st.integers(-5000, 5_000_000),
)
def test_constant_rates_are_found_exactly_whatever_the_time_base(rate, base, count, start):
    fit = fit_rate(ticks(rate, base, count, start), base)
    assert not fit.variable
    assert fit.fps == fit.nominal == rate


@given(gone=st.integers(1, 498), rate=st.sampled_from([Fraction(25), Fraction(30000, 1001)]))
def test_one_missing_frame_is_noticed(gone, rate):
    times = np.delete(ticks(rate, Fraction(1, 90000), 500), gone)
    fit = fit_rate(times, Fraction(1, 90000), (rate,))
    assert fit.variable
    assert fit.nominal == rate
    assert fit.fps < rate


def test_a_declared_rate_decides_where_few_frames_leave_a_choice():
    times = ticks(Fraction(24000, 1001), Fraction(1, 1000), 12)
    assert fit_rate(times, Fraction(1, 1000), (Fraction(24000, 1001),)).fps == Fraction(24000, 1001)
    assert fit_rate(times, Fraction(1, 1000), (Fraction(24),)).fps == Fraction(24)


def test_a_wrong_declared_rate_is_not_believed():
    times = ticks(Fraction(25), Fraction(1, 90000), 100)
    assert fit_rate(times, Fraction(1, 90000), (Fraction(50), Fraction(30))).fps == 25


def test_ten_hours_of_film_keep_their_rate():
    times = np.arange(1_078_921, dtype=np.int64) * 3003
    fit = fit_rate(times, Fraction(1, 90000), (Fraction(30),))
    assert (fit.fps, fit.variable) == (Fraction(30000, 1001), False)


def test_unusual_constant_rate():
    times = ticks(Fraction(18), Fraction(1, 90000), 100)
    assert fit_rate(times, Fraction(1, 90000)).fps == 18


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_frames_fall_back(count):
    assert fit_rate(np.zeros(count, dtype=np.int64), Fraction(1, 25), (Fraction(50),)).fps == 50
    assert fit_rate(np.zeros(count, dtype=np.int64), Fraction(1, 25)).fps == 25


def test_frames_at_one_time_do_not_divide_by_zero():
    fit = fit_rate(np.array([0, 0, 0, 512, 512], dtype=np.int64), Fraction(1, 12800))
    assert fit.variable
    assert fit.fps > 0


def test_snap():
    assert snap_rate(Fraction(2997, 100)) == Fraction(30000, 1001)
    assert snap_rate(Fraction(17)) == 17
