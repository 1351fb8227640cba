"""Lines laid again for text that has them already: the breaker without speech to listen to."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from mediakit.media.alignment import Times, is_spoken
from mediakit.media.transcript import needs_space
from mediakit.subtitles.breaking import Limits, break_passage, fit_cue
from mediakit.subtitles.build import join_shown, make_units
from mediakit.subtitles.phrases import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.channels.models import SubtitleProfile
    from mediakit.tools.segmenter import Segmenter

_SLOW_CPS = 5.0
_ENDLESS = 1e9
_OLD_BREAK = 12.0
"""What a break costs where the text had one: a person or a program that heard the speech chose it."""


def lay_again(
    lines: Sequence[str], profile: SubtitleProfile, segmenter: Segmenter | None, terms: Sequence[str]
) -> list[tuple[str, ...]]:
    """Return the lines of the cues that a text falls into: one cue where it fits, else several.

    Args:
        lines: as they are.
        profile: limits and punctuation rules.
        segmenter: for Chinese.
        terms: what no line's end may part.
    """
    text, old = "", []
    for line in lines:
        text += (" " if needs_space(text, line) or (profile.punctuation == "none" and text) else "") + line
        old.append(len(text))
    times: list[Times] = []
    now = 0.0
    for character in text:
        length = 1 / _SLOW_CPS if is_spoken(character) else 0.0
        times.append((now, now + length))
        now += length
    units = make_units(text, times, profile, segmenter, terms)
    for unit in units[:-1]:
        if any(unit.stop <= at <= unit.stop + len(unit.tail) + 1 for at in old[:-1]):
            unit.cost = min(unit.cost, _OLD_BREAK) if unit.cost != SENTENCE else SENTENCE
    if not units:
        return [tuple(lines)]
    limits = Limits(profile.line_length, profile.lines, None, 0.0, _ENDLESS, 0.0)
    whole = fit_cue(units, limits)
    blocks = [whole] if whole is not None else break_passage(units, limits, None)
    made = []
    for block in blocks:
        edges = (*block.line_starts, block.last)
        made.append(tuple(join_shown(units[a:b]) for a, b in itertools.pairwise(edges)))
    return made
