"""Graphics laid over a picture: where they change it and where not, frame by frame, and in which colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import ffmpeg
import numpy as np
import pytest

from mediakit.channels.loading import get_channel
from mediakit.media.spans import Box
from mediakit.render.brand import AiLabel, Brand, Bug, ClosingStyle, NameStrap
from mediakit.render.drawing import Drawing, Overlay, draw_over
from mediakit.render.easel import LaidGraphic
from mediakit.render.geometry import finish
from mediakit.render.graphics import LABEL_INK, PlacedGraphic, lay_graphics
from mediakit.render.layout import safe_box
from mediakit.render.spec import Encoding, PictureSpec
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.fonts import find_font

BRAND = Brand(
    title="夜行",
    bug=Bug(text="守夜人", position="top-left"),
    name_straps=(
        NameStrap(name="Αλεξανδρος 亚历山大·谢尔盖耶维奇", title="云岭市轨道交通建设指挥部安全质量监督站站长", start=0),
    ),
    ai_label=AiLabel(text="本片配音与部分画面由人工智能生成"),
    credits=("导演：张三", "摄影：李四"),
    closing=ClosingStyle(over="last", seconds=2),
)
SMALL = (320, 180)
SAFE = Box(x=16, y=10, width=288, height=160)
NTSC = Fraction(30000, 1001)
YELLOW = (182, 59, 155)
"""#f2c230 in BT.709, limited range: 0.2126 R + 0.7152 G + 0.0722 B, and its differences from B and R."""


