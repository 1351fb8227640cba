"""Decoding for recognition: sample-exact places, gaps, tracks, channels, sections that fit together."""

from __future__ import annotations

import subprocess
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mediakit.errors import InputError
from mediakit.media.info import MediaInfo
from mediakit.speech import sound
from mediakit.speech.sound import RATE, choose_stream, read_section, read_stretch, section_count
from mediakit.speech.voice import find_speech
from mediakit.tools.ffmpeg import find_ffmpeg
from mediakit.tools.probe import probe_media


def write_wave(path: Path, planes: np.ndarray, rate: int = RATE) -> Path:
    """Write float planes (channels by samples) as 16-bit PCM."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(planes.shape[0])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((planes.T * 32000).astype("<i2").tobytes())
    return path


def clicks(seconds: float, at: list[float], rate: int = RATE) -> np.ndarray:
    plane = np.zeros(round(seconds * rate), np.float32)
    for time in at:
        plane[round(time * rate) : round(time * rate) + rate // 100] = 0.9
    return plane


def click_times(samples: np.ndarray, start: float = 0.0) -> list[float]:
    loud = np.flatnonzero(np.abs(samples) > 0.2)
    first = loud[np.insert(np.diff(loud) > RATE // 20, 0, True)] if len(loud) else loud
    return [round(start + place / RATE, 2) for place in first]


def convert(source: Path, target: Path, *options: str) -> Path:
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-i", str(source), *options, str(target)]
    subprocess.run(command, check=True)
    return target


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".ogg", ".mkv"])
def test_sound_stands_at_its_time_after_any_seek(tmp_path: Path, suffix: str) -> None:
    at = [0.5, 4.0, 9.25, 14.0]
    path = write_wave(tmp_path / "in.wav", clicks(16, at, 44100)[None], 44100)
    if suffix != ".wav":
        path = convert(path, tmp_path / f"out{suffix}", *(("-c:a", "aac") if suffix in (".m4a", ".mkv") else ()))
    whole = read_stretch(path, 0, 0, None)
    assert click_times(whole.samples) == pytest.approx(at, abs=0.03)
    part = read_stretch(path, 0, 8.0, 12.0)
    assert part.start == 8.0
    assert part.end == pytest.approx(12.0)
    assert click_times(part.samples, part.start) == pytest.approx([9.25], abs=0.03)


def test_a_gap_in_the_stream_becomes_silence(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "in.wav", clicks(4, [1.0, 3.0])[None])
    late = convert(path, tmp_path / "late.mkv", "-c:a", "pcm_s16le", "-bsf:a", "setts=pts=PTS+80000*gte(PTS\\,32000)")
    assert click_times(read_stretch(late, 0, 0, None).samples) == pytest.approx([1.0, 8.0], abs=0.03)


def test_one_channel_is_heard_alone_and_two_are_mixed(tmp_path: Path) -> None:
    path = write_wave(tmp_path / "in.wav", np.stack([clicks(3, [1.0]), clicks(3, [2.0])]))
    assert click_times(read_stretch(path, 0, 0, None, channel=1).samples) == [1.0]
    assert click_times(read_stretch(path, 0, 0, None, channel=2).samples) == [2.0]
    assert click_times(read_stretch(path, 0, 0, None).samples) == [1.0, 2.0]
    with pytest.raises(InputError, match="no channel 3: it has 2"):
        read_stretch(path, 0, 0, None, channel=3)


def test_sections_fit_together_without_hole_or_overlap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sound, "SECTION_S", 20.0)
    monkeypatch.setattr(sound, "_EDGE_S", 3.0)
    noise = np.random.default_rng(3).normal(0, 0.1, round(70 * RATE)).clip(-0.9, 0.9).astype(np.float32)
    for quiet in (18.2, 41.5, 62.0):
        noise[round(quiet * RATE) : round((quiet + 0.6) * RATE)] = 0
    path = convert(write_wave(tmp_path / "in.wav", noise[None]), tmp_path / "in.m4a", "-c:a", "aac")
    count = section_count(70)
    assert count == 4
    parts = [read_section(path, 0, n, count) for n in range(count)]
    assert parts[0].start == 0
    for before, after in pairwise(parts):
        assert after.start == pytest.approx(before.end, abs=1 / RATE)
    assert parts[0].end == pytest.approx(18.5, abs=0.25)
    assert parts[1].end == pytest.approx(41.8, abs=0.25)
    assert parts[-1].end == pytest.approx(70, abs=0.1)
    assert max(len(part.samples) for part in parts) < 27 * RATE


def test_tracks_are_chosen_by_number_and_missing_ones_named(tmp_path: Path) -> None:
    one = write_wave(tmp_path / "1.wav", clicks(2, [0.5])[None])
    two = write_wave(tmp_path / "2.wav", clicks(2, [1.5])[None])
    both = tmp_path / "both.mkv"
    command = [find_ffmpeg(), "-nostdin", "-v", "error", "-i", str(one), "-i", str(two)]
    subprocess.run([*command, "-map", "0", "-map", "1", "-c", "flac", str(both)], check=True)
    info = probe_media(both, "0" * 64)
    second = choose_stream(info, 2, both)
    assert click_times(read_stretch(both, second.index, 0, None).samples) == pytest.approx([1.5], abs=0.02)
    assert choose_stream(info, None, both).index == choose_stream(info, 1, both).index
    with pytest.raises(InputError, match="no sound track 3: it has 2 sound tracks"):
        choose_stream(info, 3, both)
    silent = info.model_copy(update={"audio": ()})
    assert isinstance(silent, MediaInfo)
    with pytest.raises(InputError, match="no sound stream"):
        choose_stream(silent, None, both)


def test_neither_noise_nor_tones_nor_silence_are_speech(tmp_path: Path) -> None:
    time = np.arange(8 * RATE) / RATE
    chance = np.random.default_rng(1)
    for plane in (
        np.zeros(8 * RATE),
        chance.normal(0, 0.05, 8 * RATE),
        0.4 * np.sin(2 * np.pi * 440 * time) + 0.2 * np.sin(2 * np.pi * 660 * time),
    ):
        path = write_wave(tmp_path / "in.wav", plane.clip(-0.9, 0.9)[None])
        assert find_speech(read_stretch(path, 0, 0, None)) == ()


def test_the_same_sound_in_another_file_is_the_same_to_a_recogniser(tmp_path: Path) -> None:
    from mediakit.speech.sound import identify_sound

    def wrap(name: str, *options: str | Path) -> MediaInfo:
        path = tmp_path / name
        subprocess.run([find_ffmpeg(), "-v", "error", "-y", *options, path], check=True)
        return probe_media(path, name)

    tone = "sine=440:sample_rate=48000:duration=2"
    first = wrap("a.mp4", "-f", "lavfi", "-i", "color=red:s=64x64:r=25:d=2", "-f", "lavfi", "-i", tone, "-shortest")
    mp4 = tmp_path / "a.mp4"
    other = [
        wrap("graded.mp4", "-i", mp4, "-vf", "negate", "-c:a", "copy"),
        wrap("b.mkv", "-i", mp4, "-c", "copy", "-metadata", "title=x"),
        wrap("c.mov", "-i", mp4, "-map", "0:a", "-map", "0:v", "-c", "copy"),
    ]
    wanted = identify_sound(first, first.audio[0])
    assert wanted[0] not in (None, first.digest)
    assert [identify_sound(info, info.audio[0]) for info in other] == [wanted] * 3

    louder = wrap("d.mp4", "-i", mp4, "-af", "volume=0.5")
    cut = wrap("e.mp4", "-ss", "0.5", "-i", mp4, "-c", "copy")
    late = wrap("f.mkv", "-i", mp4, "-itsoffset", "0.4", "-i", mp4, "-map", "0:v", "-map", "1:a", "-c", "copy")
    assert all(identify_sound(info, info.audio[0]) != wanted for info in (louder, cut, late))


def test_a_hole_in_the_sound_counts_by_the_file(tmp_path: Path) -> None:
    from mediakit.speech.sound import identify_sound

    path = tmp_path / "holed.mkv"
    graph = "sine=440:sample_rate=48000:duration=3,asetpts='PTS+if(gt(T,1),1/TB,0)'"
    subprocess.run(
        [
            find_ffmpeg(),
            "-v",
            "error",
            "-y",
            "-f",
            "lavfi",
            "-i",
            graph,
            "-c:a",
            "pcm_s16le",
            "-fflags",
            "+genpts",
            path,
        ],
        check=True,
    )
    info = probe_media(path, "digest of the file")
    assert info.audio[0].content is None
    assert identify_sound(info, info.audio[0]) == ["digest of the file", 0]
