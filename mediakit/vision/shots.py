"""Where one shot follows another: cuts, dissolves, and fades through black or white.

Everything is decided from a thumbnail of every frame (`mediakit.vision.view.Picture.thumb`).

* A **cut** is one difference between neighbouring frames that stands out from those around it: fast movement differs
  all the time, a cut once. Two that lead back to the same picture are a flash of light and none.
* A **fade** is a run of black or white frames with pictures on both sides; the new shot begins in its middle.
* A **dissolve** is a stretch in which every frame is a mixture of the first and the last, with a share of the last
  that grows evenly; the new shot begins where both are equal. A pan or a zoom is no mixture of its ends.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mediakit.vision.view import THUMB_COLUMNS, THUMB_ROWS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Thumbs = NDArray[np.uint8]
    Floats = NDArray[np.float32]

REVISION = 2
"""Goes up when the same pictures would give other changes."""

_LUMA = THUMB_ROWS * THUMB_COLUMNS
LEAST_STEP = 9.0
"""A cut's least difference, of 255."""
_DISTINCT = 1.9
_AROUND = 4
_FLASH_S = 0.35
_SAME = 0.4
"""Frames that differ by less than this part of the difference between them show the same picture."""

_BLACK_MEAN, _BLACK_MOST = 20, 30
_WHITE_MEAN, _WHITE_LEAST = 226, 215
_PLAIN_SHARE = 0.95
"""A bug in a corner may stay on black."""
_LEAST_PLAIN = 2

_CHANGED = 8
_CHANGED_SHARE = 0.25
_CHANGED_ROWS = 0.5
"""A cut changes so much of the picture, over so much of its height: a strap or a small picture put in does not."""

_DISSOLVES_S = (0.24, 0.32, 0.48, 0.64, 0.96, 1.28, 1.92, 2.56)
"""Lengths that are tried."""
_LEAST_CHANGE = 10.0
_MIXED = 0.22
_EVEN = 0.13
_CALM = 0.3
_ALIKE = 0.6
_SHIFTED = 0.6
"""Ends that a shift makes so much more alike are a slow pan over soft things."""
_REACH = 3


@dataclass(frozen=True)
class Change:
    """A new shot begins with frame ``at``; the transition takes frames ``first`` to ``end`` (past the last)."""

    at: int
    kind: Literal["cut", "dissolve", "fade"]
    first: int
    end: int


def find_changes(thumbs: Thumbs, times: NDArray[np.float64]) -> tuple[Change, ...]:
    """Return the changes of shot, in order.

    Args:
        thumbs: frames × `mediakit.vision.view.THUMB_VALUES`.
        times: seconds of the frames, ascending.
    """
    plain = _mark_plain(thumbs)
    fades = _find_fades(plain)
    cuts = [
        Change(frame, "cut", frame, frame)
        for frame in find_cuts(thumbs, times)
        if not plain[frame] and not plain[frame - 1]
    ]
    taken = [*fades, *cuts]
    dissolves = [
        found
        for found in _find_dissolves(thumbs, times, plain)
        if not any(other.first < found.end + 1 and found.first - 1 < other.end + 1 for other in taken)
    ]
    return tuple(sorted([*taken, *dissolves], key=lambda change: change.at))


def find_cuts(thumbs: Thumbs, times: NDArray[np.float64]) -> list[int]:
    """Return the first frames after hard cuts, those into and out of black among them.

    Args:
        thumbs: frames × `mediakit.vision.view.THUMB_VALUES`.
        times: seconds of the frames, ascending.
    """
    steps = measure_steps(thumbs)
    found = []
    for frame in range(1, len(steps)):
        if steps[frame] < LEAST_STEP:
            continue
        around = max(
            steps[max(frame - _AROUND, 1) : frame].max(initial=0.0),
            steps[frame + 1 : frame + 1 + _AROUND].max(initial=0.0),
        )
        stands_out = steps[frame] >= _DISTINCT * around or _is_between_stills(steps, frame)
        if stands_out and _is_everywhere(thumbs, frame):
            found.append(frame)
    return _without_flashes(thumbs, times, found)


