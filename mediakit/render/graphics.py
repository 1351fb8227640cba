"""The graphics of one picture of a programme, laid out: the brand's own, and those that an edit places.

Everything lies inside the channel's own safe area, above the captions that are burned in meanwhile, and clear of what
else shows at the same time. Nothing is drawn here; ffmpeg gets its pictures where the pieces are encoded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from mediakit.errors import InputError
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Box
from mediakit.render.cards import lay_veil
from mediakit.render.easel import Easel, LaidGraphic
from mediakit.render.headline import draw_headline, headline_easel
from mediakit.render.placing import Placing
from mediakit.render.straps import LABEL_INK, Strap, draw_bug, draw_chapter, draw_label, draw_name_strap, draw_note

if TYPE_CHECKING:
    from mediakit.media.timeline import Card, TimedOverlay
    from mediakit.render.arrangement import Arrangement
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
    arrangement: Arrangement | None = None,
    headline: str = "",
    terms: tuple[str, ...] = (),
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
        arrangement: where things stand; None is anywhere in the safe area.
        headline: stands in the arrangement's place for it while no card shows.
        terms: names and titles that no line of the headline parts.

    Raises:
        InputError: a text does not fit, a letter is in no font, a strap has no time, or the label was asked for and
            the brand has none.
    """
    easel = Easel(brand, size, safe, font, fps, spare, [] if notes is None else notes, terms)
    layout = Placing(easel, frames, captions, arrangement)
    placed = tuple(_within(one, frames) for one in placed)
    if ai_label and brand.ai_label is None:
        raise InputError(
            "the AI label was asked for, and the brand file has no ai_label", hint="add ai_label: {text: …}"
        )
    closing = _closing_span(easel, frames) if closing_over and brand.closing.over == "last" else None
    covered = [(one.start, one.end) for one in placed if one.is_card] + ([closing] if closing else [])
    if headline.strip() and arrangement is not None and arrangement.headline is not None:
        room = arrangement.headline
        layout.put_headline(
            draw_headline(headline_easel(easel), headline, room.width, room.height), _without(frames, covered)
        )
    labelled = any(one.kind in ("ai_label", "label_card") for one in placed)
    if brand.ai_label is not None and ai_label is not False and not labelled:
        end = max(min(easel.frames(brand.ai_label.seconds), frames), 1)
        layout.put(draw_label(easel, brand.ai_label.text), ("top-left",), 0, end)
    overlays = [*placed, *_own_overlays(easel, frames, spans)]
    for one in overlays:
        if one.kind == "ai_label":
            layout.put(draw_label(easel, one.text or _label_text(brand)), ("top-left",), one.start, one.end)
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
