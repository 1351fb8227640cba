"""What was heard in one section of a programme, before it becomes a transcript: the result of a transcribing job."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from mediakit.media.document import Document, Value
from mediakit.media.transcript import Word


class Run(Value):
    """Words that the engine gave in one breath, in one language, as it spells them; seconds on the media's clock.

    ``channel``, from 1, tells where they were heard if the channels of the sound were heard apart.
    """

    language: str
    channel: int | None = None
    words: tuple[Word, ...]


class Claim(Value):
    """A name that the engine heard only when it was told it: ``before`` was heard untold, and stands; ``after`` told.

    An empty ``after`` stands for a name that was kept where nothing was heard untold: ``before`` is the name.
    ``channel`` is as in `Run`.
    """

    channel: int | None = None
    start: float = Field(ge=0)
    end: float = Field(ge=0)
    before: str
    after: str


class Heard(Document):
    """``heard.json``: the runs of one section, how sure its language is, how much speech it has, and doubtful names.

    ``speech`` holds the regions of voice activity (start, end), in order; none where they were not looked for.
    """

    kind: ClassVar[str] = "mediakit/heard/2"

    language: str
    language_probability: float = Field(ge=0, le=1)
    speech_s: float = Field(ge=0)
    runs: tuple[Run, ...] = ()
    claims: tuple[Claim, ...] = ()
    speech: tuple[tuple[float, float], ...] = ()

    def of_channel(self, channel: int) -> Heard:
        """Return what was heard in one channel; 0 for what was not heard apart."""
        runs = tuple(run for run in self.runs if (run.channel or 0) == channel)
        claims = tuple(claim for claim in self.claims if (claim.channel or 0) == channel)
        return self.model_copy(update={"runs": runs, "claims": claims})
