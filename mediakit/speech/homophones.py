"""Stretches of Chinese text that sound like a name or term, whatever characters they are written with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from mediakit.speech.pinyin import FAR, HAN, OTHER, USUAL, Syllable, character_cost, parse_syllable, syllables_of

LOOSE_FROM = 4
"""A form of this many characters or more may hold one syllable that is heard as another."""

_MOST = 0.75
_DIGIT = "0123456789"


@dataclass(frozen=True)
class Likeness:
    """Characters ``start`` to ``end`` sound like form number ``form``; ``costs`` has a figure for each character."""

    start: int
    end: int
    form: int
    costs: tuple[float, ...]

    @property
    def cost(self) -> float:
        """The mean of the costs: 0 equal, below 0.1 the same but for tones."""
        return sum(self.costs) / len(self.costs)

    @property
    def is_homophone(self) -> bool:
        """Every syllable is the same but for its tone."""
        return max(self.costs) < USUAL


class Homophones:
    """Finds what sounds like any of a list of forms.

    Args:
        forms: texts; those that are not wholly of two or more Chinese characters are never found.
        readings: for each form its readings as pinyin text; an empty one is looked up.
    """

    def __init__(self, forms: Sequence[str], readings: Sequence[Sequence[str]] = ()) -> None:
        self._forms = tuple(forms)
        given = [*readings, *([()] * (len(forms) - len(readings)))]
        self._sounds: dict[int, tuple[tuple[Syllable, ...], ...]] = {}
        self._index: dict[str, list[tuple[int, int]]] = defaultdict(list)
        for number, form in enumerate(forms):
            if len(form) < 2 or not all(HAN.fullmatch(character) for character in form):
                continue
            sounds = tuple(
                tuple(dict.fromkeys(options)) for options in zip(*_readings(form, given[number]), strict=True)
            )
            self._sounds[number] = sounds
            for place, options in enumerate(sounds):
                for wide in sorted({syllable.wide for syllable in options}):
                    self._index[wide].append((number, place))

    def find(self, text: str) -> list[Likeness]:
        """Return every stretch that sounds like a form, the forms themselves included, in order."""
        votes: dict[tuple[int, int], int] = defaultdict(int)
        for place, character in enumerate(text):
            met: set[tuple[int, int]] = set()
            for wide in {syllable.wide for syllable in syllables_of(character)}:
                met.update((number, place - offset) for number, offset in self._index.get(wide, ()))
            for key in met:
                votes[key] += 1
        found = []
        for (number, start), count in votes.items():
            size = len(self._forms[number])
            if start < 0 or start + size > len(text) or count < (size if size < LOOSE_FROM else size - 1):
                continue
            likeness = self._compare(text, start, number)
            if likeness is not None:
                found.append(likeness)
        return sorted(found, key=lambda one: (one.start, -one.end, one.form))

    def _compare(self, text: str, start: int, number: int) -> Likeness | None:
        form, sounds = self._forms[number], self._sounds[number]
        end = start + len(form)
        stretch = text[start:end]
        if any(character in _DIGIT for character in (text[start - 1 : start] + text[end : end + 1])) and (
            stretch[0] in _DIGIT or stretch[-1] in _DIGIT
        ):
            return None
        costs = tuple(
            min(character_cost(heard, syllable, written) for syllable in options)
            for heard, written, options in zip(stretch, form, sounds, strict=True)
        )
        far = [cost for cost in costs if cost > _MOST]
        if len(far) > (1 if len(form) >= LOOSE_FROM else 0) or any(cost >= OTHER for cost in costs):
            return None
        return Likeness(start, end, number, tuple(min(cost, FAR) for cost in costs))


def _readings(form: str, given: Sequence[str]) -> list[tuple[Syllable, ...]]:
    """Return the ways in which a form is read, each a syllable a character."""
    read = [parsed for text in given if (parsed := parse_reading(text)) is not None and len(parsed) == len(form)]
    return read or [_looked_up(form)]


def parse_reading(text: str) -> tuple[Syllable, ...] | None:
    """Return the syllables of pinyin text with spaces between them; None: it is not pinyin."""
    found = [parse_syllable(part) for part in text.replace("'", " ").replace("-", " ").split()]
    return tuple(s for s in found if s is not None) if found and all(found) else None


@lru_cache(maxsize=20_000)
def _looked_up(form: str) -> tuple[Syllable, ...]:
    from pypinyin import Style, pinyin

    found = [parse_syllable(one[0]) for one in pinyin(form, style=Style.TONE3, neutral_tone_with_five=True)]
    return tuple(
        one or next(iter(syllables_of(character)), Syllable("", character))
        for one, character in zip(found, form, strict=True)
    )
