"""Where a short may begin and end: openings that lean, answers without their questions, ends that are none."""

from __future__ import annotations

import pytest

from mediakit.highlights.edges import find_edges, find_end_faults, find_start_faults
from mediakit.highlights.finding import Found, Request, find_shorts
from mediakit.highlights.phrases import (
    continues,
    count_fillers,
    count_turns,
    find_answer,
    find_housekeeping,
    find_leaning,
    is_question,
    rate_hook,
)
from mediakit.highlights.sentences import split_sentences
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word


def talk(*lines: tuple[str, str | None], pace: float = 4.0, pause: float = 0.5, language: str = "zh") -> Transcript:
    """Return lines of (text, speaker) as said, ``pace`` characters a second."""
    segments, now = [], 1.0
    for text, speaker in lines:
        end = now + len(text) / pace
        segments.append(Segment(start=now, end=end, text=text, words=_words(text, now, end), speaker=speaker))
        now = end + pause
    recogniser = Recogniser(engine="import")
    return Transcript(language=language, duration=now, recogniser=recogniser, segments=tuple(segments))


def _words(text: str, start: float, end: float) -> tuple[Word, ...]:
    step = (end - start) / len(text)
    return tuple(
        Word(text=letter, start=start + k * step, end=start + (k + 1) * step)
        for k, letter in enumerate(text)
        if letter.isalnum()
    )


def find(transcript: Transcript, count: int = 1, low: float = 5, high: float = 20) -> Found:
    return find_shorts(transcript, Request(count, low, high, {}))


@pytest.mark.parametrize(
    "text",
    [
        "但是他没有回来。",
        "然后我们就走了。",
        "他三个月没说话。",
        "这个讲不好的。",
        "And then he left.",
        "It didn't work.",
        "So we left.",
    ],
)
def test_openings_that_lean(text: str) -> None:
    assert find_leaning(text)


@pytest.mark.parametrize(
    "text",
    [
        *("那天晚上我没有睡。", "那年冬天下了大雪。", "这世上总有走得慢的人。", "其实我不想走。", "他乡的月亮也圆。"),
        *(
            "还记得第一次上船吗？",
            "Andrew left.",
            "There are seventy thousand bridges.",
            "It was a Tuesday.",
            "Thomas said no.",
        ),
    ],
)
def test_openings_that_stand_on_their_own(text: str) -> None:
    assert not find_leaning(text)


def test_answers_questions_and_fillers() -> None:
    assert find_answer("不是钱，是我妈。") == "不是钱"
    assert find_answer("Because of a bicycle.") == "Because"
    assert not find_answer("不远处有一座桥。") or find_answer("不远处有一座桥。") == ""
    assert is_question("您收吗")
    assert is_question("Why did you stay?")
    assert not is_question("他问我为什么来。")
    assert count_fillers("嗯，就是，那个，我想一下。") >= 4
    assert count_fillers("So, um, they, they left.") == 2
    assert count_fillers("Right.") == 1
    assert count_fillers("关厂那天，厂里没有钱发。") == 0
    assert find_housekeeping("我们下周四再见。") == "再见"
    assert not find_housekeeping("他把船撑过去了。")
    assert continues("我就把船撑过去了。")
    assert not continues("有一次我做了一把。")


def test_quotable_turns_and_hooks() -> None:
    assert count_turns("我们不是没有好设备，我们是没有蹲下来。") > count_turns("采访部、编辑部都调整了。")
    assert count_turns("Nobody ever cut a ribbon for something that didn't happen.") > count_turns(
        "The form has a box."
    )
    assert count_turns("我说刀在，手艺就在。") >= 1
    assert rate_hook("那天晚上，你为什么没有走？") > rate_hook("然后他就走了过去。")


def test_an_answer_is_not_shown_without_its_question() -> None:
    transcript = talk(
        ("今天天气不错，我们随便走一走看一看。", "记者"),
        ("回来的时候最大的阻力是什么？", "记者"),
        ("不是钱，是我妈。", "林珊"),
        ("我妈三个月没有跟我讲过一句话，我每天晚上都睡不着。", "林珊"),
        ("嗯，设备方面，然后，那个，添了两台。", "林珊"),
    )
    sentences = split_sentences(transcript)
    edges = find_edges(sentences)
    assert find_start_faults(1, sentences, edges) == []
    assert find_start_faults(2, sentences, edges) == ["opens with '不是钱', an answer without its question"]
    assert find_end_faults(2, sentences, edges) == ["ends with a question that is not answered"]
    first = find(transcript, high=18).chosen[0]
    assert sentences[first.candidate.first].text.startswith("回来的时候")
    assert sentences[first.candidate.last - 1].text.startswith("我妈三个月")


def test_a_rhetorical_question_of_the_same_speaker_may_end_a_short() -> None:
    sentences = split_sentences(talk(("他还能去哪里呢？", "甲"), ("家就在这里。", "甲"), ("好的。", "乙")))
    assert find_end_faults(1, sentences, find_edges(sentences)) == []


def test_faulty_runs_are_taken_only_when_nothing_else_fits() -> None:
    leaning = ("但是后来大家都走了，谁也没有再回到这个地方来。", None)
    clean = ("李建国在这条铁路上走了整整二十年的夜路啊。", None)
    chosen = find(talk(leaning, clean, pause=6.0), count=1).chosen
    assert [item.against for item in chosen] == [()]
    both = find(talk(leaning, clean, pause=6.0), count=2).chosen
    assert [item.held for item in both] == [False, True]
    assert both[1].against == ("opens with '但是', which leans on what came before",)


def test_a_sentence_that_trails_off_or_stops_at_a_comma_is_no_end() -> None:
    sentences = split_sentences(talk(("我当时就想，", None), ("这件事情……", None), ("我要做完它。", None), pause=1.0))
    edges = find_edges(sentences)
    assert find_end_faults(1, sentences, edges) == ["ends inside a sentence"]
    assert find_start_faults(1, sentences, edges)[-1] == "opens inside a sentence"
    assert find_end_faults(2, sentences, edges) == ["trails off at its end"]
