"""Covers of renditions: one good frame a programme, from the textless picture where there is one."""

from __future__ import annotations

from fractions import Fraction
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

    from mediakit.channels.models import Cover
    from mediakit.render.brand import Brand
    from mediakit.steps.render_material import Footage, Material
    from mediakit.steps.render_plan import Output
    from mediakit.tools.fonts import FontFile


class CoverMaker:
    """Makes covers; the frame of a programme is looked for once.

    Args:
        material: what is rendered.
        brand: its colours are used.
        font: for titles.
        scratch: a folder for temporary files.
    """

    def __init__(self, material: Material, brand: Brand | None, font: FontFile | None, scratch: Path) -> None:
        self._material = material
        self._brand = brand
        self._font = font
        self._scratch = scratch
        self._frames: dict[tuple[tuple[Fraction, Fraction], ...], Image] = {}

    @property
    def footage(self) -> Footage | None:
        """Whose picture covers are taken from."""
        return next((one.footage for one in reversed([*self._material.sources.values()]) if one.footage), None)

    def make(self, output: Output, folder: Path, title: str) -> list[Path]:
        """Write all covers that a rendition's channel wants; none where the source has no picture.

        Raises:
            InputError: a title does not fit, or a file cannot be made small enough.
            ToolError: no frame could be taken.
        """
        from mediakit.render.cover import make_cover

        if self.footage is None:
            return []
        made: list[Path] = []
        for cover in output.channel.all_covers:
            path = folder / cover_name(cover, {one.name for one in made})
            frame = self._frame(output.spans)
            make_cover(frame, cover, path, title=title, brand=self._brand, font=self._font)
            made.append(path)
        return made

    def _frame(self, spans: tuple[tuple[Fraction, Fraction], ...]) -> Image:
        from mediakit.render.cover import choose_frame, grab_frame

        if spans not in self._frames:
            footage = self.footage
            assert footage is not None
            zero, start = float(footage.grid(Fraction(25)).zero_time), float(footage.start_s)
            time = choose_frame(footage.path, [(float(a), float(b)) for a, b in spans], zero=zero)
            self._frames[spans] = grab_frame(footage.path, time, self._scratch, zero=zero, file_start=start)
        return self._frames[spans]


def cover_name(cover: Cover, taken: set[str]) -> str:
    """Return ``cover-3x4.jpg``, or ``cover-1146x717.jpg`` where the ratio has no small numbers or is taken."""
    part = gcd(cover.width, cover.height)
    across, down = cover.width // part, cover.height // part
    name = f"cover-{across}x{down}.{cover.format}"
    if across > 40 or down > 40 or name in taken:
        name = f"cover-{cover.width}x{cover.height}.{cover.format}"
    return name
