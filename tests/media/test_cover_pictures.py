"""Covers from real frames: which one is chosen, that it is upright, its size, its title, its limit in bytes."""

from __future__ import annotations

import json
from fractions import Fraction
from math import ceil
from pathlib import Path

import numpy as np
import pytest
from media_factory import make_clip, read_counter, run
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Cover
from mediakit.errors import InputError
from mediakit.media.picture import Area, Person, PictureRecord, Shot, Sighting, Writing
from mediakit.media.spans import Box
from mediakit.render.brand import Brand
from mediakit.render.cover import grab_frame, make_cover
from mediakit.render.cover_choice import View, choose_frame, recommend
from mediakit.render.cover_layout import MARGIN, compose_cover
from mediakit.render.easel import Easel
from mediakit.steps.render_cover import open_face_finder
from mediakit.tools.fonts import find_font
from mediakit.tools.vision_models import find_vision_model

FONT = find_font()
SAMPLE = Path(__file__).parents[2] / "samples" / "zh"


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


SAMPLE = Path(__file__).parents[2] / "samples" / "zh"
FACE_AT = 71.0
"""Seconds at which the sample shows a face (samples/zh/truth.json)."""


def _looks(folder: Path) -> dict[str, Path]:
    """Return one picture with a face: as it is, blurred, dark, burnt out, and with a caption."""
    picture = grab_frame(View(SAMPLE / "clean.mp4", ()), FACE_AT, folder).resize((960, 540))
    texted = picture.copy()
    draw = ImageDraw.Draw(texted)
    draw.text((480, 480), "云岭的雨还没有停 我叫沈秋岚", font=FONT.load(44), fill="#ffffff", anchor="mm",
              stroke_width=3, stroke_fill="#000000")  # fmt: skip
    looks = {
        "good": picture,
        "blurred": picture.filter(ImageFilter.GaussianBlur(5)),
        "dark": ImageEnhance.Brightness(picture).enhance(0.15),
        "burnt": ImageEnhance.Brightness(picture).enhance(3.0),
        "texted": texted,
    }
    paths = {}
    for name, look in looks.items():
        paths[name] = folder / f"{name}.png"
        look.save(paths[name])
    return paths


def _film(folder: Path, order: list[str]) -> Path:
    """Two seconds of each look, one after the other."""
    looks = _looks(folder)
    path = folder / "film.mp4"
    inputs: list[str | Path] = []
    for name in order:
        inputs += ["-loop", "1", "-framerate", "25", "-t", "2", "-i", looks[name]]
    joined = f"concat=n={len(order)},format=yuv420p"
    run([*inputs, "-filter_complex", joined, "-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-g", "25", path])
    return path


def _seen(order: list[str]) -> PictureRecord:
    """What a look at that film would record: a face in every shot, writing where there is some."""
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    face = min(truth["faces"], key=lambda one: abs(one["frame"] / 25 - FACE_AT))
    area = Area(x=face["x"] / 1920, y=face["y"] / 1080, width=face["w"] / 1920, height=face["h"] / 1080)
    shots = []
    for k, name in enumerate(order):
        start, end = 2.0 * k, 2.0 * k + 2
        sightings = tuple(Sighting(time=start + n / 5, area=area, confidence=0.9) for n in range(10))
        caption = Writing(start=start, end=end, area=Area(x=0.2, y=0.83, width=0.6, height=0.1), kind="caption")
        writing = (caption,) if name == "texted" else ()
        shots.append(Shot(start=start, end=end, persons=(Person(id=1, sightings=sightings),), writing=writing))
    return PictureRecord(width=1920, height=1080, fps=Fraction(25), duration=2.0 * len(order), shots=tuple(shots))


