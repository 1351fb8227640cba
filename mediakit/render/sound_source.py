"""Where a source's sound lies in its file: which streams, which of their channels, where the programme starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream, MediaInfo

_TRACK_CONTAINERS = ("mxf", "mov", "qt")
_PAIR_TOLERANCE_S = 0.5


@dataclass(frozen=True)
class SoundSource:
    """Where a source's sound lies.

    Attributes:
        path: the media file.
        streams: numbers among the file's sound streams; two without ``picks`` are mono, left and right.
        channels: of the first stream.
        layout: of the first stream, as ffmpeg calls it.
        zero: the programme's start in seconds on the container's clock (its picture's first frame).
        digest: of the streams' content, or of the whole file.
        picks: single channels that make the left and the right, or both: (place in ``streams``, channel from 0);
            empty takes the streams whole.
    """

    path: Path
    streams: tuple[int, ...]
    channels: int
    layout: str
    zero: Fraction = Fraction(0)
    digest: str = ""
    picks: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, path: Path, info: MediaInfo, *, zero: Fraction | None = None) -> SoundSource | None:
        """Return the programme's sound of a probed file, as its sound map says; ``None`` where it has none.

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
        streams, picks = _mapped_streams(info) or (_choose_tracks(info, main), ())
        digests = [info.audio[number].digest for number in streams]
        digest = "+".join(digest for digest in digests if digest) if all(digests) else info.digest
        return cls(path, streams, main.channels, main.layout, start, digest, picks)

    def describe(self) -> dict[str, Any]:
        """Return what shapes the sound, as JSON values; where the file lies and its streams' numbers do not."""
        return {
            "digest": self.digest,
            "channels": self.channels,
            "layout": self.layout,
            "tracks": len(self.streams),
            "picks": [list(pick) for pick in self.picks],
        }

    def pack(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        where = {"path": str(self.path), "streams": list(self.streams), "zero": str(self.zero)}
        return {**self.describe(), **where}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> SoundSource:
        """Return what `pack` wrote."""
        return cls(
            path=Path(data["path"]),
            streams=tuple(data["streams"]),
            channels=data["channels"],
            layout=data["layout"],
            zero=Fraction(data["zero"]),
            digest=data["digest"],
            picks=tuple((place, channel) for place, channel in data["picks"]),
        )


def _mapped_streams(info: MediaInfo) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]] | None:
    """Return the streams and single channels that the sound map names; None where there is no map."""
    if not info.sound_map:
        return None
    order = {stream.index: number for number, stream in enumerate(info.audio)}
    named = list(dict.fromkeys(channel.stream for channel in info.sound_map))
    streams = tuple(order[index] for index in named)
    whole = info.audio[streams[0]].channels
    if len(named) == 1 and [channel.channel for channel in info.sound_map] == list(range(whole)):
        return streams, ()
    return streams, tuple((named.index(channel.stream), channel.channel) for channel in info.sound_map[:2])


def _choose_tracks(info: MediaInfo, main: AudioStream) -> tuple[int, ...]:
    """Return the main stream's number, or those of the first two mono tracks of a production file."""
    order = {stream.index: number for number, stream in enumerate(info.audio)}
    mono = [stream for stream in info.audio if stream.channels == 1]
    container = info.container.lower()
    if main.channels == 1 and len(mono) >= 2 and any(name in container for name in _TRACK_CONTAINERS):
        pair = mono[:2]
        near = abs(pair[0].duration - pair[1].duration) < _PAIR_TOLERANCE_S
        if pair[0].sample_rate == pair[1].sample_rate and near and pair[0].language == pair[1].language:
            return tuple(order[stream.index] for stream in pair)
    return (order[main.index],)
