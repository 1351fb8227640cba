"""Places in the shown picture and in the coded one, thumbnails, models' shapes, stills and movement."""

from __future__ import annotations

from typing import Any

import av
import numpy as np
import pytest

from mediakit.vision.motion import choose_size, find_movement
from mediakit.vision.stills import rate_still
from mediakit.vision.view import THUMB_VALUES, Picture, View


def frame(values: Any, pixels: str = "yuv420p") -> av.VideoFrame:
    """Return a frame whose luma is a picture (rows × columns, 0 to 255)."""
    grey = av.VideoFrame.from_ndarray(np.ascontiguousarray(values, dtype=np.uint8), format="gray")
    return grey.reformat(format=pixels)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize("pixels", ["yuv420p", "yuv422p10le", "rgb24"])
def test_a_bright_corner_is_where_a_viewer_sees_it(pixels: str, rotation: int, mirrored: bool) -> None:
    coded = np.full((96, 160), 40)
    coded[4:20, 6:34] = 220
    turned = rotation % 180 != 0
    view = View(160, 96, 96 if turned else 160, 160 if turned else 96, rotation, mirrored)
    picture = Picture(frame(coded, pixels), view)
    shown = view.upright(coded)
    rows, columns = np.nonzero(shown > 200)
    x, y = float(columns.mean() + 0.5) / shown.shape[1], float(rows.mean() + 0.5) / shown.shape[0]
    corner = picture.patch(np.array([[x]], dtype=np.float32), np.array([[y]], dtype=np.float32))
    assert corner[0, 0] > 180
    rgb = picture.rgb(*view.fit(96))
    assert rgb.shape[:2] == view.fit(96)[::-1]
    assert rgb[int(y * rgb.shape[0]), int(x * rgb.shape[1])].min() > 170
    assert rgb[int((1 - y) * rgb.shape[0]), int((1 - x) * rgb.shape[1])].max() < 80
    small = picture.grey(*choose_size(view.shown_width, view.shown_height))
    assert small[int(y * small.shape[0]), int(x * small.shape[1])] > 180


@pytest.mark.parametrize("pixels", ["yuv420p", "yuv420p10le", "yuv444p", "gray", "rgb24", "nv12"])
def test_thumbnails_are_alike_for_all_pixel_formats(pixels: str) -> None:
    values = np.tile(np.linspace(20, 230, 320), (180, 1))
    thumb = Picture(frame(values, pixels), View(320, 180, 320, 180)).thumb()
    usual = Picture(frame(values), View(320, 180, 320, 180)).thumb()
    assert thumb.shape == (THUMB_VALUES,)
    assert np.abs(thumb.astype(int) - usual).mean() < 20, "full and limited range differ by so much"
    assert thumb[0] < thumb[35]


def test_small_pictures_have_views_too() -> None:
    picture = Picture(frame(np.full((2, 2), 90)), View(2, 2, 2, 2))
    assert picture.thumb().shape == (THUMB_VALUES,)
    assert picture.rgb(*picture.view.fit(480, 32)).shape == (32, 32, 3)


def texture(shift: float = 0.0) -> Any:
    y, x = np.mgrid[0:72, 0:128].astype(float)
    return 120 + 50 * np.sin((x + shift) / 5 + np.sin(y / 7)) + 30 * np.sin(y / 4 + (x + shift) / 11)


def test_movement_apart_from_the_camera_is_found_where_it_is() -> None:
    y, x = np.mgrid[0:72, 0:128]
    before, now = texture(), texture(3)
    for picture, left in ((before, 80), (now, 90)):
        disc = (x - left) ** 2 + (y - 40) ** 2 < 11**2
        picture[disc] = 230 - 90 * ((x[disc] - left + y[disc]) % 7 < 3)
    across, down, amount = find_movement(now.astype(np.uint8), before.astype(np.uint8))
    assert abs(across - 86 / 128) < 0.08
    assert abs(down - 40 / 72) < 0.1
    assert 0.02 < amount < 0.25


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.5, 4.0])
def test_a_pan_alone_moves_nothing(shift: float) -> None:
    dice = np.random.default_rng(3)
    pictures = [texture(s) + dice.normal(0, 2, (72, 128)) for s in (0.0, shift)]
    _, _, amount = find_movement(*(np.clip(p, 0, 255).astype(np.uint8) for p in reversed(pictures)))
    assert amount <= 0.03


def test_a_sharp_picture_rates_above_a_soft_one() -> None:
    dice = np.random.default_rng(1)
    blocks = np.kron(dice.integers(20, 230, (34, 60)), np.ones((8, 8)))
    sharp = np.repeat(blocks[:, :, None], 3, axis=2).astype(np.uint8)
    soft = sharp.astype(float)
    for _ in range(12):
        soft = (soft + np.roll(soft, 1, 0) + np.roll(soft, 1, 1) + np.roll(soft, -1, 0) + np.roll(soft, -1, 1)) / 5
    (one, bright), (two, _), (none, dark) = (rate_still(p.astype(np.uint8)) for p in (sharp, soft, sharp * 0 + 9))
    assert one > two + 0.2 > none
    assert bright > 0.3 > dark
