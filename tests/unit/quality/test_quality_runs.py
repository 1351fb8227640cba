"""Spans, verdicts and the leaky bucket, on plain values."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.channels.models import QcRule
from mediakit.media.buffer import fill_levels
from mediakit.media.qcreport import Check
from mediakit.media.spans import Span
from mediakit.quality.runs import MAX_SPANS, find_runs, judge_stretches, make_spans, subtract_spans
from mediakit.quality.target import worst_verdict

RULE = QcRule(title="t", warn=2, fail=5, unit="s", source="a test", grade="M", checked_on=date(2026, 11, 22))


def span(start: float, end: float) -> Span:
    return Span(start=start, end=end)


@given(st.lists(st.booleans(), max_size=60))
def test_runs_are_the_true_flags(flags: list[bool]) -> None:
    runs = find_runs(np.array(flags, dtype=bool))
    assert [i for first, last in runs for i in range(first, last)] == [i for i, flag in enumerate(flags) if flag]
    assert all(a[1] < b[0] for a, b in pairwise(runs))


def test_spans_take_their_times_from_the_frames() -> None:
    edges = np.array([0.0, 0.2, 0.4, 1.0, 1.04])
    assert make_spans([(1, 3), (3, 4)], edges) == [span(0.2, 1.0), span(1.0, 1.04)]


spans = st.lists(
    st.tuples(st.integers(0, 400), st.integers(1, 100)).map(lambda p: span(p[0] / 10, (p[0] + p[1]) / 10)), max_size=6
)


@given(spans, spans)
def test_what_is_planned_is_taken_out_and_nothing_else(found: list[Span], planned: list[Span]) -> None:
    rest = subtract_spans(found, planned, slack_s=0)
    for tick in range(0, 520):
        time = (tick + 0.5) / 10

        def inside(group: list[Span], at: float = time) -> bool:
            return any(s.start < at < s.end for s in group)

        assert inside(rest) == (inside(found) and not inside(planned))


@pytest.mark.parametrize(
    ("found", "planned", "verdict", "listed"),
    [
        ([span(0, 2)], [], "pass", 0),
        ([span(0, 2.1)], [], "warn", 1),
        ([span(0, 1), span(3, 9)], [], "fail", 1),
        ([span(0, 9)], [span(0, 9)], "pass", 0),
        ([span(0, 9)], [span(0, 4)], "warn", 1),
    ],
)
def test_longest_unplanned_stretch_decides(found: list[Span], planned: list[Span], verdict: str, listed: int) -> None:
    check = judge_stretches("freeze", RULE, found, planned, "frozen picture")
    assert check.verdict == verdict
    assert len(check.where) == listed
    assert check.limit == "warn > 2, fail > 5"


def test_a_flood_of_places_is_told_by_number() -> None:
    check = judge_stretches("black", RULE, [span(10 * i, 10 * i + 3) for i in range(500)], [], "black picture")
    assert len(check.where) == MAX_SPANS
    assert "500 places" in check.message


def check_of(verdict: str) -> Check:
    return Check.model_validate({"id": "x", "verdict": verdict, "message": "m"})


def test_unmeasured_counts_only_where_nothing_was_measured() -> None:
    assert worst_verdict([check_of("pass"), check_of("unmeasured")]) == "pass"
    assert worst_verdict([check_of("unmeasured")]) == "unmeasured"
    assert worst_verdict([check_of("warn"), check_of("fail"), check_of("pass")]) == "fail"
    assert worst_verdict([]) == "unmeasured"


def levels(sizes: list[int], *, rate: float, capacity: float, fps: float = 25) -> list[float]:
    times = np.arange(len(sizes)) / fps
    return list(fill_levels(np.array(sizes), times, rate, capacity))


@given(st.lists(st.integers(0, 500), min_size=1, max_size=80))
def test_frames_within_the_rate_never_underflow(sizes: list[int]) -> None:
    # 500 bytes a frame at 25 frames a second are 100 kb/s.
    assert min(levels(sizes, rate=100_000, capacity=4_000)) > -1e-6


def test_burst_that_the_buffer_holds_passes_and_a_bit_more_fails() -> None:
    # The bucket of 10,000 bits gains 400 bits between frames.
    assert min(levels([1250], rate=10_000, capacity=10_000)) == 0
    assert min(levels([1251], rate=10_000, capacity=10_000)) < 0
    assert levels([1000, 200], rate=10_000, capacity=10_000) == pytest.approx([2000, 800])


@given(st.lists(st.integers(0, 3000), min_size=2, max_size=60), st.integers(1, 20))
def test_a_bigger_buffer_or_rate_never_makes_it_worse(sizes: list[int], factor: int) -> None:
    def under(rate: float, capacity: float) -> int:
        return sum(level < 0 for level in levels(sizes, rate=rate, capacity=capacity))

    base = min(levels(sizes, rate=100_000, capacity=8_000))
    if base > 1:
        assert under(100_000, 8_000 + 1000 * factor) == 0
        assert under(100_000 + 1000 * factor, 8_000) == 0
