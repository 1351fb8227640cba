"""Whether pieces of an encoder can be joined: two are made, joined and decoded, before anything is planned."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import ToolError
from mediakit.media.times import format_rate
from mediakit.render.encoders import encoder_options
from mediakit.render.join import join_pieces

if TYPE_CHECKING:
    from mediakit.render.spec import PictureSpec

_PROVED = ("libx264", "libx265")
"""Their options are made for joining; tests prove it frame by frame."""
_SIZE = (256, 144)
_FRAMES = 40
_PICTURES = ("testsrc2", "mandelbrot")


def settle_spec(spec: PictureSpec) -> PictureSpec:
    """Return the spec with `PictureSpec.whole` set where pieces of its encoder cannot be joined.

    Raises:
        ToolError: the encoder fails with these settings.
    """
    encoding = spec.encoding
    if encoding.encoder is None or encoding.encoder in _PROVED:
        return spec
    return (
        spec
        if _joins(replace(spec, width=_SIZE[0], height=_SIZE[1]))
        else replace(spec, encoding=replace(encoding, whole=True))
    )


@lru_cache(maxsize=64)
def _joins(spec: PictureSpec) -> bool:
    """Tell whether two small pieces of different pictures become one that decodes to all its frames."""
    from mediakit.tools.encoders import find_encoder

    if find_encoder(spec.encoding.encoder_name).device:
        return False  # its frames go through a device, which only the one encoder of a whole picture opens
    with tempfile.TemporaryDirectory(prefix="mediakit-trial-") as name:
        folder = Path(name)
        pieces = [_encode(spec, picture, folder) for picture in _PICTURES]
        joined = folder / "joined.mp4"
        try:
            join_pieces([*pieces, *pieces], joined, spec.fps)
        except ToolError:
            return False
        return _count_decoded(joined) == _FRAMES * len(pieces) * 2


def _encode(spec: PictureSpec, picture: str, folder: Path) -> Path:
    from mediakit.tools.ffmpeg import run_ffmpeg

    target = folder / f"{picture}.mp4"
    options = [part for key, value in encoder_options(spec).items() for part in (f"-{key}", str(value))]
    source = f"{picture}=s={spec.width}x{spec.height}:r={format_rate(spec.fps)}"
    run_ffmpeg(
        [
            *("-f", "lavfi", "-i", source, "-frames:v", str(_FRAMES)),
            *("-vf", f"format={spec.encoding.pixel_format}", *options, f"file:{target}"),
        ],
        task=f"try {spec.encoding.encoder_name}",
    )
    return target


def _count_decoded(path: Path) -> int:
    import av

    try:
        with av.open(str(path)) as container:
            return sum(1 for _ in container.decode(video=0))
    except av.FFmpegError:
        return 0
