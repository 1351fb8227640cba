"""From what an exchange file lays down to a timeline: sources matched, tracks made one, sound joined to its picture."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mediakit.editing.heard import Heard, make_sound_clip
from mediakit.editing.layout import Layout, Stretch
from mediakit.editing.sources import Footage, Match, SourceIndex
from mediakit.editing.unmatched import UnmatchedEvent, describe_unmatched
from mediakit.errors import UsageError
from mediakit.media.timeline import (
    Card,
    Clip,
    Dissolve,
    Gap,
    PictureItem,
    SoundClip,
    TimedOverlay,
    Timeline,
)
from mediakit.media.times import timecode_to_frames


@dataclass(frozen=True)
class Exchanged:
    """An exchange file, read.

    Attributes:
        timeline: what it lays down, with the sources that were found.
        paths: where each source of the timeline lies.
        unmatched: events whose source was not found.
        warnings: what was left out.
        untouched: it is a file of ours that nobody changed, and the timeline is the one it was written from.
    """

    timeline: Timeline
    paths: dict[str, Path]
    unmatched: tuple[UnmatchedEvent, ...] = ()
    warnings: tuple[str, ...] = ()
    untouched: bool = False


@dataclass
class _Piece:
    """A stretch of the picture after the tracks were made one."""

    at: int
    frames: int
    stretch: Stretch
    match: Match | None
    start: Fraction
    dissolve: tuple[int, int] | None
    fade_in: int
    fade_out: int

    @property
    def end(self) -> int:
        return self.at + self.frames


def assemble_timeline(layout: Layout, index: SourceIndex) -> Exchanged:
    """Return the timeline that a layout describes, as far as its sources are found."""
    return _Assembly(layout, index).assemble()


def restore_timeline(timeline: Timeline, index: SourceIndex) -> Exchanged | None:
    """Return a timeline of ours with its files found by digest; None where one that is used is not there."""
    used = {item.source for item in timeline.picture if isinstance(item, Clip)}
    used |= {clip.source for clip in timeline.sound}
    paths: dict[str, Path] = {}
    missing: set[str] = set()
    for source in timeline.sources:
        footage = index.find_digest(source.digest)
        if footage is not None:
            paths[source.name] = footage.path
        elif source.name in used:
            return None
        else:
            missing.add(source.name)
    if not missing:
        return Exchanged(timeline, paths, untouched=True)
    kept = [
        source.model_copy(update={"clean": None}) if source.clean in missing else source
        for source in timeline.sources
        if source.name not in missing
    ]
    warnings = tuple(f"source {name!r}, which no event uses, is not among the footage" for name in sorted(missing))
    return Exchanged(timeline.model_copy(update={"sources": tuple(kept)}), paths, warnings=warnings)


class _Assembly:
    def __init__(self, layout: Layout, index: SourceIndex) -> None:
        self.layout = layout
        self.index = index
        self.fps = layout.fps
        self.warnings = list(layout.warnings)
        self.unmatched: dict[tuple[str, int, str], UnmatchedEvent] = {}
        self.found: dict[str, Footage] = {}

    def assemble(self) -> Exchanged:
        pictures: dict[str, list[Stretch]] = defaultdict(list)
        sounds: list[Stretch] = []
        for stretch in self.layout.stretches:
            if stretch.is_picture:
                pictures[stretch.track].append(stretch)
            else:
                sounds.append(stretch)
        heard = self._hear(sounds)
        pieces: list[_Piece] = []
        for track in sorted(pictures, key=lambda name: int(name[1:])):
            pieces = self._lay_over(pieces, self._match_track(pictures[track]), track)
        items = self._make_items(pieces, heard)
        if items and not any(isinstance(item, Clip) and item.level_db is not None for item in items) and not sounds:
            self.warnings.append("the file lays no sound: its clips are silent")
        sound = self._make_sound(heard)
        sources = tuple(footage.source for footage in self.found.values())
        length = sum(item.frames for item in items) or max((clip.at + clip.frames for clip in sound), default=0)
        timeline = Timeline(
            name=self._name(),
            fps=self.fps,
            timecode=self._timecode(),
            sources=sources,
            picture=items,
            sound=sound,
            overlays=self._make_overlays(length),
        )
        paths = {footage.source.name: footage.path for footage in self.found.values()}
        return Exchanged(timeline, paths, tuple(self.unmatched.values()), tuple(dict.fromkeys(self.warnings)))

    def _name(self) -> str:
        """The file's title, or the whole name where the title is that, cut."""
        own = (self.layout.header or {}).get("name")
        return own if isinstance(own, str) and " ".join(own.split())[:70] == self.layout.name else self.layout.name

    def _timecode(self) -> str | None:
        try:
            return self.layout.timecode if timecode_to_frames(self.layout.timecode or "", self.fps) >= 0 else None
        except UsageError:
            return None

    def _find(self, stretch: Stretch) -> Match | None:
        found = self.index.match(stretch, self.fps, drop=self.layout.drop)
        if isinstance(found, Match):
            self.found.setdefault(found.footage.source.name, found.footage)
            return found
        key = (stretch.number, stretch.at, stretch.name)
        self.unmatched.setdefault(key, describe_unmatched(stretch, self.fps, found))
        return None

    def _match_track(self, stretches: list[Stretch]) -> list[_Piece]:
        pieces: list[_Piece] = []
        for stretch in stretches:
            if stretch.frames <= 0:
                continue
            match = None if stretch.black else self._find(stretch)
            start = Fraction(0) if match is None else match.start
            piece = _Piece(
                stretch.at,
                stretch.frames,
                stretch,
                match,
                start,
                stretch.dissolve,
                stretch.fade_in,
                stretch.fade_out,
            )
            if pieces and pieces[-1].end > piece.at:
                self.warnings.append(f"event {stretch.number} lies over the one before it, which is cut short")
                pieces = _cut_out(pieces, piece.at, piece.end, self.fps)
            pieces.append(piece)
            pieces.sort(key=lambda one: one.at)
        return pieces

    def _lay_over(self, lower: list[_Piece], upper: list[_Piece], track: str) -> list[_Piece]:
        """Lay a track over those below it: what lies on top is seen."""
        if not lower:
            return upper
        for piece in upper:
            if piece.match is None:
                if piece.stretch.black:
                    continue
                self.warnings.append(
                    f"track {track}: {piece.stretch.name or 'a clip'!r} was not found and covers nothing"
                )
                continue
            if piece.fade_in or piece.fade_out:
                self.warnings.append(f"track {track}: the fades of {piece.stretch.name!r} over the picture become cuts")
                piece.fade_in = piece.fade_out = 0
            lower = _cut_out(lower, piece.at, piece.end, self.fps)
            lower.append(piece)
            lower.sort(key=lambda one: one.at)
        return lower

    def _hear(self, sounds: list[Stretch]) -> dict[tuple[Any, ...], Heard]:
        heard: dict[tuple[Any, ...], Heard] = {}
        for stretch in sounds:
            if stretch.black or stretch.frames <= 0:
                continue
            match = self._find(stretch)
            if match is None:
                continue
            if not match.footage.source.sound:
                self.warnings.append(f"event {stretch.number}: {match.footage.path.name} has no sound")
                continue
            order = (stretch.extra or {}).get("order")
            key = (match.footage.source.name, match.start, stretch.at, stretch.frames, order)
            heard.setdefault(key, Heard(stretch, match))
        return heard

    def _make_items(self, pieces: list[_Piece], heard: dict[tuple[Any, ...], Heard]) -> tuple[PictureItem, ...]:
        items: list[PictureItem] = []
        at = 0
        for piece in pieces:
            if piece.at > at:
                items.append(Gap(frames=piece.at - at))
            item = self._make_item(piece, heard)
            adjoining = bool(items) and piece.at == at
            if isinstance(item, Clip) and item.fade_in and adjoining and isinstance(items[-1], Card):
                item = item.model_copy(update={"fade_in": 0, "dissolve": Dissolve(before=0, after=item.fade_in)})
            elif item.dissolve is not None and (not items or piece.at > at):
                length = item.dissolve.frames
                item = item.model_copy(update={"dissolve": None, "fade_in": min(length, item.frames)})
            items.append(item)
            at = piece.end
        return self._check_transitions(items)

    def _make_item(self, piece: _Piece, heard: dict[tuple[Any, ...], Heard]) -> PictureItem:
        extra = piece.stretch.extra or {}
        shape: dict[str, Any] = {"frames": piece.frames, "fade_in": piece.fade_in, "fade_out": piece.fade_out}
        if piece.dissolve is not None and any(piece.dissolve):
            shape["dissolve"] = {"before": piece.dissolve[0], "after": piece.dissolve[1]}
        if piece.match is None:
            own = {key: extra[key] for key in ("card", "lines", "colour") if piece.stretch.black and key in extra}
            try:
                return (Card if "card" in own else Gap).model_validate({**shape, **own})
            except ValidationError:
                self.warnings.append(f"event {piece.stretch.number}: our comment on it is damaged")
                return Gap.model_validate(shape)
        name = piece.match.footage.source.name
        sound = heard.get((name, piece.start, piece.at, piece.frames, None))
        level = None
        if sound is not None and not sound.used:
            sound.used, level = True, sound.stretch.level_db
            own_level = extra.get("level_db", 0.0)
            if isinstance(own_level, int | float) and abs(own_level - level) < 0.006:
                level = float(own_level)
        return Clip.model_validate(
            {**shape, "source": name, "start": piece.start, "level_db": level, "speech": extra.get("speech") is True}
        )

    def _check_transitions(self, items: list[PictureItem]) -> tuple[PictureItem, ...]:
        """Take away what cannot be: dissolves and fades longer than what they join."""
        for number, item in enumerate(items):
            room = item.frames
            if item.dissolve is not None:
                before = items[number - 1]
                taken = before.dissolve.after if before.dissolve else 0
                if item.dissolve.after > room or item.dissolve.before + taken > before.frames:
                    self.warnings.append(
                        f"item {number + 1}: its dissolve is longer than what it joins and becomes a cut"
                    )
                    item = item.model_copy(update={"dissolve": None})
            if item.dissolve is not None:
                self._check_handles(items[number - 1], item, item.dissolve, number + 1)
            if item.fade_in + item.fade_out > room:
                self.warnings.append(f"item {number + 1}: its fades are longer than itself and become cuts")
                item = item.model_copy(update={"fade_in": 0, "fade_out": 0})
            items[number] = item
        return tuple(items)

    def _check_handles(self, before: PictureItem, item: PictureItem, dissolve: Dissolve, number: int) -> None:
        """Say where a dissolve needs more of a source than there is."""
        half = Fraction(1, 2)
        if isinstance(before, Clip) and (source := self.found[before.source].source).duration:
            end = before.start + (before.frames + dissolve.after) / self.fps
            if (short := (end - source.duration) * self.fps) > half:
                self.warnings.append(
                    f"item {number}: its dissolve needs {int(short + half)} frames beyond {source.file}"
                )
        if isinstance(item, Clip) and (short := dissolve.before - item.start * self.fps) > half:
            self.warnings.append(
                f"item {number}: its dissolve needs {int(short + half)} frames before its source begins"
            )

    def _make_sound(self, heard: dict[tuple[Any, ...], Heard]) -> tuple[SoundClip, ...]:
        left = [one for one in heard.values() if not one.used]
        by_track: dict[str, list[Heard]] = defaultdict(list)
        for one in left:
            by_track[one.stretch.track].append(one)
        made: list[tuple[int, int, SoundClip]] = []
        for track in by_track.values():
            for number, one in enumerate(track):
                following = track[number + 1].stretch if number + 1 < len(track) else None
                order = (one.stretch.extra or {}).get("order")
                made.append(
                    (
                        order if isinstance(order, int) else 1 << 30,
                        one.stretch.at,
                        make_sound_clip(one, following, self.fps, self.warnings),
                    )
                )
        return tuple(clip for *_, clip in sorted(made, key=lambda entry: entry[:2]))

    def _make_overlays(self, length: int) -> tuple[TimedOverlay, ...]:
        listed = (self.layout.header or {}).get("overlays") or ()
        made = []
        for data in listed if isinstance(listed, list) else ():
            try:
                overlay = TimedOverlay.model_validate(data)
            except ValidationError:
                self.warnings.append("our comment on an overlay is damaged; it is left out")
                continue
            if overlay.at + overlay.frames > length:
                self.warnings.append(f"the overlay {overlay.text!r} reaches behind the end and is left out")
                continue
            made.append(overlay)
        if made:
            self.warnings.append("the edit was changed elsewhere: overlays stay at the frames where they were")
        return tuple(made)


def _cut_out(pieces: list[_Piece], start: int, end: int, fps: Fraction) -> list[_Piece]:
    """Return pieces without what lies between two frames; what is cut loses its transition on that side."""
    left: list[_Piece] = []
    for piece in pieces:
        if piece.end <= start or piece.at >= end:
            if piece.at == end and piece.dissolve is not None:
                piece = replace(piece, dissolve=None)
            left.append(piece)
            continue
        if piece.at < start:
            left.append(replace(piece, frames=start - piece.at, fade_out=0))
        if piece.end > end:
            shift = (end - piece.at) / fps
            rest = replace(piece, at=end, frames=piece.end - end, start=piece.start + shift, dissolve=None, fade_in=0)
            left.append(rest)
    return left
