"""MXF OP1a (SMPTE ST 378): one picture, mono PCM tracks, start timecode; the same bytes from the same input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mediakit.errors import ToolError
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

_UMID = bytes.fromhex("060a2b340101010501010d0013000000")
"""How the UMIDs that ffmpeg writes begin: label, length, instance number 0; the material number follows."""
_NUMBER_BYTES = 16
_HEAD_BYTES = 1 << 17
"""The header's metadata end well before."""


@dataclass(frozen=True)
class TrackPlan:
    """Which sound lies on the mono tracks: channel numbers of the mix (0 = left), None for silence."""

    sources: tuple[int | None, ...]

    @classmethod
    def of(cls, channels: int, tracks: int | None, fill: str) -> TrackPlan:
        """Return the plan for a number of tracks; those beyond the channels are silent or repeat them."""
        count = channels if tracks is None else tracks
        return cls(tuple(n if n < channels else n % channels if fill == "repeat" else None for n in range(count)))


def mux_mxf(
    picture: Path,
    sound: Path,
    target: Path,
    *,
    frames: int,
    fps: Fraction,
    channels: int,
    tracks: TrackPlan,
    rate: int,
    bits: int,
    timecode: str | None,
    identity: str,
    tags: Mapping[str, str] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Lay PCM sound beside a picture that is copied as it is.

    Args:
        picture: a file with one picture stream.
        sound: PCM, exactly as long as the picture.
        target: the file to write.
        frames: of the picture.
        fps: its frames a second.
        channels: of the sound.
        tracks: what goes where.
        rate: samples a second.
        bits: 16 or 24.
        timecode: of the first frame.
        identity: hexadecimal digest of all that the file is made of, for its UMIDs.
        tags: the file's, such as `metadata.aigc_tags` gives.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: ffmpeg failed, or the result does not have every frame.
    """
    made = run_ffmpeg(
        [
            *ffmpeg_input(picture),
            *ffmpeg_input(sound),
            *("-filter_complex_threads", "1", "-filter_complex", _split(channels, tracks)),
            *("-map", "0:v:0"),
            *(part for number in range(len(tracks.sources)) for part in ("-map", f"[t{number}]")),
            *("-c:v", "copy", "-c:a", f"pcm_s{bits}le", "-ar", str(rate), "-threads", "1", "-flags:a", "+bitexact"),
            *("-map_metadata", "-1", "-fflags", "+bitexact"),
            *("-store_user_comments", str(int(bool(tags)))),
            *(part for key, value in (tags or {}).items() for part in ("-metadata", f"{key}={value}")),
            *(("-timecode", timecode) if timecode else ()),
            *("-f", "mxf", f"file:{target}"),
        ],
        task=f"write {target.name}",
        duration=float(frames / fps),
        is_cancelled=is_cancelled,
    )
    if made.frames != frames:
        raise ToolError(f"{made.frames} of {frames} frames were written", where=target.name)
    _number_packages(target, bytes.fromhex(identity)[: _NUMBER_BYTES - 1])


def _number_packages(path: Path, number: bytes) -> None:
    """Give the file's packages their material number (SMPTE ST 330) in place of the zeros of repeatable bytes.

    Archives find programmes by it, so two files must not share one; the last byte tells the packages apart.
    """
    with path.open("r+b") as stream:
        head = bytearray(stream.read(_HEAD_BYTES))
        found = head.find(_UMID)
        while found >= 0:
            start = found + len(_UMID)
            if not any(head[start : start + len(number)]):
                head[start : start + len(number)] = number
            found = head.find(_UMID, start)
        stream.seek(0)
        stream.write(head)


def _split(channels: int, tracks: TrackPlan) -> str:
    """Return the filter graph from the sound's channels to the tracks, ``[t0]`` first."""
    layout = "mono" if channels == 1 else "stereo"
    copies = len(tracks.sources)
    chains = [f"[1:a:0]aformat=channel_layouts={layout},asplit={copies}" + "".join(f"[c{n}]" for n in range(copies))]
    for number, source in enumerate(tracks.sources):
        gain = "0*c0" if source is None else f"c{source}"
        chains.append(f"[c{number}]pan=mono|c0={gain}[t{number}]")
    return ";".join(chains)
