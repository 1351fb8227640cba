"""Facts about a media file, as probed: streams, geometry, timing, colour, channel layout."""

from __future__ import annotations

from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import Field

from mediakit.media.document import Document, Value
from mediakit.media.times import FrameRate


class VideoStream(Value):
    """A picture stream. Times are seconds on the container's clock; ``start`` is the first frame's.

    ``width`` and ``height`` are coded pixels; ``display_width`` and ``display_height`` are what a viewer
    sees: square pixels, after rotation. ``rotation`` is clockwise degrees (0, 90, 180, 270) that a player turns
    the coded picture; ``mirrored`` says that it also flips it left to right before turning.
    ``fps`` is exact where the rate is constant, else the mean; ``nominal_fps`` is the rate of the usual frame distance.
    ``closed_gop`` says that every key frame is a place where decoding may start and nothing before it is needed.
    ``first_frame_hidden_s`` is how much at the head only serves decoding (hidden by an edit list).
    """

    index: int
    codec: str
    profile: str | None = None
    width: int
    height: int
    display_width: int
    display_height: int
    sample_aspect: FrameRate = Fraction(1)
    rotation: int = 0
    mirrored: bool = False
    pixel_format: str
    bit_depth: int = 8
    fps: FrameRate
    nominal_fps: FrameRate | None = None
    variable_rate: bool = False
    frames: int = Field(ge=0)
    start: float = 0.0
    duration: float = Field(ge=0)
    time_base: FrameRate | None = None
    field_order: Literal["progressive", "tff", "bff", "unknown"] = "unknown"
    color_range: Literal["limited", "full", "unknown"] = "unknown"
    color_primaries: str = "unknown"
    color_transfer: str = "unknown"
    color_space: str = "unknown"
    hdr: Literal["none", "hlg", "pq"] = "none"
    bit_rate: int | None = None
    closed_gop: bool | None = None
    longest_gop_s: float | None = None
    first_frame_hidden_s: float = 0.0
    language: str | None = None
    default: bool = False


class AudioStream(Value):
    """A sound stream; ``layout`` is ffmpeg's name, such as ``mono``, ``stereo``, ``5.1``.

    ``digest`` is the SHA-256 of its packets' bytes and times: another export with the same sound has the same.
    ``content`` leaves the times out, so that the same sound in another container has it too; None where packets are
    missing between others, as the times tell something then.
    """

    index: int
    codec: str
    sample_rate: int
    channels: int
    layout: str
    start: float = 0.0
    duration: float = Field(ge=0)
    bit_rate: int | None = None
    title: str | None = None
    language: str | None = None
    default: bool = False
    digest: str | None = None
    content: str | None = None


class OtherStream(Value):
    """A stream that is neither programme picture nor sound: subtitles, data, an attached picture."""

    index: int
    kind: Literal["subtitle", "data", "attachment", "picture"]
    codec: str
    language: str | None = None


class SoundChannel(Value):
    """Where one channel of the programme's sound comes from: channel ``channel`` (0 = first) of stream ``stream``.

    ``role`` is ffmpeg's channel name: ``FL``, ``FR``, ``FC``, ``LFE`` …
    """

    role: str
    stream: int
    channel: int


class MediaInfo(Document):
    """``media.json``: what a file holds. ``digest`` is the SHA-256 of the whole file.

    ``start`` is the container's first time stamp; ``duration`` is the programme's length in seconds.
    ``timecode`` is the first frame's source timecode, ``reel`` the tape or camera roll name.
    ``still`` says that the file is one picture and no programme. ``missing_s`` is how many seconds the container
    declares that are not there (a file cut short). ``sound_map`` says which channels make the programme's sound:
    those of the main stream or, where every track is mono (broadcast MXF, camera MOV), tracks 1 and 2 as a pair.
    """

    kind: ClassVar[str] = "mediakit/media/1"

    container: str
    size: int
    digest: str
    duration: float = Field(ge=0)
    start: float = 0.0
    timecode: str | None = None
    reel: str | None = None
    created: str | None = None
    faststart: bool | None = None
    still: bool = False
    missing_s: float = Field(default=0.0, ge=0)
    video: tuple[VideoStream, ...] = ()
    audio: tuple[AudioStream, ...] = ()
    sound_map: tuple[SoundChannel, ...] = ()
    other: tuple[OtherStream, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def picture(self) -> VideoStream | None:
        """The main picture: the default stream, else the one with most pixels."""
        return max(self.video, key=lambda v: (v.default, v.width * v.height, -v.index), default=None)

    @property
    def sound(self) -> AudioStream | None:
        """The main sound: the first stream of the sound map, else the default one or that with most channels."""
        if self.sound_map:
            return next((a for a in self.audio if a.index == self.sound_map[0].stream), None)
        return max(self.audio, key=lambda a: (a.default, a.channels, -a.index), default=None)
