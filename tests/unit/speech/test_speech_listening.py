from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.media.transcript import Recogniser as Made
from mediakit.speech import hearing, listening
from mediakit.speech.composing import NO_SPEECH, compose_heard
from mediakit.speech.faster import split_tokens
from mediakit.speech.guards import collapse_loops, keep_spoken
from mediakit.speech.hearing import Listening
from mediakit.speech.languages import parse_language
from mediakit.speech.listening import hear_section
from mediakit.speech.prompting import Prompter
from mediakit.speech.recogniser import PROMPT_TOKENS, Encoded, HeardSegment, HeardWord, Question, Recogniser, Request
from mediakit.speech.sound import RATE, Stretch
from mediakit.speech.voice import WINDOW_S, Region, make_windows

if TYPE_CHECKING:
    from mediakit.speech.sound import Samples


def said(text: str, *, start: float = 0.1, step: float = 0.2, sure: float = 0.9, **doubts: float) -> HeardSegment:
    words = tuple(HeardWord(char, start + n * step, start + (n + 1) * step, sure) for n, char in enumerate(text))
    return replace(HeardSegment(words, -0.2, 0.05, 1.2), **doubts)


@dataclass
class Fake:
    """Says what it is told to, whatever it hears."""

    answers: list[tuple[HeardSegment, ...]] = field(default_factory=list)
    spoken: list[dict[str, float]] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    lengths: list[float] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    languages: tuple[str, ...] = ("zh", "en")
    window_s: float = WINDOW_S

    def encode(self, windows: Sequence[Samples]) -> tuple[Encoded, ...]:
        return tuple(Encoded(samples) for samples in windows)

    def detect_language(self, window: Encoded) -> dict[str, float]:
        return self.spoken.pop(0) if self.spoken else {"zh": 0.99, "en": 0.01}

    def count_tokens(self, text: str) -> int:
        return 2 * len(text)

    def recognise(self, questions: Sequence[Question]) -> tuple[tuple[HeardSegment, ...], ...]:
        self.asked.append(len(questions))
        return tuple(self.recognise_long(one.sound.samples, one.request) for one in questions)

    def recognise_long(self, samples: Samples, request: Request) -> tuple[HeardSegment, ...]:
        self.requests.append(request)
        self.lengths.append(len(samples) / RATE)
        return self.answers.pop(0) if self.answers else ()


def quiet(seconds: float, start: float = 0.0) -> Stretch:
    return Stretch(start, np.zeros(round(seconds * RATE), np.float32))


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch) -> list[Region]:
    found: list[Region] = []
    monkeypatch.setattr(listening, "find_speech", lambda stretch, longest_s: tuple(found))
    return found


def hear(fake: Recogniser, seconds: float = 60, **how: object) -> list[str]:
    heard = hear_section(fake, quiet(seconds), Listening(**how))  # type: ignore[arg-type]
    return ["".join(word.text for word in run.words) for run in heard.runs]


def test_silence_is_never_given_to_the_engine(regions: list[Region]) -> None:
    fake = Fake([(said("谢谢观看"),)])
    heard = hear_section(fake, quiet(30), Listening())
    assert heard.runs == ()
    assert not fake.requests
    transcript = compose_heard([heard], duration=30, source_digest="", recogniser=Made(engine="x"))
    assert (transcript.language, transcript.segments, transcript.warnings) == ("und", (), (NO_SPEECH,))


def test_words_are_on_the_media_s_clock_and_out_of_the_silence(regions: list[Region]) -> None:
    regions += [Region(610.0, 611.0), Region(623.5, 624.5)]
    fake = Fake([(said("天亮", start=0.3, step=0.4), said("下班", start=2.1, step=0.9))])
    heard = hear_section(fake, quiet(30, start=600.0), Listening(language="zh"))
    assert fake.lengths == pytest.approx([3.6])
    first, second = heard.runs
    assert first.words[0].start == pytest.approx(610.0)
    assert second.words[0].start == pytest.approx(623.5)
    assert second.words[1].end <= 624.5
    assert heard.speech_s == pytest.approx(2.0)


def test_windows_are_bounded_and_cut_at_pauses() -> None:
    spans = [(n * 5.0, n * 5.0 + (4.0 if n % 3 == 2 else 4.8)) for n in range(30)]
    windows = make_windows(quiet(160), [Region(*span) for span in spans])
    assert sum(len(window.regions) for window in windows) == 30
    assert all(len(window.samples) <= WINDOW_S * RATE for window in windows)
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(windows))
    assert len(windows) == 6
    short = make_windows(quiet(160), [Region(*span) for span in spans], 15.0)
    assert all(len(window.samples) <= 15 * RATE for window in short)
    assert len(short) == 10


