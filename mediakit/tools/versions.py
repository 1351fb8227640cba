"""Versions of installed packages: read once, however many nodes ask (each reading parses a package's metadata)."""

from __future__ import annotations

from functools import lru_cache
from importlib import metadata


@lru_cache(maxsize=256)
def version(name: str) -> str:
    """Return the version of an installed package; raises PackageNotFoundError where there is none."""
    return metadata.version(name)
