"""Encoding one piece: decode once, branch, draw, encode every picture that is missing, in one ffmpeg run.

Decoding starts at an indexed key frame and frames are chosen by exact ticks. A demuxer whose seek lands too late
leaves a piece short, never wrong; that is seen by counting frames, and the run is repeated from further back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import ToolError
from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate
from mediakit.render.drawing import Drawing, dissolve, draw_over
from mediakit.render.encoders import encoder_options
from mediakit.render.geometry import finish, normalise
from mediakit.render.join import note_frames
from mediakit.render.reframe import show_views
from mediakit.render.scene import Plain, Scene, Window
from mediakit.render.stack import blurred, hold_frame, show_still, to_working

if TYPE_CHECKING:
    from mediakit.render.spec import PictureSpec
    from mediakit.render.views import Views

PIECE_FILE = "piece.mp4"
_LONGEST_FILTERS = 60_000
"""Characters; a system may hold a single argument to 128 KB."""
_INDEXED = ("mov", "mp4", "matroska", "webm")
EARLY_S = (0.0, 2.5, 12.0, 60.0)
"""Run-ups before a seek that are tried one after the other, in seconds."""


def encode_piece(
    scene: Scene,
    drawings: Mapping[Path, Drawing],
    *,
    task: str,
    scratch: Path,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Encode pictures of one piece, each into the folder that it is given for.

    Args:
        scene: what it shows below its drawings.
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
    expected = scene.frames
    counted: list[int] = []
    for early in _early_starts(scene.windows):
        arguments = build_arguments(scene, drawings, scratch=scratch, early_s=early)
        run_ffmpeg(
            arguments,
            task=task,
            duration=float(expected / fps),
            on_progress=on_progress,
            is_cancelled=is_cancelled,
            log_path=scratch / "ffmpeg.log",
            yielding=True,
        )
        counted = [note_frames(folder / PIECE_FILE, fps) for folder in drawings]
        if all(count == expected for count in counted):
            return
    raise ToolError(
        f"the source yielded {min(counted)} of {expected} frames",
        where=task,
        hint="the file may be damaged or changed; ingest it again",
    )


def is_indexed(window: Window) -> bool:
    """Tell whether the container has an index, so that a seek lands where it should."""
    return window.container.split(",")[0] in _INDEXED


def _early_starts(windows: Sequence[Window]) -> Sequence[float]:
    """Return how many seconds before the indexed key frames decoding starts, attempt by attempt."""
    if all(window.seek_pts <= window.zero_pts for window in windows):
        return EARLY_S[:1]
    return EARLY_S if all(map(is_indexed, windows)) else EARLY_S[1:]


def count_frames(path: Path) -> int:
    """Return how many frames a piece holds; 0 where it is no piece."""
    import av

    try:
        with av.open(str(path)) as container:
            return sum(1 for packet in container.demux(video=0) if packet.size)
    except (av.FFmpegError, IndexError):
        return 0


def build_arguments(scene: Scene, drawings: Mapping[Path, Drawing], *, scratch: Path, early_s: float) -> list[str]:
    """Return ffmpeg's arguments for one piece; ASS documents are written into ``scratch``."""
    import ffmpeg

    outputs: list[Any] = []
    for folder, drawing, stream in draw_pictures(scene, drawings, scratch=scratch, early_s=early_s):
        target = f"file:{folder / PIECE_FILE}"
        outputs.append(ffmpeg.output(stream, target, **encoder_options(drawing.spec)))
    merged = ffmpeg.merge_outputs(*outputs)
    arguments = hand_over(merged.get_args(), scratch / "filters.txt")
    return ["-copyts", "-filter_complex_threads", "1", *arguments]


def hand_over(arguments: Sequence[str], path: Path) -> list[str]:
    """Return arguments in which a description of filters that is too long for a command is in a file."""
    given = list(arguments)
    at = given.index("-filter_complex")
    if len(given[at + 1]) > _LONGEST_FILTERS:
        path.write_text(given[at + 1], encoding="utf-8")
        given[at : at + 2] = ["-/filter_complex", str(path)]
    return given


def draw_pictures(
    scene: Scene, drawings: Mapping[Path, Drawing], *, scratch: Path, early_s: float
) -> list[tuple[Path, Drawing, Any]]:
    """Return every picture as (folder, drawing, stream of finished frames): decoded once, branched late."""
    ordered = list(drawings.items())
    fps = ordered[0][1].spec.fps
    shapes: dict[tuple[object, ...], list[int]] = {}
    for number, (_, drawing) in enumerate(ordered):
        shapes.setdefault((*drawing.spec.shape, drawing.views), []).append(number)
    specs = [ordered[members[0]][1].spec for members in shapes.values()]
    views = [ordered[members[0]][1].views for members in shapes.values()]
    layers = [
        _fit_layer(layer, number, specs, [one[number] if one else () for one in views], fps, early_s)
        for number, layer in enumerate(scene.layers)
    ]
    made: list[tuple[Path, Drawing, Any]] = []
    for shape, members in enumerate(shapes.values()):
        fitted = layers[0][shape]
        if len(layers) > 1:
            fitted = finish(dissolve(fitted, layers[1][shape], scene.frames, specs[shape], scene.beyond))
        looks: dict[str, list[int]] = {}
        for number in members:
            looks.setdefault(digest_value(ordered[number][1].pack() | {"spec": None}), []).append(number)
        for branch, same in zip(_branch(fitted, len(looks)), looks.values(), strict=True):
            drawn = draw_over(branch, ordered[same[0]][1], fps, scratch / f"text{same[0]}.ass")
            for end, number in zip(_branch(drawn, len(same)), same, strict=True):
                folder, drawing = ordered[number]
                made.append((folder, drawing, end.filter("format", drawing.spec.encoding.pixel_format)))
    return made


