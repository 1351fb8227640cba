"""``framing.yaml`` on disk: written to be read and changed by a person, read with the line of every mistake."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.document import write_text_atomic
from mediakit.media.framing import Camera, FramedShot, Framing, Part, View, format_shape, resolve
from mediakit.media.times import format_place, format_rate
from mediakit.media.yamlmodel import read_model
from mediakit.media.yamltree import Limits, Tree

if TYPE_CHECKING:
    from mediakit.media.framing import Override
    from mediakit.media.mistakes import Mistake
    from mediakit.media.yamltree import Place

_LIMITS = Limits(size=32 << 20, values=4_000_000, name="framing file")
_PLAIN = re.compile(r"[A-Za-z][\w ,.();%-]*")
_HEADER = """\
# Which part of the picture a frame of another shape shows, shot by shot. Change what you like: this file is an input
# from then on and is never overwritten. To decide a shot yourself, write one of these below its `end:` (for every
# shape) or below its `why:` (for that shape only):
#   window: {x: 0.50, y: 0.50, height: 1.0}   a window that stands still: middle and height, in shares of the picture
#   follow: 2                                 stay with person 2 (one of those at `person:` and below `people:`)
#   fit: blur                                 show the whole picture: blur, pad or stack; or split: two people, one
#                                             above the other (where there is `halves:`)
"""


def format_framing(framing: Framing) -> str:
    """Return the text of ``framing.yaml``; equal framings, equal text."""
    shapes = ", ".join(f'"{format_shape(shape)}"' for shape in framing.shapes)
    lines = [
        _HEADER + f"schema: {Framing.kind}",
        *([f"source_digest: {json.dumps(framing.source_digest)}"] if framing.source_digest else []),
        f"width: {framing.width}",
        f"height: {framing.height}",
        f'fps: "{format_rate(framing.fps)}"',
        f"shapes: [{shapes}]",
        "shots:",
    ]
    for number, shot in enumerate(framing.shots, 1):
        lines += _format_shot(number, shot)
    return "\n".join(lines) + "\n"


def write_framing(framing: Framing, path: Path) -> None:
    """Write ``framing.yaml``, atomically."""
    write_text_atomic(path, format_framing(framing))


def _format_shot(number: int, shot: FramedShot) -> Iterator[str]:
    yield f"\n  # shot {number}: {shot.end - shot.start:.1f} s"
    yield f"  - start: {format_place(shot.start, 3)}"
    yield f"    end: {format_place(shot.end, 3)}"
    yield from _format_override(shot, "    ")
    yield "    views:"
    for shape, view in shot.views.items():
        yield f'      "{shape}":'
        yield f"        why: {_text(view.why)}"
        yield from _format_override(view, "        ")
        yield "        parts:"
        for part in view.parts:
            yield f"          - {_format_part(part)}"
        if view.people:
            yield "        people:"
            for person, camera in view.people.items():
                yield f"          {person}: {_camera(camera)}"
        if view.halves:
            yield f"        halves: [{', '.join(map(_camera, view.halves))}]"


def _format_override(asked: Override, indent: str) -> Iterator[str]:
    if asked.window is not None:
        window = asked.window
        yield f"{indent}window: {{x: {window.x:g}, y: {window.y:g}, height: {window.height:g}}}"
    if asked.follow is not None:
        yield f"{indent}follow: {asked.follow}"
    if asked.fit is not None:
        yield f"{indent}fit: {asked.fit}"


def _format_part(part: Part) -> str:
    words = [] if part.begin is None else [f"begin: {format_place(part.begin, 3)}"]
    words += [] if part.person is None else [f"person: {part.person}"]
    if part.window is not None:
        words.append(f"window: {_camera(part.window)}")
    if part.split is not None:
        words.append(f"split: [{', '.join(map(_camera, part.split))}]")
    if part.fit is not None:
        words.append(f"fit: {part.fit}")
    return f"{{{', '.join(words)}}}"


def _camera(camera: Camera) -> str:
    return f'{{height: {camera.height:g}, path: "{camera.path}"}}'


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) and text.strip() == text else json.dumps(text, ensure_ascii=False)


def read_framing(path: Path, *, duration: float | None = None) -> Framing:
    """Read and check ``framing.yaml``.

    Args:
        path: the file.
        duration: the source's length in seconds, within which every shot begins.

    Raises:
        InputError: missing or unreadable.
        RecipeError: wrong at a line and column, with the nearest right word where there is one.
    """
    start = f"start with `schema: {Framing.kind}` and `shots:`"
    read = read_model(path, Framing, wanted="is not a framing file", hint=start, limits=_LIMITS, placed=_at_second)
    _check_shots(read.value, duration, read.tree)
    return read.value


def _at_second(mistake: Mistake, tree: Tree) -> Mistake:
    """Return a mistake at the second of two words that exclude each other."""
    if "exclude each other" in mistake.text:
        second = (*mistake.place, mistake.text.partition(" and ")[2].partition(" ")[0])
        if second in tree.keys:
            return replace(mistake, place=second)
    return mistake


def _check_shots(framing: Framing, duration: float | None, tree: Tree) -> None:
    for number, shot in enumerate(framing.shots):
        place: Place = ("shots", number)
        if duration is not None and shot.start >= duration:
            message = (
                f"the shot starts at {format_place(shot.start, 3)}, and the source ends at {format_place(duration, 3)}"
            )
            raise tree.error((*place, "start"), message, "is it the framing of another file?", at_key=True)
        for shape in framing.shapes:
            _check_view(shot, shape, framing.picture, (*place, "views", format_shape(shape)), tree)


def _check_view(shot: FramedShot, shape: Fraction, picture: Fraction, place: Place, tree: Tree) -> None:
    view = shot.views.get(format_shape(shape))
    if view is None:
        raise tree.error(place[:-1], f"there is no view of {place[-1]}, which `shapes` names", at_key=True)
    try:
        resolve(shot, view, shape, picture)
    except ValueError as exc:
        asked: View | FramedShot = view if view.overrides else shot
        word = "follow" if asked.follow is not None else "fit"
        raise tree.error((*(place if asked is view else place[:-2]), word), str(exc), at_key=True) from exc
