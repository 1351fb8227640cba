"""Folding sound down to left and right: how much of each channel of each stream goes to which side."""

from __future__ import annotations

from collections.abc import Sequence

Weights = tuple[tuple[float, ...], tuple[float, ...]]
"""How much of every channel goes to the left, and to the right."""

_HALF_POWER = 0.707107
_SPEAKERS = {
    "2.1": "FL FR LFE",
    "3.0": "FL FR FC",
    "3.0(back)": "FL FR BC",
    "3.1": "FL FR FC LFE",
    "4.0": "FL FR FC BC",
    "4.1": "FL FR FC LFE BC",
    "quad": "FL FR BL BR",
    "quad(side)": "FL FR SL SR",
    "5.0": "FL FR FC BL BR",
    "5.0(side)": "FL FR FC SL SR",
    "5.1": "FL FR FC LFE BL BR",
    "5.1(side)": "FL FR FC LFE SL SR",
    "6.1": "FL FR FC LFE BC SL SR",
    "7.1": "FL FR FC LFE BL BR SL SR",
    "downmix": "DL DR",
}


def fold_layout(layout: str, channels: int) -> Weights:
    """Return how a layout folds to stereo: fronts, centre and surrounds at -3 dB (ITU-R BS.775), no LFE.

    Args:
        layout: as ffmpeg calls it; of one that is not known, the first two channels are taken.
        channels: how many there are.
    """
    if channels == 1:
        return (1.0,), (1.0,)
    speakers = _SPEAKERS.get(layout, "").split()
    if len(speakers) != channels or speakers[0] != "FL":
        return _pick(channels, 0), _pick(channels, 1)
    left, right = (tuple(_share(name, own) for name in speakers) for own in "LR")
    return left, right


def fold_picks(stream: int, channels: int, picks: Sequence[tuple[int, int]]) -> Weights:
    """Return what a stream gives where single channels make the sides.

    Args:
        stream: its place among the source's streams.
        channels: how many it has.
        picks: (place of the stream, channel): the left and the right, or one for both.
    """
    sides = (picks[0], picks[-1])
    left, right = (_pick(channels, channel if place == stream else -1) for place, channel in sides)
    return left, right


def _pick(channels: int, wanted: int) -> tuple[float, ...]:
    return tuple(float(number == wanted) for number in range(channels))


def _share(speaker: str, own: str) -> float:
    if speaker == f"F{own}":
        return 1.0
    if speaker in ("FC", f"B{own}", f"S{own}"):
        return _HALF_POWER
    return 0.5 if speaker == "BC" else 0.0
