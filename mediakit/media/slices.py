"""Slices of a timeline: a short of an edit, with everything in it cut where the short is cut.

::

    whole     │ one        ╲╱ two              │ three      │       ╲╱ is a dissolve of ten frames
    slice               ├──────────────┤ ├──────────┤
    made      │ one ╲╱ two             │ two │ three │              ╲╱ is what is left of it, six frames

A dissolve that is cut in its middle goes on from where it was. Both its items must be there to be seen, so the cut
between them is moved inside it, which changes no frame: a dissolve shows both over its whole length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.media.timeline import Clip, Dissolve, SoundClip, TimedOverlay, Timeline

if TYPE_CHECKING:
    from fractions import Fraction

    from mediakit.media.timeline import PictureItem

Spans = Sequence[tuple[int, int]]

SHORTEST_OVERLAY_S = 1.0
"""What would stay of an overlay for a shorter time is left out; nobody could read it."""


def slice_timeline(timeline: Timeline, spans: Spans) -> Timeline:
    """Return the timeline of a programme's stretches, one after the other.

    Every frame shows what it shows in the whole; stretches that touch are one stretch.

    Args:
        timeline: the whole programme.
        spans: (first frame, frame past the last), in playing order; they may overlap and repeat.

    Raises:
        InputError: a stretch is empty, lies beyond the programme, or is too short for the dissolves that it cuts.
    """
    merged = _merge(timeline, spans)
    picture: list[PictureItem] = []
    sound: list[SoundClip] = []
    overlays: list[TimedOverlay] = []
    offset = 0
    for first, end in merged:
        if timeline.picture:
            picture += _Stretch(timeline, first, end).items()
        sound += _slice_sound(timeline, first, end, offset)
        for overlay in _slice_overlays(timeline, first, end, offset):
            _append_overlay(overlays, overlay, offset)
        offset += end - first
    shortest = int(SHORTEST_OVERLAY_S * timeline.fps)
    least = {_name(one): shortest for one in timeline.overlays}
    for one in timeline.overlays:
        least[_name(one)] = min(least[_name(one)], one.frames)
    return Timeline(
        name=timeline.name,
        fps=timeline.fps,
        timecode=timeline.timecode if merged[0][0] == 0 else None,
        sources=timeline.sources,
        picture=tuple(picture),
        sound=tuple(sound),
        overlays=tuple(one for one in overlays if one.frames >= least[_name(one)]),
    )


def _merge(timeline: Timeline, spans: Spans) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for first, end in spans:
        if not 0 <= first < end <= timeline.frames:
            raise InputError(
                f"frames {first} to {end} are no stretch of {timeline.name or 'the edit'}, which has {timeline.frames}"
            )
        if merged and merged[-1][1] == first:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((first, end))
    if not merged:
        raise InputError("no stretch of the programme was asked for")
    return merged


def _slice_sound(timeline: Timeline, first: int, end: int, offset: int) -> Iterator[SoundClip]:
    for clip in timeline.sound:
        low, high = max(clip.at, first), min(clip.at + clip.frames, end)
        if low < high:
            yield clip.model_copy(
                update={
                    "start": clip.start + (low - clip.at) / timeline.fps,
                    "at": offset + low - first,
                    "frames": high - low,
                    "head": clip.head + low - clip.at,
                    "tail": clip.tail + clip.at + clip.frames - high,
                }
            )


def _slice_overlays(timeline: Timeline, first: int, end: int, offset: int) -> Iterator[TimedOverlay]:
    for overlay in timeline.overlays:
        low, high = max(overlay.at, first), min(overlay.at + overlay.frames, end)
        if low < high:
            yield overlay.model_copy(update={"at": offset + low - first, "frames": high - low})


def _name(overlay: TimedOverlay) -> tuple[str, str, str]:
    return overlay.overlay, overlay.text, overlay.title


def _append_overlay(overlays: list[TimedOverlay], overlay: TimedOverlay, offset: int) -> None:
    """Add an overlay; one that stood up to the stretch's first frame ``offset`` goes on standing."""
    for number, other in enumerate(overlays):
        if _name(other) == _name(overlay) and other.at + other.frames == overlay.at == offset:
            overlays[number] = other.model_copy(update={"frames": other.frames + overlay.frames})
            return
    overlays.append(overlay)


@dataclass(frozen=True)
class _Cut:
    """Where an item follows the one before: ``low`` to ``high`` is its dissolve, empty at a hard cut."""

    at: int
    low: int
    high: int
    dissolve: Dissolve | None


class _Stretch:
    """Frames ``first`` to ``end`` of a picture."""

    def __init__(self, timeline: Timeline, first: int, end: int) -> None:
        self.fps: Fraction = timeline.fps
        self.first, self.end = first, end
        placed = list(timeline.placed())
        cuts = [_find_cut(at, item) for at, item in placed]
        behind = [*(cut.high for cut in cuts[1:]), timeline.frames]
        shown = [n for n, cut in enumerate(cuts) if cut.low < end and behind[n] > first]
        self.placed = placed[shown[0] : shown[-1] + 1]
        self.cuts = cuts[shown[0] + 1 : shown[-1] + 1]

    def items(self) -> Iterator[PictureItem]:
        """Yield what it shows, each item with the frames that it has here."""
        edges = [self.first, *self._places(), self.end]
        for number, (at, item) in enumerate(self.placed):
            low, high = edges[number], edges[number + 1]
            changes: dict[str, Any] = {
                "frames": high - low,
                "dissolve": self._dissolve(self.cuts[number - 1], low) if number else None,
                "head": item.head + low - at,
                "tail": item.tail + at + item.frames - high,
            }
            if isinstance(item, Clip):
                changes["start"] = item.start + (low - at) / self.fps
            yield item.model_copy(update=changes)

    def _places(self) -> list[int]:
        """Return the frames of the cuts: where they were, or elsewhere in their dissolves so that both sides show."""
        lows, highs = [], []
        bound = self.first
        for cut in self.cuts:
            bound = max(cut.low, bound + 1)
            lows.append(bound)
        bound = self.end
        for cut in reversed(self.cuts):
            bound = min(cut.high, bound - 1)
            highs.append(bound)
        highs.reverse()
        places: list[int] = []
        for cut, low, high in zip(self.cuts, lows, highs, strict=True):
            if low > high:
                raise InputError(
                    f"frames {self.first} to {self.end} are too few to show the dissolves that they cut",
                    hint="move the short's edge by a few frames",
                )
            wanted = cut.at
            if not self.first < cut.at < self.end:
                wanted = (max(cut.low, self.first) + min(cut.high, self.end) + 1) // 2
            places.append(min(max(wanted, low, places[-1] + 1 if places else low), high))
        return places

    def _dissolve(self, cut: _Cut, place: int) -> Dissolve | None:
        """Return what is left of a dissolve whose cut is now at a place."""
        if cut.dissolve is None:
            return None
        low, high = max(cut.low, self.first), min(cut.high, self.end)
        return Dissolve(
            before=place - low,
            after=high - place,
            skipped=cut.dissolve.skipped + low - cut.low,
            left=cut.dissolve.left + cut.high - high,
        )


def _find_cut(at: int, item: PictureItem) -> _Cut:
    dissolve = item.dissolve
    if dissolve is None:
        return _Cut(at, at, at, None)
    return _Cut(at, at - dissolve.before, at + dissolve.after, dissolve)
