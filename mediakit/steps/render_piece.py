"""One piece of a render: what is drawn on it, and the job that encodes all its pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mediakit.media.digests import digest_value
from mediakit.media.rendition import TextBox
from mediakit.render.drawing import Drawing, shift_frames
from mediakit.render.encoders import encoder_threads
from mediakit.render.scene import Backdrop, Plain, Scene, Window, describe_window
from mediakit.steps.base import Job
from mediakit.steps.render_graphics import Graphics

if TYPE_CHECKING:
    from mediakit.media.cues import CueSheet
    from mediakit.render.caption_style import CaptionStyle
    from mediakit.render.pieces import Piece
    from mediakit.render.programme import Backed, PlacedPiece
    from mediakit.steps.render_material import Footage
    from mediakit.tools.fonts import FontFile

_HALF = Fraction(1, 2)
_ENCODING_BYTES = {1: 112, 2: 140}
"""What an encoder takes for a pixel of its picture, by its threads, as measured with preset medium."""


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
    """Layers of some frames, and the pictures that are made of them; ``beyond`` as of a `PlacedPiece`."""

    layers: tuple[Layer, ...]
    fps: Fraction
    beyond: tuple[int, int] = (0, 0)
    drawings: dict[str, tuple[str, Drawing]] = field(default_factory=dict)
    id: str = ""

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

    def job(self, name: str) -> Job:
        """Return the job, under an id."""
        self.id = name
        scene = self.scene()
        payload = {
            "kind": "piece",
            "scene": scene.pack(),
            "drawings": {result: drawing.pack() for result, (_, drawing) in self.drawings.items()},
        }
        specs = [drawing.spec for _, drawing in self.drawings.values()]
        pixels = sum(spec.width * spec.height for spec in specs)
        encoding = sum(spec.width * spec.height * _ENCODING_BYTES[encoder_threads(spec.encoding)] for spec in specs)
        decoded = sum(window.display.width * window.display.height for window in scene.windows)
        graphics = [overlay.graphic for _, drawing in self.drawings.values() for overlay in drawing.overlays]
        largest = max((graphic.width * graphic.height for graphic in graphics), default=0)
        return Job(
            id=name,
            payload=payload,
            results={result: key for result, (key, _) in self.drawings.items()},
            cores=max(encoder_threads(spec.encoding) for spec in specs),
            memory_mb=_memory_mb(decoded, encoding, largest),
            work="piece",
            cost=scene.frames * (pixels + decoded / 8) / 1e6,
        )


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


def _memory_mb(decoded: int, encoding: int, graphic: int) -> int:
    """Return the peak memory of drawing and then encoding pictures side by side, as measured.

    Args:
        decoded: pixels of all that is decoded.
        encoding: bytes that the encoders take.
        graphic: pixels of the largest graphic; 0 for none.
    """
    drawing = graphic * 220 + (60e6 if graphic else 0)
    return round(90 + (decoded * 1.5 * 16 + encoding + drawing) / 1e6)
