"""What goes before a render whose channels look through windows: looking at each source, and framing it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mediakit.cli.chain import Link


def shapes_wanted(channels: Sequence[str], definitions: Mapping[str, Any], fit: str | None) -> tuple[str, ...]:
    """Return the shapes of the frames that are filled through windows, each once; none where no channel asks for it.

    Raises:
        UsageError: a channel that there is not.
    """
    from fractions import Fraction

    from mediakit.channels.loading import load_profiles
    from mediakit.media.framing import format_shape
    from mediakit.steps.render_framing import is_windowed

    profiles = load_profiles(definitions)
    shapes: dict[str, None] = {}
    for name in channels:
        channel = profiles.channel(name)
        if channel.frame is not None and is_windowed(channel, fit):
            sizes = [(rung.width, rung.height) for rung in channel.rungs] or [
                (channel.frame.width, channel.frame.height)
            ]
            shapes |= {format_shape(Fraction(*size)): None for size in sizes}
    return tuple(shapes)


def framing_links(media: Path, shapes: Sequence[str], found: Mapping[str, Any] | None) -> list[Link]:
    """Return the links that make the windows of a media file, or of every picture source of an edit.

    Args:
        media: the media file, which an earlier link takes in, or the edit.
        shapes: of the frames.
        found: where an edit's sources are looked for; None where ``media`` is media.

    Raises:
        MediakitError: the edit cannot be used.
    """
    from mediakit.cli.chain import Link

    if found is None:
        return [Link("look", {}, targets={}), Link("framing", {"shapes": tuple(shapes)}, targets={})]
    links: list[Link] = []
    for name, path in _picture_sources(media, found).items():
        asset, seen = f"{name} media", f"{name} seen"
        links += [
            Link("ingest", {"id": asset, "media": path}, targets={}),
            Link("look", {"id": seen, "from": asset}, targets={}),
            Link("framing", {"id": f"{name} windows", "from": seen, "shapes": tuple(shapes)}, targets={}),
        ]
    return links


def _picture_sources(edit: Path, found: Mapping[str, Any]) -> dict[str, Path]:
    """Return the sources that an edit's clips show: the textless twin where there is one."""
    from mediakit.recipe.bind import find_step
    from mediakit.steps.edit_settings import EditSettings

    settings = find_step("edit").prepare(EditSettings.model_validate({"file": edit, **found}))
    shown = dict.fromkeys(item.clip for item in settings.picture if item.clip is not None)
    files = {**settings.sources, **settings.clean}
    return {name: files[name] for name in shown if name in files}
