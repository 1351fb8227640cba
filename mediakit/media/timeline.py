"""The timeline: what a programme is made of, in frames of its own rate and exact times of its sources.

A master file is a timeline of one clip, a short one of a few; an edit has many clips, cards, sound of its own and
timed overlays. Nothing here names a path: sources are known by name and content digest.

::

    picture   │ card │ clip        │╲ clip     │ gap │ clip             │    one after the other; ╲ is a dissolve
    sound       │ narration │  │ narration  │      │ natural │               anywhere, also overlapping
                │ music, ducked under what is spoken              │
    overlays         │ name strap │      │ chapter │
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Annotated, ClassVar, Literal

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from mediakit.media.document import Document, Value
from mediakit.media.times import FrameRate

_LARGE_POWER = re.compile(r"e[-+]?\d{3}", re.IGNORECASE)


def parse_exact(value: object) -> Fraction:
    """Return exact seconds from ``"1001/24000"``, a number or a ``Fraction``."""
    text = str(value) if not isinstance(value, int) or abs(value) < 1 << 64 else ""
    try:
        # A short text may stand for a number without end: 1e999999999.
        if len(text) > 80 or _LARGE_POWER.search(text):
            raise ValueError
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as exc:
        raise ValueError(f"{text[:80]!r} is not an exact time") from exc


ExactSeconds = Annotated[
    Fraction, BeforeValidator(parse_exact), PlainSerializer(str, return_type=str), WithJsonSchema({"type": "string"})
]
"""A pydantic field type: seconds as a ratio of whole numbers, written ``"12/5"``."""

Colour = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
CardKind = Literal["opening", "closing", "chapter", "label", "text"]
OverlayKind = Literal["name_strap", "chapter", "source_credit", "record", "ai_label", "bug"]
SoundRole = Literal["narration", "natural", "music"]


class Cleaning(Value):
    """What is taken out of a recording's sound."""

    highpass: float | None = Field(default=None, ge=20, le=300, description="Take out rumble below so many Hz.")
    noise: float | None = Field(default=None, ge=0, le=24, description="Take steady noise down by so many decibels.")


class Source(Value):
    """A media file that a timeline takes from.

    Attributes:
        name: how the timeline calls it.
        digest: SHA-256 of the file.
        file: the file's name without folders, for interchange.
        duration: seconds from its programme's start.
        fps: of its picture; None for sound alone.
        timecode: of its first frame.
        reel: tape or camera roll.
        sound: whether it has any.
        clean: name of the textless twin among the sources, frame for frame the same.
        tracks: which of its sound tracks are heard, such as ``1+2``; None as the file says.
        cleaning: what is taken out of its sound.
    """

    name: str
    digest: str
    file: str = ""
    duration: ExactSeconds = Fraction(0)
    fps: FrameRate | None = None
    timecode: str | None = None
    reel: str | None = None
    sound: bool = True
    clean: str | None = None
    tracks: str | None = None
    cleaning: Cleaning | None = None


class Dissolve(Value):
    """A transition at the cut into an item: ``before`` frames of it lie before the cut, ``after`` frames behind it.

    Attributes:
        before: frames of it before the cut.
        after: frames of it behind the cut.
        skipped: frames that a slice of a longer programme left out at its beginning.
        left: frames that a slice left out at its end.
    """

    before: int = Field(ge=0)
    after: int = Field(ge=0)
    skipped: int = Field(default=0, ge=0)
    left: int = Field(default=0, ge=0)

    @property
    def frames(self) -> int:
        """How many frames of it there are."""
        return self.before + self.after

    @property
    def whole(self) -> int:
        """Its length before a slice cut it."""
        return self.skipped + self.frames + self.left


class Item(Value):
    """Base of what follows one another in the picture.

    Attributes:
        frames: how long it lasts, in frames of the timeline.
        dissolve: the transition from the item before.
        fade_in: frames in which it comes up from black.
        fade_out: frames in which it goes to black.
        head: frames that a slice of a longer programme cut off its beginning; ``fade_in`` counts from before them.
            Below 0 where the slice moved the cut inside a dissolve, so that more of the item counts as its own.
        tail: likewise at its end; ``fade_out`` ends behind them.
    """

    frames: int = Field(gt=0)
    dissolve: Dissolve | None = None
    fade_in: int = Field(default=0, ge=0)
    fade_out: int = Field(default=0, ge=0)
    head: int = 0
    tail: int = 0


class Clip(Item):
    """A stretch of a source's picture with its own sound.

    Attributes:
        source: name of the source.
        start: where it begins, in seconds on the source's programme clock (0 = its first frame or sample).
        level_db: of its own sound; None takes the sound away.
        speech: its own sound is speech: music goes down under it.
    """

    kind: Literal["clip"] = "clip"
    source: str
    start: ExactSeconds
    level_db: float | None = 0.0
    speech: bool = False


