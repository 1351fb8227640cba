"""A timeline as the tracks of other programs: one of picture, the clips' own sound beside it, other sound below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from mediakit.editing.layout import describe_item, describe_sound
from mediakit.media.timeline import Clip, Item, SoundClip, Timeline
from mediakit.media.times import seconds_to_frame


def allot_lanes(timeline: Timeline) -> list[list[tuple[int, SoundClip]]]:
    """Lay sound clips on tracks so that none overlaps: roles apart, each track's clips in order of time.

    Returns:
        One list a track, of (place in ``timeline.sound``, clip).
    """
    lanes: list[list[tuple[int, SoundClip]]] = []
    ordered = sorted(enumerate(timeline.sound), key=lambda pair: (pair[1].at, pair[0]))
    for role in ("narration", "natural", "music"):
        own: list[list[tuple[int, SoundClip]]] = []
        for order, clip in ordered:
            if clip.role != role:
                continue
            free = next((lane for lane in own if lane[-1][1].at + lane[-1][1].frames <= clip.at), None)
            if free is None:
                own.append([(order, clip)])
            else:
                free.append((order, clip))
        lanes += own
    return lanes


@dataclass(frozen=True)
class Shown:
    """An item of the picture as other programs lay it: with the transitions that they can show.

    ``dissolve`` counts frames before and behind the cut; a fade that meets a dissolve is not shown.
    """

    item: Item
    at: int
    dissolve: tuple[int, int] | None
    fade_in: int
    fade_out: int
    next_before: int
    next_after: int

    @property
    def clip(self) -> Clip | None:
        """The item where it is a clip."""
        return self.item if isinstance(self.item, Clip) else None


def list_shown(timeline: Timeline) -> Iterator[Shown]:
    """Yield the items of the picture with the transitions that other programs can show."""
    placed = list(timeline.placed())
    for number, (at, item) in enumerate(placed):
        following = placed[number + 1][1].dissolve if number + 1 < len(placed) else None
        dissolve = (item.dissolve.before, item.dissolve.after) if item.dissolve else None
        clip = isinstance(item, Clip)
        fade_in = item.fade_in if clip and dissolve is None else 0
        after = dissolve[1] if dissolve else 0
        fade_out = item.fade_out if clip and following is None and after + item.fade_out <= item.frames else 0
        before, behind = (following.before, following.after) if following else (0, 0)
        yield Shown(item, at, dissolve, fade_in, fade_out, before, behind)


@dataclass
class Laid:
    """What lies on a track: a clip or, without source, black; times in frames of the timeline.

    ``note`` is what our comments say of it; what has one ``link`` belongs together.
    """

    at: int
    frames: int
    source: str | None
    start: Fraction
    note: dict[str, Any] | None
    name: str = ""
    dissolve: tuple[int, int] | None = None
    fade_in: int = 0
    fade_out: int = 0
    level_db: float = 0.0
    link: int = -1
    id: str = ""

    @property
    def end(self) -> int:
        """The frame behind it."""
        return self.at + self.frames


def lay_picture(timeline: Timeline) -> tuple[list[Laid], list[Laid]]:
    """Return the picture's track, and that of the clips' own sound."""
    sounding = {source.name for source in timeline.sources if source.sound}
    picture: list[Laid] = []
    natural: list[Laid] = []
    for number, shown in enumerate(list_shown(timeline)):
        clip = shown.clip
        one = Laid(
            shown.at,
            shown.item.frames,
            None if clip is None else clip.source,
            Fraction(0) if clip is None else clip.start,
            describe_item(shown.item),
            name=getattr(shown.item, "card", "black"),
            dissolve=shown.dissolve,
            fade_in=shown.fade_in,
            fade_out=shown.fade_out,
        )
        picture.append(one)
        if clip is None or clip.level_db is None or clip.source not in sounding:
            continue
        one.link = number
        adjoining = bool(natural) and natural[-1].end == shown.at
        dissolve = shown.dissolve if adjoining else None
        natural.append(replace(one, note=None, dissolve=dissolve, level_db=clip.level_db))
    return picture, natural


def lay_sound(lane: Sequence[tuple[int, SoundClip]], fps: Fraction) -> list[Laid]:
    """Return a track of sound; fades that do not fit their clip are not shown."""
    laid = []
    for order, clip in lane:
        fade_in, fade_out = (seconds_to_frame(part, fps) for part in (clip.fade_in_s, clip.fade_out_s))
        if fade_in + fade_out > clip.frames:
            fade_in = fade_out = 0
        laid.append(
            Laid(
                clip.at,
                clip.frames,
                clip.source,
                clip.start,
                describe_sound(order, clip),
                fade_in=fade_in,
                fade_out=fade_out,
                level_db=clip.level_db,
                link=-2 - order,
            )
        )
    return laid
