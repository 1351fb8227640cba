"""What is drawn over the picture of a piece, in the piece's own time: subtitles by libass, stills by overlay.

Text and fades must not start anew at a piece's edge. Their clock, and that of the picture that they are drawn on, is
set forward by the same whole number of frames, so that what began before the piece keeps its own start.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate
from mediakit.render.spec import ENCODER_THREADS, REVISION, PictureSpec

SHIFT_S = 100
"""The clock is set forward by about so many seconds: no time of text or fades is negative."""


@dataclass(frozen=True)
class Overlay:
    """A still picture over some frames of a piece.

    Attributes:
        png: a PNG with transparency, as large as what is drawn, in base64.
        digest: of the PNG.
        x: left edge in pixels.
        y: top edge in pixels.
        start: first frame that shows it, counted from the piece's first (may be below 0).
        end: frame past the last.
        fade_in: frames of fading in.
        fade_out: frames of fading out.
    """

    png: str
    digest: str
    x: int
    y: int
    start: int
    end: int
    fade_in: int = 0
    fade_out: int = 0

    def describe(self) -> dict[str, Any]:
        """Return all that shapes the picture as JSON values."""
        data = asdict(self)
        del data["png"]
        return data

    def within(self, first: int, end: int) -> Overlay | None:
        """Return what of it shows in a programme's frames ``first`` to ``end``, in their own time, or None.

        What lies beyond and does not change these frames is cut off, so that equal frames get equal overlays.
        """
        start, stop = self.start - first, self.end - first
        frames = end - first
        if stop <= 0 or start >= frames:
            return None
        fade_in, fade_out = self.fade_in, self.fade_out
        if start + fade_in <= 0:
            start, fade_in = 0, 0
        if stop - fade_out >= frames:
            stop, fade_out = frames, 0
        return replace(self, start=start, end=stop, fade_in=fade_in, fade_out=fade_out)


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
    """One picture of a piece: its spec, the ASS document and the stills drawn over it, in the piece's own time.

    ``ass`` has its clock set forward by `shift_frames`.
    """

    spec: PictureSpec
    ass: str | None = None
    fonts: str | None = None
    font_digest: str | None = None
    overlays: tuple[Overlay, ...] = ()
    fades: tuple[Fade, ...] = ()

    def key(self, layers: Sequence[Mapping[str, Any]], ffmpeg: str) -> str:
        """Return the content key of this picture of a piece whose layers are described by ``layers``."""
        return digest_value(
            {
                "revision": REVISION,
                "ffmpeg": ffmpeg,
                "threads": ENCODER_THREADS,
                "layers": list(layers),
                "spec": self.spec.describe(),
                "ass": self.ass,
                "font": self.font_digest if self.ass else None,
                "overlays": [overlay.describe() for overlay in self.overlays],
                "fades": [asdict(fade) for fade in self.fades],
            }
        )

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload."""
        return {
            "spec": self.spec.describe(),
            "ass": self.ass,
            "fonts": self.fonts,
            "overlays": [asdict(overlay) for overlay in self.overlays],
            "fades": [asdict(fade) for fade in self.fades],
        }

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Drawing:
        """Return what `pack` gave."""
        overlays = tuple(Overlay(**overlay) for overlay in data["overlays"])
        fades = tuple(Fade(**fade) for fade in data["fades"])
        return cls(PictureSpec.load(data["spec"]), data["ass"], data["fonts"], None, overlays, fades)


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
        png = ass_path.with_name(f"{ass_path.stem}-{number}.png")
        png.write_bytes(b64decode(overlay.png))
        stream = _lay_over(stream, overlay, png, fps, shift)
    if drawing.ass is not None:
        ass_path.write_text(drawing.ass, encoding="utf-8")
        options = {"fontsdir": drawing.fonts} if drawing.fonts else {}
        stream = stream.filter("ass", filename=str(ass_path), **options)
    return stream.filter("setpts", f"PTS-{shift}")


def _lay_over(stream: Any, overlay: Overlay, png: Path, fps: Fraction, shift: int) -> Any:
    """Append one still to a stream whose clock is set forward by ``shift`` frames."""
    import ffmpeg

    first, end = shift + overlay.start, shift + overlay.end
    still = ffmpeg.input(f"file:{png}", f="png_pipe", framerate=format_rate(fps))
    still = still.filter("loop", loop=-1, size=1).filter("setpts", f"N+{shift}")
    if overlay.fade_in:
        length = _seconds(overlay.fade_in, fps)
        still = still.filter("fade", t="in", st=_seconds(first, fps), d=length, alpha=1)
    if overlay.fade_out:
        length = _seconds(overlay.fade_out, fps)
        still = still.filter("fade", t="out", st=_seconds(end - overlay.fade_out, fps), d=length, alpha=1)
    half = Fraction(1, 2)
    return ffmpeg.overlay(
        stream,
        still,
        x=overlay.x,
        y=overlay.y,
        shortest=1,
        format="yuv420",
        enable=f"between(t,{_seconds(first - half, fps)},{_seconds(end - half, fps)})",
    )


def dissolve(stream: Any, following: Any, frames: int, fps: Fraction) -> Any:
    """Return ``frames`` frames in which one stream dissolves into another; neither is shown alone."""
    import ffmpeg

    shift = shift_frames(fps)
    following = following.filter("setpts", f"PTS+{shift}").filter("format", "yuva420p")
    start, length = _seconds(shift - 1, fps), _seconds(frames + 1, fps)
    following = following.filter("fade", t="in", st=start, d=length, alpha=1)
    stream = stream.filter("setpts", f"PTS+{shift}")
    return ffmpeg.overlay(stream, following, x=0, y=0, shortest=1, format="yuv420").filter("setpts", f"PTS-{shift}")


def _seconds(frames: Fraction | int, fps: Fraction) -> str:
    return f"{float(frames / fps):.6f}"
