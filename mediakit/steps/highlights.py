"""``highlights``: proposals for shorts as an editable ``shorts.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field, model_validator

from mediakit.channels.models import DurationRange
from mediakit.media.times import Duration
from mediakit.steps.base import Context, Inputs, PlainStep, Problem, Publication, StepSettings
from mediakit.steps.ports import FILE, Port


class HighlightsSettings(StepSettings):
    """Settings of ``highlights``; ``min`` and ``max`` override the ends of ``length``."""

    count: int = Field(default=3, ge=1, le=200, description="How many shorts.")
    length: DurationRange = Field(default=(15.0, 60.0), description="Shortest and longest, such as 15s-45s.")
    min: Duration | None = Field(default=None, description="Shortest.")
    max: Duration | None = Field(default=None, description="Longest.")
    transcript: Path | None = Field(default=None, description="A transcript file (default: the earlier step's).")

    @model_validator(mode="after")
    def _in_order(self) -> HighlightsSettings:
        shortest, longest = self.limits
        if not longest > 0 or shortest > longest:
            raise ValueError(f"the shortest short ({shortest:g} s) is longer than the longest ({longest:g} s)")
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Shortest and longest, in seconds."""
        return (
            self.length[0] if self.min is None else self.min,
            self.length[1] if self.max is None else self.max,
        )


class Highlights(PlainStep[HighlightsSettings]):
    """Proposes spans that start and end at sentences; says so when there are fewer than asked for."""

    name: ClassVar[str] = "highlights"
    version: ClassVar[int] = 3
    settings_type = HighlightsSettings
    produces: ClassVar[str] = "shorts"

    def ports(self, settings: HighlightsSettings) -> tuple[Port, ...]:
        """Return the inputs: the words of media or of an edit, and the media's facts for its frame rate and length."""
        words = Port("transcript", "transcript", also=("timeline",))
        if settings.transcript is not None:
            words = Port("transcript", FILE)
        return (words, Port("asset", "asset", optional=True, made_from="transcript"))

    def key_settings(self, settings: HighlightsSettings) -> Mapping[str, Any]:
        """Return the limits, however they were written."""
        return {"count": settings.count, "limits": list(settings.limits)}

    def tools(self, settings: HighlightsSettings) -> Mapping[str, str]:
        """Return the segmenter's version."""
        from mediakit.tools.versions import version

        return {"rjieba": version("rjieba")}

    def run(self, settings: HighlightsSettings, inputs: Inputs, context: Context) -> None:
        """Write ``shorts.yaml``."""
        from mediakit.highlights.propose import propose_shorts
        from mediakit.media.shorts import write_shorts
        from mediakit.steps.programme import read_facts, read_words

        transcript = read_words(inputs)
        facts = read_facts(inputs)
        shortest, longest = settings.limits
        proposal = propose_shorts(
            transcript,
            count=settings.count,
            shortest=shortest,
            longest=longest,
            fps=facts.fps if facts else None,
            duration=facts.duration if facts else None,
        )
        shorts = proposal.shorts
        if facts is not None:
            shorts = shorts.model_copy(update={"source_digest": facts.digest})
        write_shorts(shorts, context.out / "shorts.yaml")
        if proposal.shortfall:
            hint = f"ask for fewer, or for shorter ones (shortest now {shortest:g} s)"
            context.note_problem(Problem(6, "shorts", proposal.shortfall, hint))
        context.progress(1.0)

    def published(self, settings: HighlightsSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return ``shorts.yaml``, made for people to change, below the step's id where it has one."""
        folder = f"{settings.id}/" if settings.id else ""
        yield Publication("shorts.yaml", f"{folder}shorts.yaml", editable=True)
