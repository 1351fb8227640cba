"""Why a change is doubtful: one list of sentences, so that each can be told in another language."""

from __future__ import annotations

import re
from functools import lru_cache

REASONS = {
    "word": "{} is a word itself",
    "crossing": "it cuts through {}",
    "phrase": "{} is made of ordinary words",
    "ordinary": "ordinary words",
    "weak": "the evidence is weak",
    "rival": "it may as well be {}",
    "person": "it may be another person's name, and the entry was not heard elsewhere",
    "two-sure": "two syllables are little evidence, and nothing says that they were heard badly",
    "two-other": "two syllables are little evidence, and no character of them is the entry's",
    "edge": "{} may be a word of its own, and the entry was not heard elsewhere",
    "refused": "refused",
    "told": "it was heard only when the recogniser was told the name, and is not like what was heard without",
    "told-alone": "it was heard only when the recogniser was told the name; without, nothing was heard there",
}


def give_reason(name: str, *texts: str) -> str:
    """Return a reason's sentence with the texts that it is about."""
    return REASONS[name].format(*texts)


def name_reason(sentence: str) -> tuple[str, tuple[str, ...]] | None:
    """Return which reason a sentence is, and the texts that it is about; None: it is another sentence."""
    for name, pattern in _patterns():
        if match := pattern.fullmatch(sentence):
            return name, match.groups()
    return None


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (name, re.compile(re.escape(sentence).replace(re.escape("{}"), "(.+)"), re.DOTALL))
        for name, sentence in REASONS.items()
    )
