"""ASS (Advanced SubStation Alpha) and what else pysubs2 reads, through pysubs2."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.errors import InputError
from mediakit.media.asstext import escape_ass, mark_karaoke, plain_ass
from mediakit.media.captionlook import PLAIN_LOOK, CaptionLook
from mediakit.media.cues import Cue, CueSheet, CueWord
from mediakit.subtitles.raw import RawCue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysubs2 import Color, SSAStyle

FONTS = {"zh": "Noto Sans SC", "ja": "Noto Sans JP", "ko": "Noto Sans KR"}
"""Family names by language for players that look fonts up by name; other languages take ``Arial``."""

_BLOCKS = re.compile(r"(?<!\\)\{[^{}]*\}")
_WIDTH, _HEIGHT = 1920, 1080
_TEXT_HEIGHT = 0.058
_EDGE = 0.05
_OUTLINE_SHARE = 0.8
_BOX_PADDING = 0.12


def format_ass(sheet: CueSheet, look: CaptionLook = PLAIN_LOOK) -> str:
    """Return a sheet as an ASS script: outlined or boxed text, 5 % from the edges (EBU R95), with karaoke marks."""
    import pysubs2

    document = pysubs2.SSAFile()
    document.info.update(
        {
            "Title": "",
            "ScriptType": "v4.00+",
            "PlayResX": str(_WIDTH),
            "PlayResY": str(_HEIGHT),
            "WrapStyle": "2",
            "ScaledBorderAndShadow": "yes",
            "YCbCr Matrix": "None",
        }
    )
    looks = look.styles
    document.styles = {_style_name(number): _make_style(sheet, one) for number, one in enumerate(looks)}
    for cue in sheet.cues:
        document.events.append(
            pysubs2.SSAEvent(
                start=_floor_cs(cue.start),
                end=_floor_cs(cue.end),
                name=_name(cue.speaker),
                style=_style_name(number := look.style_of(cue.speaker)),
                text=_event_text(cue, looks[number]),
            )
        )
    text: str = document.to_string("ass", header_notice="mediakit")
    return text


def _style_name(number: int) -> str:
    return f"Speaker {number}" if number else "Default"


def _make_style(sheet: CueSheet, look: CaptionLook) -> SSAStyle:
    import pysubs2

    size = round(_HEIGHT * _TEXT_HEIGHT * look.scale)
    boxed = look.box is not None
    edge = _colour(look.box, 1 - look.box_opacity) if look.box is not None else _colour(look.outline)
    said = look.highlight or look.colour
    return pysubs2.SSAStyle(
        fontname=FONTS.get(sheet.language[:2], "Arial"),
        fontsize=size,
        primarycolor=_colour(said),
        secondarycolor=_colour(look.colour),
        outlinecolor=edge,
        backcolor=pysubs2.Color(0, 0, 0, 128),
        borderstyle=3 if boxed else 1,
        outline=round(size * _BOX_PADDING if boxed else size * look.outline_width * _OUTLINE_SHARE, 1),
        shadow=0,
        alignment=pysubs2.Alignment.TOP_CENTER if look.position == "top" else pysubs2.Alignment.BOTTOM_CENTER,
        marginl=round(_WIDTH * _EDGE),
        marginr=round(_WIDTH * _EDGE),
        marginv=round(_HEIGHT * _EDGE),
        encoding=1,
    )


def _colour(text: str, transparency: float = 0.0) -> Color:
    import pysubs2

    red, green, blue = (int(text[k : k + 2], 16) for k in (1, 3, 5))
    return pysubs2.Color(red, green, blue, round(255 * transparency))


def _event_text(cue: Cue, look: CaptionLook) -> str:
    spoken = cue.spoken_lines if look.highlight is not None else ()
    text = escape_ass(cue.lines) if not spoken else _karaoke(cue, spoken)
    if look.highlight is not None and not spoken:
        text = f"{{\\1c{_bgr(look.colour)}}}{text}"
    if cue.translation:
        text += rf"\N{{\fscx{look.translation_scale * 100:g}\fscy{look.translation_scale * 100:g}"
        text += (f"\\1c{_bgr(look.colour)}" if look.highlight is not None else "") + "}"
        text += escape_ass(cue.translation)
    return text


def _bgr(colour: str) -> str:
    return f"&H{colour[5:7]}{colour[3:5]}{colour[1:3]}&".upper()


def _karaoke(cue: Cue, spoken: Sequence[Sequence[CueWord]]) -> str:
    r"""Return the text with ``\k`` before every word: how long until the next one begins, in hundredths."""
    starts = [max(round((word.start - cue.start) * 100), 0) for line in spoken for word in line]
    end, made, at, ran = round((cue.end - cue.start) * 100), [], 0, 0
    for line in spoken:
        words = [(word.text, starts[at + k] - ran) for k, word in enumerate(line)]
        at += len(line)
        following = starts[at] if at < len(starts) else max(end, starts[-1] + 1)
        made.append(mark_karaoke(words, following - ran))
        ran = max(following, starts[at - 1] + 1)
    return r"\N".join(made)


def _floor_cs(seconds: float) -> int:
    """Return milliseconds rounded down to ASS's hundredths."""
    return int(seconds * 100 + 1e-5) * 10


def _name(speaker: str | None) -> str:
    return " ".join((speaker or "").replace(",", " ").split())


def parse_ass(text: str, path: Path, format_name: str | None = None) -> tuple[RawCue, ...]:
    """Read ASS or SSA text, or another format that pysubs2 knows.

    Raises:
        InputError: not in the format.
    """
    import pysubs2

    try:
        document = pysubs2.SSAFile.from_string(text, format_=format_name)
    except (pysubs2.exceptions.Pysubs2Error, ValueError, KeyError, IndexError) as exc:
        raise InputError(f"is not a subtitle file that can be read ({exc})", where=path) from exc
    made = []
    for event in document.events:
        if event.is_comment:
            continue
        lines = tuple(line.strip() for line in plain_ass(event.text) if line.strip())
        tags = tuple(block for block in _BLOCKS.findall(event.text) if block != "{}")
        made.append(RawCue(event.start / 1000, event.end / 1000, lines, event.name or None, tags))
    return tuple(made)
