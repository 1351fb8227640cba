"""One piece of a render: what is drawn on it, and the job that encodes all its pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mediakit.media.digests import digest_value
from mediakit.media.rendition import TextBox
from mediakit.render.drawing import Drawing, shift_frames
from mediakit.render.encoders import encoding_bytes
from mediakit.render.scene import Backdrop, Plain, Scene, Window, describe_window
from mediakit.steps.jobs import CORE_MB, Job
from mediakit.steps.render_graphics import Graphics

if TYPE_CHECKING:
    from mediakit.media.cues import CueSheet
    from mediakit.render.caption_style import CaptionStyle
    from mediakit.render.pieces import Piece
    from mediakit.render.programme import Backed, PlacedPiece
    from mediakit.steps.render_material import Footage
    from mediakit.tools.fonts import FontFile

_HALF = Fraction(1, 2)


@dataclass
class Captions:
    """A programme's burned cues on one picture."""

    sheet: CueSheet
    style: CaptionStyle
    font: FontFile

    @cached_property
    def boxes(self) -> tuple[TextBox, ...]:
        """Where the cues stand."""
        from mediakit.render.captions import layout_captions

        return layout_captions(self.sheet.cues, self.style).boxes

    def document(self, placed: PlacedPiece, fps: Fraction) -> str | None:
        """Return the ASS document of one piece in its own shifted time, or None where it shows no text."""
        from mediakit.render.caption_ass import render_ass

        first, last = float((placed.start + _HALF) / fps), float((placed.end - _HALF) / fps)
        if not any(box.start < last and first < box.end for box in self.boxes):
            return None
        shift = (shift_frames(fps) - placed.start) / fps
        return render_ass(self.sheet.cues, self.style, shift, (placed.start / fps, placed.end / fps))


@dataclass(frozen=True)
class Look:
    """All that is drawn on one picture of a programme."""

    captions: Captions | None
    graphics: Graphics

    @property
    def boxes(self) -> tuple[TextBox, ...]:
        """Where cues and graphics stand, in order of time."""
        captions = () if self.captions is None else self.captions.boxes
        return tuple(sorted((*self.graphics.boxes, *captions), key=lambda box: (box.start, box.end, box.text)))


Layer = tuple["Footage", "Piece"] | Plain
"""A piece of a footage, or a plain colour."""


@dataclass
class PieceJob:
    """Layers of some frames, and the pictures that are made of them.

    ``beyond`` as of a `PlacedPiece`; ``ids`` are those of the jobs that make the pictures, once they have been named.
    """

    layers: tuple[Layer, ...]
    fps: Fraction
    beyond: tuple[int, int] = (0, 0)
    drawings: dict[str, tuple[str, Drawing]] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def frames(self) -> int:
        """How many frames it has."""
        layer = self.layers[0]
        return layer.frames if isinstance(layer, Plain) else layer[1].frames

    def describe(self) -> list[dict[str, Any]]:
        """Return what shapes the frames below the drawings, for keys."""
        made = [
            layer.describe() if isinstance(layer, Plain) else describe_window(layer[1], layer[0].display)
            for layer in self.layers
        ]
        return [*made, {"beyond": list(self.beyond)}] if any(self.beyond) else made

    def scene(self) -> Scene:
        """Return what is to be decoded."""
        return Scene(
            tuple(
                layer
                if isinstance(layer, Plain)
                else Window.of(layer[0].path, layer[0].container, layer[0].grid(self.fps), layer[1], layer[0].display)
                for layer in self.layers
            ),
            self.beyond,
        )

    def jobs(self, name: str) -> list[Job]:
        """Return the jobs, under an id: one that decodes once for all pictures, or several where it would be large."""
        scene = self.scene()
        groups = self._group(scene)
        made = []
        for number, results in enumerate(groups, 1):
            own = name if len(groups) == 1 else f"{name}, part {number}/{len(groups)}"
            self.ids.update(dict.fromkeys(results, own))
            made.append(self._job(own, scene, results))
        return made

    def _group(self, scene: Scene) -> list[list[str]]:
        """Return the pictures in as few groups of even work as keep to the memory of a core, if any do."""
        size = {name: drawing.spec.width * drawing.spec.height for name, (_, drawing) in self.drawings.items()}
        ordered = sorted(size, key=lambda name: -size[name])
        for count in range(1, len(ordered) + 1):
            groups: list[list[str]] = [[] for _ in range(count)]
            for name in ordered:
                min(groups, key=lambda group: sum(size[one] for one in group)).append(name)
            if all(self._memory_mb(scene, group) <= CORE_MB for group in groups):
                break
        return groups

    def _job(self, name: str, scene: Scene, results: Sequence[str]) -> Job:
        specs = [self.drawings[result][1].spec for result in results]
        pixels = sum(spec.width * spec.height for spec in specs)
        payload = {
            "kind": "piece",
            "scene": scene.pack(),
            "drawings": {result: self.drawings[result][1].pack() for result in results},
        }
        return Job(
            id=name,
            payload=payload,
            results={result: self.drawings[result][0] for result in results},
            memory_mb=self._memory_mb(scene, results),
            work="piece",
            cost=scene.frames * (pixels + _decoded(scene) / 8) / 1e6,
        )

    def _memory_mb(self, scene: Scene, results: Sequence[str]) -> int:
        """Return the peak memory of drawing and encoding pictures side by side, as measured."""
        drawings = [self.drawings[result][1] for result in results]
        encoding = sum(one.spec.width * one.spec.height * encoding_bytes(one.spec.encoding) for one in drawings)
        graphics = [overlay.graphic for one in drawings for overlay in one.overlays]
        largest = max((graphic.width * graphic.height for graphic in graphics), default=0)
        drawing = largest * 220 + (60e6 if largest else 0)
        return round(90 + (_decoded(scene) * 1.5 * 16 + encoding + drawing) / 1e6)


def _decoded(scene: Scene) -> int:
    """Return the pixels of all that is decoded."""
    return sum(window.display.width * window.display.height for window in scene.windows)


def resolve_backed(layer: Backed, footage: Footage | None, fps: Fraction) -> Plain:
    """Return a colour with what is behind it; ``footage`` is what its frame is taken from."""
    if layer.take is None or footage is None:
        return Plain(layer.colour, layer.frames, Backdrop(layer.veil, layer.still))
    piece, shown = layer.take.piece, footage.display
    window = Window.of(footage.path, footage.container, footage.grid(fps), piece, shown)
    content = digest_value(describe_window(piece, shown))
    return Plain(layer.colour, layer.frames, Backdrop(layer.veil, None, window, content))


@dataclass(frozen=True)
class DrawnPiece:
    """A piece with what is drawn on it, and the key of both."""

    job: PieceJob
    drawing: Drawing
    key: str
