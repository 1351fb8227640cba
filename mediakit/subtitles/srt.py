"""SubRip (.srt) and WebVTT (.vtt) text, written and read.

Times are rounded down to the millisecond: a cue that starts with a frame is then there when the frame is shown, and
gone when the frame that ends it is.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mediakit.media.captionlook import PLAIN_LOOK, CaptionLook
from mediakit.media.cues import Cue, CueSheet, CueWord
from mediakit.subtitles.raw import RawCue

_TIMING = re.compile(
    r"^\s*(-?)(?:(\d+):)?(\d{1,3}):(\d{1,2})[,.](\d{1,3})\s*-->"
    r"\s*(-?)(?:(\d+):)?(\d{1,3}):(\d{1,2})[,.](\d{1,3})(?:\s.*)?$"
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


def format_srt(sheet: CueSheet, look: CaptionLook = PLAIN_LOOK) -> str:
    """Return a sheet as SubRip text, which has no look."""
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


def format_vtt(sheet: CueSheet, look: CaptionLook = PLAIN_LOOK) -> str:
    """Return a sheet as WebVTT text; speakers become voice spans, words that are highlighted get their times."""
    blocks = ["WEBVTT", *_vtt_style(look)]
    setting = " line:8%" if look.position == "top" else ""
    for number, cue in enumerate(sheet.cues, 1):
        times = f"{format_stamp(cue.start, '.')} --> {format_stamp(cue.end, '.')}{setting}"
        lines = [html.escape(line, quote=False) for line in visible_lines(cue)]
        if look.highlight is not None and cue.spoken_lines:
            lines[: len(cue.lines)] = [_timed_words(line, cue) for line in cue.spoken_lines]
        if cue.speaker and lines:
            name = voice_name(cue.speaker)
            lines[0] = f"<v {name}>{lines[0]}" if name else lines[0]
        blocks.append("\n".join([str(number), times, *lines]))
    return "\n\n".join(blocks) + "\n"


def _vtt_style(look: CaptionLook) -> list[str]:
    """Return the style block of a look, or nothing for the plain one: players know best how plain text looks."""
    if look == PLAIN_LOOK:
        return []
    block = ["STYLE", "::cue {", *(f"  {rule}" for rule in _rules(look)), "}"]
    if look.highlight is not None:
        block += ["::cue(:past) {", f"  color: {look.highlight};", "}"]
    for one, own in zip(look.speakers, look.styles[1:], strict=True):
        names = ", ".join(f"::cue(v[voice={_quote(voice_name(name))}])" for name in one.names)
        block += [f"{names} {{", *(f"  {rule}" for rule in _rules(own)), "}"]
    return ["\n".join(block)]


def _rules(look: CaptionLook) -> list[str]:
    rules = [f"color: {look.colour};"]
    if look.box is not None:
        red, green, blue = (int(look.box[k : k + 2], 16) for k in (1, 3, 5))
        rules.append(f"background-color: rgba({red}, {green}, {blue}, {look.box_opacity:g});")
    else:
        edge = f"{look.outline_width:.2f}em"
        shadows = ", ".join(f"{x}{edge} {y}{edge} 0 {look.outline}" for x in ("", "-") for y in ("", "-"))
        rules += ["background-color: rgba(0, 0, 0, 0);", f"text-shadow: {shadows};"]
    return rules


def voice_name(speaker: str) -> str:
    """Return a name as a voice span may hold it."""
    return re.sub(r"[\s<>&]+", " ", speaker).strip()


def _quote(text: str) -> str:
    """Return a CSS string; the style block ends where a line holds ``-->``, so no name may bring one."""
    escaped = "".join(rf"\{ord(c):x} " if c in '"\\' or ord(c) < 32 else c for c in text)
    return f'"{escaped}"'


def _timed_words(words: Sequence[CueWord], cue: Cue) -> str:
    """Return a line with the time before every word that starts later than the cue."""
    made = ""
    for word in words:
        inside = cue.start < word.start < cue.end
        made += (f"<{format_stamp(word.start, '.')}>" if inside else "") + html.escape(word.text, quote=False)
    return made.strip()


def visible_lines(cue: Cue) -> list[str]:
    """Return a cue's lines, the translation below, without blank ones (they would end the cue in a text file)."""
    return [" ".join(line.splitlines()) for line in cue.all_lines if line.strip()]


def parse_srt(text: str) -> tuple[RawCue, ...]:
    """Read SubRip text, also with missing numbers or hours, dots for commas, and blank lines inside a cue."""
    made = []
    for block in _split_blocks(text):
        runs = block.runs
        if block.followed and runs[-1] and runs[-1][-1].strip().isdigit():
            runs[-1].pop()
        raw = [line for run in runs for line in run]
        lines = [_SRT_TAGS.sub("", line).replace(_GUARD, "").strip() for line in raw]
        tags = tuple(match[0] for line in raw for match in _SRT_TAGS.finditer(line))
        shown = tuple(line for line in lines if line)
        made.append(RawCue(block.start, block.end, shown, tags=tags, number=block.number))
    return tuple(made)


def parse_vtt(text: str) -> tuple[RawCue, ...]:
    """Read WebVTT text: a cue ends at a blank line, styling is left out, voice spans give the speaker."""
    made = []
    for block in _split_blocks(text):
        lines = block.runs[0]
        voice = next((html.unescape(match[1]).strip() for line in lines if (match := _VOICE.search(line))), None)
        shown = [html.unescape(_VTT_TAGS.sub("", line)).replace(_GUARD, "").strip() for line in lines]
        found = (match[0] for line in lines for match in _VTT_TAGS.finditer(line))
        tags = tuple(tag for tag in found if tag[:2] not in ("<v", "</") and not tag[1:2].isdigit())
        made.append(RawCue(block.start, block.end, tuple(line for line in shown if line), voice or None, tags))
    return tuple(made)


@dataclass
class _Block:
    """One timing and what follows it: runs of text lines between blank ones; whether another timing follows."""

    start: float
    end: float
    number: int | None
    runs: list[list[str]]
    followed: bool


def _split_blocks(text: str) -> Iterator[_Block]:
    lines = text.split("\n")
    at = [i for i, line in enumerate(lines) if _TIMING.match(line)]
    for k, i in enumerate(at):
        match = _TIMING.match(lines[i])
        assert match is not None
        start, end = _seconds(match.groups()[:5]), _seconds(match.groups()[5:])
        runs: list[list[str]] = [[]]
        for line in lines[i + 1 : at[k + 1] if k + 1 < len(at) else len(lines)]:
            if line.strip():
                runs[-1].append(line)
            else:
                runs.append([])
        above = lines[i - 1].strip() if i else ""
        yield _Block(start, end, int(above) if above.isdigit() and len(above) < 9 else None, runs, k + 1 < len(at))


def _seconds(fields: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (field or "0" for field in fields[1:])
    total_ms = (int(hours) * 3600 + int(minutes) * 60 + int(seconds)) * 1000 + int(fraction.ljust(3, "0"))
    return -total_ms / 1000 if fields[0] else total_ms / 1000
