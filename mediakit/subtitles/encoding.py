"""Text of subtitle files in whatever encoding they come: UTF-8, UTF-16, GB 18030, Big5, Windows-1252."""

from __future__ import annotations

import codecs
from pathlib import Path

from mediakit.errors import InputError
from mediakit.tools.opening import check_file

MAX_SUBTITLE_BYTES = 32 << 20

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def read_text(path: Path) -> str:
    """Return a file's text with line feeds as line ends.

    Raises:
        InputError: missing, too large, or not text.
    """
    check_file(path)
    if path.stat().st_size > MAX_SUBTITLE_BYTES:
        raise InputError(f"is larger than a subtitle file can be ({MAX_SUBTITLE_BYTES >> 20} MB)", where=path)
    text = decode_text(path.read_bytes())
    if text is None or "\x00" in text:
        raise InputError("is not a text file", where=path, hint="give an SRT, ASS, WebVTT or TTML file")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_text(data: bytes) -> str | None:
    """Return the text of bytes in the most likely encoding, or None where none fits."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding)
    wide = _guess_wide(data)
    if wide is not None:
        return _decode(data, wide)
    text = _decode(data, "utf-8")
    if text is not None:
        return text
    scores = {encoding: score for encoding in ("gb18030", "big5") if (score := _score_chinese(data, encoding))}
    best = max(scores, key=lambda encoding: scores[encoding], default=None)
    if best is not None and scores[best] > 0.5:
        return _decode(data, best)
    return _decode(data, "cp1252")


def _decode(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _guess_wide(data: bytes) -> str | None:
    """Notice UTF-16 without a mark by its zero bytes: digits and line ends are everywhere in subtitles."""
    sample = data[:4000]
    if sample.count(0) <= len(sample) // 10:
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"


def _score_chinese(data: bytes, encoding: str) -> float:
    """Return the share of the non-ASCII characters that are common ones of the encoding."""
    text = _decode(data, encoding)
    if text is None:
        return 0.0
    wide = [character for character in text if ord(character) > 127]
    if not wide:
        return 0.0
    common = 0
    for character in wide:
        code = character.encode(encoding)
        if encoding == "big5":
            common += 0xA4 <= code[0] <= 0xC6 or code[0] == 0xA1
        else:
            common += len(code) == 2 and code[1] >= 0xA1 and (0xB0 <= code[0] <= 0xD7 or 0xA1 <= code[0] <= 0xA3)
    return common / len(wide)
