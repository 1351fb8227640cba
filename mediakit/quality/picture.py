"""One decode of the picture: small point samples of every frame go to all picture checks.

ffmpeg decodes, takes every n-th pixel (no averaging, so that shares of the picture stay true) and writes a few
thousand points a frame into a pipe; a second branch keeps the full height for interlace detection. Memory does not
grow with the programme but for a few bytes a frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from mediakit.errors import ToolError
from mediakit.quality.tap import open_tap
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONG_SIDE = 160
"""Points along the picture's longer side."""
BLOCK = 4
"""Points along a block's side; 160 points are 40 blocks."""
BATCH = 32
"""Frames that are looked at together."""

_SCAN_KEY = "lavfi.idet.single.current_frame"
_REORDERING_S = Fraction(3, 23)
_EARLY_S = Fraction(5, 2)


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
    def block_sums(self) -> NDArray[np.uint16]:
        """Sums over the points of every block, uint16 (frames, 3, block rows, block columns)."""
        import numpy as np

        count, planes, rows, columns = self.yuv.shape
        down, across = rows // BLOCK, columns // BLOCK
        tiles = self.yuv[:, :, : down * BLOCK, : across * BLOCK].reshape(count, planes, down, BLOCK, across, BLOCK)
        sums: NDArray[np.uint16] = tiles.sum(axis=(3, 5), dtype=np.uint16)
        return sums


@dataclass(frozen=True)
class PictureRun:
    """What the decode left: how many frames came, and the scan of each as a letter (see `scan.count_scan`)."""

    frames: int
    scans: str


@dataclass(frozen=True)
class Stretch:
    """Frames ``first`` to ``end`` of a file whose frame ``n`` is shown ``n / fps`` seconds after its start.

    Frame ``first`` is a key frame, and nothing from it on needs an earlier one. ``seek`` says where the decoder
    starts: ``at`` the key frame, ``early`` by some seconds (slower, sure), or at the file's ``start`` (fragments
    without an index).
    """

    fps: Fraction
    start_s: Fraction
    first: int
    end: int
    seek: Literal["at", "early", "start"] = "at"


@dataclass(frozen=True)
class Decoding:
    """How a picture is decoded.

    Attributes:
        stream: number of the stream in its file.
        width: coded pixels.
        points: columns and rows of the point samples.
        scan: whether to look for fields.
        threads: of the decoder.
        stretch: which frames; the whole file where there is none.
    """

    stream: int
    width: int
    points: tuple[int, int]
    scan: bool = True
    threads: int = 2
    stretch: Stretch | None = None


def sample_size(width: int, height: int) -> tuple[int, int]:
    """Return columns and rows of the point samples, multiples of a block, in the shape of the seen picture."""
    longer = max(width, height, 1)
    across = max(round(width * LONG_SIDE / longer / BLOCK), 4) * BLOCK
    down = max(round(height * LONG_SIDE / longer / BLOCK), 4) * BLOCK
    return across, down


def run_picture(
    path: Path,
    decoding: Decoding,
    consume: Callable[[Batch], None],
    *,
    duration: float | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> PictureRun:
    """Decode a file's picture, or a stretch of it, and hand on its samples.

    Frames are numbered from the first that is decoded. An exception of ``consume`` comes out here.

    Raises:
        ToolError: ffmpeg failed.
        Cancelled: ``is_cancelled`` said so.
    """
    columns, rows = decoding.points
    frames = 0

    def read(stream: BinaryIO) -> None:
        nonlocal frames
        frames = _read_batches(stream, columns, rows, consume)

    scans: list[str] = []
    with open_tap(read) as descriptor, open_tap(lambda stream: scans.extend(_read_scans(stream))) as scan_descriptor:
        arguments = ["-threads", str(decoding.threads), *_seek(decoding), *ffmpeg_input(path)]
        arguments += ["-filter_complex", _graph(decoding, scan_descriptor)]
        arguments += ["-map", "[points]", "-fps_mode", "passthrough", "-f", "rawvideo", f"pipe:{descriptor}"]
        output = run_ffmpeg(
            arguments,
            task=f"look at {path.name}",
            duration=duration,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
            pass_fds=(descriptor, scan_descriptor),
        )
    if frames == 0:
        raise ToolError("ffmpeg decoded no picture", where=path, tail="\n".join(output.log.splitlines()[-8:]))
    return PictureRun(frames, "".join(scans))


def _seek(decoding: Decoding) -> list[str]:
    """Return options that start the decoder at the stretch's key frame, or early.

    Where frames are reordered ffmpeg aims `_REORDERING_S` before the time that it is given (decoding times precede
    those of showing), and a key frame before the aim is taken; half a frame more makes it this one. Where frames are
    not reordered, or another key frame lies near, the start may be too late: frames are missing then, and it has to be
    early.
    """
    stretch = decoding.stretch
    if stretch is None:
        return []
    time = stretch.start_s + stretch.first / stretch.fps
    time += -_EARLY_S if stretch.seek == "early" else _REORDERING_S + 1 / (2 * stretch.fps)
    if stretch.first == 0 or stretch.seek == "start" or time <= stretch.start_s:
        return ["-copyts"]
    return ["-copyts", "-noaccurate_seek", "-seek_timestamp", "1", "-ss", f"{float(time):.6f}"]


def _graph(decoding: Decoding, scan_descriptor: int) -> str:
    columns, rows = decoding.points
    points = f"scale={columns}:{rows}:flags=neighbor:out_range=limited,format=yuv444p"
    source = f"[0:{decoding.stream}]"
    if stretch := decoding.stretch:
        tick = 1 / stretch.fps
        numbered = f"settb={tick.numerator}/{tick.denominator},setpts=PTS-({round(stretch.start_s * stretch.fps)})"
        source += f"{numbered},trim=start_pts={stretch.first}:end_pts={stretch.end},"
    if not decoding.scan:
        return f"{source}{points}[points]"
    narrow = f"scale={max(min(LONG_SIDE, decoding.width) // 2 * 2, 2)}:ih:flags=neighbor"
    told = f"metadata=print:key={_SCAN_KEY}:file=pipe\\\\:{scan_descriptor}"
    return f"{source}split=2[a][b];[a]{points}[points];[b]{narrow},idet,{told},nullsink"


def _read_scans(stream: BinaryIO) -> Iterator[str]:
    mark = f"{_SCAN_KEY}=".encode()
    for line in stream:
        if line.startswith(mark):
            yield chr(line[len(mark)])


def _read_batches(stream: BinaryIO, columns: int, rows: int, consume: Callable[[Batch], None]) -> int:
    import numpy as np

    frame_bytes = columns * rows * 3
    frames = 0
    while data := stream.read(frame_bytes * BATCH):
        count = len(data) // frame_bytes
        if not count:
            break
        yuv = np.frombuffer(data, dtype=np.uint8, count=count * frame_bytes).reshape(count, 3, rows, columns)
        consume(Batch(frames, yuv))
        frames += count
    return frames
