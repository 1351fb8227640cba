from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tools.bitstream import start_reader

AVCC = bytes([1, 100, 0, 31, 0xFF, 0xE1, 0, 4])
HVCC = bytes([1] + [0] * 20 + [3] + [0] * 5)


def annexb(*units: bytes) -> bytes:
    return b"".join(b"\0\0\0\1" + unit for unit in units)


def prefixed(*units: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(unit)) + unit for unit in units)


def h264(kind: int) -> bytes:
    return bytes([0x60 | kind]) + b"\x88\x84payload"


def hevc(kind: int) -> bytes:
    return bytes([kind << 1, 1]) + b"payload"


@pytest.mark.parametrize(("pack", "extra"), [(annexb, b"\0\0\0\1\x67"), (prefixed, AVCC), (annexb, None)])
def test_h264_idr_is_closed_and_a_recovery_point_is_open(pack, extra):
    read = start_reader("h264", extra)
    assert read(pack(h264(9), h264(7), h264(8), h264(6), h264(5))) == "closed"
    assert read(pack(h264(9), h264(7), h264(8), h264(6), h264(1))) == "open"
    assert read(b"") == "open"


@pytest.mark.parametrize(("pack", "extra"), [(annexb, b"\0\0\0\1\x40"), (prefixed, HVCC)])
def test_hevc_idr_cra_and_trailing(pack, extra):
    read = start_reader("hevc", extra)
    assert read(pack(hevc(32), hevc(33), hevc(34), hevc(19))) == "closed"
    assert read(pack(hevc(32), hevc(20))) == "closed"
    assert read(pack(hevc(32), hevc(21))) == "plain"
    assert read(pack(hevc(32), hevc(1))) == "open"


def test_mpeg2_says_whether_its_group_is_closed():
    read = start_reader("mpeg2video", None)
    header = b"\0\0\1\xb3sequence\0\0\1\xb8\x00\x08\x00"
    assert read(header + b"\x40rest") == "closed"
    assert read(header + b"\x00rest") == "plain"
    assert read(b"\0\0\1\x00picture") == "plain"


def test_other_codecs_say_nothing():
    assert start_reader("vp9", None)(b"anything") == "plain"


@given(codec=st.sampled_from(["h264", "hevc", "mpeg2video", "prores"]), data=st.binary(), extra=st.binary(max_size=40))
def test_no_bytes_break_it(codec, data, extra):
    assert start_reader(codec, extra)(data) in ("closed", "open", "plain")
