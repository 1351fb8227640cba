"""``mediakit subtitle``: a transcript as subtitles; subtitle files converted, checked and repaired."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption

if TYPE_CHECKING:
    from mediakit.media.subtitlereport import SubtitleReport


def subtitle(
    source: Annotated[Path, typer.Argument(metavar="TRANSCRIPT", help="transcript.json, or a subtitle file.")],
    output: Annotated[
        Optional[list[Path]],
        typer.Option("--output", "-o", help="FILE.srt, .ass, .vtt or .ttml; may be repeated.", show_default=False),
    ] = None,
    profile: Annotated[
        Optional[str], typer.Option("--profile", "-p", help="Subtitle profile (default: by language).")
    ] = None,
    fps: Annotated[Optional[str], typer.Option("--fps", help="Frame rate: 25, 29.97, 30000/1001.")] = None,
    media: Annotated[
        Optional[Path], typer.Option("--media", help="Take frame rate and shot changes from this file.")
    ] = None,
    shots: Annotated[bool, typer.Option("--shots/--no-shots", help="Keep cues clear of the shot changes.")] = True,
    check: Annotated[bool, typer.Option("--check", help="List violations of the profile; exit 5 if any.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Repair a subtitle file; -o names the new one.")] = False,
    report: Annotated[
        Optional[Path], typer.Option("--report", help="FILE.json for what was found and changed.")
    ] = None,
    glossary: Annotated[
        Optional[Path], typer.Option("--glossary", "-g", help="Names and terms that no line's end may part.")
    ] = None,
    children: Annotated[bool, typer.Option("--children", help="Reading speed for children.")] = False,
    dashes: Annotated[bool, typer.Option("--dashes", help="Short turns of two speakers share a cue.")] = False,
    translation: Annotated[
        Optional[Path], typer.Option("--translation", help="A subtitle file in another language, shown below.")
    ] = None,
    pairing: Annotated[
        Optional[str], typer.Option("--pairing", help="Pair the translation by time or by number.")
    ] = None,
    sounds: Annotated[
        Optional[Path], typer.Option("--sounds", help="A script whose directions become cues in the pauses.")
    ] = None,
    brand: Annotated[Optional[Path], typer.Option("--brand", help="How ASS, WebVTT and TTML look.")] = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make subtitles from a transcript, or convert, check and repair a subtitle file."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.errors import GateError, UsageError
    from mediakit.media.subtitlereport import SubtitleReport
    from mediakit.subtitles.formats import format_of

    if not output and not check and report is None:
        raise UsageError("nothing to do", hint="name a file with -o, or ask for --check")
    targets = {f"subtitles.{format_of(path)}": path for path in output or ()}
    if len(targets) < len(output or ()):
        raise UsageError("two outputs have the same format", hint="name one file for each format")
    if source.exists() and any(path.exists() and path.samefile(source) for path in output or ()):
        raise UsageError("the new file would replace the one that it is made from", hint="name another with -o")
    formats = [name.removeprefix("subtitles.") for name in targets] or ["srt"]
    if report is not None:
        targets["check.json"] = report
    settings: dict[str, Any] = {
        "transcript": source,
        "formats": formats,
        "profile": profile,
        "fps": fps,
        "check": check and not fix,
        "fix": fix,
        "shot_changes": shots,
        "glossary": glossary,
        "children": children,
        "speaker_changes": "dash" if dashes else "cue",
        "translation": translation,
        "pairing": pairing,
        "sound_marks": sounds,
        "brand": brand,
    }
    links = [Link("ingest", {"media": media})] if media is not None else []
    links.append(Link("subtitle", settings, targets=targets))
    result = run_chain(links, command="subtitle", json_output=json_output, jobs=jobs, cache=cache)
    found = SubtitleReport.read(result.artifacts[-1].path("check.json"))
    summary: dict[str, Any] = {
        "subtitles": [str(path) for path in output or ()],
        "cues": found.cues,
        "profile": found.profile,
    }
    if check:
        summary["violations"] = sum(one.fails for one in (found.left if fix else found.findings))
        summary["advice"] = sum(not one.fails for one in (found.left if fix else found.findings))
    if fix:
        summary["changes"] = len(found.changes)
        _print_changes(found, json_output)
    print_result(summary, json_output)
    left = [one for one in found.left if one.fails]
    if check and left:
        more = f" (and {len(left) - 1} more)" if len(left) > 1 else ""
        raise GateError(f"cue {left[0].cue}: {left[0].rule}: {left[0].message}{more}", where=found.profile)


def _print_changes(found: SubtitleReport, json_output: bool) -> None:
    """Print what a repair changed and what it could not mend, one line each."""
    from mediakit.cli.display import print_json

    for change in found.changes:
        if json_output:
            print_json({"event": "change", **change.model_dump()})
            continue
        place = f"cue {change.cue}" if change.cue else "file"
        print(f"{place}: {change.rule}: {change.before or 'nothing'} → {change.after or 'nothing'}")
    for one in found.left if not json_output else ():
        print(f"left: cue {one.cue}: {one.rule}: {one.message}")
