"""Stretches of text that no line break may fall into: terms of a glossary, titles, names, spelled-out numbers."""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import lru_cache
from typing import TYPE_CHECKING

from mediakit.subtitles.characters import HAN
from mediakit.subtitles.units import Unit, merge_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Stretch = tuple[int, int]
"""First character and the one past the last."""

_TITLE = re.compile("《[^《》]{1,80}》|〈[^〈〉]{1,80}〉")
_INTERPUNCT = re.compile(rf"[{HAN}A-Za-z][·•][{HAN}A-Za-z]")
_ONES = (
    "one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|"
    "eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
)
_SCALES = "hundred|thousand|million|billion|trillion"
_NUMERAL = rf"(?:{_ONES})(?:-(?:{_ONES}))?|{_SCALES}|[$£€¥]?\d[\d,.]*\d|[$£€¥]?\d"
_SPELLED = re.compile(
    rf"\b(?:a |(?:{_NUMERAL})\s+)(?:(?:{_SCALES})\b)(?:\s+(?:and\s+)?(?:{_NUMERAL})\b)*"
    r"(?:\s+(?!and\b|of\b|or\b)[a-z]+)?",
    re.IGNORECASE,
)
_LATIN = re.compile(r"[A-Za-z0-9À-ɏ]")


def find_protected(text: str, terms: Iterable[str] = ()) -> list[Stretch]:
    """Return the stretches of ``text`` that stay on one line where they fit one, the longest first.

    Args:
        text: a passage.
        terms: names, titles and terms as written; Latin ones match in any case and as whole words.
    """
    found = [match.span() for pattern in (_TITLE, _INTERPUNCT, _SPELLED) for match in pattern.finditer(text)]
    pattern = _term_pattern(tuple(terms))
    if pattern is not None:
        found += [match.span(1) for match in pattern.finditer(text)]
    return sorted(set(found), key=lambda stretch: (stretch[0] - stretch[1], stretch))


@lru_cache(maxsize=8)
def _term_pattern(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    """Return a pattern that finds every place of every term, also those that overlap; the longest first at each."""
    parts = []
    for term in sorted({term.strip() for term in terms if len(term.strip()) > 1}, key=lambda t: (-len(t), t)):
        part = r"\s+".join(re.escape(word) for word in term.split())
        before = r"(?<![A-Za-z0-9])" if _LATIN.match(term) else ""
        after = r"(?![A-Za-z0-9])" if _LATIN.match(term[-1]) else ""
        parts.append(f"{before}{part}{after}")
    return re.compile(f"(?=({'|'.join(parts)}))", re.IGNORECASE) if parts else None


def join_protected(units: Sequence[Unit], stretches: Iterable[Stretch], fits: Callable[[str], bool]) -> list[Unit]:
    """Return units with those that a protected stretch covers joined, as far as a line holds them."""
    joined = list(units)
    for start, end in stretches:
        starts = [unit.position for unit in joined]
        first = max(bisect_left(starts, start + 1) - 1, 0)
        if joined and joined[first].stop <= start:
            first += 1
        last = bisect_left(starts, end)
        if last - first < 2:
            continue
        whole = joined[first]
        for unit in joined[first + 1 : last]:
            whole = merge_units(whole, unit)
        if fits(whole.text):
            joined[first:last] = [whole]
    return joined
