"""Still charts coded in every way that sources come in, and what a viewer must see of them.

A chart, as a viewer sees it, has a coloured mark in each corner, a white disc that is round, and a row of patches:

::

    red                     green
              ( white )
    patch patch patch … patch
    blue                    yellow

`make_chart` stores it so that the metadata (rotation, mirror, pixel aspect, matrix, range, transfer) lead back to
this picture. `read_chart` finds it again in a rendered frame, whatever the frame's size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

import numpy as np
from media_factory import run

CORNERS = {"red": (191, 0, 0), "green": (0, 191, 0), "blue": (0, 0, 191), "yellow": (191, 191, 0)}
PATCHES = {
    "skin": (197, 140, 115),
    "grey": (118, 118, 118),
    "white": (235, 235, 235),
    "near black": (10, 10, 10),
    "cyan": (0, 191, 191),
    "magenta": (191, 0, 191),
    "dark skin": (115, 75, 60),
    "sky": (98, 150, 214),
}
GROUND = (90, 90, 90)
"""8-bit R'G'B' of a display with BT.709 colours."""
DISC = 0.36
"""The disc's diameter as a share of the shorter side."""
_DISC_Y, _ROW_Y, _ROW_HEIGHT, _CORNER = 0.4, 0.7, 0.12, 0.16
TAGS = {
    "bt709": "color_primaries=bt709:color_trc=bt709:colorspace=bt709",
    "smpte170m": "color_primaries=smpte170m:color_trc=smpte170m:colorspace=smpte170m",
    "bt470bg": "color_primaries=bt470bg:color_trc=bt709:colorspace=bt470bg",
    "bt2020": "color_primaries=bt2020:color_trc=bt2020-10:colorspace=bt2020nc",
    "hlg": "color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc",
    "pq": "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
}
LOSSLESS = ("-c:v", "libx264", "-preset", "ultrafast", "-qp", "2")


@dataclass(frozen=True)
class Chart:
    """A made chart; ``aspect`` is width by height as a viewer sees it."""

    path: Path
    aspect: Fraction
    fps: Fraction
    frames: int


def draw_chart(width: int, height: int, aspect: Fraction, patches: Sequence[Sequence[float]] | None = None) -> Any:
    """Return the chart as a viewer sees it: float R'G'B' (height, width, 3), 0 to 1.

    Args:
        width: pixels across, as seen.
        height: pixels down, as seen.
        aspect: width by height as seen; pixels need not be square.
        patches: instead of `PATCHES`, 0 to 1; the rest of the chart is then grey of the second one.
    """
    colours = [np.array(rgb) / 255 for rgb in PATCHES.values()] if patches is None else [np.array(p) for p in patches]
    ground = np.array(GROUND) / 255 if patches is None else colours[1]
    image = np.empty((height, width, 3))
    image[:] = ground
    x = (np.arange(width) + 0.5) / width
    y = (np.arange(height) + 0.5) / height
    if patches is None:
        for number, rgb in enumerate(CORNERS.values()):
            across = x < _CORNER if number % 2 == 0 else x > 1 - _CORNER
            down = y < _CORNER if number < 2 else y > 1 - _CORNER
            image[np.ix_(down, across)] = np.array(rgb) / 255
        wide, high = (aspect, 1) if aspect >= 1 else (1, 1 / aspect)
        from_middle = ((x[None, :] - 0.5) * float(wide)) ** 2 + ((y[:, None] - _DISC_Y) * float(high)) ** 2
        image[from_middle <= (DISC / 2) ** 2] = 1.0
    row = (y > _ROW_Y - _ROW_HEIGHT / 2) & (y < _ROW_Y + _ROW_HEIGHT / 2)
    for number, colour in enumerate(colours):
        column = (x >= number / len(colours)) & (x < (number + 1) / len(colours))
        image[np.ix_(row, column)] = colour
    return image


