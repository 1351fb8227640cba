"""Where picture, headline, captions and graphics stand in a frame, for each layout. All in pixels.

::

      stack              blur, pad           split             crop, track
    ┌──────────┐       ┌──────────┐       ┌──────────┐       ┌──────────┐
    │ headline │       │   bug    │       │          │       │      bug │
    │┌────────┐│       │┌────────┐│       │  first   │       │          │
    ││picture ││       ││picture ││       │▒captions▒│       │ picture  │
    │└────────┘│       │└────────┘│       │  second  │       │          │
    │▒captions▒│       │▒captions▒│       │          │       │ strap    │
    │strap  bug│       │  strap   │       │ strap    │       │▒captions▒│
    └──────────┘       └──────────┘       └──────────┘       └──────────┘

Text stays inside the channel's safe area; the picture may reach beyond it at the sides. What does not fit gives way
in this order: the row below the captions (the bug goes onto the picture's corner), the captions' size, the headline's
size, the picture's width. A picture that would become narrower than half the frame fills the frame instead, with the
headline and the captions over it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from mediakit.media.spans import Box
from mediakit.render.geometry import inner_size

if TYPE_CHECKING:
    from collections.abc import Sequence

Layout = Literal["pad", "crop", "blur", "stack", "track", "split"]

GAP = 0.022
"""Between picture and text, as a part of the frame's shorter side."""
INSET = 0.03
"""How far graphics on a picture keep from its edges."""
STRAP_ROW = 0.17
"""The row below the captions is no higher than this."""
NARROWEST = Fraction(1, 2)
"""A stacked picture narrower than this part of the frame fills the frame instead."""
_LEAST_CAPTIONS = 0.8
_LEAST_ROW = 0.05
_HIGHER = 0.42
"""What part of the spare height lies above."""


@dataclass(frozen=True)
class Needs:
    """What texts want, in pixels of height; 0 is none.

    Attributes:
        headline: of the headline at its own size.
        headline_least: of the headline at its least size.
        captions: of the highest cue that the profile allows.
        row: of the bug and its like below the captions.
    """

    headline: int = 0
    headline_least: int = 0
    captions: int = 0
    row: int = 0


@dataclass(frozen=True)
class Arrangement:
    """Where things stand in one frame.

    Attributes:
        layout: which one.
        pictures: where the source's picture stands; two windows in ``split``, the upper one first.
        captions: what cues stay in.
        hangs: cues begin at the top of ``captions``; else they end at its bottom.
        upper: where graphics of the top corners stand, the best place first.
        lower: where graphics of the bottom corners stand, likewise.
        headline: where the headline stands.
        whole: where a picture stands that is shown whole in a layout of windows (``track``, ``split``).
        row: the free row below the captions; the bug stands there rather than at the top.
        filled: a stack whose picture is too tall for it, and fills the frame.
    """

    layout: Layout
    pictures: tuple[Box, ...]
    captions: Box
    hangs: bool
    upper: tuple[Box, ...]
    lower: tuple[Box, ...]
    headline: Box | None = None
    whole: Box | None = None
    row: Box | None = None
    filled: bool = False

    @property
    def picture(self) -> Box:
        """Where the picture stands, or the upper one of two."""
        return self.pictures[0]


def arrange(
    layout: Layout,
    size: tuple[int, int],
    safe: Box,
    *,
    aspects: Sequence[Fraction] = (Fraction(16, 9),),
    needs: Needs | None = None,
    margin: float = 0.0,
    captions_over: bool = False,
) -> Arrangement:
    """Return where things stand.

    Args:
        layout: which one.
        size: width and height of the frame.
        safe: the box that all text stays in (`layout.safe_box`).
        aspects: width by height of the sources' pictures, as shown; the tallest one decides.
        needs: what the texts want.
        margin: what stays free beside a stacked picture, as a part of the frame's shorter side.
        captions_over: the captions of a stack stand over the picture's lower edge.
    """
    needs = needs or Needs()
    frame = Box(x=0, y=0, width=size[0], height=size[1])
    aspect = min(aspects, default=Fraction(size[0], size[1]))
    if layout == "stack":
        return _stack(frame, safe, aspect, needs, margin, captions_over)
    if layout == "split":
        return _split(frame, safe, needs)
    if layout in ("blur", "pad"):
        return _centred(layout, frame, safe, aspect, needs)
    return Arrangement(layout, (frame,), safe, False, (safe,), (safe,), whole=_above_captions(frame, safe, needs))


def _part(frame: Box, share: float) -> int:
    return max(round(min(frame.width, frame.height) * share / 2) * 2, 2)


