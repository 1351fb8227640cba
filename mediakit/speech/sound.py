"""Sound for recognition: one chosen stream as 16 kHz mono samples, a bounded stretch at a time.

Times are seconds from the container's first time stamp, which is a player's zero; a gap in the stream becomes
silence, so a sample's place in the array is its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.media.info import AudioStream, MediaInfo
from mediakit.tools.opening import open_media

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 16_000
"""Samples a second, as Whisper takes them."""

SECTION_S = 600.0
"""A long programme is heard in sections of about this length."""

_EDGE_S = 12.0
_PREROLL_S = 2.0
_QUIET_S = 0.4


@dataclass(frozen=True)
class Stretch:
    """Samples (float32, mono, -1 to 1) and the time of the first."""

    start: float
    samples: Samples

    @property
    def end(self) -> float:
        """Seconds at the last sample's end."""
        return self.start + len(self.samples) / RATE


def choose_stream(info: MediaInfo, track: int | None, where: str | Path) -> AudioStream:
    """Return the sound stream to listen to: ``track`` counts sound streams from 1; None takes the main one.

    Raises:
        InputError: no sound, or no such track.
    """
    if not info.audio:
        raise InputError(
            "has no sound stream, so there is no speech to transcribe",
            where=where,
            hint="name a file with sound, or import a subtitle file with --import",
        )
    if track is None:
        assert info.sound is not None
        return info.sound
    if track > len(info.audio):
        found = f"{len(info.audio)} sound track" + ("s" if len(info.audio) > 1 else "")
        raise InputError(f"has no sound track {track}: it has {found}", where=where, hint="tracks count from 1")
    return info.audio[track - 1]


def choose_channel(info: MediaInfo, track: int | None, channel: int | None) -> int | None:
    """Return the channel to listen to, from 1: the one asked for, else the only one that the sound map takes."""
    if channel is not None or track is not None:
        return channel
    taken = {one.channel for one in info.sound_map if info.sound is not None and one.stream == info.sound.index}
    whole = info.sound is None or info.sound.channels == 1
    return None if whole or len(taken) != 1 else taken.pop() + 1


def identify_sound(info: MediaInfo, stream: AudioStream) -> list[Any]:
    """Return what tells one sound from another: its packets and their place, whatever file they lie in.

    Times count coarsely, as containers round them differently.
    """
    if stream.content is None:
        return [info.digest, stream.index]
    place = round((stream.start - info.start) * 50), round(stream.duration * 10)
    return [stream.content, stream.sample_rate, stream.channels, *place]


def section_count(duration: float) -> int:
    """Return in how many sections a programme of ``duration`` seconds is heard."""
    return max(1, round(duration / SECTION_S))


def section_length(duration: float, number: int) -> float:
    """Return about how many seconds of a programme a section (from 0) holds, 1 at the least."""
    return min(SECTION_S, max(1.0, duration - SECTION_S * number))


def read_section(
    path: Path,
    stream_index: int,
    number: int,
    count: int,
    *,
    channel: int | None = None,
    on_seconds: Callable[[float], None] | None = None,
) -> Stretch:
    """Return one of ``count`` sections, cut where it is quietest near the even marks; the last goes to the end.

    Both neighbours of a cut look at the same sound and so agree on it without knowing of each other.
    """
    first, last = number * SECTION_S, (number + 1) * SECTION_S
    start = max(0.0, first - _EDGE_S) if number else 0.0
    is_last = number + 1 >= count
    end = last + SECTION_S if is_last else last + _EDGE_S
    stretch = read_stretch(path, stream_index, start, end, channel=channel, on_seconds=on_seconds)
    begin = _quietest(stretch, first) if number else 0.0
    finish = stretch.end if is_last else _quietest(stretch, last)
    low, high = round((begin - stretch.start) * RATE), round((finish - stretch.start) * RATE)
    return Stretch(stretch.start + low / RATE, stretch.samples[low : max(low, high)])


