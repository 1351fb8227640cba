"""Word edges: where the sound pauses, the words beside the pause end and begin with it.

A recogniser's word times are off by a tenth of a second and more at the ends of phrases. Pauses of the voice (see
`mediakit.speech.pauses`) are given to the gaps between words, in order, at the least cost: near the gap's own time,
rather where a sentence or clause ends. The words between two such gaps are stretched a little to fit.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from mediakit.media.transcript import Segment, Word
from mediakit.speech.pauses import Pause

Mark = Literal["", "clause", "sentence"]

_SENTENCE = re.compile(r"[。！？!?….][”’\"'）)」』》\]]*$")
_CLAUSE = re.compile(r"[，、,;；:：—][”’\"'）)」』》\]]*$")
_NEAR_S = 0.45
_SHALLOW_DB = 24.0
_NEAR_SHALLOW_S = 0.22
_STRAY_S = 0.15
_EARLY_S = 0.12
_EARLY_SHARE = 0.4
_BONUS = {"": -0.02, "clause": 0.12, "sentence": 0.22}
_USUAL_PAUSE_S = 0.12
_MOST_LOST_S = 0.6
_HESITATION_S = 0.13
_LONG_GAP_S = 0.45
_SHORTEST_WORD_S = 0.05
_REACH_S = 0.3


@dataclass(frozen=True)
class Gap:
    """Between two words: seconds at which the one ends and the other starts, and what stands there in print."""

    end: float
    start: float
    mark: Mark


def fit_segments(segments: Sequence[Segment], pauses: Sequence[Pause]) -> tuple[Segment, ...]:
    """Return segments whose words end and begin with the sound's pauses."""
    words = [word for segment in segments for word in segment.words]
    marks: list[Mark] = []
    for segment in segments:
        marks += [_mark_after(word.text) for word in segment.words]
        if segment.words:
            marks[-1] = "sentence"
    fitted = iter(fit_words(words, marks, pauses))
    made = []
    for segment in segments:
        own = tuple(next(fitted) for _ in segment.words)
        times = {"start": own[0].start, "end": own[-1].end} if own else {}
        made.append(segment.model_copy(update={"words": own, **times}))
    return tuple(made)


def fit_words(words: Sequence[Word], marks: Sequence[Mark], pauses: Sequence[Pause]) -> list[Word]:
    """Return words with edges at pauses; ``marks`` say what stands after each word."""
    if not words or not pauses:
        return list(words)
    gaps = [Gap(float("-inf"), words[0].start, "sentence")]
    gaps += [Gap(a.end, b.start, mark) for a, b, mark in zip(words, words[1:], marks, strict=False)]
    gaps.append(Gap(words[-1].end, float("inf"), "sentence"))
    taken = assign_pauses(gaps, pauses)
    ends: dict[int, float] = {}
    starts: dict[int, float] = {}
    for number, found in taken.items():
        gap = gaps[number]
        own = _without_strays(found)
        if not gap.mark and own[-1].end - own[0].start < _HESITATION_S:
            continue
        if number > 0 and abs(own[0].start - gap.end) <= _near(own[0]):
            ends[number - 1] = own[0].start
        if number < len(words) and not own[-1].coarse and abs(own[-1].end - gap.start) <= _near(own[-1]):
            starts[number] = own[-1].end
    return _stretch(words, starts, _lengthen(gaps, starts, ends))


def _lengthen(gaps: Sequence[Gap], starts: dict[int, float], ends: dict[int, float]) -> dict[int, float]:
    """Return ends of words with those at marks where no pause was found: a recogniser ends phrases early."""
    made = dict(ends)
    for number, gap in enumerate(gaps[1:]):
        if not gap.mark or number in ends:
            continue
        room = starts.get(number + 1, gap.start) - gap.end
        if room > 0:
            made[number] = gap.end + min(_EARLY_S, _EARLY_SHARE * room)
    return made


