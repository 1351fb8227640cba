"""Adaptive streams (HLS, RFC 8216): whether the playlists hold together, and each rung as a file of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.playlist import Playlist, list_programme, read_playlist
from mediakit.media.qcreport import Check
from mediakit.quality.limits import check_safe_area
from mediakit.quality.target import Target, breach, grade_value

if TYPE_CHECKING:
    from mediakit.channels.models import Rung

_RATE_SLACK = 1.1
_EDGE_S = 0.002
"""Playlists round the segments' lengths."""
_WHOLE = ("duration", "size", "safe_area")
"""Checks that are made once for the whole stream, besides the playlists' own."""


def find_rungs(master: Playlist) -> tuple[tuple[str, Path, str], ...]:
    """Return (name, media playlist, kind) of what carries picture or sound; kind is ``VIDEO`` or ``AUDIO``.

    A media playlist given as the main file is its own only rung.
    """
    if not master.variants:
        return (("stream", master.path, "VIDEO"),)
    found: dict[Path, tuple[str, Path, str]] = {}
    for variant in master.variants:
        if variant.kind in ("VIDEO", "AUDIO"):
            path = master.locate(variant.uri)
            found.setdefault(path, (_rung_name(variant.uri), path, variant.kind))
    return tuple(found.values())


def _rung_name(uri: str) -> str:
    parts = PurePosixPath(uri)
    return parts.parent.name or parts.stem


def rung_target(target: Target, rung: Rung | None, name: str, kind: str, *, sound_apart: bool) -> Target:
    """Return what one rung is measured against: its own size and rate, without the whole stream's checks."""
    rules = {rule_id: rule for rule_id, rule in target.rules.items() if rule_id not in (*_WHOLE, "bit_rate")}
    if sound_apart:
        rules.pop("av_length", None)
    plan = target.plan.model_copy(update={"text_boxes": None})
    update: dict[str, object] = {"rules": rules, "plan": plan}
    if kind == "AUDIO":
        update |= {"frame": None, "video": None}
    elif target.frame is not None and target.video is not None:
        if rung is not None:
            update["frame"] = target.frame.model_copy(update={"width": rung.width, "height": rung.height})
            update["video"] = target.video.model_copy(update={"max_rate": rung.max_rate, "buffer": None})
        if sound_apart:
            update["audio"] = None
    return target.model_copy(update=update)


def choose_rung(target: Target, name: str) -> Rung | None:
    """Return the channel's rung of a name, as in a path such as ``720p/index.m3u8`` or ``ep01-720p.m3u8``."""
    exact = [rung for rung in target.rungs if rung.name == name]
    inside = [rung for rung in target.rungs if rung.name in name]
    return next(iter(exact or inside), None)


def join_rung(
    playlist: Playlist, path: Path, check: Callable[[], None] = lambda: None, *, span: tuple[float, float] | None = None
) -> float:
    """Write a rung's initialisation and media segments one after the other; ``check`` may raise to stop.

    Args:
        playlist: of the rung.
        path: the file to write.
        check: asked before every segment.
        span: only segments that overlap these seconds.

    Returns:
        Seconds of the rung at which the first segment that was written starts.

    Raises:
        InputError: a segment is missing.
    """
    if not playlist.segments:
        raise InputError("lists no segments", where=playlist.path)
    ends = list(accumulate(segment.seconds for segment in playlist.segments))
    starts = [0.0, *ends[:-1]]
    first, last = span or (0.0, ends[-1])
    chosen = [
        number
        for number in range(len(ends))
        if span is None or (starts[number] < last - _EDGE_S and ends[number] > first + _EDGE_S)
    ]
    if not chosen:
        raise InputError(f"has no segment for {first:.2f} s to {last:.2f} s", where=playlist.path)
    names = [playlist.init] if playlist.init else []
    with path.open("wb") as out:
        for name in [*names, *(playlist.segments[number].uri for number in chosen)]:
            check()
            segment = playlist.locate(name)
            try:
                with segment.open("rb") as stream:
                    shutil.copyfileobj(stream, out, 1 << 20)
            except OSError as exc:
                raise InputError(f"segment {name} cannot be read ({exc.strerror})", where=playlist.path) from exc
    return starts[chosen[0]]


