"""Making a mix's samples: events read, cleaned, faded, ducked and added up, a chunk of the programme at a time.

Memory stays the same whatever the programme's length: chunks go to a WAV of 32-bit float. Music that ducks is added
in a second pass over that file, when all speech has been heard.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from mediakit.errors import Cancelled
from mediakit.render.cleaning import LEAD_S, NoiseBook, cut_rumble, reduce_noise
from mediakit.render.ducking import STEP_HZ, SpeechTrack, draw_envelope, duck_gain, measure_levels
from mediakit.render.mix import FADE_S
from mediakit.render.sound_reading import SoundFiles, read_stretch

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.render.mix import Mix, SoundEvent

    Samples = NDArray[np.float32]

PEAK_SAMPLES = 48
"""Samples of one peak value: a millisecond."""

_CHUNK_S = 8
_HEADER_BYTES = 92


@dataclass(frozen=True)
class MixedSound:
    """A mix's samples.

    Attributes:
        path: a WAV of 32-bit float whose samples begin at ``HEADER_BYTES``.
        samples: its length.
        channels: 1 or 2.
        rate: samples a second.
        peaks: highest absolute sample of every `PEAK_SAMPLES`, over all channels.
    """

    path: Path
    samples: int
    channels: int
    rate: int
    peaks: Samples

    def read(self, stream: BinaryIO, first: int, count: int) -> Samples:
        """Return ``count`` samples from ``first`` on as (n, channels)."""
        import numpy as np

        stream.seek(_HEADER_BYTES + first * self.channels * 4)
        data = stream.read(min(count, self.samples - first) * self.channels * 4)
        return np.frombuffer(data, "<f4").reshape(-1, self.channels)


def write_mix(
    mix: Mix,
    *,
    channels: int,
    rate: int,
    out: Path,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> MixedSound:
    """Write a mix as a WAV of 32-bit float.

    Args:
        mix: what sounds.
        channels: 1 or 2.
        rate: samples a second, a multiple of 100.
        out: the file to write.
        on_progress: called with 0 to 1.
        is_cancelled: asked for every chunk.

    Raises:
        InputError: a source is gone or cannot be read.
        Cancelled: ``is_cancelled`` said so.
    """
    import numpy as np

    total = round(mix.duration * rate)
    report = on_progress or (lambda fraction: None)
    plain = [event for event in mix.events if not event.is_ducked]
    ducked = [event for event in mix.events if event.is_ducked]
    share = 0.5 if ducked else 1.0
    peaks: list[Samples] = []
    with SoundFiles() as files, out.open("w+b") as stream:
        write_header(stream, total, channels, rate)
        desk = _Desk(files, plain, rate, total)
        for first, count in _chunks(total, rate):
            _check(is_cancelled)
            made = _fold(desk.mix(first, count), channels)
            stream.write(made.astype("<f4", copy=False).tobytes())
            if not ducked:
                peaks.append(find_peaks(made))
            report(share * (first + count) / total)
        if ducked:
            envelope = draw_envelope(desk.speech(), float(mix.duration))
            desk = _Desk(files, ducked, rate, total, envelope)
            mixed = MixedSound(out, total, channels, rate, np.zeros(0, np.float32))
            for first, count in _chunks(total, rate):
                _check(is_cancelled)
                made = mixed.read(stream, first, count) + _fold(desk.mix(first, count), channels)
                stream.seek(_HEADER_BYTES + first * channels * 4)
                stream.write(made.astype("<f4", copy=False).tobytes())
                peaks.append(find_peaks(made))
                report(share + (1 - share) * (first + count) / total)
    return MixedSound(out, total, channels, rate, np.concatenate(peaks))


def _check(is_cancelled: Callable[[], bool]) -> None:
    if is_cancelled():
        raise Cancelled(where="mix the sound")


def _chunks(total: int, rate: int) -> Iterator[tuple[int, int]]:
    size = _CHUNK_S * rate
    for first in range(0, total, size):
        yield first, min(size, total - first)


def _fold(samples: Samples, channels: int) -> Samples:
    return samples if channels == 2 else (samples[:, :1] + samples[:, 1:]) * 0.5


def find_peaks(samples: Samples) -> Samples:
    """Return the highest absolute sample of every `PEAK_SAMPLES`, the last part included."""
    import numpy as np

    width = PEAK_SAMPLES * samples.shape[1]
    flat = samples.reshape(-1)
    whole = len(flat) - len(flat) % width
    parts = flat[:whole].reshape(-1, width)
    peaks: Samples = np.maximum(parts.max(axis=1), -parts.min(axis=1))
    if whole < len(flat):
        peaks = np.append(peaks, np.abs(flat[whole:]).max())
    return peaks


def write_header(stream: BinaryIO, samples: int, channels: int, rate: int) -> None:
    """Write the header of a WAV of 32-bit float that may be longer than 4 GB (RF64, EBU Tech 3306)."""
    size = samples * channels * 4
    sizes = struct.pack("<4sIQQQI", b"ds64", 28, _HEADER_BYTES - 8 + size, size, samples, 0)
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, channels, rate, rate * channels * 4, channels * 4, 32)
    fact = struct.pack("<4sII", b"fact", 4, min(samples, 0xFFFFFFFF))
    header = struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE") + sizes + form + fact
    header += struct.pack("<4sI", b"data", 0xFFFFFFFF)
    assert len(header) == _HEADER_BYTES
    stream.write(header)


class _Desk:
    """Plays events at their times and adds them up; ``mix`` is called for one chunk after the other."""

    def __init__(
        self,
        files: SoundFiles,
        events: Sequence[SoundEvent],
        rate: int,
        total: int,
        envelope: Any = None,
    ) -> None:
        self._files, self._rate, self._total = files, rate, total
        self._book = NoiseBook(files, rate)
        self._waiting = sorted(events, key=lambda event: event.at, reverse=True)
        self._playing: list[_Player] = []
        self._envelope = envelope
        self._heard: list[_Player] = []

    def mix(self, first: int, count: int) -> Samples:
        """Return a chunk's samples as (count, 2)."""
        import numpy as np

        bus = np.zeros((count, 2), np.float32)
        while self._waiting and self._waiting[-1].samples(self._rate)[0] < first + count:
            player = _Player(self._files, self._book, self._waiting.pop(), self._rate, self._total)
            self._playing.append(player)
            if player.event.is_speech:
                self._heard.append(player)
        for player in self._playing:
            begin = max(player.place, first)
            part = player.take(min(first + count, player.end) - begin)
            if self._envelope is not None:
                depth = player.event.duck_db
                part = part * duck_gain(self._envelope, depth, begin, len(part), self._rate)[:, None]
            bus[begin - first : begin - first + len(part)] += part
        self._playing = [player for player in self._playing if player.place < player.end]
        return bus

    def speech(self) -> list[SpeechTrack]:
        """Return the levels of what was speech."""
        return [player.track() for player in self._heard]


