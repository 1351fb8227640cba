"""Checks of cues against a profile; rule names are those that editors know from Subtitle Edit and EBU's guides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from mediakit.channels.models import SubtitleProfile
from mediakit.media.cues import Cue, CueSheet
from mediakit.media.times import format_clock
from mediakit.subtitles.characters import find_bad_edges, find_stray_punctuation, measure
from mediakit.subtitles.timing import Grid, count_characters

RULES: dict[str, str] = {
    "empty": "no text",
    "negative": "ends before or when it starts",
    "overlap": "two cues at once",
    "gap": "too little time between two cues",
    "bridge-gap": "a gap that should be closed",
    "duration-min": "too short",
    "duration-max": "too long",
    "cps": "too many characters a second",
    "wpm": "too many words a minute",
    "line-length": "too many characters in a line",
    "lines": "too many lines",
    "one-line": "two lines where one would do",
    "kinsoku": "a mark where a line may not start or end",
    "punctuation": "a mark that the profile leaves out",
    "white-space": "doubled or outer spaces",
    "shot-change": "starts or ends too near a shot change",
    "frame-grid": "a time that lies on no frame",
    "glyphs": "a character that cannot be shown",
}
_TOLERANCE_S = 0.0105
_UNSHOWABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f\ufffd\ue000-\uf8ff]")


@dataclass(frozen=True)
class Violation:
    """One cue that breaks one rule; ``cue`` counts from 1, times are seconds."""

    rule: str
    cue: int
    start: float
    end: float
    message: str
    measured: float | None = None
    limit: float | None = None

    def __str__(self) -> str:
        return f"{format_clock(self.start, decimals=3)} cue {self.cue}: {self.rule}: {self.message}"


def check_cues(
    sheet: CueSheet, profile: SubtitleProfile, fps: Fraction | None = None, cuts: Sequence[float] = ()
) -> list[Violation]:
    """Return every violation, in order of time.

    Args:
        sheet: cues in order of start.
        profile: the limits.
        fps: the picture's frame rate; without it frames count 1/25 s, and a file's rounding is forgiven.
        cuts: shot changes in seconds.
    """
    rate = fps or sheet.fps
    checker = _Checker(profile, Grid.of(profile, rate), 0.0 if rate else _TOLERANCE_S, rate)
    for number, cue in enumerate(sheet.cues, 1):
        checker.check_text(number, cue)
        checker.check_time(number, cue)
        checker.check_cuts(number, cue, cuts)
    for number, (cue, following) in enumerate(pairwise(sheet.cues), 1):
        checker.check_pair(number, cue, following)
    return sorted(checker.found, key=lambda v: (v.start, v.cue, list(RULES).index(v.rule)))


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
            if profile.punctuation == "none" and (marks := find_stray_punctuation(line, profile.keep_punctuation)):
                self._note("punctuation", number, cue, f"“{marks}” in “{line}” is left out in this profile")
            if "  " in line or line != line.strip():
                self._note("white-space", number, cue, f"doubled or outer spaces in “{line}”")
            if unseen := _UNSHOWABLE.search(line):
                self._note("glyphs", number, cue, f"U+{ord(unseen[0]):04X} cannot be shown")
        if 1 < len(lines) <= profile.lines and not any(line.lstrip().startswith(("-", "–")) for line in lines):
            joined = " ".join(lines)
            if measure(joined, profile.counting) <= profile.line_length:
                self._note("one-line", number, cue, f"“{joined}” fits one line")

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


def count_by_rule(violations: Sequence[Violation]) -> dict[str, int]:
    """Return how many violations there are of each rule, the most frequent first."""
    counts: dict[str, int] = {}
    for violation in violations:
        counts[violation.rule] = counts.get(violation.rule, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
