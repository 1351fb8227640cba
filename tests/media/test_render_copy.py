"""Renditions whose picture is copied: every frame read back, what may be copied and what not, and the same bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from media_factory import CODECS, Clip, make_clip, read_counters
from render_bench import Bench, file_ref, read_rendition, tiny_channel
from test_cut_copy import assert_every_key_frame_is_a_start
from test_edit_render import make_edit
from test_render_shorts import short, shorts_artifact

from mediakit.media.rendition import Rendition
from mediakit.render import smart_copy
from mediakit.render.copy_demands import Demands
from mediakit.render.copy_plan import CopyPlan
from mediakit.render.copy_source import CopySource
from mediakit.steps.inputs import Artifact, Inputs
from mediakit.steps.jobs import Context, Event
from mediakit.steps.render import Render
from mediakit.steps.render_settings import RenderSettings
from mediakit.tools.nal import UnreadableStream

SPANS = ((1.4, 5.2), (6.6, 11.0))
WANTED = [*range(35, 130), *range(165, 275)]
SRT = "1\n00:00:02,000 --> 00:00:04,000\nWORDS\n"
BRAND = "schema: mediakit/brand/1\nseries: Series\nbug: {text: BUG, position: top-right}\n"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "work")


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """Twelve seconds with B-frames in closed groups of two seconds."""
    return make_clip(tmp_path_factory.mktemp("master") / "a.mp4", duration=12.0, codec="h264b", gop=50)


def channel(codec: str = "h264", *, video: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return a channel of the clips' size that takes 2 Mb/s and groups of two seconds."""
    asked = {"codec": codec, "preset": "ultrafast", "crf": 20, "max_rate": "2M", "gop_seconds": 2}
    return tiny_channel(video={**asked, **(video or {})}, **changes)


def render_short(
    bench: Bench, asset: Artifact, *spans: tuple[float, float], files: dict[str, Any] | None = None, **settings: Any
) -> tuple[Path, Rendition]:
    """Render one short for the channel ``one`` with the channels' own encoder settings."""
    shorts = shorts_artifact(bench, bench.folder / f"shorts{bench.runs}", short("s1", *(spans or SPANS)))
    options: dict[str, Any] = {"channels": ["one"], "preset": None, "channel_definitions": {"one": channel()}}
    out = bench.render(asset, {"shorts": shorts, **(files or {})}, of="shorts", **{**options, **settings})
    return read_rendition(out, "one", f"{asset.origin['media'].path.stem}-s1")


def copied_frames(record: Rendition) -> int:
    """Return how many frames the record says were copied; 0 where it says that none were."""
    for note in record.notes:
        if "frames are copied" in note:
            return int(note.split()[0])
    assert any("encoded, not copied" in note for note in record.notes)
    return 0


def why_encoded(record: Rendition) -> str:
    (note,) = [note for note in record.notes if note.startswith("the picture is encoded, not copied: ")]
    return note.partition(": ")[2]


def pieces_made(bench: Bench) -> list[str]:
    return [name.split(" ")[0] for name in bench.encoded if not name.startswith(("sound", "cover"))]


def read_pixels(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray() for frame in container.decode(video=0)]


SOURCES = {
    "h264": ("a.mp4", "h264", False),
    "h264b": ("a.mov", "h264", False),
    "h264open": ("a.mp4", "h264", True),
    "hevc": ("a.mp4", "hevc", False),
    "hevcb": ("a.mkv", "hevc", False),
    "hevcopen": ("a.mp4", "hevc", True),
}