@pytest.mark.parametrize(
    ("start", "end", "lean", "placed"),
    [
        (0.5, 0.9, 0, (10.1, 10.5)),
        (2.3, 2.7, 0, (23.6, 24.0)),
        (1.3, 2.6, 1, (23.5, 23.9)),
        (1.0, 2.3, -1, (10.6, 11.0)),
        (0.0, 0.3, 1, (9.85, 10.0)),
        (1.5, 1.7, -1, (11.1, 11.3)),
    ],
)
def test_a_word_that_reaches_into_silence_belongs_to_the_speech_that_it_leans_to(
    start: float, end: float, lean: int, placed: tuple[float, float]
) -> None:
    (window,) = make_windows(quiet(30), [Region(10.0, 11.0), Region(23.5, 24.5)])
    assert [(round(piece.start, 3), round(piece.end, 3)) for piece in window.pieces] == [(9.6, 11.4), (23.1, 24.9)]
    assert window.place(start, end, lean) == pytest.approx(placed)


@given(st.lists(st.tuples(st.floats(0.05, 9.0), st.floats(0.2, WINDOW_S - 1)), max_size=30), st.data())
@settings(max_examples=60, deadline=None)
def test_windows_hold_all_speech_once_and_put_words_where_they_were(
    spans: list[tuple[float, float]], data: st.DataObject
) -> None:
    regions, now = [], 0.0
    for gap, length in spans:
        regions.append(Region(now + gap, now + gap + length))
        now += gap + length
    windows = make_windows(quiet(now + 1.0), regions)
    assert [region for window in windows for region in window.regions] == regions
    assert all(len(window.samples) <= (WINDOW_S + 0.01) * RATE for window in windows)
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(windows))
    for window in windows:
        length = len(window.samples) / RATE
        low = data.draw(st.floats(0, length))
        start, end = window.place(low, data.draw(st.floats(low, length)), data.draw(st.sampled_from([-1, 0, 1])))
        assert window.start - 1e-6 <= start <= end <= window.end + 1e-6


def test_context_follows_only_within_a_language_and_a_short_time(regions: list[Region]) -> None:
    regions += [Region(1, 25), Region(27.5, 50), Region(100, 125)]
    fake = Fake([(said("云岭的雨", step=6),), (said("还没有停", step=6),), (said("天亮了呀", step=6),)])
    hear(fake, 130, language="zh", condition=True)
    prompts = [request.prompt for request in fake.requests]
    assert prompts[0] == prompts[2] == hearing.PROMPTS["zh"]
    assert prompts[1].endswith("云岭的雨")


def test_a_loop_is_heard_again_without_context_and_the_better_kept(regions: list[Region]) -> None:
    regions.append(Region(1, 3))
    daybreak = said("天亮了", start=0.4, step=0.6)
    fake = Fake([(said("音乐" * 30, compression=20.0),), (daybreak,), (), (daybreak,)])
    assert hear(fake, language="zh", hotwords=("沈秋岚",)) == ["天亮了"]
    assert [bool(request.no_repeat) for request in fake.requests] == [False, True, False, False]
    assert [request.hotwords for request in fake.requests] == ["", "", "沈秋岚", ""]
    assert [request.beam_size for request in fake.requests] == [1, 1, 5, 5]


def test_speech_that_was_passed_over_is_heard_again(regions: list[Region]) -> None:
    regions += [Region(0.5, 3.5), Region(4.0, 7.0)]
    fake = Fake([(said("一二三四五六七八九十", start=0.5, step=0.3),), (said("天亮了"),)])
    assert hear(fake, 10, language="zh") == ["一二三四五六七八九十", "天亮了"]
    assert fake.lengths[1] == pytest.approx(3.0)


def test_two_languages_in_one_window_are_heard_apart(regions: list[Region]) -> None:
    regions += [Region(0.5, 3), Region(3.5, 6)]
    fake = Fake(
        [(said("大家好大家好大家好"),), (said("Hello hello hello"),)],
        [{"zh": 0.8, "en": 0.2}, {"zh": 0.95, "en": 0.05}, {"en": 0.9, "zh": 0.1}],
    )
    heard = hear_section(fake, quiet(10), Listening())
    assert [request.language for request in fake.requests][:2] == ["zh", "en"]
    assert heard.language == "zh"
    assert {run.language for run in heard.runs} == {"zh", "en"}


