"""Shot changes: where one picture follows another from one frame to the next (cuts, not dissolves)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

REVISION = 1
"""Goes up when the same picture would give other shot changes."""

_WIDTH = 160
_SCORE = 5.0
_DISTINCT = 1.8
_NEIGHBOURS = 4
_SHORTEST_S = 0.2
_FRAME = re.compile(r"pts_time:(-?[\d.]+)")
_VALUE = re.compile(r"lavfi\.scd\.(mafd|score)=([\d.]+)")


def find_shot_changes(
    path: Path,
    stream: int,
    duration: float,
    *,
    scratch: Path,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> tuple[float, ...]:
    """Return the times of the first frames of new shots, in seconds after the picture's first frame.

    A frame begins a shot where it differs from the one before it (mean difference of luma, per cent of the range) by
    `_SCORE` and nearly twice as much as the frames around it do: fast movement differs all the time, a cut once.

    Args:
        path: a media file.
        stream: number of its picture stream.
        duration: seconds, for progress.
        scratch: an empty folder.
        on_progress: told the share that is done.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: ffmpeg cannot decode it.
        Cancelled: ``is_cancelled`` said so.
    """
    name = "shots.txt"
    filters = f"scale={_WIDTH}:-2:flags=fast_bilinear,format=gray,scdet=threshold=100,metadata=mode=print:file={name}"
    run_ffmpeg(
        [
            *ffmpeg_input(path.resolve()),
            *("-map", f"0:{stream}", "-vf", filters, "-fps_mode", "passthrough", "-f", "null", "-"),
        ],
        task=f"find the shots of {path.name}",
        duration=duration,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
        cwd=scratch,
    )
    listing = scratch / name
    return choose_changes(*read_differences(listing.read_text(encoding="utf-8") if listing.exists() else ""))


def read_differences(listing: str) -> tuple[list[float], list[float], list[float]]:
    """Return times, differences and changes of difference of every frame, from what ``metadata`` prints."""
    times: list[float] = []
    differences: list[float] = []
    scores: list[float] = []
    for line in listing.splitlines():
        if frame := _FRAME.search(line):
            times.append(float(frame[1]))
            differences.append(0.0)
            scores.append(0.0)
        elif times and (value := _VALUE.match(line)):
            (differences if value[1] == "mafd" else scores)[-1] = float(value[2])
    first = times[0] if times else 0.0
    return [time - first for time in times], differences, scores


def choose_changes(times: Sequence[float], differences: Sequence[float], scores: Sequence[float]) -> tuple[float, ...]:
    """Return the times at which shots change; two within a fifth of a second are a flash of light, and none."""
    found: list[float] = []
    for k in range(1, len(times)):
        around = [*differences[max(k - _NEIGHBOURS, 1) : k], *differences[k + 1 : k + 1 + _NEIGHBOURS]]
        if scores[k] >= _SCORE and differences[k] >= _DISTINCT * max(around, default=0.0):
            found.append(round(times[k], 6))
    return tuple(
        time
        for k, time in enumerate(found)
        if not any(abs(other - time) < _SHORTEST_S for other in (*found[max(k - 1, 0) : k], *found[k + 1 : k + 2]))
    )
