"""Ranks: where a value stands among all of an episode, so that parts of any unit can be weighed against each other."""

from __future__ import annotations

from collections.abc import Sequence


def rank_values(values: Sequence[float | None]) -> list[float | None]:
    """Return each value's rank among all, 0 (lowest) to 1 (highest); equal values share theirs.

    Where all are equal, or there is only one, the rank is 0.5.
    """
    known = sorted((round(value, 9), k) for k, value in enumerate(values) if value is not None)
    ranks: list[float | None] = [None] * len(values)
    low = 0
    while low < len(known):
        high = low
        while high < len(known) and known[high][0] == known[low][0]:
            high += 1
        middle = (low + high - 1) / 2
        for _, k in known[low:high]:
            ranks[k] = middle / (len(known) - 1) if len(known) > 1 else 0.5
        low = high
    return ranks


def mean_ranks(rows: Sequence[Sequence[float | None]]) -> list[float | None]:
    """Return the mean rank of each place over several rows of values; None where no row has a value."""
    ranked = [rank_values(row) for row in rows]
    means: list[float | None] = []
    for place in zip(*ranked, strict=True):
        known = [rank for rank in place if rank is not None]
        means.append(sum(known) / len(known) if known else None)
    return means
