"""TTML: written as EBU-TT-D (EBU Tech 3380), which is also IMSC 1 text; read with offsets, frames and nesting."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from mediakit.errors import InputError
from mediakit.media.cues import Cue, CueSheet
from mediakit.subtitles.srt import format_stamp, visible_lines

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_TT = "{http://www.w3.org/ns/ttml}"
_TTP = "{http://www.w3.org/ns/ttml#parameter}"
_TTM = "{http://www.w3.org/ns/ttml#metadata}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CLOCK = re.compile(r"(\d{2,}):(\d{2}):(\d{2})(?:\.(\d+)|:(\d{2,})(?:\.\d+)?)?")
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms|f|t)")

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ebuttm="urn:ebu:tt:metadata" ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang={language}>
  <head>
    <metadata>
      <ebuttm:documentMetadata>
        <ebuttm:conformsToStandard>urn:ebu:tt:distribution:2014-01</ebuttm:conformsToStandard>
        <ebuttm:conformsToStandard>http://www.w3.org/ns/ttml/profile/imsc1/text</ebuttm:conformsToStandard>
      </ebuttm:documentMetadata>{agents}
    </metadata>
    <styling>
      <style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" tts:lineHeight="125%"
             tts:textAlign="center"/>
      <style xml:id="text" tts:color="#FFFFFFFF" tts:backgroundColor="#000000C0"/>
    </styling>
    <layout>
      <region xml:id="bottom" tts:origin="5% 70%" tts:extent="90% 25%" tts:displayAlign="after"
              tts:overflow="visible"/>
    </layout>
  </head>
  <body>
    <div>
"""
_FOOT = """    </div>
  </body>
</tt>
"""


def format_ttml(sheet: CueSheet) -> str:
    """Return a sheet as an EBU-TT-D document."""
    speakers = list(dict.fromkeys(cue.speaker for cue in sheet.cues if cue.speaker))
    ids = {speaker: f"speaker{number}" for number, speaker in enumerate(speakers, 1)}
    agents = "".join(
        f'\n      <ttm:agent xml:id="{ids[speaker]}" type="person"><ttm:name type="full">{_clean(speaker)}</ttm:name>'
        "</ttm:agent>"
        for speaker in speakers
    )
    made = [_HEAD.format(language=quoteattr(sheet.language or ""), agents=agents)]
    for number, cue in enumerate(sheet.cues, 1):
        agent = f' ttm:agent="{ids[cue.speaker]}"' if cue.speaker else ""
        text = "<br/>".join(f'<span style="text">{_clean(line)}</span>' for line in visible_lines(cue))
        made.append(
            f'      <p xml:id="cue{number}" begin="{format_stamp(cue.start, ".")}" end="{format_stamp(cue.end, ".")}"'
            f' region="bottom" style="paragraph"{agent}>{text}</p>\n'
        )
    return "".join([*made, _FOOT])


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text))


def parse_ttml(text: str, path: Path) -> tuple[tuple[Cue, ...], str]:
    """Return the cues of a TTML document and its language.

    Raises:
        InputError: not well-formed, with a document type (which could name other files), or without a ``tt`` root.
    """
    from xml.etree import ElementTree

    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise InputError("a TTML file with a document type is not read", where=path, hint="take the DOCTYPE out")
    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1))
    except (ElementTree.ParseError, ValueError) as exc:
        raise InputError(f"is not well-formed XML ({exc})", where=path) from exc
    if not root.tag.endswith("tt"):
        raise InputError("is XML but not TTML", where=path)
    clock = _Clock(root)
    names = {
        agent.get(f"{_XML}id", ""): "".join(agent.itertext()).strip()
        for agent in root.iter()
        if agent.tag == f"{_TTM}agent"
    }
    body = next((element for element in root if _local(element) == "body"), None)
    cues = [] if body is None else list(_walk(body, Fraction(0), None, clock, names))
    return tuple(sorted(cues, key=lambda cue: (cue.start, cue.end))), root.get(f"{_XML}lang", "")


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


class _Clock:
    """Reads time expressions by the document's parameters."""

    def __init__(self, root: Element) -> None:
        rate = Fraction(_positive(root.get(f"{_TTP}frameRate"), 30))
        numerator, _, denominator = (root.get(f"{_TTP}frameRateMultiplier") or "1 1").replace(":", " ").partition(" ")
        self.frame_rate = rate * Fraction(_positive(numerator, 1), _positive(denominator, 1))
        self.tick_rate = _positive(root.get(f"{_TTP}tickRate"), 0) or self.frame_rate

    def read(self, text: str | None) -> Fraction | None:
        """Return seconds, or None where there is no time."""
        text = (text or "").strip()
        if match := _CLOCK.fullmatch(text):
            whole = int(match[1]) * 3600 + int(match[2]) * 60 + int(match[3])
            return whole + Fraction("0." + (match[4] or "0")) + int(match[5] or 0) / self.frame_rate
        if match := _OFFSET.fullmatch(text):
            value = Fraction(match[1])
            scale = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
            if match[2] in scale:
                return value * scale[match[2]]
            return value / (self.frame_rate if match[2] == "f" else self.tick_rate)
        return None


def _positive(text: str | None, default: int) -> int:
    text = (text or "").strip()
    return int(text) if text.isdigit() and 0 < int(text) < 10**9 else default


def _walk(
    element: Element, offset: Fraction, limit: Fraction | None, clock: _Clock, names: dict[str, str]
) -> list[Cue]:
    begin, end, length = (clock.read(element.get(name)) for name in ("begin", "end", "dur"))
    start = offset + (begin or 0)
    stop = offset + end if end is not None else limit
    if length is not None:
        stop = start + length if stop is None else min(stop, start + length)
    if _local(element) == "p":
        nested = [child for child in element.iter() if child is not element and child.get("begin")]
        if begin is None and nested:
            return [cue for child in nested for cue in _make_cue(child, *_span(child, start, stop, clock), names)]
        return _make_cue(element, start, stop, names)
    return [cue for child in element for cue in _walk(child, start, stop, clock, names)]


def _span(
    element: Element, offset: Fraction, limit: Fraction | None, clock: _Clock
) -> tuple[Fraction, Fraction | None]:
    begin, end = clock.read(element.get("begin")), clock.read(element.get("end"))
    return offset + (begin or 0), offset + end if end is not None else limit


def _make_cue(element: Element, start: Fraction, stop: Fraction | None, names: dict[str, str]) -> list[Cue]:
    if stop is None or stop < start:
        return []
    lines = tuple(line for raw in _text(element).split("\n") if (line := " ".join(raw.split())))
    agent = element.get(f"{_TTM}agent", "").split(" ")[0]
    return [Cue(start=float(start), end=float(stop), lines=lines, speaker=names.get(agent) or None)]


def _text(element: Element) -> str:
    made = " ".join((element.text or "").split("\n"))
    for child in element:
        if _local(child) == "br":
            made += "\n"
        elif not str(child.tag).startswith(_TTM):
            made += _text(child)
        made += " ".join((child.tail or "").split("\n"))
    return made
