"""Encoding one piece: decode once, branch, draw, encode every picture that is missing, in one ffmpeg run.

Decoding starts at an indexed key frame and frames are chosen by exact ticks. A demuxer whose seek lands too late
leaves a piece short, never wrong; that is seen by counting frames, and the run is repeated from further back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import ToolError
from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate, parse_rate
from mediakit.render.drawing import Drawing, draw_over
from mediakit.render.encoders import encoder_options
from mediakit.render.geometry import Display, fit_frame, normalise

if TYPE_CHECKING:
    from mediakit.media.packets import PacketIndex
    from mediakit.render.pieces import Piece, SourceGrid

PIECE_FILE = "piece.mp4"
_INDEXED = ("mov", "mp4", "matroska", "webm")
EARLY_S = (0.0, 2.5, 12.0, 60.0)
"""Run-ups before a seek that are tried one after the other, in seconds."""


@dataclass(frozen=True)
class Window:
    """Which frames of a file to decode; ticks count from the file's first frame.

    Attributes:
        path: the media file.
        container: the demuxer's name as probed.
        stream: the picture stream's number.
        time_base: seconds a source tick.
        zero_pts: source tick of the first frame.
        seek_pts: source tick of the key frame to start at.
        stop_pts: source tick of the first frame after those needed; None: the last frame is held.
        first: first tick of the frame grid.
        end: tick past the last one.
        display: how the frames are to be shown.
    """

    path: str
    container: str
    stream: int
    time_base: Fraction
    zero_pts: int
    seek_pts: int
    stop_pts: int | None
    first: int
    end: int
    display: Display

    @classmethod
    def of(cls, path: Path, container: str, grid: SourceGrid, piece: Piece, display: Display) -> Window:
        """Return the window of one piece."""
        index: PacketIndex = grid.index
        return cls(
            path=str(path),
            container=container,
            stream=index.stream_index,
            time_base=index.time_base,
            zero_pts=int(index.frame_pts[0]),
            seek_pts=piece.seek_pts,
            stop_pts=piece.stop_pts,
            first=piece.first,
            end=piece.end,
            display=display,
        )

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return {**asdict(self), "time_base": format_rate(self.time_base)}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Window:
        """Return what `pack` gave."""
        return cls(**{**data, "time_base": parse_rate(data["time_base"]), "display": Display(**data["display"])})


def encode_piece(
    window: Window,
    drawings: Mapping[Path, Drawing],
    *,
    task: str,
    scratch: Path,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Encode pictures of one piece, each into the folder that it is given for.

    Args:
        window: what to decode.
        drawings: folder to picture; all of one frame rate.
        task: for messages.
        scratch: a folder for temporary files.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: ffmpeg failed, or the source does not yield the indexed frames.
    """
    from mediakit.tools.ffmpeg import run_ffmpeg

    fps = next(iter(drawings.values())).spec.fps
    expected = window.end - window.first
    counted: list[int] = []
    for early in EARLY_S if is_indexed(window) else EARLY_S[1:]:
        arguments = build_arguments(window, drawings, scratch=scratch, early_s=early)
        run_ffmpeg(
            arguments,
            task=task,
            duration=float(expected / fps),
            on_progress=on_progress,
            is_cancelled=is_cancelled,
            log_path=scratch / "ffmpeg.log",
        )
        counted = [count_frames(folder / PIECE_FILE) for folder in drawings]
        if all(count == expected for count in counted):
            return
        if window.seek_pts <= window.zero_pts:
            break
    raise ToolError(
        f"the source yielded {min(counted)} of {expected} frames",
        where=task,
        hint="the file may be damaged or changed; ingest it again",
    )


def is_indexed(window: Window) -> bool:
    """Tell whether the container has an index, so that a seek lands where it should."""
    return window.container.split(",")[0] in _INDEXED


def count_frames(path: Path) -> int:
    """Return how many frames a piece holds; 0 where it is no piece."""
    import av

    try:
        with av.open(str(path)) as container:
            return sum(1 for packet in container.demux(video=0) if packet.size)
    except (av.FFmpegError, IndexError):
        return 0


