"""The rules that subtitles are checked against: what each means, what Subtitle Edit and EBU's guides call it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mediakit.media.times import format_clock

RULES: dict[str, str] = {
    "structure": "the file breaks its format's rules",
    "encoding": "a file that is not UTF-8",
    "line-ends": "several kinds of line ends in one file",
    "numbering": "cue numbers that do not count up",
    "order": "a cue that starts before the one above it",
    "tags": "mark-up in the text",
    "italics": "italics, which the profile does not have",
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
    "split": "a name, a title or a number with its unit parted by a line's end",
    "punctuation": "a mark that the profile leaves out",
    "ellipsis": "an ellipsis that is written otherwise in this profile",
    "dashes": "dashes of two speakers that do not stand at both lines",
    "numbers": "a number from one to ten in digits, or digits at a sentence's start",
    "wording": "a wording that house style replaces",
    "white-space": "doubled or outer spaces",
    "shot-change": "starts or ends too near a shot change",
    "frame-grid": "a time that lies on no frame",
    "glyphs": "a character that cannot be shown",
}

NAMES: dict[str, str] = {
    "structure": "EBU-TT-D / IMSC conformance",
    "encoding": "Encoding",
    "line-ends": "Line breaks",
    "numbering": "Renumber",
    "order": "Sort by start time",
    "tags": "Remove formatting",
    "italics": "Italics",
    "empty": "Remove empty lines",
    "negative": "Fix negative durations",
    "overlap": "Fix overlapping display times",
    "gap": "Two frames gap",
    "bridge-gap": "Bridge gaps",
    "duration-min": "Minimum duration",
    "duration-max": "Maximum duration",
    "cps": "Maximum characters per second",
    "wpm": "Maximum words per minute",
    "line-length": "Maximum line length",
    "lines": "Number of lines",
    "one-line": "Unneeded line break",
    "kinsoku": "Kinsoku (W3C clreq)",
    "split": "Break long lines",
    "punctuation": "Punctuation",
    "ellipsis": "Ellipses not three dots",
    "dashes": "Dialog hyphen space",
    "numbers": "Numbers 1 to 10 spelled out",
    "wording": "Multiple replace",
    "white-space": "White space",
    "shot-change": "Shot change",
    "frame-grid": "Timed text frame rate",
    "glyphs": "Glyph check",
}
"""What editors know a rule as, from Subtitle Edit's checks (most are those of its Netflix quality check)."""

ADVICE = frozenset({"numbers", "wording", "dashes", "numbering"})
"""Rules that a person decides about: they are listed and never make a check fail."""


@dataclass(frozen=True)
class Violation:
    """One cue that breaks one rule; ``cue`` counts from 1 (0: the whole file), times are seconds."""

    rule: str
    cue: int
    start: float
    end: float
    message: str
    measured: float | None = None
    limit: float | None = None

    def __str__(self) -> str:
        if not self.cue:
            return f"file: {self.rule}: {self.message}"
        return f"{format_clock(max(self.start, 0.0), decimals=3)} cue {self.cue}: {self.rule}: {self.message}"

    @property
    def fails(self) -> bool:
        """Tell whether a check fails because of it."""
        return self.rule not in ADVICE


def sort_violations(violations: Sequence[Violation]) -> list[Violation]:
    """Return violations in order of time, those of the file first."""
    order = list(RULES)
    return sorted(violations, key=lambda v: (v.cue > 0, v.start, v.cue, order.index(v.rule)))


def count_by_rule(violations: Sequence[Violation]) -> dict[str, int]:
    """Return how many violations there are of each rule, the most frequent first."""
    counts: dict[str, int] = {}
    for violation in violations:
        counts[violation.rule] = counts.get(violation.rule, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
