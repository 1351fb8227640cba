"""Stereo recordings whose channels hold different people: a microphone each, or the two ends of a telephone line.

Mixing them would lay one voice over the other. They are told from ordinary stereo by their loudness over time: one
scene gets louder and softer in both channels at once, two people take turns. What leaks from one microphone into the
other is taken out, as it would be heard twice.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.speech.sound import RATE, Stretch, read_section, read_stretch

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples

_STEP_S = 0.02
_SMOOTH = 5
_QUIET_DB = 35.0
_FAINT_DB = -60.0
_LEAST_S = 1.0
_TOGETHER = 0.5
_LEAK_SHARE = 0.1
_LEAK_MARGIN_DB = 6.0
_LOUDEST_LEAK_DB = -6.0


def read_talkers(
    path: Path,
    stream_index: int,
    number: int,
    count: int,
    *,
    channel: int | None,
    apart: bool,
    on_seconds: Callable[[float], None] | None = None,
) -> tuple[Stretch, dict[int, Stretch]]:
    """Return a section's sound as `read_section` does, and what is to be listened to by channel, from 1.

    Where the channels hold different people there are two; else one, the section itself as channel 0.

    Args:
        path: the media file.
        stream_index: the stream's index in the container.
        number: the section's.
        count: how many sections there are.
        channel: one channel of the stream, from 1; None mixes all.
        apart: look whether the channels of a stereo stream hold different people.
        on_seconds: called with the time that decoding has reached; may raise to stop.
    """
    mix = read_section(path, stream_index, number, count, channel=channel, on_seconds=on_seconds)
    if not apart or channel is not None or not len(mix.samples):
        return mix, {0: mix}
    left, right = (read_stretch(path, stream_index, mix.start, mix.end, channel=one).samples for one in (1, 2))
    parted = part_talkers(left, right)
    if parted is None:
        return mix, {0: mix}
    return mix, {1: Stretch(mix.start, parted[0]), 2: Stretch(mix.start, parted[1])}


def part_talkers(left: Samples, right: Samples) -> tuple[Samples, Samples] | None:
    """Return both channels without what leaks from the other; None where they do not hold different people."""
    import numpy as np

    size = min(len(left), len(right))
    left, right = left[:size], right[:size]
    loud_left, loud_right = _loudness(left), _loudness(right)
    if not len(loud_left):
        return None
    floors = [max(float(np.quantile(one, 0.98)) - _QUIET_DB, _FAINT_DB) for one in (loud_left, loud_right)]
    speaks = loud_left > floors[0], loud_right > floors[1]
    either = speaks[0] | speaks[1]
    if min(one.sum() for one in speaks) * _STEP_S < _LEAST_S:
        return None
    heights = [np.maximum(one, floor)[either] for one, floor in zip((loud_left, loud_right), floors, strict=True)]
    if min(float(one.std()) for one in heights) < 1e-6 or float(np.corrcoef(*heights)[0, 1]) > _TOGETHER:
        return None
    return _without_leak(left, loud_left, loud_right, speaks[1]), _without_leak(right, loud_right, loud_left, speaks[0])


def _loudness(samples: Samples) -> Any:
    """Return decibels below full scale every 20 ms, smoothed over a tenth of a second."""
    import numpy as np

    step = round(_STEP_S * RATE)
    frames = len(samples) // step
    power = np.square(samples[: frames * step].astype(np.float64)).reshape(frames, step).mean(axis=1)
    if frames < _SMOOTH:
        return np.zeros(0)
    smooth = np.convolve(power, np.ones(_SMOOTH) / _SMOOTH, mode="same")
    return 10 * np.log10(np.maximum(smooth, 1e-12))


def _without_leak(samples: Samples, own: Any, other: Any, other_speaks: Any) -> Samples:
    """Return a channel with silence where it is no louder than what usually comes over from the other one."""
    import numpy as np

    leak = float(np.quantile((own - other)[other_speaks], _LEAK_SHARE))
    kept = own - other > min(leak, _LOUDEST_LEAK_DB) + _LEAK_MARGIN_DB
    kept |= ~other_speaks
    step = round(_STEP_S * RATE)
    gain = np.convolve(kept.astype(np.float32), np.ones(_SMOOTH, np.float32) / _SMOOTH, mode="same")
    places = (np.arange(len(samples)) / step - 0.5).astype(np.float32)
    return (samples * np.interp(places, np.arange(len(gain)), gain)).astype(np.float32)
