"""Shots with the worker's face: each is a callable that also tells where the face is."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from landscapes import (
    DAWN_CRESTS,
    DAWN_SKY,
    HEIGHT,
    RAIN,
    SIZE,
    WIDTH,
    lamp_yard,
    mountains,
)
from paint import Image, add_light, colour, grade, photograph, smooth, warp
from portrait import LAMP, SCALE, Pose, place_person

BRIGHT = np.array([1.0, 1.0, 1.0], np.float32)


class FaceShot:
    """A shot in which the face crosses the frame; subclasses say how it looks."""

    def pose(self, frame: int, total: int) -> Pose:
        """Where the person is in this frame."""
        raise NotImplementedError

    def __call__(self, frame: int, total: int) -> Image:
        """Draw one frame."""
        raise NotImplementedError


def light_map(spots: list[tuple[float, float, float, float]], floor: float) -> Image:
    """Light on the person: a floor and round pools (x, y, size, strength), frame size."""
    small = np.full((135, 240, 3), floor, np.float32)
    for x, y, size, strength in spots:
        add_light(small, x / 8, y / 8, int(size / 8), BRIGHT * strength, 1.2)
    return cv2.resize(small[..., 0], SIZE, interpolation=cv2.INTER_LINEAR)


def lamp_glare(image: Image, pose: Pose, strength: float) -> None:
    """Let the helmet lamp bloom, in place."""
    x, y = pose.matrix() @ np.array([LAMP[0] * SCALE, LAMP[1] * SCALE, 1.0])
    add_light(image, float(x), float(y), 760, colour("#fff0cc") * 0.34 * strength, 2.6)
    add_light(image, float(x), float(y), 190, colour("#fffbe8") * 0.7 * strength, 2.0)


def bokeh(image: Image, frame: int, drift: float, seed: int) -> None:
    """Out-of-focus lamps that slide past at different speeds, in place."""
    rng = np.random.default_rng(seed)
    for _ in range(11):
        near = float(rng.uniform(0.4, 1.0))
        span = WIDTH + 500
        x = (float(rng.uniform(0, span)) + frame * drift * near) % span - 250
        y = float(rng.uniform(180, 780))
        tint = colour(("#ffb35a", "#ff8a4a", "#9fc2ff", "#ffd9a0")[int(rng.integers(4))])
        add_light(image, x, y, int(70 + 110 * near), tint * 0.16, 0.22)


@lru_cache(maxsize=4)
def soft_yard(blur: float, sideways: float) -> Image:
    """The lamp yard far out of focus, optionally smeared by movement."""
    image = cv2.GaussianBlur(lamp_yard(), (0, 0), blur)
    if sideways:
        image = cv2.GaussianBlur(image, (0, 0), sideways, sigmaY=blur)
    return image


class Walk(FaceShot):
    """Walking along the station at night, left to right."""

    def pose(self, frame: int, total: int) -> Pose:
        """A steady walk with a light bob."""
        x = 430 + 1060 * frame / total
        return Pose(x, 520 + 9 * np.sin(frame / 3.9), 336, 1.6 * np.sin(frame / 7.8))

    def __call__(self, frame: int, total: int) -> Image:
        """Draw one frame."""
        image = warp(soft_yard(9, 0), 1.0, -60 + 130 * frame / total, 50, SIZE) * 0.75
        bokeh(image, frame, -5.5, 5)
        pose = self.pose(frame, total)
        passing = 300 + (frame * 16) % 1500
        light = light_map([(pose.x - 160, 420, 1500, 0.5), (passing, 400, 900, 0.4)], 0.26)
        image = place_person(image, pose, light)
        lamp_glare(image, pose, 1.0)
        RAIN.draw(image, frame + 200, 0.13)
        return grade(image)


@lru_cache(maxsize=1)
def brick_wall() -> Image:
    """A long wall of the tunnel, out of focus."""
    brick = photograph("brick").T.astype(np.float32) / 255
    wall: Image = np.hstack([brick, brick[:, ::-1]] * 3)
    wall = cv2.resize(wall[60:420], (3072 * 2, 1080), interpolation=cv2.INTER_CUBIC)
    return cv2.GaussianBlur(wall, (0, 0), 7)[..., None] * colour("#8a7a68")


class Listen(FaceShot):
    """Listening in the tunnel, right to left, lit by a torch that wanders."""

    def pose(self, frame: int, total: int) -> Pose:
        """A slow crossing that stops to listen on the way."""
        progress = frame / total
        way = progress + 0.10 * np.sin(2 * np.pi * progress)
        return Pose(1430 - 900 * way, 530 + 4 * np.sin(frame / 9), 372, -2.0 + 3 * np.sin(frame / 31), mirrored=True)

    def __call__(self, frame: int, total: int) -> Image:
        """Draw one frame."""
        left = int(400 + frame * 5)
        image = brick_wall()[:, left : left + WIDTH] * 0.8
        x = 700 + 500 * np.sin(frame / 40)
        image = image * light_map([(x + 200, 420, 1600, 0.85)], 0.14)[..., None]
        pose = self.pose(frame, total)
        light = light_map([(pose.x + 120, 420, 1100, 0.62), (x, 500, 900, 0.3)], 0.10)
        image = place_person(image, pose, light)
        lamp_glare(image, pose, 0.8)
        return grade(image, lift="#030405", dark=0.5)


class Run(FaceShot):
    """Running towards the train with a red lamp, left to right, fast."""

    def pose(self, frame: int, total: int) -> Pose:
        """A run: quick, with a strong bob."""
        x = 330 + 1290 * smooth(frame / total) ** 0.95
        return Pose(x, 520 + 20 * np.sin(frame / 2.4), 344, 3.2 * np.sin(frame / 4.8))

    def __call__(self, frame: int, total: int) -> Image:
        """Draw one frame."""
        image = warp(soft_yard(12, 60), 1.0, -90 + 180 * frame / total, 50, SIZE) * 0.55
        bokeh(image, frame, -17, 15)
        pose = self.pose(frame, total)
        swing = np.sin(frame / 5.2)
        red_x, red_y = pose.x + 330 + 150 * swing, 700 - 120 * abs(swing)
        light = light_map([(pose.x, 380, 1200, 0.5)], 0.24)
        image = place_person(image, pose, light)
        red = light_map([(red_x, red_y, 1300, 0.9)], 0.0)
        image += image * red[..., None] * colour("#ff3a22") * 1.1
        add_light(image, red_x, red_y, 620, colour("#ff2a14") * 0.6, 2.0)
        add_light(image, red_x, red_y, 110, colour("#ff9a80") * 1.4, 1.0)
        lamp_glare(image, pose, 0.9)
        RAIN.draw(image, frame + 700, 0.18)
        return grade(image)


class Morning(FaceShot):
    """After the shift, in the first sun, right to left, slowly."""

    def pose(self, frame: int, total: int) -> Pose:
        """A slow crossing."""
        return Pose(1300 - 620 * smooth(frame / total), 540, 366, 1.5 * np.sin(frame / 26))

    def __call__(self, frame: int, total: int) -> Image:
        """Draw one frame."""
        image = warp(dawn_blur(), 1.0, -70 + 140 * frame / total, 0, SIZE) * 0.9
        add_light(image, 420 + frame * 0.8, 430, 1300, colour("#ffce8c") * 0.5, 2.0)
        pose = self.pose(frame, total)
        light = light_map([(pose.x - 330, 430, 1500, 0.5)], 0.55)
        image = place_person(image, pose, light, 0.9)
        return grade(image, warm=0.05, dark=0.25)


@lru_cache(maxsize=1)
def dawn_blur() -> Image:
    """The dawn valley out of focus."""
    picture = mountains(DAWN_SKY, DAWN_CRESTS, 31)
    assert picture.shape[0] >= HEIGHT
    return cv2.GaussianBlur(picture, (0, 0), 11)
