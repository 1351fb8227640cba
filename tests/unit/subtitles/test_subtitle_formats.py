"""Subtitle files: what goes in comes out, in every format and encoding."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mediakit.errors import InputError, UsageError
from mediakit.media.asstext import escape_ass, plain_ass
from mediakit.media.cues import Cue, CueSheet
from mediakit.media.texts import decode_text
from mediakit.subtitles.formats import WRITERS, format_cues, read_cues, write_cues

FORMATS = tuple(WRITERS)
AWKWARD = (
    "{\\an8}不是命令",
    "C:\\Nnew\\hpath",
    "a < b && b > c",
    "<i>不是斜体</i>",
    "00:00:01,000 --> 00:00:02,000",
    "42",
    "1",
    "&amp; &lt;",
    "逗号, 引号\" 'x'",
    "NOTE 这不是注释",
    "WEBVTT",
    "<v 王>谁在说</v>",
    "🙂 é ü 〇",
    "\\",
    "{",
    "}",
)


def make_sheet(*texts: str, language: str = "zh") -> CueSheet:
    cues = tuple(Cue(start=2.0 * k + 0.5, end=2.0 * k + 2.12, lines=tuple(t.split("\n"))) for k, t in enumerate(texts))
    return CueSheet(language=language, cues=cues)


@pytest.mark.parametrize("format_name", FORMATS)
@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_text_survives(tmp_path: Path, format_name: str, text: str) -> None:
    sheet = make_sheet("前一条", text, f"两行\n{text}", "后一条")
    path = tmp_path / f"cues.{format_name}"
    write_cues(sheet, path)
    assert [cue.lines for cue in read_cues(path).cues] == [cue.lines for cue in sheet.cues]


_LINE = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp", "Cf"), exclude_characters="\ufffe\uffff"),
    min_size=1,
    max_size=30,
).map(lambda text: " ".join(text.split()))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.lists(_LINE.filter(bool), min_size=1, max_size=3), max_size=5),
    starts=st.lists(st.integers(0, 35_000_000), min_size=5, max_size=5),
    format_name=st.sampled_from(FORMATS),
)
def test_round_trip(tmp_path: Path, texts: list[list[str]], starts: list[int], format_name: str) -> None:
    cues = tuple(
        Cue(start=start / 1000, end=(start + 1200) / 1000, lines=tuple(lines))
        for lines, start in zip(texts, sorted(starts), strict=False)
    )
    path = tmp_path / f"cues.{format_name}"
    write_cues(CueSheet(language="zh", cues=cues), path)
    back = read_cues(path).cues
    assert [cue.lines for cue in back] == [cue.lines for cue in cues]
    step = 0.01 if format_name == "ass" else 0.001
    for read, written in zip(back, cues, strict=True):
        assert 0 <= written.start - read.start < step + 1e-9
        assert 0 <= written.end - read.end < step + 1e-9


@pytest.mark.parametrize("format_name", FORMATS)
def test_frames_survive_the_rounding_of_a_file(tmp_path: Path, format_name: str) -> None:
    fps = Fraction(30000, 1001)
    cues = tuple(Cue(start=float(n / fps), end=float((n + 20) / fps), lines=("字",)) for n in range(0, 9000, 331))
    path = tmp_path / f"cues.{format_name}"
    write_cues(CueSheet(language="zh", fps=fps, cues=cues), path)
    for read, written in zip(read_cues(path).cues, cues, strict=True):
        frame = round(written.start * fps)
        assert (frame - 1) / fps < read.start <= frame / fps + Fraction(1, 10**6)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("utf-8", "沈秋兰走在铁路上，雨还没有停。"),
        ("utf-8-sig", "沈秋兰走在铁路上，雨还没有停。"),
        ("gbk", "沈秋兰走在铁路上，雨还没有停。"),
        ("gb18030", "沈秋兰走在铁路上，雨还没有停。"),
        ("big5", "沈秋蘭走在鐵路上，雨還沒有停。"),
        ("utf-16", "沈秋兰走在铁路上，雨还没有停。"),
        ("utf-16-le", "沈秋兰走在铁路上，雨还没有停。"),
        ("utf-16-be", "It rained all night."),
        ("cp1252", "Le café était fermé — naïve façade."),
    ],
)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_files_in_any_encoding(tmp_path: Path, encoding: str, text: str, ends: str) -> None:
    path = tmp_path / "来自 别处.srt"
    body = ends.join(["1", "00:00:01,000 --> 00:00:02,500", text, "", "2", "00:00:03,000 --> 00:00:04,000", text, ""])
    path.write_bytes(body.encode(encoding))
    assert [cue.lines for cue in read_cues(path).cues] == [(text,), (text,)]


def test_loose_srt_is_read(tmp_path: Path) -> None:
    path = tmp_path / "loose.srt"
    path.write_text(
        "\n00:01.5 --> 00:02.25\n没有编号\n\n\n2\n0:0:3,0 --> 0:0:4,000 X1:10 Y1:20\n"
        "<i>斜体</i> {\\an8}上面\n\n中间空行\n\n"
        "3\n00:00:05,000 --> 00:00:04,000\n倒着的\n",
        encoding="utf-8",
    )
    cues = read_cues(path).cues
    assert [cue.lines for cue in cues] == [("没有编号",), ("斜体 上面", "中间空行"), ("倒着的",)]
    assert (cues[0].start, cues[0].end) == (1.5, 2.25)
    assert cues[2].duration == 0


def test_webvtt_with_everything(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    path.write_text(
        "WEBVTT - 标题\nKind: captions\n\nSTYLE\n::cue { color: lime }\n\nNOTE 说明\n00:00\n\nintro\n"
        "00:01.000 --> 00:02.000 align:start\n<v 沈秋兰><c.yellow>你好</c> &amp; 再见</v>\n\n"
        "01:00:03.000 --> 01:00:04.000\n- 一\n- 二\n\n后面的字不显示\n",
        encoding="utf-8",
    )
    cues = read_cues(path).cues
    assert [(cue.lines, cue.speaker) for cue in cues] == [(("你好 & 再见",), "沈秋兰"), (("- 一", "- 二"), None)]
    assert cues[1].start == 3603


def test_ttml_with_offsets_frames_and_nesting(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_text(
        '<?xml version="1.0" encoding="UTF-8"?><tt xmlns="http://www.w3.org/ns/ttml" xml:lang="zh"'
        ' xmlns:ttp="http://www.w3.org/ns/ttml#parameter" ttp:frameRate="25" ttp:tickRate="1000">'
        '<body begin="10s"><div><p begin="00:00:01:05" end="2.5s">一<br/>二</p><p begin="3000t" dur="500ms">三</p>'
        '<p><span begin="5s" end="6s">四</span></p></div></body></tt>',
        encoding="utf-8",
    )
    sheet = read_cues(path)
    found = [(round(cue.start, 3), round(cue.end, 3), cue.lines) for cue in sheet.cues]
    assert found == [(11.2, 12.5, ("一", "二")), (13.0, 13.5, ("三",)), (15.0, 16.0, ("四",))]
    assert sheet.language == "zh"


def test_ttml_is_valid_and_its_references_resolve() -> None:
    sheet = CueSheet(
        language="zh",
        cues=(Cue(start=0.0, end=1.0, lines=("一 & <二>", "\x01三"), speaker='王 "老" <师傅>'),),
    )
    root = ElementTree.fromstring(format_cues(sheet, "ttml"))
    tt, tts = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/ns/ttml#styling}"
    ids = {element.get("{http://www.w3.org/XML/1998/namespace}id") for element in root.iter()}
    for element in root.iter():
        for name in ("region", "style", "{http://www.w3.org/ns/ttml#metadata}agent"):
            assert element.get(name) is None or element.get(name) in ids
    region = next(root.iter(f"{tt}region"))
    x, y = (float(part.rstrip("%")) for part in region.get(f"{tts}origin", "").split())
    width, height = (float(part.rstrip("%")) for part in region.get(f"{tts}extent", "").split())
    assert x + width <= 100
    assert y + height <= 100
    assert "".join(next(root.iter(f"{tt}p")).itertext()) == "一 & <二>三"


def test_speakers_survive(tmp_path: Path) -> None:
    sheet = CueSheet(language="zh", cues=(Cue(start=0, end=1, lines=("好",), speaker="沈秋兰"),))
    for format_name in ("ass", "vtt", "ttml"):
        path = tmp_path / f"s.{format_name}"
        write_cues(sheet, path)
        assert read_cues(path).cues[0].speaker == "沈秋兰"


def test_ass_names_a_chinese_font_and_a_play_size() -> None:
    text = format_cues(make_sheet("好"), "ass")
    assert "Noto Sans SC" in text
    assert "PlayResX: 1920" in text
    assert "PlayResY: 1080" in text
    assert re.search(r"^Dialogue: 0,0:00:00.50,0:00:02.12,Default,,0,0,0,,好$", text, re.MULTILINE)


def test_ssa_and_drawings(tmp_path: Path) -> None:
    path = tmp_path / "a.ass"
    path.write_text(
        "[Script Info]\nScriptType: v4.00+\n\n[Events]\nFormat: Layer, Start, End, Style, Name, MarginL, MarginR, "
        "MarginV, Effect, Text\nComment: 0,0:00:00.00,0:00:01.00,Default,,0,0,0,,注释\n"
        "Dialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,{\\i1}斜{\\i0}体\\N{\\p1}m 0 0 l 9 9{\\p0}完, 了\n",
        encoding="utf-8",
    )
    assert [cue.lines for cue in read_cues(path).cues] == [("斜体", "完, 了")]


@given(st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20), min_size=1, max_size=3))
def test_ass_escaping_is_undone_exactly(lines: list[str]) -> None:
    lines = [line.replace("\u2060", "").replace("\u2028", "").replace("\u2029", "") for line in lines]
    text = escape_ass(lines)
    assert "\n" not in text
    assert plain_ass(text) == lines


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.srt", b""),
        ("prose.srt", "这不是字幕，只是一段话。".encode()),
        ("binary.srt", bytes(range(256)) * 40),
        ("broken.ttml", b"<tt><body>"),
        ("page.ttml", b"<html><body>no</body></html>"),
        ("bomb.ttml", b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><tt>&b;</tt>'),
    ],
)
def test_what_is_no_subtitle_file_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=re.escape(name)):
        read_cues(path)


def test_missing_files_and_unknown_formats(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_cues(tmp_path / "none.srt")
    with pytest.raises(UsageError, match=r"\.docx"):
        write_cues(make_sheet("好"), tmp_path / "a.docx")
    late = CueSheet(language="zh", cues=(Cue(start=36_000, end=36_001, lines=("晚",)),))
    with pytest.raises(UsageError, match="ten hours"):
        format_cues(late, "ass")
    assert "10:00:00,000" in format_cues(late, "srt")


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        text = decode_text(data)
    except UnicodeError:
        return
    assert "\0" not in text
