"""Repair of a subtitle file under a profile: what can be mended is, and every change is told, cue by cue.

::

    file ──▶ text (mark-up, spaces, marks) ──▶ order, times ──▶ lines (again where too long) ──▶ gaps, speed, cuts

Words are never added, changed or dropped; where a rule can only be kept by changing them the cue stays as it is, and
the check lists it.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediakit.media.alignment import is_spoken
from mediakit.media.cues import Cue, CueSheet
from mediakit.media.times import format_clock
from mediakit.subtitles.characters import is_cjk, measure
from mediakit.subtitles.filecheck import check_file
from mediakit.subtitles.relay import lay_again
from mediakit.subtitles.retime import retime_cues
from mediakit.subtitles.timing import needed_seconds
from mediakit.subtitles.units import drop_marks
from mediakit.subtitles.wording import is_exchange, mend_ellipses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from fractions import Fraction

    from mediakit.channels.models import SubtitleProfile
    from mediakit.subtitles.raw import SubtitleFile
    from mediakit.tools.segmenter import Segmenter

_GAP_S = 0.1
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\ufeff]")


@dataclass(frozen=True)
class Change:
    """One change; ``cue`` is the cue's number in the file (0: the whole file)."""

    rule: str
    cue: int
    before: str
    after: str

    def __str__(self) -> str:
        place = f"cue {self.cue}: " if self.cue else "file: "
        return f"{place}{self.rule}: {self.before or 'nothing'} → {self.after or 'nothing'}"


@dataclass
class Work:
    """A cue in repair: its number in the file, times in seconds, lines."""

    number: int
    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None

    @property
    def shown(self) -> str:
        """The lines for a message."""
        return " / ".join(self.lines)


def repair_cues(
    file: SubtitleFile,
    sheet: CueSheet,
    profile: SubtitleProfile,
    fps: Fraction | None = None,
    cuts: Sequence[float] = (),
    terms: Sequence[str] = (),
) -> tuple[CueSheet, tuple[Change, ...]]:
    """Return the repaired cues and what was changed.

    Args:
        file: the file as it is written.
        sheet: what is known of it: language, profile.
        profile: the limits.
        fps: frame rate; without it times lie on milliseconds.
        cuts: shot changes in seconds.
        terms: what no line's end may part.
    """
    changes: list[Change] = []
    works = [Work(k, cue.start, cue.end, cue.lines, cue.speaker) for k, cue in enumerate(file.cues, 1)]
    said = _said(works)
    if file.encoding != "utf-8":
        changes.append(Change("encoding", 0, file.encoding, "utf-8"))
    if len(file.line_ends) > 1:
        changes.append(Change("line-ends", 0, "several kinds", "LF"))
    for work in works:
        tags = file.cues[work.number - 1].tags
        if tags:
            changes.append(Change("tags", work.number, " ".join(tags), ""))
        _mend_text(work, profile, changes)
    works = _order(works, changes)
    works = _drop_empty(works, changes)
    if said != _said(works):  # text of cues in another order is compared in the new order
        said = _said(sorted((Work(w.number, w.start, w.end, w.lines) for w in works), key=_time_of))
    broken = {(v.cue, v.rule) for v in check_file(file, sheet, profile, fps, cuts, terms)}
    works = _lay(works, profile, _segmenter(works, tuple(terms)), terms, changes)
    retime_cues(works, profile, fps, cuts, changes, broken)
    if said != _said(works):
        raise AssertionError("a repair changed words")
    cues = tuple(Cue(start=w.start, end=w.end, lines=w.lines, speaker=w.speaker) for w in works)
    made = sheet.model_copy(
        update={"cues": cues, "fps": fps, "terms": tuple(terms), "shot_changes": tuple(sorted(cuts))}
    )
    return made, tuple(sorted(changes, key=lambda change: (change.cue > 0, change.cue)))


def _said(works: Sequence[Work]) -> str:
    return "".join(c for work in works for line in work.lines for c in line if is_spoken(c) and not _UNSEEN.match(c))


def _time_of(work: Work) -> tuple[float, float]:
    return work.start, work.end


def _segmenter(works: Sequence[Work], terms: tuple[str, ...]) -> Segmenter | None:
    if not any(is_cjk(c) for work in works for line in work.lines for c in line):
        return None
    from mediakit.tools.segmenter import shared_segmenter

    return shared_segmenter(terms)


