"""What a picture is: its frame, fit, colour and encoder settings, without a channel's name.

Channels (and rungs of adaptive streams) that want the same picture get equal specs, and share its pieces.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from mediakit.channels.models import Fit
from mediakit.errors import ToolError, UsageError
from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate, parse_rate
from mediakit.render.stack import Stack
from mediakit.tools.encoders import X264_PRESETS, check_preset, find_encoder

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, Rung, Video

REVISION = 7
"""Part of every piece's key; goes up when the same inputs would give another picture."""

ENCODERS = {"h264": "libx264", "hevc": "libx265", "mpeg2": "mpeg2video"}
"""The encoder of each codec where none is asked for."""
WHOLE_CODECS = ("mpeg2",)
"""Codecs whose pieces cannot be joined: their rate control runs through the whole programme."""
BROADCAST_RATES = tuple(Fraction(rate) for rate in ("24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001"))
MPEG2_BUFFER = 17_825_792
"""Bits of the decoder's buffer in MPEG-2 4:2:2 high level at 50 Mb/s (1088 units of 16,384 bits)."""
PRESETS = X264_PRESETS
DEFAULT_CRF = {"h264": 21.0, "hevc": 24.0}
FILTERS = (
    *("scale", "crop", "pad", "overlay", "split", "fps", "trim", "setpts", "settb", "tpad", "setsar", "setparams"),
    *("format", "ass", "gblur", "bwdif", "transpose", "hflip", "vflip", "zscale", "tonemap", "fade", "premultiply"),
    *("setfield", "fieldorder", "tinterlace", "sidedata", "lutyuv", "alphamerge", "geq", "concat", "vstack"),
)
"""All the filters that a picture may need."""

Scan = Literal["progressive", "psf", "interlaced"]


@dataclass(frozen=True)
class Encoding:
    """Encoder settings of one picture; rates in bits a second, ``buffer`` in bits.

    ``encoder`` is one that was asked for in place of the codec's own; ``whole`` says that its pieces cannot be joined.
    """

    codec: str
    preset: str
    crf: float
    gop: int
    b_frames: int
    pixel_format: str = "yuv420p"
    profile: str | None = None
    max_rate: int | None = None
    buffer: int | None = None
    encoder: str | None = None
    whole: bool = False

    @property
    def encoder_name(self) -> str:
        """The encoder as ffmpeg calls it."""
        return self.encoder or ENCODERS[self.codec]

    def describe(self) -> dict[str, Any]:
        """Return the settings as JSON values; what is usual is left out, so that it changes no key."""
        return {name: value for name, value in asdict(self).items() if (name, value) not in _USUAL}


_USUAL = (("encoder", None), ("whole", False))


