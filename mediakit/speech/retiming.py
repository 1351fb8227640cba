"""Times of a text that replaces what was heard: partners' times where units have partners, shares elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.media.transcript import Segment, Word, join_words
from mediakit.speech.matching import Unit, split_units
from mediakit.speech.sentences import make_segment, make_segments
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


def list_units(words: Sequence[Word], *, chinese: bool) -> HeardUnits:
    """Return the units of words, numbers read in Chinese or English."""
    units: list[Unit] = []
    owners: list[int] = []
    times: list[tuple[float, float, float | None]] = []
    for number, word in enumerate(words):
        own = split_units(word.text, chinese=chinese)
        step = (word.end - word.start) / max(1, len(own))
        times += [(word.start + n * step, word.start + (n + 1) * step, word.probability) for n in range(len(own))]
        units += own
        owners += [number] * len(own)
    return HeardUnits(tuple(words), tuple(units), tuple(owners), tuple(times))


def retime(
    text: str, partners: Sequence[int | None], heard: HeardUnits, span: tuple[int, int], *, chinese: bool
) -> list[Word]:
    """Return a text's words with times.

    Args:
        text: what is written.
        partners: for every unit of the text the heard unit that it belongs to.
        heard: what was recognised.
        span: first and last heard unit that the text stands for.
        chinese: numbers are read in Chinese.
    """
    texts = split_words(text)
    made: list[Word | None] = []
    place = 0
    for part in texts:
        count = len(split_units(part, chinese=chinese))
        found = [heard.times[p] for p in partners[place : place + count] if p is not None]
        place += count
        if found:
            known = [p for _, _, p in found if p is not None]
            start, end = found[0][0], max(found[0][0], found[-1][1])
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
        rebuilt = make_segment(words, speaker=segment.speaker)
        made.append(rebuilt.model_copy(update={"text": segment.text}))
    return made
