"""Encoder settings as ffmpeg's options: what makes pieces joinable and their bytes repeatable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mediakit.render.spec import ENCODER_THREADS, ENCODERS, PRESETS

if TYPE_CHECKING:
    from mediakit.render.spec import PictureSpec

LOOKAHEAD = 20
"""Frames that x264 looks ahead at most: medium's 40 take twice the memory, and a piece is short."""


def encoder_options(spec: PictureSpec) -> dict[str, Any]:
    """Return ffmpeg's output options: equal parameter sets in every piece, closed groups at even distances."""
    encoding = spec.encoding
    encoder = ENCODERS[encoding.codec]
    common: dict[str, float] = {
        "keyint": encoding.gop,
        "min-keyint": encoding.gop,
        "scenecut": 0,
        "open-gop": 0,
        "bframes": encoding.b_frames,
    }
    if encoding.max_rate and encoding.buffer:
        # A piece may start with its buffer half full and end with it empty; the spare tenth refills it.
        common |= {
            "vbv-maxrate": encoding.max_rate * 9 // 10_000,
            "vbv-bufsize": encoding.buffer // 2_000,
            "vbv-init": 0.5,
        }
    if encoding.codec == "h264":
        params: dict[str, float | str] = {
            **common,
            "stitchable": 1,
            "threads": ENCODER_THREADS,
            "lookahead-threads": 1,
        }
        if PRESETS.index(encoding.preset) > PRESETS.index("faster"):
            params["rc-lookahead"] = LOOKAHEAD
        extra: dict[str, Any] = {"x264-params": _join(params), "bsf:v": "filter_units=remove_types=6"}
    else:
        params = {**common, "pools": 1, "frame-threads": 1, "info": 0, "log-level": "error", "wpp": 0}
        extra = {"x265-params": _join(params), "tag:v": "hvc1"}
    if encoding.profile:
        extra["profile:v"] = encoding.profile
    return {
        "c:v": encoder,
        "preset": encoding.preset,
        "crf": f"{encoding.crf:g}",
        "threads": ENCODER_THREADS,
        "fps_mode": "passthrough",
        "enc_time_base": f"{spec.fps.denominator}/{spec.fps.numerator}",
        "flags": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "map_chapters": -1,
        "f": "mp4",
        **extra,
    }


def _join(params: Mapping[str, Any]) -> str:
    return ":".join(f"{name}={value}" for name, value in params.items())
