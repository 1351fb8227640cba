"""Burned subtitles, straps and pages of text told from each other."""

from __future__ import annotations

from mediakit.media.picture import Writing
from mediakit.vision.seen import SeenLine
from mediakit.vision.writing import find_writing

SUBTITLES = (0.42, 0.3, 0.5, 0.24, 0.36)


def line(x: float, y: float, width: float, height: float = 0.05, look: int = 0) -> SeenLine:
    return SeenLine(x=x, y=y, width=width, height=height, look=tuple((k * (look + 3)) % 10 for k in range(96)))


def subtitle(number: int) -> SeenLine:
    width = SUBTITLES[number % len(SUBTITLES)]
    return line(0.5 - width / 2, 0.86, width, look=number)


def kinds(writing: tuple[Writing, ...]) -> list[str]:
    return [one.kind for one in writing]


def test_centred_lines_that_change_below_are_captions() -> None:
    (found,) = find_writing([(0.0, 10.0)], [[(k * 2.0, [subtitle(k)]) for k in range(5)]], tall=False)
    assert kinds(found) == ["caption"] * 5
    assert found[0].start == 0.0
    assert found[-1].end == 10.0
    assert all(abs(one.area.y - 0.86) < 1e-6 for one in found)


def test_captions_are_known_over_several_shots() -> None:
    shots = [(k * 2.0, k * 2.0 + 2.0) for k in range(5)]
    looks = [[(k * 2.0 + 0.3, [subtitle(k)]), (k * 2.0 + 1.5, [subtitle(k)])] for k in range(5)]
    assert [kinds(found) for found in find_writing(shots, looks, tall=False)] == [["caption"]] * 5


def test_a_strap_and_a_clock_are_labels() -> None:
    strap = [line(0.08, 0.74, 0.3, look=1), line(0.08, 0.8, 0.45, look=2)]
    clock = [line(0.09, 0.86, 0.08, look=k) for k in range(6)]
    looks = [(k * 2.0, [*strap, clock[k // 2]]) for k in range(6)]
    (found,) = find_writing([(0.0, 12.0)], [looks], tall=False)
    assert set(kinds(found)) == {"label"}
    whole = max(found, key=lambda one: one.area.height)
    assert (whole.area.y, round(whole.area.bottom, 3)) == (0.74, 0.85), "two lines of a strap are one"


def test_straps_of_two_persons_are_no_captions() -> None:
    looks = [
        [(k * 1.0, [line(0.09, 0.7, 0.13, look=1), line(0.09, 0.77, 0.6, look=2)]) for k in range(4)],
        [(5 + k * 1.0, [line(0.09, 0.7, 0.12, look=3), line(0.09, 0.77, 0.25, look=4)]) for k in range(4)],
    ]
    for found in find_writing([(0.0, 5.0), (5.0, 9.0)], looks, tall=False):
        assert kinds(found) == ["label"]


def test_lines_that_start_at_one_place_and_change_often_are_captions() -> None:
    looks = [(k * 2.0, [line(0.2, 0.86, 0.3 + 0.08 * (k % 3), look=k)]) for k in range(6)]
    (found,) = find_writing([(0.0, 12.0)], [looks], tall=False)
    assert set(kinds(found)) == {"caption"}


def test_a_sign_that_moves_with_the_camera_is_nothing() -> None:
    looks = [(k * 0.6, [line(0.2 + 0.03 * k, 0.4, 0.3)]) for k in range(6)]
    assert find_writing([(0.0, 4.0)], [looks], tall=False) == ((),)


def test_much_text_over_the_picture_is_a_page() -> None:
    slide = [line(0.1, 0.1 + 0.12 * row, 0.5, 0.06, look=row) for row in range(6)]
    (found,) = find_writing([(0.0, 9.0)], [[(k * 3.0, slide) for k in range(3)]], tall=False)
    assert kinds(found) == ["page"]
    assert (found[0].start, found[0].end) == (0.0, 9.0)
    assert abs(found[0].area.bottom - 0.76) < 1e-3


def test_nothing_seen_is_nothing_written() -> None:
    assert find_writing([(0.0, 1.0), (1.0, 2.0)], [[], [(1.3, [])]], tall=False) == ((), ())
