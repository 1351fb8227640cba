"""What a media file holds, found with PyAV: streams, geometry, timing, colour, channels, timecode, damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from mediakit.errors import InputError
from mediakit.media.info import AudioStream, MediaInfo, OtherStream, VideoStream
from mediakit.media.packets import PacketIndex
from mediakit.media.rates import fit_rate
from mediakit.tools.boxes import missing_wave_bytes, read_boxes
from mediakit.tools.opening import open_media, refuse_text
from mediakit.tools.sampling import Sample, sample_streams
from mediakit.tools.scan import Scan, StreamScan, index_packets, is_programme_picture, scan_packets
from mediakit.tools.stream_facts import (
    FIELD_ORDERS,
    MXF_FIELD_ORDERS,
    PRIMARIES,
    RANGES,
    SPACES,
    TRANSFERS,
    hidden_at_head,
    is_default,
    longest_gop,
    map_sound,
    name_code,
    name_layout,
    read_bit_depth,
    read_language,
)

if TYPE_CHECKING:
    import av.audio.stream
    import av.video.stream
    from av.container import InputContainer
    from av.stream import Stream

__all__ = ["index_packets", "probe_media", "probe_with_index"]

_STILL_CODECS = frozenset(("png", "mjpeg", "webp", "bmp", "tiff", "gif"))
_DECLARES_LENGTH = ("mov", "matroska", "mxf", "wav", "w64", "flac", "avi", "caf", "aiff")
_MISSING_MIN_S = 0.25
_PADDING_S = 0.25
_FLAGGING_CODECS = frozenset(("h264", "hevc", "mpeg2video", "prores", "dvvideo", "vc1"))


def probe_media(path: Path, digest: str) -> MediaInfo:
    """Return what a media file holds.

    Args:
        path: the file.
        digest: SHA-256 of its content.

    Raises:
        InputError: missing, not media, or without anything that can be decoded.
    """
    return probe_with_index(path, digest)[0]


def probe_with_index(
    path: Path, digest: str, on_progress: Callable[[float], None] | None = None
) -> tuple[MediaInfo, PacketIndex | None]:
    """Return what a media file holds, with the packet index of its main picture, from one pass over the packets.

    Raises:
        InputError: as `probe_media`.
    """
    scan = scan_packets(path, on_progress)
    samples = sample_streams(path, scan)
    with open_media(path) as container:
        info = _Probe(path, container, scan, samples).describe(digest)
    picture = info.picture
    return info, None if picture is None else scan.indexes[picture.index]


class _Probe:
    """Puts together one file's facts from its header, its packets and a few decoded frames."""

    def __init__(self, path: Path, container: InputContainer, scan: Scan, samples: Mapping[int, Sample]) -> None:
        self._path = path
        self._container = container
        self._scan = scan
        self._samples = samples
        self._warnings: list[str] = []
        self._family = container.format.name.split(",")[0]

    def describe(self, digest: str) -> MediaInfo:
        container = self._container
        video = tuple(self._video(s) for s in container.streams.video if is_programme_picture(s) and self._alive(s))
        audio = tuple(self._audio(s) for s in container.streams.audio if self._alive(s))
        if not video and not audio:
            refuse_text(self._path)
            raise InputError(
                "holds no picture and no sound that can be decoded",
                where=self._path,
                hint="its streams are empty or damaged; export the file again",
            )
        spans = [(v.start, v.start + v.duration) for v in video] + [(a.start, a.start + a.duration) for a in audio]
        starts, ends = [start for start, _ in spans], [end for _, end in spans]
        boxes = read_boxes(self._path) if self._family == "mov" else None
        missing = self._missing_s(max(ends))
        if missing:
            self._warnings.append(f"is cut short: {missing:.2f} s that it declares are not there")
        elif boxes is not None and boxes.missing_bytes:
            self._warnings.append("its last box is longer than the file; all frames that the index names are there")
        elif self._scan.error is not None:
            self._warnings.append(f"reading its packets failed at a place ({self._scan.error})")
        return MediaInfo(
            container=container.format.name,
            size=self._path.stat().st_size,
            digest=digest,
            duration=round(max(ends) - min(starts), 6),
            start=round(min(starts), 6),
            timecode=self._find_tag("timecode"),
            reel=self._find_tag("reel_name"),
            created=self._created(),
            faststart=boxes.faststart if boxes is not None else None,
            still=self._is_still(video, audio),
            missing_s=round(missing, 6),
            video=video,
            audio=audio,
            sound_map=map_sound(audio, self._roles(audio), pairs_tracks=self._family in ("mxf", "mov")),
            other=tuple(o for s in container.streams if (o := self._other(s)) is not None),
            warnings=tuple(self._warnings),
        )

    def _alive(self, stream: Stream) -> bool:
        """Tell whether a stream has something that can be decoded; note it where not."""
        packets = self._scan.streams.get(stream.index, StreamScan())
        name = f"{'picture' if stream.type == 'video' else 'sound'} stream {stream.index}"
        codec = stream.codec_context.name if stream.codec_context is not None else None
        if not packets.packets:
            self._warnings.append(f"{name} is empty")
            return False
        if codec is None:
            self._warnings.append(f"{name} has a codec that is not known")
            return False
        index = self._scan.indexes.get(stream.index)
        if stream.type == "video" and (index is None or not index.frames):
            self._warnings.append(f"{name} has no frame that can be shown")
            return False
        sample = self._samples.get(stream.index, Sample())
        if not sample.frames:
            self._warnings.append(f"{name} cannot be decoded" + (f" ({sample.error})" if sample.error else ""))
            return False
        if packets.blank:
            self._warnings.append(f"{name} has {packets.blank} packets without content (a copy with holes?)")
        elif sample.failures:
            self._warnings.append(f"{name} has damaged places ({sample.error})")
        return True

    def _video(self, stream: av.video.stream.VideoStream) -> VideoStream:
        context, sample = stream.codec_context, self._samples[stream.index]
        index = self._scan.indexes[stream.index]
        base = index.time_base
        fit = fit_rate(index.frame_pts, base, (stream.average_rate, stream.guessed_rate, stream.base_rate))
        end = index.end_pts if index.frames > 1 or index.end_pts > index.frame_pts[0] else 0
        duration = (end - int(index.frame_pts[0])) * base if end else 1 / fit.fps
        rate = (index.frames / duration).limit_denominator(1001) if fit.variable else fit.fps
        aspect = stream.sample_aspect_ratio or context.sample_aspect_ratio or Fraction(1)
        aspect = aspect if aspect > 0 else Fraction(1)
        width, height = context.width or sample.width, context.height or sample.height
        display = (max(round(width * aspect), 1), height)
        turned = display[::-1] if sample.rotation in (90, 270) else display
        transfer = name_code(TRANSFERS, context.color_trc, sample.transfer)
        pixel_format = context.pix_fmt or sample.pixel_format
        key_gap = longest_gop(index)
        return VideoStream(
            index=stream.index,
            codec=context.name,
            profile=context.profile,
            width=width,
            height=height,
            display_width=turned[0],
            display_height=turned[1],
            sample_aspect=aspect,
            rotation=sample.rotation,
            mirrored=sample.mirrored,
            pixel_format=pixel_format,
            bit_depth=read_bit_depth(pixel_format),
            fps=rate or fit.fps,
            nominal_fps=fit.nominal,
            variable_rate=fit.variable,
            frames=index.frames,
            start=round(float(index.time_of(0)), 6),
            duration=round(float(duration), 6),
            time_base=base if base <= 1000 else None,
            field_order=self._field_order(stream, sample),
            color_range=self._range(pixel_format, context.color_range, sample.color_range),
            color_primaries=name_code(PRIMARIES, context.color_primaries, sample.primaries),
            color_transfer=transfer,
            color_space=name_code(SPACES, context.colorspace, sample.space, unset=2),
            hdr="hlg" if transfer == "arib-std-b67" else "pq" if transfer == "smpte2084" else "none",
            bit_rate=self._bit_rate(stream, float(duration)),
            closed_gop=bool(index.idr[index.key].all()) if index.key.any() else None,
            longest_gop_s=None if key_gap is None else round(float(key_gap), 6),
            first_frame_hidden_s=round(float(hidden_at_head(index)), 6),
            language=read_language(stream),
            default=is_default(stream),
        )

    def _field_order(self, stream: Stream, sample: Sample) -> Literal["progressive", "tff", "bff", "unknown"]:
        orders = MXF_FIELD_ORDERS if self._family == "mxf" else FIELD_ORDERS
        declared = orders.get(getattr(stream.codec_context, "field_order", 0), "unknown")
        if sample.interlaced and (coded := self._scan.streams[stream.index].field_order):
            return coded
        if sample.interlaced and declared in ("progressive", "unknown"):
            self._warnings.append(f"picture stream {stream.index} is interlaced with unknown field order: top assumed")
            return "tff"
        if not sample.interlaced and stream.codec_context.name in _FLAGGING_CODECS:
            return "progressive"
        if not sample.interlaced and declared == "unknown":
            return "progressive"
        return cast("Literal['progressive', 'tff', 'bff', 'unknown']", declared)

    def _range(self, pixel_format: str, *codes: int) -> Literal["limited", "full", "unknown"]:
        if pixel_format.startswith("yuvj"):
            return "full"
        for code in codes:
            if code in RANGES:
                return cast("Literal['limited', 'full']", RANGES[code])
        return "unknown"

    def _audio(self, stream: av.audio.stream.AudioStream) -> AudioStream:
        context, sample = stream.codec_context, self._samples[stream.index]
        base = stream.time_base or Fraction(1, 1)
        packets = self._scan.streams[stream.index]
        first = packets.first or 0
        start = stream.start_time if stream.start_time is not None else first
        found = max((packets.end or 0) - start, 0)
        length = found
        if stream.duration and 0 <= (found - stream.duration) * base <= _PADDING_S:
            length = stream.duration
        rate = context.sample_rate or sample.sample_rate
        channels = context.layout.nb_channels or sample.channels
        return AudioStream(
            index=stream.index,
            codec=context.name,
            sample_rate=rate,
            channels=channels,
            layout=name_layout(context.layout.name or sample.layout, channels),
            start=round(float(start * base), 6),
            duration=round(float(length * base), 6),
            bit_rate=self._bit_rate(stream, float(length * base)),
            title=stream.metadata.get("title"),
            language=read_language(stream),
            default=is_default(stream),
            digest=packets.content,
            content=packets.bare_content,
        )

    def _roles(self, audio: tuple[AudioStream, ...]) -> dict[int, tuple[str, ...]]:
        known = {stream.index: stream.layout for stream in audio}
        import av

        return {
            stream.index: tuple(channel.name for channel in av.AudioLayout(known[stream.index]).channels)
            for stream in self._container.streams.audio
            if stream.index in known and not known[stream.index].endswith("channels")
        }

    def _other(self, stream: Stream) -> OtherStream | None:
        codec = stream.codec_context.name if stream.codec_context is not None else None
        kind: Literal["subtitle", "data", "attachment", "picture"]
        if stream.type == "video":
            if is_programme_picture(stream):
                return None
            kind = "picture"
        elif stream.type == "audio":
            return None
        else:
            kind = "subtitle" if stream.type == "subtitle" else "attachment" if stream.type == "attachment" else "data"
        return OtherStream(index=stream.index, kind=kind, codec=codec or "unknown", language=read_language(stream))

    def _bit_rate(self, stream: Stream, duration: float) -> int | None:
        size = self._scan.streams[stream.index].bytes
        return round(size * 8 / duration) if duration > 0 and size else None

    def _is_still(self, video: tuple[VideoStream, ...], audio: tuple[AudioStream, ...]) -> bool:
        if audio or not video:
            return False
        return all(v.frames <= 1 and (v.codec in _STILL_CODECS or self._family.endswith("_pipe")) for v in video)

    def _missing_s(self, found_end: float) -> float:
        """Return how many seconds the header promises beyond what the packets hold."""
        if not self._family.startswith(_DECLARES_LENGTH) or not self._container.duration:
            return 0.0
        lacking = [0.0]
        for stream in (*self._container.streams.video, *self._container.streams.audio):
            packets = self._scan.streams.get(stream.index)
            if stream.duration and stream.time_base and packets is not None and packets.end is not None:
                start = stream.start_time or 0
                lacking.append(float((start + stream.duration - packets.end) * stream.time_base))
        if self._family == "wav" and (bytes_missing := missing_wave_bytes(self._path)):
            bytes_there = self._scan.streams[self._container.streams.audio[0].index].bytes
            lacking.append(found_end * bytes_missing / max(bytes_there, 1))
        if self._family == "matroska":
            start_s = (self._container.start_time or 0) / 1e6
            lacking.append(start_s + self._container.duration / 1e6 - found_end)
        return max(lacking) if max(lacking) >= _MISSING_MIN_S else 0.0

    def _find_tag(self, name: str) -> str | None:
        """Return a tag of the timecode track, a stream or the container, in this order."""
        streams = sorted(self._container.streams, key=lambda stream: stream.type != "data")
        for tags in (*(stream.metadata for stream in streams), self._container.metadata):
            if value := tags.get(name):
                return value.strip() or None
        return None

    def _created(self) -> str | None:
        tags = self._container.metadata
        if value := tags.get("com.apple.quicktime.creationdate"):
            return value
        date, time = tags.get("date"), tags.get("creation_time")
        if date and time and len(date) == 10 and len(time) == 8:  # Broadcast Wave writes them apart.
            return f"{date}T{time}"
        return time or date or tags.get("modification_date")
