"""Recipes as YAML: smaller than other files, with aliases, and what is wrong with the file is the recipe's mistake."""

from __future__ import annotations

from pathlib import Path

from mediakit.errors import RecipeError
from mediakit.media import yamltree
from mediakit.media.yamltree import Limits, Tree

MAX_BYTES = 1 << 20
RECIPE = Limits(size=MAX_BYTES, values=50_000, aliases=True, name="recipe", unfit=RecipeError)


def read_yaml(path: Path) -> Tree:
    """Read a recipe's YAML.

    Raises:
        InputError: missing or unreadable.
        RecipeError: not UTF-8, not YAML, too large, too deep, a duplicate key, a tag.
    """
    return yamltree.read_yaml(path, RECIPE)


def parse_yaml(text: str, file: str) -> Tree:
    """Compose a recipe's YAML text; ``file`` names it in messages. Raises `RecipeError` as `read_yaml` does."""
    return yamltree.parse_yaml(text, file, RECIPE)
