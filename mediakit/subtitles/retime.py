"""Times of given cues mended under a profile, with as little movement as the rules allow."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from math import ceil
from typing import TYPE_CHECKING

from mediakit.media.times import format_clock
from mediakit.subtitles.timing import Grid, Moment, mind_cuts, needed_seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mediakit.channels.models import SubtitleProfile
    from mediakit.subtitles.repair import Change, Work

_EARLIER_S = Fraction(1, 2)


def retime_cues(
    works: Sequence[Work],
    profile: SubtitleProfile,
    fps: Fraction | None,
    cuts: Iterable[float],
    changes: list[Change],
    broken: set[tuple[int, str]],
) -> None:
    """Mend overlaps, gaps, reading time and edges beside shot changes, and tell what was moved and why.

    Args:
        works: cues in order of time; their times are changed.
        profile: the limits.
        fps: frame rate; without it times lie on milliseconds.
        cuts: shot changes in seconds.
        changes: what was changed is added here.
        broken: cue numbers and the rules that they broke; a cue moves by the first of them that is about time.
    """
    from mediakit.subtitles.repair import Change

    grid = Grid.of(profile, fps)
    before = [(work.start, work.end) for work in works]
    moments = [
        Moment(
            work.start,
            work.end,
            needed_seconds(work.lines, profile),
            round(Fraction(work.start).limit_denominator(1_000_000) * grid.rate),
            round(Fraction(work.end).limit_denominator(1_000_000) * grid.rate),
        )
        for work in works
    ]
    _part(moments, grid)
    for k in range(len(moments)):
        _stay_longer(moments, k, grid)
    for k in range(len(moments) - 1, -1, -1):
        _come_earlier(moments, k, grid)
    _close_gaps(moments, grid)
    ticks = sorted({round(Fraction(cut).limit_denominator(1_000_000) * grid.rate) for cut in cuts})
    if ticks and any(rule == "shot-change" for _, rule in broken):
        mind_cuts(moments, grid, ticks, reach=False)
    for work, moment, (start, end) in zip(works, moments, before, strict=True):
        made = (grid.seconds(moment.start), grid.seconds(moment.end))
        work.start, work.end = made
        if abs(made[0] - start) < _unseen(fps) and abs(made[1] - end) < _unseen(fps):
            continue
        changes.append(Change(_reason(work.number, broken), work.number, _clock(start, end), _clock(*made)))


def _unseen(fps: Fraction | None) -> float:
    """Return how far a time moves without anyone noticing: the rounding of files."""
    return 0.0009 if fps is None else 0.0105


_TIMED = ("overlap", "negative", "gap", "bridge-gap", "duration-min", "duration-max", "cps", "wpm", "shot-change")


def _reason(number: int, broken: set[tuple[int, str]]) -> str:
    for rule in _TIMED:
        if (number, rule) in broken:
            return rule
    for rule in ("overlap", "gap", "shot-change", "cps", "duration-min"):
        if (number - 1, rule) in broken or (number + 1, rule) in broken:
            return rule
    return "frame-grid"


def _clock(start: float, end: float) -> str:
    return f"{format_clock(max(start, 0.0), decimals=3)}–{format_clock(max(end, 0.0), decimals=3)}"


def _part(moments: Sequence[Moment], grid: Grid) -> None:
    """Let no two cues show at once, with the gap between them; cues of the same time share it by what they need."""
    for k, moment in enumerate(moments):
        moment.end = max(min(moment.end, moment.start + grid.longest), moment.start + 1)
        if k == 0:
            continue
        before = moments[k - 1]
        if moment.start <= before.start + grid.gap:
            whole = max(before.end, moment.end) - before.start
            share = before.needed / (before.needed + moment.needed)
            moment.start = before.start + max(round(whole * share), grid.gap + 1)
            moment.end = max(moment.end, before.end, moment.start + 1)
        if before.end > moment.start - grid.gap:
            before.end = max(moment.start - grid.gap, before.start + 1)
            moment.start = max(moment.start, before.end + grid.gap)
            moment.end = max(moment.end, moment.start + 1)


def _needed(moment: Moment, grid: Grid) -> int:
    return min(max(ceil(Fraction(moment.needed).limit_denominator(1_000_000) * grid.rate), grid.shortest), grid.longest)


def _stay_longer(moments: Sequence[Moment], k: int, grid: Grid) -> None:
    """Let a cue that is too short stay until the next one comes."""
    moment = moments[k]
    latest = moment.start + grid.longest
    if k + 1 < len(moments):
        latest = min(latest, moments[k + 1].start - grid.gap)
    moment.end = max(moment.end, min(moment.start + _needed(moment, grid), latest))


def _come_earlier(moments: Sequence[Moment], k: int, grid: Grid) -> None:
    """Let a cue that is still too short come earlier, also at the cost of the one before where that one has time."""
    moment = moments[k]
    lacking = _needed(moment, grid) - (moment.end - moment.start)
    if lacking <= 0:
        return
    most = int(_EARLIER_S * grid.rate)
    earliest = max(moment.start - most, 0)
    if k:
        before = moments[k - 1]
        free = before.start - (moments[k - 2].end + grid.gap if k > 1 else 0)
        kept = max(_needed(before, grid) - max(min(free, most), 0), 1)
        earliest = max(earliest, min(before.end, before.start + kept) + grid.gap)
    moment.start = min(moment.start, max(earliest, moment.start - lacking))
    if k:
        before.end = min(before.end, max(moment.start - grid.gap, before.start + 1))


def _close_gaps(moments: Sequence[Moment], grid: Grid) -> None:
    for moment, following in pairwise(moments):
        end = following.start - grid.gap
        if grid.gap < following.start - moment.end < grid.bridge and end - moment.start <= grid.longest:
            moment.end = end
