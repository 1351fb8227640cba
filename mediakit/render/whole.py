"""A picture that is encoded in one go: its pieces' frames go through a pipe into one encoder.

Each piece is decoded, fitted and drawn on by an ffmpeg of its own, one after the other, which writes raw frames into
the pipe that the encoder reads. The frames never pass through Python, nothing lies on disk between, and memory does
not grow with the programme. A piece that comes out short stops the whole: what follows would be shifted.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import Cancelled, MediakitError, ToolError
from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate
from mediakit.render.drawing import Drawing, dissolve, draw_over
from mediakit.render.encode import EARLY_S, PIECE_FILE, hand_over, is_indexed
from mediakit.render.encoders import broadcast_options, encoder_options
from mediakit.render.fields import Carriage, read_layer
from mediakit.render.geometry import finish
from mediakit.render.scene import Scene
from mediakit.render.spec import WHOLE_CODECS
from mediakit.tools.encoders import find_encoder

if TYPE_CHECKING:
    from mediakit.render.spec import PictureSpec

_PIPE_BYTES = 1 << 20


@dataclass(frozen=True)
class Part:
    """A piece of a whole picture: what is decoded, how the fields of each layer travel, what is drawn."""

    scene: Scene
    carriages: tuple[Carriage, ...]
    drawing: Drawing

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.scene.frames


def whole_file(spec: PictureSpec) -> str:
    """Return the name of a whole picture's file: as a single piece's where it goes into the same containers."""
    return "picture.mxf" if spec.encoding.codec in WHOLE_CODECS else PIECE_FILE


def pack_parts(parts: Sequence[Part]) -> dict[str, Any]:
    """Return JSON values for a job's payload; a graphic that many parts show is held once."""
    graphics: dict[str, Any] = {}
    packed = []
    for part in parts:
        drawing = part.drawing.pack()
        for overlay, shown in zip(drawing["overlays"], part.drawing.overlays, strict=True):
            graphics[shown.graphic.digest] = overlay.pop("graphic")
            overlay["digest"] = shown.graphic.digest
        packed.append({"scene": part.scene.pack(), "carriages": list(part.carriages), "drawing": drawing})
    return {"parts": packed, "graphics": graphics}


