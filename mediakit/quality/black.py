"""Black picture: nearly every point at or near black (the measure of ffmpeg's blackdetect, with its defaults)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.quality.runs import find_runs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.quality.facts import FrameFacts

BLACK_LUMA = 16 + round(219 * 0.10)
BLACK_SHARE = 0.98


def mark_black(luma: NDArray[np.uint8], limit: int = BLACK_LUMA, share: float = BLACK_SHARE) -> NDArray[np.bool_]:
    """Mark frames (frames, rows, columns) of which 98 % of the points are no brighter than 10 % of the luma range."""
    marks: NDArray[np.bool_] = (luma <= limit).mean(axis=(1, 2)) >= share
    return marks


class BlackDetector:
    """Finds stretches of black frames."""

    def __init__(self) -> None:
        self._flags: list[NDArray[np.bool_]] = []

    def feed(self, facts: FrameFacts) -> None:
        """Take the next frames."""
        self._flags.append(facts.black)

    def runs(self) -> list[tuple[int, int]]:
        """Return (first, past the last) frame of every black stretch."""
        import numpy as np

        return find_runs(np.concatenate(self._flags)) if self._flags else []
