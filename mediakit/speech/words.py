"""Changing words while their times hold: a passage of text is replaced, and its time shared anew."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.media.transcript import Correction, Word, needs_space

_IDEOGRAPH = r"\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\U00020000-\U0003ffff"
_LETTERS = rf"[^\W_{_IDEOGRAPH}]+"
_TOKEN = re.compile(rf"[{_IDEOGRAPH}]|{_LETTERS}(?:[.,:'’/&_+-]?{_LETTERS})*[%％‰°]?|[^\s\w]|_")
_SPOKEN = re.compile(r"[^\W_]|[%％‰]")
_OPENING = "“‘「『（《〈【([{"


@dataclass(frozen=True)
class Passage:
    """Characters ``start`` to ``end`` of a text, what they become, by which rule, and how sure that is (0 to 1)."""

    start: int
    end: int
    becomes: str
    rule: str = ""
    score: float | None = None


def split_words(text: str) -> list[str]:
    """Return the words of a text with their punctuation: one Chinese character, or one word of letters or digits."""
    words: list[str] = []
    waiting = ""
    for token in _TOKEN.findall(text):
        if _SPOKEN.match(token) and not re.fullmatch(r"_", token):
            words.append(waiting + token)
            waiting = ""
        elif token in _OPENING or not words:
            waiting += token
        else:
            words[-1] += token
    if waiting and words:
        words[-1] += waiting
    return words


def spread_words(texts: Sequence[str], start: float, end: float, probability: float | None = None) -> list[Word]:
    """Return words that share a time by their number of spoken characters."""
    sizes = [max(1, len(_SPOKEN.findall(text))) for text in texts]
    total = sum(sizes)
    words = []
    done = 0
    for text, size in zip(texts, sizes, strict=True):
        first = start + (end - start) * done / total
        done += size
        last = start + (end - start) * done / total
        words.append(Word(text=text, start=round(first, 3), end=round(max(first, last), 3), probability=probability))
    return words


def replace_passages(
    words: Sequence[Word], text: str, passages: Sequence[Passage], rule: str = ""
) -> tuple[tuple[Word, ...], list[Correction]]:
    """Replace passages (in order, apart) of the words' joined text; words that they touch get their times anew.

    ``rule`` is that of passages that name none.
    """
    spans = place_words(words)
    made: list[Word] = []
    corrections: list[Correction] = []
    place = 0
    pending = list(passages)
    while place < len(words):
        touching = [p for p in pending if spans[place][0] < p.end and p.start < spans[place][1]]
        if not touching:
            made.append(words[place])
            place += 1
            continue
        last = place
        group = [touching[0]]
        while True:
            while last + 1 < len(words) and spans[last + 1][0] < group[-1].end:
                last += 1
            more = [p for p in pending if p not in group and p.start < spans[last][1] and p.end > spans[place][0]]
            if not more:
                break
            group.append(more[0])
        changed, low = "", spans[place][0]
        for passage in group:
            changed += text[low : passage.start] + passage.becomes
            low = passage.end
            before = text[passage.start : passage.end]
            first, final = words[place], words[last]
            corrections.append(
                Correction(
                    start=first.start,
                    end=final.end,
                    before=before,
                    after=passage.becomes,
                    rule=passage.rule or rule,
                    score=passage.score,
                )
            )
        changed += text[low : spans[last][1]]
        known = [w.probability for w in words[place : last + 1] if w.probability is not None]
        made.extend(spread_words(split_words(changed), words[place].start, words[last].end, min(known, default=None)))
        pending = [p for p in pending if p not in group]
        place = last + 1
    return tuple(made), corrections


def place_words(words: Sequence[Word]) -> list[tuple[int, int]]:
    """Return where each word stands in the joined text."""
    spans = []
    place = 0
    before = ""
    for word in words:
        if needs_space(before, word.text):
            place += 1
        spans.append((place, place + len(word.text)))
        place += len(word.text)
        before = word.text
    return spans
