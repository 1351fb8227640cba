"""Chinese characters: simplified, or traditional as they are written in Taiwan or Hong Kong (OpenCC's tables).

Traditional text is made word by word: over a whole sentence OpenCC takes 工长发现 for 长发 (long hair).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from mediakit.speech.spelling import simplify

Characters = Literal["simplified", "traditional", "taiwan", "hongkong", "kept"]

_TABLES = {"traditional": "s2t", "taiwan": "s2tw", "hongkong": "s2hk"}


@lru_cache(maxsize=4)
def _converter(table: str) -> Any:
    from opencc import OpenCC

    return OpenCC(table)


def convert_characters(text: str, characters: Characters, *, terms: Sequence[str] = ()) -> str:
    """Return Mandarin text in the characters that are wanted.

    Args:
        text: simplified or traditional.
        characters: ``kept`` changes nothing.
        terms: names and terms that are one word.
    """
    if characters == "kept":
        return text
    if characters == "simplified":
        return simplify(text)
    if is_traditional(text):
        return text
    from mediakit.tools.segmenter import shared_segmenter

    converter = _converter(_TABLES[characters])
    tokens = shared_segmenter(tuple(sorted(set(terms)))).split(text)
    return "".join(converter.convert(token.text) for token in tokens)


def convert_parts(parts: Sequence[str], characters: Characters, *, terms: Sequence[str] = ()) -> list[str]:
    """Convert a text that is in parts, with the context of the whole."""
    whole = convert_characters("".join(parts), characters, terms=terms)
    if len(whole) != sum(map(len, parts)):
        return [convert_characters(part, characters, terms=terms) for part in parts]
    made, place = [], 0
    for part in parts:
        made.append(whole[place : place + len(part)])
        place += len(part)
    return made


def is_traditional(text: str) -> bool:
    """Tell whether a text holds characters that simplified writing does not have."""
    return simplify(text) != text
