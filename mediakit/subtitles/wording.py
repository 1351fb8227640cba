"""What is written in cues beside its layout: ellipses, dashes of two speakers, numbers, house wording."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mediakit.subtitles.rules import Violation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mediakit.channels.models import SubtitleProfile
    from mediakit.media.cues import Cue

_ELLIPSIS = r"(?:\.{3,}|…+|。{2,}|·{3,})"
ELLIPSES = re.compile(rf"{_ELLIPSIS}(?:\s*{_ELLIPSIS})*")
_DASH = re.compile(r"^[-–—‐]\s?(?=\S)")
_DIGIT = re.compile(r"(?<![\w.,:/$£€¥#-])(10|[1-9])(?![\w%‰°:/-]|[.,]\d)")
_MEASURED = re.compile(r"\s?(?:[a-zA-Z]{1,3}\b|percent|per cent|o'clock|a\.m|p\.m|million|billion)")
_OPENING_DIGITS = re.compile(r"^[\"“'‘-]?\s?\d")


def find_wording(number: int, cue: Cue, profile: SubtitleProfile, *, opens_sentence: bool) -> Iterator[Violation]:
    """Yield what a cue's wording breaks of a profile."""

    def note(rule: str, message: str) -> Violation:
        return Violation(rule, number, cue.start, cue.end, message)

    for line in cue.lines:
        for match in ELLIPSES.finditer(line):
            if match[0] != profile.ellipsis and not (profile.language[:2] == "zh" and match[0] == "……"):
                yield note("ellipsis", f"“{match[0]}” in “{line}”, “{profile.ellipsis}” in this profile")
        for wrong, right in profile.wording.items():
            if wrong in line:
                yield note("wording", f"“{wrong}” in “{line}”: house style has “{right}”")
    dashed = [bool(_DASH.match(line)) for line in cue.lines]
    if len(dashed) > 1 and any(dashed) and not all(dashed):
        yield note("dashes", "two speakers: each line begins with a dash, or none does")
    if profile.spelled_numbers:
        for message in _find_numbers(cue, opens=opens_sentence):
            yield note("numbers", message)


def _find_numbers(cue: Cue, *, opens: bool) -> Iterator[str]:
    text = " ".join(cue.lines)
    for match in _DIGIT.finditer(text):
        if not _MEASURED.match(text, match.end()):
            yield (f"“{match[0]}” in “{text}” is written as a word")
    if opens and _OPENING_DIGITS.match(text):
        yield (f"“{text[:20]}” begins a sentence with digits")


def mend_ellipses(line: str, profile: SubtitleProfile) -> str:
    """Return a line with its ellipses as the profile writes them."""

    def replace(match: re.Match[str]) -> str:
        if profile.language[:2] == "zh" and match[0] == "……":
            return match[0]
        return profile.ellipsis

    return ELLIPSES.sub(replace, line)


def is_exchange(lines: tuple[str, ...]) -> bool:
    """Tell whether lines are those of two speakers, each with a dash."""
    return len(lines) > 1 and all(_DASH.match(line) for line in lines)
