"""One decode of the picture: small point samples of every frame go to all picture checks.

ffmpeg decodes, takes every n-th pixel (no averaging, so that shares of the picture stay true) and writes a few
thousand points a frame into a pipe; a second branch keeps the full height for interlace detection. Memory does not
grow with the programme but for a few bytes a frame.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from mediakit.errors import ToolError
from mediakit.quality.tap import open_tap
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.info import VideoStream

LONG_SIDE = 160
"""Points along the picture's longer side."""
BLOCK = 4
"""Points along a block's side; 160 points are 40 blocks."""
BATCH = 32
"""Frames that are looked at together."""

_IDET = re.compile(
    r"^\[(?:Parsed_)?idet[^\]]*\] Multi frame detection:\s*TFF:\s*(\d+)\s*BFF:\s*(\d+)\s*Progressive:\s*(\d+)"
    r"\s*Undetermined:\s*(\d+)",
    re.MULTILINE,
)


@dataclass(frozen=True, eq=False)
class Batch:
    """Samples of consecutive frames: ``yuv`` is uint8 (frames, 3, rows, columns), limited range, 4:4:4."""

    first: int
    yuv: NDArray[np.uint8]

    @property
    def luma(self) -> NDArray[np.uint8]:
        """Luma samples (frames, rows, columns)."""
        return self.yuv[:, 0]

    @cached_property
    def blocks(self) -> NDArray[np.float32]:
        """Means of blocks of points, float32 (frames, 3, block rows, block columns)."""
        import numpy as np

        count, planes, rows, columns = self.yuv.shape
        down, across = rows // BLOCK, columns // BLOCK
        tiles = self.yuv[:, :, : down * BLOCK, : across * BLOCK].reshape(count, planes, down, BLOCK, across, BLOCK)
        means: NDArray[np.float32] = tiles.mean(axis=(3, 5), dtype=np.float32)
        return means


class Analyser(Protocol):
    """Looks at every batch in order."""

    def feed(self, batch: Batch) -> None:
        """Take the next frames."""


@dataclass(frozen=True)
class Scan:
    """How many frames idet took for top field first, bottom field first, progressive, and neither."""

    top_first: int
    bottom_first: int
    progressive: int
    undetermined: int


@dataclass(frozen=True)
class PictureRun:
    """What the decode left: how many frames came, and the scan."""

    frames: int
    scan: Scan | None


def sample_size(picture: VideoStream) -> tuple[int, int]:
    """Return columns and rows of the point samples, multiples of a block, in the shape of the seen picture."""
    width, height = picture.display_width, picture.display_height
    longer = max(width, height, 1)
    across = max(round(width * LONG_SIDE / longer / BLOCK), 4) * BLOCK
    down = max(round(height * LONG_SIDE / longer / BLOCK), 4) * BLOCK
    return across, down


def run_picture(
    path: Path,
    picture: VideoStream,
    analysers: Sequence[Analyser],
    *,
    detect_scan: bool = True,
    threads: int = 2,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> PictureRun:
    """Decode a file's picture once and show it to the analysers.

    Raises:
        ToolError: ffmpeg failed.
        Cancelled: ``is_cancelled`` said so.
    """
    columns, rows = sample_size(picture)
    frames = 0

    def consume(stream: BinaryIO) -> None:
        nonlocal frames
        frames = _read_batches(stream, columns, rows, analysers)

    points = f"scale={columns}:{rows}:flags=neighbor:out_range=limited,format=yuv444p"
    if detect_scan:
        narrow = f"scale={max(min(LONG_SIDE, picture.width) // 2 * 2, 2)}:ih:flags=neighbor,idet"
        graph = f"[0:{picture.index}]split=2[a][b];[a]{points}[points];[b]{narrow}[scan]"
    else:
        graph = f"[0:{picture.index}]{points}[points]"
    with open_tap(consume) as descriptor:
        arguments = ["-threads", str(threads), *ffmpeg_input(path), "-filter_complex", graph]
        arguments += ["-map", "[points]", "-fps_mode", "passthrough", "-f", "rawvideo", f"pipe:{descriptor}"]
        if detect_scan:
            arguments += ["-map", "[scan]", "-fps_mode", "passthrough", "-f", "null", "-"]
        output = run_ffmpeg(
            arguments,
            task=f"look at {path.name}",
            duration=picture.duration or None,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
            pass_fds=(descriptor,),
        )
    if frames == 0:
        raise ToolError("ffmpeg decoded no picture", where=path, tail="\n".join(output.log.splitlines()[-8:]))
    found = _IDET.findall(output.log)
    return PictureRun(frames, Scan(*map(int, found[-1])) if found else None)


def _read_batches(stream: BinaryIO, columns: int, rows: int, analysers: Sequence[Analyser]) -> int:
    import numpy as np

    frame_bytes = columns * rows * 3
    frames = 0
    while data := stream.read(frame_bytes * BATCH):
        count = len(data) // frame_bytes
        if not count:
            break
        yuv = np.frombuffer(data, dtype=np.uint8, count=count * frame_bytes).reshape(count, 3, rows, columns)
        batch = Batch(frames, yuv)
        for analyser in analysers:
            analyser.feed(batch)
        frames += count
    return frames