def measure_steps(thumbs: Thumbs) -> Floats:
    """Return how much each frame differs from the one before (mean of luma and of chroma, of 255); 0 for the first."""
    import numpy as np

    steps = np.zeros(len(thumbs), dtype=np.float32)
    block = 4096
    for low in range(1, len(thumbs), block):
        part = thumbs[low - 1 : low + block].astype(np.int16)
        change = np.abs(np.diff(part, axis=0))
        steps[low : low + block] = change[:, :_LUMA].mean(axis=1) + change[:, _LUMA:].mean(axis=1)
    return steps


def _is_between_stills(steps: Floats, frame: int) -> bool:
    """Tell whether the frames right before and after a step stand still: cuts may then follow each other closely."""
    before = steps[frame - 1] if frame > 1 else 0.0
    after = steps[frame + 1] if frame + 1 < len(steps) else 0.0
    return bool(max(before, after) * 4 <= steps[frame])


def _is_everywhere(thumbs: Thumbs, frame: int) -> bool:
    """Tell whether a step changes the picture over most of its height, not only a part laid over it."""
    import numpy as np

    change = np.abs(np.diff(thumbs[frame - 1 : frame + 1, :_LUMA].astype(np.int16), axis=0)) > _CHANGED
    rows = change.reshape(THUMB_ROWS, THUMB_COLUMNS).any(axis=1)
    return bool(change.mean() >= _CHANGED_SHARE and rows.mean() >= _CHANGED_ROWS)


def _without_flashes(thumbs: Thumbs, times: NDArray[np.float64], found: list[int]) -> list[int]:
    """Leave out pairs of cuts with nearly the same picture before the first and after the second."""
    kept = list(found)
    for one, two in itertools.pairwise(found):
        if times[two] - times[one] <= _FLASH_S and one in kept:
            before, during, after = (thumbs[k][:_LUMA].astype(float) for k in (one - 1, one, two))
            if abs(before - after).mean() < _SAME * abs(before - during).mean():
                kept = [frame for frame in kept if frame not in (one, two)]
    return kept


def _mark_plain(thumbs: Thumbs) -> NDArray[np.bool_]:
    """Tell of each frame whether it is black or white."""
    luma = thumbs[:, :_LUMA]
    mean = luma.mean(axis=1)
    black: NDArray[np.bool_] = (mean <= _BLACK_MEAN) & ((luma <= _BLACK_MOST).mean(axis=1) >= _PLAIN_SHARE)
    white: NDArray[np.bool_] = (mean >= _WHITE_MEAN) & ((luma >= _WHITE_LEAST).mean(axis=1) >= _PLAIN_SHARE)
    return black | white


