"""Finding the second fields of H.264: many camcorders and broadcasters code each field as a picture of its own.

Some containers then give a packet for each field, though a decoder gives one frame for two of them. A packet is a
second field when it holds one field only, of the same frame number as the one before and of the other parity
(ITU-T H.264, 7.3.2.1, 7.3.2.2 and 7.3.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

_HEAD_BYTES = 48
_SETS_BYTES = 256
_CHROMA_PROFILES = frozenset((100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135))


class FieldPairs:
    """Tells second fields in a stream's packets, given in file order.

    Args:
        extradata: the stream's parameter sets, framed as avcC or by start codes.

    Attributes:
        order: which field came first in the first pair; None before there was one.
    """

    def __init__(self, extradata: bytes | None) -> None:
        extra = extradata or b""
        framed = len(extra) > 6 and extra[0] == 1
        self._prefix = (extra[4] & 3) + 1 if framed else 0
        self._sequences: dict[int, tuple[int, bool, bool]] = {}
        self._pictures: dict[int, int] = {}
        self._open: tuple[int, bool] | None = None
        self.order: Literal["tff", "bff"] | None = None
        for unit in _avcc_sets(extra) if framed else _units(extra, 0):
            self._read_sets(unit)

    def is_second(self, data: bytes) -> bool:
        """Take in the next packet; tell whether it completes the frame that the one before began."""
        fields: set[tuple[int, bool] | None] = set()
        if self._may_have_fields or self._prefix == 0:
            for unit in _units(data, self._prefix):
                self._read_sets(unit)
                if unit[0] & 0x1F in (1, 5) and self._may_have_fields:
                    fields.add(self._read_field(unit))
        field = fields.pop() if len(fields) == 1 else None
        second = field is not None and self._open == (field[0], not field[1])
        if second and field is not None and self.order is None:
            self.order = "tff" if field[1] else "bff"
        self._open = None if second else field
        return second

    @property
    def _may_have_fields(self) -> bool:
        return any(interlaced for _, interlaced, _ in self._sequences.values())

    def _read_sets(self, unit: bytes) -> None:
        kind = unit[0] & 0x1F
        try:
            if kind == 7:
                number, facts = _read_sequence(_Bits(unit[1:_SETS_BYTES]))
                self._sequences[number] = facts
            elif kind == 8:
                bits = _Bits(unit[1:_SETS_BYTES])
                picture = bits.golomb()
                self._pictures[picture] = bits.golomb()
        except IndexError:  # a damaged set: the decoder will not read it either
            return

    def _read_field(self, unit: bytes) -> tuple[int, bool] | None:
        """Return (frame number, bottom) of a field's slice; None for a frame's."""
        bits = _Bits(unit[1:_HEAD_BYTES])
        try:
            bits.golomb()
            bits.golomb()
            facts = self._sequences.get(self._pictures.get(bits.golomb(), 0))
            if facts is None or not facts[1]:
                return None
            length, _, planes = facts
            if planes:
                bits.take(2)
            number = bits.take(length)
            return (number, bool(bits.take(1))) if bits.take(1) else None
        except IndexError:
            return None


class _Bits:
    """Reads bits of a unit's body; emulation prevention is taken out."""

    def __init__(self, body: bytes) -> None:
        self._body = body.replace(b"\0\0\3", b"\0\0")
        self._at = 0

    def take(self, count: int) -> int:
        value = 0
        for _ in range(count):
            value = value << 1 | self._body[self._at >> 3] >> (7 - (self._at & 7)) & 1
            self._at += 1
        return value

    def golomb(self) -> int:
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > 32:
                raise IndexError
        return (1 << zeros) - 1 + self.take(zeros)


def _read_sequence(bits: _Bits) -> tuple[int, tuple[int, bool, bool]]:
    """Return a sequence set's number, and (bits of a frame number, may have fields, separate colour planes)."""
    profile = bits.take(8)
    bits.take(16)
    number = bits.golomb()
    planes = False
    if profile in _CHROMA_PROFILES:
        if bits.golomb() == 3:
            planes = bool(bits.take(1))
            lists = 12
        else:
            lists = 8
        bits.golomb()
        bits.golomb()
        bits.take(1)
        if bits.take(1):
            for entry in range(lists):
                if bits.take(1):
                    _skip_scaling(bits, 16 if entry < 6 else 64)
    length = bits.golomb() + 4
    order = bits.golomb()
    if order == 0:
        bits.golomb()
    elif order == 1:
        bits.take(1)
        bits.golomb()
        bits.golomb()
        for _ in range(bits.golomb()):
            bits.golomb()
    bits.golomb()
    bits.take(1)
    bits.golomb()
    bits.golomb()
    return number, (length, not bits.take(1), planes)


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            code = bits.golomb()
            step = (code + 1) // 2 if code % 2 else -(code // 2)
            following = (last + step) % 256
        last = following or last


def _avcc_sets(extra: bytes) -> Iterator[bytes]:
    """Yield the parameter sets of an avcC record."""
    position, count = 6, extra[5] & 31
    for _ in range(2):
        for _ in range(count):
            length = int.from_bytes(extra[position : position + 2], "big")
            if unit := extra[position + 2 : position + 2 + length]:
                yield unit
            position += 2 + length
        count = extra[position] if position < len(extra) else 0
        position += 1


def _units(data: bytes, prefix: int) -> Iterator[bytes]:
    """Yield the beginning of every unit, by length prefix (1 to 4 bytes) or, where it is 0, by start codes."""
    position = 0
    if prefix:
        while position + prefix < len(data):
            length = int.from_bytes(data[position : position + prefix], "big")
            position += prefix
            if length:
                yield data[position : position + min(length, _SETS_BYTES)]
            position += length
        return
    position = data.find(b"\0\0\1")
    while position >= 0 and position + 3 < len(data):
        after = data.find(b"\0\0\1", position + 3)
        end = after if after >= 0 else len(data)
        yield data[position + 3 : min(end, position + 3 + _SETS_BYTES)]
        position = after
