"""The stand-in person: the public-domain portrait cut out, dressed for the track, and moved.

The portrait is scikit-image's `astronaut` (NASA, public domain). The person is cut out with
GrabCut; badges are painted over, a neck cloth, reflective braces and a safety helmet with a
lamp are painted on, so that nothing of the original's insignia is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from paint import Image, blend, cloud_noise, colour, photograph

SCALE = 3
FACE = (182.0, 68.0, 90.0, 114.0)
"""Forehead to chin, ear to ear, in pixels of the 512-pixel portrait: x, y, w, h."""
BADGES = ((165, 386, 47), (303, 358, 38), (38, 352, 34))
LAMP = (230.0, 27.0)


@dataclass(frozen=True)
class Pose:
    """Where the person is: centre of the face in the frame, its height in pixels, tilt."""

    x: float
    y: float
    face_height: float
    tilt_degrees: float = 0.0
    mirrored: bool = False

    def matrix(self) -> NDArray[np.float64]:
        """The affine map from the large portrait to the frame."""
        zoom = self.face_height / (FACE[3] * SCALE)
        angle = np.radians(self.tilt_degrees)
        cos, sin = zoom * np.cos(angle), zoom * np.sin(angle)
        flip = -1.0 if self.mirrored else 1.0
        cx, cy = (FACE[0] + FACE[2] / 2) * SCALE, (FACE[1] + FACE[3] / 2) * SCALE
        turn = np.array([[cos * flip, -sin], [sin * flip, cos]])
        move = np.array([self.x, self.y]) - turn @ np.array([cx, cy])
        return np.asarray(np.hstack([turn, move[:, None]]))

    def box(self) -> tuple[int, int, int, int]:
        """The face's box in the frame: x, y, w, h, whole pixels."""
        width = self.face_height * FACE[2] / FACE[3]
        left, top = self.x - width / 2, self.y - self.face_height / 2
        return round(left), round(top), round(width), round(self.face_height)


def person_mask(picture: Image) -> Image:
    """Cut the person out of the 512-pixel portrait; returns a soft mask in 0..1."""
    mask = np.full(picture.shape[:2], cv2.GC_PR_BGD, np.uint8)
    mask[:, 370:] = cv2.GC_BGD
    mask[:150, :140] = cv2.GC_BGD
    mask[:10] = cv2.GC_BGD
    flag = np.array([[0, 0], [95, 150], [100, 215], [52, 280], [18, 420], [0, 512]])
    cv2.fillPoly(mask, [flag], cv2.GC_BGD)
    body = np.array([[24, 512], [48, 300], [102, 222], [130, 160], [180, 150], [275, 150],
                     [310, 230], [350, 300], [360, 512]])  # fmt: skip
    cv2.fillPoly(mask, [body], cv2.GC_PR_FGD)
    cv2.ellipse(mask, (228, 80), (76, 68), 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.ellipse(mask, (227, 115), (42, 60), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.ellipse(mask, (222, 230), (75, 50), 0, 0, 360, cv2.GC_FGD, -1)
    cv2.rectangle(mask, (70, 290), (330, 512), cv2.GC_FGD, -1)
    cv2.setRNGSeed(7)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(picture, mask, (0, 0, 1, 1), *models, 8, cv2.GC_INIT_WITH_MASK)
    solid: Image = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA])) if count > 1 else 0
    solid = cv2.morphologyEx((labels == best).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5)))
    solid = cv2.erode(solid, np.ones((3, 3)))
    large = cv2.resize(solid.astype(np.float32), None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_CUBIC)
    soft: Image = cv2.GaussianBlur(large, (0, 0), 3.2)
    return np.asarray(np.clip((soft - 0.25) / 0.6, 0, 1), np.float32)


def _shape(points: list[tuple[float, float]], soft: float) -> Image:
    """A filled, softened polygon in the large portrait, from 512-pixel coordinates."""
    mask = np.zeros((512 * SCALE, 512 * SCALE), np.float32)
    corners = np.round(np.array(points) * SCALE).astype(np.int32)
    cv2.fillPoly(mask, [corners], 1.0, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (0, 0), soft)


def _arc(cx: float, cy: float, rx: float, ry: float, begin: float, end: float) -> list[tuple[float, float]]:
    """Points on an ellipse between two angles in degrees."""
    angles = np.radians(np.linspace(begin, end, 60))
    return [(cx + rx * float(np.cos(a)), cy + ry * float(np.sin(a))) for a in angles]


