"""Shorts, textless twins, graphics, covers, labels, and the channels that are no single picture file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_factory import make_clip, read_counters
from PIL import Image
from render_bench import Bench, file_ref, read_rendition, tiny_channel

from mediakit.errors import InputError, UsageError
from mediakit.media.playlist import read_playlist
from mediakit.media.shorts import Short, ShortsList, ShortSpan, write_shorts
from mediakit.render.metadata import read_aigc
from mediakit.steps.inputs import Artifact
from mediakit.steps.render_settings import RenderSettings

BRAND = """
schema: mediakit/brand/1
series: Series
bug: {text: BUG, position: top-right}
name_straps:
  - {name: Ada, title: Engineer, start: 3, end: 6}
ai_label: {text: AI label, seconds: 2, producer: Studio}
"""


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


def shorts_artifact(bench: Bench, folder: Path, *shorts: Short) -> Artifact:
    folder.mkdir(exist_ok=True)
    write_shorts(ShortsList(shorts=shorts), folder / "shorts.yaml")
    return bench.artifact("shorts", folder)


def short(name: str, *spans: tuple[float, float], **more: Any) -> Short:
    return Short(id=name, spans=tuple(ShortSpan(start=a, end=b) for a, b in spans), **more)


def test_shorts_hold_their_spans_and_share_pieces_with_the_master(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=16.0, gop=25, codec="h264b")
    asset = bench.ingest(clip.path)
    options: dict[str, Any] = {"channels": ["one"], "channel_definitions": {"one": tiny_channel()}}
    bench.render(asset, **options)
    shorts = shorts_artifact(
        bench, tmp_path / "s", short("s1", (1.0, 9.0)), short("s2", (12.0, 13.0), (2.0, 3.0), title="Two")
    )
    out = bench.render(asset, {"shorts": shorts}, of="shorts", **options)
    first, record = read_rendition(out, "one", "a-s1")
    assert read_counters(first) == list(range(25, 225))
    assert record.short == "s1"
    second, record = read_rendition(out, "one", "a-s2")
    assert read_counters(second) == [*range(300, 325), *range(50, 75)]
    assert record.title == "Two"
    assert len([name for name in bench.encoded if name.startswith("piece")]) <= 5


def test_a_short_goes_only_to_its_channels(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=6.0)
    shorts = shorts_artifact(bench, tmp_path / "s", short("s1", (1.0, 3.0), channels=("two",)))
    channels = {"one": tiny_channel(), "two": tiny_channel()}
    out = bench.render(
        bench.ingest(clip.path), {"shorts": shorts}, of="shorts", channels=["one", "two"], channel_definitions=channels
    )
    assert [path.parent.parent.name for path in out.rglob("rendition.json")] == ["two"]


def test_graphics_are_drawn_on_the_twin_where_the_picture_is_re_framed(bench: Bench, tmp_path: Path) -> None:
    size = (320, 180)
    master = make_clip(tmp_path / "a.mp4", duration=8.0, size=size, background="solid", color="0x802020", gop=25)
    clean = make_clip(tmp_path / "c.mp4", duration=8.0, size=size, background="solid", color="0x208020", gop=20)
    (tmp_path / "brand.yaml").write_text(BRAND)
    channels = {
        "wide": tiny_channel(frame={"width": 320, "height": 180, "fps": 25}),
        "tall": tiny_channel(frame={"width": 270, "height": 480, "fps": 25}, fit="blur"),
    }
    options: dict[str, Any] = {"channels": ["wide", "tall"], "channel_definitions": channels, "language": "en"}
    files = {"clean": file_ref(clean.path), "brand": file_ref(tmp_path / "brand.yaml")}
    out = bench.render(bench.ingest(master.path), files, clean=clean.path, brand=tmp_path / "brand.yaml", **options)
    wide, record = read_rendition(out, "wide", "a")
    assert record.text_boxes == ()
    assert any("kept whole" in note for note in record.notes)
    tall, tall_record = read_rendition(out, "tall", "a")
    assert [box.text for box in tall_record.text_boxes] == ["AI label", "BUG", "Ada Engineer"]
    assert tall_record.ai_label
    assert read_aigc(tall) == read_aigc(wide)
    assert (read_aigc(tall) or {})["ContentProducer"] == "Studio"
    assert _middle(wide)[0] > _middle(wide)[1]
    assert _middle(tall)[1] > _middle(tall)[0]
    plain = bench.render(bench.ingest(master.path), {"clean": files["clean"]}, clean=clean.path, **options)
    _check_graphics(tall, read_rendition(plain, "tall", "a")[0], tall_record)


def _middle(path: Path) -> Any:
    with av.open(str(path)) as container:
        image = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return image[image.shape[0] // 2, image.shape[1] // 2].astype(int)


def _check_graphics(drawn: Path, plain: Path, record: Any) -> None:
    """Check that graphics show exactly at their times, inside their boxes and nowhere else."""
    with av.open(str(drawn)) as one, av.open(str(plain)) as two:
        for number, (a, b) in enumerate(zip(one.decode(video=0), two.decode(video=0), strict=True)):
            changed = np.abs(a.to_ndarray(format="gray").astype(int) - b.to_ndarray(format="gray")) > 25
            for text in record.text_boxes:
                box = text.box
                inside = changed[box.y : box.bottom, box.x : box.right]
                shown = text.start <= number / 25 < text.end
                moving = text.text.startswith("Ada") and min(number / 25 - text.start, text.end - number / 25) < 0.2
                if not moving or not shown:
                    assert inside.any() == shown, (number, text.text)
                inside[:] = False
            assert not changed.any(), number


def test_credits_lie_over_the_end_of_pictures_made_from_the_twin(bench: Bench, tmp_path: Path) -> None:
    size = (320, 180)
    master = make_clip(tmp_path / "a.mp4", duration=6.0, size=size, background="solid", color="0x802020", gop=25)
    clean = make_clip(tmp_path / "c.mp4", duration=6.0, size=size, background="solid", color="0xa0a0a0", gop=20)
    brand = tmp_path / "brand.yaml"
    brand.write_text(BRAND + "title: Night\ncredits: ['Voice: Bo']\nclosing: {over: last, seconds: 2}\n")
    channels = {
        "wide": tiny_channel(frame={"width": 320, "height": 180, "fps": 25}),
        "tall": tiny_channel(frame={"width": 270, "height": 480, "fps": 25}, fit="crop"),
    }
    files = {"clean": file_ref(clean.path), "brand": file_ref(brand)}
    options: dict[str, Any] = {"clean": clean.path, "brand": brand, "channel_definitions": channels, "language": "en"}
    asset = bench.ingest(master.path)
    out = bench.render(asset, files, channels=["wide", "tall"], **options)
    tall, record = read_rendition(out, "tall", "a")
    assert [(box.text, box.start, box.end) for box in record.text_boxes][-1] == ("Night Voice Bo", 4.0, 6.0)
    assert [(box.start, box.end) for box in record.text_boxes if box.text == "BUG"] == [(0.0, 4.0)]
    assert read_rendition(out, "wide", "a")[1].text_boxes == ()
    with av.open(str(tall)) as container:
        corners = [frame.to_ndarray(format="gray")[-1, -1] for frame in container.decode(video=0)]
    assert len(corners) == 150
    assert min(corners[:100]) > 140
    assert max(corners[115:]) < 70
    assert corners[100] < corners[99] - 3

    shorts = shorts_artifact(bench, tmp_path / "s", short("s1", (3.0, 6.0)))
    out = bench.render(asset, {**files, "shorts": shorts}, of="shorts", channels=["tall"], **options)
    (path,) = (path.parent for path in out.rglob("rendition.json"))
    texts = [box.text for box in read_rendition(path.parent.parent, path.parent.name, path.name)[1].text_boxes]
    assert texts == ["AI label", "Ada Engineer", "BUG"]


def test_a_twin_of_another_length_is_refused(bench: Bench, tmp_path: Path) -> None:
    master = make_clip(tmp_path / "a.mp4", duration=2.0)
    clean = make_clip(tmp_path / "c.mp4", duration=1.0)
    with pytest.raises(InputError, match="no frame-for-frame twin"):
        bench.render(
            bench.ingest(master.path),
            {"clean": file_ref(clean.path)},
            clean=clean.path,
            channels=["one"],
            channel_definitions={"one": tiny_channel()},
        )


def test_covers_have_their_size_and_the_label_survives(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3.0, size=(320, 180), metadata=None)
    channel = tiny_channel(cover={"width": 300, "height": 400}, covers=[{"width": 400, "height": 300}])
    out = bench.render(
        bench.ingest(clip.path),
        channels=["one"],
        channel_definitions={"one": channel},
        ai_label=True,
        title="A title",
        language="en",
    )
    main, record = read_rendition(out, "one", "a")
    sizes = {}
    for file in record.files:
        if file.role == "cover":
            with Image.open(main.parent / file.path) as picture:
                sizes[file.path] = picture.size
    assert sizes == {"cover-3x4.jpg": (300, 400), "cover-4x3.jpg": (400, 300)}
    again = bench.render(bench.ingest(main), channels=["two"], channel_definitions={"two": tiny_channel()})
    assert read_aigc(read_rendition(again, "two", "a")[0]) == read_aigc(main)
    assert read_aigc(main) is not None


def test_an_adaptive_stream_has_its_key_frames_in_step(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=9.0, size=(320, 180), gop=30)
    channel = tiny_channel(
        container="hls",
        segment_seconds=3,
        rungs=[
            {"name": "high", "width": 320, "height": 180, "max_rate": "2M"},
            {"name": "low", "width": 160, "height": 90, "max_rate": "500k"},
        ],
        subtitles={"profile": "netflix_en", "mode": "sidecar", "formats": ["vtt"]},
    )
    (tmp_path / "a.srt").write_text("1\n00:00:01,000 --> 00:00:02,000\nOne\n")
    out = bench.render(
        bench.ingest(clip.path),
        {"subtitles": file_ref(tmp_path / "a.srt")},
        channels=["one"],
        channel_definitions={"one": channel},
        subtitles=tmp_path / "a.srt",
        language="en",
    )
    main, record = read_rendition(out, "one", "a")
    master = read_playlist(main)
    streams = [variant for variant in master.variants if variant.kind == "VIDEO"]
    assert len(streams) == 2
    lists = [read_playlist(master.locate(variant.uri)) for variant in streams]
    assert [s.seconds for s in lists[0].segments] == [s.seconds for s in lists[1].segments]
    assert sum(s.seconds for s in lists[0].segments) == pytest.approx(9.0)
    assert any(file.role == "subtitle" for file in record.files)
    assert record.text_boxes == ()


def test_sound_only_channels_need_no_picture(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.wav", duration=4.0, codec=None)
    out = bench.render(bench.ingest(clip.path), channels=["radio", "podcast"], ai_label=True)
    for channel, suffix in (("radio", ".wav"), ("podcast", ".mp3")):
        main, record = read_rendition(out, channel, "a")
        assert main.suffix == suffix
        assert record.duration == pytest.approx(4.0)
        assert record.frames is None
        assert record.loudness is not None
        assert read_aigc(main) is not None


def test_titles_beyond_a_limit_are_refused_before_work(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=1.0)
    asset = bench.ingest(clip.path)
    channels = {"one": tiny_channel(limits={"title": "2-6"})}
    with pytest.raises(UsageError, match="at most 6"):
        bench.render(asset, channels=["one"], channel_definitions=channels, title="Far too long")
    settings = RenderSettings.model_validate(
        {"channels": ["one"], "channel_definitions": channels, "title": "Far too long", "titles": {"one": "Short"}}
    )
    from mediakit.steps.render import Render

    Render().validate(settings, {})


def test_clips_of_one_and_two_frames_are_joined(bench: Bench, tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=4.0, gop=25, codec="h264b")
    cut = shorts_artifact(bench, tmp_path / "s", short("s1", (1.0, 1.04), (3.0, 3.08), (0.0, 0.04)))
    out = bench.render(
        bench.ingest(clip.path),
        {"shorts": cut},
        of="shorts",
        channels=["one"],
        channel_definitions={"one": tiny_channel()},
    )
    main, record = read_rendition(out, "one", "a-s1")
    assert read_counters(main) == [25, 75, 76, 0]
    assert record.frames == 4
