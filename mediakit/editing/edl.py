"""Reading CMX 3600 edit decision lists, as Avid, Premiere, Resolve and tape controllers write them.

::

    001  TAPE01   V     C        01:00:10:00 01:00:14:00 01:00:00:00 01:00:04:00
    002  TAPE01   V     C        01:00:14:00 01:00:14:00 01:00:04:00 01:00:04:00    the dissolve's outgoing side
    002  TAPE02   AA/V  D    025 01:02:00:00 01:02:05:00 01:00:04:00 01:00:09:00
    * FROM CLIP NAME: one.mov

Read here and not by OpenTimelineIO's adapter: that one takes no notice of ``FCM``, loses sound events and drop-frame
marks when it writes, and its errors name no line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from mediakit.editing.layout import MARK, MAX_STRETCHES, Layout, Stretch, fail_at, parse_json_note
from mediakit.errors import InputError, UsageError
from mediakit.media.times import frames_to_timecode, parse_rate, timecode_to_frames

_TIME = r"(\d{1,2}[:;.]\d{2}[:;.]\d{2}[:;.,]\d{2,3})"
_EVENT = re.compile(
    r"(\d+)\s+(\S.*?)\s+(\S+)\s+(C|D|W\d*|KB?|KO?)\s*(\d+)?(?:\s+\(?F\)?)?\s+" + r"\s+".join([_TIME] * 4) + r"\s*"
)
_LOOKS_LIKE_EVENT = re.compile(r"\d{3,}\s+\S+.*\d\d[:;]\d\d[:;]\d\d")
_SPEED = re.compile(r"M2\s+(\S.*?)\s+(-?\d+(?:\.\d+)?)\s+\S+\s*")
_LEVEL = re.compile(r"AUDIO LEVEL AT \S+ IS ([-+]?\d+(?:\.\d+)?) ?DB", re.IGNORECASE)
_REPLACED = re.compile(r"FINAL CUT PRO REEL:\s*(.*?)\s+REPLACED BY:\s*(.*?)\s*", re.IGNORECASE)
_CHANNEL = re.compile(r"V\d*|A\d*")
_BLACK = frozenset(("bl", "blk", "black"))
_HALF_DAY_S = 12 * 3600
_MAX_LINE = 1000


@dataclass
class _Line:
    """An event's line on one track, times in frames."""

    number: str
    line: int
    reel: str
    channels: tuple[str, ...]
    kind: str
    transition: int
    source: tuple[str, str]
    record: tuple[int, int]
    notes: dict[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] | None = None
    level_db: float = 0.0

    @property
    def frames(self) -> int:
        return self.record[1] - self.record[0]

    @property
    def black(self) -> bool:
        return self.reel.casefold() in _BLACK


def parse_edl(text: str, where: Path, fps: Fraction | None, *, likely: Fraction | None = None) -> Layout:
    """Return what an EDL lays down.

    Args:
        text: the list.
        where: its file, for messages.
        fps: frames a second that it counts; None takes what it says or lets conclude, else ``likely``.
        likely: the rate of the footage.

    Raises:
        InputError: not an EDL, or wrong at a line.
        UsageError: nothing says the frame rate.
    """
    return _Parser(text, where).parse(fps, likely)


