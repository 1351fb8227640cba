"""Which files are meant: files as they are named, folders for the media inside them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mediakit.errors import InputError

SUFFIXES = frozenset(
    (
        *(".3gp", ".aac", ".ac3", ".aif", ".aiff", ".amr", ".asf", ".avi", ".caf", ".dv", ".flac", ".flv", ".gxf"),
        *(".m2t", ".m2ts", ".m2v", ".m4a", ".m4v", ".mka", ".mkv", ".mov", ".mp2", ".mp3", ".mp4", ".mpeg", ".mpg"),
        *(".mts", ".mxf", ".nut", ".oga", ".ogg", ".ogv", ".opus", ".ts", ".w64", ".wav", ".webm", ".wma", ".wmv"),
    )
)
MAX_DEPTH = 16
MAX_FILES = 100_000


def gather_media(sources: Iterable[Path]) -> tuple[Path, ...]:
    """Return the files that sources name, each once; of folders the media files inside, by name, at any depth.

    Hidden files and folders are left out, links to folders are not followed. A named file stays in the list whatever
    it is: that it cannot be used is for the one who opens it to say.

    Raises:
        InputError: a folder without media, or with more than 100,000 files of it.
    """
    found: dict[Path, None] = {}
    for source in sources:
        if not source.is_dir():
            found[source] = None
            continue
        count = 0
        for path in _walk(source, 0):
            found[path] = None
            count += 1
            if count > MAX_FILES:
                raise InputError(
                    f"holds more than {MAX_FILES} media files", where=source, hint="name folders inside it"
                )
        if not count:
            raise InputError("the folder holds no media files", where=source, hint="name the files themselves")
    return tuple(found)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as exc:
        raise InputError(f"the folder cannot be read ({exc.strerror})", where=folder) from exc
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            if depth < MAX_DEPTH:
                yield from _walk(Path(entry.path), depth + 1)
        elif Path(entry.name).suffix.lower() in SUFFIXES:
            yield Path(entry.path)
