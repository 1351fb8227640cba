"""When cues appear and go: on frames, long enough to read, with gaps, never overlapping, minding shot changes.

Sources: Netflix Timed Text General Requirements (gaps, frame timing, shot changes), the profile's own figures.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING

from mediakit.subtitles.characters import measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mediakit.channels.models import SubtitleProfile

NOMINAL_FPS = Fraction(25)
"""What ``gap_frames`` are counted in where the frame rate is not known."""

_TICKS = Fraction(1000)
_LEAD_IN_S = Fraction(3, 10)
_LINGER_S = Fraction(1, 4)
_SPEECH_PAST_CUT_S = Fraction(36, 100)
"""How far words and text may part so that an edge keeps clear of a shot change."""
_FLASH_S = Fraction(28, 100)


@dataclass
class Moment:
    """A cue's times in the making.

    Attributes:
        said_from: when its first word begins, seconds.
        said_to: when its last word has been said.
        needed: seconds that a reader needs.
        start: first tick on the screen.
        end: first tick off the screen.
    """

    said_from: float
    said_to: float
    needed: float
    start: int = 0
    end: int = 0


@dataclass(frozen=True)
class Grid:
    """Ticks that times lie on (frames, or milliseconds where there are none) and the profile's figures in ticks."""

    rate: Fraction
    gap: int
    shortest: int
    longest: int
    bridge: int
    snap: int
    before_cut: int

    @classmethod
    def of(cls, profile: SubtitleProfile, fps: Fraction | None) -> Grid:
        """Return the grid for a profile at a frame rate."""
        rate = fps or _TICKS
        frame = Fraction(1) if fps else _TICKS / NOMINAL_FPS
        return cls(
            rate,
            ceil(profile.gap_frames * frame),
            ceil(_exact(profile.shortest) * rate),
            floor(_exact(profile.longest) * rate),
            floor(_exact(profile.bridge_gap_seconds or 0.0) * rate),
            ceil(_exact(profile.snap_in_seconds) * rate),
            ceil(profile.out_before_cut_frames * frame),
        )

    def seconds(self, tick: int) -> float:
        """Return a tick's time in seconds."""
        return float(tick / self.rate)


def _exact(seconds: float) -> Fraction:
    return Fraction(seconds).limit_denominator(1_000_000)


def needed_seconds(lines: Sequence[str], profile: SubtitleProfile) -> float:
    """Return how long a reader needs for a cue: the longest that the profile's rules ask for."""
    needed = profile.shortest
    words = sum(len(line.split()) for line in lines)
    if profile.cps:
        needed = max(needed, count_characters(lines) / profile.cps)
    if profile.words_per_minute:
        needed = max(needed, words * 60.0 / profile.words_per_minute[1])
    if profile.seconds_per_word:
        needed = max(needed, words * profile.seconds_per_word)
    return needed


def count_characters(lines: Sequence[str]) -> float:
    """Return the characters that reading speed counts: every one, spaces and marks too, as one."""
    return sum(measure(line, "all") for line in lines)


def place_moments(moments: Sequence[Moment], grid: Grid, cuts: Sequence[float]) -> None:
    """Fill in ``start`` and ``end`` of every moment, in order of time."""
    _place_speech(moments, grid)
    _extend_ends(moments, grid)
    _start_earlier(moments, grid)
    _bridge_gaps(moments, grid, ())
    ticks = sorted({round(_exact(cut) * grid.rate) for cut in cuts})
    if ticks:
        mind_cuts(moments, grid, ticks)
        _bridge_gaps(moments, grid, ticks)


def _place_speech(moments: Sequence[Moment], grid: Grid) -> None:
    floor_tick = 0
    for moment in moments:
        moment.start = max(floor(_exact(moment.said_from) * grid.rate), floor_tick)
        moment.end = max(ceil(_exact(moment.said_to) * grid.rate), moment.start + 1)
        floor_tick = moment.start + 1
    for moment, following in itertools.pairwise(moments):
        moment.end = max(min(moment.end, following.start - grid.gap), moment.start + 1)
        following.start = max(following.start, moment.end + grid.gap if moment.end > following.start else moment.end)
        following.end = max(following.end, following.start + 1)