class _Parser:
    def __init__(self, text: str, where: Path) -> None:
        self.lines = text.splitlines()
        self.where = where
        self.title = ""
        self.drop = False
        self.header: dict[str, Any] | None = None
        self.warnings: list[str] = []
        self.events: list[_Line] = []
        self.marked = bool(re.search(r"\d\d;\d\d\s", text))

    def parse(self, fps: Fraction | None, likely: Fraction | None) -> Layout:
        self._read_head()
        self.fps = fps or self._conclude_rate(likely)
        for number, line in enumerate(self.lines, 1):
            if len(line) > _MAX_LINE and not line.lstrip().startswith("*"):
                fail_at("the line is too long for an EDL", self.where, number)
            self._read_line(number, line.strip())
        if not self.events:
            raise InputError(
                "has no events: it is not a CMX 3600 EDL",
                where=self.where,
                hint="export a CMX 3600 list, or .otio, .xml",
            )
        start = self._find_start()
        tracks = dict.fromkeys(channel for event in self.events for channel in event.channels)
        stretches: list[Stretch] = []
        for track in sorted(tracks, key=lambda name: (name[0] != "V", int(name[1:]))):
            stretches += self._lay_track(track, start)
        timecode = frames_to_timecode(start, self.fps, drop=self.drop)
        drop = self.drop and not self.marked
        return Layout(self.fps, self.title, timecode, tuple(stretches), self.header, tuple(self.warnings), drop)

    def _read_head(self) -> None:
        """Read title, frame code mode and our own lines about the whole."""
        header: dict[str, Any] = {"sources": [], "overlays": []}
        found = False
        for line in self.lines:
            line = line.strip()
            if line.upper().startswith("TITLE:"):
                self.title = self.title or line[6:].strip()
            elif line.upper().startswith("FCM:"):
                self.drop = self.drop or "NON" not in line.upper()
            elif line.startswith(f"* {MARK} TIMELINE ") and (data := parse_json_note(line.split(" TIMELINE ", 1)[1])):
                found = True
                header |= {key: value for key, value in data.items() if key in ("name", "fps", "timecode")}
            elif line.startswith(f"* {MARK} SOURCE ") and (data := parse_json_note(line.split(" SOURCE ", 1)[1])):
                header["sources"].append(data)
            elif line.startswith(f"* {MARK} OVERLAY ") and (data := parse_json_note(line.split(" OVERLAY ", 1)[1])):
                header["overlays"].append(data)
        self.header = header if found else None

    def _conclude_rate(self, likely: Fraction | None) -> Fraction:
        if self.header is not None and "fps" in self.header:
            try:
                return parse_rate(self.header["fps"])
            except ValueError:
                pass
        highest = max(
            (int(found) for line in self.lines for found in re.findall(r"\d\d[:;](\d\d)(?=\s|$)", line)), default=0
        )
        if self.drop or self.marked:
            return Fraction(60000, 1001) if highest > 29 else Fraction(30000, 1001)
        if likely is not None and highest < likely:
            return likely
        raise UsageError(
            f"{self.where}: an EDL does not say its frame rate, and the footage does not tell it", hint="give --fps 25"
        )

    def _read_line(self, number: int, line: str) -> None:
        match = _EVENT.fullmatch(line)
        if match:
            if len(self.events) >= MAX_STRETCHES:
                fail_at(f"has more than {MAX_STRETCHES} events", self.where, number)
            self._read_event(number, match)
        elif line.startswith("*"):
            self._read_comment(line[1:].strip())
        elif speed := _SPEED.fullmatch(line):
            event = self.events[-1].number if self.events else "?"
            rate = float(speed[2])
            if abs(rate - self.fps) > 0.05:
                self.warnings.append(
                    f"event {event}: its speed of {rate:g} frames a second is left out; it runs at its own speed"
                )
        elif line.upper().startswith("AUD") and self.events:
            lanes = [f"A{int(lane)}" for lane in re.findall(r"\d{1,3}", line) if int(lane)]
            self.events[-1].channels = tuple(dict.fromkeys((*self.events[-1].channels, *lanes)))
        elif _LOOKS_LIKE_EVENT.match(line):
            fail_at(f"cannot read the event {line[:60]!r}", self.where, number, "NUMBER REEL CHANNEL C|D TIMECODE ×4")

    def _read_event(self, number: int, match: re.Match[str]) -> None:
        event, reel, channels, kind, length, *times = match.groups()
        if len(event) > 9:
            fail_at("the event's number is too large", self.where, number)
        source = (self._label(times[0]), self._label(times[1]))
        record = (self._count(times[2], number), self._count(times[3], number))
        if record[1] < record[0]:
            if record[0] < _HALF_DAY_S * self.fps or record[1] >= _HALF_DAY_S * self.fps:
                fail_at(f"event {event} ends before it starts ({times[2]} to {times[3]})", self.where, number)
            record = (record[0], record[1] + self._day)
        if self.events and record[0] < self.events[0].record[0] - _HALF_DAY_S * self.fps:  # midnight passed
            record = (record[0] + self._day, record[1] + self._day)
        for label in source:
            self._check_source(label, number)
        tracks = _split_channels(channels)
        if tracks is None:
            fail_at(f"event {event}: {channels!r} names no channel", self.where, number, "V, A, A2, AA, B or AA/V")
        if kind.startswith("W"):
            self.warnings.append(f"event {event}: its wipe becomes a dissolve")
        if kind in ("K", "KO"):
            self.warnings.append(f"event {event}: a key is left out: the picture has one track")
            tracks = tuple(track for track in tracks if not track.startswith("V"))
        transition = int(length or 0) if kind[0] in "DW" else 0
        self.events.append(_Line(event, number, reel, tracks, kind, transition, source, record))

    @property
    def _day(self) -> int:
        return timecode_to_frames("24:00:00;00" if self.drop else "24:00:00:00", self.fps)

    @staticmethod
    def _label(text: str) -> str:
        """Return a timecode with ``;`` for drop-frame and ``:`` elsewhere."""
        parts = re.split(r"[:;.,]", text)
        mark = ";" if re.search(r"[;,]\d{2,3}$", text) else ":"
        return ":".join(parts[:3]) + mark + parts[3]

    def _count(self, text: str, line: int) -> int:
        label = self._label(text)
        if self.drop and not self.marked:
            label = f"{label[: label.rindex(':')]};{label[label.rindex(':') + 1 :]}"
        try:
            return timecode_to_frames(label, self.fps)
        except UsageError as exc:
            fail_at(
                exc.message, self.where, line, f"the list is counted at {float(self.fps):.5g} frames a second (--fps)"
            )

    def _check_source(self, label: str, line: int) -> None:
        try:
            timecode_to_frames(label.replace(";", ":"), self.fps)
        except UsageError as exc:
            fail_at(
                exc.message, self.where, line, f"the list is counted at {float(self.fps):.5g} frames a second (--fps)"
            )

    def _read_comment(self, text: str) -> None:
        if not self.events:
            return
        event = self.events[-1]
        upper = text.upper()
        for start, key in _NOTES.items():
            if upper.startswith(start):
                value = text[len(start) :].strip()
                event.notes.setdefault(key, value)
                return
        if upper.startswith(f"{MARK} ITEM ") or upper.startswith(f"{MARK} SOUND "):
            event.extra = parse_json_note(text.split(" ", 2)[2])
        elif level := _LEVEL.match(text):
            if "level" in event.notes:
                if event.notes["level"] != "moves":
                    self.warnings.append(f"event {event.number}: its moving sound level is left out")
                event.notes["level"] = "moves"
            else:
                event.level_db, event.notes["level"] = max(-100.0, min(60.0, float(level[1]))), level[1]
        elif replaced := _REPLACED.fullmatch(text):
            event.notes["reel"] = replaced[1]
        elif upper.startswith(("EFFECT NAME", "EFFECTS NAME")) and not re.search("DISSOLVE|FADE", upper):
            self.warnings.append(f"event {event.number}: the effect {text.split(':', 1)[-1].strip()!r} is left out")

    def _find_start(self) -> int:
        first = min(event.record[0] for event in self.events)
        timecode = self.header.get("timecode") if self.header else None
        if isinstance(timecode, str):
            try:
                return min(first, timecode_to_frames(timecode, self.fps))
            except UsageError:
                return first
        if self.header is not None:  # our own list, whose timeline has no timecode: it starts at full hour
            return min(first, timecode_to_frames("01:00:00:00", self.fps))
        return first

    def _lay_track(self, track: str, start: int) -> Iterator[Stretch]:
        """Yield a track's stretches between cuts; fades from and to black belong to the clip that fades."""
        laid: list[Stretch] = []
        came_from: _Line | None = None
        for event in (event for event in self.events if track in event.channels):
            at = event.record[0] - start
            if event.frames == 0 and event.transition == 0:
                came_from = event
                if event.extra is not None:  # our own, an item that is transition and nothing else
                    laid.append(self._stretch(track, event, at))
                continue
            before = laid[-1] if laid and laid[-1].end == at else None
            length = event.transition
            if length > event.frames:
                self.warnings.append(f"event {event.number}: its dissolve is longer than itself and becomes a cut")
                length = 0
            outgoing = came_from if came_from is not None and came_from.record[0] == event.record[0] else None
            if length and before is None and outgoing is not None and not outgoing.black:
                before = replace(self._stretch(track, outgoing, at), name=event.notes.get("from", ""))
                laid.append(before)
            if event.black and length and event.extra is None and before is not None and not before.black:
                laid[-1] = replace(before, frames=before.frames + length, fade_out=length)
                if event.frames > length:
                    rest = self._stretch(track, event, at + length)
                    laid.append(replace(rest, frames=event.frames - length))
                came_from = None
                continue
            stretch = self._stretch(track, event, at)
            if event.transition:
                alone = outgoing is None or outgoing.black
                name = event.notes.get("to") or (event.notes.get("from", "") if alone else "")
                stretch = replace(stretch, name="" if event.black else name)
            from_black = before is None or before.black or (outgoing is not None and outgoing.black)
            if length and from_black and not event.black:
                stretch = replace(stretch, fade_in=length)
            elif length and before is not None:
                stretch = replace(stretch, dissolve=(0, length))
            laid.append(stretch)
            came_from = None
        return iter(laid)

    def _stretch(self, track: str, event: _Line, at: int) -> Stretch:
        return Stretch(
            track=track,
            at=at,
            frames=event.frames,
            name="" if event.black else event.notes.get("from", ""),
            reel="" if event.black else event.notes.get("reel", event.reel),
            file=event.notes.get("file", ""),
            timecode=None if event.black else event.source[0],
            rate=None if event.black else self.fps,
            black=event.black,
            level_db=event.level_db if track.startswith("A") else 0.0,
            number=event.number,
            line=event.line,
            extra=event.extra if track.startswith("V") or (event.extra or {}).get("kind") == "sound" else None,
        )


_NOTES = {
    "FROM CLIP NAME:": "from",
    "TO CLIP NAME:": "to",
    "CLIP NAME:": "from",
    "FROM CLIP:": "file",
    "FROM FILE:": "file",
    "SOURCE FILE:": "file",
}


def _split_channels(text: str) -> tuple[str, ...] | None:
    """Return ``V1``, ``A1`` … from CMX 3600's channel field; empty for NONE (its sound is named on an AUD line)."""
    upper = text.upper()
    if upper == "NONE":
        return ()
    if upper == "B":
        return ("V1", "A1")
    found: list[str] = []
    for part in upper.split("/"):
        if part == "AA":
            found += ["A1", "A2"]
            continue
        if re.sub(_CHANNEL, "", part) or not part:
            return None
        for name in _CHANNEL.findall(part):
            if len(name) > 4 or (name[1:] and not name[1:].strip("0")):
                return None
            found.append(f"{name[0]}{int(name[1:] or 1)}")
    return tuple(dict.fromkeys(found))
