"""Graphics: what is laid out lies inside the safe area, is whole, readable, in time, and apart from the rest."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mediakit.channels.loading import get_channel
from mediakit.errors import InputError, RecipeError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.media.timeline import Card, TimedOverlay
from mediakit.render.animation import draw_frames
from mediakit.render.brand import AiLabel, Brand, Bug, NameStrap, Record, read_brand, resolve_straps
from mediakit.render.credits import read_credit
from mediakit.render.easel import LEAST_SIZE, LaidGraphic
from mediakit.render.graphics import LABEL_INK, PlacedGraphic, lay_graphics
from mediakit.render.layout import measure_ink, safe_box
from mediakit.tools.fonts import find_font

FONT = find_font()
FPS = Fraction(25)
CHANNELS = ["tv_web", "wx_channels", "douyin", "youtube_shorts", "gzh"]
SIZES = [(1920, 1080), (1080, 1920), (1080, 1440), (640, 360)]
NAMES = st.text("亚历山大·谢尔盖国龘，（）Wwijgq Åé-.1", min_size=1, max_size=60).filter(
    lambda text: bool(text.strip())
)
BRAND = Brand(
    series="守夜人",
    title="夜行十二公里",
    bug=Bug(text="守夜人"),
    name_straps=(NameStrap(name="沈秋岚", title="云岭工务段 巡道工长", start=2, end=6),),
    ai_label=AiLabel(text="本片配音由人工智能生成"),
)


def margins(size: tuple[int, int]) -> Box:
    """Return 5 % at each side."""
    width, height = size
    x, y = width // 40 * 2, height // 40 * 2
    return Box(x=x, y=y, width=width - 2 * x, height=height - 2 * y)


def lay(brand: Brand, size: tuple[int, int], **options: Any) -> tuple[LaidGraphic, ...]:
    return lay_graphics(brand, size, options.pop("safe", margins(size)), FONT, **{"fps": FPS, "frames": 750, **options})


def lay_for(brand: Brand, channel_id: str, **options: Any) -> tuple[tuple[LaidGraphic, ...], Box, int]:
    channel = get_channel(channel_id)
    assert channel.frame
    size = (channel.frame.width, channel.frame.height)
    safe = safe_box(channel, *size)
    return lay(brand, size, safe=safe, **options), safe, min(size)


def overlap(one: LaidGraphic, other: LaidGraphic) -> bool:
    a, b = one.box, other.box
    return (
        (one.start < other.end and other.start < one.end)
        and (a.x < b.right and b.x < a.right)
        and (a.y < b.bottom and b.y < a.bottom)
    )


def check_whole(laid: LaidGraphic, safe: Box, short: int, font: Any = FONT) -> None:
    """Check that every line is readable, has all its ink on the canvas, and is drawn there."""
    assert laid.graphic.width % 2 == laid.graphic.height % 2 == laid.box.x % 2 == laid.box.y % 2 == 0
    assert safe.contains(laid.box)
    assert (laid.box.width, laid.box.height) == (laid.graphic.width, laid.graphic.height)
    lines = [line for layer in laid.graphic.layers for line in layer.lines]
    for line in lines:
        assert line.size >= short * LEAST_SIZE - 0.01
        ink = measure_ink(font, line.text)
        assert line.x + ink.left * line.size >= -0.51
        assert line.x + ink.right * line.size <= laid.graphic.width + 0.51
        assert line.y + ink.top * line.size >= -0.51
        assert line.y + ink.bottom * line.size <= laid.graphic.height + 0.51
    for one, other in pairwise(lines):
        if other.y > one.y:  # a line below another one does not run into it
            assert other.y + measure_ink(font, other.text).top * other.size >= (
                one.y + measure_ink(font, one.text).bottom * one.size - 1
            )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SIZES), NAMES, st.one_of(st.just(""), NAMES), st.booleans())
def test_long_names_shrink_or_wrap_and_never_overflow(
    size: tuple[int, int], name: str, title: str, right: bool
) -> None:
    style = {"position": "bottom-right" if right else "bottom-left"}
    brand = Brand(name_straps=(NameStrap(name=name, title=title, start=0, end=3),), name_strap=style)
    (laid,) = lay(brand, size)
    check_whole(laid, margins(size), min(size))
    said = "".join(line.text for layer in laid.graphic.layers for line in layer.lines)
    assert said.replace(" ", "") == (name + title).replace(" ", "")


@settings(max_examples=12, deadline=None)
@given(st.sampled_from(SIZES), NAMES)
def test_no_letter_is_cut_by_its_canvas(size: tuple[int, int], name: str) -> None:
    """The outermost pixels of a strap are plate and bar alone: no ink touches them."""
    (laid,) = lay(Brand(name_straps=(NameStrap(name=name, start=0, end=3),)), size)
    pixels = next(draw_frames(laid.graphic, "hold"))
    bar = laid.graphic.layers[1].plates[0].width
    for edge in (pixels[0, bar:], pixels[-1, bar:], pixels[:, -1], pixels[:, bar]):
        assert (edge == pixels[0, -1]).all()


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SIZES), st.lists(NAMES, min_size=1, max_size=30), NAMES)
@example((1080, 1440), ["1"] * 30, "Wg·亚亚亚亚亚亚亚亚亚亚q")
def test_credits_fit_or_say_how_long_they_must_be(size: tuple[int, int], names: list[str], role: str) -> None:
    brand = Brand(title="夜行", credits=tuple(f"{role[:20]}：{name}" for name in names))
    try:
        pages = lay(brand, size, placed=[PlacedGraphic("closing", 0, 100)])
    except InputError as exc:
        seconds = float(str(exc.hint).split("at least ")[1].split(" s")[0])
        pages = lay(brand, size, placed=[PlacedGraphic("closing", 0, int(seconds * 25))], frames=2000)
    for page in pages:
        check_whole(page, margins(size), min(size))
        assert page.end - page.start >= 50
    assert pages[0].start == 0
    assert [one.end for one in pages[:-1]] == [one.start for one in pages[1:]]


@pytest.mark.parametrize("channel_id", CHANNELS)
def test_everything_lies_inside_the_safe_area_and_apart(channel_id: str) -> None:
    channel = get_channel(channel_id)
    assert channel.frame
    bottom = safe_box(channel, channel.frame.width, channel.frame.height).bottom
    captions = [TextBox(start=3, end=4, box=Box(x=100, y=bottom - 200, width=300, height=200), text="字幕")]
    placed = [
        PlacedGraphic("source_credit", 60, 120, "资料来源：云岭市档案馆"),
        PlacedGraphic("chapter", 70, 140, "第一章", "夜行"),
        PlacedGraphic("record", 80, 130, "（总）网微剧备字（2026）第001号"),
        PlacedGraphic("name_strap", 100, 160, "周师傅", "站长"),
    ]
    laid, safe, short = lay_for(BRAND, channel_id, captions=captions, placed=placed)
    assert [one.kind for one in laid] == [
        *("ai_label", "bug", "name_strap", "name_strap", "chapter", "record", "source_credit")
    ]
    for one in laid:
        check_whole(one, safe, short)
        if one.start < 100 and one.end > 75 and one.box.y > safe.y + safe.height / 2:
            assert one.box.bottom <= safe.bottom - 200
    assert not any(overlap(one, other) for one, other in combinations(laid, 2))


def test_a_strap_goes_up_only_for_captions_of_its_own_time() -> None:
    caption = Box(x=400, y=900, width=900, height=100)
    during = [TextBox(start=3, end=4, box=caption, text="字幕")]
    later = [TextBox(start=10, end=12, box=caption, text="字幕")]
    at = {name: lay(BRAND, SIZES[0], captions=boxes)[-1].box for name, boxes in (("in", during), ("out", later))}
    assert at["in"].bottom <= 900 < at["out"].bottom


def test_the_bug_comes_when_the_label_has_left_its_corner_and_makes_way_for_cards() -> None:
    brand = BRAND.model_copy(update={"bug": Bug(text="守夜人", position="top-left"), "name_straps": ()})
    card = PlacedGraphic("chapter_card", 200, 300, lines=("第一章", "夜行"))
    laid = lay(brand, SIZES[0], placed=[card])
    assert [(one.kind, one.start, one.end) for one in laid] == [
        ("ai_label", 0, 75),
        ("bug", 75, 200),
        ("bug", 300, 750),
        ("chapter", 200, 300),
    ]
    assert laid[1].box == laid[2].box
    assert laid[1].box.y == margins(SIZES[0]).y


def test_straps_follow_a_recut() -> None:
    def times(frames: int, spans: Sequence[tuple[float, float]]) -> list[tuple[int, int]]:
        plain = BRAND.model_copy(update={"bug": None})
        made = lay(plain, SIZES[1], frames=frames, spans=spans, ai_label=False)
        return [(one.start, one.end) for one in made]

    assert times(200, [(20.0, 23.0), (1.0, 5.0)]) == [(100, 175)]
    assert times(75, [(20.0, 23.0)]) == []


def test_straps_at_first_words() -> None:
    brand = Brand(name_straps=(NameStrap(name="沈秋岚", start="first_words", speaker="S1"),))
    with pytest.raises(InputError, match="no transcript says"):
        lay(brand, SIZES[0])
    with pytest.raises(InputError, match="S1, who is not heard") as caught:
        resolve_straps(brand, {"S2": 1.0})
    assert "S2" in str(caught.value.hint)
    (laid,) = lay(resolve_straps(brand, {"S1": 2.0}), SIZES[0])
    assert (laid.start, laid.end) == (50, 163)


def test_cards_and_overlays_of_a_timeline() -> None:
    card = PlacedGraphic.of_card(Card(card="chapter", frames=100, lines=("第一章", "夜行")), 50)
    assert (card.kind, card.start, card.end, card.is_card) == ("chapter_card", 50, 150, True)
    overlay = PlacedGraphic.of_overlay(TimedOverlay(overlay="chapter", text="第一章", at=200, frames=60))
    assert (overlay.kind, overlay.end, overlay.is_card) == ("chapter", 260, False)
    opening = PlacedGraphic("opening", 0, 50)
    laid = lay(Brand(title="夜行", series="守夜人", subtitle="微纪录片"), SIZES[0], placed=[card, overlay, opening])
    assert [one.text for one in laid] == ["第一章", "第一章 夜行", "守夜人 夜行 微纪录片"]
    for one in laid:
        check_whole(one, margins(SIZES[0]), 1080)
    with pytest.raises(InputError, match="lie outside"):
        lay(Brand(), SIZES[0], frames=100, placed=[card])


def test_a_card_that_a_slice_cut_stands_from_its_first_frame_and_does_not_go() -> None:
    whole = Card(card="chapter", frames=100, lines=("第一章", "夜行"))
    cut = whole.model_copy(update={"frames": 60, "head": 25, "tail": 15})
    (laid,) = lay(Brand(), SIZES[0], placed=[PlacedGraphic.of_card(whole, 200)])
    assert laid.coming > 0
    assert laid.going > 0
    (laid,) = lay(Brand(), SIZES[0], placed=[PlacedGraphic.of_card(cut, 200)])
    assert (laid.start, laid.end, laid.coming, laid.going) == (200, 260, 0, 0)


def test_what_a_closing_card_says() -> None:
    assert (read_credit("导演：张三").role, read_credit("导演：张三").name) == ("导演", "张三")
    assert (read_credit("Voice: Ada").role, read_credit("Voice: Ada").name) == ("Voice", "Ada")
    assert read_credit("https://example.org").role == ""
    assert read_credit("人物、单位、地名与事件均为虚构").role == ""
    brand = Brand(title="夜行", credits=("夜行", "导演：张三"), record=Record(text="备字第001号"))
    (laid,) = lay(brand, SIZES[1], placed=[PlacedGraphic("closing", 650, 750)])
    assert laid.text == "夜行 导演 张三 备字第001号"
    assert (laid.coming > 0, laid.going) == (True, 0)
    with pytest.raises(InputError, match="no credits"):
        lay(Brand(), SIZES[1], placed=[PlacedGraphic("closing", 0, 100)])


@pytest.mark.parametrize("size", SIZES)
def test_credits_of_a_kind_are_of_one_size(size: tuple[int, int]) -> None:
    names = ("导演：张三", "声音与画面后期：阿卜杜热合曼·买买提艾力、欧阳明月、司马青云、张三丰")
    statements = ("鸣谢县融媒体中心", "人物、单位、地名与事件均为虚构，画面由软件绘成", "声音为合成语音")
    (laid,) = lay(Brand(title="夜行", credits=(*names, *statements)), size, placed=[PlacedGraphic("closing", 0, 200)])
    lines = [line for layer in laid.graphic.layers for line in layer.lines]
    for texts in (("导演", "声音与画面后期"), ("张三", names[1].split("：")[1]), statements):
        sizes = {line.size for line in lines if any(line.text in text for text in texts)}
        assert len(sizes) == 1, texts


def test_credits_on_several_pages_stand_long_enough() -> None:
    brand = Brand(title="夜行", credits=tuple(f"职务{number}：姓名{number}" for number in range(60)))
    with pytest.raises(InputError, match="pages") as caught:
        lay(brand, SIZES[0], placed=[PlacedGraphic("closing", 0, 75)])
    assert "at least" in str(caught.value.hint)
    pages = lay(brand, SIZES[0], placed=[PlacedGraphic("closing", 0, 300)])
    assert len(pages) > 1
    said = " ".join(page.text for page in pages)
    assert all(f"姓名{number}" in said for number in range(60))


def test_missing_letters_are_named_or_set_in_the_packaged_font(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no 🎬 ա") as caught:
        lay(Brand(bug=Bug(text="守夜🎬ա")), SIZES[0])
    assert "bug" in str(caught.value)
    own = _font_without_han()
    notes: list[str] = []
    options: dict[str, Any] = {"fps": FPS, "frames": 100, "spare": FONT, "notes": notes}
    (laid,) = lay_graphics(Brand(bug=Bug(text="守夜 A")), SIZES[0], margins(SIZES[0]), own, **options)
    assert dict(laid.graphic.fonts) == {FONT.digest: str(FONT.path)}
    assert len(notes) == 1
    assert "守 夜" in notes[0]


def _font_without_han() -> Any:
    class Latin(type(FONT)):  # type: ignore[misc]
        def missing(self, text: str) -> tuple[str, ...]:
            return tuple(char for char in text if ord(char) > 0x2E80)

    latin = Latin(**{name: getattr(FONT, name) for name in FONT.__dataclass_fields__})
    return replace(latin, digest="0" * 64, family="Latin")


@pytest.mark.parametrize("channel_id", CHANNELS)
@pytest.mark.parametrize("text", ["国", "H"])
def test_the_label_is_as_high_and_as_long_as_the_standard_asks(channel_id: str, text: str) -> None:
    (laid,), safe, short = lay_for(Brand(ai_label=AiLabel(text=text, seconds=2)), channel_id)
    alpha = next(draw_frames(laid.graphic, "hold"))
    letters = np.nonzero((alpha[..., :3] > 128).all(axis=-1).any(axis=1))[0]
    assert letters.max() - letters.min() + 1 >= LABEL_INK * short
    assert (laid.start, laid.end, laid.coming, laid.going) == (0, 50, 0, 0)
    check_whole(laid, safe, short)


def test_a_label_card_stands_two_seconds() -> None:
    with pytest.raises(InputError, match=r"1\.96 s"):
        lay(BRAND, SIZES[0], placed=[PlacedGraphic("label_card", 0, 49)])
    laid = lay(BRAND, SIZES[0], placed=[PlacedGraphic("label_card", 0, 50)])
    assert [(one.kind, one.coming) for one in laid if one.kind == "ai_label"] == [("ai_label", 0)]


def test_a_label_that_was_asked_for_and_is_not_there() -> None:
    with pytest.raises(InputError, match="no ai_label"):
        lay(Brand(), SIZES[0], ai_label=True)


def test_equal_graphics_have_equal_digests_and_frames() -> None:
    one, two = lay(BRAND, SIZES[1]), lay(BRAND, SIZES[1])
    assert [laid.graphic.digest for laid in one] == [laid.graphic.digest for laid in two]
    assert len({laid.graphic.digest for laid in one}) == 3
    for a, b in zip(draw_frames(one[-1].graphic, "in", 4), draw_frames(two[-1].graphic, "in", 4), strict=True):
        assert (a == b).all()
    moved = lay(BRAND, SIZES[1], spans=[(1.0, 31.0)])
    assert moved[-1].graphic.digest == one[-1].graphic.digest
    assert moved[-1].overlay.within(20, 120) == one[-1].overlay.within(45, 145)


def test_moviepy_starts_no_program_and_reads_no_settings(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("MEDIAKIT_FROM_ENV_FILE=1\n")
    code = (
        "import os, subprocess, sys\n"
        "def refuse(*a, **k): raise AssertionError('a program was started')\n"
        "subprocess.Popen = refuse\n"
        "from mediakit.render.animation import load_moviepy\n"
        "load_moviepy()\n"
        "assert 'MEDIAKIT_FROM_ENV_FILE' not in os.environ\n"
        "print('fine')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "fine\n", done.stderr


def test_a_brand_file_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        'schema: mediakit/brand/1\nseries: 守夜人\ncolours: {accent: "#f2c230"}\nfont: fonts/own.otf\n'
        "record: 备字第001号\nclosing: {over: last, seconds: 4}\n",
        encoding="utf-8",
    )
    brand = read_brand(path)
    assert brand.colours.accent == "#f2c230"
    assert brand.font == tmp_path / "fonts" / "own.otf"
    assert brand.record == Record(text="备字第001号")
    assert brand.card_background("closing") == brand.colours.background
    for text, line, message in (
        ("series: a\ncolour: {}\n", 2, "unknown key 'colour'"),
        ("colours:\n  accent: red\n", 2, "colours.accent"),
        ("ai_label: {text: 合成, seconds: 1}\n", 1, "ai_label.seconds"),
        ("name_straps:\n  - {name: a, start: 3, end: 2}\n", 2, "ends before"),
        ("name_straps:\n  - {name: a, start: first_words, end: 2}\n", 2, "has no end"),
        ("closing: {over: first}\n", 1, "closing.over"),
        ("record: {text: a, star: 2}\n", 1, "unknown key 'star'"),
        ("- a\n", None, "mapping"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RecipeError) as caught:
            read_brand(path)
        assert message in str(caught.value)
        assert line is None or caught.value.line == line


@pytest.mark.parametrize("right", [False, True])
def test_a_straps_letters_never_show_beside_its_plate(right: bool) -> None:
    """Wherever an animation shows letters, the plate is already under them."""
    style = {"position": "bottom-right" if right else "bottom-left"}
    strap = NameStrap(name="Wolfeschlegelsteinhausenberger", title="云岭工务段", start=0, end=3)
    (laid,) = lay(Brand(name_straps=(strap,), name_strap=style), SIZES[0])
    bare = laid.graphic.layers[:2]
    plates = draw_frames(replace(laid.graphic, layers=bare), "in", laid.coming)
    for frame, plate in zip(draw_frames(laid.graphic, "in", laid.coming), plates, strict=True):
        beside = plate[..., 3] == 0
        assert (frame[..., 3][beside] <= 8).all()
