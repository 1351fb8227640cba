"""Reading Final Cut Pro 7 XML (``xmeml``), as Premiere, Resolve and Final Cut write it.

``in`` and ``out`` count the clip's own rate from the media's beginning; next to a transition ``start`` or ``end`` is -1
and the clip reaches to the transition's far side. Read here and not by OpenTimelineIO's adapter: that one takes
entities, knows whole rates alone, and its errors name no line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mediakit.editing.layout import MARK, MAX_FRAMES, MAX_STRETCHES, Layout, Stretch, fail_at, parse_json_note
from mediakit.editing.xmltree import Element, parse_xml
from mediakit.errors import InputError, UsageError
from mediakit.media.times import frames_to_timecode, timecode_to_frames

SILENT_DB = -100.0
_SOFT = re.compile(r"dissolve|fade|constant (power|gain)|exponential", re.IGNORECASE)
_PLAIN_FILTERS = frozenset(("audiolevels", "audiopan"))


def parse_xmeml(data: bytes, where: Path) -> Layout:
    """Return what the first sequence of a Final Cut Pro 7 XML file lays down.

    Raises:
        InputError: not such a file, or wrong at a line.
        UsageError: Final Cut Pro X's XML.
    """
    root = parse_xml(data, where)
    if root.tag == "fcpxml":
        raise UsageError(f"{where}: is XML of Final Cut Pro X", hint="exchange XML of Final Cut Pro 7, .otio or .edl")
    if root.tag != "xmeml":
        fail_at(f"is <{root.tag}>, not Final Cut Pro 7 XML (<xmeml>)", where, root.line)
    inside = {id(one) for clip in root.walk() if clip.tag == "clipitem" for one in clip.walk()}
    sequences = [one for one in root.walk() if one.tag == "sequence" and id(one) not in inside and one.children]
    if not sequences:
        raise InputError("holds no sequence", where=where, hint="export the sequence, not a bin of clips")
    return _Sequence(root, sequences, where).parse()


class _Sequence:
    def __init__(self, root: Element, sequences: list[Element], where: Path) -> None:
        self.where = where
        self.sequence = sequences[0]
        self.files = {
            one.attributes["id"]: one
            for one in root.walk()
            if one.tag == "file" and one.children and "id" in one.attributes
        }
        self.warnings: list[str] = []
        if len(sequences) > 1:
            name = self.sequence.value("name")
            self.warnings.append(f"the file holds {len(sequences)} sequences; {name!r}, the first, is read")
        fps = self._rate(self.sequence.find("rate"))
        if fps is None:
            fail_at("the sequence has no rate", where, self.sequence.line)
        self.fps = fps
        self.count = 0

    def parse(self) -> Layout:
        stretches: list[Stretch] = []
        for kind, letter in (("video", "V"), ("audio", "A")):
            media = self.sequence.find(f"media/{kind}")
            for number, track in enumerate(media.all("track") if media else (), 1):
                if track.value("enabled").upper() == "FALSE":
                    self.warnings.append(f"track {letter}{number} is switched off and left out")
                    continue
                stretches += self._read_track(track, f"{letter}{number}")
        name = self.sequence.value("name")
        header = self._read_header()
        return Layout(self.fps, name, self._timecode(header), tuple(stretches), header, tuple(self.warnings))

    def _read_header(self) -> dict[str, Any] | None:
        for marker in self.sequence.all("marker"):
            comment = marker.value("comment")
            if comment.startswith(f"{MARK} TIMELINE "):
                return parse_json_note(comment.split(" TIMELINE ", 1)[1])
        return None

    def _timecode(self, header: Mapping[str, Any] | None) -> str | None:
        element = self.sequence.find("timecode")
        found = None if element is None else self._read_timecode(element, self.fps)
        return None if found is None else found[0]

    def _read_timecode(self, element: Element, rate: Fraction) -> tuple[str, Fraction] | None:
        """Return a ``timecode`` element's value and the rate that it counts."""
        rate = self._rate(element.find("rate")) or rate
        drop = element.value("displayformat").upper() == "DF"
        if element.value("frame"):
            return frames_to_timecode(max(0, self._number(element, "frame")), rate, drop=drop), rate
        text = element.value("string")
        if not text:
            return None
        label = text.replace(";", ":")
        label = f"{label[: label.rfind(':')]};{label[label.rfind(':') + 1 :]}" if drop or ";" in text else label
        try:
            timecode_to_frames(label, rate)
        except UsageError as exc:
            fail_at(exc.message, self.where, element.line)
        return label, rate

    def _rate(self, element: Element | None) -> Fraction | None:
        if element is None or not element.value("timebase"):
            return None
        base = self._number(element, "timebase")
        if not 1 <= base <= 1000:
            fail_at(f"a rate of {base} frames a second", self.where, element.line)
        return Fraction(base * 1000, 1001) if element.value("ntsc").upper() == "TRUE" else Fraction(base)

    def _number(self, element: Element, tag: str, default: int | None = None) -> int:
        text = element.value(tag)
        line = (element.find(tag) or element).line
        if not text and default is not None:
            return default
        if not re.fullmatch(r"-?\d{1,10}(\.0*)?", text):
            fail_at(f"<{tag}> of <{element.tag}> is {text[:40]!r}, not a number of frames", self.where, line)
        value = int(text.split(".")[0])
        if abs(value) > MAX_FRAMES:
            fail_at(f"<{tag}> of <{element.tag}> is {value}: no edit is as long", self.where, line)
        return value

    def _read_track(self, track: Element, name: str) -> list[Stretch]:
        parts = [one for one in track.children if one.tag in ("clipitem", "transitionitem", "generatoritem")]
        self.count += len(parts)
        if self.count > MAX_STRETCHES:
            fail_at(f"has more than {MAX_STRETCHES} clips", self.where, track.line)
        title = track.attributes.get("MZ.TrackName", "") or track.value("name")
        laid: list[Stretch] = []
        for place, part in enumerate(parts):
            if part.tag == "transitionitem":
                self._check_transition(part)
                continue
            head = parts[place - 1] if place and parts[place - 1].tag == "transitionitem" else None
            tail = parts[place + 1] if place + 1 < len(parts) and parts[place + 1].tag == "transitionitem" else None
            if part.value("enabled").upper() == "FALSE":
                self.warnings.append(f"{name}: {part.value('name')!r} is switched off and left out")
                continue
            stretch = self._read_part(part, head, tail, name)
            stretch = replace(stretch, title=title, number=f"{name}/{len(laid) + 1}", line=part.line)
            laid.append(self._join(stretch, head, tail, laid, parts, place))
        return laid

    def _check_transition(self, part: Element) -> None:
        said = part.value("effect/name") or part.value("effect/effectid")
        if said and not _SOFT.search(f"{said} {part.value('effect/effectid')}"):
            self.warnings.append(f"the transition {said!r} becomes a dissolve")

    def _ends(self, transition: Element) -> tuple[int, int, int]:
        """Return where a transition starts, where the cut in it lies, and where it ends."""
        start, end = self._number(transition, "start"), self._number(transition, "end")
        if not 0 <= start < end:
            fail_at(f"the transition ends at {end}, before it starts at {start}", self.where, transition.line)
        alignment = transition.value("alignment")
        if alignment.startswith("start"):
            return start, start, end
        return start, end if alignment.startswith("end") else (start + end) // 2, end

    def _read_part(self, part: Element, head: Element | None, tail: Element | None, track: str) -> Stretch:
        start, end = self._number(part, "start"), self._number(part, "end")
        shift = 0
        if start == -1:
            if head is None:
                fail_at(f"{part.value('name')!r} starts at a transition that is not there", self.where, part.line)
            first, start, _ = self._ends(head)
            shift = start - first
        if end == -1:
            if tail is None:
                fail_at(f"{part.value('name')!r} ends at a transition that is not there", self.where, part.line)
            end = self._ends(tail)[1]
        if start < 0 or end < start:
            fail_at(f"{part.value('name')!r} ends at {end}, before it starts at {start}", self.where, part.line)
        extra = self._read_extra(part)
        if part.tag == "generatoritem":
            said = part.value("effect/name") or part.value("name")
            if extra is None and not re.search(r"slug|black", said, re.IGNORECASE):
                self.warnings.append(f"{track}: the generator {said!r} is left out")
            return Stretch(track, start, end - start, black=True, extra=extra)
        return self._read_clip(part, track, start, end - start, shift, extra)

    def _read_clip(
        self, part: Element, track: str, start: int, frames: int, shift: int, extra: Mapping[str, Any] | None
    ) -> Stretch:
        own = part.find("file")
        file = self.files.get(own.attributes.get("id", ""), own) if own is not None else None
        file_rate = self._rate(file.find("rate")) if file is not None else None
        rate = self._rate(part.find("rate")) or file_rate or self.fps
        offset = self._number(part, "in", 0) / rate + shift / self.fps
        if part.find("sequence") is not None:
            self.warnings.append(f"{track}: {part.value('name')!r} is a nested sequence and is left out")
        timecode, counted, reel = None, None, ""
        if file is not None and (element := file.find("timecode")) is not None:
            reel = element.value("reel/name")
            found = self._read_timecode(element, file_rate or rate)
            # Media without timecode is written as starting at zero.
            if found is not None and (reel or timecode_to_frames(*found)):
                timecode, counted = found
        level = self._read_filters(part, track)
        return Stretch(
            track,
            start,
            frames,
            name=part.value("name"),
            reel=reel,
            file="" if file is None else file.value("pathurl") or file.value("name"),
            timecode=timecode,
            offset=max(offset, Fraction(0)),
            rate=counted,
            level_db=level,
            extra=extra,
        )

    def _read_extra(self, part: Element) -> dict[str, Any] | None:
        for holder in (*part.all("comments"), *part.all("logginginfo")):
            for note in holder.children:
                text = note.text.strip()
                for word in ("ITEM", "SOUND"):
                    if text.startswith(f"{MARK} {word} "):
                        return parse_json_note(text.split(f" {word} ", 1)[1])
        return None

    def _read_filters(self, part: Element, track: str) -> float:
        level = 0.0
        for effect in (effect for one in part.all("filter") for effect in one.all("effect")):
            name, kind = effect.value("name"), effect.value("effectid").casefold()
            if any(one.tag == "keyframe" for one in effect.walk()):
                self.warnings.append(f"{track}: the key frames of {name!r} on {part.value('name')!r} are left out")
            if kind == "timeremap":
                self.warnings.append(
                    f"{track}: the speed of {part.value('name')!r} is left out; it runs at its own speed"
                )
            elif kind == "audiolevels":
                level = self._read_level(effect)
            elif kind not in _PLAIN_FILTERS:
                self.warnings.append(f"{track}: the effect {name or kind!r} on {part.value('name')!r} is left out")
        return level

    def _read_level(self, effect: Element) -> float:
        for parameter in effect.all("parameter"):
            if parameter.value("parameterid") != "level":
                continue
            first = parameter.find("keyframe")
            text = parameter.value("value") or ("" if first is None else first.value("value"))
            try:
                gain = float(text)
            except ValueError:
                fail_at(f"a sound level of {text[:40]!r}", self.where, parameter.line)
            if not math.isfinite(gain) or gain > 1000:
                fail_at(f"a sound level of {text[:40]!r}", self.where, parameter.line)
            return SILENT_DB if gain <= 1e-5 else round(20 * math.log10(gain), 2) + 0.0
        return 0.0

    def _join(
        self,
        stretch: Stretch,
        head: Element | None,
        tail: Element | None,
        laid: list[Stretch],
        parts: list[Element],
        place: int,
    ) -> Stretch:
        """Return a stretch with the transitions on its two sides."""
        if head is not None:
            start, cut, end = self._ends(head)
            side = head.value("alignment")
            if side == "end-black":
                pass  # it belongs to what lies before it
            elif (
                side != "start-black"
                and laid
                and laid[-1].end == stretch.at == cut
                and not (laid[-1].black and laid[-1].extra is None)
            ):
                stretch = replace(stretch, dissolve=(cut - start, end - cut))
            else:
                stretch = replace(stretch, fade_in=end - start)
        if tail is not None:
            start, cut, end = self._ends(tail)
            following = parts[place + 2] if place + 2 < len(parts) else None
            alone = following is None or following.tag == "transitionitem"
            if following is not None and not alone:
                begin = self._number(following, "start")
                alone = begin != -1 and begin != cut
            if alone or tail.value("alignment") == "end-black":
                stretch = replace(stretch, fade_out=end - start)
        return stretch
