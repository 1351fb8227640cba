"""Composing a cover: which part of the frame is shown, and where the title stands so that it covers no face.

Crops of the cover's ratio (whole, and closer where a face is small) and places for the title (along the bottom or top,
beside the face on wide covers) are tried together; the cheapest pair that keeps the title off every face is taken.
Where there is none, or much of the title would lie on other writing, the picture makes way and the title stands on a
band of the background's colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING, Literal

from mediakit.media.spans import Box
from mediakit.render.headline import HeadlineMeasure, headline_easel, set_headline

if TYPE_CHECKING:
    from mediakit.render.cover_judging import Rect
    from mediakit.render.easel import Easel, SetText

Place = Literal["bottom", "top", "left", "right", "band"]

MARGIN = 0.07
SCALE = 1.45
"""Titles on covers are so much larger than headlines over the picture."""
_ZOOMS = (1.0, 1.18, 1.4, 1.65)
_STEPS = 9
_AIR = 0.12
"""A face keeps this part of its own size free around it."""
_WIDE = Fraction(6, 5)
_IDEAL_FACE, _IDEAL_X, _IDEAL_Y = 0.36, 0.5, 0.4
_COSTS: dict[Place, float] = {"bottom": 0.0, "top": 0.12, "left": 0.16, "right": 0.16, "band": 0.0}
_BAND_SCALE = 0.8
_BESIDE: tuple[Place, Place] = ("left", "right")
_CROSSED = 0.08
"""Where more of the title would lie on other writing, it gets a band."""


@dataclass(frozen=True)
class Title:
    """A title that has its place: box of text, rule and plate; pixels of the cover."""

    text: SetText
    box: Box
    place: Place
    measure: HeadlineMeasure


@dataclass(frozen=True)
class Composition:
    """A cover before it is drawn.

    Attributes:
        window: the part of the frame that is shown, in pixels of the frame (left, top, right, bottom).
        picture: where it stands on the cover; all of it but for a band.
        title: what is written, or None.
    """

    window: tuple[float, float, float, float]
    picture: Box
    title: Title | None


def compose_cover(
    frame: tuple[int, int], easel: Easel, title: str, faces: Sequence[Rect] = (), texts: Sequence[Rect] = ()
) -> Composition:
    """Return how a cover is put together.

    Args:
        frame: width and height of the frame in pixels.
        easel: of the cover; its safe box holds the title.
        title: set in the brand's headline style; empty for none.
        faces: in shares of the frame, the most important one first.
        texts: what is written in the frame, likewise.

    Raises:
        InputError: no font has the title's letters.
    """
    whole = Box(x=0, y=0, width=easel.size[0], height=easel.size[1])
    titles = list(_titles(easel, title)) if title.strip() else [None]
    best: tuple[float, Composition, float] | None = None
    for window in _windows(frame, Fraction(*easel.size), faces):
        seen = [_seen(face, frame, window, whole) for face in faces]
        written = [_seen(text, frame, window, whole) for text in texts]
        base = _cost(window, frame, seen, written, easel.size)
        for made in titles:
            if made is not None and any(_overlap(made.box, _widen(face, _AIR)) > 0 for face in seen):
                continue
            crossed = _crossed(made, written)
            cost = base + _balance(made, seen, easel.size) + crossed - _size_gain(made, easel)
            cost += _COSTS[made.place] if made else 0.0
            if best is None or cost < best[0] - 1e-9:
                best = cost, Composition(window, whole, made), crossed
    if best is None or best[2] > _CROSSED:
        return _banded(frame, easel, title, faces)
    return best[1]


def _crossed(title: Title | None, texts: Sequence[tuple[float, float, float, float]]) -> float:
    """Return which part of a title lies on what is written in the picture, up to 1."""
    if title is None:
        return 0.0
    shared = sum(_overlap(title.box, text) for text in texts)
    return min(shared / (title.box.width * title.box.height), 1.0)


def _titles(easel: Easel, title: str) -> Iterator[Title]:
    """Yield the title at all its places."""
    safe = easel.safe
    half = safe.width * 52 // 100
    wide = Fraction(*easel.size) > _WIDE
    rooms: list[tuple[Place, Box]] = [
        ("bottom", safe),
        ("top", safe),
        ("left", safe.model_copy(update={"width": half})),
        ("right", safe.model_copy(update={"x": safe.right - half, "width": half})),
    ]
    made: dict[tuple[bool, float], SetText] = {}  # what stands above is set as what stands below, left as right
    for place, room in rooms if wide else rooms[:2]:
        for scale in (1.0, 0.8, 0.64):
            kind = place in _BESIDE, scale
            if kind not in made:
                made[kind] = _set_title(easel, title, place, room, scale)
            yield _place_title(easel, made[kind], place, room)


def _set_title(easel: Easel, title: str, place: Place, room: Box, scale: float) -> SetText:
    style = easel.brand.headline
    measure = HeadlineMeasure.of(easel, style)
    height = room.height * (0.7 if place in _BESIDE else 0.42) - measure.extra
    # A cover is seen small: on a narrow one, another line lets the letters stay large.
    if place in _BESIDE or Fraction(*easel.size) < _WIDE:
        style = style.model_copy(update={"lines": 3})
    width = room.width - 2 * measure.pad
    return set_headline(headline_easel(easel), title, style, width=width, height=height, scale=SCALE * scale)


def _place_title(easel: Easel, text: SetText, place: Place, room: Box) -> Title:
    style = easel.brand.headline
    measure = HeadlineMeasure.of(easel, style)
    wide = min(ceil(text.width + 2 * measure.pad), room.width)  # rounding must not push it over the safe area's edge
    tall = min(ceil(text.height + measure.extra), room.height)
    centred = style.align == "centre" and place not in _BESIDE
    x = room.x + (room.width - wide) // 2 if centred else room.x
    middle = room.y + (room.height - tall) // 2
    y = room.y if place == "top" else middle if place in _BESIDE else room.bottom - tall
    return Title(text, Box(x=x, y=y, width=wide, height=tall), place, measure)


def _windows(
    frame: tuple[int, int], ratio: Fraction, faces: Sequence[Rect]
) -> Iterator[tuple[float, float, float, float]]:
    """Yield crops of a ratio: over the whole frame, and closer ones where there are faces."""
    width, height = frame
    across = min(float(width), height * float(ratio))
    down = across / float(ratio)
    for zoom in _ZOOMS if faces else (1.0,):
        w, h = across / zoom, down / zoom
        for i in range(_STEPS):
            for j in range(_STEPS):
                left, top = (width - w) * i / (_STEPS - 1), (height - h) * j / (_STEPS - 1)
                yield left, top, left + w, top + h
                if height - h < 1:
                    break
            if width - w < 1:
                break


def _seen(
    rect: Rect, frame: tuple[int, int], window: tuple[float, float, float, float], picture: Box
) -> tuple[float, float, float, float]:
    """Return a rectangle of the frame as left, top, right, bottom on the cover."""
    left, top, right, bottom = window
    x, y, width, height = rect
    across, down = picture.width / (right - left), picture.height / (bottom - top)
    return (
        picture.x + (x * frame[0] - left) * across,
        picture.y + (y * frame[1] - top) * down,
        picture.x + ((x + width) * frame[0] - left) * across,
        picture.y + ((y + height) * frame[1] - top) * down,
    )


def _cost(
    window: tuple[float, float, float, float],
    frame: tuple[int, int],
    faces: Sequence[tuple[float, float, float, float]],
    texts: Sequence[tuple[float, float, float, float]],
    size: tuple[int, int],
) -> float:
    """Return what speaks against a crop: faces cut or off their place, text in it, much enlarged."""
    width, height = size
    cost = max(size[0] / (window[2] - window[0]) - 1.6, 0.0) * 0.4
    for number, (left, top, right, bottom) in enumerate(faces):
        weight = 1.0 if number == 0 else 0.45
        inside = _overlap(Box(x=0, y=0, width=width, height=height), (left, top, right, bottom))
        cost += weight * 3.0 * (1 - inside / max((right - left) * (bottom - top), 1.0))
        # Hair and chin want air above and below the face.
        cost += weight * max(0.25 * (bottom - top) - top, 0.0) / height * 2
        if number == 0:
            cost += abs((bottom - top) / height - _IDEAL_FACE) * 0.5
            cost += abs((left + right) / 2 / width - _IDEAL_X) * 0.55
            cost += abs((top + bottom) / 2 / height - _IDEAL_Y) * 0.6
    if not faces:
        middle = (window[0] + window[2]) / 2 / frame[0], (window[1] + window[3]) / 2 / frame[1]
        cost += abs(middle[0] - 0.5) + abs(middle[1] - 0.42)
    for left, top, right, bottom in texts:
        shown = _overlap(Box(x=0, y=0, width=width, height=height), (left, top, right, bottom))
        cost += 1.2 * shown / (width * height) + (0.3 if shown > 0 else 0.0)
    return cost


def _balance(title: Title | None, faces: Sequence[tuple[float, float, float, float]], size: tuple[int, int]) -> float:
    """Return what speaks against a title beside the picture's weight: a face on its own side."""
    if title is None or title.place not in ("left", "right") or not faces:
        return 0.0 if title is None or title.place in ("bottom", "top") else 0.2
    middle = (faces[0][0] + faces[0][2]) / 2 / size[0]
    wanted = 0.72 if title.place == "left" else 0.28
    # The face belongs in the other half, not in the middle.
    return abs(middle - wanted) * 0.5 - abs(middle - _IDEAL_X) * 0.55


