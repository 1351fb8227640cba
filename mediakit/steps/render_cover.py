"""Covers: a good frame is found in a job of its own; the pictures that a channel wants are made from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import gcd
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.digests import digest_value
from mediakit.steps.inputs import Problem
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from mediakit.channels.models import Channel, Cover
    from mediakit.media.spans import Box
    from mediakit.render.brand import Brand
    from mediakit.render.cover_choice import Chosen, FindFaces, View
    from mediakit.render.cover_judging import Rect
    from mediakit.steps.render_planned import Output
    from mediakit.steps.render_subject import CoverPlace
    from mediakit.tools.fonts import FontFile

RESULT = "frame"
REVISION = 5
"""Part of every cover frame's key; goes up when the same films would give another frame."""
_FRAME = "frame.png"
_FACTS = "frame.json"


def cover_job(places: Sequence[CoverPlace], ffmpeg: str) -> Job:
    """Return the job that finds and takes a programme's cover frame."""
    from mediakit.tools.versions import version
    from mediakit.tools.vision_models import vision_digest

    described = [
        {
            "file": place.digest,
            "zero": str(place.zero),
            "spans": [[str(start), str(end)] for start, end in place.spans],
            "hints": [hint.pack() for hint in place.hints],
            "pinned": None if place.pinned is None else str(place.pinned),
        }
        for place in places
    ]
    unseen = not any(place.hints or place.pinned is not None for place in places)
    made_with = {"ffmpeg": ffmpeg, "av": version("av"), **({"faces": vision_digest("faces")} if unseen else {})}
    key = digest_value({"cover": REVISION, "places": described, **made_with})
    payload = {
        "kind": "cover",
        "unseen": unseen,
        "views": [
            {
                "path": str(place.path),
                "spans": [[float(start), float(end)] for start, end in place.spans],
                "zero": float(place.zero),
                "file_start": float(place.file_start),
                "hints": [hint.pack() for hint in place.hints],
                "pinned": None if place.pinned is None else float(place.pinned),
            }
            for place in places
        ],
    }
    return Job(id=f"cover {key[:8]}", payload=payload, results={RESULT: key}, memory_mb=400, cost=20.0, work="cover")


def run_cover_job(job: Job, context: Context) -> None:
    """Write the frame and what is seen in it; where there is none, the folder stays empty and a problem says so."""
    from mediakit.errors import InputError, ToolError
    from mediakit.render.cover import grab_frame

    folder = context.out / RESULT
    folder.mkdir(parents=True, exist_ok=True)
    try:
        chosen = _choose(job.payload["views"], unseen=job.payload["unseen"])
        grab_frame(chosen.view, chosen.time, context.scratch).save(folder / _FRAME, compress_level=1)
        facts = {"time": chosen.time, "faces": chosen.hint.faces, "texts": chosen.hint.texts}
        (folder / _FACTS).write_text(json.dumps(facts), encoding="utf-8")
    except (InputError, ToolError) as exc:
        context.note_problem(Problem(6, "cover", f"no cover was made: {exc}", exc.hint))


def _choose(packed: Sequence[Mapping[str, Any]], *, unseen: bool) -> Chosen:
    """Return the frame that was asked for by its time, else the best one; ``unseen``: no record tells of faces."""
    from mediakit.render.cover_choice import Chosen, Hint, choose_frame
    from mediakit.tools.vision_models import find_vision_model

    views = [_view(data) for data in packed]
    for data, view in zip(packed, views, strict=True):
        if data["pinned"] is not None:
            hint = view.hints[0] if view.hints else Hint(data["pinned"])
            return Chosen(view, data["pinned"], hint)
    faces = find_vision_model("faces") if unseen else None
    return choose_frame(views, open_face_finder(faces.path) if faces else None)


def open_face_finder(model: Path) -> FindFaces:
    """Return what finds faces in a decoded frame."""
    from mediakit.vision.faces import LONGEST, MULTIPLE, FaceFinder
    from mediakit.vision.view import Picture
    from mediakit.vision.view import View as Shown

    finder = FaceFinder(model)

    def find(frame: VideoFrame) -> Sequence[Rect]:
        turned = frame.rotation % 180 != 0
        width, height = (frame.height, frame.width) if turned else (frame.width, frame.height)
        shown = Shown(frame.width, frame.height, width, height, rotation=-frame.rotation % 360)
        picture = Picture(frame, shown).rgb(*shown.fit(LONGEST, MULTIPLE))
        return [(face.x, face.y, face.width, face.height) for face in finder.find(picture)]

    return find


def _view(data: Mapping[str, Any]) -> View:
    from mediakit.render.cover_choice import Hint, View

    spans = tuple((start, end) for start, end in data["spans"])
    hints = tuple(Hint.unpack(hint) for hint in data["hints"])
    return View(Path(data["path"]), spans, data["zero"], data["file_start"], hints)


@dataclass(frozen=True)
class CoverMaker:
    """Makes covers of a frame; ``brand`` gives the look, ``font`` is for titles, ``terms`` stay whole in them."""

    brand: Brand | None
    font: FontFile | None
    terms: tuple[str, ...] = ()

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
        facts = json.loads((frame / _FACTS).read_text(encoding="utf-8"))
        for cover in output.channel.all_covers:
            path = folder / cover_name(cover, {one.name for one in made})
            make_cover(
                shown,
                cover,
                path,
                title=title,
                brand=self.brand,
                font=self.font,
                faces=facts["faces"],
                texts=facts["texts"],
                safe=_safe(output.channel, cover),
                terms=self.terms,
            )
            made.append(path)
        return made


def _safe(channel: Channel, cover: Cover) -> Box | None:
    """Return the box that a title stays in on a cover of the frame's own shape; None on another one."""
    from mediakit.render.layout import safe_box

    frame = channel.frame
    if frame is None or frame.width * cover.height != frame.height * cover.width:
        return None
    return safe_box(channel, cover.width, cover.height)


def cover_name(cover: Cover, taken: set[str]) -> str:
    """Return ``cover-3x4.jpg``, or ``cover-1146x717.jpg`` where the ratio has no small numbers or is taken."""
    part = gcd(cover.width, cover.height)
    across, down = cover.width // part, cover.height // part
    name = f"cover-{across}x{down}.{cover.format}"
    if across > 40 or down > 40 or name in taken:
        name = f"cover-{cover.width}x{cover.height}.{cover.format}"
    return name
