"""Fragmented MP4 (ISO/IEC 14496-12) by stream copy, and its parts as places in a file."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

from mediakit.errors import InputError, ToolError
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input, open_media

SOUND_FRAGMENT_US = 500_000
_BLOCK = 1 << 20
_MAX_MOOF = 16 << 20


@dataclass(frozen=True)
class Fragment:
    """One movie fragment with its data: bytes from ``offset``; seconds."""

    offset: int
    size: int
    duration: Fraction


@dataclass(frozen=True)
class Track:
    """A fragmented file of one track. ``codec`` is its name in an HLS playlist (RFC 6381)."""

    path: Path
    init: bytes
    fragments: tuple[Fragment, ...]
    codec: str
    width: int = 0
    height: int = 0
    channels: int = 0


def fragment_video(
    source: Path, target: Path, fps: Fraction, tags: Mapping[str, str], is_cancelled: Callable[[], bool]
) -> Track:
    """Copy the picture of an MP4 into one fragment for each group of pictures, time stamps from 0.

    Raises:
        ToolError: ffmpeg failed, or wrote what is not understood.
    """
    with open_media(source) as container:
        if not container.streams.video:
            raise InputError("has no picture", where=source)
        context = container.streams.video[0].codec_context
        codec, width, height = _avc_name(source, context.extradata or b""), context.width, context.height
    _fragment(source, target, ["-map", "0:v:0"], "+frag_keyframe", _tag_options(tags), is_cancelled)
    init, parts = _split(target, lambda samples: samples / fps)
    return Track(target, init, parts, codec, width=width, height=height)


def fragment_sound(source: Path, scratch: Path, tags: Mapping[str, str], is_cancelled: Callable[[], bool]) -> Track:
    """Copy AAC out of an MP4 without its priming into fragments of about half a second.

    Raises:
        InputError: there is no AAC.
        ToolError: ffmpeg failed, or wrote what is not understood.
    """
    trimmed, target = scratch / "trimmed.mp4", scratch / "sound.mp4"
    rate, channels = _drop_priming(source, trimmed)
    _fragment(
        trimmed,
        target,
        ["-map", "0:a:0"],
        "",
        [*_tag_options(tags), "-frag_duration", str(SOUND_FRAGMENT_US)],
        is_cancelled,
    )
    init, parts = _split(target, lambda samples: Fraction(samples * 1024, rate))
    return Track(target, init, parts, "mp4a.40.2", channels=channels)


def _tag_options(tags: Mapping[str, str]) -> list[str]:
    return [part for key, value in tags.items() for part in ("-metadata", f"{key}={value}")]


def _avc_name(source: Path, extradata: bytes) -> str:
    """Return ``avc1.PPCCLL`` from the decoder configuration record."""
    if len(extradata) < 4 or extradata[0] != 1:
        raise InputError("is not H.264 in MP4, which an adaptive stream needs", where=source)
    return f"avc1.{extradata[1:4].hex()}"


def _drop_priming(source: Path, target: Path) -> tuple[int, int]:
    """Copy the packets from time 0 on; return sample rate and channels."""
    import av

    with (
        open_media(source) as container,
        av.open(str(target), "w", format="mp4", options={"fflags": "+bitexact"}) as out,
    ):
        if not container.streams.audio or container.streams.audio[0].codec_context.name not in ("aac", "aac_fixed"):
            raise InputError("has no AAC sound, which an adaptive stream needs", where=source)
        stream = container.streams.audio[0]
        copied: Any = out.add_stream_from_template(stream)
        for packet in container.demux(stream):
            if packet.pts is not None and packet.pts >= 0 and packet.size:
                packet.stream = copied
                out.mux(packet)
        return int(stream.sample_rate), int(stream.channels)


def _fragment(
    source: Path,
    target: Path,
    mapping: Sequence[str],
    flags: str,
    options: Sequence[str],
    is_cancelled: Callable[[], bool],
) -> None:
    run_ffmpeg(
        [
            *ffmpeg_input(source),
            *mapping,
            *("-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact"),
            *("-movflags", f"+delay_moov+default_base_moof+use_metadata_tags{flags}", *options),
            *("-f", "mp4", f"file:{target}"),
        ],
        task=f"copy {source.name} into fragments",
        is_cancelled=is_cancelled,
    )


def _boxes(stream: BinaryIO) -> Iterator[tuple[str, int, int]]:
    """Yield name, offset and size of every box at the top of a file."""
    offset = 0
    while header := stream.read(8):
        if len(header) < 8:
            raise ValueError("cut short")
        size, name = struct.unpack(">I4s", header)
        if size == 1:
            (size,) = struct.unpack(">Q", stream.read(8))
        if size < 8:
            raise ValueError("a box without end")
        yield name.decode("latin-1"), offset, size
        offset += size
        stream.seek(offset)


def _split(path: Path, seconds: Callable[[int], Fraction]) -> tuple[bytes, tuple[Fragment, ...]]:
    """Return the initialisation part and the fragments; ``seconds`` turns a count of samples into a length."""
    init = b""
    parts: list[Fragment] = []
    try:
        with path.open("rb") as stream, path.open("rb") as content:
            open_at: tuple[int, int, int] | None = None
            for name, offset, size in _boxes(stream):
                content.seek(offset)
                if name in ("ftyp", "moov"):
                    init += content.read(size)
                elif name == "moof":
                    if size > _MAX_MOOF:
                        raise ValueError("a fragment's index is too large")
                    open_at = offset, size, _count_samples(content.read(size))
                elif name == "mdat" and open_at is not None:
                    start, head, samples = open_at
                    parts.append(Fragment(start, head + size, seconds(samples)))
                    open_at = None
    except (ValueError, struct.error, OSError) as exc:
        raise ToolError(f"the fragments cannot be read ({exc})", where=path.name) from exc
    if not init or not parts:
        raise ToolError("no fragments were written", where=path.name)
    return init, tuple(parts)


def _count_samples(moof: bytes) -> int:
    """Return the number of samples of a fragment's only track: those of all its ``trun`` boxes."""
    count = 0
    inside = [(8, len(moof))]
    while inside:
        place, end = inside.pop()
        while place + 8 <= end:
            size, name = struct.unpack_from(">I4s", moof, place)
            if size < 8:
                raise ValueError("a box without end")
            if name == b"traf":
                inside.append((place + 8, place + size))
            elif name == b"trun":
                count += int(struct.unpack_from(">I", moof, place + 12)[0])
            place += size
    return count


def write_segment(source: Path, parts: Sequence[Fragment], target: Path) -> int:
    """Write fragments that follow each other as one segment; return its size in bytes."""
    size = sum(part.size for part in parts)
    left = size
    with source.open("rb") as stream, target.open("wb") as out:
        stream.seek(parts[0].offset)
        while left:
            block = stream.read(min(left, _BLOCK))
            if not block:
                raise ToolError("the fragments end early", where=source.name)
            out.write(block)
            left -= len(block)
    return size
