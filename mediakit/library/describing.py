"""A probe in lines for people."""

from __future__ import annotations

from mediakit.media.info import AudioStream, MediaInfo, VideoStream
from mediakit.media.times import plain_number


def describe_probe(info: MediaInfo) -> tuple[str, ...]:
    """Return a line for each stream, and for what else is worth knowing."""
    lines = [_describe_video(stream) for stream in info.video]
    lines += [_describe_audio(stream) for stream in info.audio]
    lines += [f"{other.kind} {other.index}: {other.codec}" for other in info.other]
    if info.timecode:
        lines.append(f"timecode: {info.timecode}" + (f", reel {info.reel}" if info.reel else ""))
    if len(info.audio) > 1 and info.sound_map:
        lines.append("programme sound: " + ", ".join(f"{c.role} = {c.stream}.{c.channel}" for c in info.sound_map))
    lines += [f"warning: {warning}" for warning in info.warnings]
    return tuple(lines)


def _describe_video(stream: VideoStream) -> str:
    size = f"{stream.width}x{stream.height}"
    if (stream.width, stream.height) != (stream.display_width, stream.display_height):
        size += f" shown as {stream.display_width}x{stream.display_height}"
    parts = [stream.codec, size, f"{plain_number(stream.fps)} fps" + (" (variable)" if stream.variable_rate else "")]
    parts += [stream.field_order] if stream.field_order != "progressive" else []
    parts += [f"{stream.bit_depth} bit {stream.pixel_format}"]
    parts += [stream.hdr.upper()] if stream.hdr != "none" else []
    parts += [f"turned {stream.rotation}°"] if stream.rotation else []
    parts += ["mirrored"] if stream.mirrored else []
    parts += ["open groups"] if stream.closed_gop is False else []
    return f"picture {stream.index}: {', '.join(parts)}"


def _describe_audio(stream: AudioStream) -> str:
    said = [part for part in (stream.language, stream.title) if part]
    return f"sound {stream.index}: " + ", ".join([stream.codec, stream.layout, f"{stream.sample_rate} Hz", *said])
