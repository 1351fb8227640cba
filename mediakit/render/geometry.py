"""Geometry and colour: what a viewer of the source sees, and how that is fitted into a frame.

`Display` is the source's picture as facts; `normalise` turns its decoded frames into upright
BT.709 limited range 8-bit pictures; `fit_frame` brings those to a size. All sizes and offsets are even, so chroma stays
where it was.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediakit.media.times import format_rate, parse_rate

if TYPE_CHECKING:
    from mediakit.media.info import VideoStream
    from mediakit.render.spec import PictureSpec

BLUR_SHRINK = 8
"""The blurred copy behind the picture is made at this fraction of the frame's size."""
BLUR_SIGMA = 5
SAME_ASPECT = Fraction(1, 100)
_MATRICES = {
    "bt709": "bt709",
    "smpte170m": "smpte170m",
    "bt470bg": "smpte170m",
    "fcc": "fcc",
    "smpte240m": "smpte240m",
    "bt2020nc": "bt2020",
    "bt2020c": "bt2020",
    "bt2020": "bt2020",
}
_ALPHA = ("yuva", "gbrap", "rgba", "bgra", "argb", "abgr", "ayuv", "vuya", "ya8", "ya16", "pal8")
_RGB = ("rgb", "bgr", "gbr", "argb", "abgr", "0rgb", "0bgr", "pal8", "x2rgb", "x2bgr")
_GAMUTS = {"bt2020": "2020", "smpte432": "smpte432", "smpte431": "smpte431"}
_ZSCALE_MATRICES = {
    "bt709": "709",
    "smpte170m": "170m",
    "fcc": "fcc",
    "smpte240m": "240m",
    "bt2020": "2020_ncl",
}
_BT709_LIMITED = {"matrix": "709", "range": "limited"}
_FLAGGING_CODECS = ("h264", "hevc", "mpeg2video", "prores", "dvvideo", "vc1")
_WHITE_NITS = 203
_PEAK = 4.93
"""1000 nits over graphics white at 203 (ITU-R BT.2408)."""


@dataclass(frozen=True)
class Display:
    """How a source's coded pictures are to be shown; part of every piece's key.

    ``width`` and ``height`` are coded pixels; ``shown_width`` and ``shown_height`` square ones after turning.
    """

    codec: str
    width: int
    height: int
    shown_width: int
    shown_height: int
    sample_aspect: str
    rotation: int
    mirrored: bool
    pixel_format: str
    field_order: str
    full_range: bool
    matrix: str
    primaries: str
    hdr: str

    @classmethod
    def of(cls, stream: VideoStream) -> Display:
        """Return the facts of a probed picture stream; what it does not say is assumed from its size."""
        assumed = "bt709" if min(stream.width, stream.height) >= 720 else "smpte170m"
        return cls(
            codec=stream.codec,
            width=stream.width,
            height=stream.height,
            shown_width=stream.display_width,
            shown_height=stream.display_height,
            sample_aspect=format_rate(stream.sample_aspect),
            rotation=stream.rotation,
            mirrored=stream.mirrored,
            pixel_format=stream.pixel_format,
            field_order=stream.field_order,
            full_range=stream.color_range == "full" or stream.pixel_format.startswith(("yuvj", *_RGB)),
            matrix=_MATRICES.get(stream.color_space, assumed),
            primaries=stream.color_primaries if stream.color_primaries in _GAMUTS else "bt709",
            hdr=stream.hdr,
        )

    def describe(self) -> dict[str, Any]:
        """Return the facts as JSON values."""
        return asdict(self)

    @property
    def wide_gamut(self) -> bool:
        """Whether its primaries are so far from BT.709's that skin and sky would be seen to change."""
        return self.primaries in _GAMUTS

    @property
    def has_alpha(self) -> bool:
        """Whether its pictures may be transparent."""
        return self.pixel_format.startswith(_ALPHA)

    @property
    def turned_size(self) -> tuple[int, int]:
        """Width and height in the source's own pixels, after turning."""
        return (self.height, self.width) if self.rotation % 180 else (self.width, self.height)

    @property
    def odd(self) -> bool:
        """Whether its width or height is odd."""
        return bool(self.width % 2 or self.height % 2)

    @property
    def interlaced(self) -> bool:
        """Whether each picture holds two fields."""
        return self.field_order in ("tff", "bff")

    @property
    def parity(self) -> str:
        """Which field comes first, as ``bwdif`` takes it: a frame's own word where its codec has one."""
        return "auto" if self.codec in _FLAGGING_CODECS else self.field_order

    @property
    def aspect(self) -> Fraction:
        """Width by height as shown, unrounded."""
        ratio = Fraction(self.width, self.height) * parse_rate(self.sample_aspect)
        return 1 / ratio if self.rotation % 180 else ratio

    @property
    def handles(self) -> int:
        """How many frames on each side of a piece its filters look at."""
        return 1 if self.interlaced else 0

    def same_aspect(self, width: int, height: int) -> bool:
        """Tell whether the whole picture fills a frame of a size without bars, cuts or visible stretching."""
        return abs(self.aspect / Fraction(width, height) - 1) <= SAME_ASPECT


