"""What a window has to hold at each moment of a shot, and where it would best be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediakit.media.picture import Area

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.picture import Person

    Values = NDArray[np.float64]

HAIR, CHIN, EAR = 0.35, 0.15, 0.15
"""How far a head reaches beyond a detected face, in heights and widths of the face."""
BRIDGED_S = 1.5
"""A person who is not seen for so long is taken to be where the sightings around say."""
EYE_LINE = 0.42
"""Where a face's middle best stands, as a share of the window's height from above."""
_LOOK_S, _LOOK = 0.4, 0.08
"""A window leads a moving subject by so many seconds of its movement, at most by this share of its height."""


@dataclass(frozen=True)
class Needs:
    """Boxes that a window is to hold, at rising times; shares of the picture.

    Attributes:
        times: (n,) seconds.
        boxes: (n, 4) left, top, right, bottom of what has to be inside; NaN where nothing has to.
        centres: (n, 2) where the window's subject is.
        lift: how far below a subject's middle the window's middle stands, as a share of the window's height.
    """

    times: Values
    boxes: Values
    centres: Values
    lift: float = 0.0

    @property
    def size(self) -> tuple[float, float]:
        """Width and height that all but the largest few of the boxes have at most."""
        import numpy as np

        known = self.boxes[self.held]
        wide, high = known[:, 2] - known[:, 0], known[:, 3] - known[:, 1]
        return float(np.quantile(wide, 0.98)), float(np.quantile(high, 0.98))

    @property
    def held(self) -> NDArray[np.bool_]:
        """At which times there is a box."""
        import numpy as np

        return ~np.isnan(self.boxes[:, 0])

    def within(self, start: float, end: float) -> Needs:
        """Return those of a stretch; those at its edges where none lie within it."""
        import numpy as np

        inside = (self.times >= start) & (self.times < end)
        if not inside.any():
            inside = np.zeros(len(self.times), dtype=bool)
            inside[np.argmin(np.abs(self.times - (start + end) / 2))] = True
        return Needs(self.times[inside], self.boxes[inside], self.centres[inside], self.lift)


def needs_of_person(person: Person) -> Needs:
    """Return what holds one person's head, with the sightings between which it was lost for a moment bridged."""
    import numpy as np

    times = np.array([one.time for one in person.sightings])
    boxes = np.array([_head(one.area) for one in person.sightings])
    faces = np.array([one.area.centre for one in person.sightings])
    times, unique = np.unique(times, return_index=True)
    boxes, faces = boxes[unique], faces[unique]
    lead = _lead(times, faces)
    return Needs(times, boxes, faces + lead, 0.5 - EYE_LINE)


def _head(area: Area) -> tuple[float, float, float, float]:
    return (
        max(area.x - EAR * area.width, 0.0),
        max(area.y - HAIR * area.height, 0.0),
        min(area.right + EAR * area.width, 1.0),
        min(area.bottom + CHIN * area.height, 1.0),
    )


def _lead(times: Values, faces: Values) -> Values:
    """Return how far a window goes ahead of a face that moves steadily: room to walk into."""
    import numpy as np

    if len(times) < 3:
        return np.zeros_like(faces)
    reach = 0.5
    before = np.searchsorted(times, times - reach)
    after = np.minimum(np.searchsorted(times, times + reach), len(times) - 1)
    span = np.maximum(times[after] - times[before], 1e-3)[:, None]
    speed = (faces[after] - faces[before]) / span
    lead = np.clip(speed * _LOOK_S, -_LOOK, _LOOK)
    lead[:, 1] = 0.0
    return lead


def needs_of_people(people: Sequence[Person]) -> Needs:
    """Return what holds all of some people who are seen at a time, or were a moment before."""
    import numpy as np

    singles = [needs_of_person(person) for person in people]
    if len(singles) == 1:
        return singles[0]
    times = np.unique(np.concatenate([one.times for one in singles]))
    boxes = np.full((len(singles), len(times), 4), np.nan)
    for k, one in enumerate(singles):
        for edge in range(4):
            boxes[k, :, edge] = np.interp(times, one.times, one.boxes[:, edge])
        gone = distance(times, one.times) > BRIDGED_S
        boxes[k, gone] = np.nan
    known = ~np.isnan(boxes[:, :, 0]).all(axis=0)
    boxes, times = boxes[:, known], times[known]
    both = np.stack(
        [
            np.nanmin(boxes[:, :, 0], axis=0),
            np.nanmin(boxes[:, :, 1], axis=0),
            np.nanmax(boxes[:, :, 2], axis=0),
            np.nanmax(boxes[:, :, 3], axis=0),
        ],
        axis=1,
    )
    centres = np.stack([(both[:, 0] + both[:, 2]) / 2, (both[:, 1] + both[:, 3]) / 2], axis=1)
    return Needs(times, both, centres, 0.5 - EYE_LINE)


def distance(times: Values, known: Values) -> Values:
    """Return how far each time lies from the nearest known one."""
    import numpy as np

    after = np.clip(np.searchsorted(known, times), 0, len(known) - 1)
    before = np.maximum(after - 1, 0)
    return np.minimum(np.abs(known[after] - times), np.abs(times - known[before]))


def needs_of_areas(areas: Sequence[Area], start: float) -> Needs:
    """Return what holds all of some areas that stand still."""
    import numpy as np

    box = (
        max(min(area.x for area in areas), 0.0),
        max(min(area.y for area in areas), 0.0),
        min(max(area.right for area in areas), 1.0),
        min(max(area.bottom for area in areas), 1.0),
    )
    centre = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    return Needs(np.array([start]), np.array([box]), np.array([centre]))


def hold_areas_too(needs: Needs, areas: Sequence[Area]) -> Needs:
    """Return needs that hold some areas besides, all the time."""
    import numpy as np

    more = needs_of_areas(areas, 0.0).boxes[0]
    boxes = np.concatenate([np.minimum(needs.boxes[:, :2], more[:2]), np.maximum(needs.boxes[:, 2:], more[2:])], axis=1)
    return Needs(needs.times, boxes, needs.centres, needs.lift)


def face_height(person: Person) -> float:
    """Return the typical height of a person's face, as a share of the picture's."""
    import numpy as np

    return float(np.median([one.area.height for one in person.sightings]))
