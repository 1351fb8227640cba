"""How subtitles look: colour, outline, box, place, and the highlight of the word that is said."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from mediakit.media.document import Value

LookColour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


CaptionStyleName = Literal["plain", "karaoke"]


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

    def styled(self, style: CaptionStyleName | None, accent: str) -> CaptionLook:
        """Return the look in a style; None keeps its own, ``accent`` is the highlight where it names none."""
        style = style or ("karaoke" if self.highlight else self.style)
        highlight = (self.highlight or accent) if style == "karaoke" else None
        return self.model_copy(update={"style": style, "highlight": highlight})


PLAIN_LOOK = CaptionLook()
"""White letters with a dark edge at the bottom."""
