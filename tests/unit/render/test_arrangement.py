"""Layouts: texts keep to the safe area, apart from each other and from the picture, in every channel and shape."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.channels.loading import load_profiles
from mediakit.media.cues import Cue, CueSheet
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.render.arrangement import NARROWEST, Arrangement, Layout, Needs, arrange
from mediakit.render.brand import AiLabel, Brand, Bug, HeadlineStyle, NameStrap
from mediakit.render.caption_style import CaptionStyle
from mediakit.render.captions import layout_captions
from mediakit.render.easel import LaidGraphic
from mediakit.render.graphics import lay_graphics
from mediakit.render.layout import safe_box
from mediakit.render.spec import spec_of_channel
from mediakit.steps.render_graphics import GraphicsMaker
from mediakit.steps.render_layout import FrameLayout
from mediakit.steps.render_material import Material
from mediakit.steps.render_text import CueMaker
from mediakit.tools.fonts import find_font

FONT = find_font()
PROFILES = load_profiles()
FPS = Fraction(25)
VERTICAL = [
    name
    for name in PROFILES.channels
    if (channel := PROFILES.channel(name)).frame is not None and channel.frame.height > channel.frame.width
]
FRAMES = [(1080, 1920), (1080, 1440), (1080, 1080), (720, 1280)]
ASPECTS = [Fraction(16, 9), Fraction(4, 3), Fraction(1), Fraction(3, 4), Fraction(9, 16), Fraction(64, 27)]
LAYOUTS: list[Layout] = ["stack", "blur", "pad", "crop", "track", "split"]
TITLES = st.text("夜行十二公里巡道工长的二十年，：“”《》国龘1200万吨Wigq A-é", min_size=1, max_size=44).filter(
    lambda text: bool(text.strip()) and max(map(text.count, "“”《》")) < 3
)
CUES = st.lists(
    st.text("国语我们走在这条铁路上二十年Wgj Å1", min_size=1, max_size=13).filter(str.strip), min_size=1, max_size=2
)


def test_the_vertical_channels_are_known() -> None:
    assert {"douyin", "wx_channels", "kuaishou", "xiaohongshu", "youtube_shorts"} <= set(VERTICAL)


def overlap(one: Box, other: Box) -> bool:
    return one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom


def build(
    channel_id: str, layout: Layout, size: tuple[int, int], aspect: Fraction, brand: Brand, title: str, lines: list[str]
) -> tuple[Arrangement, CaptionStyle, list[TextBox], tuple[LaidGraphic, ...], Box]:
    """Lay out a picture as a render does."""
    channel = PROFILES.channel(channel_id)
    if size[0] * 16 != size[1] * 9:  # the margins are those of an upright picture
        channel = channel.model_copy(update={"safe_area": None})
    material = Material({}, {}, None, "", CueMaker(PROFILES, "zh"), GraphicsMaker(brand), None, PROFILES)
    spec = replace(spec_of_channel(channel), width=size[0], height=size[1], fit=layout)
    sheet = CueSheet(language="zh", cues=(Cue(start=0, end=9, lines=tuple(lines)),))
    made = FrameLayout(material, channel, spec, sheet, (aspect,), title)
    assert made.captions is not None
    boxes = list(made.captions.boxes)
    safe = safe_box(channel, *size)
    laid = lay_graphics(
        brand, size, safe, FONT, fps=FPS, frames=250, captions=boxes, arrangement=made.arrangement, headline=title,
        spare=FONT,
    )  # fmt: skip
    return made.arrangement, made.captions.style, boxes, laid, safe


BRAND = Brand(
    title="夜行",
    bug=Bug(text="守夜人"),
    name_straps=(NameStrap(name="沈秋岚", title="云岭工务段 巡道工长", start=1, end=6),),
    ai_label=AiLabel(text="本片配音由人工智能生成"),
)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(VERTICAL),
    st.sampled_from(LAYOUTS),
    st.sampled_from(FRAMES),
    st.sampled_from(ASPECTS),
    TITLES,
    CUES,
    st.booleans(),
)
def test_texts_keep_to_the_safe_area_and_apart(
    channel_id: str, layout: Layout, size: tuple[int, int], aspect: Fraction, title: str, lines: list[str], plate: bool
) -> None:
    brand = BRAND.model_copy(update={"headline": HeadlineStyle(box="#7a1020" if plate else None)})
    made, _, boxes, laid, safe = build(channel_id, layout, size, aspect, brand, title, lines)
    shown = [(0, 225, box.box) for box in boxes] + [(one.start, one.end, one.box) for one in laid]
    assert all(safe.contains(box) for _, _, box in shown)
    for one, other in combinations(shown, 2):
        assert one[1] <= other[0] or other[1] <= one[0] or not overlap(one[2], other[2])
    assert [one.kind for one in laid].count("headline") == (layout == "stack")
    frame = Box(x=0, y=0, width=size[0], height=size[1])
    assert all(frame.contains(picture) for picture in made.pictures)
    if layout == "stack" and not made.filled:
        assert all(not overlap(box.box, made.picture) for box in boxes)
        headline = next(one for one in laid if one.kind == "headline")
        assert headline.box.bottom <= made.picture.y
        assert abs(Fraction(made.picture.width, made.picture.height) / aspect - 1) < 0.02
        assert made.picture.width >= size[0] * NARROWEST


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(VERTICAL), st.sampled_from(ASPECTS), TITLES)
def test_a_headline_is_whole_and_no_line_is_a_scrap(channel_id: str, aspect: Fraction, title: str) -> None:
    _, _, _, laid, _ = build(channel_id, "stack", (1080, 1920), aspect, BRAND, title, ["一二三"])
    headline = next(one for one in laid if one.kind == "headline")
    rows = [line.text for layer in headline.graphic.layers for line in layer.lines]
    assert "".join(rows).replace(" ", "") == title.replace(" ", "")
    assert len(rows) <= 3
    assert len(rows) == 1 or min(len(row.strip()) for row in rows) >= 2
    assert not any(row[0] in "，：”》" for row in rows[1:])
    assert not any(row[-1] in "“《" for row in rows[:-1])
    assert all(line.size >= 0.025 * 1080 * 0.62 for layer in headline.graphic.layers for line in layer.lines)


@pytest.mark.parametrize(
    "channel_id",
    [
        "wx_channels",
        "douyin",
        "xiaohongshu",
        "kuaishou",
        "youtube_shorts",
        "tiktok",
        "instagram_reels",
        "facebook_reels",
    ],
)
@pytest.mark.parametrize("layout", ["blur", "pad"])
def test_captions_of_a_centred_picture_hang_below_it_where_the_safe_area_lets_them(
    channel_id: str, layout: Layout
) -> None:
    made, _, boxes, laid, safe = build(
        channel_id, layout, (1080, 1920), Fraction(16, 9), BRAND, "夜行", ["国语" * 5, "国语"]
    )
    assert made.picture.bottom < boxes[0].box.y
    assert made.picture.y >= safe.y
    assert boxes[0].box.bottom <= safe.bottom
    strap = next(one for one in laid if one.kind == "name_strap")
    assert not overlap(strap.box, boxes[0].box)


def test_a_picture_stands_higher_only_as_far_as_captions_need_it() -> None:
    frame, needs = (1080, 1920), Needs(captions=160)
    wide, narrow = Box(x=60, y=120, width=960, height=1600), Box(x=65, y=288, width=823, height=960)
    middle = arrange("blur", frame, wide, needs=needs)
    assert middle.picture.y == (1920 - middle.picture.height) // 4 * 2
    raised = arrange("blur", frame, narrow, needs=needs)
    assert 160 <= narrow.bottom - raised.picture.bottom < 200
    assert raised.captions.y > raised.picture.bottom
    assert arrange("blur", frame, narrow).picture == middle.picture, "nothing is burned in"
    tall = arrange("blur", frame, narrow, needs=needs, aspects=[Fraction(3, 4)])
    assert tall.picture.y == (1920 - tall.picture.height) // 4 * 2, "it has no room to go to"
    letterboxed = arrange("pad", (1920, 1080), Box(x=96, y=54, width=1728, height=972), needs=needs,
                          aspects=[Fraction(64, 27)])  # fmt: skip
    assert letterboxed.picture.y == (1080 - letterboxed.picture.height) // 4 * 2, "bars of a wide frame stay even"


def test_two_cues_at_once_below_the_picture_do_not_cover_each_other() -> None:
    made, style, _, _, safe = build("kuaishou", "stack", (1080, 1920), Fraction(16, 9), BRAND, "夜行", ["国"])
    cues = (
        Cue(start=0, end=4, lines=("第一位说话的人", "又一行")),
        Cue(start=1, end=3, lines=("第二位说话的人", "又一行")),
    )
    first, second = (placed.box for placed in layout_captions(cues, style).cues)
    assert made.captions.contains(first)
    assert not overlap(first, second)
    assert safe.contains(second)


def test_a_line_below_the_picture_stays_where_it_is_whatever_its_letters() -> None:
    _, style, _, _, _ = build("wx_channels", "stack", (1080, 1920), Fraction(16, 9), BRAND, "夜行", ["国"])
    cues = [Cue(start=k, end=k + 1, lines=lines) for k, lines in enumerate([("一",), ("国语",), ("一一", "国")])]
    assert len({placed.lines[0].baseline for placed in layout_captions(cues, style).cues}) == 1


def test_a_stack_takes_all_the_width_unless_its_texts_need_the_height() -> None:
    safe = Box(x=60, y=240, width=840, height=1200)
    needs = Needs(headline=200, headline_least=130, captions=160, row=60)
    wide = arrange("stack", (1080, 1920), safe, aspects=[Fraction(16, 9)], needs=needs)
    assert wide.picture.width == 1080
    assert wide.row is not None
    square = arrange("stack", (1080, 1920), safe, aspects=[Fraction(1)], needs=needs)
    assert square.picture.width < 1080
    assert square.row is None
    tall = arrange("stack", (1080, 1920), safe, aspects=[Fraction(9, 16)], needs=needs)
    assert tall.filled
    assert tall.picture == Box(x=0, y=0, width=1080, height=1920)
    mixed = arrange("stack", (1080, 1920), safe, aspects=[Fraction(16, 9), Fraction(1)], needs=needs)
    assert mixed.picture == square.picture
