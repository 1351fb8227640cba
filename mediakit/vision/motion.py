"""Where a picture moves apart from the camera: blocks that the camera's own movement does not explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

SIZES = {"wide": (128, 72), "tall": (72, 128), "square": (96, 96)}
"""Columns and rows of the pictures that are compared, by the picture's shape."""
_BLOCK = 8
_REACH = 5
_TEXTURE = 3.0
_TURNS = 4
_STRAY = 1.0
_NOISE = 2.5
_SHARPNESS = 0.6


def choose_size(width: int, height: int) -> tuple[int, int]:
    """Return the columns and rows at which a picture of a shape is compared."""
    ratio = width / height
    return SIZES["wide" if ratio > 1.25 else "tall" if ratio < 0.8 else "square"]


def find_movement(now: NDArray[np.uint8], before: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Return where the middle of the movement is (x, y in shares) and what share of the picture moves.

    The camera's movement is a shift, a turn and a zoom, fitted to the blocks' own shifts; blocks that do not follow
    it are left out of the fit step by step. What then differs more than noise and half a pixel of shift would make
    it, moves.

    Args:
        now: an upright luma picture (rows × columns; both multiples of eight).
        before: the same a moment earlier.
    """
    import numpy as np

    one, two = now.astype(np.int16), before.astype(np.int16)
    costs, shifts = _match(one, two)
    rows, columns = costs.shape[1:]
    best = costs.argmin(axis=0)
    texture = _blocks(np.abs(np.diff(one, axis=1, prepend=one[:, :1])) + np.abs(np.diff(one, axis=0, prepend=one[:1])))
    camera = _fit_camera(shifts[best], texture)
    nearest = np.clip(np.rint(camera), -_REACH, _REACH).astype(np.int64)
    number = (nearest[..., 1] + _REACH) * (2 * _REACH + 1) + nearest[..., 0] + _REACH
    left = np.take_along_axis(costs, number[None], axis=0)[0]
    noise = float(np.median(left))
    own = np.maximum(left - _SHARPNESS * texture - _NOISE - noise, 0)
    own[np.take_along_axis(costs, best[None], axis=0)[0] > 4 * _NOISE + 3 * noise + 40] *= 0.5
    total = float(own.sum())
    if total <= 0:
        return 0.5, 0.5, 0.0
    across = (np.arange(columns) + 0.5) / columns
    down = (np.arange(rows) + 0.5) / rows
    x, y = float((own.sum(axis=0) * across).sum() / total), float((own.sum(axis=1) * down).sum() / total)
    return round(x, 4), round(y, 4), round(float((own > 0).mean()), 4)


def _match(one: NDArray[np.int16], two: NDArray[np.int16]) -> tuple[Floats, NDArray[np.int64]]:
    """Return every block's mean difference for every shift, and the shifts (x, y)."""
    import numpy as np

    padded = np.pad(two, _REACH, mode="edge")
    height, width = one.shape
    costs, shifts = [], []
    for y in range(-_REACH, _REACH + 1):
        for x in range(-_REACH, _REACH + 1):
            other = padded[_REACH + y : _REACH + y + height, _REACH + x : _REACH + x + width]
            costs.append(_blocks(np.abs(one - other)) + 0.05 * (abs(x) + abs(y)))
            shifts.append((x, y))
    return np.stack(costs), np.array(shifts, dtype=np.int64)


def _blocks(values: NDArray[np.int16]) -> Floats:
    """Return the means of blocks."""
    import numpy as np

    height, width = values.shape
    parts = values.reshape(height // _BLOCK, _BLOCK, width // _BLOCK, _BLOCK)
    return np.asarray(parts.sum(axis=(1, 3), dtype=np.int32) / (_BLOCK * _BLOCK), dtype=np.float32)


def _fit_camera(shifts: NDArray[np.int64], texture: Floats) -> Floats:
    """Return the shift of every block that a movement of the camera makes (rows × columns × 2)."""
    import numpy as np

    rows, columns = texture.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float64)
    x, y = (x - (columns - 1) / 2).ravel(), (y - (rows - 1) / 2).ravel()
    zero, one = np.zeros_like(x), np.ones_like(x)
    # Shift across and down, zoom, turn.
    model = np.stack([np.stack([one, zero, x, -y], 1), np.stack([zero, one, y, x], 1)], 1)
    wanted = shifts.reshape(-1, 2).astype(np.float64)
    weight = (texture.ravel() >= _TEXTURE).astype(np.float64)
    made = np.zeros_like(wanted)
    if weight.sum() >= 6:
        made[:] = np.median(wanted[weight > 0], axis=0)
        for _ in range(_TURNS):
            near = weight * (np.abs(wanted - made).max(axis=1) <= _STRAY + 0.5)
            if near.sum() < 6:
                break
            terms = (model * near[:, None, None]).reshape(-1, 4)
            solved, *_ = np.linalg.lstsq(terms, (wanted * near[:, None]).ravel(), rcond=None)
            made = model @ solved
    return made.reshape(rows, columns, 2).astype(np.float32)
