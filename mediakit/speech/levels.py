"""Levels: how loud a programme's sound is from hundredth to hundredth of a second, in four bands of speech.

They are measured while a section is heard and kept with its words, so that pauses can be found later without the
sound itself. A frame's number is its time: frame 100 begins one second after the media's zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.speech.sound import RATE, Stretch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FRAMES = 100
"""Frames a second."""

BANDS_HZ = ((120, 500), (500, 1500), (1500, 3500), (3500, 7500))
"""Voice and its first harmonics, open vowels, close vowels, fricatives."""

_WINDOW_FRAMES = 2
_FLOOR_DB = -100.0
_CHUNK = 6000


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels in decibels below full scale, an array of frames by bands (uint8: decibels above -100)."""

    first: int
    values: NDArray[np.uint8]

    @property
    def end(self) -> int:
        """The number of the frame after the last."""
        return self.first + len(self.values)

    def write(self, path: Path) -> None:
        """Write ``levels.npz``; equal levels, equal bytes."""
        import numpy as np

        with path.open("wb") as file:
            np.savez(file, first=np.array(self.first), values=self.values)

    @classmethod
    def read(cls, path: Path) -> Levels:
        """Read what `write` wrote."""
        import numpy as np

        with np.load(path, allow_pickle=False) as stored:
            return cls(int(stored["first"]), stored["values"])


def measure_levels(stretch: Stretch) -> Levels:
    """Return the levels of a stretch of sound."""
    import numpy as np

    step = RATE // FRAMES
    size = step * _WINDOW_FRAMES
    first = -int(-stretch.start * FRAMES // 1)
    begin = round(first * step - stretch.start * RATE)
    count = max(0, (len(stretch.samples) - begin) // step)
    margin = (size - step) // 2
    values = np.zeros((count, len(BANDS_HZ)), np.uint8)
    hann = np.hanning(size).astype(np.float32)
    hertz = np.fft.rfftfreq(512, 1 / RATE)
    for low in range(0, count, _CHUNK):
        high = min(count, low + _CHUNK)
        start = begin + low * step - margin
        samples = _cut(stretch.samples, start, start + (high - low - 1) * step + size)
        frames = np.lib.stride_tricks.sliding_window_view(samples, size)[::step] * hann
        power = np.square(np.abs(np.fft.rfft(frames, 512, axis=1))) / np.square(hann.sum() / 2)
        for band, (bottom, top) in enumerate(BANDS_HZ):
            mean = power[:, (hertz >= bottom) & (hertz < top)].sum(axis=1)
            level = 10 * np.log10(np.maximum(mean, 1e-12)) - _FLOOR_DB
            values[low:high, band] = np.clip(np.round(level), 0, 255)
    return Levels(first, values)


def join_levels(parts: Sequence[Levels]) -> Levels | None:
    """Return the levels of a whole programme from those of its sections, in order; gaps are silent."""
    import numpy as np

    if not parts:
        return None
    first, end = parts[0].first, max(part.end for part in parts)
    values = np.zeros((max(0, end - first), len(BANDS_HZ)), np.uint8)
    for part in parts:
        values[part.first - first : part.end - first] = part.values
    return Levels(first, values)


def _cut(samples: Any, start: int, stop: int) -> Any:
    """Return samples from ``start`` to ``stop``, silence where there are none."""
    import numpy as np

    inside = samples[max(0, start) : max(0, stop)]
    before = np.zeros(max(0, -start), np.float32)
    after = np.zeros(max(0, stop - start - len(before) - len(inside)), np.float32)
    return np.concatenate([before, inside, after])
