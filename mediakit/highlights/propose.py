"""Proposals for shorts, and the report on them, from what was found."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.finding import Found, Request, compare_texts, find_shorts
from mediakit.highlights.scoring import DEFAULT_WEIGHTS, Scored
from mediakit.highlights.selection import count_fitting
from mediakit.highlights.sentences import Sentence, count_marked
from mediakit.highlights.titles import TitleRule, propose_lead, propose_title
from mediakit.highlights.voice import Voice
from mediakit.media.picture import PictureRecord
from mediakit.media.shorts import Short, ShortsList, ShortSpan
from mediakit.media.shortsreport import JudgedRun, ShortsReport
from mediakit.media.times import plain_number
from mediakit.media.transcript import Transcript

_PASSED_OVER = 5
_UNMARKED = 0.3
_VARIANT = 0.5


@dataclass(frozen=True)
class Proposal:
    """The shorts, best first, the report on them, what was found.

    ``shortfall`` says why there are fewer than asked for (empty when there are enough), ``hint`` what to do.
    """

    shorts: ShortsList
    report: ShortsReport
    found: Found
    shortfall: str = ""
    hint: str = ""


def propose_shorts(
    transcript: Transcript,
    request: Request,
    *,
    duration: float | None = None,
    voice: Voice | None = None,
    picture: PictureRecord | None = None,
) -> Proposal:
    """Choose shorts that begin and end at a thought.

    Args:
        transcript: words with times.
        request: what is asked for.
        duration: the media's length in seconds, if it is known better than by the transcript.
        voice: what was measured of the sound.
        picture: what was seen.
    """
    found = find_shorts(transcript, request, duration=duration, voice=voice, picture=picture)
    shorts = tuple(_make_short(rank, item, found, request.titles) for rank, item in enumerate(found.chosen, 1))
    made = ShortsList(source_digest=transcript.source_digest, language=transcript.language, shorts=shorts)
    report = ShortsReport(
        source_digest=transcript.source_digest,
        weights={**DEFAULT_WEIGHTS, **request.weights},
        remarks=tuple(_remark(transcript, found)),
        runs=len(found.scored),
        chosen=tuple(_judge(item, found, short) for item, short in zip(found.chosen, shorts, strict=True)),
        passed_over=tuple(_list_passed_over(found, shorts)),
    )
    sentences = found.episode.sentences
    hint = f"ask for fewer, or for shorter ones (shortest now {request.shortest:g} s)"
    if not sentences:
        hint = "choose by hand: mediakit cut --span, or a shorts.yaml of your own"
    return Proposal(made, report, found, _explain_shortfall(found, request), hint)


def _make_short(rank: int, item: Scored, found: Found, titles: TitleRule) -> Short:
    inside = _sentences(item, found)
    title = propose_title(inside, found.episode.weights, titles)
    return Short(
        id=f"short-{rank}",
        title=title,
        lead=propose_lead(inside, found.episode.weights, title),
        spans=(ShortSpan(start=item.candidate.start, end=item.candidate.end),),
        opens_with=inside[0].text,
        closes_with=inside[-1].text,
        score=item.score,
        score_parts=item.parts,
    )


def _sentences(item: Scored, found: Found) -> Sequence[Sentence]:
    return found.episode.sentences[item.candidate.first : item.candidate.last]


def _judge(item: Scored, found: Found, short: Short | None = None, passed_over: str = "") -> JudgedRun:
    inside = _sentences(item, found)
    return JudgedRun(
        id=short.id if short else "",
        start=item.candidate.start,
        end=item.candidate.end,
        title=short.title if short else propose_title(inside, found.episode.weights),
        opens_with=inside[0].text,
        closes_with=inside[-1].text,
        score=item.score,
        parts=item.parts,
        against=(*item.against, *_list_weak(item, found)),
        passed_over=passed_over,
    )


def _list_weak(item: Scored, found: Found) -> list[str]:
    """Return what speaks against a run without keeping it back."""
    candidate, edges = item.candidate, found.episode.edges
    inside = edges[candidate.first : candidate.last]
    said = []
    fillers = sum(edge.fillers for edge in inside)
    if fillers:
        said.append(f"hesitations: {fillers}")
    words = sorted({edge.housekeeping for edge in inside if edge.housekeeping})
    if words:
        said.append(f"speaks of the recording or the event: {', '.join(words)}")
    if not inside[-1].closes_turn and candidate.last < len(edges) and edges[candidate.last].continues:
        said.append("the next sentence goes on with it")
    return said


def _list_passed_over(found: Found, shorts: Sequence[Short]) -> list[JudgedRun]:
    """Return the best runs that were not chosen; variants of the chosen, and of a better one of them, are left out."""
    listed: list[Scored] = []
    made: list[JudgedRun] = []
    repeats = compare_texts(found.episode)
    for item in sorted(found.scored, key=lambda one: (-one.score, one.candidate.start, one.candidate.end)):
        if len(made) == _PASSED_OVER:
            break
        if any(item.candidate.overlaps(other.candidate) for other in listed):
            continue
        if any(_is_variant(item.candidate, other.candidate) for other in found.chosen):
            continue
        listed.append(item)
        made.append(_judge(item, found, passed_over=_explain_passing(item, found, shorts, repeats)))
    return made


def _is_variant(one: Candidate, other: Candidate) -> bool:
    """Tell whether most of the shorter of two runs is in the other."""
    shared = min(one.end, other.end) - max(one.start, other.start)
    return shared > _VARIANT * min(one.duration, other.duration)


def _explain_passing(
    item: Scored, found: Found, shorts: Sequence[Short], repeats: Callable[[Scored, Scored], bool]
) -> str:
    if item.held:
        return "kept back: what speaks against it would show"
    for other, short in zip(found.chosen, shorts, strict=True):
        if item.candidate.overlaps(other.candidate):
            better = (
                "which scores higher" if other.score >= item.score else "with which the choice is better as a whole"
            )
            return f"overlaps {short.id}, {better}"
    for other, short in zip(found.chosen, shorts, strict=True):
        if repeats(item, other):
            return f"says the same as {short.id}"
    if found.chosen and item.score > min(other.score for other in found.chosen):
        near = min(range(len(shorts)), key=lambda k: abs(found.chosen[k].candidate.start - item.candidate.start))
        return f"close to {shorts[near].id}: the shorts are spread over the episode"
    return "scores less than all that were chosen"


def _remark(transcript: Transcript, found: Found) -> list[str]:
    """Return what was done for want of better input."""
    sentences = found.episode.sentences
    said = []
    if sentences and count_marked(sentences) < _UNMARKED:
        said.append("the transcript has hardly any punctuation: its sentences were taken from pauses")
    broken = sum(sentence.broken for sentence in sentences)
    if broken:
        said.append(f"sentences longer than a short were broken at commas and pauses, into {broken} parts")
    if sentences and transcript.language.split("-")[0] not in ("zh", "yue", "en"):
        said.append(
            f"word lists (openings, fillers, quotable turns) are Chinese and English: for {transcript.language!r} "
            "marks, figures, length and speakers tell"
        )
    kept_back = sum(item.held for item in found.chosen)
    if kept_back:
        said.append(
            f"{kept_back} of the shorts would be kept back if enough others fitted: see what speaks against them"
        )
    return said


def _explain_shortfall(found: Found, request: Request) -> str:
    made, sentences = len(found.chosen), found.episode.sentences
    if made >= request.count:
        return ""
    spoken = sum(sentence.end - sentence.start for sentence in sentences)
    limits = f"{plain_number(request.shortest)}–{plain_number(request.longest)} s"
    if not sentences:
        return f"nothing is said in the episode: no short of {limits} can be proposed"
    if made == 0:
        return f"the episode has {spoken:.0f} s of speech: no run of whole sentences is {limits} long"
    which = "only 1 short" if made == 1 else f"only {made} shorts"
    fits = "fits" if made == 1 else "fit"
    again = " and without saying the same twice" if count_fitting(found.scored) > made else ""
    which = f"{which} of {limits} {fits} without overlap{again}"
    return f"the episode has {spoken:.0f} s of speech: {which}, {request.count} asked for"
