"""The recipe's model: its top-level keys. Steps' sections are validated by the steps' own settings."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from mediakit.media.languages import LanguageTag

Scalar = str | int | float | bool


def _number_as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Text = Annotated[str, StringConstraints(min_length=1, max_length=500), BeforeValidator(_number_as_text)]


class RecipeModel(BaseModel):
    """A recipe as it stands in its file (``extends`` merged, variables not yet put in)."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    name: Text | None = Field(default=None, description="The recipe's name (default: the file's).")
    extends: str | list[str] | None = Field(
        default=None, description="Recipes that this one builds on; paths relative to this file."
    )
    language: LanguageTag | None = Field(
        default=None, description="Spoken language, handed to the steps that ask for one."
    )
    series: Text | None = Field(default=None, description="Series that the episodes belong to.")
    column: Text | None = Field(default=None, description="Column (栏目) of the programme.")
    episode: Text | None = Field(default=None, description="The episode's number or name (default: the item's name).")
    brand: Text | None = Field(default=None, description="Brand file, handed to the steps that draw.")
    library: Text | None = Field(default=None, description="Asset library's folder; what was ingested goes into it.")
    output: Text = Field(default="out", description="Folder for all that is published, below the recipe's folder.")
    variables: dict[str, Any] = Field(default_factory=dict, description="Values to be used as $name in the recipe.")
    inputs: dict[str, str | list[str | None] | None] = Field(
        default_factory=dict,
        description="Input files by name; one may be a folder or a glob (each match an item), {stem} and {folder} "
        "pair the others with it. Of a list the first that is there is taken; null stands for none.",
    )
    matrix: dict[str, list[Scalar]] = Field(
        default_factory=dict, description="Lists of values; the items are multiplied by them."
    )
    channels: dict[str, dict[str, Any]] = Field(
        default_factory=dict, description="Channels of your own, in the schema of the built-in ones."
    )
    steps: list[Any] = Field(min_length=1, description="The steps in order, each `name: {settings}`.")


MERGED = ("variables", "inputs", "matrix", "channels")
"""Keys whose mappings are merged by ``extends``; every other key replaces the one it builds on."""

OVERRIDABLE = ("name", "language", "series", "column", "episode", "brand", "library", "output")
"""Top-level keys that ``--set`` reaches by their name alone."""
