"""How speech and script agree: what was found, what was not spoken, what was said beside it."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from mediakit.media.document import Document, Value


class ScriptSentence(Value):
    """One sentence of the script, counted from 1.

    ``start`` and ``end`` are the times of the take that counts, the last one; for a sentence that was not spoken they
    are the end of the speech before and the start of the speech after its place. ``missing`` holds the clauses that
    were left out.
    """

    number: int = Field(ge=1)
    text: str
    speaker: str | None = None
    state: Literal["spoken", "partly", "unspoken"]
    start: float | None = None
    end: float | None = None
    takes: int = Field(default=0, ge=0)
    missing: tuple[str, ...] = ()


class SaidBeside(Value):
    """Speech that is not the script's: an ``aside`` (an interview, a remark) or a ``retake`` (an earlier take)."""

    kind: Literal["aside", "retake"]
    start: float
    end: float
    text: str
    sentence: int | None = None


class ScriptReport(Document):
    """``script.json``: how a transcript follows its script.

    ``share`` is the part of the script's characters and words that was found in the speech, ``speech_share`` the part
    of the speech that is the script's. ``belongs`` is false for the script of something else: nothing was taken then.
    """

    kind: ClassVar[str] = "mediakit/script-report/1"

    belongs: bool
    share: float = Field(ge=0, le=1)
    speech_share: float = Field(ge=0, le=1)
    sentences: tuple[ScriptSentence, ...] = ()
    beside: tuple[SaidBeside, ...] = ()

    @property
    def unspoken(self) -> tuple[ScriptSentence, ...]:
        """Sentences that were not spoken, wholly or in part."""
        return tuple(sentence for sentence in self.sentences if sentence.state != "spoken")
