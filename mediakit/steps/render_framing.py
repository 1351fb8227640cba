"""The windows of a render: framings as steps made them or a file holds them, found by source and shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from mediakit.errors import InputError, MediakitError, RecipeError, UsageError
from mediakit.media.framing import Framing, format_shape
from mediakit.media.framing_file import read_framing
from mediakit.render.views import Views, view_piece
from mediakit.steps.inputs import FileRef

if TYPE_CHECKING:
    from pathlib import Path

    from mediakit.channels.models import Channel
    from mediakit.media.windows import Windows
    from mediakit.render.spec import PictureSpec
    from mediakit.steps.inputs import Inputs
    from mediakit.steps.render_material import SourceFile
    from mediakit.steps.render_piece import Layer
    from mediakit.steps.render_settings import RenderSettings

PORT = "framing"
FRAMING = "framing.yaml"
WINDOWED = ("track", "split")
"""The fits that look through windows."""


def is_windowed(channel: Channel, fit: str | None) -> bool:
    """Tell whether a channel's picture is seen through windows; ``fit`` stands for all channels'."""
    return channel.frame is not None and (fit or channel.fit) in WINDOWED


def wants_framing(settings: RenderSettings) -> bool:
    """Tell whether a channel of a render looks through windows."""
    from mediakit.channels.loading import load_profiles

    try:
        profiles = load_profiles(settings.channel_definitions)
        channels = [profiles.channel(name) for name in settings.channels]
    except MediakitError:  # told, with its place, where channels are checked
        return False
    return any(is_windowed(channel, settings.fit) for channel in channels)


@dataclass(frozen=True)
class Framings:
    """All framings that a render was given, with the file that each came from."""

    found: tuple[tuple[Framing, Path], ...] = ()
    given: bool = False
    _windows: dict[tuple[str, Fraction, bool], Windows] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def read(cls, inputs: Inputs) -> Framings:
        """Read what the port holds.

        Raises:
            InputError, RecipeError: a file that cannot be used.
        """
        value = inputs.values.get(PORT)
        if isinstance(value, FileRef):
            return cls(((read_framing(value.path), value.path),), given=True)
        paths = [artifact.path(FRAMING) for artifact in inputs.artifacts(PORT)]
        return cls(tuple((read_framing(path), path) for path in paths))

    def views(
        self, layer: Layer, spec: PictureSpec, sources: Mapping[str, SourceFile], shown_for: str | None = None
    ) -> Views:
        """Return the views of one layer of a piece; none where the picture is of the frame's shape.

        Args:
            layer: a source's picture with the piece of it, or a plain colour.
            spec: the frame.
            sources: the media files by name.
            shown_for: the source that the layer's file is a textless twin of.

        Raises:
            UsageError: there is no framing of the source, or none of this shape.
        """
        if not isinstance(layer, tuple):
            return ()
        footage, piece = layer
        if spec.fit not in WINDOWED or footage.display.same_aspect(spec.width, spec.height):
            return ()
        names = [footage.name, *([shown_for] if shown_for else [])]
        framing, path = self._find([sources[name] for name in names])
        shape = framing.find_shape(Fraction(spec.width, spec.height))
        if shape is None:
            wanted, known = (
                format_shape(Fraction(spec.width, spec.height)),
                ", ".join(map(format_shape, framing.shapes)),
            )
            raise UsageError(
                f"{path.name} has windows for {known}, and a channel needs {wanted}",
                hint=f"add it to the framing's shapes: shapes: [{known}, {wanted}]",
            )
        if abs(framing.picture / footage.display.aspect - 1) > Fraction(2, 100):
            raise InputError("is the framing of a picture of another shape", where=path, hint="frame this source anew")
        key = (str(path), shape, spec.fit == "split")
        if key not in self._windows:
            try:
                self._windows[key] = framing.windows(shape, halves=spec.fit == "split")
            except ValueError as exc:
                raise RecipeError(str(exc), file=path) from exc
        return view_piece(self._windows[key], footage.grid(spec.fps, spec), piece, footage.display, spec)

    def _find(self, sources: list[SourceFile]) -> tuple[Framing, Path]:
        """Return the framing of the first of some files that has one; one that was given by hand is taken as it is."""
        for source in sources:
            for framing, path in self.found:
                if framing.source_digest == source.digest:
                    return framing, path
        if self.given:
            return self.found[0]
        raise UsageError(
            f"there is no framing of {sources[-1].path.name}, which a channel shows through a window (fit: track)",
            hint="put the steps look and framing for it before render, or choose another fit, such as blur",
        )
