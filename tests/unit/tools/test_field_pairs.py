"""Second fields of H.264 are found by what the packets say, however they are framed."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from field_pictures import write_field, write_parameter_sets
from hypothesis import given
from hypothesis import strategies as st

from mediakit.tools.field_pairs import FieldPairs

SETS = write_parameter_sets(32, 32, Fraction(25))
LUMA = np.full((16, 32), 20, dtype=np.uint8)


def field(number: int, *, first_bottom: bool = False) -> bytes:
    return write_field(number, LUMA, bottom=(number % 2 == 1) != first_bottom)


def frame_units(data: bytes) -> bytes:
    """Return units with start codes as units with lengths of four bytes."""
    units = data.split(b"\0\0\0\1")[1:]
    return b"".join(len(unit).to_bytes(4, "big") + unit for unit in units)


def avcc() -> bytes:
    sequence, picture = SETS.split(b"\0\0\0\1")[1:]
    head = bytes([1, *sequence[1:4], 0xFF, 0xE1])
    return head + len(sequence).to_bytes(2, "big") + sequence + b"\1" + len(picture).to_bytes(2, "big") + picture


@pytest.mark.parametrize("bottom", [False, True])
def test_fields_pair_up(bottom: bool) -> None:
    pairs = FieldPairs(SETS)
    found = [pairs.is_second(field(number, first_bottom=bottom)) for number in range(60)]
    assert found == [False, True] * 30
    assert pairs.order == ("bff" if bottom else "tff")


def test_sets_may_be_in_the_packets_or_in_a_box() -> None:
    inside = FieldPairs(None)
    assert [inside.is_second(SETS + field(0)), inside.is_second(field(1))] == [False, True]
    boxed = FieldPairs(avcc())
    assert [boxed.is_second(frame_units(field(n))) for n in range(4)] == [False, True, False, True]


def test_a_packet_of_both_fields_and_a_lost_field_are_left_alone() -> None:
    whole = FieldPairs(SETS)
    assert not any(whole.is_second(field(n) + field(n + 1)) for n in range(0, 20, 2))
    assert whole.order is None
    lost = FieldPairs(SETS)
    numbers = [0, 1, 3, 4, 5]  # field 2 is missing
    assert [lost.is_second(field(number)) for number in numbers] == [False, True, False, False, True]


@given(st.binary(max_size=400), st.lists(st.binary(max_size=200), max_size=6))
def test_damaged_data_is_no_second_field(extra: bytes, packets: list[bytes]) -> None:
    pairs = FieldPairs(extra)
    for packet in packets:
        assert pairs.is_second(packet) in (True, False)
    broken = FieldPairs(SETS)
    assert not any(broken.is_second(packet[:5]) for packet in packets)
