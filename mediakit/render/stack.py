"""A picture that stands whole in a part of the frame, over its own blurred copy, a colour or a still picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.media.digests import digest_value
from mediakit.media.times import format_rate
from mediakit.render.geometry import BLUR_SHRINK, BLUR_SIGMA, cover_size, finish, inner_size

if TYPE_CHECKING:
    from mediakit.media.spans import Box
    from mediakit.render.brand import Brand
    from mediakit.render.geometry import Display
    from mediakit.render.spec import PictureSpec

MOST_BYTES = 64 << 20
MOST_PIXELS = 8192 * 8192
_READERS = {"PNG": "png_pipe", "JPEG": "jpeg_pipe", "WEBP": "webp_pipe"}


@dataclass(frozen=True)
class Still:
    """A still picture from a file: its path, its content's digest, and ffmpeg's name of its format."""

    path: str
    digest: str
    reader: str

    @classmethod
    def of(cls, path: Path) -> Still:
        """Return a checked picture.

        Raises:
            InputError: missing, damaged, too large, or neither PNG, JPEG nor WebP.
        """
        from PIL import Image, UnidentifiedImageError

        from mediakit.media.digests import digest_file
        from mediakit.tools.opening import check_file

        check_file(path)
        if path.stat().st_size > MOST_BYTES:
            raise InputError("is too large for a background", where=path, hint=f"{MOST_BYTES >> 20} MB at most")
        try:
            with Image.open(path, formats=tuple(_READERS)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise InputError("is too large for a background", where=path, hint="8192 by 8192 pixels at most")
                reader = _READERS[str(picture.format)]
                picture.load()
        except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as exc:
            raise InputError("is no picture that can be used", where=path, hint="a PNG, JPEG or WebP file") from exc
        return cls(str(path.absolute()), digest_file(path), reader)


@dataclass(frozen=True)
class Stack:
    """Where a stacked picture stands, and what is behind it.

    Attributes:
        area: x, y, width and height of the part of the frame that a picture of any shape is fitted into.
        colour: of the background, or of the veil over it.
        blur: the background is a blurred copy of the picture.
        still: the background is this picture.
        veil: how much of the colour lies over the copy or the still, 0 to 1.
        corners: radius of the picture's corners in pixels.
    """

    area: tuple[int, int, int, int]
    colour: str = "#000000"
    blur: bool = True
    still: Still | None = None
    veil: float = 0.0
    corners: int = 0

    @classmethod
    def of(cls, brand: Brand, area: Box, size: tuple[int, int]) -> Stack:
        """Return the brand's stack in a frame of a size; raises `InputError` where its picture cannot be used."""
        style = brand.stack
        return cls(
            (area.x, area.y, area.width, area.height),
            style.colour or brand.colours.background,
            style.background == "blur",
            None if style.picture is None else Still.of(style.picture),
            style.veil,
            round(style.corners * min(size)),
        )

    @classmethod
    def load(cls, data: dict[str, Any]) -> Stack:
        """Return what ``asdict`` gave."""
        x, y, width, height = data["area"]
        still = None if data["still"] is None else Still(**{"path": "", **data["still"]})
        return cls(**{**data, "area": (x, y, width, height), "still": still})


