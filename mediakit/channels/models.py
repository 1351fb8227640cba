"""Models of the profiles in this folder's YAML files, and of a recipe's own ``channels:`` block."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from mediakit.media.document import Value
from mediakit.media.times import Duration, FrameRate

Fit = Literal["pad", "crop", "blur", "stack", "track", "split"]
"""How a picture of another shape is brought into a channel's frame."""
Grade = Literal["O", "C", "P", "M", "R", "proposal"]


class Sourced(Value):
    """A profile with its origin."""

    source: str
    grade: Grade
    checked_on: date
    note: str | None = None


_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|kB|KB|MB|GB|TB)?")
_SIZE_UNITS = {"B": 1, "kB": 10**3, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*([kM])?")


def parse_size(value: object) -> int:
    """Return bytes from ``20GB``, ``5MB`` or a number (decimal units)."""
    match = _SIZE.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f"{value!r} is not a size (20GB, 5MB)")
    return int(float(match[1]) * _SIZE_UNITS[match[2] or "B"])


def parse_bit_rate(value: object) -> int:
    """Return bits per second from ``10M``, ``128k`` or a number."""
    match = _RATE.fullmatch(str(value).strip())
    if not match:
        raise ValueError(f"{value!r} is not a bit rate (10M, 128k)")
    return int(float(match[1]) * {"k": 1000, "M": 1_000_000, None: 1}[match[2]])


def parse_count_range(value: object) -> tuple[int, int]:
    """Return (least, most) from ``6-16`` or ``30`` (then least is 0)."""
    if isinstance(value, list | tuple) and len(value) == 2:
        low, high = int(value[0]), int(value[1])
    else:
        low_text, dash, high_text = str(value).strip().partition("-")
        if not (low_text.isdigit() and (not dash or high_text.isdigit())):
            raise ValueError(f"{value!r} is not a count (30) or a range of counts (6-16)")
        low, high = (int(low_text), int(high_text)) if dash else (0, int(low_text))
    if low > high:
        raise ValueError(f"{value!r} runs backwards")
    return low, high


def _parse_duration_range(value: object) -> tuple[float, float]:
    from mediakit.media.times import parse_duration

    if isinstance(value, list | tuple) and len(value) == 2:
        low, high = parse_duration(value[0]), parse_duration(value[1])
    elif isinstance(value, str) and "-" in value:
        first, _, last = value.partition("-")
        low, high = parse_duration(first), parse_duration(last)
    else:
        low, high = 0.0, parse_duration(value)
    if low > high:
        raise ValueError(f"{value!r} runs backwards")
    return low, high


Size = Annotated[int, BeforeValidator(parse_size)]
BitRate = Annotated[int, BeforeValidator(parse_bit_rate)]
CountRange = Annotated[tuple[int, int], BeforeValidator(parse_count_range)]
DurationRange = Annotated[
    tuple[float, float], BeforeValidator(_parse_duration_range), PlainSerializer(list, return_type=list)
]


class Frame(Value):
    """The picture: even size in pixels, frames a second, scan.

    ``psf`` is whole frames coded as two fields, top first. ``interlaced`` as well, but interlaced sources keep their
    fields and 50 frames a second become fields.
    """

    width: int = Field(ge=16, le=8192, multiple_of=2)
    height: int = Field(ge=16, le=8192, multiple_of=2)
    fps: FrameRate
    scan: Literal["progressive", "psf", "interlaced"] = "progressive"


class Video(Value):
    """Picture encoding. ``max_rate`` and ``buffer`` bind the decoder's buffer (bits a second, bits).

    ``encoder`` names one of ffmpeg's, such as ``h264_nvenc``, in place of the codec's own. ``open_gop`` says that the
    outlet also takes open groups of pictures, which only a copied picture has.
    """

    codec: Literal["h264", "hevc", "mpeg2"] = "h264"
    encoder: str | None = None
    profile: str | None = None
    preset: str = "medium"
    crf: float | None = Field(default=None, ge=0, le=51)
    bit_rate: BitRate | None = None
    max_rate: BitRate | None = None
    buffer: BitRate | None = None
    gop_seconds: float = Field(default=2.0, gt=0, le=10)
    b_frames: int = Field(default=2, ge=0, le=8)
    open_gop: bool = False
    pixel_format: Literal["yuv420p", "yuv422p", "yuv420p10le", "yuv422p10le"] = "yuv420p"
    color: Literal["bt709", "bt2020_hlg"] = "bt709"


