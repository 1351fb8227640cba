"""``cuts.json``: which stretches of a source were cut into which files."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from mediakit.media.document import Document, Value
from mediakit.media.spans import Span
from mediakit.media.times import FrameRate


class Cut(Value):
    """One cut. ``spans`` are the exact stretches that were taken, in seconds of the source, in playing order.

    ``duration`` is seconds; ``frames`` and ``fps`` are absent where there is no picture. ``frames_copied`` frames are
    the source's own packets, ``frames_encoded`` were encoded anew; ``note`` says why none were copied.
    """

    id: str
    title: str = ""
    file: str
    subtitles: tuple[str, ...] = ()
    spans: tuple[Span, ...]
    duration: float = Field(ge=0)
    frames: int | None = None
    fps: FrameRate | None = None
    frames_copied: int | None = None
    frames_encoded: int | None = None
    note: str = ""


class CutList(Document):
    """All cuts of one source (``source_digest``: SHA-256 of the media file)."""

    kind: ClassVar[str] = "mediakit/cuts/1"

    source_digest: str
    cuts: tuple[Cut, ...]
