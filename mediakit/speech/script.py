"""The script: where speech clearly follows it, its sentences replace what was recognised, and keep the word times.

A script is text: a paragraph a line, ``说话人：正文`` names the speaker, ``【…】`` and ``（…）`` on a line of their own
are directions. Recognised and written units (a Chinese character, a word, a digit) are aligned by dynamic programming
on how alike they sound; a sentence is replaced when what it was aligned with is alike enough.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.texts import read_text
from mediakit.media.transcript import Correction, Segment
from mediakit.speech.matching import Unit, align_units, is_chinese, split_units
from mediakit.speech.retiming import HeardUnits, keep_units, list_units, retime, set_apart, text_of

ALIKE = 0.6
"""Least similarity at which a sentence of the script replaces what was heard."""

_ALIKE_ALONE = 0.75
_LONG_ENOUGH = 8
_STRAY_UNITS = 3
_MAX_BYTES = 4 << 20
_MAX_SENTENCES = 50_000
_SPEAKER = re.compile(
    r"^\s*([^\s：:，。！？、,.!?【】（）()][^：:，。！？、,.!?【】（）()]{0,39}?)\s*[：:]\s*(?=\S)(?!//)"
)
_DIRECTION = re.compile(r"^\s*(【[^】]*】|\[[^\]]*\]|（[^）]*）|\([^)]*\)|#{1,6}\s.*|[-=*_—]{3,})\s*$")
_INSIDE = re.compile(r"【[^】]{0,200}】|\[[^\]]{0,200}\]")
_SENTENCE = re.compile(r".+?(?:[。！？!?…]+[”’\"'）)」』]*|(?<![A-Z])\.[”’\"')]*(?=\s|$)|$)", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """One sentence of a script and who says it."""

    text: str
    speaker: str | None


@dataclass(frozen=True)
class Script:
    """A script's sentences in order."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Followed:
    """Segments after the script was laid beside them, what was changed, and what the reader should know."""

    segments: tuple[Segment, ...]
    corrections: tuple[Correction, ...]
    warnings: tuple[str, ...]


def read_script(path: Path) -> Script:
    """Read a script.

    Raises:
        InputError: unreadable, too large, or without any sentence.
    """
    lines: list[Line] = []
    for paragraph in read_text(path, _MAX_BYTES).split("\n"):
        if not paragraph.strip() or _DIRECTION.match(paragraph):
            continue
        speaker = None
        said = _SPEAKER.match(paragraph)
        if said:
            speaker, paragraph = said[1].strip(), paragraph[said.end() :]
        text = _INSIDE.sub("", paragraph).strip()
        sentences = (match[0].strip() for match in _SENTENCE.finditer(text))
        lines += [Line(sentence, speaker) for sentence in sentences if split_units(sentence, chinese=True)]
    if not lines:
        raise InputError("holds no sentence", where=path, hint="a script is plain text, a paragraph a line")
    if len(lines) > _MAX_SENTENCES:
        raise InputError(f"holds more than {_MAX_SENTENCES} sentences", where=path)
    return Script(tuple(lines))


@dataclass(frozen=True)
class _Match:
    """Where a sentence was heard: recognised units ``first`` to ``last``, how alike, its units' partners."""

    first: int
    last: int
    alike: float
    partners: tuple[int | None, ...]


def follow_script(segments: Sequence[Segment], script: Script) -> Followed:
    """Replace recognised text by the script's sentences where speech clearly follows them."""
    words = [word for segment in segments for word in segment.words]
    chinese = is_chinese("".join(line.text for line in script.lines))
    heard = list_units(words, chinese=chinese)
    written = [split_units(line.text, chinese=chinese) for line in script.lines]
    flat = [unit for units in written for unit in units]
    pairs = align_units(heard.units, flat)
    if pairs is None:
        return Followed(tuple(segments), (), ("the script could not be laid beside the speech",))
    matches = _trust(_sentence_matches(written, pairs), written)
    if not any(matches):
        warning = "the script does not belong to this speech: nothing was taken from it"
        return Followed(tuple(segments), (), (warning,))
    followed = _rebuild(heard, script, matches, chinese=chinese)
    missed = sum(match is None for match in matches)
    warnings = (f"{missed} of {len(matches)} sentences of the script were not heard",) if missed else ()
    return Followed(followed.segments, followed.corrections, warnings)


