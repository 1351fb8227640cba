"""A true-peak limiter: look-ahead, with the gain of the whole programme drawn before it is applied.

Peaks are looked at a millisecond at a time. Only where a sample comes near the ceiling is the wave between the samples
worked out (four times oversampled, ITU-R BS.1770-4 Annex 2), so a programme that stays below it costs next to nothing.
The gain reaches a peak's value 5 ms before it, along a smooth way, holds it for 10 ms, and comes back at a steady
speed in decibels.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import Cancelled
from mediakit.render.mixing import PEAK_SAMPLES, MixedSound, write_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

LOOK_AHEAD = 5
HOLD = 10
RELEASE_DB = 0.075
"""Milliseconds of looking ahead and of holding; decibels by which the gain comes back each millisecond."""

_PHASES = 4
_TAPS = 24
_NEAR_DB = 4.0
_SILENT_DB = -200.0
_BATCH = 2000


class Limiter:
    """Finds a mix's true peaks and holds them below a ceiling."""

    def __init__(self, mixed: MixedSound) -> None:
        import numpy as np

        self._mixed = mixed
        self._levels: Values = 20 * np.log10(np.maximum(mixed.peaks.astype(np.float64), 1e-10))
        self._exact = np.zeros(len(self._levels), np.bool_)

    def reduction(self, gain_db: float, ceiling_db: float) -> Values | None:
        """Return the limiter's gain in dB at every edge of a millisecond; None where nothing reaches the ceiling.

        Args:
            gain_db: what the mix is raised by first.
            ceiling_db: the highest true peak wanted, in dBTP.
        """
        self._refine(ceiling_db - gain_db)
        over = self._levels + gain_db - ceiling_db
        if not (over > 0).any():
            return None
        return draw_reduction(over)

    def _refine(self, above_db: float) -> None:
        """Work out true peaks where they may lie above a level."""
        import numpy as np

        near = np.flatnonzero((self._levels > above_db - _NEAR_DB) & ~self._exact)
        with self._mixed.path.open("rb") as stream:
            for low in range(0, len(near), _BATCH):
                for first, end in _join_runs(near[low : low + _BATCH]):
                    begin = max(first * PEAK_SAMPLES - _TAPS, 0)
                    samples = self._mixed.read(stream, begin, (end - first) * PEAK_SAMPLES + 2 * _TAPS)
                    peaks = find_true_peaks(samples, first * PEAK_SAMPLES - begin, end - first)
                    levels = 20 * np.log10(np.maximum(peaks, 1e-10))
                    self._levels[first:end] = np.maximum(self._levels[first:end], levels)
        self._exact[near] = True

    def apply(
        self,
        reduction: Values,
        gain_db: float,
        out: Path,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Write the mix raised by a gain and held down, as the same kind of WAV."""
        import numpy as np

        mixed = self._mixed
        size = 8 * mixed.rate
        factors = 10 ** ((reduction + gain_db) / 20)
        edges = np.arange(len(factors)) * PEAK_SAMPLES
        with mixed.path.open("rb") as source, out.open("wb") as target:
            write_header(target, mixed.samples, mixed.channels, mixed.rate)
            for first in range(0, mixed.samples, size):
                if is_cancelled():
                    raise Cancelled(where="limit the sound")
                samples = mixed.read(source, first, size)
                low, high = first // PEAK_SAMPLES, (first + len(samples)) // PEAK_SAMPLES + 2
                curve = np.interp(np.arange(first, first + len(samples)), edges[low:high], factors[low:high])
                target.write((samples * curve[:, None]).astype("<f4").tobytes())


def _join_runs(places: Any) -> list[tuple[int, int]]:
    """Return runs of places as (first, end); near ones are joined."""
    import numpy as np

    if not len(places):
        return []
    breaks = np.flatnonzero(np.diff(places) > 4)
    firsts = np.concatenate([[0], breaks + 1])
    lasts = np.concatenate([breaks, [len(places) - 1]])
    return [(int(places[a]), int(places[b]) + 1) for a, b in zip(firsts, lasts, strict=True)]


def draw_reduction(over: Values) -> Values:
    """Return the gain (dB, 0 or less) at the edges of parts that lie ``over`` dB above the ceiling.

    Straight between two edges it is never above what the part between them needs.
    """
    import numpy as np

    need = np.minimum(-over, 0.0)
    edge = np.minimum(np.concatenate([[0.0], need]), np.concatenate([need, [0.0]]))
    held = _lowest(edge, HOLD, 0)
    slope = RELEASE_DB * np.arange(len(held))
    released = np.minimum(np.minimum.accumulate(held - slope) + slope, 0.0)
    ahead = _lowest(released, 0, LOOK_AHEAD)
    padded = np.concatenate([np.full(LOOK_AHEAD, ahead[0]), ahead])
    total = np.cumsum(np.concatenate([[0.0], padded]))
    width = LOOK_AHEAD + 1
    smooth: Values = (total[width:] - total[:-width]) / width
    return np.minimum(smooth, 0.0)


def _lowest(values: Values, behind: int, ahead: int) -> Values:
    """Return the lowest of every value and its neighbours."""
    import numpy as np

    lowest = values.copy()
    for step in range(1, behind + 1):
        np.minimum(lowest[step:], values[:-step], out=lowest[step:])
    for step in range(1, ahead + 1):
        np.minimum(lowest[:-step], values[step:], out=lowest[:-step])
    return lowest


def find_true_peaks(samples: Any, first: int, parts: int) -> Values:
    """Return the true peaks of ``parts`` milliseconds that begin at sample ``first`` of (n, channels) samples."""
    import numpy as np

    wanted = parts * PEAK_SAMPLES
    padded = np.pad(samples, ((_TAPS, 2 * _TAPS + wanted), (0, 0)))
    highest = np.zeros(wanted)
    for channel in padded.T:
        near = channel[first + _TAPS - _TAPS // 2 : first + _TAPS + wanted + _TAPS // 2].astype(np.float64)
        for taps in _phases():
            wave = np.abs(np.convolve(near, taps, mode="valid"))
            np.maximum(highest, wave[:wanted], out=highest)
    peaks: Values = highest.reshape(parts, PEAK_SAMPLES).max(axis=1)
    return peaks


def _phases() -> list[Any]:
    """Return the filters for the places between two samples: sinc under a Kaiser window."""
    import numpy as np

    made = []
    for phase in range(1, _PHASES):
        places = np.arange(_TAPS) - (_TAPS // 2 - 1) - phase / _PHASES
        window = np.i0(6.0 * np.sqrt(np.maximum(1 - (places / (_TAPS // 2)) ** 2, 0))) / np.i0(6.0)
        taps = np.sinc(places) * window
        made.append(taps[::-1] / taps.sum())
    return made