class Audio(Value):
    """Sound encoding and the loudness profile that it is brought to.

    In MXF every channel has a mono track; ``tracks`` asks for more, which are silent or (``fill: repeat``) hold the
    same channels again.
    """

    codec: Literal["aac", "mp3", "pcm_s16le", "pcm_s24le"] = "aac"
    bit_rate: BitRate | None = Field(default=None, alias="bitrate")
    channels: int = Field(default=2, ge=1, le=8)
    sample_rate: int = 48000
    tracks: int | None = Field(default=None, ge=1, le=8)
    fill: Literal["silence", "repeat"] = "silence"
    loudness: str


class ChannelSubtitles(Value):
    """Which cues a channel gets and how; ``profiles`` names other profiles by language (``en``)."""

    profile: str
    profiles: dict[str, str] = Field(default_factory=dict)
    mode: Literal["burn", "sidecar", "both", "none"] = "burn"
    formats: tuple[Literal["srt", "ass", "vtt", "ttml"], ...] = ("srt",)

    def profile_for(self, language: str | None) -> str:
        """Return the profile for a programme's language, such as ``en`` or ``zh-CN``."""
        primary = (language or "").lower().replace("_", "-").partition("-")[0]
        return self.profiles.get(primary, self.profile)


class Margins(Value):
    """Pixels at each edge that text keeps clear of."""

    top: int = Field(default=0, ge=0)
    bottom: int = Field(default=0, ge=0)
    left: int = Field(default=0, ge=0)
    right: int = Field(default=0, ge=0)


class SafeArea(Sourced):
    """Margins that channels can name; pixels of a picture of ``width`` by ``height``."""

    title: str
    margins: Margins
    width: int
    height: int


class Limits(Value):
    """What an outlet accepts; a limit that is not known is left out.

    Text limits count characters: (least, most). ``title_symbols`` are the only symbols a title may hold.
    ``counting`` is the outlet's way to count: every character as one, or ``weighted``, where everything but
    Latin text and common punctuation counts as two.
    """

    duration: DurationRange | None = None
    size: Size | None = None
    total_rate: BitRate | None = None
    title: CountRange | None = None
    title_symbols: str | None = None
    description: CountRange | None = None
    tags: CountRange | None = None
    counting: Literal["characters", "weighted"] = "characters"


class Cover(Value):
    """A cover picture's size in pixels, and the file's limit in bytes."""

    width: int = Field(ge=16, le=8192)
    height: int = Field(ge=16, le=8192)
    size: Size | None = None
    format: Literal["jpg", "png"] = "jpg"


class Rung(Value):
    """One rendition of an adaptive stream."""

    name: str = Field(pattern=r"^\w{1,16}$")
    width: int = Field(ge=16, multiple_of=2)
    height: int = Field(ge=16, multiple_of=2)
    max_rate: BitRate
    crf: float = Field(default=23, ge=0, le=51)
    audio_bit_rate: BitRate = 128_000


