"""Sound of an exchange file: which role it has, and its cross-fades as fades of overlapping clips."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import ValidationError

from mediakit.editing.layout import Stretch
from mediakit.editing.sources import Match
from mediakit.media.timeline import SoundClip, SoundRole

_NARRATION = re.compile(r"narrat|旁白|解说|解說|配音|画外音|voice[ _-]?over|(?<![a-z])v\.?o(?![a-z])", re.IGNORECASE)
_MUSIC = re.compile(r"music|音乐|音樂|配乐|配樂|(?<![a-z])(bgm|score)(?![a-z])", re.IGNORECASE)


@dataclass
class Heard:
    """Tracks that sound the same stretch of a source: the sides of a stereo pair."""

    stretch: Stretch
    match: Match
    used: bool = False


def guess_role(stretch: Stretch) -> SoundRole:
    """Return what a foreign track's or clip's name says of its sound; natural where it says nothing."""
    said = f"{stretch.title} {stretch.name}"
    if _NARRATION.search(said):
        return "narration"
    return "music" if _MUSIC.search(said) else "natural"


def make_sound_clip(one: Heard, following: Stretch | None, fps: Fraction, warnings: list[str]) -> SoundClip:
    """Return a stretch of sound as a clip; a cross-fade becomes an overlap in which one comes and the other goes.

    Args:
        one: what sounds.
        following: the stretch behind it on its track.
        fps: frames a second of the timeline.
        warnings: added to where our own comment is damaged.
    """
    stretch, extra = one.stretch, one.stretch.extra or {}
    lead = stretch.dissolve[0] if stretch.dissolve else 0
    tail = 0
    fade_in, fade_out = stretch.fade_in, stretch.fade_out
    if stretch.dissolve:
        fade_in = sum(stretch.dissolve)
    if following is not None and following.dissolve and following.at == stretch.end:
        tail, fade_out = following.dissolve[1], sum(following.dissolve)
    lead = min(lead, stretch.at, int(one.match.start * fps))
    start = one.match.start - lead / fps
    source = one.match.footage.source
    if source.duration > 0:
        tail = max(0, min(tail, int((source.duration - one.match.start) * fps) - stretch.frames))
    own: dict[str, Any] = {"role": guess_role(stretch)}
    own |= {key: extra[key] for key in ("role", "level_db", "fade_in_s", "fade_out_s", "duck_db") if key in extra}
    level = own.get("level_db", 0.0)
    if not isinstance(level, int | float) or abs(level - stretch.level_db) >= 0.006:
        own["level_db"] = stretch.level_db
    shape = {
        "source": source.name,
        "start": start,
        "at": stretch.at - lead,
        "frames": stretch.frames + lead + tail,
        "fade_in_s": float(fade_in / fps),
        "fade_out_s": float(fade_out / fps),
    }
    try:
        return SoundClip.model_validate({**shape, **own})
    except ValidationError:
        warnings.append(f"event {stretch.number}: our comment on it is damaged")
        return SoundClip.model_validate({**shape, "role": guess_role(stretch), "level_db": stretch.level_db})
