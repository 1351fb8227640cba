"""A picture that is encoded in one go: one job with one result, over all pieces of a programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mediakit.render.fields import choose_carriage, describe_carriage
from mediakit.render.scene import Plain
from mediakit.render.whole import Part, encode_whole, pack_parts, unpack_parts, whole_file, whole_key
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from mediakit.render.drawing import Drawing
    from mediakit.render.fields import Carriage
    from mediakit.render.spec import PictureSpec
    from mediakit.steps.render_piece import PieceJob

KIND = "whole"
_CODING_COST = 3.0
"""Work of a pixel against that of a piece's encoder at a middling preset, with the frames' way through the pipe."""


@dataclass
class WholeJob:
    """A programme's picture for one spec, under the key of all that it shows.

    ``notes`` say how the sources' frames and fields travel.
    """

    spec: PictureSpec
    parts: list[Part] = field(default_factory=list)
    keys: list[tuple[str, tuple[Carriage, ...]]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    id: str = ""

    def add(self, piece: PieceJob, drawing: Drawing, key: str) -> None:
        """Append a piece with what is drawn on it, and the key of both."""
        carriages: list[Carriage] = []
        for layer in piece.layers:
            if isinstance(layer, Plain):
                carriages.append("frames")
                continue
            footage = layer[0]
            carriages.append(choose_carriage(footage.display, footage.rate, self.spec))
            note = describe_carriage(footage.display, footage.rate, self.spec)
            if note and note not in self.notes:
                self.notes.append(note)
        encoding = self.spec.encoding
        if encoding.whole and not self.notes:
            self.notes.append(f"encoded in one go: pieces of {encoding.encoder_name} cannot be joined")
        self.parts.append(Part(piece.scene(), tuple(carriages), drawing))
        self.keys.append((key, tuple(carriages)))

    @property
    def key(self) -> str:
        """Content key of the whole picture."""
        return whole_key(self.keys)

    @property
    def name(self) -> str:
        """Name of the one result."""
        return self.key[:20]

    def job(self, name: str) -> Job:
        """Return the job, under an id."""
        self.id = name
        pixels = self.spec.width * self.spec.height
        frames = sum(part.frames for part in self.parts)
        decoded = max(_decoded_pixels(part) for part in self.parts)
        return Job(
            id=name,
            payload={"kind": KIND, **pack_parts(self.parts)},
            results={self.name: self.key},
            cores=2,
            work="whole picture",
            memory_mb=_memory_mb(decoded, pixels),
            cost=frames * (pixels * _CODING_COST + decoded / 8) / 1e6,
        )


def _decoded_pixels(part: Part) -> int:
    return sum(window.display.width * window.display.height for window in part.scene.windows)


def _memory_mb(decoded: int, pixels: int) -> int:
    """Return the peak memory of one part's ffmpeg and the encoder together, as measured, from pixels of a frame."""
    return round(130 + (decoded * 1.5 * 16 + pixels * 80) / 1e6)


def run_whole_job(job: Job, wanted: Sequence[str], context: Context) -> None:
    """Encode the picture into the wanted result's folder."""
    for name in wanted:
        folder = context.out / name
        folder.mkdir(parents=True, exist_ok=True)
        parts = unpack_parts(job.payload)
        encode_whole(
            parts,
            folder / whole_file(parts[0].drawing.spec),
            task=f"{context.node} {job.id}",
            scratch=context.scratch,
            on_progress=context.progress,
            is_cancelled=context.is_cancelled,
        )
