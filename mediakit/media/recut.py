"""A transcript that follows its words into a re-cut programme."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mediakit.media.alignment import align_segment, is_spoken
from mediakit.media.transcript import Segment, Transcript, Word

Spans = Sequence[tuple[float, float]]

_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff"
_WHOLE = re.compile(rf"[^\W{_UNSPACED}](?:[^\W{_UNSPACED}]|[\u0300-\u036f'’.,:\-](?=[^\W{_UNSPACED}]))*|.", re.DOTALL)
"""A word of letters or digits with what is inside it, or any other single character."""


def cut_transcript(transcript: Transcript, spans: Spans) -> Transcript:
    """Return the transcript of a programme re-cut to ``spans`` (start, end in seconds), retimed.

    What is said across an edge is kept up to the word, or the Chinese character, whose middle still lies inside.
    """
    made: list[Segment] = []
    offset, last = 0.0, None
    for start, end in spans:
        cut = last not in (None, start)
        last = end
        for segment in transcript.segments:
            if segment.end <= start or segment.start >= end:
                continue
            text = segment.text
            if segment.start < start or segment.end > end:
                text = _text_within(segment, start, end)
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
                        "cut": segment.cut or cut,
                    }
                )
            )
            cut = False
        offset += end - start
    return transcript.model_copy(update={"segments": tuple(made), "duration": offset, "corrections": ()})


def _text_within(segment: Segment, start: float, end: float) -> str:
    """Return what of a segment's text is said from ``start`` to ``end``.

    A word of letters or digits stays whole, and marks stay with what stands before them.
    """
    times = align_segment(segment)
    kept, inside = "", False
    for match in _WHOLE.finditer(segment.text):
        if is_spoken(match.group()[0]):
            middle = (times[match.start()][0] + times[match.end() - 1][1]) / 2
            inside = start <= middle < end
        kept += match.group() if inside else ""
    return kept.strip()


def _moved_word(word: Word, start: float, end: float, move: float) -> Word:
    return word.model_copy(update={"start": max(word.start, start) + move, "end": min(word.end, end) + move})
