"""How a source's coded pictures are shown, and small views of decoded frames: luma patches, thumbnails, RGB.

Planar frames are read where they lie, at the places that are needed, so that a view costs a few thousand reads and
no scaling of two million pixels.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from mediakit.media.info import VideoStream

    Points = tuple[NDArray[np.float32], NDArray[np.float32]]

THUMB_ROWS, THUMB_COLUMNS = 20, 36
CHROMA_ROWS, CHROMA_COLUMNS = 5, 9
THUMB_VALUES = THUMB_ROWS * THUMB_COLUMNS + 2 * CHROMA_ROWS * CHROMA_COLUMNS
_TAPS = 6
_CHROMA_TAPS = 8
_PLANAR = ("yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p", "yuv411p", "yuv410p", "yuv440p")
_LARGEST_REMADE = 1280
_PQ_WHITE = 203 / 10000


@dataclass(frozen=True)
class View:
    """How coded pictures are shown; ``shown_width`` and ``shown_height`` are square pixels after turning.

    ``rotation`` is clockwise degrees; a mirrored picture is flipped left to right before it is turned.
    """

    width: int
    height: int
    shown_width: int
    shown_height: int
    rotation: int = 0
    mirrored: bool = False
    interlaced: bool = False
    hdr: str = "none"

    @classmethod
    def of(cls, stream: VideoStream) -> View:
        """Return the view of a probed picture stream."""
        return cls(
            width=stream.width,
            height=stream.height,
            shown_width=stream.display_width,
            shown_height=stream.display_height,
            rotation=stream.rotation,
            mirrored=stream.mirrored,
            interlaced=stream.field_order in ("tff", "bff"),
            hdr=stream.hdr,
        )

    def pack(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return asdict(self)

    def fit(self, longest: int, multiple: int = 2) -> tuple[int, int]:
        """Return width and height with the shown shape: at most ``longest`` on a side, in steps of ``multiple``."""
        scale = min(1.0, longest / max(self.shown_width, self.shown_height))
        return (
            max(round(self.shown_width * scale / multiple), 1) * multiple,
            max(round(self.shown_height * scale / multiple), 1) * multiple,
        )

    def to_coded(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> Points:
        """Turn places in the shown picture into places in the coded one; both in shares."""
        if self.rotation == 90:
            x, y = y, 1 - x
        elif self.rotation == 180:
            x, y = 1 - x, 1 - y
        elif self.rotation == 270:
            x, y = 1 - y, x
        return (1 - x if self.mirrored else x), y

    def upright(self, picture: Any) -> Any:
        """Turn an array with the coded picture's rows and columns as it is shown."""
        import numpy as np

        if self.mirrored:
            picture = picture[:, ::-1]
        return np.rot90(picture, -(self.rotation // 90)) if self.rotation else picture


class Picture:
    """A decoded frame, seen through a `View`."""

    def __init__(self, frame: VideoFrame, view: View) -> None:
        self.frame = frame
        self.view = view
        self._planes = _planes(frame)

    def thumb(self) -> NDArray[np.uint8]:
        """Return `THUMB_VALUES` numbers for the whole picture as it is coded: means of luma, then of chroma."""
        import numpy as np

        planes = self._planes
        parts = [_mean_cells(planes[0], THUMB_ROWS, THUMB_COLUMNS, _TAPS)]
        grey = len(planes) < 3
        for plane in planes[1:3]:
            parts.append(_mean_cells(plane, CHROMA_ROWS, CHROMA_COLUMNS, _CHROMA_TAPS))
        if grey:
            parts.append(np.full(2 * CHROMA_ROWS * CHROMA_COLUMNS, 128, dtype=np.uint8))
        return np.concatenate([part.ravel() for part in parts])

    def grey(self, columns: int, rows: int) -> NDArray[np.uint8]:
        """Return a small upright luma picture; every pixel is the mean of four places."""
        import numpy as np

        turned = self.view.rotation % 180 != 0
        high, wide = (columns, rows) if turned else (rows, columns)
        return np.ascontiguousarray(self.view.upright(_mean_cells(self._planes[0], high, wide, 2)))

    def patch(self, x: NDArray[np.float32], y: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Return luma at places of the shown picture (shares; what lies outside is the nearest edge)."""
        import numpy as np

        across, down = self.view.to_coded(x, y)
        plane = self._planes[0]
        height, width = plane.array.shape
        column = np.clip((across * width).astype(np.int32), 0, width - 1)
        row = np.clip((down * height).astype(np.int32), 0, height - 1)
        return plane.take(row, column).astype(np.uint8)

    def rgb(self, width: int, height: int) -> NDArray[np.uint8]:
        """Return the shown picture, scaled, as ``height`` × ``width`` × 3."""
        import numpy as np

        size = (height, width) if self.view.rotation % 180 else (width, height)
        scaled = self.frame.reformat(*size, "rgb24", interpolation="AREA").to_ndarray()
        if self.view.hdr == "pq":
            scaled = _pq_table()[scaled]
        return np.ascontiguousarray(self.view.upright(scaled))


@dataclass(frozen=True)
class _Plane:
    """Samples of a plane where they lie; ``shift`` brings them to eight bits."""

    array: NDArray[Any]
    shift: int

    def take(self, rows: Any, columns: Any) -> NDArray[Any]:
        """Return eight-bit values at places."""
        import numpy as np

        values = self.array[rows, columns]
        return np.asarray(values >> self.shift if self.shift else values)


def _planes(frame: VideoFrame) -> list[_Plane]:
    import numpy as np

    name = frame.format.name
    base = name.removesuffix("le")
    depth = next((bits for bits in (9, 10, 12, 14, 16) if base.endswith(f"p{bits}")), 8)
    planar = base.removesuffix(str(depth)) if depth > 8 else base
    if planar not in _PLANAR or name.endswith("be"):
        scale = min(1.0, _LARGEST_REMADE / max(frame.width, frame.height))
        width = max(int(frame.width * scale) // 2 * 2, 2)
        height = max(int(frame.height * scale) // 2 * 2, 2)
        frame = frame.reformat(width, height, "yuv420p", interpolation="AREA")
        depth = 8
    kind = np.dtype("<u2") if depth > 8 else np.dtype(np.uint8)
    planes = []
    for plane in frame.planes[:3]:
        rows = np.frombuffer(memoryview(plane), dtype=kind).reshape(plane.height, plane.line_size // kind.itemsize)
        planes.append(_Plane(rows[:, : plane.width], depth - 8))
    return planes


@lru_cache(maxsize=64)
def _cell_places(height: int, width: int, rows: int, columns: int, taps: int) -> tuple[Any, Any]:
    """Return rows and columns of ``taps`` evenly spread places in every cell of a grid."""
    import numpy as np

    down = np.minimum(((np.arange(rows * taps) + 0.5) * height / (rows * taps)).astype(np.int64), height - 1)
    across = np.minimum(((np.arange(columns * taps) + 0.5) * width / (columns * taps)).astype(np.int64), width - 1)
    return down, across


def _mean_cells(plane: _Plane, rows: int, columns: int, taps: int) -> NDArray[np.uint8]:
    import numpy as np

    down, across = _cell_places(*plane.array.shape, rows, columns, taps)
    values = plane.array[down][:, across]
    if plane.shift:
        values = values >> plane.shift
    sums = values.reshape(rows, taps, columns, taps).sum(axis=(1, 3), dtype=np.uint32)
    return np.asarray((sums + taps * taps // 2) // (taps * taps), dtype=np.uint8)


@lru_cache(maxsize=1)
def _pq_table() -> NDArray[np.uint8]:
    """Return eight-bit SMPTE ST 2084 values as they look on an ordinary screen (white at 203 cd/m², BT.2408)."""
    import numpy as np

    value = np.linspace(0, 1, 256) ** (1 / 78.84375)
    light = (np.maximum(value - 0.8359375, 0) / (18.8515625 - 18.6875 * value)) ** (1 / 0.1593017578125)
    return (np.clip(light / _PQ_WHITE, 0, 1) ** (1 / 2.4) * 255).round().astype(np.uint8)
