"""What one rendition shows and sounds: a whole master, a short of it, or an edit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.slices import slice_timeline
from mediakit.media.timeline import Card, Clip
from mediakit.media.times import seconds_to_frame
from mediakit.render.cover_choice import Hint, recommend
from mediakit.render.graphics import PlacedGraphic
from mediakit.render.mix import Mix, mix_spans
from mediakit.render.mix_plan import mix_timeline
from mediakit.render.programme import Programme, Shot, frame_at_rate, shots_of_timeline, spans_of_source, whole_source
from mediakit.render.sound_source import SoundSource
from mediakit.steps.render_material import MASTER

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.media.cues import CueSheet
    from mediakit.media.shorts import Short
    from mediakit.media.timeline import Timeline
    from mediakit.render.spec import PictureSpec
    from mediakit.steps.render_material import Material, SourceFile

SOUND_FPS = Fraction(25)
"""The grid on which a programme without a picture is cut."""

Spans = tuple[tuple[Fraction, Fraction], ...]


@dataclass(frozen=True)
class CoverPlace:
    """Stretches of a file that a cover may be taken from; seconds on its programme's clock.

    ``hints`` are the places that a record of the picture recommends; ``pinned`` is a time that was asked for.
    """

    path: Path
    digest: str
    zero: Fraction
    file_start: Fraction
    spans: Spans
    hints: tuple[Hint, ...] = ()
    pinned: Fraction | None = None

    @classmethod
    def of(cls, material: Material, name: str, spans: Spans, pinned: Fraction | None = None) -> CoverPlace:
        """Return the stretches of a source, or of its textless twin."""
        source = material.sources[material.twins.get(name, name)]
        assert source.footage is not None
        zero = source.footage.grid(SOUND_FPS).zero_time
        record = material.records.get(name)
        hints: tuple[Hint, ...] = ()
        if record is not None:
            lead = float(spans[0][0]) if spans else None
            floats = [(float(start), float(end)) for start, end in spans]
            if pinned is not None:
                floats = [(float(pinned) - 0.01, float(pinned) + 0.01)]
            hints = recommend(record, floats, textless=name in material.twins, lead=lead)
        return cls(source.path, source.digest, zero, source.footage.start_s, spans, hints, pinned)


@dataclass(frozen=True)
class Subject(ABC):
    """Base of what can be rendered; ``short`` is set where it is one of a list of shorts."""

    material: Material
    short: Short | None = None

    @abstractmethod
    def programme(self, fps: Fraction) -> Programme:
        """Return its shots at a frame rate; raises `InputError` where they reach beyond a source."""

    @abstractmethod
    def spans(self, programme: Programme) -> Spans:
        """Return the stretches of the master or edit that it is made of, in seconds; none for a whole edit."""

    @abstractmethod
    def mix(self, programme: Programme) -> Mix:
        """Return its sound."""

    def silences(self) -> tuple[str, ...]:
        """Return notes on parts that have no sound where others have."""
        return ()

    @abstractmethod
    def cues(self, channel: Channel, programme: Programme) -> CueSheet | None:
        """Return the cues that a channel shows, or None without any."""

    @abstractmethod
    def stand_in(self, spec: PictureSpec, notes: list[str]) -> tuple[dict[str, str], bool]:
        """Return which sources give way to their textless twins in a picture, and whether graphics are drawn on it."""

    @property
    def cover_time(self) -> float | None:
        """The time of the cover's frame in the master or edit, where one was asked for."""
        return self.material.cover_time if self.short is None else self.short.cover

    @property
    def headline(self) -> str:
        """What stands above a stacked picture: the short's lead line or title, or the title of the episode."""
        if self.short is not None:
            return self.short.lead or self.short.title
        brand = self.material.graphics.brand
        return "" if brand is None else brand.title

    def placed_graphics(self, programme: Programme) -> tuple[PlacedGraphic, ...]:
        """Return the graphics that are its own, besides the brand's."""
        return ()

    @property
    def shows_twin_whole(self) -> bool:
        """Whether a textless twin stands for a whole master, whose closing card it lacks."""
        return False

    @abstractmethod
    def cover_places(self, programme: Programme) -> tuple[CoverPlace, ...]:
        """Return where a cover may be taken from; none where there is no picture."""

    @property
    def has_picture(self) -> bool:
        """Whether there is anything to see."""
        return any(source.footage is not None for source in self.material.sources.values())

    @property
    def has_sound(self) -> bool:
        """Whether there is anything to hear."""
        return any(source.info.sound is not None for source in self.material.sources.values())


