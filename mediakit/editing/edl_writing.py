"""Writing CMX 3600 edit decision lists that other programs take, with comments of our own for what they cannot say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from mediakit.editing.layout import MARK, describe_header, describe_item, describe_sound, format_json_note
from mediakit.editing.sources import label_range, name_reels
from mediakit.editing.tracks import Shown, allot_lanes, list_shown
from mediakit.errors import UsageError
from mediakit.media.timeline import Clip, SoundClip, Source, Timeline
from mediakit.media.times import format_rate, frames_to_timecode, timecode_to_frames

START = "01:00:00:00"
"""Where a list starts whose timeline has no timecode, as is usual."""

CMX_EVENTS = 999
CMX_CHANNELS = 4
_NO_TIME = "00:00:00:00"


def check_counted(fps: Fraction, format_name: str) -> None:
    """Refuse a frame rate that timecode does not count.

    Raises:
        UsageError: neither a whole number of frames nor one divided by 1.001.
    """
    nominal = int(fps + Fraction(1, 2))
    if fps not in (Fraction(nominal), Fraction(nominal * 1000, 1001)) or not 1 <= nominal <= 120:
        raise UsageError(f"{format_name} counts timecode, which there is none of at {format_rate(fps)} frames a second")


def count_start(timeline: Timeline) -> tuple[int, bool]:
    """Return the first frame's count since 00:00:00:00, and whether the programme counts drop-frame."""
    timecode = timeline.timecode or START
    return timecode_to_frames(timecode, timeline.fps), ";" in timecode


def format_edl(timeline: Timeline, paths: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    """Return a timeline as a CMX 3600 list, and notes on what a tape controller would not take.

    Raises:
        UsageError: a frame rate without timecode, or a clip from before its source's beginning.
    """
    check_counted(timeline.fps, "an EDL")
    return _Writer(timeline, paths).write()


class _Writer:
    def __init__(self, timeline: Timeline, paths: Mapping[str, Path]) -> None:
        self.timeline = timeline
        self.paths = paths
        self.fps = timeline.fps
        self.start, self.drop = count_start(timeline)
        self.reels = name_reels(timeline.sources)
        self.sources = {source.name: source for source in timeline.sources}
        self.lines: list[str] = []
        self.notes: list[str] = []
        self.number = 0

    def write(self) -> tuple[str, tuple[str, ...]]:
        title = " ".join(self.timeline.name.split()) or "MEDIAKIT"
        self.lines += [f"TITLE: {title[:70]}", f"FCM: {'DROP FRAME' if self.drop else 'NON-DROP FRAME'}", ""]
        before: Shown | None = None
        for shown in list_shown(self.timeline):
            self._write_item(shown, before)
            before = shown
        for lane, clips in enumerate(allot_lanes(self.timeline), 3):
            for order, clip in clips:
                self._write_sound(f"A{lane}", order, clip)
            if lane == CMX_CHANNELS + 1:
                self.notes.append(f"sound lies on more than {CMX_CHANNELS} channels, which old programs do not read")
        self._write_whole()
        if self.number > CMX_EVENTS:
            self.notes.append(f"the list has more than {CMX_EVENTS} events, which old programs do not read")
        if self.timeline.overlays or any(not isinstance(item, Clip) for item in self.timeline.picture):
            self.notes.append("cards and overlays are comments: other programs show black and nothing there")
        return "\n".join(self.lines) + "\n", tuple(self.notes)

    def _write_whole(self) -> None:
        """Write what we note of the whole, behind the last event: some readers take no comment before the first."""
        header = describe_header(self.timeline)
        whole = {key: header[key] for key in ("name", "fps", "timecode")}
        self.lines.append(f"* {MARK} TIMELINE {format_json_note(whole)}")
        self.lines += [f"* {MARK} SOURCE {format_json_note(source)}" for source in header["sources"]]
        self.lines += [f"* {MARK} OVERLAY {format_json_note(overlay)}" for overlay in header["overlays"]]
        others = [source for source in self.timeline.sources if source.fps not in (None, self.fps)]
        for source in others:
            rate = format_rate(source.fps or self.fps)
            self.lines.append(f"* {MARK} RATE {self.reels[source.name]}: {rate}, COUNTED AT {format_rate(self.fps)}")

    def _line(
        self, reel: str, channels: str, transition: str, source: tuple[str, str], record: tuple[int, int]
    ) -> None:
        times = [frames_to_timecode(self.start + frame, self.fps, drop=self.drop) for frame in record]
        self.lines.append(
            f"{self.number:03d}  {reel:<8} {channels:<5} {transition:<8} {' '.join(source)} {' '.join(times)}"
        )

    def _write_item(self, shown: Shown, before: Shown | None) -> None:
        lead = shown.dissolve[0] if shown.dissolve else 0
        at = shown.at - lead
        end = shown.at + shown.item.frames - shown.next_before - shown.fade_out
        length = (sum(shown.dissolve) if shown.dissolve else 0) or shown.fade_in
        self.number += 1
        channels, clip = "V", shown.clip
        if clip is not None and clip.level_db is not None and self.sources[clip.source].sound:
            channels = "AA/V"
        if length:
            self._write_outgoing(before if shown.dissolve else None, channels, at)
        self._line(
            self._reel(shown),
            channels,
            f"D    {length:03d}" if length else "C",
            self._times(shown, at, max(end - at, 0)),
            (at, max(end, at)),
        )
        if shown.dissolve and before is not None and before.clip is not None:
            self._name("FROM", before.clip)
        if clip is not None:
            self._name("TO" if length else "FROM", clip)
            if channels != "V" and clip.level_db:
                self._level(clip.level_db, clip.source, at)
        self.lines.append(f"* {MARK} ITEM {format_json_note(describe_item(shown.item))}")
        if shown.fade_out:
            self.number += 1
            self._write_outgoing(shown, channels, end)
            count = frames_to_timecode(shown.fade_out, self.fps, drop=self.drop)
            fade = f"D    {shown.fade_out:03d}"
            self._line("BL", channels, fade, (_NO_TIME, count), (end, end + shown.fade_out))
            if clip is not None:
                self._name("FROM", clip)

    def _write_outgoing(self, shown: Shown | None, channels: str, at: int) -> None:
        """Write the line that a transition comes from, of no length."""
        if shown is None or shown.clip is None:
            self._line("BL", channels, "C", (_NO_TIME, _NO_TIME), (at, at))
        else:
            self._line(self._reel(shown), channels, "C", self._times(shown, at, 0), (at, at))

    def _reel(self, shown: Shown) -> str:
        return "BL" if shown.clip is None else self.reels[shown.clip.source]

    def _times(self, shown: Shown, at: int, frames: int) -> tuple[str, str]:
        if shown.clip is None:
            first = 0
            return (
                frames_to_timecode(first, self.fps, drop=self.drop),
                frames_to_timecode(first + frames, self.fps, drop=self.drop),
            )
        start = shown.clip.start + (at - shown.at) / self.fps
        return label_range(self.sources[shown.clip.source], start, frames, self.fps)

    def _write_sound(self, channel: str, order: int, clip: SoundClip) -> None:
        self.number += 1
        source = self.sources[clip.source]
        times = label_range(source, clip.start, clip.frames, self.fps)
        self._line(self.reels[clip.source], channel, "C", times, (clip.at, clip.at + clip.frames))
        self._name("FROM", clip)
        if clip.level_db:
            self._level(clip.level_db, clip.source, clip.at)
        self.lines.append(f"* {MARK} SOUND {format_json_note(describe_sound(order, clip))}")

    def _name(self, side: str, clip: Clip | SoundClip) -> None:
        self.lines.append(f"* {side} CLIP NAME: {media_name(self.sources[clip.source], self.paths)}")

    def _level(self, level_db: float, source: str, at: int) -> None:
        time = frames_to_timecode(self.start + at, self.fps, drop=self.drop)
        if math.isfinite(level_db):
            self.lines.append(f"* AUDIO LEVEL AT {time} IS {level_db:.2f} DB  (REEL {self.reels[source]} A1)")


def media_name(source: Source, paths: Mapping[str, Path]) -> str:
    """Return the file name by which other programs find a source, on one line."""
    name = source.file or (paths[source.name].name if source.name in paths else source.name)
    return " ".join(name.split())
