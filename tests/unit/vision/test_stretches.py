"""Stretches of a stream: no gaps, chosen by content, known by their packets alone."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.media.packets import PacketIndex
from mediakit.vision.stretches import LONGEST_S, REACH_S, SHORTEST_S, split_stretches


def index(hashes: Any, *, gop: int = 25, offset: int = 0, open_groups: bool = False) -> PacketIndex:
    """Return the index of a 25 fps stream, one packet a hash; in open groups two frames lead each key frame."""
    count = len(hashes)
    pts = np.arange(count, dtype=np.int64)
    if open_groups:
        for key in range(gop, count - 2, gop):
            pts[key : key + 3] = [key + 2, key, key + 1]
    key = np.zeros(count, dtype=np.bool_)
    key[::gop] = True
    return PacketIndex(
        stream_index=0,
        time_base=Fraction(1, 25),
        pts=pts + offset,
        dts=np.arange(count, dtype=np.int64) - 2 + offset,
        duration=np.ones(count, dtype=np.int64),
        size=np.full(count, 100, dtype=np.int64),
        hash=np.array(hashes, dtype=np.uint64),
        key=key,
        idr=key & (not open_groups),
        shown=np.ones(count, dtype=np.bool_),
    )


def noise(count: int, seed: int = 1) -> Any:
    return np.random.default_rng(seed).integers(0, 2**63, count, dtype=np.uint64)


@given(st.integers(1, 4000), st.integers(1, 400), st.booleans(), st.integers(0, 99))
@settings(max_examples=80, deadline=None)
def test_every_frame_is_in_one_stretch(frames: int, gop: int, open_groups: bool, seed: int) -> None:
    made = index(noise(frames, seed), gop=max(gop, 4), open_groups=open_groups)
    stretches = split_stretches(made)
    assert [stretch.first for stretch in stretches] == [0, *(stretch.end for stretch in stretches[:-1])]
    assert stretches[-1].end == frames
    for before, after in pairwise(stretches):
        assert before.stop == after.start == after.seek
        assert SHORTEST_S <= before.frames / 25 <= max(LONGEST_S, 2 * REACH_S) + 2 * max(gop, 4) / 25


def test_a_mended_shot_changes_the_stretches_near_it_alone() -> None:
    hashes = noise(25 * 300)
    mended = hashes.copy()
    mended[3000:3100] = noise(100, 2)
    before, after = ([stretch.digest for stretch in split_stretches(index(h))] for h in (hashes, mended))
    assert len(set(after) - set(before)) <= 3
    assert len(before) > 20


def test_a_shot_put_in_front_leaves_the_later_stretches() -> None:
    hashes = noise(25 * 300)
    before = {stretch.digest for stretch in split_stretches(index(hashes))}
    after = split_stretches(index(np.concatenate([noise(25 * 7, 3), hashes])))
    assert len([stretch for stretch in after if stretch.digest not in before]) <= 3


def test_where_a_file_starts_its_clock_does_not_matter() -> None:
    hashes = noise(2000)
    one, two = ([stretch.digest for stretch in split_stretches(index(hashes, offset=at))] for at in (0, 90_000))
    assert one == two


def test_no_frames_no_stretches() -> None:
    assert split_stretches(index(np.array([], dtype=np.uint64))) == ()