class Channel(Sourced):
    """An outlet and the form of file that it takes.

    A channel without ``frame`` and ``video`` is sound only. ``container`` ``hls`` needs ``rungs``.
    ``origins`` tells the source of single values (``safe_area``, ``limits.title``) where it is not the channel's.
    ``unsupported`` says why this version cannot make the file; rendering refuses with it.
    """

    title: str
    container: Literal["mp4", "mov", "mxf", "hls", "wav", "bwf", "mp3", "m4a"] = "mp4"
    frame: Frame | None = None
    fit: Fit = "pad"
    video: Video | None = None
    audio: Audio
    subtitles: ChannelSubtitles | None = None
    safe_area: Margins | None = None
    limits: Limits = Limits()
    cover: Cover | None = None
    covers: tuple[Cover, ...] = ()
    rungs: tuple[Rung, ...] = ()
    segment_seconds: float | None = Field(default=None, gt=0)
    start_timecode: str | None = None
    qc: str = "default"
    origins: dict[str, Sourced] = Field(default_factory=dict)
    unsupported: str | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Channel:
        if (self.frame is None) != (self.video is None):
            raise ValueError("frame and video go together; leave out both for a sound-only channel")
        if self.container == "hls" and not (self.rungs and self.segment_seconds and self.video):
            raise ValueError("an hls channel needs video, rungs and segment_seconds")
        if self.frame is None and self.container in ("mp4", "mov", "mxf", "hls"):
            raise ValueError(f"a {self.container} channel needs frame and video")
        if self.audio.tracks is not None:
            if self.container != "mxf":
                raise ValueError("audio.tracks is for mxf; other containers hold one track of all channels")
            if self.audio.tracks < self.audio.channels:
                raise ValueError(f"{self.audio.channels} channels do not fit on {self.audio.tracks} tracks")
        if self.container == "mxf" and not self.audio.codec.startswith("pcm_") and not self.unsupported:
            raise ValueError(f"mxf holds PCM sound, not {self.audio.codec}")
        holds_mpeg2 = self.video is not None and self.video.codec == "mpeg2"
        if (self.container == "mxf") != holds_mpeg2 and not self.unsupported:
            raise ValueError("mpeg2 goes into mxf, and mxf holds mpeg2")
        if self.safe_area and self.frame:
            area = self.safe_area
            if area.left + area.right >= self.frame.width or area.top + area.bottom >= self.frame.height:
                raise ValueError("the safe area leaves no room")
        for name in self.origins:
            value: object = self
            for part in name.split("."):
                value = getattr(value, part, None)
            if value is None:
                raise ValueError(f"origins names {name}, which has no value")
        return self

    @property
    def all_covers(self) -> tuple[Cover, ...]:
        """Every cover that the channel wants."""
        return ((self.cover,) if self.cover else ()) + self.covers


class LoudnessProfile(Sourced):
    """A loudness target: LUFS, ± LU, dBTP (ITU-R BS.1770, gated)."""

    title: str
    integrated_lufs: float = Field(ge=-40, le=-5)
    tolerance_lu: float = Field(gt=0, le=5)
    true_peak_dbtp: float = Field(ge=-9, le=0)
    short_term_max_lufs: float | None = None


class SubtitleProfile(Sourced):
    """Limits of a subtitle style.

    ``line_length`` counts characters as ``counting`` says: ``cjk`` counts a half-width character as half,
    ``all`` counts every character as one. Times are seconds; ``gap_frames`` is the least gap between cues.
    ``ellipsis`` is how one is written; ``italics`` says whether there may be any; ``spelled_numbers`` whether one to
    ten are words; ``wording`` maps what is not written to what is.
    """

    title: str
    language: str
    line_length: int = Field(gt=0, le=120)
    lines: int = Field(ge=1, le=4)
    counting: Literal["all", "cjk"] = "all"
    cps: float | None = Field(default=None, gt=0)
    children_cps: float | None = Field(default=None, gt=0)
    words_per_minute: CountRange | None = None
    shortest: Duration
    longest: Duration
    gap_frames: int = Field(default=2, ge=0)
    bridge_gap_seconds: float | None = None
    seconds_per_word: float | None = None
    punctuation: Literal["all", "none"] = "all"
    keep_punctuation: str = ""
    snap_in_seconds: float = 0.5
    out_before_cut_frames: int = 2
    ellipsis: str = "…"
    italics: bool = True
    spelled_numbers: bool = False
    wording: dict[str, str] = Field(default_factory=dict)

    def for_children(self) -> SubtitleProfile:
        """Return the profile with the reading speed of a children's programme.

        Raises:
            ValueError: the profile names none.
        """
        if self.children_cps is None:
            raise ValueError("has no reading speed for children")
        return self.model_copy(update={"cps": self.children_cps})


class QcRule(Sourced):
    """Limits of one check; ``warn`` and ``fail`` are in ``unit``, beyond which the verdict falls."""

    title: str
    warn: float | None = None
    fail: float | None = None
    unit: str = ""
    settings: dict[str, float | str] = Field(default_factory=dict)


class QcProfile(Sourced):
    """The checks that a channel's files go through, by check id."""

    title: str
    rules: dict[str, QcRule]
