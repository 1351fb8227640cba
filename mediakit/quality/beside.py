"""What lies beside a file, or one folder above: the ``rendition.json`` that tells how it was meant."""

from __future__ import annotations

from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.rendition import Rendition

RENDITION_FILE = "rendition.json"
_DEEPEST = 2
"""A stream's main playlist lies in a folder of its own, one below."""


def find_rendition(path: Path, digest: str) -> tuple[Rendition | None, str | None]:
    """Return what rendering said of a file, and a warning where that does not count any more.

    Args:
        path: a programme file or a stream's main playlist.
        digest: SHA-256 of ``path`` itself.
    """
    for folder in list(path.parents)[:_DEEPEST]:
        beside = folder / RENDITION_FILE
        if beside.is_file():
            return _read(beside, path, path.relative_to(folder).as_posix(), digest)
    return None, None


def _read(beside: Path, path: Path, name: str, digest: str) -> tuple[Rendition | None, str | None]:
    try:
        rendition = Rendition.read(beside)
    except InputError as exc:
        return None, f"{RENDITION_FILE} beside {path.name} is left aside: {exc.message}"
    entry = next((file for file in rendition.files if file.path == name), None)
    if entry is None or rendition.main != name:
        return None, None
    if entry.digest != digest:
        return (
            None,
            f"{path.name} is not the file that {RENDITION_FILE} beside it describes; what it says is left aside",
        )
    return rendition, None
