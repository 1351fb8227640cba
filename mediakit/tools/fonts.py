"""Finding fonts: packaged ones by language, or one by path; what a font measures and which characters it has."""

from __future__ import annotations

import shutil
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError, ToolError

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MAX_FONT_BYTES = 64 << 20
_INVISIBLE = {0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)}
_FONT_MAGIC = (b"OTTO", b"\x00\x01\x00\x00", b"true")


@dataclass(frozen=True)
class FontFile:
    """One font file.

    Attributes:
        path: the file.
        family: its family name, as libass looks it up.
        digest: SHA-256 of the file.
        units_per_em: the font's design units.
        ascent: OS/2 winAscent in design units.
        descent: OS/2 winDescent in design units.
    """

    path: Path
    family: str
    digest: str
    units_per_em: int
    ascent: int
    descent: int

    def load(self, pixels: float) -> FreeTypeFont:
        """Return the font for Pillow; ``pixels`` is the size of the em square."""
        return _load_face(self.path, pixels)

    def ass_size(self, pixels: float) -> float:
        """Return the ASS ``Fontsize`` that draws an em square of ``pixels`` (it counts ascent plus descent)."""
        return pixels * (self.ascent + self.descent) / self.units_per_em

    def missing(self, text: str) -> tuple[str, ...]:
        """Return the characters of a text that the font has no glyph for, each once."""
        known = _coverage(self.path, self.digest)
        return tuple(
            dict.fromkeys(
                char for char in text if ord(char) not in known and char not in "\n\r\t" and not is_joiner(char)
            )
        )

    def keep_known(self, text: str) -> str:
        """Return the text without characters that the font cannot draw (joiners and selectors with them)."""
        known = _coverage(self.path, self.digest)
        return "".join(char for char in text if char in "\n\t" or (ord(char) in known and not is_joiner(char)))


def is_joiner(char: str) -> bool:
    """Tell whether a character draws nothing by itself: a zero-width joiner, a variation selector."""
    return ord(char) in _INVISIBLE


def find_font(language: str | None = None, *, serif: bool = False, path: Path | None = None) -> FontFile:
    """Return the font for a language; the packaged Noto fonts hold Chinese, Latin, Greek, Cyrillic and kana.

    Args:
        language: such as ``zh``; what a font lacks is told by `FontFile.missing`.
        serif: Song (serif) rather than Hei (sans).
        path: a font of the user's own.

    Raises:
        InputError: ``path`` is no font.
        ToolError: the packaged fonts are not installed.
    """
    if path is not None:
        return read_font(path)
    try:
        import pylopdf_fonts_zh_cn
    except ImportError as exc:
        raise ToolError("no font was found", hint="pip install pylopdf-fonts-zh-cn, or name a font") from exc
    return read_font(Path(pylopdf_fonts_zh_cn.serif_path() if serif else pylopdf_fonts_zh_cn.sans_path()))


def read_font(path: Path) -> FontFile:
    """Read a TrueType or OpenType file's names and measures.

    Raises:
        InputError: missing, too large, a collection, or no font.
    """
    try:
        status = path.stat()
    except OSError as exc:
        raise InputError(f"the font cannot be read ({exc.strerror})", where=path) from exc
    return _read_font(path.absolute(), status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _read_font(path: Path, size: int, modified_ns: int) -> FontFile:
    from mediakit.media.digests import digest_file

    if not path.is_file() or not 12 < size <= MAX_FONT_BYTES:
        raise InputError("is not a font file", where=path, hint="name a .ttf or .otf file")
    try:
        tables = _read_tables(path, ("head", "OS/2", "name"))
        (units,) = struct.unpack_from(">H", tables["head"], 18)
        ascent, descent = struct.unpack_from(">HH", tables["OS/2"], 74)
        family = _read_family(tables["name"])
        if not (units and ascent + descent and family):
            raise ValueError("empty measures")
        _load_face(path, 16)
    except (struct.error, KeyError, ValueError, OSError) as exc:
        raise InputError("is not a font that can be used", where=path, hint="name a .ttf or .otf file") from exc
    return FontFile(path, family, digest_file(path), units, ascent, descent)


@lru_cache(maxsize=64)
def _load_face(path: Path, pixels: float) -> FreeTypeFont:
    from PIL import ImageFont

    return ImageFont.truetype(str(path), pixels, layout_engine=ImageFont.Layout.BASIC)


def _read_tables(path: Path, wanted: Iterable[str]) -> dict[str, bytes]:
    with path.open("rb") as stream:
        header = stream.read(12)
        if header[:4] not in _FONT_MAGIC:
            raise ValueError("neither TrueType nor OpenType")
        (count,) = struct.unpack_from(">H", header, 4)
        directory = stream.read(16 * count)
        found: dict[str, bytes] = {}
        for index in range(count):
            tag, _, offset, length = struct.unpack_from(">4sIII", directory, 16 * index)
            name = tag.decode("latin-1").rstrip()
            if name in wanted:
                stream.seek(offset)
                found[name] = stream.read(length)
    return found


def _read_family(table: bytes) -> str:
    count, strings = struct.unpack_from(">HH", table, 2)
    best: tuple[int, str] = (-1, "")
    for index in range(count):
        platform, _, language, name_id, length, offset = struct.unpack_from(">6H", table, 6 + 12 * index)
        if name_id not in (1, 16) or platform not in (0, 3):
            continue
        text = table[strings + offset : strings + offset + length].decode("utf-16-be")
        rank = 2 * (name_id == 1) + (language in (0, 0x409))
        best = max(best, (rank, text), key=lambda entry: entry[0])
    return best[1]


@lru_cache(maxsize=16)
def _coverage(path: Path, digest: str) -> frozenset[int]:
    """Return the code points that the font maps to glyphs (cmap formats 4 and 12)."""
    try:
        table = _read_tables(path, ("cmap",))["cmap"]
        (count,) = struct.unpack_from(">H", table, 2)
        points: set[int] = set()
        for index in range(count):
            platform, _, offset = struct.unpack_from(">HHI", table, 4 + 8 * index)
            (form,) = struct.unpack_from(">H", table, offset)
            if platform in (0, 3) and form == 4:
                points |= _read_segments(table, offset)
            elif platform in (0, 3) and form == 12:
                points |= _read_groups(table, offset)
    except (struct.error, KeyError, OSError, ValueError) as exc:
        raise InputError("the font's character map cannot be read", where=path) from exc
    return frozenset(points)


def _read_segments(table: bytes, offset: int) -> set[int]:
    (double,) = struct.unpack_from(">H", table, offset + 6)
    count = double // 2
    ends = struct.unpack_from(f">{count}H", table, offset + 14)
    starts = struct.unpack_from(f">{count}H", table, offset + 16 + double)
    return {point for start, end in zip(starts, ends, strict=True) for point in range(start, end + 1) if end < 0xFFFF}


def _read_groups(table: bytes, offset: int) -> set[int]:
    (count,) = struct.unpack_from(">I", table, offset + 12)
    points: set[int] = set()
    for index in range(min(count, 100_000)):
        start, end, _ = struct.unpack_from(">III", table, offset + 16 + 12 * index)
        points.update(range(start, min(end, 0x10FFFF) + 1))
    return points


def link_font(font: Path, folder: Path) -> Path:
    """Put one font alone into a folder (for libass's ``fontsdir``) and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / font.name
    if not target.exists():
        try:
            target.symlink_to(font.resolve())
        except OSError:
            shutil.copyfile(font, target)
    return folder
