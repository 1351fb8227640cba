"""Where a finished picture may be taken apart again: key frames some seconds apart, and a key of what lies between."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from mediakit.media.digests import digest_value

_LEAST_S = 4


@dataclass(frozen=True)
class Place:
    """Frames from a key frame on; ``key`` is a digest of the packets that they are decoded from."""

    first: int
    frames: int
    key: str


def find_places(path: Path, fps: Fraction) -> tuple[Place, ...]:
    """Return the places of a picture without gap or overlap, each of at least some seconds but for the last.

    Equal packets give equal keys wherever they lie. Where pictures before a key frame need what lies beyond it (open
    groups), the keys hold the whole picture.
    """
    from mediakit.tools.opening import open_media

    marks: list[int] = []
    digests: list[hashlib._Hash] = []
    whole, count, is_open = hashlib.sha256(), 0, False
    with open_media(path) as container:
        stream = container.streams.video[0]
        sets = bytes(stream.codec_context.extradata or b"")
        for packet in container.demux(stream):
            if not packet.size or packet.pts is None or packet.time_base is None:
                continue
            number = round(packet.pts * packet.time_base * fps)
            if packet.is_keyframe and (not marks or number - marks[-1] >= _LEAST_S * fps):
                marks.append(number)
                digests.append(hashlib.sha256(sets))
            is_open = is_open or number < marks[-1]
            data = bytes(packet)
            whole.update(data)
            digests[-1].update(f"{number - marks[-1]} {len(data)} ".encode() + data)
            count += 1
    keys = [one.hexdigest() for one in digests]
    if is_open:
        keys = [digest_value([whole.hexdigest(), mark]) for mark in marks]
    ends = [*marks[1:], count]
    return tuple(Place(first, end - first, key) for first, end, key in zip(marks, ends, keys, strict=True))
