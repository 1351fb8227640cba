"""Stretches of time and boxes of pixels."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from mediakit.media.document import Value


class Span(Value):
    """From ``start`` to ``end`` in seconds."""

    start: float = Field(ge=0)
    end: float = Field(ge=0)

    @property
    def duration(self) -> float:
        """Seconds."""
        return self.end - self.start

    def overlaps(self, other: Span) -> bool:
        """Tell whether the two share more than an edge."""
        return self.start < other.end and other.start < self.end


def unite_spans(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the time that any of some spans (start, end) covers, as spans in order without overlap."""
    united: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(united[-1][1], end))
        else:
            united.append((start, end))
    return united


class Box(Value):
    """A rectangle in pixels from the picture's top left corner."""

    x: int
    y: int
    width: int = Field(ge=0)
    height: int = Field(ge=0)

    @property
    def right(self) -> int:
        """First column past the box."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """First row past the box."""
        return self.y + self.height

    def contains(self, other: Box) -> bool:
        """Tell whether ``other`` lies wholly inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom
