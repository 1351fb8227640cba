"""Writing Final Cut Pro 7 XML (``xmeml`` version 5), which Premiere and Resolve read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from mediakit.editing.edl_writing import check_counted, count_start, media_name
from mediakit.editing.layout import MARK, describe_header, format_json_note
from mediakit.editing.tracks import Laid, allot_lanes, lay_picture, lay_sound
from mediakit.errors import UsageError
from mediakit.media.timeline import Clip, Source, Timeline
from mediakit.media.times import frames_to_timecode, seconds_to_frame, timecode_to_frames

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def format_xmeml(timeline: Timeline, paths: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    """Return a timeline as Final Cut Pro 7 XML, and notes on what other programs will not see.

    Raises:
        UsageError: a frame rate without timecode, or a clip from before its source's beginning.
    """
    check_counted(timeline.fps, "Final Cut Pro 7 XML")
    return _Writer(timeline, paths).write()


class _Writer:
    def __init__(self, timeline: Timeline, paths: Mapping[str, Path]) -> None:
        self.timeline = timeline
        self.paths = paths
        self.fps = timeline.fps
        self.sources = {source.name: source for source in timeline.sources}
        self.files: dict[str, str] = {}
        self.links: dict[int, list[tuple[str, str, int, int]]] = {}
        self.waiting: list[tuple[Element, int]] = []
        self.made = 0

    def write(self) -> tuple[str, tuple[str, ...]]:
        root = Element("xmeml", version="5")
        sequence = SubElement(root, "sequence", id="sequence-1")
        _put(sequence, "name", self.timeline.name)
        _put(sequence, "duration", self.timeline.frames)
        self._put_rate(sequence, self.fps)
        self._put_start(sequence)
        media = SubElement(sequence, "media")
        video = SubElement(media, "video")
        picture, natural = lay_picture(self.timeline)
        self._put_track(video, "video", 1, picture, 1)
        audio = SubElement(media, "audio")
        tracks = [(natural, 2)] if natural else []
        for lane in allot_lanes(self.timeline):
            tracks.append((lay_sound(lane, self.fps), 1 if lane[0][1].role == "narration" else 2))
        number = 0
        for laid, channels in tracks:
            for channel in range(1, channels + 1):
                number += 1
                self._put_track(audio, "audio", number, laid, channel)
        self._put_links()
        self._put_markers(sequence)
        indent(root, " ")
        text = tostring(root, encoding="unicode")
        notes: tuple[str, ...] = ()
        if self.timeline.overlays or any(not isinstance(item, Clip) for item in self.timeline.picture):
            notes = ("cards are black and overlays are markers in other programs",)
        return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n{text}\n', notes

    def _put_start(self, sequence: Element) -> None:
        start, drop = count_start(self.timeline)
        timecode = SubElement(sequence, "timecode")
        self._put_rate(timecode, self.fps)
        _put(timecode, "string", frames_to_timecode(start, self.fps, drop=drop))
        _put(timecode, "frame", start)
        _put(timecode, "displayformat", "DF" if drop else "NDF")

    def _put_markers(self, sequence: Element) -> None:
        header = format_json_note(describe_header(self.timeline))
        self._put_marker(sequence, MARK, f"{MARK} TIMELINE {header}", 0, -1)
        for overlay in self.timeline.overlays:
            end = overlay.at + overlay.frames
            self._put_marker(
                sequence, overlay.overlay, " / ".join(filter(None, (overlay.text, overlay.title))), overlay.at, end
            )

    @staticmethod
    def _put_marker(sequence: Element, name: str, comment: str, start: int, end: int) -> None:
        marker = SubElement(sequence, "marker")
        for tag, value in (("name", name), ("comment", comment), ("in", start), ("out", end)):
            _put(marker, tag, value)

    def _put_track(self, media: Element, kind: str, number: int, laid: list[Laid], channel: int) -> None:
        track = SubElement(media, "track")
        clips = 0
        for place, one in enumerate(laid):
            following = laid[place + 1] if place + 1 < len(laid) else None
            lead = one.dissolve or ((0, one.fade_in) if one.fade_in else None)
            joins = following is not None and following.dissolve is not None
            tail = (
                following.dissolve if joins and following is not None else ((one.fade_out, 0) if one.fade_out else None)
            )
            if lead is not None:
                self._put_transition(track, kind, one.at, lead, "start-black" if one.dissolve is None else "")
            clips += one.source is not None
            self._put_clip(track, kind, (number, clips, channel), one, lead, tail)
            if one.fade_out and not joins:
                self._put_transition(track, kind, one.end, (one.fade_out, 0), "end-black")
        _put(track, "enabled", "TRUE")
        _put(track, "locked", "FALSE")
        if kind == "audio":
            _put(track, "outputchannelindex", channel)

    def _put_transition(self, track: Element, kind: str, cut: int, ends: tuple[int, int], alignment: str) -> None:
        before, after = ends
        transition = SubElement(track, "transitionitem")
        _put(transition, "start", cut - before)
        _put(transition, "end", cut + after)
        _put(transition, "alignment", alignment or ("start" if not before else "end" if not after else "center"))
        self._put_rate(transition, self.fps)
        effect = SubElement(transition, "effect")
        name, own = (
            ("Cross Dissolve", "Cross Dissolve")
            if kind == "video"
            else ("Cross Fade ( 0dB)", "KGAudioTransCrossFade0dB")
        )
        for tag, value in (("name", name), ("effectid", own), ("effecttype", "transition"), ("mediatype", kind)):
            _put(effect, tag, value)

    def _put_clip(
        self,
        track: Element,
        kind: str,
        place: tuple[int, int, int],
        one: Laid,
        lead: tuple[int, int] | None,
        tail: tuple[int, int] | None,
    ) -> None:
        self.made += 1
        one.id = f"clipitem-{self.made}"
        source = self.sources.get(one.source or "")
        tag = "generatoritem" if source is None else "clipitem"
        clip = SubElement(track, tag, id=one.id)
        name = one.name if source is None else media_name(source, self.paths)
        rate = self.fps if source is None else _countable(source, self.fps)
        before, after = lead[0] if lead else 0, tail[1] if tail else 0
        start = one.start - before / self.fps
        if source is not None and start < 0:
            raise UsageError(f"source {source.name!r} is used from before its beginning")
        first = seconds_to_frame(start, rate) if source is not None else 0
        length = seconds_to_frame((one.frames + before + after) / self.fps, rate)
        values = [
            ("name", name),
            ("enabled", "TRUE"),
            ("duration", length if source is None else max(1, seconds_to_frame(source.duration, rate))),
        ]
        for key, value in values:
            _put(clip, key, value)
        self._put_rate(clip, rate)
        _put(clip, "start", -1 if lead else one.at)
        _put(clip, "end", -1 if tail else one.end)
        _put(clip, "in", first)
        _put(clip, "out", first + length)
        if source is None:
            effect = SubElement(clip, "effect")
            for key, value in (
                ("name", "Slug"),
                ("effectid", "Slug"),
                ("effecttype", "generator"),
                ("mediatype", "video"),
            ):
                _put(effect, key, value)
        else:
            self._put_file(clip, source)
            if kind == "audio":
                self._put_level(clip, one.level_db)
            chosen = SubElement(clip, "sourcetrack")
            _put(chosen, "mediatype", kind)
            _put(chosen, "trackindex", place[2])
            if one.link != -1:
                self.links.setdefault(one.link, []).append((one.id, kind, place[0], place[1]))
                self.waiting.append((clip, one.link))
        if one.note:
            word = "SOUND" if kind == "audio" else "ITEM"
            _put(SubElement(clip, "comments"), "mastercomment4", f"{MARK} {word} {format_json_note(one.note)}")

    def _put_links(self) -> None:
        for clip, number in self.waiting:
            if len(self.links[number]) < 2:
                continue
            for reference, kind, track, place in self.links[number]:
                link = SubElement(clip, "link")
                for tag, value in (
                    ("linkclipref", reference),
                    ("mediatype", kind),
                    ("trackindex", track),
                    ("clipindex", place),
                ):
                    _put(link, tag, value)

    def _put_level(self, clip: Element, level_db: float) -> None:
        if not level_db:
            return
        effect = SubElement(SubElement(clip, "filter"), "effect")
        for tag, value in (("name", "Audio Levels"), ("effectid", "audiolevels"), ("effecttype", "audiolevels")):
            _put(effect, tag, value)
        _put(effect, "mediatype", "audio")
        parameter = SubElement(effect, "parameter")
        gain = min(10 ** (level_db / 20), 1000)
        for tag, number in (("parameterid", "level"), ("name", "Level"), ("valuemin", "0"), ("valuemax", "3.98109")):
            _put(parameter, tag, number)
        _put(parameter, "value", f"{gain:.8g}")

    def _put_file(self, clip: Element, source: Source) -> None:
        if source.name in self.files:
            SubElement(clip, "file", id=self.files[source.name])
            return
        self.files[source.name] = f"file-{len(self.files) + 1}"
        file = SubElement(clip, "file", id=self.files[source.name])
        rate = _countable(source, self.fps)
        _put(file, "name", media_name(source, self.paths))
        if source.name in self.paths:
            _put(file, "pathurl", "file://localhost" + quote(self.paths[source.name].absolute().as_posix()))
        self._put_rate(file, rate)
        _put(file, "duration", seconds_to_frame(source.duration, rate))
        timecode = SubElement(file, "timecode")
        self._put_rate(timecode, rate)
        start = source.timecode or "00:00:00:00"
        _put(timecode, "string", start)
        _put(timecode, "frame", timecode_to_frames(start, rate))
        _put(timecode, "displayformat", "DF" if ";" in start else "NDF")
        if source.reel:
            _put(SubElement(timecode, "reel"), "name", source.reel)
        media = SubElement(file, "media")
        if source.fps is not None:
            SubElement(media, "video")
        if source.sound:
            _put(SubElement(media, "audio"), "channelcount", 2)

    @staticmethod
    def _put_rate(parent: Element, fps: Fraction) -> None:
        rate = SubElement(parent, "rate")
        _put(rate, "timebase", int(fps + Fraction(1, 2)))
        _put(rate, "ntsc", "TRUE" if fps.denominator == 1001 else "FALSE")


def _countable(source: Source, fps: Fraction) -> Fraction:
    """Return the rate that a source's frames are counted at: its own, or the edit's where timecode knows none such."""
    rate = source.fps or fps
    nominal = int(rate + Fraction(1, 2))
    return rate if rate in (Fraction(nominal), Fraction(nominal * 1000, 1001)) and nominal else fps


def _put(parent: Element, tag: str, value: object) -> None:
    SubElement(parent, tag).text = _UNFIT.sub("", str(value))
