"""Edits from and to other programs: OpenTimelineIO, CMX 3600 lists, Final Cut Pro 7 XML.

A file of ours that nobody changed comes back as the timeline it was written from; otherwise what the file says holds,
and our comments add what its format cannot say (cards, roles of sound, speech).
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

from mediakit.editing.assembly import Exchanged, assemble_timeline, restore_timeline
from mediakit.editing.layout import Layout, decode_text, read_bounded, rebuild_timeline
from mediakit.editing.sources import Footage, SourceIndex
from mediakit.editing.unmatched import UnmatchedEvent
from mediakit.errors import UsageError
from mediakit.media.document import write_text_atomic
from mediakit.media.timeline import Timeline

__all__ = ["FORMATS", "Exchanged", "Footage", "SourceIndex", "UnmatchedEvent", "read_exchange", "write_exchange"]

FORMATS = (".otio", ".edl", ".xml")
"""Endings of the files that are read and written."""


def read_exchange(path: Path, sources: SourceIndex, fps: Fraction | None = None) -> Exchanged:
    """Read an edit that came from another program, or from here.

    Args:
        path: ``.otio``, ``.edl`` or ``.xml``.
        sources: the files that it may mean; no other file is opened, whatever it names.
        fps: frames a second, where an EDL does not tell it.

    Raises:
        InputError: unreadable, not of its format, or wrong at a line.
        UsageError: another format, or a frame rate that is missing or contradicts the file.
    """
    suffix = _check_format(path)
    layout = _parse(suffix, read_bounded(path), path, fps, sources.common_rate)
    if fps is not None and layout.fps != fps:
        raise UsageError(
            f"{path}: it counts {float(layout.fps):.5g} frames a second, not {float(fps):.5g}",
            hint="leave --fps out for .otio and .xml",
        )
    return _restore(suffix, layout, path, sources) or assemble_timeline(layout, sources)


def write_exchange(timeline: Timeline, paths: Mapping[str, Path], target: Path) -> tuple[str, ...]:
    """Write a timeline for another program; the ending of ``target`` says in which format.

    Args:
        timeline: what to write.
        paths: where its sources lie, by name; names alone are written for those that are not in it.
        target: replaced when the new file is whole.

    Returns:
        Notes on what the other program will not see.

    Raises:
        UsageError: another format, or a timeline that the format cannot count.
    """
    suffix = _check_format(target)
    if not timeline.frames:
        raise UsageError(f"{target}: the timeline is empty")
    text, notes = _format(suffix, timeline, paths)
    write_text_atomic(target, text)
    return notes


def _check_format(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix == ".fcpxml":
        raise UsageError(
            f"{path}: .fcpxml (Final Cut Pro X) is not exchanged",
            hint="exchange .xml (Final Cut Pro 7), .otio or .edl; Resolve and XtoCC convert between them",
        )
    if suffix not in FORMATS:
        raise UsageError(
            f"{path}: {suffix or 'a name without ending'!r} is no exchange format", hint=", ".join(FORMATS)
        )
    return suffix


def _parse(suffix: str, data: bytes, path: Path, fps: Fraction | None, likely: Fraction | None) -> Layout:
    if suffix == ".edl":
        from mediakit.editing.edl import parse_edl

        return parse_edl(decode_text(data, path), path, fps, likely=likely)
    if suffix == ".xml":
        from mediakit.editing.xmeml import parse_xmeml

        return parse_xmeml(data, path)
    from mediakit.editing.otio import parse_otio

    return parse_otio(decode_text(data, path), path)


def _format(suffix: str, timeline: Timeline, paths: Mapping[str, Path]) -> tuple[str, tuple[str, ...]]:
    if suffix == ".edl":
        from mediakit.editing.edl_writing import format_edl

        return format_edl(timeline, paths)
    if suffix == ".xml":
        from mediakit.editing.xmeml_writing import format_xmeml

        return format_xmeml(timeline, paths)
    from mediakit.editing.otio_writing import format_otio

    return format_otio(timeline, paths)


def _restore(suffix: str, layout: Layout, path: Path, sources: SourceIndex) -> Exchanged | None:
    """Return the timeline that the file was written from, where it still says what we wrote."""
    timeline = rebuild_timeline(layout)
    if timeline is None:
        return None
    try:
        again = _parse(suffix, _format(suffix, timeline, {})[0].encode(), path, layout.fps, None)
    except (UsageError, ValueError, OverflowError):  # numbers that no edit has, in comments of ours that were changed
        return None
    return restore_timeline(timeline, sources) if again == layout else None
