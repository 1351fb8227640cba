"""Clips in which every place and every frame can be told: for windows that have to be exact.

The upper half is a ramp from left to right, the left and right edges darkest and lightest; below it stand two bands
whose brightness is the frame's number (low and high digit in base 16, so up to 255). `make_ramp` can turn it, so that
the ramp runs down. A window's place is read from the ramp to a small part of a pixel, and the number from the bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from media_factory import run

LOW, HIGH = 30.0, 220.0
_DIGIT, _FIRST = 12, 30
TAGS = "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode=prog"


@dataclass(frozen=True)
class Ramp:
    """A made clip of ``frames`` frames at ``fps``; ``shades`` are each frame's tint, by which shots are told."""

    path: Path
    size: tuple[int, int]
    fps: Fraction
    frames: int


def make_ramp(
    path: Path,
    *,
    size: tuple[int, int] = (640, 360),
    fps: Fraction | int = 25,
    frames: int = 100,
    down: bool = False,
    options: Sequence[str] = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "4", "-g", "25"),
    filters: str = "",
) -> Ramp:
    """Make a clip; with ``down`` the ramp runs from top to bottom and the bands stand at the right."""
    width, height = size
    raw = path.with_suffix(".raw")
    long = height if down else width
    line = np.round(LOW + (HIGH - LOW) * (np.arange(long) + 0.5) / long).astype(np.uint8)
    with raw.open("wb") as stream:
        for number in range(frames):
            image = np.empty((width, height) if down else (height, width), dtype=np.uint8)
            across = image.shape[0]
            image[: across // 2] = line
            image[across // 2 : across * 3 // 4] = _FIRST + _DIGIT * (number % 16)
            image[across * 3 // 4 :] = _FIRST + _DIGIT * (number // 16 % 16)
            stream.write(np.ascontiguousarray(image.T if down else image).tobytes())
            stream.write(bytes([128]) * (width * height // 2))
    chain = ",".join(part for part in (filters, TAGS) if part)
    source = ["-f", "rawvideo", "-video_size", f"{width}x{height}", "-pixel_format", "yuv420p", "-framerate", str(fps)]
    run([*source, "-i", raw, "-vf", chain, *options, "-fps_mode", "passthrough", path])
    raw.unlink()
    return Ramp(path, size, Fraction(fps), frames)


@dataclass(frozen=True)
class Seen:
    """What a rendered frame shows: the source's frame, and the window's edges as shares of the source's length."""

    number: int
    near: float
    far: float

    @property
    def middle(self) -> float:
        """The window's middle."""
        return (self.near + self.far) / 2


def read_ramp(luma: Any, *, down: bool = False) -> Seen:
    """Read a frame's luma plane (2-D), which shows the whole of the bands and a part of the ramp."""
    image = (luma.T if down else luma).astype(float)
    across, long = image.shape
    ramp = image[across // 8 : across * 3 // 8].mean(axis=0)
    at = np.arange(long) + 0.5
    inner = slice(max(long // 20, 2), long - max(long // 20, 2))
    slope, start = np.polyfit(at[inner], ramp[inner], 1)
    near, far = ((start + slope * place - LOW) / (HIGH - LOW) for place in (0, long))
    digits = []
    for low, high in ((0.56, 0.69), (0.81, 0.94)):
        band = image[round(across * low) : round(across * high), long // 10 : -long // 10]
        digits.append(round((float(band.mean()) - _FIRST) / _DIGIT))
    return Seen(digits[0] + 16 * digits[1], float(near), float(far))


def read_ramps(path: Path, *, down: bool = False) -> list[Seen]:
    """Return what every frame of a rendered file shows."""
    import av

    seen = []
    with av.open(f"file:{path}") as container:
        for frame in container.decode(video=0):
            assert frame.format.name in ("yuv420p", "yuv422p")
            seen.append(read_ramp(frame.to_ndarray(format="yuv420p")[: frame.height], down=down))
    return seen
