"""Whether a source is what a channel asks for, from probed facts and packet sizes alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_copy_plan import GROUP, make_index, make_info

from mediakit.media.info import MediaInfo
from mediakit.media.packets import PacketIndex
from mediakit.render.copy_demands import Demands, demands_of, find_excess, find_mismatch, spans_sizes
from mediakit.render.copy_plan import CopyPlan, plan_copy
from mediakit.render.pieces import SourceGrid
from mediakit.render.spec import Encoding, PictureSpec

ENCODING = Encoding("h264", "medium", 20.0, gop=GROUP, b_frames=2, profile="high", max_rate=20_000, buffer=20_000)
SPEC = PictureSpec(160, 90, Fraction(25), "pad", ENCODING)
TAGS = {"color_primaries": "bt709", "color_transfer": "bt709", "color_space": "bt709", "color_range": "limited"}
GROUPS = 10
FRAMES = GROUPS * GROUP


def info_of(**changes: Any) -> MediaInfo:
    return make_info(FRAMES, **{"profile": "High", **TAGS, **changes})


def open_plan(spans: list[tuple[int, int]], *, opened: bool = False) -> tuple[CopyPlan, PacketIndex, SourceGrid]:
    index = make_index(GROUPS, opened=opened)
    grid = SourceGrid(index, Fraction(25))
    return plan_copy(info_of(), index, grid, spans).plans[0], index, grid


def find(spans: list[tuple[int, int]], *, opened: bool = False, b_frames: int = 2, **changes: Any) -> str | None:
    plan, index, grid = open_plan(spans, opened=opened)
    demands = demands_of(SPEC)
    assert demands is not None
    return find_excess(plan, index, grid, replace(demands, **changes), b_frames)


def test_a_source_that_is_as_asked_has_no_mismatch() -> None:
    assert find_mismatch(info_of(), SPEC) is None
    for profile in ("Main", "Constrained Baseline"):
        assert find_mismatch(info_of(profile=profile), SPEC) is None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"codec": "hevc", "profile": "Main"}, "the source is hevc, h264 is asked for"),
        ({"width": 158, "display_width": 158}, "the source is 158×90"),
        ({"display_width": 90, "display_height": 160, "rotation": 90}, "the source is 90×160"),
        ({"sample_aspect": "12/11"}, "not square"),
        ({"fps": "30000/1001"}, "the source has 29.97 frames a second, 25 are asked for"),
        ({"variable_rate": True}, "varies"),
        ({"field_order": "bff"}, "fields"),
        ({"pixel_format": "yuv420p10le"}, "yuv420p10le, yuv420p is asked for"),
        ({"profile": "High 10"}, "the source has profile High 10, high is asked for"),
        ({"profile": "Baseline"}, "the profile Baseline is not compared"),
        ({"profile": None}, "is not compared"),
        ({"color_range": "full"}, "not tagged BT.709"),
        ({"color_range": "unknown"}, "not tagged BT.709"),
        ({"color_primaries": "bt470bg"}, "not tagged BT.709"),
        ({"color_transfer": "arib-std-b67"}, "not tagged BT.709"),
        ({"color_space": "unknown"}, "not tagged BT.709"),
    ],
)
def test_each_difference_is_named(changes: dict[str, Any], words: str) -> None:
    found = find_mismatch(info_of(**changes), SPEC)
    assert found is not None
    assert words in found


def test_an_encoder_of_the_channels_own_is_a_demand() -> None:
    spec = replace(SPEC, encoding=replace(ENCODING, encoder="h264_nvenc"))
    assert find_mismatch(info_of(), spec) == "the encoder h264_nvenc is asked for"


def test_no_highest_rate_is_no_demand() -> None:
    assert demands_of(replace(SPEC, encoding=replace(ENCODING, max_rate=None))) is None
    assert demands_of(replace(SPEC, encoding=replace(ENCODING, buffer=None))) == Demands(GROUP, 20_000, 20_000)


def test_groups_are_measured_to_the_stretchs_end() -> None:
    spans = [(6, 90)]
    assert find(spans) is None
    assert (
        find(spans, gop=GROUP - 1) == "the source has 12 frames from key frame to key frame, 11 are asked for at most"
    )


def test_open_groups_inside_are_found_and_one_at_the_start_is_none() -> None:
    assert find([(6, 90)], opened=True) == "the source's groups of pictures are open, closed ones are asked for"
    assert find([(6, 90)], opened=True, open_groups=True) is None
    assert find([(11, 23)], opened=True) is None


def test_b_frames_count_only_where_none_are_asked_for() -> None:
    assert find([(6, 90)], b_frames=0) == "the source has B-frames, none are asked for"
    assert find([(6, 90)], b_frames=1) is None


def test_too_little_to_copy_is_not_copied() -> None:
    plan, *_ = open_plan([(1, 12 + 10)])
    assert plan.copied < plan.frames / 2
    assert find([(1, 12 + 10)]) == f"only {plan.copied} of {plan.frames} frames lie in whole groups of pictures"


@given(spans=st.lists(st.tuples(st.integers(0, 60), st.integers(40, 60)), min_size=1, max_size=3))
def test_sizes_are_those_of_all_frames(spans: list[tuple[int, int]]) -> None:
    """Every packet of 100 bytes is counted once for each time that its frame is shown."""
    plan, index, grid = open_plan([(first, first + frames) for first, frames in spans])
    assert spans_sizes(plan, index, grid).tolist() == [100] * plan.frames


@given(rate=st.integers(1_000, 100_000), frames=st.integers(1, 200), size=st.integers(1, 400))
def test_a_constant_rate_breaks_exactly_limits_below_it(rate: int, frames: int, size: int) -> None:
    """A bucket that starts full and loses equal frames runs dry exactly where what it loses exceeds what it got."""
    demands = Demands(12, rate, rate)
    lost = 8 * size
    dry = lost > rate or (lost > rate / 25 and frames * lost - (frames - 1) * rate / 25 > rate + 0.5)
    assert demands.breaks_rate(np.full(frames, size, dtype=np.int64), 25.0) == dry
