"""Drawing a graphic and animating it: Pillow draws its layers, moviepy moves them, on the graphic's own rectangle.

moviepy's clock counts frames here (one "second" is one frame), so every frame is asked for at a whole number. Frames
leave as BT.709 limited-range YUV 4:2:0 with a full plane of straight alpha. Chroma is averaged by opacity: ffmpeg's
overlay averages alpha the same way, so the edges of a graphic take no colour from what is transparent beside them.
"""

from __future__ import annotations

import sys
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL.Image import Image as Picture

    from mediakit.render.graphic import Graphic, Layer, TextLine

KEPT_BYTES = 24 << 20
"""How much of what was drawn a process keeps, packed."""

_FINER = 4
"""Letters are drawn so many times larger, and averaged."""

Phase = Literal["in", "hold", "out"]


class _Kept:
    """Packed frames by graphic and phase; the longest unused go first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._entries: OrderedDict[tuple[str, Phase, int], tuple[bytes, ...]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: tuple[str, Phase, int], make: Callable[[], tuple[bytes, ...]]) -> tuple[bytes, ...]:
        with self._lock:
            if key in self._entries:
                self._entries.move_to_end(key)
                return self._entries[key]
        made = make()
        size = sum(map(len, made))
        with self._lock:
            if key not in self._entries and size <= self._limit:
                self._entries[key] = made
                self._size += size
                while self._size > self._limit:
                    _, gone = self._entries.popitem(last=False)
                    self._size -= sum(map(len, gone))
        return made


_kept = _Kept(KEPT_BYTES)


def write_frames(graphic: Graphic, wanted: Sequence[tuple[Phase, int, range]], path: Path) -> int:
    """Write frames of a graphic one after the other as raw ``yuva420p``; return how many.

    Args:
        graphic: what to draw.
        wanted: phase, how many frames the whole phase has, and which of them.
        path: the file.
    """
    count = 0
    with path.open("wb") as stream:
        for phase, length, numbers in wanted:
            if phase == "out":  # the same frames as coming in, backwards
                phase, numbers = "in", range(length - 1 - numbers.start, length - 1 - numbers.stop, -1)
            packed = _kept.get((graphic.digest, phase, length), lambda p=phase, n=length: _pack(graphic, p, n))  # type: ignore[misc]
            for number in numbers:
                stream.write(zlib.decompress(packed[number]))
                count += 1
    return count


def _pack(graphic: Graphic, phase: Phase, length: int) -> tuple[bytes, ...]:
    return tuple(zlib.compress(to_yuva(frame), 1) for frame in draw_frames(graphic, phase, length))


def draw_frames(graphic: Graphic, phase: Phase, length: int = 1) -> Iterator[NDArray[Any]]:
    """Yield a phase's frames as straight RGBA, ``uint8`` of (height, width, 4).

    Frame ``i`` of ``n`` coming in shows the animation at ``(i + 1) / (n + 1)``, so the first frame already shows
    something, and the frame after the last one is the whole graphic; going out is the same backwards.
    """
    import numpy as np

    parts = {
        "in": [(number + 1) / (length + 1) for number in range(length)],
        "hold": [1.0],
        "out": [1 - (number + 1) / (length + 1) for number in range(length)],
    }[phase]
    clip = _compose(graphic, parts)
    for number in range(len(parts)):
        alpha = np.floor(clip.mask.get_frame(number) * 255 + 0.5).clip(0, 255).astype(np.uint8)
        yield np.dstack([clip.get_frame(number)[..., :3].astype(np.uint8), alpha])


def _compose(graphic: Graphic, parts: Sequence[float]) -> Any:
    """Return the moviepy clip whose frame ``i`` shows the animation at ``parts[i]``."""
    moviepy = load_moviepy()
    clips = []
    for layer in graphic.layers:
        reached = [_ease((part - layer.begin) / (layer.finish - layer.begin)) for part in parts]
        clip = moviepy.ImageClip(_to_array(draw_layer(graphic, layer)), duration=len(parts))
        if layer.motion != "stand":
            clip = clip.with_mask(clip.mask.transform(_appear(layer, reached)))
        if layer.motion in ("rise", "slide_right", "slide_left"):
            clip = clip.with_position(_travel(layer, reached))
        clips.append(clip)
    return moviepy.CompositeVideoClip(clips, size=(graphic.width, graphic.height))


def _ease(part: float) -> float:
    """Slow down towards the end, between 0 and 1."""
    return 1 - (1 - min(max(part, 0.0), 1.0)) ** 2


def _travel(layer: Layer, reached: Sequence[float]) -> Callable[[float], tuple[int, int]]:
    across, down = {"rise": (0, 1), "slide_right": (-1, 0), "slide_left": (1, 0)}[layer.motion]

    def position(time: float) -> tuple[int, int]:
        away = round(layer.shift * (1 - reached[int(time)]))
        return across * away, down * away

    return position


def _appear(layer: Layer, reached: Sequence[float]) -> Callable[[Callable[[float], Any], float], Any]:
    """Return what moviepy changes a layer's mask by: opacity, or how much of it is revealed."""
    import numpy as np

    def mask(get_frame: Callable[[float], Any], time: float) -> Any:
        whole, part = get_frame(time), reached[int(time)]
        if layer.motion in ("fade", "rise", "slide_right", "slide_left"):
            return whole * part
        rows, columns = whole.any(axis=1).nonzero()[0], whole.any(axis=0).nonzero()[0]
        if not len(rows):
            return whole
        places = rows if layer.motion == "grow" else columns
        first, last = int(places[0]), int(places[-1]) + 1
        length = whole.shape[0 if layer.motion == "grow" else 1]
        edge = np.arange(length, dtype=float)
        distance = edge - first if layer.motion == "wipe_right" else last - 1 - edge
        seen = np.clip(part * (last - first) - distance, 0.0, 1.0)
        return whole * (seen[:, None] if layer.motion == "grow" else seen[None, :])

    return mask


