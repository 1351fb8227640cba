"""What somebody else's reader (ttconv) makes of our TTML: the same cues, and no complaint."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ttconv.imsc import reader
from ttconv.isd import ISD
from ttconv.model import Br, ContentDocument, P, Text
from ttconv.style_properties import StyleProperties

from mediakit.media.captionlook import CaptionLook
from mediakit.media.cues import Cue, CueSheet
from mediakit.subtitles.formats import format_cues

SHEET = CueSheet(
    language="zh",
    fps=Fraction(25),
    translation_language="en",
    cues=(
        Cue(start=0.52, end=2.4, lines=("凌晨两点", "云岭的雨还没有停"), speaker="沈秋岚"),
        Cue(start=2.44, end=4.04, lines=("A & B < C “引号”",), translation=("Two o'clock", "& rain")),
        Cue(start=3599.96, end=3601.08, lines=("一小时",)),
        Cue(start=36_000.0, end=36_001.0, lines=("十小时以后",)),
    ),
)


def read(sheet: CueSheet, look: CaptionLook | None = None) -> ContentDocument:
    text = format_cues(sheet, "ttml") if look is None else format_cues(sheet, "ttml", look)
    return reader.to_model(ElementTree.ElementTree(ElementTree.fromstring(text)))


def paragraphs(document: ContentDocument) -> list[P]:
    return [one for one in document.get_body().dfs_iterator() if isinstance(one, P)]


def lines_of(paragraph: P) -> tuple[str, ...]:
    made = [""]
    for one in paragraph.dfs_iterator():
        if isinstance(one, Br):
            made.append("")
        elif isinstance(one, Text):
            made[-1] += one.get_text()
    return tuple(made)


def texts_of(shown: ISD) -> tuple[str, ...]:
    regions = shown.iter_regions()
    return tuple(one.get_text() for region in regions for one in region.dfs_iterator() if isinstance(one, Text))


def milliseconds(time: Fraction) -> int:
    return round(time * 1000)


def test_another_reader_finds_the_same_cues_without_a_complaint(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        document = read(SHEET)
    assert caplog.records == []
    found = paragraphs(document)
    assert [(milliseconds(p.get_begin()), milliseconds(p.get_end())) for p in found] == [
        (round(cue.start * 1000), round(cue.end * 1000)) for cue in SHEET.cues
    ]
    assert [lines_of(p) for p in found] == [cue.lines + cue.translation for cue in SHEET.cues]
    assert {p.get_region().get_id() for p in found} == {"bottom"}


@pytest.mark.parametrize(("position", "align"), [("bottom", "after"), ("top", "before")])
def test_its_region_is_where_the_brand_wants_it_and_inside_the_picture(position: str, align: str) -> None:
    document = read(SHEET, CaptionLook(position=position))  # type: ignore[arg-type]
    (region,) = document.iter_regions()
    origin, extent = (region.get_style(one) for one in (StyleProperties.Origin, StyleProperties.Extent))
    assert region.get_style(StyleProperties.DisplayAlign).name == align
    assert origin.x.value + extent.width.value <= 100
    assert origin.y.value + extent.height.value <= 100
    assert (origin.y.value < 50) == (position == "top")


def test_what_is_on_screen_at_a_time_is_the_cue_of_that_time() -> None:
    document = read(SHEET)
    for cue in SHEET.cues:
        shown = ISD.from_model(document, Fraction(round((cue.start + cue.end) * 500), 1000))
        assert texts_of(shown) == cue.lines + cue.translation
    assert texts_of(ISD.from_model(document, Fraction(10))) == ()


_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp", "Zs", "Cf")), min_size=1, max_size=20
)
_FRAMES = st.lists(st.tuples(st.integers(1, 200), st.integers(10, 200)), min_size=1, max_size=6)


@settings(max_examples=40, deadline=None)
@given(frames=_FRAMES, data=st.data())
def test_any_sheet_is_read_alike(frames: list[tuple[int, int]], data: st.DataObject) -> None:
    cues, now = [], 0
    for gap, length in frames:
        lines = tuple(data.draw(st.lists(_TEXT, min_size=1, max_size=2)))
        cues.append(Cue(start=(now + gap) / 25, end=(now + gap + length) / 25, lines=lines))
        now += gap + length
    found = paragraphs(read(CueSheet(language="zh", fps=Fraction(25), cues=tuple(cues))))
    assert [(milliseconds(p.get_begin()), milliseconds(p.get_end()), lines_of(p)) for p in found] == [
        (round(cue.start * 1000), round(cue.end * 1000), cue.lines) for cue in cues
    ]


def test_a_file_on_disk_is_read(tmp_path: Path) -> None:
    path = tmp_path / "cues.ttml"
    path.write_text(format_cues(SHEET, "ttml"), encoding="utf-8")
    assert len(paragraphs(reader.to_model(ElementTree.parse(path)))) == len(SHEET.cues)
