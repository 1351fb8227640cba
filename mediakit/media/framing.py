"""``framing.yaml``: which part of a source a frame of another shape shows, shot by shot; made to be changed.

Each shot holds, for every shape (``9:16``), what was chosen and why. A person's ``window``, ``follow`` or ``fit``, for
the whole shot or below one shape, wins over it.
"""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.times import Duration, FrameRate, plain_number
from mediakit.media.windows import Fallback, Mark, Path, Stretch, Windows, largest_height, window_size

MAX_MARKS = 100_000
SAME_SHAPE = 0.01
"""How far two shapes may lie apart and still be one."""

_SHAPE = re.compile(r"(\d{1,5}) ?[:x] ?(\d{1,5})")
_NUMBER = r"\d+(?:\.\d+)?"
_PLACE = re.compile(rf"\s*(?:({_NUMBER})\s+)?({_NUMBER})\s+({_NUMBER})\s*")


def parse_shape(value: object) -> Fraction:
    """Return width by height from ``9:16`` or ``1080x1920``.

    Raises:
        ValueError: not a shape, or one that is more than ten times as long as wide.
    """
    text = f"{value.numerator}:{value.denominator}" if isinstance(value, Fraction) else str(value).strip()
    match = _SHAPE.fullmatch(text)
    if not match or not int(match[1]) or not int(match[2]):
        raise ValueError(f"{text[:40]!r} is not a shape (9:16, 3:4, 1:1)")
    shape = Fraction(int(match[1]), int(match[2]))
    if not Fraction(1, 10) <= shape <= 10:
        raise ValueError(f"the shape {text} is out of range")
    return shape


def format_shape(shape: Fraction) -> str:
    """Return ``9:16``."""
    return f"{shape.numerator}:{shape.denominator}"


Shape = Annotated[
    Fraction,
    BeforeValidator(parse_shape),
    PlainSerializer(format_shape, return_type=str),
    WithJsonSchema({"type": "string"}),
]
"""A pydantic field type: width by height, written ``9:16``."""


def parse_path(height: float, text: str) -> Path:
    """Return a path from ``x y``, or ``time x y`` for each mark, parted by commas.

    Raises:
        ValueError: not such a text, or times that do not rise.
    """
    parts = text.split(",")
    if len(parts) > MAX_MARKS:
        raise ValueError(f"a path of more than {MAX_MARKS} marks")
    marks: list[Mark] = []
    for part in parts:
        match = _PLACE.fullmatch(part)
        if not match or (match[1] is None) != (len(parts) == 1):
            raise ValueError(f"{part.strip()[:40]!r} is not a place on a path (x y, or time x y, time x y, …)")
        mark = Mark(float(match[1] or 0), float(match[2]), float(match[3]))
        if not (mark.x <= 1 and mark.y <= 1):
            raise ValueError(f"{part.strip()[:40]!r} lies outside the picture (x and y are shares from 0 to 1)")
        if marks and mark.time <= marks[-1].time:
            raise ValueError(f"the times of a path do not rise at {part.strip()[:40]!r}")
        marks.append(mark)
    return Path(height, tuple(marks))


def format_path(path: Path) -> str:
    """Return what `parse_path` takes."""
    first = path.marks[0]
    if path.still:
        return f"{plain_number(first.x, 5)} {plain_number(first.y, 5)}"
    return ", ".join(
        f"{plain_number(mark.time, 3)} {plain_number(mark.x, 5)} {plain_number(mark.y, 5)}" for mark in path.marks
    )


class Camera(Value):
    """A window's way through a shot: its height as a share of the picture's, and its middle over time."""

    height: float = Field(gt=0, le=1)
    path: str

    @model_validator(mode="after")
    def _readable(self) -> Camera:
        self.to_path()
        return self

    @classmethod
    def of(cls, path: Path) -> Camera:
        """Return a path as it is written."""
        return cls(height=round(path.height, 4), path=format_path(path))

    def to_path(self) -> Path:
        """Return the path."""
        return parse_path(self.height, self.path)


class Part(Value):
    """What is shown from ``begin`` on (default: the shot's start): one window, two, or the whole picture."""

    begin: Duration | None = None
    person: int | None = None
    window: Camera | None = None
    split: tuple[Camera, Camera] | None = None
    fit: Fallback | None = None

    @model_validator(mode="after")
    def _one(self) -> Part:
        if sum(value is not None for value in (self.window, self.split, self.fit)) != 1:
            raise ValueError("a part has one of window, split and fit")
        return self


class FixedWindow(Value):
    """A window that a person sets: its middle, and its height (default: the largest)."""

    x: float = Field(ge=0, le=1)
    y: float = Field(default=0.5, ge=0, le=1)
    height: float = Field(default=1.0, gt=0.02, le=1)


