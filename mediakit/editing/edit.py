"""``edit.yaml``: an edit as people write it, in a file of its own or as the ``edit`` step's section.

Times are seconds (``12.5``), clock (``01:30.25``), frames (``250f``) or timecode (``10:01:02:03``, of the source for
``in`` and ``out``, of the programme for ``at``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.timeline import Card, CardKind, Cleaning, Clip, Colour, PictureItem, SoundClip, Timeline
from mediakit.media.times import FrameRate
from mediakit.media.tracks import PATTERN
from mediakit.media.yamlmodel import read_model
from mediakit.media.yamltree import Tree

SourceName = Annotated[str, StringConstraints(pattern=r"^[^./\\\x00-\x1f\x7f][^/\\\x00-\x1f\x7f]{0,127}$")]

MUTED = -200.0
"""The level that ``mute`` stands for."""

_LEVEL = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*(?:dB)?", re.IGNORECASE)


def _parse_text(value: object) -> object:
    """Take numbers for times as well."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def parse_level(value: object) -> float:
    """Return decibels from ``-12dB``, ``-12`` or ``mute``.

    Raises:
        ValueError: not a level, or one beyond any use.
    """
    text = str(value).strip()
    if text == "mute":
        return MUTED
    match = _LEVEL.fullmatch(text)
    if not match or not -120 <= float(match[1]) <= 30:
        raise ValueError(f"{text!r} is not a level (-12dB, 3dB, mute)")
    return float(match[1])