def assign_pauses(gaps: Sequence[Gap], pauses: Sequence[Pause]) -> dict[int, list[Pause]]:
    """Return for gaps the pauses that belong to them, in order, at the least cost (dynamic programming)."""
    first = [gap.end for gap in gaps]
    last = [gap.start for gap in gaps]
    lows = [bisect_left(last, pause.end - _NEAR_S) for pause in pauses]
    passed = list(accumulate(reversed(lows), min))[::-1]
    front: list[tuple[int, float, int]] = [(-1, 0.0, -1)]
    steps: list[tuple[int, int, int]] = []
    for number, pause in enumerate(pauses):
        low, high = lows[number], bisect_right(first, pause.start + _NEAR_S)
        # of the states before all gaps that are still to come only the last, and cheapest, matters
        front = front[max(bisect_left(front, (passed[number],)) - 1, 0) :]
        states = [(gap, cost + _loss(pause), step) for gap, cost, step in front]
        for gap in range(low, high):
            own = _distance(gaps[gap], pause)
            if own > _near(pause):
                continue
            worth = _BONUS[gaps[gap].mark] * min(1.5, pause.length / _USUAL_PAUSE_S)
            for came, cost, step in front:
                if came < gap or (came == gap and _is_long(gaps[gap])):
                    steps.append((number, gap, step))
                    states.append((gap, cost + own - (worth if came < gap else 0.0), len(steps) - 1))
        front = _thin(states)
    taken: dict[int, list[Pause]] = {}
    step = min(front, key=lambda state: state[1])[2]
    while step >= 0:
        number, gap, step = steps[step]
        taken.setdefault(gap, []).insert(0, pauses[number])
    return taken


def _near(pause: Pause) -> float:
    """Return how far a word's edge may move to a pause: little if what is underneath may have made the pause."""
    return _NEAR_S if pause.contrast >= _SHALLOW_DB else _NEAR_SHALLOW_S


def _without_strays(pauses: Sequence[Pause]) -> list[Pause]:
    """Return a long gap's pauses without short unsteady ones at its sides: those lie within the words beside it."""
    own = list(pauses)
    while len(own) > 1 and not own[0].steady and own[0].length < _STRAY_S:
        own.pop(0)
    while len(own) > 1 and not own[-1].steady and own[-1].length < _STRAY_S:
        own.pop()
    return own


def _is_long(gap: Gap) -> bool:
    return gap.start - gap.end >= _LONG_GAP_S


def _loss(pause: Pause) -> float:
    """Return what it costs to take a pause for a part of a word: little for a stop consonant, much beyond."""
    return min(_MOST_LOST_S, 0.03 + 0.15 * (pause.length / 0.15) ** 2)


def _distance(gap: Gap, pause: Pause) -> float:
    left, right = abs(pause.start - gap.end), abs(pause.end - gap.start)
    if not _is_long(gap):
        return (left + right) / 2
    outside = pause.start > gap.start or pause.end < gap.end
    return min(left, right) + (pause.length + 0.1 if outside else 0.0)


def _thin(states: Sequence[tuple[int, float, int]]) -> list[tuple[int, float, int]]:
    """Keep states that no other beats by a lower cost at the same or an earlier gap."""
    kept: list[tuple[int, float, int]] = []
    for state in sorted(states, key=lambda one: (one[0], one[1])):
        if not kept or state[1] < kept[-1][1] - 1e-9:
            kept.append(state)
    return kept


def _mark_after(text: str) -> Mark:
    if _SENTENCE.search(text):
        return "sentence"
    return "clause" if _CLAUSE.search(text) else ""


def _stretch(words: Sequence[Word], starts: dict[int, float], ends: dict[int, float]) -> list[Word]:
    """Return words between new edges; a phrase that would become too short keeps its times as far as it can."""
    made: list[Word] = []
    first = 0
    limit = 0.0
    for last in range(len(words)):
        if last + 1 < len(words) and last not in ends and last + 1 not in starts:
            continue
        phrase = words[first : last + 1]
        start = max(limit, starts.get(first, phrase[0].start))
        end = ends.get(last, phrase[-1].end)
        if end - start < min(phrase[-1].end - phrase[0].start, _SHORTEST_WORD_S * len(phrase)):
            start, end = max(limit, phrase[0].start), max(limit, phrase[-1].end, start)
        if last + 1 < len(words) and last + 1 not in starts:
            end = min(end, max(start, words[last + 1].start))
        made += _warp(phrase, start, end)
        limit = made[-1].end
        first = last + 1
    return made


def _warp(phrase: Sequence[Word], start: float, end: float) -> list[Word]:
    """Move a phrase's edges; the shift fades out within it, over at least three tenths of a second."""
    old_start, old_end = phrase[0].start, phrase[-1].end
    before, after = start - old_start, end - old_end
    length = max(old_end - old_start, 1e-6)
    reach_before = min(max(_REACH_S, 2.5 * abs(before)), length)
    reach_after = min(max(_REACH_S, 2.5 * abs(after)), length)

    def moved(time: float) -> float:
        near_start = max(0.0, 1 - (time - old_start) / reach_before)
        near_end = max(0.0, 1 - (old_end - time) / reach_after)
        return time + before * near_start + after * near_end

    made = []
    place = start
    for word in phrase:
        first = min(max(place, moved(word.start)), end)
        place = min(max(first, moved(word.end)), end)
        made.append(word.model_copy(update={"start": round(first, 3), "end": round(place, 3)}))
    return made