def build_arguments(window: Window, drawings: Mapping[Path, Drawing], *, scratch: Path, early_s: float) -> list[str]:
    """Return ffmpeg's arguments for one piece; ASS documents are written into ``scratch``."""
    import ffmpeg

    ordered = list(drawings.items())
    fps = ordered[0][1].spec.fps
    base = _decoded(window, fps, early_s)
    shapes: dict[tuple[int, int, str], list[int]] = {}
    for number, (_, drawing) in enumerate(ordered):
        shapes.setdefault((drawing.spec.width, drawing.spec.height, drawing.spec.fit), []).append(number)
    bases = _branch(base, len(shapes))
    outputs: list[Any] = []
    for stream, members in zip(bases, shapes.values(), strict=True):
        fitted = fit_frame(stream, window.display, ordered[members[0]][1].spec)
        looks: dict[str, list[int]] = {}
        for number in members:
            looks.setdefault(digest_value(ordered[number][1].pack() | {"spec": None}), []).append(number)
        for branch, same in zip(_branch(fitted, len(looks)), looks.values(), strict=True):
            drawn = draw_over(branch, ordered[same[0]][1], fps, scratch / f"text{same[0]}.ass")
            for end, number in zip(_branch(drawn, len(same)), same, strict=True):
                folder, drawing = ordered[number]
                end = end.filter("format", drawing.spec.encoding.pixel_format)
                target = f"file:{folder / PIECE_FILE}"
                outputs.append(ffmpeg.output(end, target, **encoder_options(drawing.spec)))
    merged = ffmpeg.merge_outputs(*outputs)
    arguments: list[str] = merged.get_args()
    return ["-copyts", "-filter_complex_threads", "1", *arguments]


def _branch(stream: Any, count: int) -> list[Any]:
    if count == 1:
        return [stream]
    split = stream.filter_multi_output("split", count)
    return [split[number] for number in range(count)]


def _decoded(window: Window, fps: Fraction, early_s: float) -> Any:
    """Return the stream of exactly the window's frames, upright and progressive, numbered from 0."""
    return normalise(read_frames(window, fps, early_s, deinterlace="send_frame"), window.display)


def read_frames(window: Window, fps: Fraction, early_s: float, *, deinterlace: str | None) -> Any:
    """Return the stream of exactly the window's frames as they are coded, numbered from 0.

    Args:
        window: what to decode; its ticks are those of ``fps``.
        fps: frames a second.
        early_s: how much earlier than the key frame to seek, in seconds.
        deinterlace: bwdif's mode for interlaced frames, ``send_frame`` or ``send_field``; None keeps both fields.
    """
    import ffmpeg

    from mediakit.tools.opening import FORMATS, PROTOCOLS

    base = window.time_base
    options: dict[str, Any] = {
        "protocol_whitelist": PROTOCOLS,
        "format_whitelist": FORMATS,
        "noautorotate": None,
        "threads": 1,
    }
    seek = float(window.seek_pts * base) - early_s
    if window.seek_pts > window.zero_pts and seek > float(window.zero_pts * base):
        options |= {"seek_timestamp": 1, "noaccurate_seek": None, "ss": f"{seek:.6f}"}
    stream = ffmpeg.input(f"file:{window.path}", **options)[str(window.stream)]
    stream = stream.filter("settb", f"{base.numerator}/{base.denominator}")
    stream = stream.filter("setpts", f"PTS-({window.zero_pts})")
    if window.stop_pts is not None:  # the frame that ends the last one's time is still let through
        stream = stream.filter("trim", end_pts=window.stop_pts - window.zero_pts + 1)
    if window.display.interlaced and deinterlace is not None:
        stream = stream.filter("bwdif", mode=deinterlace, parity=window.display.field_order, deint="all")
    stream = stream.filter("fps", format_rate(fps), round="near")
    if window.first < 0:
        stream = stream.filter("tpad", start=-window.first, start_mode="clone")
        stream = stream.filter("setpts", f"PTS-{-window.first}")
    if window.stop_pts is None:
        stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    stream = stream.filter("trim", start_pts=window.first, end_pts=window.end)
    return stream.filter("setpts", f"PTS-({window.first})")
