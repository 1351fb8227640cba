"""Ducking: music goes down under speech by an exact amount, ahead of the first word, and comes back afterwards.

The gain comes from an envelope of its own, made of the speech's levels (10 ms) with the whole programme in view:

::

    speech      ▁▁▁▁▁▁▁▁███▁██████▁███▁▁▁▁▁▁▁▁▁▁
    music       ▔▔▔▔▔╲▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁╱▔▔▔▔▔▔▔
                    0.3 s   short pauses    0.8 s
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Curve = NDArray[np.float32]

STEP_HZ = 100
"""Values a second of levels and envelopes."""

ATTACK_S = 0.3
AHEAD_S = 0.03
HOLD_S = 0.15
RELEASE_S = 0.8
PAUSE_S = 1.2
"""Pauses in speech that are shorter keep the music down."""

_BELOW_LOUD_DB = 22.0
_FLOOR_DB = -60.0
_SHORTEST_S = 0.05


@dataclass
class SpeechTrack:
    """Levels of one event that is speech: dBFS at 100 values a second, from programme time ``at`` (s) on."""

    at: float
    levels: Curve


def measure_levels(samples: Any, rate: int) -> Curve:
    """Return RMS levels in dBFS, 100 a second; ``samples`` are (n, 2) in whole hundredths."""
    import numpy as np

    step = rate // STEP_HZ
    mean = np.square(samples).reshape(-1, step * 2).mean(axis=1)
    levels: Curve = (10 * np.log10(np.maximum(mean, 1e-12))).astype(np.float32)
    return levels


def find_speech(track: SpeechTrack) -> list[tuple[float, float]]:
    """Return where somebody speaks, as (start, end) seconds of the programme; pauses inside are closed."""
    import numpy as np

    sounding = track.levels[track.levels > _FLOOR_DB]
    if not len(sounding):
        return []
    threshold = max(float(np.percentile(sounding, 95)) - _BELOW_LOUD_DB, _FLOOR_DB)
    active = np.concatenate([[False], track.levels > threshold, [False]])
    edges = np.flatnonzero(np.diff(active.astype(np.int8)))
    runs = [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if (b - a) / STEP_HZ >= _SHORTEST_S]
    return _close([(track.at + a / STEP_HZ, track.at + b / STEP_HZ) for a, b in runs])


def _close(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    closed: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if closed and start - closed[-1][1] < PAUSE_S:
            closed[-1] = (closed[-1][0], max(closed[-1][1], end))
        else:
            closed.append((start, end))
    return closed


def draw_envelope(tracks: Sequence[SpeechTrack], duration: float) -> Curve:
    """Return how far music is down, 0 to 1 in decibels of its depth, 100 values a second over the programme."""
    import numpy as np

    envelope = np.zeros(int(np.ceil(duration * STEP_HZ)) + 2, np.float32)
    times = np.arange(len(envelope)) / STEP_HZ
    for start, end in _close([span for track in tracks for span in find_speech(track)]):
        corners = (start - AHEAD_S - ATTACK_S, start - AHEAD_S, end + HOLD_S, end + HOLD_S + RELEASE_S)
        low, high = (max(int(corners[0] * STEP_HZ), 0), int(corners[3] * STEP_HZ) + 2)
        ramp = np.interp(times[low:high], corners, (0.0, 1.0, 1.0, 0.0))
        smooth = (0.5 - 0.5 * np.cos(np.pi * ramp)).astype(np.float32)
        envelope[low:high] = np.maximum(envelope[low:high], smooth)
    return envelope


def duck_gain(envelope: Curve, depth_db: float, first: int, count: int, rate: int) -> Curve:
    """Return the gain of ``count`` samples from sample ``first`` on."""
    import numpy as np

    low = first * STEP_HZ // rate
    high = (first + count) * STEP_HZ // rate + 2
    values = 10 ** (-depth_db / 20 * envelope[low:high].astype(np.float64))
    places = np.arange(low, low + len(values)) * (rate // STEP_HZ)
    gain: Curve = np.interp(np.arange(first, first + count), places, values).astype(np.float32)
    return gain
