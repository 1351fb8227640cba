"""Turns within ten seconds: which of up to three voices speaks when in each window of a sound, and what each is like.

The windows overlap, so that every moment is judged several times. What a window takes for one voice is looked at in
pieces of about two seconds, each with a vector of its own: two people whom the window mistakes for one, and one
person in two windows, are told by the vectors (`speech.clustering`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.speech.net_turns import CLASSES, FIRST, STEP, WINDOW, build_turn_network
from mediakit.speech.net_voice import VECTOR
from mediakit.speech.sound import RATE, Stretch
from mediakit.speech.voice import find_speech
from mediakit.speech.voiceprints import FRAMES, VoiceNetwork, measure_features

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

HOP_S = 4.0
"""From one window to the next."""

LOCAL = 3
"""Voices that a window can tell apart."""

SPEAKING = tuple(tuple(int(one in group) for one in range(LOCAL)) for group in CLASSES)
"""For each class whether each local voice speaks."""

_BATCH = 8
_SHORTEST_S = 0.4
_VOICED = 0.3
_PIECE_S = 2.0
_SHORT_PIECE_S = 0.8
_JOIN_GAP_S = 0.5
_BREATH_S = 0.12
_OFFSET_FRAMES = 1


@dataclass(frozen=True, eq=False)
class Voices:
    """What was found in a section; arrays have a row a window, or a row a piece of a voice in a window.

    Attributes:
        starts: seconds on the media's clock at which windows begin.
        channels: the channel of each, from 1; 0 is the mix.
        classes: (windows, 589) the likeliest class of each frame, see `SPEAKING`.
        owners: (pieces, 4) window, local voice, first frame and the frame past the last of each piece.
        seconds: how long the voice speaks alone in each piece.
        vectors: (pieces, 192) what each is like, of length 1.
    """

    starts: NDArray[np.float64]
    channels: NDArray[np.int64]
    classes: NDArray[np.uint8]
    owners: NDArray[np.int64]
    seconds: Floats
    vectors: Floats

    def write(self, path: Path) -> None:
        """Write ``voices.npz``; equal findings, equal bytes."""
        import numpy as np

        with path.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def read(cls, path: Path) -> Voices:
        """Read what `write` wrote."""
        import numpy as np

        with np.load(path, allow_pickle=False) as stored:
            return cls(**{name: stored[name] for name in cls.__dataclass_fields__})


def join_voices(parts: Sequence[Voices]) -> Voices:
    """Return the findings of several sections or channels as one."""
    import numpy as np

    offsets = np.cumsum([0, *(len(part.starts) for part in parts)])
    owners = [part.owners + np.array([offset, 0, 0, 0]) for part, offset in zip(parts, offsets, strict=False)]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Voices.__dataclass_fields__}
    return Voices(**{**joined, "owners": np.concatenate(owners)})


@dataclass(frozen=True)
class VoiceReader:
    """Both networks, loaded."""

    turns: Any
    voice: VoiceNetwork

    @classmethod
    def load(cls, turns: Path, voices: Path) -> VoiceReader:
        """Load the networks with the weights of two checkpoints (`tools.voice_models`).

        Raises:
            InputError: a checkpoint cannot be read.
        """
        from mediakit.tools.checkpoint import read_checkpoint
        from mediakit.tools.onnx_graph import load_network

        kept = {name.removeprefix("state_dict."): values for name, values in read_checkpoint(turns).items()}
        return cls(load_network(build_turn_network(kept)), VoiceNetwork.load(read_checkpoint(voices)))

    def read(self, stretch: Stretch, channel: int = 0, on_seconds: Callable[[float], None] | None = None) -> Voices:
        """Return who speaks when in the windows of a stretch.

        Args:
            stretch: the section's sound.
            channel: what it is of, from 1; 0 is the mix of all.
            on_seconds: called with the time (seconds on the media's clock) that was reached; may raise to stop.
        """
        import numpy as np

        places = _places(len(stretch.samples))
        features, voiced = measure_features(stretch.samples), _voiced(stretch)
        classes = np.zeros((len(places), _frame_count()), np.uint8)
        owners: list[tuple[int, int, int, int]] = []
        seconds: list[float] = []
        vectors: list[Floats] = []
        for low in range(0, len(places), _BATCH):
            batch = places[low : low + _BATCH]
            sound = np.stack([_window(stretch.samples, place) for place in batch])[:, np.newaxis]
            classes[low : low + len(batch)] = self.turns.run(None, {"sound": sound})[0].argmax(axis=2)
            for row, place in enumerate(batch, low):
                for local, piece, alone, vector in self._pieces(classes[row], features, voiced, place):
                    owners.append((row, local, *piece))
                    seconds.append(alone)
                    vectors.append(vector)
            if on_seconds is not None:
                on_seconds(stretch.start + (batch[-1] + WINDOW) / RATE)
        return Voices(
            starts=stretch.start + np.array(places, np.float64) / RATE,
            channels=np.full(len(places), channel, np.int64),
            classes=classes,
            owners=np.array(owners, np.int64).reshape(-1, 4),
            seconds=np.array(seconds, np.float32),
            vectors=np.array(vectors, np.float32).reshape(-1, VECTOR),
        )

    def _pieces(self, classes: NDArray[np.uint8], features: Floats, voiced: NDArray[np.bool_], place: int) -> Any:
        """Yield (local voice, (first, stop) frame, seconds alone, vector) of all pieces that can be told by sound."""
        import numpy as np

        speaking = np.array(SPEAKING, bool)[classes]
        alone = speaking.sum(axis=1) == 1
        for local in range(LOCAL):
            for first, stop in _cut(speaking[:, local]):
                inside = np.zeros(len(classes), bool)
                inside[first:stop] = speaking[first:stop, local]
                solo = inside & alone
                seconds = float(solo.sum() * STEP / RATE)
                frames = _feature_frames(solo if seconds >= _SHORTEST_S else inside, place, len(features))
                if len(frames) >= _SHORTEST_S * FRAMES * 0.8 and voiced[frames].mean() >= _VOICED:
                    yield local, (first, stop), seconds, self.voice.embed(features[frames])


def _voiced(stretch: Stretch) -> NDArray[np.bool_]:
    """Return for each feature frame whether the recogniser's voice activity model hears a voice there."""
    import numpy as np

    made = np.zeros(len(stretch.samples) * FRAMES // RATE + 1, bool)
    for region in find_speech(stretch):
        low, high = ((time - stretch.start) * FRAMES for time in (region.start, region.end))
        made[int(low) : int(high) + 1] = True
    return made


def find_runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return where flags are set, as first and stop."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _cut(speaks: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the pieces of a voice in a window: cut at its pauses, long stretches evenly, short ones joined."""
    runs: list[list[int]] = []
    for first, stop in find_runs(speaks):
        near = bool(runs) and first - runs[-1][1] < _JOIN_GAP_S * RATE / STEP
        short = bool(runs) and min(stop - first, runs[-1][1] - runs[-1][0]) < _SHORT_PIECE_S * RATE / STEP
        if runs and (first - runs[-1][1] < _BREATH_S * RATE / STEP or (near and short)):
            runs[-1][1] = stop
        else:
            runs.append([first, stop])
    pieces = []
    for first, stop in runs:
        parts = max(1, round((stop - first) * STEP / RATE / _PIECE_S))
        marks = [first + (stop - first) * part // parts for part in range(parts + 1)]
        pieces += list(pairwise(marks))
    return pieces


def _frame_count() -> int:
    return (WINDOW - 991) // STEP + 1


def _places(samples: int) -> list[int]:
    """Return where windows begin, so that all samples lie in one."""
    hop = round(HOP_S * RATE)
    last = max(0, samples - WINDOW)
    return [*range(0, last, hop), last] if samples else []


def _window(samples: Floats, place: int) -> Floats:
    import numpy as np

    part = samples[place : place + WINDOW]
    return part if len(part) == WINDOW else np.concatenate([part, np.zeros(WINDOW - len(part), np.float32)])


def _feature_frames(chosen: NDArray[np.bool_], place: int, count: int) -> NDArray[np.int64]:
    """Return the numbers of feature frames that lie under chosen frames of a window."""
    import numpy as np

    first = place * FRAMES // RATE
    numbers = np.arange(first, min(count, first + WINDOW * FRAMES // RATE))
    middles = (numbers + _OFFSET_FRAMES) * (RATE // FRAMES) - place
    under = np.clip(np.round((middles - FIRST) / STEP), 0, len(chosen) - 1).astype(np.int64)
    return numbers[chosen[under]]