def normalise(stream: Any, display: Display, pixels: str = "yuv420p", *, interlaced: bool = False) -> Any:
    """Append filters that make frames upright and BT.709 limited (an ffmpeg-python stream).

    Args:
        stream: frames as they are coded.
        display: how they are to be shown.
        pixels: pixel format of the result, 8 bit.
        interlaced: they hold two fields, whose colour lines are not to be mixed (no HDR then).
    """
    if display.has_alpha:
        stream = _over_black(stream, display)
    stream = _colour(stream, display, pixels, interlaced)
    if display.mirrored:
        stream = stream.filter("hflip")
    if display.rotation == 180:
        stream = stream.filter("hflip").filter("vflip")
    elif display.rotation in (90, 270):
        stream = stream.filter("transpose", "clock" if display.rotation == 90 else "cclock")
    # All of it: the turn is done, mastering light levels no longer hold, captions would land on other frames.
    return stream.filter("sidedata", mode="delete")


def _over_black(stream: Any, display: Display) -> Any:
    """Append what a player does with a transparent picture: it shows it over black (alpha is straight)."""
    if display.pixel_format.startswith(_RGB):  # planes of its own for each colour, as the filter wants them
        deep = display.pixel_format.endswith(("le", "be"))
        stream = stream.filter("format", "gbrap16le" if deep else "gbrap")
    return stream.filter("premultiply", inplace=1)


def _colour(stream: Any, display: Display, pixels: str, interlaced: bool) -> Any:
    if display.hdr != "none":
        return _tone_map(_unpair(stream, display), display, pixels)
    if display.wide_gamut:
        stream = _unpair(stream, display).filter(
            "zscale",
            **_as_coded(display),
            transferin="709",
            primaries="709",
            transfer="709",
            **_BT709_LIMITED,
        )
        return _thin_chroma(stream, display, pixels)
    if display.pixel_format == pixels and display.matrix == "bt709" and not display.full_range:
        return stream
    stream = stream.filter(
        "scale",
        in_color_matrix=display.matrix,
        in_range="full" if display.full_range else "limited",
        out_color_matrix="bt709",
        out_range="limited",
        flags="bicubic+accurate_rnd+full_chroma_int",
        **({"interl": 1} if interlaced else {}),
    )
    return stream.filter("format", pixels)


def _tone_map(stream: Any, display: Display, pixels: str) -> Any:
    """Append the way from HLG or PQ to a BT.709 display: graphics white stays near white, highlights are rolled off."""
    transfer = {"hlg": "arib-std-b67", "pq": "smpte2084"}[display.hdr]
    # Approximate gamma raises each colour by itself in HLG, where the luminance should be: skin and sky too vivid.
    exact = {"agamma": 0} if display.hdr == "hlg" else {}
    stream = stream.filter(
        "zscale", **_as_coded(display), transferin=transfer, transfer="linear", npl=_WHITE_NITS, **exact
    )
    stream = stream.filter("format", "gbrpf32le").filter("zscale", primaries="709")
    stream = stream.filter("tonemap", tonemap="mobius", param=0.5, desat=0, peak=_PEAK)
    stream = stream.filter("zscale", transfer="709", **_BT709_LIMITED)
    return _thin_chroma(stream, display, pixels)


