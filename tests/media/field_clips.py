"""Clips whose every field is known: a white bar that moves by `STEP` pixels a field, or a frame, on black."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from media_factory import run

STEP = 2
BAR = 16


def make_moving_bar(
    path: Path,
    *,
    scan: str,
    size: tuple[int, int] = (320, 180),
    rate: Fraction | int = 25,
    seconds: float = 2.0,
    gop: int = 12,
    bits: str = "yuv420p",
    aspect: str = "1",
) -> int:
    """Make a clip and return its number of frames.

    Args:
        path: where to write it; MPEG-2 with a stereo sine.
        scan: ``progressive``, ``tff`` or ``bff``; the bar of an interlaced clip moves with every field.
        size: coded pixels.
        rate: frames a second.
        seconds: length.
        gop: frames between key frames.
        bits: pixel format.
        aspect: pixel aspect ratio.
    """
    width, height = size
    fields = Fraction(rate) * (1 if scan == "progressive" else 2)
    frames = round(seconds * Fraction(rate))
    chain = f"color=black:s={width}x{height}:r={fields}[b];color=white:s={BAR}x{height}:r={fields}[w];"
    chain += f"[b][w]overlay=x='n*{STEP}':y=0:format=yuv444,format=yuv444p"
    if scan != "progressive":
        chain += f",tinterlace=mode=interleave_{'top' if scan == 'tff' else 'bottom'},setfield={scan}"
    interlaced = [] if scan == "progressive" else ["-flags:v", "+ildct+ilme+bitexact", "-alternate_scan", "1"]
    # The chroma is grey, so nothing is lost where two fields share its lines.
    run(
        [
            *("-f", "lavfi", "-i", chain + f",setsar={aspect},trim=end_frame={frames}"),
            *("-f", "lavfi", "-i", f"sine=frequency=440:sample_rate=48000:duration={float(frames / Fraction(rate))}"),
            *("-map", "0", "-map", "1", "-pix_fmt", bits, "-c:v", "mpeg2video", "-q:v", "2", "-bf", "2"),
            *("-g", str(gop), "-threads", "1", *interlaced, "-ac", "2", "-fflags", "+bitexact", path),
        ]
    )
    return frames


def bar_places(luma: Any) -> tuple[float | None, float | None]:
    """Return the middle of the bar, in pixels, in the top and in the bottom field of a decoded luma plane."""
    return _place(luma[0::2]), _place(luma[1::2])


def _place(lines: Any) -> float | None:
    import numpy as np

    rows = lines[len(lines) // 4 : -len(lines) // 4].astype(np.float64).mean(axis=0)
    bright = np.clip(rows - 40, 0, None)
    return None if bright.sum() < 1000 else float((np.arange(len(rows)) * bright).sum() / bright.sum())
