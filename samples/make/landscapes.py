"""Wide shots: the valley in the rain, the station lamps, the track ahead, storm, train, dawn."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from paint import (
    Image,
    Rain,
    add_light,
    cloud_noise,
    colour,
    grade,
    paint_ridge,
    photograph,
    ridge_line,
    smooth,
    vertical_gradient,
    warp,
)

WIDTH, HEIGHT = 1920, 1080
SIZE = (WIDTH, HEIGHT)


@lru_cache(maxsize=1)
def gravel_tile() -> Image:
    """Track stones as a seamless grey tile (scikit-image `gravel`, CC0)."""
    stone = photograph("gravel").astype(np.float32) / 255
    return np.vstack([np.hstack([stone, stone[:, ::-1]]), np.hstack([stone[::-1], stone[::-1, ::-1]])])


def draw_track(
    image: Image,
    horizon: float,
    forward: float,
    light: float,
    tint: str,
    bend: float = 0.0,
    contrast: float = 1.0,
) -> None:
    """Draw ballast, sleepers and two rails below the horizon, seen along the line, in place.

    `forward` is the distance travelled in sleepers; `bend` leads the line aside far away;
    `contrast` is that of the stones (lower while they move: the files stay small).
    """
    top = int(horizon) + 2
    y, x = np.mgrid[top:HEIGHT, 0:WIDTH].astype(np.float32)
    depth = (HEIGHT - horizon) / (y - horizon)
    side = (x - WIDTH / 2 - bend * (depth - 1) ** 1.3) * depth / 620
    along = depth * 2.2 + forward
    tile = gravel_tile()
    span = tile.shape[0]
    u, v = (side * 330) % (span - 1), (along * 330) % (span - 1)
    stones = cv2.remap(tile, u, v, cv2.INTER_LINEAR)
    near = np.clip(1.5 - depth / 7, 0, 1)
    stones = 0.4 + (stones - 0.4) * near * contrast
    shade = stones * light * np.clip(1.25 / depth**0.45, 0, 1)
    ground = shade[..., None] * colour(tint)
    phase = np.abs((along % 1.0) - 0.5)
    edge = np.clip(0.05 * depth, 0.03, 0.4)
    sleeper = np.clip((0.30 - phase) / edge + 0.5, 0, 1) * np.clip((1.05 - np.abs(side)) / 0.03 / depth, 0, 1)
    sleeper *= np.clip(1.4 - depth / 9, 0.12, 1)
    plank = (0.75 + 0.3 * stones)[..., None] * colour("#9a958e") * light
    ground = ground + (plank / depth[..., None] ** 0.4 - ground) * sleeper[..., None] * 0.8
    for rail in (-0.72, 0.72):
        distance = np.abs(side - rail)
        foot = np.clip((0.075 - distance) / 0.012 / depth, 0, 1)[..., None]
        head = np.clip((0.034 - distance) / 0.008 / depth, 0, 1)[..., None]
        ground = ground * (1 - foot * 0.75)
        shine = np.clip(0.55 + 0.5 / depth, 0, 1)[..., None] * colour("#c9d3dd") * (0.25 + light)
        ground = ground + (shine - ground) * head
    image[top:] = ground


@lru_cache(maxsize=8)
def mountains(sky: tuple[tuple[float, str], ...], crests: tuple[tuple[str, str], ...], seed: int) -> Image:
    """Sky with ridges one behind the other, slightly larger than the frame."""
    width, height = WIDTH + 240, HEIGHT + 120
    image = vertical_gradient(height, width, list(sky))
    for number, (top, bottom) in enumerate(crests):
        base = height * (0.36 + 0.075 * number)
        line = ridge_line(width, base, height * (0.085 - 0.008 * number), seed + number)
        paint_ridge(image, line, top, bottom)
    return cv2.GaussianBlur(image, (0, 0), 1.0)


NIGHT_SKY = ((0.0, "#060b16"), (0.35, "#15233a"), (0.6, "#2a3c55"), (1.0, "#2a3c55"))
NIGHT_CRESTS = (("#1b2a3f", "#22334a"), ("#121d2e", "#1a2839"), ("#0a121d", "#101a26"))
DAWN_SKY = ((0.0, "#3f6591"), (0.2, "#7d97b0"), (0.36, "#e8b98a"), (0.46, "#ffd9a0"), (1.0, "#ffd9a0"))
DAWN_CRESTS = (("#8d8ea0", "#d9b596"), ("#5a6478", "#a8968c"), ("#2f3b4a", "#39434a"))


def mist(image: Image, frame: int, low: float, strength: float, tint: str) -> None:
    """Drift a band of mist across the image around the height `low` (0..1), in place."""
    field = cloud_noise(270, 1200, 240, 3, 77)
    shift = np.array([[1, 0, -40 - frame * 0.35], [0, 1, 0]], np.float32)
    part = cv2.warpAffine(field, shift, (480, 270), borderMode=cv2.BORDER_REFLECT)
    rows = np.linspace(0, 1, 270, dtype=np.float32)[:, None]
    band = part * np.exp(-(((rows - low) / 0.11) ** 2)) * strength
    band = cv2.resize(band, SIZE, interpolation=cv2.INTER_LINEAR)[..., None]
    image += (colour(tint) - image) * np.clip(band, 0, 1)


def valley_rain(frame: int, total: int) -> Image:
    """Wide: the line in the valley at night, a red signal, rain, a slow push forward."""
    progress = frame / total
    image = warp(mountains(NIGHT_SKY, NIGHT_CRESTS, 4), 1.0 + 0.03 * progress, 0, 0, SIZE).copy()
    draw_track(image, 610, 0.0, 0.36, "#5d6a7c", bend=14)
    mist(image, frame, 0.54, 0.6, "#4a5d75")
    pulse = 0.85 + 0.15 * np.sin(frame / 9)
    add_light(image, 1530, 560, 520, colour("#ff2a18") * 0.35 * pulse, 2.4)
    add_light(image, 1530, 560, 46, colour("#ff6a4a") * 1.6 * pulse, 1.2)
    add_light(image, 1420, 820, 420, colour("#ff2a18") * 0.10 * pulse, 2.0)
    RAIN.draw(image, frame, 0.16)
    return grade(warp(image, 1.0 + 0.05 * progress, 0, 10 * progress, SIZE))


RAIN = Rain(WIDTH, HEIGHT, 100, 3)
HEAVY_RAIN = Rain(WIDTH, HEIGHT, 170, 8, slant=0.3)


@lru_cache(maxsize=1)
def lamp_yard() -> Image:
    """Masts and lamps at blue hour: scikit-image `rocket` with the rocket painted out."""
    picture = photograph("rocket")[36:396].copy()
    left, right = 296, 352
    ramp = np.linspace(0, 1, right - left, dtype=np.float32)[None, :, None]
    strip = picture[:332].astype(np.float32)
    a = strip[:, left - 8 : left].mean(1, keepdims=True)
    b = strip[:, right : right + 8].mean(1, keepdims=True)
    a, b = (cv2.GaussianBlur(edge, (1, 21), 6).reshape(edge.shape) for edge in (a, b))
    picture[:332, left:right] = np.clip(a + (b - a) * ramp, 0, 255).astype(np.uint8)
    large = cv2.resize(picture, (2112, 1188), interpolation=cv2.INTER_LANCZOS4)
    return cv2.GaussianBlur(large.astype(np.float32) / 255, (0, 0), 1.2)


def station_lamps(frame: int, total: int) -> Image:
    """Wide: lamps of the station, a slow pan, drizzle."""
    progress = frame / total
    image = warp(lamp_yard(), 1.02, -60 + 120 * progress, 30, SIZE) * 0.62
    mist(image, frame, 0.82, 0.5, "#3b3f4a")
    for x, y, phase in ((330, 880, 0.0), (640, 905, 1.3), (1330, 880, 2.1)):
        flicker = 0.8 + 0.2 * np.sin(frame / 6 + phase)
        add_light(image, x + 60 - 120 * progress, y, 460, colour("#ffb060") * 0.22 * flicker, 2.4)
    RAIN.draw(image, frame + 400, 0.12)
    return grade(image)


def track_ahead(frame: int, total: int) -> Image:
    """Wide: walking along the line by the light of the helmet lamp."""
    image = warp(mountains(NIGHT_SKY, NIGHT_CRESTS, 9), 1.0, 0, -40, SIZE) * 0.6
    draw_track(image, 560, frame * 0.045, 0.55, "#7a7468", bend=-11, contrast=0.55)
    sway = 90 * np.sin(frame / 17)
    spot = np.full((270, 480, 3), 0.16, np.float32)
    add_light(spot, 240 + sway / 4, 190, 460, np.array([1.0, 1.15, 1.25], np.float32) * 1.1, 1.6)
    image *= cv2.resize(spot, SIZE, interpolation=cv2.INTER_LINEAR)
    mist(image, frame * 2, 0.5, 0.35, "#2b3646")
    RAIN.draw(image, frame + 900, 0.12)
    step = 5 * abs(np.sin(frame / 8.5))
    return grade(warp(image, 1.02, 0, step, SIZE))


def storm(frame: int, total: int) -> Image:
    """Wide: the flood year; low cloud, lightning over the ridge, water over the line."""
    image = warp(mountains(NIGHT_SKY, NIGHT_CRESTS, 16), 1.04, 60 - 120 * frame / total, 0, SIZE) * 0.8
    mist(image, frame * 4, 0.2, 0.9, "#39475a")
    mist(image, frame * 6 + 300, 0.52, 0.8, "#46566a")
    y, x = np.mgrid[640:HEIGHT, 0:WIDTH].astype(np.float32)
    depth = 430 / (y - 610)
    field = cloud_noise(512, 512, 64, 3, 88)
    field = np.vstack([np.hstack([field, field[:, ::-1]]), np.hstack([field[::-1], field[::-1, ::-1]])])
    along = depth * 170 - frame * 3.5
    swirl = cv2.remap(field, (x - 960) * depth * 0.22 % 1023, along % 1023, cv2.INTER_LINEAR)
    ripple = cv2.remap(field, ((x - 960) * depth * 0.5 + frame * 2) % 1023, along * 2 % 1023, cv2.INTER_LINEAR)
    wave = (swirl + 0.5 * ripple - 0.75) * np.clip(1.7 / depth**0.8, 0.15, 1)
    water = (0.20 + 0.20 * wave + 0.05 * np.clip(depth / 6, 0, 1))[..., None] * colour("#9a8a72")
    image[640:] = image[640:] * 0.15 + water
    flash = sum(np.exp(-(((frame - at) / 2.6) ** 2)) for at in (14, 19, 62)) + 0.0
    image *= 1 + 1.6 * flash
    add_light(image, 1250, 260, 1300, colour("#a8c4ff") * 0.5 * flash, 1.6)
    HEAVY_RAIN.draw(image, frame, 0.2)
    return grade(image)


@lru_cache(maxsize=1)
def carriage() -> Image:
    """One lit carriage, seen from the side, drawn large; tiles along the train."""
    car = np.zeros((420, 1500, 3), np.float32) + colour("#1b2b26") * 0.5
    car[:26] *= 0.5
    car[250:262] = colour("#c9a53a") * 0.45
    for number in range(9):
        x = 90 + number * 150
        shade = 0.75 + 0.25 * np.sin(number * 2.3)
        cv2.rectangle(car, (x, 110), (x + 106, 220), (0.42 * shade, 0.74 * shade, 1.0 * shade), -1, cv2.LINE_AA)
        cv2.rectangle(car, (x, 110), (x + 22, 220), (0.28, 0.42, 0.55), -1)
        if number % 3 == 1:
            cv2.circle(car, (x + 66, 186), 17, (0.14, 0.16, 0.2), -1, cv2.LINE_AA)
            cv2.ellipse(car, (x + 66, 226), (32, 26), 0, 180, 360, (0.14, 0.16, 0.2), -1, cv2.LINE_AA)
    car[:, :16] *= 0.15
    for x in (220, 330, 1170, 1280):
        cv2.circle(car, (x, 400), 50, (0.03, 0.03, 0.03), -1, cv2.LINE_AA)
    return cv2.GaussianBlur(car, (33, 5), 7, sigmaY=1.0)


def train(frame: int, total: int) -> Image:
    """Wide: the lit night train sweeps past in the dark and leaves the valley to itself."""
    image = warp(mountains(NIGHT_SKY, NIGHT_CRESTS, 23), 1.0, 30 * frame / total, -60, SIZE) * 0.7
    image[760:] *= 0.35
    speed, cars = 44.0, 6
    head = 1980 - (frame - 6) * speed
    tail = head + cars * 1500
    for number in range(cars):
        left = round(head + number * 1500)
        x0, x1 = max(0, left), min(WIDTH, left + 1500)
        if x0 < x1:
            image[390:810, x0:x1] = carriage()[:, x0 - left : x1 - left]
            glowing = carriage()[110:222, x0 - left : x1 - left].mean(0, keepdims=True)
            fade = np.linspace(1, 0, HEIGHT - 830, dtype=np.float32)[:, None, None] ** 2
            image[830:, x0:x1] += glowing * fade * 0.28
    add_light(image, head - 20, 640, 900, colour("#ffe9c0") * 0.9, 2.2)
    add_light(image, tail, 660, 260, colour("#ff2a18") * 0.9, 1.8)
    RAIN.draw(image, frame + 1500, 0.1)
    return grade(image)


def line_at_dawn(frame: int, total: int) -> Image:
    """Wide: the rails run on into the first light."""
    image = warp(mountains(DAWN_SKY, DAWN_CRESTS, 31), 1.0, -40 + 80 * frame / total, 0, SIZE).copy()
    draw_track(image, 600, frame * 0.016, 0.6, "#8c7f73", bend=16, contrast=0.35)
    mist(image, frame, 0.53, 0.75, "#f0cfae")
    return grade(image * 0.85, warm=0.02)


def sunrise(frame: int, total: int) -> Image:
    """Wide: the sun comes over the ridge, birds cross; the closing shot."""
    sky = warp(mountains(DAWN_SKY, DAWN_CRESTS, 40), 1.0 + 0.03 * frame / total, 0, 0, SIZE).copy()
    rise = 470 - 60 * smooth(frame / total)
    glow_mask = np.zeros_like(sky)
    add_light(glow_mask, 1180, rise, 1500, colour("#ffca80") * 0.75, 2.6)
    add_light(glow_mask, 1180, rise, 190, colour("#fff0c8") * 1.2, 0.8)
    sky += glow_mask * np.clip(1.1 - np.arange(HEIGHT) / 620, 0.0, 1)[:, None, None].astype(np.float32)
    mist(sky, frame, 0.6, 0.8, "#f6d9b4")
    for number in range(7):
        x = -60 + frame * (4.2 + 0.12 * number) + 120 * number - 300
        y = 300 + 46 * np.sin(number * 1.7) + 10 * np.sin(frame / 30 + number) - frame * 0.25
        flap = 9 * np.sin(frame / 2.6 + number * 1.9)
        wing = np.array([[x - 17, y - flap], [x - 6, y - 2], [x, y], [x + 6, y - 2], [x + 17, y - flap]])
        cv2.polylines(sky, [np.round(wing * 8).astype(np.int32)], False, (0.16, 0.14, 0.13), 3, cv2.LINE_AA, 3)
    return grade(sky * 0.85, warm=0.03)
