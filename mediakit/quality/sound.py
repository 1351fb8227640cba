"""One decode of the sound: loudness, peaks, silence, phase and sample statistics from one ffmpeg run.

The meters' figures come as frame metadata, ten times a second, through a pipe; memory grows by a few bytes a tenth
of a second. Loudness is ITU-R BS.1770-4 / EBU Tech 3341 and 3342 (ffmpeg's ebur128). A single channel is measured
as it is heard: from both loudspeakers (dual mono).
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from mediakit.errors import ToolError
from mediakit.media.spans import Span
from mediakit.quality.tap import open_tap
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream, MediaInfo

STEP_S = 0.1
FLAT_WINDOW = 10
SILENCE_DB = -60.0
_MUTE = -70.0
_LOG_LEVEL = re.compile(
    r"^\[astats@(\w+) @ [^\]]*\] (Channel|Peak level dB|RMS level dB|RMS peak dB): (-?[\w.]+)", re.MULTILINE
)


@dataclass
class ChannelFigures:
    """One sound channel over the whole programme: dBFS; silent stretches; flat factor of every second."""

    peak_db: float = -math.inf
    rms_db: float = -math.inf
    rms_peak_db: float = -math.inf
    silences: list[Span] = field(default_factory=list)
    flat: array[float] = field(default_factory=lambda: array("f"))
    window_peak: array[float] = field(default_factory=lambda: array("f"))


@dataclass
class SoundFigures:
    """What the sound measures. Series hold a value every 0.1 s from the start; LUFS, dBTP, LU, dBFS.

    ``peak_steps`` are (seconds, dBTP) at which the highest true peak so far rose. ``difference_db`` is the RMS of
    left minus right, ``None`` where there are not two channels.
    """

    channels: list[ChannelFigures]
    seconds: float = 0.0
    integrated_lufs: float | None = None
    range_lu: float | None = None
    true_peak_dbtp: float | None = None
    peak_steps: list[tuple[float, float]] = field(default_factory=list)
    momentary: array[float] = field(default_factory=lambda: array("f"))
    short_term: array[float] = field(default_factory=lambda: array("f"))
    phase: array[float] = field(default_factory=lambda: array("f"))
    difference_db: float | None = None


def programme_streams(info: MediaInfo) -> tuple[AudioStream, ...]:
    """Return the streams that make the programme's sound: one, or two mono tracks that are left and right."""
    numbers = list(dict.fromkeys(channel.stream for channel in info.sound_map))
    streams = {stream.index: stream for stream in info.audio}
    return tuple(streams[number] for number in numbers)


