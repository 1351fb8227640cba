"""A programme's sound as a value: which stretch of which source sounds when, how loud, and in what role.

::

    narration     │ event │   │ event    │            speech: music goes down under it
    natural    │ event ╲╱ event │    │ event │         a clip's own sound; ╲╱ is a crossfade
    music      │ event, down under speech by duck_db │

Events lie anywhere and may overlap; their levels add up as they are. `mediakit.render.mixing` makes the samples.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Literal

from mediakit.errors import UsageError
from mediakit.render.sound_source import SoundSource

Role = Literal["narration", "natural", "music"]
Curve = Literal["linear", "power"]

FADE_S = 0.005
"""Every hard edge is faded over so long, against clicks."""

CREDITS_PAUSE = Fraction(4, 5)
"""Seconds between a programme's end and its spoken credits."""

HIGHPASS_HZ = (20.0, 300.0)
NOISE_DB = (0.0, 24.0)


@dataclass(frozen=True)
class Cleanup:
    """What is taken out of a recording.

    Attributes:
        highpass_hz: rumble below this goes, 20 to 300; None leaves it.
        noise_db: by how much steady noise goes down, up to 24; None leaves it.
    """

    highpass_hz: float | None = None
    noise_db: float | None = None

    def __post_init__(self) -> None:
        for name, value, (low, high) in (
            ("high-pass", self.highpass_hz, HIGHPASS_HZ),
            ("noise reduction", self.noise_db, NOISE_DB),
        ):
            if value is not None and not low <= value <= high:
                raise UsageError(f"a {name} of {value:g} is not possible", hint=f"give {low:g} to {high:g}")

    def __bool__(self) -> bool:
        return self.highpass_hz is not None or bool(self.noise_db)


@dataclass(frozen=True)
class SoundEvent:
    """A stretch of a source's sound at its place in the programme.

    Attributes:
        source: where the sound lies.
        start: seconds on the source's programme clock.
        at: seconds in the programme.
        length: seconds.
        role: ``narration`` is speech, ``music`` goes down under speech by ``duck_db``.
        gain_db: its level.
        fade_in_s: seconds of fading in; a hard edge still gets a few milliseconds against clicks.
        fade_out_s: seconds of fading out.
        duck_db: by how much it goes down under speech; 0 does not duck.
        speech: its sound is speech whatever its role.
        cleanup: what is taken out.
        curve_in: ``power`` for a crossfade with another sound, else ``linear``.
        curve_out: likewise at the end.
        head_s: seconds that a slice of a longer programme cut off its beginning; the fade in counts from before them.
        tail_s: seconds that a slice cut off its end; the fade out ends behind them.
    """

    source: SoundSource
    start: Fraction
    at: Fraction
    length: Fraction
    role: Role = "natural"
    gain_db: float = 0.0
    fade_in_s: float = 0.0
    fade_out_s: float = 0.0
    duck_db: float = 0.0
    speech: bool = False
    cleanup: Cleanup | None = None
    curve_in: Curve = "linear"
    curve_out: Curve = "linear"
    head_s: float = 0.0
    tail_s: float = 0.0

    @property
    def end(self) -> Fraction:
        """Seconds in the programme at which it is over."""
        return self.at + self.length

    @property
    def is_speech(self) -> bool:
        """Whether ducked music goes down under it."""
        return self.speech or self.role == "narration"

    @property
    def is_ducked(self) -> bool:
        """Whether it goes down under speech."""
        return self.role == "music" and self.duck_db > 0

    def samples(self, rate: int) -> tuple[int, int]:
        """Return its first sample and the one past its last; events that touch share no sample and leave none out."""
        return round(self.at * rate), round(self.end * rate)

    def describe(self) -> dict[str, Any]:
        """Return everything but the source, as JSON values."""
        cleanup = self.cleanup or Cleanup()
        return {
            "from": str(self.source.zero + self.start),
            "at": str(self.at),
            "length": str(self.length),
            "speech": self.is_speech,
            "gain_db": self.gain_db,
            "fades": [self.fade_in_s, self.curve_in, self.fade_out_s, self.curve_out],
            "cut_off": [self.head_s, self.tail_s],
            "duck_db": self.duck_db if self.is_ducked else 0.0,
            "cleanup": [cleanup.highpass_hz, cleanup.noise_db or None],
        }

    def pack(self) -> dict[str, Any]:
        """Return all of it but the source as JSON values."""
        return {**self.describe(), "start": str(self.start), "role": self.role}

    @classmethod
    def unpack(cls, source: SoundSource, data: Mapping[str, Any]) -> SoundEvent:
        """Return what `pack` wrote."""
        fade_in, curve_in, fade_out, curve_out = data["fades"]
        highpass, noise = data["cleanup"]
        head, tail = data["cut_off"]
        return cls(
            source=source,
            start=Fraction(data["start"]),
            at=Fraction(data["at"]),
            length=Fraction(data["length"]),
            role=data["role"],
            gain_db=data["gain_db"],
            fade_in_s=fade_in,
            fade_out_s=fade_out,
            duck_db=data["duck_db"],
            speech=data["speech"],
            cleanup=Cleanup(highpass, noise) if highpass or noise else None,
            curve_in=curve_in,
            curve_out=curve_out,
            head_s=head,
            tail_s=tail,
        )


