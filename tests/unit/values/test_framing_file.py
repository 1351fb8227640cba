"""``framing.yaml``: written and read back, changed by a person, wrong at a line and column."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import RecipeError
from mediakit.media.framing import Camera, FramedShot, Framing, Part, View, parse_path, parse_shape
from mediakit.media.framing_file import format_framing, read_framing
from mediakit.media.windows import Mark, Stretch, Windows, largest_height, split_shapes, window_size
from mediakit.media.windows import Path as Way

TALL, WIDE = Fraction(9, 16), Fraction(16, 9)
MADE = """\
schema: mediakit/framing/1
source_digest: abc
width: 1920
height: 1080
fps: 25
shapes: ["9:16", "1:1"]
shots:
  - start: 00:00.00
    end: 00:04.00
    views:
      "9:16":
        why: person 1
        parts:
          - {person: 1, window: {height: 1, path: 0.4 0.5}}
        people:
          2: {height: 1, path: 0.7 0.5}
        halves: [{height: 0.5, path: 0.4 0.5}, {height: 0.5, path: 0.7 0.5}]
      "1:1":
        why: person 1
        parts:
          - {person: 1, window: {height: 1, path: "0 0.4 0.5, 1.5 0.45 0.5"}}
  - start: 00:04.00
    end: 00:06.50
    views:
      "9:16": {parts: [{fit: blur}, {begin: 00:05.00, window: {height: 1, path: 0.6 0.5}}]}
      "1:1": {parts: [{fit: blur}]}
