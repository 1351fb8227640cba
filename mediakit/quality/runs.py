"""Stretches of time in which something was found: from flags to spans, without what was planned, to a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check
from mediakit.media.spans import Span
from mediakit.media.times import format_clock
from mediakit.quality.target import describe_limit, grade_value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.channels.models import QcRule

MAX_SPANS = 50
"""So many spans are listed; the message tells how many there were."""


def find_runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return (first, past the last) of every run of true flags."""
    import numpy as np

    edges = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    return list(zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True))


def make_spans(runs: Iterable[tuple[int, int]], edges: NDArray[np.float64]) -> list[Span]:
    """Return spans in seconds; ``edges[i]`` is where frame ``i`` starts, the last entry is the end."""
    return [
        Span(start=round(max(float(edges[first]), 0.0), 3), end=round(max(float(edges[last]), 0.0), 3))
        for first, last in runs
    ]


def subtract_spans(found: Sequence[Span], planned: Sequence[Span], slack_s: float = 0.1) -> list[Span]:
    """Return what of ``found`` lies outside ``planned``; every planned span is widened by ``slack_s``."""
    rest = list(found)
    for plan in planned:
        start, end = max(plan.start - slack_s, 0.0), plan.end + slack_s
        parts: list[Span] = []
        for span in rest:
            if span.end <= start or span.start >= end:
                parts.append(span)
                continue
            if span.start < start:
                parts.append(Span(start=span.start, end=round(start, 3)))
            if span.end > end:
                parts.append(Span(start=round(end, 3), end=span.end))
        rest = parts
    return sorted(rest, key=lambda span: span.start)


def judge_stretches(check_id: str, rule: QcRule, found: Sequence[Span], planned: Sequence[Span], what: str) -> Check:
    """Return the check on stretches whose longest must not exceed the rule's seconds.

    Args:
        check_id: the check.
        rule: its limits in seconds.
        found: every stretch that was found.
        planned: stretches that are meant.
        what: the word for it: ``black picture``.
    """
    least = min((limit for limit in (rule.warn, rule.fail) if limit is not None), default=0.0)
    spans = [span for span in subtract_spans(found, planned) if span.duration > least]
    longest = max((span.duration for span in subtract_spans(found, planned)), default=0.0)
    if not spans:
        message = f"no {what} beyond the limit" + (f", longest {longest:.2f} s" if longest else "")
    else:
        first = max(spans, key=lambda span: span.duration)
        more = f", {len(spans)} places" if len(spans) > 1 else ""
        message = f"{what} for {first.duration:.2f} s at {format_clock(first.start, decimals=2)}{more}"
    return judge_value(check_id, rule, longest, message, unit="s", where=spans)


def judge_value(
    check_id: str, rule: QcRule, value: float, message: str, *, unit: str, where: Sequence[Span] = (), decimals: int = 3
) -> Check:
    """Return the check on a value that must not grow beyond the rule's limits; ``where`` it was found.

    ``decimals`` are kept in the report; the verdict is on the value as it was measured.
    """
    return Check(
        id=check_id,
        verdict=grade_value(rule, value),
        measured=round(value, decimals),
        limit=describe_limit(rule),
        unit=unit,
        where=tuple(where[:MAX_SPANS]),
        message=message,
        source=rule.source,
    )
