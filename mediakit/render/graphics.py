"""The graphics of one picture of a programme, laid out: the brand's own, and those that an edit places.

Everything lies inside the channel's own safe area, above the captions that are burned in meanwhile, and clear of what
else shows at the same time. Nothing is drawn here; ffmpeg gets its pictures where the pieces are encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from mediakit.errors import InputError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.render.cards import lay_chapter, lay_closing, lay_label, lay_opening, lay_text, lay_veil
from mediakit.render.easel import Easel, LaidGraphic, even
from mediakit.render.straps import LABEL_INK, Strap, draw_bug, draw_chapter, draw_label, draw_name_strap, draw_note

if TYPE_CHECKING:
    from mediakit.media.timeline import Card, TimedOverlay
    from mediakit.render.brand import Brand, Corner, NameStrap
    from mediakit.tools.fonts import FontFile

__all__ = ["LABEL_INK", "LaidGraphic", "PlacedGraphic", "lay_graphics"]

Kind = Literal[
    "opening",
    "closing",
    "chapter_card",
    "label_card",
    "text_card",
    "name_strap",
    "chapter",
    "source_credit",
    "record",
    "ai_label",
    "bug",
]
_CARDS = {"opening", "closing", "chapter_card", "label_card", "text_card"}
_CARD_NAMES: dict[str, Kind] = {
    "opening": "opening",
    "closing": "closing",
    "chapter": "chapter_card",
    "label": "label_card",
    "text": "text_card",
}
_GAP = 0.016
_ABOVE_CAPTIONS = 0.02
_ORDER = ("ai_label", "bug", "name_strap", "chapter", "record", "source_credit")


@dataclass(frozen=True)
class PlacedGraphic:
    """A card or an overlay that an edit places.

    Attributes:
        kind: of what kind; cards fill a frame of plain colour.
        start: first frame of the programme that shows it.
        end: frame past the last.
        text: of an overlay.
        title: second line of an overlay.
        lines: of a card; those missing come from the brand.
        begun: it stood before already: a slice cut off its beginning, and it does not come in.
        goes_on: a slice cut off its end, and it does not go out.
    """

    kind: Kind
    start: int
    end: int
    text: str = ""
    title: str = ""
    lines: tuple[str, ...] = ()
    begun: bool = False
    goes_on: bool = False

    @classmethod
    def of_card(cls, card: Card, at: int) -> PlacedGraphic:
        """Return a timeline's card that starts at a frame."""
        cut = card.head > 0, card.tail > 0
        return cls(_CARD_NAMES[card.card], at, at + card.frames, "", "", card.lines, *cut)

    @classmethod
    def of_overlay(cls, overlay: TimedOverlay) -> PlacedGraphic:
        """Return a timeline's overlay."""
        return cls(overlay.overlay, overlay.at, overlay.at + overlay.frames, overlay.text, overlay.title)

    @property
    def is_card(self) -> bool:
        """Whether it fills the frame."""
        return self.kind in _CARDS


