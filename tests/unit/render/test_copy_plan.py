"""What is copied and what is encoded, planned from packet times alone."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.info import MediaInfo, VideoStream
from mediakit.media.packets import PacketIndex
from mediakit.render.copy_plan import Copied, CopyChoice, plan_copy
from mediakit.render.pieces import SourceGrid

GROUP = 12


def make_info(frames: int, **changes: Any) -> MediaInfo:
    values = {
        **{"index": 0, "codec": "h264", "width": 160, "height": 90, "display_width": 160, "display_height": 90},
        **{"pixel_format": "yuv420p", "fps": 25, "frames": frames, "duration": frames / 25},
        **{"field_order": "progressive", **changes},
    }
    container = values.pop("container", "mov,mp4,m4a,3gp,3g2,mj2")
    picture = VideoStream.model_validate(values)
    return MediaInfo(container=container, size=1, digest="0" * 64, duration=frames / 25, video=(picture,))


def make_index(groups: int, *, opened: bool, base: int = 0, hidden: int = 0) -> PacketIndex:
    """Groups of twelve frames in mini-groups I/P b b; open groups begin with two leading pictures."""
    import numpy as np

    shown: list[int] = []
    keys: list[bool] = []
    for group in range(groups):
        start = group * GROUP
        inner = [start]
        if opened and group:
            inner += [start - 2, start - 1]
        for anchor in range(start + 3, start + GROUP - 2, 3):
            inner += [anchor, anchor - 2, anchor - 1]
        if not opened or group == groups - 1:
            inner += [start + GROUP - 1, start + GROUP - 2]
        shown += inner
        keys += [True] + [False] * (len(inner) - 1)
    pts = np.array(shown, dtype=np.int64)
    assert sorted(shown) == list(range(groups * GROUP))
    key = np.array(keys)
    idr = key & ((pts == 0) | (not opened))
    return PacketIndex(
        stream_index=0,
        time_base=Fraction(1, 12800),
        pts=pts * 512 + base,
        dts=np.arange(len(pts), dtype=np.int64) * 512 - 512 + base,
        duration=np.full(len(pts), 512, dtype=np.int64),
        size=np.full(len(pts), 100, dtype=np.int64),
        hash=np.arange(len(pts), dtype=np.uint64),
        key=key,
        idr=idr,
        shown=pts >= hidden,
    )


def plan(index: PacketIndex, *spans: tuple[int, int], **changes: Any) -> CopyChoice:
    return plan_copy(make_info(index.frames, **changes), index, SourceGrid(index, Fraction(25)), spans)


def shape(choice: CopyChoice, number: int = 0) -> list[tuple[str, int, int]]:
    return [
        ("copied" if isinstance(one, Copied) else "encoded", one.first, one.end)
        for one in choice.plans[number].stretches
    ]


def test_a_closed_group_inside_is_copied_up_to_the_last_whole_mini_group() -> None:
    choice = plan(make_index(4, opened=False), (5, 41))
    assert shape(choice) == [("encoded", 5, 12), ("copied", 12, 40), ("encoded", 40, 41)]
    assert len(choice.plans) == 1
    assert (choice.plans[0].copied, choice.plans[0].encoded) == (28, 8)


def test_leading_pictures_of_an_open_group_belong_to_the_encoded_head() -> None:
    choice = plan(make_index(4, opened=True), (5, 41))
    assert shape(choice) == [("encoded", 5, 12), ("copied", 12, 40), ("encoded", 40, 41)]
    copied = choice.plans[0].stretches[1]
    assert isinstance(copied, Copied)
    assert copied.packets == 28 + 2  # the two that lead it are passed over
    assert copied.doubted == 36 + 8 - 4  # compared with the source beyond the next two groups, here to its end


def test_the_second_plan_starts_at_closed_groups_only() -> None:
    choice = plan(make_index(4, opened=True), (0, 30), (14, 40))
    assert shape(choice, 0)[0] == ("copied", 0, 28)
    assert shape(choice, 0)[2:] == [("encoded", 14, 24), ("copied", 24, 40)]
    assert shape(choice, 1)[2:] == [("encoded", 14, 40)]


def test_whole_groups_need_no_edges_and_parts_keep_their_order() -> None:
    choice = plan(make_index(4, opened=False), (24, 36), (0, 12))
    assert shape(choice) == [("copied", 24, 36), ("copied", 0, 12)]
    assert choice.plans[0].encoded == 0


def test_frames_hidden_by_an_edit_list_are_never_copied() -> None:
    index = make_index(4, opened=False, hidden=5)
    assert shape(plan(index, (0, 43))) == [("encoded", 0, 7), ("copied", 7, 43)]
    assert plan(index, (0, 12)).reason == "no whole group of pictures lies inside"


@given(st.booleans(), st.integers(0, 71), st.integers(1, 72), st.sampled_from([0, 900, 1 << 33]))
def test_every_frame_is_there_once_and_copies_are_whole(opened: bool, first: int, length: int, base: int) -> None:
    import numpy as np

    index = make_index(6, opened=opened, base=base)
    end = min(first + length, 72)
    choice = plan(index, (first, end))
    for one in choice.plans:
        ticks = [tick for stretch in one.stretches for tick in range(stretch.first, stretch.end)]
        assert ticks == list(range(first, end))
        assert CopyChoice.unpack(choice.pack()) == choice
        for stretch in one.stretches:
            if isinstance(stretch, Copied):
                start = int(np.flatnonzero(index.pts == stretch.key.pts)[0])
                numbers = (index.pts[start : start + stretch.packets] - base) // 512
                kept = sorted(int(number) for number in numbers if number >= stretch.first)
                assert kept == list(range(stretch.first, stretch.end))
    if not choice.plans:
        assert end - first < 2 * GROUP + 10


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codec": "vp9"}, "the codec vp9 is not copied"),
        ({"variable_rate": True}, "the frame rate varies"),
        ({"field_order": "bff"}, "the picture is interlaced"),
        ({"mirrored": True}, "the picture is turned by metadata"),
        ({"pixel_format": "yuva420p"}, "the pixel format yuva420p cannot be encoded at the edges"),
        ({"height": 89}, "the picture's size is odd"),
        ({"container": "avi"}, "the container avi is not copied from"),
    ],
)
def test_obstacles_are_told_in_words(changes: dict[str, Any], reason: str) -> None:
    choice = plan(make_index(4, opened=False), (0, 40), **changes)
    assert (choice.plans, choice.reason) == ((), reason)
