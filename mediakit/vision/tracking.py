"""Faces followed through a shot: which sighting is whose, what lies between, who is large and long on screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mediakit.media.picture import Area, Person, Sighting
from mediakit.vision.seen import SeenFace

LONGEST_GAP_S = 1.2
"""A face that is lost for so long is filled in between."""
_RETURN_S = 4.0
_SLOT_S = 0.2
_USUAL_GAP_S = 0.45
_SURE = 0.55
_VERY_SURE = 0.7
_SHORT_S = 0.6
_MOST = 12
_LEAST_OVERLAP = 0.1
_REACH = 0.8
_FASTEST = 8.5
"""So many of its own widths a face may move in a second."""
_SIZES = 1.9
_SAME_LOOK = 45.0
"""Mean difference of colours, of 255, up to which two faces may be the same one."""


@dataclass
class _Track:
    seen: list[tuple[float, SeenFace]] = field(default_factory=list)

    @property
    def last(self) -> tuple[float, SeenFace]:
        return self.seen[-1]

    def expect(self, time: float) -> tuple[float, float]:
        """Return where its centre should be at a time."""
        moment, face = self.last
        x, y = _centre(face)
        if len(self.seen) > 1:
            earlier, other = self.seen[-2]
            ahead = min(time - moment, 0.5) / max(moment - earlier, 1e-3)
            if ahead <= 3:
                a, b = _centre(other)
                x, y = x + (x - a) * ahead, y + (y - b) * ahead
        return x, y


def follow_faces(glances: Iterable[tuple[float, Sequence[SeenFace]]], length: float) -> tuple[Person, ...]:
    """Return the persons of one shot, the one that is largest and longest on screen first.

    Args:
        glances: times in seconds, ascending, each with the faces that were seen.
        length: of the shot, in seconds.
    """
    tracks: list[_Track] = []
    for time, faces in glances:
        _continue(tracks, time, faces)
    tracks = [track for track in _join(tracks) if _is_sure(track, length)]
    tracks.sort(key=lambda track: (-_presence(track), track.seen[0][0], track.seen[0][1].x))
    return tuple(
        Person(id=number, sightings=tuple(_fill(track))) for number, track in enumerate(tracks[:_MOST], start=1)
    )


def _continue(tracks: list[_Track], time: float, faces: Sequence[SeenFace]) -> None:
    """Give each face to the track that it fits best, or to a new one."""
    pairs = []
    for number, track in enumerate(tracks):
        if time - track.last[0] > LONGEST_GAP_S:
            continue
        for place, face in enumerate(faces):
            fit = _rate_pair(track, time, face)
            if fit is not None:
                pairs.append((-fit, number, place))
    given_tracks, given_faces = set(), set()
    for _, number, place in sorted(pairs):
        if number not in given_tracks and place not in given_faces:
            given_tracks.add(number)
            given_faces.add(place)
            tracks[number].seen.append((time, faces[place]))
    tracks += [_Track([(time, face)]) for place, face in enumerate(faces) if place not in given_faces]


def _rate_pair(track: _Track, time: float, face: SeenFace) -> float | None:
    """Return how well a face goes on with a track; None where it cannot."""
    moment, last = track.last
    ratio = face.height / last.height
    if not 1 / _SIZES <= ratio <= _SIZES:
        return None
    x, y = track.expect(time)
    a, b = _centre(face)
    overlap = _overlap(x, y, last, face)
    way = max(abs(a - x) / face.width, abs(b - y) / face.height)
    differ = _differ(last, face)
    if overlap < _LEAST_OVERLAP and way > _REACH * (1 + (time - moment)):
        leap = _REACH + _FASTEST * min(time - moment, _USUAL_GAP_S)
        if way > leap or differ > _SAME_LOOK:
            return None
    alike = 1 - differ / 255
    return overlap + 2 * alike - 0.3 * way


def _join(tracks: list[_Track]) -> list[_Track]:
    """Join a track with the one that goes on where it was lost: a head that was turned away for a while."""
    joined: list[_Track] = []
    for track in sorted(tracks, key=lambda one: one.seen[0][0]):
        start, face = track.seen[0]
        near = []
        for other in joined:
            end, last = other.last
            x, y = _centre(last)
            a, b = _centre(face)
            way = max(abs(a - x) / face.width, abs(b - y) / face.height)
            sizes = max(face.height / last.height, last.height / face.height)
            close = way <= 1.5 and sizes <= _SIZES
            if 0 < start - end <= _RETURN_S and close and _differ(last, face) <= _SAME_LOOK:
                near.append((way, other))
        if near:
            min(near, key=lambda pair: pair[0])[1].seen.extend(track.seen)
        else:
            joined.append(_Track(list(track.seen)))
    return joined


def _is_sure(track: _Track, length: float) -> bool:
    best = max(face.confidence for _, face in track.seen)
    return best >= _SURE and (len(track.seen) > 1 or best >= _VERY_SURE or length <= _SHORT_S)


def _presence(track: _Track) -> float:
    area = sum(face.width * face.height for _, face in track.seen) / len(track.seen)
    return area * (track.last[0] - track.seen[0][0] + _SLOT_S)


def _fill(track: _Track) -> Iterator[Sighting]:
    """Yield the sightings of a track, those between that were not looked for or were missed among them."""
    # The first frame of a shot has none before it to tell the mouth's movement by.
    lips = [face.lips for _, face in track.seen]
    if len(lips) > 1 and not lips[0]:
        lips[0] = lips[1]
    before: Sighting | None = None
    for (time, face), moved in zip(track.seen, lips, strict=True):
        now = Sighting(
            time=round(time, 6),
            area=Area(x=face.x, y=face.y, width=face.width, height=face.height),
            confidence=face.confidence,
            lips=moved,
        )
        if before is not None and now.time - before.time <= LONGEST_GAP_S:
            yield from _between(before, now)
        yield now
        before = now


def _between(one: Sighting, two: Sighting) -> Iterator[Sighting]:
    gap = two.time - one.time
    count = round(gap / _SLOT_S) - 1
    sureness = min(one.confidence, two.confidence) * (1 if gap <= _USUAL_GAP_S else 0.5)
    for number in range(1, count + 1):
        share = number / (count + 1)
        sides = (
            round(a + (b - a) * share, 5)
            for a, b in (
                (one.area.x, two.area.x),
                (one.area.y, two.area.y),
                (one.area.width, two.area.width),
                (one.area.height, two.area.height),
            )
        )
        x, y, width, height = sides
        yield Sighting(
            time=round(one.time + gap * share, 6),
            area=Area(x=x, y=y, width=width, height=height),
            confidence=round(sureness, 4),
            lips=round(one.lips + (two.lips - one.lips) * share, 4),
        )


def _centre(face: SeenFace) -> tuple[float, float]:
    return face.x + face.width / 2, face.y + face.height / 2


def _overlap(x: float, y: float, last: SeenFace, face: SeenFace) -> float:
    """Return intersection over union of a face and the last one, moved to a centre."""
    left, top = x - last.width / 2, y - last.height / 2
    across = min(left + last.width, face.x + face.width) - max(left, face.x)
    down = min(top + last.height, face.y + face.height) - max(top, face.y)
    if across <= 0 or down <= 0:
        return 0.0
    common = across * down
    return common / (last.width * last.height + face.width * face.height - common)


def _differ(one: SeenFace, two: SeenFace) -> float:
    if not one.look or not two.look:
        return 0.0
    return sum(abs(a - b) for a, b in zip(one.look, two.look, strict=True)) / len(one.look)
