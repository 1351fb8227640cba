"""Layouts in real frames: every text's ink against the same frame without text, and the picture in its place."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import ffmpeg
import numpy as np
import pytest
from media_factory import make_clip
from PIL import Image

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Fit
from mediakit.media.cues import Cue, CueSheet, CueWord
from mediakit.media.spans import Box
from mediakit.render.brand import Brand, Bug, HeadlineStyle, NameStrap, StackStyle
from mediakit.render.caption_ass import render_ass
from mediakit.render.drawing import Drawing, draw_over, shift_frames
from mediakit.render.geometry import Display, fit_frame
from mediakit.render.graphics import lay_graphics
from mediakit.render.layout import safe_box
from mediakit.render.spec import PictureSpec, spec_of_channel
from mediakit.steps.render_graphics import GraphicsMaker
from mediakit.steps.render_layout import FrameLayout
from mediakit.steps.render_material import Material
from mediakit.steps.render_text import CueMaker
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.fonts import find_font
from mediakit.tools.probe import probe_with_index

FONT = find_font()
PROFILES = load_profiles()
FPS = Fraction(25)
AT = 30
"""The frame that is looked at: everything shows, nothing moves."""
BRAND = Brand(
    title="夜行十二公里",
    bug=Bug(text="守夜人"),
    name_straps=(NameStrap(name="沈秋岚", title="云岭工务段 巡道工长", start=0, end=6),),
)
TITLE = "夜行十二公里：一位巡道工长在云岭深处走过的二十年"
CUE = Cue(start=0, end=6, lines=("我叫沈秋岚", "是云岭工务段的巡道工长"))


def look_of(channel_id: str, fit: Fit, shape: tuple[int, int], brand: Brand = BRAND, cue: Cue = CUE) -> FrameLayout:
    material = Material({}, {}, None, "", CueMaker(PROFILES, "zh"), GraphicsMaker(brand), None, PROFILES)
    channel = PROFILES.channel(channel_id)
    spec = replace(spec_of_channel(channel), fit=fit)
    return FrameLayout(material, channel, spec, CueSheet(language="zh", cues=(cue,)), (Fraction(*shape),), TITLE)


def grab(folder: Path, clip: Path, drawing: Drawing) -> np.ndarray:
    """Return one frame as (height, width, 3), chroma repeated to full size."""
    folder.mkdir(parents=True, exist_ok=True)
    info, _ = probe_with_index(clip, "")
    assert info.picture is not None
    stream = ffmpeg.input(f"file:{clip}")["0"].filter("trim", end_frame=1).filter("settb", "1/25").filter("setpts", "N")
    fitted = fit_frame(stream.filter("format", "yuv420p"), Display.of(info.picture), drawing.spec)
    drawn = draw_over(fitted, drawing, FPS, folder / "text.ass").filter("format", "yuv420p")
    arguments = ffmpeg.output(drawn, f"file:{folder / 'out.yuv'}", f="rawvideo", frames=1).get_args()
    run_ffmpeg(["-copyts", "-filter_complex_threads", "1", *arguments], task="draw a frame")
    width, height = drawing.spec.width, drawing.spec.height
    data = np.fromfile(folder / "out.yuv", np.uint8)
    luma = data[: width * height].reshape(height, width)
    chroma = data[width * height :].reshape(2, height // 2, width // 2)
    wide = chroma.repeat(2, axis=1).repeat(2, axis=2)
    return np.stack([luma, wide[0], wide[1]], axis=-1).astype(int)


def drawing_of(layout: FrameLayout, spec: PictureSpec) -> tuple[Drawing, dict[str, Box]]:
    """Return what is drawn on frame `AT`, and the boxes that are told."""
    captions = layout.captions
    assert captions is not None
    brand = layout.material.graphics.brand
    assert brand is not None
    size = (spec.width, spec.height)
    laid = lay_graphics(
        brand, size, safe_box(layout.channel, *size), FONT, fps=FPS, frames=250, captions=captions.boxes,
        arrangement=layout.arrangement, headline=layout.headline, spare=FONT,
    )  # fmt: skip
    shift = (shift_frames(FPS) - AT) / FPS
    ass = render_ass(captions.sheet.cues, captions.style, shift, (AT / FPS, (AT + 1) / FPS))
    overlays = tuple(part for one in laid if (part := one.overlay.within(AT, AT + 1)) is not None)
    told = {one.kind: one.box for one in laid} | {"captions": captions.boxes[0].box}
    return Drawing(spec, ass, str(FONT.path), FONT.digest, overlays), told


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, int], Path]:
    folder = tmp_path_factory.mktemp("clips")
    shapes = [(16, 9), (4, 3), (1, 1), (9, 16)]
    return {
        shape: make_clip(folder / f"{shape[0]}x{shape[1]}.mp4", duration=1, size=(shape[0] * 20, shape[1] * 20)).path
        for shape in shapes
    }


@pytest.mark.parametrize("shape", [(16, 9), (4, 3), (1, 1), (9, 16)])
@pytest.mark.parametrize(
    ("channel_id", "fit"),
    [
        ("douyin", "stack"),
        ("wx_channels", "stack"),
        ("kuaishou", "stack"),
        ("xiaohongshu", "stack"),
        ("youtube_shorts", "stack"),
        ("douyin", "blur"),
        ("wx_channels", "pad"),
        ("kuaishou", "crop"),
    ],
)
def test_every_ink_lies_in_its_box_and_the_boxes_apart_in_the_safe_area(
    tmp_path: Path, clips: dict[tuple[int, int], Path], channel_id: str, fit: Fit, shape: tuple[int, int]
) -> None:
    layout = look_of(channel_id, fit, shape)
    spec = layout.fitted
    drawing, told = drawing_of(layout, spec)
    assert ("headline" in told) == (fit == "stack")
    clean = grab(tmp_path / "clean", clips[shape], Drawing(spec))
    drawn = grab(tmp_path / "drawn", clips[shape], drawing)
    changed = (clean != drawn).any(axis=-1)
    safe = safe_box(layout.channel, spec.width, spec.height)
    inks = []
    for box in told.values():
        rows, columns = np.nonzero(changed[box.y : box.bottom, box.x : box.right])
        assert len(rows) > 200
        x, y = box.x + int(columns.min()), box.y + int(rows.min())
        inks.append(Box(x=x, y=y, width=int(np.ptp(columns)) + 1, height=int(np.ptp(rows)) + 1))
        changed[box.y : box.bottom, box.x : box.right] = False
    assert not changed.any()
    assert all(safe.contains(ink) for ink in inks)
    for one, other in combinations(inks, 2):
        assert one.right <= other.x or other.right <= one.x or one.bottom <= other.y or other.bottom <= one.y


def test_a_stack_shows_the_whole_picture_where_it_says(tmp_path: Path, clips: dict[tuple[int, int], Path]) -> None:
    brand = BRAND.model_copy(update={"stack": StackStyle(background="colour", colour="#204060")})
    layout = look_of("douyin", "stack", (16, 9), brand)
    spec, box = layout.fitted, layout.arrangement.picture
    frame = grab(tmp_path / "stack", clips[16, 9], Drawing(spec))
    plain = frame[0, 0]
    assert plain.tolist() == pytest.approx([67, 145, 113], abs=2)  # #204060 in BT.709, limited range
    differs = np.abs(frame - plain).sum(axis=-1) > 12
    assert not differs[: box.y].any()
    assert not differs[box.bottom :].any()
    assert differs[box.y : box.bottom].mean() > 0.9
    whole = grab(
        tmp_path / "whole", clips[16, 9], Drawing(replace(spec, width=box.width, height=box.height, fit="pad"))
    )
    assert np.abs(frame[box.y : box.bottom, box.x : box.right] - whole).mean() < 0.5


def test_round_corners_show_what_is_behind_and_still_pictures_fill_the_frame(
    tmp_path: Path, clips: dict[tuple[int, int], Path]
) -> None:
    Image.new("RGBA", (300, 200), (0, 255, 0, 255)).save(tmp_path / "green.png")
    style = StackStyle(background="picture", picture=tmp_path / "green.png", veil=0.0, corners=0.05)
    layout = look_of("douyin", "stack", (16, 9), BRAND.model_copy(update={"stack": style}))
    spec, box = layout.fitted, layout.arrangement.picture
    frame = grab(tmp_path / "round", clips[16, 9], Drawing(spec))
    green = np.array([173, 42, 26])
    assert np.abs(frame[0, 0] - green).max() <= 3
    assert box.x > 0
    for y, x in ((box.y, box.x), (box.y, box.right - 1), (box.bottom - 1, box.x), (box.bottom - 1, box.right - 1)):
        assert np.abs(frame[y, x] - green).max() <= 6
    middle = frame[box.y + box.height // 2, box.x + 2]
    assert np.abs(middle - green).max() > 20
    half = look_of(
        "douyin", "stack", (16, 9), BRAND.model_copy(update={"stack": style.model_copy(update={"veil": 0.5})})
    )
    veiled = grab(tmp_path / "veil", clips[16, 9], Drawing(half.fitted))[0, 0]
    assert veiled[0] == pytest.approx((173 + 33) / 2, abs=4)  # the brand's background, #101418, is luma 33


def test_headlines_in_a_box_are_as_told(tmp_path: Path, clips: dict[tuple[int, int], Path]) -> None:
    brand = BRAND.model_copy(update={"headline": HeadlineStyle(box="#ff0000", accent=False)})
    layout = look_of("douyin", "stack", (16, 9), brand)
    drawing, told = drawing_of(layout, layout.fitted)
    frame = grab(tmp_path, clips[16, 9], drawing)
    box = told["headline"]
    edges = [frame[box.y + 2, box.x + 2], frame[box.bottom - 3, box.right - 3], frame[box.y + 2, box.right - 3]]
    assert all(np.abs(edge - [63, 102, 240]).max() <= 4 for edge in edges)


def test_a_karaoke_line_that_had_to_wrap_keeps_its_words() -> None:
    brand = BRAND.model_copy(update={"subtitles": BRAND.subtitles.model_copy(update={"style": "karaoke"})})
    text = "我们走在这条铁路上已经有整整二十年了从来没有停"
    parts = [text[k : k + 2] for k in range(0, len(text), 2)]
    words = tuple(CueWord(text=part, start=k * 0.2, end=k * 0.2 + 0.2) for k, part in enumerate(parts))
    cue = Cue(start=0, end=6, lines=(text,), words=(words,))
    layout = look_of("douyin", "stack", (16, 9), brand, cue)
    captions = layout.captions
    assert captions is not None
    assert captions.style.look.highlight == brand.colours.accent
    from mediakit.render.captions import layout_captions

    (placed,) = layout_captions([cue], captions.style).cues
    assert len(placed.lines) > 1
    told = [word for line in placed.lines for word in line.words]
    assert "".join(word for word, _ in told) == text
    starts = {k * 5 for k in range(len(parts))}
    assert {frame for _, frame in told} == starts