def stack_frame(stream: Any, display: Display, spec: PictureSpec, stack: Stack) -> Any:
    """Append filters that put normalised frames into their place over the background (an ffmpeg-python stream)."""
    import ffmpeg

    mark = _mark(stream)
    x, y, width, height = stack.area
    across, down = inner_size(display.aspect, width, height)
    left, top = x + (width - across) // 4 * 2, y + (height - down) // 4 * 2
    if stack.blur:
        both = stream.filter_multi_output("split", 2)
        behind, stream = blurred(both[0], display.aspect, spec, stack.colour, stack.veil), both[1]
    elif stack.still is not None:
        behind = show_still(stack.still, spec, stack.colour, stack.veil, mark)
    else:
        behind = _plain(spec, stack.colour, mark)
    if display.turned_size != (across, down):
        stream = stream.filter("scale", across, down, flags="bicubic+accurate_rnd")
    pixels = spec.working_format.removesuffix("p")
    radius = min(stack.corners, across // 2, down // 2)
    if radius:
        mask = _mask(across, down, radius, spec.fps, mark)
        stream = ffmpeg.filter([stream, mask], "alphamerge", shortest=1, eof_action="repeat")
    made = ffmpeg.overlay(
        behind, finish(stream), x=left, y=top, format=pixels, shortest=1, eof_action="endall", alpha="straight"
    )
    return finish(made)


def _mark(stream: Any) -> int:
    """Return a number for a stream's own place in the graph.

    ffmpeg-python takes equal chains for one: what is made beside two streams needs a filter that differs.
    """
    return int(digest_value([stream.node.short_hash, str(stream.label)])[:6], 16)


def blurred(stream: Any, aspect: Fraction, spec: PictureSpec, colour: str = "", veil: float = 0.0) -> Any:
    """Append filters that make a blurred copy that fills the frame, with some of a colour over it."""
    width, height = (max(round(side / BLUR_SHRINK / 2) * 2, 2) for side in (spec.width, spec.height))
    across, down = cover_size(aspect, width, height)
    stream = stream.filter("scale", across, down, flags="area+accurate_rnd")
    left, top = (across - width) // 4 * 2, (down - height) // 4 * 2
    stream = stream.filter("crop", width, height, left, top, exact=1).filter("gblur", sigma=BLUR_SIGMA)
    stream = lay_veil(stream, colour, veil)
    return finish(stream.filter("scale", spec.width, spec.height, flags="bilinear+accurate_rnd"))


def lay_veil(stream: Any, colour: str, veil: float) -> Any:
    """Append the mixing of BT.709 limited frames with ``veil`` parts of a colour."""
    if not veil:
        return stream
    kept = 1 - veil
    planes = zip("yuv", _coded(colour), strict=True)
    return stream.filter("lutyuv", **{name: f"val*{kept:.4f}+{value * veil:.4f}" for name, value in planes})


def _coded(colour: str) -> tuple[float, float, float]:
    """Return luma and chroma of ``#rrggbb`` in BT.709, 8-bit limited range."""
    red, green, blue = (int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5))
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return 16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748


def show_still(still: Still, spec: PictureSpec, colour: str, veil: float, mark: int = 0) -> Any:
    """Return an endless stream of a still picture that fills the frame, with some of a colour over it.

    ``mark`` tells streams of one graph apart.
    """
    import ffmpeg

    from mediakit.tools.opening import PROTOCOLS

    stream = ffmpeg.input(
        f"file:{still.path}", f=still.reader, protocol_whitelist=PROTOCOLS, format_whitelist=still.reader
    )
    stream = stream.filter("setpts", f"PTS-0*{mark}")
    stream = stream.filter("format", "gbrap").filter("premultiply", inplace=1).filter("format", "gbrp")
    stream = stream.filter(
        "scale", spec.width, spec.height, force_original_aspect_ratio="increase", flags="bicubic+accurate_rnd"
    )
    stream = stream.filter("crop", spec.width, spec.height, exact=1)
    stream = to_working(stream, spec)
    return _held(lay_veil(stream, colour, veil), spec.fps)


def _plain(spec: PictureSpec, colour: str, mark: int) -> Any:
    """Return an endless stream of a colour."""
    import ffmpeg

    source = f"color=c=0x{colour[1:]}:s={spec.width}x{spec.height}:r={format_rate(spec.fps)},trim=end_frame=1"
    stream = ffmpeg.input(f"{source},format=gbrp,setpts=PTS-0*{mark}", f="lavfi")
    return _held(to_working(stream, spec), spec.fps)


def to_working(stream: Any, spec: PictureSpec) -> Any:
    """Append what brings RGB frames into the form that everything is drawn in."""
    stream = stream.filter("scale", out_color_matrix="bt709", out_range="limited", flags="accurate_rnd+full_chroma_int")
    return stream.filter("format", spec.working_format)


def _held(stream: Any, fps: Fraction) -> Any:
    """Return the first frame of a stream without end, counted from 0."""
    return hold_frame(finish(stream).filter("settb", format_rate(1 / fps)).filter("fps", format_rate(fps)))


def hold_frame(stream: Any) -> Any:
    """Append what shows a stream's first frame without end, counted from 0."""
    stream = stream.filter("trim", end_frame=1)
    return stream.filter("tpad", stop=-1, stop_mode="clone").filter("setpts", "N")


def _mask(width: int, height: int, radius: int, fps: Fraction, mark: int) -> Any:
    """Return an endless stream of a rectangle's coverage with rounded corners, edges smoothed over a pixel."""
    import ffmpeg

    across = f"max(abs(X-{(width - 1) / 2})-{width / 2 - radius},0)"
    down = f"max(abs(Y-{(height - 1) / 2})-{height / 2 - radius},0)"
    level = f"255*clip({radius}+0.5-hypot({across},{down}),0,1)"
    source = f"color=c=black:s={width}x{height}:r={format_rate(fps)},trim=end_frame=1,format=gray,setpts=PTS-0*{mark}"
    stream = ffmpeg.input(source, f="lavfi").filter("geq", lum=level)
    return stream.filter("tpad", stop=-1, stop_mode="clone").filter("setpts", "N")
