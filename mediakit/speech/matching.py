"""Aligning what was recognised with what was written, by how alike the units sound.

A unit is a Chinese character, a word of letters, or a part of a number as it is said. Chinese characters are compared
by themselves and by their toneless pinyin, with sounds that recognisers mix up taken as near.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mediakit.speech.numbers import say_chinese, say_english

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IDEOGRAPH = r"\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\U00020000-\U0003ffff"
_LETTERS = rf"[^\W\d_{_IDEOGRAPH}]+"
_TOKEN = re.compile(rf"[{_IDEOGRAPH}]|\d+(?:,\d{{3}})*(?:\.\d+)?|{_LETTERS}(?:['’]{_LETTERS})*")
_HAN = re.compile(r"[\u3400-\u9fff]")
_SAME = {"〇": "零", "两": "二", "俩": "二", "她": "他", "它": "他"}
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("ing", "in"), ("eng", "en"), ("ang", "an"))
_MAX_CELLS = 30_000_000
_ANCHOR = 5
_GAP_OPEN = 0.5
_GAP_ON = 0.35
_TINY = 1e-7
_MISMATCH = 0.9


@dataclass(frozen=True)
class Unit:
    """A unit of text: as written, and as it is compared."""

    text: str
    key: str


def split_units(text: str, *, chinese: bool) -> list[Unit]:
    """Return a text's units; numbers as they are said in Chinese or English, letters without case and accents.

    A number's first unit carries its text, the others none.
    """
    units: list[Unit] = []
    for token in _TOKEN.findall(text):
        if token[0].isdigit():
            said = say_chinese(token) if chinese else say_english(token)
            units += [Unit(token if n == 0 else "", _key(part)) for n, part in enumerate(said)]
        else:
            units.append(Unit(token, _key(token)))
    return units


def is_chinese(text: str) -> bool:
    """Tell whether a text is mostly Chinese, so that its numbers are read in Chinese."""
    return len(_HAN.findall(text)) * 4 > len(text)


def _key(token: str) -> str:
    if len(token) == 1 and _HAN.match(token):
        return _SAME.get(token, token)
    if token == "〇":
        return "零"
    folded = unicodedata.normalize("NFKD", token.casefold())
    return "".join(c for c in folded if not unicodedata.combining(c)).replace("’", "'")


@lru_cache(maxsize=20_000)
def sound_of(key: str) -> str:
    """Return how a Chinese character sounds, without tone; anything else sounds like itself."""
    if not _HAN.match(key):
        return key
    from pypinyin import Style, pinyin

    return str(pinyin(key, style=Style.NORMAL, heteronym=False)[0][0])


@lru_cache(maxsize=20_000)
def _vague(sound: str) -> str:
    for wide, narrow in _NEAR[:4]:
        if sound.startswith(wide):
            sound = narrow + sound[len(wide) :]
            break
    for wide, narrow in _NEAR[4:]:
        if sound.endswith(wide):
            return sound[: -len(wide)] + narrow
    return sound


@lru_cache(maxsize=200_000)
def likeness(first: str, second: str) -> float:
    """Return how alike two keys are, 0 to 1: equal 1, the same sound 0.9, a near sound 0.6, half a word 0.5."""
    if first == second:
        return 1.0
    if _HAN.match(first) and _HAN.match(second):
        here, there = sound_of(first), sound_of(second)
        if here == there:
            return 0.9
        return 0.6 if _vague(here) == _vague(there) else 0.0
    if min(len(first), len(second)) < 4:
        return 0.0
    from difflib import SequenceMatcher

    ratio = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return 0.5 if ratio >= 0.7 else 0.0


def align_units(heard: Sequence[Unit], written: Sequence[Unit]) -> list[tuple[int, int, float]] | None:
    """Return (heard index, written index, likeness) of units that belong together, in order.

    Long texts are first tied together where a run of units stands once in both. None: too long, and no such runs.
    """
    pairs: list[tuple[int, int, float]] = []
    ties = [(0, 0), *_ties(heard, written), (len(heard), len(written))]
    for (h0, w0), (h1, w1) in pairwise(ties):
        if (h1 - h0) * (w1 - w0) > _MAX_CELLS:
            return None
        pairs += [(h0 + h, w0 + w, score) for h, w, score in _align(heard[h0:h1], written[w0:w1])]
    return pairs


def _ties(heard: Sequence[Unit], written: Sequence[Unit]) -> list[tuple[int, int]]:
    """Return (heard, written) places where the same run of units begins, each run once in both; only if needed."""
    if len(heard) * len(written) <= _MAX_CELLS // 10:
        return []
    places = []
    for units in (heard, written):
        found: dict[tuple[str, ...], int] = {}
        for place in range(len(units) - _ANCHOR + 1):
            run = tuple(sound_of(unit.key) for unit in units[place : place + _ANCHOR])
            found[run] = -1 if run in found else place
        places.append(found)
    common = sorted((h, places[1][run]) for run, h in places[0].items() if h >= 0 and places[1].get(run, -1) >= 0)
    return _longest_rising(common)


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for number, (_, written) in enumerate(pairs):
        place = bisect_left(tails, written)
        before.append(ends[place - 1] if place else -1)
        if place == len(tails):
            tails.append(written)
            ends.append(number)
        else:
            tails[place], ends[place] = written, number
    chain = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _align(heard: Sequence[Unit], written: Sequence[Unit]) -> list[tuple[int, int, float]]:
    """Gotoh's alignment (a price to open a gap, a lower one to go on), a row at a time.

    A cell's byte: bits 0 and 1 say how it is reached (0 skips what was heard, 1 pairs, 2 skips what is written),
    bit 2 that skipping heard units goes on, bit 3 that skipping written ones does.
    """
    import numpy as np

    if not heard or not written:
        return []
    keys = sorted({unit.key for unit in written})
    index = {key: number for number, key in enumerate(keys)}
    column = np.array([index[unit.key] for unit in written])
    count = len(written)
    steps = np.arange(count + 1, dtype=np.float64) * _GAP_ON
    best = -steps - _GAP_OPEN
    best[0] = 0.0
    skipping = np.full(count + 1, -np.inf)
    moves = np.zeros((len(heard), count + 1), np.uint8)
    for place, unit in enumerate(heard):
        alike = np.array([likeness(unit.key, key) for key in keys])[column]
        opened, went_on = best - _GAP_OPEN - _GAP_ON, skipping - _GAP_ON
        skipping = np.maximum(opened, went_on)
        before = skipping.copy()
        paired = best[:-1] + np.where(alike > 0, alike, -_MISMATCH)
        before[1:] = np.maximum(paired, skipping[1:])
        left = np.full(count + 1, -np.inf)
        left[1:] = (np.maximum.accumulate(before + steps) - steps)[:-1] - _GAP_OPEN - _GAP_ON
        best = np.maximum(before, left)
        row = moves[place]
        row[1:][paired >= skipping[1:]] = 1
        row[left > before + _TINY] = 2
        row[went_on > opened + _TINY] |= 4
        row[1:][left[:-1] - _GAP_ON > before[:-1] - _GAP_OPEN - _GAP_ON + _TINY] |= 8
    return _trace(moves, heard, written)


def _trace(moves: NDArray[Any], heard: Sequence[Unit], written: Sequence[Unit]) -> list[tuple[int, int, float]]:
    pairs = []
    h, w = len(heard), len(written)
    going_on = -1
    while h > 0 and w > 0:
        cell = int(moves[h - 1, w])
        move = going_on if going_on >= 0 else cell & 3
        going_on = -1
        if move == 1:
            h, w = h - 1, w - 1
            pairs.append((h, w, likeness(heard[h].key, written[w].key)))
        elif move == 2:
            going_on = 2 if cell & 8 else -1
            w -= 1
        else:
            going_on = 0 if cell & 4 else -1
            h -= 1
    return pairs[::-1]