ORDERS = [
    ["blurred", "dark", "good", "texted", "burnt"],
    ["texted", "blurred", "burnt", "dark", "good"],
    ["good", "texted", "blurred", "dark", "burnt"],
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order[0])
@pytest.mark.parametrize("recorded", [True, False])
def test_of_blurred_dark_burnt_and_texted_frames_the_good_one_is_chosen(
    tmp_path: Path, order: list[str], recorded: bool
) -> None:
    film, spans = _film(tmp_path, order), ((0.0, 10.0),)
    hints = recommend(_seen(order), spans) if recorded else ()
    chosen = choose_frame([View(film, spans, hints=hints)])
    assert order[int(chosen.time // 2)] == "good"
    if recorded:  # where there is nothing better, the one that can be helped is taken
        start, end = order.index("dark") * 2.0, order.index("dark") * 2.0 + 2
        assert start <= choose_frame([View(film, ((start, end),), hints=recommend(_seen(order), ((start, end),)))]).time


def test_no_frame_of_a_dissolve_is_chosen(tmp_path: Path) -> None:
    """Two pictures full of detail; the second dissolves in from 1.5 s to 4.5 s, with key frames within it."""
    path = tmp_path / "dissolve.mp4"
    chain = "[1:v]format=yuva420p,fade=t=in:st=1.5:d=3:alpha=1[b];[0:v][b]overlay=shortest=1,format=yuv420p"
    sources = ["testsrc2=s=320x180:r=25:d=6", "testsrc=s=320x180:r=25:d=6"]
    inputs = [part for source in sources for part in ("-f", "lavfi", "-i", source)]
    run([*inputs, "-filter_complex", chain, "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", path])
    chosen = choose_frame([View(path, ((0.0, 6.0),))])
    assert not 1.6 < chosen.time < 4.4


def test_the_title_leaves_the_face_of_a_real_frame_alone(tmp_path: Path) -> None:
    frame = grab_frame(View(SAMPLE / "clean.mp4", ()), FACE_AT, tmp_path)
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    face = min(truth["faces"], key=lambda one: abs(one["frame"] / 25 - FACE_AT))
    rect = (face["x"] / 1920, face["y"] / 1080, face["w"] / 1920, face["h"] / 1080)
    for size in ((1080, 1440), (1440, 1080), (1280, 720), (1400, 1400), (900, 383)):
        cover = Cover(width=size[0], height=size[1], format="png")
        title = "夜行十二公里：一位巡道工长在云岭深处走过的二十年"
        make_cover(frame, cover, tmp_path / "a.png", title=title, font=FONT, faces=[rect])
        margin = ceil(min(size) * MARGIN)
        safe = Box(x=margin, y=margin, width=size[0] - 2 * margin, height=size[1] - 2 * margin)
        made = compose_cover(frame.size, Easel(Brand(), size, safe, FONT, Fraction(25), FONT), title, [rect])
        left, top, right, bottom = made.window
        across, down = size[0] / (right - left), size[1] / (bottom - top)
        x, y = (face["x"] - left) * across, (face["y"] - top) * down
        seen = Box(x=ceil(x), y=ceil(y), width=int(face["w"] * across) - 2, height=int(face["h"] * down) - 2)
        assert Box(x=0, y=0, width=size[0], height=size[1]).contains(seen)
        with Image.open(tmp_path / "a.png") as titled:
            pixels = np.asarray(titled.convert("L")).astype(int)[seen.y : seen.bottom, seen.x : seen.right]
        shown = frame.resize(size, Image.Resampling.LANCZOS, box=made.window).convert("L")
        before = np.asarray(shown).astype(int)[seen.y : seen.bottom, seen.x : seen.right]
        assert (pixels <= before + 2).all()  # nothing is written on it; the veil may reach up to it


@pytest.mark.parametrize("rotation", [0, 90, 270])
def test_without_a_record_a_face_is_found_however_the_film_is_turned(rotation: int, tmp_path: Path) -> None:
    model = find_vision_model("faces")
    assert model is not None, "the development environment has the network"
    film = SAMPLE / "clean.mp4"
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    if rotation:
        turned = tmp_path / "turned.mp4"
        transpose = {90: "transpose=cclock", 270: "transpose=clock"}[rotation]
        coded = tmp_path / "coded.mp4"
        run(
            [
                "-ss",
                "10",
                "-t",
                "8",
                "-i",
                film,
                "-vf",
                transpose,
                "-c:v",
                "libx264",
                "-preset",
                "ultrafast",
                "-an",
                coded,
            ]
        )
        run(["-display_rotation", str(-rotation), "-i", coded, "-c", "copy", turned])
        film = turned
    span = (0.0, 8.0) if rotation else (0.0, truth["frames"] / 25)
    chosen = choose_frame([View(film, (span,))], open_face_finder(model.path))
    assert len(chosen.hint.faces) == 1
    x, y, width, height = chosen.hint.faces[0]
    frame = round(chosen.time * 25) + (250 if rotation else 0)
    known = min(truth["faces"], key=lambda face: abs(face["frame"] - frame))
    assert abs(known["frame"] - frame) <= 5
    size = grab_frame(View(film, ()), chosen.time, tmp_path).size
    assert size[0] > size[1]
    centre = (x + width / 2) * 1920, (y + height / 2) * 1080
    assert abs(centre[0] - known["x"] - known["w"] / 2) < 60
    assert abs(centre[1] - known["y"] - known["h"] / 2) < 60
    alone = choose_frame([View(film, (span,))])
    assert not alone.hint.faces
