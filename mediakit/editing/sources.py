"""Which media file an event of an exchange file means: by reel and timecode, by file name, by clip name."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Self
from urllib.parse import unquote

from mediakit.editing.layout import Stretch
from mediakit.errors import UsageError
from mediakit.media.info import MediaInfo
from mediakit.media.timeline import Source
from mediakit.media.times import frames_to_timecode, timecode_to_frames

REEL_LETTERS = 8
"""How many letters of a reel's name CMX 3600 holds."""

_NO_REEL = frozenset(("", "ax", "bl", "black", "aux", "none"))
_LABEL = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{2,3})")


@dataclass(frozen=True)
class Footage:
    """A media file that events may mean.

    Attributes:
        source: what a timeline says of it.
        path: where it lies.
        size: bytes of it when it was probed; with the digest it tells whether the file has changed since.
        copies: other places where the same content lies, perhaps under other names.
    """

    source: Source
    path: Path
    size: int = 0
    copies: tuple[Path, ...] = ()

    @property
    def stem(self) -> str:
        """Its file name without the ending."""
        return Path(self.source.file or self.path.name).stem

    @property
    def names(self) -> frozenset[str]:
        """The file names under which it is known, folded for comparing."""
        return frozenset(fold(name) for name in (self.source.file, *(path.name for path in (self.path, *self.copies))))


@dataclass(frozen=True)
class Match:
    """The file that an event means, and where in it the event starts, in seconds on its programme clock."""

    footage: Footage
    start: Fraction


@dataclass(frozen=True)
class SourceIndex:
    """The files that can be matched; nothing else is ever opened."""

    footage: tuple[Footage, ...] = ()

    @classmethod
    def of(cls, entries: Iterable[tuple[Path, MediaInfo]]) -> Self:
        """Return the index of probed files; several with one content are one, found by the name of any."""
        seen: dict[str, tuple[MediaInfo, list[Path]]] = {}
        for path, info in entries:
            seen.setdefault(info.digest, (info, []))[1].append(path)
        used = {""}
        found = []
        for info, places in seen.values():
            path, *copies = dict.fromkeys(places)
            name, number = path.stem, 1
            while name.casefold() in used:
                number += 1
                name = f"{path.stem}-{number}"
            used.add(name.casefold())
            found.append(Footage(describe_source(name, path, info), path, info.size, tuple(copies)))
        return cls(tuple(found))

    @property
    def common_rate(self) -> Fraction | None:
        """The frame rate of all pictures, where they have one."""
        rates = {one.source.fps for one in self.footage if one.source.fps is not None}
        return rates.pop() if len(rates) == 1 else None

    def find_digest(self, digest: str) -> Footage | None:
        """Return the file with a content digest."""
        return next((one for one in self.footage if one.source.digest == digest), None) if digest else None

    def match(self, stretch: Stretch, fps: Fraction, *, drop: bool = False) -> Match | str:
        """Return the file that a stretch means, or why there is none.

        Args:
            stretch: what the exchange file says.
            fps: frames a second of the timeline, which ``stretch.frames`` counts.
            drop: timecode is drop-frame where the source's is, though the file marks none.
        """
        length = stretch.frames / fps
        trials: list[tuple[str, list[Footage]]] = []
        reel = fold(stretch.reel)
        if reel not in _NO_REEL:
            trials.append((f"reel {stretch.reel!r}", self._by_reel(reel)))
        for hint in (stretch.file, stretch.name):
            if hint:
                trials.append((f"file {file_name(hint)!r}", self._by_file(hint)))
        if stretch.name:
            trials.append((f"clip {stretch.name!r}", self._where(lambda one: fold(one.stem) == fold(stretch.name))))
        if reel not in _NO_REEL:
            trials.append((f"reel {stretch.reel!r}", self._by_reel_as_name(reel)))
        why = ""
        for said, found in trials:
            fitting, reasons = [], []
            for one in found:
                place = locate(stretch, one.source, fps, drop=drop)
                fault = place if isinstance(place, str) else _outside(place, length, one.source, fps)
                if isinstance(place, Fraction) and not fault:
                    fitting.append(Match(one, max(place, Fraction(0))))
                else:
                    reasons.append(f"{one.path.name}: {fault}")
            fitting = self._narrow(fitting, stretch)
            if len(fitting) == 1:
                return fitting[0]
            if fitting:
                names = " and ".join(str(one.footage.path) for one in fitting[:3])
                return f"{said} fits {len(fitting)} files: {names}"
            why = why or "; ".join(reasons[:3])
        return why or "no file has its reel, file name or clip name"

    def _where(self, holds: Callable[[Footage], bool]) -> list[Footage]:
        return [one for one in self.footage if holds(one)]

    def _by_reel(self, reel: str) -> list[Footage]:
        exact = self._where(lambda one: fold(one.source.reel or "") == reel)
        if exact:
            return exact
        short = shorten_reel(reel).casefold()
        same = self._where(
            lambda one: bool(one.source.reel) and shorten_reel(one.source.reel or "").casefold() == short
        )
        # A reel cut to eight letters may stand for several: only one is an answer.
        return same if len({fold(one.source.reel or "") for one in same}) == 1 else []

    def _by_file(self, hint: str) -> list[Footage]:
        path = unquote(hint.removeprefix("file://localhost").removeprefix("file://"))
        whole = self._where(lambda one: path in map(str, (one.path, *one.copies)))
        if whole:
            return whole
        name = fold(file_name(hint))
        return self._where(lambda one: name in one.names)

    def _by_reel_as_name(self, reel: str) -> list[Footage]:
        """Programs that know no reel write the file's name there, whole or cut."""
        exact = self._where(lambda one: reel in (fold(one.stem), *one.names))
        if exact or len(reel) < REEL_LETTERS:
            return exact or self._where(lambda one: shorten_reel(one.stem).casefold() == reel)
        return self._where(lambda one: shorten_reel(one.stem).casefold() == shorten_reel(reel).casefold())

    def _narrow(self, fitting: list[Match], stretch: Stretch) -> list[Match]:
        """Where several fit, prefer those whose file name is the one that is given, too."""
        if len(fitting) < 2:
            return fitting
        names = {fold(file_name(hint)) for hint in (stretch.file, stretch.name) if hint}
        narrowed = [one for one in fitting if names & {*one.footage.names, fold(one.footage.stem)}]
        return narrowed or fitting


