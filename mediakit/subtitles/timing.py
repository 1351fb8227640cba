"""When cues appear and go: on frames, long enough to read, with gaps, never overlapping, minding shot changes.

Sources: Netflix Timed Text General Requirements (gaps, frame timing, shot changes), the profile's own figures.
"""

from __future__ import annotations

import itertools
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
_SPEECH_PAST_CUT_S = Fraction(12, 100)


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
    ticks = sorted({round(_exact(cut) * grid.rate) for cut in cuts})
    if ticks:
        _mind_cuts(moments, grid, ticks)
    _bridge_gaps(moments, grid)


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


def _mind_cuts(moments: Sequence[Moment], grid: Grid, cuts: Sequence[int]) -> None:
    for k, moment in enumerate(moments):
        _snap_start(moments, k, grid, cuts)
        spoken = ceil(_exact(moment.said_to) * grid.rate)
        tolerance = floor(_SPEECH_PAST_CUT_S * grid.rate)
        for cut in cuts:
            target = cut - grid.before_cut
            if not moment.start < target or not target - grid.snap < moment.end < cut + grid.snap:
                continue
            shortened = target - moment.start
            enough = shortened >= grid.shortest and shortened >= min(
                ceil(_exact(moment.needed) * grid.rate), moment.end - moment.start
            )
            if moment.end <= target:
                moment.end = min(target, _room(moments, k, grid))
            elif spoken <= cut + tolerance and enough:
                moment.end = target
            elif moment.end > cut:
                moment.end = max(moment.end, min(cut + grid.snap, _room(moments, k, grid)))
            break


def _snap_start(moments: Sequence[Moment], k: int, grid: Grid, cuts: Sequence[int]) -> None:
    moment = moments[k]
    for cut in cuts:
        if not cut < moment.start < cut + grid.snap:
            continue
        if k:
            before = moments[k - 1]
            spoken = ceil(_exact(before.said_to) * grid.rate) - floor(_SPEECH_PAST_CUT_S * grid.rate)
            latest = cut - max(grid.gap, grid.before_cut)
            if before.end > cut - grid.gap:
                if spoken > cut or latest - before.start < min(grid.shortest, before.end - before.start):
                    continue
                before.end = latest
        if moment.end - cut <= grid.longest:
            moment.start = cut


def _bridge_gaps(moments: Sequence[Moment], grid: Grid) -> None:
    for moment, following in itertools.pairwise(moments):
        gap = following.start - moment.end
        if grid.gap < gap <= grid.bridge and following.start - grid.gap - moment.start <= grid.longest:
            moment.end = following.start - grid.gap
