"""What it costs to break after each unit of a passage: good places are cheap, places inside a phrase are dear.

0 is the end of a sentence, 100 what a reader stumbles over. Sources: Netflix Timed Text (line treatment), BBC
subtitle guidelines (line breaks); for Chinese the parts of speech decide.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from mediakit.subtitles.characters import CLAUSE_END, ENUMERATION, OPENING, SENTENCE_END, is_cjk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.subtitles.units import Unit

SENTENCE = 0.0
CLAUSE = 5.0
LIST = 20.0
PLAIN = 40.0
WORST = 100.0

_PAUSE_GAIN = 70.0
_PAUSE_MOST = 40.0


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABBREVIATIONS = _words("Mr Mrs Ms Dr Prof St Jr Sr vs No Gen Col Capt Lt Sen Rep Gov Rev Hon etc e.g i.e")
_CONJUNCTIONS = _words(
    "and but or nor so yet because although though while when whenever where wherever if unless until since after "
    "before whereas that which who whom whose as than then"
)
_PREPOSITIONS = _words(
    "about above across after against along among around at before behind below beneath beside between beyond by "
    "despite down during for from in inside into like near of off on onto out outside over past since through "
    "throughout to toward towards under until up upon with within without"
)
_DETERMINERS = _words(
    "a an the this that these those my your his her its our their some any every each no all both another such what "
    "thy thine"
)
_AUXILIARIES = _words(
    "am is are was were be been being have has had do does did will would shall should can could may might must "
    "not don't doesn't didn't won't can't isn't aren't wasn't i'm you're we're they're he's she's it's i've we've "
    "they've you've i'll we'll you'll they'll very more most too"
)
_PRONOUNS = _words("i you he she it we they")
_OBJECTS = _words("it you her me him us them myself himself herself itself themselves ourselves")
_NEAR_PREPOSITION = 3


def price_breaks(units: Sequence[Unit]) -> None:
    """Fill in every unit's ``cost``."""
    title_depth = 0
    since_preposition = 99
    for k, (unit, following) in enumerate(itertools.pairwise(units)):
        title_depth += unit.text.count("《") - unit.text.count("》")
        cost = _price(unit, following)
        since_preposition = _count_since_preposition(unit, since_preposition)
        if since_preposition <= _NEAR_PREPOSITION and following.tags[0][:1] == "v" and cost > LIST:
            cost = max(cost, 78.0)
        if cost > CLAUSE and _is_object(unit, following, units[k + 2] if k + 2 < len(units) else None):
            cost = max(cost, 88.0)
        pause = following.start - unit.end
        if cost > CLAUSE and pause > 0.12:
            cost = max(CLAUSE, cost - min(_PAUSE_MOST, _PAUSE_GAIN * pause))
        if title_depth > 0:
            cost = max(cost, 95.0)
        unit.cost = cost
    if units:
        units[-1].cost = SENTENCE


def _count_since_preposition(unit: Unit, before: int) -> int:
    """Return how many characters follow a Chinese preposition in this clause (从新疆|来 is one phrase)."""
    if unit.tail or not is_cjk(unit.core[-1]):
        return 99
    return 0 if unit.tags[1][:1] == "p" or unit.core[-1] in "从把被向" else before + len(unit.core)


def _is_object(unit: Unit, following: Unit, third: Unit | None) -> bool:
    """Tell whether an English pronoun is the object of the word before it: opened|it since."""
    if following.core.casefold() not in _OBJECTS or unit.core.casefold() in _CONJUNCTIONS or not unit.core.isascii():
        return False
    if following.core.casefold() in ("it", "you", "her"):
        after = third.core.casefold() if third is not None else ""
        return bool(following.tail) or third is None or after in _PREPOSITIONS | _CONJUNCTIONS | _DETERMINERS
    return True


def _price(unit: Unit, following: Unit) -> float:
    marks = unit.tail.rstrip("\"'”’」』）)》〉】")
    if marks and marks[-1] in SENTENCE_END and not _abbreviates(unit):
        return SENTENCE
    if marks and (marks[-1] in CLAUSE_END or (marks[-1] == "-" and unit.spaced)):
        return CLAUSE
    if marks and marks[-1] in ENUMERATION:
        return LIST
    if is_cjk(unit.core[-1]) or is_cjk(following.core[0]):
        cost = _price_chinese(unit, following)
        if unit.spaced and is_cjk(unit.core[-1]) and is_cjk(following.core[0]):
            cost = min(cost, CLAUSE + 3)
    else:
        cost = _price_latin(unit, following)
    if following.head and following.head[0] in OPENING:
        cost = min(cost, 30.0)
    if unit.tail and unit.tail[-1] in "”’」』）)》":
        cost = min(cost, 35.0)
    return cost


