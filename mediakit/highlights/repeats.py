"""Near-repeats: whether two runs of sentences say the same, word for word or nearly."""

from __future__ import annotations

import re

from mediakit.highlights.sentences import Sentence

_ALIKE = 0.4
_LEAST = 6
_UNIT = re.compile(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+")
_LETTERS_A_SHINGLE = 3
_WORDS_A_SHINGLE = 2


def read_shingles(sentence: Sentence) -> frozenset[str]:
    """Return what a sentence is made of: every three characters of Chinese, every two words of other text."""
    units = _UNIT.findall(sentence.text.casefold())
    width = _LETTERS_A_SHINGLE if any("\u3400" <= unit[0] <= "\u9fff" for unit in units) else _WORDS_A_SHINGLE
    return frozenset(" ".join(units[k : k + width]) for k in range(len(units) - width + 1))


def is_repeat(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether two runs say nearly the same: much of the smaller one stands in the other."""
    least = min(len(one), len(other))
    return least >= _LEAST and len(one & other) >= _ALIKE * least
