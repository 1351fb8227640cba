"""Filters that show a picture through windows: to the pixel where they stand, to a quarter of one where they go.

A window that goes is cut out twice. First roughly out of the source, by even pixels, so that little is scaled; then,
of that part enlarged to four times the frame's size along each axis that it goes along, exactly; then it is brought to
size. Where it is cut is looked up by the frame's number, so no clock is asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Any

from mediakit.media.times import format_rate
from mediakit.render.geometry import finish, fit_frame
from mediakit.render.views import FINE, Aim, View, Views

if TYPE_CHECKING:
    from mediakit.render.geometry import Display
    from mediakit.render.spec import PictureSpec

_FLAGS = "bicubic+accurate_rnd"
_MARGIN = 4
"""Pixels of the source around a window that its scaling looks at."""
_CHOICES = 9
"""So many even lengths, and so many even begins, are tried for the one that scales to whole even pixels."""


def show_views(stream: Any, display: Display, spec: PictureSpec, views: Views) -> Any:
    """Append filters that bring normalised frames, counted from 0, to a picture's size (an ffmpeg-python stream).

    Args:
        stream: the frames of a piece; as many as the views have.
        display: how the source is shown.
        spec: the picture.
        views: what is shown of each frame; none: fitted as the spec says.
    """
    if not views:
        return fit_frame(stream, display, spec)
    if len(views) == 1:
        return _show(stream, display, spec, views[0])
    import ffmpeg

    branches = stream.filter_multi_output("split", len(views))
    shown = []
    start = 0
    for number, view in enumerate(views):
        part = branches[number].filter("trim", start_pts=start, end_pts=start + view.frames)
        shown.append(_show(part.filter("setpts", f"PTS-{start}"), display, spec, view))
        start += view.frames
    joined = ffmpeg.concat(*shown, v=1, a=0)
    return finish(joined.filter("settb", format_rate(1 / spec.fps)).filter("setpts", "N"))


def _show(stream: Any, display: Display, spec: PictureSpec, view: View) -> Any:
    if view.show == "fit":
        fit = "stack" if view.fit != "pad" and spec.stack is not None else view.fit
        return fit_frame(stream, display, replace(spec, fit=fit or "blur"))
    if view.show == "window":
        return finish(_look_through(stream, display, view.aims[0]))
    import ffmpeg

    branches = stream.filter_multi_output("split", len(view.aims))
    halves = [_look_through(branches[number], display, aim) for number, aim in enumerate(view.aims)]
    return finish(ffmpeg.filter(halves, "vstack", inputs=len(halves)))


@dataclass(frozen=True)
class _Axis:
    """One axis of an aim.

    Attributes:
        rough: length of the part that is cut out of the source, in its pixels; even, or all of it.
        scaled: length of that part when it is brought to the frame's size.
        size: length of the window in the frame.
        starts: where the part begins, frame by frame; even.
        offsets: where the window begins in the scaled part, in 1/`FINE` pixels, frame by frame.
    """

    rough: int
    scaled: int
    size: int
    starts: tuple[int, ...]
    offsets: tuple[int, ...]

    @classmethod
    def of(cls, source: int, ratio: Fraction, size: int, places: Sequence[int]) -> _Axis:
        """Return the axis of a picture of ``source`` pixels that is scaled by ``ratio``."""
        margin = -(-max(_MARGIN, int(3 / ratio) + 1) // 2) * 2
        least = int(size / ratio) // 2 * 2 + 2 * margin + 2 * _CHOICES
        lengths = [length for length in range(least, least + 2 * _CHOICES, 2) if length <= source]
        rough = min(lengths, key=lambda length: (abs(length * ratio - _even(length * ratio)), length), default=source)
        part = max(_even(rough * ratio), size)
        begins = [cls._begin(Fraction(place, FINE), ratio, source - rough, margin) for place in places]
        if len(places) == 1:
            begins = [cls._best_begin(Fraction(places[0], FINE), ratio, begins[0], part - size)]
        most = (part - size) * FINE
        offsets = [
            min(max(round(place - begin * ratio * FINE), 0), most) for place, begin in zip(places, begins, strict=True)
        ]
        return cls(rough, part, size, tuple(begins), tuple(offsets))

    @staticmethod
    def _begin(place: Fraction, ratio: Fraction, last: int, margin: int) -> int:
        return min(max(int(place / ratio) - margin, 0), last) // 2 * 2

    @staticmethod
    def _best_begin(place: Fraction, ratio: Fraction, begin: int, most: int) -> int:
        """Return the begin, a little earlier, from which a window that stands is the nearest to whole even pixels.

        The window then begins at most ``most`` pixels into the part.
        """
        earlier = [one for one in range(begin, max(begin - 2 * _CHOICES, -1), -2) if place - one * ratio <= most]
        best = min(
            earlier, key=lambda one: (abs(place - one * ratio - _even(place - one * ratio)), -one), default=begin
        )
        return best

    @property
    def goes(self) -> bool:
        """Whether the window goes along it in these frames."""
        return len(set(zip(self.starts, self.offsets, strict=True))) > 1

    @property
    def begin(self) -> int:
        """Where a window that does not go begins, in whole even pixels."""
        return min(_even(Fraction(self.offsets[0], FINE)), (self.scaled - self.size) // 2 * 2)


def _even(value: Fraction) -> int:
    return int(value / 2 + Fraction(1, 2)) * 2


def _look_through(stream: Any, display: Display, aim: Aim) -> Any:
    """Append the filters of one window."""
    source = display.turned_size
    axes = [
        _Axis.of(source[axis], aim.scale[axis], aim.size[axis], [place[axis] for place in aim.places])
        for axis in (0, 1)
    ]
    across, down = axes
    if (across.rough, down.rough) != source:
        stream = stream.filter("crop", across.rough, down.rough, look_up(across.starts), look_up(down.starts), exact=1)
    if not aim.moves:
        stream = _scale(stream, (across.rough, down.rough), (across.scaled, down.scaled))
        if (across.scaled, down.scaled) == aim.size:
            return stream
        return stream.filter("crop", across.size, down.size, across.begin, down.begin, exact=1)
    if across.goes or not down.goes:
        stream = _scale(
            stream, (across.rough, down.rough), (FINE * across.scaled, down.rough if down.goes else down.scaled)
        )
        high = down.rough if down.goes else down.size
        top = "0" if down.goes else str(down.begin)
        stream = stream.filter("crop", FINE * across.size, high, look_up(across.offsets), top, exact=1)
        if not down.goes:
            return stream.filter("scale", across.size, down.size, flags=_FLAGS)
        stream = stream.filter("scale", across.size, FINE * down.scaled, flags=_FLAGS)
    else:
        stream = _scale(stream, (across.rough, down.rough), (across.scaled, FINE * down.scaled))
    left = "0" if across.goes else str(across.begin)
    stream = stream.filter("crop", across.size, FINE * down.size, left, look_up(down.offsets), exact=1)
    return stream.filter("scale", across.size, down.size, flags=_FLAGS)


def _scale(stream: Any, now: tuple[int, int], wanted: tuple[int, int]) -> Any:
    return stream if now == wanted else stream.filter("scale", *wanted, flags=_FLAGS)


def look_up(values: Sequence[int]) -> str:
    """Return an expression of ffmpeg's that gives the value of each frame by its number ``n``."""
    runs: list[tuple[int, int]] = []
    at = 0
    for value, group in groupby(values):
        runs.append((at, value))
        at += len(list(group))
    return _branch(runs)


def _branch(runs: Sequence[tuple[int, int]]) -> str:
    if len(runs) == 1:
        return str(runs[0][1])
    middle = len(runs) // 2
    return f"if(lt(n,{runs[middle][0]}),{_branch(runs[:middle])},{_branch(runs[middle:])})"
