"""What is rendered: shots on the frame grids of their sources, and the pieces that they fall into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from mediakit.errors import InputError
from mediakit.media.timeline import Card, Clip, Dissolve, Timeline
from mediakit.render.drawing import Fade
from mediakit.render.pieces import Piece, SourceGrid
from mediakit.render.scene import Plain
from mediakit.render.stack import Still

Grids = Callable[[str], SourceGrid]
"""Gives a source's frame grid by its name."""


@dataclass(frozen=True)
class Behind:
    """What shows through a card's colour: a still picture, or the frame at a tick of a source; ``veil`` hides it."""

    veil: float
    still: Still | None = None
    source: str | None = None
    tick: int = 0


@dataclass(frozen=True)
class Shot:
    """Ticks ``first`` to ``end`` of a source's grid (see `mediakit.render.pieces`), or a plain colour.

    Attributes:
        source: name of the source; None is a plain colour.
        first: first tick.
        end: tick past the last one.
        colour: of a plain one, ``#rrggbb``.
        dissolve: the transition from the shot before.
        fade_in: frames of coming up from black.
        fade_out: frames of going to black.
        head: frames of its beginning that are cut off; ``fade_in`` counts from before them.
        tail: frames of its end that are cut off; ``fade_out`` ends behind them.
        behind: what shows through a plain colour.
    """

    source: str | None
    first: int
    end: int
    colour: str = "#000000"
    dissolve: Dissolve | None = None
    fade_in: int = 0
    fade_out: int = 0
    head: int = 0
    tail: int = 0
    behind: Behind | None = None

    @property
    def frames(self) -> int:
        """How many frames it has between its cuts."""
        return self.end - self.first


@dataclass(frozen=True)
class Take:
    """A piece of a source."""

    source: str
    piece: Piece


@dataclass(frozen=True)
class Backed:
    """A plain colour with something behind it: a still picture, or one frame of a source."""

    colour: str
    frames: int
    veil: float
    still: Still | None = None
    take: Take | None = None


@dataclass(frozen=True)
class PlacedPiece:
    """Layers of a programme's frames ``start`` to ``end``: one, or two with a dissolve; fades in its own time.

    ``beyond`` is how many frames the dissolve has before and behind these, in a longer programme.
    """

    start: int
    end: int
    layers: tuple[Take | Plain | Backed, ...]
    fades: tuple[Fade, ...] = ()
    beyond: tuple[int, int] = (0, 0)

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.end - self.start


@dataclass(frozen=True)
class Programme:
    """Shots in playing order: a master is one, a short a few, an edit many."""

    fps: Fraction
    shots: tuple[Shot, ...]

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return sum(shot.frames for shot in self.shots)

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.fps

    def place(self, grids: Grids) -> tuple[PlacedPiece, ...]:
        """Return the pieces of all shots, placed in the programme, without gap or overlap.

        Args:
            grids: of the sources, or of twins with the same frames.

        Raises:
            InputError: a shot, or a transition, reaches beyond its source.
        """
        placed: list[PlacedPiece] = []
        start = 0
        for number, shot in enumerate(self.shots):
            following = self.shots[number + 1].dissolve if number + 1 < len(self.shots) else None
            if shot.dissolve is not None:
                placed.append(_transition(self.shots[number - 1], shot, shot.dissolve, start, grids))
            head = shot.dissolve.after if shot.dissolve else 0
            tail = following.before if following else 0
            placed += _solo(shot, head, shot.frames - tail, start, grids)
            start += shot.frames
        return tuple(placed)

    def source_spans(self, grid: SourceGrid) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return each shot's start and end in exact seconds on the programme clock of the source (0 = its start)."""
        return tuple(((shot.first + grid.lead) / grid.fps, (shot.end + grid.lead) / grid.fps) for shot in self.shots)


