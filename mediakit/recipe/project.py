"""A new project's folder, from the template beside this module."""

from __future__ import annotations

import shutil
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from mediakit.errors import UsageError

NEXT_STEPS = """\
Put your media and texts in place of the placeholders:
  {folder}/media/master.mp4   the finished master (or change `master:` in the recipe)
  {folder}/script.txt         the narration as written, one sentence a line
  {folder}/glossary.yaml      names and terms as they are to be spelled
  {folder}/brand.yaml         colours and name straps of the series
Then:
  mediakit plan {folder}/recipe.yaml
  mediakit run {folder}/recipe.yaml"""


def create_project(folder: Path) -> tuple[Path, ...]:
    """Make a project's folder and return its files.

    Raises:
        UsageError: the folder has something in it, or cannot be made.
    """
    if folder.is_dir() and any(folder.iterdir()):
        raise UsageError("the folder is not empty", where=folder, hint="name a new one")
    if folder.exists() and not folder.is_dir():
        raise UsageError("is a file, not a folder", where=folder, hint="name a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with (
            as_file(files("mediakit.recipe").joinpath("template")) as template,
            tempfile.TemporaryDirectory(prefix=".mediakit-", dir=folder.parent) as staging,
        ):
            made = Path(staging) / "project"
            shutil.copytree(template, made, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns("__pycache__"))
            (made / "media").mkdir(exist_ok=True)
            made.replace(folder)
    except OSError as exc:
        raise UsageError(f"cannot be made ({exc.strerror})", where=folder) from exc
    return tuple(sorted(path for path in folder.rglob("*") if path.is_file()))
