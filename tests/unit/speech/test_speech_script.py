from __future__ import annotations

import random
from itertools import pairwise
from pathlib import Path

import pytest

from mediakit.errors import InputError
from mediakit.media.transcript import Segment
from mediakit.speech.following import follow_script
from mediakit.speech.matching import align_units, split_units
from mediakit.speech.numbers import say_chinese, say_english
from mediakit.speech.script import Line, Script, read_script
from mediakit.speech.sentences import make_segment
from mediakit.speech.words import split_words, spread_words

SCRIPT = Script(
    (
        Line("凌晨两点，云岭的雨还没有停。", "主持人"),
        Line("一年里有两百个夜晚，她都走在这条铁路上。", "主持人"),
        Line("我叫沈秋岚，是云岭工务段的巡道工长。", "沈秋岚"),
        Line("2006年上班，今年是第二十年。", "沈秋岚"),
    )
)


def heard(*sentences: str, pause: float = 0.5) -> list[Segment]:
    segments, place = [], 1.0
    for sentence in sentences:
        texts = split_words(sentence)
        end = place + 0.2 * len(texts)
        segments.append(make_segment(spread_words(texts, place, end, 0.9)))
        place = end + pause
    return segments


def test_misheard_sentences_become_the_script_s_and_keep_their_times() -> None:
    segments = heard(
        "凌晨两点，云凌的雨还没有停，一年里有200个夜晚，他都走在这条铁路上。",
        "我叫沈秋兰，是云凌公务段的寻到公长，2006年上班，今年是第20年。",
    )
    followed = follow_script(segments, SCRIPT)
    assert [s.text for s in followed.segments] == [line.text for line in SCRIPT.lines]
    assert [s.speaker for s in followed.segments] == ["主持人", "主持人", "沈秋岚", "沈秋岚"]
    assert followed.segments[0].start == pytest.approx(segments[0].start)
    assert followed.segments[3].end == pytest.approx(segments[1].end)
    assert all(c.rule == "script" for c in followed.corrections)
    assert followed.corrections[0].before == "凌晨两点，云凌的雨还没有停，"
    words = [w for s in followed.segments for w in s.words]
    assert all(a.end <= b.start + 1e-6 and a.start < a.end for a, b in pairwise(words))
    assert not followed.warnings


def test_a_script_of_another_episode_changes_nothing_and_says_so() -> None:
    segments = heard("今天我们来到山里的茶园，看看春天的第一批新茶。", "老人说，他在这里种了一辈子的茶。")
    followed = follow_script(segments, SCRIPT)
    assert followed.segments == tuple(segments)
    assert not followed.corrections
    assert "does not belong" in followed.warnings[0]


def test_what_is_said_beside_the_script_stays() -> None:
    segments = heard(
        "凌晨两点，云凌的雨还没有停。",
        "导演，这一段我们要不要再来一遍试试看？",
        "一年里有两百个夜晚，她都走在这条铁路上。",
    )
    followed = follow_script(segments, SCRIPT)
    assert [s.text for s in followed.segments] == [
        SCRIPT.lines[0].text,
        "导演，这一段我们要不要再来一遍试试看？",
        SCRIPT.lines[1].text,
    ]
    assert followed.segments[1].speaker is None
    assert "2 of 4 sentences" in followed.warnings[0]


def test_speech_that_repeats_or_skips_the_script_is_not_padded() -> None:
    segments = heard("我叫沈秋岚，是云岭工务段的巡道工长。")
    followed = follow_script(segments, SCRIPT)
    assert [s.text for s in followed.segments] == [SCRIPT.lines[2].text]


def test_english_numbers_and_case_count_as_the_same() -> None:
    script = Script((Line("In twenty years she has walked thirty thousand miles, and missed nothing.", "Host"),))
    segments = heard("in 20 years she has walked 30,000 miles, and this nothing")
    assert [s.text for s in follow_script(segments, script).segments] == [script.lines[0].text]


def test_a_script_file_gives_speakers_and_sentences_and_leaves_directions_out(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text(
        "# 第一集\n【雨声】\n主持人：凌晨两点。云岭的雨【雷声】还没有停！\n\n（音乐）\nClara Whitfield: I'm here. "
        "It is 10:30 now.\n时间过得很快，没有人知道为什么：这是一句话。\nhttp://example.org/x\n",
        encoding="utf-8",
    )
    lines = read_script(path).lines
    assert [(line.speaker, line.text) for line in lines[:5]] == [
        ("主持人", "凌晨两点。"),
        ("主持人", "云岭的雨还没有停！"),
        ("Clara Whitfield", "I'm here."),
        ("Clara Whitfield", "It is 10:30 now."),
        (None, "时间过得很快，没有人知道为什么：这是一句话。"),
    ]


def test_a_script_without_sentences_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "script.txt"
    path.write_text("【雨声】\n\n", encoding="utf-8")
    with pytest.raises(InputError, match="no sentence"):
        read_script(path)


@pytest.mark.parametrize(
    ("number", "chinese", "english"),
    [
        ("0", "零", "zero"),
        ("10", "十", "ten"),
        ("12", "十二", "twelve"),
        ("105", "一百零五", "one hundred five"),
        ("2006", "二零零六", "two thousand six"),
        ("2000", "二千", "two thousand"),
        ("48000", "四万八千", "forty eight thousand"),
        ("21,000", "二万一千", "twenty one thousand"),
        ("1.5", "一点五", "one point five"),
        ("007", "零零七", "seven"),
    ],
)
def test_numbers_are_read_as_they_are_said(number: str, chinese: str, english: str) -> None:
    assert "".join(say_chinese(number)) == chinese
    assert " ".join(say_english(number)) == english


def test_texts_of_twelve_thousand_characters_are_aligned() -> None:
    chance = random.Random(5)
    base = "".join(chance.choice("的一是不了人我在有他这中大来上国个到说们为子和你地出道也时年") for _ in range(12_000))
    units = split_units(base, chinese=True)
    misheard = [unit for n, unit in enumerate(units) if n % 17]
    pairs = align_units(misheard, units)
    assert pairs is not None
    assert sum(1 for h, w, score in pairs if score == 1 and misheard[h] is units[w]) > 0.97 * len(misheard)
