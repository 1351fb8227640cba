"""Reading the first units of a compressed key frame: may decoding start there with nothing needed from before?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

Start = Literal["closed", "open", "plain"]
"""``closed``: says so itself; ``open``: says that earlier packets may be needed; ``plain``: says neither."""

_H264_IDR = 5
_H264_SLICES = frozenset((1, 5))
_HEVC_CLOSED = frozenset((16, 17, 18, 19, 20))
_HEVC_SLICES = frozenset((*range(10), *range(16, 24)))
_MAX_UNITS = 64


def start_reader(codec: str, extradata: bytes | None) -> Callable[[bytes], Start]:
    """Return a function that tells what kind of start a key packet's bytes are.

    Args:
        codec: ffmpeg's codec name.
        extradata: the stream's parameter sets; tells length-prefixed units from start codes.
    """
    extra = extradata or b""
    if codec == "h264":
        prefix = (extra[4] & 3) + 1 if len(extra) > 6 and extra[0] == 1 else 0
        return lambda data: _h264_start(data, prefix)
    if codec == "hevc":
        # hvcC begins with version 1 (0 in old files); Annex B begins with a start code 00 00 (00) 01.
        framed = len(extra) > 22 and extra[:3] not in (b"\0\0\0", b"\0\0\1")
        prefix = (extra[21] & 3) + 1 if framed else 0
        return lambda data: _hevc_start(data, prefix)
    if codec in ("mpeg2video", "mpeg1video"):
        return _mpeg2_start
    return lambda data: "plain"


def _h264_start(data: bytes, prefix: int) -> Start:
    for header in _units(data, prefix):
        kind = header & 0x1F
        if kind in _H264_SLICES:
            return "closed" if kind == _H264_IDR else "open"
    return "open"


def _hevc_start(data: bytes, prefix: int) -> Start:
    for header in _units(data, prefix):
        kind = header >> 1 & 0x3F
        if kind in _HEVC_SLICES:
            return "closed" if kind in _HEVC_CLOSED else "plain" if kind == 21 else "open"
    return "open"


def _mpeg2_start(data: bytes) -> Start:
    position = data.find(b"\0\0\1\xb8", 0, 4096)
    if position < 0 or len(data) < position + 8:
        return "plain"
    return "closed" if data[position + 7] & 0x40 else "plain"


def _units(data: bytes, prefix: int) -> Iterator[int]:
    """Yield the first byte of every unit, by length prefix (1 to 4 bytes) or, where it is 0, by start codes."""
    position = 0
    if prefix:
        for _ in range(_MAX_UNITS):
            if position + prefix >= len(data):
                return
            length = int.from_bytes(data[position : position + prefix], "big")
            yield data[position + prefix]
            position += prefix + length
        return
    for _ in range(_MAX_UNITS):
        position = data.find(b"\0\0\1", position)
        if position < 0 or position + 3 >= len(data):
            return
        yield data[position + 3]
        position += 3
