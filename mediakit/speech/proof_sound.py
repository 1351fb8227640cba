"""The sound of a proof page: one small AAC copy of the stream that was heard, on the transcript's clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import check_file, ffmpeg_input, refuse_script

BIT_RATE = 64_000
_RATE = 32_000


def write_proof_sound(
    media: Path,
    stream: int,
    target: Path,
    *,
    zero: float,
    duration: float,
    channel: int | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Write a mono copy of a sound stream, 64 kbit/s, whose zero is the container's first time stamp.

    Gaps become silence, as they are when speech is recognised, so a word's time is the player's time.

    Args:
        media: the media file.
        stream: the stream's index in it.
        target: the file to write (``.m4a``).
        zero: the container's first time stamp in seconds.
        duration: the programme's length in seconds, for progress.
        channel: one channel of the stream, counted from 1; None mixes all of them.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        InputError: the media cannot be read.
        ToolError: ffmpeg failed.
    """
    check_file(media)
    refuse_script(media)
    arguments = [
        *ffmpeg_input(media, "-copyts"),
        *("-map", f"0:{stream}", "-af", _filter(zero, channel)),
        *("-c:a", "aac", "-b:a", str(BIT_RATE), "-flags:a", "+bitexact", "-threads", "1"),
        *("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact"),
        *("-movflags", "+faststart", "-f", "mp4", f"file:{target}"),
    ]
    run_ffmpeg(
        arguments,
        task="copy the sound for the proof page",
        duration=duration,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )


def _filter(zero: float, channel: int | None) -> str:
    """Return the filters: the clock set to zero first, as ffmpeg's own zero depends on which streams it reads."""
    one = [f"pan=mono|c0=c{channel - 1}"] if channel is not None else []
    return ",".join(
        [
            f"asetpts=PTS-({zero:.6f})/TB",
            *one,
            "aresample=async=1:first_pts=0",
            f"aformat=sample_fmts=fltp:sample_rates={_RATE}:channel_layouts=mono",
        ]
    )
