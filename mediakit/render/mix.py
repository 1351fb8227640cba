"""Reading a programme's sound out of its source: which streams, which spans, mixed down to mono or stereo.

Each span is read by an input of its own, from two seconds early, and cut by its time stamps to the sample. Gaps in
the source are filled with silence, and a stream that starts late stays late against the picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.loudness import Loudness, meter, parse_loudness
from mediakit.tools.opening import ffmpeg_input

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream, MediaInfo

FADE_S = 0.005
_EARLY_S = 2.0
_TRACK_CONTAINERS = ("mxf", "mov", "qt")
_KNOWN_LAYOUTS = ("mono", "stereo", "2.1", "3.0", "4.0", "quad", "5.0", "5.1", "6.1", "7.1", "downmix", "3.1", "4.1")


@dataclass(frozen=True)
class SoundSource:
    """Where a programme's sound lies.

    Attributes:
        path: the media file.
        streams: numbers among the file's sound streams; two mono ones are left and right.
        channels: of each stream.
        layout: of each stream, as ffmpeg calls it.
        zero: the programme's start in seconds on the container's clock (its picture's first frame).
        file_start: the container's first time stamp in seconds.
    """

    path: Path
    streams: tuple[int, ...]
    channels: int
    layout: str
    zero: Fraction = Fraction(0)
    file_start: Fraction = Fraction(0)

    @classmethod
    def of(cls, path: Path, info: MediaInfo, *, zero: Fraction | None = None) -> SoundSource | None:
        """Return the main sound of a probed file; ``None`` where it has none.

        Args:
            path: the file.
            info: as probed.
            zero: the programme's start on the container's clock; by default the picture's, else the sound's.
        """
        main = info.sound
        if main is None:
            return None
        picture = info.picture
        start = zero if zero is not None else Fraction(picture.start if picture else main.start)
        tracks = _choose_tracks(info, main)
        return cls(path, tracks, main.channels, main.layout, start, Fraction(info.start))

    def describe(self) -> dict[str, Any]:
        """Return what shapes the sound besides the file's content, as JSON values."""
        return {
            "streams": list(self.streams),
            "channels": self.channels,
            "layout": self.layout,
            "zero": str(self.zero),
            "file_start": str(self.file_start),
        }


def _choose_tracks(info: MediaInfo, main: AudioStream) -> tuple[int, ...]:
    """Return the main stream's number, or those of the first two mono tracks of a production file."""
    order = {stream.index: number for number, stream in enumerate(info.audio)}
    mono = [stream for stream in info.audio if stream.channels == 1]
    container = info.container.lower()
    if main.channels == 1 and len(mono) >= 2 and any(name in container for name in _TRACK_CONTAINERS):
        pair = mono[:2]
        same = pair[0].sample_rate == pair[1].sample_rate and abs(pair[0].duration - pair[1].duration) < 0.5
        if same and pair[0].language == pair[1].language:
            return tuple(order[stream.index] for stream in pair)
    return (order[main.index],)


def mix_sound(
    source: SoundSource | None,
    spans: Sequence[tuple[Fraction, Fraction]],
    *,
    duration: Fraction,
    channels: int,
    rate: int,
    out: Path,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Loudness:
    """Write the joined spans as a WAV of 32-bit float and return its loudness (its peak is of samples).

    Args:
        source: where the sound lies; ``None`` is silence.
        spans: (start, end) seconds on the programme's clock.
        duration: of the result in seconds.
        channels: 1 or 2.
        rate: samples a second.
        out: the file to write.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.
    """
    samples = round(duration * rate)
    layout = "mono" if channels == 1 else "stereo"
    inputs: list[str] = []
    graph: list[str] = []
    if source is None or not spans:
        graph.append(f"anullsrc=r={rate}:cl={layout},atrim=end_sample={samples}[joined]")
    else:
        edges = _sample_edges(spans, rate)
        for number, ((start, _), length) in enumerate(zip(spans, edges, strict=True)):
            inputs += _read_span(source, float(start), length / rate)
            graph += _cut_span(source, number, start, length, rate, layout)
        joined = "".join(f"[s{number}]" for number in range(len(spans)))
        graph.append(f"{joined}concat=n={len(spans)}:v=0:a=1[joined]")
    graph.append(f"[joined]apad=whole_len={samples},atrim=end_sample={samples},{meter('sample')}[out]")
    output = run_ffmpeg(
        [
            *("-copyts", *inputs),
            *("-filter_complex", ";".join(graph), "-map", "[out]", "-map_metadata", "-1"),
            *("-c:a", "pcm_f32le", "-ar", str(rate), "-fflags", "+bitexact", "-rf64", "auto", "-f", "wav"),
            f"file:{out}",
        ],
        task="cut and mix the sound",
        duration=float(duration),
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    return parse_loudness(output.log)


def _sample_edges(spans: Sequence[tuple[Fraction, Fraction]], rate: int) -> list[int]:
    """Return each span's length in samples; rounding never adds up over many spans."""
    lengths: list[int] = []
    done, exact = 0, Fraction(0)
    for start, end in spans:
        exact += (end - start) * rate
        lengths.append(max(round(exact) - done, 0))
        done += lengths[-1]
    return lengths


def _read_span(source: SoundSource, start: float, seconds: float) -> list[str]:
    """Return ffmpeg's input for one span: from a little early to a little late."""
    early = max(start - _EARLY_S, 0.0)
    begin = max(float(source.zero - source.file_start) + early, 0.0)
    length = start - early + seconds + 2 * _EARLY_S
    if early == 0.0 or begin == 0.0:
        return ffmpeg_input(source.path, "-t", f"{begin + length:.6f}")
    return ffmpeg_input(source.path, "-ss", f"{begin:.6f}", "-t", f"{length:.6f}")


def _cut_span(source: SoundSource, number: int, start: Fraction, length: int, rate: int, layout: str) -> list[str]:
    """Return the filter chains of one span, ending in ``[s<number>]``."""
    first = round(start * rate)
    early = max(first - round(_EARLY_S * rate), 0)
    seconds = length / rate
    fade = min(FADE_S, seconds / 4)
    chains: list[str] = []
    if len(source.streams) > 1:
        sides = "".join(f"[{number}:a:{stream}]" for stream in source.streams)
        chains.append(f"{sides}amerge=inputs={len(source.streams)}[m{number}]")
        head, downmix = f"[m{number}]", _downmix("stereo", 2, layout)
    else:
        head, downmix = f"[{number}:a:{source.streams[0]}]", _downmix(source.layout, source.channels, layout)
    zero = f"{float(source.zero):.9f}"
    chains.append(
        f"{head}asetpts=PTS-{zero}/TB,{downmix},"
        f"aresample={rate}:async=1:first_pts={early}:out_sample_fmt=flt:out_chlayout={layout},"
        f"asettb=1/{rate},atrim=start_pts={first}:end_pts={first + length},asetpts=PTS-STARTPTS,"
        f"apad=whole_len={length},afade=t=in:d={fade:.6f},afade=t=out:st={seconds - fade:.6f}:d={fade:.6f}[s{number}]"
    )
    return chains


def _downmix(layout: str, channels: int, wanted: str) -> str:
    """Return the filter that folds a layout down: fronts, centre and surrounds at -3 dB (ITU-R BS.775), no LFE."""
    name = layout.partition("(")[0]
    side = {"c0": "c0", "c1": "c1"}
    if channels == 1:
        side = {"c0": "c0", "c1": "c0"}
    elif channels > 2 and name in _KNOWN_LAYOUTS:
        left, right = _folded(layout)
        side = {"c0": left, "c1": right}
    if wanted == "mono":
        if side["c0"] == side["c1"]:
            return f"pan=mono|c0={side['c0']}"
        return f"pan=stereo|c0={side['c0']}|c1={side['c1']},pan=mono|c0=0.5*c0+0.5*c1"
    return f"pan=stereo|c0={side['c0']}|c1={side['c1']}"


_SPEAKERS = {
    "2.1": "FL FR LFE",
    "3.0": "FL FR FC",
    "3.1": "FL FR FC LFE",
    "4.0": "FL FR FC BC",
    "4.1": "FL FR FC LFE BC",
    "quad": "FL FR BL BR",
    "quad(side)": "FL FR SL SR",
    "5.0": "FL FR FC BL BR",
    "5.0(side)": "FL FR FC SL SR",
    "5.1": "FL FR FC LFE BL BR",
    "5.1(side)": "FL FR FC LFE SL SR",
    "6.1": "FL FR FC LFE BC SL SR",
    "7.1": "FL FR FC LFE BL BR SL SR",
    "downmix": "DL DR",
}


def _folded(layout: str) -> tuple[str, str]:
    speakers = _SPEAKERS.get(layout, "FL FR").split()
    sides: list[str] = []
    for own in "LR":
        parts = []
        for number, name in enumerate(speakers):
            if name == f"F{own}":
                parts.append(f"c{number}")
            elif name in ("FC", f"B{own}", f"S{own}"):
                parts.append(f"0.707107*c{number}")
            elif name == "BC":
                parts.append(f"0.5*c{number}")
        sides.append("+".join(parts) or "c0")
    return sides[0], sides[1]
