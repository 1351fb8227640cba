"""A conversation of two voices with known turns, put together from the samples' narrations."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import numpy as np

from mediakit.speech.sound import RATE, read_stretch

SAMPLES = Path(__file__).parents[1] / "samples"
TURNS = (("zh", 0, 2), ("en", 0, 1), ("zh", 2, 4), ("en", 1, 3))
"""Language and sentences (first, stop) of each turn."""

Turn = tuple[str, float, float, list[tuple[str, float, float]]]


def read_turns(gap: float = 0.4) -> tuple[np.ndarray, list[Turn]]:
    """Return the sound (16 kHz) and its turns: language, start, end, sentences with their times."""
    pieces, turns, at = [np.zeros(RATE // 2, np.float32)], [], 0.5
    for language, first, stop in TURNS:
        sentences = json.loads((SAMPLES / language / "truth.json").read_text(encoding="utf-8"))["sentences"][first:stop]
        start, end = sentences[0]["start"] - 0.05, sentences[-1]["end"] + 0.05
        sound = read_stretch(SAMPLES / language / "narration.flac", 0, start, end).samples
        said = [(one["text"], one["start"] - start + at, one["end"] - start + at) for one in sentences]
        turns.append((language, at + 0.05, at + len(sound) / RATE - 0.05, said))
        pieces += [sound, np.zeros(round(gap * RATE), np.float32)]
        at += len(sound) / RATE + gap
    return np.concatenate(pieces), turns


def write_wav(path: Path, *channels: np.ndarray) -> Path:
    """Write 16-bit sound, a channel an array."""
    with wave.open(str(path), "wb") as file:
        file.setparams((len(channels), 2, RATE, 0, "NONE", ""))
        file.writeframes((np.stack(channels, axis=1) * 32767).clip(-32768, 32767).astype("<i2").tobytes())
    return path