Time = Annotated[str, BeforeValidator(_parse_text), StringConstraints(min_length=1, max_length=40)]
Level = Annotated[float, BeforeValidator(parse_level)]
Tracks = Annotated[str, BeforeValidator(_parse_text), StringConstraints(pattern=PATTERN)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Stretch(Value):
    """Which part of a source: by ``in`` and ``out`` (or ``length``), or by the words that it says.

    Attributes:
        in_: where it begins (default: the source's start).
        out: where it ends, the frame past the last.
        length: how long, instead of ``out``.
        from_: the words that it begins with.
        to: the words that it ends with (default: where those of ``from`` end).
        after: only words said after this time are looked at, where the same ones are said twice.
    """

    in_: Time | None = Field(default=None, alias="in")
    out: Time | None = None
    length: Time | None = None
    from_: Words | None = Field(default=None, alias="from")
    to: Words | None = None
    after: Time | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Stretch:
        if self.out is not None and self.length is not None:
            raise ValueError("give `out` or `length`, not both")
        if self.from_ is not None and (self.in_ is not None or self.out is not None or self.length is not None):
            raise ValueError("name a stretch by its words or by its times, not by both")
        if self.from_ is None and (self.to is not None or self.after is not None):
            raise ValueError("`to` and `after` go with `from`")
        return self


class PictureEntry(Stretch):
    """One item of the picture: a ``clip`` of a source, a ``card``, or a ``gap`` of plain colour.

    Attributes:
        clip: name of the source.
        card: which card of the series.
        lines: its text, in place of the brand file's.
        gap: a colour such as ``#000000``.
        level: of the clip's own sound, such as ``-12dB``; ``mute`` takes it away.
        speech: the clip's own sound is speech, under which music goes down (default: where its words are known).
        dissolve: length of the transition from the item before, half of it on each side of the cut (``12f``), or the
            parts before and behind it (``0f+12f``).
        fade_in: length of coming up from black.
        fade_out: length of going to black.
    """

    clip: SourceName | None = None
    card: CardKind | None = None
    lines: tuple[str, ...] = Field(default=(), max_length=400)
    gap: Colour | None = None
    level: Level = 0.0
    speech: bool | None = None
    dissolve: Time | None = None
    fade_in: Time | None = None
    fade_out: Time | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> PictureEntry:
        if sum(kind is not None for kind in (self.clip, self.card, self.gap)) != 1:
            raise ValueError("an item is one of `clip`, `card` and `gap`")
        if self.clip is None and self.length is None:
            raise ValueError("a card or gap needs a `length`")
        if self.clip is None and (self.in_ is not None or self.out is not None or self.from_ is not None):
            raise ValueError("only a clip has `in`, `out` or words")
        if self.lines and self.card is None:
            raise ValueError("only a card has `lines`")
        return self


class SoundEntry(Stretch):
    """Sound of its own: one of ``narration``, ``natural`` and ``music`` names the source.

    Attributes:
        narration: name of a source of spoken narration.
        natural: name of a source of natural sound.
        music: name of a source of music.
        at: when it begins in the programme (default: where the entry of its kind before it ends).
        pause: a pause before it, where ``at`` is left out.
        level: its level.
        duck: by how much music goes down under speech.
        fade_in: length of fading in.
        fade_out: length of fading out.
    """

    narration: SourceName | None = None
    natural: SourceName | None = None
    music: SourceName | None = None
    at: Time | None = None
    pause: Time | None = None
    level: Level = 0.0
    duck: Level | None = None
    fade_in: Time | None = None
    fade_out: Time | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> SoundEntry:
        if sum(kind is not None for kind in (self.narration, self.natural, self.music)) != 1:
            raise ValueError("sound is one of `narration`, `natural` and `music`")
        if self.duck is not None and self.music is None:
            raise ValueError("only music ducks")
        if self.at is not None and self.pause is not None:
            raise ValueError("give `at` or `pause`, not both")
        return self


class OverlayEntry(Value):
    """Something drawn over the picture for a time; exactly one of the kinds.

    Attributes:
        name_strap: a person's name; ``title`` is the line below it.
        chapter: title of a chapter.
        source_credit: where a picture comes from.
        record: licence or record number.
        ai_label: label of generated content.
        bug: the series' mark.
        at: when it appears; ``first_words`` is when ``speaker`` (default: the name) is first heard.
        length: how long it stays (default: 4.5 s).
    """

    name_strap: str | None = Field(default=None, max_length=120)
    chapter: str | None = Field(default=None, max_length=200)
    source_credit: str | None = Field(default=None, max_length=200)
    record: str | None = Field(default=None, max_length=200)
    ai_label: str | None = Field(default=None, max_length=80)
    bug: str | None = Field(default=None, max_length=40)
    title: str = Field(default="", max_length=200)
    at: Time
    speaker: str | None = None
    length: Time = "4.5"

    @model_validator(mode="after")
    def _one_kind(self) -> OverlayEntry:
        if sum(getattr(self, kind) is not None for kind in OVERLAYS) != 1:
            raise ValueError(f"an overlay is one of {', '.join(OVERLAYS)}")
        if (self.title or self.speaker) and self.name_strap is None:
            raise ValueError("only a name strap has a `title` or a `speaker`")
        return self

    @property
    def chosen(self) -> tuple[Any, str]:
        """Kind and text."""
        return next((kind, text) for kind in OVERLAYS if (text := getattr(self, kind)) is not None)


OVERLAYS = ("name_strap", "chapter", "source_credit", "record", "ai_label", "bug")


class Edit(Document):
    """An edit.

    Attributes:
        name: of the programme.
        fps: its frame rate (default: that of the first clip's source).
        timecode: of its first frame.
        sources: media files by name, relative to the file that lists them.
        clean: textless twins of sources, by the source's name.
        transcripts: transcripts of sources, by the source's name.
        tracks: which tracks of a source are its sound, by the source's name (``1+2``, ``1.2``).
        cleanup: what is taken out of a source's sound, by the source's name.
        picture: items in playing order.
        sound: what sounds besides the clips' own sound.
        overlays: what is drawn over the picture.
    """

    kind: ClassVar[str] = "mediakit/edit/1"

    name: str = ""
    fps: FrameRate | None = None
    timecode: str | None = None
    sources: dict[SourceName, Path] = Field(default_factory=dict, max_length=5000)
    clean: dict[SourceName, Path] = Field(default_factory=dict)
    transcripts: dict[SourceName, Path] = Field(default_factory=dict)
    tracks: dict[SourceName, Tracks] = Field(default_factory=dict)
    cleanup: dict[SourceName, Cleaning] = Field(default_factory=dict)
    picture: tuple[PictureEntry, ...] = Field(default=(), max_length=20_000)
    sound: tuple[SoundEntry, ...] = Field(default=(), max_length=20_000)
    overlays: tuple[OverlayEntry, ...] = Field(default=(), max_length=20_000)


FILES = ("sources", "clean", "transcripts")
"""The keys whose values are files by a source's name."""


def read_edit(path: Path) -> Edit:
    """Read ``edit.yaml``; its files become absolute.

    Raises:
        InputError: the file cannot be read.
        RecipeError: wrong at a line and column.
    """
    wanted = "an edit must be a mapping"
    read = read_model(path, Edit, wanted=wanted, hint="start with `sources:` and `picture:`")
    edit = read.value
    check_names(edit, read.tree)
    folder = path.absolute().parent
    return edit.model_copy(
        update={key: {name: folder / file for name, file in getattr(edit, key).items()} for key in FILES}
    )


def edit_of_timeline(timeline: Timeline, paths: Mapping[str, Path]) -> Edit:
    """Return a timeline as an edit that resolves to it again; ``paths`` are the sources' files by name."""
    twins = {source.clean: source.name for source in timeline.sources if source.clean is not None}
    return Edit(
        name=timeline.name,
        fps=timeline.fps,
        timecode=timeline.timecode,
        sources={source.name: paths[source.name] for source in timeline.sources if source.name not in twins},
        clean={twins[name]: path for name, path in paths.items() if name in twins},
        tracks={source.name: source.tracks for source in timeline.sources if source.tracks is not None},
        cleanup={source.name: source.cleaning for source in timeline.sources if source.cleaning is not None},
        picture=tuple(_picture_entry(item) for item in timeline.picture),
        sound=tuple(_sound_entry(clip) for clip in timeline.sound),
        overlays=tuple(
            OverlayEntry.model_validate(
                {one.overlay: one.text, "title": one.title, "at": f"{one.at}f", "length": f"{one.frames}f"}
            )
            for one in timeline.overlays
        ),
    )


def _picture_entry(item: PictureItem) -> PictureEntry:
    data: dict[str, Any] = {"length": f"{item.frames}f"}
    if item.dissolve is not None:
        data["dissolve"] = f"{item.dissolve.before}f+{item.dissolve.after}f"
    data |= {name: f"{count}f" for name in ("fade_in", "fade_out") if (count := getattr(item, name))}
    if isinstance(item, Clip):
        data |= {"clip": item.source, "in": str(item.start), "speech": item.speech}
        data["level"] = "mute" if item.level_db is None else item.level_db
    elif isinstance(item, Card):
        data |= {"card": item.card, "lines": item.lines}
    else:
        data["gap"] = item.colour
    return PictureEntry.model_validate(data)


def _sound_entry(clip: SoundClip) -> SoundEntry:
    data: dict[str, Any] = {clip.role: clip.source, "in": str(clip.start), "length": f"{clip.frames}f"}
    data |= {"at": f"{clip.at}f", "level": clip.level_db}
    if clip.role == "music":
        data["duck"] = clip.duck_db
    for name, seconds in (("fade_in", clip.fade_in_s), ("fade_out", clip.fade_out_s)):
        if seconds:
            data[name] = str(Fraction(seconds).limit_denominator(10_000))
    return SoundEntry.model_validate(data)


def check_names(edit: Edit, tree: Tree | None = None) -> None:
    """Refuse names of sources that the edit does not list, with the nearest right one.

    Raises:
        UsageError: one is; a `RecipeError` with its place where the edit's file is known.
    """
    from mediakit.errors import UsageError
    from mediakit.media.mistakes import suggest

    for place, name in _named(edit):
        if name not in edit.sources:
            message, hint = f"no source is called {name!r}", suggest(name, edit.sources)
            if tree is not None:
                raise tree.error(place, message, hint)
            raise UsageError(f"{message} ({'.'.join(map(str, place))})", hint=hint)


def _named(edit: Edit) -> list[tuple[tuple[str | int, ...], str]]:
    """Return every place that names a source."""
    made: list[tuple[tuple[str | int, ...], str]] = []
    for key in ("clean", "transcripts", "tracks", "cleanup"):
        table: Mapping[str, Any] = getattr(edit, key)
        made += [((key, name), name) for name in table]
    for number, item in enumerate(edit.picture):
        if item.clip is not None:
            made.append((("picture", number, "clip"), item.clip))
    for number, sound in enumerate(edit.sound):
        for kind in ("narration", "natural", "music"):
            if (name := getattr(sound, kind)) is not None:
                made.append((("sound", number, kind), name))
    return made
