"""H.264 whose every field is a picture of its own (PAFF), as camcorders and broadcasters write it.

No free encoder makes such streams, so the few syntax elements that uncompressed (I_PCM) fields need are written here.
See ITU-T H.264, 7.3.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from media_factory import CELLS, run

_GROUP = 12


class _Bits:
    """Bits of one unit, most significant first."""

    def __init__(self) -> None:
        self.text: list[str] = []

    def put(self, value: int, count: int) -> _Bits:
        self.text.append(f"{value:0{count}b}")
        return self

    def golomb(self, *values: int) -> _Bits:
        for value in values:
            bits = f"{value + 1:b}"
            self.text.append("0" * (len(bits) - 1) + bits)
        return self

    def align(self) -> bytes:
        joined = "".join(self.text)
        joined += "0" * (-len(joined) % 8)
        return int(joined, 2).to_bytes(len(joined) // 8, "big")

    def end(self) -> bytes:
        return self.put(1, 1).align()


def _unit(header: int, body: bytes) -> bytes:
    """Return a unit with start code and emulation prevention."""
    guarded = bytearray()
    zeros = 0
    for byte in body:
        if zeros >= 2 and byte <= 3:
            guarded.append(3)
            zeros = 0
        guarded.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return b"\0\0\0\1" + bytes([header]) + bytes(guarded)


def write_parameter_sets(width: int, height: int, fps: Fraction) -> bytes:
    """Return the sequence and picture sets of a stream of field pictures, with start codes."""
    sequence = _Bits().put(77, 8).put(0, 8).put(30, 8).golomb(0, 0, 0, 4, 1).put(0, 1)
    sequence.golomb(width // 16 - 1, height // 32 - 1).put(0, 1).put(0, 1).put(1, 1).put(0, 1)
    sequence.put(1, 1).put(0, 4).put(1, 1).put(fps.denominator, 32).put(2 * fps.numerator, 32).put(1, 1).put(0, 4)
    picture = _Bits().golomb(0, 0).put(0, 2).golomb(0, 0, 0).put(0, 3).golomb(0, 0, 0).put(0b100, 3)
    return _unit(0x67, sequence.end()) + _unit(0x68, picture.end())


def write_field(number: int, luma: Any, bottom: bool) -> bytes:
    """Return the slice of field ``number`` (0 and 1 are the first frame's); luma is (rows, columns) of uint8."""
    frame, second = divmod(number, 2)
    first_of_group = frame % _GROUP == 0 and not second
    head = _Bits().golomb(0, 7, 0).put(frame % _GROUP % 16, 4).put(1, 1).put(int(bottom), 1)
    if first_of_group:
        head.golomb(frame // _GROUP % 2)
    head.put(number % (2 * _GROUP), 8).put(0, 2 if first_of_group else 1).golomb(0, 1)
    rows, columns = luma.shape[0] // 16, luma.shape[1] // 16
    blocks = np.full((rows * columns, 386), 128, dtype=np.uint8)
    blocks[:, :2] = (0b00001101, 0)
    blocks[:, 2:258] = luma.reshape(rows, 16, columns, 16).transpose(0, 2, 1, 3).reshape(-1, 256)
    start = head.golomb(25).align()
    body = start + blocks.tobytes()[2:] + b"\x80"
    return _unit(0x65 if first_of_group else 0x61, body)


def make_field_pictures(
    path: Path,
    *,
    frames: int = 125,
    fps: Fraction | int = 25,
    size: tuple[int, int] = (160, 96),
    order: Literal["tff", "bff"] = "tff",
    flashes: tuple[float, ...] = (),
) -> Path:
    """Make a clip of field pictures whose strip counts fields in Gray code (see `media_factory.read_counter`).

    Args:
        path: where; its suffix is the container.
        frames: how many frames (pairs of fields).
        fps: frames a second.
        size: width, a multiple of 16, and height, of 32.
        order: which field of a frame is first.
        flashes: seconds at which the picture is white for a tenth of a second.
    """
    width, height = size
    rate = Fraction(fps)
    strip = height // 16
    data = [write_parameter_sets(width, height, rate)]
    cells = np.arange(width) * CELLS // width
    for number in range(2 * frames):
        luma = np.full((height // 2, width), 16, dtype=np.uint8)
        if any(round(time * rate * 2) <= number < round((time + 0.1) * rate * 2) for time in flashes):
            luma[:] = 235
        luma[:strip] = np.where(((number ^ number >> 1) >> cells) & 1, 235, 16)
        if number and number % (2 * _GROUP) == 0:
            data.append(data[0])
        data.append(write_field(number, luma, bottom=(number % 2 == 1) == (order == "tff")))
    raw = path.with_suffix(".h264")
    raw.write_bytes(b"".join(data))
    run(["-framerate", str(rate), "-i", raw, "-c:v", "copy", "-fflags", "+bitexact", path])
    raw.unlink()
    return path