def lay_graphics(
    brand: Brand,
    size: tuple[int, int],
    safe: Box,
    font: FontFile,
    *,
    fps: Fraction,
    frames: int,
    captions: Sequence[TextBox] = (),
    spans: Sequence[tuple[float, float]] | None = None,
    ai_label: bool | None = None,
    placed: Sequence[PlacedGraphic] = (),
    closing_over: bool = False,
    spare: FontFile | None = None,
    notes: list[str] | None = None,
) -> tuple[LaidGraphic, ...]:
    """Lay out all of a programme's graphics for one picture, in the order in which they lie over one another.

    Args:
        brand: what to draw, and the colours.
        size: width and height of the picture.
        safe: the box that all ink stays in (`layout.safe_box`).
        font: for all text.
        fps: frames a second.
        frames: of the programme.
        captions: boxes of burned captions; graphics stay above those that show at the same time.
        spans: the source's stretches that the programme is made of, where it is re-cut: straps follow them.
        ai_label: whether the AI label is drawn; by default, where the brand has one.
        placed: cards and overlays of an edit.
        closing_over: lay the credits over the programme's end where the brand says so.
        spare: a font for texts whose letters ``font`` lacks.
        notes: gets what was done otherwise than asked.

    Raises:
        InputError: a text does not fit, a letter is in no font, a strap has no time, or the label was asked for and
            the brand has none.
    """
    easel = Easel(brand, size, safe, font, fps, spare, [] if notes is None else notes)
    layout = _Layout(easel, frames, captions)
    placed = tuple(_within(one, frames) for one in placed)
    if ai_label and brand.ai_label is None:
        raise InputError(
            "the AI label was asked for, and the brand file has no ai_label", hint="add ai_label: {text: …}"
        )
    labelled = any(one.kind in ("ai_label", "label_card") for one in placed)
    if brand.ai_label is not None and ai_label is not False and not labelled:
        end = max(min(easel.frames(brand.ai_label.seconds), frames), 1)
        layout.put(draw_label(easel, brand.ai_label.text), ("top-left",), 0, end)
    overlays = [*placed, *_own_overlays(easel, frames, spans)]
    for one in overlays:
        if one.kind == "ai_label":
            layout.put(draw_label(easel, one.text or _label_text(brand)), ("top-left",), one.start, one.end)
    closing = _closing_span(easel, frames) if closing_over and brand.closing.over == "last" else None
    covered = [(one.start, one.end) for one in placed if one.is_card] + ([closing] if closing else [])
    if brand.bug is not None:
        layout.put_bug(draw_bug(easel, brand.bug.text), brand.bug.position, _without(frames, covered))
    for kind in _ORDER[2:]:
        for one in overlays:
            if one.kind == kind:
                strap, corners = _draw(easel, one)
                layout.put(strap, corners, one.start, one.end)
    for one in placed:
        if one.is_card:
            layout.put_card(one)
        elif one.kind == "bug":
            layout.put_bug(draw_bug(easel, one.text), _bug_corner(brand), [(one.start, one.end)])
    if closing:
        layout.laid.append(lay_veil(easel, *closing, brand.closing.veil))
        layout.put_card(PlacedGraphic("closing", *closing))
    return tuple(layout.laid)


def _label_text(brand: Brand) -> str:
    return brand.ai_label.text if brand.ai_label else ""


def _bug_corner(brand: Brand) -> Corner:
    return brand.bug.position if brand.bug else "top-right"


def _within(one: PlacedGraphic, frames: int) -> PlacedGraphic:
    if not 0 <= one.start < one.end <= frames:
        raise InputError(
            f"{one.kind.replace('_', ' ')}: frames {one.start} to {one.end} lie outside the programme's {frames}",
            hint="move or shorten it",
        )
    return one


def _closing_span(easel: Easel, frames: int) -> tuple[int, int]:
    return max(frames - easel.frames(easel.brand.closing.seconds), 0), frames


