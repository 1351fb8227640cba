"""Details: stones by torchlight, the hammer on the rail, the dark tunnel, clock and cup."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from landscapes import HEIGHT, SIZE, WIDTH, gravel_tile
from paint import Image, add_light, blend, cloud_noise, colour, grade, photograph, smooth, warp


@lru_cache(maxsize=1)
def track_from_above() -> Image:
    """Rail, sleepers and stones from above, as a strip that repeats along y."""
    stone = cv2.resize(gravel_tile(), (2048, 2048), interpolation=cv2.INTER_CUBIC)[:, :WIDTH]
    strip = (0.15 + 0.8 * stone)[..., None] * colour("#8a8378")
    for top in (120, 1144):
        grain = 0.55 + 0.3 * cloud_noise(330, WIDTH, 300, 5, 12)
        plank = grain[..., None] * colour("#77726c")
        strip[top - 14 : top + 344] *= 0.45
        strip[top : top + 330] = plank
    strip[:, 760:1130] *= np.array(0.5, np.float32)
    strip[:, 800:1090] = colour("#3c2f28") * (0.7 + 0.5 * cloud_noise(2048, 290, 40, 4, 5))[..., None]
    across = np.linspace(-1, 1, 150, dtype=np.float32)
    sheen = 0.35 + 0.65 * np.exp(-((across / 0.55) ** 2))
    strip[:, 870:1020] = sheen[None, :, None] * colour("#aeb8c2") * 0.9
    for top in (120, 1144):
        for x in (765, 1095):
            cv2.rectangle(strip, (x - 36, top + 110), (x + 66, top + 220), (0.12, 0.13, 0.16), -1, cv2.LINE_AA)
            cv2.circle(strip, (x + 15, top + 165), 30, (0.3, 0.33, 0.38), -1, cv2.LINE_AA)
            cv2.circle(strip, (x + 15, top + 165), 16, (0.14, 0.15, 0.17), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(strip, (0, 0), 1.0)


def stones_by_torch(frame: int, total: int) -> Image:
    """Detail: the torch feels its way over rail, sleepers and stones; each step sways it."""
    strip = track_from_above()
    top = (2048 - frame * 7.0) % 2048
    rows = (np.arange(HEIGHT) + int(top)) % 2048
    image = strip[rows].copy()
    spot = np.full((135, 240, 3), 0.05, np.float32)
    x = 125 + 34 * np.sin(frame / 15)
    y = 66 + 9 * np.sin(frame / 7.5)
    add_light(spot, x, y, 190, np.array([0.85, 1.0, 1.1], np.float32) * 1.5, 1.1)
    image *= cv2.resize(spot, SIZE, interpolation=cv2.INTER_CUBIC)
    return grade(image)


class HammerTaps:
    """Detail: a small hammer taps the rail head; drops jump at each tap."""

    def __init__(self, hits: list[int]) -> None:
        """`hits` are the frames of the shot at which the hammer meets the steel."""
        self.hits = hits

    @staticmethod
    @lru_cache(maxsize=1)
    def stage() -> Image:
        """The rail from the side, its sleeper, stones and the dark behind."""
        back = cloud_noise(HEIGHT, WIDTH, 500, 4, 50)
        image = (0.05 + 0.10 * back)[..., None] * colour("#6f86a0")
        for x, y, size, tint in ((260, 260, 220, "#ffb45c"), (620, 180, 150, "#ff9a4a"), (1480, 300, 260, "#8fb6ff")):
            add_light(image, x, y, size, colour(tint) * 0.30, 0.25)
        stone = cv2.resize(gravel_tile()[:300, :640], (WIDTH, 900), interpolation=cv2.INTER_CUBIC)
        image[900:] = (0.05 + 0.4 * stone[:180])[..., None] * colour("#8a8378") * 0.7
        profile = [(640, 672, 0.95), (672, 700, 0.55), (700, 800, 0.22), (800, 836, 0.42), (836, 900, 0.16)]
        for top, bottom, shine in profile:
            rows = np.linspace(1, 0.6, bottom - top, dtype=np.float32)[:, None, None]
            rust = 0.8 + 0.4 * cloud_noise(bottom - top, WIDTH, 60, 4, top)[..., None]
            steel = colour("#b9c3cc") if top < 700 else colour("#8a5f48")
            image[top:bottom] = rows * rust * steel * shine * 0.6
        image[640:645] = colour("#e8eef4") * 0.85
        fall = np.linspace(0.45, 1.0, WIDTH, dtype=np.float32)[None, :, None]
        return cv2.GaussianBlur(image, (0, 0), 0.9) * fall

    def angle(self, frame: int) -> float:
        """The hammer's lift in degrees: falls fast before a tap, rebounds and rises slowly."""
        gaps = [frame - hit for hit in self.hits]
        after = min((gap for gap in gaps if gap >= 0), default=99)
        before = min((-gap for gap in gaps if gap < 0), default=99)
        lift = 26 * smooth(after / 14) if after < 99 else 26.0
        return lift * smooth(before / 4) if before < 5 else lift

    def __call__(self, frame: int, total: int) -> Image:
        """Draw one frame."""
        image = self.stage().copy()
        tool: Image = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        alpha: Image = np.zeros((HEIGHT, WIDTH), np.float32)
        shaft = np.array([[905, 520], [1960, 470], [1960, 530], [905, 562]], np.int32)
        cv2.fillPoly(tool, [shaft], tuple(float(v) for v in colour("#a9763f") * 0.75), cv2.LINE_AA)
        shine = np.array([[905, 520], [1960, 470], [1960, 486], [905, 530]], np.int32)
        cv2.fillPoly(tool, [shine], tuple(float(v) for v in colour("#d9a566") * 0.8), cv2.LINE_AA)
        cv2.fillPoly(alpha, [shaft], 1.0, cv2.LINE_AA)
        head = np.array(
            [[858, 430], [942, 430], [950, 470], [944, 610], [926, 640], [874, 640], [856, 610], [850, 470]]
        )
        cv2.fillPoly(tool, [head], (0.20, 0.19, 0.18), cv2.LINE_AA)
        cv2.fillPoly(tool, [np.array([[862, 440], [884, 440], [880, 630], [866, 606]])], (0.55, 0.52, 0.5), cv2.LINE_AA)
        cv2.fillPoly(alpha, [head], 1.0, cv2.LINE_AA)
        turn = cv2.getRotationMatrix2D((2050.0, 520.0), -self.angle(frame), 1.0)
        tool, alpha = (cv2.warpAffine(part, turn, SIZE, flags=cv2.INTER_CUBIC) for part in (tool, alpha))
        tool = cv2.GaussianBlur(tool, (0, 0), 0.9)
        image = blend(image, tool, np.clip(alpha, 0, 1))
        rng = np.random.default_rng(11)
        for hit in self.hits:
            age = frame - hit
            if 0 <= age < 16:
                add_light(image, 900, 642, 300, colour("#fff0d0") * 0.5 * np.exp(-age / 2.0), 2.2)
                for _ in range(16):
                    vx, vy = float(rng.normal(0, 9)), float(-rng.uniform(5, 17))
                    x, y = 900 + vx * age, 638 + vy * age + 0.9 * age * age
                    if y < 645:
                        add_light(image, x, y, 18, colour("#dfe9f5") * 0.8 * (1 - age / 16), 1.0)
        return grade(warp(image, 1.03 + 0.03 * frame / total, 0, 0, SIZE), warm=0.02)


