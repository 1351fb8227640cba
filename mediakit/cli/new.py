"""``mediakit new``: a ready-to-run project from the template."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mediakit.cli.options import JsonOption


def new(
    folder: Annotated[Path, typer.Argument(help="Folder to make.", metavar="DIR")],
    json_output: JsonOption = False,
) -> None:
    """Make a project folder with a commented recipe, and say what to put where."""
    from mediakit.cli.display import print_json
    from mediakit.recipe.project import NEXT_STEPS, create_project

    made = create_project(folder)
    if json_output:
        print_json({"event": "result", "folder": str(folder), "files": [str(path) for path in made]})
        return
    for path in made:
        print(path)
    print()
    print(NEXT_STEPS.format(folder=folder))
