"""Where cues and lines break: nothing lost, limits kept, names and numbers whole, clear of shot changes."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.channels.loading import load_profiles
from mediakit.media.cues import CueSheet
from mediakit.media.transcript import Recogniser, Segment, Transcript
from mediakit.subtitles.build import build_cues
from mediakit.subtitles.characters import find_bad_edges, measure
from mediakit.subtitles.check import check_cues
from mediakit.subtitles.protection import find_protected

PROFILES = load_profiles().subtitles
FPS = Fraction(25)
TERMS = ("吴王锁", "青禾中学", "柳河县", "高级农艺师", "盐碱地", "Clara Whitfield", "Northmoor Railway", "GPU")
CHINESE_WORDS = (
    *(
        "我们",
        "他",
        "在",
        "的",
        "了",
        "走过",
        "铁路",
        "三十二年",
        "2024年",
        "3.5公里",
        "《人民日报》",
        "一个",
        "晚上",
        "因为",
        "从",
    ),
    *(
        "吴王锁",
        "青禾中学",
        "柳河县",
        "高级农艺师",
        "盐碱地",
        "，",
        "。",
        "、",
        "：",
        "“好”",
        "？",
        "GPU",
        "阿依·买买提",
    ),
)
ENGLISH_WORDS = (
    *("the", "a", "rain", "she", "walked", "of", "and", "in", "two hundred and forty thousand pounds", "Dr. Smith"),
    *(
        "Clara Whitfield",
        "Northmoor Railway",
        "extraordinarily",
        "it",
        "was",
        "1998",
        "$3.5 million",
        "don't",
        "night,",
    ),
    *("night.", '"Go,"', "since", "everything"),
)


def transcribe(text: str, language: str, seconds_a_letter: float) -> Transcript:
    length = max(len(text) * seconds_a_letter, 0.2)
    segment = Segment(start=0.5, end=0.5 + length, text=text)
    return Transcript(
        language=language, duration=length + 2, recogniser=Recogniser(engine="import"), segments=(segment,)
    )


def letters(text: str) -> str:
    return "".join(character for character in text if character.isalnum())


def hold_for_any_text(sheet: CueSheet, text: str, profile_id: str) -> None:
    """Assert what holds whatever was said: every word in order, lines within their limits, times in order."""
    profile = PROFILES[profile_id]
    assert letters("".join(cue.text for cue in sheet.cues)) == letters(text)
    for cue in sheet.cues:
        assert len(cue.lines) <= profile.lines
        assert all(measure(line, profile.counting) <= profile.line_length for line in cue.lines)
        assert not any(find_bad_edges(line) for line in cue.lines)
        assert cue.spoken_lines  # the words' times belong to the lines
    assert all(a.end <= b.start and a.start < a.end for a, b in pairwise(sheet.cues))


def stay_whole(sheet: CueSheet, text: str, profile_id: str) -> None:
    """Assert that no line or cue ends inside a protected stretch which a line could have held with its marks."""
    profile = PROFILES[profile_id]
    place, edges = 0, set()
    for cue in sheet.cues:
        for line in cue.lines:
            place += len(letters(line))
            edges.add(place)
    stretches = find_protected(text, TERMS)
    for start, end in stretches:
        first, last = start, end
        while first and not text[first - 1].isalnum() and not text[first - 1].isspace():
            first -= 1
        while last < len(text) and not text[last].isalnum() and not text[last].isspace():
            last += 1
        overlapped = any(a < last and first < b and (a, b) != (start, end) for a, b in stretches)
        if overlapped or measure(text[first:last], profile.counting) > profile.line_length:
            continue
        before, inside = len(letters(text[:start])), len(letters(text[start:end]))
        assert not any(before < edge < before + inside for edge in edges), (text[start:end], sheet.cues)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["cn_tv_14", "netflix_zh", "vertical_zh", "cn_16x9_20"]),
    st.lists(st.sampled_from(CHINESE_WORDS), min_size=1, max_size=60).map("".join),
    st.sampled_from([0.05, 0.2, 0.5]),
    st.lists(st.floats(0, 20), max_size=6),
)
def test_chinese_is_never_lost_or_parted(profile_id: str, text: str, pace: float, cuts: list[float]) -> None:
    if not letters(text):
        return
    sheet = build_cues(transcribe(text, "zh", pace), PROFILES[profile_id], profile_id, fps=FPS, cuts=cuts, terms=TERMS)
    hold_for_any_text(sheet, text, profile_id)
    stay_whole(sheet, text, profile_id)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(["netflix_en", "bbc_en", "vertical_en"]),
    st.lists(st.sampled_from(ENGLISH_WORDS), min_size=1, max_size=40).map(" ".join),
    st.sampled_from([0.03, 0.07, 0.2]),
    st.lists(st.floats(0, 20), max_size=6),
)
def test_english_is_never_lost_or_parted(profile_id: str, text: str, pace: float, cuts: list[float]) -> None:
    sheet = build_cues(transcribe(text, "en", pace), PROFILES[profile_id], profile_id, fps=FPS, cuts=cuts, terms=TERMS)
    hold_for_any_text(sheet, text, profile_id)
    stay_whole(sheet, text, profile_id)


@pytest.mark.parametrize(
    ("profile_id", "language", "text", "lines"),
    [
        ("netflix_en", "en", "because nobody had opened it since the First World War.", "opened it / since"),
        (
            "netflix_en",
            "en",
            "We had eleven weeks to find two hundred and forty thousand pounds,",
            "find / two hundred",
        ),
        ("cn_tv_14", "zh", "我们就把课桌搬到有太阳的那一面墙下面去上课。", "搬到 / 有太阳的那一面墙"),
        ("cn_tv_14", "zh", "第一次来的时候我以为走错了地方，白花花的一片。", "时候 / 我以为"),
        ("cn_tv_14", "zh", "他说“柳河十二号”通过了审定。", "他说柳河十二号通过了审定"),
    ],
)
def test_breaks_that_a_reader_expects(profile_id: str, language: str, text: str, lines: str) -> None:
    transcript = transcribe(text, language, 0.22 if language == "zh" else 0.07)
    sheet = build_cues(transcript, PROFILES[profile_id], profile_id, fps=FPS)
    assert lines in " / ".join(line for cue in sheet.cues for line in cue.lines)


def test_cues_keep_clear_of_shot_changes() -> None:
    text = (
        "凌晨两点，云岭的雨还没有停。一年里有两百个晚上，她都走在这条铁路上。好的钢轨，声音清脆，有了裂纹，声音就发闷。"
    )
    for shift in range(0, 100, 7):
        cuts = [2.0 + shift / 25, 5.0 + shift / 25, 8.0 + shift / 25]
        sheet = build_cues(transcribe(text, "zh", 0.22), PROFILES["cn_tv_14"], "cn_tv_14", fps=FPS, cuts=cuts)
        assert sheet.shot_changes == tuple(cuts)
        assert [str(violation) for violation in check_cues(sheet, PROFILES["cn_tv_14"])] == []


def test_children_get_more_time() -> None:
    text = "凌晨两点，云岭的雨还没有停。一年里有两百个晚上，她都走在这条铁路上。"
    profile = PROFILES["netflix_zh"].for_children()
    assert profile.cps == 7
    sheet = build_cues(transcribe(text, "zh", 0.16), profile, "netflix_zh", fps=FPS)
    assert all(sum(map(len, cue.lines)) / cue.duration <= 7.01 for cue in sheet.cues)
    with pytest.raises(ValueError, match="no reading speed for children"):
        PROFILES["cn_tv_14"].for_children()


def test_short_turns_of_two_speakers_share_a_cue_with_dashes() -> None:
    turns = (("甲", "你怕不怕？", 1.0, 1.9), ("乙", "不怕。", 2.1, 2.6), ("甲", "那就走吧，天快亮了。", 4.5, 6.5))
    segments = tuple(Segment(start=a, end=b, text=text, speaker=who) for who, text, a, b in turns)
    transcript = Transcript(language="zh", duration=8, recogniser=Recogniser(engine="import"), segments=segments)
    sheet = build_cues(transcript, PROFILES["netflix_zh"], "netflix_zh", fps=FPS, speaker_changes="dash")
    assert [cue.lines for cue in sheet.cues] == [("-你怕不怕？", "-不怕。"), ("那就走吧，天快亮了。",)]
    assert check_cues(sheet, PROFILES["netflix_zh"]) == []
    apart = build_cues(transcript, PROFILES["netflix_zh"], "netflix_zh", fps=FPS)
    assert [(cue.text, cue.speaker) for cue in apart.cues][:2] == [("你怕不怕？", "甲"), ("不怕。", "乙")]