class Override(Value):
    """What a person asks for, instead of what was chosen: at most one of the three."""

    window: FixedWindow | None = None
    follow: int | None = Field(default=None, ge=1)
    fit: Literal["blur", "pad", "stack", "split"] | None = None

    @model_validator(mode="after")
    def _at_most_one(self) -> Override:
        given = [name for name in ("window", "follow", "fit") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{given[0]} and {given[1]} exclude each other: keep one")
        return self

    @property
    def overrides(self) -> bool:
        """Whether anything is asked for."""
        return (self.window, self.follow, self.fit) != (None, None, None)


class View(Override):
    """One shot in one shape: what was chosen (``parts``) and why, and what else may be asked for.

    ``people`` are the ways that follow one person each and were not chosen, by number; ``halves`` those of two, one
    above the other.
    """

    why: str = ""
    parts: tuple[Part, ...] = Field(min_length=1)
    people: dict[int, Camera] = Field(default_factory=dict)
    halves: tuple[Camera, Camera] | None = None

    @property
    def holds_all(self) -> bool:
        """Whether one window was chosen for all that matters."""
        return len(self.parts) == 1 and self.parts[0].window is not None and self.parts[0].person is None

    @property
    def ways(self) -> dict[int, Camera]:
        """The way that follows each person, by number; one that was chosen for the whole shot stands only there."""
        only = self.parts[0]
        chosen = {only.person: only.window} if len(self.parts) == 1 and only.person and only.window else {}
        return {**chosen, **self.people}


class FramedShot(Override):
    """One shot, ``start`` to ``end``, with a view for each shape."""

    start: Duration = Field(ge=0)
    end: Duration = Field(gt=0)
    views: dict[str, View]

    @model_validator(mode="after")
    def _in_order(self) -> FramedShot:
        if self.end <= self.start:
            raise ValueError("a shot ends before it starts")
        for view in self.views.values():
            begins = [part.begin for part in view.parts[1:]]
            if any(begin is None or not self.start < begin < self.end for begin in begins):
                raise ValueError("a part but the first begins within its shot")
            if any(a >= b for a, b in pairwise(begins) if a is not None and b is not None):
                raise ValueError("the parts of a shot are not in order")
        return self


class Framing(Document):
    """The windows of one source (``source_digest``: SHA-256 of the media file), shot by shot.

    ``width`` and ``height`` are what a viewer sees, in square pixels; ``shapes`` are those that there are views for.
    """

    kind: ClassVar[str] = "mediakit/framing/1"

    source_digest: str = ""
    width: int = Field(gt=0)
    height: int = Field(gt=0)
    fps: FrameRate
    shapes: tuple[Shape, ...] = Field(min_length=1)
    shots: tuple[FramedShot, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _complete(self) -> Framing:
        for before, after in pairwise(self.shots):
            if after.start < before.end - 0.002:
                raise ValueError(f"the shot that starts at {after.start:g} s begins before the one before it ends")
        return self

    @property
    def picture(self) -> Fraction:
        """Width by height."""
        return Fraction(self.width, self.height)

    def find_shape(self, shape: Fraction) -> Fraction | None:
        """Return the shape that there are views for and that is the nearest to one, or None where none is near."""
        near = min(self.shapes, key=lambda one: abs(one / shape - 1))
        return near if abs(near / shape - 1) <= SAME_SHAPE else None

    def windows(self, shape: Fraction, *, halves: bool = False) -> Windows:
        """Return how the picture fills frames of one of its shapes; what a person asked for wins.

        Args:
            shape: one of `shapes`.
            halves: show two people who do not fit one window always one above the other.

        Raises:
            ValueError: a shot has no view of it, or asks for what it does not have.
        """
        stretches: list[Stretch] = []
        for number, shot in enumerate(self.shots, 1):
            view = shot.views.get(format_shape(shape))
            if view is None:
                raise ValueError(f"shot {number} has no view of {format_shape(shape)}")
            parted = halves and view.halves is not None and not (view.overrides or shot.overrides)
            if parted and not view.holds_all:
                view = view.model_copy(update={"fit": "split"})
            stretches += resolve(shot, view, shape, self.picture)
        return Windows(shape, self.picture, tuple(stretches))


def resolve(shot: FramedShot, view: View, shape: Fraction, picture: Fraction) -> list[Stretch]:
    """Return what a shot shows in one shape: what is asked for below the shape, else for the shot, else the choice.

    Raises:
        ValueError: it asks for what the shot does not have.
    """
    asked: Override = view if view.overrides else shot
    if asked.window is not None:
        path = _fixed(asked.window, shape, picture)
        return [Stretch(shot.start, shot.end, "window", (path,))]
    if asked.follow is not None:
        camera = view.ways.get(asked.follow)
        if camera is None:
            known = ", ".join(map(str, sorted(view.ways)))
            raise ValueError(
                f"there is no person {asked.follow} to follow ({f'there are {known}' if known else 'none'})"
            )
        return [Stretch(shot.start, shot.end, "window", (camera.to_path(),))]
    if asked.fit == "split":
        if view.halves is None:
            raise ValueError("there are no two people that could be shown one above the other")
        return [Stretch(shot.start, shot.end, "split", tuple(one.to_path() for one in view.halves))]
    if asked.fit is not None:
        return [Stretch(shot.start, shot.end, "fit", fit=asked.fit)]
    begins = [shot.start, *(part.begin or shot.start for part in view.parts[1:])]
    ends = [*begins[1:], shot.end]
    return [_stretch(part, begin, end) for part, begin, end in zip(view.parts, begins, ends, strict=True)]


def _stretch(part: Part, begin: float, end: float) -> Stretch:
    if part.window is not None:
        return Stretch(begin, end, "window", (part.window.to_path(),))
    if part.split is not None:
        return Stretch(begin, end, "split", tuple(one.to_path() for one in part.split))
    assert part.fit is not None
    return Stretch(begin, end, "fit", fit=part.fit)


def _fixed(window: FixedWindow, shape: Fraction, picture: Fraction) -> Path:
    """Return a set window, moved into the picture where it reaches beyond it."""
    width, height = window_size(min(window.height, largest_height(shape, picture)), shape, picture)
    x = min(max(window.x, width / 2), 1 - width / 2)
    y = min(max(window.y, height / 2), 1 - height / 2)
    return Path(height, (Mark(0.0, x, y),))


def split_shape(shape: Fraction) -> Fraction:
    """Return the shape of each half where two windows stand one above the other."""
    return 2 * shape
