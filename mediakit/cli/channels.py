"""``mediakit channels``: the outlets that are known, and what each one takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from mediakit.cli.options import JsonOption

if TYPE_CHECKING:
    from mediakit.channels.models import Channel

ChannelsOption = Annotated[
    Optional[Path],
    typer.Option("--channels", help="A YAML file with channels of your own, laid over the built-in ones."),
]

app = typer.Typer(help="The outlets that are known, and what each one takes.", no_args_is_help=True)


@app.command("list")
def list_channels(channels: ChannelsOption = None, json_output: JsonOption = False) -> None:
    """List all channels: id, title, picture, loudness, and how well the facts are known."""
    from mediakit.channels.loading import load_profiles
    from mediakit.cli.display import count_columns, print_json, print_result

    profiles = load_profiles(channels)
    rows = [_summarize(name, channel) for name, channel in profiles.channels.items()]
    if json_output:
        for row in rows:
            print_json(row)
        print_result({"channels": len(rows)}, True)
        return
    widths = {key: max(count_columns(str(row[key])) for row in rows) for key in rows[0]}
    for row in rows:
        cells = (str(value) + " " * (widths[key] - count_columns(str(value))) for key, value in row.items())
        print("  ".join(cells).rstrip())


@app.command("show")
def show_channel(
    channel_id: Annotated[str, typer.Argument(metavar="ID", help="The channel's id, such as wx_channels.")],
    channels: ChannelsOption = None,
    json_output: JsonOption = False,
) -> None:
    """Show one channel with its loudness and subtitle profiles and where every value comes from."""
    from mediakit.channels.loading import load_profiles
    from mediakit.cli.display import print_result

    profiles = load_profiles(channels)
    channel = profiles.channel(channel_id)
    parts: dict[str, Any] = {"loudness": {channel.audio.loudness: profiles.loudness[channel.audio.loudness]}}
    if channel.subtitles is not None:
        names = dict.fromkeys((channel.subtitles.profile, *channel.subtitles.profiles.values()))
        parts["subtitles"] = {name: profiles.subtitles[name] for name in names}
    shown = {
        "channels": {channel_id: _dump(channel)},
        **{section: {name: _dump(profile) for name, profile in block.items()} for section, block in parts.items()},
    }
    if json_output:
        print_result(shown, True)
        return
    print(_to_yaml(shown), end="")


def _summarize(name: str, channel: Channel) -> dict[str, str]:
    from mediakit.media.times import plain_number

    picture = "sound only"
    if channel.frame is not None:
        picture = f"{channel.frame.width}x{channel.frame.height} {plain_number(channel.frame.fps)} {channel.container}"
    elif channel.container:
        picture = f"sound only {channel.container}"
    note = "not made by this version" if channel.unsupported else ""
    return {
        "id": name,
        "title": channel.title,
        "picture": picture,
        "loudness": channel.audio.loudness,
        "grade": channel.grade,
        "note": note,
    }


def _dump(profile: Any) -> dict[str, Any]:
    made: dict[str, Any] = profile.model_dump(mode="json", by_alias=True, exclude_none=True)
    return {key: value for key, value in made.items() if value not in ([], {}, "")}


def _to_yaml(value: dict[str, Any]) -> str:
    from io import StringIO

    from ruamel.yaml import YAML

    writer = YAML()
    writer.width = 160
    out = StringIO()
    writer.dump(value, out)
    return out.getvalue()
