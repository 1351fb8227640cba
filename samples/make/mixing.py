"""The mix: narration, natural sound and music, ducked, at -24 LUFS; loudness measurement."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from ambience import RATE, Sound, birds, rain, step, tap, train
from beats import Line, Natural, Placed
from imageio_ffmpeg import get_ffmpeg_exe
from music import music_bed
from scipy.io import wavfile
from scipy.signal import resample_poly

TARGET_LUFS = -24.0
PEAK = 10 ** (-4.0 / 20)
HAMMER_TIMES = (1.95, 2.75)
STEP_TIMES = (0.25, 0.85, 1.45)


def db(level: float) -> float:
    """Decibels to a factor."""
    return float(10 ** (level / 20))


def lay(under: Sound, sound: Sound, at: float, gain_db: float = 0.0) -> None:
    """Add a sound at a time in seconds, in place, cut at the end of the programme."""
    begin = int(at * RATE)
    end = min(under.shape[0], begin + sound.shape[0])
    under[begin:end] += sound[: end - begin] * db(gain_db)


def fade_edges(sound: Sound, seconds: float) -> Sound:
    """Fade a sound in and out."""
    t = np.arange(sound.shape[0]) / RATE
    return np.asarray(sound * np.clip(np.minimum(t, t[-1] - t) / seconds, 0, 1)[:, None])


def narration(voice_dir: Path, placed: Sequence[Placed], seconds: float) -> Sound:
    """The dry narration on its timeline, mono at 48 kHz, lines levelled to one another."""
    track = np.zeros(int(seconds * RATE))
    lines = [item for item in placed if isinstance(item.beat, Line)]
    for number, item in enumerate(lines):
        rate, wave = wavfile.read(voice_dir / f"{number:02}.wav")
        level = wave.astype(np.float64) / 32768
        level = resample_poly(level, RATE, rate)
        level *= 0.1 / np.sqrt(np.mean(level[np.abs(level) > 0.02] ** 2))
        begin = int(item.start * RATE)
        track[begin : begin + level.size] += level[: track.size - begin]
    return track


def natural_track(placed: Sequence[Placed], seconds: float, dawn_at: float) -> Sound:
    """Rain until the morning, birds after it, and each moment of natural sound in front."""
    track = np.zeros((int(seconds * RATE), 2))
    lay(track, fade_edges(rain(dawn_at + 1.5), 1.4), 0.0, -21)
    lay(track, fade_edges(birds(seconds - dawn_at + 0.5, 8), 1.0), dawn_at - 0.5, -18)
    for item in placed:
        if not isinstance(item.beat, Natural):
            continue
        length = item.end - item.start
        if item.beat.kind == "rain":
            lay(track, fade_edges(rain(length + 1.0, 40), 0.7), item.start, -9)
        elif item.beat.kind == "hammer":
            for number, at in enumerate(STEP_TIMES):
                lay(track, step(60 + number), item.start + at, -4)
            for number, at in enumerate(HAMMER_TIMES):
                lay(track, tap(80 + number), item.start + at, -13)
        elif item.beat.kind == "train":
            lay(track, fade_edges(train(length + 1.2), 0.8), item.start - 0.6, -9)
        elif item.beat.kind == "dawn":
            lay(track, fade_edges(birds(length, 12), 0.8), item.start, -8)
            lay(track, fade_edges(train(length) * 0.5, 1.8), item.start, -30)
    return track


def speech_curve(speech: Sound) -> Sound:
    """How much speech there is: 0 without, 1 under it, with soft edges (one column)."""
    block = RATE // 50
    count = -(-speech.size // block)
    padded = np.pad(np.abs(speech), (0, count * block - speech.size)).reshape(count, block)
    loud = padded.max(1) > 0.01
    held = np.convolve(loud, np.ones(41), "same") > 0
    soft = np.convolve(held, np.hanning(41) / np.hanning(41).sum(), "same")
    return np.interp(np.arange(speech.size), np.arange(count) * block, soft)[:, None]


def write_wave(path: Path, sound: Sound, rate: int = RATE) -> None:
    """Write 16-bit PCM."""
    wavfile.write(path, rate, np.round(np.clip(sound, -1, 1) * 32767).astype(np.int16))


def measure_loudness(path: Path) -> tuple[float, float]:
    """Integrated loudness in LUFS and true peak in dBTP, by ebur128."""
    argv = [get_ffmpeg_exe(), "-nostats", "-i", str(path), "-map", "0:a", "-af", "ebur128=peak=true", "-f", "null", "-"]
    log = subprocess.run(argv, capture_output=True, text=True, check=True).stderr.rsplit("Summary:", 1)[-1]
    loudness, peak = re.search(r"I:\s+(-?[\d.]+) LUFS", log), re.search(r"Peak:\s+(-?[\d.]+) dBFS", log)
    assert loudness is not None, log
    assert peak is not None, log
    return float(loudness[1]), float(peak[1])


def mix_programme(speech: Sound, placed: Sequence[Placed], seconds: float, dawn_at: float, out: Path) -> None:
    """Mix everything, bring it to the target loudness, keep the peaks down, write a WAV."""
    spoken = speech_curve(speech)
    programme = music_bed(seconds, dawn_at) * db(-9.5) * (1 - (1 - db(-14)) * spoken)
    programme += natural_track(placed, seconds, dawn_at) * (1 - (1 - db(-4)) * spoken)
    programme += speech[:, None]
    for _ in range(2):
        write_wave(out, programme)
        loudness, _peak = measure_loudness(out)
        programme *= db(TARGET_LUFS - loudness)
        over = np.maximum(np.abs(programme) / PEAK, 1.0)
        programme /= over
    write_wave(out, programme)
