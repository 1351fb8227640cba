"""The packet index: every packet of a picture stream with its times, size, content hash; where decoding can start."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VERSION = 1
_COLUMNS = {
    "pts": "int64",
    "dts": "int64",
    "duration": "int64",
    "size": "int64",
    "hash": "uint64",
    "key": "bool",
    "idr": "bool",
    "shown": "bool",
}


@dataclass(frozen=True, eq=False)
class PacketIndex:
    """Packets in file (decoding) order; times are ticks of ``time_base`` seconds on the container's clock.

    Attributes:
        stream_index: the stream's number in its file.
        time_base: seconds a tick.
        pts: when the packet's frame is shown.
        dts: when it is decoded.
        duration: how long it is shown; 0 where the container does not say.
        size: bytes.
        hash: of the packet's bytes (64 bits of BLAKE2b).
        key: the container calls it a key frame.
        idr: decoding may start here and nothing that is shown later needs an earlier packet (closed group).
        shown: False for packets that give no frame: hidden by an edit list, or undecodable at a cut recording's start.
    """

    stream_index: int
    time_base: Fraction
    pts: NDArray[np.int64]
    dts: NDArray[np.int64]
    duration: NDArray[np.int64]
    size: NDArray[np.int64]
    hash: NDArray[np.uint64]
    key: NDArray[np.bool_]
    idr: NDArray[np.bool_]
    shown: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pts)

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Positions (in file order) of the shown packets, in the order of presentation."""
        import numpy as np

        positions = np.flatnonzero(self.shown)
        return positions[np.argsort(self.pts[positions], kind="stable")]

    @cached_property
    def frame_pts(self) -> NDArray[np.int64]:
        """Ticks of the shown frames, ascending."""
        return self.pts[self.order]

    @property
    def frames(self) -> int:
        """How many frames are shown."""
        return len(self.order)

    @cached_property
    def frame_times(self) -> NDArray[np.float64]:
        """Seconds of the shown frames on the container's clock, ascending."""
        import numpy as np

        return self.frame_pts.astype(np.float64) * (self.time_base.numerator / self.time_base.denominator)

    @cached_property
    def key_pts(self) -> NDArray[np.int64]:
        """Ticks of the key frames, ascending (hidden ones too: decoding may have to start there)."""
        import numpy as np

        return np.sort(self.pts[self.key])

    def time_of(self, frame: int) -> Fraction:
        """Return the exact time in seconds of the shown frame with a number (0 = first)."""
        return int(self.frame_pts[frame]) * self.time_base

    @cached_property
    def end_pts(self) -> int:
        """Tick at which the last shown frame ends (an unknown duration counts as the usual distance of frames)."""
        import numpy as np

        if not self.frames:
            return 0
        last = int(self.duration[self.order[-1]])
        if last <= 0:
            gaps = np.diff(self.frame_pts)
            last = int(np.median(gaps)) if len(gaps) else 0
        return int(self.frame_pts[-1]) + last

    def save(self, path: Path) -> None:
        """Write the index as ``.npz``, atomically; equal indexes give equal bytes."""
        import numpy as np

        columns: dict[str, Any] = {name: getattr(self, name) for name in _COLUMNS}
        base = np.array([self.time_base.numerator, self.time_base.denominator], dtype=np.int64)
        head = np.array([_VERSION, self.stream_index], dtype=np.int64)
        handle, temporary = tempfile.mkstemp(prefix=".packets.", suffix=".npz", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                np.savez_compressed(stream, head=head, time_base=base, **columns)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    @classmethod
    def load(cls, path: Path) -> PacketIndex:
        """Read an index.

        Raises:
            InputError: missing or not a packet index.
        """
        import zipfile

        import numpy as np

        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as data:
                version, stream_index = (int(value) for value in data["head"])
                if version != _VERSION:
                    raise InputError(f"is a packet index of version {version}, expected {_VERSION}", where=path)
                base = Fraction(int(data["time_base"][0]), int(data["time_base"][1]))
                columns = {name: np.asarray(data[name], dtype=kind) for name, kind in _COLUMNS.items()}
        except (OSError, EOFError, KeyError, ValueError, ZeroDivisionError, zipfile.BadZipFile) as exc:
            raise InputError("is not a packet index", where=path, hint="ingest the media again") from exc
        if len({len(column) for column in columns.values()}) != 1:
            raise InputError("is a damaged packet index", where=path, hint="ingest the media again")
        return cls(stream_index=stream_index, time_base=base, **columns)


def least_near(places: Sequence[float], hashes: Sequence[int], reach: float) -> list[int]:
    """Return the numbers of the places whose hash is the least of all within ``reach`` (the earlier wins a tie).

    Where a file is cut is so decided by what is near alone: it stays where it was when other parts change.
    """
    chosen: list[int] = []
    low = high = 0
    for number, place in enumerate(places):
        while places[low] < place - reach:
            low += 1
        while high < len(places) and places[high] <= place + reach:
            high += 1
        if min(range(low, high), key=lambda i: (hashes[i], i)) == number:
            chosen.append(number)
    return chosen