def _solo(shot: Shot, low: int, high: int, start: int, grids: Grids) -> list[PlacedPiece]:
    """Return the pieces of a shot's frames ``low`` to ``high``; ``start`` is where the shot starts."""
    if low >= high:
        return []
    if shot.source is None:
        plain = _plain(shot, high - low, grids)
        return [PlacedPiece(start + low, start + high, (plain,), _fades(shot, low, high))]
    made = []
    for piece in grids(shot.source).cut(shot.first + low, shot.first + high):
        first = piece.first - shot.first
        fades = _fades(shot, first, first + piece.frames)
        made.append(PlacedPiece(start + first, start + first + piece.frames, (Take(shot.source, piece),), fades))
    return made


def _fades(shot: Shot, low: int, high: int) -> tuple[Fade, ...]:
    """Return what of a shot's fades touches its frames ``low`` to ``high``, in their own time."""
    fades = []
    if shot.fade_in:
        fades.append(Fade("in", -shot.head, shot.fade_in))
    if shot.fade_out:
        fades.append(Fade("out", shot.frames + shot.tail - shot.fade_out, shot.fade_out))
    return tuple(part for fade in fades if (part := fade.within(low, high)) is not None)


def _transition(before: Shot, shot: Shot, dissolve: Dissolve, cut: int, grids: Grids) -> PlacedPiece:
    """Return the piece of a dissolve at frame ``cut`` of the programme."""
    leaving = _layer(before, before.frames - dissolve.before, before.frames + dissolve.after, grids)
    coming = _layer(shot, -dissolve.before, dissolve.after, grids)
    beyond = (dissolve.skipped, dissolve.left)
    return PlacedPiece(cut - dissolve.before, cut + dissolve.after, (leaving, coming), beyond=beyond)


def _plain(shot: Shot, frames: int, grids: Grids) -> Plain | Backed:
    """Return frames of a plain colour, with what is behind it."""
    behind = shot.behind
    if behind is None:
        return Plain(shot.colour, frames)
    take = None
    if behind.source is not None:
        take = Take(behind.source, grids(behind.source).whole(behind.tick, behind.tick + 1))
    return Backed(shot.colour, frames, behind.veil, behind.still, take)


def _layer(shot: Shot, low: int, high: int, grids: Grids) -> Take | Plain | Backed:
    """Return a shot's frames ``low`` to ``high`` as one layer; they may lie beyond its cuts, not beyond its source."""
    if shot.source is None:
        return _plain(shot, high - low, grids)
    grid = grids(shot.source)
    first, end = grid.ticks
    low, high = shot.first + low, shot.first + high
    if low < first or high > end:
        lacking = max(first - low, high - end)
        raise InputError(
            f"the dissolve needs {lacking} more frames of {shot.source} than the source has beyond the cut",
            hint="shorten the dissolve, or move the cut",
        )
    return Take(shot.source, grid.whole(low, high))


def whole_source(grid: SourceGrid, name: str = "master") -> Programme:
    """Return the programme of a whole source."""
    first, end = grid.ticks
    return Programme(grid.fps, (Shot(name, first, end),))


def spans_of_source(grid: SourceGrid, spans: Sequence[tuple[float, float]], name: str = "master") -> Programme:
    """Return the programme of some spans, in seconds on the source's programme clock, snapped to frames.

    Raises:
        InputError: a span lies beyond the source or holds no frame.
    """
    length = float((grid.end + grid.lead) / grid.fps)
    shots = []
    for start, end in spans:
        if start < 0 or end > length + float(2 / grid.fps):
            raise InputError(f"the span {start:.2f} to {end:.2f} s ends beyond the source, which has {length:.2f} s")
        shot = Shot(name, grid.tick_at(start), grid.tick_at(end))
        if shot.frames <= 0:
            raise InputError(f"the span {start:.3f} to {end:.3f} s holds no frame")
        shots.append(shot)
    return Programme(grid.fps, tuple(shots))


