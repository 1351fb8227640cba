"""Where a transcript wants a look: its words in print, how unsure each is, what was changed and what is doubted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from mediakit.media.transcript import Correction, Doubt, Segment, Transcript, Word, needs_space

DEGREES = (0.7, 0.5, 0.3)
"""Below these probabilities a word is unsure in the first, second and third degree."""

_NEAR_S = 1.0
_LONG = 400


@dataclass(frozen=True)
class Printed:
    """A word as it stands in print: the text before it that belongs to no word, its own text, and its times."""

    lead: str
    word: Word


@dataclass
class Line:
    """A segment in print.

    Attributes:
        segment: what it shows.
        first: the number of its first word, counted through the whole transcript.
        printed: its words.
        tail: text after the last word.
    """

    segment: Segment
    first: int
    printed: list[Printed]
    tail: str = ""
    spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole text, as it is printed."""
        return "".join(one.lead + one.word.text for one in self.printed) + self.tail


@dataclass(frozen=True)
class Mark:
    """A correction or doubt, and the words where it stands: numbers ``first`` to ``last``, ``words`` of them marked."""

    change: Correction
    first: int | None = None
    words: tuple[int, ...] = ()


def degree_of(word: Word) -> int:
    """Return how unsure a word is: 0 (sure, not known, or a mark alone) to 3."""
    if word.probability is None or not any(c.isalnum() for c in word.text):
        return 0
    return sum(1 for limit in DEGREES if word.probability < limit)


def print_lines(transcript: Transcript) -> list[Line]:
    """Return the segments with their words laid into the text that a reader sees."""
    lines: list[Line] = []
    count = 0
    for segment in transcript.segments:
        printed, tail = _lay_words(segment)
        line = Line(segment, count, printed, tail)
        place = 0
        for one in printed:
            place += len(one.lead)
            line.spans.append((place, place + len(one.word.text)))
            place += len(one.word.text)
        lines.append(line)
        count += len(printed)
    return lines


def _lay_words(segment: Segment) -> tuple[list[Printed], str]:
    """Return the words with the text before each, and the text after the last; the text wins where they differ."""
    printed: list[Printed] = []
    place = 0
    for word in segment.words:
        at = segment.text.find(word.text, place)
        if at < 0:
            break
        printed.append(Printed(segment.text[place:at], word))
        place = at + len(word.text)
    if len(printed) == len(segment.words) and printed:
        return printed, segment.text[place:]
    if not segment.text.strip() and segment.words:
        printed, before = [], ""
        for word in segment.words:
            printed.append(Printed(" " if needs_space(before, word.text) else "", word))
            before = word.text
        return printed, ""
    whole = Word(text=segment.text, start=segment.start, end=max(segment.start, segment.end))
    return [Printed("", whole)], ""


class Placing:
    """Finds the words of corrections and doubts: by their text near their time, else by their time alone."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = sorted(lines, key=lambda line: line.segment.start)
        self._starts = [line.segment.start for line in self._lines]
        self._longest = max((line.segment.end - line.segment.start for line in self._lines), default=0.0)

    def place(self, change: Correction) -> Mark:
        """Return a change with the words that it is about."""
        shown = change.before if isinstance(change, Doubt) else change.after
        near = self._near(change.start, change.end)
        found = [
            (abs(line.printed[_word_at(line, at)].word.start - change.start), line.first, at, line)
            for line in near
            for at in (_find_all(line.text, shown) if shown else ())
        ]
        if found:
            _, _, at, line = min(found, key=lambda one: one[:3])
            inside = _touched(line, at, at + len(shown))
            if inside:
                changed = _changed(line, at, change, shown)
                return Mark(change, line.first + inside[0], _numbers(line, inside if changed is None else changed))
        timed = [
            line.first + n
            for line in near
            for n, one in enumerate(line.printed)
            if change.start - 0.02 <= (one.word.start + one.word.end) / 2 <= change.end + 0.02
        ]
        if timed:
            return Mark(change, timed[0], tuple(timed))
        return Mark(change)

    def _near(self, start: float, end: float) -> list[Line]:
        low = bisect_left(self._starts, start - _NEAR_S - self._longest)
        high = bisect_right(self._starts, end + _NEAR_S)
        return [line for line in self._lines[low:high] if line.printed and line.segment.end >= start - _NEAR_S]


def _find_all(text: str, wanted: str) -> list[int]:
    places: list[int] = []
    at = text.find(wanted)
    while at >= 0 and len(places) < 50:
        places.append(at)
        at = text.find(wanted, at + 1)
    return places


def _word_at(line: Line, place: int) -> int:
    """Return which word stands at a place of the text, or the next one."""
    return next((n for n, (_, end) in enumerate(line.spans) if end > place), len(line.spans) - 1)


def _touched(line: Line, start: int, end: int) -> list[int]:
    return [n for n, (first, last) in enumerate(line.spans) if first < end and start < last]


def _numbers(line: Line, words: Sequence[int]) -> tuple[int, ...]:
    return tuple(line.first + n for n in words)


def _changed(line: Line, at: int, change: Correction, shown: str) -> list[int] | None:
    """Return which words of a sentence that the script put in differ from what was heard; punctuation does not count.

    None where this cannot be told, or the change is no sentence.
    """
    plain = [n for n, c in enumerate(shown) if c.isalnum()]
    if change.rule != "script" or not plain or max(len(change.before), len(shown)) > _LONG:
        return None
    before = [c.casefold() for c in change.before if c.isalnum()]
    matcher = SequenceMatcher(None, before, [shown[n].casefold() for n in plain], autojunk=False)
    touched: set[int] = set()
    for kind, _, _, first, last in matcher.get_opcodes():
        if kind != "equal":
            low = min(first, len(plain) - 1)
            touched.update(_touched(line, at + plain[low], at + plain[max(low, last - 1)] + 1))
    return sorted(touched)
