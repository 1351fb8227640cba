"""How good a small picture is for a cover by itself: sharpness, light, open eyes, no letters, no dissolve."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

AROUND = 4
"""So many frames before and after one tell whether it is part of a dissolve."""

_DARKEST, _BRIGHTEST = 42.0, 215.0
_BLENDED = 0.42

Rect = tuple[float, float, float, float]
"""x, y, width and height in shares of the picture."""


def is_blended(pictures: Sequence[NDArray[Any]], middle: int) -> bool:
    """Tell whether a frame is about the mean of frames before and after it that differ: part of a dissolve or fade."""
    import numpy as np

    first, last = max(middle - AROUND, 0), min(middle + AROUND, len(pictures) - 1)
    reach = min(middle - first, last - middle)
    if reach < 2:
        return False
    before, after = pictures[middle - reach], pictures[middle + reach]
    apart = float(np.abs(after - before).mean())
    off = float(np.abs(pictures[middle] - (before + after) / 2).mean())
    steps = [float(np.abs(b - a).mean()) for a, b in pairwise(pictures[middle - reach : middle + reach + 1])]
    even = min(steps) > 0.35 * max(steps)
    return apart > 6 and off < _BLENDED * apart / 2 and even


def judge_picture(luma: NDArray[Any], face_at: Rect | None = None, *, known: bool = False) -> float:
    """Return how good a picture is by itself: sharpness and contrast, of the face where there is one; light; text.

    Args:
        luma: (height, width), 0 to 255.
        face_at: where its largest face is.
        known: it is known that no text stands in it.
    """
    import numpy as np

    mean, spread = float(luma.mean()), float(luma.std())
    face = _cut(luma, face_at) if face_at else None
    sharp = _sharpness(luma)
    score = 1.2 * sharp + min(spread, 70) / 70
    if face is not None and face.size > 400:
        light = float(face.mean())
        score += 1.5 * _sharpness(face) + 0.8 * _eyes(face)
        score *= 1.0 if 50 < light < 225 else 0.5
    if not _DARKEST < mean < _BRIGHTEST:
        score *= 0.25
    if spread < 10:
        score *= 0.2
    burnt = float((luma > 250).mean())
    score *= 1 - min(burnt * 1.5, 0.6)
    if not known and looks_written(np.asarray(luma)):
        score *= 0.3  # letters are sharp themselves
    return score


def _cut(luma: NDArray[Any], rect: Rect) -> NDArray[Any]:
    height, width = luma.shape
    x, y, across, down = rect
    return luma[
        max(int(y * height), 0) : max(int((y + down) * height), 0),
        max(int(x * width), 0) : max(int((x + across) * width), 0),
    ]


def _sharpness(luma: NDArray[Any]) -> float:
    """Return the fine detail against all contrast, 0 to 1: blur takes the first and leaves the second."""
    import numpy as np

    if min(luma.shape) < 8:
        return 0.0
    fine = np.abs(luma[1:-1, 1:-1] * 4 - luma[:-2, 1:-1] - luma[2:, 1:-1] - luma[1:-1, :-2] - luma[1:-1, 2:])
    strong = float(np.sort(fine, axis=None)[-max(fine.size // 20, 1) :].mean())
    return float(min(strong / (4 * float(luma.std()) + 12), 1.0))


def _eyes(face: NDArray[Any]) -> float:
    """Return how much the eyes' band varies up and down against the cheeks, 0 to 1: closed eyes are flat."""
    import numpy as np

    height = face.shape[0]
    band, cheeks = face[int(height * 0.26) : int(height * 0.5)], face[int(height * 0.5) : int(height * 0.66)]
    if min(band.shape[0], cheeks.shape[0]) < 3:
        return 0.0
    rough, plain = (float(np.abs(np.diff(part, axis=0)).mean()) for part in (band, cheeks))
    return float(np.clip((rough / (plain + 1.5) - 1) / 3, 0.0, 1.0))


def looks_written(luma: NDArray[Any]) -> bool:
    """Tell whether a picture seems to carry lines of text: rows crossed by many strong strokes close together."""
    import numpy as np

    height, width = luma.shape
    slope = np.diff(luma, axis=1)
    strong = np.where(np.abs(slope) > 70, np.sign(slope), 0.0)
    least, run = 10, 0
    for row in range(height):
        marks = strong[row][strong[row] != 0]
        turns = int((marks[1:] != marks[:-1]).sum()) if len(marks) else 0
        places = np.nonzero(strong[row])[0]
        dense = turns >= least and (places[-1] - places[0]) < turns * width / 40
        run = run + 1 if dense else 0
        if run >= max(height // 54, 4):
            return True
    return False