def describe_source(name: str, path: Path, info: MediaInfo) -> Source:
    """Return what a timeline says of a probed file."""
    picture = info.picture
    if picture is not None and not picture.variable_rate and picture.frames:
        duration = picture.frames / picture.fps
    else:
        duration = Fraction(info.duration).limit_denominator(1_000_000)
    return Source(
        name=name,
        digest=info.digest,
        file=path.name,
        duration=duration,
        fps=None if picture is None else picture.fps,
        timecode=info.timecode,
        reel=info.reel,
        sound=bool(info.audio),
    )


def fold(text: str) -> str:
    """Return text for comparing: composed, without case and outer spaces."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def file_name(hint: str) -> str:
    """Return the last part of a path or URL of any system, or of a plain name."""
    text = unquote(hint) if "://" in hint else hint
    return re.split(r"[/\\]", text.rstrip("/\\"))[-1]


def shorten_reel(name: str) -> str:
    """Return a reel's name as CMX 3600 takes it: eight letters and digits, no other sign."""
    return re.sub(r"[^A-Za-z0-9_]", "", name).upper()[:REEL_LETTERS]


def _nominal(rate: Fraction) -> int:
    return int(rate + Fraction(1, 2))


def _count_start(source: Source, rate: Fraction) -> int:
    return timecode_to_frames(source.timecode, rate) if source.timecode else 0


def _count_day(source: Source, rate: Fraction) -> int:
    """Return how many frames a day of a source's timecode has."""
    mark = ";" if source.timecode and ";" in source.timecode else ":"
    return timecode_to_frames(f"24:00:00{mark}00", rate)


def locate(stretch: Stretch, source: Source, fps: Fraction, *, drop: bool = False) -> Fraction | str:
    """Return where in a source a stretch starts, in seconds on its programme clock, or why that cannot be told."""
    rate = source.fps or fps
    own_drop = bool(source.timecode and ";" in source.timecode)
    if source.timecode is None and stretch.offset is not None:
        return stretch.offset
    try:
        if stretch.clock is not None:
            count = stretch.clock * rate
        elif stretch.timecode is not None:
            count = count_label(stretch.timecode, stretch.rate or fps, source, rate, drop=drop)
        else:
            return stretch.offset if stretch.offset is not None else "the event says no time in its source"
        place = (count - _count_start(source, rate)) / rate + (stretch.offset or 0)
    except UsageError as exc:
        return exc.message
    day = _count_day(source, rate) / rate
    if place < 0 and place + day < source.duration:  # its timecode passed midnight
        place += day
    length = stretch.frames / fps
    if place < 0 or place >= source.duration > 0:
        if stretch.loose is not None and stretch.loose < source.duration:
            return stretch.loose
        first = source.timecode or "00:00:00:00"
        last = frames_to_timecode(timecode_to_frames(first, rate) + int(source.duration * rate), rate, drop=own_drop)
        said = stretch.timecode or frames_to_timecode(max(0, int(count)), rate, drop=own_drop)
        if place + length > 0 and place < 0:
            return f"{said} lies before its beginning at {first}"
        return f"{said} lies elsewhere: its timecode runs from {first} to {last}"
    return place


