"""Text files of unknown encoding: Unicode with or without a mark, GB 18030, Big5, Western."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import InputError

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_COMMON = frozenset(
    "的一是不了人我在有他这這个個上们們来來到时時大地为為子中你说說生国國年着著就那和要她出也得里裡后後自以会會家可下而过過天去"
    "能对對小多然于心学學么麼之都好看起发發当當没沒成只如事把还還用第样樣道想作种種开開，。！？、：；「」“”"
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True)
class DecodedText:
    r"""The text of a file, and how it was written.

    Attributes:
        text: with line feeds as line ends.
        encoding: Python's name of the encoding: ``utf-8``, ``gb18030``, ``big5hkscs``, ``utf-16-le`` …
        marked: the file began with a byte order mark.
        line_ends: the kinds of line ends that it had, in order of appearance: ``\r\n``, ``\n``, ``\r``.
    """

    text: str
    encoding: str
    marked: bool = False
    line_ends: tuple[str, ...] = ()


def read_text(path: Path, limit: int) -> str:
    """Return a text file's content with plain newlines (`read_decoded`)."""
    return read_decoded(path, limit).text


def read_decoded(path: Path, limit: int) -> DecodedText:
    """Read a text file in whatever encoding it comes.

    Raises:
        InputError: missing, empty, larger than ``limit`` bytes, or no text.
    """
    try:
        if path.is_dir():
            raise InputError("is a folder, not a file", where=path, hint="name a file inside it")
        size = path.stat().st_size
        if size > limit:
            raise InputError(f"is too large for a text file (more than {limit >> 20} MB)", where=path)
        if not path.is_file():
            raise InputError("is not a regular file", where=path)
        if size == 0:
            raise InputError("is an empty file", where=path)
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise InputError("no such file", where=path, hint="check the path") from exc
    except OSError as exc:
        raise InputError(f"cannot be read ({exc.strerror})", where=path) from exc
    try:
        return decode_bytes(data)
    except UnicodeError as exc:
        raise InputError("is not a text file in a known encoding", where=path, hint="save it as UTF-8") from exc


def decode_text(data: bytes) -> str:
    """Return the text of bytes, its line ends as they are (`decode_bytes`)."""
    return _decode(data)[0]


def decode_bytes(data: bytes) -> DecodedText:
    """Return the text of bytes, by mark, by validity, and by which Chinese reading has the more common characters.

    Raises:
        UnicodeError: no encoding fits.
    """
    text, encoding, marked = _decode(data)
    ends = tuple(dict.fromkeys(_LINE_END.findall(text)))
    return DecodedText(_LINE_END.sub("\n", text), encoding, marked, ends)


def _decode(data: bytes) -> tuple[str, str, bool]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _no_zeros(data[len(mark) :].decode(name)), name, True
    zeros = data[:4096].count(0)
    if zeros:
        # Digits and line ends, which subtitles and scripts are full of, tell UTF-16 by where their zero bytes stand.
        big = data[0:4096:2].count(0) > data[1:4096:2].count(0)
        name = "utf-16-be" if big else "utf-16-le"
        return _no_zeros(data.decode(name)), name, False
    try:
        return data.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError:
        return (*_decode_legacy(data), False)


def _no_zeros(text: str) -> str:
    if "\0" in text:
        raise UnicodeError("holds zero characters")
    return text


def _decode_legacy(data: bytes) -> tuple[str, str]:
    """Return text in a Chinese or Western encoding, and its name."""
    readings: list[tuple[float, int, str, str]] = []
    for name in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        han = len(_HAN.findall(text))
        score = sum(c in _COMMON for c in text) / max(1, han) + _usual_share(text, name)
        readings.append((score, han, text, name))
    best = max(readings, key=lambda reading: reading[0], default=(0.0, 0, "", ""))
    wide = sum(byte >= 0x80 for byte in data)
    enough = best[1] * 2 >= wide * 0.5 and best[0] >= 0.5
    if enough or (wide / len(data) > 0.3 and best[2]):
        return best[2], best[3]
    text = data.decode("cp1252")
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise UnicodeError("holds control characters")
    return text, "cp1252"


def _usual_share(text: str, encoding: str) -> float:
    """Return the share of the non-ASCII characters that lie in the encoding's block of everyday characters."""
    wide = [character.encode(encoding) for character in text if ord(character) > 127]
    if not wide:
        return 0.0
    if encoding == "gb18030":
        usual = sum(
            len(code) == 2 and code[1] >= 0xA1 and (0xB0 <= code[0] <= 0xD7 or 0xA1 <= code[0] <= 0xA3) for code in wide
        )
    else:
        usual = sum(len(code) == 2 and (0xA4 <= code[0] <= 0xC6 or code[0] == 0xA1) for code in wide)
    return usual / len(wide)
