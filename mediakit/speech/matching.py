"""Aligning what was recognised with what was written, by how alike the units sound.

A unit is a Chinese character, a word of letters, or a part of a number as it is said. How alike units sound is told
by `mediakit.speech.phonetics`. Traditional characters count as their simplified forms.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mediakit.speech.numbers import NUMBER, UNITS_CHINESE, UNITS_ENGLISH, read_chinese, read_english
from mediakit.speech.phonetics import sounds_of, tabulate_likeness

if TYPE_CHECKING:
    from numpy.typing import NDArray

_IDEOGRAPH = r"\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\U00020000-\U0003ffff"
_LETTERS = rf"[^\W\d_{_IDEOGRAPH}]+"
_UNIT_NAMES = "|".join(re.escape(name) for name in sorted({*UNITS_CHINESE, *UNITS_ENGLISH}, key=len, reverse=True))
_TOKEN = re.compile(
    rf"(?P<sign>(?<![\w])[-−](?=\d))|(?P<money>[¥￥$€£](?=\d))|(?P<number>{NUMBER})"
    rf"|(?P<measure>(?<=[\d ])(?<!\D )(?:{_UNIT_NAMES})(?![^\W\d_{_IDEOGRAPH}]))"
    rf"|(?P<range>(?<=[\d%％])\s?[~～—–-]\s?(?=\d))|(?P<and>&)"
    rf"|(?P<word>[{_IDEOGRAPH}]|{_LETTERS}(?:['’]{_LETTERS})*)",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_SAME = {"〇": "零", "两": "二", "兩": "二", "俩": "二", "她": "他", "它": "他", "牠": "他"}
_MONEY_CHINESE = {"¥": "元", "￥": "元", "$": "美元", "€": "欧元", "£": "英镑"}
_MONEY_ENGLISH = {"¥": "yuan", "￥": "yuan", "$": "dollars", "€": "euros", "£": "pounds"}
_MAX_CELLS = 60_000_000
_ANCHORED_CELLS = 3_000_000
_ANCHOR = 5
_BETWEEN_ANCHORS = 100
_GAP_OPEN = 0.5
_GAP_ON = 0.35
_TINY = 1e-4
_MISMATCH = 0.9


@dataclass(frozen=True)
class Unit:
    """A unit of text: as written, as it is compared, and where.

    ``place`` counts the text's characters before it, spaces left out. A number's first unit carries its text, the
    others none.
    """

    text: str
    key: str
    place: int = 0


def split_units(text: str, *, chinese: bool, spoken: str = "") -> list[Unit]:
    """Return a text's units; numbers as they are said in Chinese or English, letters without case and accents.

    Args:
        text: recognised or written.
        chinese: numbers are read in Chinese.
        spoken: the other text's keys (`join_keys`); a number that can be read in two ways is read as it stands there.
    """
    keys = _simplified(text) if chinese else text
    units: list[Unit] = []
    place = end = 0
    money = ""
    for found in _TOKEN.finditer(keys):
        place += _count_printed(text[end : found.start()])
        token, kind = found[0], str(found.lastgroup)
        written = text[found.start() : found.end()]
        if kind == "money":
            money = token
            said: list[str] = []
        else:
            said = _say(token, kind, keys[found.end() : found.end() + 1], spoken, chinese=chinese)
            if kind == "number" and money:
                unit = (_MONEY_CHINESE if chinese else _MONEY_ENGLISH)[money]
                said += list(unit) if chinese else [unit]
                money = ""
        units += [Unit(written if n == 0 else "", _key(part), place) for n, part in enumerate(said)]
        place += _count_printed(written)
        end = found.end()
    return units


def join_keys(units: Sequence[Unit]) -> str:
    """Return the keys of units as one string, in which runs of keys can be found."""
    return "\0".join(["", *(unit.key for unit in units), ""])


def _say(token: str, kind: str, following: str, spoken: str, *, chinese: bool) -> list[str]:
    if kind == "number":
        ways = read_chinese(token, following) if chinese else read_english(token)
        return next((way for way in ways if "\0".join(["", *map(_key, way), ""]) in spoken), ways[0])
    if kind == "measure":
        name = token.lower()
        if chinese:
            return list(UNITS_CHINESE.get(name, name))
        return UNITS_ENGLISH.get(name, name).split()
    if kind in ("sign", "range", "and"):
        words = {"sign": ("负", "minus"), "range": ("到", "to"), "and": ("和", "and")}
        return [words[kind][0 if chinese else 1]]
    return [token]


def _count_printed(text: str) -> int:
    return len(text) - sum(map(str.isspace, text))


def _simplified(text: str) -> str:
    from mediakit.speech.spelling import simplify

    simplified = simplify(text)
    return simplified if len(simplified) == len(text) else text


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


def align_units(heard: Sequence[Unit], written: Sequence[Unit]) -> list[tuple[int, int, float]] | None:
    """Return (heard index, written index, likeness) of units that belong together, in order.

    Long texts are first tied together where a run of units stands once in both. None: too long, and no such runs.
    """
    pairs: list[tuple[int, int, float]] = []
    ties = [(0, 0), *_ties(heard, written), (len(heard), len(written))]
    if any((h1 - h0) * (w1 - w0) > _MAX_CELLS for (h0, w0), (h1, w1) in pairwise(ties)):
        return None
    for (h0, w0), (h1, w1) in pairwise(ties):
        pairs += [(h0 + h, w0 + w, score) for h, w, score in _align(heard[h0:h1], written[w0:w1])]
    return pairs


def _ties(heard: Sequence[Unit], written: Sequence[Unit]) -> list[tuple[int, int]]:
    """Return (heard, written) places where the same run of units begins, each run once in both; only if needed."""
    if len(heard) * len(written) <= _ANCHORED_CELLS:
        return []
    places = []
    for units in (heard, written):
        found: dict[tuple[str, ...], int] = {}
        sounds = [sounds_of(unit.key)[0] for unit in units]
        for place in range(len(units) - _ANCHOR + 1):
            run = tuple(sounds[place : place + _ANCHOR])
            found[run] = -1 if run in found else place
        places.append(found)
    common = sorted((h, places[1][run]) for run, h in places[0].items() if h >= 0 and places[1].get(run, -1) >= 0)
    ties: list[tuple[int, int]] = []
    for here, there in _longest_rising(common):
        if not ties or (here - ties[-1][0] >= _BETWEEN_ANCHORS and there - ties[-1][1] >= _BETWEEN_ANCHORS):
            ties.append((here, there))
    return ties


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
    rows, columns = (_number_keys(units) for units in (heard, written))
    table = tabulate_likeness(list(rows), list(columns))
    table = np.where(table > 0, table, np.float32(-_MISMATCH))[:, [columns[unit.key] for unit in written]]
    count = len(written)
    steps = np.arange(count + 1, dtype=np.float64) * _GAP_ON
    best = -steps - _GAP_OPEN
    best[0] = 0.0
    skipping = np.full(count + 1, -np.inf)
    moves = np.zeros((len(heard), count + 1), np.uint8)
    for place, unit in enumerate(heard):
        opened, went_on = best - _GAP_OPEN - _GAP_ON, skipping - _GAP_ON
        skipping = np.maximum(opened, went_on)
        before = skipping.copy()
        paired = best[:-1] + table[rows[unit.key]]
        before[1:] = np.maximum(paired, skipping[1:])
        left = np.full(count + 1, -np.inf)
        left[1:] = (np.maximum.accumulate(before + steps) - steps)[:-1] - _GAP_OPEN - _GAP_ON
        best = np.maximum(before, left)
        row = moves[place]
        row[1:][paired >= skipping[1:] - _TINY] = 1  # of two equal takes the later one is paired
        row[left > before + _TINY] = 2
        row[went_on > opened + _TINY] |= 4
        row[1:][left[:-1] - _GAP_ON > before[:-1] - _GAP_OPEN - _GAP_ON + _TINY] |= 8
    return [(h, w, max(0.0, float(table[rows[heard[h].key], w]))) for h, w in _trace(moves)]


def _number_keys(units: Sequence[Unit]) -> dict[str, int]:
    return {key: number for number, key in enumerate(dict.fromkeys(unit.key for unit in units))}


def _trace(moves: NDArray[Any]) -> list[tuple[int, int]]:
    pairs = []
    h, w = len(moves), moves.shape[1] - 1
    going_on = -1
    while h > 0 and w > 0:
        cell = int(moves[h - 1, w])
        move = going_on if going_on >= 0 else cell & 3
        going_on = -1
        if move == 1:
            h, w = h - 1, w - 1
            pairs.append((h, w))
        elif move == 2:
            going_on = 2 if cell & 8 else -1
            w -= 1
        else:
            going_on = 0 if cell & 4 else -1
            h -= 1
    return pairs[::-1]