def _mend_text(work: Work, profile: SubtitleProfile, changes: list[Change]) -> None:
    """Mend what is written without touching a word: unseen characters, ellipses, marks, spaces."""
    steps: dict[str, Callable[[str], str]] = {
        "glyphs": lambda line: _UNSEEN.sub("", line.replace("\t", " ")),
        "ellipsis": lambda line: mend_ellipses(line, profile),
        "punctuation": lambda line: _without_marks(line, work.lines, profile),
        "white-space": lambda line: " ".join(line.split()),
    }
    for rule, mend in steps.items():
        before = work.lines
        work.lines = tuple(line for line in map(mend, before) if line.strip())
        if work.lines != before:
            changes.append(Change(rule, work.number, " / ".join(before), work.shown))


def _without_marks(line: str, lines: tuple[str, ...], profile: SubtitleProfile) -> str:
    if profile.punctuation != "none":
        return line
    dash = line[0] if is_exchange(lines) else ""
    return dash + " ".join(drop_marks(line[len(dash) :], profile.keep_punctuation).split())


def _order(works: list[Work], changes: list[Change]) -> list[Work]:
    """Return cues in order of time, with times that run forwards."""
    for work in works:
        before = _span(work)
        if work.end < work.start and work.end >= 0 and work.start - work.end < 10:
            work.start, work.end = work.end, work.start
        if work.start < 0:
            work.start = 0.0
        work.end = max(work.end, work.start)
        if _span(work) != before:
            changes.append(Change("negative", work.number, before, _span(work)))
    ordered = sorted(works, key=_time_of)
    kept = set(longest_rise([work.number for work in ordered]))
    for work in ordered:
        if work.number not in kept:
            changes.append(Change("order", work.number, f"at place {work.number} of the file", "moved to its time"))
    return ordered


def longest_rise(numbers: Sequence[int]) -> list[int]:
    """Return the longest part of a sequence, in its order, that only rises: what need not be moved to sort it."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect_left(tails, number)
        before[number] = tails[at - 1] if at else None
        tails[at : at + 1] = [number]
    rise: list[int] = []
    last = tails[-1] if tails else None
    while last is not None:
        rise.append(last)
        last = before[last]
    return rise[::-1]


def _span(work: Work) -> str:
    if work.start < 0 or work.end < 0:
        return f"{work.start:.3f}–{work.end:.3f}"
    return f"{format_clock(work.start, decimals=3)}–{format_clock(work.end, decimals=3)}"


def _drop_empty(works: list[Work], changes: list[Change]) -> list[Work]:
    kept = [work for work in works if work.lines]
    changes += [Change("empty", work.number, _span(work), "") for work in works if not work.lines]
    return kept


def _lay(
    works: list[Work],
    profile: SubtitleProfile,
    segmenter: Segmenter | None,
    terms: Sequence[str],
    changes: list[Change],
) -> list[Work]:
    """Return cues whose lines fit; a cue whose text is too long becomes several, its time shared by their length."""
    made: list[Work] = []
    for k, work in enumerate(works):
        rule = _layout_fault(work, profile, terms)
        blocks = lay_again(work.lines, profile, segmenter, terms) if rule else [work.lines]
        blocks = [tuple(mend_ellipses(line, profile) for line in lines) for lines in blocks]
        if not blocks or (len(blocks) == 1 and blocks[0] == work.lines):
            made.append(work)
            continue
        shares = [sum(measure(line, "all") for line in lines) for lines in blocks]
        changes.append(Change(rule, work.number, work.shown, " | ".join(" / ".join(lines) for lines in blocks)))
        start, total = work.start, sum(shares)
        room = works[k + 1].start - _GAP_S if k + 1 < len(works) else float("inf")
        wanted = sum(needed_seconds(lines, profile) + _GAP_S for lines in blocks)
        whole = max(work.end, min(room, work.start + wanted)) - work.start
        for lines, share in zip(blocks, shares, strict=True):
            end = start + whole * share / total
            made.append(Work(work.number, start, end, lines, work.speaker))
            start = end
    return made


def _layout_fault(work: Work, profile: SubtitleProfile, terms: Sequence[str]) -> str:
    """Return the rule that a cue's lines break, or an empty text."""
    from mediakit.subtitles.check import check_cues

    if is_exchange(work.lines):
        return ""
    sheet = CueSheet(language=profile.language, cues=(Cue(start=0, end=1, lines=work.lines),))
    rules = {violation.rule for violation in check_cues(sheet, profile, None, (), terms)}
    return next((rule for rule in ("line-length", "lines", "one-line", "split", "kinsoku") if rule in rules), "")