def test_plain_hearing_gives_the_engine_s_words_alone(regions: list[Region]) -> None:
    fake = Fake([(said("谢谢观看", sure=0.1),)])
    assert hear(fake, language="zh", vad=False, plain=True, beam_size=1) == ["谢谢观看"]
    assert fake.requests == [Request("zh", 1, condition=False, guarded=False)]


def test_hotwords_stay_within_the_prompt_and_twenty() -> None:
    fake = Fake()
    few = Prompter([f"地名{n:02d}" for n in range(15)], fake, "")
    assert few.choose() == tuple(f"地名{n:02d}" for n in range(15))
    names = [f"龙潭沟第{n}水电站" for n in "一二三四五六七八九十百千万甲乙丙丁戊己庚辛壬癸"]
    many = Prompter(names, fake, hearing.PROMPTS["zh"])
    assert many.choose() == ()
    many.note("".join(names))
    heard = many.choose_for("龙潭勾第一水电站龙潭勾第二水电站")
    assert heard[:2] == ("龙潭沟第一水电站", "龙潭沟第二水电站")
    assert len(heard) <= 20
    assert fake.count_tokens("、".join(heard)) < PROMPT_TOKENS
    assert Prompter([], fake, "").choose() == ()


def test_a_window_is_heard_again_with_the_names_that_it_sounds_like(regions: list[Region]) -> None:
    regions += [Region(1, 2.2), Region(10, 37)]
    names = (*(f"地名{a}{b}" for a in "甲乙丙丁戊己庚" for b in "子丑寅卯"), "沈秋岚")
    later = said("沈秋岚走了", step=5.3)
    fake = Fake([(said("我叫沈秋兰"),), (later,), (said("我叫沈秋岚"),), (later,)])
    assert hear(fake, 45, language="zh", hotwords=names) == ["我叫沈秋岚", "沈秋岚走了"]
    assert [request.hotwords for request in fake.requests] == ["", "", "沈秋岚", "沈秋岚"]
    assert fake.asked == [2, 2]


def test_a_second_hearing_that_is_less_sure_is_not_taken(regions: list[Region]) -> None:
    regions += [Region(1, 2.2)]
    names = (*(f"地名{a}{b}" for a in "甲乙丙丁戊己庚" for b in "子丑寅卯"), "沈秋岚")
    fake = Fake([(said("我叫沈秋兰"),), (said("我叫沈秋岚", sure=0.5),)])
    assert hear(fake, language="zh", hotwords=names) == ["我叫沈秋兰"]


@pytest.mark.parametrize(
    "invented",
    [
        said("谢谢观看", sure=0.4),
        said("请不吝点赞订阅转发打赏", sure=0.6),
        said("[音乐]"),
        said("♪啦啦啦♪"),
        said("。。。"),
        said("我认识了你", step=0.01),
        said("嗯", sure=0.1),
        said("你说什么", no_speech=0.9, log_probability=-0.9),
        said("以下是普通话的句子", sure=0.5),
    ],
)
def test_what_nobody_said_is_dropped(invented: HeardSegment) -> None:
    assert keep_spoken([invented, said("天亮了")], hearing.PROMPTS["zh"]) == (said("天亮了").words,)


def test_a_chant_is_kept_and_a_loop_collapsed() -> None:
    chant, loop = said("加油加油加油").words, said("我们" * 20 + "走").words
    assert collapse_loops(chant) == chant
    assert "".join(word.text for word in collapse_loops(loop)) == "我们走"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("zh", "zh"),
        ("zh-CN", "zh"),
        ("zh_Hans_CN", "zh"),
        ("Chinese", "zh"),
        ("EN-us", "en"),
        ("auto", None),
        ("粤语", "yue"),
    ],
)
def test_languages_are_known_by_many_names(name: str, code: str | None) -> None:
    assert parse_language(name) == code


def test_an_unknown_language_gets_the_nearest_one() -> None:
    with pytest.raises(ValueError, match="did you mean 'english'"):
        parse_language("englisch")


def test_a_window_is_parted_at_time_stamps_and_what_comes_after_the_last_is_kept() -> None:
    class Tokens:
        eot, timestamp_begin = 50, 100

    parts = split_tokens([100, 1, 2, 150, 160, 3, 200, 200, 4], Tokens(), 6.0)
    assert [part["tokens"] for part in parts] == [[100, 1, 2, 150], [160, 3, 200], [200, 4]]
    assert [part["start"] for part in parts] == pytest.approx([0.0, 1.2, 2.0])
    assert [part["end"] for part in parts] == pytest.approx([1.0, 2.0, 6.0])
    assert split_tokens([100, 150], Tokens(), 6.0) == []
    assert [part["tokens"] for part in split_tokens([1, 2], Tokens(), 6.0)] == [[1, 2]]
