"""Frames of a stretch of a file, decoded once and handed on one at a time: all, or only those that others need.

Between the frames of which others are made lie those of which none are, often more than half. Read thinly, a stretch
gives the first kind, and the times of all; what lies between two of them can be asked for afterwards, where it
matters::

    frames      I  b  b  P  b  b  P  b  b  I
    thinly      •        •        •        •
    between              •  •  •  •              a gap that is asked for: decoding starts at the key frame before it
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.tools.opening import demux_on, open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame

    Packets = Iterator[Packet[Any]]

_BACK_S = 3.0
_GIVE_UP = 200
"""So many packets in a row without a frame that can be decoded end a stretch."""
_THIN_FPS = 20
"""Slower pictures have no frame to spare."""

Gap = tuple[int, int]
"""Ticks of two frames, between which others are shown."""


class StretchReader:
    """Reads the frames of a picture stream whose tick is at least ``start`` and below ``stop``, in order.

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

    Attributes:
        beyond: the frame that follows the stretch, once it was read.
    """

    def __init__(
        self,
        path: Path,
        stream: int,
        *,
        start: int | None = None,
        stop: int | None = None,
        seek: int | None = None,
        threads: int = 1,
        filtered: bool = True,
    ) -> None:
        self._path, self._stream = path, stream
        self._start, self._stop, self._seek = start, stop, seek
        self._threads, self._filtered = threads, filtered
        self._shown: list[int] = []
        self._keys: list[int] = []
        self.beyond: VideoFrame | None = None

    @property
    def count(self) -> int:
        """How many frames' packets were read."""
        return len(self._shown)

    @property
    def shown(self) -> list[int]:
        """The ticks of all frames of the stretch, those that were left out among them; after `frames`."""
        return sorted(self._shown)

    def frames(self, *, thin: bool = False) -> Iterator[VideoFrame]:
        """Yield the stretch's frames; ``thin`` leaves out those of which no others are made.

        Raises:
            InputError: not media, or no such stream.
        """
        self._shown, self._keys, self.beyond = [], [], None
        with ExitStack() as stack:
            container, picture = self._open(stack)
            if thin and (picture.average_rate or 0) >= _THIN_FPS:
                picture.codec_context.skip_frame = "NONREF"
            packets = self._note(_find_packets(container, picture, self._seek), picture.codec_context)
            last: int | None = None
            for frame in _decode(packets):
                tick = tick_of(frame)
                if tick is None or (last is not None and tick <= last):
                    continue
                if self._stop is not None and tick >= self._stop:
                    self.beyond = frame
                    break
                if self._start is None or tick >= self._start:
                    last = tick
                    yield frame
            for packet in packets:  # what was left out may come after the frame that it is shown before
                if self._stop is None or packet.dts is None or packet.dts >= self._stop:
                    break

    def frames_between(self, gaps: Sequence[Gap]) -> Iterator[VideoFrame]:
        """Yield the frames of some gaps, in order: those after a gap's first tick and before its second.

        Args:
            gaps: in order, apart from each other; after `frames` was read.
        """
        keys = sorted(self._keys)

        def find_key(gap: Gap) -> int | None:
            place = bisect_right(keys, gap[0])
            return keys[place - 1] if place else self._seek

        with ExitStack() as stack:
            container, picture = self._open(stack)
            for key, group in groupby(gaps, find_key):
                wanted = list(group)
                picture.codec_context.flush_buffers()
                packets = _choose(_find_packets(container, picture, key), picture.codec_context, wanted)
                for frame in _decode(packets):
                    tick = tick_of(frame)
                    if tick is not None and tick >= wanted[-1][1]:
                        break
                    if tick is not None and _lies_in(tick, wanted):
                        yield frame

    def _open(self, stack: ExitStack) -> tuple[InputContainer, Any]:
        container = stack.enter_context(open_media(self._path))
        picture: Any = next((s for s in container.streams.video if s.index == self._stream), None)
        if picture is None or picture.codec_context is None:
            raise InputError(f"has no picture stream {self._stream}", where=self._path)
        context = picture.codec_context
        context.thread_count = self._threads
        context.thread_type = "AUTO" if self._threads > 1 else "NONE"
        if context.name == "h264":
            context.options = {"skip_loop_filter": "bidir" if self._filtered else "all"}
        return container, picture

    def _note(self, packets: Packets, context: Any) -> Packets:
        """Hand packets on and note which frames they are; without their times, no frame may be left out."""
        for packet in packets:
            if packet.size and not packet.is_discard:
                tick = packet.pts
                if tick is None:
                    context.skip_frame = "DEFAULT"
                elif (self._start is None or tick >= self._start) and (self._stop is None or tick < self._stop):
                    self._shown.append(tick)
                    if packet.is_keyframe:
                        self._keys.append(tick)
            yield packet


def tick_of(frame: VideoFrame) -> int | None:
    """Return when a frame is shown, in ticks of its stream."""
    return frame.pts if frame.pts is not None else frame.dts


def _choose(packets: Packets, context: Any, gaps: Sequence[Gap]) -> Packets:
    """Hand packets on; frames of which no others are made are decoded in the gaps alone."""
    for packet in packets:
        wanted = packet.pts is None or _lies_in(packet.pts, gaps)
        context.skip_frame = "DEFAULT" if wanted else "NONREF"
        yield packet


def _lies_in(tick: int, gaps: Sequence[Gap]) -> bool:
    place = bisect_left(gaps, (tick,))
    return place > 0 and gaps[place - 1][0] < tick < gaps[place - 1][1]


def _find_packets(container: InputContainer, stream: Any, seek: int | None) -> Packets:
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


def _decode(packets: Packets) -> Iterator[VideoFrame]:
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
