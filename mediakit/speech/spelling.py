"""Spelling: whole words out of an engine's pieces, simplified characters, punctuation of the language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from mediakit.media.transcript import Word
from mediakit.speech.heard import Run

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SPOKEN = re.compile(r"[\w%％‰&@#$€£¥°+]")
_ASPECT = re.compile(r"(?<![显原名巨编土论专卓昭遗译拙合新所])著(?![名作称述者录书])")
_OPENING = "“‘「『（《〈【([{¿¡"
_FULL = str.maketrans({",": "，", "?": "？", "!": "！", ";": "；", ":": "："})
_NUMBER_JOINT = re.compile(r"\d[.,:/%-]?$")
_LATIN_END = re.compile(r"[A-Za-z0-9À-ɏ'’&-]$")
_LATIN_START = re.compile(r"[A-Za-z0-9À-ɏ'’&%-]")


@lru_cache(maxsize=1)
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def simplify(text: str) -> str:
    """Return Mandarin text in simplified characters (OpenCC ``t2s``, which leaves 举著 for 举着)."""
    converted: str = _converter().convert(text)
    return _ASPECT.sub("着", converted)


def simplify_parts(parts: Sequence[str]) -> list[str]:
    """Simplify a text that is in parts, with the context of the whole."""
    whole = simplify("".join(parts))
    if len(whole) != sum(map(len, parts)):
        return [simplify(part) for part in parts]
    made, place = [], 0
    for part in parts:
        made.append(whole[place : place + len(part)])
        place += len(part)
    return made


def spell_run(run: Run, *, simplified: bool) -> tuple[Word, ...]:
    """Return a run's words as they are printed: no spaces around them, marks attached, pieces of a word joined."""
    texts = [word.text for word in run.words]
    if simplified and run.language == "zh":
        texts = simplify_parts(texts)
    words: list[Word] = []
    waiting = ""
    for word, raw in zip(run.words, texts, strict=True):
        text = raw.replace("\ufffd", "").strip()
        if not text:
            continue
        if not _SPOKEN.search(text):
            if text[-1] in _OPENING:
                waiting += text
            elif words:
                words[-1] = words[-1].model_copy(update={"text": words[-1].text + text})
            continue
        if words and not raw[:1].isspace() and not waiting and _is_torn(words[-1].text, text):
            words[-1] = _join(words[-1], word, text)
            continue
        words.append(word.model_copy(update={"text": waiting + text}))
        waiting = ""
    if run.language in ("zh", "yue"):
        words = _chinese_marks(words)
    return tuple(words)


def _is_torn(before: str, after: str) -> bool:
    if _NUMBER_JOINT.search(before) and after[0].isdigit():
        return True
    if _LATIN_END.search(before) and len(after) > 1 and after[0] in ",.:/-'’%" and after[1].isalnum():
        return True
    return bool(_LATIN_END.search(before) and _LATIN_START.match(after))


def _join(first: Word, second: Word, text: str) -> Word:
    known = [p for p in (first.probability, second.probability) if p is not None]
    return Word(
        text=first.text + text,
        start=first.start,
        end=max(first.end, second.end),
        probability=min(known, default=None),
    )


def _chinese_marks(words: Sequence[Word]) -> list[Word]:
    """Full-width punctuation after Chinese characters, and after Latin words inside Chinese."""
    made = []
    chinese = False
    for number, word in enumerate(words):
        text = word.text
        chinese = bool(_HAN.search(text)) or chinese
        next_is_han = number + 1 < len(words) and bool(_HAN.match(words[number + 1].text))
        if _HAN.search(text) or (chinese and next_is_han):
            body = text.rstrip(",.?!;:")
            marks = text[len(body) :].translate(_FULL)
            if marks == "." or (marks.startswith(".") and marks.strip(".") == ""):
                marks = "。" if len(marks) < 3 else "……"
            text = body + marks
        made.append(word if text == word.text else word.model_copy(update={"text": text}))
    return made
