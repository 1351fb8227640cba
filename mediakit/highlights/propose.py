"""Proposals for shorts from a transcript.

::

    transcript ──▶ sentences ──▶ candidates ──▶ scores ──▶ choice ──▶ shorts.yaml
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from mediakit.highlights.candidates import list_candidates
from mediakit.highlights.scoring import Scored, score_candidates
from mediakit.highlights.selection import choose_shorts
from mediakit.highlights.sentences import Sentence, split_sentences
from mediakit.highlights.titles import propose_title
from mediakit.highlights.words import read_words, weigh_words
from mediakit.media.shorts import Short, ShortsList, ShortSpan
from mediakit.media.times import plain_number
from mediakit.media.transcript import Transcript


@dataclass(frozen=True)
class Proposal:
    """The shorts, best first, and why there are fewer than asked for (empty when there are enough)."""

    shorts: ShortsList
    shortfall: str = ""


def propose_shorts(
    transcript: Transcript,
    *,
    count: int,
    shortest: float,
    longest: float,
    fps: Fraction | None = None,
    duration: float | None = None,
) -> Proposal:
    """Choose shorts that start and end at sentences.

    Args:
        transcript: words with times.
        count: how many.
        shortest: seconds.
        longest: seconds.
        fps: the picture's frame rate; edges then lie on frames.
        duration: the media's length in seconds, if it is known better than by the transcript.
    """
    length = duration if duration is not None else transcript.duration
    sentences = [sentence for sentence in split_sentences(transcript) if sentence.start < length]
    words = [read_words(sentence) for sentence in sentences]
    candidates = list_candidates(sentences, shortest, longest, length, fps)
    scored = score_candidates(candidates, sentences, words, length)
    chosen = choose_shorts(scored, count, length)
    weights = weigh_words(words)
    shorts = tuple(_make_short(rank, item, sentences, weights) for rank, item in enumerate(chosen, 1))
    made = ShortsList(source_digest=transcript.source_digest, language=transcript.language, shorts=shorts)
    return Proposal(made, _explain(len(shorts), count, shortest, longest, sentences))


def _make_short(rank: int, item: Scored, sentences: list[Sentence], weights: dict[str, float]) -> Short:
    inside = sentences[item.candidate.first : item.candidate.last]
    return Short(
        id=f"short-{rank}",
        title=propose_title(inside, weights),
        spans=(ShortSpan(start=item.candidate.start, end=item.candidate.end),),
        opens_with=inside[0].text,
        closes_with=inside[-1].text,
        score=item.score,
        score_parts=item.parts,
    )


def _explain(made: int, count: int, shortest: float, longest: float, sentences: list[Sentence]) -> str:
    if made >= count:
        return ""
    spoken = sum(sentence.end - sentence.start for sentence in sentences)
    limits = f"{plain_number(shortest)}–{plain_number(longest)} s"
    if not sentences:
        return f"nothing is said in the episode: no short of {limits} can be proposed"
    if made == 0:
        return f"the episode has {spoken:.0f} s of speech: no run of whole sentences is {limits} long"
    which = "only 1 short" if made == 1 else f"only {made} shorts"
    fits = "fits" if made == 1 else "fit"
    return f"the episode has {spoken:.0f} s of speech: {which} of {limits} {fits} without overlap, {count} asked for"
