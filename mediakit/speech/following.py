"""Following the script: where speech clearly follows it, its own text replaces what was recognised.

Words of the script that were not said are left out, words that were said beside it stay as they were recognised:
the result never holds a word that neither the recogniser nor, where speech follows it, the script gave.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mediakit.media.transcript import Correction, Segment
from mediakit.speech.matching import Unit, is_chinese, join_keys, split_units
from mediakit.speech.retiming import HeardUnits, keep_units, list_units, retime, set_apart, text_of
from mediakit.speech.script import Script
from mediakit.speech.takes import Take, find_remarks, find_takes

FOREIGN = "the script does not belong to this speech: nothing was taken from it"

_CLAUSE = re.compile(r"(?:[，,；;：:—]+(?!\d)|[。！？!?…]+)[”’\"'）)」』》]*")
_OPENING = re.compile(r"[“‘「『（《〈【(\[{]+$")
_TRAILING = re.compile(r"[，,、；;：:—\s]+$")
_FINAL = re.compile(r"[。！？!?….]+[”’\"'）)」』]*$")
_CLAUSE_UNITS = 3
_CLAUSE_ALIKE = 0.5
_CLAUSE_ALIKE_IN_PART = 0.75
_LEFT_OUT = 0.34
_MISHEARD = (0.5, 2.0)
_MISHEARD_ALIKE = 0.3
_MISHEARD_UNITS = 4


@dataclass(frozen=True)
class Part:
    """A part of a take: the script's text in place of heard units ``first`` to ``last``, or these as they are.

    Attributes:
        first: the first heard unit.
        last: the last one.
        units: the sentence's units that are said, by index; none for a remark that stays as it was recognised.
    """

    first: int
    last: int
    units: tuple[int, ...]


@dataclass(frozen=True)
class Followed:
    """Segments after the script was laid beside them.

    Attributes:
        segments: in order of time, each with its ``script`` mark.
        lines: for each segment the sentence (index) that it says, or None.
        missing: for sentences that were spoken in part, the clauses that were left out.
        share: part of the script's units that was found.
        speech_share: part of the heard units that is the script's.
        belongs: false for the script of something else; the segments are as they were then.
        corrections: what was changed.
        warnings: what the reader should know.
    """

    segments: tuple[Segment, ...]
    lines: tuple[int | None, ...]
    missing: dict[int, tuple[str, ...]]
    share: float
    speech_share: float
    belongs: bool
    corrections: tuple[Correction, ...]
    warnings: tuple[str, ...]


def follow_script(segments: Sequence[Segment], script: Script) -> Followed:
    """Replace recognised text by the script's sentences where speech clearly follows them."""
    words = [word for segment in segments for word in segment.words]
    chinese = is_chinese("".join(line.text for line in script.lines))
    plain = [unit for line in script.lines for unit in split_units(line.text, chinese=chinese)]
    heard = list_units(words, chinese=chinese, spoken=join_keys(plain))
    spoken = join_keys(heard.units)
    written = [split_units(line.text, chinese=chinese, spoken=spoken) for line in script.lines]
    found = find_takes(heard.units, written)
    if not found.belongs:
        return Followed(tuple(segments), (None,) * len(segments), {}, 0.0, 0.0, False, (), (FOREIGN,))
    followed = _Following(heard, script, written, spoken, chinese=chinese)
    place = 0
    started = {first: (last, line) for first, last, line in found.started}
    for take in found.takes:
        followed.keep(place, take.first, started)
        followed.follow(take)
        place = take.last + 1
    followed.keep(place, len(heard.units), started)
    return followed.finish(found.takes)