def check_stream(main: Path, target: Target) -> tuple[Check, ...]:
    """Return the checks of a stream as a whole: consistent playlists, duration, size, safe area."""
    faults, seconds, sound, size = _read_stream(main, target)
    rule = target.rules.get("container")
    checks: list[Check] = []
    if rule is not None:
        checks.append(
            Check(
                id="container",
                verdict=breach(rule) if faults else "pass",
                message="; ".join(faults) or "the playlists hold together",
                source="RFC 8216",
            )
        )
    if sound is not None and target.frame is not None and (rule := target.rules.get("av_length")):
        frames = round(abs(sound - seconds) * float(target.frame.fps), 3)
        checks.append(
            Check(
                id="av_length",
                verdict=grade_value(rule, frames),
                measured=frames,
                limit=f"≤ {rule.fail if rule.fail is not None else rule.warn or 0:g}",
                unit="frames",
                message=f"picture {seconds:.3f} s, sound {sound:.3f} s",
                source=rule.source,
            )
        )
    checks += _check_limits(target, seconds, size)
    return tuple(checks)


def _check_limits(target: Target, seconds: float, size: int) -> list[Check]:
    from mediakit.media.info import MediaInfo
    from mediakit.quality.limits import check_duration, check_size

    info = MediaInfo(container="hls", size=size, digest="", duration=seconds)
    plan = target.plan.model_copy(update={"frames": None})
    whole = target.model_copy(update={"plan": plan})
    made: list[Check] = []
    if "duration" in target.rules:
        made.append(check_duration(info, whole))
    if "size" in target.rules:
        made.append(check_size(size, target))
    if "safe_area" in target.rules:
        made.append(check_safe_area(info, target))
    return made


def _read_stream(main: Path, target: Target) -> tuple[list[str], float, float | None, int]:
    """Return what is wrong with the playlists, the picture's and a separate sound's seconds, the bytes of all files."""
    faults: list[str] = []
    try:
        master = read_playlist(main)
        files = list(list_programme(main))
    except InputError as exc:
        return [str(exc.message)], 0.0, None, 0
    missing = [file for file in files if not file.is_file()]
    faults += [f"{file.relative_to(main.parent).as_posix()} is missing" for file in missing[:5]]
    size = sum(file.stat().st_size for file in files if file.is_file())
    sound: float | None = None
    playlists: list[tuple[str, Playlist, int | None]] = []
    bands = {master.locate(variant.uri): variant.bandwidth for variant in master.variants}
    for name, path, kind in find_rungs(master):
        if path in missing:
            continue
        playlist = read_playlist(path)
        faults += _playlist_faults(name, playlist)
        if kind == "VIDEO":
            playlists.append((name, playlist, bands.get(path)))
        else:
            sound = playlist.seconds
    faults += _ladder_faults(playlists, target)
    seconds = max((playlist.seconds for _, playlist, _ in playlists), default=0.0)
    return faults, seconds, sound, size


def _playlist_faults(name: str, playlist: Playlist) -> list[str]:
    faults: list[str] = []
    if not playlist.segments:
        return [f"{name} lists no segments"]
    longest = max(segment.seconds for segment in playlist.segments)
    if playlist.target_seconds is None:
        faults.append(f"{name} names no target duration")
    elif round(longest) > playlist.target_seconds:
        faults.append(f"{name} has a segment of {longest:.2f} s, target duration {playlist.target_seconds:g} s")
    if not playlist.ended:
        faults.append(f"{name} is not marked as complete")
    empty = [s.uri for s in playlist.segments if (f := playlist.locate(s.uri)).is_file() and f.stat().st_size == 0]
    return faults + [f"{name}: {uri} is empty" for uri in empty[:3]]


def _ladder_faults(playlists: Sequence[tuple[str, Playlist, int | None]], target: Target) -> list[str]:
    faults: list[str] = []
    if target.rungs and len(playlists) != len(target.rungs):
        faults.append(f"{len(playlists)} rungs, asked {len(target.rungs)}")
    if playlists:
        first_name, first, _ = playlists[0]
        for name, playlist, _ in playlists[1:]:
            pairs = zip(first.segments, playlist.segments, strict=False)
            same = len(first.segments) == len(playlist.segments)
            if not same or any(abs(a.seconds - b.seconds) > 0.02 for a, b in pairs):
                faults.append(f"{name} does not switch at the same times as {first_name}")
    for name, playlist, band in playlists:
        rates = [
            file.stat().st_size * 8 / segment.seconds
            for segment in playlist.segments
            if segment.seconds > 0.5 and (file := playlist.locate(segment.uri)).is_file()
        ]
        if band and rates and max(rates) > band * _RATE_SLACK:
            faults.append(f"{name} peaks at {max(rates) / 1e6:.2f} Mb/s, its playlist promises {band / 1e6:.2f}")
    return faults
