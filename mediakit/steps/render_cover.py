"""Covers: a good frame is found in a job of its own; the pictures that a channel wants are made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.digests import digest_value
from mediakit.steps.base import Context, Job, Problem

if TYPE_CHECKING:
    from mediakit.channels.models import Cover
    from mediakit.render.brand import Brand
    from mediakit.steps.render_plan import Output
    from mediakit.steps.render_subject import CoverPlace
    from mediakit.tools.fonts import FontFile

RESULT = "frame"
_FRAME = "frame.png"


def cover_job(places: Sequence[CoverPlace], ffmpeg: str) -> Job:
    """Return the job that finds and takes a programme's cover frame."""
    from mediakit.render.cover import REVISION
    from mediakit.tools.versions import version

    spans = [[[str(start), str(end)] for start, end in place.spans] for place in places]
    digests = [[place.digest, str(place.zero), *spans[number]] for number, place in enumerate(places)]
    key = digest_value({"cover": REVISION, "places": digests, "ffmpeg": ffmpeg, "av": version("av")})
    payload = {
        "kind": "cover",
        "views": [
            {
                "path": str(place.path),
                "spans": [[float(start), float(end)] for start, end in place.spans],
                "zero": float(place.zero),
                "file_start": float(place.file_start),
            }
            for place in places
        ],
    }
    return Job(id=f"cover {key[:8]}", payload=payload, results={RESULT: key}, memory_mb=250, cost=20.0, work="cover")


def run_cover_job(job: Job, context: Context) -> None:
    """Write the frame; where there is none, the folder stays empty and a problem says so."""
    from mediakit.errors import InputError, ToolError
    from mediakit.render.cover import View, choose_frame, grab_frame

    folder = context.out / RESULT
    folder.mkdir(parents=True, exist_ok=True)
    try:
        view, time = choose_frame([_view(View, data) for data in job.payload["views"]])
        grab_frame(view, time, context.scratch).save(folder / _FRAME, compress_level=1)
    except (InputError, ToolError) as exc:
        context.note_problem(Problem(6, "cover", f"no cover was made: {exc}", exc.hint))


def _view(kind: Any, data: Mapping[str, Any]) -> Any:
    spans = tuple((start, end) for start, end in data["spans"])
    return kind(Path(data["path"]), spans, data["zero"], data["file_start"])


@dataclass(frozen=True)
class CoverMaker:
    """Makes covers of a frame; ``brand`` gives the colours, ``font`` is for titles."""

    brand: Brand | None
    font: FontFile | None

    def make(self, output: Output, frame: Path, folder: Path, title: str) -> list[Path]:
        """Write all covers that a rendition's channel wants, from what a cover job left in ``frame``.

        Raises:
            InputError: a title does not fit, or a file cannot be made small enough.
        """
        from PIL import Image

        from mediakit.render.cover import make_cover

        if not (frame / _FRAME).is_file():
            return []
        made: list[Path] = []
        with Image.open(frame / _FRAME) as picture:
            shown = picture.convert("RGB")
        for cover in output.channel.all_covers:
            path = folder / cover_name(cover, {one.name for one in made})
            make_cover(shown, cover, path, title=title, brand=self.brand, font=self.font)
            made.append(path)
        return made


def cover_name(cover: Cover, taken: set[str]) -> str:
    """Return ``cover-3x4.jpg``, or ``cover-1146x717.jpg`` where the ratio has no small numbers or is taken."""
    part = gcd(cover.width, cover.height)
    across, down = cover.width // part, cover.height // part
    name = f"cover-{across}x{down}.{cover.format}"
    if across > 40 or down > 40 or name in taken:
        name = f"cover-{cover.width}x{cover.height}.{cover.format}"
    return name
