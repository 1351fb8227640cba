"""A picture stream in stretches that are looked at by themselves, each with a digest of the packets that it needs.

A stretch starts at a key frame that is chosen by its content, the one of least hash within `REACH_S` on either side,
so that a shot that was mended or put in changes the stretches near it and no others::

    key frames    K   K   K   K   K   K   K   K   K
    hash          7   3   9   8   1   6   5   4   8
    stretches     ├───────────────┼──────────────────      where a reach is three key frames
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from mediakit.media.packets import least_near

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.packets import PacketIndex

_Key = tuple[int, float, int]
"""Hash, seconds after the first frame, number of the frame."""

REACH_S = 5.0
LONGEST_S = 20.0
"""A longer stretch is split at the key frame of least hash that is far enough from its ends, if there is one."""
SHORTEST_S = 2.0


@dataclass(frozen=True)
class Stretch:
    """Shown frames ``first`` to ``end`` (past the last); times are ticks of the stream.

    Attributes:
        first: number of its first frame in order of presentation.
        end: number past its last frame.
        start: tick of the first frame.
        stop: tick past which no frame belongs to it; None for the last stretch.
        seek: tick of the key frame at which decoding starts; None to start where the file does.
        bytes: size of the packets that are decoded.
        digest: of these packets, with their times.
    """

    first: int
    end: int
    start: int
    stop: int | None
    seek: int | None
    bytes: int
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
    for first, end in pairwise(edges):
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
        size = int(index.size[packets].sum())
        made.append(Stretch(first, end, start, stop, seek, size, hasher.hexdigest()))
    return tuple(made)


def _choose_starts(index: PacketIndex) -> NDArray[np.int64]:
    """Return the numbers of the frames at which a stretch starts, but for the first."""
    import numpy as np

    order = index.order
    usable = np.flatnonzero(index.key[order] & _is_clean_start(index)[order])
    times = index.frame_times - index.frame_times[0]
    whole = float(index.end_pts - index.frame_pts[0]) * float(index.time_base)
    keys = [(int(index.hash[order[frame]]), float(times[frame]), int(frame)) for frame in usable]
    near = [keys[number] for number in least_near([key[1] for key in keys], [key[0] for key in keys], REACH_S)]
    chosen = [key for key in near if SHORTEST_S <= key[1] <= whole - SHORTEST_S]
    edges = [0.0, *(time for _, time, _ in chosen), whole]
    frames = {frame for _, _, frame in chosen}
    for left, right in pairwise(edges):
        frames |= set(_split(keys, left, right))
    return np.array(sorted(frames), dtype=np.int64)


def _split(keys: Sequence[_Key], left: float, right: float) -> list[int]:
    """Return the frames at which a stretch that is too long is split."""
    if right - left <= LONGEST_S:
        return []
    inner = [key for key in keys if left + REACH_S <= key[1] <= right - REACH_S]
    if not inner:
        return []
    _, time, frame = min(inner)
    return [*_split(inner, left, time), frame, *_split(inner, time, right)]


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
