"""What is rendered: a timeline of clips on a source's frame grid, and the pieces that it falls into."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from mediakit.errors import InputError
from mediakit.render.pieces import Piece, SourceGrid


@dataclass(frozen=True)
class Clip:
    """Ticks ``first`` to ``end`` of the source's grid (see `mediakit.render.pieces`)."""

    first: int
    end: int

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.end - self.first


@dataclass(frozen=True)
class PlacedPiece:
    """A piece and the programme's frame at which it starts."""

    start: int
    piece: Piece

    @property
    def end(self) -> int:
        """The programme's frame past its last one."""
        return self.start + self.piece.frames


@dataclass(frozen=True)
class Timeline:
    """Clips of one source, in playing order: a master is one clip, a short is a few."""

    fps: Fraction
    clips: tuple[Clip, ...]

    @property
    def frames(self) -> int:
        """How many frames the programme has."""
        return sum(clip.frames for clip in self.clips)

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.fps

    def place(self, grid: SourceGrid) -> tuple[PlacedPiece, ...]:
        """Return the pieces of all clips, placed in the programme.

        Args:
            grid: of the source, or of its twin with the same frames.

        Raises:
            InputError: a clip reaches beyond the source.
        """
        placed: list[PlacedPiece] = []
        start = 0
        for clip in self.clips:
            for piece in grid.cut(clip.first, clip.end):
                placed.append(PlacedPiece(start, piece))
                start += piece.frames
        return tuple(placed)

    def source_spans(self, grid: SourceGrid) -> tuple[tuple[Fraction, Fraction], ...]:
        """Return each clip's start and end in exact seconds on the programme clock of the source (0 = its start)."""
        return tuple(((clip.first + grid.lead) / grid.fps, (clip.end + grid.lead) / grid.fps) for clip in self.clips)


def whole_source(grid: SourceGrid) -> Timeline:
    """Return the timeline of a whole source."""
    first, end = grid.ticks
    return Timeline(grid.fps, (Clip(first, end),))


def spans_of_source(grid: SourceGrid, spans: Sequence[tuple[float, float]]) -> Timeline:
    """Return the timeline of some spans, in seconds on the source's programme clock, snapped to frames.

    Raises:
        InputError: a span lies beyond the source or holds no frame.
    """
    length = float((grid.end + grid.lead) / grid.fps)
    clips = []
    for start, end in spans:
        if start < 0 or end > length + float(2 / grid.fps):
            raise InputError(f"the span {start:.2f} to {end:.2f} s ends beyond the source, which has {length:.2f} s")
        clip = Clip(grid.tick_at(start), grid.tick_at(end))
        if clip.frames <= 0:
            raise InputError(f"the span {start:.3f} to {end:.3f} s holds no frame")
        clips.append(clip)
    return Timeline(grid.fps, tuple(clips))
