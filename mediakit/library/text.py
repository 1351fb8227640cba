"""Text as it is searched: one form for equal characters, excerpts in the form that was written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_SPACE = re.compile(r"\s+")
MARK_START, MARK_END = "[", "]"


def fold_text(text: str) -> str:
    """Return text for comparison: compatibility forms unified (NFKC), case folded, runs of white space as one space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def split_query(query: str) -> tuple[str, ...]:
    """Return a query's terms, folded: separated by white space, quoted phrases kept whole, each once."""
    folded = unicodedata.normalize("NFKC", query).casefold().replace("\0", "")
    found = re.findall(r'"([^"]+)"|(\S+)', folded.replace("“", '"').replace("”", '"'))
    terms = (fold_text(phrase or word).strip('"') for phrase, word in found)
    return tuple(dict.fromkeys(term for term in terms if term))


def locate(text: str, term: str) -> tuple[int, int] | None:
    """Return where in ``text``, as written, a folded term first stands: (start, end) in characters."""
    folded: list[str] = []
    origin: list[int] = []
    for position, character in enumerate(text):
        piece = unicodedata.normalize("NFKC", character).casefold()
        if piece.isspace():
            piece = "" if folded and folded[-1] == " " else " "
        for part in piece:
            folded.append(part)
            origin.append(position)
    found = "".join(folded).find(term)
    if found < 0:
        return None
    return origin[found], origin[found + len(term) - 1] + 1


def excerpt(text: str, terms: Iterable[str], *, width: int = 48) -> str:
    """Return about ``width`` characters of ``text`` around the first term that it holds, which is put in brackets."""
    spots = [spot for term in terms if (spot := locate(text, term)) is not None]
    if not spots:
        return _flat(text[:width]) + ("…" if len(text) > width else "")
    start, end = min(spots)
    room = max(width - (end - start), 0)
    left = max(start - room // 2, 0)
    right = min(end + room - (start - left), len(text))
    head, tail = "…" if left else "", "…" if right < len(text) else ""
    return (
        f"{head}{_flat(text[left:start])}{MARK_START}{_flat(text[start:end])}{MARK_END}{_flat(text[end:right])}{tail}"
    )


def _flat(text: str) -> str:
    return _SPACE.sub(" ", text)