class _Player:
    """One event's samples, in order, with its level and fades."""

    def __init__(self, files: SoundFiles, book: NoiseBook, event: SoundEvent, rate: int, total: int) -> None:
        self.event = event
        self.place, end = event.samples(rate)
        self.end = min(end, total)
        self._first, self._length, self._rate = self.place, end - self.place, rate
        self._gain = 10 ** (event.gain_db / 20)
        self._blocks = self._open(files, book)
        self._left: list[Samples] = []
        self._levels: list[Samples] = []
        self._unmeasured: list[Samples] = []

    def _open(self, files: SoundFiles, book: NoiseBook) -> Iterator[Samples]:
        event, rate = self.event, self._rate
        if not event.cleanup:
            return read_stretch(files, event.source, event.start, self._length, rate)
        lead = round(LEAD_S * rate)
        blocks = read_stretch(files, event.source, event.start, self._length, rate, lead=lead)
        if event.cleanup.noise_db:
            begin = float(event.start) - LEAD_S
            blocks = reduce_noise(
                blocks,
                event.cleanup.noise_db,
                rate,
                lambda place: book.at(event.source, begin + place / rate),
            )
        if event.cleanup.highpass_hz is not None:
            blocks = cut_rumble(blocks, event.cleanup.highpass_hz, rate)
        return _drop(blocks, lead)

    def take(self, count: int) -> Samples:
        """Return the next samples; closes the source when they are the last."""
        import numpy as np

        parts, missing = [], count
        while missing > 0:
            block = self._left.pop() if self._left else next(self._blocks)
            if len(block) > missing:
                self._left.append(block[missing:])
                block = block[:missing]
            parts.append(block)
            missing -= len(block)
        samples = np.concatenate(parts) if parts else np.zeros((0, 2), np.float32)
        if self.event.is_speech:
            self._measure(samples)
        faded = samples * self._curve(count)[:, None]
        self.place += count
        if self.place >= self.end:
            self._blocks.close()  # type: ignore[attr-defined]
        return faded

    def _measure(self, samples: Samples) -> None:
        import numpy as np

        heard = np.concatenate([*self._unmeasured, samples])
        whole = len(heard) - len(heard) % (self._rate // STEP_HZ)
        self._levels.append(measure_levels(heard[:whole], self._rate))
        self._unmeasured = [heard[whole:]]

    def track(self) -> SpeechTrack:
        """Return the levels of what was played."""
        import numpy as np

        return SpeechTrack(self._first / self._rate, np.concatenate(self._levels))

    def _curve(self, count: int) -> Samples:
        """Return level and fades of the next samples."""
        import numpy as np

        curve = np.full(count, self._gain, np.float32)
        event, rate, length = self.event, self._rate, self._length
        done = self.place - self._first
        left = length - done - count
        edge = min(FADE_S, length / rate / 4)
        head, tail = round(event.head_s * rate), round(event.tail_s * rate)
        whole = head + length + tail
        _fade(curve, head + done, min(round(max(event.fade_in_s, edge) * rate), whole), event.curve_in)
        _fade(curve[::-1], tail + left, min(round(max(event.fade_out_s, edge) * rate), whole), event.curve_out)
        if head:  # a slice's new edges are hard ones
            _fade(curve, done, round(edge * rate), "linear")
        if tail:
            _fade(curve[::-1], left, round(edge * rate), "linear")
        return curve


def _fade(curve: Samples, place: int, length: int, shape: str) -> None:
    """Fade in a curve in place; it starts ``place`` samples behind the beginning of a fade of ``length`` samples."""
    import numpy as np

    count = min(len(curve), length - place)
    if count > 0:
        curve[:count] *= _shape((np.arange(place, place + count) + 0.5) / length, shape)


def _shape(part: Any, curve: str) -> Any:
    """Return the gain of a fade at 0 to 1 of its way; two ``power`` fades that cross keep the power."""
    import numpy as np

    return np.sin(part * np.pi / 2) if curve == "power" else part


def _drop(blocks: Iterator[Samples], count: int) -> Iterator[Samples]:
    """Yield blocks without their first ``count`` samples."""
    for block in blocks:
        dropped = min(count, len(block))
        count -= dropped
        if dropped < len(block):
            yield block[dropped:]