def _fit_layer(
    layer: Window | Plain,
    number: int,
    specs: Sequence[PictureSpec],
    views: Sequence[Views],
    fps: Fraction,
    early_s: float,
) -> list[Any]:
    """Return a layer in every shape; ``views`` are those of each."""
    if isinstance(layer, Plain) and layer.backdrop is None:
        return [fill_frames(layer, number * 100 + shape, spec) for shape, spec in enumerate(specs)]
    if isinstance(layer, Plain):
        return show_backdrop(layer, number, specs, early_s)
    branches = _branch(_decoded(layer, number, fps, early_s), len(specs))
    return [
        show_views(branch, layer.display, spec, shown)
        for branch, spec, shown in zip(branches, specs, views, strict=True)
    ]


def fill_frames(layer: Plain, number: int, spec: PictureSpec) -> Any:
    """Return frames of a plain colour, numbered from 0; no two of a graph with the same ``number``.

    ffmpeg-python takes chains that begin alike for one.
    """
    import ffmpeg

    colour = f"color=c=0x{layer.colour[1:]}:s={spec.width}x{spec.height}:r={format_rate(spec.fps)}"
    stream = ffmpeg.input(f"{colour},trim=end_frame={layer.frames},format=gbrp,setpts=PTS-0*{number}", f="lavfi")
    stream = to_working(stream, spec).filter("settb", format_rate(1 / spec.fps)).filter("setpts", "N")
    return finish(stream)


def show_backdrop(layer: Plain, number: int, specs: Sequence[PictureSpec], early_s: float) -> list[Any]:
    """Return frames of a colour with something behind it in every shape, numbered from 0."""
    backdrop = layer.backdrop
    assert backdrop is not None
    if backdrop.window is None:
        assert backdrop.still is not None
        marks = range(number * 100, number * 100 + len(specs))
        pairs = zip(specs, marks, strict=True)
        made = [show_still(backdrop.still, spec, layer.colour, backdrop.veil, mark) for spec, mark in pairs]
    else:
        aspect = backdrop.window.display.aspect
        branches = _branch(_decoded(backdrop.window, number, specs[0].fps, early_s), len(specs))
        made = [
            hold_frame(blurred(branch, aspect, spec, layer.colour, backdrop.veil).filter("format", spec.working_format))
            for branch, spec in zip(branches, specs, strict=True)
        ]
    return [finish(stream.filter("trim", end_frame=layer.frames)) for stream in made]


def _branch(stream: Any, count: int) -> list[Any]:
    if count == 1:
        return [stream]
    split = stream.filter_multi_output("split", count)
    return [split[number] for number in range(count)]


def _decoded(window: Window, number: int, fps: Fraction, early_s: float) -> Any:
    """Return the stream of exactly the window's frames, upright and progressive, numbered from 0."""
    return normalise(read_frames(window, number, fps, early_s, deinterlace="send_frame"), window.display)


def read_frames(window: Window, number: int, fps: Fraction, early_s: float, *, deinterlace: str | None) -> Any:
    """Return the stream of exactly the window's frames as they are coded, numbered from 0.

    Args:
        window: what to decode; its ticks are those of ``fps``.
        number: the layer's; the first filter holds it, as ffmpeg-python takes equal beginnings of two chains for one.
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
    if number:
        stream = stream.filter("setpts", f"PTS-0*{number}")
    stream = stream.filter("settb", f"{base.numerator}/{base.denominator}")
    stream = stream.filter("setpts", f"PTS-({window.zero_pts})")
    if window.stop_pts is not None:  # the frame that ends the last one's time is still let through
        stream = stream.filter("trim", end_pts=window.stop_pts - window.zero_pts + 1)
    mode = "send_field" if window.fields else deinterlace
    if window.display.interlaced and mode is not None:
        stream = stream.filter("bwdif", mode=mode, parity=window.display.parity, deint="all")
    # The last frame is shown whatever its stated duration: that of a field may be half of a frame's.
    stream = stream.filter("fps", format_rate(fps), round="near", eof_action="pass")
    if window.first < 0:
        stream = stream.filter("tpad", start=-window.first, start_mode="clone")
        stream = stream.filter("setpts", f"PTS-{-window.first}")
    if window.stop_pts is None:
        stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    stream = stream.filter("trim", start_pts=window.first, end_pts=window.end)
    return stream.filter("setpts", f"PTS-({window.first})")
