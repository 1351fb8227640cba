"""``brand.yaml``: a series' look, read strictly."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints, ValidationError, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.mistakes import find_mistakes
from mediakit.media.times import Duration
from mediakit.media.yamltree import read_yaml

Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
SHORTEST_LABEL_S = 2.0


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
    """Who is seen: name and title, ``start`` to ``end`` in seconds of the programme."""

    name: str = Field(min_length=1, max_length=120)
    title: str = Field(default="", max_length=200)
    start: Duration
    end: Duration | None = None

    @model_validator(mode="after")
    def _in_order(self) -> NameStrap:
        if self.end is not None and self.end <= self.start:
            raise ValueError("a name strap ends before it starts")
        return self


class AiLabel(Value):
    """The visible label of generated content, from the first frame on (GB 45438-2025: two seconds at least)."""

    text: str = Field(min_length=1, max_length=80)
    seconds: Duration = Field(default=3.0, ge=SHORTEST_LABEL_S)
    producer: str = ""
    label: Literal["1", "2", "3"] = "1"


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


def read_brand(path: Path) -> Brand:
    """Read a brand file; a font's path is taken from the file's own folder.

    Raises:
        InputError: the file cannot be read.
        RecipeError: not YAML, an unknown key or a wrong value; says where.
    """
    tree = read_yaml(path)
    if not isinstance(tree.data, dict):
        raise tree.error((), "a brand file must be a mapping")
    try:
        brand = Brand.model_validate(tree.data)
    except ValidationError as exc:
        mistake = find_mistakes(exc, Brand, tree.data)[0]
        raise tree.error(mistake.place, mistake.describe(mistake.place), mistake.hint, at_key=True) from exc
    if brand.font is not None and not brand.font.is_absolute():
        brand = brand.model_copy(update={"font": path.parent / brand.font})
    return brand
