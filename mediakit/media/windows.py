"""The part of a picture that a frame of another shape shows, over time.

Places are shares of the shown picture; times are seconds after its first frame. A window keeps its size through a
stretch: a change of size that nobody chose looks like a mistake.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Fallback = Literal["blur", "pad", "stack"]
"""How a picture is shown whole where no window will do."""


@dataclass(frozen=True)
class Mark:
    """The window's middle at one time."""

    time: float
    x: float
    y: float


@dataclass(frozen=True)
class Path:
    """A window's way: its height, and marks in order of time that its middle passes.

    Between two marks it moves without a jolt and never past them; before the first and after the last it stands
    still. Its width follows from the shape that is asked for (`window_size`).
    """

    height: float
    marks: tuple[Mark, ...]

    @property
    def still(self) -> bool:
        """Whether it never moves."""
        first = self.marks[0]
        return all((mark.x, mark.y) == (first.x, first.y) for mark in self.marks)

    def at(self, time: float) -> Mark:
        """Return where the window's middle is at one time."""
        x, y = self.sample([time])[0]
        return Mark(time, float(x), float(y))

    def sample(self, times: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where the window's middle is: (times, 2), across and down."""
        import numpy as np

        wanted = np.asarray(times, dtype=np.float64)
        if self.still:
            return np.tile([[self.marks[0].x, self.marks[0].y]], (len(wanted), 1))
        at, values, slopes = self._table
        clipped = np.clip(wanted, at[0], at[-1])
        after = np.clip(np.searchsorted(at, clipped, side="right"), 1, len(at) - 1)
        span = (at[after] - at[after - 1])[:, None]
        share = (clipped - at[after - 1])[:, None] / span
        square, cube = share * share, share * share * share
        found: NDArray[np.float64] = (
            values[after - 1]
            + (values[after] - values[after - 1]) * (3 * square - 2 * cube)
            + slopes[after - 1] * span * (cube - 2 * square + share)
            + slopes[after] * span * (cube - square)
        )
        return found

    @cached_property
    def _table(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
        """Times, values and slopes of the marks.

        Slopes are those of the parabola through a mark and its neighbours, held to three times the lesser of the two
        sides' and to none where the direction turns, so that no value passes a mark (F. N. Fritsch, R. E. Carlson,
        SIAM J. Numer. Anal. 17, 1980).
        """
        import numpy as np

        at = np.array([mark.time for mark in self.marks])
        values = np.array([(mark.x, mark.y) for mark in self.marks])
        span = np.diff(at)[:, None]
        rise = np.diff(values, axis=0) / span
        left, right, before, after = rise[:-1], rise[1:], span[:-1], span[1:]
        middle = (left * after + right * before) / (before + after)
        most = 3 * np.minimum(np.abs(left), np.abs(right))
        slopes = np.zeros_like(values)
        slopes[0], slopes[-1] = rise[0], rise[-1]
        slopes[1:-1] = np.where(left * right > 0, np.clip(middle, -most, most), 0.0)
        return at, values, slopes


def window_size(height: float, shape: Fraction, picture: Fraction) -> tuple[float, float]:
    """Return a window's width and height in shares of the picture.

    Args:
        height: its height, made less where it would be wider than the picture.
        shape: width by height of the frame that it fills.
        picture: width by height of the picture.
    """
    height = min(height, largest_height(shape, picture))
    return height * float(shape / picture), height


def largest_height(shape: Fraction, picture: Fraction) -> float:
    """Return the height of the largest window of a shape, as a share of the picture's."""
    return min(1.0, float(picture / shape))


@dataclass(frozen=True)
class Stretch:
    """How the picture is shown from ``start`` to ``end``; stretches follow each other, and the window jumps between.

    ``window``: along one path; ``split``: along two, the first one above; ``fit``: whole, as ``fit`` says.
    """

    start: float
    end: float
    show: Literal["window", "split", "fit"]
    paths: tuple[Path, ...] = ()
    fit: Fallback = "blur"


@dataclass(frozen=True)
class Windows:
    """How a whole picture of ``picture`` width by height fills frames of ``shape``; stretches in order of time."""

    shape: Fraction
    picture: Fraction
    stretches: tuple[Stretch, ...]

    def number_at(self, time: float, early: float = 0.0) -> int:
        """Return which stretch a frame at a time belongs to; it may start ``early`` seconds before the stretch does."""
        return max(bisect_right(self._starts, time + early) - 1, 0)

    @cached_property
    def _starts(self) -> list[float]:
        return [stretch.start for stretch in self.stretches]


def split_shapes(width: int, height: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return the even sizes of the two halves, one above the other, of a frame in pixels."""
    upper = height // 4 * 2
    return (width, upper), (width, height - upper)
