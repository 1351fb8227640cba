"""Natural sound, synthesised: rain, wind, steps, hammer on steel, a train, birds (48 kHz stereo)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

RATE = 48000
Sound = NDArray[np.float64]


def band_noise(seconds: float, low: float, high: float, seed: int) -> Sound:
    """Stereo noise between two frequencies in Hz, about 0.2 RMS."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((int(seconds * RATE) + RATE // 2, 2))
    shaped = sosfilt(butter(2, (low, high), "bandpass", fs=RATE, output="sos"), noise, axis=0)
    shaped = shaped[RATE // 2 :]
    return np.asarray(shaped / (shaped.std() + 1e-9) * 0.2)


def slow_wave(seconds: float, period: float, seed: int) -> Sound:
    """A slow random swell in 0..1, one column."""
    rng = np.random.default_rng(seed)
    points = rng.random(int(seconds / period) + 3)
    place = np.arange(int(seconds * RATE)) / RATE / period
    return np.interp(place, np.arange(points.size), points)[:, None]


def rain(seconds: float, seed: int = 1) -> Sound:
    """Steady rain with single drops, and wind behind it."""
    size = int(seconds * RATE)
    out = band_noise(seconds, 900, 9000, seed)[:size] * (0.22 + 0.1 * slow_wave(seconds, 2.2, seed))
    out += band_noise(seconds, 120, 600, seed + 1)[:size] * (0.1 + 0.35 * slow_wave(seconds, 3.5, seed + 2))
    rng = np.random.default_rng(seed + 3)
    for _ in range(int(seconds * 38)):
        at, pitch = int(rng.integers(0, max(1, size - 2000))), rng.uniform(1200, 4200)
        t = np.arange(1800) / RATE
        drop = np.sin(2 * np.pi * pitch * t * (1 + 4 * t)) * np.exp(-t * rng.uniform(180, 420))
        pan = rng.random()
        out[at : at + 1800] += drop[:, None] * rng.uniform(0.01, 0.07) * np.array([1 - pan, pan])
    return out


def step(seed: int) -> Sound:
    """One boot on ballast."""
    t = np.arange(int(0.32 * RATE)) / RATE
    crunch = band_noise(0.32, 500, 6000, seed)
    grains = np.random.default_rng(seed).random(t.size) ** 18 * 3
    body = np.exp(-((t - 0.07) ** 2) / 0.0016) + 0.6 * np.exp(-((t - 0.17) ** 2) / 0.0022)
    thump = np.sin(2 * np.pi * 75 * t) * np.exp(-t * 26) * 0.25
    return crunch * (body * (0.35 + grains))[:, None] * 0.9 + thump[:, None]


def tap(seed: int, dull: bool = False) -> Sound:
    """A small hammer on a rail: inharmonic partials that ring; dull where the steel is cracked."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(1.6 * RATE)) / RATE
    out = np.zeros(t.size)
    for ratio, level, decay in ((1, 0.5, 3.2), (2.76, 0.8, 4.5), (5.4, 0.6, 7), (8.93, 0.35, 11), (13.3, 0.2, 18)):
        pitch = 640 * ratio * rng.uniform(0.99, 1.01)
        out += level * np.sin(2 * np.pi * pitch * t) * np.exp(-t * decay * (6 if dull else 1))
    out += rng.standard_normal(t.size) * np.exp(-t * 420) * 0.9
    out *= np.minimum(1, t * 2000)
    return np.stack([out, np.roll(out, 14)], 1) * 0.22


def train(seconds: float) -> Sound:
    """A train that comes, passes with its wheels on the joints, and goes."""
    size = int(seconds * RATE)
    t = np.arange(size)[:, None] / RATE
    near = np.exp(-(((t - seconds * 0.5) / (seconds * 0.33)) ** 4))
    out = band_noise(seconds, 35, 240, 31)[:size] * 1.5 + band_noise(seconds, 300, 2400, 32)[:size] * 0.5
    for beat in np.arange(0.2, seconds - 0.3, 0.62):
        for offset in (0.0, 0.13):
            at = int((beat + offset) * RATE)
            hit = band_noise(0.2, 180, 2600, int(beat * 100)) * np.exp(-np.arange(int(0.2 * RATE)) / RATE * 34)[:, None]
            end = min(size, at + hit.shape[0])
            out[at:end] += hit[: end - at] * 2.2
    return np.asarray(out * (0.08 + 0.92 * near) * 0.62)


def birds(seconds: float, seed: int = 5) -> Sound:
    """Morning birds over a light wind."""
    size = int(seconds * RATE)
    out = band_noise(seconds, 150, 900, seed)[:size] * 0.07
    rng = np.random.default_rng(seed)
    clock = 0.15
    while clock < seconds - 0.8:
        base, pan = rng.uniform(2300, 4200), rng.uniform(0.15, 0.85)
        for _ in range(int(rng.integers(2, 6))):
            length = rng.uniform(0.06, 0.16)
            t = np.arange(int(length * RATE)) / RATE
            sweep = base + rng.uniform(-900, 900) * t / length + 180 * np.sin(2 * np.pi * 28 * t)
            note = np.sin(2 * np.pi * np.cumsum(sweep) / RATE) * np.sin(np.pi * t / length) ** 2
            at = int(clock * RATE)
            end = min(size, at + note.size)
            out[at:end] += note[: end - at, None] * 0.11 * np.array([1 - pan, pan])
            clock += length + rng.uniform(0.02, 0.07)
        clock += rng.uniform(0.25, 0.8)
    return out
