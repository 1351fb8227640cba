"""Credits: roles and names in two columns, statements across, on as many pages as they need."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.render.easel import SetText, even
from mediakit.render.graphic import TextLine

if TYPE_CHECKING:
    from mediakit.media.spans import Box
    from mediakit.render.easel import Easel

LONGEST_ROLE = 24
_SCALES = (1.15, 1.0, 0.92, 0.85, 0.78)
_SIZES = {"heading": 0.062, "role": 0.032, "name": 0.039, "statement": 0.031}
_FLOOR = {"heading": 0.8, "role": 0.92, "name": 0.92, "statement": 0.92}
"""Down to which part of its size a line shrinks rather than wraps: all of its kind shrink with it."""
_ROLE_PART, _GUTTER = 0.34, 0.03
_PAIR = re.compile(r"^([^：:]+)(?:：|: )\s*(\S.*)$")


@dataclass(frozen=True)
class Credit:
    """One line of the credits; ``role`` is empty for a statement."""

    role: str
    name: str
    heading: bool = False

    @property
    def kind(self) -> str:
        """What its name is set as."""
        return "name" if self.role else "heading" if self.heading else "statement"


@dataclass(frozen=True)
class Page:
    """Laid-out lines on a canvas of its own, in pixels."""

    lines: tuple[TextLine, ...]
    width: int
    height: int
    text: str


@dataclass(frozen=True)
class _Row:
    credit: Credit
    role: SetText | None
    name: SetText

    @property
    def texts(self) -> dict[str, SetText]:
        return {self.credit.kind: self.name, **({"role": self.role} if self.role else {})}

    @property
    def height(self) -> float:
        return max(self.name.height, self.role.height if self.role else 0.0)


def page_shift(easel: Easel) -> int:
    """Return by how many pixels a page rises when it comes in."""
    return easel.part(0.012)


def read_credit(line: str) -> Credit:
    """Return a credit line taken apart at its first colon: “导演：张三”, “Voice: Ada”."""
    found = _PAIR.match(line.strip())
    if found is None or len(found[1].strip()) > LONGEST_ROLE:
        return Credit("", line.strip())
    return Credit(found[1].strip(), found[2].strip())


def list_credits(easel: Easel, lines: Sequence[str]) -> list[Credit]:
    """Return what a closing card says: ``lines``, else the brand's credits with title and record number.

    Raises:
        InputError: there is nothing.
    """
    brand = easel.brand
    texts = [line for line in lines or brand.credits if line.strip()]
    credits = [read_credit(text) for text in texts]
    if texts and texts[0].strip() == brand.title.strip():
        credits[0] = Credit("", brand.title, heading=True)
    elif brand.title.strip() and not lines:
        credits.insert(0, Credit("", brand.title, heading=True))
    if brand.record is not None and brand.record.text not in texts:
        credits.append(Credit("", brand.record.text))
    if not texts and brand.record is None:
        raise InputError("the closing card has no credits", hint="add credits: […] to the brand file")
    return credits


def lay_credits(easel: Easel, lines: Sequence[str], room: Box, most: int) -> list[Page]:
    """Return the pages of a closing card: one if it can be, in smaller letters if they stay readable.

    Args:
        easel: what it is set with.
        lines: of the card; those of the brand where there are none.
        room: what a page may take.
        most: how many pages there is time for; more are returned where the text needs them.

    Raises:
        InputError: there are no credits, one does not fit, or a letter is missing.
    """
    credits = list_credits(easel, lines)
    tried: list[list[Page]] = []
    for scale in _SCALES:
        pages = _paginate(easel, _set_rows(easel, credits, room, scale), room, scale)
        if len(pages) == 1:
            return pages
        tried.append(pages)
    return next((pages for pages in tried if len(pages) <= most), tried[-1])


def _set_rows(easel: Easel, credits: Sequence[Credit], room: Box, scale: float) -> list[_Row]:
    """Set all lines; those of a kind are of one size, that of the one which needs the smallest."""
    sizes = {kind: size * scale for kind, size in _SIZES.items()}
    rows = [_set_row(easel, credit, room, sizes, _FLOOR) for credit in credits]
    for row in rows:
        for kind, text in row.texts.items():
            sizes[kind] = min(sizes[kind], text.size / easel.short)
    return [_set_row(easel, credit, room, sizes, dict.fromkeys(_SIZES, 1.0)) for credit in credits]


def _set_row(easel: Easel, credit: Credit, room: Box, sizes: Mapping[str, float], floors: Mapping[str, float]) -> _Row:
    colours = easel.brand.colours

    def put(text: str, kind: str, width: float, part: float, colour: str) -> SetText:
        return easel.set(
            text, "closing", size=sizes[kind], floor=floors[kind], width=width, height=room.height * part, colour=colour
        )

    if not credit.role:
        colour = colours.accent if credit.heading else colours.text
        return _Row(credit, None, put(credit.name, credit.kind, room.width, 0.5, colour))
    left = room.width * _ROLE_PART
    role = put(credit.role, "role", left, 0.4, colours.accent)
    return _Row(credit, role, put(credit.name, "name", room.width - left - easel.part(_GUTTER), 0.5, colours.text))


def _gap(easel: Easel, before: _Row, after: _Row, scale: float) -> float:
    """Return the space between two rows: pairs stand close, statements and headings apart."""
    close = before.role is not None and after.role is not None
    return easel.part((0.018 if close else 0.045 if before.credit.heading else 0.026) * scale)


def _paginate(easel: Easel, rows: Sequence[_Row], room: Box, scale: float) -> list[Page]:
    limit = room.height - easel.part(0.008) - page_shift(easel) - 4
    groups: list[list[_Row]] = [[]]
    used = 0.0
    for row in rows:
        need = row.height + (_gap(easel, groups[-1][-1], row, scale) if groups[-1] else 0.0)
        if groups[-1] and used + need > limit:
            groups.append([])
            used, need = 0.0, row.height
        groups[-1].append(row)
        used += need
    return [_lay_rows(easel, group, room, scale) for group in groups]


def _lay_rows(easel: Easel, rows: Sequence[_Row], room: Box, scale: float) -> Page:
    """Lay rows out; the two columns together stand in the middle, as do statements."""
    gutter = easel.part(_GUTTER)
    left = max((row.role.width for row in rows if row.role is not None), default=0.0)
    right = max((row.name.width for row in rows if row.role is not None), default=0.0)
    pairs = left + gutter + right if left else 0.0
    width = max(pairs, *(row.name.width for row in rows if row.role is None), 0.0)
    start = (width - pairs) / 2
    lines: list[TextLine] = []
    y = 0.0
    for number, row in enumerate(rows):
        y += _gap(easel, rows[number - 1], row, scale) if number else 0.0
        if row.role is None:
            lines += row.name.place(0, y, width, "centre")
        else:
            name = row.name.place(start + left + gutter, y, right)
            role = row.role.place(start, y, left, "right")
            fall = name[0].y - role[0].y
            lines += [*(_lower(line, fall) for line in role), *name]
        y += row.height
    text = " ".join(f"{row.role.text} {row.name.text}" if row.role else row.name.text for row in rows)
    return Page(tuple(lines), even(width), even(y + easel.part(0.008)), text)


def _lower(line: TextLine, pixels: float) -> TextLine:
    from dataclasses import replace

    return replace(line, y=line.y + pixels)
