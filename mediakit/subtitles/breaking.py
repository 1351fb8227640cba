"""Where cues and lines break: the cheapest way through a whole passage (dynamic programming).

A cue costs what the break after it costs, a constant, more for a second line, for a line broken at a bad place or out
of balance, for text that comes long before it is said, for too little reading time and for very little text.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from mediakit.subtitles.phrases import CLAUSE, SENTENCE, ends_sentence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.subtitles.units import Unit

_CUE = 26.0
_SECOND_LINE = 5.0
_LINE_BREAK = 0.5
_BAD_LINE_BREAK = 2.5
_BAD_CUE_BREAK = 1.2
_BAD_FROM = 60.0
_UNBALANCE = 24.0
_TOP_HEAVY = 3.0
_INNER_SENTENCE = 26.0
_INNER_SENTENCE_CUT = 60.0
_FRAGMENT = 40.0
_SMALL_FRAGMENT = 24.0
_FRAGMENT_SHARE = 0.38
_INNER_PAUSE = 40.0
_PAUSE_INSIDE_S = 0.5
_SPEED = 18.0
_THIN = 7.0
_THIN_LENGTH = 5.0
_SHORT = 30.0
_TOO_SHORT = 150.0
_LEAD_S = 0.12
_NEAR_CUT = 30.0
_AT_CUT = 4.0
_PAST_CUT_S = 0.12
_BEFORE_CUT_S = 0.25


@dataclass(frozen=True)
class Limits:
    """What a cue may hold, from the profile: counted characters, lines, characters a second, seconds."""

    line_length: float
    lines: int
    cps: float | None
    shortest: float
    longest: float
    gap: float
    snap: float = 0.5


@dataclass(frozen=True)
class Block:
    """A cue in the making: units ``first`` up to, not including, ``last``, and the units that begin its lines."""

    first: int
    last: int
    line_starts: tuple[int, ...]


def break_passage(
    units: Sequence[Unit], limits: Limits, next_start: float | None, cuts: Sequence[float] = ()
) -> list[Block]:
    """Return the cheapest division of a passage into cues.

    Args:
        units: shown and priced units, each narrow enough for a line.
        limits: the profile's limits.
        next_start: when what follows the passage begins, in seconds; None at the end.
        cuts: shot changes in seconds, ascending.
    """
    count = len(units)
    ruler = _Ruler(units)
    best: list[float] = [0.0] + [float("inf")] * count
    chosen: list[Block | None] = [None] * (count + 1)
    for last in range(1, count + 1):
        follows = units[last].start if last < count else next_start
        for first in range(last - 1, -1, -1):
            if ruler.width(first, last) > limits.line_length * limits.lines:
                break
            if best[first] == float("inf"):
                continue
            laid = _lay_lines(units, ruler, first, last, limits)
            if laid is None:
                continue
            starts, layout = laid
            cost = best[first] + layout + _price_cue(units, ruler, first, last, limits, follows)
            if last < count:
                price = units[last - 1].cost
                cost += price + _BAD_CUE_BREAK * max(0.0, price - _BAD_FROM)
                cost += _price_edge(units[last - 1].end, units[last].start, cuts, limits.snap)
            if cost < best[last]:
                best[last], chosen[last] = cost, Block(first, last, starts)
    blocks: list[Block] = []
    at = count
    while at > 0:
        block = chosen[at]
        assert block is not None
        blocks.append(block)
        at = block.first
    return blocks[::-1]


def fit_cue(units: Sequence[Unit], limits: Limits) -> Block | None:
    """Return all units as one cue with its best lines, or None where they do not fit one."""
    laid = _lay_lines(units, _Ruler(units), 0, len(units), limits)
    return None if laid is None else Block(0, len(units), laid[0])


def _price_edge(end: float, start: float, cuts: Sequence[float], snap: float) -> float:
    """Return what an edge between two cues costs by its place to shot changes; less than nothing where one helps.

    Args:
        end: when the words before it have been said.
        start: when the words after it begin.
        cuts: shot changes in seconds.
        snap: how far after one a cue may not begin.
    """
    if not cuts:
        return 0.0
    at = bisect_left(cuts, start)
    if at and start < cuts[at - 1] + snap:
        return _NEAR_CUT if end > cuts[at - 1] + _PAST_CUT_S else -_AT_CUT
    return -_AT_CUT if at < len(cuts) and cuts[at] - start < _BEFORE_CUT_S else 0.0


class _Ruler:
    """Widths of runs of units, by sums."""

    def __init__(self, units: Sequence[Unit]) -> None:
        self._joints = [unit.joint_width for unit in units]
        self._sums = [0.0]
        for unit in units:
            self._sums.append(self._sums[-1] + unit.width + unit.joint_width)

    def width(self, first: int, last: int) -> float:
        """Return the counted characters of units ``first`` to ``last - 1`` on one line."""
        return self._sums[last] - self._sums[first] - self._joints[last - 1]


def _lay_lines(
    units: Sequence[Unit], ruler: _Ruler, first: int, last: int, limits: Limits
) -> tuple[tuple[int, ...], float] | None:
    """Return where lines start and what the layout costs; None when the units do not fit."""
    if ruler.width(first, last) <= limits.line_length:
        return (first,), 0.0
    if limits.lines == 1:
        return None
    best: tuple[tuple[int, ...], float] | None = None
    for split in range(last - 1, first, -1):
        below = ruler.width(split, last)
        if below > limits.line_length:
            if limits.lines == 2:
                break
            continue
        above = _lay_lines(units, ruler, first, split, _fewer_lines(limits))
        if above is None:
            continue
        starts, cost = above
        upper = ruler.width(starts[-1], split)
        price = units[split - 1].cost
        cost += _SECOND_LINE + _LINE_BREAK * price + _BAD_LINE_BREAK * max(0.0, price - _BAD_FROM)
        cost += _UNBALANCE * (abs(upper - below) / limits.line_length) ** 2 + (_TOP_HEAVY if upper > below else 0.0)
        if best is None or cost < best[1]:
            best = ((*starts, split), cost)
    return best


def _price_fragments(units: Sequence[Unit], ruler: _Ruler, first: int, last: int, short: float) -> float:
    """Return what it costs that the cue begins or ends with a scrap of another clause."""
    clauses = [k for k in range(first, last - 1) if units[k].cost <= CLAUSE]
    if not clauses:
        return 0.0
    cost = 0.0
    head, tail = ruler.width(first, clauses[0] + 1), ruler.width(clauses[-1] + 1, last)
    if first and units[first - 1].cost > CLAUSE and head < short:
        cost += _FRAGMENT + _SMALL_FRAGMENT * (1 - head / short)
    if units[last - 1].cost > CLAUSE and tail < short:
        cost += _FRAGMENT + _SMALL_FRAGMENT * (1 - tail / short)
    return cost


def _fewer_lines(limits: Limits) -> Limits:
    return replace(limits, lines=limits.lines - 1)


def _price_cue(
    units: Sequence[Unit], ruler: _Ruler, first: int, last: int, limits: Limits, follows: float | None
) -> float:
    cost = _CUE
    width = ruler.width(first, last)
    start, end = units[first].start, units[last - 1].end
    whole = units[last - 1].cost <= CLAUSE
    for unit, following in pairwise(units[first:last]):
        if unit.cost == SENTENCE and ends_sentence(unit):
            cost += _INNER_SENTENCE if whole else _INNER_SENTENCE_CUT
        pause = following.start - unit.end
        if pause > _PAUSE_INSIDE_S:
            cost += _INNER_PAUSE * (pause - _PAUSE_INSIDE_S) / _PAUSE_INSIDE_S
    cost += _price_fragments(units, ruler, first, last, _FRAGMENT_SHARE * limits.line_length)
    if width < _THIN_LENGTH:
        cost += _THIN * (_THIN_LENGTH - width)
    room = (follows - limits.gap if follows is not None else end + limits.longest) - start
    if room < limits.shortest:
        cost += _SHORT * (limits.shortest - room) / limits.shortest + 18.0
        cost += _TOO_SHORT * max(0.0, limits.shortest - room - _LEAD_S)
    if limits.cps and room > 0:
        count = sum(len(unit.shown) + len(unit.joint) for unit in units[first:last])
        cost += _SPEED * max(0.0, count / limits.cps / max(room, 0.05) - 1.0)
    if end - start > limits.longest:
        cost += 60.0 * (end - start - limits.longest + 1.0)
    return cost