def _size_gain(title: Title | None, easel: Easel) -> float:
    return 0.0 if title is None else min(title.text.size / (easel.short * easel.brand.headline.size * SCALE), 1.0) * 0.5


def _overlap(box: Box, other: tuple[float, float, float, float]) -> float:
    """Return the pixels that a box shares with a rectangle."""
    left, top, right, bottom = other
    across = min(box.right, right) - max(box.x, left)
    down = min(box.bottom, bottom) - max(box.y, top)
    return across * down if across > 0 and down > 0 else 0.0


def _widen(rect: tuple[float, float, float, float], share: float) -> tuple[float, float, float, float]:
    left, top, right, bottom = rect
    across, down = (right - left) * share, (bottom - top) * share
    return left - across, top - down, right + across, bottom + down


def _banded(frame: tuple[int, int], easel: Easel, title: str, faces: Sequence[Rect]) -> Composition:
    """Return the frame above a band of plain colour that holds the title."""
    made = _place_title(easel, _set_title(easel, title, "band", easel.safe, _BAND_SCALE), "band", easel.safe)
    top = max(made.box.y - round(easel.short * MARGIN * 0.7), easel.size[1] // 3)
    picture = Box(x=0, y=0, width=easel.size[0], height=top)
    size = (picture.width, picture.height)

    def cost(window: tuple[float, float, float, float]) -> float:
        return _cost(window, frame, [_seen(face, frame, window, picture) for face in faces], (), size)

    window = min(_windows(frame, Fraction(*size), faces), key=cost)
    return Composition(window, picture, made)