def ends_sentence(unit: Unit) -> bool:
    """Tell whether a sentence ends with this unit."""
    marks = unit.tail.rstrip("\"'”’」』）)》〉】")
    return bool(marks) and marks[-1] in SENTENCE_END and not _abbreviates(unit)


def _abbreviates(unit: Unit) -> bool:
    if not unit.tail.startswith(".") or unit.tail.startswith(".."):
        return False
    letter = len(unit.core) == 1 and unit.core.isascii() and unit.core.isupper() and unit.core != "I"
    return unit.core in _ABBREVIATIONS or letter


def _price_latin(unit: Unit, following: Unit) -> float:
    word, after = unit.core.casefold().replace("’", "'"), following.core.casefold().replace("’", "'")
    if _abbreviates(unit):
        return WORST
    if unit.tail and unit.tail[-1] in "-/":
        return 60.0
    if word in _DETERMINERS or word in ("mr", "mrs", "dr"):
        return 95.0
    if word in _PREPOSITIONS:
        return 80.0
    if word in _CONJUNCTIONS:
        return 75.0
    if word in _AUXILIARIES:
        return 70.0
    if word in _PRONOUNS and not (word in _OBJECTS and after in _CONJUNCTIONS | _PREPOSITIONS):
        return 80.0
    if unit.core[:1].isupper() and following.core[:1].isupper() and not unit.tail and word not in _PRONOUNS:
        return 85.0 if after not in _CONJUNCTIONS else 25.0
    if unit.tags[1] == "m" and after[:1].islower() and after not in _CONJUNCTIONS | _PREPOSITIONS | _DETERMINERS:
        return 75.0
    if after in _CONJUNCTIONS:
        return 15.0
    if after in _PREPOSITIONS:
        return 22.0 if after != "of" else 50.0
    if after in _PRONOUNS or after in _DETERMINERS:
        return 35.0
    if after in _AUXILIARIES:
        return 52.0
    return PLAIN + (15.0 if len(word) <= 3 else 0.0)


_CHINESE_PRONOUNS = _words("我 你 您 他 她 它 我们 你们 他们 她们 它们 咱们 自己 大家")
_CHINESE_LEANING = _words(
    "是 有 把 被 让 叫 在 从 对 向 和 与 跟 不 没 就 也 都 要 会 能 想 可以 应该 必须 可能 再 又 还 很 更 最"
)
_BEFORE: dict[str, float] = {"u": 98, "y": 98, "k": 98, "q": 85, "f": 75, "c": 12, "p": 18, "r": 30, "d": 30, "t": 26}
_AFTER: dict[str, float] = {"p": 90, "d": 85, "c": 85, "m": 85, "a": 60, "b": 70, "h": 98, "r": 50, "nr": 45, "q": 55}


def _price_chinese(unit: Unit, following: Unit) -> float:
    left, right = unit.tags[1], following.tags[0]
    word, after = unit.core, following.core
    if after[0] in "的地得了着过们吗呢吧啊呀嘛啦" and (right[:1] in ("u", "y", "z") or len(after) == 1):
        return 98.0
    if word in ("的", "地", "得", "之") or left in ("uj", "uv", "ud"):
        return 52.0 if len(after) > 3 and right[:1] != "r" else 64.0
    if word in _CHINESE_PRONOUNS and (right[:1] in ("d", "v", "p") or after == "以为"):
        return 90.0
    if word[-1] in "着了过" and left[:1] == "u":
        return 48.0 if right[:1] in "cprdt" else 66.0
    if word in _CHINESE_LEANING or (len(word) > 1 and word[-1] in "从把被让向"):
        return 88.0
    if after in ("和", "与", "及", "跟", "或", "以及", "而", "但", "但是", "因为", "所以", "如果", "可是", "然后"):
        return 14.0
    cost = min(_BEFORE.get(right, _BEFORE.get(right[:1], PLAIN)), 98.0)
    dear = _AFTER.get(left, _AFTER.get(left[:1], 0.0))
    if right[:1] == "v":
        cost = 34.0 if left[:1] in "ntsl" else 45.0
    if left[:1] == "v" and right[:1] in ("n", "m", "r"):
        cost = 60.0
    if left[:1] in ("n", "a", "b") and right[:1] == "n":
        cost = 64.0
    if left[:1] == "v" and right[:1] in ("v", "a"):
        cost = 58.0
    return max(cost, dear) + (8.0 if len(after) == 1 and len(word) == 1 else 0.0)