def _room(moments: Sequence[Moment], k: int, grid: Grid) -> int:
    """Return the latest tick at which cue ``k`` may end."""
    latest = moments[k].start + grid.longest
    if k + 1 < len(moments):
        latest = min(latest, moments[k + 1].start - grid.gap)
    return max(latest, moments[k].start + 1)


def _extend_ends(moments: Sequence[Moment], grid: Grid) -> None:
    for k, moment in enumerate(moments):
        needed = ceil(_exact(moment.needed) * grid.rate)
        wanted = max(moment.start + needed, moment.end + floor(_LINGER_S * grid.rate))
        moment.end = max(min(wanted, _room(moments, k, grid)), min(moment.end, _room(moments, k, grid)))


def _start_earlier(moments: Sequence[Moment], grid: Grid) -> None:
    """Let a cue that is too short begin a little before it is said, also at the cost of the one before."""
    for k, moment in enumerate(moments):
        lacking = ceil(_exact(moment.needed) * grid.rate) - (moment.end - moment.start)
        if lacking <= 0:
            continue
        earliest = max(moment.start - floor(_LEAD_IN_S * grid.rate), 0)
        if k:
            before = moments[k - 1]
            kept = before.start + max(ceil(_exact(before.needed) * grid.rate), 1)
            spoken = ceil(_exact(before.said_to) * grid.rate)
            earliest = max(earliest, min(before.end, max(kept, spoken)) + grid.gap)
        moment.start = min(moment.start, max(earliest, moment.start - lacking))
        if k:
            before.end = min(before.end, max(moment.start - grid.gap, before.start + 1))


def mind_cuts(moments: Sequence[Moment], grid: Grid, cuts: Sequence[int], *, reach: bool = True) -> None:
    """Move edges that lie just beside a shot change onto it, or far enough from it, as far as reading time allows.

    Args:
        moments: cues in order of time.
        grid: ticks.
        cuts: shot changes in ticks, ascending.
        reach: also move edges that break no rule: a cue stays until a cut that is near, and waits for one that comes
            with its first words.
    """
    for k in range(len(moments)):
        cut = _cut_before(moments[k].start, cuts)
        if cut is not None and cut < moments[k].start < cut + grid.snap:
            _start_at_cut(moments, k, grid, cut) or _start_past_cut(moments, k, grid, cut)
        elif reach:
            _start_with_cut(moments, k, grid, cuts)
        if not _mind_end(moments, k, grid, cuts) and reach:
            _reach_cut(moments, k, grid, cuts)


def _cut_before(tick: int, cuts: Sequence[int]) -> int | None:
    at = bisect_right(cuts, tick)
    return cuts[at - 1] if at else None


def _needed(moment: Moment, grid: Grid) -> int:
    """Return the least ticks that a cue may be left with: what it needs, or what it has where that is less already."""
    return min(max(ceil(_exact(moment.needed) * grid.rate), grid.shortest), max(moment.end - moment.start, 1))


def _start_at_cut(moments: Sequence[Moment], k: int, grid: Grid, cut: int) -> bool:
    """Begin at the cut, a little before the words; the cue before has to be gone by then."""
    moment = moments[k]
    if moment.end - cut > grid.longest:
        return False
    if k and moments[k - 1].end > cut - grid.gap:
        before = moments[k - 1]
        latest = cut - max(grid.gap, grid.before_cut)
        overrun = ceil(_exact(before.said_to) * grid.rate) - cut
        if overrun > floor(_SPEECH_PAST_CUT_S * grid.rate) or latest - before.start < _needed(before, grid):
            return False
        before.end = latest
    moment.start = cut
    return True


