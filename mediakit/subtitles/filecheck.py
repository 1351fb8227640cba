"""Checks of a subtitle file as it is written: encoding, line ends, order, numbers, backward times, mark-up."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from mediakit.media.cues import CueSheet
from mediakit.subtitles.check import check_cues
from mediakit.subtitles.raw import RawCue, SubtitleFile
from mediakit.subtitles.rules import Violation, sort_violations

if TYPE_CHECKING:
    from fractions import Fraction

    from mediakit.channels.models import SubtitleProfile

_ITALIC = ("<i", "{\\i1", "<em")
_NAMES = {"\n": "LF", "\r\n": "CR LF", "\r": "CR"}


def check_file(
    file: SubtitleFile,
    sheet: CueSheet,
    profile: SubtitleProfile,
    fps: Fraction | None = None,
    cuts: Sequence[float] | None = None,
    terms: Sequence[str] | None = None,
) -> list[Violation]:
    """Return every violation of a file, cue numbers being those of its own order.

    Args:
        file: as it is written.
        sheet: its cues in order of time.
        profile: the limits.
        fps: as in `check_cues`.
        cuts: as in `check_cues`.
        terms: as in `check_cues`.
    """
    places = sorted(range(len(file.cues)), key=lambda k: _key(file.cues[k]))
    found = [*_check_writing(file), *_check_order(file.cues)]
    for violation in check_cues(sheet, profile, fps, cuts, terms):
        number = places[violation.cue - 1] + 1
        if violation.rule == "negative" and any(one.cue == number and one.rule == "negative" for one in found):
            continue
        found.append(_renumber(violation, number))
    for number, cue in enumerate(file.cues, 1):
        if any(tag.lower().startswith(_ITALIC) for tag in cue.tags) and not profile.italics:
            found.append(_note("italics", number, cue, "Chinese subtitles have no italics"))
        elif cue.tags:
            found.append(_note("tags", number, cue, f"{' '.join(cue.tags)[:60]} in the text"))
    return sort_violations(found)


def _key(cue: RawCue) -> tuple[float, float]:
    made = cue.to_cue()
    return made.start, made.end


def _renumber(violation: Violation, number: int) -> Violation:
    from dataclasses import replace

    return replace(violation, cue=number)


def _note(rule: str, number: int, cue: RawCue, message: str) -> Violation:
    return Violation(rule, number, cue.start, cue.end, message)


def _check_writing(file: SubtitleFile) -> list[Violation]:
    found = [Violation("structure", 0, 0.0, 0.0, fault) for fault in file.faults]
    if file.encoding != "utf-8":
        found.append(Violation("encoding", 0, 0.0, 0.0, f"is written in {file.encoding}, not UTF-8"))
    if len(file.line_ends) > 1:
        kinds = ", ".join(_NAMES[kind] for kind in file.line_ends)
        found.append(Violation("line-ends", 0, 0.0, 0.0, f"has lines that end with {kinds}"))
    return found


def _check_order(cues: Sequence[RawCue]) -> list[Violation]:
    found = []
    for number, cue in enumerate(cues, 1):
        if cue.start < 0:
            found.append(_note("negative", number, cue, f"starts {-cue.start:.3f} s before the programme"))
        elif cue.end < cue.start:
            found.append(_note("negative", number, cue, f"ends {cue.start - cue.end:.3f} s before it starts"))
    for number, (cue, following) in enumerate(pairwise(cues), 2):
        if following.start < cue.start:
            found.append(_note("order", number, following, "starts before the cue above it"))
    numbered = [(place, cue) for place, cue in enumerate(cues, 1) if cue.number is not None]
    for (_, cue), (place, following) in pairwise(numbered):
        if following.number != (cue.number or 0) + 1:
            found.append(_note("numbering", place, following, f"is numbered {following.number} after {cue.number}"))
            break
    return found
