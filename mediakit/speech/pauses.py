"""Pauses: where the voice is silent, found in the levels of the sound, with music and noise underneath.

Music and atmosphere do not stop between two sentences, so a pause is not silence but the quietest moment of its
surroundings, and it reaches as far as no band of the voice stands out from the level of that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediakit.speech.levels import FRAMES, Levels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_S = 0.07
"""A shorter silence belongs to a consonant."""

_CORE = 7
_APART = 8
_AROUND = 40
_RANGE_DB = 42.0
_CONTRAST_DB = 12.0
_EDGE_DB = 5.0
_LOUD_SHARE = 0.88
_UNSTEADY_DB = (8.0, 11.0, 14.0)
_STEADY_S = 0.14
_MOST_SHARE = 0.4
_REACH = 100


@dataclass(frozen=True)
class Pause:
    """Silence of the voice, in seconds on the media's clock; not ``steady`` if what is underneath moves in it.

    ``contrast`` is how far the quietest moment lies below the voice around it, in decibels. A ``coarse`` one is known
    from voice activity, which tells where a phrase ends better than where the next begins.
    """

    start: float
    end: float
    steady: bool = True
    contrast: float = 60.0
    coarse: bool = False

    @property
    def length(self) -> float:
        """Seconds."""
        return self.end - self.start


def find_pauses(levels: Levels) -> tuple[Pause, ...]:
    """Return where the voice is silent for at least `SHORTEST_S` seconds, in order."""
    import numpy as np

    values = levels.values.astype(np.float32)
    if len(values) < 2 * _CORE:
        return ()
    steady = _steady(values)
    mean = np.convolve(values.mean(axis=1), np.ones(_CORE) / _CORE, mode="same")
    mean[: _CORE // 2], mean[-(_CORE // 2) :] = mean[_CORE // 2], mean[-(_CORE // 2) - 1]
    found: list[tuple[int, int, bool, float]] = []
    for core in _lowest(mean):
        if found and core < found[-1][1]:
            continue
        near = values[max(0, core - _AROUND) : core + _AROUND]
        loud = np.sort(near, axis=0)[int(_LOUD_SHARE * len(near))]
        inside = np.median(values[max(0, core - _CORE // 2) : core + _CORE // 2 + 1], axis=0)
        inside = np.maximum(inside, loud.max() - _RANGE_DB)
        if (loud - inside).max() < _CONTRAST_DB:
            continue
        start, stop = _widen(steady, inside + _EDGE_DB, core)
        steadily = stop - start
        for above in _UNSTEADY_DB:
            if stop - start >= _STEADY_S * FRAMES or above > _MOST_SHARE * (loud - inside).max():
                break
            start, stop = _widen(steady, inside + above, core)
        if stop - start >= SHORTEST_S * FRAMES:
            found.append((start, stop, stop - start == steadily, float((loud - inside).max())))
    first = levels.first
    return _apart(
        [Pause((first + low) / FRAMES, (first + high) / FRAMES, one, contrast) for low, high, one, contrast in found]
    )


def _steady(values: NDArray[np.float32]) -> Any:
    """Return levels without lone frames that stick out: the median of three."""
    import numpy as np

    padded = np.concatenate([values[:1], values, values[-1:]])
    return np.median(np.stack([padded[:-2], padded[1:-1], padded[2:]]), axis=0)


def _lowest(mean: Any) -> list[int]:
    """Return frames that are the quietest within 80 ms on both sides; of equal ones in a row the first of every 50."""
    import numpy as np

    padded = np.pad(mean, _APART, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(padded, 2 * _APART + 1).min(axis=1)
    lowest = np.flatnonzero(mean <= around + 1e-6)
    row = lowest - np.arange(len(lowest))
    first = np.searchsorted(row, row)
    return [int(place) for place in lowest[(np.arange(len(lowest)) - first) % 50 == 0]]


def _widen(steady: Any, edge: Any, core: int) -> tuple[int, int]:
    """Return how far around ``core`` no band rises above the level ``edge``."""
    import numpy as np

    reach = _REACH
    while True:
        low, high = max(0, core - reach), min(len(steady), core + reach)
        loud = low + np.flatnonzero((steady[low:high] > edge).any(axis=1))
        place = int(np.searchsorted(loud, core))
        closed = (place > 0 or low == 0) and (place < len(loud) or high == len(steady))
        if closed:
            break
        reach *= 4
    start = int(loud[place - 1]) + 1 if place else low
    stop = int(loud[place]) if place < len(loud) else high
    return start, max(start, stop)


def _apart(pauses: Sequence[Pause]) -> tuple[Pause, ...]:
    made: list[Pause] = []
    for pause in pauses:
        if made and pause.start <= made[-1].end:
            before = made[-1]
            contrast = max(before.contrast, pause.contrast)
            made[-1] = Pause(before.start, max(before.end, pause.end), before.steady and pause.steady, contrast)
        else:
            made.append(pause)
    return tuple(made)
