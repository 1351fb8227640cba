"""From rendered shots, sound and graphics to the two masters: texted and clean."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from graphics import Overlay, draw_overlays
from imageio_ffmpeg import get_ffmpeg_exe
from numpy.typing import NDArray
from shots import FPS, rgb_pipe_in


@dataclass(frozen=True)
class Delivery:
    """How a master is encoded."""

    size: tuple[int, int]
    crf: float
    audio_bitrate: str
    preset: str = "slower"


def read_frames(pieces: Sequence[Path]) -> Iterator[NDArray[np.uint8]]:
    """All frames of the pieces in order, 1920x1080 BGR."""
    size = 1920 * 1080 * 3
    for piece in pieces:
        argv = [get_ffmpeg_exe(), "-v", "error", "-i", str(piece), "-f", "rawvideo", "-pix_fmt", "bgr24", "-"]
        with subprocess.Popen(argv, stdout=subprocess.PIPE) as decoder:
            assert decoder.stdout
            while data := decoder.stdout.read(size):
                yield np.frombuffer(data, np.uint8).reshape(1080, 1920, 3).copy()


def encoder_argv(delivery: Delivery, sound: Path, out: Path) -> list[str]:
    """The ffmpeg command that encodes frames from stdin with the mix."""
    width, height = delivery.size
    picture = f"scale={width}:{height}:flags=lanczos:out_color_matrix=bt709:out_range=tv,format=yuv420p"
    picture += ",setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
    argv = [get_ffmpeg_exe(), "-y", "-v", "error", *rgb_pipe_in((1920, 1080)), "-i", str(sound), "-vf", picture]
    argv += [
        "-c:v",
        "libx264",
        "-profile:v",
        "high",
        "-level",
        "4.1",
        "-preset",
        delivery.preset,
        "-crf",
        str(delivery.crf),
    ]
    argv += ["-g", "50", "-keyint_min", "50", "-sc_threshold", "0", "-flags", "+cgop+bitexact", "-threads", "2"]
    argv += ["-x264-params", "open-gop=0:aq-mode=3:aq-strength=0.6:psy-rd=0.3,0:deblock=1,1", "-c:a", "aac"]
    argv += ["-b:a", delivery.audio_bitrate, "-ar", "48000", "-ac", "2", "-flags:a", "+bitexact"]
    argv += ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]
    return [*argv, "-map", "0:v", "-map", "1:a", "-map_metadata", "-1", "-fflags", "+bitexact",
            "-movflags", "+faststart", str(out)]  # fmt: skip


def encode_master(pieces: Sequence[Path], overlays: list[Overlay], sound: Path, out: Path, delivery: Delivery) -> int:
    """Encode one master; without overlays it is the clean one. Returns its frame count."""
    count = 0
    with subprocess.Popen(encoder_argv(delivery, sound, out), stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin
        for frame in read_frames(pieces):
            draw_overlays(frame, overlays, count / FPS)
            encoder.stdin.write(frame.tobytes())
            count += 1
        encoder.stdin.close()
        if encoder.wait():
            raise RuntimeError(f"encoding {out.name} failed")
    return count
