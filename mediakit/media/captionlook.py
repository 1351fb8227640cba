"""How subtitles look: colour, outline, box, place, and the highlight of the word that is said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from mediakit.media.document import Value

SpeakerName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
LookColour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]
CaptionStyleName = Literal["plain", "karaoke"]


class SpeakerLook(Value):
    """What differs in the subtitles of some speakers.

    Attributes:
        speaker: a name as the transcript has it, or several.
        colour: of the letters.
        outline: colour of the edge around them.
        box: colour of the plate, where the look has one.
        highlight: colour of the words that have been said, where the look has one.
    """

    speaker: SpeakerName | Annotated[tuple[SpeakerName, ...], Field(min_length=1)]
    colour: LookColour | None = None
    outline: LookColour | None = None
    box: LookColour | None = None
    highlight: LookColour | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The speakers' names."""
        return (self.speaker,) if isinstance(self.speaker, str) else self.speaker


class CaptionLook(Value):
    """The look of burned subtitles and of those in ASS, WebVTT and TTML files.

    Attributes:
        style: ``karaoke`` highlights the words that have been said, in ``highlight`` or the series' accent colour.
        colour: of the letters, ``#rrggbb``.
        outline: colour of the edge around them.
        outline_width: its width, in parts of the letters' height.
        shadow: whether they throw a shadow.
        box: colour of a plate behind the whole cue; none without.
        box_opacity: 1 hides what is behind.
        position: at the picture's bottom or top, inside the safe area.
        scale: of the letters' size; what a line holds stays the same only up to 1.
        highlight: colour of the words that have been said (karaoke); none without.
        translation_scale: size of the second language's letters, in parts of the first's.
        speakers: what differs for some speakers.
    """

    style: CaptionStyleName = "plain"
    colour: LookColour = "#ffffff"
    outline: LookColour = "#000000"
    outline_width: float = Field(default=0.06, ge=0, le=0.1)
    shadow: bool = True
    box: LookColour | None = None
    box_opacity: float = Field(default=0.65, gt=0, le=1)
    position: Literal["bottom", "top"] = "bottom"
    scale: float = Field(default=1.0, ge=0.5, le=1)
    highlight: LookColour | None = None
    translation_scale: float = Field(default=0.72, ge=0.5, le=1)
    speakers: tuple[SpeakerLook, ...] = Field(default=(), max_length=50)

    @model_validator(mode="after")
    def _fitting(self) -> CaptionLook:
        names = [name for one in self.speakers for name in one.names]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ValueError(f"the speaker {twice!r} has two looks")
        for one in self.speakers:
            if one.box is not None and self.box is None:
                raise ValueError(f"{one.names[0]!r} has a box, and the look for all has none to differ from")
            if one.highlight is not None and self.highlight is None and self.style != "karaoke":
                raise ValueError(f"{one.names[0]!r} has a highlight, and the look for all has none to differ from")
        return self

    def style_of(self, speaker: str | None) -> int:
        """Return which of `styles` a speaker's subtitles have; 0 is that of all others."""
        return next((number for number, one in enumerate(self.speakers, 1) if speaker in one.names), 0)

    @property
    def styles(self) -> tuple[CaptionLook, ...]:
        """The look of all, and then those of ``speakers`` in their order."""
        left_out = {"speaker"} | ({"highlight"} if self.highlight is None else set())  # plain on this channel
        own = [one.model_dump(exclude_none=True, exclude=left_out) for one in self.speakers]
        return (self, *(self.model_copy(update=changes) for changes in own))

    def styled(self, style: CaptionStyleName | None, accent: str) -> CaptionLook:
        """Return the look in a style; None keeps its own, ``accent`` is the highlight where it names none."""
        style = style or ("karaoke" if self.highlight else self.style)
        highlight = (self.highlight or accent) if style == "karaoke" else None
        return self.model_copy(update={"style": style, "highlight": highlight})


PLAIN_LOOK = CaptionLook()
"""White letters with a dark edge at the bottom."""
