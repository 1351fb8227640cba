"""How subtitle files look: colours, box, place, the word that is said; two languages; sound marks; IMSC structure."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.media.captionlook import CaptionLook
from mediakit.media.cues import Cue, CueSheet, cut_cues
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.subtitles.bilingual import pair_cues
from mediakit.subtitles.build import build_cues
from mediakit.subtitles.check import check_cues
from mediakit.subtitles.formats import format_cues, read_cues, write_cues
from mediakit.subtitles.sounds import add_sound_cues, read_sound_marks
from mediakit.subtitles.ttml import find_ttml_faults

PROFILES = load_profiles().subtitles
BRANDED = CaptionLook(highlight="#ffd23f", box="#101418", box_opacity=0.6, position="top")


def speech() -> CueSheet:
    words = (
        Word(text="雨", start=1.0, end=1.2),
        Word(text="还", start=1.5, end=1.7),
        Word(text="没有", start=1.8, end=2.2),
        Word(text="停", start=2.3, end=2.5),
    )
    segment = Segment(start=1.0, end=2.5, text="雨还没有停。", words=words)
    transcript = Transcript(language="zh", duration=4, recogniser=Recogniser(engine="import"), segments=(segment,))
    return build_cues(transcript, PROFILES["netflix_zh"], "netflix_zh", fps=Fraction(25))


def test_karaoke_in_ass_counts_from_the_cue_s_start_to_every_word() -> None:
    text = format_cues(speech(), "ass", BRANDED)
    event = next(line for line in text.splitlines() if line.startswith("Dialogue"))
    shown = event.rpartition(",,")[2]
    assert re.sub(r"\{[^}]*\}", "", shown) == "雨还没有停。"
    steps = [int(step) for step in re.findall(r"\\k(\d+)", shown)]
    assert steps[:3] == [50, 30, 50]  # 雨 at 0 s, 还 at 0.5 s, 没有 at 0.8 s, 停 at 1.3 s
    assert "&H003FD2FF,&H00FFFFFF,&H66181410" in text  # said, not yet said, box with its transparency
    style = next(line for line in text.splitlines() if line.startswith("Style")).split(",")
    assert style[15] == "3"
    assert style[18] == "8"


def test_a_plain_look_has_no_karaoke() -> None:
    assert "\\k" not in format_cues(speech(), "ass")
    assert format_cues(speech(), "vtt").startswith("WEBVTT\n\n1\n")


def test_webvtt_has_times_colours_and_place(tmp_path: Path) -> None:
    path = tmp_path / "a.vtt"
    write_cues(speech(), path, look=BRANDED)
    text = path.read_text(encoding="utf-8")
    assert "雨<00:00:01.500>还<00:00:01.800>没有<00:00:02.300>停。" in text
    assert "::cue(:past) {\n  color: #ffd23f;" in text
    assert "rgba(16, 20, 24, 0.6)" in text
    assert " line:8%" in text
    assert read_cues(path).cues[0].text == "雨还没有停。"


@pytest.mark.parametrize("look", [CaptionLook(), BRANDED, CaptionLook(scale=0.8, outline="#224466")])
def test_ttml_keeps_the_structure_of_imsc_text(look: CaptionLook) -> None:
    sheet = speech()
    cue = sheet.cues[0].model_copy(update={"translation": ("The rain <has> not stopped.",), "speaker": "沈 & 王"})
    text = format_cues(sheet.model_copy(update={"cues": (cue,), "translation_language": "en"}), "ttml", look)
    assert list(find_ttml_faults(text)) == []
    assert 'ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text"' in text
    assert '<span style="second" xml:lang="en">The rain &lt;has&gt; not stopped.</span>' in text
    assert ('tts:origin="5% 5%"' in text) == (look.position == "top")


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (('region="bottom"', 'region="middle"'), "names a region middle that is not there"),
        (('style="text"', 'style="fancy"'), "names a style fancy that is not there"),
        (('extent="90% 25%"', 'extent="90% 45%"'), "the region bottom reaches beyond the picture"),
        ((' xml:lang="zh"', ""), "tt has no xml:lang"),
        (("imsc1.1/text", "other"), "names no IMSC or EBU-TT-D profile"),
        (("<br/>", "<image/>"), "image is no element of the profile"),
    ],
)
def test_faults_of_a_ttml_file_are_named(change: tuple[str, str], fault: str) -> None:
    sheet = CueSheet(language="zh", cues=(Cue(start=0, end=1, lines=("一", "二")),))
    text = format_cues(sheet, "ttml").replace("profile/imsc1.1/text", "profile/imsc1.1/text").replace(*change)
    text = text.replace("/ns/ttml/profile/other", "/ns/ttml/other")
    assert fault in list(find_ttml_faults(text))


def sheet_of(*cues: tuple[float, float, str], language: str = "zh") -> CueSheet:
    made = tuple(Cue(start=a, end=b, lines=(text,)) for a, b, text in cues)
    return CueSheet(language=language, profile="cn_tv_14", fps=Fraction(25), cues=made)


def test_a_translation_is_paired_by_time_and_loses_nothing(tmp_path: Path) -> None:
    own = sheet_of((1, 3, "凌晨两点"), (3.08, 6, "雨还没有停"), (9, 11, "她走过去"))
    second = sheet_of(
        (1.1, 5.8, "At two the rain goes on."), (9.2, 11, "She walks."), (20, 22, "Alone."), language="en"
    )
    made, warnings = pair_cues(own, second, "time")
    assert [cue.translation for cue in made.cues] == [
        ("At two the rain goes on.",),
        ("At two the rain goes on.",),
        ("She walks.",),
        (),
    ]
    assert made.cues[3].lines == ("Alone.",)
    assert len(warnings) == 1
    path = tmp_path / "a.srt"
    write_cues(made, path)
    assert read_cues(path).cues[0].lines == ("凌晨两点", "At two the rain goes on.")


def test_a_translation_is_paired_by_number() -> None:
    own = sheet_of((1, 3, "一"), (4, 6, "二"))
    made, warnings = pair_cues(own, sheet_of((50, 51, "one"), (52, 53, "two"), (54, 55, "three")), "number")
    assert [(cue.lines, cue.translation) for cue in made.cues] == [
        (("一",), ("one",)),
        (("二",), ("two",)),
        (("three",), ()),
    ]
    assert any("paired by number" in warning for warning in warnings)


SCRIPT = "【雨声，远处的风】\n主持人：凌晨两点，雨还没有停。\n【脚步声】\n沈：我叫沈秋岚。\n【鸟鸣】\n"


def test_sound_marks_stand_in_the_pauses_where_the_script_has_them(tmp_path: Path) -> None:
    script = tmp_path / "script.txt"
    script.write_text(SCRIPT, encoding="utf-8")
    assert [mark.text for mark in read_sound_marks(script)] == ["【雨声，远处的风】", "【脚步声】", "【鸟鸣】"]
    sheet = sheet_of((4, 6, "凌晨两点 雨还没有停"), (9, 11, "我叫沈秋岚"))
    made, warnings = add_sound_cues(sheet, script)
    assert [cue.text for cue in made.cues] == [
        *("【雨声 远处的风】", "凌晨两点 雨还没有停", "【脚步声】", "我叫沈秋岚", "【鸟鸣】"),
    ]
    assert warnings == []
    assert check_cues(made, PROFILES["cn_tv_14"]) == []
    close, missed = add_sound_cues(sheet_of((4, 6, "凌晨两点 雨还没有停"), (6.5, 8, "我叫沈秋岚")), script)
    assert "【脚步声】" not in [cue.text for cue in close.cues]
    assert missed == ["no pause was found for 1 sound marks: 【脚步声】"]
    other, missed = add_sound_cues(sheet_of((4, 6, "别的话"), (9, 11, "说的是别的")), script)
    assert [cue.text for cue in other.cues if cue.sound] == ["【雨声 远处的风】"]
    assert len(missed) == 1


def test_the_words_of_a_cue_follow_it_through_a_cut_and_go_with_its_text() -> None:
    cue = speech().cues[0]
    moved = cut_cues((cue,), ((0.5, 4.0),))[0]
    assert [word.start for word in moved.spoken_lines[0]] == pytest.approx(
        [word.start - 0.5 for word in cue.spoken_lines[0]]
    )
    assert cue.model_copy(update={"lines": ("雨停了。",)}).spoken_lines == ()


TWO_VOICES = CueSheet(
    language="zh",
    cues=(
        Cue(start=0, end=1, lines=("云岭的雨",), speaker="旁白", translation=("Rain",)),
        Cue(start=1, end=2, lines=("我叫沈秋岚",), speaker='沈"秋"岚'),
        Cue(start=2, end=3, lines=("谁",), speaker="S3"),
    ),
)
APART = CaptionLook.model_validate(
    {
        "highlight": "#ffd23f",
        "speakers": [
            {"speaker": ["旁白"], "colour": "#ffe08a"},
            {"speaker": '沈"秋"岚', "colour": "#9be7ff", "outline": "#102030"},
        ],
    }
)


def test_speakers_have_a_style_each_in_ass() -> None:
    text = format_cues(TWO_VOICES, "ass", APART)
    styles = {line.split(",")[0]: line.split(",")[4:6] for line in text.splitlines() if line.startswith("Style:")}
    assert styles["Style: Default"] == ["&H00FFFFFF", "&H00000000"]
    assert styles["Style: Speaker 1"] == ["&H008AE0FF", "&H00000000"]
    assert styles["Style: Speaker 2"] == ["&H00FFE79B", "&H00302010"]
    events = [line.split(",")[3:5] for line in text.splitlines() if line.startswith("Dialogue:")]
    assert events == [["Speaker 1", "旁白"], ["Speaker 2", '沈"秋"岚'], ["Default", "S3"]]
    assert text.count("\\1c&H8AE0FF&") == 2  # unspoken letters and the translation, before the highlight


def test_speakers_have_a_style_each_in_webvtt_and_ttml(tmp_path: Path) -> None:
    vtt = format_cues(TWO_VOICES, "vtt", APART)
    assert '::cue(v[voice="旁白"]) {\n  color: #ffe08a;' in vtt
    assert '::cue(v[voice="沈\\22 秋\\22 岚"]) {\n  color: #9be7ff;' in vtt
    assert "<v 旁白>云岭的雨" in vtt
    path = tmp_path / "a.ttml"
    write_cues(TWO_VOICES, path, look=APART)
    text = path.read_text(encoding="utf-8")
    assert list(find_ttml_faults(text)) == []
    assert 'xml:id="text1" tts:color="#FFE08AFF"' in text
    assert [re.findall('style="((?:text|second)[0-9]*)"', line) for line in text.splitlines() if "<p " in line] == [
        ["text1", "second1"],
        ["text2"],
        ["text"],
    ]
    assert read_cues(path).cues[0].lines[0] == "云岭的雨"


@pytest.mark.parametrize(
    ("look", "message"),
    [
        ({"speakers": [{"speaker": "a"}, {"speaker": ["b", "a"]}]}, "two looks"),
        ({"speakers": [{"speaker": "a", "box": "#000000"}]}, "has a box"),
        ({"speakers": [{"speaker": "a", "highlight": "#000000"}]}, "has a highlight"),
        ({"speakers": [{"speaker": "a", "colour": "red"}]}, "pattern"),
        ({"speakers": [{"speaker": []}]}, "at least 1"),
    ],
)
def test_a_look_for_speakers_that_cannot_be_is_refused(look: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CaptionLook.model_validate(look)
