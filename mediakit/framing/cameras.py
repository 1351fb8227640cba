"""From what a window has to hold to its path: one place for a whole stretch where that will do, else a smooth way."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from mediakit.framing.camera import Limits, find_way
from mediakit.media.windows import Mark, Path, window_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.framing.needs import Needs

    Values = NDArray[np.float64]

STEP_S = 0.1
_ASIDE = 0.2
"""How far off its best place, in shares of its own size, a window that stands still may be."""
_STRAY = 0.02
"""Share of the boxes, the most outlying ones, that a still window need not hold."""
_AIR = 0.12
"""Air around what is held, in shares of its size, where there is room for it."""
_NEAR = 0.0008, 0.02
"""How close to the way the marks keep it: window heights, and window heights a second."""

_REST = 0.002
"""Movement from one mark to the next that is none, in window heights."""


@dataclass(frozen=True)
class Shot:
    """The frame that is to be filled and the stretch of the picture: shapes are width by height."""

    start: float
    end: float
    shape: Fraction
    picture: Fraction

    @property
    def seconds(self) -> float:
        """How long it is."""
        return self.end - self.start


def aim(needs: Needs, shot: Shot, height: float, limits: Limits) -> Path:
    """Return the path of a window of a height over a stretch.

    A window that cannot hold a box is led by its middle.
    """
    import numpy as np

    size = np.array(window_size(height, shot.shape, shot.picture))
    low, high, ideal = _bounds(needs, size)
    ends = np.stack([size / 2, 1 - size / 2])
    still = _stand_still(low, high, ideal, size, ends)
    if still is not None:
        return Path(float(size[1]), (Mark(shot.start, *_rounded(still)),))
    count = max(round(shot.seconds / STEP_S) + 1, 2)
    times = np.linspace(shot.start, shot.end, count)
    step = shot.seconds / (count - 1)
    units = np.array([float(shot.picture), 1.0]) / size[1]  # shares of the picture to window heights
    columns = []
    for axis in (0, 1):
        at = _at_times(needs.times, low[:, axis], high[:, axis], ideal[:, axis], times, step)
        unit = units[axis]
        way = find_way(
            at[0] * unit,
            at[1] * unit,
            at[2] * unit,
            step,
            limits,
            ends=(float(ends[0, axis] * unit), float(ends[1, axis] * unit)),
        )
        columns.append(way / unit)
    return Path(float(size[1]), _marks(times, np.stack(columns, axis=1), units))


def _bounds(needs: Needs, size: Values) -> tuple[Values, Values, Values]:
    """Return least, greatest and best place of the window's middle for each box, across and down."""
    import numpy as np

    near, far = needs.boxes[:, :2], needs.boxes[:, 2:]
    spare = np.maximum(size - (far - near), 0.0)
    air = np.minimum(_AIR * (far - near), spare * 0.4)
    low, high = far + air - size / 2, near - air + size / 2
    ideal = needs.centres + np.array([0.0, needs.lift]) * size
    low, high = np.clip(low, size / 2, 1 - size / 2), np.clip(high, size / 2, 1 - size / 2)
    free = ~needs.held
    low[free], high[free] = size / 2, 1 - size / 2
    return low, high, np.clip(ideal, size / 2, 1 - size / 2)


def _stand_still(low: Values, high: Values, ideal: Values, size: Values, ends: Values) -> Values | None:
    """Return the place where a window holds everything throughout and is never far off, or None."""
    import numpy as np

    middle = (low + high) / 2
    crossed = low > high
    low, high = np.where(crossed, middle, low), np.where(crossed, middle, high)
    least, most = np.quantile(low, 1 - _STRAY, axis=0), np.quantile(high, _STRAY, axis=0)
    if (least > most + 1e-9).any():
        return None
    place: Values = np.clip(np.median(ideal, axis=0), least, most)
    off = np.quantile(np.abs(ideal - place), 0.9, axis=0)
    if (off > np.minimum(_ASIDE * size, ends[1] - ends[0])).any():
        return None
    return place


