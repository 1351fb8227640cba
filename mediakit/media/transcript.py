"""The transcript: words with times; the same contract whichever engine or file it came from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from mediakit.media.document import Document, Value
from mediakit.media.languages import LanguageTag


class Word(Value):
    """One word (one character or more in Chinese) with its times in seconds on the media's clock."""

    text: str
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    probability: float | None = Field(default=None, ge=0, le=1)

    @model_validator(mode="after")
    def _in_order(self) -> Word:
        if self.end < self.start:
            raise ValueError(f"word {self.text!r} ends before it starts")
        return self


class Segment(Value):
    """A run of words, about a sentence; ``text`` is what a reader sees, punctuation included.

    ``script`` says how it stands to the script that was laid beside the speech: its own words (``followed``), an
    earlier take of a sentence that is said again (``retake``), or something else (``aside``).
    ``cut`` says that a programme was cut before it: what is said before comes from elsewhere.
    """

    start: float = Field(ge=0)
    end: float = Field(ge=0)
    text: str
    words: tuple[Word, ...] = ()
    speaker: str | None = None
    script: Literal["followed", "retake", "aside"] | None = None
    cut: bool = False


class Correction(Value):
    """One change that was made to the recognised text, and why; ``score`` is how sure it is, where a rule weighs."""

    start: float
    end: float
    before: str
    after: str
    rule: str
    score: float | None = Field(default=None, ge=0, le=1)


class Doubt(Correction):
    """A change that was not made because it may be wrong; ``why`` says what speaks against it."""

    why: str


class Recogniser(Value):
    """What made the transcript: ``engine`` is ``faster-whisper``, ``openai-whisper`` or ``import``."""

    engine: str
    version: str = ""
    model: str = ""
    model_digest: str = ""


class Transcript(Document):
    """``transcript.json``: the words that are said in a media file."""

    kind: ClassVar[str] = "mediakit/transcript/1"

    language: LanguageTag
    language_probability: float | None = None
    duration: float = Field(ge=0)
    source_digest: str = ""
    recogniser: Recogniser
    segments: tuple[Segment, ...] = ()
    corrections: tuple[Correction, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[Word, ...]:
        """All words in order."""
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def speakers(self) -> dict[str, float]:
        """How many seconds of words each known speaker says, in the order in which they are first heard."""
        seconds: dict[str, float] = {}
        for segment in self.segments:
            if segment.speaker is not None:
                said = sum(word.end - word.start for word in segment.words) or segment.end - segment.start
                seconds[segment.speaker] = seconds.get(segment.speaker, 0.0) + said
        return seconds

    @property
    def text(self) -> str:
        """The whole text, a segment a line."""
        return "\n".join(segment.text for segment in self.segments)


_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]"
)


def needs_space(before: str, after: str) -> bool:
    """Tell whether a space stands between two words in print: not beside Chinese, Japanese, Thai and their marks."""
    if not before or not after:
        return False
    return not any(_UNSPACED.match(c) for c in (before[-1], after[0]))


def join_words(words: Iterable[str]) -> str:
    """Return words as running text, with spaces only where their script has them."""
    text = ""
    for word in words:
        text += f" {word}" if needs_space(text, word) else word
    return text
