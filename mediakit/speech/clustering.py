"""Which voiceprints are of the same person, and how many people there are.

Agglomerative clustering by average linkage over cosines (Sokal, Michener 1958); a voiceprint counts by how long it was
heard. The number of people is reached where no two groups are alike any more. Groups that were hardly heard do not
count as people: each of their voiceprints goes to whom it is most like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

MOST_SPEAKERS = 20
"""More people than this are not told apart."""

ALIKE = 0.45
"""Least mean cosine at which two groups are one person."""

_SURE_S = 1.5
_LEAST_S = 2.0
_LEAST_SHARE = 0.005
_COMPARED = 1500
_CONDENSED = 300


@dataclass(frozen=True, eq=False)
class Clusters:
    """Who each voiceprint is of: ``labels`` from 0; ``centres`` (people, numbers) of length 1."""

    labels: NDArray[np.int64]
    centres: Floats


def cluster_voices(vectors: Floats, seconds: Floats, count: int | None = None) -> Clusters:
    """Return who each voiceprint is of.

    Args:
        vectors: (voiceprints, numbers), each of length 1.
        seconds: how long each was heard; short ones do not shape the groups.
        count: how many people there are; None finds it.
    """
    import numpy as np

    if not len(vectors):
        return Clusters(np.zeros(0, np.int64), vectors.astype(np.float32))
    mass = np.maximum(seconds.astype(np.float64), 0.05)
    shaping = np.flatnonzero(mass >= min(_SURE_S, float(np.median(mass))))
    points, heard = _condense(vectors[shaping].astype(np.float64), mass[shaping])
    groups = _find_groups(points, heard, count)
    centres = _centres(points, heard, groups)
    labels = np.argmax(np.round(vectors @ centres.T, 6), axis=1).astype(np.int64)
    return Clusters(labels, centres.astype(np.float32))


def _find_groups(points: Any, mass: Any, count: int | None) -> list[list[int]]:
    """Return the points of each person; those of groups that were hardly heard are left out."""
    merges = _merge(points, mass)
    least = min(max(_LEAST_S, _LEAST_SHARE * mass.sum()), mass.sum())

    def heard_groups(joined: int) -> list[list[int]]:
        groups = _apply(merges[:joined], len(points))
        big = [group for group in groups if mass[group].sum() >= least - 1e-9]
        return sorted(big or groups, key=lambda group: -mass[group].sum())[:MOST_SPEAKERS]

    if count is None:
        return heard_groups(sum(1 for _, _, likeness in merges if likeness >= ALIKE))
    for joined in range(max(0, len(points) - count), -1, -1):
        groups = heard_groups(joined)
        if len(groups) >= count:
            return groups[:count]
    return _apply(merges[: max(0, len(points) - count)], len(points))


def _condense(points: Any, mass: Any) -> tuple[Any, Any]:
    """Return fewer points with more mass where there are too many to compare all with all; neighbours in time join."""
    import numpy as np

    while len(points) > _COMPARED:
        made, heard = [], []
        for low in range(0, len(points), _COMPARED):
            part, weight = points[low : low + _COMPARED], mass[low : low + _COMPARED]
            groups = _apply(_merge(part, weight)[: max(0, len(part) - _CONDENSED)], len(part))
            made.append(_centres(part, weight, groups))
            heard.append(np.array([weight[group].sum() for group in groups]))
        points, mass = np.concatenate(made), np.concatenate(heard)
    return points, mass


def _centres(points: Any, mass: Any, groups: list[list[int]]) -> Any:
    import numpy as np

    sums = np.stack([mass[group] @ points[group] for group in groups])
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)


def _merge(points: Any, mass: Any) -> list[tuple[int, int, float]]:
    """Return which groups are joined, most alike first: (kept, joined to it, mean cosine).

    A group has the number of its first point. With sums of points for groups, the mean over all pairs is a product.
    """
    import numpy as np

    alike = np.round(points @ points.T, 9)
    np.fill_diagonal(alike, -3.0)
    weight = mass.copy()
    best = alike.argmax(axis=1)
    top = alike[np.arange(len(points)), best]
    merges = []
    for _ in range(len(points) - 1):
        one = int(top.argmax())
        likeness = float(top[one])
        kept, gone = sorted((one, int(best[one])))
        merges.append((kept, gone, likeness))
        row = (weight[kept] * alike[kept] + weight[gone] * alike[gone]) / (weight[kept] + weight[gone])
        weight[kept] += weight[gone]
        row[[kept, gone]] = -3.0
        row[top < -2.5] = -3.0
        alike[kept] = alike[:, kept] = row
        alike[gone] = alike[:, gone] = -3.0
        top[gone] = -3.0
        stale = np.flatnonzero((top > -2.5) & ((best == kept) | (best == gone)))
        for number in {*stale.tolist(), kept}:
            best[number] = alike[number].argmax()
            top[number] = alike[number, best[number]]
        closer = np.flatnonzero((row > top) & (top > -2.5))
        best[closer], top[closer] = kept, row[closer]
    return merges


def _apply(merges: list[tuple[int, int, float]], points: int) -> list[list[int]]:
    """Return the groups of points after some merges."""
    groups = {number: [number] for number in range(points)}
    for kept, gone, _ in merges:
        groups[kept] += groups.pop(gone)
    return [sorted(group) for _, group in sorted(groups.items())]
