"""A transcript that follows its words into a re-cut programme."""

from __future__ import annotations

from collections.abc import Sequence

from mediakit.media.alignment import align_segment
from mediakit.media.transcript import Segment, Transcript, Word

Spans = Sequence[tuple[float, float]]


def cut_transcript(transcript: Transcript, spans: Spans) -> Transcript:
    """Return the transcript of a programme re-cut to ``spans`` (start, end in seconds), retimed.

    What is said across an edge is kept up to the character whose middle still lies inside.
    """
    made: list[Segment] = []
    offset = 0.0
    for start, end in spans:
        for segment in transcript.segments:
            if segment.end <= start or segment.start >= end:
                continue
            text = segment.text
            if segment.start < start or segment.end > end:
                times = align_segment(segment)
                kept = [start <= (a + b) / 2 < end for a, b in times]
                text = "".join(char for char, inside in zip(segment.text, kept, strict=True) if inside).strip()
            if not text:
                continue
            move = offset - start
            words = tuple(
                _moved_word(word, start, end, move)
                for word in segment.words
                if start <= (word.start + word.end) / 2 < end
            )
            made.append(
                segment.model_copy(
                    update={
                        "start": max(segment.start, start) + move,
                        "end": min(segment.end, end) + move,
                        "text": text,
                        "words": words,
                    }
                )
            )
        offset += end - start
    return transcript.model_copy(update={"segments": tuple(made), "duration": offset, "corrections": ()})


def _moved_word(word: Word, start: float, end: float, move: float) -> Word:
    return word.model_copy(update={"start": max(word.start, start) + move, "end": min(word.end, end) + move})
