"""Finding a stretch of a source by the words that it says."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.alignment import align_segment
from mediakit.media.times import format_clock

if TYPE_CHECKING:
    from mediakit.media.transcript import Transcript

LEAD_S = 0.12
TRAIL_S = 0.24
"""How much silence is kept before the first and after the last word, at most half of what there is."""

_LISTED = 4


@dataclass(frozen=True)
class _Letter:
    """A spoken character: its key, its times, whether a Latin word goes on before it."""

    key: str
    start: float
    end: float
    inside: bool


def find_words(transcript: Transcript, first: str, last: str | None, *, after: float = 0.0) -> tuple[float, float]:
    """Return (start, end) in seconds from the first word of ``first`` to the last word of ``last``.

    Case, punctuation, spaces and width do not matter. A little of the silence around is kept.

    Args:
        transcript: of the source.
        first: the words that the stretch begins with.
        last: the words that it ends with; None ends it with ``first``.
        after: seconds before which nothing is looked at.

    Raises:
        InputError: the words are not said, or said more than once; says where, or what comes nearest.
    """
    letters = _letters(transcript)
    keys = "".join(letter.key for letter in letters)
    opening = _one_place(transcript, letters, keys, first, after)
    end = opening + len(_key(first))
    if last is not None:
        wanted = _key(last)
        place = next((at for at in _places(letters, keys, wanted) if at >= opening), None)
        if place is None:
            raise _not_said(transcript, last, " after those that the clip begins with")
        end = place + len(wanted)
    before = letters[opening - 1].end if opening else 0.0
    following = letters[end].start if end < len(letters) else transcript.duration
    start_s, end_s = letters[opening].start, letters[end - 1].end
    lead = min(LEAD_S, max(start_s - before, 0.0) / 2)
    trail = min(TRAIL_S, max(following - end_s, 0.0) / 2)
    return start_s - lead, end_s + trail


def _letters(transcript: Transcript) -> list[_Letter]:
    made: list[_Letter] = []
    for segment in transcript.segments:
        previous = ""
        for character, (start, end) in zip(segment.text, align_segment(segment), strict=True):
            for key in _key(character):
                made.append(_Letter(key, start, end, _is_latin(previous) and _is_latin(character)))
            previous = character
    return made


def _key(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if unicodedata.category(char)[0] in "LNM")


def _is_latin(character: str) -> bool:
    return bool(character) and character.isalnum() and ord(character[0]) < 0x250


def _places(letters: list[_Letter], keys: str, wanted: str) -> list[int]:
    """Return where the wanted keys stand as whole words."""
    places: list[int] = []
    at = keys.find(wanted)
    while at >= 0:
        end = at + len(wanted)
        if not letters[at].inside and not (end < len(letters) and letters[end].inside):
            places.append(at)
        at = keys.find(wanted, at + 1)
    return places


def _one_place(transcript: Transcript, letters: list[_Letter], keys: str, text: str, after: float) -> int:
    wanted = _key(text)
    if not wanted:
        raise InputError(f"{text!r} holds no words")
    places = [at for at in _places(letters, keys, wanted) if letters[at].start >= after]
    if not places:
        raise _not_said(transcript, text, "")
    if len(places) > 1 and not after:
        times = ", ".join(format_clock(letters[at].start, decimals=1) for at in places[:_LISTED])
        raise InputError(
            f"{text!r} is said {len(places)} times (at {times})",
            hint="add the words that follow, or `after:` with a time",
        )
    return places[0]


def _not_said(transcript: Transcript, text: str, where: str) -> InputError:
    from difflib import SequenceMatcher

    wanted = _key(text)

    def likeness(said: str) -> float:
        matcher = SequenceMatcher(None, wanted, _key(said), autojunk=False)
        return sum(block.size for block in matcher.get_matching_blocks()) / max(len(wanted), 1)

    near = max(transcript.segments, key=lambda segment: likeness(segment.text), default=None)
    hint = None
    if near is not None and likeness(near.text) >= 0.5:
        hint = f"the nearest words are, at {format_clock(near.start, decimals=1)}: {near.text.strip()[:80]}"
    return InputError(f"{text!r} is not said{where}", hint=hint)
