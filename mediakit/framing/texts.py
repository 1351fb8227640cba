"""Text on screen that a window must not cut: captions, labels, pages; a station's mark that always stands is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mediakit.media.windows import Path, window_size

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.framing.cameras import Shot as Frame
    from mediakit.media.picture import Area, PictureRecord, Shot

    Values = NDArray[np.float64]

_SHORTEST_S = {"caption": 0.4, "label": 1.0, "page": 0.4}
"""Text that stands for less is not read; signs in the street are seen as labels for a moment."""
_MARK_SIZE = 0.02
_MARK_SHOTS = 0.6
_CAPTIONED = 0.4
_INSIDE = 0.03
"""Share of a text's width or height that may lie on the other side of a window's edge: boxes are a little loose."""


@dataclass(frozen=True)
class Text:
    """Text that stands from ``start`` to ``end`` within one shot."""

    start: float
    end: float
    area: Area
    kind: Literal["caption", "label", "page"]

    @property
    def leads(self) -> bool:
        """Whether a window goes to it where nobody is seen: a small label in a corner is only not to be cut."""
        return self.kind != "label" or self.area.width * self.area.height > _MARK_SIZE


def texts_of_shot(shot: Shot, marks: Sequence[Area]) -> tuple[Text, ...]:
    """Return the text of a shot that counts: long enough to be read, and not a mark that always stands."""
    found = []
    for one in shot.writing:
        start, end = max(one.start, shot.start), min(one.end, shot.end)
        if end - start >= _SHORTEST_S[one.kind] and not any(_overlap(one.area, mark) > 0.5 for mark in marks):
            found.append(Text(start, end, one.area, one.kind))
    return tuple(found)


def find_marks(record: PictureRecord) -> tuple[Area, ...]:
    """Return small areas of text that stand at the same place in most shots: a station's or a series' mark."""
    shots = [shot for shot in record.shots if shot.end - shot.start >= 1.0]
    if len(shots) < 3:
        return ()
    small = [
        [one.area for one in shot.writing if one.kind == "label" and one.area.width * one.area.height <= _MARK_SIZE]
        for shot in shots
    ]
    found: list[Area] = []
    for area in (area for areas in small for area in areas):
        if any(_overlap(area, mark) > 0.5 for mark in found):
            continue
        count = sum(any(_overlap(area, other) > 0.5 for other in areas) for areas in small)
        if count >= _MARK_SHOTS * len(shots):
            found.append(area)
    return tuple(found)


def carries_captions(record: PictureRecord) -> bool:
    """Tell whether captions are burned into much of a source: then a window would cut them in one shot or another."""
    seconds = sum(shot.end - shot.start for shot in record.shots)
    with_them = sum(
        shot.end - shot.start for shot in record.shots if any(one.kind == "caption" for one in shot.writing)
    )
    return with_them >= _CAPTIONED * seconds


def cuts_text(path: Path, frame: Frame, texts: Sequence[Text], start: float, end: float) -> list[Text]:
    """Return the text that a window cuts at some time: it lies partly inside; captions may not lie outside either."""
    import numpy as np

    width, height = window_size(path.height, frame.shape, frame.picture)
    cut = []
    for text in texts:
        begin, stop = max(text.start, start), min(text.end, end)
        if stop <= begin:
            continue
        places = path.sample(np.linspace(begin, stop, max(int((stop - begin) / 0.2), 2)))
        area = text.area
        left, right = _split(area.x, area.right, places[:, 0], width)
        above, below = _split(area.y, area.bottom, places[:, 1], height)
        inside = np.minimum(left, right) * np.minimum(above, below)
        whole = np.minimum(np.minimum(left, right), np.minimum(above, below)) >= 1 - _INSIDE
        outside = inside <= _INSIDE
        fine = whole if text.kind == "caption" else whole | outside
        if not fine.all():
            cut.append(text)
    return cut


def _split(low: float, high: float, middle: Values, size: float) -> tuple[Values, Values]:
    """Return the shares of a length that lie on the inner side of a window's two edges."""
    import numpy as np

    length = max(high - low, 1e-6)
    left = np.clip((high - (middle - size / 2)) / length, 0, 1)
    right = np.clip(((middle + size / 2) - low) / length, 0, 1)
    return left, right


def _overlap(one: Area, other: Area) -> float:
    """Return the area that two share by the area that they cover together."""
    across = min(one.right, other.right) - max(one.x, other.x)
    down = min(one.bottom, other.bottom) - max(one.y, other.y)
    if across <= 0 or down <= 0:
        return 0.0
    shared = across * down
    return shared / (one.width * one.height + other.width * other.height - shared)
