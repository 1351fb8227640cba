"""``mediakit timeline``: edits from and to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import JsonOption

if TYPE_CHECKING:
    from fractions import Fraction

    from mediakit.editing.exchange import Exchanged, SourceIndex
    from mediakit.media.timeline import Timeline

app = typer.Typer(
    help="Edits from and to other programs: OTIO, CMX 3600 EDL, Final Cut Pro 7 XML.", no_args_is_help=True
)

LibraryOption = Annotated[Optional[Path], typer.Option("--library", help="Asset library with the footage.")]
FootageOption = Annotated[
    Optional[list[Path]], typer.Option("--footage", help="A media file or a folder of them; may be repeated.")
]
RateOption = Annotated[
    Optional[str], typer.Option("--fps", help="Frames a second: 25, 29.97, 30000/1001 (an EDL does not say it).")
]


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="An .otio, .edl or .xml file, or timeline.json.", show_default=False)],
    library: LibraryOption = None,
    footage: FootageOption = None,
    fps: RateOption = None,
    json_output: JsonOption = False,
) -> None:
    """List an edit's events and the files that they mean; exit 3 when some are not found."""
    from mediakit.cli.display import print_note, print_result

    exchanged = _read(file, _index(library, footage), fps)
    if json_output:
        print_result(
            {
                "timeline": exchanged.timeline.model_dump(mode="json", by_alias=True, exclude_none=True),
                "paths": {name: str(path) for name, path in exchanged.paths.items()},
                "unmatched": [event.to_json() for event in exchanged.unmatched],
                "warnings": list(exchanged.warnings),
            },
            True,
        )
    else:
        for warning in exchanged.warnings:
            print_note(f"warning: {warning}")
        print_result({"events": _describe(exchanged), "unmatched": _describe_unmatched(exchanged)}, False)
    if exchanged.unmatched:
        raise typer.Exit(3)


