"""Shorts as timelines, and back."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.editing.exchange import Footage, SourceIndex, read_exchange, write_exchange
from mediakit.editing.short_timelines import shorts_to_timelines, timeline_to_short
from mediakit.errors import InputError
from mediakit.media.shorts import Short, ShortsList, ShortSpan
from mediakit.media.timeline import Card, Source, Timeline

SOURCE = Source(name="master", digest="d" * 64, file="master.mp4", duration=Fraction(600), fps=Fraction(30000, 1001))
ONE = Short(
    id="ridge",
    title="夜路",
    spans=(ShortSpan(start=12.4, end=20.0), ShortSpan(start=5.01, end=7.77)),
    opens_with="山里",
    score=0.7,
    channels=("douyin",),
)


def test_a_short_is_a_timeline_of_its_spans_in_playing_order():
    timeline = shorts_to_timelines(ShortsList(source_digest="d" * 64, shorts=(ONE,)), SOURCE)["ridge"]
    assert (timeline.name, timeline.fps) == ("夜路", SOURCE.fps)
    # 12.4 s × 29.97 = 371.6, so that frame 372 is the nearest.
    assert [(item.start * SOURCE.fps, item.frames) for item in timeline.picture] == [(372, 599 - 372), (150, 233 - 150)]


@pytest.mark.parametrize("suffix", ["otio", "edl", "xml"])
def test_a_short_goes_out_and_comes_back_as_it_was(tmp_path: Path, suffix: str):
    timeline = shorts_to_timelines(ShortsList(shorts=(ONE,)), SOURCE)["ridge"]
    target = tmp_path / f"s.{suffix}"
    write_exchange(timeline, {"master": Path("/m/master.mp4")}, target)
    back = read_exchange(target, SourceIndex((Footage(SOURCE, Path("/m/master.mp4")),))).timeline
    assert timeline_to_short(back, ONE) == ONE


@given(
    st.lists(st.tuples(st.floats(0, 500), st.floats(0.1, 60)), min_size=1, max_size=4),
    st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50)]),
)
def test_any_spans_come_back_within_half_a_frame(spans, fps):
    short = Short(id="x", spans=tuple(ShortSpan(start=start, end=start + length) for start, length in spans))
    source = SOURCE.model_copy(update={"fps": fps})
    timeline = shorts_to_timelines(ShortsList(shorts=(short,)), source)["x"]
    assert timeline_to_short(timeline, short) == short
    for wanted, found in zip(short.spans, timeline_to_short(timeline).spans, strict=True):
        assert found.start == pytest.approx(wanted.start, abs=float(0.5 / fps) + 1e-6)
        assert found.end == pytest.approx(wanted.end, abs=float(0.5 / fps) + 1e-6)


def test_a_moved_cut_changes_the_spans_and_nothing_else():
    timeline = shorts_to_timelines(ShortsList(shorts=(ONE,)), SOURCE)["ridge"]
    first = timeline.picture[0].model_copy(update={"frames": 100})
    back = timeline_to_short(timeline.model_copy(update={"picture": (first, *timeline.picture[1:])}), ONE)
    assert (back.channels, back.score) == (ONE.channels, ONE.score)
    assert back.spans[0].end == pytest.approx(float(472 / SOURCE.fps), abs=1e-6)


def test_what_a_short_cannot_hold_is_refused():
    other = SOURCE.model_copy(update={"name": "b", "digest": "b" * 64})
    timeline = shorts_to_timelines(ShortsList(shorts=(ONE,)), SOURCE)["ridge"]
    clip = timeline.picture[0]
    for picture in (
        (Card(card="opening", frames=10), clip),
        (clip.model_copy(update={"level_db": None}),),
        (clip, clip.model_copy(update={"source": "b"})),
    ):
        edit = Timeline(fps=SOURCE.fps, sources=(SOURCE, other), picture=picture)
        with pytest.raises(InputError, match="a short"):
            timeline_to_short(edit)


def test_a_list_for_another_file_or_without_frames_is_refused():
    with pytest.raises(InputError, match="another file"):
        shorts_to_timelines(ShortsList(source_digest="e" * 64, shorts=(ONE,)), SOURCE)
    with pytest.raises(InputError, match="no picture"):
        shorts_to_timelines(ShortsList(shorts=(ONE,)), SOURCE.model_copy(update={"fps": None}))
    tiny = ShortsList(shorts=(Short(id="t", spans=(ShortSpan(start=1, end=1.001),)),))
    with pytest.raises(InputError, match="shorter than a frame"):
        shorts_to_timelines(tiny, SOURCE)
