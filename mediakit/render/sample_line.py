"""One stream's decoded samples in a row: put in their places by time stamps, resampled, folded to stereo."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediakit.render.downmix import Weights, fold_layout, fold_picks

if TYPE_CHECKING:
    import numpy as np
    from av import AudioFifo
    from numpy.typing import NDArray

    from mediakit.render.sound_source import SoundSource

    Samples = NDArray[np.float32]

_SLIP_S = 0.04
_SETTLED_S = 0.05
_LIMIT = 16.0


class TooLate(Exception):
    """A seek ended behind the place that was looked for."""


def stream_folder(source: SoundSource, place: int) -> Callable[[int], Weights]:
    """Return what gives a stream's weights for a number of channels."""
    picks = source.picks
    if not picks and len(source.streams) > 1:
        picks = ((0, 0), (1, 0))

    def fold(channels: int) -> Weights:
        if picks:
            return fold_picks(place, channels, picks)
        return fold_layout(source.layout if channels == source.channels else "", channels)

    return fold


class SampleLine:
    """One stream's samples from an absolute place on, in a queue.

    The clock is that of the first time stamp, or of the mean of those before ``settled`` (containers round them);
    after that samples are counted, and only a slip of more than 40 ms sets the clock anew.
    """

    def __init__(
        self, stream: Any, fold: Callable[[int], Weights], first: int, rate: int, settled: Fraction | None
    ) -> None:
        self.ready = 0
        self._fold, self._rate = fold, rate
        self._tick: Fraction = stream.time_base
        self._tick_s = float(stream.time_base)
        self._run: AudioFifo | None = None
        self._run_kind = ("", "")
        self._queue: list[Samples] = []
        self._kept: list[Samples] = []
        self._place = first
        self._must_reach = None if settled is None else float(settled)
        self._settled = None if settled is None else float(settled) - _SETTLED_S
        self._resampler: Any = None
        self._position = 0
        self._expected = 0.0
        self._strays: list[float] = []
        self._shape: tuple[int, int] = (0, 0)

    def decode(self, packet: Any) -> None:
        """Take in a packet's samples; one that is damaged leaves a gap."""
        import av

        try:
            frames = packet.decode()
        except av.FFmpegError:
            return
        for frame in frames:
            self._accept(frame)

    def _accept(self, frame: Any) -> None:
        shape = (frame.sample_rate, frame.layout.nb_channels)
        length = frame.samples / shape[0]
        at = self._expected if frame.pts is None else frame.pts * self._tick_s
        if self._must_reach is not None and at > self._must_reach:
            raise TooLate
        self._must_reach = None
        stray = at - self._expected
        if shape != self._shape or abs(stray) > _SLIP_S:
            self._restart(frame, shape)
        elif self._settled is not None:
            self._strays.append(stray)
            if at + length >= self._settled:
                self._settle()
        self._expected += length
        if self._resampler is None:
            if self._position == self._place:
                self._follow(frame)
            else:
                self._keep(to_float(frame))
            return
        frame.pts = None
        for made in self._resampler.resample(frame):
            self._keep(to_float(made))

    def _restart(self, frame: Any, shape: tuple[int, int]) -> None:
        """Set the clock, and begin the resampler anew."""
        self.finish()
        at = Fraction(0) if frame.pts is None else frame.pts * self._tick
        self._expected, self._shape, self._strays = float(at), shape, [0.0]
        self._position = round(at * self._rate)
        if shape[0] != self._rate:
            import av

            self._resampler = av.AudioResampler(format="fltp", rate=self._rate)

    def _settle(self) -> None:
        """Move the clock by the mean of what time stamps were off; nothing has been kept yet."""
        mean = sum(self._strays) / len(self._strays)
        self._expected += mean
        self._position += round(mean * self._rate)
        self._settled = None

    def finish(self) -> None:
        """Take in what the resampler still holds."""
        if self._resampler is not None:
            for made in self._resampler.resample(None):
                self._keep(to_float(made))
            self._resampler = None
        self._fold_kept()

    def _follow(self, frame: Any) -> None:
        """Take in a frame that follows what was taken in last; such frames are turned into samples together."""
        import av

        kind = frame.format.name, frame.layout.name
        if kind != self._run_kind:
            self._end_run()
            self._run_kind = kind
        if self._run is None:
            self._run = av.AudioFifo()
        frame.pts = None
        self._run.write(frame)
        self.ready += frame.samples
        self._position += frame.samples
        self._place = self._position

    def _end_run(self) -> None:
        run, self._run = self._run, None
        if run is not None and (frame := run.read()) is not None:
            self._kept.append(to_float(frame))

    def _keep(self, samples: Samples) -> None:
        """Take in (channels, n) samples at the clock's place; what lies before the stretch is dropped."""
        begin, self._position = self._position, self._position + samples.shape[1]
        if self._position <= self._place:
            return
        if begin > self._place:
            self.pad(self.ready + begin - self._place)
        elif begin < self._place:
            samples = samples[:, self._place - begin :]
        self._end_run()
        self._kept.append(samples)
        self.ready += samples.shape[1]
        self._place = self._position

    def _fold_kept(self) -> None:
        """Fold what was kept to stereo; what is no number becomes silence."""
        import numpy as np

        self._end_run()
        if not self._kept:
            return
        kept = np.concatenate(self._kept, axis=1)
        self._kept = []
        if not np.isfinite(kept.sum()):
            kept = np.nan_to_num(kept, nan=0.0, posinf=0.0, neginf=0.0).clip(-_LIMIT, _LIMIT)
        folded = np.zeros((kept.shape[1], 2), np.float32)
        for side, weights in enumerate(self._fold(len(kept))):
            for channel, weight in zip(kept, weights, strict=True):
                if weight:
                    folded[:, side] += channel if weight == 1.0 else channel * np.float32(weight)
        self._queue.append(folded)

    def pad(self, to: int) -> None:
        """Lay silence until so many samples are ready."""
        import numpy as np

        if to > self.ready:
            self._fold_kept()
            self._queue.append(np.zeros((to - self.ready, 2), np.float32))
            self._place += to - self.ready
            self.ready = to

    def take(self, count: int) -> Samples:
        """Return the next samples, as many as are ready or fewer."""
        import numpy as np

        self._fold_kept()
        parts: list[Samples] = []
        missing = count
        while missing:
            head = self._queue[0]
            if len(head) > missing:
                parts.append(head[:missing])
                self._queue[0] = head[missing:]
                break
            parts.append(self._queue.pop(0))
            missing -= len(head)
        self.ready -= count
        return parts[0] if len(parts) == 1 else np.concatenate(parts)


def to_float(frame: Any) -> Samples:
    """Return a decoded frame's samples as (channels, n) float32."""
    import numpy as np

    data: Samples = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, frame.layout.nb_channels).T
    kind, bits = data.dtype.kind, 8 * data.dtype.itemsize
    floats = data.astype(np.float32, copy=False)
    if kind == "u":
        return (floats - 128) / np.float32(128)
    return floats / np.float32(2.0 ** (bits - 1)) if kind == "i" else floats