@app.command()
def export(
    file: Annotated[
        Path, typer.Argument(help="shorts.yaml, timeline.json, or an .otio, .edl or .xml file.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option("--output", "-o", help="An .otio, .edl or .xml file, timeline.json, or shorts.yaml (cuts alone)."),
    ],
    media: Annotated[Optional[Path], typer.Option("--media", help="The file that shorts.yaml is for.")] = None,
    short: Annotated[Optional[str], typer.Option("--short", help="One short only (default: each, a file a short).")] = (
        None
    ),
    library: LibraryOption = None,
    footage: FootageOption = None,
    fps: RateOption = None,
    json_output: JsonOption = False,
) -> None:
    """Write an edit or shorts for another program; of several shorts, one file each (OUT-ID.edl)."""
    from mediakit.cli.display import print_note, print_result

    index = _index(library, [*(footage or ()), *([media] if media is not None else [])])
    if file.suffix.lower() in (".yaml", ".yml"):
        timelines = _read_shorts(file, media, index, fps, short)
        targets = {name: _beside(output, name if len(timelines) > 1 else "") for name in timelines}
        made = [(timeline, targets[name]) for name, timeline in timelines.items()]
        paths = {one.source.name: one.path for one in index.footage}
    else:
        exchanged = _read(file, index, fps)
        _refuse_unmatched(file, exchanged)
        for warning in exchanged.warnings:
            print_note(f"warning: {warning}")
        made, paths = [(exchanged.timeline, output)], exchanged.paths
    notes = [note for timeline, target in made for note in _write(timeline, paths, target)]
    for note in dict.fromkeys(notes):
        print_note(f"note: {note}")
    print_result({"files": [str(target) for _, target in made]}, json_output)


def _index(library: Path | None, footage: list[Path] | None) -> SourceIndex:
    import os

    from mediakit.cli.display import print_note
    from mediakit.library.database import default_folder
    from mediakit.steps.footage import index_footage

    if library is None and not footage:
        # Only footage named nowhere is looked for in the usual library, and only where there is one.
        folder = default_folder()
        library = folder if folder.is_dir() or "MEDIAKIT_LIBRARY" in os.environ else None
    index, notes = index_footage(footage or (), library)
    for note in notes:
        print_note(f"warning: {note}")
    return index


def _rate(text: str | None) -> Fraction | None:
    from mediakit.errors import UsageError
    from mediakit.media.times import parse_rate

    try:
        return None if text is None else parse_rate(text)
    except ValueError as exc:
        raise UsageError(f"--fps: {exc}") from exc


def _read(file: Path, index: SourceIndex, fps: str | None) -> Exchanged:
    """Return what an exchange file or timeline.json says."""
    from mediakit.editing.exchange import Exchanged, read_exchange
    from mediakit.media.timeline import Timeline

    if file.suffix.lower() != ".json":
        return read_exchange(file, index, _rate(fps))
    timeline = Timeline.read(file)
    found = {source.name: index.find_digest(source.digest) for source in timeline.sources}
    missing = [f"source {name!r} is not among the footage" for name, one in found.items() if one is None]
    return Exchanged(timeline, {name: one.path for name, one in found.items() if one is not None}, (), tuple(missing))


def _read_shorts(
    file: Path, media: Path | None, index: SourceIndex, fps: str | None, short: str | None
) -> dict[str, Timeline]:
    from mediakit.editing.short_timelines import shorts_to_timelines
    from mediakit.errors import UsageError
    from mediakit.media.shorts import read_shorts

    shorts = read_shorts(file)
    found = index.find_digest(shorts.source_digest)
    if media is not None:
        found = next((one for one in index.footage if media.absolute() in (one.path, *one.copies)), None)
    if found is None:
        raise UsageError(f"{file}: its media is not known", hint="name the file that the shorts are of: --media FILE")
    timelines = shorts_to_timelines(shorts, found.source, _rate(fps))
    if short is None:
        if not timelines:
            raise UsageError(f"{file}: holds no shorts")
        return timelines
    if short not in timelines:
        raise UsageError(f"{file}: no short is called {short!r}", hint="there are: " + ", ".join(timelines))
    return {short: timelines[short]}


def _beside(output: Path, name: str) -> Path:
    return output.with_name(f"{output.stem}-{name}{output.suffix}") if name else output


def _write(timeline: Timeline, paths: dict[str, Path], target: Path) -> tuple[str, ...]:
    from mediakit.editing.exchange import write_exchange
    from mediakit.editing.short_timelines import timeline_to_short
    from mediakit.media.shorts import ShortsList, write_shorts

    suffix = target.suffix.lower()
    if suffix == ".json":
        timeline.write(target)
        return ()
    if suffix in (".yaml", ".yml"):
        made = timeline_to_short(timeline)
        write_shorts(ShortsList(source_digest=timeline.sources[0].digest, shorts=(made,)), target)
        return ()
    return write_exchange(timeline, paths, target)


def _refuse_unmatched(file: Path, exchanged: Exchanged) -> None:
    from mediakit.errors import InputError

    if exchanged.unmatched:
        count = len(exchanged.unmatched)
        raise InputError(
            f"{count} event{'s' if count > 1 else ''} without a source; the first: {_line(exchanged.unmatched[0])}",
            where=file,
            hint=f"mediakit timeline show {file} lists them; name the footage with --footage or --library",
        )


def _describe(exchanged: Exchanged) -> list[str]:
    """Return a line for each event, with timecode where the edit has one."""
    from mediakit.media.timeline import Card, Clip
    from mediakit.media.times import format_clock, format_rate

    timeline = exchanged.timeline
    fps = timeline.fps
    lines = [
        f"{timeline.name or '(no title)'}  {format_rate(fps)}  {format_clock(float(timeline.duration), decimals=2)}"
    ]
    for at, item in timeline.placed():
        joined = f"  dissolve {item.dissolve.frames}" if item.dissolve else ""
        fades = "".join(f"  {word} {n}" for word, n in (("fade in", item.fade_in), ("fade out", item.fade_out)) if n)
        if isinstance(item, Clip):
            sound = "silent" if item.level_db is None else f"{item.level_db:+g} dB" if item.level_db else ""
            start = format_clock(float(item.start), decimals=2)
            what = f"{exchanged.paths.get(item.source, item.source)}  from {start}  {sound}".rstrip()
        else:
            what = f"card {item.card}" if isinstance(item, Card) else f"gap {item.colour}"
        lines.append(f"{_time(timeline, at)}  {item.frames:6} frames  {what}{joined}{fades}")
    for clip in timeline.sound:
        start = format_clock(float(clip.start), decimals=2)
        what = f"{clip.role}  {exchanged.paths.get(clip.source, clip.source)}  from {start}"
        level = f"  {clip.level_db:+g} dB" if clip.level_db else ""
        lines.append(f"{_time(timeline, clip.at)}  {clip.frames:6} frames  {what}{level}")
    return lines + [f"{_time(timeline, o.at)}  {o.frames:6} frames  {o.overlay}  {o.text}" for o in timeline.overlays]


def _time(timeline: Timeline, at: int) -> str:
    from mediakit.media.times import frames_to_timecode, timecode_to_frames

    start = timeline.timecode or "00:00:00:00"
    return frames_to_timecode(timecode_to_frames(start, timeline.fps) + at, timeline.fps, drop=";" in start)


def _line(event: Any) -> str:
    place = f"line {event.line}, " if event.line is not None else ""
    said = "  ".join(part for part in (event.reel, event.name) if part)
    return f"{place}event {event.number}: {said}  {event.source_in} to {event.source_out}: {event.why}"


def _describe_unmatched(exchanged: Exchanged) -> list[str]:
    return [f"not found: {_line(event)}" for event in exchanged.unmatched]
