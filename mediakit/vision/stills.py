"""How a frame would do as a still: how sharp its sharpest parts are, how bright it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LUMA = (0.2126, 0.7152, 0.0722)
_GRID = 8
_HALF = 12.0
"""The mean second difference, of 255, that counts as half sharp."""


def rate_still(rgb: NDArray[np.uint8]) -> tuple[float, float]:
    """Return sharpness and brightness, each from 0 to 1, of an RGB picture (rows × columns × 3).

    The mean second difference of each cell of a grid is taken, and of these the upper quarter: a sharp face before a
    soft background is sharp. Noise of single pixels is softened first.
    """
    import numpy as np

    values = rgb @ np.array(_LUMA, dtype=np.float32)
    soft = (values[:-1, :-1] + values[1:, :-1] + values[:-1, 1:] + values[1:, 1:]) / 4
    bend = np.abs(4 * soft[1:-1, 1:-1] - soft[:-2, 1:-1] - soft[2:, 1:-1] - soft[1:-1, :-2] - soft[1:-1, 2:])
    rows, columns = (size // _GRID for size in bend.shape)
    cells = bend[: rows * _GRID, : columns * _GRID].reshape(_GRID, rows, _GRID, columns).mean(axis=(1, 3)).ravel()
    sharpest = float(np.sort(cells)[-(_GRID * _GRID // 4) :].mean())
    brightness = min(float(values.mean()) / 255, 1.0)
    return round(sharpest / (sharpest + _HALF), 4), round(brightness, 4)
