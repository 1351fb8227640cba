"""Times for every character of a segment's display text, taken from its words.

A recogniser's words and the text that a reader sees differ: punctuation, spaces, case, corrections by a glossary,
digits for numerals. Both are compared character by character; what has no partner takes its share of the time that
lies between its neighbours.
"""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.media.transcript import Segment

Times = tuple[float, float]

_MATCH_LIMIT = 4000


def is_spoken(character: str) -> bool:
    """Tell whether a character is said aloud: a letter, digit, ideograph or symbol such as ``%``, not punctuation."""
    category = unicodedata.category(character)
    return category[0] in "LNM" or category in ("Sc", "So", "Sm") or character in "%％‰&@#"


def align_segment(segment: Segment) -> list[Times]:
    """Return (start, end) in seconds for every character of ``segment.text``, never running backwards.

    Punctuation and spaces get the moment at which the character before them ends.
    """
    source, times = _word_characters(segment)
    spoken = [i for i, character in enumerate(segment.text) if is_spoken(character)]
    keys = [_key(segment.text[i]) for i in spoken]
    placed = _spread(len(spoken), segment.start, segment.end) if not source else _place(source, times, keys)
    return _fill(len(segment.text), dict(zip(spoken, placed, strict=True)), segment.start)


def _key(character: str) -> str:
    return unicodedata.normalize("NFKC", character).casefold()


def _word_characters(segment: Segment) -> tuple[list[str], list[Times]]:
    keys: list[str] = []
    times: list[Times] = []
    for word in segment.words:
        spoken = [character for character in word.text if is_spoken(character)]
        keys += map(_key, spoken)
        times += _spread(len(spoken), word.start, word.end)
    return keys, times


def _spread(count: int, start: float, end: float) -> list[Times]:
    end = max(start, end)
    step = (end - start) / count if count else 0.0
    return [(start + k * step, end if k == count - 1 else start + (k + 1) * step) for k in range(count)]


def _place(source: Sequence[str], times: Sequence[Times], target: Sequence[str]) -> list[Times]:
    if list(source) == list(target):
        return list(times)
    if len(source) + len(target) > _MATCH_LIMIT:
        return _spread(len(target), times[0][0], times[-1][1])
    placed: list[Times] = []
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, source, target, autojunk=False).get_opcodes():
        if tag == "equal":
            placed += times[a0:a1]
        elif tag == "replace":
            placed += _spread(b1 - b0, times[a0][0], times[a1 - 1][1])
        elif tag == "insert":
            before = times[a0 - 1][1] if a0 else times[0][0]
            after = times[a0][0] if a0 < len(times) else before
            placed += _spread(b1 - b0, before, after)
    return placed


def _fill(length: int, spoken: dict[int, Times], start: float) -> list[Times]:
    result: list[Times] = []
    moment = start if not spoken else min(start, min(first for first, _ in spoken.values()))
    for i in range(length):
        first, last = spoken.get(i, (moment, moment))
        first = max(first, result[-1][0] if result else first)
        last = max(first, last)
        result.append((first, last))
        moment = max(moment, last)
    return result
