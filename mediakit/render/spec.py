"""What a picture is: its frame, fit, colour and encoder settings, without a channel's name.

Channels (and rungs of adaptive streams) that want the same picture get equal specs, and share its pieces.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from mediakit.errors import ToolError, UsageError
from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate, parse_rate

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, Rung, Video

REVISION = 3
"""Part of every piece's key; goes up when the same inputs would give another picture."""

ENCODER_THREADS = 1
ENCODERS = {"h264": "libx264", "hevc": "libx265"}
PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow", "placebo")
DEFAULT_CRF = {"h264": 21.0, "hevc": 24.0}
FILTERS = (
    *("scale", "crop", "pad", "overlay", "split", "fps", "trim", "setpts", "settb", "tpad", "setsar", "setparams"),
    *("format", "ass", "gblur", "bwdif", "transpose", "hflip", "vflip", "zscale", "tonemap"),
)
"""All the filters that a picture may need."""

Fit = Literal["pad", "crop", "blur"]


@dataclass(frozen=True)
class Encoding:
    """Encoder settings of one picture; rates in bits a second, ``buffer`` in bits."""

    codec: str
    preset: str
    crf: float
    gop: int
    b_frames: int
    pixel_format: str = "yuv420p"
    profile: str | None = None
    max_rate: int | None = None
    buffer: int | None = None


@dataclass(frozen=True)
class PictureSpec:
    """One picture: size in pixels, frames a second, how the source fits, how it is encoded."""

    width: int
    height: int
    fps: Fraction
    fit: Fit
    encoding: Encoding

    def describe(self) -> dict[str, Any]:
        """Return the spec as JSON values."""
        return {**asdict(self), "fps": format_rate(self.fps)}

    @classmethod
    def load(cls, data: dict[str, Any]) -> PictureSpec:
        """Return the spec that `describe` gave."""
        return cls(**{**data, "fps": parse_rate(data["fps"]), "encoding": Encoding(**data["encoding"])})

    @property
    def digest(self) -> str:
        """Digest of everything in the spec."""
        return digest_value(self.describe())


def spec_of_channel(channel: Channel, *, preset: str | None = None, crf: float | None = None) -> PictureSpec:
    """Return the picture that a channel takes; ``preset`` and ``crf`` win over the channel's own.

    Raises:
        UsageError: the channel has no picture, or one that is not made in pieces.
    """
    frame, video = _picture_of(channel)
    encoding = _encoding(video, frame.fps, preset, crf)
    return PictureSpec(frame.width, frame.height, frame.fps, channel.fit, encoding)


def spec_of_rung(channel: Channel, rung: Rung, *, preset: str | None = None, crf: float | None = None) -> PictureSpec:
    """Return the picture of one rung of an adaptive channel: quality by crf, capped by the rung's rate.

    A ``crf`` given by hand moves all rungs by its distance from the channel's own.
    """
    frame, video = _picture_of(channel)
    shift = 0.0 if crf is None else crf - (video.crf if video.crf is not None else DEFAULT_CRF[video.codec])
    quality = min(max(rung.crf + shift, 0.0), 51.0)
    capped = video.model_copy(update={"max_rate": rung.max_rate, "buffer": None, "crf": quality})
    return PictureSpec(rung.width, rung.height, frame.fps, channel.fit, _encoding(capped, frame.fps, preset, quality))


def _picture_of(channel: Channel) -> Any:
    if channel.frame is None or channel.video is None:
        raise UsageError(f"{channel.title} has no picture")
    if channel.video.codec not in ENCODERS or channel.frame.scan != "progressive":
        raise UsageError(
            f"{channel.title} takes {channel.video.codec} {channel.frame.scan}, which this version does not encode",
            hint="leave the channel out; " + ", ".join(sorted(ENCODERS)) + " progressive are encoded",
        )
    return channel.frame, channel.video


def _encoding(video: Video, fps: Fraction, preset: str | None, crf: float | None) -> Encoding:
    quality = crf if crf is not None else video.crf
    limit = video.max_rate or video.bit_rate
    return Encoding(
        codec=video.codec,
        preset=preset or video.preset,
        crf=DEFAULT_CRF[video.codec] if quality is None else quality,
        gop=max(round(video.gop_seconds * fps), 1),
        b_frames=video.b_frames,
        pixel_format=video.pixel_format,
        profile=video.profile,
        max_rate=limit,
        buffer=video.buffer or limit,
    )


def check_encoding(encoding: Encoding) -> None:
    """Refuse what this ffmpeg cannot encode.

    Raises:
        UsageError: no such preset.
        ToolError: ffmpeg lacks the encoder or a filter.
    """
    from mediakit.tools.ffmpeg import find_ffmpeg, list_capabilities

    if encoding.preset not in PRESETS:
        from difflib import get_close_matches

        near = get_close_matches(encoding.preset, PRESETS, 1)
        hint = f"did you mean {near[0]}?" if near else "one of " + ", ".join(PRESETS)
        raise UsageError(f"{encoding.preset!r} is not a preset of {encoding.codec}", hint=hint)
    encoder = ENCODERS[encoding.codec]
    if encoder not in list_capabilities("encoders"):
        raise ToolError(f"this ffmpeg has no encoder {encoder}", where=find_ffmpeg(), hint="pip install imageio-ffmpeg")
    missing = sorted(set(FILTERS) - list_capabilities("filters"))
    if missing:
        raise ToolError(
            f"this ffmpeg lacks the filters {', '.join(missing)}",
            where=find_ffmpeg(),
            hint="unset MEDIAKIT_FFMPEG to use the packaged ffmpeg",
        )
