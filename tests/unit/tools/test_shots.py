"""Which differences between frames are shot changes."""

from __future__ import annotations

from itertools import pairwise

from mediakit.tools.shots import choose_changes, read_differences


def choose(*differences: float) -> tuple[float, ...]:
    times = [k / 25 for k in range(len(differences))]
    scores = [0.0, *(abs(b - a) for a, b in pairwise(differences))]
    scores = [min(score, difference) for score, difference in zip(scores, differences, strict=True)]
    return choose_changes(times, differences, scores)


def test_a_cut_stands_out_and_movement_does_not() -> None:
    assert choose(*[1.0] * 10, 20.0, *[1.0] * 10) == (0.4,)
    assert choose(*[12.0, 14.0, 11.0, 13.0, 15.0, 12.0] * 4) == ()
    assert choose(*[0.2] * 10, 3.0, *[0.2] * 10) == ()


def test_a_flash_is_no_cut() -> None:
    assert choose(*[0.5] * 10, 40.0, 0.5, 0.5, 0.5, 0.5, *[0.5] * 9) == (0.4,)
    assert choose(*[0.5] * 10, 40.0, 0.5, 0.5, 38.0, *[0.5] * 9) == ()


def test_times_count_from_the_first_frame() -> None:
    listing = (
        "frame:0 pts:9 pts_time:0.36\nlavfi.scd.mafd=0.000\nlavfi.scd.score=0.000\n"
        "frame:1 pts:10 pts_time:0.4\nlavfi.scd.mafd=31.5\nlavfi.scd.score=31.0\n"
    )
    times, differences, scores = read_differences(listing)
    assert [round(time, 6) for time in times] == [0.0, 0.04]
    assert differences == [0.0, 31.5]
    assert scores == [0.0, 31.0]
