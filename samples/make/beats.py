"""Values that a story is told with: speakers, spoken lines, natural sound."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Speaker:
    """How one person's voice is drawn from the synthetic one (ratios, 1.0 is unchanged)."""

    pitch: float = 1.0
    timbre: float = 1.0
    speed: float = 1.0


@dataclass(frozen=True)
class Line:
    """One spoken sentence and the silence in seconds that follows it."""

    speaker: str
    text: str
    after: float = 0.4


@dataclass(frozen=True)
class Natural:
    """A moment of natural sound without speech; `what` goes into script and truth."""

    kind: str
    seconds: float
    what: str


Beat = Line | Natural


@dataclass(frozen=True)
class Placed:
    """A beat with its place in the programme, in seconds; a line is timed by its sound."""

    beat: Beat
    start: float
    end: float


def place_beats(beats: list[Beat], spoken_seconds: list[float]) -> tuple[list[Placed], float]:
    """Lay the beats end to end; `spoken_seconds` holds the length of each line's sound."""
    placed: list[Placed] = []
    clock, lengths = 0.0, iter(spoken_seconds)
    for beat in beats:
        seconds = beat.seconds if isinstance(beat, Natural) else next(lengths)
        placed.append(Placed(beat, round(clock, 3), round(clock + seconds, 3)))
        clock += seconds + (beat.after if isinstance(beat, Line) else 0.0)
    return placed, clock
