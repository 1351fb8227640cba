"""A slice of a timeline shows, frame for frame, what the whole shows there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from fractions import Fraction
from itertools import pairwise, zip_longest

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mediakit.errors import InputError
from mediakit.media.slices import slice_timeline
from mediakit.media.timeline import Card, Clip, Dissolve, Gap, PictureItem, SoundClip, Source, TimedOverlay, Timeline

FPS = Fraction(25)
SOURCES = tuple(Source(name=name, digest=name * 64, duration=Fraction(100)) for name in "abm")

Shown = list[tuple[str, Fraction, Fraction]]
"""What a frame shows: (what, the source's second, weight)."""


def shown_spans(timeline: Timeline) -> list[tuple[int, int]]:
    """Return from which frame to which (exclusive) every item shows, its dissolves included."""
    spans = []
    for (at, item), then in zip_longest(timeline.placed(), timeline.picture[1:]):
        into, out = item.dissolve, then.dissolve if then else None
        spans.append((at - (into.before if into else 0), at + item.frames + (out.after if out else 0)))
    return spans


def shown_frames(timeline: Timeline) -> list[Shown]:
    """Return what every frame shows, worked out item by item."""
    frames: list[Shown] = [[] for _ in range(timeline.frames)]
    placed = list(timeline.placed())
    for number, ((at, item), (low, high)) in enumerate(zip(placed, shown_spans(timeline), strict=True)):
        into = item.dissolve
        out = placed[number + 1][1].dissolve if number + 1 < len(placed) else None
        for frame in range(low, high):
            weight = Fraction(1)
            if into and frame < at + into.after:
                weight *= Fraction(frame - low + into.skipped + 1, into.whole + 1)
            if out and frame >= at + item.frames - out.before:
                weight *= 1 - Fraction(frame - (at + item.frames - out.before) + out.skipped + 1, out.whole + 1)
            begun, left = frame - at + item.head, at + item.frames + item.tail - frame
            if item.fade_in and begun < item.fade_in:
                weight *= Fraction(begun, item.fade_in)
            if item.fade_out and left <= item.fade_out:
                weight *= Fraction(left, item.fade_out)
            name = item.source if isinstance(item, Clip) else repr(getattr(item, "lines", item.kind))
            time = item.start + (frame - at) / FPS if isinstance(item, Clip) else Fraction(0)
            frames[frame].append((name, time, weight))
    return frames


def heard_frames(timeline: Timeline) -> list[Shown]:
    """Return what is laid beside the picture at every frame, with how far its fades are."""
    frames: list[Shown] = [[] for _ in range(timeline.frames)]
    for clip in timeline.sound:
        for frame in range(clip.at, min(clip.at + clip.frames, timeline.frames)):
            place = Fraction(frame - clip.at + clip.head), Fraction(clip.at + clip.frames + clip.tail - frame)
            time = clip.start + (frame - clip.at) / FPS
            frames[frame].append((clip.source, time, place[0] * 100_000 + place[1]))
    return frames


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    picture: list[PictureItem] = []
    room = 0
    for number in range(draw(st.integers(1, 6))):
        after = draw(st.integers(0, 6))
        before = draw(st.integers(0, min(6, room)))
        dissolve = Dissolve(before=before, after=after) if number and before + after and draw(st.booleans()) else None
        solo = draw(st.integers(1, 30))
        room = solo
        frames = solo + (dissolve.after if dissolve else 0)
        fades = {"fade_in": draw(st.integers(0, solo // 2)), "fade_out": draw(st.integers(0, solo // 2))}
        kind = draw(st.sampled_from(["clip", "card", "gap"]))
        item: PictureItem
        if kind == "clip":
            start = Fraction(draw(st.integers(6, 500)), 25)
            item = Clip(source=draw(st.sampled_from("ab")), start=start, frames=frames, dissolve=dissolve, **fades)
        elif kind == "card":
            item = Card(card="text", lines=(f"{number}",), frames=frames, dissolve=dissolve, **fades)
        else:
            item = Gap(frames=frames, dissolve=dissolve, **fades)
        picture.append(item)
    total = sum(item.frames for item in picture)
    sound = []
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, total - 1))
        length = draw(st.integers(1, total - at))
        sound.append(SoundClip(source="m", start=Fraction(at, 7), at=at, frames=length, role="music", fade_in_s=0.2))
    overlays = []
    for number in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, total - 1))
        length = draw(st.integers(1, total - at))
        overlays.append(TimedOverlay(overlay="chapter", text=f"{number}", at=at, frames=length))
    return Timeline(fps=FPS, sources=SOURCES, picture=tuple(picture), sound=tuple(sound), overlays=tuple(overlays))


@st.composite
def slices(draw: st.DrawFn) -> tuple[Timeline, list[tuple[int, int]]]:
    whole = draw(timelines())
    spans = []
    for _ in range(draw(st.integers(1, 4))):
        first = draw(st.integers(0, whole.frames - 1))
        spans.append((first, draw(st.integers(first + 1, whole.frames))))
    return whole, spans


def try_slice(whole: Timeline, spans: Sequence[tuple[int, int]]) -> Timeline:
    """Return the slice; one is refused only where a stretch has fewer frames than items that it would show."""
    refused: InputError | None = None
    try:
        return slice_timeline(whole, spans)
    except InputError as exc:
        refused = exc
    assert "too few to show the dissolves" in refused.message
    assert any(is_tight(whole, first, end) for first, end in spans)
    assume(False)
    raise refused


