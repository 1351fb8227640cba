"""Finished channel files, measured with other means than the toolkit's own: what an outlet's ingest desk would see."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from media_factory import make_clip, read_counters, run

from mediakit.channels.loading import load_profiles
from mediakit.cli.app import run_command
from mediakit.tools.ffmpeg import find_ffmpeg

SECONDS, FPS = 5, 25
FRAMES = SECONDS * FPS
EVENTS = (1.0, 3.0)
"""Where a flash is seen and a beep is heard."""
CHANNELS = ("tv_web", "wx_channels", "douyin", "bilibili", "app_hls", "radio", "podcast", "youtube_shorts")
PICTURES = {
    "tv_web": (1920, 1080),
    "bilibili": (1920, 1080),
    "wx_channels": (1080, 1920),
    "douyin": (1080, 1920),
    "youtube_shorts": (1080, 1920),
    "1080p": (1920, 1080),
    "720p": (1280, 720),
    "540p": (960, 540),
    "360p": (640, 360),
}
LOUDNESS = {
    "tv_web": (-24, 2, -2),
    "radio": (-24, 2, -2),
    "bilibili": (-24, 2, -1),
    "app_hls": (-24, 2, -1),
    "wx_channels": (-15, 2, -1),
    "douyin": (-15, 2, -1),
    "podcast": (-16, 1, -1),
    "youtube_shorts": (-14, 1, -1),
}
"""LUFS, ± LU and dBTP from the outlets' papers, on purpose not read from the profiles."""
SRT = """\
1
00:00:00,400 --> 00:00:02,000
山里下了一夜的雨

2
00:00:02,400 --> 00:00:04,600
我叫沈秋兰走了二十年铁路
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Work:
    """A finished call: its output folder, and a second one without text for two channels."""

    out: Path
    plain: Path
    scratch: Path

    def main(self, channel: str) -> Path:
        name: str = self.record(channel)["main"]
        return self.out / channel / "film" / name

    def record(self, channel: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.out / channel / "film/rendition.json").read_text(encoding="utf-8"))
        return data

    def track(self, name: str) -> Path:
        """Return a track of the adaptive stream as one file: its head and all segments."""
        folder = self.main("app_hls").parent / name
        whole = self.scratch / f"{name}.mp4"
        parts = [folder / "init.mp4", *sorted(folder.glob("*.m4s"))]
        whole.write_bytes(b"".join(part.read_bytes() for part in parts))
        return whole

    def sound(self, channel: str) -> Path:
        return self.track("audio") if channel == "app_hls" else self.main(channel)

    def picture(self, name: str) -> Path:
        return self.track(name) if name not in CHANNELS else self.main(name)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Eight channels in one call, and two without any text."""
    folder = tmp_path_factory.mktemp("channels")
    film = make_film(folder)
    (folder / "film.srt").write_text(SRT, encoding="utf-8")
    common = ["render", str(film), "--language", "zh", "--title", "夜行十二公里", "--preset", "ultrafast"]
    common += ["--cache", str(folder / "cache")]
    wanted = [word for channel in CHANNELS for word in ("-c", channel)]
    texts = ["--subtitles", str(folder / "film.srt"), "--ai-label"]
    assert run_command([*common, "-o", str(folder / "out"), *wanted, *texts]) == 0
    plain = ["-c", "douyin", "-c", "bilibili", "--no-ai-label"]
    assert run_command([*common, "-o", str(folder / "plain"), *plain]) == 0
    scratch = folder / "scratch"
    scratch.mkdir()
    return Work(folder / "out", folder / "plain", scratch)


