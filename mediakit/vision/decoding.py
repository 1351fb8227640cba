"""Frames of a stretch of a file, decoded once and handed on one at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.tools.opening import demux_on, open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_BACK_S = 3.0
_GIVE_UP = 200
"""So many packets in a row without a frame that can be decoded end a stretch."""


def decode_stretch(
    path: Path,
    stream: int,
    *,
    start: int | None,
    stop: int | None,
    seek: int | None,
    threads: int = 1,
    filtered: bool = True,
) -> Iterator[VideoFrame]:
    """Yield the frames of a picture stream whose tick is at least ``start`` and below ``stop``, in order.

    Damaged packets are passed over. H.264's deblocking filter, a fifth of the decoder's work, is left out on the frames
    between others, of which few or none are made from them: nothing that is looked for here depends on it.

    Args:
        path: the file.
        stream: the stream's number.
        start: first tick; None for all from the first packet on.
        stop: tick past the last; None for all up to the end.
        seek: tick of the key frame at which to start; None for the start of the file.
        threads: how many threads decode; the frames are the same for any number.
        filtered: False leaves the filter out on all frames; where there are many bits to a pixel it does little.

    Raises:
        InputError: not media, or no such stream.
    """
    with open_media(path) as container:
        picture: Any = next((s for s in container.streams.video if s.index == stream), None)
        if picture is None or picture.codec_context is None:
            raise InputError(f"has no picture stream {stream}", where=path)
        context = picture.codec_context
        context.thread_count = threads
        context.thread_type = "AUTO" if threads > 1 else "NONE"
        if context.name == "h264":
            context.options = {"skip_loop_filter": "bidir" if filtered else "all"}
        last: int | None = None
        for frame in _decode(_packets(container, picture, seek)):
            tick = frame.pts if frame.pts is not None else frame.dts
            if tick is None or (last is not None and tick <= last):
                continue
            if stop is not None and tick >= stop:
                return
            if start is None or tick >= start:
                last = tick
                yield frame


def _packets(container: InputContainer, stream: VideoStream, seek: int | None) -> Iterator[Packet[Any]]:
    """Yield packets from the key frame with a tick on.

    Demuxers seek to somewhere near: it is asked for an earlier place, and what comes before the key frame is left out.
    Where they land too late, reading starts anew from the start of the file.
    """
    import av

    if seek is None:
        yield from demux_on(container, stream, _GIVE_UP)
        return
    back = round(_BACK_S / (stream.time_base or 1))
    for place in (seek, seek - back, None):
        try:
            if place is None:
                container.seek(0)
            else:
                container.seek(place, stream=stream, backward=True, any_frame=False)
        except (av.FFmpegError, ValueError):
            continue
        found = False
        for packet in demux_on(container, stream, _GIVE_UP):
            if not found:
                tick = packet.pts if packet.pts is not None else packet.dts
                found = tick == seek and packet.is_keyframe
                if not found and tick is not None and tick > seek and packet.is_keyframe:
                    break
            if found:
                yield packet
        if found:
            return


def _decode(packets: Iterator[Packet[Any]]) -> Iterator[VideoFrame]:
    import av

    fruitless = 0
    for packet in packets:
        if packet.is_discard:
            fruitless = 0
        try:
            frames = packet.decode()
        except (av.FFmpegError, ValueError):
            fruitless += 1
            if fruitless > _GIVE_UP:
                return
            continue
        for frame in frames:
            if isinstance(frame, av.VideoFrame):
                fruitless = 0
                yield frame
