"""A camera's way along one axis: as still as it can be, else smooth, with what matters inside the window.

The way is the least of a convex sum over evenly spaced times: travel and force, each by its absolute value (so that it
is exactly still, or exactly steady, for as long as possible; M. Grundmann, V. Kwatra, I. Essa, CVPR 2011), jerk by its
square, distance from the ideal place beyond a dead zone, and, weighing far more than all, what of the subject lies
outside. Speed and force are held below their limits by a barrier. Newton's method finds it: the absolute values are
rounded a little at nought, less and less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

_LONGEST = 240
"""Values that are solved for at once; longer ways are solved in stretches that overlap."""
_OVERLAP = 40
_STAGES = ((1e-2, 3e-2), (1e-3, 1e-2), (1e-4, 3e-3), (1e-5, 1e-3))
"""Weight of the barrier, and how far absolute values are rounded, stage by stage."""
_STEPS = 40
_DONE = 1e-9


@dataclass(frozen=True)
class Limits:
    """How a window may move; lengths are window heights.

    Attributes:
        speed: heights a second.
        force: heights a second squared.
        dead: distance from the ideal place that costs nothing.
    """

    speed: float = 0.6
    force: float = 1.2
    dead: float = 0.05

    def times(self, factor: float) -> Limits:
        """Return looser limits."""
        return Limits(self.speed * factor, self.force * factor, self.dead)


@dataclass(frozen=True)
class Weights:
    """What costs how much, a second long."""

    travel: float = 1.0
    force: float = 0.5
    jerk: float = 0.05
    ideal: float = 1.5
    outside: float = 60.0


_WEIGHTS = Weights()
_STENCILS = {1: (-1.0, 1.0), 2: (1.0, -2.0, 1.0), 3: (-1.0, 3.0, -3.0, 1.0)}


def find_way(
    low: Values,
    high: Values,
    ideal: Values,
    step: float,
    limits: Limits,
    *,
    ends: tuple[float, float],
) -> Values:
    """Return the places of a camera at evenly spaced times.

    Args:
        low: least place at each time that holds the subject; minus infinity where there is none.
        high: greatest place; below ``low`` where no place holds it (then the middle is sought).
        ideal: where the camera would best be; NaN where it does not matter.
        step: seconds between the times.
        limits: of its movement.
        ends: least and greatest place at any time (the picture's edges).
    """
    import numpy as np

    count = len(low)
    if ends[1] - ends[0] < 1e-9:
        return np.full(count, (ends[0] + ends[1]) / 2)
    if count <= _LONGEST:
        return _solve(low, high, ideal, step, limits, ends, ())
    found = np.empty(count)
    start, fixed = 0, 0
    while True:
        end = min(start + _LONGEST, count)
        part = slice(start, end)
        pinned = tuple(found[start : start + fixed])
        found[part] = _solve(low[part], high[part], ideal[part], step, limits, ends, pinned)
        if end == count:
            return found
        start, fixed = end - _OVERLAP, 3


def _solve(
    low: Values,
    high: Values,
    ideal: Values,
    step: float,
    limits: Limits,
    ends: tuple[float, float],
    pinned: Sequence[float],
) -> Values:
    import numpy as np

    problem = _Problem(low, high, ideal, step, limits, ends)
    count, fixed = len(low), len(pinned)
    x = np.full(count, _start(ideal, ends))
    if fixed:
        x[:] = _coast(pinned, count, step, limits, ends)
        x[:fixed] = pinned
    for barrier, rounding in _STAGES:
        value, slope, curve = problem.expand(x, barrier, rounding)
        for _ in range(_STEPS):
            move = np.zeros(count)
            move[fixed:] = np.linalg.solve(curve[fixed:, fixed:], -slope[fixed:])
            gain = -float(slope @ move)
            if gain < _DONE:
                break
            share = 1.0
            while share > 1e-6 and not (
                problem.value(x + share * move, barrier, rounding) <= value - 0.1 * share * gain
            ):
                share /= 2
            if share <= 1e-6:
                break
            x = x + share * move
            value, slope, curve = problem.expand(x, barrier, rounding)
    return x


def _start(ideal: Values, ends: tuple[float, float]) -> float:
    """Return a still place to start from, a little inside the edges."""
    import numpy as np

    wanted = ideal[np.isfinite(ideal)]
    middle = float(np.median(wanted)) if len(wanted) else (ends[0] + ends[1]) / 2
    room = (ends[1] - ends[0]) * 0.05
    return min(max(middle, ends[0] + room), ends[1] - room)


def _coast(pinned: Sequence[float], count: int, step: float, limits: Limits, ends: tuple[float, float]) -> Values:
    """Return a way on from pinned places that comes to rest within the limits (of force) and within the edges."""
    import numpy as np

    way = np.empty(count)
    place, speed = pinned[-1], (pinned[-1] - pinned[-2]) / step
    for k in range(len(pinned), count):
        brake = limits.force * 0.9 * step
        speed = 0.0 if abs(speed) <= brake else speed - np.sign(speed) * brake
        place = min(max(place + speed * step, ends[0] + 1e-6), ends[1] - 1e-6)
        way[k] = place
    return way


class _Problem:
    """The sum that is to be least, with its slope and curvature."""

    def __init__(
        self,
        low: Values,
        high: Values,
        ideal: Values,
        step: float,
        limits: Limits,
        ends: tuple[float, float],
    ) -> None:
        import numpy as np

        low, high = np.clip(low, *ends), np.clip(high, *ends)
        crossed, middle = low > high, (low + high) / 2
        self.low, self.high = np.where(crossed, middle, low), np.where(crossed, middle, high)
        self.ideal, self.wanted = np.nan_to_num(ideal), np.isfinite(ideal)
        self.step, self.limits, self.ends = step, limits, ends

    def value(self, x: Values, barrier: float, rounding: float) -> float:
        """Return the sum; infinite beyond a limit."""
        import numpy as np

        total = 0.0
        for term in self._terms(x, barrier, rounding):
            total += term[0]
        return total if np.isfinite(total) else float("inf")

    def expand(self, x: Values, barrier: float, rounding: float) -> tuple[float, Values, Values]:
        """Return the sum, its slope and its curvature (a matrix of few diagonals)."""
        import numpy as np

        count = len(x)
        total, slope, curve = 0.0, np.zeros(count), np.zeros((count, count))
        for value, first, second, order in self._terms(x, barrier, rounding):
            total += value
            stencil = _STENCILS.get(order, (1.0,))
            rows = np.arange(count - len(stencil) + 1)
            for a, one in enumerate(stencil):
                slope[rows + a] += one * first
                for b, other in enumerate(stencil):
                    curve[rows + a, rows + b] += one * other * second
        curve[np.arange(count), np.arange(count)] += 1e-7
        return total, slope, curve

    def _terms(self, x: Values, barrier: float, rounding: float):  # type: ignore[no-untyped-def]
        """Yield (value, slope, curvature, order of the difference that both are by) of every term."""
        import numpy as np

        step, weights = self.step, _WEIGHTS
        soft = rounding * 0.3
        yield _beyond(x - self.high, weights.outside * step, soft)
        value, slope, curve, order = _beyond(self.low - x, weights.outside * step, soft)
        yield value, -slope, curve, order
        off = x - self.ideal
        for sign in (1, -1):
            value, slope, curve, order = _beyond(sign * off - self.limits.dead, weights.ideal * step, 0.02)
            kept = self.wanted.astype(float)
            single = float((_soft(sign * off - self.limits.dead, 0.02) * kept).sum()) * weights.ideal * step
            yield single, sign * slope * kept, curve * kept, order
        yield _wall(x, self.ends, barrier * step * 0.1)
        bounds = {1: self.limits.speed, 2: self.limits.force}
        for order, weight in ((1, weights.travel), (2, weights.force)):
            scale = step**-order
            moved = np.diff(x, n=order) * scale
            root = np.sqrt(moved * moved + rounding * rounding)
            by = weight * step
            yield (
                float((root - rounding).sum()) * by,
                moved / root * by * scale,
                rounding * rounding / root**3 * by * scale * scale,
                order,
            )
            value, slope, curve, _ = _wall(moved, (-bounds[order], bounds[order]), barrier * step)
            yield value, slope * scale, curve * scale * scale, order
        if len(x) > 3:
            scale = step**-3
            jerk = np.diff(x, n=3) * scale
            by = weights.jerk * step
            yield float((jerk * jerk).sum()) * by, 2 * jerk * by * scale, np.full(len(jerk), 2 * by * scale * scale), 3


def _soft(z: Values, soft: float) -> Values:
    """Return how far a value lies above nought, rounded there."""
    import numpy as np

    return (z + np.sqrt(z * z + soft * soft)) / 2


def _beyond(z: Values, weight: float, soft: float) -> tuple[float, Values, Values, int]:
    """Return the cost of lying above nought."""
    import numpy as np

    z = np.where(np.isfinite(z), z, -1e6)
    root = np.sqrt(z * z + soft * soft)
    return float(_soft(z, soft).sum()) * weight, (1 + z / root) / 2 * weight, soft * soft / root**3 / 2 * weight, 0


def _wall(z: Values, ends: tuple[float, float], weight: float) -> tuple[float, Values, Values, int]:
    """Return the barrier before both ends; infinite beyond them."""
    import numpy as np

    below, above = z - ends[0], ends[1] - z
    if not ((below > 0).all() and (above > 0).all()):
        return float("inf"), z, z, 0
    value = -float((np.log(below) + np.log(above)).sum()) * weight
    return value, (1 / above - 1 / below) * weight, (1 / above**2 + 1 / below**2) * weight, 0
