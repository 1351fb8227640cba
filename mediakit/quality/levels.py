"""Signal levels (EBU R103): the share of the picture whose luma or RGB lies beyond what equipment takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.quality.facts import FrameFacts

LUMA_LIMITS = (-0.01, 1.03)
RGB_LIMITS = (-0.05, 1.05)
_WEIGHTS = {"bt709": (0.2126, 0.0722), "bt2020": (0.2627, 0.0593), "bt601": (0.299, 0.114)}


class LevelMeter:
    """Measures per frame the share of points with luma or an RGB value outside limits (1 is 100 %)."""

    def __init__(
        self,
        matrix: str = "bt709",
        luma_limits: Sequence[float] = LUMA_LIMITS,
        rgb_limits: Sequence[float] = RGB_LIMITS,
    ) -> None:
        self._luma_limits, self._rgb_limits = tuple(luma_limits), tuple(rgb_limits)
        red, blue = _WEIGHTS.get(matrix, _WEIGHTS["bt709"])
        green = 1 - red - blue
        self._red_cr = 2 * (1 - red)
        self._blue_cb = 2 * (1 - blue)
        self._green = (-2 * (1 - blue) * blue / green, -2 * (1 - red) * red / green)

    def measure(self, yuv: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the share of points outside, 0 to 1, of every frame (frames, 3, rows, columns)."""
        import numpy as np

        luma = (yuv[:, 0].astype(np.float32) - 16) / 219
        cb = (yuv[:, 1].astype(np.float32) - 128) / 224
        cr = (yuv[:, 2].astype(np.float32) - 128) / 224
        outside = (luma < self._luma_limits[0]) | (luma > self._luma_limits[1])
        for value in (
            luma + self._red_cr * cr,
            luma + self._green[0] * cb + self._green[1] * cr,
            luma + self._blue_cb * cb,
        ):
            outside |= (value < self._rgb_limits[0]) | (value > self._rgb_limits[1])
        shares: NDArray[np.float32] = outside.mean(axis=(1, 2), dtype=np.float32)
        return shares


class LevelSeries:
    """Keeps the shares of all frames."""

    def __init__(self) -> None:
        self._shares: list[NDArray[np.float32]] = []

    def feed(self, facts: FrameFacts) -> None:
        """Take the next frames."""
        self._shares.append(facts.outside)

    def shares(self) -> NDArray[np.float32]:
        """Return the share of points outside, 0 to 1, of every frame."""
        import numpy as np

        return np.concatenate(self._shares) if self._shares else np.zeros(0, dtype=np.float32)