def _find_fades(marks: NDArray[np.bool_]) -> list[Change]:
    """Return a change for every run of plain frames that has pictures on both sides."""
    import numpy as np

    plain = np.concatenate([[0], marks, [0]]).astype(np.int8)
    edges = np.diff(plain)
    found = []
    for first, end in zip(np.flatnonzero(edges == 1).tolist(), np.flatnonzero(edges == -1).tolist(), strict=True):
        if first > 0 and end < len(marks) and end - first >= _LEAST_PLAIN:
            found.append(Change((first + end) // 2, "fade", first, end))
    return found


def _find_dissolves(thumbs: Thumbs, times: NDArray[np.float64], plain: NDArray[np.bool_]) -> list[Change]:
    import numpy as np

    if len(thumbs) < 8:
        return []
    step = float(np.median(np.diff(times)))
    lengths = sorted({max(round(length / step), 5) for length in _DISSOLVES_S})
    found: list[tuple[float, Change]] = []
    near_plain = np.convolve(plain, np.ones(2 * _AROUND + 1), "same") > 0
    for length in lengths:
        if length + 2 >= len(thumbs):
            break
        found += _match_length(thumbs, length, near_plain)
    kept: list[Change] = []
    for _, change in sorted(found, key=lambda one: (one[0], one[1].at)):
        if not any(
            abs(change.at - other.at) < (other.end - other.first + change.end - change.first) / 2 for other in kept
        ):
            kept.append(change)
    return kept


def _match_length(thumbs: Thumbs, length: int, near_plain: NDArray[np.bool_]) -> list[tuple[float, Change]]:
    """Return dissolves that take ``length`` frames, each with how badly it fits (0 is best)."""
    import numpy as np

    starts = np.arange(len(thumbs) - length)
    starts = starts[~near_plain[starts] & ~near_plain[starts + length]]
    found = []
    block = 2048
    for low in range(0, len(starts), block):
        part = starts[low : low + block]
        first, last = _luma(thumbs, part), _luma(thumbs, part + length)
        change = last - first
        energy = np.square(change).sum(axis=1)
        worth = np.abs(change).mean(axis=1) >= _LEAST_CHANGE
        worth &= _correlate(first, last) <= _ALIKE
        part, first, change, energy = part[worth], first[worth], change[worth], energy[worth]
        if not len(part):
            continue
        misfit = np.zeros(len(part), dtype=np.float32)
        fits = np.ones(len(part), dtype=np.bool_)
        for share in (0.25, 0.5, 0.75):
            offset = round(length * share)
            beyond = _luma(thumbs, part + offset) - first
            found_share = (beyond * change).sum(axis=1) / energy
            rest = np.sqrt(np.square(beyond - found_share[:, None] * change).sum(axis=1) / energy)
            uneven = np.abs(found_share - offset / length)
            fits &= (rest <= _MIXED) & (uneven <= _EVEN)
            misfit += rest + uneven
        calm = _leave(thumbs, part, -max(length // 4, 2), energy) + _leave(
            thumbs, part + length, max(length // 4, 2), energy
        )
        fits &= calm <= 2 * _CALM
        misfit += 2 * calm
        for at in np.flatnonzero(fits).tolist():
            start = int(part[at])
            if _is_shifted(thumbs[start], thumbs[start + length]):
                continue
            found.append((float(misfit[at]), Change(start + (length + 1) // 2, "dissolve", start, start + length)))
    return found


def _is_shifted(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> bool:
    """Tell whether one picture is mostly the other, moved."""
    import numpy as np

    first, last = (part[:_LUMA].reshape(THUMB_ROWS, THUMB_COLUMNS).astype(np.float32) for part in (one, two))
    edge = _REACH
    inner = first[edge:-edge, edge:-edge]
    least = min(
        np.abs(inner - last[edge + y : THUMB_ROWS - edge + y, edge + x : THUMB_COLUMNS - edge + x]).mean()
        for y in range(-edge, edge + 1)
        for x in range(-edge, edge + 1)
    )
    return bool(least < _SHIFTED * np.abs(inner - last[edge:-edge, edge:-edge]).mean())


def _leave(thumbs: Thumbs, frames: NDArray[np.int64], offset: int, energy: Floats) -> Floats:
    """Return how far the picture goes on changing outside a dissolve, as a part of the dissolve's own change."""
    import numpy as np

    other = np.clip(frames + offset, 0, len(thumbs) - 1)
    change = _luma(thumbs, other) - _luma(thumbs, frames)
    return np.asarray(np.sqrt(np.square(change).sum(axis=1) / energy), dtype=np.float32)


def _luma(thumbs: Thumbs, frames: NDArray[np.int64]) -> Floats:
    import numpy as np

    return thumbs[frames, :_LUMA].astype(np.float32)


def _correlate(one: Floats, two: Floats) -> Floats:
    """Return the correlation of each pair of pictures; 0 where one is flat."""
    import numpy as np

    one = one - one.mean(axis=1, keepdims=True)
    two = two - two.mean(axis=1, keepdims=True)
    size = np.sqrt(np.square(one).sum(axis=1) * np.square(two).sum(axis=1))
    return np.asarray((one * two).sum(axis=1) / np.maximum(size, 1.0), dtype=np.float32)
