"""The sound of a timeline: clips with their own sound, crossfaded under dissolves, and what is laid besides."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from mediakit.media.timeline import Clip, Timeline
from mediakit.render.mix import Cleanup, Curve, Mix, SoundEvent
from mediakit.render.sound_source import SoundSource

if TYPE_CHECKING:
    from mediakit.media.timeline import PictureItem


def mix_timeline(
    timeline: Timeline,
    sources: Mapping[str, SoundSource | None],
    duration: Fraction | None = None,
    *,
    cleanup: Cleanup | None = None,
) -> tuple[Mix, tuple[str, ...]]:
    """Return a timeline's mix, and notes on clips whose source has no sound: there is silence at their place.

    Args:
        timeline: the programme.
        sources: where the sound of every source of the timeline lies; None has none.
        duration: seconds of the mix, where it lies on another frame grid than the timeline.
        cleanup: what is taken out of everything but music, where a source does not say it for itself.
    """
    own = {
        source.name: Cleanup(source.cleaning.highpass, source.cleaning.noise) or None
        for source in timeline.sources
        if source.cleaning is not None
    }
    events: list[SoundEvent] = []
    silent: list[str] = []
    items = list(timeline.placed())
    for number, (at, item) in enumerate(items):
        if not isinstance(item, Clip) or item.level_db is None:
            continue
        source = sources[item.source]
        if source is None:
            silent.append(item.source)
            continue
        before = items[number - 1][1] if number else None
        after = items[number + 1][1] if number + 1 < len(items) else None
        cleaned = own.get(item.source, cleanup)
        events.append(_clip_event(timeline.fps, at, item, source, before, after, sources, cleaned))
    for clip in timeline.sound:
        source = sources[clip.source]
        if source is None:
            silent.append(clip.source)
            continue
        events.append(
            SoundEvent(
                source,
                clip.start,
                clip.at / timeline.fps,
                clip.frames / timeline.fps,
                role=clip.role,
                gain_db=clip.level_db,
                fade_in_s=clip.fade_in_s,
                fade_out_s=clip.fade_out_s,
                duck_db=clip.duck_db,
                cleanup=own.get(clip.source, None if clip.role == "music" else cleanup),
                head_s=float(clip.head / timeline.fps),
                tail_s=float(clip.tail / timeline.fps),
            )
        )
    notes = tuple(f"{name} has no sound: there is silence at its place" for name in dict.fromkeys(silent))
    return Mix(tuple(events), duration or timeline.duration), notes


def _clip_event(
    fps: Fraction,
    at: int,
    item: Clip,
    source: SoundSource,
    before: PictureItem | None,
    after: PictureItem | None,
    sources: Mapping[str, SoundSource | None],
    cleanup: Cleanup | None,
) -> SoundEvent:
    """Return a clip's own sound; it reaches into the transitions at its ends, and fades over all of them."""
    into, out = item.dissolve, after.dissolve if after else None
    early, late = into.before if into else 0, out.after if out else 0
    fade_in, fade_out = (into.whole if into else item.fade_in), (out.whole if out else item.fade_out)
    head, tail = (into.skipped if into else item.head), (out.left if out else item.tail)
    return SoundEvent(
        source,
        item.start - early / fps,
        (at - early) / fps,
        (item.frames + early + late) / fps,
        gain_db=item.level_db or 0.0,
        fade_in_s=float(fade_in / fps),
        fade_out_s=float(fade_out / fps),
        speech=item.speech,
        cleanup=cleanup,
        curve_in=_curve(into is not None, before, sources),
        curve_out=_curve(out is not None, after, sources),
        head_s=float(head / fps),
        tail_s=float(tail / fps),
    )


def _curve(dissolves: bool, other: PictureItem | None, sources: Mapping[str, SoundSource | None]) -> Curve:
    """Return how to fade: with constant power where another sound takes over, else straight."""
    sounds = isinstance(other, Clip) and other.level_db is not None and sources[other.source] is not None
    return "power" if dissolves and sounds else "linear"
