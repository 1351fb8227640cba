"""The footage that an edit may mean: files and folders named, and the asset library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError

if TYPE_CHECKING:
    from mediakit.editing.sources import SourceIndex
    from mediakit.media.info import MediaInfo

_STATES = {
    "missing": "is not there any more",
    "unreadable": "cannot be read",
    "changed": "has changed since it was taken into the library: its content is another; ingest it again",
    "replaced": "has changed since it was taken into the library: its content is another; ingest it again",
}
"""What is said of a place of the library that cannot be used."""


def index_footage(footage: Sequence[Path] = (), library: Path | None = None) -> tuple[SourceIndex, tuple[str, ...]]:
    """Return what an edit may mean, and notes on what of it cannot be used.

    Args:
        footage: media files and folders of them; they are read and probed.
        library: folder of the asset library; a file whose size or time differs from what was noted is read again.

    Raises:
        InputError: a named file cannot be read, a folder holds nothing, or not a library.
    """
    from mediakit.editing.sources import SourceIndex

    notes: list[str] = []
    entries = [*_probe(footage, notes), *(_list_library(library, notes) if library is not None else ())]
    return SourceIndex.of(entries), tuple(notes)


def _probe(footage: Sequence[Path], notes: list[str]) -> Iterator[tuple[Path, MediaInfo]]:
    from mediakit.library.gathering import gather_media
    from mediakit.media.digests import digest_file
    from mediakit.tools.probe import probe_media

    for path in gather_media(footage) if footage else ():
        try:
            info = probe_media(path, digest_file(path))
        except InputError as exc:
            if path in footage:
                raise
            notes.append(f"left out: {exc}")
            continue
        yield path.absolute(), info


def _list_library(folder: Path, notes: list[str]) -> Iterator[tuple[Path, MediaInfo]]:
    from mediakit.library.assets import Library
    from mediakit.library.verify import check_paths

    with Library.open(folder) as library:
        for asset in library.list_assets():
            there = []
            for finding in check_paths(library, asset.digest):
                if finding.state == "unchanged":
                    there.append(finding.path)
                else:
                    notes.append(f"{finding.path}: {_STATES[finding.state]}")
            if there:
                info = library.get_probe(asset.digest)
                yield from ((path, info) for path in there)