@dataclass(frozen=True)
class Mix:
    """A programme's whole sound.

    Attributes:
        events: what sounds, in any order; nothing at all is silence.
        duration: seconds, exactly: frames over frame rate. What reaches beyond is cut off.
    """

    events: tuple[SoundEvent, ...]
    duration: Fraction

    def __post_init__(self) -> None:
        if self.duration <= 0:
            raise UsageError("a sound of no length was asked for")
        for event in self.events:
            if event.length <= 0 or event.at < 0:
                raise UsageError(f"a sound of {event.source.path.name} lies outside the programme or has no length")

    @property
    def is_silent(self) -> bool:
        """Whether nothing sounds at all."""
        return not any(event.at < self.duration for event in self.events)

    def describe(self) -> dict[str, Any]:
        """Return what shapes the sound, as JSON values for a key: content, places, levels, never a path."""
        return self._write(SoundSource.describe, SoundEvent.describe)

    def pack(self) -> dict[str, Any]:
        """Return all of it as JSON values."""
        return self._write(SoundSource.pack, SoundEvent.pack)

    def _write(self, write_source: Any, write_event: Any) -> dict[str, Any]:
        sources: dict[str, int] = {}
        written: list[Any] = []
        events = []
        for event in self.events:
            source = write_source(event.source)
            number = sources.setdefault(repr(source), len(written))
            if number == len(written):
                written.append(source)
            events.append({"source": number, **write_event(event)})
        return {"duration": str(self.duration), "sources": written, "events": events}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Mix:
        """Return what `pack` wrote."""
        sources = [SoundSource.unpack(source) for source in data["sources"]]
        events = tuple(SoundEvent.unpack(sources[event["source"]], event) for event in data["events"])
        return cls(events, Fraction(data["duration"]))


def mix_spans(
    source: SoundSource | None,
    spans: Sequence[tuple[Fraction, Fraction]],
    duration: Fraction,
    *,
    cleanup: Cleanup | None = None,
) -> Mix:
    """Return the mix of one source's spans, one after the other; no source is silence.

    Args:
        source: where the sound lies.
        spans: (start, end) seconds on the source's programme clock.
        duration: of the programme in seconds.
        cleanup: what is taken out of it.
    """
    events: list[SoundEvent] = []
    at = Fraction(0)
    for start, end in spans:
        if source is not None and end > start:
            events.append(SoundEvent(source, start, at, end - start, cleanup=cleanup or None))
        at += max(end - start, Fraction(0))
    return Mix(tuple(events), duration)


def credits_frames(length: Fraction, fps: Fraction) -> int:
    """Return by how many whole frames spoken credits of ``length`` seconds make a programme longer."""
    return math.ceil((CREDITS_PAUSE + length) * fps)


def append_credits(mix: Mix, source: SoundSource, length: Fraction, *, grid: Fraction) -> Mix:
    """Return a mix with spoken credits after its end, as programmes without a picture get them.

    Args:
        mix: the programme.
        source: the recording.
        length: of the recording in seconds.
        grid: frames a second; the programme grows by whole frames.
    """
    spoken = SoundEvent(source, Fraction(0), mix.duration + CREDITS_PAUSE, length, role="narration")
    kept = tuple(
        replace(event, length=min(event.end, mix.duration) - event.at)
        for event in mix.events
        if event.at < mix.duration
    )
    return Mix((*kept, spoken), mix.duration + credits_frames(length, grid) / grid)
