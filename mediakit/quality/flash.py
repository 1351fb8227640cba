"""Photosensitive flashes: a screening after ITU-R BT.1702-3, no substitute for a certified analyser.

A flash is a pair of opposing changes of luminance of 20 cd/m² or more, the darker image below 160 cd/m², over more
than a quarter of the picture; or a pair of changes to and from a saturated red. More than three in a second fail.
Luminance is that of a display with a 200 cd/m² white and a 2.2 power law, on means of blocks (some 900 a picture).
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from mediakit.quality.picture import Batch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WHITE_CD = 200.0
CHANGE_CD = 20.0
DARKER_CD = 160.0
AREA = 0.25
RED_RATIO = 0.8
RED_SCALE = 320.0
RED_CHANGE = 20.0


class _Transitions:
    """Follows every block from extreme to extreme and lists the picture's changes as (frame, sign)."""

    def __init__(self, change: float, darker_limit: float, area: float, spread: int) -> None:
        self._change, self._limit, self._area = change, darker_limit, area
        self._low: NDArray[np.float32] | None = None
        self._high: NDArray[np.float32] | None = None
        self._recent: dict[int, deque[float]] = {1: deque(maxlen=spread), -1: deque(maxlen=spread)}
        self.events: list[tuple[int, int]] = []

    def feed(self, value: NDArray[np.float32], frame: int) -> None:
        import numpy as np

        if self._low is None or self._high is None:
            self._low, self._high = value.copy(), value.copy()
            return
        np.minimum(self._low, value, out=self._low)
        np.maximum(self._high, value, out=self._high)
        rose = (value - self._low >= self._change) & (self._low < self._limit)
        fell = (self._high - value >= self._change) & (value < self._limit)
        for sign, changed in ((1, rose), (-1, fell)):
            if changed.any():
                self._low[changed] = value[changed]
                self._high[changed] = value[changed]
            recent = self._recent[sign]
            recent.append(float(changed.mean()))
            if sum(recent) > self._area:
                recent.clear()
                if not self.events or self.events[-1][1] != sign:
                    self.events.append((frame, sign))


class FlashDetector:
    """Counts flashes of luminance and of saturated red in every second."""

    def __init__(
        self, fps: float, *, change_cd: float = CHANGE_CD, darker_cd: float = DARKER_CD, area: float = AREA
    ) -> None:
        spread = max(round(fps * 0.12), 1)
        self._luminance = _Transitions(change_cd, darker_cd, area, spread)
        self._red = _Transitions(RED_CHANGE, float("inf"), area, spread)

    def feed(self, batch: Batch) -> None:
        """Take the next frames."""
        import numpy as np

        y = (batch.blocks[:, 0] - 16) / 219
        cb, cr = (batch.blocks[:, 1] - 128) / 224, (batch.blocks[:, 2] - 128) / 224
        luminance = WHITE_CD * np.clip(y, 0, 1.1) ** np.float32(2.2)
        red, green, blue = (
            np.clip(value, 0, 1) ** np.float32(2.2)
            for value in (y + 1.5748 * cr, y - 0.1873 * cb - 0.4681 * cr, y + 1.8556 * cb)
        )
        saturated = red >= RED_RATIO * (red + green + blue + 1e-6)
        redness = np.where(saturated, np.maximum(red - green - blue, 0) * RED_SCALE, 0)
        for position in range(len(y)):
            self._luminance.feed(luminance[position], batch.first + position)
            self._red.feed(redness[position], batch.first + position)

    def busiest(self, edges: NDArray[np.float64]) -> tuple[float, str, list[tuple[int, int]]]:
        """Return the most flashes within a second, their kind, and the stretches with more than three.

        A flash is two opposing changes, so halves occur. Stretches are (first, past the last) frame.
        """
        best, kind, runs = 0.0, "luminance", []
        for name, tracker in (("luminance", self._luminance), ("red", self._red)):
            most, found = _count_in_seconds(tracker.events, edges)
            runs += found
            if most > best:
                best, kind = most, name
        return best, kind, sorted(runs)


def _count_in_seconds(events: list[tuple[int, int]], edges: NDArray[np.float64]) -> tuple[float, list[tuple[int, int]]]:
    last = len(edges) - 1
    times = [float(edges[min(frame, last)]) for frame, _ in events]
    most, start = 0, 0
    runs: list[tuple[int, int]] = []
    for end in range(len(times)):
        while times[end] - times[start] >= 1.0:
            start += 1
        count = end - start + 1
        most = max(most, count)
        if count > 6:
            stretch = (events[start][0], min(events[end][0] + 1, last))
            if runs and stretch[0] <= runs[-1][1]:
                runs[-1] = (runs[-1][0], stretch[1])
            else:
                runs.append(stretch)
    return most / 2, runs
