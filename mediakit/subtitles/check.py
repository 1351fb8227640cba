"""Checks of cues against a profile; rule names are those that editors know from Subtitle Edit and EBU's guides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from mediakit.channels.models import SubtitleProfile
from mediakit.media.cues import Cue, CueSheet
from mediakit.subtitles.characters import find_bad_edges, find_stray_punctuation, measure
from mediakit.subtitles.protection import find_protected
from mediakit.subtitles.rules import RULES, Violation, count_by_rule, sort_violations
from mediakit.subtitles.timing import Grid, count_characters
from mediakit.subtitles.wording import find_wording, is_exchange

__all__ = ["RULES", "Violation", "check_cues", "count_by_rule"]

_TOLERANCE_S = 0.0105
_UNSHOWABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f\ufffd\ue000-\uf8ff]")


def check_cues(
    sheet: CueSheet,
    profile: SubtitleProfile,
    fps: Fraction | None = None,
    cuts: Sequence[float] | None = None,
    terms: Sequence[str] | None = None,
) -> list[Violation]:
    """Return every violation, in order of time.

    Args:
        sheet: cues in order of start.
        profile: the limits.
        fps: the picture's frame rate; without it frames count 1/25 s, and a file's rounding is forgiven.
        cuts: shot changes in seconds (default: the sheet's).
        terms: what no line's end may part (default: the sheet's).
    """
    changes = sheet.shot_changes if cuts is None else cuts
    names = sheet.terms if terms is None else terms
    rate = fps or sheet.fps
    checker = _Checker(profile, Grid.of(profile, rate), 0.0 if rate else _TOLERANCE_S, rate)
    for number, cue in enumerate(sheet.cues, 1):
        checker.check_text(number, cue)
        checker.check_split(number, cue, names)
        opens = number == 1 or sheet.cues[number - 2].text.rstrip("\"'”’)").endswith((".", "!", "?"))
        checker.found += find_wording(number, cue, profile, opens_sentence=opens)
        checker.check_time(number, cue)
        checker.check_cuts(number, cue, changes)
    for number, (cue, following) in enumerate(pairwise(sheet.cues), 1):
        checker.check_pair(number, cue, following)
    return sort_violations(checker.found)


class _Checker:
    def __init__(self, profile: SubtitleProfile, grid: Grid, slack: float, fps: Fraction | None) -> None:
        self.found: list[Violation] = []
        self._profile = profile
        self._grid = grid
        self._slack = Fraction(slack) * grid.rate
        self._fps = fps

    def _note(
        self, rule: str, number: int, cue: Cue, message: str, measured: float | None = None, limit: float | None = None
    ) -> None:
        self.found.append(Violation(rule, number, cue.start, cue.end, message, measured, limit))

    def _tick(self, seconds: float) -> Fraction:
        """Return a time in ticks: the nearest frame where there are frames (files round to milliseconds)."""
        ticks = Fraction(seconds).limit_denominator(1_000_000) * self._grid.rate
        return Fraction(round(ticks)) if self._fps else ticks

    def _seconds(self, ticks: Fraction | int) -> float:
        return float(ticks / self._grid.rate)

    def check_text(self, number: int, cue: Cue) -> None:
        """Check what is written."""
        profile, lines = self._profile, [line for line in cue.lines if line.strip()]
        if not lines:
            self._note("empty", number, cue, "no text")
            return
        exchange = is_exchange(tuple(lines))
        if len(lines) > profile.lines:
            message = f"{len(lines)} lines, {profile.lines} at most"
            self._note("lines", number, cue, message, len(lines), profile.lines)
        for line in lines:
            width = measure(line, profile.counting)
            if width > profile.line_length:
                message = f"{width:g} characters in “{line}”, {profile.line_length} at most"
                self._note("line-length", number, cue, message, width, profile.line_length)
            if marks := find_bad_edges(line):
                self._note("kinsoku", number, cue, f"“{marks}” at the edge of “{line}”")
            bare = line[1:] if exchange else line
            if (
                profile.punctuation == "none"
                and not cue.sound
                and (marks := find_stray_punctuation(bare, profile.keep_punctuation))
            ):
                self._note("punctuation", number, cue, f"“{marks}” in “{line}” is left out in this profile")
            if "  " in line or line != line.strip():
                self._note("white-space", number, cue, f"doubled or outer spaces in “{line}”")
            if unseen := _UNSHOWABLE.search(line):
                self._note("glyphs", number, cue, f"U+{ord(unseen[0]):04X} cannot be shown")
        if 1 < len(lines) <= profile.lines and not exchange:
            joined = " ".join(lines)
            if measure(joined, profile.counting) <= profile.line_length:
                self._note("one-line", number, cue, f"“{joined}” fits one line")

    def check_split(self, number: int, cue: Cue, terms: Sequence[str]) -> None:
        """Check that no line's end parts a term, a title or a spelled-out number."""
        between = "" if self._profile.language[:2] in ("zh", "ja", "th") else " "
        text = between.join(cue.lines)
        ends: list[int] = []
        for line in cue.lines[:-1]:
            ends.append(len(line) + (ends[-1] + len(between) if ends else 0))
        for start, end in find_protected(text, terms) if ends else ():
            fits = measure(text[start:end], self._profile.counting) <= self._profile.line_length
            if fits and any(start < at < end for at in ends):
                self._note("split", number, cue, f"“{text[start:end]}” is parted by a line's end")
                return

    def check_time(self, number: int, cue: Cue) -> None:
        """Check how long it stands."""
        profile, length = self._profile, self._tick(cue.end) - self._tick(cue.start)
        seconds = self._seconds(length)
        if length <= 0:
            self._note("negative", number, cue, "ends when it starts", seconds, 0.0)
            return
        if length < self._grid.shortest - self._slack:
            message = f"{seconds:.3f} s, {profile.shortest:g} s at least"
            self._note("duration-min", number, cue, message, seconds, profile.shortest)
        if length > self._grid.longest + self._slack:
            message = f"{seconds:.3f} s, {profile.longest:g} s at most"
            self._note("duration-max", number, cue, message, seconds, profile.longest)
        if profile.cps:
            speed = count_characters(cue.lines) / (seconds + self._seconds(self._slack))
            if speed > profile.cps + 0.005:
                message = f"{speed:.1f} characters a second, {profile.cps:g} at most"
                self._note("cps", number, cue, message, round(speed, 2), profile.cps)
        words = sum(len(line.split()) for line in cue.lines)
        if profile.words_per_minute and words * 60 / seconds > profile.words_per_minute[1] + 0.5:
            speed = words * 60 / seconds
            message = f"{speed:.0f} words a minute, {profile.words_per_minute[1]} at most"
            self._note("wpm", number, cue, message, round(speed, 1), profile.words_per_minute[1])
        if self._fps:
            off = max(
                abs(Fraction(time) * self._fps - round(Fraction(time) * self._fps)) for time in (cue.start, cue.end)
            )
            if off / self._fps > Fraction(_TOLERANCE_S):
                self._note("frame-grid", number, cue, f"{float(off / self._fps) * 1000:.0f} ms from the nearest frame")

    def check_pair(self, number: int, cue: Cue, following: Cue) -> None:
        """Check what lies between a cue and the next."""
        gap = self._tick(following.start) - self._tick(cue.end)
        seconds = self._seconds(gap)
        if gap < -self._slack:
            self._note(
                "overlap", number, cue, f"the next cue starts {-seconds:.3f} s before this one ends", seconds, 0.0
            )
        elif gap < self._grid.gap - self._slack:
            limit = self._seconds(self._grid.gap)
            self._note(
                "gap", number, cue, f"{max(seconds, 0.0):.3f} s to the next cue, {limit:.3f} s at least", seconds, limit
            )
        elif self._grid.gap + self._slack < gap < self._grid.bridge - self._slack:
            limit = self._seconds(self._grid.bridge)
            stretched = self._tick(following.start) - self._grid.gap - self._tick(cue.start)
            if stretched <= self._grid.longest:
                message = f"{seconds:.3f} s to the next cue: close it or leave {limit:.2f} s"
                self._note("bridge-gap", number, cue, message, seconds, limit)

    def check_cuts(self, number: int, cue: Cue, cuts: Sequence[float]) -> None:
        """Check how its times lie to shot changes."""
        start, end = self._tick(cue.start), self._tick(cue.end)
        for time in cuts:
            cut = self._tick(time)
            if cut + self._slack < start < cut + self._grid.snap - self._slack:
                message = f"starts {self._seconds(start - cut):.3f} s after the shot change at {time:.3f}"
                self._note("shot-change", number, cue, message, self._seconds(start - cut), 0.0)
            low, high = cut - self._grid.before_cut + self._slack, cut + self._grid.snap - self._slack
            if start < cut and low < end < high:
                message = f"ends {self._seconds(end - cut):+.3f} s from the shot change at {time:.3f}"
                self._note("shot-change", number, cue, message, self._seconds(end - cut), 0.0)
