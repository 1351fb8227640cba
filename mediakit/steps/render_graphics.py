"""The graphics of a render: what brand file and edit ask for, laid out for each geometry; who made it, as metadata."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.rendition import TextBox
from mediakit.render.brand import FIRST_WORDS, AiLabel, Brand
from mediakit.render.drawing import Overlay

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.render.arrangement import Arrangement
    from mediakit.render.graphics import PlacedGraphic
    from mediakit.render.programme import Behind
    from mediakit.tools.fonts import FontFile

LABEL_TEXTS = {"zh": "内容由人工智能生成", "en": "Made with AI"}


@dataclass(frozen=True)
class Graphics:
    """What is drawn on one picture of a programme; times in frames of the programme."""

    overlays: tuple[Overlay, ...] = ()
    boxes: tuple[TextBox, ...] = ()
    notes: tuple[str, ...] = ()

    def within(self, first: int, end: int) -> tuple[Overlay, ...]:
        """Return what shows in the programme's frames ``first`` to ``end``, in their own time."""
        return tuple(part for overlay in self.overlays if (part := overlay.within(first, end)) is not None)


@dataclass
class GraphicsMaker:
    """Lays out the brand's graphics, each set once.

    Attributes:
        brand: the brand file, or one with nothing but an AI label; None draws nothing.
        ai_label: what the settings say: None is as the brand says.
    """

    brand: Brand | None
    ai_label: bool | None = None
    _made: dict[tuple[object, ...], Graphics] = field(default_factory=dict)

    @classmethod
    def of(cls, path: Path | None, ai_label: bool | None, language: str | None) -> GraphicsMaker:
        """Return the maker for a brand file.

        Raises:
            MediakitError: the brand file cannot be used.
        """
        from mediakit.render.brand import read_brand

        brand = None if path is None else read_brand(path)
        if ai_label and (brand is None or brand.ai_label is None):
            primary = (language or "zh").lower().partition("-")[0]
            label = AiLabel(text=LABEL_TEXTS.get(primary, LABEL_TEXTS["en"]))
            brand = (brand or Brand()).model_copy(update={"ai_label": label})
        return cls(brand, ai_label)

    @property
    def label(self) -> AiLabel | None:
        """The label of generated content, where it applies."""
        return None if self.brand is None or self.ai_label is False else self.brand.ai_label

    @property
    def waits_for_words(self) -> bool:
        """Whether a strap stands at a person's first words."""
        return self.brand is not None and any(strap.start == FIRST_WORDS for strap in self.brand.name_straps)

    def for_edit(self) -> GraphicsMaker:
        """Return a maker without the straps that have times of a master: an edit has its own."""
        if self.brand is None:
            return self
        kept = tuple(strap for strap in self.brand.name_straps if strap.start == FIRST_WORDS)
        return GraphicsMaker(self.brand.model_copy(update={"name_straps": kept}), self.ai_label)

    def with_first_words(self, first_words: Mapping[str, float]) -> GraphicsMaker:
        """Return a maker whose straps at ``first_words`` have times; ``first_words`` as in `resolve_straps`.

        Raises:
            InputError: a speaker is not heard.
        """
        from mediakit.render.brand import resolve_straps

        return self if self.brand is None else GraphicsMaker(resolve_straps(self.brand, first_words), self.ai_label)

    def font(self, language: str | None) -> FontFile:
        """Return the font for all text."""
        from mediakit.tools.fonts import find_font

        return find_font(language, path=None if self.brand is None else self.brand.font)

    def background(self, card: str) -> str:
        """Return the colour behind a card (``opening``, ``closing``, ``chapter``, ``label``, ``text``)."""
        return (self.brand or Brand()).card_background(card)

    def behind(self, card: str) -> Behind | None:
        """Return what shows through a card's colour, or None.

        Raises:
            InputError: the brand's picture cannot be used.
        """
        from mediakit.render.programme import Behind
        from mediakit.render.stack import Still

        wanted = None if self.brand is None else self.brand.card_behind(card)
        if wanted is None:
            return None
        return Behind(wanted.veil, None if wanted.picture is None else Still.of(wanted.picture))

    def lay_out(
        self,
        channel: Channel,
        size: tuple[int, int],
        fps: Fraction,
        frames: int,
        *,
        font: FontFile,
        captions: Sequence[TextBox] = (),
        spans: Sequence[tuple[float, float]] | None = None,
        placed: Sequence[PlacedGraphic] = (),
        closing_over: bool = False,
        arrangement: Arrangement | None = None,
        headline: str = "",
        terms: tuple[str, ...] = (),
    ) -> Graphics:
        """Return a programme's graphics on a picture of a size.

        Args:
            channel: whose safe area they stay in.
            size: width and height of the picture.
            fps: frames a second.
            frames: of the programme.
            font: for all text.
            captions: boxes of burned captions, in seconds of the programme.
            spans: the source's stretches that the programme is made of, where it is re-cut.
            placed: cards and overlays of an edit.
            closing_over: lay the credits over the programme's end where the brand says so.
            arrangement: where things stand; None is anywhere in the safe area.
            headline: stands in the arrangement's place for it.
            terms: names and titles that no line of the headline parts.

        Raises:
            InputError: something does not fit or cannot be drawn.
        """
        if self.brand is None and not placed and not headline:
            return Graphics()
        from mediakit.render.layout import safe_box

        safe = safe_box(channel, *size)
        key = (
            *(size, safe, fps, frames, font.digest, tuple(captions), None if spans is None else tuple(spans)),
            *(tuple(placed), closing_over, arrangement, headline, terms),
        )
        if key not in self._made:
            self._made[key] = self._lay_out(
                size=size,
                safe=safe,
                font=font,
                fps=fps,
                frames=frames,
                captions=captions,
                spans=spans,
                placed=placed,
                closing_over=closing_over,
                arrangement=arrangement,
                headline=headline,
                terms=terms,
            )
        return self._made[key]

    def _lay_out(self, *, fps: Fraction, font: FontFile, **options: Any) -> Graphics:
        from mediakit.errors import ToolError
        from mediakit.render.graphics import lay_graphics
        from mediakit.tools.fonts import find_font

        try:
            spare = find_font()
        except ToolError:
            spare = None
        notes: list[str] = []
        laid = lay_graphics(
            self.brand or Brand(), font=font, fps=fps, ai_label=self.ai_label, spare=spare, notes=notes, **options
        )
        boxes = tuple(one.text_box(fps) for one in laid if one.text)
        return Graphics(tuple(one.overlay for one in laid), boxes, tuple(dict.fromkeys(notes)))


def label_tags(
    label: AiLabel | None, brand: Brand | None, source: Path, source_digest: str, container: str, *, forbidden: bool
) -> dict[str, str]:
    """Return the metadata that marks generated content, the source's own mark included; {} where there is none.

    Args:
        label: the visible label, where one applies.
        brand: names the producer.
        source: the media file, whose mark is kept.
        source_digest: stands in as the producer's number of the content.
        container: of the file that gets the tags.
        forbidden: the settings say that the content is not generated.
    """
    from mediakit.render.metadata import aigc_tags, build_aigc, read_aigc

    if forbidden:
        return {}
    fields = read_aigc(source)
    if fields is None and label is not None:
        producer = label.producer or (brand.series if brand else "")
        fields = build_aigc(producer=producer, produce_id=source_digest[:32], label=label.label)
    return {} if fields is None else aigc_tags(fields, container)
