"""Frozen picture: no block of the picture moves away from the frame with which the stretch began.

A mean over the whole picture (ffmpeg's freezedetect) calls a locked-off wide shot with one small moving person
frozen; here nearly every one of some 900 blocks must stand still. Comparing with the stretch's first frame, not the
previous one, keeps a slow zoom from passing for a freeze; the tolerance is wide enough for the pulse of key frames.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.quality.facts import FrameFacts

TOLERANCE = 3.0
"""Steps of 8-bit luma that a block's mean may stray."""
AREA = 0.0025
"""The share of blocks that may stray farther (two of 880): noise, not motion."""
_LARGEST_REACH = 64


class FreezeDetector:
    """Finds stretches of frames that show the same picture."""

    def __init__(self, tolerance: float = TOLERANCE, area: float = AREA) -> None:
        self._tolerance, self._area = tolerance, area
        self._reference: NDArray[np.float32] | None = None
        self._start = 0
        self._next = 0
        self._runs: list[tuple[int, int]] = []

    def feed(self, facts: FrameFacts) -> None:
        """Take the next frames."""
        luma = facts.means
        position, count, reach = 0, len(luma), 2
        while position < count:
            if self._reference is None:
                self._reference, self._start, reach = luma[position].copy(), facts.first + position, 2
            ahead = luma[position : position + reach]
            moved = (abs(ahead - self._reference) > self._tolerance).mean(axis=(1, 2)) > self._area
            if moved.any():
                position += int(moved.argmax())
                self._close(facts.first + position)
            else:  # what stands still is looked at in ever larger steps
                position += len(ahead)
                reach = min(reach * 2, _LARGEST_REACH)
        self._next = facts.first + count

    def _close(self, end: int) -> None:
        if end - self._start > 1:
            self._runs.append((self._start, end))
        self._reference = None

    def runs(self) -> list[tuple[int, int]]:
        """Return (first, past the last) frame of every stretch of two frames or more."""
        last = [(self._start, self._next)] if self._reference is not None and self._next - self._start > 1 else []
        return self._runs + last
