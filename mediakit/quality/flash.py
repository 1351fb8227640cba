"""Photosensitive flashes: a screening after ITU-R BT.1702-3, no substitute for a certified analyser.

A flash is a pair of opposing changes of luminance of 20 cd/m² or more, the darker image below 160 cd/m², at the same
place, over more than a quarter of the picture; or a pair of changes to and from a saturated red. More than three in a
second fail. Luminance is that of a display with a 200 cd/m² white and a 2.2 power law, on means of blocks (some 900 a
picture).

Motion and cuts change luminance as well. What tells them from flashes:

* In a flash a quarter of the picture changes in one direction. In a pan over stripes, or in a cut, as much grows
  brighter as grows darker: only what one direction has *more* than the other counts. The exception is a pattern whose
  halves swap, all at once and at the same blocks each time.
* A flash comes back at the same blocks. Each block counts its own changes, and only those that oppose the one before;
  the picture's count is the one that more than a quarter of the blocks reach within one second.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.quality.facts import FrameFacts

WHITE_CD = 200.0
CHANGE_CD = 20.0
DARKER_CD = 160.0
AREA = 0.25
RED_RATIO = 0.8
RED_SCALE = 320.0
RED_CHANGE = 20.0
RED_STEPS = 64
"""Saturated red is kept in steps of 1/64."""
_REDDISH = 0.05
"""Every red that can take part in a flash lies beyond this Cr; most pictures have none of it and are soon done."""
SPREAD_S = 0.12
"""A change of the picture may take so long from its first to its last block."""
_SWAPPED = 0.8
_ALLOWED = 6
"""So many opposing changes (three flashes) in a second pass."""


def measure_red(blocks: NDArray[np.float32]) -> NDArray[np.uint16]:
    """Return the saturated red of every block, in steps of 1/`RED_STEPS`.

    Args:
        blocks: means of 8-bit luma, Cb and Cr (frames, 3, block rows, block columns).
    """
    import numpy as np

    y = (blocks[:, 0] - 16) / 219
    cb, cr = (blocks[:, 1] - 128) / 224, (blocks[:, 2] - 128) / 224
    reddish = cr > _REDDISH
    if not reddish.any():
        return np.zeros(y.shape, dtype=np.uint16)
    red, green, blue = (
        np.clip(value, 0, 1) ** np.float32(2.2)
        for value in (y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb)
    )
    saturated = reddish & (red >= RED_RATIO * (red + green + blue + 1e-6))
    redness = np.where(saturated, np.maximum(red - green - blue, 0) * RED_SCALE, 0)
    steps: NDArray[np.uint16] = np.rint(redness * RED_STEPS).astype(np.uint16)
    return steps


class _Changes:
    """Follows every block from extreme to extreme and counts, within the last second, its opposing changes.

    Attributes:
        most: the most changes within a second that more than ``area`` of the blocks have.
        busy: (first, past the last) frame of stretches with more than `_ALLOWED`.
    """

    def __init__(self, fps: float, change: float, darker_limit: float, area: float) -> None:
        self._change, self._limit, self._area = change, darker_limit, area
        self._spread = max(round(fps * SPREAD_S), 1)
        self._second = max(int(-(-fps // 1)), 1)
        self._ready = False
        self._last_move = -(1 << 30)
        self.most = 0
        self.busy: list[tuple[int, int]] = []

    def _start(self, value: NDArray[np.float32]) -> None:
        import numpy as np

        self._ready = True
        self._low, self._high = value.copy(), value.copy()
        never = -(1 << 30)
        self._rose = np.full(value.shape, never, dtype=np.int64)
        self._fell = np.full(value.shape, never, dtype=np.int64)
        self._sign = np.zeros(value.shape, dtype=np.int8)
        self._swap = np.zeros(value.shape, dtype=np.int8)
        self._count = np.zeros(value.shape, dtype=np.int16)
        self._counted: dict[int, NDArray[np.bool_]] = {}

    def feed(self, value: NDArray[np.float32], frame: int) -> None:
        """Take the next frame's blocks."""
        import numpy as np

        if not self._ready:
            self._start(value)
            return
        np.minimum(self._low, value, out=self._low)
        np.maximum(self._high, value, out=self._high)
        rose = (value - self._low >= self._change) & (self._low < self._limit)
        fell = (self._high - value >= self._change) & (value < self._limit)
        self._forget(frame - self._second)
        moved = rose | fell
        if moved.any():
            self._last_move = frame
            self._low[moved] = value[moved]
            self._high[moved] = value[moved]
            self._rose[rose] = frame
            self._fell[fell] = frame
        elif frame - self._last_move >= self._spread:
            return
        self._note(self._find_flashing(rose, fell, frame), frame)

    def _find_flashing(self, rose: NDArray[np.bool_], fell: NDArray[np.bool_], frame: int) -> NDArray[np.int8]:
        """Return the sign of the change of every block that takes part in a flash; 0 elsewhere."""
        import numpy as np

        up, down = (frame - last < self._spread for last in (self._rose, self._fell))
        more = np.count_nonzero(up) - np.count_nonzero(down)
        if abs(more) > self._area * up.size:
            return up.astype(np.int8) if more > 0 else -down.astype(np.int8)
        now = rose.astype(np.int8) - fell.astype(np.int8)
        if np.count_nonzero(now) <= self._area * now.size:
            return np.zeros_like(now)
        before, self._swap = self._swap, now
        swapped = np.count_nonzero(now * before == -1) >= _SWAPPED * np.count_nonzero((now != 0) | (before != 0))
        return now if swapped else np.zeros_like(now)

    def _note(self, sign: NDArray[np.int8], frame: int) -> None:
        """Count the blocks whose change opposes their last one."""
        import numpy as np

        fresh = (sign != 0) & (sign != self._sign)
        if not fresh.any():
            return
        self._sign[fresh] = sign[fresh]
        self._counted[frame] = fresh
        self._count += fresh
        counts = np.sort(self._count, axis=None)
        reached = int(counts[len(counts) - 1 - int(len(counts) * self._area)])
        self.most = max(self.most, reached)
        if reached > _ALLOWED:
            start = next(iter(self._counted))
            if self.busy and start <= self.busy[-1][1]:
                self.busy[-1] = (self.busy[-1][0], frame + 1)
            else:
                self.busy.append((start, frame + 1))

    def _forget(self, frame: int) -> None:
        """Take what changed up to a frame out of the counts."""
        while self._counted and (oldest := next(iter(self._counted))) <= frame:
            self._count -= self._counted.pop(oldest)


