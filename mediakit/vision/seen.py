"""What was seen in one stretch of a picture stream, as a job leaves it; times are ticks after the stretch's start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from mediakit.errors import InputError
from mediakit.media.document import Document, Value

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_GLANCES, _THUMBS = "glances.json", "thumbs.npz"


class SeenFace(Value):
    """A face, in shares of the picture; ``look`` is its colours on a grid of 4 × 4, three levels each."""

    x: float
    y: float
    width: float
    height: float
    confidence: float
    lips: float = 0.0
    look: tuple[int, ...] = ()


class SeenLine(Value):
    """A line of text, in shares of the picture; ``look`` is a tiny picture of it."""

    x: float
    y: float
    width: float
    height: float
    look: tuple[int, ...] = ()


class Glance(Value):
    """What was seen at one tick; None where it was not looked for."""

    tick: int
    faces: tuple[SeenFace, ...] | None = None
    lines: tuple[SeenLine, ...] | None = None
    movement: tuple[float, float, float] | None = None
    still: tuple[float, float] | None = None


class Glances(Document):
    """All glances of a stretch, in order of time."""

    kind: ClassVar[str] = "mediakit/glances/1"

    glances: tuple[Glance, ...] = Field(default=())


@dataclass(frozen=True)
class Seen:
    """A stretch: glances, and a thumbnail of every frame with its tick."""

    glances: tuple[Glance, ...]
    ticks: NDArray[np.int64]
    thumbs: NDArray[np.uint8]

    def write(self, folder: Path) -> None:
        """Write it into a folder; equal values give equal bytes."""
        import numpy as np

        folder.mkdir(parents=True, exist_ok=True)
        Glances(glances=self.glances).write(folder / _GLANCES)
        part = folder / f".{_THUMBS}"
        with part.open("wb") as stream:
            np.savez_compressed(stream, ticks=self.ticks, thumbs=self.thumbs)
        part.replace(folder / _THUMBS)

    @classmethod
    def read(cls, folder: Path) -> Seen:
        """Read what `write` wrote.

        Raises:
            InputError: missing or damaged.
        """
        import zipfile

        import numpy as np

        glances = Glances.read(folder / _GLANCES).glances
        try:
            with np.load(folder / _THUMBS, allow_pickle=False) as data:
                return cls(glances, np.asarray(data["ticks"], dtype=np.int64), np.asarray(data["thumbs"], np.uint8))
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as exc:
            raise InputError("cannot be read", where=folder / _THUMBS) from exc