class MasterSubject(Subject):
    """A master, whole or as a short."""

    def programme(self, fps: Fraction) -> Programme:
        """Return one shot, or those of the short."""
        short, master = self.short, self.material.main
        if master.footage is not None:
            grid = master.footage.grid(fps)
            if short is None:
                return whole_source(grid)
            return spans_of_source(grid, [(span.start, span.end) for span in short.spans])
        length = int(Fraction(master.info.duration) * fps)
        spans = [(0.0, float(length / fps))] if short is None else [(span.start, span.end) for span in short.spans]
        shots = tuple(Shot(None, round(start * fps), min(round(end * fps), length)) for start, end in spans)
        if any(shot.frames <= 0 for shot in shots):
            raise InputError("a span holds no sound", where=master.path)
        return Programme(fps, shots)

    def spans(self, programme: Programme) -> Spans:
        """Return the master's stretches."""
        footage = self.material.main.footage
        if footage is not None:
            return programme.source_spans(footage.grid(programme.fps))
        return tuple((shot.first / programme.fps, shot.end / programme.fps) for shot in programme.shots)

    def mix(self, programme: Programme) -> Mix:
        """Return the sound of the master's stretches."""
        main = self.material.main
        zero = main.footage.grid(programme.fps).zero_time if main.footage else None
        source = SoundSource.of(main.path, main.info, zero=zero)
        return mix_spans(source, self.spans(programme), programme.duration, cleanup=self.material.cleanup)

    def cues(self, channel: Channel, programme: Programme) -> CueSheet | None:
        """Return the cues of the whole, or of the short's stretches."""
        return self.material.cues.make(channel, programme.fps, self._seconds(programme))

    def _seconds(self, programme: Programme) -> tuple[tuple[float, float], ...] | None:
        if self.short is None:
            return None
        return tuple((float(start), float(end)) for start, end in self.spans(programme))

    def cover_places(self, programme: Programme) -> tuple[CoverPlace, ...]:
        """Return the stretches of the textless twin, or of the master."""
        if self.material.main.footage is None:
            return ()
        return (CoverPlace.of(self.material, MASTER, self.spans(programme), self._pinned(self.material.main)),)

    def _pinned(self, master: SourceFile) -> Fraction | None:
        """Return the time of the master that was asked for."""
        wanted = self.cover_time
        if wanted is not None and wanted > master.info.duration:
            raise InputError(
                f"the cover at {wanted:g} s lies beyond the source, which has {master.info.duration:.2f} s",
                where=master.path,
            )
        return None if wanted is None else Fraction(str(wanted))

    @property
    def shows_twin_whole(self) -> bool:
        """Whether the whole is made of the twin where graphics are drawn."""
        return bool(self.material.twins) and self.short is None

    def stand_in(self, spec: PictureSpec, notes: list[str]) -> tuple[dict[str, str], bool]:
        """Take the textless twin for shorts and where the picture is re-framed; the master keeps its own graphics."""
        master = self.material.footage(MASTER)
        whole = master.display.same_aspect(spec.width, spec.height)
        twins = dict(self.material.twins)
        if twins and (self.short is not None or not whole):
            return twins, True
        if twins:
            notes.append("the master was kept whole, with its own graphics")
            return {}, False
        if not whole:
            notes.append("no textless twin was given: the picture was re-framed from the master")
        elif self.material.graphics.brand is not None:
            notes.append("no textless twin was given: graphics were drawn over the master")
        return {}, True


