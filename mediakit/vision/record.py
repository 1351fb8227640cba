"""Puts what was seen in the stretches of a source together: shots over their edges, and what is in each shot."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from mediakit.media.picture import Movement, PictureRecord, Shot, Still
from mediakit.vision.shots import find_changes
from mediakit.vision.tracking import follow_faces
from mediakit.vision.writing import find_writing

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo, VideoStream
    from mediakit.vision.seen import Glance, Seen

Unseen = Literal["faces", "text"]


def make_record(
    info: MediaInfo,
    picture: VideoStream,
    time_base: Fraction,
    parts: Sequence[tuple[int, Seen]],
    unseen: Sequence[Unseen] = (),
) -> PictureRecord:
    """Return the record of a source.

    Args:
        info: facts of the file.
        picture: the stream that was looked at.
        time_base: seconds a tick.
        parts: of every stretch, in order: how many ticks after the picture's first frame it starts, what was seen.
        unseen: what was not looked for.

    Raises:
        ValueError: no frame was seen at all.
    """
    import numpy as np

    ticks = np.concatenate([start + seen.ticks for start, seen in parts])
    if not len(ticks):
        raise ValueError("no frame could be decoded")
    times = ticks * (time_base.numerator / time_base.denominator)
    thumbs = np.concatenate([seen.thumbs for _, seen in parts])
    changes = find_changes(thumbs, times)
    end = max(picture.duration, float(times[-1]) + 0.001)
    edges = [0.0, *(round(float(times[change.at]), 6) for change in changes), round(end, 6)]
    spans = list(itertools.pairwise(edges))
    glances: list[list[tuple[float, Glance]]] = [[] for _ in spans]
    for start, seen in parts:
        for glance in seen.glances:
            time = round(float((start + glance.tick) * time_base), 6)
            glances[min(bisect_right(edges, time), len(spans)) - 1].append((time, glance))
    lines = [[(time, one.lines) for time, one in part if one.lines is not None] for part in glances]
    tall = picture.display_height > picture.display_width
    writing = find_writing(spans, lines, tall=tall)
    shots = []
    for (first, last), part, texts in zip(spans, glances, writing, strict=True):
        faces = [(time, one.faces) for time, one in part if one.faces is not None]
        shots.append(
            Shot(
                start=first,
                end=last,
                persons=follow_faces(faces, last - first),
                writing=texts,
                movement=tuple(
                    Movement(time=time, x=one.movement[0], y=one.movement[1], amount=one.movement[2])
                    for time, one in part
                    if one.movement is not None
                ),
                stills=tuple(
                    Still(time=time, sharpness=one.still[0], brightness=one.still[1])
                    for time, one in part
                    if one.still is not None
                ),
            )
        )
    return PictureRecord(
        source_digest=info.digest,
        width=picture.display_width,
        height=picture.display_height,
        fps=picture.nominal_fps or picture.fps,
        duration=round(end, 6),
        shots=tuple(shots),
        unseen=tuple(unseen),
    )
