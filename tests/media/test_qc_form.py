"""The file's form against the channel's: container, lengths, buffer, limits, and adaptive streams."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from media_factory import run

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel
from mediakit.errors import InputError
from mediakit.media.qcreport import Check
from mediakit.media.rendition import Rendition, TextBox
from mediakit.media.spans import Box
from mediakit.quality.inspection import inspect_file
from mediakit.quality.parts import inspect_parts, merge_checks, split_parts
from mediakit.quality.target import make_target

TAGS = "format=yuv420p,setparams=range=tv:color_primaries={0}:color_trc={0}:colorspace={1}"

BROADCAST = {
    "container": "mxf",
    "video": {"codec": "mpeg2", "bit_rate": "10M"},
    "audio": {"codec": "pcm_s24le", "loudness": "gyt282"},
}


def channel(**changes: object) -> Channel:
    values: dict[str, object] = {
        "title": "small",
        "container": "mp4",
        "frame": {"width": 192, "height": 108, "fps": 25},
        "video": {"codec": "h264", "profile": "high", "gop_seconds": 1},
        "audio": {"codec": "aac", "loudness": "gyt282"},
        "source": "a test",
        "grade": "M",
        "checked_on": "2026-11-22",
    }
    return Channel.model_validate({**values, **changes})


def measure(path: Path, *only: str, rendition: Rendition | None = None, **changes: object) -> dict[str, Check]:
    profiles = load_profiles()
    target = make_target(channel(**changes), profiles.loudness["gyt282"], profiles.qc["default"], rendition, only)
    return {check.id: check for check in inspect_file(path, target)}


def make(
    path: Path,
    *options: str,
    graph: str = "testsrc2=s=192x108:r=25",
    sound: float = 4.0,
    tags: tuple[str, str] = ("bt709", "bt709"),
) -> Path:
    x264 = ["-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-x264-params", "keyint=25:scenecut=0"]
    run(
        [
            *("-f", "lavfi", "-i", f"{graph},{TAGS.format(*tags)}"),
            *("-f", "lavfi", "-i", f"anoisesrc=c=pink:a=0.1:r=48000:seed=1:d={sound}"),
            *("-filter_complex", "[1:a]pan=stereo|c0=c0|c1=0.9*c0[a]", "-map", "0:v", "-map", "[a]", "-t", "4"),
            *x264,
            *("-c:a", "aac", "-movflags", "+faststart", *options, path),
        ]
    )
    return path


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("form") / "干净.mp4")


def test_file_in_the_channels_form_passes(clean: Path) -> None:
    checks = measure(clean, "container", "av_length", "duration", "size", "bit_rate")
    assert {check.verdict for check in checks.values()} == {"pass"}, checks["container"].message


@pytest.mark.parametrize(
    ("options", "changes", "words"),
    [
        (("-movflags", "0"), {}, "fast start"),
        (("-x264-params", "keyint=100:scenecut=0"), {}, "key frames up to"),
        (("-x264-params", "keyint=25:scenecut=0:open-gop=1:bframes=3:b-adapt=0"), {}, "open"),
        (("-profile:v", "high10", "-pix_fmt", "yuv420p10le"), {}, "profile is High 10, not high"),
        (("-pix_fmt", "yuv422p", "-profile:v", "high422"), {}, "pixel format"),
        (("-r", "30"), {}, "30 frames a second"),
        (("-ar", "44100"), {}, "44100 Hz"),
        (("-ac", "1"), {}, "1 channels"),
        (("-c:a", "libmp3lame"), {}, "sound codec"),
        (("-vf", "setsar=4/3"), {}, "not square"),
        (("-c:v", "mpeg4", "-profile:v", "0"), {}, "picture codec"),
        ((), {"frame": {"width": 320, "height": 180, "fps": 25}}, "not 320×180"),
        ((), BROADCAST, "container is mov, not mxf"),
        ((), BROADCAST, "1 sound tracks, not 2"),
    ],
)
def test_container_fault_is_named(
    tmp_path: Path, options: tuple[str, ...], changes: dict[str, object], words: str
) -> None:
    check = measure(make(tmp_path / "fault.mp4", *options), "container", **changes)["container"]
    assert check.verdict == "fail"
    assert words in check.message
    assert check.source


def test_wrong_colour_tag_fails_and_a_missing_one_is_told(tmp_path: Path) -> None:
    wrong = measure(make(tmp_path / "wrong.mp4", tags=("bt709", "smpte170m")), "container")["container"]
    assert wrong.verdict == "fail"
    assert "colour matrix is smpte170m" in wrong.message
    missing = measure(make(tmp_path / "missing.mp4", tags=("unknown", "unknown")), "container")["container"]
    assert missing.verdict == "warn"
    assert "not tagged" in missing.message


def test_simpler_codec_profile_is_only_told(tmp_path: Path) -> None:
    check = measure(make(tmp_path / "simple.mp4", "-profile:v", "main"), "container")["container"]
    assert check.verdict == "warn"
    assert "simpler than high" in check.message


@pytest.mark.parametrize(("option", "words"), [("-an", "no sound"), ("-vn", "no picture")])
def test_missing_stream_is_named(clean: Path, tmp_path: Path, option: str, words: str) -> None:
    path = tmp_path / "half.mp4"
    run(["-i", clean, option, "-c", "copy", "-movflags", "+faststart", path])
    checks = measure(path)
    assert checks["container"].verdict == "fail"
    assert words in checks["container"].message
    assert checks["av_length"].verdict == "unmeasured"


@pytest.mark.parametrize(("sound", "verdict"), [(4.0, "pass"), (3.98, "pass"), (3.8, "fail")])
def test_sound_ends_with_the_picture(tmp_path: Path, sound: float, verdict: str) -> None:
    check = measure(make(tmp_path / "length.mp4", sound=sound), "av_length")["av_length"]
    assert check.verdict == verdict
    if verdict == "fail":
        assert "200 ms before" in check.message


def test_buffer_underflow_is_found_at_the_heavy_part(tmp_path: Path) -> None:
    noisy = "testsrc2=s=192x108:r=25,noise=alls=100:allf=t:enable='between(t,2,3)'"
    video = {"codec": "h264", "gop_seconds": 1, "max_rate": "500k", "buffer": "500k"}
    heavy = measure(make(tmp_path / "heavy.mp4", "-crf", "12", graph=noisy), "buffer", video=video)["buffer"]
    assert heavy.verdict == "fail"
    assert heavy.where[0].start == pytest.approx(2.2, abs=0.5)
    capped = make(tmp_path / "capped.mp4", "-maxrate", "450k", "-bufsize", "450k", "-crf", "12", graph=noisy)
    assert measure(capped, "buffer", video=video)["buffer"].verdict == "pass"


def test_limits_of_the_outlet(clean: Path) -> None:
    size = clean.stat().st_size
    inside = {"duration": "1s-10s", "size": size, "total_rate": "5M"}
    assert {c.verdict for c in measure(clean, "duration", "size", "bit_rate", limits=inside).values()} == {"pass"}
    outside = {"duration": 3, "size": size - 1, "total_rate": "10k"}
    assert {c.verdict for c in measure(clean, "duration", "size", "bit_rate", limits=outside).values()} == {"fail"}
    assert measure(clean, "duration", limits={"duration": "5s-10s"})["duration"].verdict == "fail"


def rendition(**values: object) -> Rendition:
    data: dict[str, object] = {
        "channel": "x",
        "stem": "x",
        "source_digest": "0" * 64,
        "duration": 4.0,
        "frames": 100,
        "width": 192,
        "height": 108,
        "main": "x.mp4",
        "files": (),
    }
    return Rendition.model_validate({**data, **values})


def test_planned_length_and_frames_are_held(clean: Path) -> None:
    assert measure(clean, "duration", rendition=rendition())["duration"].verdict == "pass"
    assert measure(clean, "duration", rendition=rendition(frames=101))["duration"].verdict == "fail"
    assert measure(clean, "duration", rendition=rendition(duration=5.0, frames=None))["duration"].verdict == "fail"


@pytest.mark.parametrize(
    ("box", "verdict"),
    [
        ((20, 70, 100, 20), "pass"),
        ((10, 70, 100, 20), "fail"),
        ((20, 70, 100, 30), "fail"),
        ((100, 70, 80, 20), "fail"),
    ],
)
def test_text_leaves_the_safe_area(clean: Path, box: tuple[int, int, int, int], verdict: str) -> None:
    x, y, width, height = box
    text = TextBox(start=1, end=2, box=Box(x=x, y=y, width=width, height=height), text="钟表匠")
    area = {"top": 10, "bottom": 10, "left": 16, "right": 16}
    check = measure(clean, "safe_area", rendition=rendition(text_boxes=(text,)), safe_area=area)["safe_area"]
    assert check.verdict == verdict
    if verdict == "fail":
        assert "钟表匠" in check.message
        assert check.where[0].start == 1
        assert float(check.measured or 0) > 0


def test_without_a_plan_the_safe_area_is_not_measured(clean: Path) -> None:
    assert measure(clean, "safe_area")["safe_area"].verdict == "unmeasured"


def test_cut_short_file_fails(clean: Path, tmp_path: Path) -> None:
    path = tmp_path / "short.mp4"
    path.write_bytes(clean.read_bytes()[: clean.stat().st_size * 2 // 3])
    checks = measure(path)
    assert checks["container"].verdict == "fail"
    assert "cut short" in checks["container"].message


def test_text_named_mp4_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "note.mp4").write_text("no film")
    with pytest.raises(InputError, match="media"):
        measure(tmp_path / "note.mp4")


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ladder of two rungs with their sound inside, two segments of two seconds each."""
    folder = tmp_path_factory.mktemp("hls")
    for name, width, height in (("108p", 192, 108), ("54p", 96, 54)):
        (folder / name).mkdir()
        source = make(folder / f"{name}.mp4", graph=f"testsrc2=s={width}x{height}:r=25")
        options = ["-c", "copy", "-f", "hls", "-hls_time", "2", "-hls_playlist_type", "vod"]
        names = ["-hls_segment_type", "fmp4", "-hls_segment_filename", folder / name / "%03d.m4s"]
        run(["-i", source, *options, *names, folder / name / "stream.m3u8"])
        source.unlink()
    lines = ["#EXTM3U"]
    for name in ("108p", "54p"):
        lines += ["#EXT-X-STREAM-INF:BANDWIDTH=2000000,RESOLUTION=192x108", f"{name}/stream.m3u8"]
    (folder / "master.m3u8").write_text("\n".join(lines) + "\n")
    return folder