def _without(frames: int, covered: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the stretches of a programme that are not covered."""
    free: list[tuple[int, int]] = []
    at = 0
    for start, end in sorted(covered):
        if start > at:
            free.append((at, start))
        at = max(at, end)
    return [*free, (at, frames)] if at < frames else free


def _own_overlays(easel: Easel, frames: int, spans: Sequence[tuple[float, float]] | None) -> list[PlacedGraphic]:
    """Return the brand's own straps and record number with their times in the programme."""
    brand, duration = easel.brand, float(frames / easel.fps)
    made = [
        PlacedGraphic("name_strap", *_on_grid(easel, start, end, frames), strap.name, strap.title)
        for strap, start, end in _place_straps(brand, duration, spans)
    ]
    record = brand.record
    if record is not None and record.start is not None and spans is None and record.start < duration:
        end = min(record.start + record.seconds, duration)
        made.append(PlacedGraphic("record", *_on_grid(easel, record.start, end, frames), record.text))
    return made


def _on_grid(easel: Easel, start: float, end: float, frames: int) -> tuple[int, int]:
    first = min(easel.frames(start), frames - 1)
    return first, max(min(easel.frames(end), frames), first + 1)


def _place_straps(
    brand: Brand, duration: float, spans: Sequence[tuple[float, float]] | None
) -> list[tuple[NameStrap, float, float]]:
    """Return the straps with their times on the programme's clock; what is cut to less than a second goes."""
    placed: list[tuple[NameStrap, float, float]] = []
    for strap in brand.name_straps:
        if strap.start == "first_words":
            raise InputError(
                f"the name strap of {strap.name} waits for the first words of {strap.speaker or strap.name}, "
                "and no transcript says when they are",
                hint="give a transcript with speakers, or start: in seconds",
            )
        first = strap.start
        last = strap.end if strap.end is not None else first + brand.name_strap.seconds
        offset = 0.0
        for start, end in spans if spans is not None else ((0.0, duration),):
            low, high = max(first, start), min(last, end)
            if high - low >= min(1.0, last - first):
                placed.append((strap, low - start + offset, high - start + offset))
            offset += end - start
    return placed


def _draw(easel: Easel, one: PlacedGraphic) -> tuple[Strap, tuple[Corner, ...]]:
    """Return an overlay, and the corners where it may stand, the best one first."""
    brand = easel.brand
    if one.kind == "name_strap":
        corner: Corner = brand.name_strap.position
        return draw_name_strap(easel, one.text, one.title, right=corner.endswith("right")), (corner,)
    if one.kind == "chapter":
        corner = brand.chapter.position
        return draw_chapter(easel, one.text, one.title, right=corner.endswith("right")), (corner, "top-left")
    text = one.text or (brand.record.text if one.kind == "record" and brand.record else "")
    corner = brand.source_credit.position if one.kind == "source_credit" or not brand.record else brand.record.position
    return draw_note(easel, one.kind, text), (corner, "top-right", "top-left")


class _Layout:
    """Graphics that have their places, in the order in which they are drawn."""

    def __init__(self, easel: Easel, frames: int, captions: Sequence[TextBox]) -> None:
        self.easel = easel
        self.frames = frames
        self.laid: list[LaidGraphic] = []
        self._captions = [(box.start * float(easel.fps), box.end * float(easel.fps), box.box.y) for box in captions]

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

    def put_bug(self, strap: Strap, corner: Corner, spans: Sequence[tuple[int, int]]) -> None:
        """Lay the mark at one place for all the stretches that show it; it comes when a label has left that place."""
        if not spans:
            return
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
        top, bottom = easel.safe.y, self._bottom(start, end)
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

    def _find(self, strap: Strap, corners: Sequence[Corner], start: int, end: int) -> Box:
        for corner in corners:
            box = self._at(strap, corner, start, end)
            if box is not None:
                return box
        raise InputError(
            f"there is no room for it inside the safe area, above the captions: {strap.text[:40]}",
            where=strap.graphic.kind.replace("_", " "),
            hint="shorten it, or show it at another time",
        )

    def _at(self, strap: Strap, corner: Corner, start: int, end: int) -> Box | None:
        safe, gap = self.easel.safe, self.easel.part(_GAP)
        width, height = strap.graphic.width, strap.graphic.height
        x = safe.x if corner.endswith("left") else safe.right - width
        bottom = self._bottom(start, end)
        upper = corner.startswith("top")
        y = safe.y if upper else bottom - height
        others = [other.box for other in self._meanwhile(start, end) if not other.stretch]
        for _ in range(len(others) + 1):
            box = Box(x=x // 2 * 2, y=y // 2 * 2, width=width, height=height)
            hit = [other for other in others if _near(box, other, gap)]
            if not hit:
                room = Box(x=safe.x, y=safe.y, width=safe.width, height=max(bottom - safe.y, 0))
                return box if room.contains(box) else None
            y = max(other.bottom for other in hit) + gap + 1 if upper else min(o.y for o in hit) - gap - height
            if y < safe.y:
                return None
        return None

    def _meanwhile(self, start: int, end: int) -> list[LaidGraphic]:
        return [other for other in self.laid if other.start < end and start < other.end]

    def _bottom(self, start: int, end: int) -> int:
        """Return the row that graphics end at: the safe area's end, or above the captions of that time."""
        safe = self.easel.safe
        tops = [top for first, last, top in self._captions if first < end and start < last]
        gap = self.easel.part(_ABOVE_CAPTIONS)
        return min([safe.bottom, *(top - gap for top in tops if top > safe.y + safe.height // 2)])


def _near(one: Box, other: Box, gap: int) -> bool:
    return (
        one.x < other.right + gap
        and other.x < one.right + gap
        and one.y < other.bottom + gap
        and other.y < one.bottom + gap
    )
