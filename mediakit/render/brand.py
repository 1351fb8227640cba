"""``brand.yaml``: a series' look, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema, model_validator

from mediakit.errors import InputError
from mediakit.media.captionlook import CaptionLook, CaptionStyleName
from mediakit.media.document import Document, Value
from mediakit.media.times import Duration, parse_duration
from mediakit.media.yamlmodel import read_model

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
SHORTEST_LABEL_S = 2.0
FIRST_WORDS = "first_words"


def _parse_start(value: object) -> object:
    if value == FIRST_WORDS:
        return value
    try:
        return parse_duration(value)
    except ValueError as exc:
        raise ValueError(f"{value!r} is neither a time (12.5, 12s, 01:30) nor {FIRST_WORDS}") from exc


StrapStart = Annotated[
    float | Literal["first_words"],
    BeforeValidator(_parse_start),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
"""A pydantic field type: seconds, or a speaker's first words."""


class Colours(Value):
    """The series' colours, ``#rrggbb``."""

    primary: Colour = "#1f3a5f"
    accent: Colour = "#f2c230"
    text: Colour = "#ffffff"
    background: Colour = "#101418"


class Bug(Value):
    """The series' mark, shown all the time."""

    text: str = Field(min_length=1, max_length=40)
    position: Corner = "top-right"


class NameStrapStyle(Value):
    """Where name straps stand, and how long where no end is given."""

    position: Literal["bottom-left", "bottom-right"] = "bottom-left"
    seconds: Duration = Field(default=4.5, gt=0, le=60)


class NameStrap(Value):
    """Who is seen: name and title, ``start`` to ``end`` in seconds of the programme.

    With ``start: first_words`` it comes at the first words of ``speaker`` (by default, of who is called ``name``).
    """

    name: str = Field(min_length=1, max_length=120)
    title: str = Field(default="", max_length=200)
    start: StrapStart
    end: Duration | None = None
    speaker: str = Field(default="", max_length=120)

    @model_validator(mode="after")
    def _in_order(self) -> NameStrap:
        if self.start == "first_words":
            if self.end is not None:
                raise ValueError("a name strap at the first words has no end; its length is name_strap.seconds")
        elif self.end is not None and self.end <= self.start:
            raise ValueError("a name strap ends before it starts")
        return self


class AiLabel(Value):
    """The visible label of generated content, from the first frame on (GB 45438-2025: two seconds at least)."""

    text: str = Field(min_length=1, max_length=80)
    seconds: Duration = Field(default=3.0, ge=SHORTEST_LABEL_S)
    producer: str = ""
    label: Literal["1", "2", "3"] = "1"


class HeadlineStyle(Value):
    """The headline of a stacked picture, and the title on covers.

    ``size`` and ``least`` are the em in parts of the picture's shorter side; ``weight`` makes letters fatter (in em);
    ``box`` is a plate's colour behind the lines; ``accent`` draws a short line in the accent colour.
    """

    font: Path | None = None
    size: float = Field(default=0.078, ge=0.03, le=0.16)
    least: float = Field(default=0.036, ge=0.025, le=0.1)
    weight: float = Field(default=0.014, ge=0, le=0.04)
    colour: Colour | None = None
    box: Colour | None = None
    box_opacity: float = Field(default=1.0, gt=0, le=1)
    accent: bool = True
    align: Literal["left", "centre"] = "centre"
    lines: int = Field(default=2, ge=1, le=3)

    @model_validator(mode="after")
    def _in_order(self) -> HeadlineStyle:
        if self.least > self.size:
            raise ValueError("the headline's least size is larger than its size")
        return self


class StackStyle(Value):
    """How a picture stands between headline and captions (``fit: stack``).

    ``veil`` is how much of ``colour`` lies over the blurred copy or over ``picture``; ``corners`` is the radius of the
    picture's corners, ``margin`` what stays free beside it, both in parts of the frame's shorter side.
    """

    background: Literal["blur", "colour", "picture"] = "blur"
    colour: Colour | None = None
    picture: Path | None = None
    veil: float = Field(default=0.45, ge=0, le=1)
    corners: float = Field(default=0.0, ge=0, le=0.1)
    margin: float = Field(default=0.0, ge=0, le=0.1)
    captions: Literal["below", "over"] = "below"

    @model_validator(mode="after")
    def _has_picture(self) -> StackStyle:
        if (self.background == "picture") != (self.picture is not None):
            raise ValueError("background: picture and the key picture (a file) go together")
        return self


