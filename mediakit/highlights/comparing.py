"""A choice of shorts beside an editor's own: overlap, precision, and what choices without any thought come to."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from mediakit.highlights.candidates import Candidate
from mediakit.media.shorts import ShortsList
from mediakit.media.shortsreport import Agreement, Comparison, Met
from mediakit.media.spans import unite_spans

Spans = Sequence[tuple[float, float]]

MET = 0.5
"""A proposal meets an editor's short from this intersection over union on."""

_DRAWS = 2000
_TRIES = 60
_SEED = "mediakit shorts"


def compare_choice(
    chosen: Sequence[Candidate],
    ids: Sequence[str],
    truth: ShortsList,
    candidates: Sequence[Candidate],
    ideal: float,
    duration: float,
) -> Comparison:
    """Compare a choice with an editor's.

    Args:
        chosen: the proposals, named by ``ids``.
        ids: their names.
        truth: the editor's choice.
        candidates: all runs that might have been chosen; baselines choose among them.
        ideal: the length in seconds that baselines prefer.
        duration: the episode's length in seconds.
    """
    editors = [[(span.start, span.end) for span in short.spans] for short in truth.shorts]
    ours = rate_agreement(chosen, editors)
    count = len(chosen)
    drawn = [rate_agreement(choice, editors) for choice in draw_random(candidates, count)]
    precisions = sorted(one.precision for one in drawn)
    worse = sum((one.precision, one.overlap) < (ours.precision, ours.overlap) for one in drawn)
    tiles = lay_tiles(candidates, ideal)
    met = []
    for short, spans in zip(truth.shorts, editors, strict=True):
        near = max(((measure_iou([(c.start, c.end)], spans), -k) for k, c in enumerate(chosen)), default=(0.0, 0))
        met.append(Met(choice=short.id, short=ids[-near[1]] if near[0] > 0 else "", iou=round(near[0], 3)))
    return Comparison(
        asked=count,
        editors=len(editors),
        ours=ours,
        random=_mean(drawn),
        random_interval=_middle(precisions),
        beaten=round(worse / len(drawn), 4) if drawn else 0.0,
        baselines={
            "first": rate_agreement(tiles[:count], editors),
            "centre": rate_agreement(take_centre(tiles, count, duration), editors),
            "even": rate_agreement(take_even(tiles, count, duration), editors),
        },
        met=tuple(met),
    )


def measure_iou(first: Spans, second: Spans) -> float:
    """Return the intersection over union of two sets of spans (each without overlap in itself)."""
    shared = sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in first for b in second)
    both = sum(b - a for a, b in first) + sum(b - a for a, b in second) - shared
    return shared / both if both > 0 else 0.0


def rate_agreement(chosen: Sequence[Candidate], editors: Sequence[Spans]) -> Agreement:
    """Return how a choice without overlap agrees with an editor's."""
    ranges = [(candidate.start, candidate.end) for candidate in chosen]
    everything = unite_spans(span for spans in editors for span in spans)
    pairs = sorted(
        ((measure_iou([one], spans), -k, -n) for k, one in enumerate(ranges) for n, spans in enumerate(editors)),
        reverse=True,
    )
    used_ours: set[int] = set()
    used_theirs: set[int] = set()
    for iou, k, n in pairs:
        if iou >= MET and k not in used_ours and n not in used_theirs:
            used_ours.add(k)
            used_theirs.add(n)
    seconds = sum(end - start for start, end in ranges)
    shared = sum(max(0.0, min(a[1], b[1]) - max(a[0], b[0])) for a in ranges for b in everything)
    return Agreement(
        precision=round(len(used_ours) / len(ranges), 4) if ranges else 0.0,
        recall=round(len(used_theirs) / len(editors), 4) if editors else 0.0,
        overlap=round(shared / seconds, 4) if seconds else 0.0,
        iou=round(measure_iou(ranges, everything), 4),
    )


def draw_random(candidates: Sequence[Candidate], count: int, draws: int = _DRAWS) -> list[list[Candidate]]:
    """Return random choices of up to ``count`` candidates without overlap; the same ones for the same candidates."""
    chance = Random(_SEED)
    made: list[list[Candidate]] = []
    for _ in range(draws if candidates else 0):
        choice: list[Candidate] = []
        for _ in range(_TRIES * max(1, count)):
            if len(choice) == count:
                break
            one = candidates[chance.randrange(len(candidates))]
            if not any(one.overlaps(other) for other in choice):
                choice.append(one)
        made.append(choice)
    return made


def lay_tiles(candidates: Sequence[Candidate], ideal: float) -> list[Candidate]:
    """Return candidates one behind the other from the beginning on, each as near to the ideal length as may be."""
    by_start: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        by_start.setdefault(candidate.first, []).append(candidate)
    tiles: list[Candidate] = []
    for first in sorted(by_start):
        best = min(by_start[first], key=lambda candidate: (abs(candidate.duration - ideal), candidate.end))
        if not tiles or (first >= tiles[-1].last and not best.overlaps(tiles[-1])):
            tiles.append(best)
    return tiles


def take_centre(tiles: Sequence[Candidate], count: int, duration: float) -> list[Candidate]:
    """Return the tiles nearest to the episode's middle."""
    return sorted(tiles, key=lambda tile: abs((tile.start + tile.end) / 2 - duration / 2))[:count]


def take_even(tiles: Sequence[Candidate], count: int, duration: float) -> list[Candidate]:
    """Return tiles at even distances over the episode."""
    left = list(tiles)
    made: list[Candidate] = []
    for k in range(min(count, len(left))):
        middle = (k + 0.5) * duration / count
        best = min(left, key=lambda tile: abs((tile.start + tile.end) / 2 - middle))
        left.remove(best)
        made.append(best)
    return made


def _mean(drawn: Sequence[Agreement]) -> Agreement:
    size = max(1, len(drawn))
    return Agreement(
        precision=round(sum(one.precision for one in drawn) / size, 4),
        recall=round(sum(one.recall for one in drawn) / size, 4),
        overlap=round(sum(one.overlap for one in drawn) / size, 4),
        iou=round(sum(one.iou for one in drawn) / size, 4),
    )


def _middle(values: Sequence[float]) -> tuple[float, float]:
    if not values:
        return 0.0, 0.0
    low, high = int(0.025 * (len(values) - 1)), int(0.975 * (len(values) - 1) + 0.5)
    return values[low], values[high]
