"""One pass over a stretch: a thumbnail of every frame, and glances at some of them.

A **slot** is a fifth of a second. In busy pictures faces are looked for at every second one, in calm ones at every
fourth; at those between only if faces moved, came or went meanwhile::

    slots      0   1   2   3   4   5   6   7   8   9   10  11  12
    faces      •       •               •  (•   •   •)  •       •
                       calm: four on   moved: the three between are looked at as well

Where nothing in the picture has changed since, the last answer holds. Text is looked for every few seconds and after
what may be a cut.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.vision.decoding import StretchReader, tick_of
from mediakit.vision.faces import LONGEST, MULTIPLE, Face, FaceFinder
from mediakit.vision.lettering import LONGEST as TEXT_LONGEST
from mediakit.vision.lettering import MULTIPLE as TEXT_MULTIPLE
from mediakit.vision.lettering import LineFinder
from mediakit.vision.lips import measure_lips
from mediakit.vision.motion import choose_size, find_movement
from mediakit.vision.seen import Glance, Seen, SeenFace, SeenLine
from mediakit.vision.stills import rate_still
from mediakit.vision.thumbs import Thumbs
from mediakit.vision.view import THUMB_COLUMNS, THUMB_ROWS, Picture, View

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

REVISION = 3
"""Goes up when the same frames would give other results."""

SLOT_S = Fraction(1, 5)
_BUSY, _CALM = 2, 4
_TEXT_EVERY_S = 2.4
_TEXT_AFTER_CUT_S = 0.5
_TEXT_AGAIN_S = 0.5
"""New text is looked at again so soon: what stays was written on the picture, what moved off is part of it."""
_STAYED = 0.02
_STILL_EVERY = 4
_BEFORE_S = 0.08
_MOST_KEPT = 6
_STEP = 9.0
_STILL_MOST, _STILL_MEAN = 3, 0.3
_MOVED, _GREW = 0.35, 0.2
_HARDLY = 0.12
_LIVELY = 0.04
"""So large a part of a picture without faces moves where it is not calm."""


@dataclass(frozen=True)
class Finders:
    """What looks; None where its model is missing."""

    faces: FaceFinder | None
    lines: LineFinder | None

    @classmethod
    def load(cls, faces: Path | None, lines: Path | None) -> Finders:
        """Load the models that are given."""
        return cls(FaceFinder(faces) if faces else None, LineFinder(lines) if lines else None)


def look_at(
    reader: StretchReader,
    view: View,
    finders: Finders,
    *,
    start: int,
    time_base: Fraction,
    on_frame: Callable[[int], None] = lambda count: None,
) -> Seen:
    """Return what is seen in a stretch.

    Args:
        reader: of its frames.
        view: how they are shown.
        finders: what looks for faces and text.
        start: tick that counts as 0.
        time_base: seconds a tick.
        on_frame: told how many of the stretch's frames were passed so far; may raise to stop.
    """
    look = _Look(view, finders, time_base)
    thumbs = Thumbs(reader, view, float(time_base))
    for frame in reader.frames(thin=not view.interlaced):
        tick = tick_of(frame) or 0
        picture = Picture(frame, view)
        thumb = picture.thumb()
        look.take(tick - start, picture, thumb)
        thumbs.add(tick, thumb)
        on_frame(reader.count)
    passed = reader.count
    ticks, values = thumbs.complete(lambda: on_frame(passed))
    return Seen(look.finish(), ticks - start, values)


@dataclass
class _Held:
    """A slot that was passed over until the next one tells whether it matters."""

    tick: int
    picture: Picture
    before: Picture | None


class _Look:
    """Decides at which frames to look for what, and remembers what was found."""

    def __init__(self, view: View, finders: Finders, time_base: Fraction) -> None:
        self._view = view
        self._finders = finders
        self._seconds = float(time_base)
        self._glances: list[Glance] = []
        self._recent: deque[tuple[int, Picture]] = deque(maxlen=_MOST_KEPT)
        self._slot = -1
        self._thumb: NDArray[np.uint8] | None = None
        self._cut: int | None = None
        self._held: list[_Held] = []
        self._next = 0
        self._next_still = 0
        self._faces: tuple[SeenFace, ...] = ()
        self._found: tuple[Face, ...] = ()
        self._faces_thumb: NDArray[np.uint8] | None = None
        self._lines: tuple[SeenLine, ...] = ()
        self._lines_thumb: NDArray[np.uint8] | None = None
        self._lines_tick: int | None = None
        self._lines_new = False
        self._size = choose_size(view.shown_width, view.shown_height)

    def take(self, tick: int, picture: Picture, thumb: NDArray[np.uint8]) -> None:
        """Take in the next frame."""
        if self._thumb is not None and _mean_change(thumb, self._thumb) >= _STEP:
            self._cut = tick
            self._recent.clear()
        self._thumb = thumb
        slot = int(tick * self._seconds / float(SLOT_S) + 1e-6)
        if slot > self._slot:
            self._slot = slot
            self._take_slot(slot, tick, picture, thumb)
        self._recent.append((tick, picture))

    def finish(self) -> tuple[Glance, ...]:
        """Return all glances, in order of time."""
        if self._held:
            self._look_at_held()
        return tuple(sorted(self._glances, key=lambda glance: glance.tick))

    def _take_slot(self, slot: int, tick: int, picture: Picture, thumb: NDArray[np.uint8]) -> None:
        fresh_cut = self._cut is not None and (tick - self._cut) * self._seconds < float(SLOT_S)
        before = self._before(tick)
        lines = self._look_for_lines(tick, picture, thumb)
        if slot < self._next and not fresh_cut:
            self._held.append(_Held(tick, picture, before))
            if lines is not None:
                self._glances.append(Glance(tick=tick, lines=lines))
            return
        rgb = picture.rgb(*self._view.fit(LONGEST, MULTIPLE))
        earlier = self._faces
        faces = self._look_for_faces(picture, before, rgb, thumb)
        movement = None
        if before is not None:
            movement = find_movement(picture.grey(*self._size), before.grey(*self._size))
        lively = not faces and (movement is None or movement[2] >= _LIVELY)
        calm = not fresh_cut and not lively and _are_alike(earlier, self._faces, _HARDLY)
        self._next = slot + (_CALM if calm else _BUSY)
        still = None
        if slot >= self._next_still or fresh_cut:
            self._next_still = slot + _STILL_EVERY
            still = rate_still(rgb)
        self._glances.append(Glance(tick=tick, faces=faces, lines=lines, movement=movement, still=still))

    def _before(self, tick: int) -> Picture | None:
        """Return the latest frame that is old enough to show movement, with no cut since."""
        old = [picture for earlier, picture in self._recent if (tick - earlier) * self._seconds >= _BEFORE_S]
        return old[-1] if old else (self._recent[0][1] if self._recent else None)

    def _look_for_faces(
        self, picture: Picture, before: Picture | None, rgb: NDArray[np.uint8], thumb: NDArray[np.uint8]
    ) -> tuple[SeenFace, ...] | None:
        if self._finders.faces is None:
            self._held.clear()
            return None
        if self._faces_thumb is not None and _is_same(thumb, self._faces_thumb):
            self._held.clear()
            self._faces = _describe(self._found, picture, before, rgb)
            return self._faces
        earlier = self._faces
        self._found = self._finders.faces.find(rgb)
        self._faces_thumb = thumb
        self._faces = _describe(self._found, picture, before, rgb)
        if _are_alike(earlier, self._faces, _MOVED):
            self._held.clear()
        else:
            self._look_at_held()
        return self._faces

    def _look_at_held(self) -> None:
        held, self._held = self._held, []
        if self._finders.faces is not None:
            for one in held:
                rgb = one.picture.rgb(*self._view.fit(LONGEST, MULTIPLE))
                found = _describe(self._finders.faces.find(rgb), one.picture, one.before, rgb)
                self._glances.append(Glance(tick=one.tick, faces=found))

    def _look_for_lines(self, tick: int, picture: Picture, thumb: NDArray[np.uint8]) -> tuple[SeenLine, ...] | None:
        if self._finders.lines is None:
            return None
        last, cut = self._lines_tick, self._cut
        if cut is not None and (last is None or last < cut):
            due = (tick - cut) * self._seconds >= _TEXT_AFTER_CUT_S - 1e-6
        else:
            wait = _TEXT_AGAIN_S if self._lines_new else _TEXT_EVERY_S
            due = last is None or (tick - last) * self._seconds >= wait - 1e-6
        if not due:
            return None
        self._lines_tick = tick
        earlier = self._lines
        if self._lines_thumb is None or not _is_same(thumb, self._lines_thumb):
            self._lines_thumb = thumb
            self._lines = self._finders.lines.find(picture.rgb(*self._view.fit(TEXT_LONGEST, TEXT_MULTIPLE)))
        self._lines_new = not self._lines_new and any(_is_new(line, earlier) for line in self._lines)
        return self._lines


def _is_new(line: SeenLine, earlier: tuple[SeenLine, ...]) -> bool:
    return not any(
        abs(line.x - other.x) <= _STAYED
        and abs(line.y - other.y) <= _STAYED
        and abs(line.width - other.width) <= 2 * _STAYED
        for other in earlier
    )


def _describe(
    found: tuple[Face, ...], picture: Picture, before: Picture | None, rgb: NDArray[np.uint8]
) -> tuple[SeenFace, ...]:
    return tuple(
        SeenFace(
            x=face.x,
            y=face.y,
            width=face.width,
            height=face.height,
            confidence=face.confidence,
            lips=measure_lips(face, picture, before) if before is not None else 0.0,
            look=_colours(face, rgb),
        )
        for face in found
    )


def _colours(face: Face, rgb: NDArray[np.uint8]) -> tuple[int, ...]:
    """Return the mean colours of a face's box on a grid of 4 × 4."""
    import numpy as np

    height, width = rgb.shape[:2]
    steps = (np.arange(12) + 0.5) / 12
    across = np.clip(((face.x + face.width * steps) * width).astype(int), 0, width - 1)
    down = np.clip(((face.y + face.height * steps) * height).astype(int), 0, height - 1)
    cells = rgb[down][:, across].reshape(4, 3, 4, 3, 3).mean(axis=(1, 3))
    return tuple(np.rint(cells).astype(int).ravel().tolist())


def _are_alike(one: tuple[SeenFace, ...], two: tuple[SeenFace, ...], way: float) -> bool:
    """Tell whether two glances show the same faces, moved by no more than a part of their size."""
    if len(one) != len(two):
        return False
    left = list(two)
    for face in one:
        near = [
            other
            for other in left
            if abs(other.x + other.width / 2 - face.x - face.width / 2) <= way * face.width
            and abs(other.y + other.height / 2 - face.y - face.height / 2) <= way * face.height
            and abs(other.width / face.width - 1) <= _GREW
        ]
        if not near:
            return False
        left.remove(near[0])
    return True


def _mean_change(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> float:
    import numpy as np

    return float(np.abs(one.astype(np.int16) - two).mean())


def _is_same(one: NDArray[np.uint8], two: NDArray[np.uint8]) -> bool:
    """Tell whether two thumbnails show a picture in which nothing has changed."""
    import numpy as np

    luma = THUMB_ROWS * THUMB_COLUMNS
    change = np.abs(one[:luma].astype(np.int16) - two[:luma])
    return bool(change.max() <= _STILL_MOST and change.mean() <= _STILL_MEAN)
