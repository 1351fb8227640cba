"""Where somebody speaks: Silero's voice activity model, and windows of speech that a recogniser takes at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from mediakit.speech.sound import RATE, Stretch

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples

WINDOW_S = 29.0
"""Longest window of an engine that hears thirty seconds at a time, full or not."""

_LONG_GAP_S = 2.0
_PAD_S = 0.4
_THRESHOLD = 0.5
_MIN_SPEECH_MS = 120
_MIN_SILENCE_MS = 200
_USUAL_CUT_S = 0.6
_TOUCH_S = 0.02
_LATE_S = 0.15


@dataclass(frozen=True)
class Region:
    """Speech from ``start`` to ``end``, seconds on the media's clock."""

    start: float
    end: float


@dataclass(frozen=True)
class Window:
    """Sound to be recognised at once, in pieces that a long silence parts, and where in it somebody speaks."""

    pieces: tuple[Stretch, ...]
    regions: tuple[Region, ...]

    @property
    def start(self) -> float:
        """Seconds at the first sample, on the media's clock."""
        return self.pieces[0].start

    @property
    def end(self) -> float:
        """Seconds at the last sample's end, on the media's clock."""
        return self.pieces[-1].end

    @property
    def speech_s(self) -> float:
        """Seconds of speech."""
        return sum(region.end - region.start for region in self.regions)

    @cached_property
    def samples(self) -> Samples:
        """All pieces, one after another."""
        import numpy as np

        return self.pieces[0].samples if len(self.pieces) == 1 else np.concatenate([p.samples for p in self.pieces])

    def place(self, start: float, end: float, lean: int = 0) -> tuple[float, float]:
        """Return seconds of the joined sound on the media's clock, without the silence that they reach into.

        What touches several regions belongs to the last of them where it begins a phrase (``lean`` 1), to the first
        where it ends one (-1), else to the one that it overlaps most.
        """
        spans = self._spans(start, end)
        found = [span for span in spans if span[1] - span[0] > _TOUCH_S]
        if found:
            return found[-1] if lean > 0 else found[0] if lean < 0 else max(found, key=lambda span: span[1] - span[0])
        piece, offset = self._piece_at(start if lean <= 0 else end)
        first = min(max(start + offset, piece.start), piece.end)
        last = min(max(end + offset, first), piece.end)
        coming = [region.start for region in self.regions if 0 <= region.start - last <= _LATE_S] if lean > 0 else []
        return (max(first, min(coming) - _LATE_S), min(coming)) if coming else (first, last)

    def _spans(self, start: float, end: float) -> list[tuple[float, float]]:
        """Return the parts of the joined sound that lie in regions, on the media's clock."""
        made = []
        for piece, offset in self._offsets:
            for region in self.regions:
                low, high = max(region.start, piece.start, start + offset), min(region.end, piece.end, end + offset)
                if high > low:
                    made.append((low, high))
        return made

    @cached_property
    def _offsets(self) -> tuple[tuple[Stretch, float], ...]:
        """Each piece, and what its place in the joined sound lacks to the media's clock."""
        made, done = [], 0.0
        for piece in self.pieces:
            made.append((piece, piece.start - done))
            done += len(piece.samples) / RATE
        return tuple(made)

    def _piece_at(self, seconds: float) -> tuple[Stretch, float]:
        later = [one for one in self._offsets if seconds >= one[0].start - one[1] - 1e-9]
        return later[-1] if later else self._offsets[0]

    def cut(self, regions: Sequence[Region]) -> Window:
        """Return the part of the window that holds some of its regions, which follow each other, and half the gaps."""
        first, last = self.regions.index(regions[0]), self.regions.index(regions[-1])
        low = (self.regions[first - 1].end + regions[0].start) / 2 if first else self.start
        high = (regions[-1].end + self.regions[last + 1].start) / 2 if last + 1 < len(self.regions) else self.end
        return Window(self._between(low, high), tuple(regions))

    def alone(self, region: Region) -> Window:
        """Return a stretch of the window's speech as a window."""
        return Window(self._between(region.start, region.end), (region,))

    def _between(self, low: float, high: float) -> tuple[Stretch, ...]:
        return tuple(_cut(piece, low, high) for piece in self.pieces if low < piece.end and piece.start < high)


