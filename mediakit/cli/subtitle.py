"""``mediakit subtitle``: a transcript as subtitles; subtitle files converted and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption


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
    media: Annotated[Optional[Path], typer.Option("--media", help="Take the frame rate from this file.")] = None,
    check: Annotated[bool, typer.Option("--check", help="List violations of the profile; exit 5 if any.")] = False,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Make subtitles from a transcript, or convert and check a subtitle file."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.errors import UsageError
    from mediakit.media.cues import CueSheet
    from mediakit.subtitles.formats import format_of

    if not output and not check:
        raise UsageError("nothing to do", hint="name a file with -o, or ask for --check")
    targets = {f"subtitles.{format_of(path)}": path for path in output or ()}
    if len(targets) < len(output or ()):
        raise UsageError("two outputs have the same format", hint="name one file for each format")
    formats = [name.removeprefix("subtitles.") for name in targets] or ["srt"]
    settings = {"transcript": source, "formats": formats, "profile": profile, "fps": fps, "check": check}
    links = [Link("ingest", {"media": media})] if media is not None else []
    links.append(Link("subtitle", settings, targets=targets))
    result = run_chain(links, command="subtitle", json_output=json_output, jobs=jobs, cache=cache)
    sheet = CueSheet.read(result.artifacts[-1].path("cues.json"))
    summary = {"subtitles": [str(path) for path in output or ()], "cues": len(sheet.cues), "profile": sheet.profile}
    print_result({**summary, **({"violations": 0} if check else {})}, json_output)
