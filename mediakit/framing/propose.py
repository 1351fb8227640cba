"""A source's framing from what was seen in its picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from mediakit.framing.choose import SAME, Manner, Scene, choose_view
from mediakit.framing.people import main_people
from mediakit.framing.texts import carries_captions, find_marks, texts_of_shot
from mediakit.media.framing import FramedShot, Framing, Part, View, format_shape
from mediakit.media.picture import PictureRecord

REVISION = 1
"""Goes up when the same record would give another framing."""


def propose_framing(
    record: PictureRecord,
    shapes: Sequence[Fraction],
    manner: Manner,
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Framing:
    """Return the windows of a source for frames of some shapes (width by height).

    Args:
        record: what was seen.
        shapes: at least one.
        manner: how windows are chosen.
        on_progress: told the share that is done.
    """
    texts_count = manner.texts == "keep"
    marks = find_marks(record) if texts_count else ()
    captioned = texts_count and carries_captions(record)
    picture = Fraction(record.width, record.height)
    shots = []
    for number, shot in enumerate(record.shots):
        on_progress(number / len(record.shots))
        texts = texts_of_shot(shot, marks, picture) if texts_count else ()
        scene = Scene(shot, main_people(shot), texts, (record.width, record.height))
        views = {}
        for shape in shapes:
            view = choose_view(scene, shape, manner)
            views[format_shape(shape)] = _whole(view, manner) if captioned else view
        shots.append(FramedShot(start=shot.start, end=shot.end, views=views))
    return Framing(
        source_digest=record.source_digest,
        width=record.width,
        height=record.height,
        fps=record.fps,
        shapes=tuple(shapes),
        shots=tuple(shots),
    )


def _whole(view: View, manner: Manner) -> View:
    """Return a view that shows the whole picture, as its source carries captions in most of its shots."""
    if view.parts[0].fit is not None or view.why == SAME:
        return view
    why = "shown whole: captions are burned into the source, and a window would cut them"
    return view.model_copy(update={"parts": (Part(fit=manner.fallback),), "why": why})