def _quietest(stretch: Stretch, mark: float) -> float:
    """Return the middle of the quietest moment within reach of ``mark``, in seconds."""
    import numpy as np

    low = max(0, round((mark - _EDGE_S - stretch.start) * RATE))
    near = stretch.samples[low : low + round(2 * _EDGE_S * RATE)]
    step = RATE // 50
    frames = len(near) // step
    width = round(_QUIET_S * 50)
    if frames <= width:
        return min(mark, stretch.end)
    power = np.square(near[: frames * step].astype(np.float64)).reshape(frames, step).mean(axis=1)
    smooth = np.convolve(power, np.ones(width), mode="valid")
    place = int(np.argmin(np.round(smooth, 9))) + width / 2
    return stretch.start + (low + place * step) / RATE


def read_stretch(
    path: Path,
    stream_index: int,
    start: float,
    end: float | None,
    *,
    channel: int | None = None,
    on_seconds: Callable[[float], None] | None = None,
) -> Stretch:
    """Decode from ``start`` to ``end`` seconds (None: to the last sample) to 16 kHz mono.

    Args:
        path: the media file.
        stream_index: the stream's index in the container.
        start: where to begin.
        end: where to stop.
        channel: one channel of the stream, counted from 1; None mixes all of them.
        on_seconds: called with the time that decoding has reached; may raise to stop.

    Raises:
        InputError: the stream cannot be decoded at all.
    """
    import av
    import numpy as np

    pieces: list[Samples] = []
    place = round(start * RATE)
    stop = None if end is None else round(end * RATE)
    with open_media(path) as container:
        stream = container.streams[stream_index]
        if not isinstance(stream, av.AudioStream):
            raise InputError(f"stream {stream_index} is not sound", where=path)
        zero = (container.start_time or 0) / av.time_base
        if start > _PREROLL_S:
            container.seek(round((start - _PREROLL_S + zero) * av.time_base), backward=True)
        for at, samples in _resampled(container, stream, zero, channel):
            first = round(at * RATE)
            if first > place:
                gap = (first if stop is None else min(first, stop)) - place
                pieces.append(np.zeros(gap, np.float32))
                place += gap
            part = samples[place - first :]
            if stop is not None:
                part = part[: max(0, stop - place)]
            if len(part):
                pieces.append(part)
                place += len(part)
                if on_seconds is not None:
                    on_seconds(place / RATE)
            if stop is not None and place >= stop:
                break
    joined = np.concatenate(pieces) if pieces else np.zeros(0, np.float32)
    return Stretch(start, np.nan_to_num(joined, copy=False).clip(-1.0, 1.0))


_SLIP_S = 0.04


def _resampled(container: Any, stream: Any, zero: float, channel: int | None) -> Any:
    """Yield (seconds, samples); small slips of the time stamps are ignored, larger ones restart the clock."""
    import av

    resampler = None
    expected: float | None = None
    position = 0.0
    decoded = failed = 0
    for frame in _frames(container, stream):
        if frame is None:
            failed += 1
            continue
        decoded += 1
        at = expected if frame.time is None else float(frame.time) - zero
        at = 0.0 if at is None else at
        if expected is None or abs(at - expected) > _SLIP_S:
            resampler, position = None, at
        if resampler is None:
            layout = None if channel is not None else "mono"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=RATE)
        expected = at + frame.samples / frame.sample_rate
        for out in resampler.resample(frame):
            samples = _one_channel(out.to_ndarray(), channel)
            yield position, samples
            position += len(samples) / RATE
    if resampler is not None:
        for out in resampler.resample(None):
            yield position, _one_channel(out.to_ndarray(), channel)
    if not decoded:
        message = "none of its sound can be decoded" if failed else "its sound stream holds no sound"
        raise InputError(message, where=container.name.removeprefix("file:"), hint="check that the file is complete")


def _frames(container: Any, stream: Any) -> Any:
    """Yield frames; None stands for a packet that cannot be decoded."""
    import av

    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.FFmpegError:
            return  # what was read so far is what there is
        try:
            yield from packet.decode()
        except av.FFmpegError:
            yield None


def _one_channel(planes: Any, channel: int | None) -> Any:
    if channel is None:
        return planes.reshape(-1)
    if channel > planes.shape[0]:
        raise InputError(f"the sound has no channel {channel}: it has {planes.shape[0]}", hint="channels count from 1")
    return planes[channel - 1]
