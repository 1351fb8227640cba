"""Reading stretches of a file's sound: cut to the sample by time stamps, folded to stereo, resampled where needed.

A stretch is decoded from a little early on (decoders need to settle, containers seek roughly), its gaps are filled
with silence, and a stream that starts late stays late against the picture. Everything runs in this process: an edit
of hundreds of stretches starts no process for each and opens each file once or twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.render.sample_line import SampleLine, TooLate, stream_folder
from mediakit.tools.opening import demux_on, open_media

if TYPE_CHECKING:
    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

    from mediakit.render.sound_source import SoundSource

    Samples = NDArray[np.float32]

EARLY_S = 0.7
"""Seconds that are decoded before a stretch."""

_MOST_IDLE = 12
_GIVE_UP = 50
"""So many packets in a row that cannot be read end a stretch."""
_FURTHER_BACK_S = (0.0, 6.0)
_APART_S = 10
"""Two streams may lie so far apart in the file; what is missing for longer is silence."""

_UNSEEKABLE = frozenset(("aac", "ac3", "eac3", "dts", "amr"))


class SoundFiles:
    """Open files, used again for one stretch after the other; those that wait are closed when they become many."""

    def __init__(self) -> None:
        self._open: dict[int, ExitStack] = {}
        self._idle: list[tuple[Path, InputContainer]] = []
        self.opened = 0

    def __enter__(self) -> SoundFiles:
        return self

    def __exit__(self, *_: object) -> None:
        for stack in self._open.values():
            stack.close()

    def take(self, path: Path) -> tuple[InputContainer, bool]:
        """Return an open file that nobody reads from, and whether it was read before; give it back with `release`."""
        for place, (known, container) in enumerate(self._idle):
            if known == path:
                del self._idle[place]
                return container, True
        stack = ExitStack()
        container = stack.enter_context(open_media(path))
        self._open[id(container)] = stack
        self.opened += 1
        return container, False

    def release(self, path: Path, container: InputContainer) -> None:
        """Give a file back."""
        self._idle.append((path, container))
        if len(self._idle) > _MOST_IDLE:
            _, oldest = self._idle.pop(0)
            self._open.pop(id(oldest)).close()


def read_stretch(
    files: SoundFiles,
    source: SoundSource,
    start: Fraction,
    length: int,
    rate: int,
    *,
    lead: int = 0,
) -> Iterator[Samples]:
    """Yield a stretch of a source's sound as (n, 2) blocks, ``lead + length`` samples in all.

    Args:
        files: where files are opened.
        source: where the sound lies.
        start: seconds on the source's programme clock.
        length: in samples.
        rate: samples a second of the result.
        lead: so many samples before ``start`` come first.

    Raises:
        InputError: the file has gone, or has no such sound.
    """
    import numpy as np

    first = round((source.zero + start) * rate) - lead
    wanted = lead + length
    container, used = files.take(source.path)
    done = 0
    try:
        for block in _find_blocks(container, source, first, rate, used):
            part = block[: wanted - done]
            done += len(part)
            yield part
            if done >= wanted:
                break
    finally:
        files.release(source.path, container)
    while done < wanted:
        part = np.zeros((min(wanted - done, rate), 2), np.float32)
        done += len(part)
        yield part


def _find_blocks(
    container: InputContainer, source: SoundSource, first: int, rate: int, used: bool
) -> Iterator[Samples]:
    """Yield the source's sound from an absolute sample of the container's clock on, to its end."""
    streams = _select_streams(container, source)
    wanted = Fraction(first, rate)
    for further in _FURTHER_BACK_S:
        early = wanted - Fraction(EARLY_S + further)
        if not _seek(container, streams, early):
            break
        used = True
        try:
            yield from _Weaver(container, streams, source, first, rate, settled=wanted).blocks()
            return
        except TooLate:
            continue
    if used:
        _rewind(container, streams)
    yield from _Weaver(container, streams, source, first, rate, settled=None).blocks()


def _select_streams(container: InputContainer, source: SoundSource) -> list[Any]:
    """Return the source's sound streams, and have the demuxer skip everything else."""
    from av.stream import Discard

    sounds = container.streams.audio
    if any(number >= len(sounds) for number in source.streams):
        raise InputError(f"has no sound track {max(source.streams) + 1}", where=source.path)
    chosen = [sounds[number] for number in source.streams]
    for stream in container.streams:
        stream.discard = Discard.default if stream in chosen else Discard.all
    for stream in chosen:
        if not stream.codec_context.is_open:
            stream.codec_context.thread_count = 1
    return chosen


def _seek(container: InputContainer, streams: list[Any], to: Fraction) -> bool:
    """Go to a place at or before a time; tell whether that worked and was worth it."""
    import av

    stream = streams[0]
    begin = Fraction(container.start_time or 0, av.time_base)
    if to <= begin or container.format.name in _UNSEEKABLE:
        return False
    try:
        container.seek(int(to / stream.time_base), stream=stream, backward=True)
    except av.FFmpegError:
        return False
    _flush(streams)
    return True


def _rewind(container: InputContainer, streams: list[Any]) -> None:
    import av

    try:
        container.seek(container.start_time or 0, backward=True)
    except av.FFmpegError as exc:
        raise InputError("cannot be read from its beginning again", where=container.name) from exc
    _flush(streams)


def _flush(streams: list[Any]) -> None:
    for stream in streams:
        stream.codec_context.flush_buffers()


class _Weaver:
    """Decodes one or two streams together and weaves them into stereo blocks."""

    def __init__(
        self,
        container: InputContainer,
        streams: list[Any],
        source: SoundSource,
        first: int,
        rate: int,
        *,
        settled: Fraction | None,
    ) -> None:
        self._container = container
        self._lines = {
            stream.index: SampleLine(stream, stream_folder(source, place), first, rate, settled)
            for place, stream in enumerate(streams)
        }
        self._streams = streams
        self._rate = rate

    def blocks(self) -> Iterator[Samples]:
        """Yield (n, 2) blocks to the end of the longest stream."""
        lines = list(self._lines.values())
        most = round(_APART_S * self._rate)
        for packet in demux_on(self._container, self._streams, _GIVE_UP):
            self._lines[packet.stream.index].decode(packet)
            longest = max(line.ready for line in lines)
            for line in lines:
                line.pad(longest - most)
            if (ready := min(line.ready for line in lines)) >= self._rate:
                yield self._weave(lines, ready)
        for line in lines:
            line.finish()
        last = max(line.ready for line in lines)
        for line in lines:
            line.pad(last)
        if last:
            yield self._weave(lines, last)

    def _weave(self, lines: list[SampleLine], count: int) -> Samples:
        taken = [line.take(count) for line in lines]
        woven = taken[0]
        for other in taken[1:]:
            woven = woven + other
        return woven
