"""A small copy for looking and marking: H.264, 540 lines, constant rate, upright square pixels, stereo."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from mediakit.media.info import MediaInfo, VideoStream
from mediakit.media.times import format_rate
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import FORMATS, PROTOCOLS

SHORT_SIDE = 540
_MAX_FPS = Fraction(60)
_THREADS = 2


def make_proxy(
    source: Path,
    info: MediaInfo,
    target: Path,
    *,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
    log_path: Path | None = None,
) -> None:
    """Write a proxy of a clip; its times are the clip's own, counted from the first of picture and sound.

    Args:
        source: the media file, with a picture, a sound or both.
        info: its probe.
        target: the ``.mp4`` to write.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.
        log_path: where the log of a failed run is kept.

    Raises:
        Cancelled: ``is_cancelled`` said so.
        ToolError: ffmpeg failed.
    """
    run_ffmpeg(
        proxy_arguments(source, info, target),
        task=f"proxy of {source.name}",
        duration=info.duration,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
        log_path=log_path,
    )


def proxy_arguments(source: Path, info: MediaInfo, target: Path) -> list[str]:
    """Return ffmpeg's arguments; the graph is built by ffmpeg-python."""
    import ffmpeg

    options: dict[str, str] = {"protocol_whitelist": PROTOCOLS, "format_whitelist": FORMATS}
    media = ffmpeg.input(f"file:{source}", **options)
    outputs: list[Any] = []
    encode: dict[str, Any] = {"map_metadata": "-1", "fflags": "+bitexact", "movflags": "+faststart", "f": "mp4"}
    if (picture := info.picture) is not None:
        outputs.append(_filter_picture(media[str(picture.index)], picture))
        gop = max(round(_proxy_rate(picture)), 1)
        encode |= {"c:v": "libx264", "preset": "veryfast", "crf": 25, "pix_fmt": "yuv420p", "g": gop}
        encode |= {"x264-params": f"threads={_THREADS}:scenecut=0", "flags:v": "+bitexact"}
    if info.sound_map:
        outputs.append(_filter_sound(media, info))
        encode |= {"c:a": "aac", "b:a": "128k", "ac": 2, "ar": 48000, "flags:a": "+bitexact"}
    return [str(word) for word in ffmpeg.output(*outputs, f"file:{target}", **encode).get_args()]


def _proxy_rate(picture: VideoStream) -> Fraction:
    rate = picture.nominal_fps or picture.fps
    while rate > _MAX_FPS:
        rate /= 2
    return rate


def _filter_picture(stream: Any, picture: VideoStream) -> Any:
    if picture.field_order in ("tff", "bff"):
        stream = stream.filter("bwdif", mode="send_frame", parity=picture.field_order, deint="all")
    if picture.hdr != "none":
        stream = (
            stream.filter("zscale", transfer="linear", npl=203)
            .filter("format", "gbrpf32le")
            .filter("zscale", primaries="bt709")
            .filter("tonemap", tonemap="hable", desat=0)
            .filter("zscale", transfer="bt709", matrix="bt709", range="limited")
        )
    scale = min(SHORT_SIDE / min(picture.display_width, picture.display_height), 1.0)
    width, height = (max(round(side * scale / 2) * 2, 2) for side in (picture.display_width, picture.display_height))
    return (
        stream.filter("scale", width, height, flags="bicubic", out_range="limited")
        .filter("setsar", 1)
        .filter("fps", format_rate(_proxy_rate(picture)))
        .filter("format", "yuv420p")
    )


def _filter_sound(media: Any, info: MediaInfo) -> Any:
    import ffmpeg

    streams = list(dict.fromkeys(channel.stream for channel in info.sound_map))
    counts = {stream.index: stream.channels for stream in info.audio}
    if len(streams) == 1:
        sound = media[str(streams[0])]
    else:
        joined = "join" if all(counts[number] == 1 for number in streams) else "amerge"
        sound = ffmpeg.filter([media[str(number)] for number in streams], joined, inputs=len(streams))
    picked = [sum(counts[before] for before in streams[: streams.index(c.stream)]) + c.channel for c in info.sound_map]
    if picked != list(range(sum(counts[number] for number in streams))):  # a track map takes single channels
        sound = sound.filter("pan", f"stereo|c0=c{picked[0]}|c1=c{picked[-1]}")
    return sound.filter("aresample", **{"async": 1, "first_pts": 0} if info.picture is None else {"async": 1})