def _unpair(stream: Any, display: Display) -> Any:
    """Append what lets zscale take a picture of odd size: chroma for every pixel."""
    if not display.odd or display.pixel_format.startswith(_RGB):
        return stream
    return stream.filter("scale", flags="bicubic+accurate_rnd+full_chroma_inp").filter("format", "yuv444p12le")


def _thin_chroma(stream: Any, display: Display, pixels: str) -> Any:
    if display.odd:
        stream = stream.filter("format", "yuv444p")
    return stream.filter("format", pixels)


def _as_coded(display: Display) -> dict[str, str]:
    """Return how zscale is to read a source's pictures; what is HDR without known primaries is BT.2020."""
    return {
        "matrixin": "gbr" if display.pixel_format.startswith(_RGB) else _ZSCALE_MATRICES[display.matrix],
        "primariesin": _GAMUTS.get(display.primaries, "2020"),
        "rangein": "full" if display.full_range else "limited",
    }


def _even(value: Fraction) -> int:
    return max(int(value / 2 + Fraction(1, 2)) * 2, 2)


def inner_size(aspect: Fraction, width: int, height: int) -> tuple[int, int]:
    """Return the largest even size of an aspect within a frame."""
    if aspect >= Fraction(width, height):
        return width, min(_even(width / aspect), height)
    return min(_even(height * aspect), width), height


def cover_size(aspect: Fraction, width: int, height: int) -> tuple[int, int]:
    """Return the least even size of an aspect that covers a frame."""
    if aspect >= Fraction(width, height):
        return max(_even(height * aspect), width), height
    return width, max(_even(width / aspect), height)


def _scale(stream: Any, width: int, height: int, flags: str = "bicubic+accurate_rnd") -> Any:
    return stream.filter("scale", width, height, flags=flags)


def fit_frame(stream: Any, display: Display, spec: PictureSpec) -> Any:
    """Append filters that bring normalised frames to a picture's size (an ffmpeg-python stream)."""
    width, height = spec.width, spec.height
    if spec.fit == "stack" and spec.stack is not None:
        from mediakit.render.stack import stack_frame

        return stack_frame(stream, display, spec, spec.stack)
    if display.same_aspect(width, height):
        if display.turned_size != (width, height):
            stream = _scale(stream, width, height)
        return finish(stream)
    if spec.fit == "crop":
        across, down = cover_size(display.aspect, width, height)
        stream = _scale(stream, across, down)
        left, top = (across - width) // 4 * 2, (down - height) // 4 * 2
        return finish(stream.filter("crop", width, height, left, top, exact=1))
    across, down = inner_size(display.aspect, width, height)
    left, top = (width - across) // 4 * 2, max((height - down) // 4 * 2 - spec.raised, 0)
    if spec.fit == "pad":
        stream = _scale(stream, across, down)
        return finish(stream.filter("pad", width, height, left, top, color="black"))
    import ffmpeg

    both = stream.filter_multi_output("split", 2)
    small_width, small_height = _even(Fraction(width, BLUR_SHRINK)), _even(Fraction(height, BLUR_SHRINK))
    behind_width, behind_height = cover_size(display.aspect, small_width, small_height)
    behind = _scale(both[0], behind_width, behind_height, "area")
    behind = behind.filter(
        "crop",
        small_width,
        small_height,
        (behind_width - small_width) // 4 * 2,
        (behind_height - small_height) // 4 * 2,
        exact=1,
    )
    behind = _scale(behind.filter("gblur", sigma=BLUR_SIGMA), width, height, "bilinear")
    front = _scale(both[1], across, down)
    return finish(ffmpeg.overlay(behind, front, x=left, y=top, format=spec.working_format.removesuffix("p")))


def finish(stream: Any) -> Any:
    """Append what makes every piece's parameters equal: square pixels, colour tags, frames."""
    stream = stream.filter("setsar", 1)
    return stream.filter(
        "setparams",
        field_mode="prog",
        range="limited",
        color_primaries="bt709",
        color_trc="bt709",
        colorspace="bt709",
    )
