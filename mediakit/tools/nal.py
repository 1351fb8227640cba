"""Units (NAL) of H.264 and HEVC: splitting packets, undoing and redoing emulation prevention, reading bits."""

from __future__ import annotations

import re
from collections.abc import Iterable

_START = re.compile(rb"\x00\x00\x01")
_EMULATED = re.compile(rb"\x00\x00(?=[\x00-\x03])")


class UnreadableStream(Exception):
    """A compressed stream is not of the kind that can be taken apart; the message says why, in words."""


def split_units(data: bytes, prefix: int) -> list[bytes]:
    """Return a packet's units without their framing.

    Args:
        data: the packet.
        prefix: bytes of a unit's length; 0 where units follow start codes (Annex B).

    Raises:
        UnreadableStream: lengths that do not add up.
    """
    units: list[bytes] = []
    if prefix:
        position = 0
        while position < len(data):
            begin = position + prefix
            end = begin + int.from_bytes(data[position:begin], "big")
            if end > len(data):
                raise UnreadableStream("a packet is damaged")
            if end > begin:
                units.append(data[begin:end])
            position = end
        return units
    marks = [(match.start(), match.end()) for match in _START.finditer(data)]
    for number, (_, begin) in enumerate(marks):
        end = marks[number + 1][0] if number + 1 < len(marks) else len(data)
        unit = data[begin:end].rstrip(b"\0")
        if unit:
            units.append(unit)
    return units


def join_units(units: Iterable[bytes]) -> bytes:
    """Return a packet with lengths of four bytes."""
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def unescape(unit: bytes) -> bytes:
    """Return a unit without its emulation prevention bytes."""
    return unit.replace(b"\0\0\3", b"\0\0")


def escape(unit: bytes) -> bytes:
    """Return a unit with emulation prevention bytes, as it stands in a packet."""
    escaped = _EMULATED.sub(lambda _: b"\0\0\3", unit)
    return escaped + b"\3" if escaped.endswith(b"\0") else escaped


class Bits:
    """The bits of an unescaped unit, first bit first; ``place`` is the next one to be read."""

    def __init__(self, data: bytes, place: int = 0) -> None:
        self._value = int.from_bytes(data, "big")
        self._length = 8 * len(data)
        self.place = place

    def read(self, count: int) -> int:
        """Return the next ``count`` bits as a number.

        Raises:
            UnreadableStream: there are not so many.
        """
        self.place += count
        if self.place > self._length:
            raise UnreadableStream("a header is cut short")
        return self._value >> (self._length - self.place) & ((1 << count) - 1)

    def flag(self) -> bool:
        """Return the next bit."""
        return self.read(1) == 1

    def ue(self) -> int:
        """Return an unsigned Exp-Golomb number."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise UnreadableStream("a header is damaged")
        return (1 << zeros) - 1 + self.read(zeros)

    def se(self) -> int:
        """Return a signed Exp-Golomb number."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def text(self, start: int, end: int) -> str:
        """Return bits as ``0`` and ``1``."""
        if end <= start:
            return ""
        return format(self._value >> (self._length - end) & ((1 << (end - start)) - 1), f"0{end - start}b")


def fixed(value: int, width: int) -> str:
    """Return a number in so many bits, as ``0`` and ``1``."""
    return format(value & ((1 << width) - 1), f"0{width}b")


def golomb(value: int) -> str:
    """Return an unsigned Exp-Golomb number as ``0`` and ``1``."""
    code = format(value + 1, "b")
    return "0" * (len(code) - 1) + code


def pack_bits(text: str) -> bytes:
    """Return whole bytes of ``0`` and ``1``; what lacks at the end is 0."""
    length = (len(text) + 7) // 8
    return int(text.ljust(8 * length, "0") or "0", 2).to_bytes(length, "big")


def replace_bits(data: bytes, start: int, end: int, text: str) -> bytes:
    """Return a whole unescaped unit with some of its bits replaced; the trailing bits are written anew."""
    whole = Bits(data)
    last = 8 * len(data) - 1
    while not Bits(data, last).read(1):  # the stop bit
        last -= 1
    return pack_bits(whole.text(0, start) + text + whole.text(end, last + 1))