def make_film(folder: Path) -> Path:
    """Make a film with a numbered strip, flashes, and noise in the band of speech with a beep at each flash."""
    picture = make_clip(
        folder / "picture.mp4",
        duration=SECONDS,
        size=(320, 180),
        background="solid",
        audio=None,
        beeps=EVENTS,
        gop=2 * FPS,
    ).path
    beeps = "+".join(f"between(t,{time},{time + 0.1})" for time in EVENTS)
    graph = (
        "[1:a]highpass=f=1800,highpass=f=1800,lowpass=f=5000,tremolo=f=4:d=0.6[noise];"
        "[noise][2:a]amix=inputs=2:normalize=0,pan=stereo|c0=c0|c1=0.9*c0[sound]"
    )
    film = folder / "film.mp4"
    run(
        [
            *("-i", picture, "-f", "lavfi", "-i", f"anoisesrc=c=pink:r=48000:a=0.4:d={SECONDS}:seed=3"),
            *("-f", "lavfi", "-i", f"aevalsrc='0.4*sin(2*PI*800*t)*({beeps})':s=48000:d={SECONDS}"),
            *("-filter_complex", graph, "-map", "0:v", "-map", "[sound]", "-c:v", "copy"),
            *("-c:a", "aac", "-b:a", "192k", film),
        ]
    )
    return film


def measure(path: Path) -> tuple[float, float]:
    """Return the integrated loudness (LUFS) and true peak (dBTP) that ffmpeg's meter prints for a file."""
    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-i", str(path), "-vn", "-af", "ebur128=peak=true"]
    log = subprocess.run([*command, "-f", "null", "-"], capture_output=True, text=True, check=True).stderr
    summary = log[log.rindex("Summary:") :]
    found = [re.search(pattern, summary) for pattern in (r"I:\s+(\S+) LUFS", r"Peak:\s+(\S+) dBFS")]
    assert all(found)
    return float(found[0][1]), float(found[1][1])  # type: ignore[index]