def make_chart(
    path: Path,
    size: tuple[int, int] = (320, 180),
    *,
    coding: str = "bt709",
    tags: str | None = None,
    span: Literal["limited", "full"] = "limited",
    tagged: bool = True,
    pixel_format: str = "yuv420p",
    sample_aspect: Fraction | str = "1",
    rotation: int = 0,
    mirrored: bool = False,
    field_order: str = "",
    options: Sequence[str] = LOSSLESS,
    fps: Fraction | int = 25,
    frames: int = 30,
    patches: Sequence[Sequence[float]] | None = None,
    alpha: Any = None,
) -> Chart:
    """Make a clip of a still chart.

    Args:
        path: where; its suffix is the container.
        size: coded pixels.
        coding: key of `TAGS`; its matrix codes the picture.
        tags: other tags than those of ``coding`` (a key of `TAGS`).
        span: range of the code values.
        tagged: whether matrix, primaries and transfer are written down.
        pixel_format: ffmpeg's.
        sample_aspect: of coded pixels.
        rotation: clockwise degrees by which a player turns the coded picture, after flipping it if ``mirrored``.
        mirrored: see there.
        field_order: ``tff`` or ``bff`` marks and codes it as interlaced.
        options: of the encoder.
        fps: frames a second.
        frames: how many.
        patches: see `draw_chart`.
        alpha: (height, width) opacity of coded pixels, 0 to 1.
    """
    width, height = size
    ratio = Fraction(width, height) * Fraction(sample_aspect)
    turned = rotation % 180 == 90
    aspect = 1 / ratio if turned else ratio
    seen = draw_chart(*(size[::-1] if turned else size), aspect, patches)
    if coding == "bt2020":
        seen = convert_gamut(seen**2.4) ** (1 / 2.4)
    coded = np.rot90(seen, rotation // 90)
    if mirrored:
        coded = coded[:, ::-1]
    planes = [coded[:, :, 1], coded[:, :, 2], coded[:, :, 0]]
    raw = path.with_suffix(".raw")
    raw.write_bytes(np.round(np.stack([*planes, *([] if alpha is None else [alpha])]) * 65535).astype("<u2").tobytes())
    matrix = {"bt2020": "bt2020", "hlg": "bt2020", "pq": "bt2020", "bt470bg": "smpte170m"}.get(coding, coding)
    ratio_text = Fraction(sample_aspect)
    marks = f"range={span}:{TAGS[tags or coding]}" if tagged else f"range={span if span == 'full' else 'unknown'}"
    filters = [
        f"loop={frames - 1}:1,setpts=N",
        f"scale=out_color_matrix={matrix}:out_range={span}:flags=bicubic+accurate_rnd+full_chroma_int:sws_dither=none",
        f"format={pixel_format}",
        f"setsar={ratio_text.numerator}/{ratio_text.denominator}",
        f"setfield={field_order or 'prog'}",
    ]
    if pixel_format.startswith(("rgb", "gbr", "bgr", "argb")):  # no matrix, and always of full range
        marks = TAGS[tags or coding].rpartition(":")[0]
    filters.append(f"setparams={marks}")
    form = "gbrp16le" if alpha is None else "gbrap16le"
    source = ["-f", "rawvideo", "-video_size", f"{width}x{height}", "-pixel_format", form, "-framerate", str(fps)]
    fields = ["-flags:v", "+ilme+ildct"] if field_order else []
    twice = bool(rotation or mirrored)
    first = path.with_name(f"first-{path.name}") if twice else path
    run([*source, "-i", raw, "-vf", ",".join(filters), *options, "-fps_mode", "passthrough", *fields, first])
    raw.unlink()
    if twice:
        turn = ["-display_rotation", str(rotation if mirrored else -rotation)] if rotation else []
        flip = ["-display_hflip"] if mirrored else []
        run([*turn, *flip, "-i", first, "-c", "copy", path])
        first.unlink()
    return Chart(path, aspect, Fraction(fps), frames)


def convert_gamut(linear: Any) -> Any:
    """Return linear BT.709 colours in BT.2020 (ITU-R BT.2087)."""
    turn = ((0.627404, 0.329283, 0.043313), (0.069097, 0.919540, 0.011362), (0.016391, 0.088013, 0.895595))
    return np.clip(np.asarray(linear) @ np.array(turn).T, 0, 1)


def decode_rgb(path: Path) -> list[Any]:
    """Return the frames of a rendered file as R'G'B' (height, width, 3), 0 to 255, exactly as BT.709 limited says."""
    import av

    images = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            assert frame.format.name == "yuv420p"
            tags = (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc)
            assert tuple(int(tag) for tag in tags) == (1, 1, 1, 1)
            assert not frame.interlaced_frame
            height = frame.height
            planes = frame.to_ndarray()
            luma = (planes[:height].astype(float) - 16) / 219
            blue, red = (
                (part.reshape(height // 2, -1).repeat(2, 0).repeat(2, 1).astype(float) - 128) / 224
                for part in (planes[height : height * 5 // 4], planes[height * 5 // 4 :])
            )
            rgb = (luma + 1.5748 * red, luma - 0.187324 * blue - 0.468124 * red, luma + 1.8556 * blue)
            images.append(np.clip(np.stack(rgb, axis=2) * 255, 0, 255))
    return images


@dataclass(frozen=True)
class Reading:
    """What was found in a frame: mean R'G'B' of corners and patches, the disc's width by height, the bars' level.

    ``disc`` is its height as a share of the picture's shorter side.
    """

    corners: dict[str, tuple[float, float, float]]
    patches: dict[str, tuple[float, float, float]]
    roundness: float
    disc: float
    bars: float

    def check(self, tolerance: float = 3.0, *, around: float = 0.04) -> None:
        """Check it against the truth: upright, not stretched, every colour within ``tolerance`` code values."""
        for found, wanted in ((self.corners, CORNERS), (self.patches, PATCHES)):
            for name, rgb in found.items():
                assert np.abs(np.array(rgb) - wanted[name]).max() <= tolerance, (name, rgb, wanted[name])
        assert abs(self.roundness - 1) <= around, f"the disc is {self.roundness:.3f} times as wide as high"
        assert abs(self.disc / DISC - 1) <= around + 0.02, f"the disc is {self.disc:.3f} of the shorter side"
        assert self.bars <= 8, f"the bars are not black ({self.bars})"


def read_chart(image: Any, aspect: Fraction, names: Sequence[str] = tuple(PATCHES)) -> Reading:
    """Find the chart in an 8-bit R'G'B' frame (height, width, 3) into which it was fitted whole, in the middle."""
    height, width = image.shape[:2]
    across, down = min(float(width), float(height * aspect)), min(float(height), float(width / aspect))
    left, top = (width - across) / 2, (height - down) / 2

    def sample(x: float, y: float, reach: float) -> tuple[float, float, float]:
        column, row = left + x * across, top + y * down
        radius = max(reach * min(across, down), 1)
        box = image[round(row - radius) : round(row + radius) + 1, round(column - radius) : round(column + radius) + 1]
        return tuple(float(v) for v in box.reshape(-1, 3).mean(axis=0))  # type: ignore[return-value]

    near, far = _CORNER / 2, 1 - _CORNER / 2
    places = dict(zip(CORNERS, ((near, near), (far, near), (near, far), (far, far)), strict=True))
    luma = image.astype(float).mean(axis=2)
    middle = luma[:, round(left + across / 2)], luma[round(top + _DISC_Y * down)]
    high, wide = (_extent(line) for line in middle)
    outside = np.ones(image.shape[:2], dtype=bool)
    outside[max(int(top) - 1, 0) : int(top + down) + 3, max(int(left) - 1, 0) : int(left + across) + 3] = False
    return Reading(
        corners={name: sample(*place, 0.03) for name, place in places.items()},
        patches={name: sample((n + 0.5) / len(names), _ROW_Y, 0.02) for n, name in enumerate(names)},
        roundness=wide / max(high, 1e-6),
        disc=high / min(across, down),
        bars=float(image[outside].max()) if outside.any() else 0.0,
    )


def _extent(line: Any) -> float:
    """Return how long the bright stretch of a line is, edges by interpolation between ground and white."""
    share = np.clip((line - GROUND[0]) / (255 - GROUND[0]), 0, 1)
    bright = np.flatnonzero(share > 0.5)
    if not len(bright):
        return 0.0
    middle = (bright[0] + bright[-1]) // 2
    low = int(middle - np.argmax(share[middle::-1] < 0.1)) if (share[middle::-1] < 0.1).any() else 0
    end = int(middle + np.argmax(share[middle:] < 0.1)) if (share[middle:] < 0.1).any() else len(line)
    return float(share[low:end].sum())


def code_hdr(nits: Any, transfer: Literal["hlg", "pq"]) -> Any:
    """Return signals 0 to 1 of display light in BT.2020 (…, 3), in cd/m² (ITU-R BT.2100; HLG on a 1000 nit display)."""
    light = np.asarray(nits, dtype=float)
    if transfer == "pq":
        power = (light / 10_000) ** 0.1593017578125
        return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
    luminance = (light @ np.array([0.2627, 0.6780, 0.0593]))[..., None] / 1000
    scene = light / 1000 * np.maximum(luminance, 1e-9) ** (1 / 1.2 - 1)
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), a * np.log(np.maximum(12 * scene - b, 1e-9)) + c)