def _even_box(x: float, y: float, width: float, height: float) -> Box:
    left, top = int(x // 2) * 2, int(y // 2) * 2
    return Box(x=left, y=top, width=max(int(width // 2) * 2, 0), height=max(int(height // 2) * 2, 0))


def _on_picture(frame: Box, picture: Box, safe: Box) -> Box:
    """Return what of a picture graphics may stand on: inside the safe area, a little off its edges."""
    inset = _part(frame, INSET)
    left, top = max(picture.x + inset, safe.x), max(picture.y + inset, safe.y)
    right, bottom = min(picture.right - inset, safe.right), min(picture.bottom - inset, safe.bottom)
    return _even_box(left, top, right - left, bottom - top)


def _beside_picture(frame: Box, picture: Box, safe: Box) -> Box:
    """Return the picture's rows across all of the safe area: for graphics that are wider than the picture."""
    inset = _part(frame, INSET)
    top, bottom = max(picture.y + inset, safe.y), min(picture.bottom - inset, safe.bottom)
    return _even_box(safe.x, top, safe.width, bottom - top)


def _above_captions(frame: Box, safe: Box, needs: Needs) -> Box:
    """Return where a picture stands clear of captions at the safe area's bottom."""
    if not needs.captions:
        return frame
    bottom = safe.bottom - needs.captions - _part(frame, GAP)
    return _even_box(0, 0, frame.width, bottom) if bottom > frame.height // 3 else frame


def _split(frame: Box, safe: Box, needs: Needs) -> Arrangement:
    """Return two windows, one above the other, and captions over their seam."""
    seam = frame.height // 4 * 2
    first = Box(x=0, y=0, width=frame.width, height=seam)
    second = Box(x=0, y=seam, width=frame.width, height=frame.height - seam)
    band = needs.captions
    top = min(max(seam - band // 2, safe.y), safe.bottom - band)
    captions = _even_box(safe.x, top, safe.width, band) if band else safe
    lower = _on_picture(frame, second, safe)
    return Arrangement(
        "split",
        (first, second),
        captions,
        False,
        (safe,),
        (lower, safe) if lower.height > _part(frame, STRAP_ROW) else (safe,),
        whole=_above_captions(frame, safe, needs),
    )


def _centred(layout: Layout, frame: Box, safe: Box, aspect: Fraction, needs: Needs) -> Arrangement:
    """Return the picture in the middle, and captions and straps below it where that lies in the safe area.

    In a tall frame the picture stands higher where only that gives the captions their room.
    """
    across, down = inner_size(aspect, frame.width, frame.height)
    left, top = (frame.width - across) // 4 * 2, (frame.height - down) // 4 * 2
    gap = _part(frame, GAP)
    least = needs.captions * _LEAST_CAPTIONS
    if needs.captions and frame.height > frame.width and safe.bottom - (top + down) - gap < least:
        higher = (safe.bottom - needs.captions - gap - down) // 2 * 2
        top = higher if higher >= safe.y else top
    picture = Box(x=left, y=top, width=across, height=down)
    free = safe.bottom - picture.bottom - gap
    if not needs.captions or free < least:
        return Arrangement(layout, (picture,), safe, False, (safe,), (safe,))
    captions = _even_box(safe.x, picture.bottom + gap, safe.width, free)
    row = _row(frame, safe, captions.y + min(needs.captions, captions.height) + gap)
    on_picture = _on_picture(frame, picture, safe)
    lower = (row, on_picture) if row else (on_picture,)
    return Arrangement(layout, (picture,), _until(captions, row, gap), True, (safe,), (*lower, safe))


def _row(frame: Box, safe: Box, top: int) -> Box | None:
    """Return the free row below the captions, if there is any."""
    height = min(safe.bottom - top, _part(frame, STRAP_ROW))
    return _even_box(safe.x, top, safe.width, height) if height >= _part(frame, _LEAST_ROW) else None


def _until(captions: Box, row: Box | None, gap: int) -> Box:
    """Return the captions' box cut off above a row."""
    if row is None:
        return captions
    return captions.model_copy(update={"height": (row.y - gap - captions.y) // 2 * 2})


def _stack(frame: Box, safe: Box, aspect: Fraction, needs: Needs, margin: float, over: bool) -> Arrangement:
    gap = _part(frame, GAP)
    width = frame.width - 2 * (_part(frame, margin) if margin else 0)
    captions = 0 if over else needs.captions
    # Without text above or below, the picture may reach beyond the safe area there.
    top = safe.y if needs.headline else gap
    bottom = safe.bottom if captions or needs.row else frame.height - gap
    room = bottom - top
    headline = needs.headline
    full = inner_size(aspect, width, frame.height)[1]

    def taken(row: int, cues: int, head: int) -> int:
        return sum(part + gap for part in (row, cues, head) if part)

    row = needs.row
    if taken(row, captions, headline) + full > room:
        row = 0
    if captions:
        spare = room - full - taken(row, 0, headline) - gap
        captions = max(min(captions, spare), int(captions * _LEAST_CAPTIONS))
    if headline:
        spare = room - full - taken(row, captions, 0) - gap
        headline = max(min(headline, spare), needs.headline_least)
    left_over = room - taken(row, captions, headline)
    across, down = inner_size(aspect, width, max(left_over // 2 * 2, 2))
    if across < frame.width * NARROWEST:
        return _filled(frame, safe, aspect, needs)
    spare = left_over - down
    y = top + int(spare * _HIGHER)
    box = _even_box(safe.x, y, safe.width, headline) if headline else None
    y += headline + gap if headline else 0
    picture = _even_box((frame.width - across) // 2, y, across, down)
    on_picture = _on_picture(frame, picture, safe)
    below = picture.bottom + gap
    if over:
        cues = on_picture
    elif captions:
        cues = _even_box(safe.x, below, safe.width, captions)
        below = cues.bottom + gap
    else:
        cues = _even_box(safe.x, safe.y, safe.width, safe.height)
    under = _row(frame, safe, below)
    others = (on_picture, _beside_picture(frame, picture, safe), safe)
    lower = (under, *others) if under else others
    return Arrangement(
        "stack", (picture,), cues, bool(captions), others, lower, headline=box, row=under if row else None
    )


def _filled(frame: Box, safe: Box, aspect: Fraction, needs: Needs) -> Arrangement:
    """Return a stack whose picture is too tall: it fills the frame's height, and the texts stand over it."""
    across, down = inner_size(aspect, frame.width, frame.height)
    picture = _even_box((frame.width - across) // 2, (frame.height - down) // 2, across, down)
    gap = _part(frame, GAP)
    used = needs.headline + gap if needs.headline else 0
    box = _even_box(safe.x, safe.y, safe.width, needs.headline) if needs.headline else None
    rest = _even_box(safe.x, safe.y + used, safe.width, safe.height - used)
    return Arrangement("stack", (picture,), rest, False, (rest,), (rest,), headline=box, filled=True)
