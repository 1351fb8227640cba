"""Small stills of a clip at given times, upright and in square pixels, decoded once from front to back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.tools.opening import open_media

if TYPE_CHECKING:
    from av.video.frame import VideoFrame
    from PIL.Image import Image as Picture

    from mediakit.media.info import VideoStream
    from mediakit.media.packets import PacketIndex


def take_stills(
    path: Path,
    picture: VideoStream,
    index: PacketIndex,
    times: Sequence[float],
    *,
    height: int,
    on_progress: Callable[[float], None] = lambda share: None,
) -> dict[float, Picture]:
    """Return the frames that are shown at some times; one that cannot be decoded is left out.

    Args:
        path: the media file.
        picture: its picture stream.
        index: that stream's packets.
        times: seconds after the first frame.
        height: of the stills in pixels, in their upright form.
        on_progress: told the share that is done; may raise to stop.
    """
    import av
    import numpy as np

    wanted: dict[int, list[float]] = {}
    start = int(index.frame_pts[0])
    half = 0.25 / float(picture.fps or 25)
    for time in sorted(set(times)):
        tick = start + int((time + half) / float(index.time_base))
        frame = max(int(np.searchsorted(index.frame_pts, tick, side="right")) - 1, 0)
        wanted.setdefault(int(index.frame_pts[frame]), []).append(time)
    found: dict[float, Picture] = {}
    pending = sorted(wanted)
    with open_media(path) as container:
        stream = container.streams[picture.index]
        while pending:
            on_progress(len(found) / max(len(times), 1))
            key = _key_before(index, pending[0])
            try:
                container.seek(key, stream=stream, backward=True, any_frame=False)
                _decode_on(container, stream, index, pending, found, wanted, picture, height)
            except (av.FFmpegError, ValueError):
                pending.pop(0)
    return found


def _key_before(index: PacketIndex, tick: int) -> int:
    """Return the tick of the last key frame at or before one."""
    import numpy as np

    place = int(np.searchsorted(index.key_pts, tick, side="right")) - 1
    return int(index.key_pts[max(place, 0)]) if len(index.key_pts) else tick


def _decode_on(  # type: ignore[no-untyped-def]
    container, stream, index: PacketIndex, pending: list[int], found, wanted, picture: VideoStream, height: int
) -> None:
    """Decode from where the container stands, as long as the next wanted frame is no further than its key frame."""
    import av

    here = _key_before(index, pending[0])
    first = pending[0]
    for frame in container.decode(stream):
        if not isinstance(frame, av.VideoFrame) or frame.pts is None:
            continue
        while pending and frame.pts >= pending[0]:
            tick = pending.pop(0)
            for time in wanted[tick]:
                found[time] = shrink(frame, picture, height)
        if not pending or _key_before(index, pending[0]) != here:
            return
    if pending and pending[0] == first:
        pending.pop(0)


def shrink(frame: VideoFrame, picture: VideoStream, height: int) -> Picture:
    """Return a decoded frame as a viewer sees it, ``height`` pixels high."""
    from PIL import Image

    width = max(round(height * picture.display_width / picture.display_height), 2)
    across, down = (height, width) if picture.rotation % 180 else (width, height)
    rgb = frame.reformat(width=max(across, 2), height=max(down, 2), format="rgb24", interpolation="AREA")
    return turn_upright(Image.fromarray(rgb.to_ndarray()), picture)


def turn_upright(image: Picture, picture: VideoStream) -> Picture:
    """Return a picture as it is coded, mirrored and turned as a viewer sees it."""
    from PIL import Image

    if picture.mirrored:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turns = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}
    return image.transpose(turns[picture.rotation]) if picture.rotation in turns else image
