"""Who speaks when in a whole programme, from what was found in its windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mediakit.speech.clustering import Clusters, cluster_voices
from mediakit.speech.net_turns import FIRST, STEP, WINDOW
from mediakit.speech.sound import RATE
from mediakit.speech.turns import LOCAL, SPEAKING, Voices, find_runs, join_voices

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

GRID = 50
"""Moments a second at which it is known who speaks."""

_SPEAKS = 0.5
_LEAST_PAUSE_S = 0.3
_SHORTEST_S = 0.2
_EDGE_WEIGHT = 0.2
_TRUSTED_S = 1.5


@dataclass(frozen=True)
class Turn:
    """``speaker`` (a number from 0) speaks from ``start`` to ``end``, in seconds; ``channel`` as in `Voices`."""

    speaker: int
    start: float
    end: float
    channel: int = 0


@dataclass(frozen=True, eq=False)
class Speaking:
    """Who speaks when.

    Attributes:
        count: how many people.
        activity: for each channel (moments, people): which part of the windows over a moment hears each one.
    """

    count: int
    activity: dict[int, NDArray[np.float32]]

    def shares(self, start: float, end: float, channel: int | None = None) -> Any:
        """Return how much each one speaks between two times, 0 to 1, in a channel (None: wherever most)."""
        import numpy as np

        found = np.zeros(self.count, np.float32)
        for number, rows in self.activity.items():
            if channel in (None, number) and len(rows):
                low = min(int(start * GRID), len(rows) - 1)
                found = np.maximum(found, rows[low : max(low + 1, int(np.ceil(end * GRID)))].mean(axis=0))
        return found

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Who speaks from when to when, in order of time; short pauses are part of a turn."""
        found = [
            Turn(speaker, low / GRID, high / GRID, channel)
            for channel, rows in self.activity.items()
            for speaker in range(self.count)
            for low, high in _runs(rows[:, speaker] >= _SPEAKS)
        ]
        return tuple(sorted(found, key=lambda turn: (turn.start, turn.end, turn.speaker, turn.channel)))

    @property
    def together(self) -> tuple[tuple[float, float], ...]:
        """When more than one person speaks: from, to, in seconds."""
        import numpy as np

        length = max((len(rows) for rows in self.activity.values()), default=0)
        speaks = np.zeros((length, self.count), bool)
        for turn in self.turns:
            speaks[round(turn.start * GRID) : round(turn.end * GRID), turn.speaker] = True
        return tuple((low / GRID, high / GRID) for low, high in _runs(speaks.sum(axis=1) > 1))


def find_speaking(sections: Sequence[Voices], count: int | None = None) -> Speaking:
    """Return who speaks when in a programme.

    Args:
        sections: what was found in its sections and channels.
        count: how many people there are; None finds it.
    """
    import numpy as np

    if not sections:
        return Speaking(0, {})
    voices = join_voices(sections)
    clusters = cluster_voices(voices.vectors, voices.seconds, count)
    people = len(clusters.centres)
    who = _paint(voices, _settle(voices, clusters))
    activity = {
        int(channel): _lay_over(voices, who, people, np.flatnonzero(voices.channels == channel))
        for channel in np.unique(voices.channels)
    }
    return _by_first_words(Speaking(people, activity))


def _settle(voices: Voices, clusters: Clusters) -> Any:
    """Return who each piece is of: short pieces are judged together with the rest of their voice in the window."""
    import numpy as np

    if not len(voices.owners):
        return clusters.labels
    alike = voices.vectors @ clusters.centres.T
    key = voices.owners[:, 0] * LOCAL + voices.owners[:, 1]
    _, group = np.unique(key, return_inverse=True)
    sums = np.zeros((group.max() + 1, alike.shape[1]))
    np.add.at(sums, group, alike * voices.seconds[:, np.newaxis])
    totals = np.bincount(group, weights=voices.seconds)
    rest = (sums / np.maximum(totals, 1e-6)[:, np.newaxis])[group]
    trust = np.clip(voices.seconds / _TRUSTED_S, 0, 1)[:, np.newaxis]
    return np.argmax(np.round(alike * trust + rest * (1 - trust), 6), axis=1)


def _paint(voices: Voices, labels: Any) -> Any:
    """Return (windows, frames, local voices): who each local voice is at each frame; -1 where it is not known."""
    import numpy as np

    who = np.full((*voices.classes.shape, LOCAL), -1, np.int8)
    for (window, local, first, stop), label in zip(voices.owners.tolist(), labels.tolist(), strict=True):
        who[window, first:stop, local] = label
    return who


def _lay_over(voices: Voices, who: Any, people: int, rows: Any) -> Any:
    """Return (moments, people): the weighted part of the windows over each moment in which each one speaks."""
    import numpy as np

    speaking = np.array(SPEAKING, np.float32)
    length = int(np.ceil((voices.starts[rows].max(initial=0.0) + WINDOW / RATE) * GRID))
    heard, seen = np.zeros((length, people), np.float32), np.full(length, 1e-6, np.float32)
    frames = voices.classes.shape[1]
    for row in rows:
        low = int(np.ceil(voices.starts[row] * GRID))
        moments = np.arange(low, min(length, low + WINDOW * GRID // RATE))
        offset = ((moments + 0.5) / GRID - voices.starts[row]) * RATE
        under = np.clip(np.round((offset - FIRST) / STEP), 0, frames - 1).astype(int)
        middle = 1 - np.abs(2 * offset / WINDOW - 1)
        weight = (_EDGE_WEIGHT + (1 - _EDGE_WEIGHT) * np.clip(middle, 0, 1)).astype(np.float32)
        local = speaking[voices.classes[row][under]]
        active = np.zeros((len(moments), people), np.float32)
        for number in range(LOCAL):
            known = np.flatnonzero((who[row, under, number] >= 0) & (local[:, number] > 0))
            active[known, who[row, under[known], number]] = 1.0
        heard[moments] += active * weight[:, np.newaxis]
        seen[moments] += weight
    return heard / seen[:, np.newaxis]


def _by_first_words(speaking: Speaking) -> Speaking:
    """Return it with people numbered in the order in which they are first heard; who never is goes."""
    order = list(dict.fromkeys(turn.speaker for turn in speaking.turns))
    return Speaking(len(order), {channel: rows[:, order] for channel, rows in speaking.activity.items()})


def _runs(speaks: Any) -> Iterator[tuple[int, int]]:
    """Yield where somebody speaks (first, stop): pauses are closed first, then what is too short goes."""
    joined: list[list[int]] = []
    for low, high in find_runs(speaks):
        if joined and low - joined[-1][1] < _LEAST_PAUSE_S * GRID:
            joined[-1][1] = high
        else:
            joined.append([low, high])
    yield from ((low, high) for low, high in joined if high - low >= _SHORTEST_S * GRID)
