"""Reading OpenTimelineIO (``.otio``): JSON of a documented schema, its times floating point at a rate.

Read as plain JSON: the format's own library (0.18) ends the whole process on some damaged files, and a file comes from
anyone. What is exact lies in ``metadata["mediakit"]`` where the file is ours.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from mediakit.editing.layout import MAX_FRAMES, MAX_STRETCHES, Layout, Stretch, fail_at
from mediakit.errors import InputError
from mediakit.media.rates import snap_rate
from mediakit.media.times import frames_to_timecode, parse_rate

KEY = "mediakit"
MAX_DEPTH = 200
MAX_LEVEL_DB = 100
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}\n]', re.DOTALL)
_TIME_EFFECTS = ("LinearTimeWarp", "FreezeFrame", "TimeEffect")
Data = Mapping[str, Any]


def parse_otio(text: str, where: Path) -> Layout:
    """Return what an OpenTimelineIO file lays down.

    Raises:
        InputError: not such a file, or more than an edit needs.
    """
    _check_depth(text, where)
    try:
        data = json.loads(text)
    except json.JSONDecodeError as exc:
        fail_at(f"is not JSON ({exc.msg})", where, exc.lineno)
    except (ValueError, RecursionError) as exc:  # a number of thousands of digits
        raise InputError("is not an OpenTimelineIO file", where=where) from exc
    return _Reader(_find_timeline(data, where), where).parse()


def _check_depth(text: str, where: Path) -> None:
    """Refuse nesting deeper than any edit's, before it is parsed."""
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


def _schema(data: Any) -> tuple[str, int]:
    """Return an object's kind and version, such as ``Clip`` and 2; nothing for what is no object of the format."""
    named = data.get("OTIO_SCHEMA") if isinstance(data, dict) else None
    name, _, version = named.partition(".") if isinstance(named, str) else ("", "", "")
    return name, int(version) if re.fullmatch(r"\d{1,4}", version) else 0


def _find_timeline(data: Any, where: Path) -> Data:
    if _schema(data)[0] == "SerializableCollection" and isinstance(data.get("children"), list):
        data = next((one for one in data["children"] if _schema(one)[0] == "Timeline"), data)
    name, version = _schema(data)
    if not name:
        raise InputError("is not an OpenTimelineIO file", where=where)
    if name != "Timeline":
        raise InputError(f"holds a {name} and no timeline", where=where)
    if version != 1:
        raise InputError(f"is a timeline of version {version}, which is not known", where=where)
    found: Data = data
    return found


def _dict(value: Any) -> Data:
    return value if isinstance(value, dict) else {}


