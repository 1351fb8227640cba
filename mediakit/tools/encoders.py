"""Which picture encoders mediakit knows, what each understands, and whether it really runs on this machine.

An ffmpeg may hold the encoder of a graphics card that this machine does not have, so a few frames are encoded to see.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from mediakit.errors import ToolError, UsageError
from mediakit.tools.ffmpeg import find_ffmpeg, list_capabilities

X264_PRESETS = (
    *("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo"),
)
_QSV_PRESETS = X264_PRESETS[2:9]
_NVENC_PRESETS = ("p1", "p2", "p3", "p4", "p5", "p6", "p7", "fast", "medium", "slow")
_AMF_PRESETS = ("speed", "balanced", "quality")
_VAAPI_DEVICE = "/dev/dri/renderD128"
_TRIAL = "testsrc2=s=256x144:r=25:d=0.4"
_TIMEOUT_S = 30
_PREFIX = re.compile(r"^\[[^\]]*\]\s*")
_REASONS = {
    "libcuda": "no NVIDIA driver",
    "nvEncodeAPI": "no NVIDIA driver",
    "No capable devices": "no NVIDIA card that encodes",
    "MFX session": "no Intel graphics driver",
    "libamfrt": "no AMD driver",
    "VA display": f"no graphics device at {_VAAPI_DEVICE}",
    "No such file or directory": f"no graphics device at {_VAAPI_DEVICE}",
}


@dataclass(frozen=True)
class Encoder:
    """What an encoder makes and understands.

    Attributes:
        name: as ffmpeg calls it.
        codec: ``h264`` or ``hevc``.
        presets: the words that it takes; none where it has no such choice.
        preset: the one that is taken where none was chosen.
        hardware: what it runs on; None is the processor.
        device: ffmpeg's options that open a device to which frames must be sent; none where it takes plain frames.
    """

    name: str
    codec: str
    presets: tuple[str, ...] = ()
    preset: str = ""
    hardware: str | None = None
    device: tuple[str, ...] = ()


def _family(suffix: str, hardware: str, presets: tuple[str, ...] = (), preset: str = "") -> tuple[Encoder, ...]:
    device = ("-vaapi_device", _VAAPI_DEVICE) if suffix == "vaapi" else ()
    return tuple(Encoder(f"{codec}_{suffix}", codec, presets, preset, hardware, device) for codec in ("h264", "hevc"))


_KNOWN = (
    Encoder("libx264", "h264", X264_PRESETS, "medium"),
    Encoder("libx265", "hevc", X264_PRESETS, "medium"),
    Encoder("libopenh264", "h264"),
    *_family("nvenc", "NVIDIA", _NVENC_PRESETS, "p5"),
    *_family("qsv", "Intel Quick Sync", _QSV_PRESETS, "medium"),
    *_family("vaapi", "VA-API"),
    *_family("amf", "AMD", _AMF_PRESETS, "balanced"),
    *_family("videotoolbox", "Apple"),
)
ENCODERS = {encoder.name: encoder for encoder in _KNOWN}


def find_encoder(name: str) -> Encoder:
    """Return what is known of an encoder.

    Raises:
        UsageError: nothing is.
    """
    if name in ENCODERS:
        return ENCODERS[name]
    near = get_close_matches(name, ENCODERS, 1)
    raise UsageError(
        f"no encoder is called {name!r}",
        hint=f"did you mean {near[0]}?" if near else "one of " + ", ".join(ENCODERS),
    )


def check_preset(encoder: Encoder, preset: str) -> None:
    """Refuse a preset that an encoder does not have.

    Raises:
        UsageError: names the nearest, or all.
    """
    if preset == "" or preset in encoder.presets:
        return
    if not encoder.presets:
        raise UsageError(f"{encoder.name} has no presets, so not {preset!r}", hint="leave the preset out")
    near = get_close_matches(preset, encoder.presets, 1)
    hint = f"did you mean {near[0]}?" if near else "one of " + ", ".join(encoder.presets)
    raise UsageError(f"{preset!r} is not a preset of {encoder.name}", hint=hint)


def check_encoder(encoder: Encoder) -> None:
    """Refuse an encoder that this ffmpeg lacks or that does not run here.

    Raises:
        ToolError: the hint names those of the same codec that do.
    """
    if encoder.name not in list_capabilities("encoders"):
        raise ToolError(
            f"this ffmpeg has no encoder {encoder.name}", where=find_ffmpeg(), hint=_describe_working(encoder.codec)
        )
    reason = try_encoder(encoder.name)
    if reason is not None:
        raise ToolError(
            f"this ffmpeg has {encoder.name}, but it does not run here: {reason}",
            hint=_describe_working(encoder.codec),
        )


@lru_cache(maxsize=64)
def try_encoder(name: str) -> str | None:
    """Encode a few small frames; return why that fails, or None where it works. Asked once a run."""
    encoder = ENCODERS[name]
    upload = ["-vf", "format=nv12,hwupload"] if encoder.device else ["-pix_fmt", "yuv420p"]
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-loglevel", "error", *encoder.device]
    command += ["-f", "lavfi", "-i", _TRIAL, *upload, "-c:v", name, "-f", "null", "-"]
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        return f"a trial of ten frames did not end within {_TIMEOUT_S} s"
    except OSError as exc:
        return f"ffmpeg does not run ({exc.strerror})"
    return None if done.returncode == 0 else _read_reason(done.stderr.decode("utf-8", "replace"))


def _read_reason(log: str) -> str:
    lines = [_PREFIX.sub("", line).strip() for line in log.splitlines() if line.strip()]
    for sign, reason in _REASONS.items():
        for line in lines:
            if sign in line:
                return f"{reason} ({line})"
    return lines[0] if lines else "it failed without a word"


def list_working(codec: str | None = None, *, hardware: bool | None = None) -> tuple[str, ...]:
    """Return the encoders that run here, of a codec or of all, on hardware or not."""
    built = list_capabilities("encoders")
    return tuple(
        encoder.name
        for encoder in _KNOWN
        if encoder.name in built
        and codec in (None, encoder.codec)
        and hardware in (None, encoder.hardware is not None)
        and try_encoder(encoder.name) is None
    )


def _describe_working(codec: str) -> str:
    working = list_working(codec)
    return f"works here for {codec}: {', '.join(working)}" if working else f"nothing here encodes {codec}"
