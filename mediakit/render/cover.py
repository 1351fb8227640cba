"""Cover pictures: a good frame of the (textless) picture, cropped to the outlet's ratio, with the title set on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError, ToolError
from mediakit.media.spans import Box
from mediakit.render.layout import fit_lines, measure_ink
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input, open_media

if TYPE_CHECKING:
    from PIL.Image import Image as Picture
    from PIL.ImageDraw import ImageDraw

    from mediakit.channels.models import Cover
    from mediakit.render.brand import Brand
    from mediakit.tools.fonts import FontFile

REVISION = 2
CANDIDATES = 15
_DARKEST, _BRIGHTEST = 38.0, 225.0
_QUALITIES = (92, 88, 82, 75, 68, 60, 50, 40, 30)
_MARGIN = 0.07
_TITLE_SIZE = 0.115
_PITCH = 1.22


@dataclass(frozen=True)
class FrameScore:
    """How good a frame is as a cover; ``time`` in seconds on the programme's clock."""

    time: float
    score: float


@dataclass(frozen=True)
class View:
    """Where cover frames may be taken from.

    Attributes:
        path: the media file, textless where there is such a twin.
        spans: (start, end) seconds on the programme's clock to choose from.
        zero: the programme's start on the container's clock.
        file_start: the container's first time stamp.
    """

    path: Path
    spans: tuple[tuple[float, float], ...]
    zero: float = 0.0
    file_start: float = 0.0


def choose_frame(views: Sequence[View], *, candidates: int = CANDIDATES) -> tuple[View, float]:
    """Return the frame that makes the best cover: not black, not burnt out, sharp, rich in contrast.

    Args:
        views: where to look.
        candidates: how many places are looked at, evenly over all spans.

    Returns:
        The view, and the time on its programme's clock.

    Raises:
        InputError: no frame can be decoded.
    """
    lengths = [sum(end - start for start, end in view.spans) for view in views]
    total = sum(lengths)
    wanted = [total * (0.06 + 0.88 * (number + 0.5) / candidates) for number in range(candidates)]
    found: list[tuple[FrameScore, int]] = []
    begin = 0.0
    for number, (view, length) in enumerate(zip(views, lengths, strict=True)):
        times = [_time_at(view.spans, place - begin) for place in wanted if begin <= place < begin + length]
        found += [(score, number) for score in _score_frames(view, times)]
        begin += length
    if not found:
        raise InputError("no frame can be decoded for a cover", where=views[0].path if views else None)
    best, number = max(found, key=lambda one: (round(one[0].score, 6), -one[1], -one[0].time))
    return views[number], best.time


def _time_at(spans: Sequence[tuple[float, float]], place: float) -> float:
    """Return the time that lies ``place`` seconds into the spans."""
    for start, end in spans:
        if place < end - start:
            return start + place
        place -= end - start
    return spans[-1][1]


def _score_frames(view: View, times: Sequence[float]) -> list[FrameScore]:
    if not times:
        return []
    found: list[FrameScore] = []
    with open_media(view.path) as container:
        if not container.streams.video:
            raise InputError("has no picture for a cover", where=view.path)
        stream = container.streams.video[0]
        stream.codec_context.skip_frame = "NONKEY"
        assert stream.time_base is not None
        for time in times:
            container.seek(int((view.zero + time) / stream.time_base), stream=stream, backward=True)
            frame = next(container.decode(stream), None)
            if frame is None or frame.pts is None:
                continue
            shown = float(frame.pts * stream.time_base) - view.zero
            inside = any(start - 1e-3 <= shown < end for start, end in view.spans)
            seen = _score(frame.to_ndarray(format="gray"))
            found.append(FrameScore(shown if inside else time, seen if inside else seen * 0.8))
    return found