def is_tight(whole: Timeline, first: int, end: int) -> bool:
    """Tell whether items in a row show in fewer frames of a stretch than they are, so that one would have none."""
    shown = [(max(low, first), min(high, end)) for low, high in shown_spans(whole) if low < end and high > first]
    return any(high - low < number for number, low, high in _rows(shown))


def _rows(shown: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int, int]]:
    """Yield every run of items: how many they are, from which frame to which they show."""
    for begin, (low, _) in enumerate(shown):
        for number, (_, high) in enumerate(shown[begin:], start=1):
            yield number, low, high


SHORT_BEFORE_A_DISSOLVE = Timeline(
    fps=FPS,
    sources=SOURCES,
    picture=(
        Clip(source="a", start=Fraction(6, 25), frames=36),
        Card(card="text", lines=("1",), frames=1),
        Clip(source="a", start=Fraction(6, 25), frames=4, dissolve=Dissolve(before=1, after=0)),
    ),
)
"""Its card is one frame, all dissolve: a stretch that ends with it has no frame for what it dissolves into."""


@given(slices())
@example((SHORT_BEFORE_A_DISSOLVE, [(0, 37)]))
def test_every_frame_shows_what_it_shows_in_the_whole(drawn: tuple[Timeline, list[tuple[int, int]]]) -> None:
    whole, spans = drawn
    made = try_slice(whole, spans)
    frames = [frame for first, end in spans for frame in range(first, end)]
    assert made.frames == len(frames)
    all_shown, all_heard = shown_frames(whole), heard_frames(whole)
    assert shown_frames(made) == [all_shown[frame] for frame in frames]
    assert [sorted(heard) for heard in heard_frames(made)] == [sorted(all_heard[frame]) for frame in frames]


@given(slices())
@example((SHORT_BEFORE_A_DISSOLVE, [(0, 37)]))
def test_a_stretch_is_refused_just_where_an_item_would_have_no_frame(
    drawn: tuple[Timeline, list[tuple[int, int]]],
) -> None:
    whole, spans = drawn
    for first, end in spans:
        refusal = pytest.raises(InputError, match="too few") if is_tight(whole, first, end) else nullcontext()
        with refusal:
            slice_timeline(whole, [(first, end)])


@given(timelines(), st.data())
def test_stretches_that_touch_are_the_whole(whole: Timeline, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, max(whole.frames - 1, 1)), max_size=4)) - {whole.frames})
    edges = [0, *cuts, whole.frames]
    assert slice_timeline(whole, list(pairwise(edges))) == whole


@given(slices(), st.data())
def test_a_slice_of_a_slice_is_a_slice(drawn: tuple[Timeline, list[tuple[int, int]]], data: st.DataObject) -> None:
    whole, spans = drawn
    first, end = spans[0]
    made = try_slice(whole, [(first, end)])
    low = data.draw(st.integers(0, end - first - 1))
    high = data.draw(st.integers(low + 1, end - first))
    again = try_slice(made, [(low, high)])
    assert shown_frames(again) == shown_frames(whole)[first + low : first + high]
    assert heard_frames(again) == heard_frames(whole)[first + low : first + high]


@given(slices())
def test_overlays_stand_where_they_stood(drawn: tuple[Timeline, list[tuple[int, int]]]) -> None:
    whole, spans = drawn
    made = try_slice(whole, spans)
    frames = [frame for first, end in spans for frame in range(first, end)]
    for overlay in made.overlays:
        source = next(one for one in whole.overlays if one.text == overlay.text)
        for frame in range(overlay.at, overlay.at + overlay.frames):
            assert source.at <= frames[frame] < source.at + source.frames
        assert overlay.frames >= min(25, source.frames)


def two_clips(before: int, after: int) -> Timeline:
    return Timeline(
        fps=FPS,
        sources=SOURCES,
        picture=(
            Clip(source="a", start=Fraction(2), frames=50),
            Clip(source="b", start=Fraction(4), frames=50, dissolve=Dissolve(before=before, after=after)),
        ),
    )


@pytest.mark.parametrize(
    ("span", "lengths", "dissolve"),
    [
        ((30, 80), [20, 30], Dissolve(before=5, after=5)),
        ((48, 80), [2, 30], Dissolve(before=2, after=5, skipped=3)),
        ((52, 80), [2, 26], Dissolve(before=2, after=1, skipped=7)),
        ((54, 80), [1, 25], Dissolve(before=1, after=0, skipped=9)),
        ((30, 48), [17, 1], Dissolve(before=2, after=1, left=7)),
        ((30, 53), [20, 3], Dissolve(before=5, after=3, left=2)),
        ((47, 53), [3, 3], Dissolve(before=3, after=3, skipped=2, left=2)),
        ((55, 80), [25], None),
        ((10, 45), [35], None),
    ],
)
def test_what_is_left_of_a_dissolve(span: tuple[int, int], lengths: list[int], dissolve: Dissolve | None) -> None:
    made = slice_timeline(two_clips(5, 5), [span])
    assert [item.frames for item in made.picture] == lengths
    assert made.picture[-1].dissolve == dissolve


@pytest.mark.parametrize("spans", [[], [(0, 0)], [(5, 3)], [(-1, 5)], [(90, 101)], [(47, 48)]])
def test_what_is_no_stretch_is_refused(spans: list[tuple[int, int]]) -> None:
    with pytest.raises(InputError):
        slice_timeline(two_clips(5, 5), spans)
