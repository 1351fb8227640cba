"""Text files of unknown encoding: Unicode with or without a mark, GB 18030, Big5, Western."""

from __future__ import annotations

import codecs
import re
from pathlib import Path

from mediakit.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_COMMON = frozenset(
    "的一是不了人我在有他这这個个上们們来來到时時大地为為子中你说說生国國年着著就那和要她出也得里裡后後自以会會家可下而过過天去"
    "能对對小多然于心学學么麼之都好看起发發当當没沒成只如事把还還用第样樣道想作种種开開，。！？、：；「」“”"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


def read_text(path: Path, limit: int) -> str:
    """Return a text file's content with plain newlines.

    Raises:
        InputError: missing, larger than ``limit`` bytes, or no text.
    """
    from mediakit.tools.opening import check_file

    check_file(path)
    try:
        if path.stat().st_size > limit:
            raise InputError(f"is too large for a text file (more than {limit >> 20} MB)", where=path)
        data = path.read_bytes()
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
    try:
        text = decode_text(data)
    except UnicodeError as exc:
        raise InputError("is not text in a known encoding", where=path, hint="save it as UTF-8") from exc
    return text.replace("\r\n", "\n").replace("\r", "\n")


def decode_text(data: bytes) -> str:
    """Return the text of bytes, by mark, by validity, and by which Chinese reading has the more common characters.

    Raises:
        UnicodeError: no encoding fits.
    """
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _no_zeros(data.decode(name))
    zeros = data[:4096].count(0)
    if zeros:
        big = data[0:4096:2].count(0) > data[1:4096:2].count(0)
        return _no_zeros(data.decode("utf-16-be" if big else "utf-16-le"))
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_chinese(data)


def _no_zeros(text: str) -> str:
    if "\0" in text:
        raise UnicodeError("holds zero characters")
    return text


def _decode_chinese(data: bytes) -> str:
    readings = []
    for name in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        han = len(_HAN.findall(text))
        readings.append((sum(c in _COMMON for c in text) / max(1, han), han, text))
    best = max(readings, key=lambda reading: reading[0], default=(0.0, 0, ""))
    wide = sum(byte >= 0x80 for byte in data)
    if best[0] >= 0.1 and best[1] * 2 >= wide * 0.5:
        return best[2]
    if wide / len(data) > 0.3 and best[2]:
        return best[2]
    text = data.decode("cp1252")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise UnicodeError("holds control characters")
    return text