def _start_past_cut(moments: Sequence[Moment], k: int, grid: Grid, cut: int) -> bool:
    """Begin half a second after the cut, a little after the words; the cue before stays until then."""
    moment = moments[k]
    start = cut + grid.snap
    before = moments[k - 1] if k else None
    if before is not None and before.end > cut - grid.before_cut:
        start += grid.gap
        if cut + grid.snap - before.start > grid.longest:
            return False
    late = start - floor(_exact(moment.said_from) * grid.rate)
    end = min(max(moment.end, start + _needed(moment, grid)), _room(moments, k, grid), start + grid.longest)
    if late > floor(_SPEECH_PAST_CUT_S * grid.rate) or end - start < _needed(moment, grid):
        return False
    moment.start, moment.end = start, end
    if before is not None and before.end > cut - grid.before_cut:
        before.end = cut + grid.snap
    return True


def _start_with_cut(moments: Sequence[Moment], k: int, grid: Grid, cuts: Sequence[int]) -> None:
    """Begin with a cut that follows the first words at once: text that stands for a few frames of a shot is a flash."""
    moment = moments[k]
    at = bisect_right(cuts, moment.start)
    if at == len(cuts) or cuts[at] - moment.start > floor(_FLASH_S * grid.rate):
        return
    if moment.end - cuts[at] >= _needed(moment, grid) and cuts[at] - floor(
        _exact(moment.said_from) * grid.rate
    ) <= floor(_FLASH_S * grid.rate):
        moment.start = cuts[at]


def _mind_end(moments: Sequence[Moment], k: int, grid: Grid, cuts: Sequence[int]) -> bool:
    """End two frames before a cut, or half a second after it, where the end lies between; tell whether it does."""
    moment = moments[k]
    cut = _cut_before(moment.end + grid.before_cut, cuts)
    if cut is None or not moment.start < cut or not cut - grid.before_cut < moment.end < cut + grid.snap:
        return False
    target = cut - grid.before_cut
    overrun = ceil(_exact(moment.said_to) * grid.rate) - cut
    room = _room(moments, k, grid)
    short_of_speech = overrun > floor(_SPEECH_PAST_CUT_S / 2 * grid.rate)
    if short_of_speech and room >= cut + grid.snap:
        moment.end = cut + grid.snap
    elif overrun <= floor(_SPEECH_PAST_CUT_S * grid.rate) and target - moment.start >= _needed(moment, grid):
        moment.end = target
    elif room >= cut + grid.snap or _delay_next(moments, k, grid, cut):
        moment.end = cut + grid.snap
    return True


def _delay_next(moments: Sequence[Moment], k: int, grid: Grid, cut: int) -> bool:
    """Let the next cue begin so late that this one can end half a second after the cut; tell whether it may."""
    if k + 1 == len(moments) or moments[k].start + grid.longest < cut + grid.snap:
        return False
    following = moments[k + 1]
    start = cut + grid.snap + grid.gap
    late = start - floor(_exact(following.said_from) * grid.rate)
    end = min(max(following.end, start + _needed(following, grid)), _room(moments, k + 1, grid))
    if late > floor(_SPEECH_PAST_CUT_S * grid.rate) or end - start < _needed(following, grid):
        return False
    following.start, following.end = start, end
    return True


def _reach_cut(moments: Sequence[Moment], k: int, grid: Grid, cuts: Sequence[int]) -> None:
    """Stay until a cut that comes within the snapping distance, where nothing else is shown before it."""
    moment = moments[k]
    at = bisect_right(cuts, moment.end)
    if at < len(cuts) and cuts[at] - moment.end < grid.snap:
        target = cuts[at] - grid.before_cut
        if moment.end < target <= _room(moments, k, grid):
            moment.end = target


def _bridge_gaps(moments: Sequence[Moment], grid: Grid, cuts: Sequence[int]) -> None:
    for moment, following in itertools.pairwise(moments):
        gap = following.start - moment.end
        end = following.start - grid.gap
        cut = _cut_before(end + grid.before_cut, cuts)
        beside_cut = cut is not None and moment.start < cut and cut - grid.before_cut < end < cut + grid.snap
        if grid.gap < gap <= grid.bridge and end - moment.start <= grid.longest and not beside_cut:
            moment.end = end
