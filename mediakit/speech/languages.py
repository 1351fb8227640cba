"""Languages that Whisper knows, and what people call them."""

from __future__ import annotations

from difflib import get_close_matches

_LISTED = """
af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr ht hu
hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc pa pl ps pt
ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo yue zh
"""

CODES = frozenset(_LISTED.split())

_NAMES = {
    "auto": None,
    "chinese": "zh",
    "mandarin": "zh",
    "cmn": "zh",
    "中文": "zh",
    "普通话": "zh",
    "cantonese": "yue",
    "粤语": "yue",
    "english": "en",
    "英语": "en",
    "nb": "no",
    "jv": "jw",
}


def parse_language(name: str) -> str | None:
    """Return Whisper's code for ``zh``, ``zh-CN``, ``en_US``, ``Chinese`` and so on; None for ``auto``.

    Raises:
        ValueError: no such language; names the nearest one.
    """
    word = name.strip().lower()
    if word in _NAMES:
        return _NAMES[word]
    code = word.replace("_", "-").split("-")[0]
    code = _NAMES.get(code) or code
    if code in CODES:
        return code
    near = get_close_matches(word, [*_NAMES, *sorted(CODES)], 1)
    raise ValueError(f"{name!r} is not a language" + (f", did you mean {near[0]!r}?" if near else " (auto, zh, en …)"))