def draw_layer(graphic: Graphic, layer: Layer) -> Picture:
    """Draw a layer on a transparent canvas; colours stay whole where letters are half covered."""
    from PIL import Image

    made = Image.new("RGBA", (graphic.width, graphic.height), (0, 0, 0, 0))
    fonts = dict(graphic.fonts)
    for plate in layer.plates:
        colour = (*_rgb(plate.colour), plate.opacity)
        made.alpha_composite(Image.new("RGBA", (plate.width, plate.height), colour), (plate.x, plate.y))
    for line in layer.lines:
        ink = Image.new("RGBA", made.size, (*_rgb(line.colour), 255))
        ink.putalpha(_letters(line, fonts[line.font], made.size))
        made.alpha_composite(ink)
    return made


def _letters(line: TextLine, font: str, size: tuple[int, int]) -> Picture:
    """Return how far a line's letters cover each pixel.

    They are drawn larger and averaged, each at the place where it was measured: hinting would push them by up to half
    a pixel each, and a long line out of its box.
    """
    from PIL import Image, ImageDraw

    from mediakit.render.layout import measure_ink
    from mediakit.tools.fonts import read_font

    file = read_font(Path(font))
    face = file.load(line.size * _FINER)
    top, bottom = max(int(line.y - 1.6 * line.size), 0), min(int(line.y + 0.9 * line.size) + 1, size[1])
    fine = Image.new("L", (size[0] * _FINER, (bottom - top) * _FINER), 0)
    pen = ImageDraw.Draw(fine)
    for number, letter in enumerate(line.text):
        x = line.x + measure_ink(file, line.text[:number]).advance * line.size
        place = (round(x * _FINER), (line.y - top) * _FINER)
        pen.text(place, letter, font=face, fill=255, anchor="ls", stroke_width=round(line.weight * line.size * _FINER))
    mask = Image.new("L", size, 0)
    mask.paste(fine.reduce(_FINER), (0, top))
    return mask


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _to_array(picture: Picture) -> NDArray[Any]:
    import numpy as np

    return np.asarray(picture)


def to_yuva(frame: NDArray[Any]) -> bytes:
    """Return straight RGBA as ``yuva420p``: BT.709, limited range; the frame's sides are even."""
    import numpy as np

    rgb = frame[..., :3].astype(np.float64) / 255
    alpha = frame[..., 3].astype(np.float64)
    luma = rgb @ np.array([0.2126, 0.7152, 0.0722])
    blue, red = (rgb[..., 2] - luma) / 1.8556, (rgb[..., 0] - luma) / 1.5748
    weight = _quarter(alpha)
    planes = [16 + 219 * luma]
    for chroma in (blue, red):
        mean = np.divide(_quarter(chroma * alpha), weight, out=np.zeros_like(weight), where=weight > 0)
        planes.append(128 + 224 * mean)
    coded = [np.floor(plane + 0.5).astype(np.uint8).tobytes() for plane in planes]
    return b"".join([*coded, frame[..., 3].tobytes()])


def _quarter(plane: NDArray[Any]) -> NDArray[Any]:
    """Return the sums of two by two pixels."""
    height, width = plane.shape
    summed: NDArray[Any] = plane.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3))
    return summed


@lru_cache(maxsize=1)
def load_moviepy() -> Any:
    """Import moviepy without what its configuration does at import.

    `moviepy.config` reads a ``.env`` file from the folders above itself into the environment and starts ``ffplay`` and
    whatever ``FFMPEG_BINARY`` names. Only its two names are needed by other modules, and neither program is used here.
    """
    if "moviepy" not in sys.modules:
        config = ModuleType("moviepy.config", "Stands in for moviepy's own configuration, which starts programs.")
        config.FFMPEG_BINARY = config.FFPLAY_BINARY = "unset"  # type: ignore[attr-defined]
        sys.modules.setdefault("moviepy.config", config)
    import moviepy

    return moviepy