def _at_times(
    known: Values, low: Values, high: Values, ideal: Values, times: Values, step: float
) -> tuple[Values, Values, Values]:
    """Return bounds and best place at evenly spaced times.

    A bound holds from the time before it to the time after it, so that it is kept between the two as well.
    """
    import numpy as np

    least, most = np.full(len(times), -np.inf), np.full(len(times), np.inf)
    wanted, weight = np.zeros(len(times)), np.zeros(len(times))
    before = np.clip(np.floor((known - times[0]) / step + 1e-9).astype(int), 0, len(times) - 1)
    for shift in (0, 1):
        slot = np.minimum(before + shift, len(times) - 1)
        np.maximum.at(least, slot, low)
        np.minimum.at(most, slot, high)
        np.add.at(wanted, slot, ideal)
        np.add.at(weight, slot, 1.0)
    seen = weight > 0
    place = np.full(len(times), np.nan)
    place[seen] = wanted[seen] / weight[seen]
    return least, most, _bridge(times, place, least, most)


def _bridge(times: Values, place: Values, least: Values, most: Values) -> Values:
    """Fill short gaps between sightings: the bounds too, in place."""
    import numpy as np

    from mediakit.framing.needs import BRIDGED_S

    seen = np.isfinite(place)
    if not seen.any():
        return place
    after = np.searchsorted(times[seen], times)
    known = times[seen]
    gap = known[np.clip(after, 0, len(known) - 1)] - known[np.clip(after - 1, 0, len(known) - 1)]
    filled = ~seen & (after > 0) & (after < len(known)) & (gap <= BRIDGED_S)
    for values in (place, least, most):
        values[filled] = np.interp(times[filled], known, values[seen])
    return place


def _marks(times: Values, places: Values, units: Values) -> tuple[Mark, ...]:
    """Return the fewest marks found whose path keeps close to a way, in place and in speed."""
    import numpy as np

    places = np.round(places, 5)
    chosen = [0, len(times) - 1]
    while True:
        path = Path(1.0, tuple(Mark(float(times[k]), *_rounded(places[k])) for k in chosen))
        off = (path.sample(times) - places) * units
        speed = np.gradient(off, times, axis=0)
        error = np.maximum(np.abs(off) / _NEAR[0], np.abs(speed) / _NEAR[1]).max(axis=1)
        error[chosen] = 0.0
        worst = _worst_between(error, chosen)
        if not worst:
            return _without_repeats(_at_rest(path.marks, units))
        chosen = sorted({*chosen, *worst})


def _at_rest(marks: tuple[Mark, ...], units: Values) -> tuple[Mark, ...]:
    """Return marks in which what hardly moves does not move."""
    kept = [marks[0]]
    for mark in marks[1:]:
        x, y = (
            there if abs(here - there) * unit < _REST else here
            for here, there, unit in ((mark.x, kept[-1].x, units[0]), (mark.y, kept[-1].y, units[1]))
        )
        kept.append(Mark(mark.time, x, y))
    return tuple(kept)


def _worst_between(error: Values, chosen: list[int]) -> list[int]:
    """Return the worst place of each gap between chosen ones that is not good enough."""
    found = []
    for a, b in pairwise(chosen):
        if b - a > 1 and error[a + 1 : b].max() > 1:
            found.append(a + 1 + int(error[a + 1 : b].argmax()))
    return found


def _without_repeats(marks: tuple[Mark, ...]) -> tuple[Mark, ...]:
    """Leave out marks between two of the same place."""
    kept = [
        mark
        for k, mark in enumerate(marks)
        if not (0 < k < len(marks) - 1 and _same(marks[k - 1], mark) and _same(mark, marks[k + 1]))
    ]
    return tuple(kept)


def _same(one: Mark, other: Mark) -> bool:
    return (one.x, one.y) == (other.x, other.y)


def _rounded(place: Values) -> tuple[float, float]:
    return round(float(place[0]), 5), round(float(place[1]), 5)


def held(needs: Needs, path: Path, shot: Shot) -> float:
    """Return the share of the boxes that lie whole inside the window, a tiny part of the picture forgiven."""
    import numpy as np

    size = np.array(window_size(path.height, shot.shape, shot.picture))
    boxes, middle = needs.boxes[needs.held], path.sample(needs.times[needs.held])
    slack = 5e-4
    inside = (boxes[:, :2] >= middle - size / 2 - slack) & (boxes[:, 2:] <= middle + size / 2 + slack)
    return float(inside.all(axis=1).mean())
