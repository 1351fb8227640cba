"""The source of a smart copy: its parameter sets, and packets made fit to stand between encoded edges."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

from mediakit.errors import Cancelled
from mediakit.media.times import parse_rate
from mediakit.render.copy_plan import Copied, CopyPlan, KeyFrame
from mediakit.tools import avc, hevc
from mediakit.tools.avc_opening import GroupOpener
from mediakit.tools.nal import UnreadableStream, join_units, split_units
from mediakit.tools.opening import open_media

_EARLY_S = (0.0, 2.5, 12.0, 60.0, None)
_LATE_S = 10


@dataclass(frozen=True)
class CopySource:
    """A source's picture as it is stored.

    Attributes:
        path: the file.
        codec: ``h264`` or ``hevc``.
        prefix: bytes of a unit's length in its packets; 0 for start codes.
        sets: the parameter sets of its header.
    """

    path: Path
    codec: str
    prefix: int
    sets: tuple[bytes, ...]

    def is_set(self, unit: bytes) -> bool:
        """Tell whether a unit is a parameter set."""
        if self.codec == "h264":
            return avc.kind_of(unit) in (avc.SPS, avc.PPS)
        return hevc.kind_of(unit) in (hevc.VPS, hevc.SPS, hevc.PPS)


@dataclass(frozen=True)
class CopyPacket:
    """A packet with lengths of four bytes; ``number`` counts frames as they are shown from the stretch's first."""

    data: bytes
    number: int
    key: bool


def open_source(path: Path, plan: CopyPlan) -> CopySource:
    """Read a source's header.

    Raises:
        UnreadableStream: its parameter sets are missing or of a kind that is not copied.
    """
    with open_media(path) as container:
        extradata = bytes(container.streams[plan.stream].codec_context.extradata or b"")
    codec = plan.shape.codec
    sets, prefix = read_extradata(codec, extradata)
    source = CopySource(path, codec, prefix, tuple(dict.fromkeys(sets)))
    if not any(source.is_set(unit) for unit in source.sets):
        raise UnreadableStream("its header holds no parameter sets")
    if codec == "h264":
        for unit in source.sets:
            if avc.kind_of(unit) == avc.SPS and not avc.read_sps(unit).frames_only:
                raise UnreadableStream("the picture may be coded in fields")
    return source


def read_extradata(codec: str, extradata: bytes) -> tuple[list[bytes], int]:
    """Return the units of a stream's header and the bytes of a unit's length in its packets (0: start codes)."""
    if codec == "h264":
        framed = len(extradata) > 6 and extradata[0] == 1
        return avc.read_config(extradata) if framed else (split_units(extradata, 0), 0)
    framed = len(extradata) > 22 and extradata[:3] not in (b"\0\0\0", b"\0\0\1")
    return hevc.read_config(extradata) if framed else (split_units(extradata, 0), 0)


def copied_packets(
    source: CopySource, plan: CopyPlan, stretch: Copied, is_cancelled: Callable[[], bool] = lambda: False
) -> Iterator[CopyPacket]:
    """Yield the packets of a stretch, in decoding order, without the pictures that lead its key frame.

    Raises:
        UnreadableStream: the source is not what was planned, or cannot be copied from this key frame.
        Cancelled: ``is_cancelled`` said so.
    """
    ratio = parse_rate(plan.time_base) * parse_rate(plan.fps)
    opener = GroupOpener(source.sets) if source.codec == "h264" else None
    hasher = hashlib.sha256()
    with closing(find_packets(source.path, plan, stretch.key)) as packets:
        for count, packet in enumerate(packets):
            if is_cancelled():
                raise Cancelled
            data = bytes(packet)
            hasher.update(hash_packet(data).to_bytes(8, "little"))
            kept = packet.pts >= stretch.key.pts
            units = _without_sets(source, split_units(data, source.prefix))
            key = packet.is_keyframe
            if opener is not None:
                key = key and not avc.read_recovery(units)  # one that is right only later is no place to seek to
                units = opener.rewrite(units, kept=kept)
            elif count == 0:
                units = hevc.open_clean(units)
            elif not kept and not hevc.leads(units):
                raise UnreadableStream("pictures that lead its key frame are not marked as such")
            if kept:
                number = (2 * (packet.pts - plan.zero_pts) * ratio + 1) // 2 - stretch.first
                yield CopyPacket(join_units(units), int(number), key)
            if count + 1 == stretch.packets:
                break
    if hasher.hexdigest() != stretch.fingerprint:
        raise UnreadableStream("its packets are not those that were indexed")


def hash_packet(data: bytes) -> int:
    """Return a packet's hash as it stands in the index."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


def find_packets(path: Path, plan: CopyPlan, key: KeyFrame) -> Generator[Any, None, None]:
    """Yield a picture's packets from a key frame on, wherever the container's seeking lands.

    Raises:
        UnreadableStream: the file has no such key frame.
    """
    base = parse_rate(plan.time_base)
    late = key.pts + int(Fraction(_LATE_S) / base)
    for early_s in _EARLY_S:
        # At last the file is read from its beginning, as indexing did: a time stamp that wrapped around is met so.
        place = None if early_s is None else key.pts - int(Fraction(early_s) / base)
        if place is None or place <= plan.zero_pts:
            place = None
        with open_media(path) as container:
            stream = container.streams[plan.stream]
            if place is not None:
                container.seek(place, stream=stream, backward=True)
            packets = (packet for packet in container.demux(stream) if packet.size and packet.pts is not None)
            for packet in packets:
                if packet.pts == key.pts and str(hash_packet(bytes(packet))) == key.hash:
                    yield from chain((packet,), packets)
                    return
                if place is not None and packet.dts is not None and packet.dts > late:
                    break
        if place is None:
            break
    raise UnreadableStream("a key frame that was indexed is not found")


def _without_sets(source: CopySource, units: list[bytes]) -> list[bytes]:
    """Return a packet's units without parameter sets, which go into the header.

    Raises:
        UnreadableStream: a set that is not in the source's header.
    """
    for unit in units:
        if source.is_set(unit) and unit not in source.sets:
            raise UnreadableStream("its parameter sets change on the way")
    return [unit for unit in units if not source.is_set(unit)]
