"""Times of a text that replaces what was heard: partners' times where units have partners, shares elsewhere."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

from mediakit.media.transcript import Segment, Word, join_words
from mediakit.speech.matching import Unit, split_units
from mediakit.speech.sentences import make_segments
from mediakit.speech.words import split_words, spread_words


@dataclass(frozen=True)
class HeardUnits:
    """Recognised words as units: ``owners`` says which word each unit is of, ``times`` when and how surely it was said.

    Times are (start, end, probability), a word's time shared by its units.
    """

    words: tuple[Word, ...]
    units: tuple[Unit, ...]
    owners: tuple[int, ...]
    times: tuple[tuple[float, float, float | None], ...]


def list_units(words: Sequence[Word], *, chinese: bool, spoken: str = "") -> HeardUnits:
    """Return the units of words; numbers are read in Chinese or English, as in ``spoken`` where there is a choice."""
    units = split_units(join_words(word.text for word in words), chinese=chinese, spoken=spoken)
    owners = owners_of(units, [word.text for word in words])
    counts = Counter(owners)
    done: Counter[int] = Counter()
    times: list[tuple[float, float, float | None]] = []
    for owner in owners:
        word = words[owner]
        step = (word.end - word.start) / counts[owner]
        start = word.start + done[owner] * step
        times.append((start, start + step, word.probability))
        done[owner] += 1
    return HeardUnits(tuple(words), tuple(units), tuple(owners), tuple(times))


def owners_of(units: Sequence[Unit], texts: Sequence[str]) -> list[int]:
    """Return for each unit of a text which of its words it is of."""
    ends = list(accumulate(len(text) - sum(map(str.isspace, text)) for text in texts))
    return [min(bisect_right(ends, unit.place), len(texts) - 1) for unit in units]


def retime(
    text: str,
    units: Sequence[Unit],
    partners: Sequence[int | None],
    heard: HeardUnits,
    span: tuple[int, int],
) -> list[Word]:
    """Return a text's words with times.

    Args:
        text: what is written.
        units: the text's.
        partners: for every unit of the text the heard unit that it belongs to.
        heard: what was recognised.
        span: first and last heard unit that the text stands for.
    """
    texts = split_words(text)
    found: list[list[tuple[float, float, float | None]]] = [[] for _ in texts]
    for owner, partner in zip(owners_of(units, texts), partners, strict=True):
        if partner is not None:
            found[owner].append(heard.times[partner])
    made: list[Word | None] = []
    for part, own in zip(texts, found, strict=True):
        if own:
            known = [p for _, _, p in own if p is not None]
            start, end = own[0][0], max(own[0][0], own[-1][1])
            made.append(Word(text=part, start=start, end=end, probability=min(known, default=None)))
        else:
            made.append(None)
    return _filled(texts, made, heard.times[span[0]][0], heard.times[span[1]][1])


def _filled(texts: Sequence[str], made: Sequence[Word | None], start: float, end: float) -> list[Word]:
    words: list[Word] = []
    place = 0
    last = start
    while place < len(made):
        word = made[place]
        if word is not None:
            first = max(word.start, last)
            words.append(word.model_copy(update={"start": round(first, 3), "end": round(max(first, word.end), 3)}))
            last = words[-1].end
            place += 1
            continue
        stop = place
        while stop < len(made) and made[stop] is None:
            stop += 1
        following = made[stop] if stop < len(made) else None
        limit = max(last, following.start if following is not None else end)
        if limit - last < 0.04 * (stop - place) and words:
            back = words.pop()
            words.extend(spread_words([back.text, *texts[place:stop]], back.start, max(limit, back.end)))
        else:
            words.extend(spread_words(texts[place:stop], last, limit))
        last = words[-1].end
        place = stop
    return words


def text_of(heard: HeardUnits, first: int, stop: int) -> str:
    """Return what was recognised in a range of units, whole words where they lie inside."""
    parts: list[str] = []
    place = first
    while place < stop:
        owner = heard.owners[place]
        units = [n for n in range(place, stop) if heard.owners[n] == owner]
        whole = (place == 0 or heard.owners[place - 1] != owner) and (
            units[-1] + 1 == len(heard.owners) or heard.owners[units[-1] + 1] != owner
        )
        parts.append(heard.words[owner].text if whole else "".join(heard.units[n].text for n in units))
        place = units[-1] + 1
    return join_words(parts)


def keep_units(heard: HeardUnits, first: int, stop: int) -> list[Segment]:
    """Return segments of recognised units that no sentence took."""
    kept: list[Word] = []
    place = first
    while place < stop:
        owner = heard.owners[place]
        end = place
        while end < stop and heard.owners[end] == owner:
            end += 1
        text = text_of(heard, place, end)
        start, finish = heard.times[place][0], heard.times[end - 1][1]
        kept.append(heard.words[owner].model_copy(update={"text": text, "start": start, "end": max(start, finish)}))
        place = end
    return list(make_segments([kept])) if kept else []


def set_apart(segments: Sequence[Segment]) -> list[Segment]:
    """Return segments in order of time, none reaching into the next."""
    made: list[Segment] = []
    last = 0.0
    for segment in segments:
        words = []
        for word in segment.words:
            start = max(word.start, last)
            last = max(start, word.end)
            words.append(word.model_copy(update={"start": start, "end": last}))
        times = {"start": words[0].start, "end": words[-1].end} if words else {}
        made.append(segment.model_copy(update={"words": tuple(words), **times}))
    return made
