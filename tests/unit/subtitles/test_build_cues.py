"""Cues from transcripts: what a viewer would notice. The speech is made: five characters or three words a second."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.channels.loading import load_profiles
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.subtitles.build import build_cues
from mediakit.subtitles.characters import find_bad_edges, is_cjk, is_punctuation, measure
from mediakit.subtitles.check import check_cues

PROFILES = load_profiles().subtitles
CHINESE = ("cn_tv_14", "cn_16x9_20", "netflix_zh", "vertical_zh")
ENGLISH = ("netflix_en", "bbc_en", "vertical_en")


def speak(text: str, start: float, *, speaker: str | None = None, speed: float = 1.0) -> Segment:
    """Return a segment whose words are single ideographs or Latin words, with pauses at marks."""
    words, now = [], start
    for token in re.findall(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff，。！？：；、“”《》·]+|\S", text):
        if not any(c.isalnum() for c in token):
            now += 0.2 / speed
            continue
        length = (0.2 if is_cjk(token[0]) else 0.33) / speed
        words.append(Word(text=token, start=round(now, 3), end=round(now + length, 3)))
        now += length
    return Segment(start=start, end=now, text=text, words=tuple(words), speaker=speaker)


def transcribe(language: str, *texts: str, speed: float = 1.0) -> Transcript:
    segments, now = [], 0.4
    for text in texts:
        segments.append(speak(text, now, speed=speed))
        now = segments[-1].end + 0.3
    return Transcript(
        language=language, duration=now + 1, recogniser=Recogniser(engine="import"), segments=tuple(segments)
    )


def spoken(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


STORY = (
    "我叫李建国，今年五十八岁，是县里最后一位打铁匠人。",
    "王师傅在武汉长江大桥工作了三十二年，拿到了2024年的全国五一劳动奖章。",
    "阿卜杜拉·买买提说：“我们用了3.5公里的管子，花了12万元。”《人民日报》报道了这件事。",
    "他们不是不想回来，而是没有路可以回来，时速350公里的高铁通车以后，年轻人开始陆陆续续地回到家乡创业。",
    "这里用的是 Visual Studio Code，GPU一直开着。",
)
TALE = (
    "And so, my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
    "Dr. Smith walked into the old workshop on the corner of Main Street where he had worked for 32 years before the "
    "flood of 1998 destroyed everything that he and his family had built.",
    '"It cost us $3.5 million," he said.',
)


def lines_of(profile_id: str, transcript: Transcript, **options: object) -> list[str]:
    sheet = build_cues(transcript, PROFILES[profile_id], profile_id, **options)  # type: ignore[arg-type]
    return [line for cue in sheet.cues for line in cue.lines]


@pytest.mark.parametrize("profile_id", CHINESE)
def test_chinese_cues_keep_every_word_within_the_limits(profile_id: str) -> None:
    transcript = transcribe("zh", *STORY[:4])  # Latin letters are said faster than reading speed counts them
    sheet = build_cues(transcript, PROFILES[profile_id], profile_id, fps=Fraction(25))
    assert spoken("".join(cue.text for cue in sheet.cues)) == spoken(transcript.text)
    assert check_cues(sheet, PROFILES[profile_id]) == []


@pytest.mark.parametrize("profile_id", ENGLISH)
def test_english_cues_keep_every_word_within_the_limits(profile_id: str) -> None:
    transcript = transcribe("en", *TALE, speed=0.85)
    sheet = build_cues(transcript, PROFILES[profile_id], profile_id, fps=Fraction(30000, 1001))
    shown = " ".join(line for cue in sheet.cues for line in cue.lines)
    assert shown.split() == transcript.text.split()
    assert check_cues(sheet, PROFILES[profile_id]) == []


@pytest.mark.parametrize("profile_id", CHINESE)
@pytest.mark.parametrize(
    "whole", ["李建国", "三十二年", "2024年", "3.5公里", "12万元", "350公里", "《人民日报》", "长江大桥", "创业", "GPU"]
)
def test_words_names_titles_and_numbers_with_units_stay_whole(profile_id: str, whole: str) -> None:
    assert any(whole in line for line in lines_of(profile_id, transcribe("zh", *STORY)))


def test_a_glossary_term_stays_whole() -> None:
    text = "这一次是由大渡河沿岸生态修复指挥部来负责的"
    term = "生态修复指挥部"
    lines = lines_of("cn_tv_14", transcribe("zh", text), terms=[term])
    assert any(term in line for line in lines)


def test_station_rule_leaves_only_title_marks() -> None:
    text = " ".join(lines_of("cn_tv_14", transcribe("zh", *STORY)))
    assert "《人民日报》" in text
    marks = {c for c in text.replace("3.5", "") if is_punctuation(c)}
    assert marks == {"《", "》"}
    assert "我叫李建国 今年五十八岁" in text


def test_wide_station_rule_keeps_quotes_and_interpunct() -> None:
    text = "|".join(lines_of("cn_16x9_20", transcribe("zh", *STORY)))
    assert "阿卜杜拉·买买提" in text
    assert "“我们" in text
    assert "，" not in text


def test_full_punctuation_is_kept_and_widened_where_the_profile_keeps_it() -> None:
    text = "".join(lines_of("netflix_zh", transcribe("zh", "你好,我是老王!今天3,500人来了?")))
    assert text == "你好，我是老王！今天3,500人来了？"


def test_breaks_prefer_clause_ends() -> None:
    lines = lines_of("cn_tv_14", transcribe("zh", STORY[0]))
    assert lines == ["我叫李建国 今年五十八岁", "是县里最后一位打铁匠人"]


def test_two_lines_are_balanced_and_break_at_a_phrase() -> None:
    sheet = build_cues(transcribe("en", TALE[0]), PROFILES["netflix_en"], "netflix_en", fps=Fraction(25))
    assert sheet.cues[0].lines == ("And so, my fellow Americans,", "ask not what your country can do for you,")


def test_one_line_where_one_is_enough() -> None:
    sheet = build_cues(transcribe("en", TALE[2]), PROFILES["netflix_en"], "netflix_en")
    assert [cue.lines for cue in sheet.cues] == [('"It cost us $3.5 million," he said.',)]


def test_articles_and_abbreviations_do_not_end_a_line() -> None:
    for profile_id in ENGLISH:
        for line in lines_of(profile_id, transcribe("en", *TALE)):
            assert line.split()[-1].casefold() not in {"the", "a", "dr.", "of", "my", "your", "he"}


def test_speakers_and_long_pauses_part_cues() -> None:
    segments = (speak("你好。", 0.0, speaker="A"), speak("你好。", 0.9, speaker="B"), speak("再见。", 9.0, speaker="B"))
    transcript = Transcript(language="zh", duration=12, recogniser=Recogniser(engine="import"), segments=segments)
    cues = build_cues(transcript, PROFILES["cn_tv_14"], "cn_tv_14", fps=Fraction(25)).cues
    assert [(cue.text, cue.speaker) for cue in cues] == [("你好", "A"), ("你好", "B"), ("再见", "B")]
    assert cues[2].start == pytest.approx(9.0, abs=0.04)


def test_too_fast_speech_keeps_all_words_and_is_listed() -> None:
    transcript = transcribe("zh", *STORY, speed=3.0)
    sheet = build_cues(transcript, PROFILES["cn_tv_14"], "cn_tv_14", fps=Fraction(25))
    assert spoken("".join(cue.text for cue in sheet.cues)) == spoken(transcript.text)
    violations = check_cues(sheet, PROFILES["cn_tv_14"])
    assert "cps" in {violation.rule for violation in violations}
    assert not {violation.rule for violation in violations} & {"overlap", "negative", "gap", "line-length", "kinsoku"}


def test_short_cues_stay_longer_where_there_is_room() -> None:
    segment = Segment(start=2.0, end=2.2, text="好。", words=(Word(text="好", start=2.0, end=2.2),))
    transcript = Transcript(language="zh", duration=9, recogniser=Recogniser(engine="import"), segments=(segment,))
    cue = build_cues(transcript, PROFILES["cn_tv_14"], "cn_tv_14", fps=Fraction(25)).cues[0]
    assert cue.duration >= 0.833


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(50)])
def test_times_lie_on_frames(fps: Fraction) -> None:
    sheet = build_cues(transcribe("zh", *STORY), PROFILES["netflix_zh"], "netflix_zh", fps=fps)
    for cue in sheet.cues:
        for time in (cue.start, cue.end):
            assert abs(time * fps - round(time * fps)) < 1e-6


def test_a_cue_that_begins_after_a_shot_change_snaps_to_it() -> None:
    transcript = transcribe("zh", "今天下了一天的雨。", "山里的路很难走。")
    second = transcript.segments[1].start
    cut = round((second - 0.16) * 25) / 25
    sheet = build_cues(transcript, PROFILES["cn_tv_14"], "cn_tv_14", fps=Fraction(25), cuts=[cut])
    first, last = sheet.cues
    assert last.start == pytest.approx(cut)
    assert first.end == pytest.approx(cut - 0.08)
    assert check_cues(sheet, PROFILES["cn_tv_14"], cuts=[cut]) == []


def test_words_give_times_even_when_the_text_was_corrected() -> None:
    words = (
        Word(text="沈", start=1.0, end=1.2),
        Word(text="秋兰", start=1.2, end=1.6),
        Word(text="来了", start=4.0, end=4.4),
    )
    segment = Segment(start=1.0, end=4.4, text="申秋岚，来了。", words=words)
    transcript = Transcript(language="zh", duration=6, recogniser=Recogniser(engine="import"), segments=(segment,))
    cues = build_cues(transcript, PROFILES["cn_tv_14"], "cn_tv_14", fps=Fraction(25)).cues
    assert [cue.text for cue in cues] == ["申秋岚", "来了"]
    assert cues[0].start == pytest.approx(1.0)
    assert cues[1].start == pytest.approx(4.0)


def test_an_empty_transcript_has_no_cues() -> None:
    assert build_cues(transcribe("zh"), PROFILES["cn_tv_14"], "cn_tv_14").cues == ()
    assert build_cues(transcribe("zh", " ", "。"), PROFILES["cn_tv_14"], "cn_tv_14").cues == ()


_ALPHABET = "我你他们在铁路上走了三百里2024年GPU hello world，。、！？《》“”·.,-%（）…— 　\n"


@settings(max_examples=120, deadline=None)
@given(
    texts=st.lists(st.text(alphabet=_ALPHABET, max_size=60), max_size=5),
    profile_id=st.sampled_from((*CHINESE, *ENGLISH)),
    speed=st.sampled_from((0.5, 1.0, 4.0)),
    fps=st.sampled_from((None, Fraction(25), Fraction(30000, 1001))),
    cuts=st.lists(st.floats(0, 30), max_size=4),
)
def test_any_text_gives_cues_in_order_without_overlap_or_loss(
    texts: list[str], profile_id: str, speed: float, fps: Fraction | None, cuts: list[float]
) -> None:
    profile = PROFILES[profile_id]
    transcript = transcribe("zh", *texts, speed=speed)
    cues = build_cues(transcript, profile, profile_id, fps=fps, cuts=cuts).cues
    assert spoken("".join(cue.text for cue in cues)) == spoken(transcript.text)
    for cue in cues:
        assert cue.end > cue.start
        assert 1 <= len(cue.lines) <= profile.lines
        assert all(line.strip() == line and line for line in cue.lines)
        assert all(measure(line, profile.counting) <= profile.line_length for line in cue.lines)
    for cue, following in pairwise(cues):
        assert cue.end <= following.start + 1e-9


@pytest.mark.parametrize("profile_id", ["netflix_zh", "cn_16x9_20"])
def test_no_line_starts_or_ends_with_a_forbidden_mark(profile_id: str) -> None:
    text = "他说：“好！”（笑）“那就走吧……”《史记》、《汉书》，都读过。" * 4
    assert [line for line in lines_of(profile_id, transcribe("zh", text)) if find_bad_edges(line)] == []
