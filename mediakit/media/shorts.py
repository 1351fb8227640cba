"""``shorts.yaml``: proposals for shorts, made to be read and changed by a person."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field, model_validator

from mediakit.media.document import Document, Value


class ShortSpan(Value):
    """A stretch of the source, ``start`` to ``end`` in seconds; times may be written ``00:12.40``."""

    start: float = Field(ge=0)
    end: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> ShortSpan:
        if self.end <= self.start:
            raise ValueError("a span ends before it starts")
        return self


class Short(Value):
    """One short: its spans in playing order, a title, why it was proposed, where it may go."""

    id: str = Field(pattern=r"^[\w-]{1,64}$")
    title: str = ""
    spans: tuple[ShortSpan, ...] = Field(min_length=1)
    opens_with: str = ""
    closes_with: str = ""
    score: float | None = None
    score_parts: dict[str, float] = Field(default_factory=dict)
    channels: tuple[str, ...] = ()

    @property
    def duration(self) -> float:
        """Seconds, all spans together."""
        return sum(span.end - span.start for span in self.spans)


class ShortsList(Document):
    """The shorts proposed for one source (``source_digest``: SHA-256 of the media file)."""

    kind: ClassVar[str] = "mediakit/shorts/1"

    source_digest: str = ""
    language: str = ""
    shorts: tuple[Short, ...] = ()