class FlashDetector:
    """Counts flashes of luminance and of saturated red in every second."""

    def __init__(
        self, fps: float, *, change_cd: float = CHANGE_CD, darker_cd: float = DARKER_CD, area: float = AREA
    ) -> None:
        self._luminance = _Changes(fps, change_cd, darker_cd, area)
        self._red = _Changes(fps, RED_CHANGE, float("inf"), area)
        self._seen_red = False

    def feed(self, facts: FrameFacts) -> None:
        """Take the next frames."""
        import numpy as np

        luminance = WHITE_CD * np.clip((facts.means - 16) / 219, 0, 1.1) ** np.float32(2.2)
        for position in range(len(facts)):
            self._luminance.feed(luminance[position], facts.first + position)
        if not self._seen_red and not facts.red.any():  # as most pictures
            return
        redness = facts.red.astype(np.float32) / RED_STEPS
        if not self._seen_red and facts.first > 0:
            self._red.feed(np.zeros_like(redness[0]), facts.first - 1)
        self._seen_red = True
        for position in range(len(facts)):
            self._red.feed(redness[position], facts.first + position)

    def busiest(self, frames: int) -> tuple[float, str, list[tuple[int, int]]]:
        """Return the most flashes within a second, their kind, and the stretches with more than three.

        A flash is two opposing changes, so halves occur. Stretches are (first, past the last) frame, none beyond
        ``frames``.
        """
        best, kind, runs = 0.0, "luminance", []
        for name, tracker in (("luminance", self._luminance), ("red", self._red)):
            runs += [(first, min(last, frames)) for first, last in tracker.busy]
            if tracker.most / 2 > best:
                best, kind = tracker.most / 2, name
        return best, kind, sorted(runs)
