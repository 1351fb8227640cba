"""Faces in a picture, found by CenterFace (Xu et al., 2019): boxes, confidences and five points each.

The network is fully convolutional: it gives, for every fourth pixel, how likely a face has its centre there, the
logarithm of its size, the centre's place within the cell, and the points within the box.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.tools.onnx_graph import load_network
from mediakit.vision.networks import open_shapes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 480
"""The picture is looked at with this many pixels on its longer side: faces of 2.5 % of it and more are found."""
MULTIPLE = 32
LEAST_CONFIDENCE = 0.35
_OVERLAP = 0.3
_CELL = 4
_MOST = 40


@dataclass(frozen=True)
class Face:
    """A face in a picture; all in shares of the picture.

    ``points`` are five places: the eyes, the tip of the nose, the corners of the mouth, as x and y each; in each pair
    the one at the picture's left comes first.
    """

    x: float
    y: float
    width: float
    height: float
    confidence: float
    points: tuple[tuple[float, float], ...]


class FaceFinder:
    """Finds faces; one may be used by several threads at a time."""

    def __init__(self, model: Path) -> None:
        self._network = _load(model)

    def find(self, picture: NDArray[np.uint8]) -> tuple[Face, ...]:
        """Return the faces in an upright RGB picture (rows × columns × 3, both multiples of `MULTIPLE`)."""
        import numpy as np

        height, width = picture.shape[:2]
        batch = np.ascontiguousarray(picture.transpose(2, 0, 1)[None], dtype=np.float32)
        heat, scale, offset, points = (part[0] for part in self._network.run(None, {"input.1": batch}))
        rows, columns = np.nonzero(heat[0] >= LEAST_CONFIDENCE)
        if not len(rows):
            return ()
        confidence = heat[0, rows, columns]
        tall, wide = np.exp(scale[:, rows, columns]) * _CELL
        centre_y = (rows + offset[0, rows, columns] + 0.5) * _CELL
        centre_x = (columns + offset[1, rows, columns] + 0.5) * _CELL
        boxes = np.stack([centre_x - wide / 2, centre_y - tall / 2, wide, tall], axis=1)
        places = points[:, rows, columns].T.reshape(-1, 5, 2)[:, :, ::-1] * boxes[:, None, 2:] + boxes[:, None, :2]
        shares = np.array([width, height], dtype=np.float32)
        found = []
        for at in _choose(boxes, confidence):
            x, y, across, down = (round(float(value), 5) for value in boxes[at] / np.tile(shares, 2))
            spots = tuple((round(float(a), 5), round(float(b), 5)) for a, b in places[at] / shares)
            found.append(Face(x, y, across, down, round(min(float(confidence[at]), 1.0), 4), spots))
        return tuple(found)


@lru_cache(maxsize=2)
def _load(model: Path) -> Any:
    return load_network(open_shapes(model.read_bytes(), "input.1"))


def _choose(boxes: NDArray[np.float32], confidence: NDArray[np.float32]) -> list[int]:
    """Return the numbers of the most confident boxes of each place, surest first."""
    import numpy as np

    right, bottom = boxes[:, 0] + boxes[:, 2], boxes[:, 1] + boxes[:, 3]
    area = boxes[:, 2] * boxes[:, 3]
    left = np.argsort(-confidence, kind="stable")
    chosen: list[int] = []
    while len(left) and len(chosen) < _MOST:
        best, left = int(left[0]), left[1:]
        chosen.append(best)
        across = np.minimum(right[best], right[left]) - np.maximum(boxes[best, 0], boxes[left, 0])
        down = np.minimum(bottom[best], bottom[left]) - np.maximum(boxes[best, 1], boxes[left, 1])
        common = np.maximum(across, 0) * np.maximum(down, 0)
        left = left[common / np.maximum(area[best] + area[left] - common, 1e-6) <= _OVERLAP]
    return chosen