class _Reader:
    def __init__(self, timeline: Data, where: Path) -> None:
        self.timeline = timeline
        self.where = where
        self.warnings: list[str] = []
        self.count = 0
        header = _dict(_dict(timeline.get("metadata")).get(KEY)).get("timeline")
        self.header: dict[str, Any] | None = header if isinstance(header, dict) else None
        stack = timeline.get("tracks")
        if _schema(stack)[0] != "Stack" or not isinstance(stack, dict):
            self._fail("its tracks are missing")
        self.tracks = self._children(stack, "the timeline")
        self.fps = self._find_rate()

    def parse(self) -> Layout:
        stretches: list[Stretch] = []
        numbers = {"V": 0, "A": 0}
        for track in self.tracks:
            if _schema(track)[0] != "Track":
                self.warnings.append(f"{self._name(track)!r} is no track and is left out")
                continue
            letter = "A" if track.get("kind") == "Audio" else "V"
            numbers[letter] += 1
            if track.get("enabled") is False:
                self.warnings.append(f"track {letter}{numbers[letter]} is switched off and left out")
                continue
            stretches += self._read_track(track, f"{letter}{numbers[letter]}")
        name = self._name(self.timeline)
        return Layout(self.fps, name, self._timecode(), tuple(stretches), self.header, tuple(self.warnings))

    def _fail(self, message: str) -> NoReturn:
        raise InputError(message, where=self.where)

    @staticmethod
    def _name(data: Any) -> str:
        name = _dict(data).get("name")
        return name if isinstance(name, str) else ""

    def _children(self, data: Data, said: str) -> list[Any]:
        children = data.get("children")
        if not isinstance(children, list):
            self._fail(f"{said} has no list of children")
        return children

    def _find_rate(self) -> Fraction:
        if self.header is not None and "fps" in self.header:
            try:
                return parse_rate(self.header["fps"])
            except ValueError:
                pass
        if self.timeline.get("global_start_time") is not None:
            return self._time(self.timeline["global_start_time"], "the start")[0]
        for track in self.tracks:
            for child in self._children(track, "a track") if _schema(track)[0] == "Track" else ():
                if _schema(child)[0] != "Transition":
                    return self._time(self._range(child).get("duration"), self._name(child))[0]
        self._fail("has no clips, and nothing says its frame rate")

    def _time(self, data: Any, said: str) -> tuple[Fraction, Fraction]:
        """Return a ``RationalTime``'s rate and its seconds."""
        rate, value = _dict(data).get("rate"), _dict(data).get("value")
        if not _is_number(rate) or not 0 < rate <= 1_000_000:
            self._fail(f"{said!r}: a rate of {str(rate)[:40]} a second")
        exact = Fraction(rate) if rate == int(rate) else snap_rate(Fraction(rate))
        if not _is_number(value) or abs(value) > MAX_FRAMES * max(Fraction(1), exact / 120):
            self._fail(f"{said!r}: a time of {str(value)[:40]} at {float(rate):g} a second")
        return exact, Fraction(value).limit_denominator(100_000) / exact

    def _range(self, item: Any) -> Data:
        found = _dict(item).get("source_range")
        if found is None:
            found = self._media(item).get("available_range")
        if not isinstance(found, dict):
            self._fail(f"{self._name(item) or 'a clip'!r} says no length")
        return found

    @staticmethod
    def _media(clip: Any) -> Data:
        """Return what a clip says of its media: version 2 lists several, and which is in use."""
        data = _dict(clip)
        if "media_references" in data:
            return _dict(_dict(data["media_references"]).get(str(data.get("active_media_reference_key"))))
        return _dict(data.get("media_reference"))

    def _timecode(self) -> str | None:
        if self.header is not None and isinstance(self.header.get("timecode"), str):
            return str(self.header["timecode"])
        start = self.timeline.get("global_start_time")
        if start is None:
            return None
        return frames_to_timecode(max(0, self._frame(self._time(start, "the start")[1])), self.fps)

    def _frame(self, seconds: Fraction) -> int:
        return int((seconds * self.fps + Fraction(1, 2)) // 1)

    def _list_children(self, track: Data, name: str) -> Iterator[Data]:
        for child in self._children(track, f"track {name}"):
            self.count += 1
            if self.count > MAX_STRETCHES:
                self._fail(f"has more than {MAX_STRETCHES} clips")
            if not _schema(child)[0]:
                self._fail(f"track {name} holds what is no clip")
            yield child

    def _read_track(self, track: Data, name: str) -> list[Stretch]:
        laid: list[Stretch] = []
        waiting: tuple[int, int] | None = None
        at = Fraction(0)
        for child in self._list_children(track, name):
            if _schema(child)[0] == "Transition":
                waiting = self._read_transition(child)
                continue
            length = self._time(self._range(child).get("duration"), self._name(child))[1]
            if length < 0:
                self._fail(f"{self._name(child)!r} on track {name} lasts {float(length):g} seconds")
            start, end = self._frame(at), self._frame(at + length)
            if end > MAX_FRAMES:
                self._fail("is longer than any edit")
            stretch = self._read_item(child, name, start, end - start)
            stretch = replace(stretch, title=self._name(track), number=f"{name}/{len(laid) + 1}")
            if waiting is not None:
                laid, stretch = _join(laid, stretch, waiting)
            laid.append(stretch)
            at, waiting = at + length, None
        if waiting is not None and laid:
            laid[-1] = replace(laid[-1], fade_out=sum(waiting))
        return [one for one in laid if one.frames or not one.black]

    def _read_transition(self, transition: Data) -> tuple[int, int]:
        kind = transition.get("transition_type")
        if kind and kind != "SMPTE_Dissolve":
            self.warnings.append(f"the transition {str(kind)[:40]!r} becomes a dissolve")
        before, after = (
            self._frame(self._time(transition.get(side), "a transition")[1]) for side in ("in_offset", "out_offset")
        )
        if min(before, after) < 0:
            self._fail(f"the transition {self._name(transition)!r} has a negative length")
        return before, after

    def _read_item(self, item: Data, track: str, at: int, frames: int) -> Stretch:
        kind, name = _schema(item)[0], self._name(item)
        metadata = _dict(item.get("metadata"))
        notes = _dict(metadata.get(KEY))
        own = notes.get("item") if isinstance(notes.get("item"), dict) else None
        if kind == "Gap":
            return Stretch(track, at, frames, black=True, extra=own)
        if item.get("enabled") is False:
            self.warnings.append(f"{track}: {name!r} is switched off and left out")
            return Stretch(track, at, frames, black=True)
        self._check_effects(item, track)
        if kind != "Clip":
            self.warnings.append(f"{track}: {name!r} is a nested timeline and is left out")
            return Stretch(track, at, frames, name=name)
        media = self._media(item)
        if _schema(media)[0] == "GeneratorReference":
            self.warnings.append(f"{track}: the generator {str(media.get('generator_kind'))[:40]!r} is left out")
            return Stretch(track, at, frames, black=True, extra=own)
        level = notes.get("level_db")
        if not (track.startswith("A") and _is_number(level) and abs(level) <= MAX_LEVEL_DB):
            level = 0.0
        hints = [media.get(key) for key in ("target_url", "target_url_base", "name")]
        return replace(
            self._read_place(item, media, Stretch(track, at, frames, name=name, extra=own)),
            file=next((hint for hint in hints if isinstance(hint, str) and hint), ""),
            reel=_find_reel(metadata),
            level_db=float(level),
        )

    def _read_place(self, item: Data, media: Data, stretch: Stretch) -> Stretch:
        """Return a stretch with its time in the source: from the media's beginning, or timecode, or either."""
        rate, start = self._time(self._range(item).get("start_time"), stretch.name)
        available = media.get("available_range")
        if not isinstance(available, dict):
            return replace(stretch, clock=max(start, Fraction(0)), rate=rate, loose=max(start, Fraction(0)))
        rate, first = self._time(available.get("start_time"), stretch.name)
        if start < first:
            self._fail(f"{stretch.name!r} starts before its media")
        stretch = replace(stretch, offset=start - first)
        return replace(stretch, clock=first, rate=rate) if first else stretch

    def _check_effects(self, item: Data, track: str) -> None:
        effects = item.get("effects")
        for effect in effects if isinstance(effects, list) else ():
            if _schema(effect)[0] in _TIME_EFFECTS:
                self.warnings.append(
                    f"{track}: the speed of {self._name(item)!r} is left out; it runs at its own speed"
                )
            else:
                name = str(_dict(effect).get("effect_name") or self._name(effect))[:40]
                self.warnings.append(f"{track}: the effect {name!r} on {self._name(item)!r} is left out")


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


def _is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a JSON value is a number that can be counted with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 1 << 53 and math.isfinite(value)


def _find_reel(metadata: Data) -> str:
    """Return the reel that this or other programs note."""
    for value in (metadata.get(KEY), *metadata.values()):
        for key in ("reel", "Reel Name", "reel_name"):
            if isinstance(_dict(value).get(key), str):
                return str(_dict(value)[key])
    return ""
