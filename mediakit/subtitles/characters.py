"""What characters are: wide or narrow, spoken or punctuation, and where a line may not start or end.

Line-edge rules follow W3C's Requirements for Chinese Text Layout (clreq, "kinsoku").
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

Counting = Literal["all", "cjk"]

SENTENCE_END = "。！？!?．.…"
CLAUSE_END = "，,；;：:—–"
ENUMERATION = "、"
CLOSING = "，。、；：？！…—》〉」』】）”’〕〗％‰,.;:?!)]}·•～"
OPENING = "《〈「『【（“‘〔〖([{"
QUOTES = '“”‘’"「」『』'
"""Marks that leave no space behind where a style drops them."""
PREFIXES = "$¥￥€£№#＃"
IN_WORD = "%％‰@&#＃/\\+'’_*°℃"
"""Marks that are part of words and numbers (50%, R&D, don't) rather than punctuation."""

HAN = "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = "\u3040-\u30ff\u31f0-\u31ff"
_HAN_OR_KANA = re.compile(f"[{HAN}{KANA}]")

_TO_FULL = str.maketrans(",.?!:;()", "，。？！：；（）")


@lru_cache(maxsize=1 << 16)
def is_cjk(character: str) -> bool:
    """Tell whether a character is an ideograph or kana, set without spaces."""
    return _HAN_OR_KANA.match(character) is not None


@lru_cache(maxsize=1 << 16)
def is_punctuation(character: str) -> bool:
    """Tell whether a character is punctuation for a style that leaves punctuation out."""
    return (unicodedata.category(character)[0] == "P" and character not in IN_WORD) or character in "～~"


@lru_cache(maxsize=1 << 16)
def _width(character: str, counting: Counting) -> float:
    category = unicodedata.category(character)
    if category in ("Mn", "Me", "Cf", "Cc"):
        return 0.0
    if counting == "all":
        return 1.0
    east_asian = unicodedata.east_asian_width(character)
    wide = east_asian in "WF" or (east_asian == "A" and category[0] in "PSN")
    return 1.0 if wide else 0.5


def measure(text: str, counting: Counting) -> float:
    """Return how many characters a text counts: ``cjk`` counts a half-width one as half, ``all`` as one."""
    return sum(_width(character, counting) for character in text)


def widen_punctuation(text: str) -> str:
    """Return Chinese text with the half-width marks that touch an ideograph made full-width; same length."""
    characters = list(text)
    for i, character in enumerate(characters):
        if character not in ",.?!:;()":
            continue
        before = characters[i - 1] if i else ""
        after = text[i + 1] if i + 1 < len(text) else ""
        if (before and (is_cjk(before) or before in "”》）％%")) or (character in "(,;:" and after and is_cjk(after)):
            characters[i] = character.translate(_TO_FULL)
    return "".join(characters)


def find_stray_punctuation(text: str, keep: str) -> str:
    """Return the punctuation in ``text`` that a style without punctuation would have left out.

    ``keep`` lists marks that stay; marks between two Latin letters or digits belong to their word.
    """
    found = []
    for i, character in enumerate(text):
        if character in keep or not is_punctuation(character):
            continue
        around = text[i - 1 : i] + text[i + 1 : i + 2]
        if len(around) == 2 and i and all(c.isalnum() and not is_cjk(c) for c in around):
            continue
        found.append(character)
    return "".join(found)


def find_bad_edges(line: str) -> str:
    """Return the marks that a line may not start or end with and does."""
    line = line.strip()
    bad = ""
    if line and line[0] in CLOSING and not re.match(r"[.…—–]{2}|[.,]\d", line):
        bad += line[0]
    if line and line[-1] in OPENING:
        bad += line[-1]
    return bad
