"""SubRip (.srt) and WebVTT (.vtt) text, written and read.

Times are rounded down to the millisecond: a cue that starts with a frame is then there when the frame is shown, and
gone when the frame that ends it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from mediakit.media.cues import Cue, CueSheet

_TIMING = re.compile(
    r"^\s*(?:(\d+):)?(\d{1,3}):(\d{1,2})[,.](\d{1,3})\s*-->\s*(?:(\d+):)?(\d{1,3}):(\d{1,2})[,.](\d{1,3})(?:\s.*)?$"
)
_SRT_TAGS = re.compile(r"</?(?:[ibus]|font)(?:\s[^<>]*)?>|\{\\an?\d+\}", re.IGNORECASE)
_VTT_TAGS = re.compile(r"</?(?:c|i|b|u|ruby|rt|v|lang)(?:[.\s][^<>]*)?>|<\d[\d:.]*>|<(?:/)?>")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^<>]+)>")
_GUARD = "\u2060"


def floor_ms(seconds: float) -> int:
    """Return whole milliseconds, rounded down (but not by a float's last bit)."""
    return int(seconds * 1000 + 1e-4)


def format_stamp(seconds: float, mark: str) -> str:
    """Return ``HH:MM:SS,mmm`` with ``mark`` before the milliseconds."""
    ms = floor_ms(seconds)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{mark}{ms % 1000:03d}"


def format_srt(sheet: CueSheet) -> str:
    """Return a sheet as SubRip text."""
    blocks = []
    for number, cue in enumerate(sheet.cues, 1):
        times = f"{format_stamp(cue.start, ',')} --> {format_stamp(cue.end, ',')}"
        lines = [_guard(line) for line in visible_lines(cue)]
        blocks.append("\n".join([str(number), times, *lines]))
    return "\n\n".join(blocks) + "\n"


def _guard(line: str) -> str:
    """Keep text that looks like an arrow or a tag from being read as one (SubRip has no escapes)."""
    line = line.replace("-->", f"--{_GUARD}>")
    return _SRT_TAGS.sub(lambda match: match[0][0] + _GUARD + match[0][1:], line)


def format_vtt(sheet: CueSheet) -> str:
    """Return a sheet as WebVTT text; speakers become voice spans."""
    blocks = ["WEBVTT"]
    for number, cue in enumerate(sheet.cues, 1):
        times = f"{format_stamp(cue.start, '.')} --> {format_stamp(cue.end, '.')}"
        lines = [html.escape(line, quote=False) for line in visible_lines(cue)]
        if cue.speaker and lines:
            name = re.sub(r"[\s<>&]+", " ", cue.speaker).strip()
            lines[0] = f"<v {name}>{lines[0]}" if name else lines[0]
        blocks.append("\n".join([str(number), times, *lines]))
    return "\n\n".join(blocks) + "\n"


def visible_lines(cue: Cue) -> list[str]:
    """Return a cue's lines without those that are blank (they would end the cue in a text file)."""
    return [" ".join(line.splitlines()) for line in cue.lines if line.strip()]


def parse_srt(text: str) -> tuple[Cue, ...]:
    """Read SubRip text, also with missing numbers or hours, dots for commas, and blank lines inside a cue."""
    made = []
    for start, end, blocks, followed in _split_blocks(text):
        if followed and blocks[-1] and blocks[-1][-1].strip().isdigit():
            blocks[-1].pop()
        lines = [_SRT_TAGS.sub("", line).replace(_GUARD, "").strip() for block in blocks for line in block]
        made.append(Cue(start=start, end=end, lines=tuple(line for line in lines if line)))
    return tuple(made)


def parse_vtt(text: str) -> tuple[Cue, ...]:
    """Read WebVTT text: a cue ends at a blank line, styling is left out, voice spans give the speaker."""
    made = []
    for start, end, blocks, _ in _split_blocks(text):
        lines = blocks[0]
        voice = next((html.unescape(match[1]).strip() for line in lines if (match := _VOICE.search(line))), None)
        shown = [html.unescape(_VTT_TAGS.sub("", line)).strip() for line in lines]
        made.append(Cue(start=start, end=end, lines=tuple(line for line in shown if line), speaker=voice or None))
    return tuple(made)


def _split_blocks(text: str) -> Iterator[tuple[float, float, list[list[str]], bool]]:
    """Yield (start, end, runs of text lines between blank ones, whether another timing follows) of every timing."""
    lines = text.split("\n")
    at = [i for i, line in enumerate(lines) if _TIMING.match(line)]
    for k, i in enumerate(at):
        match = _TIMING.match(lines[i])
        assert match is not None
        start, end = _seconds(match.groups()[:4]), _seconds(match.groups()[4:])
        blocks: list[list[str]] = [[]]
        for line in lines[i + 1 : at[k + 1] if k + 1 < len(at) else len(lines)]:
            if line.strip():
                blocks[-1].append(line)
            else:
                blocks.append([])
        yield start, max(start, end), blocks, k + 1 < len(at)


def _seconds(fields: Iterable[str | None]) -> float:
    hours, minutes, seconds, fraction = (field or "0" for field in fields)
    total_ms = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return total_ms / 1000
