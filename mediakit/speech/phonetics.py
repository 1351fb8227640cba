"""How alike two units of text sound: Chinese characters by their pinyin, words of letters by a phonetic key.

The table of likeness is made at once for all units of two texts: equal 1, the same sound 0.9, a near sound 0.6,
near spelling 0.5, anything else 0.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SAME_SOUND = 0.9
NEAR_SOUND = 0.6
NEAR_SPELLING = 0.5

_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")
_INITIALS = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("l", "n"), ("f", "h"))
_FINALS = (("iang", "ian"), ("uang", "uan"), ("ing", "in"), ("eng", "en"), ("ang", "an"), ("ong", "en"))
_SPELLING_DICE = 0.6
_LETTERS = (
    (r"^(?:kn|gn|pn)", "n"),
    (r"^wr", "r"),
    (r"^x", "s"),
    (r"mb$", "m"),
    (r"sch|sh|tio|tia|cia|ssio", "X"),
    (r"tch|ch", "C"),
    (r"ght", "t"),
    (r"ph", "f"),
    (r"th", "0"),
    (r"wh", "w"),
    (r"ck|q|c(?=[^eiy]|$)", "k"),
    (r"c(?=[eiy])", "s"),
    (r"dge|dg|j|g(?=[eiy])", "J"),
    (r"gh", ""),
    (r"x", "ks"),
    (r"z", "s"),
    (r"v", "f"),
)
_VOWELS = re.compile(r"[aeiouyhw]+")
_DOUBLE = re.compile(r"(.)\1+")


def is_han(key: str) -> bool:
    """Tell whether a unit is a Chinese character."""
    return bool(_HAN.match(key))


@lru_cache(maxsize=20_000)
def sounds_of(key: str) -> tuple[str, ...]:
    """Return how a Chinese character can be read, without tones; a word's phonetic key otherwise."""
    if not is_han(key):
        return (spell_sound(key),)
    from pypinyin import Style, pinyin

    return tuple(dict.fromkeys(pinyin(key, style=Style.NORMAL, heteronym=True)[0]))


@lru_cache(maxsize=20_000)
def blur_sound(sound: str) -> str:
    """Return a pinyin syllable with the sounds that people and recognisers mix up taken as one."""
    for wide, narrow in _INITIALS:
        if sound.startswith(wide):
            sound = narrow + sound[len(wide) :]
            break
    for wide, narrow in _FINALS:
        if sound.endswith(wide):
            return sound[: -len(wide)] + narrow
    return sound


@lru_cache(maxsize=50_000)
def spell_sound(word: str) -> str:
    """Return a phonetic key of a word of letters: consonants as they sound, and the vowel that it begins with."""
    folded = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(c for c in folded if c.isalnum())
    key = plain
    for pattern, sound in _LETTERS:
        key = re.sub(pattern, sound, key)
    head = "A" if key[:1] and key[0] in "aeiouy" else ""
    return head + _DOUBLE.sub(r"\1", _VOWELS.sub("", key.rstrip("e"))) or plain


def tabulate_likeness(first: Sequence[str], second: Sequence[str]) -> NDArray[np.float32]:
    """Return how alike keys are, an array of ``first`` by ``second``."""
    import numpy as np

    table = np.zeros((len(first), len(second)), np.float32)
    han = [[n for n, key in enumerate(keys) if is_han(key)] for keys in (first, second)]
    words = [[n for n, key in enumerate(keys) if not is_han(key)] for keys in (first, second)]
    if all(han):
        one, two = ([sounds_of(keys[n]) for n in own] for keys, own in zip((first, second), han, strict=True))
        near = _any_equal([[blur_sound(s) for s in own] for own in one], [[blur_sound(s) for s in own] for own in two])
        table[np.ix_(*han)] = np.maximum(NEAR_SOUND * near, SAME_SOUND * _any_equal(one, two))
    if all(words):
        one_words, two_words = ([keys[n] for n in own] for keys, own in zip((first, second), words, strict=True))
        table[np.ix_(*words)] = _compare_words(one_words, two_words)
    places = {key: n for n, key in enumerate(second)}
    for number, key in enumerate(first):
        if key in places:
            table[number, places[key]] = 1.0
    return table


def _any_equal(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> Any:
    """Return which of ``first`` have a reading in common with which of ``second``."""
    import numpy as np

    index: dict[str, int] = {}
    sides = []
    for sets, nothing in ((first, -1), (second, -2)):
        side = np.full((len(sets), max(map(len, sets))), nothing, np.int32)
        for number, own in enumerate(sets):
            side[number, : len(own)] = [index.setdefault(one, len(index)) for one in own]
        sides.append(side)
    one, two = sides
    equal = np.zeros((len(first), len(second)), bool)
    for here in range(one.shape[1]):
        for there in range(two.shape[1]):
            equal |= one[:, here, None] == two[None, :, there]
    return equal


def _compare_words(first: Sequence[str], second: Sequence[str]) -> Any:
    """Return likeness of words; short ones count only by equal sound."""
    import numpy as np

    sounds = [[sounds_of(key) for key in keys] for keys in (first, second)]
    long = [np.array([len(key) >= 4 for key in keys], np.float32) for keys in (first, second)]
    told = [np.array([len(one[0]) >= 2 for one in own], np.float32) for own in sounds]
    pairs = [[_pairs_of(key) for key in keys] for keys in (first, second)]
    sizes = [np.array([max(1, len(own)) for own in keys], np.float32) for keys in pairs]
    dice = 2 * _shared(*pairs) / (sizes[0][:, None] + sizes[1][None, :])
    spelling = NEAR_SPELLING * ((dice >= _SPELLING_DICE) * long[0][:, None] * long[1][None, :])
    same = NEAR_SOUND * (_any_equal(*sounds) * told[0][:, None] * told[1][None, :])
    same *= np.where(dice >= _SPELLING_DICE / 2, SAME_SOUND / NEAR_SOUND, 1.0)
    return np.maximum(spelling, same)


def _pairs_of(word: str) -> list[str]:
    padded = f"^{word}$"
    return list(dict.fromkeys(padded[n : n + 2] for n in range(len(padded) - 1)))


def _shared(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> Any:
    """Return how many features the sets of ``first`` share with those of ``second``."""
    import numpy as np

    index: dict[str, int] = {}
    for own in (*first, *second):
        for feature in own:
            index.setdefault(feature, len(index))
    sides = []
    for sets in (first, second):
        side = np.zeros((len(sets), max(1, len(index))), np.float32)
        for number, own in enumerate(sets):
            side[number, [index[feature] for feature in own]] = 1.0
        sides.append(side)
    return sides[0] @ sides[1].T
