"""A still that stands for a clip: the best of a few key frames, neither black nor flat nor blurred."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.info import VideoStream
from mediakit.media.packets import PacketIndex
from mediakit.tools.opening import open_media
from mediakit.tools.stills import turn_upright

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

LONG_SIDE = 640
_CANDIDATES = 12
_LANES = 2
"""Candidates that are decoded at once."""
_PACKETS_A_PLACE = 40
_MAX_PACKETS = 600
_DULL = 0.03
_QUALITY = 88


def make_thumbnail(source: Path, picture: VideoStream, index: PacketIndex, target: Path) -> float:
    """Write a JPEG of the clip's best frame, upright and in square pixels, and return its time in seconds.

    The same file gives the same bytes.

    Args:
        source: the media file.
        picture: its main picture.
        index: that picture's packet index.
        target: where to write the JPEG; longer side at most 640 px.

    Raises:
        InputError: no frame could be decoded.
    """
    best = _best_key_frame(source, picture, index)
    if best is None or best[0] < _DULL:
        best = _pick(_frames_in_order(source, picture, index), best)
    if best is None:
        raise InputError("no frame can be decoded for a thumbnail", where=source)
    _write(best[2], picture, target)
    return best[1]


_Pick = tuple[float, float, "VideoFrame"]


def _pick(frames: Iterable[tuple[float, VideoFrame]], best: _Pick | None) -> _Pick | None:
    """Return (score, seconds, frame) of the best frame; the earlier one where two are equal."""
    for time, frame in frames:
        score = score_frame(_small_luma(frame))
        if best is None or score > best[0] + 1e-9:
            best = (score, time, frame)
    return best


def _frames_in_order(source: Path, picture: VideoStream, index: PacketIndex) -> Iterator[tuple[float, VideoFrame]]:
    """Yield some of the frames at the clip's start, for clips whose few key frames show nothing."""
    import av

    step = max(min(len(index), _MAX_PACKETS) // (2 * _CANDIDATES), 1)
    with open_media(source) as container:
        stream = container.streams[picture.index]
        number = 0
        for _, packet in zip(range(_MAX_PACKETS), container.demux(stream), strict=False):
            try:
                frames = packet.decode()
            except (av.FFmpegError, ValueError):
                continue
            for frame in frames:
                if isinstance(frame, av.VideoFrame) and number % step == 0:
                    yield float((frame.pts or 0) * index.time_base), frame
                number += 1


def _best_key_frame(source: Path, picture: VideoStream, index: PacketIndex) -> _Pick | None:
    """Return the best of some key frames spread over the clip; of equal ones that nearest to the middle."""
    ticks = _candidates(index)
    with ThreadPoolExecutor(_LANES) as pool:
        lanes = [ticks[lane::_LANES] for lane in range(min(_LANES, len(ticks)))]
        bests = [
            best for best in pool.map(lambda lane: _pick(_frames_at(source, picture, index, lane), None), lanes) if best
        ]
    return max(bests, key=lambda best: best[0], default=None)


def _candidates(index: PacketIndex) -> list[int]:
    """Return the source ticks of key frames spread over the clip, the middle ones first; the first frame's at least."""
    import numpy as np

    keys = np.unique(index.pts[index.key & index.shown])
    if not len(keys):
        keys = index.frame_pts[:1]
    wanted = np.unique(np.linspace(0, len(keys) - 1, min(_CANDIDATES, len(keys))).round().astype(int))
    middle_first = sorted(wanted, key=lambda n: (abs(2 * n - (len(keys) - 1)), n))
    return [int(keys[number]) for number in middle_first]


def _frames_at(
    source: Path, picture: VideoStream, index: PacketIndex, ticks: Sequence[int]
) -> Iterator[tuple[float, VideoFrame]]:
    """Yield (seconds, frame) at source ticks, where one can be decoded."""
    import av

    with open_media(source) as container:
        stream = container.streams[picture.index]
        for tick in ticks:
            try:
                container.seek(tick, stream=stream, backward=True, any_frame=False)
                for _, packet in zip(range(_PACKETS_A_PLACE), container.demux(stream), strict=False):
                    frame = next((f for f in packet.decode() if isinstance(f, av.VideoFrame)), None)
                    if frame is not None:
                        yield float((frame.pts if frame.pts is not None else tick) * index.time_base), frame
                        break
            except (av.FFmpegError, ValueError):
                continue


def score_frame(luma: NDArray[np.uint8]) -> float:
    """Return how well a frame stands for its clip: exposure, contrast and sharpness, each 0 to 1, multiplied.

    Args:
        luma: 2-D, 0 (black) to 255.
    """
    import numpy as np

    plane = luma.astype(np.float64)
    mean = float(plane.mean())
    exposure = min(max((mean - 12) / 60, 0.0), 1.0) * min(max((250 - mean) / 60, 0.0), 1.0)
    contrast = min(float(plane.std()) / 55, 1.0)
    edges = np.abs(np.diff(plane, axis=0)).mean() + np.abs(np.diff(plane, axis=1)).mean()
    sharpness = min(float(edges) / 20, 1.0)
    return exposure * (0.1 + contrast) * (0.1 + sharpness)


def _small_luma(frame: VideoFrame) -> NDArray[np.uint8]:
    import numpy as np

    scale = min(256 / max(frame.width, frame.height), 1.0)
    width, height = max(round(frame.width * scale), 8), max(round(frame.height * scale), 8)
    return np.asarray(frame.reformat(width=width, height=height, format="gray").to_ndarray(), dtype=np.uint8)


def _write(frame: VideoFrame, picture: VideoStream, target: Path) -> None:
    from PIL import Image

    image = turn_upright(Image.fromarray(frame.to_ndarray(format="rgb24")), picture)
    scale = min(LONG_SIDE / max(picture.display_width, picture.display_height), 1.0)
    size = (max(round(picture.display_width * scale), 1), max(round(picture.display_height * scale), 1))
    image.resize(size, Image.Resampling.LANCZOS).save(target, "JPEG", quality=_QUALITY, optimize=True)
