"""Covers from real frames: which one is chosen, that it is upright, its size, its title, its limit in bytes."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media_factory import make_clip, read_counter, run
from PIL import Image

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Cover
from mediakit.errors import InputError
from mediakit.media.spans import Box
from mediakit.render.brand import Brand
from mediakit.render.cover import grab_frame, make_cover
from mediakit.render.cover_choice import View, choose_frame
from mediakit.tools.fonts import find_font

FONT = find_font()


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Black for 4 s, a flat colour for 4 s, a picture full of detail from 8 to 10 s, black again to 14 s."""
    path = tmp_path_factory.mktemp("story") / "story.mp4"
    looks = {"color=black": 4, "color=0x808080": 4, "testsrc2": 2, "color=c=black": 4}
    inputs: list[str] = []
    for look, seconds in looks.items():
        inputs += ["-f", "lavfi", "-i", f"{look}{':' if '=' in look else '='}s=320x180:r=25:d={seconds}"]
    run([*inputs, "-filter_complex", "concat=n=4", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", path])
    return path


def test_the_chosen_frame_is_neither_black_nor_flat(story: Path) -> None:
    assert 8 <= choose_frame([View(story, ((0, 14),))]).time < 10
    assert choose_frame([View(story, ((4.0, 8.0),))]).time < 8
    assert choose_frame([View(story, ((0, 4), (7, 14)))]).time >= 8
    views = [View(story, ((0, 6),)), View(story, ((7, 11),))]
    assert choose_frame(views).view is views[1]


def test_the_frame_of_a_turned_and_stretched_clip_is_as_people_see_it(tmp_path: Path) -> None:
    turned = make_clip(tmp_path / "turned.mov", rotation=90, size=(160, 90))
    assert grab_frame(View(turned.path, ()), 1.0, tmp_path).size == (90, 160)
    wide = make_clip(tmp_path / "wide.mp4", size=(144, 90), sample_aspect=Fraction(16, 11))
    assert grab_frame(View(wide.path, ()), 1.0, tmp_path).size == (209, 90)


def test_the_frame_at_a_time_is_that_frame(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", duration=4, codec="h264b", gop=50)
    for number in (0, 1, 37, 99):
        frame = grab_frame(View(clip.path, ()), number / 25, tmp_path)
        assert read_counter(np.asarray(frame.convert("L"))) == number


@pytest.mark.parametrize("channel_id", ["wx_channels", "bilibili", "gzh", "podcast", "youtube"])
def test_a_cover_has_its_size_and_keeps_its_title_inside(story: Path, tmp_path: Path, channel_id: str) -> None:
    frame = grab_frame(View(story, ()), 9.0, tmp_path)
    for number, cover in enumerate(load_profiles().channel(channel_id).all_covers):
        out = tmp_path / f"{number}.jpg"
        for title in (
            "守夜人",
            "夜行十二公里：一位巡道工长在云岭深处走过的二十年与她的三十万根枕木",
            "The keeper of the night line",
        ):
            box = make_cover(frame, cover, out, title=title, brand=Brand(), font=FONT)
            plain = tmp_path / "plain.jpg"
            make_cover(frame, cover, plain)
            with Image.open(out) as made, Image.open(plain) as clean:
                assert made.size == (cover.width, cover.height)
                seen = np.asarray(made.convert("L")).astype(int)
                before = np.asarray(clean.convert("L")).astype(int)
            assert box is not None
            assert Box(x=0, y=0, width=cover.width, height=cover.height).contains(box)
            # Letters are lighter than the veiled picture: nothing light outside the box that was not there before.
            brighter = (seen > before + 60) & (seen > 200)
            outside = brighter.copy()
            outside[max(box.y - 4, 0) : box.bottom + 4, max(box.x - 4, 0) : box.right + 4] = False
            assert brighter.sum() > 50
            assert outside.sum() == 0
            assert cover.size is None or out.stat().st_size <= cover.size


def test_a_cover_is_made_small_enough_or_refused(story: Path, tmp_path: Path) -> None:
    frame = grab_frame(View(story, ()), 9.0, tmp_path).resize((1920, 1080))
    large, small = tmp_path / "large.jpg", tmp_path / "small.jpg"
    make_cover(frame, Cover(width=1920, height=1080), large)
    limit = large.stat().st_size // 2
    make_cover(frame, Cover(width=1920, height=1080, size=limit), small)
    assert small.stat().st_size <= limit
    with pytest.raises(InputError, match="more than the 900 that are allowed"):
        make_cover(frame, Cover(width=1920, height=1080, size=900), tmp_path / "none.jpg")
    assert not (tmp_path / "none.jpg").exists()


def test_equal_covers_are_equal_bytes(story: Path, tmp_path: Path) -> None:
    made = []
    for name in ("a.jpg", "b.jpg"):
        frame = grab_frame(View(story, ()), 9.0, tmp_path)
        make_cover(frame, Cover(width=600, height=800), tmp_path / name, title="守夜人", brand=Brand(), font=FONT)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


def test_sound_without_a_picture_has_no_cover(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "sound.wav", codec=None)
    with pytest.raises(InputError, match="no picture"):
        choose_frame([View(clip.path, ((0, 1),))])
