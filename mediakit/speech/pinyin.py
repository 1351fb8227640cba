"""How Chinese sounds: syllables of characters, and how far apart two of them are for a recogniser's ear.

A character has one or more readings; a syllable is an initial, a final and a tone (0 where none is known). What
recognisers and speakers mix up: zh/z, ch/c, sh/s, n/l, f/h, an/ang, en/eng, in/ing; tones count little, as a recogniser
hears them badly.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

HAN = re.compile(r"[\u3400-\u9fff]")

SAME = 0.0
USUAL = 0.3
"""The price of one usual confusion."""

FAR = 1.0
"""The price of a syllable that is another one, but begins or ends alike; one a long name may hold."""

OTHER = 2.0
_TONE = 0.08
_RARE = 0.2
_DIGITS = dict(zip("0123456789", "零一二三四五六七八九", strict=True))
_INITIALS = ("zh", "ch", "sh", *"bpmfdtnlgkhjqxrzcsyw")
_CONFUSED = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("n", "l"), ("f", "h"), ("an", "ang"), ("en", "eng"), ("in", "ing"))
_USUAL = {frozenset(pair) for pair in (*_CONFUSED, ("ian", "iang"), ("uan", "uang"), ("l", "r"), ("uen", "ueng"))}
_NEAR = {
    frozenset(pair)
    for pair in (
        *(
            ("zh", "j"),
            ("ch", "q"),
            ("sh", "x"),
            ("z", "zh"),
            ("b", "p"),
            ("d", "t"),
            ("g", "k"),
            ("j", "q"),
            ("c", "z"),
        ),
        *(
            ("in", "vn"),
            ("ing", "vn"),
            ("ian", "van"),
            ("i", "v"),
            ("u", "v"),
            ("ong", "eng"),
            ("uo", "ou"),
            ("ei", "uei"),
        ),
        *(("ian", "an"), ("iang", "ang"), ("uan", "an"), ("uang", "ang"), ("e", "uo"), ("en", "uen"), ("in", "en")),
        *(
            ("ing", "eng"),
            ("zh", "ch"),
            ("ai", "ei"),
            ("ao", "ou"),
            ("ie", "ve"),
            ("iong", "ong"),
            ("ia", "a"),
            ("ua", "a"),
        ),
    )
}
_WIDE = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "r": "l", "h": "f"}


@dataclass(frozen=True)
class Syllable:
    """A syllable: initial (empty where there is none), final in full (``uen`` for ``un``, ``v`` for ü), tone 0 to 5."""

    initial: str
    final: str
    tone: int = 0

    @property
    def wide(self) -> str:
        """A key that syllables within one usual confusion of each other share."""
        final = self.final[:-1] if self.final.endswith(("ang", "eng", "ing")) else self.final
        return f"{_WIDE.get(self.initial, self.initial)} {final}"


def parse_syllable(text: str) -> Syllable | None:
    """Return the syllable that pinyin text writes (tone mark, tone number, or no tone); None: it is no syllable."""
    tone = 0
    plain: list[str] = []
    for character in unicodedata.normalize("NFD", text.strip().lower().replace("u:", "ü")):
        mark = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}.get(character)
        if mark is not None:
            tone = mark
        elif character == "\u0308" and plain and plain[-1] == "u":
            plain[-1] = "v"
        else:
            plain.append(character)
    letters = "".join(plain)
    if letters[-1:].isdigit():
        tone, letters = int(letters[-1]) % 6, letters[:-1]
    if not re.fullmatch(r"[a-z]{1,6}", letters):
        return None
    return _split(letters, tone)


def _split(letters: str, tone: int) -> Syllable:
    initial = next((i for i in _INITIALS if letters.startswith(i) and len(letters) > len(i)), "")
    final = letters[len(initial) :]
    if initial == "y":
        final = f"v{final[1:]}" if final.startswith("u") else final if final.startswith("i") else f"i{final}"
        initial = ""
    elif initial == "w":
        final, initial = (final if final.startswith("u") else f"u{final}"), ""
    elif initial in ("j", "q", "x") and final.startswith("u"):
        final = f"v{final[1:]}"
    return Syllable(initial, {"un": "uen", "ui": "uei", "iu": "iou"}.get(final, final), tone)


@lru_cache(maxsize=20_000)
def syllables_of(character: str) -> tuple[Syllable, ...]:
    """Return a character's readings, the usual one first; a digit is read as its character; others have none."""
    from pypinyin import Style, pinyin

    character = _DIGITS.get(character, character)
    if not HAN.fullmatch(character):
        return ()
    found = pinyin(character, style=Style.TONE3, heteronym=True, neutral_tone_with_five=True)[0]
    return tuple(dict.fromkeys(s for s in map(parse_syllable, found) if s is not None))


@lru_cache(maxsize=200_000)
def syllable_cost(first: Syllable, second: Syllable) -> float:
    """Return how far apart two syllables are: 0 the same, 0.08 another tone, 0.3 a usual confusion, 2 unrelated."""
    cost = SAME if 0 in (first.tone, second.tone) or first.tone == second.tone else _TONE
    parts = 0.0
    for one, other in ((first.initial, second.initial), (first.final, second.final)):
        if one == other:
            continue
        pair = frozenset((one, other))
        parts += USUAL if pair in _USUAL else FAR * 0.6 if pair in _NEAR else OTHER
    return min(OTHER, cost + parts)


@lru_cache(maxsize=200_000)
def character_cost(heard: str, right: Syllable, written: str) -> float:
    """Return how far a heard character is from a written one that is read as ``right``."""
    if heard == written or _DIGITS.get(heard, heard) == written:
        return SAME
    readings = syllables_of(heard)
    costs = [syllable_cost(reading, right) + _RARE * min(n, 2) for n, reading in enumerate(readings)]
    return min(costs, default=OTHER)
