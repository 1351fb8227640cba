"""Where somebody speaks: Silero's voice activity model, and windows of speech that a recogniser takes at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.speech.sound import RATE, Stretch

WINDOW_S = 28.0
"""Longest window; Whisper hears thirty seconds at a time."""

_JOIN_GAP_S = 2.0
_PAD_S = 0.3
_THRESHOLD = 0.5
_MIN_SPEECH_MS = 120
_MIN_SILENCE_MS = 200


@dataclass(frozen=True)
class Region:
    """Speech from ``start`` to ``end``, seconds on the media's clock."""

    start: float
    end: float


@dataclass(frozen=True)
class Window:
    """Sound to be recognised at once, and where in it somebody speaks."""

    sound: Stretch
    regions: tuple[Region, ...]


def find_speech(stretch: Stretch) -> tuple[Region, ...]:
    """Return the regions where somebody speaks, in order, apart from each other (Silero VAD, CPU)."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if len(stretch.samples) < RATE // 10:
        return ()
    options = VadOptions(
        threshold=_THRESHOLD,
        min_speech_duration_ms=_MIN_SPEECH_MS,
        min_silence_duration_ms=_MIN_SILENCE_MS,
        max_speech_duration_s=WINDOW_S - 2 * _PAD_S,
        speech_pad_ms=60,
    )
    found = get_speech_timestamps(stretch.samples, options, RATE)
    return tuple(
        Region(stretch.start + span["start"] / RATE, stretch.start + min(span["end"], len(stretch.samples)) / RATE)
        for span in found
    )


def make_windows(stretch: Stretch, regions: Sequence[Region]) -> tuple[Window, ...]:
    """Group regions into windows of at most `WINDOW_S` seconds, cut at the longest pauses.

    A pause of more than two seconds always parts two windows. Windows never overlap.
    """
    groups = [piece for run in _runs(regions) for piece in _fill(run)]
    windows = []
    for number, group in enumerate(groups):
        before = groups[number - 1][-1].end if number else stretch.start
        after = groups[number + 1][0].start if number + 1 < len(groups) else stretch.end
        start = max(group[0].start - _PAD_S, (before + group[0].start) / 2 if number else stretch.start)
        end = min(group[-1].end + _PAD_S, (after + group[-1].end) / 2 if number + 1 < len(groups) else stretch.end)
        low, high = round((start - stretch.start) * RATE), round((end - stretch.start) * RATE)
        windows.append(Window(Stretch(stretch.start + low / RATE, stretch.samples[low:high]), tuple(group)))
    return tuple(windows)


def _runs(regions: Sequence[Region]) -> list[list[Region]]:
    runs: list[list[Region]] = []
    for region in regions:
        if runs and region.start - runs[-1][-1].end <= _JOIN_GAP_S:
            runs[-1].append(region)
        else:
            runs.append([region])
    return runs


def _fill(run: list[Region]) -> list[list[Region]]:
    """Cut a run of regions so that each part fits a window; equal parts, at the longest pause near each mark."""
    groups: list[list[Region]] = []
    limit = WINDOW_S - 2 * _PAD_S
    while run:
        total = run[-1].end - run[0].start
        if total <= limit:
            return [*groups, run]
        fitting = max(1, sum(1 for region in run if region.end - run[0].start <= limit))
        wanted = total / math.ceil(total / limit)
        choices = [n for n in range(1, fitting + 1) if n < len(run)]
        far = [n for n in choices if run[n - 1].end - run[0].start >= 0.6 * min(wanted, limit)] or choices[-1:]
        cut = max(far, key=lambda n: (run[n].start - run[n - 1].end, n))
        groups.append(run[:cut])
        run = run[cut:]
    return groups
