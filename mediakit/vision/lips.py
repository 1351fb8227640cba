"""How much a mouth moves against the head that it is in: who of several persons speaks.

Two frames a tenth of a second apart are laid over each other by the face's points; a small shift that brings eyes and
brow together takes out what is left of the head's own movement. What then still differs at the mouth, less what
differs above, is the mouth's own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.vision.faces import Face
    from mediakit.vision.view import Picture, Points

_SIZE = 32
_REACH = 2
_PLACES = ((10.5, 11.0), (21.5, 11.0), (16.0, 17.0), (11.5, 23.0), (20.5, 23.0))
"""Where the five points of a face lie in the patch."""
_UPPER = (slice(4, 15), slice(5, 27))
_MOUTH = (slice(18, 29), slice(8, 24))
_FLOOR = 6.0


def measure_lips(face: Face, now: Picture, before: Picture) -> float:
    """Return the mouth's own movement between two frames, 0 upward; about 0.1 and more is speech."""
    import numpy as np

    across, down = _place_patch(face, now.view.shown_width / now.view.shown_height)
    edge = _REACH
    one = now.patch(across, down).astype(np.float32)[edge:-edge, edge:-edge]
    two = before.patch(across, down).astype(np.float32)
    shifted = np.lib.stride_tricks.sliding_window_view(two, (_SIZE, _SIZE))
    upper = _differ(one[_UPPER], shifted[:, :, _UPPER[0], _UPPER[1]])
    least = np.unravel_index(int(upper.argmin()), upper.shape)
    mouth = _differ(one[_MOUTH], shifted[least][_MOUTH])
    contrast = max(float(one.std()), _FLOOR)
    return round(max(float(mouth) - float(upper[least]), 0.0) / contrast, 4)


def _differ(one: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the mean difference of a picture from others of its size, apart from their brightness."""
    import numpy as np

    change = others - one
    change = change - change.mean(axis=(-2, -1), keepdims=True)
    return np.asarray(np.abs(change).mean(axis=(-2, -1)), dtype=np.float32)


def _place_patch(face: Face, aspect: float) -> Points:
    """Return where the pixels of a face's patch lie in the picture: a turned, scaled grid that fits its points best."""
    import numpy as np

    target = np.array([[x * aspect, y] for x, y in face.points])
    source = np.array(_PLACES)
    centre, middle = target.mean(axis=0), source.mean(axis=0)
    found, given = target - centre, source - middle
    size = np.square(given).sum()
    along = (found * given).sum() / size
    turned = (found[:, 1] * given[:, 0] - found[:, 0] * given[:, 1]).sum() / size
    x, y = _grid()
    x, y = x - middle[0], y - middle[1]
    return (
        ((centre[0] + along * x - turned * y) / aspect).astype(np.float32),
        (centre[1] + turned * x + along * y).astype(np.float32),
    )


@lru_cache(maxsize=1)
def _grid() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    import numpy as np

    line = np.arange(-_REACH, _SIZE + _REACH, dtype=np.float64)
    across, down = np.meshgrid(line, line)
    return across, down
