"""Cutting a source into pieces: which frames, where decoding starts, and a key of the content alone.

A source's frames are laid on the output's frame grid once, on the source's own clock (a frame goes to the nearest
tick, a tick shows the last frame at or before it, as ffmpeg's ``fps`` filter does). Tick 0 shows the first frame;
ticks below 0 hold it, where sound starts before the picture. Where an interlaced source is brought to another rate,
each of its fields is a picture of its own: 25 frames of two fields give 50 different frames a second. Clips and
pieces are ranges of ticks, so neither depends on its place in a programme.

Edges of pieces are chosen by content: a key frame whose packet hash is the least within `REACH_S` seconds. The
choice needs only what is near, so it is the same in a re-export in which something else was mended or inserted.

::

    key frames   K     K     K     K     K     K     K     K
    hash         7     3     9     8     1     6     5     4
    edges        ^     ^                 ^                      (the first frame is always one)
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.packets import least_near

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.packets import PacketIndex

REACH_S = 2.0
LONGEST_S = 7.0
SPLIT_S = 4.0
SHORTEST_S = 0.5
_SAME_RATE = Fraction(2, 100)


@dataclass(frozen=True)
class Piece:
    """Ticks ``first`` to ``end`` of a source's grid, and how to decode them.

    Attributes:
        first: first tick; below 0 the first frame is held.
        end: tick past the last one.
        seek_pts: source tick of the key frame where decoding starts.
        stop_pts: source tick of the first frame after those that are needed; None where there is none.
        fingerprint: digest of the packets that are decoded and of which frame each tick shows.
    """

    first: int
    end: int
    seek_pts: int
    stop_pts: int | None
    fingerprint: str

    @property
    def frames(self) -> int:
        """How many frames the piece has."""
        return self.end - self.first


class SourceGrid:
    """A source's picture on a frame grid.

    Args:
        index: the packets of the picture.
        fps: the grid's ticks a second.
        start_s: the programme's start on the container's clock in seconds; the picture's own start when later.
        handles: how many source frames more are needed on each side of a piece (temporal filters).
        interlaced: every frame holds two fields, shown one after the other.

    Raises:
        InputError: there is no frame to show.
    """

    def __init__(
        self,
        index: PacketIndex,
        fps: Fraction,
        *,
        start_s: Fraction = Fraction(0),
        handles: int = 0,
        interlaced: bool = False,
    ) -> None:
        if index.frames == 0 or not index.key.any():
            raise InputError("the picture has no frame that can be decoded")
        self.index = index
        self.fps = fps
        self.handles = handles
        self.interlaced = interlaced
        self.lead = max(round((self.first_time - start_s) * fps), 0)

    @property
    def first_time(self) -> Fraction:
        """Seconds of the first frame on the container's clock."""
        return self.index.time_of(0)

    @property
    def zero_time(self) -> Fraction:
        """Seconds on the container's clock at which the programme starts (tick ``-lead``)."""
        return self.first_time - self.lead / self.fps

    @cached_property
    def fields(self) -> bool:
        """Whether fields become frames of their own: the source is interlaced, and not of the grid's rate."""
        import numpy as np

        if not self.interlaced or self.index.frames < 2:
            return False
        usual = int(np.median(np.diff(self.index.frame_pts))) * self.index.time_base
        return usual > 0 and abs(usual * self.fps - 1) > _SAME_RATE

    @cached_property
    def _picture_ticks(self) -> NDArray[np.int64]:
        """The tick at which each picture (frame, or field) is first due, in order of presentation."""
        import numpy as np

        pts = self.index.frame_pts - self.index.frame_pts[0]
        ratio = self.index.time_base * self.fps
        if self.fields:  # in half ticks of the source: a second field lies midway to the next frame
            after = np.append(pts[1:], 2 * pts[-1] - pts[-2])
            pts, ratio = np.stack([2 * pts, pts + after], axis=1).reshape(-1), ratio / 2
        ticks: NDArray[np.int64] = (2 * pts * ratio.numerator + ratio.denominator) // (2 * ratio.denominator)
        return ticks

    @cached_property
    def frame_ticks(self) -> NDArray[np.int64]:
        """The tick at which each shown frame is first due, in order of presentation."""
        return self._picture_ticks[::2] if self.fields else self._picture_ticks

    @cached_property
    def end(self) -> int:
        """The tick past the last one."""
        length = (self.index.end_pts - int(self.index.frame_pts[0])) * self.index.time_base * self.fps
        return max(int(length + Fraction(1, 2)), 1)

    @property
    def ticks(self) -> tuple[int, int]:
        """First tick and tick past the last of the whole source."""
        return -self.lead, self.end

    def tick_at(self, seconds: Fraction | float) -> int:
        """Return the tick nearest to a time on the programme's clock (0 = its start)."""
        tick = int((Fraction(seconds) * self.fps + Fraction(1, 2)) // 1) - self.lead
        return min(max(tick, -self.lead), self.end)

    def shown(self, first: int, end: int) -> NDArray[np.int64]:
        """Return the number of the source frame that each tick shows."""
        pictures = self._pictures(first, end)
        return pictures // 2 if self.fields else pictures

    def _pictures(self, first: int, end: int) -> NDArray[np.int64]:
        """Return the number of the frame, or of the field, that each tick shows."""
        import numpy as np

        ticks = np.arange(first, end, dtype=np.int64)
        pictures = np.searchsorted(self._picture_ticks, ticks, side="right") - 1
        return np.clip(pictures, 0, len(self._picture_ticks) - 1).astype(np.int64)

    @cached_property
    def _keys(self) -> tuple[list[int], list[int]]:
        """Ticks and hashes of the shown key frames, ascending."""
        import numpy as np

        order = self.index.order
        frames = np.flatnonzero(self.index.key[order])
        ticks = self.frame_ticks[frames]
        kept = (ticks > 0) & (ticks < self.end)
        return ticks[kept].tolist(), self.index.hash[order[frames[kept]]].tolist()

    @cached_property
    def edges(self) -> tuple[int, ...]:
        """Ticks at which the whole source is cut into pieces, first and last included."""
        ticks, hashes = self._keys
        reach = int(REACH_S * self.fps)
        shortest = self.shortest
        near = (ticks[number] for number in least_near(ticks, hashes, reach))
        chosen = [tick for tick in near if shortest <= tick <= self.end - shortest]
        edges = [-self.lead, *(tick for tick in chosen if tick + self.lead >= shortest), self.end]
        whole: list[int] = []
        for left, right in pairwise(edges):
            whole.append(left)
            whole.extend(self._split(left, right))
        return (*whole, self.end)

    @cached_property
    def shortest(self) -> int:
        """The least length of a piece in ticks."""
        return max(int(SHORTEST_S * self.fps + Fraction(1, 2)), 1)

    def _split(self, left: int, right: int) -> Iterable[int]:
        """Split a stretch that is too long: at the key frame of least hash, else at frames at even distances."""
        if right - left <= LONGEST_S * self.fps:
            return []
        margin = int(1.5 * self.fps)
        ticks, hashes = self._keys
        inside = [
            (value, tick) for tick, value in zip(ticks, hashes, strict=True) if left + margin <= tick <= right - margin
        ]
        if inside:
            middle = min(inside)[1]
            return [*self._split(left, middle), middle, *self._split(middle, right)]
        step = int(SPLIT_S * self.fps)
        return [tick for tick in range(left + step, right, step) if right - tick >= step // 2]

    def cut(self, first: int, end: int) -> tuple[Piece, ...]:
        """Return the pieces of a clip from tick ``first`` to ``end``, in order, without gap or overlap.

        Raises:
            InputError: the clip is empty or reaches beyond the source.
        """
        self._check(first, end)
        edges = self.edges
        inner = edges[bisect_left(edges, first + self.shortest) : bisect_right(edges, end - self.shortest)]
        marks = [first, *inner, end]
        return tuple(self._piece(left, right) for left, right in pairwise(marks))

    def whole(self, first: int, end: int) -> Piece:
        """Return ticks ``first`` to ``end`` as one piece.

        Raises:
            InputError: as `cut`.
        """
        self._check(first, end)
        return self._piece(first, end)

    def _check(self, first: int, end: int) -> None:
        if not -self.lead <= first < end <= self.end:
            raise InputError(
                f"a clip of frames {first + self.lead} to {end + self.lead} does not lie within "
                f"the source's {self.end + self.lead} frames"
            )

    def _piece(self, first: int, end: int) -> Piece:
        import numpy as np

        index = self.index
        pictures = self._pictures(first, end)
        shown = pictures // 2 if self.fields else pictures
        low = max(int(shown[0]) - self.handles, 0)
        high = min(int(shown[-1]) + self.handles, index.frames - 1)
        start = self._decode_start(int(index.frame_pts[low]))
        seek_pts = int(index.pts[start])
        stop = int(index.order[low : high + 1].max())
        decoded = np.arange(start, stop + 1)
        decoded = decoded[index.pts[decoded] >= seek_pts]
        hasher = hashlib.sha256()
        hasher.update(np.ascontiguousarray(index.hash[decoded]).tobytes())
        base = int(np.searchsorted(index.frame_pts, seek_pts))
        # Which frame each tick shows, counted from the key frame: times and place in the file stay out.
        first_picture = 2 * base if self.fields else base
        hasher.update(np.ascontiguousarray(pictures - first_picture).astype("<i8").tobytes())
        hasher.update(f"{low - base} {high - base} {self.handles}{' fields' if self.fields else ''}".encode())
        stop_pts = int(index.frame_pts[high + 1]) if high + 1 < index.frames else None
        return Piece(first, end, seek_pts, stop_pts, hasher.hexdigest())

    @cached_property
    def _key_packets(self) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
        """Positions of the key packets, and when they are shown."""
        import numpy as np

        keys = np.flatnonzero(self.index.key)
        return keys, self.index.pts[keys]

    def _decode_start(self, pts: int) -> int:
        """Return the position of the last key packet that is shown at or before a source tick."""
        import numpy as np

        keys, times = self._key_packets
        before = keys[times <= pts]
        if not len(before):
            return int(keys[np.argmin(times)])
        return int(before[np.argmax(self.index.pts[before])])
