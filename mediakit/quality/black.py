"""Black picture: nearly every point at or near black (the measure of ffmpeg's blackdetect, with its defaults)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.quality.picture import Batch
from mediakit.quality.runs import find_runs

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

BLACK_LUMA = 16 + round(219 * 0.10)
BLACK_SHARE = 0.98


class BlackDetector:
    """Marks frames of which 98 % of the points are no brighter than 10 % of the luma range."""

    def __init__(self, luma: int = BLACK_LUMA, share: float = BLACK_SHARE) -> None:
        self._luma, self._share = luma, share
        self._flags: list[NDArray[np.bool_]] = []

    def feed(self, batch: Batch) -> None:
        """Take the next frames."""
        self._flags.append((batch.luma <= self._luma).mean(axis=(1, 2)) >= self._share)

    def runs(self) -> list[tuple[int, int]]:
        """Return (first, past the last) frame of every black stretch."""
        import numpy as np

        return find_runs(np.concatenate(self._flags)) if self._flags else []