def measure_sound(
    path: Path,
    streams: Sequence[AudioStream],
    *,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> SoundFigures:
    """Decode the programme's sound once and return all figures.

    Args:
        path: the file.
        streams: from `programme_streams`: one stream, or two mono streams that are left and right.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: ffmpeg failed.
        Cancelled: ``is_cancelled`` said so.
    """
    channels = 2 if len(streams) == 2 else streams[0].channels
    figures = SoundFigures([ChannelFigures() for _ in range(channels)])
    reader = _MetadataReader(figures)
    with open_tap(reader.consume) as descriptor:
        output = run_ffmpeg(
            [*ffmpeg_input(path), "-filter_complex", _graph(streams, channels, descriptor), *_outputs(channels)],
            task=f"listen to {path.name}",
            duration=max(stream.duration for stream in streams) or None,
            on_progress=on_progress,
            is_cancelled=is_cancelled,
            pass_fds=(descriptor,),
        )
    if not figures.momentary and figures.seconds == 0:
        raise ToolError("ffmpeg decoded no sound", where=path, tail="\n".join(output.log.splitlines()[-8:]))
    reader.finish(max(stream.duration for stream in streams))
    _read_log(output.log, figures)
    return figures


def _graph(streams: Sequence[AudioStream], channels: int, descriptor: int) -> str:
    inputs = "".join(f"[0:{stream.index}]" for stream in streams)
    head = f"{inputs}join=inputs=2:channel_layout=stereo[in];[in]" if len(streams) == 2 else inputs
    statistics = "measure_perchannel=Flat_factor+Peak_level:measure_overall=none"
    chain = [
        "astats@whole=measure_perchannel=Peak_level+RMS_level+RMS_peak:measure_overall=none",
        f"ebur128=peak=true:metadata=1:framelog=quiet{':dualmono=1' if channels == 1 else ''}",
        f"silencedetect=n={10 ** (SILENCE_DB / 20)}:d=0.3:mono=1",
        f"astats@window={statistics}:metadata=1:reset={FLAT_WINDOW}",
        *(["aphasemeter=video=0"] if channels == 2 else []),
        f"ametadata=print:file=pipe\\\\:{descriptor}",
    ]
    if channels != 2:
        return f"{head}{','.join(chain)}[meters]"
    side = "pan=1c|c0=0.5*c0-0.5*c1,astats@side=measure_perchannel=RMS_level:measure_overall=none"
    return f"{head}asplit=2[a][b];[a]{','.join(chain)}[meters];[b]{side}[difference]"


def _outputs(channels: int) -> list[str]:
    first = ["-map", "[meters]", "-f", "null", "-"]
    return first + (["-map", "[difference]", "-f", "null", "-"] if channels == 2 else [])


class _MetadataReader:
    """Reads ``key=value`` lines of ametadata into figures."""

    def __init__(self, figures: SoundFigures) -> None:
        self._figures = figures
        self._time = 0.0
        self._count = 0
        self._open: dict[int, float] = {}
        self._highest = -math.inf

    def consume(self, stream: BinaryIO) -> None:
        """Read until the end."""
        for raw in stream:
            line = raw.decode("utf-8", "replace").strip()
            if line.startswith("frame:"):
                self._count += 1
                stamp = line.rpartition("pts_time:")[2]
                self._time = _number(stamp) if stamp else self._time
                self._figures.seconds = self._time + STEP_S
            elif line.startswith("lavfi."):
                key, _, text = line[len("lavfi.") :].partition("=")
                self._take(key, _number(text))

    def _take(self, key: str, value: float) -> None:
        figures = self._figures
        if key == "r128.M":
            figures.momentary.append(value)
        elif key == "r128.S":
            figures.short_term.append(value)
        elif key == "r128.I":
            figures.integrated_lufs = value if math.isfinite(value) and value > _MUTE else None
        elif key == "r128.LRA":
            figures.range_lu = value if math.isfinite(value) else None
        elif key == "r128.true_peak":
            decibels = 20 * math.log10(value) if value > 0 else -math.inf
            if decibels > self._highest:
                self._highest = decibels
                figures.peak_steps.append((round(self._time, 3), decibels))
                figures.true_peak_dbtp = decibels
        elif key == "aphasemeter.phase":
            figures.phase.append(value)
        elif key.startswith("silence_"):
            self._take_silence(key, value)
        elif key.startswith("astats."):
            self._take_statistics(key, value)

    def _take_silence(self, key: str, value: float) -> None:
        word, _, number = key.partition(".")
        channel = int(number or 1)
        if word == "silence_start":
            self._open[channel] = max(value, 0.0)
        elif word == "silence_end" and channel in self._open:
            self._close(channel, value)

    def _take_statistics(self, key: str, value: float) -> None:
        _, number, name = key.split(".")
        channel = self._figures.channels[int(number) - 1]
        series = channel.flat if name == "Flat_factor" else channel.window_peak
        fresh = (self._count - 1) % FLAT_WINDOW == 0
        if fresh or not series:
            series.append(value)
        else:
            series[-1] = value

    def _close(self, channel: int, end: float) -> None:
        start = self._open.pop(channel)
        self._figures.channels[channel - 1].silences.append(Span(start=round(start, 3), end=round(max(end, start), 3)))

    def finish(self, duration: float) -> None:
        """Close what was still silent at the end."""
        self._figures.seconds = max(duration, 0.0) or self._figures.seconds
        for channel in list(self._open):
            self._close(channel, self._figures.seconds)


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def _read_log(log: str, figures: SoundFigures) -> None:
    channel = 0
    for match in _LOG_LEVEL.finditer(log):
        instance, name, value = match[1], match[2], _number(match[3])
        if name == "Channel":
            channel = int(value) - 1
        elif instance == "side":
            if name == "RMS level dB":
                figures.difference_db = value
        elif instance == "whole" and channel < len(figures.channels):
            field_name = {"Peak level dB": "peak_db", "RMS level dB": "rms_db", "RMS peak dB": "rms_peak_db"}[name]
            setattr(figures.channels[channel], field_name, value)
