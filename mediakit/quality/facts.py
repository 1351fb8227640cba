"""What is kept of every frame: a few facts that depend on that frame alone.

Whatever reaches over frames (runs, freezes, flashes) is found afterwards by detectors that read the facts in order.
So a file's facts may be measured in pieces, kept, and put together again: the verdicts are those of one pass.

::

    samples ─▶ Reducer ─▶ FrameFacts ─▶ black, freeze, levels, bars, flash
    (one frame at a time)   (may be kept)     (from frame to frame)
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.quality.bars import measure_edges
from mediakit.quality.black import BLACK_LUMA, BLACK_SHARE, mark_black
from mediakit.quality.flash import measure_red
from mediakit.quality.levels import LUMA_LIMITS, RGB_LIMITS, LevelMeter
from mediakit.quality.picture import BLOCK, Batch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION = 1
_KINDS = {"black": "bool", "outside": "float32", "edges": "int16", "luma": "uint16", "red": "uint16"}


@dataclass(frozen=True, eq=False)
class FrameFacts:
    """Facts of consecutive frames; what was not asked for has no columns.

    Attributes:
        first: number of the first frame.
        shape: rows and columns of the point samples.
        black: whether the frame is black.
        outside: share of the points beyond the signal limits, 0 to 1.
        edges: black rows and columns at the top, bottom, left and right; -1 in a black frame.
        luma: sums of 8-bit luma over the points of every block (frames, block rows, block columns).
        red: saturated red of every block, in the unit of `measure_red`.
    """

    first: int
    shape: tuple[int, int]
    black: NDArray[np.bool_]
    outside: NDArray[np.float32]
    edges: NDArray[np.int16]
    luma: NDArray[np.uint16]
    red: NDArray[np.uint16]

    def __len__(self) -> int:
        return len(self.luma)

    @property
    def means(self) -> NDArray[np.float32]:
        """Mean 8-bit luma of every block."""
        import numpy as np

        return self.luma.astype(np.float32) / np.float32(BLOCK * BLOCK)

    def part(self, start: int, end: int) -> FrameFacts:
        """Return the facts of some of these frames; positions count from the first of these."""
        columns = {name: getattr(self, name)[start:end] for name in _KINDS}
        return FrameFacts(first=self.first + start, shape=self.shape, **columns)

    def moved(self, first: int) -> FrameFacts:
        """Return the same facts, counted from another first frame."""
        columns = {name: getattr(self, name) for name in _KINDS}
        return FrameFacts(first=first, shape=self.shape, **columns)

    def save(self, path: Path) -> None:
        """Write the facts, without the place of their first frame; equal facts give equal bytes."""
        import numpy as np

        columns: dict[str, Any] = {name: getattr(self, name) for name in _KINDS}
        # From frame to frame little changes, so the differences pack better; unsigned ones wrap, nothing is lost.
        columns["luma"] = np.diff(self.luma, axis=0, prepend=np.zeros_like(self.luma[:1]))
        with path.open("wb") as stream:
            np.savez_compressed(stream, head=np.array([_VERSION, *self.shape], dtype=np.int64), **columns)

    @classmethod
    def load(cls, path: Path, first: int = 0) -> FrameFacts:
        """Read facts, counted from a frame.

        Raises:
            InputError: these are no facts.
        """
        import zipfile

        import numpy as np

        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
                version, rows, columns = (int(value) for value in data["head"])
                if version != _VERSION:
                    raise ValueError(version)
                found = {name: np.asarray(data[name], dtype=kind) for name, kind in _KINDS.items()}
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as exc:
            raise InputError("holds no facts of frames", where=path) from exc
        found["luma"] = np.cumsum(found["luma"], axis=0, dtype=np.uint16)
        return cls(first=first, shape=(rows, columns), **found)


def join_facts(parts: list[FrameFacts]) -> FrameFacts:
    """Return consecutive facts as one."""
    import numpy as np

    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in _KINDS}
    return FrameFacts(first=parts[0].first, shape=parts[0].shape, **columns)


@dataclass(frozen=True)
class Wanted:
    """What shapes the facts: which are wanted, and the limits that a single frame is held against."""

    black: bool = True
    levels: bool = True
    bars: bool = True
    flash: bool = True
    scan: bool = False
    black_luma: int = BLACK_LUMA
    black_share: float = BLACK_SHARE
    luma_limits: tuple[float, float] = LUMA_LIMITS
    rgb_limits: tuple[float, float] = RGB_LIMITS

    def pack(self) -> dict[str, Any]:
        """Return JSON values, for a payload and a key."""
        return asdict(self)

    @classmethod
    def unpack(cls, data: dict[str, Any]) -> Wanted:
        """Return what `pack` gave."""
        values: dict[str, Any] = {item.name: data[item.name] for item in fields(cls)}
        for name in ("luma_limits", "rgb_limits"):
            values[name] = tuple(values[name])
        return cls(**values)


class Reducer:
    """Takes the facts of frames from their samples.

    Args:
        wanted: which facts.
        matrix: from YCbCr to RGB: ``bt709``, ``bt2020``, ``bt601``.
    """

    def __init__(self, wanted: Wanted | None = None, matrix: str = "bt709") -> None:
        self._wanted = wanted or Wanted()
        self._meter = LevelMeter(matrix, self._wanted.luma_limits, self._wanted.rgb_limits)

    def reduce(self, batch: Batch) -> FrameFacts:
        """Return the facts of a batch."""
        import numpy as np

        wanted, count = self._wanted, len(batch.yuv)
        sums = batch.block_sums
        return FrameFacts(
            first=batch.first,
            shape=(batch.yuv.shape[2], batch.yuv.shape[3]),
            black=mark_black(batch.luma, wanted.black_luma, wanted.black_share)
            if wanted.black
            else np.zeros(count, dtype=bool),
            outside=self._meter.measure(batch.yuv) if wanted.levels else np.zeros(count, dtype=np.float32),
            edges=measure_edges(batch.luma) if wanted.bars else np.zeros((count, 0), dtype=np.int16),
            luma=sums[:, 0],
            red=measure_red(sums.astype(np.float32) / np.float32(BLOCK * BLOCK))
            if wanted.flash
            else np.zeros((count, 0), dtype=np.uint16),
        )