@dataclass(frozen=True)
class PictureSpec:
    """One picture: size in pixels, frames a second, how the source fits, how it is encoded, its scan.

    ``timecode`` is the first frame's, where the coded picture itself holds one. ``stack`` is where a picture stands
    that is shown whole over a background. ``raised`` is by how many rows a picture that does not fill the frame
    (``pad``, ``blur``) stands above the middle.
    """

    width: int
    height: int
    fps: Fraction
    fit: Fit
    encoding: Encoding
    scan: Scan = "progressive"
    timecode: str | None = None
    stack: Stack | None = None
    raised: int = 0

    def describe(self) -> dict[str, Any]:
        """Return the spec as JSON values for keys; what is usual is left out, so that it changes no key."""
        plain = self.pack()
        if self.stack is not None and self.stack.still is not None:  # its content counts, not its place
            plain["stack"] = {**plain["stack"], "still": {"digest": self.stack.still.digest}}
        return plain

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload; what is usual is left out."""
        return dict(self._packed)

    @cached_property
    def _packed(self) -> dict[str, Any]:
        plain = {**asdict(self), "fps": format_rate(self.fps), "encoding": self.encoding.describe()}
        usual: dict[str, Any] = {"scan": "progressive", "timecode": None, "stack": None, "raised": 0}
        return {name: value for name, value in plain.items() if name not in usual or value != usual[name]}

    @classmethod
    def load(cls, data: dict[str, Any]) -> PictureSpec:
        """Return the spec that `pack` gave."""
        stack = None if data.get("stack") is None else Stack.load(data["stack"])
        encoding = Encoding(**data["encoding"])
        return cls(**{**data, "fps": parse_rate(data["fps"]), "encoding": encoding, "stack": stack})

    @property
    def shape(self) -> tuple[object, ...]:
        """What of it shapes a source's frames before anything is drawn."""
        return self.width, self.height, self.fit, self.stack, self.raised

    @property
    def whole(self) -> bool:
        """Whether the picture is encoded in one go, as its codec's pieces cannot be joined."""
        return self.encoding.codec in WHOLE_CODECS or self.encoding.whole

    @property
    def working_format(self) -> str:
        """Pixel format in which the picture is put together: 4:2:2 where fields must not share colour lines."""
        return "yuv422p" if self.whole and self.encoding.pixel_format == "yuv422p" else "yuv420p"

    @property
    def digest(self) -> str:
        """Digest of everything in the spec."""
        return digest_value(self.describe())


@dataclass(frozen=True)
class Knobs:
    """What is turned by hand for all channels and wins over their own: None leaves a channel's value.

    ``encoder`` is only for channels of the codec that it makes; ``timecode`` is the first frame's.
    """

    preset: str | None = None
    crf: float | None = None
    encoder: str | None = None
    timecode: str | None = None


def spec_of_channel(channel: Channel, knobs: Knobs | None = None) -> PictureSpec:
    """Return the picture that a channel takes.

    Raises:
        UsageError: the channel has no picture, or one that cannot be made, or an encoder or preset is unknown.
    """
    frame, video = _picture_of(channel)
    knobs = knobs or Knobs()
    if video.codec in WHOLE_CODECS:
        return _broadcast_spec(channel, knobs.timecode)
    encoding = _encoding(video, frame.fps, knobs)
    return PictureSpec(frame.width, frame.height, frame.fps, channel.fit, encoding)


def specs_of_channel(channel: Channel, knobs: Knobs | None = None) -> list[tuple[str | None, PictureSpec]]:
    """Return the pictures of a channel: one without a name, or one for each rung of an adaptive stream."""
    if channel.rungs:
        return [(rung.name, spec_of_rung(channel, rung, knobs)) for rung in channel.rungs]
    return [(None, spec_of_channel(channel, knobs))]


def _broadcast_spec(channel: Channel, timecode: str | None) -> PictureSpec:
    """Return the picture of a channel of constant bit rate; presets and quality by crf are not for it."""
    frame, video = _picture_of(channel)
    rate = video.bit_rate or video.max_rate
    if rate is None or frame.fps not in BROADCAST_RATES or video.pixel_format not in ("yuv420p", "yuv422p"):
        raise UsageError(
            f"{channel.title}: {video.codec} needs a bit_rate, one of the broadcast frame rates and 8-bit pixels",
            hint="such as bit_rate: 50M, fps: 25, pixel_format: yuv422p",
        )
    encoding = Encoding(
        codec=video.codec,
        preset="",
        crf=0.0,
        gop=max(round(video.gop_seconds * frame.fps), 1),
        b_frames=video.b_frames,
        pixel_format=video.pixel_format,
        max_rate=rate,
        buffer=video.buffer or MPEG2_BUFFER,
    )
    start = timecode or channel.start_timecode
    return PictureSpec(frame.width, frame.height, frame.fps, channel.fit, encoding, frame.scan, start)