LADDER = (
    {"name": "108p", "width": 192, "height": 108, "max_rate": "2M"},
    {"name": "54p", "width": 96, "height": 54, "max_rate": "1M"},
)


def measure_stream(folder: Path, *only: str) -> dict[str, Check]:
    profiles = load_profiles()
    hls = channel(container="hls", segment_seconds=2, rungs=LADDER)
    target = make_target(hls, profiles.loudness["gyt282"], profiles.qc["default"], rendition(), only)
    checks = merge_checks(inspect_parts(split_parts(folder / "master.m3u8", target)))
    return {check.id: check for check in checks}


def test_whole_stream_passes_rung_by_rung(stream: Path) -> None:
    checks = measure_stream(stream, "container", "duration", "buffer", "black", "av_length", "size")
    assert {check.verdict for check in checks.values()} == {"pass"}, [c.message for c in checks.values()]


def edit(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    "fault", ["missing segment", "no end", "target", "promise", "wrong rung", "outside", "damaged"]
)
def test_stream_fault_is_named(stream: Path, tmp_path: Path, fault: str) -> None:
    folder = tmp_path / "hls"
    shutil.copytree(stream, folder)
    words = {
        "missing segment": "001.m4s is missing",
        "no end": "not marked as complete",
        "target": "target duration",
        "promise": "promises",
        "wrong rung": "not 96×54",
        "outside": "not a file below",
        "damaged": "54p",
    }[fault]
    if fault == "missing segment":
        (folder / "54p" / "001.m4s").unlink()
    elif fault == "no end":
        edit(folder, "54p/stream.m3u8", "#EXT-X-ENDLIST", "")
    elif fault == "target":
        edit(folder, "108p/stream.m3u8", "TARGETDURATION:2", "TARGETDURATION:1")
    elif fault == "promise":
        edit(folder, "master.m3u8", "BANDWIDTH=2000000", "BANDWIDTH=20000")
    elif fault == "wrong rung":
        shutil.rmtree(folder / "54p")
        shutil.copytree(folder / "108p", folder / "54p")
    elif fault == "outside":
        edit(folder, "master.m3u8", "54p/stream.m3u8", "../54p/stream.m3u8")
    elif fault == "damaged":
        (folder / "54p" / "init.mp4").write_bytes(b"nothing")
    if fault == "outside":
        with pytest.raises(InputError, match=words):
            measure_stream(folder, "container")
        return
    check = measure_stream(folder, "container")["container"]
    assert check.verdict == "fail"
    assert words in check.message
