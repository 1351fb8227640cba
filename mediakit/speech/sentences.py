"""Sentences: words in order, without overlaps, in segments of about a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mediakit.media.transcript import Segment, Word, join_words

PAUSE_S = 1.2
"""A pause that always ends a segment."""

_BREATH_S = 0.45
_LONGEST_S = 22.0
_LONGEST_CHARACTERS = 180
_LONGEST_HAN = 60
_SHORTEST_WORD_S = 0.02
_FINAL = re.compile(r"[。！？!?…][”’\"'）)」』》\]]*$")
_DOT = re.compile(r"\.[”’\"')\]]*$")
_COMMA = re.compile(r"[，、,;；:：][”’\"'）)」』]*$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SHORTENED = re.compile(
    r"^(?:[A-Z]|mr|mrs|ms|dr|st|prof|sr|jr|vs|etc|no|gen|sen|rep|gov|col|lt|capt|inc|ltd|co|corp|e\.g|i\.e|u\.s|u\.k|a\.m|p\.m)\.$",
    re.IGNORECASE,
)


def order_words(words: Sequence[Word], duration: float) -> tuple[Word, ...]:
    """Return words whose times never run backwards, overlap, or pass the media's end; none lasts no time at all."""
    made: list[Word] = []
    last = 0.0
    for word in words:
        start = min(max(word.start, last), duration)
        end = min(max(word.end, start), duration)
        made.append(word.model_copy(update={"start": start, "end": end}))
        last = end
    return tuple(_give_time(made, duration))


def _give_time(words: list[Word], duration: float) -> list[Word]:
    """Share time with words that have none: what lies between their neighbours, the word before included."""
    place = 0
    while place < len(words):
        if words[place].end - words[place].start >= _SHORTEST_WORD_S:
            place += 1
            continue
        first = last = place
        while last + 1 < len(words) and words[last + 1].end - words[last + 1].start < _SHORTEST_WORD_S:
            last += 1
        limit = words[last + 1].start if last + 1 < len(words) else duration
        end = min(limit, max(words[last].end, words[first].start + 0.1 * (last - first + 1)))
        if end - words[first].start < _SHORTEST_WORD_S * (last - first + 1) and first > 0:
            first -= 1
        start = words[first].start
        sizes = [max(1, len(word.text)) for word in words[first : last + 1]]
        share = max(0.0, end - start) / sum(sizes)
        for offset, size in enumerate(sizes):
            stop = start + share * size
            words[first + offset] = words[first + offset].model_copy(
                update={"start": round(start, 3), "end": round(max(start, stop), 3)}
            )
            start = stop
        place = last + 1
    return words


def make_segments(runs: Sequence[Sequence[Word]], *, speaker: str | None = None) -> tuple[Segment, ...]:
    """Return segments of about a sentence: parted at final marks and long pauses, bounded in length.

    Args:
        runs: words in order; where a run ends, a short pause is enough to end a sentence.
        speaker: who says all of them, if known.
    """
    sentences: list[list[Word]] = [[]]
    for number, run in enumerate(runs):
        for place, word in enumerate(run):
            sentences[-1].append(word)
            following = run[place + 1] if place + 1 < len(run) else _first_word(runs[number + 1 :])
            if following is None or _ends(word, following, at_run_end=place + 1 == len(run)):
                sentences.append([])
    parts = [part for sentence in sentences if sentence for part in _bound(sentence)]
    return tuple(make_segment(part, speaker=speaker) for part in parts)


def make_segment(words: Sequence[Word], *, speaker: str | None = None) -> Segment:
    """Return one segment of words."""
    text = join_words(word.text for word in words)
    return Segment(start=words[0].start, end=words[-1].end, text=text, words=tuple(words), speaker=speaker)


def _first_word(runs: Sequence[Sequence[Word]]) -> Word | None:
    return next((run[0] for run in runs if run), None)


def _ends(word: Word, following: Word, *, at_run_end: bool) -> bool:
    """Tell whether a sentence ends between two words."""
    gap = following.start - word.end
    if _FINAL.search(word.text) or gap >= PAUSE_S:
        return True
    if _DOT.search(word.text):
        return not _SHORTENED.match(word.text) and not following.text[:1].islower()
    return at_run_end and gap >= _BREATH_S and not _COMMA.search(word.text)


def _bound(words: list[Word]) -> list[list[Word]]:
    """Part a sentence that is too long for one segment at its best place, again and again."""
    text = "".join(word.text for word in words)
    limit = _LONGEST_HAN if len(_HAN.findall(text)) * 2 > len(text) else _LONGEST_CHARACTERS
    if len(words) < 2 or (len(text) <= limit and words[-1].end - words[0].start <= _LONGEST_S):
        return [words]

    def worth(place: int) -> float:
        gap = words[place].start - words[place - 1].end
        comma = 1.0 if _COMMA.search(words[place - 1].text) else 0.0
        middle = 1 - abs(2 * place / len(words) - 1)
        return comma + min(gap, 1.0) * 2 + middle

    cut = max(range(1, len(words)), key=lambda place: (worth(place), -place))
    return [*_bound(words[:cut]), *_bound(words[cut:])]
