"""Thumbnails of every frame of a stretch, of which not every frame was decoded.

Where two decoded frames are alike, what is shown between them is a mixture of both. Where they differ as much as a cut
may, or lie far apart, the frames between them are decoded as well: changes of shot are found to the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from mediakit.vision.decoding import Gap, StretchReader, tick_of
from mediakit.vision.shots import LEAST_STEP, measure_steps
from mediakit.vision.view import THUMB_VALUES, Picture, View

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    Thumb = NDArray[np.uint8]

_SUSPECT = 0.7 * LEAST_STEP
_APART_S = 0.3
_BEFORE, _AFTER = -(1 << 62), 1 << 62


@dataclass
class Thumbs:
    """Thumbnails by tick, in order of time, as they are added."""

    reader: StretchReader
    view: View
    seconds: float
    """Of a tick."""
    _made: dict[int, Thumb] = field(default_factory=dict)

    def add(self, tick: int, thumb: Thumb) -> None:
        """Add the next frame's."""
        self._made[tick] = thumb

    def complete(self, on_frame: Callable[[], None] = lambda: None) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Return ticks and thumbnails (frames × `THUMB_VALUES`) of every frame that can be decoded.

        ``on_frame`` is told of each frame that is decoded for that; it may raise to stop.
        """
        import numpy as np

        shown = self.reader.shown
        left_out = set(shown).difference(self._made)
        if left_out and not self._fill(sorted(left_out), on_frame):
            self._made = dict(self._read(self.reader.frames(), on_frame))
        ticks = sorted(self._made)
        thumbs = np.array([self._made[tick] for tick in ticks], dtype=np.uint8)
        return np.array(ticks, dtype=np.int64), thumbs.reshape(len(ticks), THUMB_VALUES)

    def _read(self, frames: Iterable[VideoFrame], on_frame: Callable[[], None]) -> Iterator[tuple[int, Thumb]]:
        for frame in frames:
            on_frame()
            if (tick := tick_of(frame)) is not None:
                yield tick, Picture(frame, self.view).thumb()

    def _fill(self, left_out: list[int], on_frame: Callable[[], None]) -> bool:
        """Make the thumbnails that are missing; tell whether that could be done."""
        import numpy as np

        known = dict(self._made)
        if (frame := self.reader.beyond) is not None and (tick := tick_of(frame)) is not None:
            known[tick] = Picture(frame, self.view).thumb()
        if not known:
            return False
        ticks = sorted(known)
        steps = measure_steps(np.array([known[tick] for tick in ticks], dtype=np.uint8))
        gaps: list[Gap] = []
        waiting: set[int] = set()
        edges = [_BEFORE, *ticks, _AFTER]
        places = np.searchsorted(left_out, edges).tolist()
        for number, (gap, (low, high)) in enumerate(zip(pairwise(edges), pairwise(places), strict=True)):
            inner = left_out[low:high]
            if not inner:
                continue
            start, end = gap
            if not 0 < number < len(ticks) or steps[number] >= _SUSPECT or (end - start) * self.seconds > _APART_S:
                gaps.append(gap)
                waiting.update(inner)
                continue
            for tick in inner:
                self._made[tick] = _mix(known[start], known[end], (tick - start) / (end - start))
        for tick, thumb in self._read(self.reader.frames_between(gaps) if gaps else (), on_frame):
            if tick in waiting:
                self._made[tick] = thumb
                waiting.discard(tick)
        return not waiting


def _mix(one: Thumb, two: Thumb, share: float) -> Thumb:
    import numpy as np

    return np.rint(one + share * (two.astype(np.float32) - one)).astype(np.uint8)
