"""Encoder settings as ffmpeg's options: what makes pieces joinable and their bytes repeatable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mediakit.render.spec import PRESETS

if TYPE_CHECKING:
    from mediakit.render.spec import Encoding, PictureSpec

THREADS = 1
"""Of an encoder: a fixed number, never the machine's, as it shapes the bytes; pieces side by side fill the cores."""

LOOKAHEAD = 20
"""Frames that x264 looks ahead at most: medium's 40 take twice the memory, and a piece is short."""


def encoder_options(spec: PictureSpec) -> dict[str, Any]:
    """Return ffmpeg's output options: equal parameter sets in every piece, closed groups at even distances."""
    encoding = spec.encoding
    made = {"libx264": _x264_options, "libx265": _x265_options}.get(encoding.encoder_name, _other_options)(encoding)
    if encoding.profile:
        made["profile:v"] = encoding.profile
    return {
        "c:v": encoding.encoder_name,
        "threads": THREADS,
        "fps_mode": "passthrough",
        "enc_time_base": f"{spec.fps.denominator}/{spec.fps.numerator}",
        "flags": "+bitexact",
        "fflags": "+bitexact",
        "map_metadata": -1,
        "map_chapters": -1,
        "f": "mp4",
        **made,
    }


def encoding_bytes(encoding: Encoding) -> int:
    """Return the bytes that an encoder takes for a pixel of its picture, its queues included, as measured."""
    known = encoding.preset in PRESETS and PRESETS.index(encoding.preset) <= PRESETS.index("veryfast")
    return 88 if known else 124


def _common_params(encoding: Encoding) -> dict[str, float]:
    """Return what x264 and x265 call by the same names."""
    common: dict[str, float] = {
        "keyint": encoding.gop,
        "min-keyint": encoding.gop,
        "scenecut": 0,
        "open-gop": 0,
        "bframes": encoding.b_frames,
    }
    if encoding.max_rate and encoding.buffer:
        common |= rate_params(encoding.max_rate, encoding.buffer)
    return common


