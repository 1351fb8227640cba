"""TTML: written as IMSC 1.1 text; read with offsets, frames and nesting; its structure checked."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from mediakit.errors import InputError
from mediakit.media.captionlook import PLAIN_LOOK, CaptionLook
from mediakit.media.cues import CueSheet
from mediakit.subtitles.raw import RawCue
from mediakit.subtitles.srt import format_stamp, visible_lines

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

_TT = "{http://www.w3.org/ns/ttml}"
_TTP = "{http://www.w3.org/ns/ttml#parameter}"
_TTM = "{http://www.w3.org/ns/ttml#metadata}"
_FONT_STYLE = "{http://www.w3.org/ns/ttml#styling}fontStyle"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_CLOCK = re.compile(r"(\d{2,}):(\d{2}):(\d{2})(?:\.(\d+)|:(\d{2,})(?:\.\d+)?)?")
_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms|f|t)")

_PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    ttp:contentProfiles="{profile}" ttp:timeBase="media" ttp:cellResolution="32 15" xml:lang={language}>
  <head>{agents}
    <styling>
      <style xml:id="paragraph" tts:fontFamily="proportionalSansSerif" tts:fontSize="{size:g}%" tts:lineHeight="125%"
             tts:textAlign="center"/>
{styles}    </styling>
    <layout>
      <region xml:id="{position}" tts:origin="5% {top}%" tts:extent="90% 25%" tts:displayAlign="{align}"
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


def format_ttml(sheet: CueSheet, look: CaptionLook = PLAIN_LOOK) -> str:
    """Return a sheet as an IMSC 1.1 text document; a highlight of words is left out (players would redraw the cue)."""
    speakers = list(dict.fromkeys(cue.speaker for cue in sheet.cues if cue.speaker))
    ids = {speaker: f"speaker{number}" for number, speaker in enumerate(speakers, 1)}
    agents = "".join(
        f'\n      <ttm:agent xml:id="{ids[speaker]}" type="person"><ttm:name type="full">{_clean(speaker)}</ttm:name>'
        "</ttm:agent>"
        for speaker in speakers
    )
    top, second = look.position == "top", 100 * look.translation_scale
    styles = "".join(
        f'      <style xml:id="text{number or ""}" {_text_style(one)}/>\n'
        f'      <style xml:id="second{number or ""}" {_text_style(one)} tts:fontSize="{second:g}%"/>\n'
        for number, one in enumerate(look.styles)
    )
    head = _HEAD.format(
        profile=_PROFILE,
        language=quoteattr(sheet.language or ""),
        agents=f"\n    <metadata>{agents}\n    </metadata>" if agents else "",
        size=100 * look.scale,
        styles=styles,
        position=look.position,
        top=5 if top else 70,
        align="before" if top else "after",
    )
    language = sheet.translation_language
    foreign = f" xml:lang={quoteattr(language)}" if language else ""
    made = [head]
    for number, cue in enumerate(sheet.cues, 1):
        agent = f' ttm:agent="{ids[cue.speaker]}"' if cue.speaker else ""
        own = [line for line in cue.lines if line.strip()]
        kind = look.style_of(cue.speaker) or ""
        spans = [f'<span style="text{kind}">{_clean(line)}</span>' for line in visible_lines(cue)[: len(own)]]
        spans += [
            f'<span style="second{kind}"{foreign}>{_clean(line)}</span>' for line in visible_lines(cue)[len(own) :]
        ]
        made.append(
            f'      <p xml:id="cue{number}" begin="{format_stamp(cue.start, ".")}" end="{format_stamp(cue.end, ".")}"'
            f' region="{look.position}" style="paragraph"{agent}>{"<br/>".join(spans)}</p>\n'
        )
    return "".join([*made, _FOOT])


def _text_style(look: CaptionLook) -> str:
    colour = f'tts:color="{look.colour.upper()}FF"'
    if look.box is not None:
        return f'{colour} tts:backgroundColor="{look.box.upper()}{round(255 * look.box_opacity):02X}"'
    # Unblurred outlines of at most a tenth of the letters' size are what IMSC 1.1 allows.
    return f'{colour} tts:textOutline="{look.outline.upper()}FF {100 * look.outline_width:g}%"'


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("", text))


_IMSC = "http://www.w3.org/ns/ttml/profile/imsc1"
_ELEMENTS = frozenset(
    [
        "tt",
        "head",
        "metadata",
        "styling",
        "style",
        "layout",
        "region",
        "body",
        "div",
        "p",
        "span",
        "br",
        "set",
        "initial",
    ]
)


def find_ttml_faults(text: str) -> Iterator[str]:
    """Yield what a TTML document breaks of the structure that IMSC 1 text asks for."""
    from xml.etree import ElementTree

    try:
        root = ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text, count=1))
    except ElementTree.ParseError as exc:
        yield f"is not well-formed ({exc})"
        return
    if root.tag != f"{_TT}tt":
        yield "its root is not tt in the TTML namespace"
        return
    if root.get(f"{_XML}lang") is None:
        yield "tt has no xml:lang"
    declared = [root.get(f"{_TTP}{name}") or "" for name in ("contentProfiles", "profile")]
    standards = [element.text or "" for element in root.iter() if _local(element) == "conformsToStandard"]
    if not any(_IMSC in one or "urn:ebu:tt:distribution" in one for one in (*declared, *standards)):
        yield "names no IMSC or EBU-TT-D profile"
    if root.get(f"{_TTP}timeBase", "media") != "media":
        yield f"its time base is {root.get(f'{_TTP}timeBase')}, not media"
    yield from _find_element_faults(root)


def _find_element_faults(root: Element) -> Iterator[str]:
    kinds: dict[str, str] = {}
    for element in root.iter():
        name = element.get(f"{_XML}id")
        if name is not None and name in kinds:
            yield f"the id {name} is given twice"
        if name is not None:
            kinds[name] = _local(element)
    for element in root.iter():
        if str(element.tag).startswith(_TT) and _local(element) not in _ELEMENTS:
            yield f"{_local(element)} is no element of the profile"
        for reference in (element.get("style") or "").split():
            if kinds.get(reference) != "style":
                yield f"names a style {reference} that is not there"
        region = element.get("region")
        if region is not None and kinds.get(region) != "region":
            yield f"names a region {region} that is not there"
        if _local(element) == "region":
            yield from _find_region_faults(element)
        if element.tag == f"{_TT}p" and not _is_timed(element):
            yield f"a p ({element.get(f'{_XML}id') or 'without id'}) has no times"


def _is_timed(element: Element) -> bool:
    return any(one.get(name) is not None for one in element.iter() for name in ("begin", "end", "dur"))


def _find_region_faults(region: Element) -> Iterator[str]:
    tts = "{http://www.w3.org/ns/ttml#styling}"
    origin, extent = (region.get(f"{tts}{name}", "") for name in ("origin", "extent"))
    numbers = [float(part) for part in re.findall(r"([\d.]+)%", f"{origin} {extent}")]
    if len(numbers) == 4 and (numbers[0] + numbers[2] > 100.01 or numbers[1] + numbers[3] > 100.01):
        yield f"the region {region.get(f'{_XML}id')} reaches beyond the picture"


def parse_ttml(text: str, path: Path) -> tuple[tuple[RawCue, ...], str]:
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
    return tuple(cues), root.get(f"{_XML}lang", "")


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
) -> list[RawCue]:
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


def _make_cue(element: Element, start: Fraction, stop: Fraction | None, names: dict[str, str]) -> list[RawCue]:
    if stop is None:
        stop = start
    lines = tuple(line for raw in _text(element).split("\n") if (line := " ".join(raw.split())))
    agent = element.get(f"{_TTM}agent", "").split(" ")[0]
    tags = tuple(f"<{_local(child)}>" for child in element.iter() if child.get(_FONT_STYLE) == "italic")
    return [RawCue(float(start), float(stop), lines, names.get(agent) or None, tags)]


def _text(element: Element) -> str:
    made = " ".join((element.text or "").split("\n"))
    for child in element:
        if _local(child) == "br":
            made += "\n"
        elif not str(child.tag).startswith(_TTM):
            made += _text(child)
        made += " ".join((child.tail or "").split("\n"))
    return made
