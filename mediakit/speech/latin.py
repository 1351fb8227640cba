"""Stretches of Latin text that sound or look like a name or term.

The sound key is of the metaphone kind: consonants in classes that ears mix up (b and p, d and t, g and k …), and
vowels only at the start.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

TOKEN = re.compile(r"[A-Za-z0-9À-ɏ]+(?:['’][A-Za-z]+)?")

_LATIN = re.compile(r"[A-Za-z0-9À-ɏ .&'’/+-]+")
_RULES = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"^(?:kn|gn|pn)", "n"),
        (r"^wr", "r"),
        (r"^ps", "s"),
        (r"^x", "s"),
        (r"^wh", "w"),
        (r"mb$", "m"),
        (r"sch|tch|dge?(?=[eiy])|dg|sh|ch|(?<=[aeiou])(?:ti|ci|si)(?=[ao])|j", "X"),
        (r"ph|v|f", "F"),
        (r"(?<=[aeiou])gh|h", ""),
        (r"th|[dt]", "T"),
        (r"ck|c(?![eiy])|[kq]|g(?![eiy])", "K"),
        (r"g", "X"),
        (r"x", "KS"),
        (r"[csz]", "S"),
        (r"[bp]", "P"),
        (r"^w", "W"),
        (r"m", "M"),
        (r"n", "N"),
        (r"l", "L"),
        (r"r", "R"),
        (r"^[aeiouy]+", "A"),
        (r"[aeiouyw]+", "."),
    )
)


@dataclass(frozen=True)
class Resemblance:
    """Characters ``start`` to ``end`` resemble form number ``form``; ``sound`` and ``spelling`` go from 0 to 1."""

    start: int
    end: int
    form: int
    sound: float
    spelling: float


def squeeze(text: str) -> str:
    """Return a text's letters and digits in lower case, without accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if c.isalnum() and not unicodedata.combining(c))


def is_inflected(text: str, form: str) -> bool:
    """Tell whether a text is a form with an English ending: a plural, a genitive, a verb's form."""
    ending = re.sub(r"['’]", "", text.casefold().removeprefix(form.casefold()))
    return text.casefold().startswith(form.casefold()) and ending in ("s", "es", "ed", "d", "ing", "er", "ers", "ly")


@lru_cache(maxsize=50_000)
def sound_key(word: str) -> str:
    """Return how a word sounds: classes of consonants; vowels only tell one consonant from its double."""
    key = squeeze(word)
    for pattern, sound in _RULES:
        key = pattern.sub(sound, key)
    return re.sub(r"([A-Z])\1+", r"\1", key).replace(".", "")


def _ratio(first: str, second: str) -> float:
    from difflib import SequenceMatcher

    if first == second:
        return 1.0
    return SequenceMatcher(None, first, second, autojunk=False).ratio()


class Latin:
    """Finds what resembles any of a list of forms.

    Args:
        forms: texts; those with other letters than Latin ones are never found.
        readings: for each form other spellings that show how it sounds, such as ``Shavawn`` for Siobhan.
    """

    def __init__(self, forms: Sequence[str], readings: Sequence[Sequence[str]] = ()) -> None:
        self._forms: dict[str, list[tuple[int, str, str, int]]] = defaultdict(list)
        for number, form in enumerate(forms):
            if not _LATIN.fullmatch(form):
                continue
            for spelled in (form, *(readings[number] if number < len(readings) else ())):
                parts = TOKEN.findall(spelled)
                if len(squeeze(spelled)) >= 3 and _LATIN.fullmatch(spelled):
                    key = "".join(map(sound_key, parts))
                    self._forms[key[:1]].append((number, squeeze(spelled), key, len(parts)))
        self._longest = max((size for forms in self._forms.values() for *_, size in forms), default=0)

    def find(self, text: str) -> list[Resemblance]:
        """Return stretches of whole words that resemble a form, those that equal it included, in order."""
        if not self._longest:
            return []
        found = []
        tokens = list(TOKEN.finditer(text))
        for first, token in enumerate(tokens):
            for last in range(first, min(first + self._longest + 2, len(tokens))):
                if last > first and text[tokens[last - 1].end() : tokens[last].start()] not in (" ", "-", ""):
                    break
                words = [one.group() for one in tokens[first : last + 1]]
                found += self._match(words, token.start(), tokens[last].end())
        return sorted(found, key=lambda one: (one.start, -one.end, one.form))

    def _match(self, words: Sequence[str], start: int, end: int) -> list[Resemblance]:
        key, letters = "".join(map(sound_key, words)), squeeze("".join(words))
        found = []
        for number, spelled, wanted, _ in self._forms.get(key[:1], ()):
            if abs(len(wanted) - len(key)) > 2 or abs(len(spelled) - len(letters)) > 1 + len(spelled) // 3:
                continue
            if any(c.isdigit() for c in spelled + letters) and spelled != letters:
                continue
            sound, spelling = _ratio(key, wanted), _ratio(letters, spelled)
            if spelling == 1.0 or (spelling >= 0.5 and (sound == 1.0 or (sound >= 0.8 and len(wanted) >= 4))):
                found.append(Resemblance(start, end, number, sound, spelling))
        return found