class Card(Item):
    """A card of the series: title, credits, chapter; ``lines`` are its text, empty ones come from the brand file."""

    kind: Literal["card"] = "card"
    card: CardKind
    lines: tuple[str, ...] = ()


class Gap(Item):
    """A plain colour."""

    kind: Literal["gap"] = "gap"
    colour: Colour = "#000000"


class SoundClip(Value):
    """A stretch of a source's sound, laid anywhere.

    Attributes:
        source: name of the source.
        start: where it begins, in seconds on the source's programme clock.
        at: frame of the timeline at which it sounds.
        frames: how long, in frames of the timeline.
        role: ``narration`` is speech; ``music`` goes down under speech by ``duck_db``.
        level_db: its level.
        fade_in_s: seconds of fading in.
        fade_out_s: seconds of fading out.
        duck_db: by how much it goes down under speech; 0 does not duck.
        head: frames that a slice of a longer programme cut off its beginning; the fade in counts from before them.
        tail: frames that a slice cut off its end; the fade out ends behind them.
    """

    source: str
    start: ExactSeconds = Fraction(0)
    at: int = Field(ge=0)
    frames: int = Field(gt=0)
    role: SoundRole = "natural"
    level_db: float = 0.0
    fade_in_s: float = Field(default=0.0, ge=0)
    fade_out_s: float = Field(default=0.0, ge=0)
    duck_db: float = Field(default=0.0, ge=0, le=60)
    head: int = Field(default=0, ge=0)
    tail: int = Field(default=0, ge=0)


class TimedOverlay(Value):
    """Something drawn over the picture from frame ``at`` on; ``title`` is a name strap's second line."""

    overlay: OverlayKind
    text: str
    title: str = ""
    at: int = Field(ge=0)
    frames: int = Field(gt=0)


PictureItem = Annotated[Clip | Card | Gap, Field(discriminator="kind")]


class Timeline(Document):
    """``timeline.json``: a programme, resolved to frames.

    Attributes:
        name: of the programme.
        fps: frames a second that all frame numbers count.
        timecode: of its first frame.
        sources: the files that it takes from.
        picture: items one after the other; empty for sound alone.
        sound: what sounds besides the clips' own sound.
        overlays: what is drawn over the picture.
    """

    kind: ClassVar[str] = "mediakit/timeline/1"
    writes_none: ClassVar[bool] = True

    name: str = ""
    fps: FrameRate
    timecode: str | None = None
    sources: tuple[Source, ...] = ()
    picture: tuple[PictureItem, ...] = ()
    sound: tuple[SoundClip, ...] = ()
    overlays: tuple[TimedOverlay, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Timeline:
        names = [source.name for source in self.sources]
        if len(set(names)) != len(names):
            raise ValueError("two sources have one name")
        used = [item.source for item in self.picture if isinstance(item, Clip)]
        used += [clip.source for clip in self.sound]
        used += [source.clean for source in self.sources if source.clean is not None]
        for name in used:
            if name not in names:
                raise ValueError(f"no source is called {name!r}")
        if self.picture and self.picture[0].dissolve is not None:
            raise ValueError("the first item cannot dissolve from another; let it fade in")
        for number, item in enumerate(self.picture, 1):
            if transition_fault(self.picture, number - 1):
                raise ValueError(f"item {number}: {transition_fault(self.picture, number - 1)}")
            if item.fade_in + item.fade_out > item.head + item.frames + item.tail:
                raise ValueError(f"item {number}: its fades are longer than its {item.frames} frames")
        return self

    @property
    def frames(self) -> int:
        """How many frames it has: those of the picture, or up to the sound's end where there is no picture."""
        if self.picture:
            return sum(item.frames for item in self.picture)
        return max((clip.at + clip.frames for clip in self.sound), default=0)

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.fps

    def source(self, name: str) -> Source:
        """Return the source with a name."""
        return next(source for source in self.sources if source.name == name)

    def placed(self) -> Iterator[tuple[int, PictureItem]]:
        """Yield every item of the picture with the frame at which it starts."""
        at = 0
        for item in self.picture:
            yield at, item
            at += item.frames


def transition_fault(items: tuple[Item, ...], number: int) -> str:
    """Return what is wrong with the transitions around an item, or nothing.

    A dissolve's part before the cut lies in the item before, its part behind the cut in the item itself; one item
    cannot take part in two transitions at once.
    """
    item = items[number]
    after = item.dissolve.after if item.dissolve else 0
    following = items[number + 1].dissolve if number + 1 < len(items) else None
    before = following.before if following else 0
    if item.dissolve is not None and item.dissolve.frames == 0:
        return "its dissolve has no frames"
    if after + before > item.frames:
        return f"its transitions take {after + before} frames, and it has only {item.frames}"
    return ""
