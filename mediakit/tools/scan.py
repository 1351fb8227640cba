"""One pass over a file's packets, nothing decoded: packet indexes, first and last times of every stream, damage."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mediakit.errors import InputError
from mediakit.media.packets import PacketIndex
from mediakit.tools.bitstream import start_reader
from mediakit.tools.field_pairs import FieldPairs
from mediakit.tools.opening import open_media

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.stream import Stream
    from numpy.typing import NDArray

_NO_TIME = -(1 << 62)
_REPORT_EVERY = 500
_BAD_PACKETS = 50
_STARTS = {"closed": 1, "open": 2, "plain": 3}


@dataclass
class StreamScan:
    """What the packets of one stream say; times are ticks, ``end`` is past the last packet.

    ``corrupt`` counts packets that the container could not read whole, ``blank`` picture packets that hold nothing
    but zeros (a copy with holes). ``field_order`` is that of fields in packets of their own. ``content`` is, of sound,
    the SHA-256 of all packets' bytes and times.
    """

    packets: int = 0
    first: int | None = None
    end: int | None = None
    corrupt: int = 0
    bytes: int = 0
    blank: int = 0
    field_order: Literal["tff", "bff"] | None = None
    content: str | None = None
    bare_content: str | None = None


@dataclass
class Scan:
    """All streams by number; ``indexes`` holds one for each real picture stream; ``error`` tells what stopped it."""

    streams: dict[int, StreamScan] = field(default_factory=dict)
    indexes: dict[int, PacketIndex] = field(default_factory=dict)
    error: str | None = None


class _Columns:
    """Packet columns that grow without Python objects: about 50 bytes a packet.

    Two packets that are the fields of one frame are one row: the first one's times, the bytes of both.
    """

    def __init__(self, stream: Stream) -> None:
        self.time_base = stream.time_base or Fraction(1, 1000)
        self.codec = stream.codec_context.name
        self.step = self._usual_step(stream)
        self._read_start = start_reader(self.codec, stream.codec_context.extradata)
        self._pairs = FieldPairs(stream.codec_context.extradata) if self.codec == "h264" else None
        self.pts, self.dts, self.duration, self.size = array("q"), array("q"), array("q"), array("q")
        self.hash = array("Q")
        self.key, self.start, self.shown = array("B"), array("B"), array("B")

    @property
    def field_order(self) -> Literal["tff", "bff"] | None:
        return None if self._pairs is None else self._pairs.order

    def _usual_step(self, stream: Stream) -> int:
        rate = stream.average_rate or stream.base_rate or Fraction(25)
        return max(round(1 / (rate * self.time_base)), 1)

    def add(self, packet: av.Packet[Stream]) -> bool:
        """Take in a packet; tell whether it holds nothing but zeros."""
        data = bytes(packet)
        blank = bool(data) and not data[0] and not data.strip(b"\0")
        if self._pairs is not None and self._pairs.is_second(data) and self.pts:
            self._complete(data, packet.duration or 0)
            return blank
        dts = packet.dts if packet.dts is not None else packet.pts
        if dts is None:
            dts = self.dts[-1] + self.step if self.dts else 0
        self.pts.append(packet.pts if packet.pts is not None else _NO_TIME)
        self.dts.append(dts)
        self.duration.append(packet.duration or 0)
        self.size.append(len(data))
        self.hash.append(_hash(data))
        self.key.append(packet.is_keyframe)
        self.start.append(_STARTS[self._read_start(data)] if packet.is_keyframe else 0)
        self.shown.append(not packet.is_discard and bool(data))
        return blank

    def _complete(self, data: bytes, duration: int) -> None:
        """Add the second field to the frame that was begun."""
        self.duration[-1] += duration
        self.size[-1] += len(data)
        self.hash[-1] = _hash(self.hash[-1].to_bytes(8, "little") + data)

    def finish(self, index: int) -> PacketIndex:
        import numpy as np

        pts = np.array(self.pts, dtype=np.int64)
        dts = np.array(self.dts, dtype=np.int64)
        unknown = pts == _NO_TIME
        if unknown.any():
            pts = dts.copy() if unknown.all() else np.where(unknown, dts, pts)
        key = np.array(self.key, dtype=np.bool_)
        idr = _closed_starts(pts, key, np.array(self.start, dtype=np.uint8))
        shown = np.array(self.shown, dtype=np.bool_) & ~_undecodable(pts, key, idr)
        return PacketIndex(
            stream_index=index,
            time_base=self.time_base,
            pts=pts,
            dts=dts,
            duration=np.array(self.duration, dtype=np.int64),
            size=np.array(self.size, dtype=np.int64),
            hash=np.array(self.hash, dtype=np.uint64),
            key=key,
            idr=idr,
            shown=shown,
        )


def _hash(data: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")


class _Content:
    """The digests of a sound stream: how it is coded, and every packet's bytes, with their times and without."""

    _GAP_S = 0.03
    _STEP_S = 0.02

    def __init__(self, stream: Stream) -> None:
        self._base = stream.time_base or Fraction(1, 1000)
        self._hash = hashlib.sha256()
        self._bytes = hashlib.sha256()
        self._start = stream.start_time
        self._next: int | None = None
        self._lead: int | None = None
        self._whole = True
        context = stream.codec_context
        self._bytes.update(context.name.encode() if context is not None else b"")
        if context is not None:
            self._hash.update(f"{context.name} {self._base}".encode())
            self._hash.update(context.extradata or b"")

    def add(self, packet: av.Packet[Stream]) -> None:
        """Take in a packet."""
        time = packet.pts if packet.pts is not None else packet.dts
        self._hash.update(f"\n{time} {packet.size}\n".encode())
        data = bytes(packet)
        self._hash.update(data)
        self._bytes.update(data)
        if self._lead is None and time is not None:
            self._lead = round((time - (time if self._start is None else self._start)) * self._base / self._STEP_S)
        if time is None or (self._next is not None and abs(time - self._next) * self._base > self._GAP_S):
            self._whole = False
        self._next = None if time is None else time + (packet.duration or 0)

    def finish(self) -> tuple[str, str | None]:
        """Return the digest, and that without times (None if packets are missing between others).

        The second still knows how much an edit list leaves out at the start, in fiftieths of a second.
        """
        self._bytes.update(f"\n{self._lead}".encode())
        return self._hash.hexdigest(), self._bytes.hexdigest() if self._whole else None