def burn(
    folder: Path,
    size: tuple[int, int],
    overlays: Sequence[Overlay],
    frames: int,
    fps: Fraction = Fraction(25),
    ground: str = "0x808080",
) -> np.ndarray:
    """Return a plain picture's frames with overlays: planes Y, U, V as (frames, 3, height, width)."""
    folder.mkdir(exist_ok=True)
    width, height = size
    source = f"color=c={ground}:s={width}x{height}:r={fps.numerator}/{fps.denominator},format=yuv420p"
    stream = finish(ffmpeg.input(source, f="lavfi").filter("trim", end_frame=frames))
    spec = PictureSpec(width, height, fps, "pad", Encoding("h264", "ultrafast", 20.0, 25, 0))
    drawn = draw_over(stream, Drawing(spec, overlays=tuple(overlays)), fps, folder / "text.ass")
    target = folder / "out.yuv"
    arguments = ffmpeg.output(drawn, str(target), f="rawvideo", pix_fmt="yuv420p").get_args()
    run_ffmpeg(["-copyts", *arguments], task="lay graphics over a picture")
    data = np.fromfile(target, np.uint8).reshape(-1, width * height * 3 // 2)
    luma = data[:, : width * height].reshape(-1, 1, height, width)
    chroma = data[:, width * height :].reshape(-1, 2, height // 2, width // 2)
    made = np.concatenate([luma, chroma.repeat(2, axis=2).repeat(2, axis=3)], axis=1)
    assert len(made) == frames
    return made


def overlays_of(laid: Sequence[LaidGraphic], first: int, end: int) -> list[Overlay]:
    return [part for one in laid if (part := one.overlay.within(first, end)) is not None]


@pytest.mark.parametrize("channel_id", ["tv_web", "wx_channels", "douyin", "youtube_shorts"])
def test_every_changed_pixel_lies_inside_the_safe_area(tmp_path: Path, channel_id: str) -> None:
    channel = get_channel(channel_id)
    assert channel.frame
    size = (channel.frame.width, channel.frame.height)
    safe = safe_box(channel, *size)
    brand = BRAND.model_copy(update={"bug": Bug(text="守夜人", position="bottom-right")})
    laid = lay_graphics(brand, size, safe, find_font(), fps=Fraction(25), frames=250)
    assert [one.kind for one in laid] == ["ai_label", "bug", "name_strap"]
    drawn = burn(tmp_path / "drawn", size, overlays_of(laid, 30, 31), 1)
    changed = (drawn != burn(tmp_path / "plain", size, (), 1)).any(axis=(0, 1))
    rows, columns = np.nonzero(changed)
    x, y = int(columns.min()), int(rows.min())
    assert safe.contains(Box(x=x, y=y, width=int(columns.max()) + 1 - x, height=int(rows.max()) + 1 - y))
    for one in laid:
        box = one.box
        assert changed[box.y : box.bottom, box.x : box.right].mean() > 0.9
        changed[box.y : box.bottom, box.x : box.right] = False
    assert not changed.any()


@pytest.mark.parametrize("fps", [Fraction(25), NTSC])
def test_animations_keep_their_frames_and_joins_inside_them_do_not_show(tmp_path: Path, fps: Fraction) -> None:
    placed = [
        PlacedGraphic("name_strap", 10, 50, "Ada 沈秋岚", "Engineer"),
        PlacedGraphic("chapter", 20, 62, "第一章", "Night"),
        PlacedGraphic("source_credit", 30, 90, "Archive"),
    ]
    plain_brand = Brand(bug=Bug(text="BUG"), closing=ClosingStyle(over="last", seconds=2), credits=("Voice: Ada",))
    laid = lay_graphics(plain_brand, SMALL, SAFE, find_font(), fps=fps, frames=160, placed=placed, closing_over=True)
    assert [(one.kind, one.start, one.end) for one in laid][1:4] == [
        ("name_strap", 10, 50),
        ("chapter", 20, 62),
        ("source_credit", 30, 90),
    ]
    whole = burn(tmp_path / "whole", SMALL, overlays_of(laid, 0, 160), 160, fps)
    clean = burn(tmp_path / "clean", SMALL, (), 160, fps)
    for one in laid:
        if one.kind not in ("name_strap", "chapter", "source_credit"):
            continue
        box = one.box
        seen = (whole != clean)[:100, 0, box.y : box.bottom, box.x : box.right].any(axis=(1, 2))
        assert np.nonzero(seen)[0].tolist() == list(range(one.start, one.end)), one.kind
        standing = whole[one.start + one.coming : one.end - one.going, :, box.y : box.bottom, box.x : box.right]
        assert (standing == standing[0]).all()
        around = (one.start + one.coming - 1, one.end - one.going)
        assert one.coming >= 7
        assert all((whole[at, :, box.y : box.bottom, box.x : box.right] != standing[0]).any() for at in around)
    edges = (0, 13, 15, 29, 45, 58, 61, 100, 112, 116, 160)
    parts = [
        burn(tmp_path / f"part{left}", SMALL, overlays_of(laid, left, right), right - left, fps)
        for left, right in pairwise(edges)
    ]
    differing = np.nonzero((np.concatenate(parts) != whole).any(axis=(1, 2, 3)))[0].tolist()
    assert differing == []


def test_each_frame_of_an_animation_brings_more_of_it(tmp_path: Path) -> None:
    strap = PlacedGraphic("name_strap", 0, 60, "Ada", "Engineer")
    black = Brand(colours=dict.fromkeys(("primary", "accent", "text", "background"), "#000000"))
    (laid,) = lay_graphics(black, SMALL, SAFE, find_font(), fps=Fraction(25), frames=100, placed=[strap])
    frames = burn(tmp_path, SMALL, overlays_of([laid], 0, 60), 60)[:, 0].astype(int)
    covered = np.abs(frames - frames[-1, 0, 0]).sum(axis=(1, 2))
    assert laid.coming == laid.going == 10
    assert (np.diff(covered[: laid.coming + 1]) > 0).all()
    assert (covered[:10] == covered[-10:][::-1]).all()
    assert covered[0] < covered[laid.coming] / 3


def test_the_accent_colour_is_right_in_bt709(tmp_path: Path) -> None:
    strap = PlacedGraphic("name_strap", 0, 60, "Ada", "Engineer")
    (laid,) = lay_graphics(Brand(), SMALL, SAFE, find_font(), fps=Fraction(25), frames=100, placed=[strap])
    bar = next(layer.plates[0] for layer in laid.graphic.layers if layer.motion == "grow")
    frame = burn(tmp_path, SMALL, overlays_of([laid], 30, 31), 1)[0]
    x, y = laid.box.x + bar.x, laid.box.y + laid.box.height // 2
    measured = frame[:, y, x].astype(int)
    assert np.abs(measured - YELLOW).max() <= 1


@pytest.mark.parametrize("ground", ["0xffffff", "0xf2c230", "0x2040c0", "0x000000"])
def test_edges_of_letters_take_no_fringe(tmp_path: Path, ground: str) -> None:
    """Every value lies between the ground's and the letters': nothing of what is transparent beside them gets in."""
    brand = Brand(colours={"text": "#f2c230", "background": "#000000"})
    placed = [PlacedGraphic("text_card", 0, 60, lines=("Fringe 沈秋岚 g&j",))]
    (laid,) = lay_graphics(brand, SMALL, SAFE, find_font(), fps=Fraction(25), frames=100, placed=placed)
    frames = burn(tmp_path / "a", SMALL, overlays_of([laid], 0, 60), 60, ground=ground).astype(int)
    plain = burn(tmp_path / "b", SMALL, (), 1, ground=ground).astype(int)
    ink = np.array(YELLOW)[None, :, None, None]
    assert (frames >= np.minimum(plain, ink) - 1).all()
    assert (frames <= np.maximum(plain, ink) + 1).all()


@pytest.mark.parametrize("text", ["国", "AI-generated voice"])
@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (640, 360)])
@pytest.mark.parametrize("card", [False, True])
def test_the_labels_letters_are_high_enough_in_the_finished_picture(
    tmp_path: Path, text: str, size: tuple[int, int], card: bool
) -> None:
    safe = Box(x=size[0] // 40 * 2, y=size[1] // 40 * 2, width=size[0] // 20 * 18, height=size[1] // 20 * 18)
    brand = Brand(ai_label=AiLabel(text=text, seconds=2))
    placed = [PlacedGraphic("label_card", 0, 50)] if card else []
    (laid,) = lay_graphics(brand, size, safe, find_font(), fps=Fraction(25), frames=100, placed=placed)
    assert (laid.start, laid.end, laid.coming, laid.going) == (0, 50, 0, 0)
    luma = burn(tmp_path, size, overlays_of([laid], 0, 1), 1, ground="black")[0, 0]
    rows = np.nonzero((luma > 126).any(axis=1))[0]
    assert rows.max() - rows.min() + 1 >= LABEL_INK * min(size)


def test_a_veil_covers_the_whole_picture_and_the_credits_stand_on_it(tmp_path: Path) -> None:
    brand = replace_straps(BRAND)
    laid = lay_graphics(brand, SMALL, SAFE, find_font(), fps=Fraction(25), frames=100, closing_over=True)
    assert [(one.kind, one.start, one.end) for one in laid][-2:] == [("veil", 50, 100), ("closing", 50, 100)]
    frames = burn(tmp_path, SMALL, overlays_of(laid, 40, 100), 60, ground="0xc0c0c0")[:, 0].astype(int)
    corners = frames[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners[:10] == corners[0]).all()
    assert (corners[-1] < 60).all()
    assert (np.diff(corners[10:], axis=0) <= 0).all()
    assert frames[-1].max() > 180
    assert (frames[-1] == frames[30]).all()


def replace_straps(brand: Brand) -> Brand:
    return brand.model_copy(update={"name_straps": (), "ai_label": None})


def test_a_graphic_shown_for_one_frame_only(tmp_path: Path) -> None:
    strap = PlacedGraphic("name_strap", 5, 6, "Ada")
    (laid,) = lay_graphics(Brand(), SMALL, SAFE, find_font(), fps=Fraction(25), frames=20, placed=[strap])
    frames = burn(tmp_path, SMALL, overlays_of([laid], 0, 20), 20)[:, 0]
    assert np.nonzero((frames != frames[0]).any(axis=(1, 2)))[0].tolist() == [5]


def test_the_same_graphic_is_the_same_frames_in_another_process_state(tmp_path: Path) -> None:
    strap = PlacedGraphic("name_strap", 0, 60, "Ada 沈秋岚", "Engineer")
    (laid,) = lay_graphics(Brand(), SMALL, SAFE, find_font(), fps=Fraction(25), frames=100, placed=[strap])
    one = burn(tmp_path / "a", SMALL, overlays_of([laid], 0, 20), 20)
    from mediakit.render import animation

    animation._kept._entries.clear()
    unpacked = [Overlay.unpack(overlay.pack()) for overlay in overlays_of([laid], 0, 20)]
    assert (burn(tmp_path / "b", SMALL, unpacked, 20) == one).all()
    assert replace(unpacked[0]) == unpacked[0]
