"""Shorts as timelines, for other programs, and back."""

from __future__ import annotations

from fractions import Fraction

from mediakit.errors import InputError
from mediakit.media.shorts import Short, ShortsList, ShortSpan
from mediakit.media.timeline import Clip, Source, Timeline
from mediakit.media.times import seconds_to_frame


def shorts_to_timelines(shorts: ShortsList, source: Source, fps: Fraction | None = None) -> dict[str, Timeline]:
    """Return each short as a timeline of its source, by id.

    Args:
        shorts: the list.
        source: what it was proposed for.
        fps: frames a second of the timelines; None takes the source's.

    Raises:
        InputError: the list is for another file, neither gives a rate, or a short is shorter than a frame.
    """
    if shorts.source_digest and source.digest and shorts.source_digest != source.digest:
        raise InputError(f"the shorts are for another file than {source.file or source.name}")
    rate = fps or source.fps
    if rate is None:
        raise InputError(f"{source.file or source.name} has no picture to count frames by", hint="give --fps 25")
    return {short.id: _make_timeline(short, source, rate) for short in shorts.shorts}


def _make_timeline(short: Short, source: Source, fps: Fraction) -> Timeline:
    clips = []
    for first, end in _grid(short, fps, source.duration):
        if end <= first:
            raise InputError(f"short {short.id!r} has a span shorter than a frame")
        clips.append(Clip(source=source.name, start=first / fps, frames=end - first))
    return Timeline(name=short.title or short.id, fps=fps, sources=(source,), picture=tuple(clips))


def _grid(short: Short, fps: Fraction, duration: Fraction = Fraction(0)) -> list[tuple[int, int]]:
    """Return a short's spans in frames; an end past the source's (by rounding) is the source's."""
    last = int(duration * fps) if duration else None
    spans = []
    for span in short.spans:
        first, end = (seconds_to_frame(Fraction(str(time)), fps) for time in (span.start, span.end))
        spans.append((first, end if last is None else min(end, last)))
    return spans


def timeline_to_short(timeline: Timeline, short: Short | None = None, *, short_id: str = "edit") -> Short:
    """Return a timeline as a short: its clips are the spans.

    Args:
        timeline: clips of one source, nothing between them.
        short: the short that it was made from; what a timeline does not hold comes from it, and its times stay as
            they are written where the edit did not move them.
        short_id: the id, where there is no earlier short.

    Raises:
        InputError: there is more in the timeline than a short can hold.
    """
    clips = [item for item in timeline.picture if isinstance(item, Clip)]
    plain = all(clip.level_db is not None and clip.dissolve is None for clip in clips)
    if len(clips) != len(timeline.picture) or not clips or timeline.sound or not plain:
        raise InputError(
            f"the edit {timeline.name!r} has more than cuts of one file, which is all that a short holds",
            hint="render it as an edit",
        )
    if len({clip.source for clip in clips}) > 1:
        raise InputError(f"the edit {timeline.name!r} takes from several files, and a short from one")
    fps = timeline.fps
    spans = [ShortSpan(start=_seconds(clip.start), end=_seconds(clip.start + clip.frames / fps)) for clip in clips]
    if short is None:
        return Short(id=short_id, title=timeline.name, spans=tuple(spans))
    made = [(seconds_to_frame(clip.start, fps), seconds_to_frame(clip.start, fps) + clip.frames) for clip in clips]
    if made == _grid(short, fps, timeline.source(clips[0].source).duration):
        return short
    return short.model_copy(update={"spans": tuple(spans)})


def _seconds(time: Fraction) -> float:
    return round(float(time), 6)
