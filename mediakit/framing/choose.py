"""What one shot shows in a frame of another shape, and why, in words that an editor reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from mediakit.framing.camera import Limits
from mediakit.framing.cameras import Shot as Frame
from mediakit.framing.cameras import aim, held
from mediakit.framing.movement import needs_of_movement, watch_while_unseen
from mediakit.framing.needs import Needs, face_height, hold_areas_too, needs_of_areas, needs_of_people
from mediakit.framing.people import meet
from mediakit.framing.speakers import find_turns, share_of_speech, talk_together
from mediakit.framing.texts import Text, cuts_text
from mediakit.media.framing import SAME_SHAPE, Camera, Part, View, split_shape
from mediakit.media.picture import Area
from mediakit.media.windows import Fallback, Mark, Path, largest_height, window_size

if TYPE_CHECKING:
    from mediakit.media.picture import Person, Shot

SAME = "the picture has this shape"
HELD = 0.9
"""A window that holds its subject in less than this share of its frames is given up."""
_FACE = 0.14
"""A face is brought up to this share of the window's height, where the source has the detail."""
_HALF_FACE = 0.3
_FASTER = 1.6
"""A subject that gets away is followed so much faster before it is given up."""
_SPLIT_BELOW = Fraction(4, 5)
"""Only frames that are narrower have two windows one above the other."""
_TALK_ACROSS = 0.35
_SPEAKS, _HEARD = 0.4, 0.05
"""Share of a shot in which one of several has to speak to be shown alone, and to be called the speaker."""
_APART = 0.35
"""Two windows of a split frame have no more of their width in common."""
_QUICK_S = 4.0
_MIDDLE = Area(x=0.45, y=0.45, width=0.1, height=0.1)


@dataclass(frozen=True)
class Manner:
    """How windows are chosen.

    Attributes:
        fallback: how a picture is shown that no window does justice to.
        people: two who do not fit one window: ``switch`` to who speaks, ``split`` the frame, or by how they talk.
        texts: whether text on screen must not be cut.
        enlarge: a window is made smaller than the largest only as long as a pixel is enlarged no more than this.
        lines: pixels of the frame's shorter side, for ``enlarge``.
        limits: of a window's movement.
    """

    fallback: Fallback = "blur"
    people: Literal["auto", "switch", "split"] = "auto"
    texts: Literal["keep", "ignore"] = "keep"
    enlarge: float = 1.6
    lines: int = 1080
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True)
class Scene:
    """A shot with what matters in it.

    Attributes:
        shot: as it was seen.
        people: the main ones, the most prominent first.
        texts: text on screen that counts.
        size: the source's width and height in square pixels.
    """

    shot: Shot
    people: tuple[Person, ...]
    texts: tuple[Text, ...]
    size: tuple[int, int]

    @property
    def picture(self) -> Fraction:
        """Width by height."""
        return Fraction(*self.size)


def choose_view(scene: Scene, shape: Fraction, manner: Manner) -> View:
    """Return what a shot shows in frames of a shape."""
    return _Chooser(scene, shape, manner).choose()