@lru_cache(maxsize=1)
def tunnel_map() -> tuple[Image, Image, Image]:
    """Where each pixel looks on the tunnel's wall: angle and depth in bricks, and its depth."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    dx, dy = (x - WIDTH * 0.52) / 520, (y - HEIGHT * 0.47) / 520
    radius = np.sqrt(dx * dx + dy * dy * 1.15) + 1e-3
    angle = np.arctan2(dy, dx) / (2 * np.pi) + 0.5
    return angle * 1024 * 3, 300 / radius, radius


def tunnel(frame: int, total: int) -> Image:
    """Dark: a brick tunnel by the light of one lamp, a few lamps far ahead."""
    around, deep, radius = tunnel_map()
    brick = photograph("brick").astype(np.float32) / 255
    tile = np.vstack([np.hstack([brick, brick[:, ::-1]]), np.hstack([brick[::-1], brick[::-1, ::-1]])])
    wall = cv2.remap(tile, around % 1023, (deep + frame * 3.2) % 1023, cv2.INTER_LINEAR)
    fade = np.clip(radius * 1.5, 0, 1) ** 1.7
    wall = 0.35 + (wall - 0.35) * np.clip(radius * 2.2 - 0.15, 0, 1)
    image = (wall * fade)[..., None] * colour("#8a7a68")
    spot = np.full((135, 240, 3), 0.012, np.float32)
    add_light(spot, 128 + 38 * np.sin(frame / 21), 74 + 12 * np.sin(frame / 13), 150, np.ones(3, np.float32) * 1.0, 1.3)
    image *= cv2.resize(spot, SIZE, interpolation=cv2.INTER_CUBIC)
    for number in range(5):
        distance = (number + 1 - (frame * 0.012) % 1.0) * 1.0
        reach = 1 / max(distance, 0.12)
        x, y = WIDTH * 0.52 + 150 * reach, HEIGHT * 0.47 - 120 * reach
        add_light(image, x, y, int(20 + 60 * reach), colour("#ffb25a") * 0.5 * min(1.0, 2 / distance), 1.6)
    return grade(image, lift="#020304", dark=0.5)


def clock(frame: int, total: int) -> Image:
    """Detail: the clock in the duty hut; the second hand runs, lamp light breathes."""
    back = cloud_noise(HEIGHT, WIDTH, 700, 5, 61)
    image: Image = (0.10 + 0.12 * back)[..., None] * colour("#7d6a52")
    add_light(image, 320, 200, 1500, colour("#ffc070") * (0.32 + 0.02 * np.sin(frame / 7)), 1.5)
    cx, cy, radius = 1060, 540, 400
    add_light(image, cx + 40, cy + 60, 1240, np.full(3, -0.22, np.float32), 0.9)
    face = np.zeros_like(image)
    cv2.circle(image, (cx, cy), radius + 34, tuple(float(v) for v in colour("#3a3f45") * 0.7), -1, cv2.LINE_AA)
    cv2.circle(image, (cx, cy), radius, tuple(float(v) for v in colour("#efe6d2") * 0.62), -1, cv2.LINE_AA)
    cv2.circle(face, (cx, cy), radius, (1.0, 1.0, 1.0), -1, cv2.LINE_AA)
    for tick in range(60):
        a = tick * np.pi / 30
        inner = radius - (58 if tick % 5 == 0 else 28)
        ends = [(round((cx + r * np.sin(a)) * 8), round((cy - r * np.cos(a)) * 8)) for r in (inner, radius - 14)]
        cv2.line(image, ends[0], ends[1], (0.07, 0.07, 0.08), 12 if tick % 5 == 0 else 4, cv2.LINE_AA, 3)
    seconds = frame / 25 + 37
    hands = ((seconds / 43200 + 2.35 / 12, 0.52, 22, "#17181b"), (seconds / 3600 + 0.35, 0.78, 14, "#17181b"),
             (np.floor(seconds) / 60 + smooth((seconds % 1) * 5) / 60, 0.86, 5, "#b3261e"))  # fmt: skip
    for turn, reach, thick, tint in hands:
        a = 2 * np.pi * turn
        tip = (round((cx + reach * radius * np.sin(a)) * 8), round((cy - reach * radius * np.cos(a)) * 8))
        tail = (round((cx - 60 * np.sin(a)) * 8), round((cy + 60 * np.cos(a)) * 8))
        cv2.line(image, tail, tip, tuple(float(v) for v in colour(tint)), thick, cv2.LINE_AA, 3)
    cv2.circle(image, (cx, cy), 18, (0.1, 0.1, 0.12), -1, cv2.LINE_AA)
    sheen = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    add_light(sheen, cx - 170, cy - 190, 700, colour("#fff0d8") * 0.35, 1.3)
    image += sheen * face
    image = cv2.GaussianBlur(image, (0, 0), 1.0)
    return grade(warp(image, 1.0 + 0.05 * frame / total, 0, 0, SIZE), warm=0.03)


@lru_cache(maxsize=1)
def cup_picture() -> Image:
    """The cup on the table (scikit-image `coffee`, CC0), enlarged and softened."""
    picture = photograph("coffee")[20:380]
    large = cv2.resize(picture, (2112, 1267), interpolation=cv2.INTER_LANCZOS4).astype(np.float32) / 255
    return cv2.GaussianBlur(large, (0, 0), 1.3) ** 1.25


def cup(frame: int, total: int) -> Image:
    """Detail: steam rises from a cup, morning light crosses the table."""
    progress = frame / total
    image = warp(cup_picture(), 1.0, -16 + 32 * progress, -10 + 10 * progress, SIZE) * 0.85
    rows = np.linspace(0, 1, 270, dtype=np.float32)[:, None]
    cols = np.linspace(0, 1, 480, dtype=np.float32)[None, :]
    field = cloud_noise(1400, 480, 90, 3, 91)
    start = int(1130 - frame * 3)
    steam = field[start : start + 270] - 0.45
    column = np.exp(-(((cols - 0.5 - 0.03 * np.sin(rows * 9 + frame / 14)) / 0.1) ** 2))
    steam = np.clip(steam * 2.2, 0, 1) * column * np.clip((0.42 - rows) / 0.3, 0, 1) * np.clip(rows * 6 + 0.3, 0, 1)
    soft = cv2.resize(cv2.GaussianBlur(steam, (0, 0), 3), SIZE, interpolation=cv2.INTER_LINEAR)
    image += (colour("#fff2e0") - image) * np.clip(soft, 0, 1)[..., None] * 0.65
    beam = np.full((135, 240, 3), 0.62, np.float32)
    add_light(beam, 40 + 90 * progress, 20, 300, np.array([0.75, 0.95, 1.1], np.float32) * 0.75, 1.2)
    image *= cv2.resize(beam, SIZE, interpolation=cv2.INTER_CUBIC)
    return grade(image, warm=0.03)
