"""Graphics: what is drawn lies inside the safe area, is as large as it must be, and is the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mediakit.channels.loading import get_channel
from mediakit.errors import InputError, RecipeError
from mediakit.media.spans import Box
from mediakit.render.brand import AiLabel, Brand, Bug, NameStrap, read_brand
from mediakit.render.graphics import LABEL_INK, Still, draw_graphics
from mediakit.render.layout import safe_box
from mediakit.tools.fonts import find_font

FONT = find_font()
CHANNELS = ["tv_web", "wx_channels", "douyin", "youtube_shorts", "gzh"]
BRAND = Brand(
    series="守夜人",
    bug=Bug(text="守夜人"),
    name_straps=(NameStrap(name="沈秋岚", title="云岭工务段 巡道工长", start=2, end=6),),
    ai_label=AiLabel(text="本片配音由人工智能生成"),
)


def draw(folder: Path, brand: Brand, channel_id: str, **options: object) -> tuple[tuple[Still, ...], Box, int]:
    channel = get_channel(channel_id)
    assert channel.frame
    size = (channel.frame.width, channel.frame.height)
    safe = safe_box(channel, *size)
    settings: dict[str, object] = {"duration": 30.0, **options}
    return draw_graphics(brand, size, safe, FONT, folder, **settings), safe, min(size)  # type: ignore[arg-type]


@pytest.mark.parametrize("channel_id", CHANNELS)
def test_everything_lies_inside_the_safe_area_and_apart(channel_id: str, tmp_path: Path) -> None:
    stills, safe, _ = draw(tmp_path, BRAND, channel_id, caption_top=safe_bottom(channel_id) - 200)
    assert [still.kind for still in stills] == ["ai_label", "bug", "name_strap"]
    for still in stills:
        assert safe.contains(still.box)
        with Image.open(still.path) as picture:
            assert picture.size == (still.box.width, still.box.height)
            assert picture.mode == "RGBA"
    assert stills[2].box.bottom <= safe.bottom - 200
    for one in stills:
        for other in stills:
            if one is not other:
                assert not (
                    one.box.x < other.box.right
                    and other.box.x < one.box.right
                    and one.box.y < other.box.bottom
                    and other.box.y < one.box.bottom
                )


def safe_bottom(channel_id: str) -> int:
    channel = get_channel(channel_id)
    assert channel.frame
    return safe_box(channel, channel.frame.width, channel.frame.height).bottom


@pytest.mark.parametrize("channel_id", CHANNELS)
def test_the_label_is_as_high_and_as_long_as_the_standard_asks(channel_id: str, tmp_path: Path) -> None:
    (label,), _, short = draw(tmp_path, Brand(ai_label=AiLabel(text="国", seconds=2)), channel_id)
    with Image.open(label.path) as picture:
        alpha = np.asarray(picture)
    letters = np.nonzero((alpha[..., :3] > 128).all(axis=-1).any(axis=1))[0]
    assert letters.max() - letters.min() + 1 >= LABEL_INK * short
    assert (label.start, label.end, label.fade_s) == (0.0, 2.0, 0.0)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(CHANNELS),
    st.text("亚历山大·谢尔盖Wwi -国", min_size=1, max_size=60).filter(str.strip),
    st.text("云岭市轨道交通指挥部 Wi", max_size=120),
)
def test_long_names_shrink_or_wrap_and_never_overflow(
    tmp_path_factory: pytest.TempPathFactory, channel_id: str, name: str, title: str
) -> None:
    folder = tmp_path_factory.mktemp("straps")
    brand = Brand(name_straps=(NameStrap(name=name, title=title.strip(), start=0, end=3),))
    try:
        stills, safe, _ = draw(folder, brand, channel_id)
    except InputError:
        return
    assert safe.contains(stills[0].box)
    with Image.open(stills[0].path) as picture:
        pixels = np.asarray(picture)[..., :3].astype(int)
    # No letter touches the plate's edge: the outermost rows and columns are plate (or accent bar) alone.
    for edge in (pixels[0, 20:], pixels[-1, 20:], pixels[:, -1]):
        assert (edge == pixels[0, -1]).all()


def test_straps_follow_a_recut(tmp_path: Path) -> None:
    stills, _, _ = draw(
        tmp_path, BRAND, "douyin", duration=8.0, spans=[(20.0, 23.0), (1.0, 5.0)], ai_label=False, bug=False
    )
    assert [(still.start, still.end) for still in stills] == [(4.0, 7.0)]
    stills, _, _ = draw(tmp_path, BRAND, "douyin", duration=3.0, spans=[(20.0, 23.0)], ai_label=False, bug=False)
    assert stills == ()


def test_equal_graphics_are_equal_files(tmp_path: Path) -> None:
    one, _, _ = draw(tmp_path / "a", BRAND, "douyin")
    two, _, _ = draw(tmp_path / "b", BRAND, "douyin")
    assert [still.path.name for still in one] == [still.path.name for still in two]
    assert [still.path.read_bytes() for still in one] == [still.path.read_bytes() for still in two]


def test_a_label_that_was_asked_for_and_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no ai_label"):
        draw(tmp_path, Brand(), "douyin", ai_label=True)


def test_a_brand_file_is_read_strictly(tmp_path: Path) -> None:
    path = tmp_path / "brand.yaml"
    path.write_text(
        'schema: mediakit/brand/1\nseries: 守夜人\ncolours: {accent: "#f2c230"}\nfont: fonts/own.otf\n',
        encoding="utf-8",
    )
    brand = read_brand(path)
    assert brand.colours.accent == "#f2c230"
    assert brand.font == tmp_path / "fonts" / "own.otf"
    for text, line, message in (
        ("series: a\ncolour: {}\n", 2, "not a known key"),
        ("colours:\n  accent: red\n", 2, "colours.accent"),
        ("ai_label: {text: 合成, seconds: 1}\n", 1, "ai_label.seconds"),
        ("name_straps:\n  - {name: a, start: 3, end: 2}\n", 2, "ends before"),
        ("- a\n", None, "mapping"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(RecipeError) as caught:
            read_brand(path)
        assert message in str(caught.value)
        assert line is None or caught.value.line == line
