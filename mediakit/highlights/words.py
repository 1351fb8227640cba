"""The words that carry a text's matter: content words, names, numbers; and how much each weighs in an episode."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from mediakit.highlights.phrases import has_chinese
from mediakit.highlights.sentences import Sentence

_LATIN_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_NAME_TAGS = ("nr", "ns", "nt", "nz")
_CONTENT_TAGS = ("n", "v", "a", "i", "l", "j", "t", "s", "z")
_FUNCTION_TEXT = """
a an the and or but nor so yet if then than as at by for from in into of off on onto out over to up with about after
before because while when where who whom whose which what that this these those i you he she it we they me him her us
them my your his its our their mine yours am is are was were be been being have has had do does did done will would
shall should can could may might must not no yes just very too also there here all any some each more most other such
only own same how why again once get got go going went come came say said really well like know think one two
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_TEXT.split())


@dataclass(frozen=True)
class SentenceWords:
    """A sentence's words: all of them (count), the content words, the names and numbers among them."""

    count: int
    content: tuple[str, ...]
    facts: tuple[str, ...]


def read_words(sentence: Sentence) -> SentenceWords:
    """Return the words of a sentence."""
    if has_chinese(sentence.text):
        return _read_chinese(sentence.text)
    return _read_latin(sentence.text)


def _read_chinese(text: str) -> SentenceWords:
    from mediakit.tools.segmenter import shared_segmenter

    tokens = [token for token in shared_segmenter().split(text) if any(c.isalnum() for c in token.text)]
    content = [t.text for t in tokens if len(t.text) > 1 and t.tag.startswith((*_CONTENT_TAGS, "eng"))]
    facts = [t.text for t in tokens if t.tag.startswith(_NAME_TAGS) or (t.tag == "m" and _counts(t.text))]
    return SentenceWords(len(tokens), tuple(content), tuple(facts))


def _counts(word: str) -> bool:
    """Tell a figure from 一个 and 几."""
    return any(c.isdigit() for c in word) or len(re.findall("[〇零一二两三四五六七八九十百千万亿]", word)) > 1


def _read_latin(text: str) -> SentenceWords:
    words = _LATIN_WORD.findall(text)
    content = [word.casefold() for word in words if len(word) > 2 and word.casefold() not in _FUNCTION_WORDS]
    facts = [
        word
        for k, word in enumerate(words)
        if any(c.isdigit() for c in word) or (k > 0 and word[0].isupper() and word.casefold() not in _FUNCTION_WORDS)
    ]
    return SentenceWords(len(words), tuple(content), tuple(facts))


def weigh_words(sentences: Sequence[SentenceWords]) -> dict[str, float]:
    """Return each content word's weight in the episode (tf-idf with sentences as documents).

    What comes up several times but not in every sentence weighs most.
    """
    total = Counter(word for sentence in sentences for word in sentence.content)
    spread = Counter(word for sentence in sentences for word in set(sentence.content))
    return {word: (1 + log(count)) * log(1 + len(sentences) / spread[word]) for word, count in total.items()}