def _sentence_matches(
    written: Sequence[Sequence[Unit]], pairs: Sequence[tuple[int, int, float]]
) -> list[_Match | None]:
    """Return for every sentence where it was heard (pairs: heard index, written index, likeness 0 to 1)."""
    partner = {there: (here, likeness) for here, there, likeness in pairs}
    matches: list[_Match | None] = []
    place = 0
    for units in written:
        found = [partner.get(place + n) for n in range(len(units))]
        place += len(units)
        sure = [pair[0] for pair in found if pair is not None and pair[1] > 0]
        if not sure:
            matches.append(None)
            continue
        first, last = _with_edges(*_dense_range(sure, len(units)), found)
        inside = [pair if pair is not None and first <= pair[0] <= last else None for pair in found]
        likeness = sum(pair[1] for pair in inside if pair is not None)
        alike = likeness / max(len(units), last - first + 1)
        matches.append(_Match(first, last, alike, tuple(pair[0] if pair else None for pair in inside)))
    return matches


def _dense_range(places: Sequence[int], size: int) -> tuple[int, int]:
    """Return the range of heard units that holds most partners without stretching past the sentence's length."""
    ranges = []
    for low, start in enumerate(places):
        high = low
        while high + 1 < len(places) and places[high + 1] - start < size * 1.5 + 2:
            high += 1
        worth = (high - low + 1) * 2 - (places[high] - start + 1) * 0.5
        ranges.append((worth, -low, start, places[high]))
    _, _, first, last = max(ranges)
    return first, last


def _with_edges(first: int, last: int, found: Sequence[tuple[int, float] | None]) -> tuple[int, int]:
    """Widen a range by what was misheard at its edges: partners that sound unlike, right beside it."""
    places = {pair[0] for pair in found if pair is not None}
    while first - 1 in places:
        first -= 1
    while last + 1 in places:
        last += 1
    return first, last


def _trust(matches: list[_Match | None], written: Sequence[Sequence[Unit]]) -> list[_Match | None]:
    """Keep matches that are alike enough; a short one only beside another, a lone one only if long and very alike."""
    kept = [match if match is not None and match.alike >= ALIKE else None for match in matches]
    sure = []
    for number, match in enumerate(kept):
        beside = any(kept[n] is not None for n in (number - 1, number + 1) if 0 <= n < len(kept))
        alone = match is not None and len(written[number]) >= _LONG_ENOUGH and match.alike >= _ALIKE_ALONE
        sure.append(match if match is not None and (alone or (beside and len(written[number]) >= 2)) else None)
    anchors = sum(1 for n, m in enumerate(sure) if m is not None and len(written[n]) >= _LONG_ENOUGH)
    return sure if anchors else [None] * len(sure)


def _rebuild(heard: HeardUnits, script: Script, matches: Sequence[_Match | None], *, chinese: bool) -> Followed:
    spans = _claims(matches, len(heard.units))
    made: list[Segment] = []
    corrections: list[Correction] = []
    place = 0
    for number, (line, match) in enumerate(zip(script.lines, matches, strict=True)):
        if match is None:
            continue
        first, last = spans[number]
        made += keep_units(heard, place, first)
        place = last + 1
        new = retime(line.text, match.partners, heard, (first, last), chinese=chinese)
        segment = Segment(start=new[0].start, end=new[-1].end, text=line.text, words=tuple(new), speaker=line.speaker)
        made.append(segment)
        before = text_of(heard, first, last + 1)
        if before != line.text:
            corrections.append(
                Correction(start=segment.start, end=segment.end, before=before, after=line.text, rule="script")
            )
    made += keep_units(heard, place, len(heard.units))
    return Followed(tuple(set_apart(made)), tuple(corrections), ())


def _claims(matches: Sequence[_Match | None], count: int) -> dict[int, tuple[int, int]]:
    """Return the heard units that each replaced sentence takes: its own, and a few strays beside it."""
    spans = {n: (m.first, m.last) for n, m in enumerate(matches) if m is not None}
    order = sorted(spans)
    for before, after in pairwise(order):
        gap = spans[after][0] - spans[before][1] - 1
        if after == before + 1 and 0 < gap <= _STRAY_UNITS:
            spans[after] = (spans[before][1] + 1, spans[after][1])
    if order and 0 < spans[order[0]][0] <= _STRAY_UNITS and order[0] == 0:
        spans[order[0]] = (0, spans[order[0]][1])
    tail = count - 1 - spans[order[-1]][1] if order else 0
    if order and 0 < tail <= _STRAY_UNITS and order[-1] == len(matches) - 1:
        spans[order[-1]] = (spans[order[-1]][0], count - 1)
    return spans
