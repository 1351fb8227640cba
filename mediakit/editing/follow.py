"""Words that follow their sources into a programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction

from mediakit.media.recut import cut_transcript
from mediakit.media.timeline import Clip, Timeline
from mediakit.media.transcript import Segment, Transcript


def has_words(transcript: Transcript, start: Fraction, end: Fraction) -> bool:
    """Tell whether anything is said from ``start`` to ``end`` in seconds of the source."""
    return any(segment.start < end and start < segment.end and segment.text.strip() for segment in transcript.segments)


def follow_words(timeline: Timeline, transcripts: Mapping[str, Transcript]) -> Transcript | None:
    """Return what is said in a programme, in order of time; None where nothing of its sources is known.

    Args:
        timeline: the programme.
        transcripts: of its sources, by name.
    """
    found: list[Segment] = []
    first: Transcript | None = None
    ends: set[tuple[str, Fraction, Fraction]] = set()
    for name, start, at, length in _spoken(timeline):
        transcript = transcripts.get(name)
        if transcript is None:
            continue
        first = first or transcript
        part = cut_transcript(transcript, [(float(start), float(start + length))]).segments
        goes_on = (name, start, at) in ends  # a cut in the picture alone
        ends.add((name, start + length, at + length))
        found += [
            _moved(segment.model_copy(update={"cut": segment.cut or (not number and not goes_on)}), float(at))
            for number, segment in enumerate(part)
        ]
    if first is None:
        return None
    found.sort(key=lambda segment: (segment.start, segment.end))
    return first.model_copy(
        update={
            "segments": tuple(found),
            "duration": float(timeline.duration),
            "source_digest": "",
            "corrections": (),
            "warnings": (),
        }
    )


def _spoken(timeline: Timeline) -> Iterator[tuple[str, Fraction, Fraction, Fraction]]:
    """Yield (source, its second, the programme's second, seconds) of everything that may be speech."""
    for at, item in timeline.placed():
        if isinstance(item, Clip) and item.speech and item.level_db is not None:
            yield item.source, item.start, at / timeline.fps, item.frames / timeline.fps
    for clip in timeline.sound:
        if clip.role != "music":
            yield clip.source, clip.start, clip.at / timeline.fps, clip.frames / timeline.fps


def _moved(segment: Segment, seconds: float) -> Segment:
    words = tuple(
        word.model_copy(update={"start": word.start + seconds, "end": word.end + seconds}) for word in segment.words
    )
    return segment.model_copy(update={"start": segment.start + seconds, "end": segment.end + seconds, "words": words})


def first_words(transcript: Transcript) -> dict[str, float]:
    """Return when each named speaker is first heard, in seconds."""
    starts: dict[str, float] = {}
    for segment in transcript.segments:
        if segment.speaker and segment.speaker not in starts:
            starts[segment.speaker] = segment.words[0].start if segment.words else segment.start
    return starts
