"""A rendition as parts that are measured one by one (a file; or a stream's rungs), and their checks as one report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.playlist import list_programme, read_playlist
from mediakit.media.qcreport import Check, QcReport
from mediakit.quality.inspection import Steering, inspect_file
from mediakit.quality.stream import check_stream, choose_rung, find_rungs, join_rung, rung_target
from mediakit.quality.target import Target, worst_verdict

_ORDER = {"fail": 0, "warn": 1, "pass": 2, "unmeasured": 3}


@dataclass(frozen=True)
class Part:
    """Something that is measured on its own.

    Attributes:
        name: empty for a plain file, else the rung's name or ``stream``.
        kind: ``file``, ``rung`` (a media playlist) or ``stream`` (all playlists).
        path: the file or playlist.
        target: what it is measured against.
        files: every file that is read.
    """

    name: str
    kind: str
    path: Path
    target: Target
    files: tuple[Path, ...]


def split_parts(path: Path, target: Target) -> tuple[Part, ...]:
    """Return the parts of a file or of a playlist's stream.

    Raises:
        InputError: a playlist that cannot be read.
    """
    if path.suffix.lower() != ".m3u8":
        return (Part("", "file", path, target, (path,)),)
    master = read_playlist(path)
    rungs = find_rungs(master)
    apart = any(kind == "AUDIO" for _, _, kind in rungs)
    parts: list[Part] = [Part("stream", "stream", path, target, tuple(list_programme(path)))]
    for name, playlist, kind in rungs:
        rung = choose_rung(target, name) if kind == "VIDEO" else None
        own = rung_target(target, rung, name, kind, sound_apart=apart)
        parts.append(Part(name, "rung", playlist, own, tuple(list_programme(playlist))))
    return tuple(parts)


def inspect_part(part: Part, scratch: Path, *, threads: int = 2, steering: Steering | None = None) -> tuple[Check, ...]:
    """Measure one part; ``scratch`` is a folder for a rung that is put together.

    Raises:
        InputError: not media.
        Cancelled: the work was stopped.
    """
    if part.kind == "stream":
        return check_stream(part.path, part.target)
    if part.kind == "file":
        return inspect_file(part.path, part.target, threads=threads, steering=steering)
    joined = scratch / f"{part.name}.mp4"
    try:
        join_rung(read_playlist(part.path), joined)
        return inspect_file(joined, part.target, threads=threads, steering=steering, segmented=True)
    except InputError as exc:
        return (Check(id="container", verdict="fail", message=exc.message),)
    finally:
        joined.unlink(missing_ok=True)


def inspect_parts(
    parts: Sequence[Part],
    *,
    threads: int = 2,
    on_progress: Callable[[float], None] = lambda fraction: None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[tuple[str, tuple[Check, ...]]]:
    """Measure all parts one after the other; return each part's name and checks.

    Raises:
        InputError: not media.
        Cancelled: the work was stopped.
    """
    import tempfile

    results: list[tuple[str, tuple[Check, ...]]] = []
    with tempfile.TemporaryDirectory(prefix="mediakit-qc-") as scratch:
        for number, part in enumerate(parts):
            whole = Steering(on_progress, is_cancelled)
            steering = Steering(whole.part(number / len(parts), 1 / len(parts)), is_cancelled)
            results.append((part.name, inspect_part(part, Path(scratch), threads=threads, steering=steering)))
    return results


def merge_checks(results: Sequence[tuple[str, Sequence[Check]]]) -> tuple[Check, ...]:
    """Return one check for each id: the worst of the parts', its message led by the part's name."""
    found: dict[str, list[tuple[str, Check]]] = {}
    for name, checks in results:
        for check in checks:
            found.setdefault(check.id, []).append((name, check))
    merged: list[Check] = []
    for check_id in sorted(found):
        name, worst = min(found[check_id], key=lambda pair: _ORDER[pair[1].verdict])
        others = len(found[check_id])
        prefix = f"{name}: " if name else ""
        faulty = sum(1 for _, check in found[check_id] if check.verdict == worst.verdict)
        suffix = f" (and {faulty - 1} more)" if faulty > 1 and worst.verdict in ("fail", "warn") and others > 1 else ""
        merged.append(worst.model_copy(update={"message": f"{prefix}{worst.message}{suffix}"}))
    return tuple(merged)


def make_report(
    file: str, digest: str, channel: str, results: Sequence[tuple[str, Sequence[Check]]], *, gated: bool = True
) -> QcReport:
    """Return the report of a file for a channel from its parts' checks."""
    checks = merge_checks(results)
    return QcReport(
        file=file,
        file_digest=digest,
        channel=channel,
        verdict=worst_verdict(checks),
        gated=gated,
        checks=checks,
    )


def describe_failures(report: QcReport) -> str:
    """Return the failed checks of a report in one line."""
    return "; ".join(check.message for check in report.checks if check.verdict == "fail")


def dump_checks(checks: Sequence[Check]) -> str:
    """Return checks as JSON text."""
    values = [check.model_dump(mode="json", exclude_none=True) for check in checks]
    return json.dumps(values, ensure_ascii=False, indent=1) + "\n"


def load_checks(path: Path) -> tuple[Check, ...]:
    """Return the checks that `dump_checks` wrote into a file."""
    return tuple(Check.model_validate(entry) for entry in json.loads(path.read_text(encoding="utf-8")))
