"""Words and who says them: a word is one person's, and a sentence is parted only where the voice surely changes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mediakit.media.transcript import Segment, Word
from mediakit.speech.sentences import make_segment, order_words
from mediakit.speech.speaking import Speaking

_FLOOR = 0.03
_CHANGE = 2.5
_AT_PAUSE = 1.0
_AT_MARK = 0.8
_PAUSE_S = 0.25
_NEAR_S = 1.0
_MARKS = "。！？!?.…，,；;：:"


def attribute(segments: Sequence[Segment], speaking: Speaking, channel: int | None = None) -> tuple[Segment, ...]:
    """Return segments of one speaker each; those that have one keep it, and a script's sentence stays whole.

    Args:
        segments: of a transcript, in order.
        speaking: who speaks when.
        channel: where the words were heard; None is anywhere.
    """
    made: list[Segment] = []
    for segment in segments:
        if segment.speaker is not None or not speaking.count:
            made.append(segment)
        elif segment.script is not None and segment.script != "aside":
            made.append(segment.model_copy(update={"speaker": _name_of(_of_all(segment, speaking, channel))}))
        else:
            made += _part(segment, speaking, channel)
    return tuple(made)


def speaker_id(number: int) -> str:
    """Return what a person without a name is called: ``S1`` is who speaks first."""
    return f"S{number + 1}"


def merge_channels(parts: Sequence[Sequence[Segment]], duration: float) -> tuple[Segment, ...]:
    """Return the segments of several channels as one course of speech: what is said at once stands one after the other.

    Args:
        parts: segments of each channel, in order.
        duration: of the media in seconds; no word ends later.
    """
    flat: list[Segment] = []
    for segment in sorted((one for part in parts for one in part), key=lambda one: (one.start, one.end)):
        if flat and segment.words and flat[-1].words and segment.start < flat[-1].end:
            flat[-1:] = _share_time(flat[-1], segment)
        else:
            flat.append(segment)
    words = iter(order_words([word for segment in flat for word in segment.words], duration))
    made = []
    for segment in flat:
        own = tuple(next(words) for _ in segment.words)
        times = {"start": own[0].start, "end": own[-1].end} if own else {}
        made.append(segment.model_copy(update={"words": own, **times}))
    return tuple(made)


def _share_time(first: Segment, second: Segment) -> tuple[Segment, Segment]:
    """Return two segments that were said at once, one after the other: each gets time after its length in letters."""
    start, end = first.start, max(first.end, second.end)
    edge = start + (end - start) * len(first.text) / max(1, len(first.text) + len(second.text))
    low, high = second.start, first.end if second.end > first.end else end
    edge = min(max(edge, low), high)
    return _squeeze(first, start, edge), _squeeze(second, edge, end)


def _squeeze(segment: Segment, start: float, end: float) -> Segment:
    """Return a segment with its words moved in proportion, so that it lasts from one time to another."""
    rate = (end - start) / max(segment.end - segment.start, 1e-6)

    def move(time: float) -> float:
        return round(start + (time - segment.start) * rate, 3)

    words = [word.model_copy(update={"start": move(word.start), "end": move(word.end)}) for word in segment.words]
    return segment.model_copy(update={"words": tuple(words), "start": words[0].start, "end": words[-1].end})


def _name_of(number: int | None) -> str | None:
    return None if number is None else speaker_id(number)


def _of_all(segment: Segment, speaking: Speaking, channel: int | None) -> int | None:
    """Return who says most of a segment."""
    words = segment.words or (Word(text=segment.text, start=segment.start, end=segment.end),)
    totals = [0.0] * speaking.count
    for word in words:
        for number, share in enumerate(speaking.shares(word.start, word.end, channel)):
            totals[number] += float(share) * max(word.end - word.start, 0.02)
    most = _most(totals)
    return _nearest(segment, speaking, channel) if most is None else most


def _most(totals: Sequence[float]) -> int | None:
    """Return whose total is the largest, the first of equals; None where all are nothing."""
    most = max(range(len(totals)), key=lambda number: (round(float(totals[number]), 6), -number))
    return most if totals[most] > 0 else None


def _nearest(segment: Segment, speaking: Speaking, channel: int | None) -> int | None:
    """Return who speaks right before or after a segment that no voice was found in."""
    return _most(speaking.shares(max(0.0, segment.start - _NEAR_S), segment.end + _NEAR_S, channel))


def _part(segment: Segment, speaking: Speaking, channel: int | None) -> list[Segment]:
    """Return a segment in parts of one speaker each."""
    if len(segment.words) < 2:
        return [segment.model_copy(update={"speaker": _name_of(_of_all(segment, speaking, channel))})]
    owners = _assign_words(segment.words, speaking, channel)
    if all(owner == owners[0] for owner in owners):
        sure = any(speaking.shares(word.start, word.end, channel)[owners[0]] > 0 for word in segment.words)
        owner = owners[0] if sure else _nearest(segment, speaking, channel)
        return [segment.model_copy(update={"speaker": _name_of(owner)})]
    made, first = [], 0
    for place in range(1, len(owners) + 1):
        if place == len(owners) or owners[place] != owners[first]:
            part = make_segment(segment.words[first:place], speaker=speaker_id(owners[first]))
            made.append(part.model_copy(update={"script": segment.script, "cut": segment.cut and first == 0}))
            first = place
    return made


def _assign_words(words: Sequence[Word], speaking: Speaking, channel: int | None) -> list[int]:
    """Return who says each word: the likeliest course, where a change costs less at a pause or a mark (Viterbi)."""
    best = [0.0] * speaking.count
    steps: list[list[int]] = []
    for place, word in enumerate(words):
        shares = speaking.shares(word.start, word.end, channel)
        cost = [-math.log(_FLOOR + (1 - _FLOOR) * float(share)) for share in shares]
        change = _change_cost(words[place - 1], word) if place else 0.0
        cheapest = min(range(speaking.count), key=lambda number: (best[number], number))
        origins = [number if best[number] <= best[cheapest] + change else cheapest for number in range(speaking.count)]
        arrived = [best[origin] + (change if origin != number else 0.0) for number, origin in enumerate(origins)]
        best = [round(before + own, 9) for before, own in zip(arrived, cost, strict=True)]
        steps.append(origins)
    owner = min(range(speaking.count), key=lambda number: (best[number], number))
    owners = [owner]
    for origins in reversed(steps[1:]):
        owner = origins[owner]
        owners.append(owner)
    return owners[::-1]


def _change_cost(before: Word, after: Word) -> float:
    cost = _CHANGE
    if after.start - before.end >= _PAUSE_S:
        cost -= _AT_PAUSE
    if before.text[-1:] in _MARKS:
        cost -= _AT_MARK
    return cost