"""


def write(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = MADE
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path = tmp_path / "framing.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_is_chosen_is_read_as_it_was_written(tmp_path: Path) -> None:
    framing = read_framing(write(tmp_path))
    again = tmp_path / "again.yaml"
    again.write_text(format_framing(framing), encoding="utf-8")
    assert read_framing(again) == framing
    windows = framing.windows(TALL)
    assert [(one.start, one.end, one.show) for one in windows.stretches] == [
        (0.0, 4.0, "window"),
        (4.0, 5.0, "fit"),
        (5.0, 6.5, "window"),
    ]
    assert windows.stretches[0].paths[0].at(1.0) == Mark(1.0, 0.4, 0.5)
    assert framing.find_shape(Fraction(1080, 1920)) == TALL
    assert framing.find_shape(Fraction(3, 4)) is None


@pytest.mark.parametrize(
    ("line", "place", "expected"),
    [
        ("window: {x: 0.9}", "shot", ("window", 1 - 0.31640625 / 2, 0.5)),
        ("window: {x: 0.5, y: 0.2, height: 0.5}", "shot", ("window", 0.5, 0.25)),
        ("follow: 2", "view", ("window", 0.7, 0.5)),
        ("follow: 1", "view", ("window", 0.4, 0.5)),
        ("fit: pad", "shot", ("fit", None, None)),
        ("fit: split", "view", ("split", 0.4, 0.5)),
    ],
)
def test_a_persons_word_wins(
    line: str, place: str, expected: tuple[str, float | None, float | None], tmp_path: Path
) -> None:
    at = ("    end: 00:04.00\n", f"    end: 00:04.00\n    {line}\n")
    if place == "view":
        at = ("        why: person 1\n", f"        why: person 1\n        {line}\n")
    framing = read_framing(write(tmp_path, at))
    stretch = framing.windows(TALL).stretches[0]
    show, x, y = expected
    assert stretch.show == show
    if x is not None and y is not None:
        mark = stretch.paths[0].at(0.0)
        assert (mark.x, mark.y) == (pytest.approx(x), pytest.approx(y))
    other = framing.windows(Fraction(1)).stretches[0]
    assert (other.show == "window" and not other.paths[0].still) == (place == "view")


def test_the_word_for_one_shape_wins_over_that_for_the_shot(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        ("    end: 00:04.00\n", "    end: 00:04.00\n    fit: pad\n"),
        ("        why: person 1\n", "        why: person 1\n        window: {x: 0.5}\n"),
    )
    framing = read_framing(path)
    assert framing.windows(TALL).stretches[0].show == "window"
    assert framing.windows(Fraction(1)).stretches[0].fit == "pad"


@pytest.mark.parametrize(
    ("before", "after", "line", "message", "hint"),
    [
        ("    end: 00:04.00\n", "    end: 00:04.00\n    folow: 2\n", 10, "unknown key 'folow'", "follow"),
        ("    end: 00:04.00\n", "    end: 00:04.00\n    fit: blurr\n", 10, "blurr", "blur"),
        ("    end: 00:04.00\n", "    end: 00:04.00\n    follow: 3\n", 10, "no person 3", ""),
        ("    end: 00:04.00\n", "    end: 00:04.00\n    follow: 1\n    fit: pad\n", 11, "exclude each other", ""),
        ("    end: 00:04.00\n", "    end: 00:04.00\n    window: {x: 1.4}\n", 10, "less than or equal to 1", ""),
        ("    end: 00:06.50\n", "    end: 00:06.50\n    fit: split\n", 22, "no two people", ""),
        ("{height: 1, path: 0.7 0.5}", "{height: 1, path: 0.7 0.5 1 1}", 16, "not a place on a path", ""),
        ("1.5 0.45 0.5", "1.5 1.45 0.5", 22, "outside the picture", ""),
        ("begin: 00:05.00", "begin: 00:07.00", 25, "begins within its shot", ""),
        ("- start: 00:04.00\n", "- start: 00:07.00\n", 23, "ends before it starts", ""),
        ('"9:16", "1:1"', '"9:16", "4:5"', 10, "no view of 4:5", ""),
        ('"9:16", "1:1"', '"9:16", "tall"', 6, "not a shape", ""),
    ],
)
def test_a_mistake_is_told_with_its_line(
    before: str, after: str, line: int, message: str, hint: str, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as caught:
        read_framing(write(tmp_path, (before, after)))
    assert message in str(caught.value)
    assert hint in (caught.value.hint or "")
    found = int(str(caught.value).split("framing.yaml:")[1].split(":")[0])
    assert abs(found - line) <= 3, str(caught.value)


def test_a_framing_of_a_longer_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"starts at 00:04\.000, and the source ends at 00:03\.000"):
        read_framing(write(tmp_path), duration=3.0)


marks = st.lists(st.tuples(st.floats(0.05, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=12)


@given(marks)
def test_a_window_never_passes_its_marks_and_rests_between_equal_ones(steps: list[tuple[float, float, float]]) -> None:
    import numpy as np

    at, made = 0.0, []
    for step, x, y in steps:
        at = round(at + step, 3)
        made.append(Mark(at, round(x, 2), round(y, 2)))
    way = Way(1.0, tuple(made))
    for before, after in pairwise(made):
        seen = way.sample(np.linspace(before.time, after.time, 9))
        for axis, (one, other) in enumerate(((before.x, after.x), (before.y, after.y))):
            assert seen[:, axis].min() >= min(one, other) - 1e-9
            assert seen[:, axis].max() <= max(one, other) + 1e-9
    assert (way.at(-1.0).x, way.at(at + 9).x) == (made[0].x, pytest.approx(made[-1].x))


@given(marks)
def test_a_path_is_read_as_it_was_written(steps: list[tuple[float, float, float]]) -> None:
    at, made = 0.0, []
    for step, x, y in steps:
        at = round(at + step, 3)
        made.append(Mark(at, round(x, 5), round(y, 5)))
    camera = Camera.of(Way(0.5, tuple(made)))
    back = camera.to_path()
    if back.still:
        assert (back.marks[0].x, back.marks[0].y) == (made[0].x, made[0].y)
    else:
        assert back.marks == tuple(made)


def test_sizes() -> None:
    assert window_size(1.0, TALL, WIDE) == (pytest.approx(81 / 256), 1.0)
    assert window_size(1.0, WIDE, TALL) == (pytest.approx(1.0), pytest.approx(81 / 256))
    assert largest_height(Fraction(1), WIDE) == 1.0
    assert split_shapes(1080, 1920) == ((1080, 960), (1080, 960))
    assert parse_shape("1080x1920") == TALL
    with pytest.raises(ValueError, match="not a shape"):
        parse_shape("16")
    with pytest.raises(ValueError, match="do not rise"):
        parse_path(1.0, "0 0.5 0.5, 0 0.6 0.5")


def test_a_frame_belongs_to_the_stretch_that_begins_with_it() -> None:
    way = Way(1.0, (Mark(0, 0.5, 0.5),))
    windows = Windows(TALL, WIDE, (Stretch(0, 1.0, "window", (way,)), Stretch(1.000001, 2, "window", (way,))))
    assert [windows.number_at(time, 0.01) for time in (-1, 0, 0.96, 1.0, 1.9, 7)] == [0, 0, 0, 1, 1, 1]


def test_a_part_shows_one_thing() -> None:
    with pytest.raises(ValueError, match="one of window, split and fit"):
        Part()
    shot = FramedShot(start=0, end=1, views={"9:16": View(parts=(Part(fit="pad"),))})
    framing = Framing(width=16, height=9, fps=25, shapes=("9:16",), shots=(shot,))  # type: ignore[arg-type]
    assert framing.windows(TALL).stretches == (Stretch(0, 1, "fit", fit="pad"),)
