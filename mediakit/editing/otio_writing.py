"""Writing OpenTimelineIO (``.otio``), with its own library (the extra ``nle``).

Fades are transitions to and from a gap of no length; what is exact, or has no word there, lies in
``metadata["mediakit"]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from mediakit.editing.layout import describe_header
from mediakit.editing.otio import KEY
from mediakit.editing.tracks import Laid, allot_lanes, lay_picture, lay_sound
from mediakit.errors import MediakitError, UsageError
from mediakit.media.timeline import Source, Timeline
from mediakit.media.times import timecode_to_frames


def load_library() -> Any:
    """Return the library ``opentimelineio``.

    Raises:
        UsageError: it is not installed.
    """
    try:
        import opentimelineio
    except ImportError as exc:
        raise UsageError(
            "OpenTimelineIO is not installed, which writing .otio needs",
            hint="pip install 'mediakit[nle]', or write .edl or .xml",
        ) from exc
    return opentimelineio


def format_otio(timeline: Timeline, paths: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    """Return a timeline as OpenTimelineIO, and notes on what other programs will not see.

    Raises:
        UsageError: the library is not installed.
    """
    return _Writer(load_library(), timeline, paths).write()


class _Writer:
    def __init__(self, library: Any, timeline: Timeline, paths: Mapping[str, Path]) -> None:
        self.otio = library
        self.timeline = timeline
        self.paths = paths
        self.fps = timeline.fps
        self.sources = {source.name: source for source in timeline.sources}

    def write(self) -> tuple[str, tuple[str, ...]]:
        schema, timeline = self.otio.schema, self.timeline
        start = None
        if timeline.timecode is not None:
            start = self._time(timecode_to_frames(timeline.timecode, self.fps))
        made = schema.Timeline(name=timeline.name, global_start_time=start)
        made.metadata[KEY] = {"timeline": describe_header(timeline)}
        picture, natural = lay_picture(timeline)
        made.tracks.append(self._make_track("V1", schema.TrackKind.Video, picture))
        if natural:
            made.tracks.append(self._make_track("clips", schema.TrackKind.Audio, natural))
        for lane in allot_lanes(timeline):
            laid = lay_sound(lane, self.fps)
            made.tracks.append(self._make_track(lane[0][1].role, schema.TrackKind.Audio, laid))
        for overlay in timeline.overlays:
            where = self.otio.opentime.TimeRange(self._time(overlay.at), self._time(overlay.frames))
            marker = schema.Marker(name=f"{overlay.overlay}: {overlay.text}", marked_range=where)
            made.tracks.markers.append(marker)
        try:
            text = self.otio.adapters.write_to_string(made, "otio_json")
        except Exception as exc:
            raise MediakitError(f"OpenTimelineIO cannot write this timeline ({exc})") from exc
        lost = timeline.overlays or any(one.source is None for one in picture)
        notes = ("cards are gaps and overlays are markers in other programs",) if lost else ()
        return text.rstrip("\n") + "\n", notes

    def _time(self, frames: int | Fraction, rate: Fraction | None = None) -> Any:
        return self.otio.opentime.RationalTime(float(frames), float(rate or self.fps))

    def _make_track(self, name: str, kind: str, laid: list[Laid]) -> Any:
        track = self.otio.schema.Track(name=name, kind=kind)
        at = 0
        for place, one in enumerate(laid):
            if one.at > at:
                track.append(self._make_gap(one.at - at, None))
            if one.dissolve:
                track.append(self._make_transition(*one.dissolve))
            elif one.fade_in:
                track.append(self._make_gap(0, None))
                track.append(self._make_transition(0, one.fade_in))
            track.append(self._make_gap(one.frames, one.note) if one.source is None else self._make_clip(one))
            following = laid[place + 1] if place + 1 < len(laid) else None
            if one.fade_out and not (following is not None and following.dissolve):
                track.append(self._make_transition(one.fade_out, 0))
                track.append(self._make_gap(0, None))
            at = one.end
        return track

    def _make_gap(self, frames: int, note: Mapping[str, Any] | None) -> Any:
        gap = self.otio.schema.Gap(duration=self._time(frames))
        if note is not None:
            gap.metadata[KEY] = {"item": dict(note)}
        return gap

    def _make_transition(self, before: int, after: int) -> Any:
        kind = self.otio.schema.TransitionTypes.SMPTE_Dissolve
        return self.otio.schema.Transition(
            transition_type=kind, in_offset=self._time(before), out_offset=self._time(after)
        )

    def _make_clip(self, one: Laid) -> Any:
        source = self.sources[one.source or ""]
        rate = source.fps or self.fps
        first = timecode_to_frames(source.timecode, rate) if source.timecode else 0
        opentime = self.otio.opentime
        media = self._make_media(
            source, opentime.TimeRange(self._time(first, rate), self._time(source.duration * rate, rate))
        )
        clip = self.otio.schema.Clip(
            name=source.file or source.name,
            media_reference=media,
            source_range=opentime.TimeRange(self._time(first + one.start * rate, rate), self._time(one.frames)),
        )
        note: dict[str, Any] = {"level_db": one.level_db} if one.note is None or "order" in one.note else {}
        if one.note is not None:
            note["item"] = dict(one.note)
        if source.reel:
            note["reel"] = source.reel
        clip.metadata[KEY] = note
        return clip

    def _make_media(self, source: Source, available: Any) -> Any:
        if source.name not in self.paths:
            return self.otio.schema.MissingReference(name=source.file or source.name, available_range=available)
        media = self.otio.schema.ExternalReference(self.paths[source.name].absolute().as_uri(), available)
        media.name = source.file or source.name
        return media