def spec_of_rung(channel: Channel, rung: Rung, knobs: Knobs | None = None) -> PictureSpec:
    """Return the picture of one rung of an adaptive channel: quality by crf, capped by the rung's rate.

    A ``crf`` given by hand moves all rungs by its distance from the channel's own.
    """
    frame, video = _picture_of(channel)
    knobs = knobs or Knobs()
    own = video.crf if video.crf is not None else DEFAULT_CRF[video.codec]
    shift = 0.0 if knobs.crf is None else knobs.crf - own
    quality = min(max(rung.crf + shift, 0.0), 51.0)
    capped = video.model_copy(update={"max_rate": rung.max_rate, "buffer": None, "crf": quality})
    encoding = _encoding(capped, frame.fps, replace(knobs, crf=quality))
    return PictureSpec(rung.width, rung.height, frame.fps, channel.fit, encoding)


def _picture_of(channel: Channel) -> Any:
    if channel.frame is None or channel.video is None:
        raise UsageError(f"{channel.title} has no picture")
    if channel.frame.scan != "progressive" and channel.video.codec not in WHOLE_CODECS:
        raise UsageError(
            f"{channel.title} takes {channel.video.codec} {channel.frame.scan}, which this version does not encode",
            hint=f"leave the channel out; {', '.join(WHOLE_CODECS)} is encoded interlaced, the others progressive",
        )
    return channel.frame, channel.video


def _encoding(video: Video, fps: Fraction, knobs: Knobs) -> Encoding:
    quality = knobs.crf if knobs.crf is not None else video.crf
    limit = video.max_rate or video.bit_rate
    encoder = choose_encoder(video, knobs)
    return Encoding(
        codec=video.codec,
        preset=_choose_preset(video, knobs, encoder or ENCODERS[video.codec]),
        crf=DEFAULT_CRF[video.codec] if quality is None else quality,
        gop=max(round(video.gop_seconds * fps), 1),
        b_frames=video.b_frames,
        pixel_format=video.pixel_format,
        profile=video.profile,
        max_rate=limit,
        buffer=video.buffer or limit,
        encoder=encoder,
    )


def choose_encoder(video: Video, knobs: Knobs) -> str | None:
    """Return the encoder that is asked for, None for the codec's own.

    Raises:
        UsageError: it is unknown, or a channel's own makes another codec than the channel takes.
    """
    name = video.encoder
    if knobs.encoder is not None and find_encoder(knobs.encoder).codec == video.codec:
        name = knobs.encoder
    if name is None or name == ENCODERS[video.codec]:
        return None
    made = find_encoder(name).codec
    if made != video.codec:
        raise UsageError(f"{name} makes {made}, and the channel takes {video.codec}", hint=f"set codec: {made} too")
    return name


def _choose_preset(video: Video, knobs: Knobs, name: str) -> str:
    """Return the preset given by hand, else the channel's where the encoder has it, else the encoder's usual one."""
    encoder = find_encoder(name)
    preset = knobs.preset if knobs.preset is not None else video.preset
    if knobs.preset is None and preset in X264_PRESETS and preset not in encoder.presets:
        return encoder.preset
    check_preset(encoder, preset)
    return preset


def check_encoding(encoding: Encoding) -> None:
    """Refuse what this ffmpeg cannot encode.

    Raises:
        ToolError: ffmpeg lacks the encoder or a filter, or the encoder does not run here.
    """
    from mediakit.tools.encoders import check_encoder
    from mediakit.tools.ffmpeg import find_ffmpeg, list_capabilities

    if encoding.encoder is not None:
        check_encoder(find_encoder(encoding.encoder))
    if encoding.encoder_name not in list_capabilities("encoders"):
        raise ToolError(
            f"this ffmpeg has no encoder {encoding.encoder_name}",
            where=find_ffmpeg(),
            hint="pip install imageio-ffmpeg",
        )
    missing = sorted(set(FILTERS) - list_capabilities("filters"))
    if missing:
        raise ToolError(
            f"this ffmpeg lacks the filters {', '.join(missing)}",
            where=find_ffmpeg(),
            hint="unset MEDIAKIT_FFMPEG to use the packaged ffmpeg",
        )