def rate_params(max_rate: int, buffer: int) -> dict[str, float]:
    """Return how x264 and x265 hold a stretch that others are joined to within a rate and a buffer, in bits.

    It may start with its buffer half full and end with it empty; the spare tenth refills it.
    """
    return {"vbv-maxrate": max_rate * 9 // 10_000, "vbv-bufsize": buffer // 2_000, "vbv-init": 0.5}


def _x264_options(encoding: Encoding) -> dict[str, Any]:
    params: dict[str, float | str] = {
        **_common_params(encoding),
        "stitchable": 1,
        "threads": THREADS,
        "lookahead-threads": 1,
    }
    if PRESETS.index(encoding.preset) > PRESETS.index("faster"):
        params["rc-lookahead"] = LOOKAHEAD
    return {
        **{"preset": encoding.preset, "crf": f"{encoding.crf:g}"},
        **{"x264-params": _join(params), "bsf:v": "filter_units=remove_types=6"},
    }


def _x265_options(encoding: Encoding) -> dict[str, Any]:
    params = {**_common_params(encoding), "pools": 1, "frame-threads": 1, "info": 0, "log-level": "error", "wpp": 0}
    return {
        **{"preset": encoding.preset, "crf": f"{encoding.crf:g}"},
        **{"x265-params": _join(params), "tag:v": "hvc1"},
    }


def _other_options(encoding: Encoding) -> dict[str, Any]:
    """Return the options of other encoders: fixed groups, and ``crf`` as each one's own measure of quality.

    The measures are near each other, not equal: a crf of 21 looks better from x264 than a cq of 21 from a card.
    """
    made: dict[str, Any] = {"g": encoding.gop, "bf": encoding.b_frames}
    family = encoding.encoder_name.removeprefix("lib").rpartition("_")[2]
    made |= _QUALITY[family](round(encoding.crf), encoding.crf)
    if family == "openh264":
        del made["bf"]  # it has none
        made["b:v"] = encoding.max_rate * 9 // 10 if encoding.max_rate else _UNBOUND
        if encoding.max_rate:
            made |= {"qmax": 51, "rc_mode": "bitrate"}
    elif encoding.max_rate and encoding.buffer:
        made |= {"maxrate": encoding.max_rate * 9 // 10, "bufsize": encoding.buffer // 2}
    if encoding.preset:
        made["preset"] = encoding.preset
    if encoding.codec == "hevc":
        made["tag:v"] = "hvc1"
    elif family in ("openh264", "nvenc", "qsv", "videotoolbox", "amf"):
        made["bsf:v"] = "filter_units=remove_types=6"
    return made


_UNBOUND = 200_000_000
_QUALITY: Mapping[str, Callable[[int, float], dict[str, Any]]] = {
    "openh264": lambda whole, exact: {"rc_mode": "quality", "qmin": whole, "qmax": whole},
    "nvenc": lambda whole, exact: {
        **{"rc": "vbr", "cq": f"{exact:g}", "b:v": 0, "no-scenecut": 1, "forced-idr": 1, "b_ref_mode": "disabled"}
    },
    "qsv": lambda whole, exact: {"global_quality": max(whole, 1), "forced_idr": 1, "adaptive_i": 0, "adaptive_b": 0},
    "vaapi": lambda whole, exact: {"rc_mode": "CQP", "qp": max(whole, 1), "idr_interval": 0},
    "amf": lambda whole, exact: {"rc": "cqp", "qp_i": whole, "qp_p": whole},
    "videotoolbox": lambda whole, exact: {"q:v": max(min(round(100 - 2 * exact), 100), 1)},
}
"""Quality as each family of encoders takes it, from a crf (rounded, exact)."""


def _join(params: Mapping[str, Any]) -> str:
    return ":".join(f"{name}={value}" for name, value in params.items())


def broadcast_options(spec: PictureSpec) -> list[str]:
    """Return ffmpeg's output options for MPEG-2 of constant bit rate, as XDCAM HD422 has it.

    Closed groups, two B-frames, ten-bit DC, the intra table, non-linear quantiser and alternate scan; interlaced
    prediction and transform where the frames hold fields. One thread: bytes differ by the number of slices.
    """
    encoding = spec.encoding
    rate, buffer = encoding.max_rate, encoding.buffer
    assert rate is not None
    assert buffer is not None
    interlaced = spec.scan != "progressive"
    timecode = ["-gop_timecode", spec.timecode] if spec.timecode else []
    return [
        *("-c:v", encoding.encoder_name, "-threads", "1", "-pix_fmt", encoding.pixel_format),
        *("-profile:v", "0" if encoding.pixel_format == "yuv422p" else "4", "-level:v", _mpeg2_level(spec)),
        *("-b:v", str(rate), "-minrate", str(rate), "-maxrate", str(rate), "-bufsize", str(buffer)),
        *("-rc_init_occupancy", str(buffer * 3 // 4), "-qmin", "1", "-qmax", "28", "-lmin", "118"),
        *("-g", str(encoding.gop), "-bf", str(encoding.b_frames), "-sc_threshold", "1000000000"),
        *("-mpv_flags", "+strict_gop", "-intra_vlc", "1", "-non_linear_quant", "1", "-intra_dc_precision", "2"),
        *("-alternate_scan", str(int(interlaced)), "-seq_disp_ext", "always", "-video_format", "component"),
        *("-flags", "+cgop+bitexact" + ("+ildct+ilme" if interlaced else "")),
        *timecode,
    ]


def _mpeg2_level(spec: PictureSpec) -> str:
    """Return the level by the picture's size: 8 main, 6 high 1440, 4 high; 4:2:2 has only main (5) and high (2)."""
    small = spec.width <= 720 and spec.height <= 608
    if spec.encoding.pixel_format == "yuv422p":
        return "5" if small else "2"
    return "8" if small else "6" if spec.width <= 1440 else "4"
