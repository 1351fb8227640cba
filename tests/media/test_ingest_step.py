from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_factory import make_broken, make_clip, make_tone, read_counters

from mediakit.errors import Cancelled, InputError
from mediakit.library.assets import Library
from mediakit.media.digests import digest_file, digest_files
from mediakit.media.info import MediaInfo
from mediakit.media.packets import PacketIndex
from mediakit.steps.ingest import Ingest, IngestSettings
from mediakit.steps.inputs import Artifact, FileRef, Inputs
from mediakit.steps.jobs import Context, Event
from mediakit.steps.recording import record_outputs
from mediakit.tools.probe import probe_media


def ingest(path: Path, out: Path, *, cancelled: bool = False, **settings: Any) -> tuple[IngestSettings, list[Event]]:
    step, chosen = Ingest(), IngestSettings(media=path, **settings)
    out.mkdir(parents=True)
    scratch = out.parent / f"{out.name}-scratch"
    scratch.mkdir()
    events: list[Event] = []
    step.validate(chosen, {"media": path})
    context = Context(out, scratch, 1, events.append, lambda: cancelled, "ingest")
    step.run(chosen, Inputs({"media": FileRef(path, digest_file(path), path.stat().st_size)}), context)
    return chosen, events


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_a_film_leaves(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4")
    _, events = ingest(clip.path, tmp_path / "out")
    assert names(tmp_path / "out") == ["media.json", "packets.npz", "thumbnail.jpg"]
    info = MediaInfo.read(tmp_path / "out" / "media.json")
    assert info.digest == digest_file(clip.path)
    assert PacketIndex.load(tmp_path / "out" / "packets.npz").frames == clip.frames
    fractions = [event.data["fraction"] for event in events if event.kind == "progress"]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1
    assert not [event for event in events if event.kind == "warning"]


def test_what_a_sound_file_leaves(tmp_path: Path):
    tone = make_tone(tmp_path / "a.wav")
    ingest(tone.path, tmp_path / "out", proxy=True)
    assert names(tmp_path / "out") == ["media.json", "proxy.mp4"]
    proxy = probe_media(tmp_path / "out" / "proxy.mp4", "")
    assert proxy.picture is None
    assert proxy.duration == pytest.approx(2, abs=0.05)


def test_equal_content_gives_equal_bytes_under_any_name_and_detail(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", duration=1)
    other = tmp_path / "别的 名字.mov"
    other.write_bytes(clip.path.read_bytes())
    one, _ = ingest(clip.path, tmp_path / "one", proxy=True)
    two, _ = ingest(other, tmp_path / "two", proxy=True, name="n", series="s", column="c", notes="x", tags=("t",))
    assert Ingest().key_settings(one) == Ingest().key_settings(two)
    assert Ingest().key_settings(one) != Ingest().key_settings(IngestSettings(media=other))
    for name in ("media.json", "packets.npz", "thumbnail.jpg", "proxy.mp4"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("text", "text file"),
        ("empty", "empty"),
        ("missing", "no such file"),
        ("folder", "folder"),
        ("picture_png", "still picture"),
        ("picture_jpg", "still picture"),
        ("zero_duration", "no picture and no sound"),
        ("truncated_tail", "cut short: 2.* of 4.0 s"),
        ("no_index", "moov"),
        ("ffconcat", "list of other files"),
        ("playlist", "playlist"),
    ],
)
def test_bad_input_is_refused_in_one_line(tmp_path: Path, kind: str, said: str):
    broken = make_broken(tmp_path, kind, points_at=tmp_path / "other.mp4")
    with pytest.raises(InputError, match=said) as caught:
        ingest(broken.path, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert str(broken.path) in str(caught.value)


def test_a_file_cut_short_is_taken_when_it_is_wanted(tmp_path: Path):
    broken = make_broken(tmp_path, "truncated_tail")
    _, events = ingest(broken.path, tmp_path / "out", accept_damaged=True)
    assert any("cut short" in event.message for event in events if event.kind == "warning")
    info = MediaInfo.read(tmp_path / "out" / "media.json")
    assert 1 < info.missing_s < 3


def test_the_thumbnail_is_upright_and_shows_something(tmp_path: Path):
    from PIL import Image

    clip = make_clip(tmp_path / "a.mov", rotation=90, size=(1280, 720), duration=0.4)
    ingest(clip.path, tmp_path / "out")
    with Image.open(tmp_path / "out" / "thumbnail.jpg") as image:
        assert image.size == (360, 640)
        strip = np.asarray(image.convert("L"))[:, -30:]  # the strip at the top lies at the right after a quarter turn
    assert strip.mean() < 90


def test_the_thumbnail_passes_over_black(tmp_path: Path):
    from media_factory import run
    from PIL import Image

    run(["-f", "lavfi", "-i", "color=black:s=160x90:d=2:r=25", "-f", "lavfi", "-i", "testsrc2=s=160x90:d=1:r=25",
         "-filter_complex", "[0][1][0]concat=n=3", "-g", "300", "-c:v", "libx264", tmp_path / "a.mp4"])  # fmt: skip
    ingest(tmp_path / "a.mp4", tmp_path / "out")
    with Image.open(tmp_path / "out" / "thumbnail.jpg") as image:
        assert np.asarray(image.convert("L")).mean() > 60


def test_the_proxy_keeps_time_and_shape(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mov", size=(720, 576), sample_aspect="64/45", fps=50, beeps=(0.4,), audio="5.1")
    ingest(clip.path, tmp_path / "out", proxy=True)
    proxy = probe_media(tmp_path / "out" / "proxy.mp4", "")
    picture, sound = proxy.picture, proxy.sound
    assert picture is not None
    assert sound is not None
    assert (picture.width, picture.height, picture.sample_aspect) == (960, 540, 1)
    assert (picture.codec, picture.fps, picture.frames) == ("h264", 50, 100)
    assert (sound.layout, proxy.faststart) == ("stereo", True)
    assert read_counters(tmp_path / "out" / "proxy.mp4") == list(range(100))


def test_the_proxy_of_fields_a_turned_and_a_variable_clip(tmp_path: Path):
    fields = make_clip(tmp_path / "f.mp4", interlace="tff", size=(720, 576), duration=0.4)
    turned = make_clip(tmp_path / "t.mov", rotation=270, size=(1280, 720), duration=0.2)
    varying = make_clip(tmp_path / "v.mp4", vfr=True)
    for clip, size in ((fields, (676, 540)), (turned, (540, 960)), (varying, (160, 90))):
        out = tmp_path / f"out-{clip.path.stem}"
        ingest(clip.path, out, proxy=True)
        picture = probe_media(out / "proxy.mp4", "").picture
        assert picture is not None
        assert (picture.width, picture.height) == size, clip.path.name
        assert (picture.field_order, picture.variable_rate, picture.rotation) == ("progressive", False, 0)


def test_the_proxy_of_broadcast_tracks_has_both(tmp_path: Path):
    import av

    clip = make_clip(tmp_path / "a.mxf", codec="mpeg2", audio=["mono"] * 4, duration=1)
    ingest(clip.path, tmp_path / "out", proxy=True)
    with av.open(str(tmp_path / "out" / "proxy.mp4")) as container:
        sound = np.concatenate([frame.to_ndarray() for frame in container.decode(audio=0)], axis=1)
    heard = [float(np.argmax(np.abs(np.fft.rfft(c[:48000])))) for c in sound]
    assert heard == pytest.approx([clip.frequencies[0][0], clip.frequencies[1][0]], abs=3)


def test_cancel_stops_it(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", duration=0.4)
    with pytest.raises(Cancelled):
        ingest(clip.path, tmp_path / "out", cancelled=True, proxy=True)


def test_what_was_made_goes_into_the_library(tmp_path: Path):
    from mediakit.media.transcript import Recogniser, Segment, Transcript

    clip = make_clip(tmp_path / "a.mp4", duration=1)
    settings, _ = ingest(clip.path, tmp_path / "out", proxy=True, series="工匠", tags=("t",))
    asset = make_artifact("asset", tmp_path / "out", clip.path)
    transcript = Transcript(
        language="zh",
        duration=1,
        source_digest=digest_file(clip.path),
        recogniser=Recogniser(engine="import"),
        segments=(Segment(start=0, end=1, text="王芳"),),
    )
    transcript.write(tmp_path / "words" / "transcript.json")
    words = make_artifact("transcript", tmp_path / "words", clip.path)
    for repeat in range(2):
        (added,) = record_outputs(tmp_path / "lib", [(settings, words), (settings, asset)])
        assert added.is_new == (repeat == 0)
    with Library.open(tmp_path / "lib") as library:
        (stored,) = library.list_assets(series="工匠", tag="t")
        assert stored.paths == (clip.path,)
        assert stored.languages == ("zh",)
        assert stored.proxy is not None
        assert stored.thumbnail is not None
        assert stored.proxy.read_bytes() == (tmp_path / "out" / "proxy.mp4").read_bytes()
        assert stored.thumbnail.is_file()


def make_artifact(kind: str, folder: Path, media: Path) -> Artifact:
    files = {name: digest_file(folder / name) for name in names(folder)}
    origin = {"media": FileRef(media, digest_file(media), media.stat().st_size)}
    return Artifact(kind, kind, folder, files, digest_files(files), origin)
