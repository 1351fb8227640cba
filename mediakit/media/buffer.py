"""The decoder's buffer: a leaky bucket that fills at a channel's highest rate and loses every coded frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ROUNDING_BITS = 0.5
"""So far below nothing a level is no underflow."""


def fill_levels(
    sizes: NDArray[np.int64], times: NDArray[np.float64], rate: float, capacity: float
) -> NDArray[np.float64]:
    """Return the bits left after every frame was taken out; negative where the frame had not wholly arrived.

    The bucket starts full, fills at ``rate`` bits a second up to ``capacity`` bits, and loses a whole frame at its
    decoding time (``sizes`` in bytes, ``times`` in seconds, ascending). After an underflow it goes on from empty.
    """
    import numpy as np

    levels = np.empty(len(sizes))
    level, last = capacity, float(times[0]) if len(times) else 0.0
    for number, (size, time) in enumerate(zip((sizes * 8).tolist(), times.tolist(), strict=True)):
        level = min(max(level, 0.0) + (time - last) * rate, capacity) - size
        levels[number] = level
        last = time
    return levels
