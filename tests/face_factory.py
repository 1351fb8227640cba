"""Clips in which a real face (the sample's, public domain) moves on a known path, each returned with its truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, pi, sin
from pathlib import Path
from typing import Any

from media_factory import run

SAMPLE = Path(__file__).parents[1] / "samples" / "zh" / "clean.mp4"
_FRAME = 403
_FACE = (911, 353, 265, 336)
"""Where the face is in that frame, by the sample's own truth: left, top, width, height."""
_AROUND = (140, 190, 140, 100)
"""What is cut out beside it: at the left, top, right, bottom."""


@dataclass(frozen=True)
class Actor:
    """A face of ``size`` (its height, a share of the picture's) on a path, in shares of the picture.

    It goes round ``middle`` by ``reach`` (across, down) once in ``period`` seconds; its mouth opens and shuts within
    ``talks`` (start, end).
    """

    middle: tuple[float, float]
    reach: tuple[float, float] = (0.0, 0.0)
    size: float = 0.3
    period: float = 4.0
    talks: tuple[float, float] = (0.0, 0.0)

    def centre(self, time: float) -> tuple[float, float]:
        """Return where the middle of the face is."""
        turn = 2 * pi * time / self.period
        return self.middle[0] + self.reach[0] * sin(turn), self.middle[1] + self.reach[1] * (1 - cos(turn)) / 2


def make_faces(
    path: Path, actors: Sequence[Actor], *, seconds: float = 4.0, size: tuple[int, int] = (640, 360), fps: int = 25
) -> None:
    """Write a clip of actors before a background that moves a little."""
    import av
    import numpy as np

    width, height = size
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "veryfast", "crf": "18"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        y, x = np.mgrid[0:height, 0:width]
        for number in range(round(seconds * fps)):
            time = number / fps
            back = 110 + 30 * np.sin(x / 37 + number / 40) + 25 * np.sin(y / 23)
            picture = np.stack([back * 0.9, back, back * 1.05], axis=2).clip(0, 255).astype(np.uint8)
            for actor in actors:
                _place(picture, actor, time)
            for packet in stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)


def remake(source: Path, target: Path, filters: str, *options: str) -> None:
    """Encode a clip again through filters."""
    codec = () if "-c:v" in options else ("-c:v", "libx264", "-preset", "veryfast", "-crf", "18")
    run(["-i", source, "-vf", filters, *codec, *options, target])


def _place(picture: Any, actor: Actor, time: float) -> None:
    height, width = picture.shape[:2]
    scale = actor.size * height / _FACE[3]
    talking = actor.talks[0] <= time < actor.talks[1] and time % 0.28 < 0.14
    head = _head(round(scale, 4), talking)
    x, y = actor.centre(time)
    left = round(x * width - (_AROUND[0] + _FACE[2] / 2) * scale)
    top = round(y * height - (_AROUND[1] + _FACE[3] / 2) * scale)
    rows = slice(max(top, 0), min(top + head.shape[0], height))
    columns = slice(max(left, 0), min(left + head.shape[1], width))
    picture[rows, columns] = head[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]


@lru_cache(maxsize=32)
def _head(scale: float, talking: bool) -> Any:
    import numpy as np
    from PIL import Image, ImageDraw

    x, y, width, height = _FACE
    left, top, right, bottom = _AROUND
    image = Image.fromarray(_still()).crop((x - left, y - top, x + width + right, y + height + bottom))
    if talking:
        mouth = (left + 0.36 * width, top + 0.72 * height, left + 0.64 * width, top + 0.88 * height)
        ImageDraw.Draw(image).ellipse(mouth, fill=(70, 20, 20))
    size = (round(image.width * scale), round(image.height * scale))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


@lru_cache(maxsize=1)
def _still() -> Any:
    import av

    with av.open(str(SAMPLE)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number == _FRAME:
                return frame.to_ndarray(format="rgb24")
    raise AssertionError("the sample is too short")
