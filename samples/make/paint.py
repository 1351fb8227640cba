"""Painting primitives on float32 BGR images in 0..1: noise, glows, ridges, rain, warps, grade."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

Image = NDArray[Any]
"""Float32, BGR or one channel (OpenCV's own types say no more than Any)."""


def photograph(name: str) -> NDArray[Any]:
    """One of scikit-image's free pictures by name, 8 bit, BGR or grey."""
    load: Any = getattr(data, name)
    picture = np.asarray(load())
    return picture[..., ::-1].copy() if picture.ndim == 3 else picture


def smooth(value: float) -> float:
    """Ease a 0..1 progress in and out."""
    value = min(1.0, max(0.0, value))
    return value * value * (3 - 2 * value)


def colour(code: str) -> NDArray[np.float32]:
    """Turn "#rrggbb" into a BGR triple in 0..1."""
    return np.array([int(code[i : i + 2], 16) / 255 for i in (5, 3, 1)], np.float32)


@lru_cache(maxsize=64)
def cloud_noise(height: int, width: int, cell: int, octaves: int, seed: int) -> Image:
    """Fractal noise in 0..1; `cell` is the size in pixels of its largest features."""
    rng = np.random.default_rng(seed)
    total = np.zeros((height, width), np.float32)
    weight, size = 1.0, float(cell)
    for _ in range(octaves):
        shape = (int(height / size) + 3, int(width / size) + 3)
        layer: Image = rng.random(shape, np.float32)
        layer = cv2.resize(layer, None, fx=size, fy=size, interpolation=cv2.INTER_CUBIC)
        total += weight * layer[:height, :width]
        weight, size = weight * 0.5, max(size / 2, 1.5)
    low, high = float(total.min()), float(total.max())
    return (total - low) / (high - low)


@lru_cache(maxsize=64)
def glow(size: int, power: float = 2.0) -> Image:
    """A round falloff, one channel, 1 in the middle and 0 at the edge of its square."""
    axis = np.linspace(-1, 1, size, dtype=np.float32)
    radius = np.sqrt(axis[None, :] ** 2 + axis[:, None] ** 2)
    return np.asarray(np.clip(1 - radius, 0, 1) ** power)


def add_light(image: Image, x: float, y: float, size: int, light: NDArray[np.float32], power: float = 2.0) -> None:
    """Add a glow of `size` pixels centred on x, y (sub-pixel) to the image in place."""
    height, width = image.shape[:2]
    left, top = int(np.floor(x - size / 2)), int(np.floor(y - size / 2))
    shift = np.array([[1, 0, x - size / 2 - left], [0, 1, y - size / 2 - top]], np.float32)
    patch = cv2.warpAffine(glow(size, power), shift, (size + 1, size + 1))
    x0, y0, x1, y1 = max(0, left), max(0, top), min(width, left + size), min(height, top + size)
    if x0 < x1 and y0 < y1:
        part = patch[y0 - top : y1 - top, x0 - left : x1 - left, None]
        image[y0:y1, x0:x1] += part * light


def vertical_gradient(height: int, width: int, stops: list[tuple[float, str]]) -> Image:
    """A sky: colours at heights from 0 (top) to 1 (bottom)."""
    rows = np.linspace(0, 1, height)
    places = [place for place, _ in stops]
    colours = np.array([colour(code) for _, code in stops])
    column = np.stack([np.interp(rows, places, colours[:, c]) for c in range(3)], -1)
    return np.repeat(column[:, None, :], width, 1).astype(np.float32)


def ridge_line(width: int, base: float, rough: float, seed: int) -> NDArray[np.float32]:
    """Heights in pixels of a mountain ridge along x."""
    rng = np.random.default_rng(seed)
    x = np.arange(width, dtype=np.float32)
    line = np.full(width, base, np.float32)
    for octave in range(1, 9):
        wave = width / (1.6**octave)
        line += rough / 1.75**octave * np.sin(2 * np.pi * (x / wave + rng.random()))
    return line


def paint_ridge(image: Image, line: NDArray[np.float32], top: str, bottom: str) -> None:
    """Fill all below the ridge with a gradient from `top` at its crest to `bottom`."""
    height = image.shape[0]
    rows = np.arange(height, dtype=np.float32)[:, None]
    mask = np.clip(rows - line[None, :], 0, 1)[..., None]
    depth = np.clip((rows - line[None, :]) / (height * 0.3), 0, 1)[..., None]
    fill = colour(top) * (1 - depth) + colour(bottom) * depth
    image[:] = image * (1 - mask) + fill * mask


def warp(image: Image, zoom: float, dx: float, dy: float, size: tuple[int, int]) -> Image:
    """Look at `image` through a window of `size` (w, h): zoom about its centre, then pan."""
    height, width = image.shape[:2]
    out_w, out_h = size
    move = np.array(
        [[zoom, 0, out_w / 2 - zoom * (width / 2 + dx)], [0, zoom, out_h / 2 - zoom * (height / 2 + dy)]],
        np.float32,
    )
    flags = cv2.INTER_CUBIC if zoom > 1.05 else cv2.INTER_LINEAR
    return cv2.warpAffine(image, move, size, flags=flags, borderMode=cv2.BORDER_REFLECT)


def blend(under: Image, over: Image, alpha: Image) -> Image:
    """Lay `over` on `under` with a one-channel alpha."""
    return np.asarray(under + (over - under) * alpha[..., None])


class Rain:
    """Streaks of rain in depth layers; each falls straight on its own steady path."""

    def __init__(self, width: int, height: int, count: int, seed: int, slant: float = 0.12) -> None:
        """Scatter `count` drops; `slant` is sideways motion per downward motion."""
        rng = np.random.default_rng(seed)
        self.size = (width, height)
        self.slant = slant
        self.x = rng.random(count) * width * 1.3 - width * 0.15
        self.phase = rng.random(count)
        self.depth = rng.random(count) ** 1.5

    def draw(self, image: Image, frame: int, strength: float = 0.35) -> None:
        """Add the rain of this frame to the image in place."""
        width, height = self.size
        layer: Image = np.zeros((height, width), np.float32)
        span = height * 1.4
        for x, phase, depth in zip(self.x, self.phase, self.depth, strict=True):
            speed = height * (0.035 + 0.05 * depth)
            y = (phase * span + frame * speed) % span - height * 0.2
            length = height * (0.03 + 0.07 * depth)
            start = (int((x + y * self.slant) * 8), int(y * 8))
            end = (int((x + (y + length) * self.slant) * 8), int((y + length) * 8))
            level = 0.25 + 0.75 * float(depth)
            cv2.line(layer, start, end, level, 1 + int(depth > 0.6), cv2.LINE_AA, 3)
        layer = cv2.GaussianBlur(layer, (0, 0), 1.1)
        image += layer[..., None] * np.array([1.0, 0.96, 0.9], np.float32) * strength


@lru_cache(maxsize=4)
def vignette(height: int, width: int, amount: float) -> Image:
    """Darken the corners: a factor for each pixel."""
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return (1 - amount * np.clip((x * x + y * y) / 2, 0, 1) ** 1.4)[..., None]


def grade(image: Image, lift: str = "#04060a", warm: float = 0.0, dark: float = 0.35) -> Image:
    """The series look: filmic shoulder, tinted blacks, vignette. Returns a new image."""
    height, width = image.shape[:2]
    out = np.clip(image, 0, None) * vignette(height, width, dark)
    out = 1 - np.exp(-1.35 * out)
    out *= 1.22
    out += colour(lift) * (1 - np.clip(out, 0, 1))
    if warm:
        out *= np.array([1 - warm, 1.0, 1 + warm], np.float32)
    return np.asarray(np.clip(out, 0, 1))