class _Chooser:
    def __init__(self, scene: Scene, shape: Fraction, manner: Manner) -> None:
        self._scene, self._manner = scene, manner
        self._shot = scene.shot
        self._frame = Frame(scene.shot.start, scene.shot.end, shape, scene.picture)
        self._largest = largest_height(shape, scene.picture)
        self._people: dict[int, Camera] = {}
        self._ways: dict[tuple[tuple[int, ...], float | None, float | None], tuple[Path, float]] = {}

    def choose(self) -> View:
        scene = self._scene
        if abs(self._frame.shape / self._frame.picture - 1) <= SAME_SHAPE:
            whole = Path(self._largest, (Mark(self._shot.start, 0.5, 0.5),))
            return View(parts=(_window(whole),), why=SAME)
        for person in scene.people:
            path, _ = self._follow((person,))
            self._people[person.id] = Camera.of(path)
        halves = self._halves()
        parts, why = self._parts(halves)
        chosen = parts[0].person if len(parts) == 1 and parts[0].window else None
        others = {
            person: camera
            for person, camera in self._people.items()
            if not (person == chosen and camera == parts[0].window)
        }
        return View(parts=parts, why=why, people=others, halves=halves)

    def _parts(self, halves: tuple[Camera, Camera] | None) -> tuple[tuple[Part, ...], str]:
        scene = self._scene
        pages = [text for text in scene.texts if text.kind == "page"]
        if pages:
            return self._hold_texts(pages, "a page of text")
        if scene.people:
            return self._show_people(halves)
        if any(text.leads for text in scene.texts):
            return self._hold_texts(scene.texts, "text on screen")
        parts, why = self._watch_movement()
        window = parts[0].window
        if window is not None and cuts_text(
            window.to_path(), self._frame, scene.texts, self._shot.start, self._shot.end
        ):
            return self._hold_texts(scene.texts, "text on screen")
        return parts, why

    def _whole(self, why: str) -> tuple[tuple[Part, ...], str]:
        return (Part(fit=self._manner.fallback),), f"shown whole: {why}"

    def _hold_texts(self, texts: Sequence[Text], name: str) -> tuple[tuple[Part, ...], str]:
        needs = needs_of_areas([text.area for text in texts], self._shot.start)
        path, share = self._aim(needs, self._largest)
        if share < HELD:
            return self._whole(f"{name} would be cut")
        return (_window(path),), f"{name}, whole"

    def _show_people(self, halves: tuple[Camera, Camera] | None) -> tuple[tuple[Part, ...], str]:
        people = self._scene.people
        path, share = self._follow(people)
        if share >= HELD:
            named = _names(people)
            why = named if len(people) == 1 else f"{named} {'together' if meet(people) else 'one after another'}"
            return self._keep_texts((_window(path, people[0].id if len(people) == 1 else None),), path, why)
        if len(people) == 1:
            return self._whole(self._misses(people[0]))
        return self._show_in_turn(halves)

    def _misses(self, person: Person) -> str:
        needs = needs_of_people((person,))
        size = window_size(self._largest, self._frame.shape, self._frame.picture)
        if needs.size[0] > size[0] or needs.size[1] > size[1]:
            return f"the face of person {person.id} is larger than the window"
        return f"person {person.id} moves faster than a window may"

    def _show_in_turn(self, halves: tuple[Camera, Camera] | None) -> tuple[tuple[Part, ...], str]:
        people, shot, manner = self._scene.people, self._shot, self._manner
        turns = find_turns(people, shot.start, shot.end)
        if halves is not None and manner.people != "switch":
            two = people[:2]
            quick = len(turns) > 1 and (shot.end - shot.start) / len(turns) < _QUICK_S
            across = talk_together(two, shot.start, shot.end) > _TALK_ACROSS
            if manner.people == "split" or across or quick:
                reason = "who do not fit one window"
                reason = "who talk across each other" if across else "who take short turns" if quick else reason
                return (Part(split=halves),), f"split: {_names(two)}, {reason}"
        if len(turns) == 1:
            person = people[turns[0].person]
            spoken = share_of_speech(people, turns[0].person, shot.start, shot.end)
            if len(people) > 2 and spoken < _SPEAKS:
                return self._whole(f"{_names(people)} do not fit one window")
            reason = "who speaks" if spoken > _HEARD else "the most prominent"
            path, share = self._follow((person,))
            if share < HELD:
                return self._whole(self._misses(person))
            return self._keep_texts((_window(path, person.id),), path, f"person {person.id}, {reason}")
        parts = []
        for turn in turns:
            person = people[turn.person]
            path, share = self._follow((person,), turn.start, turn.end)
            if share < HELD:
                return self._whole(self._misses(person))
            parts.append(_window(path, person.id, None if turn is turns[0] else turn.start))
        order = ", ".join(str(people[turn.person].id) for turn in turns)
        return self._keep_texts(tuple(parts), None, f"who speaks in turn: {order}")

    def _keep_texts(self, parts: tuple[Part, ...], path: Path | None, why: str) -> tuple[tuple[Part, ...], str]:
        """Return the parts where no text is cut; else a window that holds text and people, else the whole picture."""
        begins = [part.begin if part.begin is not None else self._shot.start for part in parts]
        ends = [*begins[1:], self._shot.end]
        cut = []
        for part, begin, end in zip(parts, begins, ends, strict=True):
            if part.window is not None:
                cut += cuts_text(part.window.to_path(), self._frame, self._scene.texts, begin, end)
        if not cut:
            return parts, why
        kinds = {text.kind for text in cut}
        name = "burned-in captions" if "caption" in kinds else "text on screen"
        if path is not None:
            people = self._scene.people if len(parts) == 1 and parts[0].person is None else self._scene.people[:1]
            needs = hold_areas_too(needs_of_people(people), [one.area for one in cut])
            wider, share = self._aim(needs, self._largest)
            if share >= HELD:
                return (_window(wider, parts[0].person),), f"{why}, with {name}"
        return self._whole(f"{name} would be cut")

    def _watch_movement(self) -> tuple[tuple[Part, ...], str]:
        needs = needs_of_movement(self._shot, window_size(self._largest, self._frame.shape, self._frame.picture))
        if needs is None:
            needs = needs_of_areas([_MIDDLE], self._shot.start)
            why = "nobody and no text is seen: the middle"
        else:
            why = "nobody is seen: where it moves"
        path, _ = self._aim(needs, self._largest)
        return (_window(path),), why

    def _follow(
        self, people: Sequence[Person], start: float | None = None, end: float | None = None
    ) -> tuple[Path, float]:
        """Return the path that holds some people, and the share of their frames in which it does."""
        key = tuple(person.id for person in people), start, end
        if key not in self._ways:
            self._ways[key] = self._find_way(people, start, end)
        return self._ways[key]

    def _find_way(self, people: Sequence[Person], start: float | None, end: float | None) -> tuple[Path, float]:
        needs = needs_of_people(people)
        frame = self._frame
        if not meet(self._scene.people):
            needs = watch_while_unseen(needs, self._shot)
        if start is not None and end is not None:
            needs = needs.within(start, end)
            frame = Frame(start, end, frame.shape, frame.picture)
        height = self._height(max(face_height(person) for person in people), needs, self._largest, _FACE, frame.shape)
        return self._aim(needs, height, frame)

    def _height(self, face: float, needs: Needs, largest: float, wanted: float, shape: Fraction) -> float:
        """Return the height of a window: less than the largest where a face is small and the source has the detail."""
        manner, lines = self._manner, self._scene.size[1]
        frame_height = manner.lines if shape >= 1 else float(manner.lines / shape)
        least = frame_height / (manner.enlarge * lines)
        wide, high = needs.size
        room = max(high * 1.3, wide * 1.3 * float(self._frame.picture / shape))
        return min(max(face / wanted, least, room), largest)

    def _aim(self, needs: Needs, height: float, frame: Frame | None = None) -> tuple[Path, float]:
        frame = frame or self._frame
        limits = self._manner.limits
        best = aim(needs, frame, height, limits)
        share = held(needs, best, frame)
        if share < HELD:
            faster = aim(needs, frame, height, limits.times(_FASTER))
            if (found := held(needs, faster, frame)) > share:
                return faster, found
        return best, share

    def _halves(self) -> tuple[Camera, Camera] | None:
        """Return windows on two people for the frame's halves, the left one above; None where that does not do."""
        people = self._scene.people
        if len(people) < 2 or self._frame.shape >= _SPLIT_BELOW:
            return None
        shape = split_shape(self._frame.shape)
        frame = Frame(self._shot.start, self._shot.end, shape, self._frame.picture)
        largest = largest_height(shape, self._frame.picture)
        cameras = []
        for person in people[:2]:
            needs = needs_of_people((person,))
            height = self._height(face_height(person), needs, largest, _HALF_FACE, shape)
            path, share = self._aim(needs, height, frame)
            if share < HELD:
                return None
            cameras.append((float(needs.centres[:, 0].mean()), Camera.of(path)))
        cameras.sort(key=lambda one: one[0])
        width = min(window_size(camera.height, shape, self._frame.picture)[0] for _, camera in cameras)
        if cameras[1][0] - cameras[0][0] < (1 - _APART) * width:
            return None
        return cameras[0][1], cameras[1][1]


def _window(path: Path, person: int | None = None, begin: float | None = None) -> Part:
    return Part(begin=begin, person=person, window=Camera.of(path))


def _names(people: Sequence[Person]) -> str:
    numbers = [str(number) for number in sorted(person.id for person in people)]
    return f"person {numbers[0]}" if len(numbers) == 1 else f"persons {', '.join(numbers[:-1])} and {numbers[-1]}"