class _Following:
    """The result as it grows, in order of time."""

    def __init__(
        self, heard: HeardUnits, script: Script, written: Sequence[Sequence[Unit]], spoken: str, *, chinese: bool
    ) -> None:
        self._heard = heard
        self._spoken = spoken
        self._chinese = chinese
        self._script = script
        self._written = written
        self._segments: list[Segment] = []
        self._lines: list[int | None] = []
        self._missing: dict[int, tuple[str, ...]] = {}
        self._corrections: list[Correction] = []
        self._found = self._taken = 0

    def keep(self, first: int, stop: int, started: dict[int, tuple[int, int]]) -> None:
        """Keep heard units that no take holds; beginnings of a sentence that is said anew are marked as retakes."""
        place = first
        for start in [*sorted(n for n in started if first <= n < stop), stop]:
            self._add(keep_units(self._heard, place, start), "aside", None)
            if start < stop:
                last, line = started[start]
                self._add(keep_units(self._heard, start, last + 1), "retake", line)
                place = last + 1

    def follow(self, take: Take) -> None:
        """Put the script's text in a take's place."""
        line, units = self._script.lines[take.line], self._written[take.line]
        parts = part_take(line.text, units, take)
        for part in parts:
            if not part.units:
                self._add(keep_units(self._heard, part.first, part.last + 1), "aside", None)
                continue
            text = say_part(line.text, units, part.units)
            own = split_units(text, chinese=self._chinese, spoken=self._spoken)
            partners = _partners_within(take, part, len(own))
            new = retime(text, own, partners, self._heard, (part.first, part.last))
            segment = Segment(start=new[0].start, end=new[-1].end, text=text, words=tuple(new), speaker=line.speaker)
            self._add([segment], "retake" if take.again else "followed", take.line)
            self._taken += part.last - part.first + 1
            before = text_of(self._heard, part.first, part.last + 1)
            if before != text:
                self._corrections.append(
                    Correction(start=segment.start, end=segment.end, before=before, after=text, rule="script")
                )
        said = {n for part in parts for n in part.units}
        if not take.again:
            self._found += len(said)
            if left := _left_out(line.text, units, said):
                self._missing[take.line] = left

    def _add(self, segments: Sequence[Segment], mark: str, line: int | None) -> None:
        self._segments += [segment.model_copy(update={"script": mark}) for segment in segments]
        self._lines += [line] * len(segments)

    def finish(self, takes: Sequence[Take]) -> Followed:
        """Return the whole."""
        unspoken = len(self._script.lines) - len({take.line for take in takes})
        warnings = []
        if unspoken:
            warnings.append(f"{unspoken} of {len(self._script.lines)} sentences of the script were not heard")
        return Followed(
            segments=tuple(set_apart(self._segments)),
            lines=tuple(self._lines),
            missing=self._missing,
            share=self._found / max(1, sum(map(len, self._written))),
            speech_share=self._taken / max(1, len(self._heard.units)),
            belongs=True,
            corrections=tuple(self._corrections),
            warnings=tuple(warnings),
        )


def _partners_within(take: Take, part: Part, count: int) -> list[int | None]:
    """Return the heard units that belong to a part's units, ``count`` of them."""
    made: list[int | None] = []
    for number in part.units:
        pair = take.partners[number]
        made.append(pair[0] if pair is not None and part.first <= pair[0] <= part.last else None)
    return made[:count] + [None] * (count - len(made))


def part_take(text: str, units: Sequence[Unit], take: Take) -> list[Part]:
    """Part a take where clauses were left out, or said in other words, or words were put in."""
    said: list[int] = []
    cuts: list[tuple[int, int, int]] = []
    clauses = part_clauses(text, units)
    for low, high in clauses:
        verdict, first, last = _judge(take, low, high)
        if verdict == "said":
            said += range(low, high)
            cuts += find_remarks(take.partners, low, high)
        elif verdict == "other":
            cuts.append((low, first, last))
    return _lay_parts(take, said, cuts)


