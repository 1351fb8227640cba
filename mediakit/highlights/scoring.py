"""What speaks for a candidate, in named parts from 0 to 1, each of which an editor can check by reading."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.sentences import Sentence
from mediakit.highlights.words import SentenceWords, weigh_words

WEIGHTS: dict[str, float] = {
    "salience": 0.28,
    "facts": 0.14,
    "hook": 0.18,
    "completeness": 0.20,
    "pauses": 0.08,
    "density": 0.12,
}
"""Parts of a score: what the episode is about, names and numbers, the opening sentence, whether it stands on its own,
silence around it, share of time with speech."""

_CALM_S = 0.6
_FACTS_FULL = 0.22
_DANGLING_ZH = re.compile(
    "(?:但是|但|可是|不过|而且|并且|所以|因此|因为|然后|于是|接着|同时|另外|还有|其中|此外|那么|那|这|他们|她们|它们|他|她|它|其|也|又|就|还|而|后来)"
)
_DANGLING_EN = re.compile(
    r"(?:and|but|so|because|then|also|however|therefore|which|that|this|these|those|he|she|it|they|him|her|them|or|yet"
    r"|there|its|his|their)\b",
    re.IGNORECASE,
)
_HOOKS = re.compile(
    "为什么|怎么|难道|居然|竟然|没想到|从来没|第一次|最|唯一|只有|谁|什么|如果|记得|梦想|不敢|秘密"
    r"|\b(?:why|how|what if|never|nobody|only|first|last|imagine|secret|best|worst|most|dream|remember)\b",
    re.IGNORECASE,
)
_FIRST_PERSON = re.compile(r"我|\b(?:I|my|we|our)\b")


@dataclass(frozen=True)
class Scored:
    """A candidate, its score from 0 to 1 and the parts that it is the weighted mean of."""

    candidate: Candidate
    score: float
    parts: dict[str, float]


def score_candidates(
    candidates: Sequence[Candidate], sentences: Sequence[Sentence], words: Sequence[SentenceWords], duration: float
) -> list[Scored]:
    """Return every candidate with its score."""
    weights = weigh_words(words)
    salience = [_sum_salience(candidate, words, weights) for candidate in candidates]
    top = max(salience, default=0.0) or 1.0
    made = []
    for candidate, weight in zip(candidates, salience, strict=True):
        parts = {
            "salience": weight / top,
            "facts": _rate_facts(words[candidate.first : candidate.last]),
            "hook": rate_hook(sentences[candidate.first].text),
            "completeness": _rate_completeness(candidate, sentences),
            "pauses": _rate_pauses(candidate, sentences, duration),
            "density": _rate_density(candidate, sentences),
        }
        score = sum(WEIGHTS[name] * value for name, value in parts.items())
        made.append(Scored(candidate, round(score, 4), {name: round(value, 3) for name, value in parts.items()}))
    return made


def _sum_salience(candidate: Candidate, words: Sequence[SentenceWords], weights: dict[str, float]) -> float:
    inside = words[candidate.first : candidate.last]
    distinct = {word for sentence in inside for word in sentence.content}
    count = sum(sentence.count for sentence in inside)
    return sum(weights[word] for word in distinct) / float(max(count, 1) ** 0.7)


def _rate_facts(words: Sequence[SentenceWords]) -> float:
    count = sum(sentence.count for sentence in words)
    return min(1.0, sum(len(sentence.facts) for sentence in words) / max(count, 1) / _FACTS_FULL)


def rate_hook(text: str) -> float:
    """Return how well a sentence opens a short, 0 to 1: a question, a figure, someone speaking of themself."""
    score = 0.2
    if text.rstrip("\"'”’」』").endswith(("？", "?", "！", "!")):
        score += 0.3
    if _HOOKS.search(text):
        score += 0.25
    if re.search(r"\d|[二三四五六七八九十百千万亿]{2,}", text):
        score += 0.2
    if _FIRST_PERSON.search(text):
        score += 0.15
    spoken = len(text) if re.search(r"[\u4e00-\u9fff]", text) else len(text) / 2.5
    if spoken <= 22:
        score += 0.15
    if is_dangling(text):
        score -= 0.3
    return min(1.0, max(0.0, score))


def is_dangling(text: str) -> bool:
    """Tell whether a sentence leans on what was said before it: it opens with a conjunction or a pronoun."""
    bare = text.lstrip("\"'“‘「『（( ")
    return bool(_DANGLING_ZH.match(bare) or _DANGLING_EN.match(bare))


def _rate_completeness(candidate: Candidate, sentences: Sequence[Sentence]) -> float:
    first, final = sentences[candidate.first], sentences[candidate.last - 1]
    score = 0.0 if is_dangling(first.text) else 0.5
    if candidate.first == 0 or sentences[candidate.first - 1].complete:
        score += 0.1
    if final.complete:
        score += 0.3
    following = sentences[candidate.last] if candidate.last < len(sentences) else None
    if following is None or not is_dangling(following.text):
        score += 0.1
    return score


def _rate_pauses(candidate: Candidate, sentences: Sequence[Sentence], duration: float) -> float:
    before = sentences[candidate.first].start - (sentences[candidate.first - 1].end if candidate.first else 0.0)
    following = sentences[candidate.last].start if candidate.last < len(sentences) else duration
    after = following - sentences[candidate.last - 1].end
    return sum(min(1.0, max(0.0, gap) / _CALM_S) for gap in (before, after)) / 2


def _rate_density(candidate: Candidate, sentences: Sequence[Sentence]) -> float:
    spoken = sum(sentence.end - sentence.start for sentence in sentences[candidate.first : candidate.last])
    return min(1.0, spoken / max(candidate.duration, 0.001))
