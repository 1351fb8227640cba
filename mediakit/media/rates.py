"""Frame rates found from frame times: constant or variable, and which rate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

USUAL_RATES = tuple(
    Fraction(text)
    for text in (
        *("5", "6", "8", "10", "12", "25/2", "15000/1001", "15", "20", "24000/1001", "24", "25", "30000/1001", "30"),
        *("48000/1001", "48", "50", "60000/1001", "60", "72", "90", "100", "120000/1001", "120", "240000/1001", "240"),
    )
)
_SLACK_FRAMES = 0.06
_SNAP = 0.004


@dataclass(frozen=True)
class RateFit:
    """``fps`` is exact where the rate is constant, else the mean; ``nominal`` is the rate of the usual distance."""

    fps: Fraction
    nominal: Fraction
    variable: bool


def snap_rate(rate: Fraction) -> Fraction:
    """Return the usual rate within 0.4 % of ``rate``, or ``rate`` with a small denominator."""
    nearest = min(USUAL_RATES, key=lambda usual: abs(usual - rate))
    return nearest if abs(nearest - rate) <= rate * Fraction(str(_SNAP)) else rate.limit_denominator(1001)


def fit_rate(pts: NDArray[np.int64], time_base: Fraction, declared: Iterable[Fraction | None] = ()) -> RateFit:
    """Find the frame rate of ascending frame times.

    A rate is constant when every frame lies within a tick, or 6 % of a frame, of an even grid: rounding to a coarse
    time base passes, one missing frame does not.

    Args:
        pts: ticks, ascending.
        time_base: seconds a tick.
        declared: rates that the container names, most trusted first; used where the times leave a choice.
    """
    import numpy as np

    named = [rate for rate in declared if rate]
    if len(pts) < 2 or pts[-1] == pts[0]:
        rate = snap_rate(named[0]) if named else Fraction(25)
        return RateFit(rate, rate, False)
    mean = (len(pts) - 1) / (int(pts[-1] - pts[0]) * time_base)
    usual = sorted(USUAL_RATES, key=lambda rate: abs(rate - mean))[:3]
    preferred = [rate for rate in named if rate in USUAL_RATES]
    for candidate in dict.fromkeys([*preferred, *usual, *named, mean.limit_denominator(1001), mean]):
        if _fits(pts, time_base, candidate):
            return RateFit(candidate, candidate, False)
    gaps = np.diff(pts)
    gap = int(np.median(gaps[gaps > 0])) if (gaps > 0).any() else 1
    return RateFit(mean.limit_denominator(1001) or mean, snap_rate(1 / (gap * time_base)), True)


def _fits(pts: NDArray[np.int64], time_base: Fraction, rate: Fraction) -> bool:
    import numpy as np

    ticks_a_frame = 1 / (rate * time_base)
    numbers = np.arange(len(pts), dtype=np.int64)
    # Whole ticks in exact integers first, so that hours of 90 kHz ticks lose nothing to rounding.
    whole = numbers * ticks_a_frame.numerator // ticks_a_frame.denominator
    rest = (numbers * ticks_a_frame.numerator % ticks_a_frame.denominator) / ticks_a_frame.denominator
    error = (pts - pts[0] - whole).astype(np.float64) - rest
    spread = float(error.max() - error.min()) / 2
    return spread <= max(1.0, _SLACK_FRAMES * float(ticks_a_frame))