class CardBehind(Value):
    """What shows through a card's colour: ``picture``, or without one a blurred frame of the clip beside the card.

    ``veil`` is how much of the colour lies over it. ``behind: frame`` is short for a frame with the usual veil.
    """

    picture: Path | None = None
    veil: float = Field(default=0.6, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _from_word(cls, data: object) -> object:
        if data == "frame":
            return {}
        return {"picture": data} if isinstance(data, str) else data


class OpeningStyle(Value):
    """The opening card: series, title, subtitle."""

    seconds: Duration = Field(default=4.0, ge=1, le=60)
    align: Literal["left", "centre"] = "centre"
    background: Colour | None = None
    behind: CardBehind | None = None


class ClosingStyle(Value):
    """The closing card with the credits.

    ``over: last`` also lays them over the last ``seconds`` of a programme that is drawn on its textless twin;
    ``veil`` is how much of the picture is covered then.
    """

    seconds: Duration = Field(default=5.0, ge=SHORTEST_LABEL_S, le=120)
    over: Literal["last"] | None = None
    veil: float = Field(default=0.84, ge=0.5, le=1)
    background: Colour | None = None
    behind: CardBehind | None = None


class ChapterStyle(Value):
    """Chapter titles: as cards, and over the picture."""

    seconds: Duration = Field(default=4.0, ge=1, le=60)
    position: Corner = "bottom-left"
    background: Colour | None = None
    behind: CardBehind | None = None


class SourceCreditStyle(Value):
    """Where source credits stand, and how long."""

    seconds: Duration = Field(default=4.0, ge=1, le=60)
    position: Corner = "bottom-right"


class Record(Value):
    """The licence or record number; on the closing card, and from ``start`` on over the picture where that is given."""

    text: str = Field(min_length=1, max_length=120)
    start: Duration | None = None
    seconds: Duration = Field(default=4.0, ge=1, le=60)
    position: Corner = "bottom-right"

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: object) -> object:
        return {"text": data} if isinstance(data, str) else data


class Brand(Document):
    """A series' look and what is drawn on an episode."""

    kind: ClassVar[str] = "mediakit/brand/1"

    series: str = ""
    title: str = ""
    subtitle: str = ""
    font: Path | None = None
    colours: Colours = Colours()
    bug: Bug | None = None
    name_strap: NameStrapStyle = NameStrapStyle()
    name_straps: tuple[NameStrap, ...] = ()
    ai_label: AiLabel | None = None
    credits: tuple[str, ...] = ()
    opening: OpeningStyle = OpeningStyle()
    closing: ClosingStyle = ClosingStyle()
    chapter: ChapterStyle = ChapterStyle()
    source_credit: SourceCreditStyle = SourceCreditStyle()
    record: Record | None = None
    subtitles: CaptionLook = CaptionLook()
    headline: HeadlineStyle = HeadlineStyle()
    stack: StackStyle = StackStyle()

    def caption_look(self, style: CaptionStyleName | None = None) -> CaptionLook:
        """Return how subtitles look, in a style that was asked for or the brand's own."""
        return self.subtitles.styled(style, self.colours.accent)

    def card_behind(self, card: str) -> CardBehind | None:
        """Return what shows through a card's colour, where the brand says so."""
        own = {"opening": self.opening.behind, "closing": self.closing.behind, "chapter": self.chapter.behind}
        return own.get(card)

    def card_background(self, card: str) -> str:
        """Return the colour behind a card (``opening``, ``closing``, ``chapter`` or another)."""
        own = {
            "opening": self.opening.background,
            "closing": self.closing.background,
            "chapter": self.chapter.background,
        }
        return own.get(card) or self.colours.background


_PATHS = (("headline", "font"), ("stack", "picture"))
"""Files that a brand names besides its font."""


def read_brand(path: Path) -> Brand:
    """Read a brand file; paths in it are taken from the file's own folder.

    Raises:
        InputError: the file cannot be read.
        RecipeError: not YAML, an unknown key or a wrong value; says where.
    """
    brand = read_model(path, Brand, wanted="a brand file must be a mapping").value
    return _from_folder(brand, path.parent)


def _from_folder(brand: Brand, folder: Path) -> Brand:
    """Return the brand with the paths that it names taken from its own folder (an absolute one stays)."""
    changed: dict[str, Any] = {} if brand.font is None else {"font": folder / brand.font}
    for part, name in _PATHS:
        style = getattr(brand, part)
        if getattr(style, name) is not None:
            changed[part] = style.model_copy(update={name: folder / getattr(style, name)})
    for card in ("opening", "closing", "chapter"):
        style = getattr(brand, card)
        if style.behind is not None and style.behind.picture is not None:
            behind = style.behind.model_copy(update={"picture": folder / style.behind.picture})
            changed[card] = style.model_copy(update={"behind": behind})
    return brand.model_copy(update=changed)


def resolve_straps(brand: Brand, first_words: Mapping[str, float]) -> Brand:
    """Return the brand with every ``start: first_words`` replaced by a time.

    Args:
        brand: as read.
        first_words: seconds of the programme at which each speaker is first heard, by the speaker's name.

    Raises:
        InputError: a speaker is not heard; names those who are.
    """
    straps: list[NameStrap] = []
    for strap in brand.name_straps:
        if strap.start == "first_words":
            speaker = strap.speaker or strap.name
            if speaker not in first_words:
                known = ", ".join(sorted(first_words)) or "nobody: the transcript names no speakers"
                raise InputError(
                    f"the name strap of {strap.name} waits for the first words of {speaker}, who is not heard",
                    hint=f"give start: in seconds, or speaker: as the transcript has it ({known})",
                )
            strap = strap.model_copy(update={"start": float(first_words[speaker])})
        straps.append(strap)
    return brand.model_copy(update={"name_straps": tuple(straps)})
