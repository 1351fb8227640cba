"""The factory's clips are what they say: everything else is tested against them."""

from __future__ import annotations

import itertools
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from media_factory import BROKEN, Clip, make_broken, make_clip, make_speechless, make_tone, read_counters, read_luma


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.mp4", {}),
        ("b frames.mp4", {"codec": "h264b"}),
        ("open.mp4", {"codec": "h264open"}),
        ("hevc.mp4", {"codec": "hevc"}),
        ("hevc-open.mkv", {"codec": "hevcopen"}),
        ("xdcam.mxf", {"codec": "mpeg2", "bit_format": "yuv422p", "size": (720, 576), "audio": ["mono"] * 8}),
        ("anamorphic.mpg", {"codec": "mpeg2", "size": (720, 576), "sample_aspect": "64/45"}),
        ("fields.mp4", {"interlace": "tff", "size": (320, 180)}),
        ("fields.mxf", {"codec": "mpeg2", "interlace": "bff", "size": (720, 576)}),
        ("vfr.mp4", {"vfr": True}),
        ("turned.mov", {"rotation": 270, "mirrored": True}),
        ("edit.mp4", {"edit_list_s": 0.2, "codec": "h264b"}),
        ("late.mp4", {"video_start": 0.5}),
        ("full.mp4", {"color_range": "full"}),
        ("hlg.mp4", {"codec": "hevc", "transfer": "hlg"}),
        ("master.mov", {"codec": "prores", "timecode": "10:00:00:00", "reel": "A001"}),
        ("ntsc.mp4", {"fps": "30000/1001"}),
        ("web.webm", {"codec": "vp9"}),
        ("stream.ts", {"codec": "h264b"}),
        ("black.mp4", {"background": "black", "audio": None}),
    ],
)
def test_every_frame_is_there_and_knows_its_number(tmp_path: Path, name: str, options: dict[str, object]):
    clip = make_clip(tmp_path / name, **options)
    assert tuple(read_counters(clip.path)) == clip.counters
    assert len(clip.counters) == clip.frames
    assert [path.name for path in tmp_path.iterdir()] == [name]


def decode_sound(path: Path, stream: int = 0) -> tuple[np.ndarray, int]:
    import av

    with av.open(f"file:{path}") as container:
        frames = [f.to_ndarray() for f in container.decode(audio=stream)]
        rate = container.streams.audio[stream].codec_context.sample_rate
        channels = container.streams.audio[stream].codec_context.layout.nb_channels
    sound = np.concatenate([f.reshape(-1, channels).T if f.shape[0] != channels else f for f in frames], axis=1)
    scale = np.iinfo(sound.dtype).max if sound.dtype.kind == "i" else 1.0
    return sound.astype(np.float64) / scale, rate


def loudest_hz(sound: np.ndarray, rate: int) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(np.argmax(spectrum)) * rate / len(sound)


def test_every_channel_of_every_track_has_its_own_pitch(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mov", audio=["5.1", "stereo", "mono"])
    heard = []
    for track, expected in enumerate(clip.frequencies):
        sound, rate = decode_sound(clip.path, track)
        heard.append([loudest_hz(channel, rate) for channel in sound])
        assert heard[-1] == pytest.approx(expected, abs=3)
    assert len({round(hz) for track in heard for hz in track}) == 9


def test_beeps_and_flashes_stand_together(tmp_path: Path):
    clip: Clip = make_clip(tmp_path / "a.mov", background="solid", beeps=(0.5, 1.2), fps=50)
    luma = read_luma(clip.path)
    bright = [number / 50 for number, plane in enumerate(luma) if plane[40:].mean() > 200]
    assert bright[0] == pytest.approx(0.5)
    assert next(time for time in bright if time > 1) == pytest.approx(1.2)
    sound, rate = decode_sound(clip.path)
    loud = np.flatnonzero(np.abs(sound[0]) > 0.05) / rate
    assert loud[0] == pytest.approx(0.5, abs=0.002)
    assert loud[loud > 1][0] == pytest.approx(1.2, abs=0.002)


def test_fields_move_apart_in_the_order_that_is_said(tmp_path: Path):
    for order in ("tff", "bff"):
        clip = make_clip(tmp_path / f"{order}.mov", codec="ffv1", interlace=order, size=(320, 180), duration=0.4)
        first, second = (0, 1) if order == "tff" else (1, 0)
        planes = [plane[40:].astype(int) for plane in read_luma(clip.path)]
        fields = [plane[row::2] for plane in planes for row in (first, second)]
        steps = [np.abs(a - b).mean() for a, b in itertools.pairwise(fields)]
        swapped = [plane[row::2] for plane in planes for row in (second, first)]
        wrong = [np.abs(a - b).mean() for a, b in itertools.pairwise(swapped)]
        assert np.mean(steps) < np.mean(wrong)


def test_cuts_change_the_picture(tmp_path: Path):
    clip = make_clip(tmp_path / "a.mp4", background="solid", cuts=(0.4, 1.2))
    luma = [plane[40:].astype(int) for plane in read_luma(clip.path)]
    changes = [n for n in range(1, len(luma)) if np.abs(luma[n] - luma[n - 1]).mean() > 4]
    assert changes == [10, 30]


def test_tones_have_their_level_and_silences(tmp_path: Path):
    tone = make_tone(tmp_path / "a.wav", hertz=(440, 880), level_db=-20, silences=((0.5, 1.0),))
    sound, rate = decode_sound(tone.path)
    assert [loudest_hz(channel, rate) for channel in sound] == pytest.approx([440, 880], abs=2)
    assert 20 * np.log10(np.abs(sound[:, : rate // 2]).max()) == pytest.approx(-20, abs=0.1)
    assert np.abs(sound[:, int(rate * 0.51) : int(rate * 0.99)]).max() < 1e-4


@pytest.mark.parametrize("kind", ["noise", "hum", "silence"])
def test_speechless_sound(tmp_path: Path, kind: str):
    sound, rate = decode_sound(make_speechless(tmp_path / "a.wav", duration=1, kind=kind).path)
    assert (rate, sound.shape) == (16000, (1, 16000))
    assert (np.abs(sound).max() == 0) == (kind == "silence")


@pytest.mark.parametrize("kind", BROKEN)
def test_broken_files_leave_nothing_else(tmp_path: Path, kind: str):
    target = tmp_path / "target.mp4"
    broken = make_broken(tmp_path, kind, points_at=target)
    assert broken.path.exists() == (kind != "missing")
    assert {path.name for path in tmp_path.iterdir()} <= {"broken.mp4"}


def test_clips_are_the_same_every_time(tmp_path: Path):
    first = make_clip(tmp_path / "a.mp4", codec="h264b", rotation=90)
    second = make_clip(tmp_path / "b.mp4", codec="h264b", rotation=90)
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.fps == Fraction(25)
