"""`fit: stack`, headlines, covers by hand and karaoke through the render step; cards with something behind them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_factory import make_clip, read_counter, read_counters, read_luma
from PIL import Image
from render_bench import Bench, file_ref, read_rendition, tiny_channel
from test_broadcast_mxf import broadcast
from test_edit_render import make_edit
from test_render_shorts import short, shorts_artifact

from mediakit.errors import InputError

TALL = {"width": 270, "height": 480, "fps": 25}
BRAND = """
schema: mediakit/brand/1
title: The Episode
bug: {text: BUG, position: top-right}
stack: {background: colour, colour: "#204060"}
"""
CUES = "1\n00:00:00,000 --> 00:00:02,000\nOne line\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


@pytest.fixture
def brand(tmp_path: Path) -> Path:
    path = tmp_path / "brand.yaml"
    path.write_text(BRAND, encoding="utf-8")
    return path


def stack_options(tmp_path: Path, brand: Path, **channel: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    subtitles = tmp_path / "cues.srt"
    subtitles.write_text(CUES, encoding="utf-8")
    made = tiny_channel(frame=TALL, subtitles={"profile": "vertical_en"}, **channel)
    options = {"channels": ["tall"], "channel_definitions": {"tall": made}, "brand": brand, "language": "en"}
    return {"brand": file_ref(brand), "subtitles": file_ref(subtitles)}, {**options, "subtitles": subtitles}


def test_a_stack_of_a_short_has_its_title_above_and_captions_below(bench: Bench, tmp_path: Path, brand: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, size=(320, 180))
    files, options = stack_options(tmp_path, brand, fit="stack")
    shorts = shorts_artifact(bench, tmp_path / "s", short("s1", (0.0, 2.0), title="Short title"))
    asset = bench.ingest(clip.path)
    out = bench.render(asset, {**files, "shorts": shorts}, of="shorts", **options)
    path, record = read_rendition(out, "tall", "a-s1")
    assert record.planned_bars
    boxes = {box.text: box.box for box in record.text_boxes}
    assert set(boxes) == {"Short title", "One line", "BUG"}
    frame = read_luma(path)[20]
    ground = int(frame[2, 2])
    inside = np.abs(frame[:, 135].astype(int) - ground) > 8
    rows = np.nonzero(inside[boxes["Short title"].bottom + 2 : boxes["One line"].y - 1])[0]
    assert len(rows) > 140  # 270 wide, 16:9
    assert boxes["Short title"].bottom < boxes["One line"].y < boxes["BUG"].y
    # Another title above the same picture takes its room, and only what changed is encoded.
    whole = bench.render(asset, files, **options)
    _, record = read_rendition(whole, "tall", "a")
    assert "The Episode" in {box.text for box in record.text_boxes}


def test_fit_by_hand_wins_over_the_channels(bench: Bench, tmp_path: Path, brand: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, size=(320, 180))
    files, options = stack_options(tmp_path, brand, fit="crop")
    asset = bench.ingest(clip.path)
    _, plain = read_rendition(bench.render(asset, files, **options), "tall", "a")
    _, stacked = read_rendition(bench.render(asset, files, **options, fit="stack"), "tall", "a")
    assert not plain.planned_bars
    assert stacked.planned_bars
    assert plain.pieces[0].key != stacked.pieces[0].key


def test_the_same_stack_for_two_channels_is_one_picture(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, size=(320, 180))
    brand = tmp_path / "brand.yaml"
    brand.write_text(BRAND.replace("stack: {", "stack: {corners: 0.05, "), encoding="utf-8")
    channels = {
        "one": tiny_channel(frame=TALL, fit="stack"),
        "two": tiny_channel(frame=TALL, fit="stack"),
        "wide": tiny_channel(frame={"width": 480, "height": 480, "fps": 25}, fit="stack"),
    }
    options: dict[str, Any] = {"channels": list(channels), "channel_definitions": channels, "brand": brand}
    out = bench.render(bench.ingest(clip.path), {"brand": file_ref(brand)}, **options)
    keys = {name: read_rendition(out, name, "a")[1].pieces[0].key for name in channels}
    assert keys["one"] == keys["two"] != keys["wide"]
    assert len([name for name in bench.encoded if name.startswith("piece")]) == 4  # two pieces, each in two shapes


def test_the_content_of_a_background_picture_counts_and_not_its_place(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=2.0, size=(320, 180))
    keys = []
    for name, colour in (("a", "red"), ("b", "red"), ("c", "blue")):
        Image.new("RGB", (60, 40), colour).save(tmp_path / f"{name}.png")
        brand = tmp_path / f"{name}.yaml"
        style = f"stack: {{background: picture, picture: {name}.png}}"
        brand.write_text(f"schema: mediakit/brand/1\n{style}\n", encoding="utf-8")
        channels = {"tall": tiny_channel(frame=TALL, fit="stack")}
        options: dict[str, Any] = {"channels": ["tall"], "channel_definitions": channels, "brand": brand}
        out = bench.render(bench.ingest(clip.path), {"brand": file_ref(brand)}, **options)
        keys.append(read_rendition(out, "tall", "a")[1].pieces[0].key)
    assert keys[0] == keys[1] != keys[2]
    (tmp_path / "c.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match="no picture that can be used"):
        bench.render(bench.ingest(clip.path), {"brand": file_ref(brand)}, **options)


def _cover_counter(out: Path, stem: str) -> int | None:
    with Image.open(next((out / "one" / stem).glob("cover-*.png"))) as cover:
        return read_counter(np.asarray(cover.convert("L")))


def test_a_cover_is_the_frame_that_was_asked_for(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=6.0, codec="h264b", gop=50)
    asset = bench.ingest(clip.path)
    channel = tiny_channel(cover={"width": 160, "height": 90, "format": "png"})
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": channel}}
    assert _cover_counter(bench.render(asset, cover=1.48, **options), "a") == 37
    shorts = shorts_artifact(bench, tmp_path / "s", short("s1", (1.0, 3.0), cover=4.12), short("s2", (1.0, 3.0)))
    out = bench.render(asset, {"shorts": shorts}, of="shorts", **options)
    assert _cover_counter(out, "a-s1") == 103  # also outside its spans: an editor knows why
    assert _cover_counter(out, "a-s2") in range(25, 75)
    with pytest.raises(InputError, match="cover at 7 s lies beyond the source"):
        bench.render(asset, cover=7.0, **options)


def test_a_cover_of_an_edit_is_found_in_the_clip_that_shows_then(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=6.0, codec="h264b", gop=50)
    picture = [{"card": "opening", "length": "1s"}, {"clip": "a", "in": "2s", "length": "2s"}]
    edit = make_edit(bench, {"a": clip.path}, fps=25, picture=picture)
    channel = tiny_channel(cover={"width": 160, "height": 90, "format": "png"})
    brand = tmp_path / "brand.yaml"
    brand.write_text(BRAND, encoding="utf-8")
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": channel}, "brand": brand}
    out = bench.render_edit(edit, {"brand": file_ref(brand)}, cover=1.4, **options)
    with Image.open(next((out / "one" / "edit").glob("cover-*.png"))) as cover:
        assert read_counter(np.asarray(cover.convert("L"))) == 60
    with pytest.raises(InputError, match="shows no clip then"):
        bench.render_edit(edit, {"brand": file_ref(brand)}, cover=0.5, **options)


@pytest.mark.parametrize("behind", ["frame", "picture"])
def test_a_card_shows_what_is_behind_it_through_its_colour(bench: Bench, tmp_path: Path, behind: str) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=4.0, size=(320, 180), background="solid", color="0xc0c0c0")
    Image.new("RGB", (320, 180), "#c0c0c0").save(tmp_path / "grey.jpg", quality=95)
    said = "frame" if behind == "frame" else "{picture: grey.jpg, veil: 0.6}"
    brand = tmp_path / "brand.yaml"
    brand.write_text(
        f"schema: mediakit/brand/1\ntitle: T\ncolours: {{background: '#000000'}}\nopening: {{behind: {said}}}\n"
        "credits: [Voice]\n",
        encoding="utf-8",
    )
    picture = [
        {"card": "opening", "length": "1s"},
        {"clip": "a", "in": "1s", "length": "1s"},
        {"card": "closing", "length": "2s", "dissolve": "10f"},
    ]
    edit = make_edit(bench, {"a": clip.path}, fps=25, picture=picture)
    channel = tiny_channel(frame={"width": 320, "height": 180, "fps": 25})
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": channel}, "brand": brand}
    path, record = read_rendition(bench.render_edit(edit, {"brand": file_ref(brand)}, **options), "one", "edit")
    assert record.frames == 100
    frame = read_luma(path)[12]
    wanted = 0xC0 * 0.4
    assert frame[170, 10] == pytest.approx(wanted, abs=4)
    assert frame[170, 310] == pytest.approx(wanted, abs=4)
    assert read_luma(path)[90][170, 10] == pytest.approx(0, abs=2)  # the closing card has nothing behind it
    assert read_counters(path)[30:40] == list(range(30, 40))


def test_a_broadcast_picture_carries_subtitles_and_graphics(bench: Bench, tmp_path: Path, brand: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=9.0, size=(320, 180), gop=25, background="solid", color="0x202020")
    subtitles = tmp_path / "cues.srt"
    subtitles.write_text(CUES, encoding="utf-8")
    channel = broadcast(subtitles={"profile": "netflix_en"})
    options: dict[str, Any] = {"channels": ["mxf"], "channel_definitions": {"mxf": channel}, "language": "en"}
    files = {"brand": file_ref(brand), "subtitles": file_ref(subtitles)}
    out = bench.render(bench.ingest(clip.path), files, brand=brand, subtitles=subtitles, **options)
    path, record = read_rendition(out, "mxf", "a")
    assert record.frames == 225
    for text, number in (("One line", 20), ("BUG", 200)):
        box = next(box.box for box in record.text_boxes if box.text == text)
        assert read_luma(path)[number][box.y : box.bottom, box.x : box.right].max() > 130
