"""Unintended bars: black edges on two opposite sides that keep their size for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.quality.facts import FrameFacts

BAR_LUMA = 32
"""The brightest point of a bar (8-bit luma, black is 16)."""
LEAST_SHARE = 0.03
"""The least height or width of a bar, as a share of the picture."""


def measure_edges(luma: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Return how many rows and columns are black at the top, bottom, left and right of every frame.

    Returns:
        (frames, 4); -1 in a black frame.
    """
    import numpy as np

    lit: Any = luma > BAR_LUMA
    rows, columns = lit.any(axis=2), lit.any(axis=1)
    edges = np.stack([rows.argmax(1), rows[:, ::-1].argmax(1), columns.argmax(1), columns[:, ::-1].argmax(1)], axis=1)
    edges[~rows.any(axis=1)] = -1
    return edges.astype(np.int16)


class BarDetector:
    """Finds stretches of frames whose black edges keep their size: bars.

    ``stretches`` holds (first frame, past the last, top, bottom, left, right) in points; black frames end nothing.
    """

    def __init__(self, fps: float, least_share: float = LEAST_SHARE) -> None:
        self._least = least_share
        self._window = max(round(fps / 2), 1)
        self._edges: list[NDArray[np.int16]] = []
        self._shape = (0, 0)

    def feed(self, facts: FrameFacts) -> None:
        """Take the next frames."""
        self._shape = facts.shape
        self._edges.append(facts.edges)

    def stretches(self) -> list[tuple[int, int, str]]:
        """Return (first frame, past the last, ``letterbox`` or ``pillarbox``) of every stretch with bars."""
        import numpy as np

        if not self._edges:
            return []
        edges = np.concatenate(self._edges)
        found: list[tuple[int, int, str]] = []
        for word, first, second, length in (("letterbox", 0, 1, self._shape[0]), ("pillarbox", 2, 3, self._shape[1])):
            found += [(start, end, word) for start, end in self._held(edges[:, [first, second]], length)]
        return sorted(found)

    def _held(self, pair: NDArray[np.int16], length: int) -> list[tuple[int, int]]:
        """Return stretches of half-second windows whose narrower bar is there and keeps its size."""
        least = max(length * self._least, 1)
        runs: list[tuple[int, int]] = []
        size = -1
        for start in range(0, len(pair), self._window):
            window = pair[start : start + self._window]
            window = window[window[:, 0] >= 0]
            if not len(window):
                continue
            narrow = int(window.min(axis=0).min())
            steady = bool((window.min(axis=0) >= least).all()) and narrow < length * 0.45
            end = min(start + self._window, len(pair))
            if steady and size >= 0 and abs(narrow - size) <= 1 and runs:
                runs[-1] = (runs[-1][0], end)
            elif steady:
                runs.append((start, end))
            size = narrow if steady else -1
        return runs