def _score(luma: object) -> float:
    """Score one frame from its luma: sharpness and contrast, much less when dark, burnt out or flat."""
    import numpy as np
    from PIL import Image

    small = Image.fromarray(np.asarray(luma)).resize((160, 90), Image.Resampling.BOX)
    values = np.asarray(small, dtype=np.float32)
    mean, spread = float(values.mean()), float(values.std())
    edges = np.abs(np.diff(values, axis=0)).mean() + np.abs(np.diff(values, axis=1)).mean()
    score = float(np.log1p(edges)) + spread / 40
    if not _DARKEST < mean < _BRIGHTEST:
        score *= 0.2
    if spread < 8:
        score *= 0.2
    return score


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
    focus: tuple[float, float] = (0.5, 0.42),
) -> Box | None:
    """Write a cover picture and return the box that its title takes.

    Args:
        frame: `grab_frame`.
        cover: size, format and the file's largest size.
        out: the file to write.
        title: set at the bottom; shrinks and wraps.
        brand: its colours are used.
        font: for the title; needed with one.
        focus: what stays in view when the frame is cropped, as parts of its width and height.

    Raises:
        InputError: the title does not fit, or the file cannot be made small enough.
    """
    picture = crop_to(frame, cover.width, cover.height, focus)
    box: Box | None = None
    text = font.keep_known(title).strip() if font else ""
    if text and font:
        picture, box = _set_title(picture, text, font, brand)
    data = _encode(picture, cover)
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.part")
    partial.write_bytes(data)
    partial.replace(out)
    return box


def crop_to(frame: Picture, width: int, height: int, focus: tuple[float, float]) -> Picture:
    """Return the largest part of a frame of this ratio around ``focus``, scaled to ``width`` by ``height``."""
    from PIL import Image

    ratio = Fraction(width, height)
    if Fraction(frame.width, frame.height) > ratio:
        w, h = round(frame.height * ratio), frame.height
    else:
        w, h = frame.width, round(frame.width / ratio)
    w, h = max(min(w, frame.width), 1), max(min(h, frame.height), 1)
    left = min(max(round(frame.width * focus[0] - w / 2), 0), frame.width - w)
    top = min(max(round(frame.height * focus[1] - h / 2), 0), frame.height - h)
    return frame.resize((width, height), Image.Resampling.LANCZOS, box=(left, top, left + w, top + h))


def _set_title(picture: Picture, title: str, font: FontFile, brand: Brand | None) -> tuple[Picture, Box]:
    from PIL import Image, ImageDraw

    width, height = picture.size
    margin = round(min(width, height) * _MARGIN)
    room = width - 2 * margin
    lines = [line.strip() for line in title.split("\n") if line.strip()]
    size, fitted = fit_lines(
        font,
        lines,
        size=min(width, height) * _TITLE_SIZE,
        width=room - min(width, height) * 0.03,
        height=height * 0.45,
        pitch=_PITCH,
        floor=0.8,
    )
    text_height = round(size * _PITCH * len(fitted))
    shade = _shade(width, height, height - margin - text_height - round(size), brand)
    made = Image.alpha_composite(picture.convert("RGBA"), shade)
    draw = ImageDraw.Draw(made)
    box = _draw_title(draw, fitted, size, font, brand, (margin, height - margin, width))
    return made.convert("RGB"), box


def _shade(width: int, height: int, start: int, brand: Brand | None) -> Picture:
    """Return a veil that darkens towards the bottom from row ``start`` on."""
    from PIL import Image

    column = Image.new("L", (1, height), 0)
    start = min(max(start, 0), height - 1)
    for row in range(start, height):
        column.putpixel((0, row), min(round(215 * ((row - start) / (height - start)) ** 0.7), 215))
    colour = brand.colours.background if brand else "#101418"
    veil = Image.new("RGBA", (width, height), colour)
    veil.putalpha(column.resize((width, height)))
    return veil


def _draw_title(
    draw: ImageDraw,
    lines: Sequence[str],
    size: float,
    font: FontFile,
    brand: Brand | None,
    place: tuple[int, int, int],
) -> Box:
    left, bottom, width = place
    face = font.load(size)
    colour = brand.colours.text if brand else "#ffffff"
    accent = brand.colours.accent if brand else "#ffffff"
    bar = max(round(size * 0.12), 2)
    depth = max(measure_ink(font, line).bottom for line in lines) * size
    baseline = bottom - depth - bar * 2.5
    box_top, right = float(bottom), float(left)
    for line in reversed(lines):
        ink = measure_ink(font, line)
        draw.text((left - min(ink.left, 0) * size, baseline), line, font=face, fill=colour, anchor="ls")
        box_top = min(box_top, baseline + ink.top * size)
        right = max(right, left + max(ink.right, ink.advance) * size)
        baseline -= size * _PITCH
    draw.rectangle((left, bottom - bar, left + round(size * 1.6), bottom - 1), fill=accent)
    right = min(max(right, left + size * 1.6 + 1), float(width))
    return Box(x=left, y=int(box_top), width=int(right - left + 1), height=bottom - int(box_top))


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