def find_speech(stretch: Stretch, longest_s: float = WINDOW_S) -> tuple[Region, ...]:
    """Return the regions where somebody speaks, in order, apart from each other (Silero VAD, CPU).

    Args:
        stretch: the sound.
        longest_s: longer speech without a pause is cut, so that a window of this length holds each region.
    """
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    if len(stretch.samples) < RATE // 10:
        return ()
    options = VadOptions(
        threshold=_THRESHOLD,
        min_speech_duration_ms=_MIN_SPEECH_MS,
        min_silence_duration_ms=_MIN_SILENCE_MS,
        max_speech_duration_s=longest_s - 2 * _PAD_S,
        speech_pad_ms=60,
    )
    found = get_speech_timestamps(stretch.samples, options, RATE)
    return tuple(
        Region(stretch.start + span["start"] / RATE, stretch.start + min(span["end"], len(stretch.samples)) / RATE)
        for span in found
    )


def make_windows(stretch: Stretch, regions: Sequence[Region], longest_s: float = WINDOW_S) -> tuple[Window, ...]:
    """Group regions into as few windows of at most ``longest_s`` seconds as there can be, parted at long pauses.

    A pause of more than two seconds counts, and is heard, as eight tenths of a second. Windows never overlap.
    """
    windows = []
    for first, stop in _group(regions, longest_s - 2 * _PAD_S):
        group = regions[first:stop]
        before = regions[first - 1].end if first else stretch.start
        after = regions[stop].start if stop < len(regions) else stretch.end
        start = max(group[0].start - _PAD_S, (before + group[0].start) / 2 if first else stretch.start)
        end = min(group[-1].end + _PAD_S, (after + group[-1].end) / 2 if stop < len(regions) else stretch.end)
        edges = [start]
        for one, two in pairwise(group):
            if two.start - one.end > _LONG_GAP_S:
                edges += [one.end + _PAD_S, two.start - _PAD_S]
        edges.append(end)
        pieces = tuple(_cut(stretch, low, high) for low, high in zip(edges[::2], edges[1::2], strict=True))
        windows.append(Window(pieces, tuple(group)))
    return tuple(windows)


def _cut(stretch: Stretch, start: float, end: float) -> Stretch:
    low = max(0, round((start - stretch.start) * RATE))
    high = min(len(stretch.samples), round((end - stretch.start) * RATE))
    return Stretch(stretch.start + low / RATE, stretch.samples[low : max(low, high)])


def _group(regions: Sequence[Region], limit: float) -> list[tuple[int, int]]:
    """Return the first region of each window and the one after its last: the fewest, then the longest pauses between.

    Dynamic programming over regions. A cut at a short pause costs up to one; a window costs a thousand.
    """
    gaps = [two.start - one.end for one, two in pairwise(regions)]
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, len(regions) + 1):
        length = 0.0
        choices: list[tuple[float, int]] = []
        for first in range(stop - 1, -1, -1):
            length += regions[first].end - regions[first].start
            if first + 1 < stop:
                length += gaps[first] if gaps[first] <= _LONG_GAP_S else 2 * _PAD_S
            if length > limit and first + 1 < stop:
                break
            cut = max(0.0, 1.0 - gaps[first - 1] / _USUAL_CUT_S) if first else 0.0
            choices.append((best[first][0] + 1000.0 + cut, first))
        best.append(min(choices))
    groups = []
    stop = len(regions)
    while stop:
        first = best[stop][1]
        groups.append((first, stop))
        stop = first
    return groups[::-1]
