"""Chinese words: splitting text that has no spaces, with parts of speech.

Every `Segmenter` has a dictionary of its own, so one project's glossary never leaks into another's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_TERM_FREQUENCY = 1_000_000


@dataclass(frozen=True)
class Token:
    """A word and its part of speech (ICTCLAS letters: n, v, m, q, uj …; x for punctuation and the rest)."""

    text: str
    tag: str


class Segmenter:
    """Splits text into words.

    Args:
        terms: words that must stay whole (names, titles, organisations from a glossary).
    """

    def __init__(self, terms: Iterable[str] = ()) -> None:
        import rjieba

        self._jieba: Any = rjieba.Jieba()
        for term in terms:
            self._jieba.add_word(term, _TERM_FREQUENCY, "nz")

    def split(self, text: str) -> list[Token]:
        """Return the words of ``text`` in order; joined they are ``text`` again."""
        tokens = [Token(word, tag) for word, tag in self._jieba.tag(text)]
        if "".join(token.text for token in tokens) != text:
            return [Token(character, "x") for character in text]
        return tokens

    def knows(self, word: str) -> bool:
        """Tell whether a word stands in the dictionary."""
        return bool(self._jieba.has_word(word))

    def split_known(self, text: str) -> list[str]:
        """Return the words of ``text`` by the dictionary alone; what it does not know comes out as characters."""
        words: list[str] = self._jieba.cut(text, False)
        return words if "".join(words) == text else list(text)


@lru_cache(maxsize=8)
def shared_segmenter(terms: tuple[str, ...] = ()) -> Segmenter:
    """Return a segmenter for a glossary's terms, made once in a process."""
    return Segmenter(terms)
