"""How a picture of another shape fills a frame, frame by frame: windows over it in pixels, in a piece's own time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from mediakit.media.times import format_rate
from mediakit.media.windows import Fallback, Path, Stretch, Windows, split_shapes

if TYPE_CHECKING:
    from mediakit.render.geometry import Display
    from mediakit.render.pieces import Piece, SourceGrid
    from mediakit.render.spec import PictureSpec

FINE = 4
"""A moving window goes by this part of a pixel of the frame."""
_EARLY = 0.25
"""A frame that comes by this part of a frame's time before a shot's start belongs to the shot: times are rounded."""


@dataclass(frozen=True)
class Aim:
    """A window of ``size`` pixels over the picture, which is scaled by ``scale``, across and down.

    ``places`` are its left and top edge in 1/`FINE` pixels, for each frame; one only where the window stands still.
    """

    size: tuple[int, int]
    scale: tuple[Fraction, Fraction]
    places: tuple[tuple[int, int], ...]

    @property
    def moves(self) -> bool:
        """Whether it goes through its shot, though it may rest in these frames."""
        return len(self.places) > 1

    def pack(self) -> dict[str, Any]:
        """Return JSON values."""
        scale = [format_rate(one) for one in self.scale]
        return {"size": list(self.size), "scale": scale, "places": [list(place) for place in self.places]}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Aim:
        """Return what `pack` gave."""
        (width, height), (across, down) = data["size"], map(Fraction, data["scale"])
        return cls((width, height), (across, down), tuple((x, y) for x, y in data["places"]))


@dataclass(frozen=True)
class View:
    """How some frames are shown: through one window or two, one above the other, or whole, as ``fit`` says."""

    frames: int
    show: Literal["window", "split", "fit"]
    aims: tuple[Aim, ...] = ()
    fit: Fallback | None = None

    def pack(self) -> dict[str, Any]:
        """Return JSON values; they are all that shapes the frames."""
        shown: dict[str, Any] = {"frames": self.frames, "show": self.show}
        return {**shown, "fit": self.fit} if self.fit else {**shown, "aims": [aim.pack() for aim in self.aims]}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> View:
        """Return what `pack` gave."""
        aims = tuple(Aim.unpack(aim) for aim in data.get("aims", ()))
        return cls(data["frames"], data["show"], aims, data.get("fit"))

    @property
    def doubled(self) -> View:
        """The same where every frame is two fields, each a picture of its own."""
        aims = tuple(
            replace(aim, places=tuple(place for place in aim.places for _ in (0, 1))) if aim.moves else aim
            for aim in self.aims
        )
        return replace(self, frames=2 * self.frames, aims=aims)


Views = tuple[View, ...]
"""The views of one layer of a piece, in order; none where its picture is fitted whole throughout."""


def view_piece(windows: Windows, grid: SourceGrid, piece: Piece, display: Display, spec: PictureSpec) -> Views:
    """Return the views of a piece: each frame of the grid shows the window at the time of the source's frame.

    Args:
        windows: over the source's picture.
        grid: of the source.
        piece: of that grid.
        display: the picture, or that of a twin with the same frames.
        spec: the frame.
    """
    index = grid.index
    shown = grid.shown(piece.first, piece.end)
    ticks = index.frame_pts[shown] - int(index.frame_pts[0])
    base = index.time_base
    times = [float(int(tick) * base) for tick in ticks]
    early = float(_EARLY / grid.fps)
    numbers = [windows.number_at(time, early) for time in times]
    views: list[View] = []
    at = 0
    for number, group in groupby(numbers):
        count = len(list(group))
        view = _view(windows.stretches[number], times[at : at + count], display, spec)
        at += count
        if views and _same(views[-1], view):
            view = replace(view, frames=views.pop().frames + view.frames)
        views.append(view)
    return tuple(views)


def _same(one: View, other: View) -> bool:
    """Tell whether two views that follow each other are one: nothing moves in them, and they show the same."""
    still = not any(aim.moves for aim in (*one.aims, *other.aims))
    return still and replace(one, frames=0) == replace(other, frames=0)


def _view(stretch: Stretch, times: Sequence[float], display: Display, spec: PictureSpec) -> View:
    size = (spec.width, spec.height)
    if stretch.show == "fit":
        return View(len(times), "fit", fit=stretch.fit)
    sizes = (size,) if stretch.show == "window" else split_shapes(*size)
    aims = tuple(_aim(path, times, one, display) for path, one in zip(stretch.paths, sizes, strict=True))
    return View(len(times), stretch.show, aims)


def _aim(path: Path, times: Sequence[float], size: tuple[int, int], display: Display) -> Aim:
    width, height = size
    across, down = display.turned_size
    shape = Fraction(width, height)
    share = min(Fraction(str(path.height)), display.aspect / shape, Fraction(1))
    scale = width / (share * shape / display.aspect * across), height / (share * down)
    most = [int((whole * by - part) * FINE) for whole, by, part in zip((across, down), scale, size, strict=True)]
    places = []
    for x, y in path.sample(times[:1] if path.still else times).tolist():
        left, top = (
            min(max(round((middle * whole * float(by) - part / 2) * FINE), 0), edge)
            for middle, whole, by, part, edge in zip((x, y), (across, down), scale, size, most, strict=True)
        )
        places.append((left, top))
    if len(places) == 1 and not path.still:  # a single frame of a window that goes: it goes here too
        places *= 2
    return Aim(size, scale, tuple(places))
