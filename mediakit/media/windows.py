"""The part of a picture that a frame of another shape shows, over time.

Places are shares of the shown picture; times are seconds after its first frame.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Mark:
    """The window's middle and height at one time. Its width follows from the shape that is asked for."""

    time: float
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Path:
    """A window through a shot: marks in order of time. Between two marks it moves without a jolt, and never past them."""

    marks: tuple[Mark, ...]

    def at(self, time: float) -> Mark:
        """Return where the window is; before the first mark and after the last it stands still."""
        marks = self.marks
        after = bisect_right([mark.time for mark in marks], time)
        if after == 0 or after == len(marks):
            mark = marks[max(after - 1, 0)]
            return Mark(time, mark.x, mark.y, mark.height)
        share = (time - marks[after - 1].time) / (marks[after].time - marks[after - 1].time)
        x, y, height = (_between(marks, after, share, name) for name in ("x", "y", "height"))
        return Mark(time, x, y, height)

    @property
    def still(self) -> bool:
        """Whether it never moves."""
        first = self.marks[0]
        return all((mark.x, mark.y, mark.height) == (first.x, first.y, first.height) for mark in self.marks)


def _between(marks: tuple[Mark, ...], after: int, share: float, name: str) -> float:
    """Interpolate by a cubic that keeps between its marks (F. N. Fritsch, R. E. Carlson, SIAM J. Numer. Anal. 17, 1980)."""
    value = [getattr(mark, name) for mark in marks]
    span = marks[after].time - marks[after - 1].time
    rise = value[after] - value[after - 1]
    leaving, arriving = (_slope(marks, value, k) * span for k in (after - 1, after))
    square, cube = share * share, share * share * share
    return float(
        value[after - 1]
        + (cube - 2 * square + share) * leaving
        + (3 * square - 2 * cube) * rise
        + (cube - square) * arriving
    )


def _slope(marks: tuple[Mark, ...], value: list[float], k: int) -> float:
    """Return the slope at a mark: none at the ends and where the direction turns, else the harmonic mean of both sides."""
    if k == 0 or k == len(marks) - 1:
        return 0.0
    before, after = marks[k].time - marks[k - 1].time, marks[k + 1].time - marks[k].time
    left, right = (value[k] - value[k - 1]) / before, (value[k + 1] - value[k]) / after
    if left * right <= 0:
        return 0.0
    one, two = 2 * after + before, after + 2 * before
    return (one + two) / (one / left + two / right)


@dataclass(frozen=True)
class Stretch:
    """How one shot is shown, ``start`` to ``end``.

    ``window``: along one path; ``split``: along two, one above the other; ``fit``: whole, as ``fit`` says.
    """

    start: float
    end: float
    show: Literal["window", "split", "fit"]
    paths: tuple[Path, ...] = ()
    fit: Literal["blur", "pad", "stack"] = "blur"
