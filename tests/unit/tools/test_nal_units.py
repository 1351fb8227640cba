"""Units, bits and headers of H.264 and HEVC: what is taken apart comes together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tools import avc, hevc
from mediakit.tools.nal import (
    Bits,
    UnreadableStream,
    escape,
    fixed,
    golomb,
    join_units,
    pack_bits,
    replace_bits,
    split_units,
    unescape,
)

zeros = st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), min_size=1, max_size=40).map(bytes)

# The headers of two small clips as x264 and x265 write them.
AVC_SPS = bytes.fromhex("67640009acd94281cfe7c0440000030004000003 00c83c489658".replace(" ", ""))
AVC_PPS = bytes.fromhex("68ebe3cb22c0")


@given(zeros)
def test_emulation_prevention_is_undone_and_leaves_no_start_code(data: bytes) -> None:
    unit = b"\x65" + data
    made = escape(unit)
    for forbidden in (b"\0\0\0", b"\0\0\1", b"\0\0\2"):
        assert forbidden not in made
    assert made[-1]
    assert unescape(made).removesuffix(b"\3" if unit.endswith(b"\0") else b"") == unit


@given(st.lists(zeros.map(lambda data: escape(b"\x41" + data + b"\x80")), min_size=1, max_size=5))
def test_packets_split_into_their_units(units: list[bytes]) -> None:
    assert split_units(join_units(units), 4) == units
    assert split_units(b"".join(b"\0\0\0\1" + unit for unit in units), 0) == units


def test_a_packet_that_is_cut_short_is_damaged() -> None:
    with pytest.raises(UnreadableStream, match="damaged"):
        split_units(join_units([b"\x41abcdef"])[:-2], 4)


@given(st.lists(st.integers(0, 70_000), min_size=1, max_size=8))
def test_numbers_are_read_as_written(values: list[int]) -> None:
    bits = Bits(pack_bits("".join(golomb(value) for value in values) + "1"))
    assert [bits.ue() for _ in values] == values
    with pytest.raises(UnreadableStream):
        bits.read(9)


@given(zeros, st.data())
def test_bits_are_replaced_and_the_rest_stays(data: bytes, drawn: st.DataObject) -> None:
    unit = b"\x41" + data + b"\x80"
    start = drawn.draw(st.integers(8, 8 * len(unit) - 8))
    end = drawn.draw(st.integers(start, 8 * len(unit) - 8))
    text = drawn.draw(st.text("01", max_size=20))
    made = replace_bits(unit, start, end, text)
    before, after = Bits(unit), Bits(made)
    total = 8 * len(unit) - 8
    assert after.text(0, start) == before.text(0, start)
    assert after.text(start, start + len(text)) == text
    assert after.text(start + len(text), total - (end - start) + len(text)) == before.text(end, total)


def test_avc_sets_are_read_and_stand_in_a_record() -> None:
    sps, pps = avc.read_sps(AVC_SPS), avc.read_pps(AVC_PPS)
    assert (sps.id, sps.profile, sps.level, sps.chroma, sps.depths, sps.frames_only) == (0, 100, 9, 1, (8, 8), True)
    assert (pps.id, pps.sps, pps.cabac) == (0, 0, True)
    assert avc.read_config(avc.build_config([AVC_SPS, AVC_PPS])) == ([AVC_SPS, AVC_PPS], 4)


def test_hevc_slices_take_another_id_without_moving_their_data() -> None:
    ids = hevc.Ids(1, 1, 15)
    data = bytes((17, 0, 0, 1, 2, 250, 128))
    for kind, head in ((1, "1" + golomb(0)), (20, "10" + golomb(0))):
        unit = bytes((kind << 1, 1)) + pack_bits((head + "1101101")[:8]) + data
        made = unescape(ids.rewrite(escape(unit)))
        assert made[4:] == data
        bits = Bits(made, 16 + len(head) - 1)
        assert bits.ue() == 15
        assert made[:2] == unit[:2]


def test_hevc_open_starts_become_clean_ones() -> None:
    cra, sei = bytes((21 << 1, 1)) + b"\xa0picture", bytes((39 << 1, 1)) + b"note"
    assert hevc.open_clean([sei, cra]) == [sei, bytes((18 << 1, 1)) + b"\xa0picture"]
    idr = bytes((19 << 1, 1)) + b"\xa0picture"
    assert hevc.open_clean([idr]) == [idr]
    with pytest.raises(UnreadableStream, match="may start"):
        hevc.open_clean([bytes((1 << 1, 1)) + b"\xa0"])
    with pytest.raises(UnreadableStream, match="layers"):
        hevc.open_clean([bytes((21 << 1, 1 << 3 | 1)) + b"\xa0"])


def test_fixed_numbers_wrap() -> None:
    assert fixed(-1, 4) == "1111"
    assert fixed(18, 4) == "0010"
