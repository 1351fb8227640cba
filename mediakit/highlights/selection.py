"""Choosing shorts that do not overlap, do not say the same, score high together and are spread over the episode."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence

from mediakit.highlights.scoring import Scored

_KEPT_A_START = 8
_SPREADS = (0.5, 0.25, 0.1, 0.0)
_WORTH = 0.95
_HELD_COST = 2.0
"""More than any score, so that candidates with a fault are taken only where too few others fit."""


def count_fitting(scored: Sequence[Scored]) -> int:
    """Return how many candidates fit at most without overlap."""
    count, free_from = 0, float("-inf")
    for item in sorted(scored, key=lambda s: s.candidate.end):
        if item.candidate.start >= free_from - 1e-9:
            count, free_from = count + 1, item.candidate.end
    return count


def choose_shorts(
    scored: Sequence[Scored], count: int, duration: float, repeats: Callable[[Scored, Scored], bool]
) -> list[Scored]:
    """Return up to ``count`` candidates, best first.

    Of all choices without overlap the one with the highest sum of scores is taken; among distances that may be kept
    between shorts, the widest whose sum stays within 5 % of that one. Of two that ``repeats`` each other the better
    one stays, and the choice is made again without what says the same.
    """
    left = list(scored)
    while True:
        chosen = _choose(_thin_out(left), count, duration)
        repeated = [
            better for k, better in enumerate(chosen) if any(repeats(better, other) for other in chosen[k + 1 :])
        ]
        if not repeated:
            return chosen
        left = [item for item in left if not any(_says_again(item, better, repeats) for better in repeated)]


def _says_again(item: Scored, better: Scored, repeats: Callable[[Scored, Scored], bool]) -> bool:
    """Tell whether an item elsewhere in the episode says the same as a better one."""
    return not item.candidate.overlaps(better.candidate) and repeats(better, item)


def _choose(kept: Sequence[Scored], count: int, duration: float) -> list[Scored]:
    count = min(count, count_fitting(kept))
    if count == 0:
        return []
    best = _schedule(kept, count, 0.0)
    assert best is not None
    floor = _WORTH * sum(item.score for item in best)
    held = sum(item.held for item in best)
    for spread in _SPREADS:
        chosen = _schedule(kept, count, spread * duration / count)
        if chosen is None or sum(item.held for item in chosen) > held:
            continue
        if sum(item.score for item in chosen) >= floor:
            best = chosen
            break
    return sorted(best, key=lambda s: (s.held, -s.score, s.candidate.start))


def _thin_out(scored: Sequence[Scored]) -> list[Scored]:
    """Keep the best candidates of each opening sentence, and the shortest (which lets most fit)."""
    by_start: dict[int, list[Scored]] = defaultdict(list)
    for item in scored:
        by_start[item.candidate.first].append(item)
    kept: list[Scored] = []
    for items in by_start.values():
        best = sorted(items, key=lambda s: (s.held, -s.score, s.candidate.end))[:_KEPT_A_START]
        shortest = min(items, key=lambda s: s.candidate.end)
        kept += best if shortest in best else [*best, shortest]
    return sorted(kept, key=lambda s: (s.candidate.end, s.candidate.start))


def _schedule(items: Sequence[Scored], count: int, distance: float) -> list[Scored] | None:
    """Return exactly ``count`` items at least ``distance`` apart with the highest sum; None if they do not fit.

    ``items`` are in order of end. ``best[k][n]`` is the highest sum of k of the first n items.
    """
    ends = [item.candidate.end for item in items]
    before = [bisect_right(ends, item.candidate.start - distance + 1e-9) for item in items]
    worth = [item.score - (_HELD_COST if item.held else 0.0) for item in items]
    best = [[0.0] * (len(items) + 1)]
    for k in range(1, count + 1):
        row = [float("-inf")] * (len(items) + 1)
        for n in range(1, len(items) + 1):
            row[n] = max(row[n - 1], best[k - 1][before[n - 1]] + worth[n - 1])
        best.append(row)
    if best[count][-1] == float("-inf"):
        return None
    chosen: list[Scored] = []
    n = len(items)
    for k in range(count, 0, -1):
        while best[k][n] == best[k][n - 1]:
            n -= 1
        chosen.append(items[n - 1])
        n = before[n - 1]
    return chosen
