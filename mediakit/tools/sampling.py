"""A few decoded frames of every stream, from start, middle and end: what only decoding tells, and what is damaged."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mediakit.media.packets import PacketIndex
from mediakit.tools.opening import open_media
from mediakit.tools.scan import Scan, is_programme_picture

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.buffer import Buffer
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame

_FRAMES_AT_PLACE = 4
_MAX_PACKETS_AT_PLACE = 60
_MAX_PIXELS_AT_PLACE = 60 * 1920 * 1080
_SOUND_PACKETS = 40
_SIDE_BY_SIDE = 2
"""Places that are decoded at once: nothing else can begin before a file is known."""


@dataclass
class Sample:
    """What the decoded frames of one stream showed; colour codes are those of ITU-T H.273."""

    frames: int = 0
    failures: int = 0
    error: str | None = None
    interlaced: bool = False
    rotation: int = 0
    mirrored: bool = False
    width: int = 0
    height: int = 0
    pixel_format: str = ""
    color_range: int = 0
    primaries: int = 2
    transfer: int = 2
    space: int = 2
    sample_rate: int = 0
    channels: int = 0
    layout: str = ""

    def and_then(self, later: Sample) -> Sample:
        """Return what this place and a later one show together: what something is, is told by the first frame."""
        first = self if self.frames else later
        return replace(
            first,
            frames=self.frames + later.frames,
            failures=self.failures + later.failures,
            error=self.error if self.error is not None else later.error,
            interlaced=self.interlaced or later.interlaced,
        )


def sample_streams(path: Path, scan: Scan) -> dict[int, Sample]:
    """Decode a few frames of every programme stream of a file."""
    with open_media(path, probed=False) as container:
        numbers = [s.index for s in container.streams if s.type == "audio" or is_programme_picture(s)]
    numbers = [number for number in numbers if scan.streams[number].packets]
    places = [(number, place) for number in numbers for place in _places(scan, number, scan.indexes.get(number))]
    samples = {number: Sample() for number in numbers}
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        # A picture's last place is the longest: it begins before its others, so that nothing is left waiting for it.
        found = list(pool.map(lambda one: _sample_place(path, *one), reversed(places)))
        for (number, _), sample in zip(places, reversed(found), strict=True):
            samples[number] = samples[number].and_then(sample)
    return samples


def _places(scan: Scan, number: int, index: PacketIndex | None) -> list[tuple[int | None, int, int]]:
    """Return (tick to seek to or None for the start, packets to decode, frames to look at)."""
    if index is None:
        found = scan.streams[number]
        places: list[tuple[int | None, int, int]] = [(None, _SOUND_PACKETS, _SOUND_PACKETS)]
        if found.packets > 3 * _SOUND_PACKETS and found.first is not None and found.end is not None:
            share = (found.end - found.first) * _SOUND_PACKETS // found.packets
            places.append((found.end - share, 2 * _SOUND_PACKETS, 2 * _SOUND_PACKETS))
        return places
    places = [(None, _MAX_PACKETS_AT_PLACE, _FRAMES_AT_PLACE)]
    keys = index.key_pts
    if len(keys) > 3:
        places += [(int(keys[len(keys) * part // 4]), _MAX_PACKETS_AT_PLACE, _FRAMES_AT_PLACE) for part in (1, 2, 3)]
    if len(keys):
        places.append((int(keys[-1]), _MAX_PACKETS_AT_PLACE, _MAX_PACKETS_AT_PLACE))
    return places


def _sample_place(path: Path, number: int, place: tuple[int | None, int, int]) -> Sample:
    """Decode a stream at one place, in a container of its own: a seek after decoding leaves some demuxers confused."""
    sample = Sample()
    with open_media(path, probed=False) as container:
        stream = container.streams[number]
        if stream.codec_context is not None:
            _decode_place(container, stream, place, sample)
    return sample


def _decode_place(
    container: InputContainer, stream: Stream, place: tuple[int | None, int, int], sample: Sample
) -> None:
    import av

    tick, packets, frames = place
    pixels = max(getattr(stream.codec_context, "width", 0) * getattr(stream.codec_context, "height", 0), 1)
    if stream.type == "video" and packets * pixels > _MAX_PIXELS_AT_PLACE:
        packets = max(_MAX_PIXELS_AT_PLACE // pixels, 8)
    if tick is not None:
        try:
            container.seek(tick, stream=stream, backward=True, any_frame=False)
        except (av.FFmpegError, ValueError):
            return
    for seen, frame in enumerate(_decode(container, stream, packets, sample), 1):
        if not sample.frames:
            _look_first(frame, sample)
        sample.frames += 1
        if stream.type == "video":
            sample.interlaced = sample.interlaced or bool(getattr(frame, "interlaced_frame", False))
        if frame.is_corrupt and tick is not None:
            sample.failures += 1
            sample.error = sample.error or "damaged frames"
        if seen >= frames:
            return


def _decode(
    container: InputContainer, stream: Stream, packets: int, sample: Sample
) -> Iterator[VideoFrame | AudioFrame]:
    """Yield decoded frames of at most ``packets`` packets; failures are counted, and decoding goes on."""
    import av

    source = container.demux(stream)
    for _ in range(packets):
        try:
            packet = next(source)
        except StopIteration:
            return
        except (av.FFmpegError, ValueError):
            return
        try:
            decoded = packet.decode()
        except (av.FFmpegError, ValueError) as exc:
            sample.failures += 1
            sample.error = getattr(exc, "strerror", None) or str(exc)
            continue
        for frame in decoded:
            if isinstance(frame, av.VideoFrame | av.AudioFrame):
                yield frame


def _look_first(frame: VideoFrame | AudioFrame, sample: Sample) -> None:
    import av

    if isinstance(frame, av.AudioFrame):
        sample.sample_rate = frame.sample_rate
        sample.layout = frame.layout.name
        sample.channels = frame.layout.nb_channels
        return
    sample.width, sample.height = frame.width, frame.height
    sample.pixel_format = frame.format.name
    sample.color_range = int(frame.color_range)
    sample.primaries = int(frame.color_primaries)
    sample.transfer = int(frame.color_trc)
    sample.space = int(frame.colorspace)
    matrix = frame.side_data.get("DISPLAYMATRIX")
    if matrix is not None:
        sample.rotation, sample.mirrored = read_matrix(bytes(cast("Buffer", matrix)))


def read_matrix(matrix: bytes) -> tuple[int, bool]:
    """Return (clockwise degrees, mirrored) of a display matrix: nine 32-bit integers, 16.16 fixed point.

    Mirrored means that the picture is flipped left to right before it is turned.
    """
    from math import atan2, degrees

    if len(matrix) < 36:
        return 0, False
    a, b, _, c, d, *_ = struct.unpack("=9i", matrix[:36])
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b
    return round(degrees(atan2(b, a)) / 90) * 90 % 360, mirrored
