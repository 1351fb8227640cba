"""Which frame makes a cover: a face that is there and large enough, sharp, well lit, no text in it, no dissolve.

Where it is known what is seen in the picture (`PictureRecord`), its shots, faces and texts say which places are worth
decoding; what is decoded is measured in any case. Without it, places are spread evenly, and faces are looked for there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.media.picture import find_nearest
from mediakit.render.cover_judging import AROUND, Rect, is_blended, judge_picture
from mediakit.tools.opening import open_media

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from numpy.typing import NDArray

    from mediakit.media.picture import PictureRecord, Shot

    FindFaces = Callable[[VideoFrame], Sequence[Rect]]
    """Returns the faces in a frame, in shares of the picture as it is shown."""

CANDIDATES = 15
SEEN_CANDIDATES = 12
"""So many of the places that a record recommends are decoded."""

_EDGE_S = 0.35
"""A frame so near to a cut may be part of a transition."""
_NEAR_S = 0.34
_GRID_S = 0.2
_A_SHOT = 3
_LEAD_S = 6.0
_SMALL_FACE, _LARGE_FACE, _HUGE_FACE = 0.06, 0.26, 0.62
_WIDTH = 480
_KEY_S = 1.0
"""A key frame so shortly before a place will do instead of it."""


@dataclass(frozen=True)
class Hint:
    """A place for a cover: ``time`` on the programme's clock, how promising, faces (largest first) and texts there."""

    time: float
    prior: float = 0.0
    faces: tuple[Rect, ...] = ()
    texts: tuple[Rect, ...] = ()

    def pack(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def unpack(cls, data: dict[str, Any]) -> Hint:
        """Return what `pack` gave."""
        faces, texts = (tuple(tuple(rect) for rect in data[name]) for name in ("faces", "texts"))
        return cls(data["time"], data["prior"], faces, texts)


@dataclass(frozen=True)
class View:
    """Where cover frames may be taken from.

    Attributes:
        path: the media file, textless where there is such a twin.
        spans: (start, end) seconds on the programme's clock to choose from.
        zero: the programme's start on the container's clock.
        file_start: the container's first time stamp.
        hints: places that a record recommends; none where nothing is known.
    """

    path: Path
    spans: tuple[tuple[float, float], ...]
    zero: float = 0.0
    file_start: float = 0.0
    hints: tuple[Hint, ...] = ()


def recommend(
    record: PictureRecord, spans: Sequence[tuple[float, float]], *, textless: bool = False, lead: float | None = None
) -> tuple[Hint, ...]:
    """Return the most promising places of a source, the best first, a few a shot.

    Args:
        record: what is seen in it.
        spans: (start, end) seconds to choose from.
        textless: the frames come from a twin without captions and labels.
        lead: when the line is said that leads the programme; near it is better.
    """
    found: list[Hint] = []
    for shot in record.shots:
        made: list[Hint] = []
        for start, end in spans:
            low, high = max(shot.start, start), min(shot.end, end)
            for k in range(int((high - low) / _GRID_S) + 1 if high > low else 0):
                time = low + (k + 0.5) * _GRID_S
                if time < high:
                    made.append(_judge(shot, time, textless, lead))
        made.sort(key=lambda hint: (-hint.prior, hint.time))
        kept: list[Hint] = []
        for hint in made:
            if len(kept) < _A_SHOT and all(abs(hint.time - other.time) > 3 * _GRID_S for other in kept):
                kept.append(hint)
        found += kept
    found.sort(key=lambda hint: (-hint.prior, hint.time))
    return tuple(found[:SEEN_CANDIDATES])


def _judge(shot: Shot, time: float, textless: bool, lead: float | None) -> Hint:
    """Return a place with its faces and texts, and how promising it is, about 0 to 1."""
    faces: list[tuple[float, Rect]] = []
    for person in shot.persons:
        sighting = find_nearest(person.sightings, time)
        if sighting is not None and abs(sighting.time - time) <= _NEAR_S:
            area = sighting.area
            worth = _face_worth(area.height) * (0.5 + 0.5 * sighting.confidence)
            moving = min(sighting.lips, 1.0)  # a mouth that is wide open in mid-word
            rect = (area.x, area.y, area.width, area.height)
            faces.append((worth * _wholeness(rect) * (1 - 0.35 * moving), rect))
    faces.sort(key=lambda one: (-one[1][2] * one[1][3], one[1]))
    shown = [one for one in shot.writing if one.start - 0.1 <= time < one.end + 0.1]
    if textless:
        shown = [one for one in shown if one.kind == "page"]
    texts = tuple((one.area.x, one.area.y, one.area.width, one.area.height) for one in shown)
    score = 0.5 * max((worth for worth, _ in faces), default=0.0) + 0.2
    still = find_nearest(shot.stills, time)
    if still is not None and abs(still.time - time) < 1.0:
        score += 0.2 * still.sharpness
        score *= 1.0 if 0.12 < still.brightness < 0.85 else 0.4
    if lead is not None:
        score += 0.08 * max(1 - abs(time - lead) / _LEAD_S, 0.0)
    score *= 1.0 if min(time - shot.start, shot.end - time) >= _EDGE_S else 0.5
    score *= max(1 - 0.75 * bool(texts) - 2 * sum(width * height for _, _, width, height in texts), 0.1)
    return Hint(round(time, 3), round(score, 6), tuple(rect for _, rect in faces), texts)


def _wholeness(face: Rect) -> float:
    x, y, width, height = face
    return 1.0 if x >= 0.01 and y >= 0.0 and x + width <= 0.99 and y + height <= 1.0 else 0.3


def _face_worth(height: float) -> float:
    """Return how good a face's height (a share of the picture's) is for a cover, 0 to 1."""
    if height > _HUGE_FACE:
        return max(1 - (height - _HUGE_FACE) * 2, 0.4)
    return min(max((height - _SMALL_FACE) / (_LARGE_FACE - _SMALL_FACE), 0.0), 1.0)


@dataclass(frozen=True)
class Chosen:
    """The frame that was chosen: its view, its time on the programme's clock, and what is known of it."""

    view: View
    time: float
    hint: Hint


def choose_frame(views: Sequence[View], find_faces: FindFaces | None = None) -> Chosen:
    """Return the frame that makes the best cover.

    Args:
        views: where to look.
        find_faces: looks for faces where no record tells of them.

    Raises:
        InputError: no frame can be decoded.
    """
    found: list[tuple[float, int, float, Hint]] = []
    for number, (view, hints) in enumerate(zip(views, _places(views), strict=True)):
        for hint, time, score in _measure(view, hints, find_faces):
            found.append((round(score, 6), -number, -time, hint))
    if not found:
        raise InputError("no frame can be decoded for a cover", where=views[0].path if views else None)
    _, number, time, hint = max(found, key=lambda one: one[:3])
    return Chosen(views[-number], -time, hint)


def _places(views: Sequence[View]) -> list[tuple[Hint, ...]]:
    """Return the places to look at in every view."""
    if any(view.hints for view in views):
        return [view.hints for view in views]
    lengths = [sum(end - start for start, end in view.spans) for view in views]
    total = sum(lengths)
    wanted = [total * (0.06 + 0.88 * (number + 0.5) / CANDIDATES) for number in range(CANDIDATES)]
    made, begin = [], 0.0
    for view, length in zip(views, lengths, strict=True):
        times = [_time_at(view.spans, place - begin) for place in wanted if begin <= place < begin + length]
        made.append(tuple(Hint(time) for time in times))
        begin += length
    return made


def _time_at(spans: Sequence[tuple[float, float]], place: float) -> float:
    """Return the time that lies ``place`` seconds into the spans."""
    for start, end in spans:
        if place < end - start:
            return start + place
        place -= end - start
    return spans[-1][1]


def _measure(view: View, hints: Sequence[Hint], find_faces: FindFaces | None) -> Iterator[tuple[Hint, float, float]]:
    """Yield (place, its frame's time, score) of what can be decoded."""
    if not hints:
        return
    for hint, frames in _decode(view, hints):
        times = [time for time, _, _ in frames]
        near = min(range(len(frames)), key=lambda k: abs(times[k] - hint.time))
        middle = near if hint.prior or AROUND <= near < len(frames) - AROUND else len(frames) // 2
        pictures = [picture for _, picture, _ in frames]
        worth = 0.0
        if find_faces is not None and not hint.prior:
            hint, worth = _look_for_faces(hint, find_faces(frames[middle][2]))
        score = judge_picture(pictures[middle], next(iter(hint.faces), None), known=hint.prior > 0)
        score += worth + 2 * hint.prior
        if is_blended(pictures, middle):
            score *= 0.3
        time = times[middle]
        if not any(start - 1e-3 <= time < end for start, end in view.spans):
            score, time = score * 0.8, hint.time
        yield hint, time, score


def _look_for_faces(hint: Hint, found: Sequence[Rect]) -> tuple[Hint, float]:
    """Return a place with the faces that were found there, largest first, and what the best is worth."""
    faces = sorted(found, key=lambda rect: (-rect[2] * rect[3], rect))
    worth = max((_face_worth(rect[3]) * _wholeness(rect) for rect in faces), default=0.0)
    return replace(hint, faces=tuple(faces)), worth


def _decode(view: View, hints: Sequence[Hint]) -> Iterator[tuple[Hint, list[tuple[float, NDArray[Any], VideoFrame]]]]:
    """Yield every place with some frames around it as (time, small luma, frame).

    Places that are recommended are decoded to the frame; others from a key frame shortly before them, if there is one.
    """
    with open_media(view.path) as container:
        if not container.streams.video:
            raise InputError("has no picture for a cover", where=view.path)
        stream = container.streams.video[0]
        base = stream.time_base
        assert base is not None
        for hint in sorted(hints, key=lambda one: one.time):
            container.seek(max(int((view.zero + hint.time) / base), 0), stream=stream, backward=True)
            kept: list[tuple[float, NDArray[Any], VideoFrame]] = []
            exact = hint.prior > 0
            after = 0
            for number, frame in enumerate(_decode_near(container, stream, view.zero + hint.time)):
                time = float(frame.pts * base) - view.zero
                exact = exact or (number == 0 and time < hint.time - _KEY_S)
                reached = time >= hint.time - 1e-3
                if not exact or time > hint.time - 0.4:
                    kept.append((time, _small(frame), frame))
                after += reached or not exact
                if after > (AROUND if exact else 2 * AROUND):
                    break
            if kept:
                yield hint, kept


def _decode_near(container: InputContainer, stream: Any, wanted: float) -> Iterator[Any]:
    """Yield frames; well before a time (seconds), only those of which others are made."""
    for packet in container.demux(stream):
        early = packet.pts is not None and float(packet.pts * stream.time_base) < wanted - 1.0
        stream.codec_context.skip_frame = "NONREF" if early else "DEFAULT"
        for frame in packet.decode():
            if frame.pts is not None:
                yield frame


def _small(frame: VideoFrame) -> NDArray[Any]:
    """Return a frame's luma, 480 pixels wide or less, as it is shown."""
    import numpy as np

    width = min(_WIDTH, frame.width)
    height = max(round(frame.height * width / frame.width / 2) * 2, 2)
    small = frame.reformat(width=width // 2 * 2 or 2, height=height, format="gray", interpolation="AREA")
    return np.asarray(np.rot90(small.to_ndarray(), frame.rotation // 90), dtype=np.float32)
