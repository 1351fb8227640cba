"""Cues from a transcript under a profile.

::

    segments ──▶ passages ──▶ units ──▶ blocks ──▶ cues
               (speaker,    (words,   (where to   (times on frames,
                pauses)      marks)    break)      gaps, shot changes)
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mediakit.media.alignment import Times, align_segment
from mediakit.media.cues import Cue, CueSheet, CueWord
from mediakit.subtitles.breaking import Limits, break_passage
from mediakit.subtitles.characters import CLOSING, is_cjk, measure, widen_punctuation
from mediakit.subtitles.phrases import price_breaks
from mediakit.subtitles.protection import find_protected, join_protected
from mediakit.subtitles.timing import NOMINAL_FPS, Grid, Moment, needed_seconds, place_moments
from mediakit.subtitles.units import drop_marks, join_inseparable, show_units, split_overlong, split_units

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from fractions import Fraction

    from mediakit.channels.models import SubtitleProfile
    from mediakit.media.transcript import Transcript
    from mediakit.subtitles.units import Unit
    from mediakit.tools.segmenter import Segmenter

_PASSAGE_PAUSE_S = 1.2
_SEGMENT_PAUSE_S = 0.08
_SHORT_TURN_S = 1.5
_ANSWER_S = 0.6
_STRAY = "，。、；：？！》」』】）”’,;:?!)]}"
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff]")


@dataclass
class _Passage:
    """Text said by one speaker without a long pause; ``times`` has one entry a character."""

    speaker: str | None
    text: str
    times: list[Times]


def build_cues(
    transcript: Transcript,
    profile: SubtitleProfile,
    profile_id: str,
    *,
    fps: Fraction | None = None,
    cuts: Sequence[float] = (),
    terms: Sequence[str] = (),
    speaker_changes: Literal["cue", "dash"] = "cue",
) -> CueSheet:
    """Return the cues of a transcript.

    Every word is kept: where speech is faster than the profile's reading speed, the violation is made small and
    `mediakit.subtitles.check` lists it.

    Args:
        transcript: words with times; segments without words share their time evenly among their characters.
        profile: limits and punctuation rules.
        profile_id: the profile's name, kept with the cues.
        fps: the picture's frame rate; times then lie on frames.
        cuts: shot changes in seconds.
        terms: names and titles that no break may split.
        speaker_changes: ``dash`` puts short turns of two speakers on two lines of one cue.
    """
    passages = list(_gather_passages(transcript))
    segmenter = _segmenter(passages, tuple(terms))
    grid = Grid.of(profile, fps)
    changes = sorted(cuts)
    gap = float(profile.gap_frames / (fps or NOMINAL_FPS))
    limits = Limits(
        profile.line_length, profile.lines, profile.cps, profile.shortest, profile.longest, gap, profile.snap_in_seconds
    )
    made: list[_Draft] = []
    prepared = [(passage, make_units(passage.text, passage.times, profile, segmenter, terms)) for passage in passages]
    prepared = [(passage, units) for passage, units in prepared if units]
    for k, (passage, units) in enumerate(prepared):
        next_start = prepared[k + 1][1][0].start if k + 1 < len(prepared) else None
        for block in break_passage(units, limits, next_start, changes):
            edges = (*block.line_starts, block.last)
            lines = tuple(_show_words(units[a:b]) for a, b in itertools.pairwise(edges))
            made.append(_Draft(lines, passage.speaker, units[block.first].start, units[block.last - 1].end))
    if speaker_changes == "dash":
        made = _join_speakers(made, profile)
    moments = [Moment(one.said_from, one.said_to, needed_seconds(one.lines, profile)) for one in made]
    place_moments(moments, grid, cuts)
    cues = tuple(
        Cue(
            start=grid.seconds(moment.start),
            end=grid.seconds(moment.end),
            lines=one.lines,
            speaker=one.speaker,
            words=one.words,
        )
        for moment, one in zip(moments, made, strict=True)
    )
    return CueSheet(
        language=transcript.language,
        profile=profile_id,
        fps=fps,
        terms=tuple(terms),
        shot_changes=tuple(changes),
        cues=cues,
    )


@dataclass
class _Draft:
    """A cue before its times are set."""

    words: tuple[tuple[CueWord, ...], ...]
    speaker: str | None
    said_from: float
    said_to: float

    @property
    def lines(self) -> tuple[str, ...]:
        return tuple("".join(word.text for word in line) for line in self.words)


def _join_speakers(drafts: Sequence[_Draft], profile: SubtitleProfile) -> list[_Draft]:
    """Return drafts with short ones of two speakers that follow at once on two lines of one cue, each with a dash."""
    made: list[_Draft] = []
    for draft in drafts:
        before = made[-1] if made else None
        if before is not None and _exchange(before, draft, profile):
            lines = tuple(
                (CueWord(text="-", start=w[0].start, end=w[0].start), *w) for w in (*before.words, *draft.words)
            )
            made[-1] = _Draft(lines, None, before.said_from, draft.said_to)
        else:
            made.append(draft)
    return made


def _exchange(first: _Draft, second: _Draft, profile: SubtitleProfile) -> bool:
    if profile.lines < 2 or not first.speaker or not second.speaker or first.speaker == second.speaker:
        return False
    short = min(one.said_to - one.said_from for one in (first, second)) < _SHORT_TURN_S
    single = len(first.words) == 1 and len(second.words) == 1
    fits = all(measure(f"-{one.lines[0]}", profile.counting) <= profile.line_length for one in (first, second))
    soon = second.said_from - first.said_to < _ANSWER_S
    return short and single and fits and soon and second.said_to - first.said_from < profile.longest - 1


def _segmenter(passages: Sequence[_Passage], terms: tuple[str, ...]) -> Segmenter | None:
    if not any(is_cjk(character) for passage in passages for character in passage.text):
        return None
    from mediakit.tools.segmenter import shared_segmenter

    return shared_segmenter(terms)


def _gather_passages(transcript: Transcript) -> Iterator[_Passage]:
    current: _Passage | None = None
    last_end = 0.0
    for segment in sorted(transcript.segments, key=lambda s: s.start):
        text, times = _tidy(segment.text, align_segment(segment))
        if not text:
            continue
        start = times[0][0]
        apart = segment.cut or start - last_end > _PASSAGE_PAUSE_S
        if current is None or current.speaker != segment.speaker or apart:
            if current is not None:
                yield from _split_at_pauses(current)
            current = _Passage(segment.speaker, "", [])
        elif separator := _separator(current.text, text, start - last_end):
            current.text += separator
            current.times.append((current.times[-1][1], current.times[-1][1]))
        current.text += text
        current.times += times
        last_end = max(last_end, times[-1][1])
    if current is not None:
        yield from _split_at_pauses(current)


def _tidy(text: str, times: list[Times]) -> tuple[str, list[Times]]:
    """Return the text without control characters, closing marks at its start, doubled and outer spaces.

    With it come the times of what remains.
    """
    kept: list[tuple[str, Times]] = []
    for character, moment in zip(_UNSEEN.sub(" ", widen_punctuation(text)), times, strict=True):
        blank = character.isspace()
        if blank and (not kept or kept[-1][0] == " "):
            continue
        if not kept and character in _STRAY:
            continue
        kept.append((" " if blank else character, moment))
    while kept and kept[-1][0] == " ":
        kept.pop()
    return "".join(character for character, _ in kept), [moment for _, moment in kept]


def _separator(before: str, after: str, pause: float) -> str:
    if is_cjk(before[-1]) and is_cjk(after[0]):
        return " " if pause > _SEGMENT_PAUSE_S else ""
    return "" if before[-1] in CLOSING and ord(before[-1]) > 0x2000 else " "


def _split_at_pauses(passage: _Passage) -> Iterator[_Passage]:
    first = 0
    for i in range(1, len(passage.text)):
        if passage.times[i][0] - passage.times[i - 1][1] > _PASSAGE_PAUSE_S:
            edge = i
            yield _Passage(passage.speaker, passage.text[first:edge].strip(), passage.times[first:edge])
            first = edge
    yield _Passage(passage.speaker, passage.text[first:], passage.times[first:])


def make_units(
    text: str,
    times: Sequence[Times],
    profile: SubtitleProfile,
    segmenter: Segmenter | None,
    terms: Sequence[str] = (),
) -> list[Unit]:
    """Return a passage's unbreakable pieces, shown and priced; ``times`` has one entry a character."""

    def fits(text: str) -> bool:
        if profile.punctuation == "none":
            text = " ".join(drop_marks(text, profile.keep_punctuation).split())
        return measure(text, profile.counting) <= profile.line_length

    units = split_units(text, times, segmenter)
    units = join_protected(units, find_protected(text, terms), fits)
    units = split_overlong(join_inseparable(units, fits), fits)
    show_units(units, profile.punctuation, profile.keep_punctuation, profile.counting)
    price_breaks(units)
    return [unit for unit in units if unit.shown]


def join_shown(units: Sequence[Unit]) -> str:
    """Return the text of a line."""
    return "".join(word.text for word in _show_words(units))


def _show_words(units: Sequence[Unit]) -> tuple[CueWord, ...]:
    """Return the words of a line; joined they are its text."""
    made = [
        CueWord(text=unit.shown + (unit.joint if k + 1 < len(units) else ""), start=unit.start, end=unit.end)
        for k, unit in enumerate(units)
    ]
    return tuple(made)
