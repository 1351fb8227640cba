"""Content digests: of files, of JSON values in canonical form."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_BLOCK = 1 << 20


def digest_file(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits.

    Args:
        path: the file.
        on_bytes: called with the number of bytes of every block read; may raise to stop.
    """
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            hasher.update(block)
            if on_bytes is not None:
                on_bytes(len(block))
    return hasher.hexdigest()


def canonical_json(value: Any) -> str:
    """Return JSON text that is the same for equal values: sorted keys, no white space, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest_value(value: Any) -> str:
    """Return the SHA-256 of a JSON value's canonical form."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def digest_files(files: Mapping[str, str]) -> str:
    """Return one digest for a set of files, from relative name to content digest."""
    return digest_value(dict(files))
