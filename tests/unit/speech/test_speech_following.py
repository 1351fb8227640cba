"""Speech beside its script: what is taken, kept, marked and reported."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.media.transcript import Segment
from mediakit.speech.following import FOREIGN, Followed, follow_script
from mediakit.speech.reporting import report_script, tell_report
from mediakit.speech.script import Line, Script
from mediakit.speech.sentences import make_segment
from mediakit.speech.words import split_words, spread_words

A, B, C, D = (
    "凌晨两点，云岭的雨还没有停。",
    "一年里有两百个夜晚，她都走在这条铁路上。",
    "我叫沈秋岚，是云岭工务段的巡道工长。",
    "2006年上班，今年是第二十年。",
)
SCRIPT = Script((Line(A, "主持人"), Line(B, "主持人"), Line(C, "沈秋岚"), Line(D, "沈秋岚")))


def heard(*sentences: str, pause: float = 0.5) -> list[Segment]:
    segments, place = [], 1.0
    for sentence in sentences:
        texts = split_words(sentence)
        end = place + 0.2 * len(texts)
        segments.append(make_segment(spread_words(texts, place, end, 0.9)))
        place = end + pause
    return segments


def follow(*sentences: str, script: Script = SCRIPT) -> Followed:
    return follow_script(heard(*sentences), script)


def marked(followed: Followed) -> list[tuple[str | None, str]]:
    return [(segment.script, segment.text) for segment in followed.segments]


def test_of_two_takes_the_later_counts_and_both_read_right() -> None:
    followed = follow("凌晨两点，云凌的雨还没有停。", B, "凌晨两点，银领的雨还没有停。", B, C, D)
    assert marked(followed) == [
        ("retake", A),
        ("retake", B),
        *(("followed", text) for text in (A, B, C, D)),
    ]
    report = report_script(SCRIPT, followed, followed.segments)
    assert [sentence.takes for sentence in report.sentences] == [2, 2, 1, 1]
    assert report.sentences[0].start == pytest.approx(followed.segments[2].start)
    assert [(one.kind, one.sentence) for one in report.beside] == [("retake", 1), ("retake", 2)]
    assert report.share == 1


def test_a_false_start_stays_as_it_was_said_and_is_marked() -> None:
    followed = follow("凌晨两点，云凌的", A, B, C, D)
    assert marked(followed)[:2] == [("retake", "凌晨两点，云凌的"), ("followed", A)]


def test_an_interview_between_sentences_stays_as_recognised_and_is_marked() -> None:
    said = "我在这里干了一辈子，每天就是走，看，听，习惯了。"
    followed = follow(A, said, B, C, D)
    assert marked(followed)[1] == ("aside", said)
    report = report_script(SCRIPT, followed, followed.segments)
    assert [(one.kind, one.text) for one in report.beside] == [("aside", said)]
    assert 0.7 < report.speech_share < 0.8
    assert any(said in line and "00:03.9-" in line for line in tell_report(report))


def test_clauses_that_were_not_said_are_left_out_and_named() -> None:
    followed = follow(A, "一年里有二百个夜晚。", C, D)
    assert [text for _, text in marked(followed)] == [A, "一年里有两百个夜晚。", C, D]
    report = report_script(SCRIPT, followed, followed.segments)
    assert [(s.number, s.state, s.missing) for s in report.unspoken] == [(2, "partly", ("她都走在这条铁路上。",))]
    assert report.share == pytest.approx(48 / 57, abs=0.06)


def test_a_remark_inside_a_sentence_is_not_swallowed() -> None:
    followed = follow("凌晨两点，云岭的雨我跟你说真的特别大还没有停。", B, C, D)
    assert marked(followed)[:3] == [
        ("followed", "凌晨两点，云岭的雨"),
        ("aside", "我跟你说真的特别大"),
        ("followed", "还没有停。"),
    ]


def test_other_words_in_a_clause_s_place_are_not_overwritten() -> None:
    followed = follow(A, "一年里有两百个夜晚，反正天天都在外面跑。", C, D)
    assert "".join(text for mark, text in marked(followed) if mark == "aside").strip("。") == "反正天天都在外面跑"
    assert "铁路" not in "".join(text for _, text in marked(followed))


def test_sentences_in_another_order_keep_the_order_of_the_sound() -> None:
    assert marked(follow(C, A, B, D)) == [("followed", text) for text in (C, A, B, D)]


def test_a_sentence_that_was_not_spoken_has_a_place_in_the_report() -> None:
    followed = follow(A, C, D)
    report = report_script(SCRIPT, followed, followed.segments)
    [unspoken] = report.unspoken
    assert (unspoken.number, unspoken.state, unspoken.text) == (2, "unspoken", B)
    assert (unspoken.start, unspoken.end) == (followed.segments[0].end, followed.segments[1].start)
    assert followed.warnings == ("1 of 4 sentences of the script were not heard",)


def test_another_episode_with_the_same_opening_changes_nothing() -> None:
    script = Script((Line("欢迎收看微纪录片守夜人。", None), *SCRIPT.lines))
    said = [
        "欢迎收看微纪录片守夜人。",
        "今天我们来到山里的茶园，看看春天的第一批新茶。",
        "老人说，他在这里种了一辈子的茶。",
        "茶树要在雨后采摘，不然叶子会发苦，卖不出好价钱。",
    ]
    followed = follow(*said, script=script)
    assert not followed.belongs
    assert [s.text for s in followed.segments] == said
    assert followed.warnings == (FOREIGN,)
    report = report_script(script, followed, followed.segments)
    assert (report.belongs, report.share) == (False, 0)
    assert tell_report(report) == ["script: of something else; nothing was taken from it"]


def test_a_script_in_traditional_characters_is_followed() -> None:
    script = Script(
        (Line("凌晨兩點，雲嶺的雨還沒有停。", None), Line("一年裡有兩百個夜晚，她都走在這條鐵路上。", None))
    )
    followed = follow("凌晨两点，云凌的雨还没有停。", "一年里有200个夜晚，他都走在这条铁路上。", script=script)
    assert marked(followed) == [("followed", line.text) for line in script.lines]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2024年，全村人均收入达到3.5万元，增长12.5%。", "二零二四年全村人均收入达到三点五万元增长百分之十二点五"),
        ("修路1,200公里，来了二十来个人。", "修路一千两百公里来了20来个人"),
        ("早上10:30出发，气温只有-5℃。", "早上十点半出发气温只有负五摄氏度"),
        ("2000年的秋天，三分之一的人搬走了。", "两千年的秋天1/3的人搬走了"),
        ("3-5天以后，水位降了20%~30%。", "三到五天以后水位降了百分之二十到百分之三十"),
        ("请拨打110，或者120。", "请拨打幺幺零或者幺二零"),
        ("In 1998 about 3.5% of them walked 30,000 miles.", "in nineteen ninety eight about three point five percent"
         " of them walked thirty thousand miles"),
        ("On the 21st it rained 5 mm, at 10:30.", "on the twenty first it rained five millimeters at ten thirty"),
    ],
)  # fmt: skip
def test_numbers_are_followed_as_they_are_said(written: str, said: str) -> None:
    followed = follow(said, script=Script((Line(written, None),)))
    assert marked(followed) == [("followed", written)]
    assert followed.share == 1


def test_an_english_script_is_followed_by_sound() -> None:
    script = Script((Line("I'm Clara Whitfield, track inspector with Northmoor Railway.", "Clara"),))
    followed = follow("I'm Clara Witfield, track inspector with Northmore Railway.", script=script)
    assert [s.text for s in followed.segments] == [script.lines[0].text]


POOL = "山水风云雨雪花草树木人手口目日月星江河湖海春夏秋冬东西南北高低远近来去走跑看听说想做学习"


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    clause = st.text(POOL, min_size=4, max_size=9)
    lines = draw(st.lists(st.tuples(clause, clause), min_size=2, max_size=6))
    return Script(tuple(Line(f"{one}，{two}。", None) for one, two in lines))


@st.composite
def speeches(draw: st.DrawFn) -> tuple[Script, list[str]]:
    """A script and what was made of it: sentences dropped, said twice, cut off, with remarks and wrong characters."""
    script = draw(scripts())
    said: list[str] = []
    for line in script.lines:
        text = line.text
        kind = draw(st.sampled_from(["said", "said", "said", "dropped", "twice", "cut", "remark", "misheard"]))
        if kind == "dropped":
            continue
        if kind == "cut":
            text = text[: draw(st.integers(3, len(text)))]
        if kind == "remark":
            place = draw(st.integers(0, len(text)))
            text = text[:place] + draw(st.text("我你他们就是这样嘛然后吧", min_size=1, max_size=8)) + text[place:]
        if kind == "misheard":
            place = draw(st.integers(0, len(text) - 2))
            text = text[:place] + draw(st.sampled_from(POOL)) + text[place + 1 :]
        said += [text, text] if kind == "twice" else [text]
    return script, said


def spoken(texts: Sequence[str]) -> str:
    return re.sub(r"[，。]", "", "".join(texts))


@given(speeches())
@settings(max_examples=80, deadline=None)
def test_whatever_happens_the_order_holds_and_no_word_is_invented(case: tuple[Script, list[str]]) -> None:
    script, said = case
    segments = heard(*[text for text in said if spoken([text])])
    if not segments:
        return
    followed = follow_script(segments, script)
    words = [word for segment in followed.segments for word in segment.words]
    assert all(a.start <= a.end <= b.start + 1e-6 for a, b in pairwise(words))
    assert segments[0].start - 1e-6 <= words[0].start
    assert words[-1].end <= segments[-1].end + 1e-6
    assert all("".join(w.text for w in s.words) == s.text for s in followed.segments)
    given_script = Counter(spoken([line.text for line in script.lines]))
    recognised = Counter(spoken(said))
    for segment in followed.segments:
        own = Counter(spoken([segment.text]))
        assert not own - (given_script if segment.script == "followed" else given_script + recognised)
        if segment.script in (None, "aside"):
            assert not own - recognised
    longer = sum(len(spoken([s.text])) for s in followed.segments) - len(spoken(said))
    assert longer <= 4 * len(script.lines)


@given(scripts(), st.lists(st.text("我你他们就是这样嘛然后吧了呢", min_size=5, max_size=20), min_size=1, max_size=5))
@settings(max_examples=40, deadline=None)
def test_speech_that_has_nothing_of_the_script_is_never_touched(script: Script, said: list[str]) -> None:
    segments = heard(*said)
    followed = follow_script(segments, script)
    assert followed.segments == tuple(segments)
    assert not followed.belongs


@given(scripts())
@settings(max_examples=40, deadline=None)
def test_a_script_that_is_read_out_is_found_whole(script: Script) -> None:
    followed = follow(*[line.text for line in script.lines], script=script)
    assert [s.text for s in followed.segments] == [line.text for line in script.lines]
    assert followed.share == 1
