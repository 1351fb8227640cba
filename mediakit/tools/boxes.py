"""What containers say of their own size: top-level boxes of MP4 and MOV (ISO/IEC 14496-12), chunks of WAVE."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_MAX_BOXES = 20_000
_MAX_CHUNKS = 1000
_STREAMED_SIZE = 0xFFFF_0000
_LEADERS = (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"styp", b"pnot", b"uuid", b"moof", b"sidx", b"meta")


@dataclass(frozen=True)
class Boxes:
    """``missing_bytes`` counts what the last box declares beyond the file's end."""

    kinds: tuple[str, ...]
    missing_bytes: int

    @property
    def has_index(self) -> bool:
        """Whether the index (``moov``) is there."""
        return "moov" in self.kinds

    @property
    def faststart(self) -> bool | None:
        """Whether the index comes before the media data; None without either."""
        if "moov" not in self.kinds or "mdat" not in self.kinds:
            return None
        return self.kinds.index("moov") < self.kinds.index("mdat")


def read_boxes(path: Path) -> Boxes | None:
    """Return the top-level boxes of a file, or None when it is not made of boxes."""
    kinds: list[str] = []
    size = path.stat().st_size
    position = 0
    missing = 0
    with path.open("rb") as stream:
        while position + 8 <= size and len(kinds) < _MAX_BOXES:
            stream.seek(position, os.SEEK_SET)
            header = stream.read(16)
            length, kind = int.from_bytes(header[:4], "big"), header[4:8]
            if not kinds and kind not in _LEADERS:
                return None
            if not kind.isascii() or not kind.isalnum():
                break
            if length == 1 and len(header) == 16:
                length = int.from_bytes(header[8:16], "big")
            elif length == 0:
                length = size - position
            if length < 8:
                break
            kinds.append(kind.decode("ascii"))
            position += length
            missing = max(position - size, 0)
    return Boxes(tuple(kinds), missing) if kinds else None


def missing_wave_bytes(path: Path) -> int:
    """Return how many bytes of sound a WAVE file's header declares beyond the file's end.

    Sizes of 0 or close to 4 GiB stand for "not known" (written by programs that stream) and count as nothing.
    """
    size = path.stat().st_size
    position = 12
    with path.open("rb") as stream:
        head = stream.read(12)
        if head[:4] != b"RIFF" or head[8:] != b"WAVE":
            return 0
        for _ in range(_MAX_CHUNKS):
            stream.seek(position)
            header = stream.read(8)
            if len(header) < 8:
                return 0
            length = int.from_bytes(header[4:], "little")
            if header[:4] == b"data":
                return max(position + 8 + length - size, 0) if length < _STREAMED_SIZE else 0
            position += 8 + length + length % 2
    return 0
