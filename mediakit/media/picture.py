"""What is seen in a picture: its shots, the people followed through each, text on screen, movement, sharpness.

Places are shares of the shown picture (turned upright, square pixels): (0, 0) is its top left corner, (1, 1) its bottom
right. Times are seconds after the picture's first frame.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import ClassVar, Literal, TypeVar

from pydantic import Field, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.times import FrameRate


class Area(Value):
    """A rectangle in shares of the picture; it may reach past the edge, as a half-seen face does."""

    x: float
    y: float
    width: float = Field(gt=0)
    height: float = Field(gt=0)

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height

    @property
    def centre(self) -> tuple[float, float]:
        """Middle, across and down."""
        return self.x + self.width / 2, self.y + self.height / 2


class Sighting(Value):
    """A face in one frame; ``lips`` is how much its mouth moves against the rest of it, from 0 upward."""

    time: float
    area: Area
    confidence: float = Field(ge=0, le=1)
    lips: float = Field(default=0.0, ge=0)


class Person(Value):
    """One face followed through a shot; ``id`` counts from 1 within the shot, largest on screen first."""

    id: int = Field(ge=1)
    sightings: tuple[Sighting, ...] = Field(min_length=1)


class Writing(Value):
    """Text on screen from ``start`` to ``end``: burned subtitles, a title or strap, or a page of it."""

    start: float
    end: float
    area: Area
    kind: Literal["caption", "label", "page"]


class Movement(Value):
    """Where the picture moves apart from the camera: centre of it, and what share of the picture it is."""

    time: float
    x: float
    y: float
    amount: float = Field(ge=0, le=1)


class Still(Value):
    """How one frame would do as a still: ``sharpness`` and mean ``brightness``, each from 0 to 1."""

    time: float
    sharpness: float = Field(ge=0, le=1)
    brightness: float = Field(ge=0, le=1)


class Shot(Value):
    """What lies between two cuts, ``start`` to ``end``."""

    start: float = Field(ge=0)
    end: float
    persons: tuple[Person, ...] = ()
    writing: tuple[Writing, ...] = ()
    movement: tuple[Movement, ...] = ()
    stills: tuple[Still, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> Shot:
        if self.end <= self.start:
            raise ValueError("a shot ends before it starts")
        return self


Timed = TypeVar("Timed", Sighting, Still)


def find_nearest(items: Sequence[Timed], time: float) -> Timed | None:
    """Return what lies nearest to a time, the earlier of two as near; None of none.

    Args:
        items: in order of time.
        time: seconds.
    """
    at = bisect_left(items, time, key=lambda one: one.time)
    return min(items[max(at - 1, 0) : at + 1], key=lambda one: abs(one.time - time), default=None)


class PictureRecord(Document):
    """What was seen in one source (``source_digest``: SHA-256 of the media file); shots follow without gaps.

    ``width`` and ``height`` are what a viewer sees, in square pixels. ``unseen`` tells what nobody looked for, as its
    model is not installed: no person then means nothing.
    """

    kind: ClassVar[str] = "mediakit/picture/1"

    source_digest: str = ""
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    fps: FrameRate
    duration: float = Field(gt=0)
    shots: tuple[Shot, ...] = Field(min_length=1)
    unseen: tuple[Literal["faces", "text"], ...] = ()

    @model_validator(mode="after")
    def _without_gaps(self) -> PictureRecord:
        for before, after in zip(self.shots, self.shots[1:], strict=False):
            if abs(before.end - after.start) > 1e-6:
                raise ValueError(f"a shot ends at {before.end:g} s and the next starts at {after.start:g} s")
        return self
