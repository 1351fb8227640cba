"""Which of a glossary's forms a recogniser is told for one window: a prompt holds some twenty, a glossary hundreds.

Forms that the window's text, or its neighbours', sounds like come first, then those that were heard before, the latest
first, then the rest in the glossary's order (people first).
"""

from __future__ import annotations

from collections.abc import Sequence

from mediakit.speech.homophones import Homophones
from mediakit.speech.latin import Latin
from mediakit.speech.recogniser import PROMPT_TOKENS, Recogniser

MOST = 20
"""More forms than this make a recogniser hear them everywhere."""

_ROOM_FOR_STYLE = 40
_NEIGHBOURS = 200


class Prompter:
    """Chooses forms window by window; it remembers what was heard.

    Args:
        forms: all forms, most important first.
        recogniser: counts their tokens.
        style: the longest text that goes before a window besides them.
    """

    def __init__(self, forms: Sequence[str], recogniser: Recogniser, style: str) -> None:
        self._forms = tuple(forms)
        self._recogniser = recogniser
        self._room = PROMPT_TOKENS - recogniser.count_tokens(style) - _ROOM_FOR_STYLE
        self._homophones = Homophones(self._forms)
        self._latin = Latin(self._forms)
        self._said = ""
        self._heard: list[str] = []
        self.fits_all = len(self._forms) <= MOST and self._fit(self._forms) == self._forms

    def choose(self) -> tuple[str, ...]:
        """Return the forms for the next window, before anything of it is known."""
        return self.choose_for("")

    def choose_for(self, text: str) -> tuple[str, ...]:
        """Return the forms for a window in which ``text`` was heard at first."""
        ranked = [*self.find_likely(text), *self.find_likely(self._said), *reversed(self._heard), *self._forms]
        return self._fit(tuple(dict.fromkeys(ranked))[:MOST])

    def find_likely(self, text: str) -> tuple[str, ...]:
        """Return the forms that a text sounds like without holding them, the closest and longest first."""
        found: dict[int, float] = {}
        for one in self._homophones.find(text):
            if text[one.start : one.end] != self._forms[one.form]:
                found[one.form] = max(found.get(one.form, 0.0), len(one.costs) * (1.0 - one.cost))
        for two in self._latin.find(text):
            if text[two.start : two.end] != self._forms[two.form]:
                found[two.form] = max(found.get(two.form, 0.0), 4.0 * (two.sound + two.spelling - 1.0))
        return tuple(self._forms[number] for number in sorted(found, key=lambda number: (-found[number], number)))

    def note(self, text: str) -> None:
        """Take in what was heard in a window."""
        self._said = (self._said + text)[-_NEIGHBOURS:]
        for form in self._forms:
            if form in text:
                self._heard = [*(one for one in self._heard if one != form), form]

    def _fit(self, forms: tuple[str, ...]) -> tuple[str, ...]:
        chosen = list(forms)
        while chosen and self._recogniser.count_tokens(join_forms(chosen)) > self._room:
            chosen.pop()
        return tuple(chosen)


def join_forms(forms: Sequence[str]) -> str:
    """Return forms as the recogniser is told them."""
    return "、".join(forms)
