"""The proof page's sound: on the transcript's clock, the channel that was asked for, the same bytes again."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from media_factory import make_clip, make_tone

from mediakit.errors import InputError
from mediakit.speech.proof_sound import write_proof_sound
from mediakit.speech.sound import RATE, choose_stream, read_stretch
from mediakit.tools.ffmpeg import find_ffmpeg
from mediakit.tools.probe import probe_media


def copy_sound(source: Path, target: Path, *, channel: int | None = None) -> Path:
    info = probe_media(source, digest="")
    stream = choose_stream(info, None, source)
    write_proof_sound(source, stream.index, target, zero=info.start, duration=info.duration, channel=channel)
    return target


def onsets(path: Path, stream: int = 0) -> list[float]:
    samples = read_stretch(path, stream, 0, None).samples
    loud = np.flatnonzero(np.abs(samples) > 0.05)
    first = loud[np.insert(np.diff(loud) > RATE // 4, 0, True)] if len(loud) else loud
    return [place / RATE for place in first]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("plain.mp4", {}),
        ("late_sound.mp4", {"audio_start": 0.5}),
        ("late_sound.ts", {"audio_start": 0.5}),
        ("late_picture.mkv", {"video_start": 0.4}),
        ("sound.wav", {"codec": None}),
        ("six.mov", {"audio": "5.1"}),
    ],
)
def test_a_moment_of_the_transcript_is_the_same_moment_of_the_copy(tmp_path: Path, name: str, options: dict) -> None:
    clip = make_clip(tmp_path / name, duration=4, beeps=(1.0, 2.5), **options)
    info = probe_media(clip.path, digest="")
    heard = onsets(clip.path, choose_stream(info, None, clip.path).index)
    assert len(heard) == 2
    copied = copy_sound(clip.path, tmp_path / "copy.m4a")
    assert onsets(copied) == pytest.approx(heard, abs=0.02)
    made = probe_media(copied, digest="")
    assert (len(made.video), made.audio[0].codec, made.audio[0].channels) == (0, "aac", 1)
    assert made.start == pytest.approx(0, abs=0.001)


def test_one_channel_alone_is_heard_when_it_is_asked_for(tmp_path: Path) -> None:
    left = make_tone(tmp_path / "left.wav", duration=2).path
    both = tmp_path / "both.wav"
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-i", str(left), "-af", "pan=stereo|c0=c0|c1=0*c0", str(both)]
    subprocess.run(command, check=True)
    assert onsets(copy_sound(both, tmp_path / "1.m4a", channel=1)) != []
    assert onsets(copy_sound(both, tmp_path / "2.m4a", channel=2)) == []


def test_the_same_sound_gives_the_same_bytes_whatever_the_file_says_of_itself(tmp_path: Path) -> None:
    first = make_clip(tmp_path / "a.mp4", duration=1, metadata={"title": "one"}).path
    other = make_clip(tmp_path / "b.mp4", duration=1, metadata={"title": "two"}).path
    made = copy_sound(first, tmp_path / "1.m4a").read_bytes()
    assert made == copy_sound(other, tmp_path / "2.m4a").read_bytes()
    assert b"one" not in made
    assert re.search(rb"\bLavf\d", made) is None


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"gone\.wav"):
        write_proof_sound(tmp_path / "gone.wav", 0, tmp_path / "x.m4a", zero=0, duration=1)
