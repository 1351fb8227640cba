"""The profiles of this folder, each read when it is first asked for: a run needs two or three of a hundred."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, TypeVar

from mediakit.media.yamltree import parse_yaml

BUILT_IN = {
    "loudness": ("loudness.yaml",),
    "subtitles": ("subtitles.yaml",),
    "qc": ("qc.yaml",),
    "safe_areas": ("safe_areas.yaml",),
    "channels": ("channels_china.yaml", "channels_international.yaml"),
}
_ENTRY = re.compile(r"^([\w-]+):.*\n((?:[ #].*\n|\n)*)", re.MULTILINE)

T = TypeVar("T")


class Entries(Mapping[str, T]):
    """Values by name, each made when it is first asked for.

    Args:
        names: all names, in order.
        make: makes the value of a name.
    """

    def __init__(self, names: Iterable[str], make: Callable[[str], T]) -> None:
        self._names = dict.fromkeys(names)
        self._make = make
        self._made: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        if name not in self._made:
            if name not in self._names:
                raise KeyError(name)
            self._made[name] = self._make(name)
        return self._made[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@lru_cache(maxsize=1)
def digest_built_in() -> str:
    """Return the digest of all built-in profiles as they are written, and of the models that fill them in."""
    from mediakit.media.digests import digest_value

    names = (*(name for listed in BUILT_IN.values() for name in listed), "models.py")
    folder = files("mediakit.channels")
    return digest_value({name: folder.joinpath(name).read_text(encoding="utf-8") for name in names})


def read_built_in(section: str) -> Entries[Mapping[str, Any]]:
    """Return a section's profiles by id, as they are written.

    An entry begins at a line's first column and reaches to the next one; no entry uses another one's anchors.
    """
    texts: dict[str, str] = {}
    for name in BUILT_IN[section]:
        text = files("mediakit.channels").joinpath(name).read_text(encoding="utf-8")
        texts |= {entry[1]: entry[0] for entry in _ENTRY.finditer(text)}
    return Entries(texts, lambda name: parse_yaml(texts[name], section).data[name])