@pytest.mark.parametrize("source", SOURCES)
def test_every_frame_is_right_and_only_the_edges_are_encoded(
    bench: Bench, tmp_path: Path, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    b_frames = ["-x265-params", "log-level=error:scenecut=0:open-gop=0:bframes=3:b-adapt=0"]
    monkeypatch.setitem(CODECS, "hevcb", [*CODECS["hevc"][:-2], *b_frames])
    name, codec, opened = SOURCES[source]
    clip = make_clip(tmp_path / name, duration=12.0, codec=source, gop=50)
    asset = bench.ingest(clip.path)
    one = channel(codec, video={"open_gop": opened})
    made, record = render_short(bench, asset, channel_definitions={"one": one})
    assert read_counters(made) == WANTED
    assert_every_key_frame_is_a_start(made, WANTED)
    assert record.frames == len(WANTED)
    # Of both spans at most a group before the first key frame, and the few frames after the last whole mini-group.
    assert copied_frames(record) >= len(WANTED) - 15 - 35 - 6
    assert pieces_made(bench) == ["copied"]
    source_pixels, pixels = read_pixels(clip.path), read_pixels(made)
    same = sum((pixels[at] == source_pixels[number]).all() for at, number in enumerate(WANTED))
    assert same >= copied_frames(record)
    with av.open(str(made)) as container:
        picture, sound = container.streams.video[0], container.streams.audio[0]
        assert picture.codec_context.name == codec
        lengths = [float((one.duration or 0) * (one.time_base or 0)) for one in (picture, sound)]
    assert abs(lengths[0] - lengths[1]) <= 1 / 25
    assert record.pieces[0].first == 0
    assert sum(piece.frames for piece in record.pieces) == len(WANTED)


@pytest.mark.parametrize("name", ["a.ts", "late.mp4", "edited.mp4"])
def test_copied_and_encoded_show_the_same_frames(bench: Bench, tmp_path: Path, name: str) -> None:
    """Sound that starts first, edit lists and odd start times move both alike; the whole master too."""
    odd: dict[str, Any] = {"late.mp4": {"video_start": 0.48}, "edited.mp4": {"edit_list_s": 0.2}}.get(name, {})
    asset = bench.ingest(make_clip(tmp_path / name, duration=8.0, codec="h264b", gop=50, **odd).path)
    options: dict[str, Any] = {"channels": ["one"], "preset": None, "channel_definitions": {"one": channel()}}
    stem = name.partition(".")[0]
    copied, record = read_rendition(bench.render(asset, **options), "one", stem)
    assert copied_frames(record) >= 150
    encoded, plain = read_rendition(bench.render(asset, **options, copy="never"), "one", stem)
    assert why_encoded(plain) == "copying is turned off"
    assert read_counters(copied) == read_counters(encoded)
    assert record.duration == plain.duration


def encoded_because(bench: Bench, clip: Clip, expected: str, wanted: list[int] = WANTED, **settings: Any) -> Path:
    """Render a short that is encoded for one reason; return its file."""
    made, record = render_short(bench, bench.ingest(clip.path), **settings)
    assert expected in why_encoded(record)
    assert copied_frames(record) == 0
    if wanted:
        assert read_counters(made) == wanted
    assert "copied" not in pieces_made(bench)
    return made


OTHER_WISHES: dict[str, tuple[dict[str, Any], str]] = {
    "size": ({"frame": {"width": 320, "height": 180, "fps": 25}}, "160×90, 320×180 is asked for"),
    "codec": ({"video": {"codec": "hevc"}}, "the source is h264, hevc is asked for"),
    "rate limit": ({"video": {"max_rate": "60k"}}, "the source's bit rate breaks the limit of 0.06 Mb/s"),
    "buffer": ({"video": {"buffer": "12k"}}, "(buffer 0.012 Mb)"),
    "no rate limit": ({"video": {"max_rate": None}}, "states no highest bit rate"),
    "a bit rate": ({"video": {"bit_rate": "2M"}}, "asks for a bit rate"),
    "short groups": ({"video": {"gop_seconds": 1}}, "50 frames from key frame to key frame, 25"),
    "no B-frames": ({"video": {"b_frames": 0}}, "the source has B-frames"),
    "lower profile": ({"video": {"profile": "main"}}, "the source has profile High, main is asked for"),
    "other pixels": ({"video": {"codec": "h264", "pixel_format": "yuv422p"}}, "yuv420p, yuv422p is asked for"),
    "small files": ({"limits": {"size": "100kB"}}, "MB, the outlet takes 0.1 MB"),
    "slow lines": ({"limits": {"total_rate": "200k"}}, "Mb/s, the outlet takes 0.2 Mb/s"),
}


@pytest.mark.parametrize("wish", OTHER_WISHES)
def test_a_channel_that_asks_for_something_else_gets_an_encoded_picture(bench: Bench, master: Clip, wish: str) -> None:
    changes, expected = OTHER_WISHES[wish]
    one = channel(**changes)
    encoded_because(bench, master, expected, [] if wish == "rate limit" else WANTED, channel_definitions={"one": one})


def test_another_frame_rate_is_encoded(bench: Bench, master: Clip) -> None:
    one = channel(frame={"width": 160, "height": 90, "fps": 50})
    expected = "has 25 frames a second, 50 are asked for"
    encoded_because(bench, master, expected, [n for n in WANTED for _ in range(2)], channel_definitions={"one": one})


OTHER_SOURCES: dict[str, tuple[dict[str, Any], str]] = {
    "open groups": ({"codec": "h264open"}, "groups of pictures are open"),
    "full range": ({"color_range": "full"}, "the source is yuvj420p, yuv420p is asked for"),
    "untagged": ({"name": "a.ts", "extra": ("-bsf:v", "h264_metadata=colour_primaries=2")}, "not tagged BT.709"),
    "long groups": ({"gop": 100}, "frames from key frame to key frame"),
    "one group": ({"gop": 300}, "no whole group of pictures lies inside"),
    "pixel shape": ({"sample_aspect": "4/3"}, "160×90 is asked for"),
    "fields": ({"interlace": "tff", "size": (160, 96)}, "is asked for"),
}


@pytest.mark.parametrize("kind", OTHER_SOURCES)
def test_a_source_that_is_not_as_asked_is_encoded(bench: Bench, tmp_path: Path, kind: str) -> None:
    changes, expected = OTHER_SOURCES[kind]
    options: dict[str, Any] = {"name": "a.mp4", "duration": 12.0, "codec": "h264b", "gop": 50, **changes}
    clip = make_clip(tmp_path / options.pop("name"), **options)
    plain = kind in ("open groups", "full range", "long groups", "one group")
    encoded_because(bench, clip, expected, WANTED if plain else [])


@pytest.mark.parametrize("knob", [{"crf": 30}, {"preset": "superfast"}, {"encoder": "libx264"}])
def test_settings_by_hand_are_encoded(bench: Bench, master: Clip, knob: dict[str, Any]) -> None:
    encoded_because(bench, master, "encoder settings are given by hand", **knob)


def test_what_is_drawn_on_is_encoded(bench: Bench, tmp_path: Path) -> None:
    size = (320, 180)
    clip = make_clip(tmp_path / "a.mp4", duration=12.0, size=size, codec="h264b", gop=50)
    (tmp_path / "a.srt").write_text(SRT)
    (tmp_path / "brand.yaml").write_text(BRAND)
    frame = {"width": 320, "height": 180, "fps": 25}
    burned = channel(frame=frame, subtitles={"profile": "netflix_en", "mode": "burn"})
    texts = {"files": {"subtitles": file_ref(tmp_path / "a.srt")}, "subtitles": tmp_path / "a.srt", "language": "en"}
    encoded_because(bench, clip, "subtitles are burned in", [], channel_definitions={"one": burned}, **texts)
    beside = {"one": channel(frame=frame, subtitles={"profile": "netflix_en", "mode": "sidecar"})}
    made, record = render_short(bench, bench.ingest(clip.path), channel_definitions=beside, **texts)
    assert copied_frames(record) > 150
    assert made.with_name(f"{made.stem}.en.srt").read_text().count("WORDS") == 1
    # Without words in its spans a short has nothing burned in, whatever the channel says.
    asset = bench.ingest(clip.path)
    made, record = render_short(bench, asset, (6.6, 11.0), channel_definitions={"one": burned}, **texts)
    assert copied_frames(record) > 70
    branded = {"files": {"brand": file_ref(tmp_path / "brand.yaml")}, "brand": tmp_path / "brand.yaml"}
    plain = {"one": channel(frame=frame)}
    encoded_because(bench, clip, "graphics are drawn over it", [], channel_definitions=plain, **branded)


def test_a_copy_that_fails_its_proof_is_encoded_and_says_so(
    bench: Bench, master: Clip, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = bench.ingest(master.path)
    _, plain = render_short(bench, asset, copy="never")
    monkeypatch.setattr(smart_copy, "check_copy", _refuse)
    warned: list[str] = []
    monkeypatch.setattr("render_bench._ignore", lambda event: _keep_warning(event, warned))
    made, record = render_short(bench, asset)
    assert read_counters(made) == WANTED
    assert why_encoded(record) == "a joint is damaged"
    assert any("encoded, not copied: a joint is damaged" in text for text in warned)
    assert record.frames == plain.frames
    assert sum(piece.frames for piece in record.pieces) == len(WANTED)


def _refuse(source: CopySource, plan: CopyPlan, made: Path, *rest: Any, demands: Demands | None = None) -> None:
    assert demands is not None
    raise UnreadableStream("a joint is damaged")


def _keep_warning(event: Event, warned: list[str]) -> None:
    if event.kind == "warning":
        warned.append(event.message)


def test_edges_that_would_break_the_rate_are_found(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source keeps to the rate by itself; encoded without a limit, its edges would not."""
    noisy = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "40", "-x264-params", "scenecut=0:bframes=0"]
    monkeypatch.setitem(CODECS, "poor", noisy)
    clip = make_clip(tmp_path / "a.mp4", duration=12.0, codec="poor", gop=50, background="noise")
    tight = {"one": channel(video={"max_rate": "60k", "buffer": "60k"})}
    asset = bench.ingest(clip.path)
    made, record = render_short(bench, asset, channel_definitions=tight)
    assert copied_frames(record) > 150
    monkeypatch.setattr("mediakit.render.copy_edges.rate_params", lambda *limits: {})
    bench.kept.clear()
    made, record = render_short(bench, asset, channel_definitions=tight)
    assert "with its edges it breaks the limit of 0.06 Mb/s (buffer 0.06 Mb)" in why_encoded(record)
    assert made.is_file()


def test_a_copy_is_kept_and_depends_on_its_own_packets_only(bench: Bench, tmp_path: Path) -> None:
    """An equal stretch of another export is in the cache already; a frame more is not."""
    first = make_clip(tmp_path / "a.mp4", duration=12.0, codec="h264b", gop=50)
    longer = tmp_path / "again" / "a.mp4"
    longer.parent.mkdir()
    make_clip(longer, duration=16.0, codec="h264b", gop=50, timecode="10:00:00:00")
    _, record = render_short(bench, bench.ingest(first.path))
    assert pieces_made(bench) == ["copied"]
    again, second = render_short(bench, bench.ingest(longer))
    assert pieces_made(bench) == []
    assert read_counters(again) == WANTED
    assert record.pieces == second.pieces
    render_short(bench, bench.ingest(longer), (1.4, 5.2), (6.6, 11.04))
    assert pieces_made(bench) == ["copied"]


def test_a_copied_result_has_the_same_bytes_wherever_it_comes_from(bench: Bench, tmp_path: Path) -> None:
    clips = [tmp_path / name / "a.mp4" for name in ("one", "two")]
    for path, seconds in zip(clips, (12.0, 16.0), strict=True):
        path.parent.mkdir()
        make_clip(path, duration=seconds, codec="h264b", gop=50)
    results = []
    for path in clips:
        bench.kept.clear()
        render_short(bench, bench.ingest(path))
        (folder,) = [folder for folder in bench.kept.values() if (folder / "copied.json").is_file()]
        results.append({file.name: file.read_bytes() for file in folder.iterdir()})
    assert results[0] == results[1]


def test_the_plan_says_what_is_copied_and_why_not(bench: Bench, tmp_path: Path) -> None:
    asset = bench.ingest(make_clip(tmp_path / "a.mp4", duration=12.0, codec="h264b", gop=50).path)
    shorts = shorts_artifact(bench, tmp_path / "s", short("s1", *SPANS), short("s2", (2.0, 8.0)))
    large = channel(frame={"width": 320, "height": 180, "fps": 25})
    sound = {key: value for key, value in channel().items() if key not in ("frame", "video")} | {"container": "m4a"}
    settings = RenderSettings.model_validate(
        {
            "of": "shorts",
            "channels": ["one", "large", "radio"],
            "channel_definitions": {"one": channel(), "large": large, "radio": sound},
        }
    )
    inputs = Inputs({"asset": asset, "shorts": shorts})
    assert Render().remarks(settings, inputs) == (
        "one, 2 files: 303 of 355 frames are copied from the source",
        "large, 2 files: the picture is encoded, not copied: the source is 160×90, 320×180 is asked for",
    )
    work = [job.work for job in Render().jobs(settings, inputs)]
    assert work.count("copy") == 2


def test_channels_of_equal_demands_share_a_copy(bench: Bench, tmp_path: Path) -> None:
    asset = bench.ingest(make_clip(tmp_path / "a.mp4", duration=6.0, codec="h264b", gop=50).path)
    channels = {"one": channel(), "two": channel(title="two")}
    out = bench.render(asset, channels=["one", "two"], channel_definitions=channels, preset=None)
    assert pieces_made(bench) == ["copied"]
    for name in channels:
        made, record = read_rendition(out, name, "a")
        assert read_counters(made) == list(range(150))
        assert copied_frames(record) >= 148


def test_a_mov_channel_gets_a_copy_too(bench: Bench, tmp_path: Path) -> None:
    asset = bench.ingest(make_clip(tmp_path / "a.mp4", duration=12.0, codec="hevc", gop=50).path)
    one = channel("hevc", container="mov")
    made, record = render_short(bench, asset, channel_definitions={"one": one})
    assert made.suffix == ".mov"
    assert read_counters(made) == WANTED
    assert copied_frames(record) > 150


def test_cancelling_leaves_no_copy(bench: Bench, tmp_path: Path) -> None:
    from mediakit.errors import Cancelled

    asset = bench.ingest(make_clip(tmp_path / "a.mp4", duration=6.0, codec="h264b", gop=50).path)
    settings = RenderSettings.model_validate({"channels": ["one"], "channel_definitions": {"one": channel()}})
    (job,) = [job for job in bench.jobs(settings, {"asset": asset}) if job.work == "copy"]
    context = bench.context(tmp_path / "out", [])
    stopped = Context(context.out, context.scratch, 1, context.emit, lambda: True, "test", [], "a")
    with pytest.raises(Cancelled):
        Render().run_job(job, list(job.results), stopped)
    assert not list((tmp_path / "out").rglob("*.mp4"))


EDITS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "clips": ([{"clip": "one", "in": "35f", "out": "130f"}, {"clip": "one", "in": "165f", "out": "275f"}], ""),
    "two sources": ([{"clip": "one", "in": 0, "length": 4}, {"clip": "two", "in": 0, "length": 4}], "of 2 sources"),
    "a dissolve": (
        [{"clip": "one", "in": 1, "length": 4}, {"clip": "one", "in": 7, "length": 4, "dissolve": "10f"}],
        "there is a dissolve",
    ),
    "a fade": ([{"clip": "one", "in": 0, "length": 8, "fade_out": "1s"}], "it fades"),
    "a gap": ([{"clip": "one", "in": 0, "length": 8}, {"gap": "#000000", "length": 1}], "a plain colour"),
}


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_of_plain_clips_of_one_source_is_copied(bench: Bench, tmp_path: Path, kind: str) -> None:
    picture, expected = EDITS[kind]
    paths = {name: tmp_path / f"{name}.mp4" for name in ("one", "two")}
    for path in paths.values():
        make_clip(path, duration=12.0, codec="h264b", gop=50)
    used = {name: path for name, path in paths.items() if any(item.get("clip") == name for item in picture)}
    edit = make_edit(bench, used, picture=picture)
    out = bench.render_edit(edit, channels=["one"], channel_definitions={"one": channel()}, preset=None)
    made, record = read_rendition(out, "one", "edit")
    if expected:
        assert expected in why_encoded(record)
    else:
        assert read_counters(made) == WANTED
        assert copied_frames(record) > 150
        assert pieces_made(bench) == ["copied"]


def test_clips_that_follow_each_other_are_one_stretch(bench: Bench, tmp_path: Path) -> None:
    """A cut that is none costs nothing: frames are encoded only where the source is left."""
    path = make_clip(tmp_path / "one.mp4", duration=8.0, codec="h264b", gop=50).path
    picture = [{"clip": "one", "in": "0f", "out": "83f"}, {"clip": "one", "in": "83f", "out": "200f"}]
    edit = make_edit(bench, {"one": path}, picture=picture)
    out = bench.render_edit(edit, channels=["one"], channel_definitions={"one": channel()}, preset=None)
    made, record = read_rendition(out, "one", "edit")
    assert read_counters(made) == list(range(200))
    assert copied_frames(record) == 200


def test_a_textless_twin_is_copied_from_for_shorts(bench: Bench, tmp_path: Path) -> None:
    master = make_clip(tmp_path / "a.mp4", duration=12.0, codec="h264b", gop=50, background="solid", color="0x802020")
    clean = make_clip(tmp_path / "c.mp4", duration=12.0, codec="h264b", gop=50, background="solid", color="0x208020")
    files = {"clean": file_ref(clean.path)}
    made, record = render_short(bench, bench.ingest(master.path), files=files, clean=clean.path)
    assert copied_frames(record) > 150
    assert read_counters(made) == WANTED
    middle = [frame[60, 80] for frame in read_pixels(made)]
    clean_middle = [frame[60, 80] for frame in read_pixels(clean.path)]
    assert all(abs(int(middle[at]) - int(clean_middle[number])) < 8 for at, number in enumerate(WANTED))
