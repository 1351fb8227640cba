"""The hard cuts of a whole file, for cues that keep clear of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mediakit.vision.decoding import decode_stretch
from mediakit.vision.shots import REVISION, find_cuts
from mediakit.vision.view import THUMB_VALUES, Picture, View

__all__ = ["REVISION", "find_shot_changes"]


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
    import numpy as np

    times: list[float] = []
    thumbs = []
    view: View | None = None
    for frame in decode_stretch(path, stream, start=None, stop=None, seek=None, threads=threads):
        view = view or View(frame.width, frame.height, frame.width, frame.height)
        times.append(float((frame.pts or 0) * (frame.time_base or 1)))
        thumbs.append(Picture(frame, view).thumb())
        on_time(times[-1] - times[0])
    if not times:
        return ()
    seconds = np.array(times) - times[0]
    found = find_cuts(np.array(thumbs, dtype=np.uint8).reshape(-1, THUMB_VALUES), seconds)
    return tuple(round(float(seconds[frame]), 6) for frame in found)