def _outside(place: Fraction, length: Fraction, source: Source, fps: Fraction) -> str:
    """Return how a stretch lies outside its source, or nothing; half a frame is rounding."""
    if place < -1 / (2 * fps):
        return "starts before its source"
    beyond = (place + length - source.duration) * fps
    if source.duration > 0 and beyond > Fraction(1, 2):
        return f"ends beyond its source by {_nominal(beyond)} frames"
    return ""


def count_label(label: str, label_rate: Fraction, source: Source, rate: Fraction, *, drop: bool = False) -> Fraction:
    """Return a timecode as a count of the source's own frames since 00:00:00:00.

    A label counted at another rate keeps its hours, minutes and seconds; its frames are scaled.

    Raises:
        UsageError: not a timecode of that rate.
    """
    own_drop = bool(source.timecode and ";" in source.timecode)
    nominal, label_nominal = _nominal(rate), _nominal(label_rate)
    if nominal == label_nominal:
        if drop and own_drop:
            head, _, frames = label.replace(";", ":").rpartition(":")
            label = f"{head};{frames}"
        return Fraction(timecode_to_frames(label, rate))
    timecode_to_frames(label.replace(";", ":"), label_rate)
    match = _LABEL.fullmatch(label)
    assert match is not None
    hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3])
    count = ((hours * 60 + minutes) * 60 + seconds) * nominal + Fraction(int(match[5]) * nominal, label_nominal)
    if own_drop and rate.denominator == 1001 and nominal % 30 == 0:
        whole = hours * 60 + minutes
        count -= nominal // 15 * (whole - whole // 10)
    return count


def label_range(source: Source, start: Fraction, frames: int, fps: Fraction) -> tuple[str, str]:
    """Return the timecodes, in and out, of a stretch of a source as an edit at ``fps`` counts them.

    Raises:
        UsageError: the source's timecode is malformed, or the stretch starts before it counts.
    """
    rate = source.fps or fps
    own_drop = bool(source.timecode and ";" in source.timecode)
    count = _count_start(source, rate) + start * rate
    if count < 0:
        raise UsageError(f"source {source.name!r} is used from before its beginning")
    nominal, edit_nominal = _nominal(rate), _nominal(fps)
    if nominal == edit_nominal:
        first = int(count + Fraction(1, 2))
        return (
            frames_to_timecode(first, rate, drop=own_drop),
            frames_to_timecode(first + frames, rate, drop=own_drop),
        )
    whole = int(count)
    label = frames_to_timecode(whole, rate, drop=own_drop)
    head, own_frames = label[:8], int(label[9:])
    scaled = int((own_frames + count - whole) * edit_nominal / nominal)
    mark = ";" if own_drop and fps.denominator == 1001 and edit_nominal % 30 == 0 else ":"
    first_label = f"{head}{mark}{scaled:02d}"
    first = timecode_to_frames(first_label, fps)
    return first_label, frames_to_timecode(first + frames, fps, drop=mark == ";")


def name_reels(sources: Iterable[Source]) -> dict[str, str]:
    """Return each source's name with its reel in eight letters, no two alike unless the sources' reels are."""
    taken: Counter[str] = Counter()
    owners: dict[str, str] = {}
    names: dict[str, str] = {}
    for source in sources:
        wanted = source.reel or source.file.rsplit(".", 1)[0] or source.name
        if not source.reel and not shorten_reel(wanted):
            wanted = source.name
        short = shorten_reel(wanted) or "CLIP"
        if short.casefold() in _NO_REEL:
            short = f"R{short}"[:REEL_LETTERS]
        key = fold(source.reel) if source.reel else f"\0{source.name}"
        base = short
        while owners.get(short, key) != key:
            taken[base] += 1
            tail = str(taken[base])
            short = base[: REEL_LETTERS - len(tail)] + tail
        owners[short] = key
        names[source.name] = short
    return names
