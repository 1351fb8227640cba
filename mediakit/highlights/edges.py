"""Where a run of sentences may begin and end: turns of speakers, questions and answers, what leans on what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.highlights.phrases import (
    continues,
    count_fillers,
    find_answer,
    find_housekeeping,
    find_leaning,
    is_question,
)
from mediakit.highlights.sentences import Sentence

_PAUSE_S = 0.6
_MARKERS = {"那", "那么", "so", "and", "well"}
"""Words that begin a question in talk without leaning on what was said."""


@dataclass(frozen=True)
class Edge:
    """What a sentence is as an opening and as an end.

    Attributes:
        continues: it goes on with what the sentence before it tells.
        leaning: the words by which it leans on what came before; empty where it stands on its own.
        answer: the words by which it answers the question before it.
        opens_turn: a speaker begins with it (where speakers are known), or a pause is before it.
        closes_turn: a speaker ends with it, or a pause is after it.
        asks: it is a question that another answers (where speakers are known).
        unanswered: it asks another speaker, so that nothing can end with it.
        fillers: hesitations in it.
        housekeeping: words about the recording or the event.
    """

    continues: bool
    leaning: str
    answer: str
    opens_turn: bool
    closes_turn: bool
    asks: bool
    unanswered: bool
    fillers: int
    housekeeping: str


def find_edges(sentences: Sequence[Sentence]) -> list[Edge]:
    """Return the edges of all sentences."""
    asks = [is_question(sentence.text) for sentence in sentences]
    return [_find_edge(sentences, k, asks) for k in range(len(sentences))]


def _find_edge(sentences: Sequence[Sentence], k: int, asks: Sequence[bool]) -> Edge:
    sentence = sentences[k]
    before = sentences[k - 1] if k else None
    after = sentences[k + 1] if k + 1 < len(sentences) else None
    turn_before = before is not None and _turns(before, sentence)
    turn_after = after is not None and _turns(sentence, after)
    answers = before is not None and asks[k - 1] and (turn_before or before.speaker is None)
    leaning = find_leaning(sentence.text)
    if asks[k] and leaning.casefold() in _MARKERS:
        leaning = ""
    return Edge(
        continues=continues(sentence.text),
        leaning=leaning,
        answer=find_answer(sentence.text) if answers else "",
        opens_turn=before is None or turn_before or (before.speaker is None and _paused(before, sentence)),
        closes_turn=after is None or turn_after or (sentence.speaker is None and _paused(sentence, after)),
        asks=asks[k] and (turn_after or sentence.speaker is None or (after is not None and asks[k + 1])),
        unanswered=asks[k] and (after is None or turn_after or sentence.speaker is None),
        fillers=count_fillers(sentence.text),
        housekeeping=find_housekeeping(sentence.text),
    )


def _turns(first: Sentence, second: Sentence) -> bool:
    return first.speaker is not None and second.speaker is not None and first.speaker != second.speaker


def _paused(first: Sentence, second: Sentence) -> bool:
    return second.start - first.end >= _PAUSE_S


def find_start_faults(first: int, sentences: Sequence[Sentence], edges: Sequence[Edge]) -> list[str]:
    """Return, in words, what keeps a short from opening with sentence ``first``."""
    edge = edges[first]
    faults = []
    if edge.leaning:
        faults.append(f"opens with {edge.leaning!r}, which leans on what came before")
    elif edge.answer:
        faults.append(f"opens with {edge.answer!r}, an answer without its question")
    if sentences[first].broken and first and sentences[first - 1].broken and not sentences[first - 1].complete:
        faults.append("opens inside a long sentence")
    elif first and not sentences[first - 1].complete:
        faults.append("opens inside a sentence")
    return faults


def find_end_faults(last: int, sentences: Sequence[Sentence], edges: Sequence[Edge]) -> list[str]:
    """Return, in words, what keeps a short from ending with sentence ``last - 1``."""
    sentence, edge = sentences[last - 1], edges[last - 1]
    faults = []
    if not sentence.complete:
        faults.append("ends inside a long sentence" if sentence.broken else "ends inside a sentence")
    if edge.unanswered:
        faults.append("ends with a question that is not answered")
    if sentence.text.rstrip("\"'”’」』）) ").endswith(("…", "...")):
        faults.append("trails off at its end")
    return faults


def rate_start(first: int, edges: Sequence[Edge]) -> float:
    """Return how well a thought begins with a sentence, 0 to 1."""
    edge = edges[first]
    score = 0.6 if edge.opens_turn else 0.25
    score += 0.2 if edge.asks else 0.0
    score += 0.2 if first == 0 or not edges[first - 1].asks else -0.1
    score -= 0.4 if edge.leaning or edge.answer else 0.0
    return min(1.0, max(0.0, score - (0.2 if edge.fillers else 0.0)))


def rate_end(last: int, edges: Sequence[Edge]) -> float:
    """Return how well a thought ends before sentence ``last``, 0 to 1."""
    edge = edges[last - 1]
    following = edges[last] if last < len(edges) else None
    score = 0.5 if edge.closes_turn else 0.2
    if following is None or following.opens_turn or following.fillers or following.housekeeping:
        score += 0.3
    elif following.continues:
        score -= 0.2
    else:
        score += 0.2
    score += 0.2 if not edge.fillers and not edge.housekeeping else 0.0
    return 0.0 if edge.unanswered else max(0.0, score)
