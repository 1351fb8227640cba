"""Pieces: every frame once, keys of content alone, edges that stay where nothing changed."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.media.packets import PacketIndex
from mediakit.media.timeline import Dissolve
from mediakit.render.drawing import Fade
from mediakit.render.pieces import LONGEST_S, SHORTEST_S, SourceGrid
from mediakit.render.programme import PlacedPiece, Programme, Shot, Take, spans_of_source, whole_source
from mediakit.render.scene import Plain

RATES = [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(50), Fraction(15)]


def make_index(
    keys: list[bool],
    *,
    fps: Fraction = Fraction(25),
    seed: int = 1,
    reordered: bool = False,
    start: int = 0,
    hashes: np.ndarray | None = None,
) -> PacketIndex:
    """Return an index with a frame for each entry of ``keys``; B-frames in pairs where ``reordered``."""
    count = len(keys)
    base = Fraction(1, 90000)
    shown = np.array([round(number / fps / base) for number in range(count)], dtype=np.int64) + start
    order = np.arange(count)
    if reordered:
        for first in range(1, count - 2, 3):
            if not any(keys[first : first + 3]):
                order[first : first + 3] = [first + 2, first, first + 1]
    key = np.array(keys)[order]
    made = np.random.default_rng(seed).integers(0, 2**63, count, dtype=np.uint64) if hashes is None else hashes
    return PacketIndex(
        stream_index=0,
        time_base=base,
        pts=shown[order],
        dts=np.sort(shown) - 9000,
        duration=np.zeros(count, dtype=np.int64),
        size=np.full(count, 100, dtype=np.int64),
        hash=made,
        key=key,
        idr=key,
        shown=np.ones(count, dtype=bool),
    )


def regular(count: int, gop: int) -> list[bool]:
    return [number % gop == 0 for number in range(count)]


@st.composite
def grids(draw: st.DrawFn) -> SourceGrid:
    count = draw(st.integers(1, 900))
    chance = draw(st.sampled_from([0.0, 0.01, 0.05, 0.3, 1.0]))
    seed = draw(st.integers(0, 1000))
    random = np.random.default_rng(seed)
    keys = [True, *(bool(value < chance) for value in random.random(count - 1))]
    index = make_index(keys, fps=draw(st.sampled_from(RATES)), seed=seed, reordered=draw(st.booleans()))
    lead = draw(st.sampled_from([Fraction(0), Fraction(-1, 2)]))
    handles = draw(st.sampled_from([0, 1]))
    interlaced = bool(handles) and draw(st.booleans())
    return SourceGrid(index, draw(st.sampled_from(RATES)), start_s=lead, handles=handles, interlaced=interlaced)


@given(grids(), st.data())
def test_pieces_cover_a_clip_once_and_in_order(grid: SourceGrid, data: st.DataObject) -> None:
    first, end = grid.ticks
    low = data.draw(st.integers(first, end - 1))
    high = data.draw(st.integers(low + 1, end))
    pieces = grid.cut(low, high)
    ticks = [tick for piece in pieces for tick in range(piece.first, piece.end)]
    assert ticks == list(range(low, high))
    for piece in pieces:
        if len(pieces) > 1:
            assert piece.frames >= int(SHORTEST_S * grid.fps)
        assert piece.frames <= (LONGEST_S + 2 * SHORTEST_S) * grid.fps + 1


@given(grids(), st.data())
def test_decoding_starts_at_a_key_frame_and_reaches_far_enough(grid: SourceGrid, data: st.DataObject) -> None:
    first, end = grid.ticks
    for piece in grid.cut(first, end):
        shown = grid.shown(piece.first, piece.end)
        assert piece.seek_pts <= grid.index.frame_pts[shown[0]]
        assert piece.seek_pts in grid.index.key_pts
        if piece.stop_pts is not None:
            assert piece.stop_pts > grid.index.frame_pts[shown[-1]]


def test_moving_an_in_point_by_a_frame_changes_one_key() -> None:
    grid = SourceGrid(make_index(regular(7500, 50)), Fraction(25))
    before = [piece.fingerprint for piece in grid.cut(1003, 7000)]
    after = [piece.fingerprint for piece in grid.cut(1004, 7000)]
    assert len(before) > 30
    assert before[1:] == after[1:]
    assert before[0] != after[0]


def test_fields_are_pictures_where_the_rate_is_another() -> None:
    index = make_index(regular(100, 25))
    frames = SourceGrid(index, Fraction(25), handles=1, interlaced=True)
    fields = SourceGrid(index, Fraction(50), handles=1, interlaced=True)
    held = SourceGrid(index, Fraction(50), handles=1)
    assert (frames.fields, fields.fields, held.fields) == (False, True, False)
    assert fields.ticks == held.ticks == (0, 200)
    assert fields.shown(0, 6).tolist() == held.shown(0, 6).tolist() == [0, 0, 1, 1, 2, 2]
    assert fields.cut(0, 200)[0].fingerprint != held.cut(0, 200)[0].fingerprint
    before = [piece.fingerprint for piece in fields.cut(60, 200)]
    after = [piece.fingerprint for piece in fields.cut(61, 200)]
    assert before[1:] == after[1:]
    assert before[0] != after[0]
    near = SourceGrid(make_index(regular(100, 25), fps=Fraction(30000, 1001)), Fraction(30), interlaced=True)
    assert not near.fields


def place(shots: tuple[Shot, ...], grid: SourceGrid) -> tuple[PlacedPiece, ...]:
    return Programme(grid.fps, shots).place(lambda name: grid)


def fingerprint(placed: PlacedPiece) -> str:
    (layer,) = placed.layers
    assert isinstance(layer, Take)
    return layer.piece.fingerprint


def test_inserting_a_shot_keeps_the_other_keys() -> None:
    grid = SourceGrid(make_index(regular(3000, 50)), Fraction(25))
    plain = place((Shot("a", 100, 2900),), grid)
    longer = place((Shot("a", 2000, 2080), Shot("a", 100, 2900)), grid)
    kept = {fingerprint(placed) for placed in plain}
    new = [fingerprint(placed) for placed in longer if fingerprint(placed) not in kept]
    assert len(new) <= 3
    assert [placed.start for placed in longer][-1] == plain[-1].start + 80


def test_a_mended_shot_changes_only_pieces_near_it() -> None:
    keys = regular(6000, 25)
    index = make_index(keys)
    mended = index.hash.copy()
    mended[2500:2575] += np.uint64(1)
    before = {piece.fingerprint for piece in SourceGrid(index, Fraction(25)).cut(0, 6000)}
    after = SourceGrid(make_index(keys, hashes=mended), Fraction(25)).cut(0, 6000)
    assert sum(piece.fingerprint not in before for piece in after) <= 4


def test_a_shot_inserted_into_the_master_file_keeps_what_is_far_from_it() -> None:
    index = make_index(regular(6000, 25))
    added = np.concatenate([index.hash[:50], np.arange(75, dtype=np.uint64), index.hash[50:]])
    longer = make_index(regular(6075, 25), hashes=added)
    before = {piece.fingerprint for piece in SourceGrid(index, Fraction(25)).cut(0, 6000)}
    after = SourceGrid(longer, Fraction(25)).cut(0, 6075)
    assert len(after) > 30
    assert sum(piece.fingerprint not in before for piece in after) <= 4


def test_a_key_holds_no_place_and_no_time() -> None:
    one = make_index(regular(500, 50), seed=3)
    two = make_index(regular(500, 50), seed=3, start=123_456)
    assert [p.fingerprint for p in SourceGrid(one, Fraction(25)).cut(0, 500)] == [
        p.fingerprint for p in SourceGrid(two, Fraction(25), start_s=Fraction(123_456, 90_000)).cut(0, 500)
    ]


@pytest.mark.parametrize("rate", RATES)
def test_a_programme_is_as_long_as_its_source(rate: Fraction) -> None:
    grid = SourceGrid(make_index(regular(301, 30), fps=Fraction(30000, 1001)), rate)
    timeline = whole_source(grid)
    assert abs(timeline.duration - 301 * Fraction(1001, 30000)) <= 1 / rate
    placed = timeline.place(lambda name: grid)
    assert all(left.end == right.start for left, right in pairwise(placed))
    assert placed[-1].end == timeline.frames


def test_spans_snap_to_frames_and_may_not_pass_the_end() -> None:
    grid = SourceGrid(make_index(regular(250, 25)), Fraction(25))
    timeline = spans_of_source(grid, [(1.01, 2.99), (5.0, 6.0)])
    assert [(clip.first, clip.end) for clip in timeline.shots] == [(25, 75), (125, 150)]
    assert timeline.source_spans(grid) == ((Fraction(1), Fraction(3)), (Fraction(5), Fraction(6)))
    with pytest.raises(InputError, match="ends beyond the source"):
        spans_of_source(grid, [(8.0, 12.0)])
    with pytest.raises(InputError, match="holds no frame"):
        spans_of_source(grid, [(5.0, 5.001)])


def test_one_key_frame_is_still_cut_into_pieces() -> None:
    grid = SourceGrid(make_index([True] + [False] * 999), Fraction(25))
    pieces = grid.cut(0, 1000)
    assert len(pieces) >= 8
    assert {piece.seek_pts for piece in pieces} == {0}


def test_a_dissolve_is_a_piece_of_two_layers_with_handles_beyond_the_cut() -> None:
    grid = SourceGrid(make_index(regular(1000, 25)), Fraction(25))
    shots = (
        Shot("a", 100, 200),
        Shot("a", 500, 600, dissolve=Dissolve(before=6, after=6)),
        Shot(None, 0, 50, "#102030", dissolve=Dissolve(before=0, after=10)),
    )
    placed = place(shots, grid)
    assert placed[0].start == 0
    assert all(left.end == right.start for left, right in pairwise(placed))
    assert placed[-1].end == Programme(grid.fps, shots).frames == 250
    blends = [one for one in placed if len(one.layers) == 2]
    assert [(one.start, one.end) for one in blends] == [(94, 106), (200, 210)]
    leaving, coming = blends[0].layers
    assert isinstance(leaving, Take)
    assert isinstance(coming, Take)
    assert (leaving.piece.first, leaving.piece.end) == (194, 206)
    assert (coming.piece.first, coming.piece.end) == (494, 506)
    assert blends[1].layers[1] == Plain("#102030", 10)
    with pytest.raises(InputError, match="2 more frames of a"):
        place((Shot("a", 0, 100), Shot("a", 4, 60, dissolve=Dissolve(before=6, after=0))), grid)


def test_fades_stand_in_the_time_of_each_piece() -> None:
    grid = SourceGrid(make_index(regular(1000, 25)), Fraction(25))
    placed = place((Shot("a", 100, 500, fade_in=12, fade_out=30),), grid)
    assert placed[0].fades == (Fade("in", 0, 12),)
    assert all(not one.fades for one in placed[1:-1])
    assert placed[-1].fades == (Fade("out", placed[-1].frames - 30, 30),)
