"""The voice: how loud and how high it is from moment to moment, and how a stretch differs from its speaker's usual.

Pitch is a peak of the autocorrelation, corrected for the window (P. Boersma, "Accurate short-term analysis of the
fundamental frequency", 1993): the first that comes near the highest (P. McLeod, G. Wyvill, "A smarter way to find
pitch", 2005). Loud, high and lively stretches are where people stress what they say
(L. Kennedy, D. Ellis, "Pitch-based emphasis detection for characterization of meeting recordings", 2003).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.phrases import count_letters
from mediakit.highlights.ranks import mean_ranks
from mediakit.highlights.sentences import Sentence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REVISION = 1
"""Goes up when the same sound would give other numbers."""

FRAMES = 50
"""Frames a second."""

_WINDOW_S = 0.048
_LOWEST_HZ, _HIGHEST_HZ = 65.0, 420.0
_VOICED = 0.5
_KEY_PEAK = 0.9
_SOUNDING = 1e-4
_STEPS_AN_OCTAVE = 60
_FLOOR_DB = -100.0
_QUIET_DB = 35.0
_CHUNK = 3000
_SIZE = 1024


@dataclass(frozen=True, eq=False)
class Voice:
    """Frames from number ``first`` on (50 a second from the media's zero).

    ``level``: decibels above -100, uint8. ``pitch``: 1 + sixtieths of an octave above 65 Hz, uint8; 0 without a voice.
    """

    first: int
    level: NDArray[np.uint8]
    pitch: NDArray[np.uint8]

    def write(self, path: Path) -> None:
        """Write ``voice.npz``; equal frames, equal bytes."""
        import numpy as np

        with path.open("wb") as file:
            np.savez(file, first=np.array(self.first), level=self.level, pitch=self.pitch)

    @classmethod
    def read(cls, path: Path) -> Voice:
        """Read what `write` wrote."""
        import numpy as np

        with np.load(path, allow_pickle=False) as stored:
            return cls(int(stored["first"]), stored["level"], stored["pitch"])


def analyse_voice(samples: Any, rate: int, start: float) -> Voice:
    """Return the frames of mono samples (float, -1 to 1) whose first is at ``start`` seconds; ``rate`` is in Hz."""
    import numpy as np

    halved: Any = np.asarray(samples, np.float32)
    if rate >= 16_000:
        even = halved[: len(halved) // 2 * 2]
        halved, rate = (even[::2] + even[1::2]) / 2, rate // 2
    hop, width = rate // FRAMES, round(rate * _WINDOW_S)
    first = -int(-start * FRAMES // 1)
    begin = round((first / FRAMES - start) * rate)
    count = max(0, (len(halved) - begin - width) // hop + 1)
    level, pitch = np.zeros(count, np.uint8), np.zeros(count, np.uint8)
    window = np.hanning(width).astype(np.float32)
    for low in range(0, count, _CHUNK):
        high = min(count, low + _CHUNK)
        at = begin + low * hop
        part = halved[at : at + (high - low - 1) * hop + width]
        frames = np.lib.stride_tricks.sliding_window_view(part, width)[::hop]
        level[low:high] = _levels(frames)
        pitch[low:high] = _pitches(frames, window, rate)
    return Voice(first, level, pitch)


def _levels(frames: Any) -> Any:
    import numpy as np

    power = np.mean(np.square(frames.astype(np.float64)), axis=1)
    return np.clip(np.round(10 * np.log10(np.maximum(power, 1e-10)) - _FLOOR_DB), 0, 255)


def _pitches(frames: Any, window: Any, rate: int) -> Any:
    import numpy as np

    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    own = np.fft.irfft(np.square(np.abs(np.fft.rfft(window, _SIZE))))
    found = np.fft.irfft(np.square(np.abs(np.fft.rfft(centred, _SIZE, axis=1))), axis=1)
    lags = np.arange(int(rate / _HIGHEST_HZ) - 1, int(rate / _LOWEST_HZ) + 2)
    strength = found[:, lags] / np.maximum(found[:, :1], 1e-9) * (own[0] / own[lags])
    before, inner, after = strength[:, :-2], strength[:, 1:-1], strength[:, 2:]
    bend = before - 2 * inner + after
    slope = (before - after) / 2
    offset = np.clip(np.where(bend < 0, slope / np.where(bend < 0, bend, -1.0), 0.0), -0.5, 0.5)
    is_peak = (inner >= before) & (inner > after)
    height = np.where(is_peak, inner - slope * offset / 2, 0.0)
    best = height.max(axis=1, keepdims=True)
    first = np.argmax(height >= np.maximum(best * _KEY_PEAK, 1e-6), axis=1)
    row = np.arange(len(first))
    lag = lags[1:-1][first] + offset[row, first]
    steps = np.round(np.log2(rate / lag / _LOWEST_HZ) * _STEPS_AN_OCTAVE)
    voiced = (height[row, first] >= _VOICED) & (found[:, 0] > _SOUNDING)
    return np.where(voiced, 1 + np.clip(steps, 0, 254), 0)


def join_voices(parts: Sequence[Voice]) -> Voice | None:
    """Return the frames of a whole programme from those of its sections, in order; gaps are silent."""
    import numpy as np

    if not parts:
        return None
    first = parts[0].first
    size = max(part.first + len(part.level) for part in parts) - first
    level, pitch = np.zeros(size, np.uint8), np.zeros(size, np.uint8)
    for part in parts:
        at = part.first - first
        level[at : at + len(part.level)] = part.level
        pitch[at : at + len(part.pitch)] = part.pitch
    return Voice(first, level, pitch)


@dataclass(frozen=True)
class _Manner:
    """How a sentence is said: level in dB, pitch and its spread in octaves, letters a second; None without a voice."""

    level: float | None
    pitch: float | None
    spread: float | None
    pace: float


def measure_voice(candidates: Sequence[Candidate], sentences: Sequence[Sentence], voice: Voice) -> list[float | None]:
    """Return how much a candidate's voice stands out, 0 to 1: the mean of its ranks in energy, pitch and pace.

    Each sentence counts against its own speaker's usual manner.
    """
    manners = _against_usual([_describe(sentence, voice) for sentence in sentences], sentences)
    rows = [
        [_mean_over(candidate, manners, name) for candidate in candidates]
        for name in ("level", "pitch", "spread", "pace")
    ]
    return mean_ranks(rows)


def _describe(sentence: Sentence, voice: Voice) -> _Manner:
    import numpy as np

    low = max(0, round(sentence.start * FRAMES) - voice.first)
    high = max(low, round(sentence.end * FRAMES) - voice.first)
    level, pitch = voice.level[low:high].astype(float), voice.pitch[low:high].astype(float)
    voiced = (pitch > 0) & (level > _QUIET_DB)
    pace = count_letters(sentence.text) / max(sentence.end - sentence.start, 0.2)
    if voiced.sum() < 5:
        return _Manner(None, None, None, pace)
    heights = pitch[voiced] / _STEPS_AN_OCTAVE
    low_pitch, high_pitch = np.percentile(heights, [10, 90])
    return _Manner(float(level[voiced].mean()), float(np.median(heights)), float(high_pitch - low_pitch), pace)


def _against_usual(manners: Sequence[_Manner], sentences: Sequence[Sentence]) -> list[_Manner]:
    """Return manners as differences from their speaker's median."""
    known: dict[tuple[str | None, str], list[float]] = defaultdict(list)
    for manner, sentence in zip(manners, sentences, strict=True):
        for name in ("level", "pitch", "spread", "pace"):
            if (value := getattr(manner, name)) is not None:
                known[sentence.speaker, name].append(value)
    usual = {key: median(values) for key, values in known.items()}

    def differ(manner: _Manner, speaker: str | None, name: str) -> Any:
        value = getattr(manner, name)
        return None if value is None else value - usual[speaker, name]

    return [
        _Manner(*(differ(manner, sentence.speaker, name) for name in ("level", "pitch", "spread", "pace")))
        for manner, sentence in zip(manners, sentences, strict=True)
    ]


def _mean_over(candidate: Candidate, manners: Sequence[_Manner], name: str) -> float | None:
    if all(manner.level is None for manner in manners[candidate.first : candidate.last]):
        return None
    known: list[float] = [
        value for manner in manners[candidate.first : candidate.last] if (value := getattr(manner, name)) is not None
    ]
    return sum(known) / len(known)
