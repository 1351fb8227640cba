"""Subtitle files: one registry of formats, reading by content, writing by name.

To add a format, write a module with ``format_x(sheet, look) -> str`` (and ``parse_x``) and add it to `WRITERS` (and
`_parse`). Text comes in and goes out plain: what a format reads as commands is escaped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from mediakit.errors import InputError, UsageError
from mediakit.media.captionlook import PLAIN_LOOK, CaptionLook
from mediakit.media.cues import CueSheet
from mediakit.media.document import write_text_atomic
from mediakit.media.languages import is_language
from mediakit.media.texts import read_decoded
from mediakit.subtitles.ass import format_ass, parse_ass
from mediakit.subtitles.raw import RawCue, SubtitleFile, order_cues
from mediakit.subtitles.srt import format_srt, format_vtt, parse_srt, parse_vtt
from mediakit.subtitles.ttml import find_ttml_faults, format_ttml, parse_ttml

WRITERS: dict[str, Callable[[CueSheet, CaptionLook], str]] = {
    "srt": format_srt,
    "ass": format_ass,
    "vtt": format_vtt,
    "ttml": format_ttml,
}
SUFFIXES = {
    ".srt": "srt",
    ".ass": "ass",
    ".ssa": "ass",
    ".vtt": "vtt",
    ".ttml": "ttml",
    ".xml": "ttml",
    ".dfxp": "ttml",
}
MAX_SUBTITLE_BYTES = 32 << 20
_WHOLE_HOURS = 10 * 3600


def format_of(path: Path) -> str:
    """Return the format that a file's suffix names.

    Raises:
        UsageError: none that can be written.
    """
    found = SUFFIXES.get(path.suffix.lower())
    if found is None:
        raise UsageError(
            f"{path.suffix or 'no suffix'} names no subtitle format", where=path, hint="use .srt, .ass, .vtt or .ttml"
        )
    return found


def format_cues(sheet: CueSheet, format_name: str, look: CaptionLook | None = None) -> str:
    """Return a sheet as the text of a subtitle file.

    Args:
        sheet: the cues.
        format_name: ``srt``, ``ass``, ``vtt`` or ``ttml``.
        look: colours, box and place, for formats that have them.

    Raises:
        UsageError: unknown format, or times that the format cannot hold.
    """
    if format_name not in WRITERS:
        raise UsageError(f"{format_name!r} is no subtitle format", hint="choose srt, ass, vtt or ttml")
    if format_name == "ass" and any(cue.end >= _WHOLE_HOURS for cue in sheet.cues):
        raise UsageError("ASS cannot hold times of ten hours and more", hint="write SRT, WebVTT or TTML")
    return WRITERS[format_name](sheet, look or PLAIN_LOOK)


def write_cues(sheet: CueSheet, path: Path, format_name: str | None = None, look: CaptionLook | None = None) -> None:
    """Write a subtitle file, atomically; the format follows from the suffix where it is not named."""
    write_text_atomic(path, format_cues(sheet, format_name or format_of(path), look))


def read_cues(path: Path, language: str = "") -> CueSheet:
    """Read a subtitle file of any known format and encoding; the content decides, not the suffix.

    Args:
        path: the file.
        language: the language, where it is known better than the file says; what is no language tag there is ignored.

    Raises:
        InputError: missing, not text, or no subtitles in it.
        UsageError: ``language`` is no language tag.
    """
    if language and not is_language(language):
        raise UsageError(f"{language[:40]!r} is not a language tag", hint="write it like zh or en-GB")
    if path.suffix.lower() == ".json" and path.is_file():
        return CueSheet.read(path)
    found = read_file(path)
    return CueSheet(language=language or found.language, cues=order_cues(found.cues))


def read_file(path: Path) -> SubtitleFile:
    """Read a subtitle file as it is, with its order and its faults.

    Raises:
        InputError: missing, not text, or no subtitles in it.
    """
    decoded = read_decoded(path, MAX_SUBTITLE_BYTES)
    text = decoded.text
    format_name, cues, language = _parse(text, path)
    if not cues and text.strip() and not _may_be_empty(text):
        raise InputError("holds no subtitles that can be read", where=path, hint="give SRT, ASS, WebVTT or TTML")
    language = language if is_language(language) else ""
    faults = tuple(find_ttml_faults(text)) if format_name == "ttml" else ()
    return SubtitleFile(
        format_name,
        decoded.encoding,
        decoded.marked,
        decoded.line_ends,
        language or guess_language(cues),
        cues,
        faults,
    )


def _may_be_empty(text: str) -> bool:
    return text.lstrip().startswith(("WEBVTT", "[Script Info]", "<"))


def _parse(text: str, path: Path) -> tuple[str, tuple[RawCue, ...], str]:
    """Return the format's name, the cues in the file's order, and the language that it names."""
    if not text.strip():  # an SRT file of a programme in which nothing is said
        return "srt", (), ""
    head = text.lstrip()[:4000]
    if head.startswith("WEBVTT"):
        return "vtt", parse_vtt(text), ""
    if head.startswith("<") and not head[:200].lower().startswith("<sami"):
        return "ttml", *parse_ttml(text, path)
    if "[Script Info]" in head or "[V4" in head or "[Events]" in head:
        return "ass", parse_ass(text, path, None if "[V4 Styles]" in head else "ass"), ""
    if "-->" in text:
        return "srt", parse_srt(text), ""
    return "other", parse_ass(text, path), ""


def guess_language(cues: Sequence[RawCue]) -> str:
    """Return ``zh`` where ideographs prevail, else an empty string."""
    text = "".join(line for cue in cues for line in cue.lines)
    wide = sum("\u4e00" <= character <= "\u9fff" for character in text)
    return "zh" if wide * 3 > len(text) else ""
