"""What a shot shows and why: people together, in turn or parted, text whole, movement, else the whole picture."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Literal

import pytest

from mediakit.framing.choose import Manner
from mediakit.framing.labels import labels_for, tell_reason
from mediakit.framing.propose import propose_framing
from mediakit.framing.speakers import find_turns
from mediakit.media.framing import View
from mediakit.media.picture import Area, Movement, Person, PictureRecord, Shot, Sighting, Writing

TALL, SQUARE = Fraction(9, 16), Fraction(1)


def person(
    number: int,
    x: float,
    *,
    y: float = 0.3,
    size: float = 0.16,
    lips: Callable[[float], float] = lambda time: 0.0,
    start: float = 0.0,
    seconds: float = 10.0,
    to: float | None = None,
    sure: float = 0.9,
) -> Person:
    wide = size * 0.8 * 9 / 16
    sightings = []
    for k in range(int(seconds * 10)):
        at = x + (0.0 if to is None else (to - x) * k / (seconds * 10))
        area = Area(x=at - wide / 2, y=y - size / 2, width=wide, height=size)
        sightings.append(Sighting(time=start + k / 10, area=area, confidence=sure, lips=lips(k / 10)))
    return Person(id=number, sightings=tuple(sightings))


def text(kind: Literal["caption", "label", "page"], x: float, y: float, width: float, height: float) -> Writing:
    return Writing(start=1.0, end=9.0, area=Area(x=x, y=y, width=width, height=height), kind=kind)


def record_of(*shots: Shot, size: tuple[int, int] = (1920, 1080)) -> PictureRecord:
    return PictureRecord(width=size[0], height=size[1], fps=25, duration=shots[-1].end, shots=shots)  # type: ignore[arg-type]


def choose(
    *persons: Person,
    writing: tuple[Writing, ...] = (),
    movement: tuple[Movement, ...] = (),
    shape: Fraction = TALL,
    size: tuple[int, int] = (1920, 1080),
    **manner: Any,
) -> View:
    shot = Shot(start=0, end=10, persons=persons, writing=writing, movement=movement)
    quiet = Shot(start=10, end=200)
    framing = propose_framing(record_of(shot, quiet, size=size), (shape,), Manner(**manner))
    return framing.shots[0].views[f"{shape.numerator}:{shape.denominator}"]


def middle_of(view: View, part: int = 0) -> float:
    window = view.parts[part].window
    assert window is not None
    return window.to_path().marks[0].x


def test_one_person_is_in_the_middle() -> None:
    view = choose(person(1, 0.7))
    assert view.why == "person 1"
    assert middle_of(view) == pytest.approx(0.7, abs=0.01)


def test_two_people_who_fit_stay_together() -> None:
    view = choose(person(1, 0.45), person(2, 0.6))
    assert view.why == "persons 1 and 2 together"
    assert middle_of(view) == pytest.approx(0.525, abs=0.02)
    assert set(view.people) == {1, 2}


def test_of_two_apart_the_one_who_speaks_is_shown_and_changes_are_few() -> None:
    view = choose(
        person(1, 0.2, lips=lambda time: float(time < 5)),
        person(2, 0.8, lips=lambda time: float(time >= 5)),
        people="switch",
    )
    assert view.why == "who speaks in turn: 1, 2"
    assert [part.begin for part in view.parts] == [None, pytest.approx(5.0, abs=0.4)]
    assert (middle_of(view), middle_of(view, 1)) == (pytest.approx(0.2, abs=0.03), pytest.approx(0.8, abs=0.03))


def test_a_silent_one_who_moves_about_is_not_taken_for_the_speaker() -> None:
    view = choose(person(1, 0.2, to=0.3), person(2, 0.8, lips=lambda time: 0.8))
    assert view.why == "person 2, who speaks"
    assert view.parts[0].person == 2


@pytest.mark.parametrize("length", [0.3, 0.8, 1.5])
def test_no_turn_is_shorter_than_two_seconds(length: float) -> None:
    people = (
        person(1, 0.2, lips=lambda time: float(int(time / length) % 2 == 0)),
        person(2, 0.8, lips=lambda time: float(int(time / length) % 2 == 1)),
    )
    turns = find_turns(people, 0.0, 10.0)
    assert all(turn.end - turn.start >= 1.99 for turn in turns)
    assert len(turns) <= 3
    assert turns[0].start == 0.0
    assert turns[-1].end == 10.0


def test_two_who_talk_across_each_other_are_shown_one_above_the_other() -> None:
    view = choose(person(1, 0.75, lips=lambda time: 0.9), person(2, 0.25, lips=lambda time: 0.8))
    assert view.why == "split: persons 1 and 2, who talk across each other"
    upper, lower = view.parts[0].split or ()
    assert (upper.to_path().marks[0].x, lower.to_path().marks[0].x) == (
        pytest.approx(0.25, abs=0.05),
        pytest.approx(0.75, abs=0.05),
    )


def test_wide_frames_are_not_split() -> None:
    view = choose(person(1, 0.1, lips=lambda t: 1), person(2, 0.9, lips=lambda t: 1), shape=SQUARE, people="split")
    assert view.halves is None
    assert view.parts[0].window is not None


def test_the_most_prominent_is_shown_where_nobody_is_seen_to_speak() -> None:
    view = choose(person(1, 0.15, size=0.3), person(2, 0.85, size=0.2))
    assert view.why == "person 1, the most prominent"


def test_faces_in_the_background_and_doubtful_ones_do_not_count() -> None:
    view = choose(person(1, 0.3, size=0.3), person(2, 0.9, size=0.08), person(3, 0.6, size=0.3, sure=0.3))
    assert view.why == "person 1"


def test_a_person_who_runs_is_given_up_and_the_reason_said() -> None:
    view = choose(person(1, 0.05, to=0.95, seconds=0.8), size=(1920, 1080))
    assert view.parts[0].fit == "blur"
    assert "faster" in view.why


def test_a_face_larger_than_the_window_is_shown_whole() -> None:
    view = choose(person(1, 0.5, y=0.5, size=0.95), fallback="pad")
    assert view.parts[0].fit == "pad"
    assert view.why == "shown whole: the face of person 1 is larger than the window"


def test_a_page_of_text_is_never_cut() -> None:
    wide, narrow = text("page", 0.1, 0.1, 0.8, 0.8), text("page", 0.55, 0.1, 0.28, 0.8)
    assert choose(writing=(wide,)).parts[0].fit == "blur"
    view = choose(person(1, 0.1), writing=(narrow,))
    assert view.why == "a page of text, whole"
    assert middle_of(view) == pytest.approx(0.69, abs=0.02)


def test_a_label_is_kept_with_the_face_or_the_picture_is_shown_whole() -> None:
    near, far = text("label", 0.42, 0.8, 0.2, 0.1), text("label", 0.05, 0.8, 0.5, 0.1)
    assert choose(person(1, 0.6), writing=(near,)).why in ("person 1", "person 1, with text on screen")
    assert middle_of(choose(person(1, 0.6), writing=(near,))) - 0.158 <= 0.425
    view = choose(person(1, 0.6), writing=(far,))
    assert view.why == "shown whole: text on screen would be cut"
    assert choose(person(1, 0.6), writing=(far,), texts="ignore").why == "person 1"


def test_a_label_that_lies_outside_the_window_is_not_cut() -> None:
    assert choose(person(1, 0.8), writing=(text("label", 0.05, 0.85, 0.2, 0.1),)).why == "person 1"


def test_a_small_label_in_a_corner_does_not_draw_the_window() -> None:
    view = choose(writing=(text("label", 0.02, 0.05, 0.1, 0.06),))
    assert middle_of(view) == pytest.approx(0.5, abs=0.001)
    assert middle_of(choose(writing=(text("label", 0.3, 0.05, 0.1, 0.06),))) <= 0.3 + 0.16, "it must not be cut"


def test_captions_burned_into_much_of_a_source_rule_out_windows_throughout() -> None:
    shots = [
        Shot(
            start=10 * k,
            end=10 * k + 10,
            persons=(person(1, 0.5, start=10 * k),),
            writing=(
                Writing(start=10 * k, end=10 * k + 8, area=Area(x=0.2, y=0.85, width=0.6, height=0.1), kind="caption"),
            )
            if k % 2
            else (),
        )
        for k in range(6)
    ]
    framing = propose_framing(record_of(*shots), (TALL,), Manner())
    assert {shot.views["9:16"].parts[0].fit for shot in framing.shots} == {"blur"}
    assert "captions are burned into the source" in framing.shots[0].views["9:16"].why


def test_a_stations_mark_is_no_text() -> None:
    mark = Area(x=0.03, y=0.05, width=0.1, height=0.08)
    shots = [
        Shot(
            start=10 * k,
            end=10 * k + 10,
            persons=(person(1, 0.2, start=10 * k),),
            writing=(Writing(start=10 * k, end=10 * k + 10, area=mark, kind="label"),),
        )
        for k in range(4)
    ]
    framing = propose_framing(record_of(*shots), (TALL,), Manner())
    assert {shot.views["9:16"].why for shot in framing.shots} == {"person 1"}


def test_without_people_or_text_the_window_looks_where_it_moves_else_at_the_middle() -> None:
    moving = tuple(Movement(time=k * 0.2, x=0.8, y=0.5, amount=0.05) for k in range(50))
    assert 0.65 < middle_of(choose(movement=moving)) < 0.8, "between what moves and the middle"
    assert middle_of(choose()) == pytest.approx(0.5, abs=0.001)


def test_a_small_face_gets_a_smaller_window_only_where_the_source_has_the_detail() -> None:
    plain = choose(person(1, 0.5, size=0.07)).parts[0].window
    rich = choose(person(1, 0.5, size=0.07), size=(3840, 2160)).parts[0].window
    assert plain is not None
    assert rich is not None
    assert plain.height == 1.0
    assert rich.height == pytest.approx(1920 / 1.6 / 2160, abs=0.001)


def test_every_reason_is_told_in_chinese() -> None:
    moving = tuple(Movement(time=k * 0.2, x=0.8, y=0.5, amount=0.05) for k in range(50))
    views = [
        choose(person(1, 0.7)),
        choose(person(1, 0.45), person(2, 0.6)),
        choose(person(1, 0.2, lips=lambda t: float(t < 5)), person(2, 0.8, lips=lambda t: float(t >= 5))),
        choose(person(1, 0.75, lips=lambda t: 0.9), person(2, 0.25, lips=lambda t: 0.8)),
        choose(person(1, 0.2), person(2, 0.8), people="split"),
        choose(person(1, 0.15, size=0.3), person(2, 0.85, size=0.2)),
        choose(person(1, 0.05, to=0.95, seconds=0.8)),
        choose(person(1, 0.5, y=0.5, size=0.95)),
        choose(writing=(text("page", 0.1, 0.1, 0.8, 0.8),)),
        choose(writing=(text("page", 0.5, 0.1, 0.2, 0.8),)),
        choose(writing=(text("label", 0.5, 0.1, 0.2, 0.15),)),
        choose(person(1, 0.6), writing=(text("label", 0.05, 0.8, 0.5, 0.1),)),
        choose(person(1, 0.6), writing=(text("caption", 0.05, 0.8, 0.5, 0.1),)),
        choose(movement=moving),
        choose(),
    ]
    for view in views:
        told = tell_reason(view.why, labels_for("zh-CN"))
        assert not re.search(r"[A-Za-z]", told), told
        assert tell_reason(view.why, labels_for("en")) == view.why