def _judge(take: Take, low: int, high: int) -> tuple[str, int, int]:
    """Tell whether a clause (units ``low`` to ``high``) was said, left out, or said in other words, and where."""
    size = high - low
    alike = sum(pair[1] for pair in take.partners[low:high] if pair is not None) / size
    before = max((pair[0] for pair in take.partners[:low] if pair is not None and pair[1] > 0), default=take.first - 1)
    after = min((pair[0] for pair in take.partners[high:] if pair is not None and pair[1] > 0), default=take.last + 1)
    room = after - before - 1
    least = _CLAUSE_ALIKE_IN_PART if take.partial else _CLAUSE_ALIKE
    misheard = _MISHEARD[0] * size <= room <= _MISHEARD[1] * size and not take.partial
    flanked = take.first <= before and after <= take.last
    if alike >= least or (misheard and (alike >= _MISHEARD_ALIKE or (size <= _MISHEARD_UNITS and flanked))):
        return "said", before + 1, after - 1
    return "left out" if room <= _LEFT_OUT * size else "other", before + 1, after - 1


def _lay_parts(take: Take, said: Sequence[int], cuts: Sequence[tuple[int, int, int]]) -> list[Part]:
    """Return parts that share the take's heard units among them, in order."""
    parts: list[Part] = []
    place = take.first
    rest = list(said)
    for unit, first, last in sorted(cuts, key=lambda cut: cut[1]):
        own = [n for n in rest if n < unit]
        rest = [n for n in rest if n >= unit]
        if own and first > place:
            parts.append(Part(place, first - 1, tuple(own)))
            place = first
        elif own:
            rest = own + rest
        if last >= place:
            parts.append(Part(place, last, ()))
            place = last + 1
    if rest and place <= take.last:
        parts.append(Part(place, take.last, tuple(rest)))
    elif rest and parts and parts[-1].units:
        parts[-1] = replace(parts[-1], units=(*parts[-1].units, *rest))
    elif place <= take.last:
        parts.append(Part(place, take.last, ()))
    return parts


def part_clauses(text: str, units: Sequence[Unit]) -> list[tuple[int, int]]:
    """Return the clauses of a sentence as ranges of its units; one of one or two units goes with the next."""
    if not units:
        return []
    printed = _printed_places(text)
    ends = [printed[found.end()] for found in _CLAUSE.finditer(text)]
    made: list[tuple[int, int]] = []
    low = 0
    for end in ends:
        high = next((n for n in range(low, len(units)) if units[n].place >= end), len(units))
        if high - low >= _CLAUSE_UNITS:
            made.append((low, high))
            low = high
    if low < len(units):
        if made and len(units) - low < _CLAUSE_UNITS:
            made[-1] = (made[-1][0], len(units))
        else:
            made.append((low, len(units)))
    return made


def _printed_places(text: str) -> list[int]:
    """Return for every place in a text (its end included) how many characters that are no spaces stand before it."""
    places = [0]
    for character in text:
        places.append(places[-1] + (not character.isspace()))
    return places


def say_part(text: str, units: Sequence[Unit], said: Sequence[int]) -> str:
    """Return the text of the units that were said, with their punctuation; its end gets the sentence's own mark."""
    if len(said) == len(units):
        return text
    places = _printed_places(text)
    starts = [places.index(unit.place) if n else 0 for n, unit in enumerate(units)]
    starts = [len(text[:start].rstrip()) if text[:start].endswith(" ") else start for start in starts]
    starts = [start - len(found[0]) if (found := _OPENING.search(text[:start])) else start for start in starts]
    wanted = set(said)
    pieces = []
    for number, start in enumerate(starts):
        stop = starts[number + 1] if number + 1 < len(units) else len(text)
        if number in wanted and stop > start:
            pieces.append(text[start:stop])
    made = "".join(pieces).strip()
    final = _FINAL.search(text)
    if said[-1] + 1 < len(units) and final and _TRAILING.search(made):
        made = _TRAILING.sub("", made) + final[0]
    return made


def _left_out(text: str, units: Sequence[Unit], said: set[int]) -> tuple[str, ...]:
    """Return the clauses of which nothing was said."""
    clauses = part_clauses(text, units)
    left = [range(low, high) for low, high in clauses if not said.intersection(range(low, high))]
    return tuple(_TRAILING.sub("", say_part(text, units, tuple(own))) for own in left)
