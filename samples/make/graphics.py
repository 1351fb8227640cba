"""Text graphics drawn with Pillow: title, name strap, bug, AI label, credits; and their timing."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw, ImageFilter, ImageFont

FRAME = (1920, 1080)
MARGIN = 108
SUBTITLE_ROWS = 220
"""Rows at the bottom that two lines of subtitles take."""


@dataclass(frozen=True)
class Overlay:
    """A graphic with alpha at a place of the frame, from one second to another, faded."""

    picture: NDArray[np.float32]
    x: int
    y: int
    start: float
    end: float
    fade: float = 0.4

    def opacity(self, seconds: float) -> float:
        """How much of it is seen at a time."""
        if not self.start <= seconds < self.end:
            return 0.0
        if self.fade <= 0:
            return 1.0
        return float(min(1.0, (seconds - self.start) / self.fade, (self.end - seconds) / self.fade))


def font(size: int, serif: bool = False) -> ImageFont.FreeTypeFont:
    """Noto Sans or Serif SC."""
    name = "NotoSerifSC-Regular.otf" if serif else "NotoSansSC-Regular.otf"
    found = [path for path in _walk(files("pylopdf_fonts_zh_cn")) if path.name == name]
    return ImageFont.truetype(str(found[0]), size)


def _walk(folder: Any) -> list[Any]:
    """All files below a packaged folder."""
    out: list[Any] = []
    for item in folder.iterdir():
        out += _walk(item) if item.is_dir() else [item]
    return out


def _finish(image: Pictures.Image, x: int, y: int, start: float, end: float, fade: float = 0.4) -> Overlay:
    """Turn a drawn RGBA picture into an overlay with BGRA floats."""
    rgba = np.asarray(image.convert("RGBA"), np.float32) / 255
    return Overlay(np.ascontiguousarray(rgba[..., [2, 1, 0, 3]]), x, y, start, end, fade)


def _shadowed(size: tuple[int, int], draw_text: Any, blur: int = 10, strength: float = 0.75) -> Pictures.Image:
    """Draw text over its own soft shadow."""
    text = Pictures.new("RGBA", size, (0, 0, 0, 0))
    draw_text(ImageDraw.Draw(text))
    alpha = text.getchannel("A").filter(ImageFilter.GaussianBlur(blur)).point(lambda v: min(255, int(v * 2 * strength)))
    shadow = Pictures.new("RGBA", size, (0, 0, 0, 255))
    shadow.putalpha(alpha)
    return Pictures.alpha_composite(shadow, text)


def title_card(title: str, subtitle: str, colours: dict[str, str], start: float, end: float) -> Overlay:
    """The opening title in the middle of the frame."""
    spaced = "\u2009".join(title) if len(title) < 9 else title
    big, small = font(150 if len(title) < 9 else 128, serif=True), font(46)

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.text((960, 180), spaced, font=big, fill=colours["text"], anchor="mm")
        width = pen.textlength(spaced, font=big)
        pen.rectangle((960 - 60, 292, 960 + 60, 297), fill=colours["accent"])
        pen.text((960, 352), subtitle, font=small, fill=colours["text"], anchor="mm")
        assert width < 1700

    return _finish(_shadowed((1920, 440), draw, 14), 0, 300, start, end, 0.6)


def name_strap(name: str, title: str, colours: dict[str, str], start: float, end: float) -> Overlay:
    """Name and title, lower left, above the rows where subtitles may be burned."""
    big, small = font(68), font(42)
    width = int(max(big.getlength(name), small.getlength(title))) + 110
    image = Pictures.new("RGBA", (width, 190), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, width - 1, 189), 10, fill=colours["background"] + "d8")
    pen.rectangle((0, 0, 13, 189), fill=colours["accent"])
    pen.text((50, 62), name, font=big, fill=colours["text"], anchor="lm")
    pen.text((52, 141), title, font=small, fill=colours["accent"], anchor="lm")
    return _finish(image, MARGIN, 1080 - SUBTITLE_ROWS - 190, start, end)


def bug(text: str, colours: dict[str, str], start: float, end: float) -> Overlay:
    """The series' small mark, top right."""
    face = font(36)
    width = int(face.getlength(text)) + 56

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.rectangle((18, 26, 24, 62), fill=colours["accent"])
        pen.text((38, 44), text, font=face, fill=colours["text"], anchor="lm")

    image = _shadowed((width, 88), draw, 6, 0.6)
    image.putalpha(image.getchannel("A").point(lambda v: int(v * 0.85)))
    return _finish(image, 1920 - MARGIN - width + 18, 64, start, end, 0.3)


def ai_label(text: str, colours: dict[str, str], seconds: float) -> Overlay:
    """The label that a synthetic voice calls for: whole from the first frame on, lower left."""
    face = font(78)
    width = int(face.getlength(text)) + 64
    image = Pictures.new("RGBA", (width, 124), (0, 0, 0, 0))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((0, 0, width - 1, 123), 12, fill="#000000b0")
    pen.text((32, 61), text, font=face, fill=colours["text"], anchor="lm")
    return _finish(image, MARGIN, 1080 - 96 - 124, 0.0, seconds, 0.0)


def credits(rows: list[str], colours: dict[str, str], start: float, end: float) -> Overlay:
    """The closing credits: a heading row, then smaller rows, in the lower half."""
    big, small = font(50, serif=True), font(33)
    height = 110 + 54 * len(rows)

    def draw(pen: ImageDraw.ImageDraw) -> None:
        pen.text((960, 50), rows[0], font=big, fill=colours["text"], anchor="mm")
        pen.rectangle((930, 92, 990, 95), fill=colours["accent"])
        for number, row in enumerate(rows[1:]):
            pen.text((960, 136 + 54 * number), row, font=small, fill=colours["text"], anchor="mm")
            assert small.getlength(row) < 1700, row

    image = _shadowed((1920, height), draw, 9)
    return _finish(image, 0, 1080 - 80 - height, start, end, 0.5)


def draw_overlays(frame: NDArray[np.uint8], overlays: list[Overlay], seconds: float) -> None:
    """Lay what is visible at this time on a BGR frame in place."""
    for item in overlays:
        opacity = item.opacity(seconds)
        if opacity <= 0:
            continue
        height, width = item.picture.shape[:2]
        part = frame[item.y : item.y + height, item.x : item.x + width]
        alpha = item.picture[..., 3:] * opacity
        mixed = part * (1 - alpha) + item.picture[..., :3] * 255 * alpha
        part[:] = np.round(mixed).astype(np.uint8)
