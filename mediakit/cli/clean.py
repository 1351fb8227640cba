"""``mediakit clean``: what the cache holds, and making room."""

from __future__ import annotations

from typing import Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JsonOption


def clean(
    everything: Annotated[bool, typer.Option("--all", help="Empty the cache.")] = False,
    older_than: Annotated[
        Optional[str], typer.Option("--older-than", metavar="AGE", help="Remove what was not used for 30d, 12h or 45m.")
    ] = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show the cache's size; remove what dead runs left, what exceeds the limit and what is asked for."""
    from mediakit.cli.display import print_json
    from mediakit.engine import eviction
    from mediakit.engine.cache import Cache, default_cache_folder

    seconds = None if older_than is None else parse_age(older_than)
    with Cache(cache or default_cache_folder()) as opened:
        leftovers = eviction.remove_leftovers(opened)
        eviction.adopt_unknown(opened)
        if everything:
            removed = eviction.remove_all(opened)
        elif seconds is not None:
            removed = eviction.remove_older(opened, seconds)
        else:
            removed = eviction.evict(opened)
        steps = opened.index.count_by_step()
        size, limit, folder = opened.index.total_size(), eviction.cache_limit(opened), opened.folder
    if json_output:
        listed = [{"step": step, "entries": entries, "bytes": bytes_} for step, entries, bytes_ in steps]
        freed = {"entries": removed.entries, "bytes": removed.size, "dead_runs": leftovers}
        result = {"cache": str(folder), "bytes": size, "limit": limit, "steps": listed, "removed": freed}
        print_json({"event": "result", **result})
        return
    if leftovers:
        print(f"removed what {leftovers} dead run{'s' if leftovers > 1 else ''} left")
    if removed.entries:
        print(f"removed {removed.entries} results, {format_size(removed.size)}")
    print(f"{folder}: {format_size(size)} of at most {format_size(limit)}")
    for step, entries, bytes_ in steps:
        print(f"  {step or '(unknown)':12} {entries:>7} results {format_size(bytes_):>10}")


def parse_age(text: str) -> float:
    """Return seconds from ``30d``, ``2w`` or a duration such as ``12h``.

    Raises:
        UsageError: not an age.
    """
    from mediakit.errors import UsageError
    from mediakit.media.times import parse_duration

    number, unit = text[:-1], text[-1:]
    try:
        if unit in ("d", "w"):
            return parse_duration(float(number) * (86_400 if unit == "d" else 604_800))
        return parse_duration(text)
    except ValueError as exc:
        raise UsageError(f"--older-than: {text!r} is not an age", hint="write 30d, 12h or 45m") from exc


def format_size(count: int) -> str:
    """Return bytes for people, in decimal units."""
    size, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 1000 or unit == "TB":
            break
        size /= 1000
    return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
