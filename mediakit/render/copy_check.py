"""Proof of a smart copy: the packets counted, the joints decoded, the copied pictures compared with the source's.

Decoding starts at a key frame before every joint and goes some frames beyond it. What was copied must come out as it
does from the source, byte for byte: its first pictures (all of the first groups where these were open) and its last.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

from mediakit.errors import Cancelled
from mediakit.media.times import parse_rate
from mediakit.render.copy_demands import Demands
from mediakit.render.copy_plan import Copied, CopyPlan, KeyFrame
from mediakit.render.copy_source import CopySource, find_packets
from mediakit.tools.nal import UnreadableStream
from mediakit.tools.opening import open_media

_BEYOND = 8
_THREADS = 2


def check_copy(
    source: CopySource,
    plan: CopyPlan,
    made: Path,
    is_cancelled: Callable[[], bool] = lambda: False,
    *,
    demands: Demands | None = None,
) -> None:
    """Compare a made file with its plan, its source, and what a channel demands of it.

    Raises:
        UnreadableStream: it is not what was planned.
        Cancelled: ``is_cancelled`` said so.
    """
    keys = _count_packets(plan, made)
    if demands is not None:
        _check_demands(plan, made, keys, demands)
    offset = 0
    for stretch in plan.stretches:
        if is_cancelled():
            raise Cancelled
        past = offset + stretch.end - stretch.first
        if isinstance(stretch, Copied):
            _compare(source, plan, made, stretch, offset, keys)
        else:
            _decode_made(plan, made, max(offset - 1, 0), min(offset + _BEYOND, plan.frames))
            _decode_made(plan, made, max(past - _BEYOND, offset), min(past + _BEYOND, plan.frames))
        offset = past


def _count_packets(plan: CopyPlan, made: Path) -> frozenset[int]:
    """Make sure that every frame of the plan has one packet, in order; return which are key frames."""
    fps = parse_rate(plan.fps)
    with open_media(made) as container:
        numbers, decoded, keys = [], [], []
        for packet in container.demux(container.streams.video[0]):
            if not packet.size:
                continue
            numbers.append(round((packet.pts or 0) * (packet.time_base or 0) * fps))
            decoded.append(packet.dts or 0)
            if packet.is_keyframe:
                keys.append(numbers[-1])
    if sorted(numbers) != list(range(plan.frames)) or decoded != sorted(set(decoded)):
        raise UnreadableStream("the joined picture does not hold the planned frames")
    return frozenset(keys)


def _check_demands(plan: CopyPlan, made: Path, keys: frozenset[int], demands: Demands) -> None:
    """Make sure that edges and copies together keep to a channel's rate and length of groups."""
    import numpy as np

    with open_media(made) as container:
        sizes = [packet.size for packet in container.demux(container.streams.video[0]) if packet.size]
    if demands.breaks_rate(np.array(sizes, dtype=np.int64), float(parse_rate(plan.fps))):
        raise UnreadableStream(f"with its edges it breaks the limit of {demands.describe_rate()}")
    longest = max(end - start for start, end in pairwise([*sorted(keys), plan.frames]))
    if longest > demands.gop:
        raise UnreadableStream(f"decoding may start only every {longest} frames, every {demands.gop} are asked for")


def _compare(
    source: CopySource, plan: CopyPlan, made: Path, stretch: Copied, offset: int, keys: frozenset[int]
) -> None:
    """The first and last pictures of a copy are the source's own, and decoding may start at its last key frame."""
    move = offset - stretch.first
    last = stretch.last if stretch.last.tick + move in keys else stretch.key
    tail = max(last.tick, stretch.end - _BEYOND)
    for key, first, end in ((stretch.key, stretch.first, stretch.doubted), (last, tail, stretch.end)):
        beyond = min(end + move + _BEYOND, plan.frames)
        found = _decode_made(plan, made, first + move, beyond, key.tick + move)
        wanted = _decode_source(source, plan, key, first, end)
        if found[: end - first] != wanted:
            raise UnreadableStream("the copied picture does not decode as it does from its source")


def _decode_made(plan: CopyPlan, made: Path, first: int, end: int, start: int | None = None) -> list[bytes]:
    """Return digests of frames, decoded from the key frame at or before ``start`` (by default ``first``).

    Raises:
        UnreadableStream: not exactly these frames come out.
    """
    fps = parse_rate(plan.fps)
    found: dict[int, bytes] = {}
    with open_media(made) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = _THREADS
        base = stream.time_base
        assert base is not None
        container.seek(int((first if start is None else start) / fps / base), stream=stream, backward=True)
        for number, digest in _digests(container.demux(stream), lambda pts: round(pts * base * fps), first, end):
            found[number] = digest
    if list(found) != list(range(first, end)):
        raise UnreadableStream("the joined picture does not decode to the planned frames")
    return list(found.values())


def _decode_source(source: CopySource, plan: CopyPlan, key: KeyFrame, first: int, end: int) -> list[bytes]:
    ratio = parse_rate(plan.time_base) * parse_rate(plan.fps)

    def tick(pts: int) -> int:
        return int((2 * (pts - plan.zero_pts) * ratio + 1) // 2)

    with closing(find_packets(source.path, plan, key)) as packets:
        return [digest for _, digest in _digests(packets, tick, first, end)]


def _digests(
    packets: Iterator[Any], number_of: Callable[[int], int], first: int, end: int
) -> Iterator[tuple[int, bytes]]:
    """Yield number and digest of decoded frames from ``first`` to ``end``.

    Raises:
        UnreadableStream: the decoder refuses a packet, or says that a frame is damaged.
    """
    import av

    last = None
    try:
        for packet in packets:
            if not packet.size:
                continue
            last = packet.stream
            for frame in packet.decode():
                number = number_of(frame.pts)
                if first <= number < end:
                    if frame.is_corrupt:
                        raise UnreadableStream("a picture at a joint is damaged")
                    yield number, _digest(frame)
                if number >= end - 1:
                    return
        if last is not None:
            for frame in last.codec_context.decode(None):
                number = number_of(frame.pts)
                if first <= number < end:
                    yield number, _digest(frame)
    except (av.FFmpegError, ValueError) as exc:
        raise UnreadableStream(f"a picture at a joint cannot be decoded ({exc})") from exc


def _digest(frame: Any) -> bytes:
    return hashlib.blake2b(frame.to_ndarray().tobytes(), digest_size=16).digest()
