"""The music bed, synthesised: slow pad chords with a soft bell line and a long room."""

from __future__ import annotations

import numpy as np
from ambience import RATE, Sound
from scipy.signal import butter, fftconvolve, sosfilt

NIGHT = ((57, 64, 67, 71), (53, 60, 64, 69), (48, 60, 64, 67), (55, 59, 62, 69))
DAWN = ((48, 60, 64, 71), (53, 60, 65, 69), (55, 62, 67, 71), (48, 55, 64, 67))


def hertz(note: float) -> float:
    """Frequency of a MIDI note."""
    return float(440 * 2 ** ((note - 69) / 12))


def pad_note(note: int, seconds: float, seed: int) -> Sound:
    """One warm pad note with slow attack and detuned voices, stereo."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * RATE)) / RATE
    out = np.zeros((t.size, 2))
    for side in (0, 1):
        for cents in (-6, 0, 5):
            pitch = hertz(note + cents / 100)
            for partial in range(1, 7):
                phase = rng.uniform(0, 2 * np.pi)
                out[:, side] += np.sin(2 * np.pi * pitch * partial * t + phase) / partial**2.1
    attack, release = np.clip(t / 2.2, 0, 1), np.clip((seconds - t) / 2.6, 0, 1)
    return out * (attack * release)[:, None] ** 1.5 * 0.06


def bell(note: int, level: float) -> Sound:
    """A soft struck note."""
    t = np.arange(int(3.0 * RATE)) / RATE
    pitch = hertz(note)
    wave = np.sin(2 * np.pi * pitch * t) + 0.35 * np.sin(4 * np.pi * pitch * t) * np.exp(-t * 3)
    wave *= np.exp(-t * 1.9) * np.minimum(1, t * 120)
    return np.stack([wave, wave], 1) * level


def room(sound: Sound, seconds: float = 2.6, wet: float = 0.5) -> Sound:
    """Add a long, dark reverberation."""
    rng = np.random.default_rng(99)
    t = np.arange(int(seconds * RATE)) / RATE
    tail = rng.standard_normal((t.size, 2)) * np.exp(-t * 2.6)[:, None]
    tail = sosfilt(butter(1, 2800, fs=RATE, output="sos"), tail, axis=0)
    tail /= np.sqrt((tail**2).sum(0))
    wet_part = np.stack([fftconvolve(sound[:, c], tail[:, c])[: sound.shape[0]] for c in (0, 1)], 1)
    return sound * (1 - wet * 0.5) + wet_part * wet


def music_bed(seconds: float, dawn_at: float) -> Sound:
    """The whole bed; from `dawn_at` seconds on the chords turn to major."""
    size = int(seconds * RATE)
    out = np.zeros((size + 12 * RATE, 2))
    clock, number, every = 0.0, 0, 5.6
    rng = np.random.default_rng(3)
    while clock < seconds:
        chords = DAWN if clock >= dawn_at - 1 else NIGHT
        chord = chords[number % 4]
        for voice, note in enumerate((chord[0] - 12, *chord)):
            wave = pad_note(note, every + 2.6, number * 10 + voice)
            at = int(clock * RATE)
            out[at : at + wave.shape[0]] += wave
        for place in (0.9, 2.3, 3.9):
            if rng.random() < (0.75 if clock >= dawn_at - 1 else 0.5):
                wave = bell(int(rng.choice(chord)) + 12, 0.045)
                at = int((clock + place) * RATE)
                out[at : at + wave.shape[0]] += wave
        clock, number = clock + every, number + 1
    out = room(out)[:size]
    t = np.arange(size) / RATE
    return out * (np.clip(t / 2.5, 0, 1) * np.clip((seconds - t) / 3.0, 0, 1))[:, None]
