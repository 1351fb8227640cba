"""``mediakit render``: a media file, or shorts of it, into the files that channels take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption

EDIT_SUFFIXES = (".yaml", ".yml")


def render(
    media: Annotated[Path, typer.Argument(help="The master: a video or sound file; or an edit (edit.yaml).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the channels' folders.")],
    channel: Annotated[list[str], typer.Option("--channel", "-c", help="Channel to render for; may repeat.")],
    subtitles: Annotated[Optional[Path], typer.Option(help="Subtitle file whose cues are used.")] = None,
    transcript: Annotated[Optional[Path], typer.Option(help="Transcript to make cues of.")] = None,
    channels: Annotated[Optional[Path], typer.Option(help="YAML file with channels of your own.")] = None,
    shorts: Annotated[Optional[Path], typer.Option(help="Render these shorts instead of the whole.")] = None,
    clean: Annotated[Optional[Path], typer.Option(help="The master's textless twin, frame for frame.")] = None,
    brand: Annotated[Optional[Path], typer.Option(help="Brand file: colours, name straps, bug.")] = None,
    title: Annotated[Optional[str], typer.Option(help="Title, checked against the channels' limits.")] = None,
    description: Annotated[Optional[str], typer.Option(help="Description, checked likewise.")] = None,
    tag: Annotated[Optional[list[str]], typer.Option(help="Topic; may repeat.")] = None,
    language: Annotated[Optional[str], typer.Option(help="Language of the subtitles: zh, en, ...")] = None,
    ai_label: Annotated[
        Optional[bool],
        typer.Option("--ai-label/--no-ai-label", help="Mark as made with AI (default: as the brand says)."),
    ] = None,
    preset: Annotated[Optional[str], typer.Option(help="Encoder preset for all channels.")] = None,
    crf: Annotated[Optional[float], typer.Option(min=0, max=51, help="Encoder quality for all channels.")] = None,
    accept_damaged: Annotated[bool, typer.Option(help="Take a file that is cut short, as far as it goes.")] = False,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Render MEDIA, or an edit, for channels: picture, sound, subtitles and cover, one folder a channel."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.errors import UsageError

    if subtitles is not None and transcript is not None:
        raise UsageError("--subtitles and --transcript exclude each other", hint="give one of the two")
    settings = {
        "of": "shorts" if shorts is not None else None,
        "channels": tuple(channel),
        "subtitles": subtitles,
        "transcript": transcript,
        "shorts": shorts,
        "clean": clean,
        "brand": brand,
        "title": title,
        "description": description,
        "tags": tuple(tag or ()),
        "language": language,
        "ai_label": ai_label,
        "preset": preset,
        "crf": crf,
        "channel_definitions": _read_channels(channels),
    }
    first = Link("ingest", {"media": media, "accept_damaged": accept_damaged}, targets={})
    if media.suffix.lower() in EDIT_SUFFIXES:
        first = Link("edit", {"file": media}, targets={})
        settings["of"] = "edit"
    links = [first, Link("render", settings, targets={"*": output})]
    result = run_chain(links, command="render", json_output=json_output, jobs=jobs, cache=cache)
    print_result({"output": str(output), "files": [str(path) for path in result.published]}, json_output)


def _read_channels(path: Path | None) -> dict[str, object]:
    """Return the channels of a user's file; it is checked here, so that errors name its lines."""
    if path is None:
        return {}
    from mediakit.channels.loading import load_profiles
    from mediakit.media.yamltree import read_yaml

    tree = read_yaml(path)
    load_profiles(tree)
    value: dict[str, object] = tree.data
    return value
