"""Places for graphics: at a corner of the room that their layout gives them, clear of captions and of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.render.cards import lay_chapter, lay_closing, lay_label, lay_opening, lay_text
from mediakit.render.easel import Easel, LaidGraphic, even

if TYPE_CHECKING:
    from mediakit.render.arrangement import Arrangement
    from mediakit.render.brand import Corner
    from mediakit.render.graphics import PlacedGraphic
    from mediakit.render.straps import Strap

_GAP = 0.016
_ABOVE_CAPTIONS = 0.02


class Placing:
    """Graphics that have their places, in the order in which they are drawn.

    Args:
        easel: of the picture.
        frames: of the programme.
        captions: boxes of burned captions.
        arrangement: the rooms; None is the safe area.
    """

    def __init__(
        self, easel: Easel, frames: int, captions: Sequence[TextBox], arrangement: Arrangement | None = None
    ) -> None:
        self.easel = easel
        self.frames = frames
        self.laid: list[LaidGraphic] = []
        self.arrangement = arrangement
        self._captions = [(box.start * float(easel.fps), box.end * float(easel.fps), box.box) for box in captions]

    def put(self, strap: Strap, corners: Sequence[Corner], start: int, end: int) -> None:
        """Lay a graphic at the first corner that has room; it makes way along the picture's side.

        Raises:
            InputError: there is no room.
        """
        box = self._find(strap, corners, start, end)
        moves = any(layer.motion != "stand" for layer in strap.graphic.layers)
        settle = self.easel.settle(start, end) if moves else 0
        going = 0 if end == self.frames else settle
        self.laid.append(LaidGraphic(strap.graphic, box, start, end, strap.text, settle, going))

    def put_headline(self, strap: Strap, spans: Sequence[tuple[int, int]]) -> None:
        """Lay the headline into its own place, for all the stretches that show it."""
        assert self.arrangement is not None
        room = self.arrangement.headline
        assert room is not None
        width, height = strap.graphic.width, strap.graphic.height
        spare = 0 if self.easel.brand.headline.align == "left" else room.width - width
        # It stands on the picture: spare height is left above it.
        box = Box(x=room.x + spare // 4 * 2, y=(room.bottom - height) // 2 * 2, width=width, height=height)
        for start, end in spans:
            settle = self.easel.settle(start, end)
            going = 0 if end == self.frames else settle
            self.laid.append(LaidGraphic(strap.graphic, box, start, end, strap.text, settle, going))

    def put_bug(self, strap: Strap, corner: Corner, spans: Sequence[tuple[int, int]]) -> None:
        """Lay the mark at one place for all the stretches that show it; it comes when a label has left that place."""
        if not spans:
            return
        if self.arrangement is not None and self.arrangement.row is not None:
            corner = "bottom-left" if corner.endswith("left") else "bottom-right"
        corners = (corner,)
        box = self._find(strap, corners, spans[-1][1] - 1, spans[-1][1])
        for other in self.laid:
            if other.kind == "ai_label" and _near(box, other.box, self.easel.part(_GAP)) and other.end < spans[-1][1]:
                spans = [(max(start, other.end), end) for start, end in spans if end > other.end]
        box = self._find(strap, corners, spans[0][0], spans[-1][1])
        self.laid += [LaidGraphic(strap.graphic, box, start, end, strap.text) for start, end in spans]

    def put_card(self, card: PlacedGraphic) -> None:
        """Lay a card's text into what of the safe area is free of captions and of other graphics above and below."""
        easel, lines, start, end = self.easel, card.lines, card.start, card.end
        top, bottom = easel.safe.y, self._bottom(easel.safe, start, end)
        for other in self._meanwhile(start, end):
            if other.stretch or other.card:
                continue
            if other.box.y + other.box.bottom < easel.size[1]:
                top = max(top, even(other.box.bottom + easel.part(_GAP)))
            else:
                bottom = min(bottom, other.box.y - easel.part(_GAP))
        inset = even(easel.safe.width * 0.03)
        room = Box(x=easel.safe.x + inset, y=top, width=easel.safe.width - 2 * inset, height=max(bottom - top, 0))
        if card.kind == "closing":
            self.laid += lay_closing(easel, lines, room, start, end, stays=end == self.frames)
            return
        lay = {"opening": lay_opening, "chapter_card": lay_chapter, "label_card": lay_label}.get(card.kind, lay_text)
        self.laid += [
            replace(
                one,
                coming=0 if card.begun and one.start == start else one.coming,
                going=0 if card.goes_on and one.end == end else one.going,
            )
            for one in lay(easel, lines, room, start, end)
        ]

    def _rooms(self, corner: Corner) -> tuple[Box, ...]:
        """Return where a corner's graphics may stand, the best place first."""
        if self.arrangement is None:
            return (self.easel.safe,)
        return self.arrangement.upper if corner.startswith("top") else self.arrangement.lower

    def _find(self, strap: Strap, corners: Sequence[Corner], start: int, end: int) -> Box:
        for corner in corners:
            for room in self._rooms(corner):
                box = self._at(strap, corner, room, start, end)
                if box is not None:
                    return box
        raise InputError(
            f"there is no room for it inside the safe area, above the captions: {strap.text[:40]}",
            where=strap.graphic.kind.replace("_", " "),
            hint="shorten it, or show it at another time",
        )

    def _at(self, strap: Strap, corner: Corner, room: Box, start: int, end: int) -> Box | None:
        gap = self.easel.part(_GAP)
        width, height = strap.graphic.width, strap.graphic.height
        x = room.x if corner.endswith("left") else room.right - width
        bottom = self._bottom(room, start, end)
        upper = corner.startswith("top")
        y = room.y if upper else bottom - height
        others = [other.box for other in self._meanwhile(start, end) if not other.stretch]
        for _ in range(len(others) + 1):
            box = Box(x=max(x, 0) // 2 * 2, y=max(y, 0) // 2 * 2, width=width, height=height)
            hit = [other for other in others if _near(box, other, gap)]
            if not hit:
                free = Box(x=room.x, y=room.y, width=room.width, height=max(bottom - room.y, 0))
                return box if free.contains(box) else None
            y = max(other.bottom for other in hit) + gap + 1 if upper else min(o.y for o in hit) - gap - height
            if y < room.y:
                return None
        return None

    def _meanwhile(self, start: int, end: int) -> list[LaidGraphic]:
        return [other for other in self.laid if other.start < end and start < other.end]

    def _bottom(self, room: Box, start: int, end: int) -> int:
        """Return the row that graphics in a room end at: its end, or above the captions of that time."""
        shown = [box for first, last, box in self._captions if first < end and start < last]
        gap = self.easel.part(_ABOVE_CAPTIONS)
        middle = room.y + room.height // 2
        return min([room.bottom, *(box.y - gap for box in shown if middle < box.y < room.bottom + gap)])


def _near(one: Box, other: Box, gap: int) -> bool:
    return (
        one.x < other.right + gap
        and other.x < one.right + gap
        and one.y < other.bottom + gap
        and other.y < one.bottom + gap
    )
