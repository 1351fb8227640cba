"""Keeping the cache within its size: least recently used goes first, what a live run uses stays."""

from __future__ import annotations

import contextlib
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from mediakit.engine.cache import Cache, remove_tree
from mediakit.engine.liveness import list_runs, start_of
from mediakit.errors import UsageError

DEFAULT_LIMIT = 50 * 10**9
_SHARE_OF_DISK = 0.8
_SLACK_S = 2.0
_LOW = 0.95


def cache_limit(cache: Cache) -> int:
    """Return the bytes that the cache may hold.

    ``MEDIAKIT_CACHE_LIMIT`` (such as ``20GB``), else 50 GB, or less where the disk has less to give.

    Raises:
        UsageError: the variable holds something else than a size.
    """
    named = os.environ.get("MEDIAKIT_CACHE_LIMIT")
    if named:
        from mediakit.channels.models import parse_size

        try:
            return parse_size(named)
        except ValueError as exc:
            raise UsageError(f"MEDIAKIT_CACHE_LIMIT: {exc}") from exc
    try:
        free = shutil.disk_usage(cache.folder).free
    except OSError:
        return DEFAULT_LIMIT
    return min(DEFAULT_LIMIT, int((cache.index.total_size() + free) * _SHARE_OF_DISK))


@dataclass(frozen=True)
class Removed:
    """What was removed from the cache."""

    entries: int
    size: int


def evict(cache: Cache, limit: int | None = None) -> Removed:
    """Remove the least recently used entries until the cache is within its limit."""
    limit = cache_limit(cache) if limit is None else limit
    total = cache.index.total_size()
    if total <= limit:
        return Removed(0, 0)
    return _remove_oldest(cache, before=_first_live(cache), excess=total - int(limit * _LOW))


def remove_older(cache: Cache, seconds: float) -> Removed:
    """Remove entries that were not used for so long."""
    before = min(time.time() - seconds, _first_live(cache, own=False))
    return _remove_oldest(cache, before=before, excess=None)


def remove_all(cache: Cache) -> Removed:
    """Empty the cache.

    Raises:
        UsageError: another run is using it.
    """
    live, _ = list_runs(cache.folder / "runs", but=cache.mark.id)
    if live:
        raise UsageError("another run is using the cache", where=cache.folder, hint="wait until it has ended")
    adopt_unknown(cache)
    removed = _remove_oldest(cache, before=time.time() + 1e6, excess=None)
    remove_tree(cache.folder / "objects")
    return removed


def _first_live(cache: Cache, *, own: bool = True) -> float:
    """Return when the oldest live run began: what was used since then is in use."""
    live, _ = list_runs(cache.folder / "runs", but=cache.mark.id)
    starts = [start_of(name) for name in live] + ([start_of(cache.mark.id)] if own else [])
    return min(starts, default=time.time() + 1e6) - _SLACK_S


def _remove_oldest(cache: Cache, *, before: float, excess: int | None) -> Removed:
    entries, size = 0, 0
    for key, bytes_, _ in cache.index.oldest_entries(before):
        if excess is not None and size >= excess:
            break
        cache.remove(key)
        entries += 1
        size += bytes_
    return Removed(entries, size)


def remove_leftovers(cache: Cache) -> int:
    """Remove what dead runs left: unfinished work, claims, marks; return how many runs that were."""
    live, dead = list_runs(cache.folder / "runs", but=cache.mark.id)
    living = {*live, cache.mark.id}
    found = set(dead)
    for folder in (cache.folder / "tmp").iterdir():
        if folder.name not in living:
            found.add(folder.name)
            remove_tree(folder)
    for claim in (cache.folder / "claims").iterdir():
        with contextlib.suppress(OSError):
            if str(claim.readlink()) not in living:
                claim.unlink()
    for name in dead:
        with contextlib.suppress(OSError):
            (cache.folder / "runs" / f"{name}.lock").unlink()
    return len(found)


def adopt_unknown(cache: Cache) -> int:
    """Put entries that the index does not know (it was lost) back into it; return how many."""
    known = cache.index.known_keys()
    adopted = 0
    for folder in (cache.folder / "objects").glob("??/*"):
        if folder.name not in known:
            size = sum(path.stat().st_size for path in _files(folder))
            cache.index.keep_entry(folder.name, size, "")
            adopted += 1
    return adopted


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
