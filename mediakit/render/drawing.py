"""What is drawn over the picture of a piece, in the piece's own time: subtitles by libass, graphics by overlay.

Text and fades must not start anew at a piece's edge. Their clock, and that of the picture that they are drawn on, is
set forward by the same whole number of frames, so that what began before the piece keeps its own start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate
from mediakit.render.geometry import finish
from mediakit.render.graphic import Graphic
from mediakit.render.spec import REVISION, PictureSpec
from mediakit.render.views import View, Views
from mediakit.tools.fonts import link_font

SHIFT_S = 100
"""The clock is set forward by about so many seconds: no time of text or fades is negative."""


@dataclass(frozen=True)
class Overlay:
    """A graphic over some frames of a piece.

    Attributes:
        graphic: what is drawn.
        x: left edge in pixels, even.
        y: top edge in pixels, even.
        start: first frame that shows it, counted from the piece's first (may be below 0).
        end: frame past the last.
        coming: frames of its animation in.
        going: frames of its animation out.
        stretch: width and height to which the drawn rectangle is stretched, for plain veils.
    """

    graphic: Graphic
    x: int
    y: int
    start: int
    end: int
    coming: int = 0
    going: int = 0
    stretch: tuple[int, int] | None = None

    def describe(self) -> dict[str, Any]:
        """Return all that shapes the picture as JSON values."""
        return {**self._place(), "graphic": self.graphic.digest}

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return {**self._place(), "graphic": self.graphic.pack()}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Overlay:
        """Return what `pack` gave."""
        stretch = data["stretch"]
        return cls(
            **{
                **data,
                "graphic": Graphic.unpack(data["graphic"]),
                "stretch": None if stretch is None else (stretch[0], stretch[1]),
            }
        )

    def _place(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "graphic"}

    def within(self, first: int, end: int) -> Overlay | None:
        """Return what of it shows in a programme's frames ``first`` to ``end``, in their own time, or None.

        What lies beyond and does not change these frames is cut off, so that equal frames get equal overlays.
        """
        start, stop = self.start - first, self.end - first
        frames = end - first
        if stop <= 0 or start >= frames:
            return None
        coming, going = self.coming, self.going
        if start + coming <= 0:
            start, coming = 0, 0
        if stop - going >= frames:
            stop, going = frames, 0
        return replace(self, start=start, end=stop, coming=coming, going=going)


@dataclass(frozen=True)
class Fade:
    """Frames in which the picture comes up from black (``in``) or goes to black (``out``); piece's own time."""

    kind: Literal["in", "out"]
    start: int
    frames: int

    def within(self, first: int, end: int) -> Fade | None:
        """Return what of it touches frames ``first`` to ``end``, in their own time, or None."""
        start = self.start - first
        if start >= end - first or start + self.frames <= 0:
            return None
        return replace(self, start=start)


@dataclass(frozen=True)
class Drawing:
    """One picture of a piece: its spec, the ASS document and the graphics drawn over it, in the piece's own time.

    ``ass`` has its clock set forward by `shift_frames`; ``font`` is the one font file that it may use. ``views`` are
    those of each layer, where any is seen through windows.
    """

    spec: PictureSpec
    ass: str | None = None
    font: str | None = None
    font_digest: str | None = None
    overlays: tuple[Overlay, ...] = ()
    fades: tuple[Fade, ...] = ()
    views: tuple[Views, ...] = ()

    def key(self, layers: Sequence[Mapping[str, Any]], ffmpeg: str) -> str:
        """Return the content key of this picture of a piece whose layers are described by ``layers``."""
        return digest_value(
            {
                "revision": REVISION,
                "ffmpeg": ffmpeg,
                "layers": list(layers),
                "spec": self.spec.describe(),
                "ass": self.ass,
                "font": self.font_digest if self.ass else None,
                "overlays": [overlay.describe() for overlay in self.overlays],
                "fades": [asdict(fade) for fade in self.fades],
                **self._pack_views(),
            }
        )

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return {
            "spec": self.spec.pack(),
            "ass": self.ass,
            "font": self.font,
            "overlays": [overlay.pack() for overlay in self.overlays],
            "fades": [asdict(fade) for fade in self.fades],
            **self._pack_views(),
        }

    def _pack_views(self) -> dict[str, Any]:
        return {"views": [[view.pack() for view in layer] for layer in self.views]} if self.views else {}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Drawing:
        """Return what `pack` gave."""
        overlays = tuple(Overlay.unpack(overlay) for overlay in data["overlays"])
        fades = tuple(Fade(**fade) for fade in data["fades"])
        views = tuple(tuple(View.unpack(view) for view in layer) for layer in data.get("views", ()))
        return cls(PictureSpec.load(data["spec"]), data["ass"], data["font"], None, overlays, fades, views)


