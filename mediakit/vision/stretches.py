"""A picture stream in stretches that are looked at by themselves, each with a digest of the packets that it needs.

A stretch starts at a key frame that is chosen by its content, so that a shot that was mended or put in changes the
stretches near it and no others::

    key frames    K   K   K   K   K   K   K   K   K
    hash % 3      1   2   0   1   0   2   2   0   1
    stretches     ├───────┼───────────────────┼────      the first such key frame once a stretch is long enough
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.packets import PacketIndex

SHORTEST_S = 6.0
LONGEST_S = 20.0
"""A stretch ends at the next key frame once it is so long, whatever its hash."""
_ONE_IN = 3


@dataclass(frozen=True)
class Stretch:
    """Shown frames ``first`` to ``end`` (past the last); times are ticks of the stream.

    Attributes:
        first: number of its first frame in order of presentation.
        end: number past its last frame.
        start: tick of the first frame.
        stop: tick past which no frame belongs to it; None for the last stretch.
        seek: tick of the key frame at which decoding starts; None to start where the file does.
        digest: of the packets that are decoded, with their times.
    """

    first: int
    end: int
    start: int
    stop: int | None
    seek: int | None
    digest: str

    @property
    def frames(self) -> int:
        """How many frames it shows."""
        return self.end - self.first

    def pack(self) -> dict[str, Any]:
        """Return what decoding needs, as JSON values."""
        return {"start": self.start, "stop": self.stop, "seek": self.seek, "frames": self.frames}


def split_stretches(index: PacketIndex) -> tuple[Stretch, ...]:
    """Return the stretches of a stream, without gaps, in order; none if it shows no frame."""
    import numpy as np

    if not index.frames:
        return ()
    starts = _choose_starts(index)
    edges = [0, *starts.tolist(), index.frames]
    made = []
    for first, end in zip(edges, edges[1:], strict=False):
        start = int(index.frame_pts[first])
        stop = int(index.frame_pts[end]) if end < index.frames else None
        seek = start if first else None
        low = int(index.order[first]) if first else 0
        high = _past_last_packet(index, stop)
        packets = slice(low, high)
        hasher = hashlib.sha256()
        hasher.update(np.ascontiguousarray(index.hash[packets]).tobytes())
        hasher.update(np.ascontiguousarray(index.pts[packets] - start).astype("<i8").tobytes())
        hasher.update(np.packbits(index.shown[packets]).tobytes())
        hasher.update(f"{index.time_base} {end - first} {None if stop is None else stop - start}".encode())
        made.append(Stretch(first, end, start, stop, seek, hasher.hexdigest()))
    return tuple(made)


def _choose_starts(index: PacketIndex) -> NDArray[np.int64]:
    """Return the numbers of the frames at which a stretch starts, but for the first."""
    import numpy as np

    order = index.order
    usable = np.flatnonzero(index.key[order] & _is_clean_start(index)[order])
    times = index.frame_times
    chosen: list[int] = []
    last = 0
    for frame in usable.tolist():
        length = times[frame] - times[last]
        if length >= LONGEST_S or (length >= SHORTEST_S and int(index.hash[order[frame]]) % _ONE_IN == 0):
            chosen.append(frame)
            last = frame
    return np.array(chosen, dtype=np.int64)


def _is_clean_start(index: PacketIndex) -> NDArray[np.bool_]:
    """Tell for each packet whether everything before it in the file is shown before it, or leads it.

    Frames that come before a key frame in the file and are shown after it would belong to both its sides.
    """
    import numpy as np

    latest = np.maximum.accumulate(np.where(index.shown, index.pts, np.iinfo(np.int64).min))
    before = np.concatenate([[np.iinfo(np.int64).min], latest[:-1]])
    return before < index.pts


def _past_last_packet(index: PacketIndex, stop: int | None) -> int:
    """Return the position past the last packet of the frames that are shown before a tick."""
    import numpy as np

    if stop is None:
        return len(index)
    wanted = np.flatnonzero(index.shown & (index.pts < stop))
    return int(wanted[-1]) + 1 if len(wanted) else 0
