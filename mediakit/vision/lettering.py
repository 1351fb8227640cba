"""Lines of text in a picture, found by the detection network of PP-OCR (differentiable binarisation, Liao et al.).

The network tells for every pixel whether it belongs to the core of a line; connected cores are grown back to the
lines that they were shrunk from.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.tools.onnx_graph import load_network
from mediakit.vision.seen import SeenLine

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST = 512
MULTIPLE = 32
_MEAN = (0.406, 0.456, 0.485)
_SPREAD = (0.225, 0.224, 0.229)
_CORE = 0.3
_SURE = 0.6
_GROWTH = 1.6
_LEAST_SIDE = 3
_MOST = 200
_LOOK = (4, 24)


class LineFinder:
    """Finds lines of text; one may be used by several threads at a time."""

    def __init__(self, model: Path) -> None:
        self._network = _load(model)

    def find(self, picture: NDArray[np.uint8]) -> tuple[SeenLine, ...]:
        """Return the lines in an upright RGB picture (rows × columns × 3, both multiples of `MULTIPLE`)."""
        import numpy as np

        height, width = picture.shape[:2]
        values = picture[:, :, ::-1].astype(np.float32) / 255
        values = (values - np.array(_MEAN, dtype=np.float32)) / np.array(_SPREAD, dtype=np.float32)
        batch = np.ascontiguousarray(values.transpose(2, 0, 1)[None])
        (likely,) = self._network.run(None, {self._network.get_inputs()[0].name: batch})
        grey = picture.mean(axis=2)
        lines = []
        for left, top, right, bottom, pixels, total in _components(likely[0, 0]):
            wide, tall = right - left, bottom - top
            if min(wide, tall) < _LEAST_SIDE or total / pixels < _SURE:
                continue
            grow = wide * tall * _GROWTH / (2 * (wide + tall))
            x0, x1 = max(left - grow, 0.0), min(right + grow, float(width))
            y0, y1 = max(top - grow, 0.0), min(bottom + grow, float(height))
            look = _look(grey[int(y0) : int(y1) + 1, int(x0) : int(x1) + 1])
            sides = (x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height)
            left_side, top_side, across, down = (round(side, 4) for side in sides)
            lines.append(SeenLine(x=left_side, y=top_side, width=across, height=down, look=look))
        return tuple(sorted(lines, key=lambda line: (line.y, line.x))[:_MOST])


@lru_cache(maxsize=2)
def _load(model: Path) -> Any:
    return load_network(model.read_bytes())


def _look(part: NDArray[np.float64]) -> tuple[int, ...]:
    """Return a picture of 4 × 24 levels (0 to 9) with its contrast stretched."""
    import numpy as np

    rows, columns = _LOOK
    down = np.minimum(((np.arange(rows * 3) + 0.5) * part.shape[0] / (rows * 3)).astype(int), part.shape[0] - 1)
    across = np.minimum(((np.arange(columns * 3) + 0.5) * part.shape[1] / (columns * 3)).astype(int), part.shape[1] - 1)
    cells = part[down][:, across].reshape(rows, 3, columns, 3).mean(axis=(1, 3))
    low, high = float(cells.min()), float(cells.max())
    return tuple(np.rint((cells - low) / max(high - low, 8.0) * 9).astype(int).ravel().tolist())


def _components(likely: NDArray[np.float32]) -> list[tuple[int, int, int, int, int, float]]:
    """Return (left, top, right, bottom, pixels, sum of likelihood) of the connected parts above the threshold."""
    import numpy as np

    core = np.zeros((likely.shape[0], likely.shape[1] + 2), dtype=np.int8)
    core[:, 1:-1] = likely > _CORE
    edges = np.diff(core, axis=1)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    sums = np.concatenate([np.zeros((likely.shape[0], 1)), np.cumsum(likely, axis=1, dtype=np.float64)], axis=1)
    totals = sums[rows, ends] - sums[rows, starts]
    parents = list(range(len(rows)))

    def root(run: int) -> int:
        while parents[run] != run:
            parents[run] = parents[parents[run]]
            run = parents[run]
        return run

    row_list, start_list, end_list = rows.tolist(), starts.tolist(), ends.tolist()
    above = 0
    for run, row in enumerate(row_list):
        while above < run and (
            row_list[above] < row - 1 or (row_list[above] == row - 1 and end_list[above] <= start_list[run] - 1)
        ):
            above += 1
        other = above
        while other < run and row_list[other] == row - 1 and start_list[other] <= end_list[run]:
            if end_list[other] >= start_list[run]:
                parents[root(run)] = root(other)
            other += 1
    parts: dict[int, list[float]] = {}
    for run in range(len(row_list)):
        length, total = end_list[run] - start_list[run], float(totals[run])
        box = [start_list[run], row_list[run], end_list[run], row_list[run] + 1, length, total]
        part = parts.setdefault(root(run), box)
        if part is not box:
            part[0], part[1] = min(part[0], box[0]), min(part[1], box[1])
            part[2], part[3] = max(part[2], box[2]), max(part[3], box[3])
            part[4], part[5] = part[4] + length, part[5] + total
    return [(int(p[0]), int(p[1]), int(p[2]), int(p[3]), int(p[4]), p[5]) for p in parts.values()]
