"""Reading OpenTimelineIO (``.otio``), with its own library (the extra ``nle``).

Times there are floating point at a rate; ours lie exact in ``metadata["mediakit"]``. The library overflows its stack
on deep nesting, so that depth is checked before it reads.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.editing.layout import MAX_FRAMES, MAX_STRETCHES, Layout, Stretch, fail_at
from mediakit.errors import InputError, UsageError
from mediakit.media.rates import snap_rate
from mediakit.media.times import frames_to_timecode, parse_rate

if TYPE_CHECKING:
    import opentimelineio as otio

KEY = "mediakit"
MAX_DEPTH = 200
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}\n]', re.DOTALL)


def load_library() -> Any:
    """Return the library ``opentimelineio``.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import opentimelineio
    except ImportError as exc:
        raise UsageError(
            "OpenTimelineIO is not installed, which .otio needs",
            hint="pip install 'mediakit[nle]', or exchange .edl or .xml",
        ) from exc
    return opentimelineio


def parse_otio(text: str, where: Path) -> Layout:
    """Return what an OpenTimelineIO file lays down.

    Raises:
        InputError: not such a file, or more than an edit needs.
        UsageError: the library is not installed.
    """
    _check_depth(text, where)
    library = load_library()
    try:
        timeline = library.adapters.read_from_string(text, "otio_json")
    except Exception as exc:  # the library raises its own, Python's and its binding's errors
        raise InputError(f"is not an OpenTimelineIO file ({str(exc)[:200]})", where=where) from exc
    try:
        if isinstance(timeline, library.schema.SerializableCollection):
            timeline = next((one for one in timeline if isinstance(one, library.schema.Timeline)), timeline)
        if not isinstance(timeline, library.schema.Timeline) or timeline.tracks is None:
            raise InputError("holds no timeline", where=where)
        return _Reader(library, timeline, where).parse()
    except (AttributeError, TypeError, ValueError, OverflowError) as exc:
        raise InputError(f"is not a timeline that can be read ({str(exc)[:200]})", where=where) from exc


def _check_depth(text: str, where: Path) -> None:
    """Refuse nesting that would overflow the library's stack."""
    depth, line = 0, 1
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                fail_at(f"nests deeper than {MAX_DEPTH} levels", where, line)
        elif token in "]}":
            depth -= 1
        elif token == "\n":
            line += 1


