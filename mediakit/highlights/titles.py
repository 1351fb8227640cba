"""Titles and lead lines in a short's own words: the clauses that say most in few."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import category

from mediakit.highlights.phrases import (
    count_fillers,
    count_turns,
    find_answer,
    find_housekeeping,
    find_leaning,
    has_chinese,
    is_question,
    rate_hook,
)
from mediakit.highlights.sentences import Sentence
from mediakit.highlights.words import read_words

_CLAUSES = re.compile(r"[，。！？；：、;!?…—]+|[,:](?!\d)|\.(?=\s|$)")
_HEADLESS_ZH = re.compile(
    r"(?:是|有|在|把|被|让|从|会|要|相当于|说|讲|问|喊|告诉|和|跟|对|给|到|去|来|但|而|却|都|才|也|又|就|还|再|得|能|嘛|吧)"
)
_HEADLESS_EN = re.compile(
    r"(?:which|who|whom|whose|to|of|for|with|in|on|at|by|from|as|than|if|when|that|or)\b", re.IGNORECASE
)
_TAILLESS_ZH = re.compile(r"(?:的|了一|说|讲|问|喊|是|在|和|跟|把|被|给|对|我说|她说|他说|她讲|他讲|就|也|又|时候)$")
_TAILLESS_EN = re.compile(
    r"\b(?:the|a|an|of|to|and|but|or|in|on|at|with|for|from|by|that|which|who|is|was|are|were|said|says|told|asked|when"
    r"|until|if|than|as|my|his|her|their|our|your|me|him)$",
    re.IGNORECASE,
)
_TITLE = {True: (6, 16), False: (12, 60)}
_LEAD = {True: (8, 28), False: (20, 90)}
_UNTAKEN = 0.4
_BARE = " \"'“”‘’「」『』（）()、·-，,。."


@dataclass(frozen=True)
class TitleRule:
    """What outlets take as a title: from ``least`` to ``most`` characters, only some symbols; None for any."""

    least: int = 0
    most: int | None = None
    symbols: str | None = None

    def clean(self, text: str) -> str:
        """Return a text without the symbols that are not taken."""
        if self.symbols is None:
            return text
        kept = (char if char in self.symbols or category(char)[0] not in "PSC" else " " for char in text)
        return " ".join("".join(kept).split())


ANY = TitleRule()


@dataclass(frozen=True)
class _Wording:
    """Some of a sentence's words: whether the sentence begins and ends with them, how short its outer clauses are."""

    text: str
    opens: bool
    closes: bool
    least_clause: int


def propose_title(sentences: Sequence[Sentence], weights: dict[str, float], rule: TitleRule = ANY) -> str:
    """Return a title: 6 to 16 characters in Chinese, 12 to 60 otherwise, never more than a rule allows."""
    return _propose(sentences, weights, _TITLE, "", rule)


def propose_lead(sentences: Sequence[Sentence], weights: dict[str, float], title: str) -> str:
    """Return a lead line to stand above the picture: up to 28 characters in Chinese, 90 otherwise; not the title.

    It is empty where there is nothing beside the title.
    """
    return _propose(sentences, weights, _LEAD, title)


def _propose(
    sentences: Sequence[Sentence],
    weights: dict[str, float],
    limits: dict[bool, tuple[int, int]],
    title: str,
    rule: TitleRule = ANY,
) -> str:
    chinese = sum(has_chinese(sentence.text) for sentence in sentences) * 2 > len(sentences)
    least, most = limits[chinese]
    most = min(most, rule.most or most)
    least = min(max(least, rule.least), most)
    best, best_score = "", float("-inf")
    taken = {clause for _, _, clause in _find_clauses(title)}
    for k, sentence in enumerate(sentences):
        for wording in _list_wordings(sentence.text, most):
            if title and (title in wording.text or taken & {clause for _, _, clause in _find_clauses(wording.text)}):
                continue
            score = _rate(wording, weights, least, most) + (0.2 if k == len(sentences) - 1 else 0.0)
            score -= _UNTAKEN * (rule.clean(wording.text) != wording.text)
            if score > best_score:
                best, best_score = wording.text, score
    made = _shorten(rule.clean(best), most, chinese)
    return made[:1].upper() + made[1:]


def _find_clauses(text: str) -> list[tuple[int, int, str]]:
    """Return where each clause begins and ends (its mark left out), and its words in lower case."""
    edges = [(0, 0), *((match.start(), match.end()) for match in _CLAUSES.finditer(text)), (len(text), len(text))]
    spans = [(start, stop) for (_, start), (stop, _) in pairwise(edges)]
    return [(start, stop, bare.casefold()) for start, stop in spans if (bare := text[start:stop].strip(_BARE))]


def _list_wordings(text: str, most: int) -> list[_Wording]:
    """Return clauses of a sentence, and runs of them with the marks between, up to ``most`` characters long."""
    clauses = _find_clauses(text)
    made = []
    for k, (start, _, opening) in enumerate(clauses):
        for n, (_, stop, closing) in enumerate(clauses[k:], k):
            piece = text[start:stop].strip(_BARE)
            if n > k and len(piece) > most:
                break
            asked = text[stop : stop + 1] if text[stop : stop + 1] in ("？", "?") else ""
            outer = min(len(opening), len(closing)) if n > k else len(piece)
            made.append(_Wording(piece + asked, k == 0, n == len(clauses) - 1, outer))
    return made


def _rate(wording: _Wording, weights: dict[str, float], least: int, most: int) -> float:
    text = wording.text
    words = read_words(Sentence(text, 0.0, 0.0, None, True))
    heavy = sorted((weights.get(word, 0.0) for word in set(words.content)), reverse=True)[:3]
    score = 0.12 * sum(heavy) + 0.4 * min(2, len(words.facts)) + 0.6 * count_turns(text) + rate_hook(text)
    score += (0.2 if wording.opens else 0.0) + (0.4 if wording.closes else 0.0)
    score -= 0.8 if wording.least_clause < (4 if has_chinese(text) else 8) else 0.0
    if find_leaning(text) or find_answer(text) or _HEADLESS_ZH.match(text) or _HEADLESS_EN.match(text):
        score -= 1.5
    if _TAILLESS_ZH.search(text) or _TAILLESS_EN.search(text):
        score -= 1.5
    score -= 0.6 * count_fillers(text) + (1.0 if find_housekeeping(text) else 0.0)
    score += 0.2 if is_question(text) else 0.0
    return score - 0.3 * max(0, least - len(text)) - 0.2 * max(0, len(text) - most)


def _shorten(text: str, most: int, chinese: bool) -> str:
    if len(text) <= most:
        return text
    if not chinese:
        head = text[: most + 1]
        return _drop_tail(head.rsplit(" ", 1)[0] if " " in head.strip() else text[:most])
    from mediakit.tools.segmenter import shared_segmenter

    made = ""
    for token in shared_segmenter().split(text):
        if len(made + token.text) > most:
            break
        made += token.text
    return made.rstrip(" 的、，") or text[:most]


def _drop_tail(text: str) -> str:
    """Return text without words at its end that want another after them."""
    while (match := _TAILLESS_EN.search(text)) and match.start():
        text = text[: match.start()].rstrip(" ,;:")
    return text
