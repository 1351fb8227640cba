"""Sound marks for those who do not hear: a script's directions as cues in the pauses where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil, floor
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.alignment import is_spoken
from mediakit.media.cues import Cue, CueSheet
from mediakit.media.texts import read_text
from mediakit.subtitles.characters import OPENING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

_MAX_BYTES = 4 << 20
_MARK = re.compile(r"^\s*(?P<whole>[【\[（(](?P<text>[^】\]）)]{1,60})[】\]）)])\s*$")
_SPEAKER = re.compile(r"^\s*[^：:，。！？,.!?]{1,40}[：:]\s*")
_PARTS = re.compile("[，,、；;]\\s*")
_CONTEXT = 12
_SHORTEST_S = 1.0
_LENGTH_S = 2.5
_GAP_S = 0.1


@dataclass(frozen=True)
class SoundMark:
    """A direction, and what is said just before and after it (letters only; empty at the script's ends)."""

    text: str
    before: str
    after: str


def read_sound_marks(path: Path) -> list[SoundMark]:
    """Return the directions that stand on lines of their own in a script.

    Raises:
        InputError: unreadable or too large.
    """
    marks: list[tuple[str, int]] = []
    said = ""
    for line in read_text(path, _MAX_BYTES).split("\n"):
        match = _MARK.match(line)
        if match:
            marks.append((match["whole"], len(said)))
        else:
            said += _letters(_SPEAKER.sub("", line))
    return [SoundMark(text, said[max(at - _CONTEXT, 0) : at], said[at : at + _CONTEXT]) for text, at in marks]


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if is_spoken(c))


def add_sound_cues(sheet: CueSheet, path: Path, line_length: float = 0) -> tuple[CueSheet, list[str]]:
    """Return a sheet with cues for a script's directions, and what could not be placed.

    A mark goes where the cues around it are those that the script has around it, and only into a pause of a second
    and more; a mark of several parts is shown part by part where one line does not hold it.

    Args:
        sheet: cues in order.
        path: the script.
        line_length: full-width characters that a line holds; 0 asks the profile.
    """
    from mediakit.channels.loading import load_profiles

    profile = load_profiles().subtitles.get(sheet.profile)
    room = line_length or (profile.line_length if profile else 42)
    bare = profile is not None and profile.punctuation == "none"
    letters, owner = _index(sheet.cues)
    made: list[Cue] = []
    missed: list[str] = []
    for mark in read_sound_marks(path):
        place = _find_pause(mark, letters, owner, sheet.cues)
        if place is None:
            missed.append(mark.text)
            continue
        made += _fill(mark.text, *place, sheet.fps, room, bare=bare)
    warnings = [f"no pause was found for {len(missed)} sound marks: {' '.join(missed)[:120]}"] if missed else []
    cues = tuple(sorted((*sheet.cues, *made), key=lambda cue: cue.start))
    return sheet.model_copy(update={"cues": cues}), warnings


def _index(cues: Sequence[Cue]) -> tuple[str, list[int]]:
    letters, owner = "", []
    for k, cue in enumerate(cues):
        said = _letters("".join(cue.lines))
        letters += said
        owner += [k] * len(said)
    return letters, owner


def _find_pause(mark: SoundMark, letters: str, owner: list[int], cues: Sequence[Cue]) -> tuple[float, float] | None:
    """Return the pause that a mark stands in, or None where the cues do not say what the script does around it."""
    if not cues:
        return None
    if not mark.before:
        start, end = 0.0, cues[0].start
    elif (at := letters.find(mark.before)) < 0:
        return None
    else:
        last = owner[at + len(mark.before) - 1]
        if last + 1 < len(cues):
            following = letters.find(mark.after, at + len(mark.before))
            if following != at + len(mark.before):
                return None
            start, end = cues[last].end, cues[last + 1].start
        else:
            start = cues[last].end
            end = start + _LENGTH_S + 2 * _GAP_S
    return (start, end) if end - start >= _SHORTEST_S + 2 * _GAP_S else None


def _fill(text: str, start: float, end: float, fps: Fraction | None, room: float, *, bare: bool) -> list[Cue]:
    inner, opening, closing = text[1:-1], text[0], text[-1]
    shown = " ".join(_PARTS.split(inner)) if bare else inner
    parts = [shown] if len(shown) + 2 <= room else [part for part in _PARTS.split(inner) if part]
    parts = [part for part in parts if len(part) + 2 <= room]
    assert opening in OPENING
    made = []
    now = start + (_GAP_S if start else 0.0)
    for k, part in enumerate(parts):
        length = min(_LENGTH_S, (end - _GAP_S - now) / (len(parts) - k) - _GAP_S / 2)
        if length < _SHORTEST_S:
            break
        first, last = _on_frames(now, now + length, fps)
        made.append(Cue(start=first, end=last, lines=(f"{opening}{part}{closing}",), sound=True))
        now = last + _GAP_S
    return made


def _on_frames(start: float, end: float, fps: Fraction | None) -> tuple[float, float]:
    if fps is None:
        return round(start, 3), round(end, 3)
    return float(ceil(start * fps - 0.01) / fps), float(floor(end * fps + 0.01) / fps)