def shift_frames(fps: Fraction) -> int:
    """Return how many frames the clock of drawn text is set forward."""
    return -int(-SHIFT_S * fps // 1)


def draw_over(stream: Any, drawing: Drawing, fps: Fraction, ass_path: Path) -> Any:
    """Append a drawing to a stream of frames counted from 0; the ASS document is written to ``ass_path``."""
    if drawing.ass is None and not drawing.overlays and not drawing.fades:
        return stream

    shift = shift_frames(fps)
    stream = stream.filter("setpts", f"PTS+{shift}")
    for fade in drawing.fades:
        start, length = _seconds(shift + fade.start, fps), _seconds(fade.frames, fps)
        stream = stream.filter("fade", t=fade.kind, st=start, d=length)
    for number, overlay in enumerate(drawing.overlays):
        frames = ass_path.with_name(f"{ass_path.stem}-{number}.yuva")
        stream = _lay_over(stream, overlay, frames, fps, shift, drawing.spec.working_format.removesuffix("p"))
    if drawing.ass is not None:
        ass_path.write_text(drawing.ass, encoding="utf-8")
        options = {}
        if drawing.font is not None:  # alone in its folder: libass keeps all that it finds there in memory
            fonts = link_font(Path(drawing.font), ass_path.with_name(f"{ass_path.stem}-fonts"))
            options["fontsdir"] = str(fonts)
        stream = stream.filter("ass", filename=str(ass_path), **options)
    return stream.filter("setpts", f"PTS-{shift}")


def _lay_over(stream: Any, overlay: Overlay, frames: Path, fps: Fraction, shift: int, pixels: str) -> Any:
    """Append one graphic to a stream whose clock is set forward by ``shift`` frames; its frames go to a file.

    The file holds what differs: frames coming in, one whole frame, frames going out. ``pixels`` as overlay names them.
    """
    import ffmpeg

    first, end, half = shift + overlay.start, shift + overlay.end, Fraction(1, 2)
    return ffmpeg.overlay(
        stream,
        _moving(overlay, frames, fps, shift),
        x=overlay.x,
        y=overlay.y,
        shortest=1,
        format=pixels,
        alpha="straight",
        enable=f"between(t,{_seconds(first - half, fps)},{_seconds(end - half, fps)})",
    )


def dissolve(stream: Any, following: Any, frames: int, spec: PictureSpec, beyond: tuple[int, int] = (0, 0)) -> Any:
    """Return ``frames`` frames in which one stream dissolves into another; neither is shown alone.

    ``beyond`` is how many more frames the dissolve has before and behind these.
    """
    import ffmpeg

    fps, pixels = spec.fps, spec.working_format
    shift = shift_frames(fps)
    following = following.filter("setpts", f"PTS+{shift}").filter("format", pixels.replace("yuv", "yuva"))
    start, length = _seconds(shift - 1 - beyond[0], fps), _seconds(sum(beyond) + frames + 1, fps)
    following = following.filter("fade", t="in", st=start, d=length, alpha=1)
    stream = stream.filter("setpts", f"PTS+{shift}")
    mixed = ffmpeg.overlay(stream, following, x=0, y=0, shortest=1, format=pixels.removesuffix("p"))
    return mixed.filter("setpts", f"PTS-{shift}")


def _moving(overlay: Overlay, frames: Path, fps: Fraction, shift: int) -> Any:
    """Return the endless stream of a graphic's frames, its first one at the first frame that shows it."""
    import ffmpeg

    from mediakit.render.animation import write_frames

    graphic = overlay.graphic
    skipped = min(max(-overlay.start, 0), overlay.coming)
    before = overlay.coming - skipped
    held = overlay.end - max(overlay.start, 0) - before - overlay.going
    phases: list[tuple[Any, int, range]] = [("in", overlay.coming, range(skipped, overlay.coming))]
    phases += [("hold", 1, range(1 if held > 0 else 0)), ("out", overlay.going, range(max(-held, 0), overlay.going))]
    write_frames(graphic, [phase for phase in phases if phase[2]], frames)
    stream = ffmpeg.input(
        f"file:{frames}",
        f="rawvideo",
        pixel_format="yuva420p",
        video_size=(graphic.width, graphic.height),
        framerate=format_rate(fps),
    )
    if overlay.stretch is not None:
        stream = stream.filter("scale", *overlay.stretch, flags="neighbor")
    stream = finish(stream)
    stream = stream.filter("tpad", stop=-1, stop_mode="clone")
    time = f"N+{shift + max(overlay.start, 0)}"
    if overlay.going and held > 1:  # overlay shows a frame until the next one: a gap in time holds the whole one
        time += f"+gt(N,{before})*{held - 1}"
    return stream.filter("setpts", time)


def _seconds(frames: Fraction | int, fps: Fraction) -> str:
    return f"{float(frames / fps):.6f}"
