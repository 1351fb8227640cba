"""A track map as people write it: which tracks, or which of their channels, make the programme's sound.

``1`` is track 1 as it is, ``1+2`` has track 1 at the left and track 2 at the right, ``1.2`` is channel 2 of track 1
on both sides, ``1.2+3.1`` takes single channels. Tracks and channels count from 1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.info import MediaInfo, SoundChannel

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream

PATTERN = r"^\d{1,3}(\.\d{1,2})?(\+\d{1,3}(\.\d{1,2})?)?$"
_PART = re.compile(r"(\d+)(?:\.(\d+))?")


def map_tracks(info: MediaInfo, tracks: str, where: str | Path) -> MediaInfo:
    """Return a file's facts with the sound map that ``tracks`` asks for.

    Args:
        info: as probed.
        tracks: the map, such as ``1+2``.
        where: the file, for messages.

    Raises:
        InputError: there is no such track or channel, or a side would take several channels.
    """
    parts = [_read_part(info, part, where) for part in tracks.split("+")]
    if len(parts) == 1:
        stream, channel = parts[0]
        if channel is None:
            return info.model_copy(update={"sound_map": _whole_track(info, stream)})
        return info.model_copy(update={"sound_map": (_one(stream, channel, "FC"),)})
    sides = []
    for (stream, channel), role in zip(parts, ("FL", "FR"), strict=True):
        if channel is None and stream.channels > 1:
            number = info.audio.index(stream) + 1
            raise InputError(
                f"track {number} has {stream.channels} channels, and a side takes one",
                where=where,
                hint=f"name the channel: {number}.1 is its first; the track by itself is `{number}`",
            )
        sides.append(_one(stream, channel or 0, role))
    return info.model_copy(update={"sound_map": tuple(sides)})


def _one(stream: AudioStream, channel: int, role: str) -> SoundChannel:
    return SoundChannel(role=role, stream=stream.index, channel=channel)


def _whole_track(info: MediaInfo, stream: AudioStream) -> tuple[SoundChannel, ...]:
    known = {channel.channel: channel.role for channel in info.sound_map if channel.stream == stream.index}
    roles: tuple[str, ...] = ("FC",) if stream.channels == 1 else ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")
    if len(known) == stream.channels and stream.channels > 1:
        roles = tuple(known[number] for number in range(stream.channels))
    return tuple(
        _one(stream, number, roles[number] if number < len(roles) else str(number)) for number in range(stream.channels)
    )


def _read_part(info: MediaInfo, text: str, where: str | Path) -> tuple[AudioStream, int | None]:
    """Return the stream and the channel (from 0) that ``2`` or ``2.1`` names."""
    match = _PART.fullmatch(text.strip())
    if match is None:
        raise InputError(f"{text!r} names no track", where=where, hint="tracks are written 1, 1+2, 1.2 or 1.1+2.1")
    track, channel = int(match[1]), int(match[2]) if match[2] else None
    count = len(info.audio)
    if not 1 <= track <= count:
        found = "no sound" if not count else f"{count} sound track" + ("s" if count > 1 else "")
        raise InputError(f"has no sound track {track}: it has {found}", where=where, hint="tracks count from 1")
    stream = info.audio[track - 1]
    if channel is not None and not 1 <= channel <= stream.channels:
        raise InputError(
            f"track {track} has no channel {channel}: it has {stream.channels}",
            where=where,
            hint="channels count from 1",
        )
    return stream, None if channel is None else channel - 1
