from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.packets import PacketIndex


def make_index(pts, *, shown=None, key=None, duration=None) -> PacketIndex:
    count = len(pts)
    return PacketIndex(
        stream_index=2,
        time_base=Fraction(1, 25),
        pts=np.array(pts, dtype=np.int64),
        dts=np.arange(count, dtype=np.int64),
        duration=np.array(duration if duration is not None else [1] * count, dtype=np.int64),
        size=np.full(count, 100, dtype=np.int64),
        hash=np.arange(count, dtype=np.uint64) + np.uint64(2**63),
        key=np.array(key if key is not None else [n == 0 for n in range(count)], dtype=np.bool_),
        idr=np.zeros(count, dtype=np.bool_),
        shown=np.array(shown if shown is not None else [True] * count, dtype=np.bool_),
    )


def test_frames_come_in_the_order_of_presentation():
    index = make_index([0, 3, 1, 2, 6, 4, 5])
    assert index.frame_pts.tolist() == [0, 1, 2, 3, 4, 5, 6]
    assert index.order.tolist() == [0, 2, 3, 1, 5, 6, 4]
    assert index.frame_times.tolist() == pytest.approx([n / 25 for n in range(7)])
    assert index.time_of(3) == Fraction(3, 25)
    assert index.end_pts == 7


def test_hidden_packets_are_no_frames_but_stay_key():
    index = make_index([-2, -1, 0, 1], shown=[False, False, True, True])
    assert index.frames == 2
    assert index.frame_pts.tolist() == [0, 1]
    assert index.key_pts.tolist() == [-2]


def test_the_end_is_guessed_from_the_usual_distance():
    assert make_index([0, 2, 4, 6], duration=[0, 0, 0, 0]).end_pts == 8


def test_an_empty_index():
    index = make_index([])
    assert (len(index), index.frames, index.end_pts, index.key_pts.tolist()) == (0, 0, 0, [])


def test_saved_and_loaded_the_same_in_equal_bytes(tmp_path: Path):
    index = make_index([0, 3, 1, 2], shown=[True, True, False, True])
    index.save(tmp_path / "a.npz")
    loaded = PacketIndex.load(tmp_path / "a.npz")
    for name in ("pts", "dts", "duration", "size", "hash", "key", "idr", "shown"):
        assert np.array_equal(getattr(loaded, name), getattr(index, name)), name
        assert getattr(loaded, name).dtype == getattr(index, name).dtype, name
    assert (loaded.stream_index, loaded.time_base) == (2, Fraction(1, 25))
    loaded.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "b.npz"]


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 torn"])
def test_a_damaged_file_is_an_input_error(tmp_path: Path, content: bytes):
    path = tmp_path / "packets.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="packet index"):
        PacketIndex.load(path)


def test_a_missing_file_is_an_input_error(tmp_path: Path):
    with pytest.raises(InputError):
        PacketIndex.load(tmp_path / "none.npz")
