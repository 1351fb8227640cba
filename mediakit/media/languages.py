"""Language tags: short words such as ``zh`` or ``en-GB`` that go into file names, playlists and markup."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator

_CHINESE = ("zh", "yue", "cmn", "wuu", "nan", "hak")
_TAG = re.compile(r"[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8}){0,5}")


def is_language(text: str) -> bool:
    """Tell whether a text has the form of a language tag (BCP 47; ``_`` goes for ``-`` as well)."""
    return _TAG.fullmatch(text) is not None


def is_chinese(language: str | None) -> bool:
    """Tell whether a language is read by those who read Chinese, be it Mandarin, Cantonese or Wu."""
    return (language or "").replace("_", "-").partition("-")[0].lower() in _CHINESE


def _check(text: str) -> str:
    if text and not is_language(text):
        raise ValueError(f"{text[:40]!r} is not a language tag, such as zh or en-GB")
    return text


LanguageTag = Annotated[str, AfterValidator(_check)]
"""A language tag, or nothing where the language is not known."""