class EditSubject(Subject):
    """An edit, whole or as a short."""

    @cached_property
    def timeline(self) -> Timeline:
        """The edit's timeline, or that of the short."""
        whole = self.material.timeline
        assert whole is not None
        if self.short is None:
            return whole
        try:
            return slice_timeline(whole, self._stretches(whole))
        except InputError as exc:
            raise InputError(f"short {self.short.id!r}: {exc.message}", hint=exc.hint) from exc

    def _stretches(self, whole: Timeline) -> list[tuple[int, int]]:
        """Return the short's spans in frames of the whole."""
        assert self.short is not None
        spans = [(Fraction(str(span.start)), Fraction(str(span.end))) for span in self.short.spans]
        frames = [(seconds_to_frame(start, whole.fps), seconds_to_frame(end, whole.fps)) for start, end in spans]
        return [(first, min(end, whole.frames)) for first, end in frames]

    @property
    def has_picture(self) -> bool:
        """Whether the timeline has a picture."""
        return bool(self.timeline.picture)

    @property
    def has_sound(self) -> bool:
        """Whether anything of it is heard."""
        return not self.mix(self.programme(SOUND_FPS)).is_silent

    def programme(self, fps: Fraction) -> Programme:
        """Return the edit's shots; plain ones stand for an edit of sound alone."""
        timeline = self.timeline
        if not timeline.picture:
            return Programme(fps, (Shot(None, 0, round(timeline.duration * fps)),))
        graphics = self.material.graphics
        return shots_of_timeline(
            timeline, fps, lambda name: self.material.grid(name, fps), graphics.background, graphics.behind
        )

    def placed_graphics(self, programme: Programme) -> tuple[PlacedGraphic, ...]:
        """Return the edit's cards and overlays at the programme's rate."""
        cards = [PlacedGraphic.of_card(item, at) for at, item in self.timeline.placed() if isinstance(item, Card)]
        overlays = [PlacedGraphic.of_overlay(overlay) for overlay in self.timeline.overlays]
        rates = self.timeline.fps, programme.fps
        placed = [
            replace(one, start=frame_at_rate(one.start, *rates), end=frame_at_rate(one.end, *rates))
            for one in (*cards, *overlays)
        ]
        return tuple(one for one in placed if one.start < one.end)

    def spans(self, programme: Programme) -> Spans:
        """Return the stretches of the edit that a short is made of; none for the whole."""
        whole = self.material.timeline
        if self.short is None or whole is None:
            return ()
        return tuple((first / whole.fps, end / whole.fps) for first, end in self._stretches(whole))

    def mix(self, programme: Programme) -> Mix:
        """Return the clips' own sound, crossfaded under dissolves, and what was laid beside them."""
        return self._mixed(programme.duration)[0]

    def silences(self) -> tuple[str, ...]:
        """Return notes on the clips that have no sound."""
        return self._mixed(self.timeline.duration)[1]

    def _mixed(self, duration: Fraction) -> tuple[Mix, tuple[str, ...]]:
        used = {name: self._heard(name) for name in self.material.sources}
        return mix_timeline(self.timeline, used, duration, cleanup=self.material.cleanup)

    def _heard(self, name: str) -> SoundSource | None:
        """Return a source's sound, or None where it has none."""
        source = self.material.sources[name]
        zero = source.footage.grid(self.timeline.fps).zero_time if source.footage else None
        return SoundSource.of(source.path, source.info, zero=zero)

    def cues(self, channel: Channel, programme: Programme) -> CueSheet | None:
        """Return the cues of the whole, or of the short's stretches."""
        spans = None if self.short is None else tuple((float(a), float(b)) for a, b in self.spans(programme))
        return self.material.cues.make(channel, programme.fps, spans)

    def cover_places(self, programme: Programme) -> tuple[CoverPlace, ...]:
        """Return the stretches that the clips show."""
        if self.cover_time is not None:
            return (self._pinned(Fraction(str(self.cover_time))),)
        shown: dict[str, list[tuple[Fraction, Fraction]]] = {}
        for item in self.timeline.picture:
            if isinstance(item, Clip):
                end = item.start + item.frames / self.timeline.fps
                shown.setdefault(item.source, []).append((item.start, end))
        return tuple(CoverPlace.of(self.material, name, tuple(spans)) for name, spans in shown.items())

    def _pinned(self, wanted: Fraction) -> CoverPlace:
        """Return the place in a source that the edit shows at a time.

        Raises:
            InputError: it shows none then.
        """
        whole = self.material.timeline
        assert whole is not None
        for at, item in whole.placed():
            offset = wanted - at / whole.fps
            if isinstance(item, Clip) and 0 <= offset < item.frames / whole.fps:
                end = item.start + item.frames / whole.fps
                return CoverPlace.of(self.material, item.source, ((item.start, end),), item.start + offset)
        raise InputError(
            f"the cover at {float(wanted):g} s: the edit shows no clip then", hint="name a time within a clip"
        )

    def stand_in(self, spec: PictureSpec, notes: list[str]) -> tuple[dict[str, str], bool]:
        """Take every twin: graphics are the edit's own."""
        return dict(self.material.twins), True
