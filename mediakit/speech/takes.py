"""Takes: where each sentence of the script was said, once or several times, in the script's order or another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from mediakit.speech.matching import Unit, align_units

ALIKE = 0.6
"""Least similarity at which a sentence of the script replaces what was heard."""

_ALIKE_ALONE = 0.75
_ALIKE_AGAIN = 0.7
_ALIKE_IN_PART = 0.75
_PART_UNITS = 4
_REMARK_UNITS = 4
_LONG_ENOUGH = 8
_AGAIN_UNITS = 4
_STRAY_UNITS = 3
_SEARCHED_CELLS = 4_000_000
_SEARCHED_LINES = 12
_MOST_ROUNDS = 6
_BELONGS = 0.25
_STARTED = 0.7
_WHOLE = 0.8


@dataclass(frozen=True)
class Take:
    """Where a sentence was heard.

    Attributes:
        line: the sentence's index.
        first: the first heard unit.
        last: the last one.
        alike: how alike, 0 to 1.
        partners: for each of the sentence's units the heard unit and how alike they are, or None.
        partial: only a part of the sentence was said for certain.
        again: the same sentence is said once more later.
    """

    line: int
    first: int
    last: int
    alike: float
    partners: tuple[tuple[int, float] | None, ...]
    partial: bool = False
    again: bool = False

    @property
    def sure(self) -> tuple[int, ...]:
        """Heard units whose partners sound alike, in order."""
        return tuple(pair[0] for pair in self.partners if pair is not None and pair[1] > 0)


@dataclass(frozen=True)
class Found:
    """Takes in order of time, and heard units that begin a sentence which is then said anew (``(first, last, line)``).

    ``belongs`` is false if speech and script have too little in common: there are no takes then.
    """

    takes: tuple[Take, ...]
    started: tuple[tuple[int, int, int], ...] = ()
    belongs: bool = True


def find_takes(heard: Sequence[Unit], written: Sequence[Sequence[Unit]]) -> Found:
    """Return where the sentences (``written``, units of each) were heard."""
    pairs = align_units(heard, [unit for units in written for unit in units])
    if pairs is None:
        return Found((), belongs=False)
    matches = _trust(match_sentences(written, pairs), written)
    takes = _mend([take for take in matches if take is not None], heard, written)
    if not _is_of(takes, len(heard), sum(map(len, written))):
        return Found((), belongs=False)
    takes = _claim_strays(_claim_misheard(takes, len(heard)), len(heard), len(written))
    for _ in range(_MOST_ROUNDS):
        more = [
            take
            for first, stop in _free(takes, len(heard), _AGAIN_UNITS)
            for take in _search(heard, written, first, stop, takes)
        ]
        if not more:
            break
        takes = sorted([*takes, *more], key=lambda take: take.first)
    latest = {take.line: number for number, take in enumerate(takes)}
    marked = tuple(
        take if latest[take.line] == number else replace(take, again=True) for number, take in enumerate(takes)
    )
    return Found(marked, tuple(_find_starts(heard, written, marked)))


def match_sentences(
    written: Sequence[Sequence[Unit]], pairs: Sequence[tuple[int, int, float]], *, zero: int = 0
) -> list[Take | None]:
    """Return for every sentence where it was heard.

    Args:
        written: the sentences' units.
        pairs: heard index, written index, likeness 0 to 1.
        zero: index of the first sentence.
    """
    partner = {there: (here, likeness) for here, there, likeness in pairs}
    takes: list[Take | None] = []
    place = 0
    for number, units in enumerate(written):
        found = [partner.get(place + n) for n in range(len(units))]
        place += len(units)
        sure = [pair[0] for pair in found if pair is not None and pair[1] > 0]
        if not sure:
            takes.append(None)
            continue
        first, last = _with_edges(*_dense_range(sure, len(units)), found)
        inside = tuple(pair if pair is not None and first <= pair[0] <= last else None for pair in found)
        takes.append(_weigh(Take(zero + number, first, last, 0.0, inside)))
    return takes


def _weigh(take: Take) -> Take:
    """Return a take with its likeness: of the whole sentence, or of the part that was said."""
    alike = sum(pair[1] for pair in take.partners if pair is not None)
    size = take.last - take.first + 1 - sum(last - first + 1 for _, first, last in find_remarks(take.partners))
    whole = alike / max(len(take.partners), size)
    if whole < ALIKE and len(take.sure) >= _PART_UNITS and alike >= _ALIKE_IN_PART * size:
        return replace(take, alike=alike / size, partial=True)
    return replace(take, alike=whole)


def find_remarks(
    partners: Sequence[tuple[int, float] | None], low: int = 0, high: int | None = None
) -> list[tuple[int, int, int]]:
    """Return runs of heard units that were put in: (the sentence's unit after it, first, last heard unit)."""
    units = range(low, len(partners) if high is None else high)
    sure = [(n, pair[0]) for n in units if (pair := partners[n]) is not None and pair[1] > 0]
    found = []
    for (unit, here), (following, there) in pairwise(sure):
        more, fewer = there - here - 1, following - unit - 1
        if more >= _REMARK_UNITS and more >= 3 * fewer:
            found.append((following, here + 1, there - 1))
    return found


def _dense_range(places: Sequence[int], size: int) -> tuple[int, int]:
    """Return the range of heard units that holds most partners without stretching past the sentence's length."""
    ranges = []
    for low, start in enumerate(places):
        high = low
        while high + 1 < len(places) and places[high + 1] - start < size * 2 + 4:
            high += 1
        worth = (high - low + 1) * 2 - (places[high] - start + 1) * 0.5
        ranges.append((worth, -low, start, places[high]))
    _, _, first, last = max(ranges)
    return first, last


def _with_edges(first: int, last: int, found: Sequence[tuple[int, float] | None]) -> tuple[int, int]:
    """Widen a range by what was misheard at its edges: partners that sound unlike, right beside it."""
    places = {pair[0] for pair in found if pair is not None}
    while first - 1 in places:
        first -= 1
    while last + 1 in places:
        last += 1
    return first, last


def _trust(takes: Sequence[Take | None], written: Sequence[Sequence[Unit]]) -> list[Take | None]:
    """Keep takes that are alike enough; a short one only beside another, a lone one only if long and very alike."""
    kept = [take if take is not None and take.alike >= ALIKE else None for take in takes]
    sure: list[Take | None] = []
    for number, take in enumerate(kept):
        near = [kept[n] for n in (number - 1, number + 1) if 0 <= n < len(kept)]
        beside = any(other is not None for other in near)
        long = take is not None and (len(take.sure) if take.partial else len(written[number])) >= _LONG_ENOUGH
        alone = take is not None and long and take.alike >= _ALIKE_ALONE
        sure.append(take if take is not None and (alone or (beside and len(written[number]) >= 2)) else None)
    anchors = sum(1 for n, take in enumerate(sure) if take is not None and len(written[n]) >= _LONG_ENOUGH)
    return sure if anchors else [None] * len(sure)


def _is_of(takes: Sequence[Take], heard: int, written: int) -> bool:
    """Tell whether enough of the script, or of the speech, was found: a series' opening words alone do not count."""
    found = sum(sum(1 for pair in take.partners if pair is not None and pair[1] > 0) for take in takes)
    return found >= _BELONGS * max(1, min(heard, written))


def _mend(takes: Sequence[Take], heard: Sequence[Unit], written: Sequence[Sequence[Unit]]) -> list[Take]:
    """Align sentences anew of which a part was given to words elsewhere, in the room that their neighbours leave."""
    made = list(takes)
    for number, take in enumerate(takes):
        units = written[take.line]
        if len(take.sure) >= _WHOLE * len(units):
            continue
        low = max(made[number - 1].last + 1 if number else 0, take.first - len(units))
        stop = min(made[number + 1].first if number + 1 < len(made) else len(heard), take.last + 1 + len(units))
        pairs = align_units(heard[low:stop], units) or ()
        again = match_sentences([units], [(low + here, there, alike) for here, there, alike in pairs], zero=take.line)
        if again[0] is not None and len(again[0].sure) > len(take.sure):
            made[number] = again[0]
    return made


def _claim_strays(takes: Sequence[Take], heard: int, lines: int) -> list[Take]:
    """Give takes the few stray units beside them: between two sentences that follow each other, and at both ends."""
    made = list(takes)
    for number, (before, after) in enumerate(pairwise(takes)):
        gap = after.first - made[number].last - 1
        edges = (*before.partners[-_STRAY_UNITS - 1 :], None), (*after.partners[: _STRAY_UNITS + 1], None)
        met = all(any(pair is not None and pair[1] > 0 for pair in edge) for edge in edges)
        if after.line == before.line + 1 and 0 < gap <= _STRAY_UNITS and met:
            made[number + 1] = replace(made[number + 1], first=made[number].last + 1)
    if made and made[0].line == 0 and 0 < made[0].first <= _STRAY_UNITS:
        made[0] = replace(made[0], first=0)
    if made and made[-1].line == lines - 1 and 0 < heard - 1 - made[-1].last <= _STRAY_UNITS:
        made[-1] = replace(made[-1], last=heard - 1)
    return made


def _claim_misheard(takes: Sequence[Take], heard: int) -> list[Take]:
    """Give takes the few units beside them that stand where their own first or last units were not heard."""
    made = list(takes)
    for number, take in enumerate(takes):
        paired = [n for n, pair in enumerate(take.partners) if pair is not None and pair[1] > 0]
        if not paired or take.partial:
            continue
        low = made[number - 1].last + 1 if number else 0
        stop = made[number + 1].first if number + 1 < len(made) else heard
        before, after = paired[0], len(take.partners) - 1 - paired[-1]
        if before <= _STRAY_UNITS and 0 < take.first - low <= before:
            made[number] = replace(made[number], first=low)
        if after <= _STRAY_UNITS and 0 < stop - take.last - 1 <= after:
            made[number] = replace(made[number], last=stop - 1)
    return made


def _free(takes: Sequence[Take], heard: int, least: int) -> list[tuple[int, int]]:
    """Return ranges (first, stop) of heard units that no take holds."""
    edges = [-1, *(edge for take in takes for edge in (take.first, take.last)), heard]
    spans = zip(edges[::2], edges[1::2], strict=True)
    return [(low + 1, high) for low, high in spans if high - low - 1 >= least]


def _search(
    heard: Sequence[Unit], written: Sequence[Sequence[Unit]], first: int, stop: int, takes: Sequence[Take]
) -> list[Take]:
    """Look for further takes of any sentence (of those nearby, in a long script) in a range of heard units."""
    low, high = 0, len(written)
    if (stop - first) * sum(map(len, written)) > _SEARCHED_CELLS:
        before = max((take.line for take in takes if take.last < first), default=0)
        low, high = max(0, before - _SEARCHED_LINES), before + _SEARCHED_LINES
    lines = written[low:high]
    pairs = align_units(heard[first:stop], [unit for units in lines for unit in units])
    found = match_sentences(lines, [(first + here, there, alike) for here, there, alike in pairs or ()], zero=low)
    made: list[Take] = []
    for take in found:
        if take is None or take.alike < _ALIKE_AGAIN or len(take.partners) < _AGAIN_UNITS:
            continue
        known = any(other.line == take.line for other in takes)
        if take.partial and len(take.sure) < (_LONG_ENOUGH if known else 2 * _LONG_ENOUGH):
            continue
        if (known or len(take.partners) >= _LONG_ENOUGH) and (not made or take.first > made[-1].last):
            made.append(take)
    return made


def _find_starts(
    heard: Sequence[Unit], written: Sequence[Sequence[Unit]], takes: Sequence[Take]
) -> list[tuple[int, int, int]]:
    """Return free ranges that are the beginning of the sentence which the next take says whole."""
    found = []
    for first, stop in _free(takes, len(heard), 2):
        following = next((take for take in takes if take.first >= stop), None)
        if following is None or stop - first > len(written[following.line]):
            continue
        pairs = align_units(heard[first:stop], written[following.line])
        sure = [pair for pair in pairs or () if pair[2] > 0]
        if len(sure) >= max(2, _STARTED * (stop - first)) and sure[0][1] <= 1:
            found.append((first, stop - 1, following.line))
    return found
