"""Cover pictures: a frame of the (textless) picture, cropped to the outlet's ratio, with the title set on it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from io import BytesIO
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError, ToolError
from mediakit.media.spans import Box
from mediakit.render.brand import Brand
from mediakit.render.cover_layout import MARGIN, Composition, compose_cover
from mediakit.render.easel import Easel
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from mediakit.channels.models import Cover
    from mediakit.render.cover_choice import View
    from mediakit.render.cover_judging import Rect
    from mediakit.render.cover_layout import Title
    from mediakit.tools.fonts import FontFile

_QUALITIES = (92, 88, 82, 75, 68, 60, 50, 40, 30)
_VEIL = 215


def grab_frame(view: View, time: float, scratch: Path) -> Picture:
    """Return one frame as people see it: upright, square pixels, RGB.

    Args:
        view: where it lies.
        time: seconds on the programme's clock.
        scratch: a folder for a temporary file.

    Raises:
        ToolError: ffmpeg gave no frame.
    """
    from PIL import Image

    target = scratch / "frame.png"
    target.unlink(missing_ok=True)
    seek = max(view.zero - view.file_start + time - 0.0005, 0.0)
    for early in (seek, max(seek - 1.0, 0.0), 0.0):
        run_ffmpeg(
            [
                *ffmpeg_input(view.path, "-ss", f"{early:.6f}"),
                *("-map", "0:V:0", "-frames:v", "1", "-vf", "scale=iw*sar:ih,setsar=1,format=rgb24"),
                *("-update", "1", "-f", "image2", f"file:{target}"),
            ],
            task="take a frame for the cover",
        )
        if target.is_file() and target.stat().st_size:
            with Image.open(target) as picture:
                upright: Picture = picture.convert("RGB")
                return upright
    raise ToolError("ffmpeg gave no frame for the cover", where=view.path)


def make_cover(
    frame: Picture,
    cover: Cover,
    out: Path,
    *,
    title: str = "",
    brand: Brand | None = None,
    font: FontFile | None = None,
    faces: Sequence[Rect] = (),
    texts: Sequence[Rect] = (),
    safe: Box | None = None,
    terms: tuple[str, ...] = (),
) -> Box | None:
    """Write a cover picture and return the box that its title takes.

    Args:
        frame: `grab_frame`.
        cover: size, format and the file's largest size.
        out: the file to write.
        title: set in the brand's headline style, off every face; letters that no font has are left out.
        brand: the look.
        font: for the title; needed with one.
        faces: in the frame, in shares of it, the most important one first.
        texts: what is written in the frame, likewise.
        safe: the box that the title stays in; by default 7 % of the shorter side at each edge.
        terms: names that no line of the title parts.

    Raises:
        InputError: the title does not fit, or the file cannot be made small enough.
    """
    brand = brand or Brand()
    text = _drawable(title, brand, font)
    if text and font is not None:
        easel = _easel(cover, brand, font, safe, terms)
        made = compose_cover(frame.size, easel, text, faces, texts)
        picture = _draw(frame, made, easel)
    else:
        from mediakit.tools.fonts import find_font

        plain = _easel(cover, brand, font or find_font(), safe, ())
        made = compose_cover(frame.size, plain, "", faces, texts)
        picture = _draw(frame, made, plain)
    data = _encode(picture, cover)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.part")
    partial.write_bytes(data)
    partial.replace(out)
    return None if made.title is None else made.title.box


def _drawable(title: str, brand: Brand, font: FontFile | None) -> str:
    """Return the title without the letters that its font lacks."""
    if font is None:
        return ""
    if brand.headline.font is not None:
        from mediakit.tools.fonts import find_font

        font = find_font(path=brand.headline.font)
    return font.keep_known(title).strip()


def _easel(cover: Cover, brand: Brand, font: FontFile, safe: Box | None, terms: tuple[str, ...]) -> Easel:
    size = cover.width, cover.height
    margin = ceil(min(size) * MARGIN)
    inner = Box(x=margin, y=margin, width=size[0] - 2 * margin, height=size[1] - 2 * margin)
    return Easel(brand, size, safe or inner, font, Fraction(25), font, [], terms)


def _draw(frame: Picture, made: Composition, easel: Easel) -> Picture:
    """Return the cover as RGB."""
    from PIL import Image

    background = easel.brand.colours.background
    picture = made.picture
    shown = frame.resize((picture.width, picture.height), Image.Resampling.LANCZOS, box=made.window)
    whole = Image.new("RGB", easel.size, background)
    whole.paste(shown, (picture.x, picture.y))
    if made.title is None:
        return whole
    title = made.title
    layered = whole.convert("RGBA")
    if title.place != "band" and easel.brand.headline.box is None:
        layered = Image.alpha_composite(layered, _shade(title, easel))
    return Image.alpha_composite(layered, _letters(title, easel)).convert("RGB")


def _shade(title: Title, easel: Easel) -> Picture:
    """Return a veil that darkens towards the edge that the title stands at."""
    from PIL import Image

    width, height = easel.size
    box, soft = title.box, round(title.text.size)
    turned = title.place in ("left", "right")
    length = width if turned else height
    reach = {
        "bottom": height - box.y + soft,
        "top": box.bottom + soft,
        "left": box.right + 2 * soft,
        "right": width - box.x + 2 * soft,
    }[title.place]
    reach = min(max(reach, 1), length)
    levels = [min(round(_VEIL * ((k + 1) / reach) ** 0.7), _VEIL) for k in range(reach)]
    line = [0] * (length - reach) + levels
    if title.place in ("top", "left"):
        line.reverse()
    column = Image.new("L", (length, 1) if turned else (1, length))
    column.putdata(line)
    veil = Image.new("RGBA", (width, height), easel.brand.colours.background)
    veil.putalpha(column.resize((width, height)))
    return veil


def _letters(title: Title, easel: Easel) -> Picture:
    """Return the title's plate, letters and accent line on a transparent cover."""
    from mediakit.render.animation import draw_layer
    from mediakit.render.graphic import Graphic, Layer, Plate

    style, box, measure = easel.brand.headline, title.box, title.measure
    plates = []
    bottom = box.bottom - measure.rule - measure.above
    if style.box is not None:
        plates.append(Plate(box.x, box.y, box.width, bottom - box.y, style.box, round(style.box_opacity * 255)))
    centred = style.align == "centre" and title.place in ("bottom", "top", "band")
    if measure.rule:
        length = min(easel.part(0.16), box.width)
        x = box.x + (box.width - length) // 2 if centred else box.x + measure.pad
        plates.append(Plate(x, box.bottom - measure.rule, length, measure.rule, easel.brand.colours.accent))
    lines = title.text.place(
        box.x + measure.pad, box.y + measure.pad, box.width - 2 * measure.pad, "centre" if centred else "left"
    )
    layer = Layer(tuple(plates), tuple(lines), motion="stand")
    fonts = ((title.text.font.digest, str(title.text.font.path)),)
    return draw_layer(Graphic("cover", *easel.size, (layer,), fonts), layer)


def _encode(picture: Picture, cover: Cover) -> bytes:
    """Return the coded picture, of less quality where the file would be too large."""
    data = b""
    for quality in _QUALITIES if cover.format == "jpg" else (0,):
        buffer = BytesIO()
        if cover.format == "jpg":
            picture.save(buffer, "JPEG", quality=quality, optimize=True, subsampling=0 if quality > 85 else 2)
        else:
            picture.save(buffer, "PNG", optimize=True)
        data = buffer.getvalue()
        if cover.size is None or len(data) <= cover.size:
            return data
    raise InputError(f"the cover takes {len(data)} bytes, more than the {cover.size} that are allowed")
