"""How a source's frames or fields travel in an interlaced picture (1080i50: 25 frames of two fields, top first).

A progressive frame travels as two fields of one instant (PsF): nothing is filtered, the vertical detail stays. An
interlaced source of the same lines and rate keeps its own fields, shifted by a line where the bottom one came first.
Fields of another size are first made into a picture each, scaled, and woven again; so are 50 frames a second. What
has another rate is brought to whole frames, as in a progressive picture.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from mediakit.media.times import format_rate
from mediakit.render.encode import fill_frames, read_frames, show_backdrop
from mediakit.render.geometry import Display, cover_size, fit_frame, inner_size, normalise
from mediakit.render.reframe import show_views
from mediakit.render.scene import Plain, Window

if TYPE_CHECKING:
    from mediakit.render.spec import PictureSpec
    from mediakit.render.views import Views

Carriage = Literal["frames", "kept", "woven"]
"""``frames``: both fields show one instant; ``kept``: the source's own fields; ``woven``: of a picture for each."""


def choose_carriage(display: Display, rate: Fraction | None, spec: PictureSpec) -> Carriage:
    """Return how a source travels in a picture.

    Args:
        display: the source's picture.
        rate: its frames a second; None where they vary.
        spec: the picture.
    """
    if spec.scan != "interlaced":
        return "frames"
    if display.interlaced and rate == spec.fps:
        return "kept" if _keeps_lines(display, spec) else "woven"
    if not display.interlaced and rate == 2 * spec.fps:
        return "woven"
    return "frames"


def handles_for(display: Display, rate: Fraction | None, spec: PictureSpec) -> int:
    """Return how many source frames on each side of a piece its filters look at."""
    woven = choose_carriage(display, rate, spec) == "woven"
    return max(display.handles, 1) if woven else display.handles


def describe_carriage(display: Display, rate: Fraction | None, spec: PictureSpec) -> str | None:
    """Return a note for people where the source's motion does not travel as it is."""
    if spec.scan == "progressive":
        return None
    named = "a varying rate" if rate is None else f"{float(rate):.5g} frames a second"
    carriage = choose_carriage(display, rate, spec)
    if carriage == "kept":
        turned = " (its bottom field came first: moved by a line)" if display.field_order == "bff" else ""
        return f"the source's own fields were kept{turned}"
    if carriage == "woven":
        made = "scaled one by one" if display.interlaced else f"made of its {named}"
        return f"the fields were {made}"
    plain = rate == spec.fps and not display.interlaced
    if plain:
        return f"{named} travel as PsF: both fields of a frame show one instant"
    scan = "interlaced source" if display.interlaced else "source"
    return f"the {scan} of {named} was brought to {float(spec.fps):.5g} whole frames, which travel as PsF"


def _keeps_lines(display: Display, spec: PictureSpec) -> bool:
    """Tell whether every line of the source stays a line of the picture."""
    if display.rotation or display.hdr != "none" or display.wide_gamut or display.height != spec.height:
        return False
    if display.same_aspect(spec.width, spec.height):
        return True
    if spec.fit not in ("crop", "pad"):
        return False
    fitted = cover_size if spec.fit == "crop" else inner_size
    return fitted(display.aspect, spec.width, spec.height)[1] == spec.height


def read_layer(
    layer: Window | Plain,
    number: int,
    spec: PictureSpec,
    carriage: Carriage,
    views: Views = (),
    *,
    early_s: float,
) -> Any:
    """Return a layer's frames in a picture's size, counted from 0 (an ffmpeg-python stream).

    Args:
        layer: what to decode, or a plain colour.
        number: which of a scene's layers it is.
        spec: the picture.
        carriage: how its fields travel.
        views: what is shown of each frame.
        early_s: how much earlier than the key frame to seek, in seconds.
    """
    if isinstance(layer, Plain):
        if layer.backdrop is not None:
            return show_backdrop(layer, number, [spec], early_s)[0]
        return fill_frames(layer, number, spec)
    display, pixels = layer.display, spec.working_format
    if carriage == "kept":
        stream = read_frames(layer, number, spec.fps, early_s, deinterlace=None)
        stream = stream.filter("setfield", display.field_order)
        stream = normalise(stream, display, pixels, interlaced=True)
        if display.field_order == "bff":
            stream = stream.filter("setfield", "bff").filter("fieldorder", "tff")
        return fit_frame(stream, display, spec)
    if carriage == "frames":
        stream = read_frames(layer, number, spec.fps, early_s, deinterlace="send_frame")
        return show_views(normalise(stream, display, pixels), display, spec, views)
    double = replace(layer, first=2 * layer.first, end=2 * layer.end)
    stream = read_frames(double, number, 2 * spec.fps, early_s, deinterlace="send_field")
    doubled = tuple(view.doubled for view in views)
    stream = show_views(normalise(stream, display, pixels), display, replace(spec, fps=2 * spec.fps), doubled)
    # Only a picture with as much detail as the frame would flicker from line to line: it is softened vertically.
    soft = not display.interlaced and display.shown_height >= spec.height
    stream = stream.filter("tinterlace", mode="interleave_top", **({"flags": "cvlpf"} if soft else {}))
    return stream.filter("settb", format_rate(1 / spec.fps)).filter("setpts", "N")