def decode_sound(path: Path) -> np.ndarray:
    """Return the first channel's samples (48 kHz) from time zero on."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        assert stream.codec_context.sample_rate == 48000
        frames = list(container.decode(stream))
        planar = frames[0].format.is_planar
        parts = [f.to_ndarray()[0] if planar else f.to_ndarray()[0][:: len(f.layout.channels)] for f in frames]
        assert frames[0].pts is not None
        assert frames[0].time_base is not None
        early = -float(frames[0].pts * frames[0].time_base) if container.format.name != "mp3" else 0.0
    return np.concatenate(parts).astype(float)[max(round(early * 48000), 0) :]


@pytest.mark.parametrize("name", PICTURES)
def test_the_picture_is_what_the_outlet_takes(work: Work, name: str) -> None:
    path = work.picture(name)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.width, context.height) == PICTURES[name]
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert context.codec_tag in ("avc1", "avc3")
        # A fast preset leaves out tools of High; what it makes is Main, which every High decoder takes.
        assert str(context.profile) in ("High", "Main")
        assert stream.average_rate == FPS
        assert stream.sample_aspect_ratio in (None, 1)
        keys, times = [], []
        for frame in container.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            times.append(frame.pts * frame.time_base)
            if frame.key_frame:
                keys.append(len(times) - 1)
            assert not frame.interlaced_frame
            assert int(frame.colorspace) == 1, "BT.709"
            assert int(frame.color_range) == 1, "limited"
    assert times == [Fraction(number, FPS) for number in range(FRAMES)]
    assert keys[0] == 0
    assert all(later - earlier <= 2 * FPS for earlier, later in zip(keys, [*keys[1:], FRAMES], strict=True))


@pytest.mark.parametrize("name", ["tv_web", "bilibili", "1080p", "360p"])
def test_every_frame_of_the_source_is_there_once(work: Work, name: str) -> None:
    covered = 3 * FPS  # for so long the label of generated content lies over the numbered strip
    assert read_counters(work.picture(name))[covered:] == list(range(covered, FRAMES))
    if name == "bilibili":
        assert read_counters(work.plain / name / "film" / "film.mp4") == list(range(FRAMES))


@pytest.mark.parametrize(
    ("channel", "container", "codec", "bits"),
    [
        ("tv_web", "mov", "aac", 256_000),
        ("wx_channels", "mov", "aac", 128_000),
        ("douyin", "mov", "aac", 128_000),
        ("bilibili", "mov", "aac", 192_000),
        ("youtube_shorts", "mov", "aac", 192_000),
        ("app_hls", "mov", "aac", 128_000),
        ("podcast", "mp3", "mp3float", 192_000),
        ("radio", "wav", "pcm_s24le", 2 * 24 * 48_000),
    ],
)
def test_the_sound_is_what_the_outlet_takes(work: Work, channel: str, container: str, codec: str, bits: int) -> None:
    with av.open(str(work.sound(channel))) as opened:
        assert container in opened.format.name
        stream = opened.streams.audio[0]
        context = stream.codec_context
        assert (context.name, context.sample_rate, context.layout.name) == (codec, 48000, "stereo")
        size = sum(packet.size for packet in opened.demux(stream))
        assert size * 8 / SECONDS == pytest.approx(bits, rel=0.12)
    assert len(decode_sound(work.sound(channel))) / 48000 == pytest.approx(SECONDS, abs=1 / FPS)


@pytest.mark.parametrize("channel", CHANNELS)
def test_loudness_and_peak_meet_the_outlets_papers(work: Work, channel: str) -> None:
    lufs, peak = measure(work.sound(channel))
    target, tolerance, limit = LOUDNESS[channel]
    assert lufs == pytest.approx(target, abs=tolerance)
    assert peak <= limit + 0.05, "the meter prints tenths"
    told = work.record(channel)["loudness"]
    assert told["integrated_lufs"] == pytest.approx(lufs, abs=0.2), "the record tells what is in the file"
    assert told["true_peak_dbtp"] == pytest.approx(peak, abs=0.2)
    profiles = load_profiles()
    profile = profiles.loudness[profiles.channel(channel).audio.loudness]
    assert (profile.integrated_lufs, profile.tolerance_lu, profile.true_peak_dbtp) == LOUDNESS[channel]


@pytest.mark.parametrize("channel", ["tv_web", "wx_channels", "app_hls"])
def test_picture_and_sound_are_of_one_length_and_together(work: Work, channel: str) -> None:
    with av.open(str(work.picture("540p" if channel == "app_hls" else channel))) as container:
        stream = container.streams.video[0]
        planes = [frame.to_ndarray(format="gray") for frame in container.decode(stream)]
    samples = decode_sound(work.sound(channel))
    assert abs(len(planes) / FPS - len(samples) / 48000) <= 1 / FPS
    # The middle of the picture is the programme in every fit; the beep is the only sound at 800 Hz.
    middle = [plane[plane.shape[0] * 45 // 100 : plane.shape[0] * 55 // 100].mean() > 180 for plane in planes]
    flashes = [number / FPS for number, lit in enumerate(middle) if lit and not (number and middle[number - 1])]
    step = 480
    wave = np.exp(-2j * np.pi * 800 * np.arange(step) / 48000)
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    tone = np.abs(blocks @ wave)
    heard = tone > tone.max() / 2
    beeps = [number * step / 48000 for number in np.flatnonzero(heard) if not (number and heard[number - 1])]
    assert flashes == list(EVENTS)
    assert beeps == pytest.approx(EVENTS, abs=1 / FPS)


@pytest.mark.parametrize("channel", ["douyin", "bilibili"])
def test_text_changes_no_pixel_outside_the_safe_area(work: Work, channel: str) -> None:
    """Compare every frame with the same frame rendered without text.

    Both were encoded, and the encoder spends its bits elsewhere when there is text: pixels far from it differ by up
    to about 35 of 255 for a frame or two after a flash, and by less than 10 elsewhere. White letters with a black edge
    on the film's blue differ by more than 60. So a pixel counts as changed from 48 on. (That not even a single level
    changes is shown elsewhere, on frames that were never encoded.)
    """
    made = load_profiles().channel(channel)
    assert made.frame is not None
    width, height = made.frame.width, made.frame.height
    margins = made.safe_area
    safe = np.zeros((height, width), bool)
    if margins is None:
        safe[height // 20 : height - height // 20, width // 20 : width - width // 20] = True
    else:
        safe[margins.top : height - margins.bottom, margins.left : width - margins.right] = True
    record = work.record(channel)
    shown = 0
    plain = work.plain / channel / "film" / "film.mp4"
    with av.open(str(work.main(channel))) as one, av.open(str(plain)) as two:
        for number, (a, b) in enumerate(zip(one.decode(video=0), two.decode(video=0), strict=True)):
            changed = np.abs(a.to_ndarray(format="gray").astype(np.int16) - b.to_ndarray(format="gray")) >= 48
            assert not changed[~safe].any(), number
            time = number / FPS
            for text in record["text_boxes"]:
                box = text["box"]
                ink = changed[box["y"] : box["y"] + box["height"], box["x"] : box["x"] + box["width"]]
                if text["start"] + 0.5 <= time < text["end"] - 0.5:
                    assert ink.mean() > 0.05, f"{text['text']} is not seen in frame {number}"
                    shown += 1
                if text["start"] - 1e-6 <= time < text["end"]:
                    ink[:] = False
            assert not changed.any(), f"text outside its told box or time in frame {number}"
    assert shown > FRAMES // 2
    assert [text["text"] for text in record["text_boxes"]] == ["内容由人工智能生成", *SRT.split("\n")[2:7:4]]


def test_each_outlet_gets_its_text_as_it_asks(work: Work) -> None:
    srt = (work.out / "tv_web/film/film.zh.srt").read_text(encoding="utf-8")
    assert "山里下了一夜的雨" in srt
    for channel in ("douyin", "wx_channels", "bilibili"):
        assert not list((work.out / channel / "film").glob("*.srt"))
    vtt = next(work.main("app_hls").parent.rglob("*.vtt")).read_text(encoding="utf-8")
    assert vtt.startswith("WEBVTT")
    assert "我叫沈秋兰走了二十年铁路" in vtt
    master = work.main("app_hls").read_text(encoding="utf-8")
    sizes = re.findall(r"RESOLUTION=(\d+)x(\d+)", master)
    assert [(int(w), int(h)) for w, h in sizes] == [PICTURES[name] for name in ("1080p", "720p", "540p", "360p")]


@pytest.mark.parametrize("name", [*CHANNELS, "360p"])
def test_generated_content_is_labelled_when_asked(work: Work, name: str) -> None:
    path = work.picture(name) if name == "360p" else work.sound(name)
    with av.open(str(path)) as container:
        tags = dict(container.metadata)
    text = tags.get("AIGC") or json.dumps(json.loads(tags["comment"])["AIGC"])
    assert json.loads(text)["Label"] == "1"
    assert work.record(name if name in CHANNELS else "app_hls")["ai_label"] is True


@pytest.mark.parametrize("channel", ["douyin", "bilibili"])
def test_no_label_where_it_was_refused(work: Work, channel: str) -> None:
    with av.open(str(work.plain / channel / "film" / "film.mp4")) as container:
        assert "AIGC" not in container.metadata


@pytest.mark.parametrize(
    ("channel", "covers"),
    [
        ("tv_web", {(1280, 720)}),
        ("wx_channels", {(1080, 1440), (1440, 1080)}),
        ("douyin", {(1080, 1440), (1440, 1080)}),
        ("bilibili", {(1146, 717), (1200, 900)}),
        ("podcast", {(1400, 1400)}),
    ],
)
def test_covers_have_the_outlets_sizes(work: Work, channel: str, covers: set[tuple[int, int]]) -> None:
    from PIL import Image

    found = set()
    for path in (work.out / channel / "film").glob("cover-*.jpg"):
        with Image.open(path) as picture:
            found.add(picture.size)
    assert found == covers
