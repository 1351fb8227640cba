"""``mediakit cut``: shorts or spans as files of their own, frame-exact."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption, TracksOption

if TYPE_CHECKING:
    from mediakit.media.cuts import Cut


def cut(
    media: Annotated[Path, typer.Argument(help="The media file.", show_default=False)],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the cuts.")],
    shorts: Annotated[Optional[Path], typer.Option("--shorts", help="shorts.yaml.", show_default=False)] = None,
    span: Annotated[
        Optional[list[str]],
        typer.Option("--span", help="00:10-00:25, 250f-500f or HH:MM:SS:FF; parts joined by commas; may be repeated."),
    ] = None,
    subtitles: Annotated[Optional[Path], typer.Option("--subtitles", help="A subtitle file to cut along.")] = None,
    transcript: Annotated[Optional[Path], typer.Option("--transcript", help="Make subtitles from a transcript.")] = (
        None
    ),
    profile: Annotated[
        Optional[str], typer.Option("--profile", help="Subtitle profile for the transcript (default: by language).")
    ] = None,
    glossary: Annotated[
        Optional[Path],
        typer.Option("--glossary", help="Names and terms that no line's end may part.", show_default=False),
    ] = None,
    shot_changes: Annotated[
        bool, typer.Option("--shots/--no-shots", help="Keep cues clear of the picture's shot changes.")
    ] = True,
    tracks: TracksOption = None,
    copy: Annotated[
        bool,
        typer.Option(
            "--copy/--no-copy", help="Copy whole groups of pictures where the source allows it, or encode all."
        ),
    ] = True,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Cut shorts or spans out of a file: every frame and sample that was asked for, and no other."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.errors import UsageError
    from mediakit.media.cuts import CutList

    if (shorts is None) == (not span):
        raise UsageError("say what to cut: --shorts FILE or --span START-END, one of them")
    settings = {
        "shorts": shorts,
        "spans": list(span or ()),
        "subtitles": subtitles,
        "transcript": transcript,
        "profile": profile,
        "glossary": glossary,
        "shot_changes": shot_changes,
        "copy": "auto" if copy else "never",
    }
    links = [Link("ingest", {"media": media, "tracks": tracks}), Link("cut", settings, targets={"*": output})]
    result = run_chain(links, command="cut", json_output=json_output, jobs=jobs, cache=cache)
    made = CutList.read(result.artifacts[-1].path("cuts.json")).cuts
    listed = [one.model_dump(mode="json") for one in made]
    lines = [f"{output / one.file}  {one.duration:.2f} s{_describe(one)}" for one in made]
    print_result({"cuts": listed if json_output else lines}, json_output)


def _describe(cut: Cut) -> str:
    """Return how a cut's picture was made, to stand after its length."""
    if cut.note:
        return f"  {cut.note}"
    return f"  {cut.frames_copied} of {cut.frames} frames copied" if cut.frames_copied else ""