class _Reader:
    def __init__(self, library: Any, timeline: otio.schema.Timeline, where: Path) -> None:
        self.otio = library
        self.timeline = timeline
        self.where = where
        self.warnings: list[str] = []
        self.count = 0
        notes = _plain(timeline.metadata).get(KEY)
        header = notes.get("timeline") if isinstance(notes, dict) else None
        self.header: dict[str, Any] | None = header if isinstance(header, dict) else None
        self.fps = self._find_rate()

    def parse(self) -> Layout:
        stretches: list[Stretch] = []
        numbers = {"V": 0, "A": 0}
        for track in self.timeline.tracks:
            if not isinstance(track, self.otio.schema.Track):
                self.warnings.append(f"{track.name!r} is no track and is left out")
                continue
            letter = "A" if track.kind == self.otio.schema.TrackKind.Audio else "V"
            numbers[letter] += 1
            if not track.enabled:
                self.warnings.append(f"track {letter}{numbers[letter]} is switched off and left out")
                continue
            stretches += self._read_track(track, f"{letter}{numbers[letter]}")
        return Layout(
            self.fps,
            self.timeline.name or "",
            self._timecode(),
            tuple(stretches),
            self.header,
            tuple(self.warnings),
        )

    def _find_rate(self) -> Fraction:
        if self.header is not None and "fps" in self.header:
            try:
                return parse_rate(self.header["fps"])
            except ValueError:
                pass
        if self.timeline.global_start_time is not None:
            return self._rate(self.timeline.global_start_time)
        for track in self.timeline.tracks:
            for child in track if isinstance(track, self.otio.schema.Track) else ():
                if isinstance(child, self.otio.core.Item):
                    return self._rate(self._range(child).duration)
        raise InputError("has no clips, and nothing says its frame rate", where=self.where)

    def _rate(self, time: otio.opentime.RationalTime) -> Fraction:
        rate = time.rate
        if not math.isfinite(rate) or not 0 < rate <= 1_000_000:
            raise InputError(f"a rate of {rate:g} a second", where=self.where)
        return Fraction(int(rate)) if rate == int(rate) else snap_rate(Fraction(rate))

    def _seconds(self, time: otio.opentime.RationalTime, name: str) -> Fraction:
        rate, value = self._rate(time), time.value
        if not math.isfinite(value) or abs(value) > MAX_FRAMES * max(Fraction(1), rate / 120):
            raise InputError(f"{name!r}: a time of {value:g} at {float(rate):g} a second", where=self.where)
        return Fraction(value).limit_denominator(100_000) / rate

    def _range(self, item: Any) -> otio.opentime.TimeRange:
        found = item.source_range
        if found is None and getattr(item, "media_reference", None) is not None:
            found = item.media_reference.available_range
        if found is None:
            raise InputError(f"{item.name or 'a clip'!r} says no length", where=self.where)
        return found

    def _timecode(self) -> str | None:
        if self.header is not None and isinstance(self.header.get("timecode"), str):
            return str(self.header["timecode"])
        start = self.timeline.global_start_time
        if start is None:
            return None
        frame = self._frame(self._seconds(start, "the start"))
        return frames_to_timecode(max(0, frame), self.fps)

    def _frame(self, seconds: Fraction) -> int:
        return int((seconds * self.fps + Fraction(1, 2)) // 1)

    def _read_track(self, track: otio.schema.Track, name: str) -> list[Stretch]:
        laid: list[Stretch] = []
        waiting: tuple[int, int] | None = None
        at = Fraction(0)
        for child in track:
            self.count += 1
            if self.count > MAX_STRETCHES:
                raise InputError(f"has more than {MAX_STRETCHES} clips", where=self.where)
            if isinstance(child, self.otio.schema.Transition):
                waiting = self._read_transition(child)
                continue
            length = self._seconds(self._range(child).duration, child.name)
            if length < 0:
                raise InputError(f"{child.name!r} on track {name} lasts {float(length):g} seconds", where=self.where)
            start, end = self._frame(at), self._frame(at + length)
            if end > MAX_FRAMES:
                raise InputError("is longer than any edit", where=self.where)
            stretch = self._read_item(child, name, start, end - start)
            stretch = replace(stretch, title=track.name or "", number=f"{name}/{len(laid) + 1}")
            if waiting is not None:
                laid, stretch = self._join(laid, stretch, waiting)
            laid.append(stretch)
            at, waiting = at + length, None
        if waiting is not None and laid:
            laid[-1] = replace(laid[-1], fade_out=sum(waiting))
        return [one for one in laid if one.frames or not one.black]

    @staticmethod
    def _join(laid: list[Stretch], stretch: Stretch, ends: tuple[int, int]) -> tuple[list[Stretch], Stretch]:
        """Return both sides of a transition: a dissolve, or a fade where one of them is nothing."""
        before = laid[-1] if laid else None
        if before is None or (before.black and not before.frames):
            return laid, replace(stretch, fade_in=sum(ends))
        plain = stretch.black and stretch.extra is None
        if plain and (not stretch.frames or not ends[1]):
            return [*laid[:-1], replace(before, fade_out=sum(ends))], stretch
        if before.black and before.extra is None and not ends[0]:
            return laid, replace(stretch, fade_in=ends[1])
        return laid, replace(stretch, dissolve=ends)

    def _read_transition(self, transition: otio.schema.Transition) -> tuple[int, int]:
        kind = transition.transition_type
        if kind and kind != self.otio.schema.TransitionTypes.SMPTE_Dissolve:
            self.warnings.append(f"the transition {kind!r} becomes a dissolve")
        ends = [
            self._frame(self._seconds(part, "a transition")) for part in (transition.in_offset, transition.out_offset)
        ]
        if min(ends) < 0:
            raise InputError(f"the transition {transition.name!r} has a negative length", where=self.where)
        return ends[0], ends[1]

    def _read_item(self, item: Any, track: str, at: int, frames: int) -> Stretch:
        schema = self.otio.schema
        notes = _plain(item.metadata).get(KEY)
        extra = notes if isinstance(notes, dict) else None
        own = extra.get("item") if extra else None
        own = own if isinstance(own, dict) else None
        if isinstance(item, schema.Gap):
            return Stretch(track, at, frames, black=True, extra=own)
        if not item.enabled:
            self.warnings.append(f"{track}: {item.name!r} is switched off and left out")
            return Stretch(track, at, frames, black=True)
        self._check_effects(item, track)
        if not isinstance(item, schema.Clip):
            self.warnings.append(f"{track}: {item.name!r} is a nested timeline and is left out")
            return Stretch(track, at, frames, name=item.name or "")
        media = item.media_reference
        if isinstance(media, schema.GeneratorReference):
            self.warnings.append(f"{track}: the generator {media.generator_kind!r} is left out")
            return Stretch(track, at, frames, black=True, extra=own)
        stretch = self._read_place(item, Stretch(track, at, frames, name=item.name or "", extra=own))
        level = extra.get("level_db", 0.0) if extra else 0.0
        usable = isinstance(level, int | float) and math.isfinite(level) and track.startswith("A")
        hint = getattr(media, "target_url", "") or getattr(media, "target_url_base", "") or getattr(media, "name", "")
        reel = extra.get("reel") if extra else _find_reel(_plain(item.metadata))
        return replace(
            stretch,
            file=hint or "",
            reel=reel if isinstance(reel, str) else "",
            level_db=float(level) if usable else 0.0,
        )

    def _read_place(self, item: Any, stretch: Stretch) -> Stretch:
        """Return a stretch with its time in the source: from the media's beginning, or timecode, or either."""
        start = self._seconds(self._range(item).start_time, item.name)
        media = item.media_reference.available_range if item.media_reference is not None else None
        if media is None:
            rate = self._rate(self._range(item).start_time)
            return replace(stretch, timecode=_label(start * rate, rate), rate=rate, loose=max(start, Fraction(0)))
        rate, first = self._rate(media.start_time), self._seconds(media.start_time, item.name)
        offset = start - first
        if offset < 0:
            raise InputError(f"{item.name!r} starts before its media", where=self.where)
        if not first:
            return replace(stretch, offset=offset)
        return replace(stretch, offset=offset, timecode=_label(first * rate, rate), rate=rate)

    def _check_effects(self, item: Any, track: str) -> None:
        for effect in item.effects:
            if isinstance(effect, self.otio.schema.TimeEffect):
                self.warnings.append(f"{track}: the speed of {item.name!r} is left out; it runs at its own speed")
            else:
                name = effect.effect_name or effect.name
                self.warnings.append(f"{track}: the effect {name!r} on {item.name!r} is left out")


def _label(count: Fraction, rate: Fraction) -> str:
    """Return a count of frames as timecode, drop-frame where the rate has it: the count is what is meant."""
    return frames_to_timecode(max(0, int(count + Fraction(1, 2))), rate, drop=True)


def _find_reel(metadata: Mapping[str, Any]) -> str:
    """Return the reel that other adapters note."""
    for value in metadata.values():
        if isinstance(value, dict):
            for key in ("reel", "Reel Name", "reel_name"):
                if isinstance(value.get(key), str):
                    return str(value[key])
    return ""


def _plain(value: Any) -> Any:
    """Return the library's dictionaries and lists as Python's."""
    if isinstance(value, str | int | float | bool) or value is None:
        return value
    if hasattr(value, "items"):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, Iterable):
        return [_plain(part) for part in value]
    return None
