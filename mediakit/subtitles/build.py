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
from typing import TYPE_CHECKING

from mediakit.media.alignment import Times, align_segment
from mediakit.media.cues import Cue, CueSheet
from mediakit.subtitles.breaking import Limits, break_passage
from mediakit.subtitles.characters import CLOSING, is_cjk, measure, widen_punctuation
from mediakit.subtitles.phrases import price_breaks
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
    """
    passages = list(_gather_passages(transcript))
    segmenter = _segmenter(passages, tuple(terms))
    grid = Grid.of(profile, fps)
    gap = float(profile.gap_frames / (fps or NOMINAL_FPS))
    limits = Limits(profile.line_length, profile.lines, profile.cps, profile.shortest, profile.longest, gap)
    moments: list[Moment] = []
    shown: list[tuple[tuple[str, ...], str | None]] = []
    prepared = [(passage, _make_units(passage, profile, segmenter)) for passage in passages]
    prepared = [(passage, units) for passage, units in prepared if units]
    for k, (passage, units) in enumerate(prepared):
        next_start = prepared[k + 1][1][0].start if k + 1 < len(prepared) else None
        for block in break_passage(units, limits, next_start):
            edges = (*block.line_starts, block.last)
            lines = tuple(_show_line(units[a:b]) for a, b in itertools.pairwise(edges))
            needed = needed_seconds(lines, profile)
            moments.append(Moment(units[block.first].start, units[block.last - 1].end, needed))
            shown.append((lines, passage.speaker))
    place_moments(moments, grid, cuts)
    cues = tuple(
        Cue(start=grid.seconds(moment.start), end=grid.seconds(moment.end), lines=lines, speaker=speaker)
        for moment, (lines, speaker) in zip(moments, shown, strict=True)
    )
    return CueSheet(language=transcript.language, profile=profile_id, fps=fps, cues=cues)


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
    """Return the text without control characters and doubled or outer spaces, with the times of what remains."""
    kept: list[tuple[str, Times]] = []
    for character, moment in zip(_UNSEEN.sub(" ", widen_punctuation(text)), times, strict=True):
        blank = character.isspace()
        if blank and (not kept or kept[-1][0] == " "):
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


def _make_units(passage: _Passage, profile: SubtitleProfile, segmenter: Segmenter | None) -> list[Unit]:
    def fits(text: str) -> bool:
        if profile.punctuation == "none":
            text = " ".join(drop_marks(text, profile.keep_punctuation).split())
        return measure(text, profile.counting) <= profile.line_length

    units = split_overlong(join_inseparable(split_units(passage.text, passage.times, segmenter), fits), fits)
    show_units(units, profile.punctuation, profile.keep_punctuation, profile.counting)
    price_breaks(units)
    return [unit for unit in units if unit.shown]


def _show_line(units: Sequence[Unit]) -> str:
    made = "".join(unit.shown + unit.joint for unit in units[:-1]) + units[-1].shown
    return made.strip()