def shots_of_timeline(
    timeline: Timeline,
    fps: Fraction,
    grids: Grids,
    card_colour: Callable[[str], str],
    card_behind: Callable[[str], Behind | None] = lambda card: None,
) -> Programme:
    """Return a timeline's picture at a frame rate; edges go to the nearest frame, so lengths never drift.

    Args:
        timeline: the edit.
        fps: frames a second of the programme.
        grids: of the sources, at that rate.
        card_colour: gives the colour that a kind of card is laid on.
        card_behind: gives what shows through it; without a still picture, a frame of the clip beside it does.

    Raises:
        InputError: a clip reaches beyond its source.
    """
    shots: list[Shot] = []
    closing: set[int] = set()
    follows = False
    for at, item in timeline.placed():
        start, end = frame_at_rate(at, timeline.fps, fps), frame_at_rate(at + item.frames, timeline.fps, fps)
        if start == end:
            follows = False
            continue
        # An item that has no frame at this rate leaves nothing to dissolve from.
        dissolve = _dissolve_at_rate(item.dissolve, at, timeline.fps, fps) if item.dissolve and follows else None
        follows = True
        fades = (frame_at_rate(item.fade_in, timeline.fps, fps), frame_at_rate(item.fade_out, timeline.fps, fps))
        cut_off = (
            start - frame_at_rate(at - item.head, timeline.fps, fps),
            frame_at_rate(at + item.frames + item.tail, timeline.fps, fps) - end,
        )
        if isinstance(item, Clip):
            first = _first_tick(item, end - start, grids(item.source))
            shots.append(Shot(item.source, first, first + end - start, "#000000", dissolve, *fades, *cut_off))
        else:
            colour = card_colour(item.card) if isinstance(item, Card) else item.colour
            behind = card_behind(item.card) if isinstance(item, Card) else None
            shots.append(Shot(None, 0, end - start, colour, dissolve, *fades, *cut_off, behind))
            if isinstance(item, Card) and item.card == "closing":
                closing.add(len(shots) - 1)
    return Programme(fps, tuple(_find_frame(shots, number, number in closing) for number in range(len(shots))))


def _find_frame(shots: Sequence[Shot], number: int, closing: bool) -> Shot:
    """Return a shot; where a frame is to be behind it, the middle one of the clip that follows (or came before)."""
    shot = shots[number]
    if shot.behind is None or shot.behind.still is not None:
        return shot
    sides = [shots[number + 1 :], shots[:number][::-1]]
    nearest = [one for side in (sides[::-1] if closing else sides) for one in side if one.source is not None]
    if not nearest:
        return replace(shot, behind=None)
    middle = (nearest[0].first + nearest[0].end) // 2
    return replace(shot, behind=replace(shot.behind, source=nearest[0].source, tick=middle))


def _dissolve_at_rate(dissolve: Dissolve, cut: int, fps: Fraction, wanted: Fraction) -> Dissolve | None:
    """Return a dissolve at frame ``cut`` at another rate; None where no frame of it is left."""
    begin, end = cut - dissolve.before, cut + dissolve.after
    frames = (begin - dissolve.skipped, begin, cut, end, end + dissolve.left)
    first, low, middle, high, last = (frame_at_rate(frame, fps, wanted) for frame in frames)
    if low == high:
        return None
    return Dissolve(before=middle - low, after=high - middle, skipped=low - first, left=last - high)


def frame_at_rate(frame: int, fps: Fraction, wanted: Fraction) -> int:
    """Return the frame at another rate that is nearest in time."""
    return frame if fps == wanted else int((frame * wanted / fps + Fraction(1, 2)) // 1)


def _first_tick(clip: Clip, frames: int, grid: SourceGrid) -> int:
    """Return a clip's first tick; where rounding to another rate takes it one past the end, one earlier."""
    first = grid.tick_at(clip.start)
    over = first + frames - grid.end
    if over > 1:
        raise InputError(
            f"the clip of {clip.source} ends {over} frames beyond its source",
            hint="ingest the source again if it was replaced, or shorten the clip",
        )
    return first - max(over, 0)