def _closed_starts(pts: NDArray[np.int64], key: NDArray[np.bool_], start: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Tell for each packet whether it starts a closed group: by its own word, else by having no leading pictures."""
    import numpy as np

    closed = np.zeros(len(pts), dtype=np.bool_)
    if not len(pts):
        return closed
    if key.all():
        return key.copy()
    positions = np.flatnonzero(key)
    if len(positions):
        earliest = np.minimum.reduceat(pts, positions)
        leading = earliest < pts[positions]
        said = start[positions]
        closed[positions] = (said == 1) | ((said == 3) & ~leading)
    return closed


def _undecodable(pts: NDArray[np.int64], key: NDArray[np.bool_], idr: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which packets at the start of a recording that was cut in its middle no decoder shows.

    These are the packets before the first key frame and, where its group is open, the pictures that lead it.
    """
    import numpy as np

    lost = np.zeros(len(pts), dtype=np.bool_)
    positions = np.flatnonzero(key)
    if not len(positions):
        return lost
    first = int(positions[0])
    lost[:first] = True
    if not idr[first]:
        end = int(positions[1]) if len(positions) > 1 else len(pts)
        lost[first + 1 : end] = pts[first + 1 : end] < pts[first]
    return lost


def is_programme_picture(stream: Stream) -> bool:
    """Tell a real picture stream from cover art and timed thumbnails."""
    from av.stream import Disposition

    hidden = Disposition.attached_pic | Disposition.timed_thumbnails
    return stream.type == "video" and not stream.disposition & hidden


def scan_packets(path: Path, on_progress: Callable[[float], None] | None = None) -> Scan:
    """Read all packets of a file.

    Args:
        path: the file.
        on_progress: called with 0 to 1 now and then; may raise to stop.

    Raises:
        InputError: not a media file.
    """
    import av

    scan = Scan()
    columns: dict[int, _Columns] = {}
    contents: dict[int, _Content] = {}
    with open_media(path) as container:
        size = max(path.stat().st_size, 1)
        for stream in container.streams:
            scan.streams[stream.index] = StreamScan()
            if is_programme_picture(stream) and stream.codec_context is not None:
                columns[stream.index] = _Columns(stream)
            elif stream.type == "audio":
                contents[stream.index] = _Content(stream)
        count = failures = 0
        packets = container.demux()
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                break
            except (av.FFmpegError, ValueError) as exc:
                scan.error = str(exc)
                failures += 1
                if isinstance(exc, av.EOFError) or failures > _BAD_PACKETS:
                    break
                packets = container.demux()
                continue
            if packet.dts is None and packet.pts is None and not packet.size:
                continue
            count += 1
            _note(scan.streams.setdefault(packet.stream_index, StreamScan()), packet)
            if packet.stream_index in columns:
                scan.streams[packet.stream_index].blank += columns[packet.stream_index].add(packet)
            elif packet.stream_index in contents:
                contents[packet.stream_index].add(packet)
            if on_progress is not None and count % _REPORT_EVERY == 0:
                on_progress(min((packet.pos or 0) / size, 1.0))
    for index, content in contents.items():
        scan.streams[index].content, scan.streams[index].bare_content = content.finish()
    scan.indexes = {index: column.finish(index) for index, column in columns.items()}
    for index, column in columns.items():
        scan.streams[index].field_order = column.field_order
    return scan


def _note(stream: StreamScan, packet: av.Packet[Stream]) -> None:
    stream.packets += 1
    stream.bytes += packet.size
    stream.corrupt += packet.is_corrupt
    time = packet.pts if packet.pts is not None else packet.dts
    if time is None or packet.is_discard:
        return
    stream.first = time if stream.first is None else min(stream.first, time)
    end = time + (packet.duration or 0)
    stream.end = end if stream.end is None else max(stream.end, end)


def index_packets(path: Path, stream_index: int) -> PacketIndex:
    """Return the packet index of one picture stream.

    Raises:
        InputError: not a media file, or no such picture stream.
    """
    indexes = scan_packets(path).indexes
    if stream_index not in indexes:
        raise InputError(f"has no picture stream {stream_index}", where=path)
    return indexes[stream_index]
