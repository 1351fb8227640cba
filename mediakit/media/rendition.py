"""What rendering leaves beside each channel's file, for quality checks, sign-off and packaging."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mediakit.media.document import Document, Value
from mediakit.media.languages import LanguageTag
from mediakit.media.spans import Box, Span
from mediakit.media.times import FrameRate


class RenditionFile(Value):
    """One published file; ``path`` is relative to the folder that holds ``rendition.json``."""

    path: str
    role: Literal["programme", "playlist", "segment", "subtitle", "cover", "data"]
    language: LanguageTag | None = None
    digest: str
    size: int


class TextBox(Value):
    """Where text was laid out, in pixels of the finished picture, and when (seconds)."""

    start: float
    end: float
    box: Box
    text: str


class LoudnessFigures(Value):
    """Measured after encoding (ITU-R BS.1770); LUFS, dBTP and LU."""

    integrated_lufs: float | None = None
    true_peak_dbtp: float | None = None
    range_lu: float | None = None
    gain_db: float = 0.0


class RenditionPiece(Value):
    """Frames of a picture that can be decoded by themselves; the first is a key frame.

    ``key`` stands for all that shapes these frames: equal keys, equal pictures, whatever the place. ``rung`` is that of
    an adaptive stream.
    """

    first: int = Field(ge=0)
    frames: int = Field(gt=0)
    key: str
    rung: str | None = None


class Rendition(Document):
    """``rendition.json``: one programme or short, made for one channel.

    ``start_timecode`` is the first frame's, where the file holds one. ``planned_stills`` and ``planned_silences``
    are spans (seconds) that quality checks must not fault; ``planned_bars`` says that the picture stands over a
    background that may be dark.
    ``pieces`` are those of the main file's picture, or of every rung's, in order; ``sound_key`` stands for all that
    shapes the sound.
    """

    kind: ClassVar[str] = "mediakit/rendition/1"

    channel: str
    title: str = ""
    stem: str
    short: str | None = None
    language: LanguageTag | None = None
    source_digest: str
    duration: float = Field(ge=0)
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    fps: FrameRate | None = None
    start_timecode: str | None = None
    main: str
    files: tuple[RenditionFile, ...]
    loudness: LoudnessFigures | None = None
    text_boxes: tuple[TextBox, ...] = ()
    planned_stills: tuple[Span, ...] = ()
    planned_silences: tuple[Span, ...] = ()
    planned_bars: bool = False
    pieces: tuple[RenditionPiece, ...] = ()
    sound_key: str | None = None
    ai_label: bool = False
    notes: tuple[str, ...] = ()
