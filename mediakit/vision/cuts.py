"""The hard cuts of a whole file, for cues that keep clear of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.vision.decoding import StretchReader, tick_of
from mediakit.vision.shots import REVISION, find_cuts
from mediakit.vision.thumbs import Thumbs
from mediakit.vision.view import Picture, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["REVISION", "find_shot_changes", "read_thumbs"]


def find_shot_changes(
    path: Path, stream: int, *, threads: int = 1, on_time: Callable[[float], None] = lambda seconds: None
) -> tuple[float, ...]:
    """Return the times of the first frames of new shots, in seconds after the picture's first frame.

    Dissolves and fades are none; the first frame after a cut to black is one.

    Args:
        path: a media file.
        stream: number of its picture stream.
        threads: how many threads decode.
        on_time: told how far it is, in seconds, at every frame; may raise to stop.

    Raises:
        InputError: not media, or without such a stream.
    """
    seconds, thumbs = read_thumbs(path, stream, threads=threads, on_time=on_time)
    return tuple(round(float(seconds[frame]), 6) for frame in find_cuts(thumbs, seconds))


def read_thumbs(
    path: Path, stream: int, *, threads: int = 1, on_time: Callable[[float], None] = lambda seconds: None
) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return the times of a file's frames, in seconds after the first, and their thumbnails; as `find_shot_changes`."""
    import numpy as np

    reader = StretchReader(path, stream, threads=threads)
    made: Thumbs | None = None
    first, last = 0, 0.0
    for frame in reader.frames(thin=True):
        tick = tick_of(frame) or 0
        if made is None:
            made = Thumbs(
                reader, View(frame.width, frame.height, frame.width, frame.height), float(frame.time_base or 1)
            )
            first = tick
        made.add(tick, Picture(frame, made.view).thumb())
        last = (tick - first) * made.seconds
        on_time(last)
    if made is None:
        return np.zeros(0), np.zeros((0, 0), np.uint8)
    ticks, thumbs = made.complete(lambda: on_time(last))
    return (ticks - ticks[0]) * made.seconds, thumbs
