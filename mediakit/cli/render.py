"""``mediakit render``: a media file, or shorts of it, into the files that channels take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Optional

import typer

from mediakit.cli.options import CacheOption, JobsOption, JsonOption, TracksOption

EDIT_SUFFIXES = (".yaml", ".yml", ".otio", ".edl", ".xml")


def render(
    media: Annotated[Path, typer.Argument(help="A master, or an edit (edit.yaml, .otio, .edl, .xml).")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder for the channels' folders.")],
    channel: Annotated[list[str], typer.Option("--channel", "-c", help="Channel to render for; may repeat.")],
    subtitles: Annotated[Optional[Path], typer.Option(help="Subtitle file whose cues are used.")] = None,
    transcript: Annotated[Optional[Path], typer.Option(help="Transcript to make cues of.")] = None,
    channels: Annotated[Optional[Path], typer.Option(help="YAML file with channels of your own.")] = None,
    shorts: Annotated[Optional[Path], typer.Option(help="Render these shorts instead of the whole.")] = None,
    clean: Annotated[Optional[Path], typer.Option(help="The master's textless twin, frame for frame.")] = None,
    brand: Annotated[Optional[Path], typer.Option(help="Brand file: colours, name straps, bug.")] = None,
    fit: Annotated[
        Optional[str],
        typer.Option(help="How the picture fits: pad, crop, blur, stack, track, split (default: the channel's)."),
    ] = None,
    framing: Annotated[
        Optional[Path], typer.Option(help="Framing file, for track and split (default: look at the picture).")
    ] = None,
    captions: Annotated[
        Optional[str], typer.Option(help="Style of burned subtitles: plain or karaoke (default: the brand's).")
    ] = None,
    cover_time: Annotated[
        Optional[str], typer.Option(help="Time of the frame that covers are made of, such as 00:12.")
    ] = None,
    title: Annotated[Optional[str], typer.Option(help="Title, checked against the channels' limits.")] = None,
    description: Annotated[Optional[str], typer.Option(help="Description, checked likewise.")] = None,
    tag: Annotated[Optional[list[str]], typer.Option(help="Topic; may repeat.")] = None,
    language: Annotated[Optional[str], typer.Option(help="Language of the subtitles: zh, en, ...")] = None,
    ai_label: Annotated[
        Optional[bool],
        typer.Option("--ai-label/--no-ai-label", help="Mark as made with AI (default: as the brand says)."),
    ] = None,
    encoder: Annotated[
        Optional[str], typer.Option(help="Picture encoder, such as libx265 or h264_nvenc; see mediakit doctor.")
    ] = None,
    preset: Annotated[Optional[str], typer.Option(help="Encoder preset for all channels.")] = None,
    crf: Annotated[Optional[float], typer.Option(min=0, max=51, help="Encoder quality for all channels.")] = None,
    copy: Annotated[
        bool,
        typer.Option("--copy/--no-copy", help="Copy whole groups of pictures where nothing changes, or encode all."),
    ] = True,
    start_timecode: Annotated[
        Optional[str], typer.Option(help="First frame's timecode, where a channel has one: 10:00:00:00.")
    ] = None,
    accept_damaged: Annotated[bool, typer.Option(help="Take a file that is cut short, as far as it goes.")] = False,
    library: Annotated[Optional[Path], typer.Option(help="Asset library that an .otio, .edl or .xml means.")] = None,
    footage: Annotated[
        Optional[list[Path]], typer.Option(help="Media file or folder that it may mean; may repeat.")
    ] = None,
    tracks: TracksOption = None,
    highpass: Annotated[
        Optional[float], typer.Option(min=20, max=300, help="Take rumble below so many Hz out of the sound.")
    ] = None,
    noise: Annotated[
        Optional[float], typer.Option(min=0, max=24, help="Take steady noise down by so many decibels.")
    ] = None,
    spoken_credits: Annotated[
        Optional[Path], typer.Option(help="Recording laid after the end where there is no picture (radio, podcast).")
    ] = None,
    jobs: JobsOption = None,
    cache: CacheOption = None,
    json_output: JsonOption = False,
) -> None:
    """Render MEDIA, or an edit, for channels: picture, sound, subtitles and cover, one folder a channel."""
    from mediakit.cli.chain import Link, run_chain
    from mediakit.cli.display import print_result
    from mediakit.cli.windows import framing_links, shapes_wanted
    from mediakit.errors import UsageError

    if subtitles is not None and transcript is not None:
        raise UsageError("--subtitles and --transcript exclude each other", hint="give one of the two")
    defined = _read_channels(channels)
    settings = {
        "of": "shorts" if shorts is not None else None,
        "channels": tuple(channel),
        "subtitles": subtitles,
        "transcript": transcript,
        "shorts": shorts,
        "clean": clean,
        "brand": brand,
        "fit": fit,
        "framing": framing,
        "captions": {"style": captions},
        "cover": cover_time,
        "title": title,
        "description": description,
        "tags": tuple(tag or ()),
        "language": language,
        "ai_label": ai_label,
        "encoder": encoder,
        "preset": preset,
        "crf": crf,
        "copy": "auto" if copy else "never",
        "start_timecode": start_timecode,
        "sound": {"highpass": highpass, "noise": noise},
        "spoken_credits": spoken_credits,
        "channel_definitions": defined,
    }
    first = Link("ingest", {"media": media, "accept_damaged": accept_damaged, "tracks": tracks}, targets={})
    found = None
    if media.suffix.lower() in EDIT_SUFFIXES:
        found = {"library": library and library.absolute(), "footage": [path.absolute() for path in footage or ()]}
        first = Link("edit", {"file": media, **found}, targets={})
        settings["of"] = "shorts" if shorts is not None else "edit"
    links = [first]
    if framing is None and (shapes := shapes_wanted(channel, defined, fit)):
        links += framing_links(media, shapes, found)
    links.append(Link("render", settings, targets={"*": output}))
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