def _paint_cloth(picture: Image, mask: Image) -> tuple[Image, Image]:
    """Wind a thick neck cloth over the collar ring."""
    size = 512 * SCALE
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / SCALE
    ring = _shape([(100, 140), (181, 140), (181, 205), (100, 205)], 1)
    ring = np.maximum(ring, _shape([(275, 140), (340, 140), (340, 205), (275, 205)], 1))
    mask = mask * (1 - ring)
    roll = _shape(_arc(219, 205, 100, 52, 0, 360), 3)
    drape = _shape(_arc(212, 222, 98, 73, -10, 190), 3)
    alpha = np.maximum(roll, drape) * (1 - mask * _shape(_arc(228, 122, 45, 64, 0, 360), 2))
    wander = cloud_noise(size, size, 420, 4, 21) - 0.5
    radius = np.sqrt(((x - 220) / 112) ** 2 + ((y - 165) / 140) ** 2)
    fold = np.sin((radius + 0.7 * wander) * 17 + 0.014 * (x - 210))
    weave = cloud_noise(size, size, 9, 2, 22) - 0.5
    shade = 0.74 + 0.13 * fold + 0.05 * weave
    shade *= 0.6 + 0.4 * np.clip((250 - np.abs(x - 190)) / 200, 0, 1)
    shade *= 1 - 0.45 * np.clip((radius - 0.85) / 0.25, 0, 1) - 0.5 * np.clip((0.42 - radius) / 0.3, 0, 1)
    stripe = np.exp(-(((radius + 0.25 * wander - 0.72) / 0.035) ** 2))[..., None]
    tint = colour("#d9dccf") * (1 - stripe) + colour("#4a7fa8") * stripe
    cloth = shade[..., None] * tint
    return blend(picture, cloth.astype(np.float32), alpha), np.maximum(mask, alpha)


def _paint_helmet(picture: Image, mask: Image) -> tuple[Image, Image]:
    """Set a safety helmet with a lamp on the hair."""
    size = 512 * SCALE
    y, x = np.mgrid[0:size, 0:size].astype(np.float32) / SCALE
    dome = _shape(_arc(228, 66, 79, 60, 180, 360), 2)
    light = 0.62 + 0.5 * np.exp(-(((x - 196) / 38) ** 2) - ((y - 22) / 22) ** 2)
    light -= 0.26 * np.clip((x - 230) / 80, 0, 1) + 0.16 * np.clip((y - 30) / 40, 0, 1)
    light += 0.08 * np.exp(-(((x - 228) / 5) ** 2)) + 0.02 * cloud_noise(size, size, 30, 3, 9)
    picture = blend(picture, (light[..., None] * colour("#f2c230")).astype(np.float32), dome)
    brim = _shape(_arc(228, 66, 90, 10, 180, 360) + _arc(228, 66, 90, 14, 0, 180), 2)
    edge = 0.42 + 0.35 * np.clip((68 - y) / 10, 0, 1) - 0.2 * np.clip((x - 240) / 90, 0, 1)
    picture = blend(picture, (edge[..., None] * colour("#f2c230")).astype(np.float32), brim)
    shadow = _shape(_arc(228, 76, 84, 15, 0, 360), 12) * (1 - np.maximum(dome, brim)) * 0.5
    picture = blend(picture, picture * 0.25, shadow)
    strap = _shape(_arc(*LAMP, 19, 15, 0, 360), 2)
    picture = blend(picture, np.full_like(picture, 0.06), strap)
    lens = _shape(_arc(*LAMP, 13, 11, 0, 360), 1.5)
    picture = blend(picture, np.full_like(picture, 1.0) * colour("#fff3d2") * 1.3, lens)
    return picture, np.maximum(mask, np.maximum(dome, brim))


@lru_cache(maxsize=1)
def dressed_person() -> tuple[Image, Image]:
    """The cut-out as float BGR and its mask, three times the portrait's size."""
    small = photograph("astronaut")
    mask = person_mask(small)
    badge = np.zeros(small.shape[:2], np.uint8)
    for x, y, radius in BADGES:
        cv2.circle(badge, (x, y), radius, 255, -1)
    small = cv2.inpaint(small, badge, 9, cv2.INPAINT_TELEA)
    large = cv2.resize(small, None, fx=SCALE, fy=SCALE, interpolation=cv2.INTER_LANCZOS4)
    picture = large.astype(np.float32) / 255
    for band in ([(88, 250), (112, 236), (122, 512), (92, 512)], [(316, 250), (334, 262), (342, 512), (314, 512)]):
        points = [(float(x), float(y)) for x, y in band]
        stripe = _shape(points, 2) * mask
        picture = blend(picture, picture.mean(-1, keepdims=True) * colour("#dfe86a") * 1.9, stripe * 0.85)
    picture, mask = _paint_cloth(picture, mask)
    return _paint_helmet(picture, mask)


def place_person(frame: Image, pose: Pose, light: Image | None = None, gain: float = 1.0) -> Image:
    """Lay the person over the frame; `light` (one channel, frame size) relights them."""
    picture, mask = dressed_person()
    size = (frame.shape[1], frame.shape[0])
    flags = cv2.INTER_AREA if pose.face_height < 250 else cv2.INTER_CUBIC
    body = cv2.warpAffine(picture, pose.matrix(), size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    alpha = cv2.warpAffine(mask, pose.matrix(), size, flags=cv2.INTER_LINEAR)
    body = body * gain if light is None else body * (light * gain)[..., None]
    return blend(frame, body, alpha)
