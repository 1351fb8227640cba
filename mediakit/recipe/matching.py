"""Which files a pattern means: globs with ``{mp4,mov}`` in them, folders for the media files inside."""

from __future__ import annotations

import glob
import re
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath

_GLOB = re.compile(r"[*?\[]")
_CHOICE = re.compile(r"\{([^{}]*,[^{}]*)\}")
_MOST_CHOICES = 64
MOST_FILES = 20_000


@dataclass(frozen=True)
class Match:
    """A file that a pattern matched.

    Attributes:
        path: where it is.
        inner: its folders below the part of the pattern that has no wildcards.
    """

    path: Path
    inner: tuple[str, ...] = ()


def has_wildcards(text: str) -> bool:
    """Tell whether a text has the letters of a glob in it."""
    return _GLOB.search(text) is not None or _CHOICE.search(text) is not None


def is_pattern(base: Path, text: str) -> bool:
    """Tell whether a text is a glob, and not the name of something that is there."""
    _, rest = _split(base, text)
    return has_wildcards(rest)


def match_files(base: Path, pattern: str) -> list[Match]:
    """Return the files that a glob matches, in the order of their names; hidden ones are left out.

    Folders at its front that are there are taken by their name, wildcards in it or not.
    """
    folder, rest = _split(base, pattern)
    found: dict[str, Match] = {}
    for one in _choices(rest):
        names = glob.iglob(one, root_dir=folder, recursive=True)  # noqa: PTH207 - hidden files are left out
        for name in islice(names, MOST_FILES + 1):
            if (folder / name).is_file():
                found[name] = Match((folder / name).absolute(), PurePath(name).parts[:-1])
    return [found[name] for name in sorted(found)]


def list_media(folder: Path) -> list[Match]:
    """Return the media files that lie in a folder itself, by name; hidden ones are left out."""
    from mediakit.library.gathering import SUFFIXES

    found = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    return [Match(path.absolute()) for path in found if not path.name.startswith(".") and path.is_file()]


def _split(base: Path, text: str) -> tuple[Path, str]:
    """Return the folder at a pattern's front that is there, and the rest of it."""
    parts = Path(text).expanduser().parts
    folder = base
    for number, part in enumerate(parts):
        if not (folder / part).exists():
            return folder, "/".join(parts[number:])
        folder = folder / part
    return folder, ""


def _choices(pattern: str) -> list[str]:
    """Return the patterns that one with ``{a,b}`` in it stands for."""
    made, done = [pattern], list[str]()
    while made and len(made) + len(done) <= _MOST_CHOICES:
        one = made.pop(0)
        match = _CHOICE.search(one)
        if match is None:
            done.append(one)
        else:
            made += [one[: match.start()] + choice + one[match.end() :] for choice in match[1].split(",")]
    return done + made
