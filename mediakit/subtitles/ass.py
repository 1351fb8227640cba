"""ASS (Advanced SubStation Alpha) and what else pysubs2 reads, through pysubs2."""

from __future__ import annotations

from pathlib import Path

from mediakit.errors import InputError
from mediakit.media.asstext import escape_ass, plain_ass
from mediakit.media.cues import Cue, CueSheet

FONTS = {"zh": "Noto Sans SC", "ja": "Noto Sans JP", "ko": "Noto Sans KR"}
"""Family names by language for players that look fonts up by name; other languages take ``Arial``."""

_WIDTH, _HEIGHT = 1920, 1080
_TEXT_HEIGHT = 0.058
_EDGE = 0.05
_OUTLINE = 0.0028


def format_ass(sheet: CueSheet) -> str:
    """Return a sheet as an ASS script: white outlined text at the bottom, 5 % from the edges (EBU R95)."""
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
    document.styles = {
        "Default": pysubs2.SSAStyle(
            fontname=FONTS.get(sheet.language[:2], "Arial"),
            fontsize=round(_HEIGHT * _TEXT_HEIGHT),
            outline=round(_HEIGHT * _OUTLINE, 1),
            shadow=0,
            backcolor=pysubs2.Color(0, 0, 0, 128),
            alignment=pysubs2.Alignment.BOTTOM_CENTER,
            marginl=round(_WIDTH * _EDGE),
            marginr=round(_WIDTH * _EDGE),
            marginv=round(_HEIGHT * _EDGE),
            encoding=1,
        )
    }
    for cue in sheet.cues:
        document.events.append(
            pysubs2.SSAEvent(
                start=_floor_cs(cue.start),
                end=_floor_cs(cue.end),
                name=_name(cue.speaker),
                text=escape_ass(cue.lines),
            )
        )
    text: str = document.to_string("ass", header_notice="mediakit")
    return text


def _floor_cs(seconds: float) -> int:
    """Return milliseconds rounded down to ASS's hundredths."""
    return int(seconds * 100 + 1e-5) * 10


def _name(speaker: str | None) -> str:
    return " ".join((speaker or "").replace(",", " ").split())


def parse_ass(text: str, path: Path, format_name: str | None = None) -> tuple[Cue, ...]:
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
        if event.is_comment or event.start < 0:
            continue
        lines = tuple(line for line in plain_ass(event.text) if line.strip())
        end = max(event.end, event.start)
        made.append(Cue(start=event.start / 1000, end=end / 1000, lines=lines, speaker=event.name or None))
    return tuple(sorted(made, key=lambda cue: (cue.start, cue.end)))
