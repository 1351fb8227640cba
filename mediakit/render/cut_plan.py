"""Which frames and samples a cut takes: spans in seconds, clock, frames or timecode laid on the source's own grid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError, UsageError
from mediakit.media.spans import Span
from mediakit.media.times import format_clock, format_rate, parse_time
from mediakit.render.pieces import SourceGrid
from mediakit.render.sound_source import SoundSource

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo, VideoStream
    from mediakit.media.packets import PacketIndex

_PAST_END_S = Fraction(1, 10)
_AAC_RATES = frozenset((8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000))


@dataclass(frozen=True)
class PicturePart:
    """Ticks ``first`` to ``end`` of the frame grid, decoded from ``seek_pts``; ``stop_pts`` is the frame after them."""

    first: int
    end: int
    seek_pts: int
    stop_pts: int | None


@dataclass(frozen=True)
class Picture:
    """The picture of a cut: where it lies in the file and how it is encoded; ticks count from the first frame.

    ``odd`` pictures lose a column or row at the right and bottom: 4:2:0 needs even sizes (interlaced rows in fours).
    """

    stream: int
    fps: str
    time_base: str
    zero_pts: int
    parts: tuple[PicturePart, ...]
    interlace: str
    full_range: bool
    pixel_format: str
    odd: bool

    @property
    def frames(self) -> int:
        """How many frames the cut has."""
        return sum(part.end - part.first for part in self.parts)


@dataclass(frozen=True)
class Sound:
    """The sound of a cut: streams (two mono ones are left and right), every part's samples on the container's clock.

    ``pan`` takes single channels of the streams (ffmpeg's ``pan``), where a track map asks for them.
    """

    streams: tuple[int, ...]
    channels: int
    rate: int
    starts: tuple[int, ...]
    lengths: tuple[int, ...]
    pan: str = ""


@dataclass(frozen=True)
class CutPlan:
    """All that shapes a cut besides the source's content; ``spans`` are seconds on the programme's clock."""

    spans: tuple[Span, ...]
    file_start: str
    picture: Picture | None
    sound: Sound | None

    @property
    def seconds(self) -> float:
        """The cut's length."""
        return sum(span.duration for span in self.spans)

    @property
    def suffix(self) -> str:
        """The file's suffix: ``.mp4``, or ``.m4a`` for sound alone."""
        return ".m4a" if self.picture is None else ".mp4"

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload or key."""
        return {
            "spans": [span.model_dump() for span in self.spans],
            "file_start": self.file_start,
            "picture": asdict(self.picture) if self.picture else None,
            "sound": asdict(self.sound) if self.sound else None,
        }

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> CutPlan:
        """Return what `pack` gave, also after a trip through JSON."""
        picture, sound = data["picture"], data["sound"]
        if picture:
            picture = Picture(**{**picture, "parts": tuple(PicturePart(**part) for part in picture["parts"])})
        if sound:
            lists = {name: tuple(sound[name]) for name in ("streams", "starts", "lengths")}
            sound = Sound(**{**sound, **lists})
        return cls(tuple(Span(**span) for span in data["spans"]), data["file_start"], picture or None, sound or None)


def picture_rate(picture: VideoStream) -> Fraction:
    """Return the frame rate of a cut: the source's own, or the nominal one where it varies."""
    return picture.nominal_fps if picture.variable_rate and picture.nominal_fps else picture.fps


def parse_spans(text: str, info: MediaInfo, index: PacketIndex | None) -> list[tuple[Fraction, Fraction]]:
    """Return the (start, end) seconds on the programme's clock of a span, or of several joined by commas.

    Times are seconds, clock, frames (``250f``) or timecode; frames and timecode count from the picture's first frame.

    Raises:
        UsageError: not spans, or an end that is not after its start.
    """
    picture = info.picture
    rate = picture_rate(picture) if picture else None
    grid = open_grid(info, index) if picture and index is not None else None
    made = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not dash or not first.strip() or not last.strip():
            raise UsageError(
                f"{part.strip()!r} is not a span", hint="write START-END, such as 00:10-00:25 or 250f-500f"
            )
        edges = []
        for word in (first.strip(), last.strip()):
            counted = word.endswith("f") or word.count(":") == 3 or ";" in word
            offset = grid.lead / grid.fps if grid is not None and counted else Fraction(0)
            edges.append(parse_time(word, rate, info.timecode) + offset)
        if edges[0] >= edges[1]:
            raise UsageError(f"the span {part.strip()} ends before it starts")
        made.append((edges[0], edges[1]))
    return made


def plan_cut(info: MediaInfo, index: PacketIndex | None, spans: Sequence[tuple[Fraction, Fraction]]) -> CutPlan:
    """Return which frames and samples a cut takes.

    Args:
        info: the probed source.
        index: its picture's packets; None where there is no picture.
        spans: (start, end) in seconds on the programme's clock (0 is the container's start), in playing order.

    Raises:
        UsageError: a span lies outside the source or holds no frame.
        InputError: the source has neither picture nor sound.
    """
    grid = open_grid(info, index) if info.picture is not None and index is not None else None
    length = Fraction(info.duration)
    if grid is not None:
        length = max(length, (grid.end + grid.lead) / grid.fps)
    for start, end in spans:
        if start < 0 or end > length + _PAST_END_S or start >= length:
            raise UsageError(
                f"the span {_clock(start)} to {_clock(end)} does not lie within the media's {_clock(length)}",
                hint=f"give times from 0 to {_clock(length)}",
            )
    if grid is None:
        return _plan_sound_only(info, [(start, min(end, length)) for start, end in spans])
    assert info.picture is not None
    picture = _plan_picture(info.picture, grid, spans)
    taken = [(part.first + grid.lead, part.end + grid.lead) for part in picture.parts]
    sound = _plan_sound(info, [(grid.zero_time + a / grid.fps, grid.zero_time + b / grid.fps) for a, b in taken])
    exact = tuple(Span(start=float(a / grid.fps), end=float(b / grid.fps)) for a, b in taken)
    return CutPlan(exact, str(Fraction(info.start)), picture, sound)


def _clock(seconds: Fraction) -> str:
    return format_clock(float(seconds), decimals=2)


def open_grid(info: MediaInfo, index: PacketIndex | None) -> SourceGrid:
    """Return a source's frames on the grid of a cut."""
    assert info.picture is not None
    assert index is not None
    return SourceGrid(index, picture_rate(info.picture), start_s=Fraction(info.start).limit_denominator(1_000_000))


def _plan_picture(stream: VideoStream, grid: SourceGrid, spans: Sequence[tuple[Fraction, Fraction]]) -> Picture:
    parts = []
    for start, end in spans:
        first, last = grid.tick_at(start), grid.tick_at(end)
        if first >= last:
            raise UsageError(f"the span {_clock(start)} to {_clock(end)} holds no frame of the picture")
        parts.append(plan_part(grid, first, last))
    interlace = stream.field_order if stream.field_order in ("tff", "bff") else ""
    return Picture(
        stream=stream.index,
        fps=format_rate(grid.fps),
        time_base=format_rate(grid.index.time_base),
        zero_pts=int(grid.index.frame_pts[0]),
        parts=tuple(parts),
        interlace=interlace,
        full_range=stream.color_range == "full",
        pixel_format="yuv420p10le" if stream.hdr != "none" and stream.bit_depth > 8 else "yuv420p",
        odd=bool(stream.width % 2 or stream.height % (4 if interlace else 2)),
    )


def plan_part(grid: SourceGrid, first: int, end: int) -> PicturePart:
    """Return how ticks ``first`` to ``end`` of a source's grid are decoded."""
    index, shown = grid.index, grid.shown(first, end)
    low, high = int(index.frame_pts[shown[0]]), int(shown[-1])
    keys = index.key_pts[index.key_pts <= low]
    seek = int(keys[-1] if len(keys) else index.key_pts[0])
    return PicturePart(first, end, seek, int(index.frame_pts[high + 1]) if high + 1 < index.frames else None)


def _plan_sound(info: MediaInfo, edges: Sequence[tuple[Fraction, Fraction]]) -> Sound | None:
    """Return the samples of stretches of the container's clock; rounding never adds up over many."""
    source, main = SoundSource.of(Path(), info), info.sound
    if source is None or main is None:
        return None
    rate = main.sample_rate if main.sample_rate in _AAC_RATES else 48000
    done, exact = 0, Fraction(0)
    lengths: list[int] = []
    for start, end in edges:
        exact += (end - start) * rate
        lengths.append(max(round(exact) - done, 1))
        done += lengths[-1]
    channels = 2 if len(source.streams) > 1 else main.channels
    pan = _pan_picks(info, source)
    starts = tuple(round(start * rate) for start, _ in edges)
    return Sound(source.streams, 2 if pan else channels, rate, starts, tuple(lengths), pan)


def _pan_picks(info: MediaInfo, source: SoundSource) -> str:
    """Return what takes a source's single channels out of its streams merged; nothing where they are taken whole."""
    if not source.picks or source.picks == ((0, 0), (1, 0)):
        return ""
    counts = [info.audio[number].channels for number in source.streams]
    left, right = (sum(counts[:place]) + channel for place, channel in (source.picks[0], source.picks[-1]))
    return f"stereo|c0=c{left}|c1=c{right}"


def _plan_sound_only(info: MediaInfo, spans: Sequence[tuple[Fraction, Fraction]]) -> CutPlan:
    zero = Fraction(info.start)
    sound = _plan_sound(info, [(start + zero, end + zero) for start, end in spans])
    if sound is None:
        raise InputError("has neither picture nor sound to cut")
    exact = tuple(
        Span(start=float(start), end=float(start + Fraction(length, sound.rate)))
        for (start, _), length in zip(spans, sound.lengths, strict=True)
    )
    return CutPlan(exact, str(zero), None, sound)
