"""Who speaks when, of some people who are in the picture together: few turns, none of them short."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediakit.framing.needs import distance

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.picture import Person

    Values = NDArray[np.float64]

SHORTEST_S = 2.0
_STEP_S = 0.1
_SMOOTHED_S = 0.8
_SWITCH_S = 0.8
"""A change has to win so many seconds of clear speech."""
LIPS = 0.1
"""Lips that move so much are heard; `QUIET` is what the lips of the silent seem to move."""
QUIET = 0.03
_FLOOR = 0.15
"""Movement of lips below this share of the liveliest is silence."""


@dataclass(frozen=True)
class Turn:
    """From ``start`` to ``end`` the window is on one person, by the place in the list."""

    start: float
    end: float
    person: int


def find_turns(people: Sequence[Person], start: float, end: float) -> tuple[Turn, ...]:
    """Return who is to be seen when: the division into turns in which the most speech is seen, each change paid for.

    Args:
        people: at least one; whose lips move is who speaks, and with no speech the first is seen.
        start: of the shot, in seconds.
        end: of the shot.
    """
    import numpy as np

    count = max(round((end - start) / _STEP_S), 1)
    step = (end - start) / count
    least = max(round(SHORTEST_S / step), 1)
    share = speech_shares(people, start, end, count)
    gained = np.concatenate([np.zeros((len(people), 1)), np.cumsum(share, axis=1)], axis=1) * step
    # best[t]: the most that is gained up to t; a turn of each person may end there that began at least `least` before.
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    came = np.zeros((count + 1, 2), dtype=int)
    for t in range(1, count + 1):
        if t < min(least, count):
            continue
        begins = np.arange(0, max(t - least, 0) + 1)
        if count - t < least and t != count:
            continue
        base = best[begins] - np.where(begins > 0, _SWITCH_S, 0.0)
        value = base[None, :] + gained[:, t][:, None] - gained[:, begins]
        who, where = (int(one) for one in np.unravel_index(int(np.argmax(value)), value.shape))
        best[t], came[t] = value[who, where], (int(begins[where]), who)
    turns: list[Turn] = []
    t = count
    while t > 0:
        begin, who = int(came[t, 0]), int(came[t, 1])
        if turns and turns[-1].person == who:
            turns[-1] = Turn(start + begin * step, turns[-1].end, who)
        else:
            turns.append(Turn(start + begin * step, start + t * step, who))
        t = begin
    turns.reverse()
    return tuple(_round(turns, start, end))


def _round(turns: Sequence[Turn], start: float, end: float) -> list[Turn]:
    times = [start, *(round(turn.start, 2) for turn in turns[1:]), end]
    return [Turn(a, b, turn.person) for a, b, turn in zip(times, times[1:], turns, strict=False)]


def speech_shares(people: Sequence[Person], start: float, end: float, count: int) -> Values:
    """Return how much of the speech is each person's, (people, count) evenly over the shot; silence is nobody's."""
    import numpy as np

    times = start + (np.arange(count) + 0.5) * (end - start) / count
    lips = np.stack([_lips(person, times) for person in people])
    width = max(round(_SMOOTHED_S * count / max(end - start, 1e-6)), 1)
    smooth = np.stack([np.convolve(row, np.ones(width) / width, mode="same") for row in lips])
    loudest = float(np.quantile(smooth.max(axis=0), 0.9))
    total = smooth.sum(axis=0)
    least = max(_FLOOR * loudest, QUIET)
    shares: Values = np.where(total > least, smooth / np.maximum(total, 1e-9), 0.0)
    return shares


def _lips(person: Person, times: Values) -> Values:
    """Return the movement of a person's lips; none where the face is not seen."""
    import numpy as np

    known = np.array([one.time for one in person.sightings])
    value = np.array([one.lips for one in person.sightings])
    near = np.maximum(np.interp(times, known, value) - QUIET, 0.0)
    return np.where(distance(times, known) > 0.75, 0.0, near)


def talk_together(people: Sequence[Person], start: float, end: float) -> float:
    """Return the share of the speech during which both of two people's lips move alike much."""
    import numpy as np

    count = max(round((end - start) / _STEP_S), 1)
    shares = speech_shares(people, start, end, count)
    spoken = shares.sum(axis=0) > 0
    both = (shares.min(axis=0) > 0.3) & spoken
    return float(both.sum() / max(spoken.sum(), 1)) if np.any(spoken) else 0.0


def share_of_speech(people: Sequence[Person], number: int, start: float, end: float) -> float:
    """Return in what share of a shot one of some people is seen to speak."""
    count = max(round((end - start) / _STEP_S), 1)
    return float((speech_shares(people, start, end, count)[number] > 0.5).mean())