def unpack_parts(data: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return what `pack_parts` gave."""
    parts = []
    for item in data["parts"]:
        overlays = [
            {**{name: value for name, value in overlay.items() if name != "digest"}, "graphic": graphic}
            for overlay in item["drawing"]["overlays"]
            for graphic in (data["graphics"][overlay["digest"]],)
        ]
        drawing = Drawing.unpack({**item["drawing"], "overlays": overlays})
        parts.append(Part(Scene.unpack(item["scene"]), tuple(item["carriages"]), drawing))
    return tuple(parts)


def whole_key(keys: Sequence[tuple[str, Sequence[Carriage]]]) -> str:
    """Return the content key of a whole picture from its parts' keys (`Drawing.key`) and carriages."""
    return digest_value({"whole": [[key, list(carriages)] for key, carriages in keys]})


def encode_whole(
    parts: Sequence[Part],
    target: Path,
    *,
    task: str,
    scratch: Path,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Encode all parts, in order, into one file.

    Where a seek lands too late in a source and a part comes out short, all is done again with longer run-ups into
    that source.

    Args:
        parts: of equal specs, in playing order.
        target: the file to write, without sound.
        task: for messages.
        scratch: a folder for temporary files and the logs of what failed.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: the encoder or a part's ffmpeg failed, or a source does not yield the indexed frames.
        Cancelled: ``is_cancelled`` said so.
    """
    early: dict[str, int] = {}
    while True:
        try:
            _encode_once(parts, target, early, task, scratch, on_progress or (lambda fraction: None), is_cancelled)
            return
        except _ShortPartError as exc:
            sought = [window for window in parts[exc.number].scene.windows if window.seek_pts > window.zero_pts]
            tried = _early_step(parts[exc.number], early)
            if tried + 1 >= len(EARLY_S) or not sought:
                raise ToolError(exc.message, where=exc.where, hint=exc.hint) from exc
            early |= {window.path: tried + 1 for window in sought}


class _ShortPartError(ToolError):
    """A part yielded too few frames; ``number`` counts from 0."""

    def __init__(self, number: int, found: int, expected: int, where: str) -> None:
        super().__init__(
            f"the source yielded {found} of {expected} frames",
            where=where,
            hint="the file may be damaged or changed; ingest it again",
        )
        self.number = number


def _early_step(part: Part, early: Mapping[str, int]) -> int:
    """Return which of `EARLY_S` a part starts with: the longest that one of its sources has been found to need."""
    windows = part.scene.windows
    return max((early.get(window.path, 0 if is_indexed(window) else 1) for window in windows), default=0)


def _encode_once(
    parts: Sequence[Part],
    target: Path,
    early: Mapping[str, int],
    task: str,
    scratch: Path,
    report: Callable[[float], None],
    is_cancelled: Callable[[], bool],
) -> None:
    from mediakit.tools.ffmpeg import run_ffmpeg

    spec = parts[0].drawing.spec
    total = sum(part.frames for part in parts)
    with _Encoder(spec, target, f"{task}, encoder", scratch / "encoder.log", is_cancelled) as encoder:
        done = 0
        for number, part in enumerate(parts):
            name = f"{task}, part {number + 1}/{len(parts)}"
            run_up = EARLY_S[_early_step(part, early)]
            arguments = part_arguments(part, encoder.pipe, scratch / f"text{number}.ass", early_s=run_up)
            start, share = done / total, part.frames / total
            try:
                made = run_ffmpeg(
                    arguments,
                    task=name,
                    duration=float(part.frames / spec.fps),
                    on_progress=lambda fraction, a=start, b=share: report(a + b * fraction),  # type: ignore[misc]
                    is_cancelled=lambda: encoder.has_ended() or is_cancelled(),
                    log_path=scratch / f"part{number + 1}.log",
                    pass_fds=(encoder.pipe,),
                )
            except MediakitError:
                encoder.raise_failure()
                raise
            if made.frames != part.frames:
                raise _ShortPartError(number, made.frames, part.frames, name)
            for left in scratch.glob(f"text{number}*"):
                shutil.rmtree(left) if left.is_dir() else left.unlink()
            done += part.frames
        frames = encoder.finish()
    if frames != total:
        raise ToolError(f"the encoder wrote {frames} of {total} frames", where=task)


def part_arguments(part: Part, pipe: int, ass_path: Path, *, early_s: float) -> list[str]:
    """Return ffmpeg's arguments that write a part's raw frames into a pipe's descriptor."""
    import ffmpeg

    spec = part.drawing.spec
    pairs = zip(part.scene.layers, part.carriages, strict=True)
    views = part.drawing.views or ((),) * len(part.scene.layers)
    layers = [
        read_layer(layer, n, spec, carriage, views[n], early_s=early_s) for n, (layer, carriage) in enumerate(pairs)
    ]
    stream = layers[0]
    if len(layers) > 1:
        stream = finish(dissolve(stream, layers[1], part.frames, spec, part.scene.beyond))
    stream = draw_over(stream, part.drawing, spec.fps, ass_path)
    stream = stream.filter("format", spec.encoding.pixel_format)
    output = ffmpeg.output(stream, f"pipe:{pipe}", f="rawvideo", fps_mode="passthrough", threads=1)
    arguments = hand_over(output.get_args(), ass_path.with_suffix(".filters.txt"))
    return ["-copyts", "-filter_complex_threads", "1", *arguments]


def encoder_arguments(spec: PictureSpec, pipe: int, target: Path) -> list[str]:
    """Return ffmpeg's arguments that encode raw frames from a pipe's descriptor."""
    encoding, field = spec.encoding, "prog" if spec.scan == "progressive" else "tff"
    tags = f"range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709:field_mode={field}"
    chain = f"setsar=1,setparams={tags}"
    device: tuple[str, ...] = ()
    if encoding.codec in WHOLE_CODECS:
        options = [*broadcast_options(spec), "-f", "mxf"]
        options += ["-fps_mode", "passthrough", "-map_metadata", "-1", "-fflags", "+bitexact"]
    else:
        options = [part for name, value in encoder_options(spec).items() for part in (f"-{name}", str(value))]
        device = find_encoder(encoding.encoder_name).device
        chain += ",format=nv12,hwupload" if device else ""
    return [
        *device,
        *("-f", "rawvideo", "-pixel_format", encoding.pixel_format, "-video_size", f"{spec.width}x{spec.height}"),
        *("-framerate", format_rate(spec.fps), "-i", f"pipe:{pipe}", "-filter_threads", "1", "-vf", chain),
        *options,
        f"file:{target}",
    ]


class _Encoder:
    """The encoder's process, in a thread of its own, with the pipe that it reads.

    Leaving the block ends the process if it still runs and closes both ends of the pipe.
    """

    def __init__(
        self, spec: PictureSpec, target: Path, task: str, log_path: Path, is_cancelled: Callable[[], bool]
    ) -> None:
        self._spec = spec
        self._target = target
        self._task = task
        self._log_path = log_path
        self._is_cancelled = is_cancelled
        self._stopped = threading.Event()
        self._error: BaseException | None = None
        self._frames = 0
        self._thread = threading.Thread(target=self._run, name="encoder")
        self._reading = self.pipe = -1

    def __enter__(self) -> _Encoder:
        self._reading, self.pipe = os.pipe()
        _widen(self.pipe)
        self._thread.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopped.set()
        self._close()
        self._thread.join()

    def _run(self) -> None:
        from mediakit.tools.ffmpeg import run_ffmpeg

        try:
            made = run_ffmpeg(
                encoder_arguments(self._spec, self._reading, self._target),
                task=self._task,
                is_cancelled=lambda: self._stopped.is_set() or self._is_cancelled(),
                log_path=self._log_path,
                pass_fds=(self._reading,),
            )
            self._frames = made.frames
        except BaseException as exc:
            self._error = exc
        finally:
            os.close(self._reading)  # a part that still writes is told so

    def _close(self) -> None:
        if self.pipe >= 0:
            os.close(self.pipe)
            self.pipe = -1

    def has_ended(self) -> bool:
        """Tell whether the process is gone."""
        return not self._thread.is_alive()

    def raise_failure(self) -> None:
        """Raise the encoder's error, if it was the encoder that failed (a part then only lost its reader)."""
        self._thread.join(timeout=1.0)
        if self._error is not None and not isinstance(self._error, Cancelled):
            raise self._error
        if self.has_ended() and self._error is None:
            raise ToolError("the encoder ended before its last frame", where=self._task)

    def finish(self) -> int:
        """Close the pipe, wait for the encoder's end, and return how many frames it wrote."""
        self._close()
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._frames


def _widen(pipe: int) -> None:
    """Let the pipe hold more than a part of a frame's line, where the system allows it."""
    try:
        import fcntl

        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (ImportError, AttributeError, OSError):
        return
