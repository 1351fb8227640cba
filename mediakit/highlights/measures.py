"""What is measured of every candidate in its text: one number a part, comparable within an episode only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import log, sqrt

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.edges import Edge, find_edges, rate_end, rate_start
from mediakit.highlights.phrases import count_letters, count_story, count_turns, rate_hook
from mediakit.highlights.sentences import Sentence
from mediakit.highlights.words import SentenceWords, read_words, weigh_words

_CLOSE_LETTERS = 30.0
_OUTER_SHARE = 0.65
_LENGTH_EASE = 0.35
"""Lengths within this of the ideal one (natural logarithm of their ratio) are as good."""
_EDGE_WEIGHT = 0.3
"""What the step in interest at an edge counts beside the words of the opening or the end."""


@dataclass(frozen=True)
class Episode:
    """An episode's sentences with what is known of each, in the same order; ``weights`` are its content words'."""

    sentences: Sequence[Sentence]
    words: Sequence[SentenceWords]
    edges: Sequence[Edge]
    turns: Sequence[float]
    story: Sequence[float]
    interest: Sequence[float]
    weights: dict[str, float]


def read_episode(sentences: Sequence[Sentence]) -> Episode:
    """Return what is known of an episode's sentences."""
    words = [read_words(sentence) for sentence in sentences]
    edges = find_edges(sentences)
    turns = [count_turns(sentence.text) for sentence in sentences]
    story = [count_story(sentence.text) for sentence in sentences]
    interest = [
        min(3.0, max(-2.0, turns[k] + story[k] - edge.fillers - (2.0 if edge.housekeeping else 0.0)))
        for k, edge in enumerate(edges)
    ]
    return Episode(sentences, words, edges, turns, story, interest, weigh_words(words))


def measure_text(candidates: Sequence[Candidate], episode: Episode, ideal: float) -> dict[str, list[float]]:
    """Return the parts that the text gives, each a number for every candidate; ``ideal`` is a length in seconds."""
    sums = _Sums(episode)
    measured: dict[str, list[float]] = {}
    for candidate in candidates:
        for name, value in _measure(candidate, episode, sums, ideal).items():
            measured.setdefault(name, []).append(value)
    return measured


class _Sums:
    """Running sums over sentences, so that a run's sum is one subtraction; and how well each would open a run."""

    def __init__(self, episode: Episode) -> None:
        self.count = _run(max(1, words.count) for words in episode.words)
        self.facts = _run(len(words.facts) for words in episode.words)
        self.turns = _run(_against_mean(episode.turns))
        self.story = _run(_against_mean(episode.story))
        self.fillers = _run(edge.fillers for edge in episode.edges)
        self.housekeeping = _run(bool(edge.housekeeping) for edge in episode.edges)
        self.interest = _run(episode.interest)
        self._mean = self.interest[-1] / max(1, len(episode.sentences))
        self.turned = _run(edge.opens_turn for edge in episode.edges)
        self.hooks = [rate_hook(sentence.text) for sentence in episode.sentences]

    def mean(self, low: int, high: int) -> float:
        """Return the mean interest of sentences ``low`` to ``high - 1``; the episode's where there are none."""
        low, high = max(0, low), min(high, len(self.interest) - 1)
        return (self.interest[high] - self.interest[low]) / (high - low) if high > low else self._mean


def _against_mean(values: Sequence[float]) -> list[float]:
    mean = sum(values) / max(1, len(values))
    return [value - mean for value in values]


def _run(values: Iterable[float]) -> list[float]:
    return [0.0, *accumulate(values)]


def _measure(candidate: Candidate, episode: Episode, sums: _Sums, ideal: float) -> dict[str, float]:
    first, last = candidate.first, candidate.last

    def total(run: list[float]) -> float:
        return run[last] - run[first]

    count = total(sums.count)
    size = last - first
    opening, final = episode.edges[first], episode.edges[last - 1]
    opens_with = episode.sentences[first]
    hook = sums.hooks[first]
    if size > 1 and (opening.asks or count_letters(opens_with.text) < 10):
        hook += 0.5 * sums.hooks[first + 1]
    hook += _EDGE_WEIGHT * (_outer(episode, first, min(first + 1, last - 1)) - sums.mean(first - 2, first))
    closes_with = episode.sentences[last - 1].text
    closing = 0.5 * rate_end(last, episode.edges) - 0.2 * final.fillers - (0.3 if final.housekeeping else 0.0)
    closing -= 0.2 * max(0.0, count_letters(closes_with) / _CLOSE_LETTERS - 1.0)
    closing += _EDGE_WEIGHT * (_outer(episode, last - 1, max(first, last - 2)) - sums.mean(last, last + 2))
    turned = sums.turned[last] - sums.turned[first + 1] - (1.0 if opening.asks else 0.0)
    return {
        "salience": _sum_weights(candidate, episode) / count**0.7,
        "quotability": total(sums.turns) / sqrt(size),
        "story": total(sums.story) / sqrt(size),
        "facts": total(sums.facts) / count,
        "hook": hook,
        "closing": closing,
        "completeness": rate_start(first, episode.edges) + rate_end(last, episode.edges) - 0.2 * max(0.0, turned),
        "fluency": -(total(sums.fillers) + 2.0 * total(sums.housekeeping)) / count,
        "length": -max(0.0, abs(log(candidate.duration / ideal)) - _LENGTH_EASE),
    }


def _outer(episode: Episode, outer: int, inner: int) -> float:
    """Return the interest at an edge: mostly that of the outermost sentence; a question has that of its answer."""
    if episode.edges[outer].asks:
        return episode.interest[inner]
    return _OUTER_SHARE * episode.interest[outer] + (1 - _OUTER_SHARE) * episode.interest[inner]


def _sum_weights(candidate: Candidate, episode: Episode) -> float:
    inside = episode.words[candidate.first : candidate.last]
    return sum(episode.weights[word] for word in {word for words in inside for word in words.content})
