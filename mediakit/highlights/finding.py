"""From a transcript to scored candidates and the choice among them.

::

    transcript ─▶ sentences ─▶ candidates ─▶ parts ─▶ ranks ─▶ scores ─▶ choice
    sound ─▶ voice ──────────────────────────┤
    picture record ──────────────────────────┘
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from mediakit.highlights.candidates import Candidate, list_candidates
from mediakit.highlights.edges import find_end_faults, find_start_faults, rate_end
from mediakit.highlights.measures import Episode, measure_text, read_episode
from mediakit.highlights.picture import measure_picture
from mediakit.highlights.repeats import is_repeat, read_shingles
from mediakit.highlights.scoring import DEFAULT_WEIGHTS, Scored, score_candidates
from mediakit.highlights.selection import choose_shorts
from mediakit.highlights.sentences import split_sentences
from mediakit.highlights.titles import ANY, TitleRule
from mediakit.highlights.voice import Voice, measure_voice
from mediakit.media.picture import PictureRecord
from mediakit.media.transcript import Transcript


@dataclass(frozen=True)
class Request:
    """What is asked for: how many, of what length in seconds, by which weights, on which frame grid, which titles."""

    count: int
    shortest: float
    longest: float
    weights: Mapping[str, float]
    fps: Fraction | None = None
    titles: TitleRule = ANY

    @property
    def ideal(self) -> float:
        """The length that is as far from the shortest as from the longest, by ratio."""
        return sqrt(max(self.shortest, 1.0) * self.longest)


@dataclass(frozen=True)
class Found:
    """An episode's candidates with their scores, and those chosen, best first."""

    episode: Episode
    scored: tuple[Scored, ...]
    chosen: tuple[Scored, ...]
    duration: float


def find_shorts(
    transcript: Transcript,
    request: Request,
    *,
    duration: float | None = None,
    voice: Voice | None = None,
    picture: PictureRecord | None = None,
) -> Found:
    """Score all candidates of an episode and choose.

    Args:
        transcript: words with times.
        request: what is asked for.
        duration: the media's length in seconds, if it is known better than by the transcript.
        voice: what was measured of the sound.
        picture: what was seen.
    """
    length = duration if duration is not None else transcript.duration
    sentences = [s for s in split_sentences(transcript, request.longest) if s.start < length]
    episode = read_episode(sentences)
    candidates = list_candidates(
        sentences,
        request.shortest,
        request.longest,
        length,
        request.fps,
        rate_end=lambda last: rate_end(last, episode.edges),
    )
    scored = score_found(candidates, episode, request, voice, picture)
    chosen = choose_shorts(scored, request.count, length, compare_texts(episode))
    return Found(episode, tuple(scored), tuple(chosen), length)


def score_found(
    candidates: Sequence[Candidate],
    episode: Episode,
    request: Request,
    voice: Voice | None,
    picture: PictureRecord | None,
) -> list[Scored]:
    """Return candidates with their scores."""
    measured: dict[str, Sequence[float | None]] = {**measure_text(candidates, episode, request.ideal)}
    if voice is not None:
        measured["voice"] = measure_voice(candidates, episode.sentences, voice)
    if picture is not None:
        measured["picture"] = measure_picture(candidates, picture)
    places = range(len(episode.sentences))
    starts = [find_start_faults(place, episode.sentences, episode.edges) for place in places]
    ends = [find_end_faults(place + 1, episode.sentences, episode.edges) for place in places]
    faults = [(*starts[candidate.first], *ends[candidate.last - 1]) for candidate in candidates]
    return score_candidates(candidates, measured, {**DEFAULT_WEIGHTS, **request.weights}, faults)


def compare_texts(episode: Episode) -> Callable[[Scored, Scored], bool]:
    """Return what tells whether two candidates of an episode say nearly the same."""
    shingles = [read_shingles(sentence) for sentence in episode.sentences]
    known: dict[tuple[int, int], frozenset[str]] = {}

    def read(candidate: Candidate) -> frozenset[str]:
        place = candidate.first, candidate.last
        if place not in known:
            known[place] = frozenset[str]().union(*shingles[candidate.first : candidate.last])
        return known[place]

    def repeats(first: Scored, second: Scored) -> bool:
        return is_repeat(read(first.candidate), read(second.candidate))

    return repeats
