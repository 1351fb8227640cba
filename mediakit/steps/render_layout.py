"""Where things stand on one picture of a programme: its layout, what its texts need, and their rooms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING

from mediakit.render.arrangement import Arrangement, Needs, arrange
from mediakit.render.brand import Brand
from mediakit.render.caption_style import caption_height, caption_style, count_rows
from mediakit.render.layout import safe_box
from mediakit.render.stack import Stack
from mediakit.steps.render_piece import Captions

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, SubtitleProfile
    from mediakit.media.captionlook import CaptionLook
    from mediakit.media.cues import CueSheet
    from mediakit.render.easel import Easel
    from mediakit.render.spec import PictureSpec
    from mediakit.steps.render_material import Material
    from mediakit.tools.fonts import FontFile

_TALLEST_HEADLINE = 0.3
"""A headline takes no more than this part of the safe area's height."""


@dataclass(frozen=True)
class FrameLayout:
    """The layout of one picture of a programme.

    Attributes:
        material: what is rendered.
        channel: for which channel.
        spec: the picture, before its layout is known.
        sheet: its cues, or None.
        aspects: width by height of the sources' pictures.
        headline: the text above a stacked picture; empty for none.
    """

    material: Material
    channel: Channel
    spec: PictureSpec
    sheet: CueSheet | None
    aspects: tuple[Fraction, ...]
    headline: str = ""

    @property
    def _size(self) -> tuple[int, int]:
        return self.spec.width, self.spec.height

    @property
    def _brand(self) -> Brand:
        return self.material.graphics.brand or Brand()

    @property
    def _look(self) -> CaptionLook:
        return self._brand.caption_look(self.material.caption_style)

    @cached_property
    def _burned(self) -> tuple[CueSheet, FontFile, SubtitleProfile] | None:
        """Cues that are burned in, their font and profile."""
        subtitles = self.channel.subtitles
        burned = subtitles is not None and subtitles.mode in ("burn", "both") and not self.channel.rungs
        if self.sheet is None or not self.sheet.cues or not burned:
            return None
        assert subtitles is not None
        language = self.material.cues.spoken_language
        font = self.material.graphics.font(self.sheet.language or language)
        return self.sheet, font, self.material.profiles.subtitles[subtitles.profile_for(language)]

    @cached_property
    def _rows(self) -> float:
        """How many lines of full size the captions' room holds."""
        if self._burned is None:
            return 0.0
        sheet, _, profile = self._burned
        return count_rows(profile, self._look, translated=sheet.translation_language is not None)

    @cached_property
    def arrangement(self) -> Arrangement:
        """Where things stand.

        Raises:
            InputError: the headline has a letter that no font has.
        """
        safe = safe_box(self.channel, *self._size)
        stack = self._brand.stack
        return arrange(
            self.spec.fit,
            self._size,
            safe,
            aspects=self.aspects,
            needs=self._needs(),
            margin=max(stack.margin, 0.03 if stack.corners else 0.0),
            captions_over=stack.captions == "over",
        )

    def _needs(self) -> Needs:
        captions = 0
        below = self.spec.fit == "stack" or self._look.position == "bottom"
        if self._burned is not None and below:
            _, font, profile = self._burned
            plain = caption_style(self.channel, font, profile, size=self._size, look=self._look)
            captions = caption_height(font, plain.size, self._rows, self._look)
        if self.spec.fit != "stack":
            return Needs(captions=captions)
        easel = self._easel()
        head = least = 0
        if self.headline:
            from mediakit.render.headline import headline_heights

            most = round(easel.safe.height * _TALLEST_HEADLINE)
            head, least = headline_heights(easel, self.headline, easel.safe.width, most)
        return Needs(head, least, captions, self._bug_height(easel))

    def _bug_height(self, easel: Easel) -> int:
        if easel.brand.bug is None:
            return 0
        from mediakit.render.straps import draw_bug

        return draw_bug(easel, easel.brand.bug.text).graphic.height

    def _easel(self) -> Easel:
        from mediakit.render.easel import Easel
        from mediakit.tools.fonts import find_font

        maker = self.material.graphics
        font = maker.font(self.material.cues.spoken_language)
        safe = safe_box(self.channel, *self._size)
        return Easel(self._brand, self._size, safe, font, self.spec.fps, find_font(), [], self.material.title_terms)

    @property
    def fitted(self) -> PictureSpec:
        """The picture with its layout; of one that is seen through windows, where a shot stands that is shown whole."""
        if self.spec.fit in ("blur", "pad"):
            picture = self.arrangement.picture
            return replace(self.spec, raised=(self.spec.height - picture.height) // 4 * 2 - picture.y)
        whole = self.arrangement.whole
        if self.spec.fit in ("track", "split") and whole is not None:
            return replace(self.spec, stack=Stack((whole.x, whole.y, whole.width, whole.height)))
        if self.spec.fit != "stack":
            return self.spec
        made = Stack.of(self._brand, self.arrangement.picture, self._size)
        return replace(self.spec, stack=replace(made, corners=0) if self.arrangement.filled else made)

    @property
    def captions(self) -> Captions | None:
        """The burned cues at their places."""
        if self._burned is None:
            return None
        sheet, font, profile = self._burned
        safe = safe_box(self.channel, *self._size)
        made = self.arrangement
        apart = made.captions != safe and (made.hangs or made.layout in ("stack", "split"))
        style = caption_style(
            self.channel,
            font,
            profile,
            size=self._size,
            look=self._look,
            room=made.captions if apart else None,
            hangs=made.hangs if apart else None,
            rows=self._rows,
        )
        return Captions(sheet, style, font)


def aspects_of(material: Material, names: Sequence[str | None], twins: dict[str, str]) -> tuple[Fraction, ...]:
    """Return the shapes of the sources that a programme shows, as far as they have pictures."""
    shown = dict.fromkeys(twins.get(name, name) for name in names if name is not None)
    found = (material.sources[name].footage for name in shown)
    return tuple(footage.display.aspect for footage in found if footage is not None)
