"""From an edit as written to a timeline in frames: times, words and lengths looked up in the sources."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import ValidationError

from mediakit.editing.edit import MUTED, Edit, OverlayEntry, PictureEntry, SoundEntry, Stretch
from mediakit.editing.follow import first_words, follow_words, has_words
from mediakit.editing.words import find_words
from mediakit.errors import InputError, MediakitError
from mediakit.media.timeline import (
    Card,
    Clip,
    Dissolve,
    Gap,
    Item,
    SoundClip,
    SoundRole,
    Source,
    TimedOverlay,
    Timeline,
)
from mediakit.media.times import format_clock, parse_time, seconds_to_frame

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo
    from mediakit.media.timeline import PictureItem
    from mediakit.media.transcript import Transcript

DEFAULT_RATE = Fraction(25)
MUSIC_DUCK_DB = 12.0
FIRST_WORDS = "first_words"


@dataclass(frozen=True)
class SourceFacts:
    """What a source is.

    Attributes:
        info: as probed.
        length: seconds of its programme, exact.
        lead: seconds by which its picture starts after its sound: frames and timecode count from the picture.
        transcript: the words that are said in it, where known.
    """

    info: MediaInfo
    length: Fraction
    lead: Fraction = Fraction(0)
    transcript: Transcript | None = None


def choose_rate(edit: Edit, facts: Mapping[str, MediaInfo]) -> Fraction:
    """Return the edit's frame rate: its own, else that of its first clip's source, else 25."""
    if edit.fps is not None:
        return edit.fps
    for item in edit.picture:
        picture = facts[item.clip].picture if item.clip is not None else None
        if picture is not None:
            return picture.nominal_fps if picture.variable_rate and picture.nominal_fps else picture.fps
    return DEFAULT_RATE


def resolve_edit(edit: Edit, facts: Mapping[str, SourceFacts], fps: Fraction) -> Timeline:
    """Return an edit as a timeline.

    Args:
        edit: with names that all are among its sources.
        facts: of every source by name.
        fps: the timeline's frame rate.

    Raises:
        InputError: a time lies beyond its source, words are not said, a transition has no handles; says which item.
    """
    return _Resolver(edit, facts, fps).resolve()


class _Resolver:
    def __init__(self, edit: Edit, facts: Mapping[str, SourceFacts], fps: Fraction) -> None:
        self.edit = edit
        self.facts = facts
        self.fps = fps

    def resolve(self) -> Timeline:
        picture = tuple(self._item(number, entry) for number, entry in enumerate(self.edit.picture, 1))
        for number, item in enumerate(picture, 1):
            self._check_handles(number, picture, item)
        total = sum(item.frames for item in picture)
        made = self._timeline(picture, self._sounds(total), ())
        overlays = tuple(self._overlay(number, entry, made) for number, entry in enumerate(self.edit.overlays, 1))
        return made.model_copy(update={"overlays": overlays})

    def _timeline(
        self, picture: tuple[PictureItem, ...], sound: tuple[SoundClip, ...], overlays: tuple[TimedOverlay, ...]
    ) -> Timeline:
        try:
            return Timeline(
                name=self.edit.name,
                fps=self.fps,
                timecode=self.edit.timecode,
                sources=tuple(self._source(name) for name in self._used()),
                picture=picture,
                sound=sound,
                overlays=overlays,
            )
        except ValidationError as exc:
            message = exc.errors()[0]["msg"].removeprefix("Value error, ")
            raise InputError(f"the edit does not hold together: {message}") from exc

    def _used(self) -> list[str]:
        return [*self.edit.sources, *(f"{name} clean" for name in self.edit.clean)]

    def _source(self, name: str) -> Source:
        facts = self.facts[name]
        picture = facts.info.picture
        return Source(
            name=name,
            digest=facts.info.digest,
            file=self.edit.sources[name].name if name in self.edit.sources else "",
            duration=facts.length,
            fps=picture.fps if picture else None,
            timecode=facts.info.timecode,
            reel=facts.info.reel,
            sound=facts.info.sound is not None,
            clean=f"{name} clean" if name in self.edit.clean else None,
            tracks=self.edit.tracks.get(name),
            cleaning=self.edit.cleanup.get(name),
        )

    def _item(self, number: int, entry: PictureEntry) -> PictureItem:
        where = f"picture item {number}"
        dissolve = None
        if entry.dissolve is not None:
            dissolve = self._dissolve(entry.dissolve, f"{where}, dissolve")
        fade_in, fade_out = (
            0 if text is None else self._frames(text, f"{where}, {name}")
            for name, text in (("fade_in", entry.fade_in), ("fade_out", entry.fade_out))
        )
        if entry.clip is None:
            assert entry.length is not None
            frames = self._frames(entry.length, where)
            if entry.card is not None:
                return Card(
                    card=entry.card,
                    lines=entry.lines,
                    frames=frames,
                    dissolve=dissolve,
                    fade_in=fade_in,
                    fade_out=fade_out,
                )
            return Gap(
                colour=entry.gap or "#000000", frames=frames, dissolve=dissolve, fade_in=fade_in, fade_out=fade_out
            )
        start, frames = self._stretch(entry, entry.clip, f"{where} ({entry.clip})")
        if self.facts[entry.clip].info.picture is None:
            raise InputError(f"{where}: {entry.clip} has no picture", hint="lay it below `sound:`")
        level = None if entry.level == MUTED or self.facts[entry.clip].info.sound is None else entry.level
        spoken = entry.speech
        if spoken is None:
            transcript = self.facts[entry.clip].transcript
            spoken = transcript is not None and has_words(transcript, start, start + frames / self.fps)
        return Clip(
            source=entry.clip,
            start=start,
            frames=frames,
            level_db=level,
            speech=bool(spoken) and level is not None,
            dissolve=dissolve,
            fade_in=fade_in,
            fade_out=fade_out,
        )

    def _dissolve(self, text: str, where: str) -> Dissolve:
        before, plus, after = text.partition("+")
        if plus:
            return Dissolve(before=self._frames(before, where, least=0), after=self._frames(after, where, least=0))
        length = self._frames(text, where)
        return Dissolve(before=length // 2, after=length - length // 2)

    def _stretch(self, entry: Stretch, name: str, where: str, most: int | None = None) -> tuple[Fraction, int]:
        """Return where a stretch of a source begins in seconds, and its length in frames."""
        facts = self.facts[name]
        if entry.from_ is not None:
            start, end = self._find(entry, entry.from_, facts, where)
        else:
            start = Fraction(0) if entry.in_ is None else self._source_time(entry.in_, facts, where)
            end = facts.length if entry.out is None else self._source_time(entry.out, facts, where)
            if entry.length is not None:
                end = start + Fraction(self._frames(entry.length, where), 1) / self.fps
            elif entry.out is None and most is not None:
                end = min(end, start + most / self.fps)
        start = seconds_to_frame(start, self.fps) / self.fps
        frames = seconds_to_frame(end - start, self.fps)
        if frames <= 0:
            raise InputError(f"{where}: it ends before it starts, or holds no frame")
        over = seconds_to_frame(start + frames / self.fps - facts.length, self.fps)
        if entry.from_ is not None and 0 < over < frames:
            frames -= over
        elif over > 0:
            raise InputError(
                f"{where}: it ends {over} frames beyond its source, which is "
                f"{format_clock(float(facts.length), decimals=2)} long",
                hint="move its in or out point; if the source was replaced, check the edit against the new one",
            )
        return start, frames

    def _find(self, entry: Stretch, first: str, facts: SourceFacts, where: str) -> tuple[Fraction, Fraction]:
        if facts.transcript is None:
            raise InputError(
                f"{where}: it is named by its words, and there is no transcript of its source",
                hint="transcribe the source before the edit, or name a file below `transcripts:`",
            )
        after = 0.0 if entry.after is None else float(self._source_time(entry.after, facts, where))
        try:
            start, end = find_words(facts.transcript, first, entry.to, after=after)
        except InputError as exc:
            raise InputError(f"{where}: {exc.message}", hint=exc.hint) from exc
        return Fraction(start).limit_denominator(100_000), Fraction(end).limit_denominator(100_000)

    def _source_time(self, text: str, facts: SourceFacts, where: str) -> Fraction:
        picture = facts.info.picture
        rate = picture.nominal_fps or picture.fps if picture else self.fps
        counted = text.endswith("f") or text.count(":") == 3 or ";" in text
        try:
            return parse_time(text, rate, facts.info.timecode) + (facts.lead if counted else 0)
        except MediakitError as exc:
            raise InputError(f"{where}: {exc.message}", hint=exc.hint) from exc

    def _programme_frame(self, text: str, where: str) -> int:
        try:
            return seconds_to_frame(parse_time(text, self.fps, self.edit.timecode), self.fps)
        except MediakitError as exc:
            raise InputError(f"{where}: {exc.message}", hint=exc.hint) from exc

    def _frames(self, text: str, where: str, *, least: int = 1) -> int:
        try:
            frames = seconds_to_frame(parse_time(text, self.fps), self.fps)
        except MediakitError as exc:
            raise InputError(f"{where}: {exc.message}", hint=exc.hint) from exc
        if frames < least:
            raise InputError(f"{where}: {text} is shorter than a frame")
        return frames

    def _check_handles(self, number: int, items: tuple[PictureItem, ...], item: Item) -> None:
        """Refuse a dissolve whose sources have too few frames beyond the cut."""
        if item.dissolve is None or number < 2:
            return
        before = items[number - 2]
        leaving = self._tail(before) if isinstance(before, Clip) else None
        coming = seconds_to_frame(item.start, self.fps) if isinstance(item, Clip) else None
        for clip, needed, there in ((before, item.dissolve.after, leaving), (item, item.dissolve.before, coming)):
            if there is not None and isinstance(clip, Clip) and needed > there:
                raise InputError(
                    f"picture item {number}: its dissolve needs {needed} frames of {clip.source} beyond the cut, "
                    f"and the source has {there}",
                    hint="shorten the dissolve, or move the cut",
                )

    def _tail(self, clip: Clip) -> int:
        return seconds_to_frame(self.facts[clip.source].length - clip.start, self.fps) - clip.frames

    def _sounds(self, total: int) -> tuple[SoundClip, ...]:
        made: list[SoundClip] = []
        ends: dict[str, int] = {}
        for number, entry in enumerate(self.edit.sound, 1):
            clip = self._sound(number, entry, ends, total)
            ends[clip.role] = clip.at + clip.frames
            made.append(clip)
        return tuple(made)

    def _sound(self, number: int, entry: SoundEntry, ends: Mapping[str, int], total: int) -> SoundClip:
        role: SoundRole = "narration" if entry.narration else "natural" if entry.natural else "music"
        name = entry.narration or entry.natural or entry.music or ""
        where = f"sound {number} ({role} {name})"
        if self.facts[name].info.sound is None:
            raise InputError(f"{where}: {name} has no sound")
        at = ends.get(role, 0)
        if entry.pause is not None:
            at += self._frames(entry.pause, where)
        if entry.at is not None:
            at = self._programme_frame(entry.at, where)
        if total and at >= total:
            raise InputError(f"{where}: it begins after the picture's end")
        most = total - at if total and role == "music" else None
        start, frames = self._stretch(entry, name, where, most)
        if total and at + frames > total:
            if role != "music":
                over = float((at + frames - total) / self.fps)
                raise InputError(
                    f"{where}: it ends {over:.2f} s after the picture", hint="begin earlier, or add a clip"
                )
            frames = total - at
        return SoundClip(
            source=name,
            start=start,
            at=at,
            frames=frames,
            role=role,
            level_db=entry.level,
            fade_in_s=self._seconds(entry.fade_in, where),
            fade_out_s=self._seconds(entry.fade_out, where),
            duck_db=abs(entry.duck) if entry.duck is not None else MUSIC_DUCK_DB if role == "music" else 0.0,
        )

    def _seconds(self, text: str | None, where: str) -> float:
        return 0.0 if text is None else float(self._frames(text, where) / self.fps)

    def _overlay(self, number: int, entry: OverlayEntry, timeline: Timeline) -> TimedOverlay:
        kind, text = entry.chosen
        where = f"overlay {number} ({text[:20]})"
        if entry.at == FIRST_WORDS:
            at = self._first_words(entry.speaker or text, timeline, where)
        else:
            at = self._programme_frame(entry.at, where)
        if at >= timeline.frames:
            raise InputError(f"{where}: it appears after the programme's end")
        frames = min(self._frames(entry.length, where), timeline.frames - at)
        return TimedOverlay(overlay=kind, text=text, title=entry.title, at=at, frames=frames)

    def _first_words(self, speaker: str, timeline: Timeline, where: str) -> int:
        known = {name: facts.transcript for name, facts in self.facts.items() if facts.transcript is not None}
        heard = follow_words(timeline, known)
        starts = {} if heard is None else first_words(heard)
        if speaker not in starts:
            from mediakit.media.mistakes import suggest

            raise InputError(
                f"{where}: it is not known when {speaker} first speaks",
                hint=suggest(speaker, starts) or "give a time, or a transcript with speakers",
            )
        return seconds_to_frame(starts[speaker], self.fps)
