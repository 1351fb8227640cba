"""Facts of single streams: names of colour codes and layouts, groups of pictures, the channels of the programme."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from mediakit.media.info import AudioStream, SoundChannel
from mediakit.media.packets import PacketIndex

if TYPE_CHECKING:
    from av.stream import Stream

RANGES = {1: "limited", 2: "full"}
FIELD_ORDERS = {1: "progressive", 2: "tff", 3: "bff", 4: "tff", 5: "bff"}
"""Of libavcodec. 4 and 5 stand for the 9 and 14 of QuickTime and Matroska: lines of both fields in turn, the top or the
bottom field shown first."""
MXF_FIELD_ORDERS = FIELD_ORDERS | {4: "bff", 5: "tff"}
"""In MXF 4 and 5 mean what they are called: top coded first, bottom shown first, and the other way round."""
PRIMARIES = {1: "bt709", 4: "bt470m", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "film", 9: "bt2020"}
PRIMARIES |= {10: "smpte428", 11: "smpte431", 12: "smpte432", 22: "ebu3213"}
TRANSFERS = {1: "bt709", 4: "gamma22", 5: "gamma28", 6: "smpte170m", 7: "smpte240m", 8: "linear", 11: "iec61966-2-4"}
TRANSFERS |= {13: "iec61966-2-1", 14: "bt2020-10", 15: "bt2020-12", 16: "smpte2084", 18: "arib-std-b67"}
SPACES = {0: "gbr", 1: "bt709", 4: "fcc", 5: "bt470bg", 6: "smpte170m", 7: "smpte240m", 8: "ycgco"}
SPACES |= {9: "bt2020nc", 10: "bt2020c", 14: "ictcp"}
_USUAL_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}


def map_sound(
    audio: tuple[AudioStream, ...], roles: Mapping[int, tuple[str, ...]], *, pairs_tracks: bool
) -> tuple[SoundChannel, ...]:
    """Return which channels make the programme's sound.

    Args:
        audio: the sound streams.
        roles: stream number to its channels' names.
        pairs_tracks: the container is one where mono tracks 1 and 2 are left and right by custom.
    """
    main = max(audio, key=lambda a: (a.default, a.channels, -a.index), default=None)
    if main is None:
        return ()
    if pairs_tracks and len(audio) > 1 and all(stream.channels == 1 for stream in audio):
        left, right = audio[0], audio[1]
        same = left.sample_rate == right.sample_rate and left.language == right.language
        if same and abs(left.duration - right.duration) < 0.1:
            return (
                SoundChannel(role="FL", stream=left.index, channel=0),
                SoundChannel(role="FR", stream=right.index, channel=0),
            )
    names = roles.get(main.index, ())
    return tuple(
        SoundChannel(role=names[n] if n < len(names) else f"{n}", stream=main.index, channel=n)
        for n in range(main.channels)
    )


def name_code(names: Mapping[int, str], *codes: int, unset: int = 2) -> str:
    """Return the name of the first code that says something, else ``unknown`` (codes of ITU-T H.273)."""
    for code in codes:
        if code != unset and code in names:
            return names[code]
    return "unknown"


def name_layout(name: str, channels: int) -> str:
    """Return a layout's name; where the file only says how many channels there are, the usual one for so many."""
    if name and not name.endswith("channels") and not name.endswith("channel"):
        return name
    return _USUAL_LAYOUTS.get(channels, f"{channels} channels")


def read_bit_depth(pixel_format: str) -> int:
    """Return the bits a component of an ffmpeg pixel format."""
    import av

    try:
        return max(component.bits for component in av.VideoFormat(pixel_format, 16, 16).components)
    except (ValueError, av.FFmpegError):
        return 8


def longest_gop(index: PacketIndex) -> Fraction | None:
    """Return the longest stretch between key frames, or from the last one to the end, in seconds."""
    import numpy as np

    keys = index.key_pts
    if not len(keys):
        return None
    edges = np.append(keys, max(index.end_pts, int(keys[-1])))
    return int(np.diff(edges).max()) * index.time_base


def hidden_at_head(index: PacketIndex) -> Fraction:
    """Return how many seconds before the first shown frame only serve decoding."""
    first = int(index.frame_pts[0])
    before = index.pts[(~index.shown) & (index.pts < first)]
    return (first - int(before.min())) * index.time_base if len(before) else Fraction(0)


def read_language(stream: Stream) -> str | None:
    """Return a stream's language tag, None where it says "undetermined"."""
    language = stream.metadata.get("language")
    return language if language and language != "und" else None


def is_default(stream: Stream) -> bool:
    """Tell whether the container marks a stream as the one to play."""
    from av.stream import Disposition

    return bool(stream.disposition & Disposition.default)
