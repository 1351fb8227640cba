"""What lies underneath speech: where music is about as loud as the voice, its own pauses are not the voice's.

Voice activity tells which frames are speech. Where the voice stands well above what is heard without it, pauses are
found in the levels (see `mediakit.speech.pauses`), to the hundredth of a second. Elsewhere only the gaps between
regions of voice activity are believed: they are coarser, but music does not make them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mediakit.speech.levels import FRAMES, Levels
from mediakit.speech.pauses import Pause

ABOVE_DB = 6.0
"""The voice is to stand so far above what is underneath."""

_AROUND_S = 10
_NEAREST, _FARTHEST = 6, 25
_FEWEST = 40
_BANDS = 3
_EARLY_END_S = 0.04
_EARLY_START_S = 0.07
_SHORTEST_S = 0.1
_SHALLOW_DB = 12.0


def trust_pauses(pauses: Sequence[Pause], levels: Levels, speech: Sequence[tuple[float, float]]) -> tuple[Pause, ...]:
    """Return the pauses of a programme, those of loud music left out and gaps in the voice's activity in their place.

    Args:
        pauses: found in the levels, in order.
        levels: of the programme.
        speech: regions of voice activity (start, end in seconds), in order.
    """
    if not speech or not len(levels.values):
        return tuple(pauses)
    above = _measure_above(levels, speech)
    first = levels.first

    def is_clear(seconds: float) -> bool:
        place = int((seconds * FRAMES - first) // FRAMES)
        return bool(above[min(max(place, 0), len(above) - 1)] >= ABOVE_DB)

    kept = [pause for pause in pauses if is_clear((pause.start + pause.end) / 2)]
    for start, end in _gaps(speech, levels):
        if end - start >= _SHORTEST_S and not is_clear((start + end) / 2):
            kept.append(Pause(start, end, contrast=_SHALLOW_DB, coarse=True))
    return tuple(sorted(kept, key=lambda pause: (pause.start, pause.end)))


def _gaps(speech: Sequence[tuple[float, float]], levels: Levels) -> list[tuple[float, float]]:
    edges = [levels.first / FRAMES, *(time for region in speech for time in region), levels.end / FRAMES]
    return [(start - _EARLY_END_S, end - _EARLY_START_S) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _measure_above(levels: Levels, speech: Sequence[tuple[float, float]]) -> Any:
    """Return for every second how far the voice stands above what is heard beside it, in decibels.

    Beside it is up to a quarter of a second away: in longer pauses music that makes way for the voice has come back.
    Where there is nothing without a voice to compare with, it is clear.
    """
    import numpy as np

    loud = levels.values[:, :_BANDS].max(axis=1).astype(np.float32)
    voice = np.zeros(len(loud), bool)
    beside = np.zeros(len(loud), bool)
    for region in speech:
        low, high = (round(time * FRAMES) - levels.first for time in region)
        voice[max(0, low) : max(0, high)] = True
        beside[max(0, low - _FARTHEST) : max(0, low - _NEAREST)] = True
        beside[max(0, high + _NEAREST) : max(0, high + _FARTHEST)] = True
    beside &= ~voice
    seconds = -(-len(loud) // FRAMES)
    above = np.full(max(1, seconds), np.float32(99.0))
    for second in range(seconds):
        part = slice(max(0, (second - _AROUND_S) * FRAMES), (second + _AROUND_S + 1) * FRAMES)
        own, under = loud[part][voice[part]], loud[part][beside[part]]
        if len(own) >= _FEWEST and len(under) >= _FEWEST:
            above[second] = np.median(own) - np.median(under)
    return above
