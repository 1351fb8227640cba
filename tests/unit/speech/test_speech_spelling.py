from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.transcript import Word, join_words, needs_space
from mediakit.speech.heard import Run
from mediakit.speech.sentences import make_segments, order_words
from mediakit.speech.spelling import simplify, simplify_parts, spell_run


def run_of(*texts: str, language: str = "zh", step: float = 0.2) -> Run:
    words = tuple(Word(text=text, start=n * step, end=(n + 1) * step, probability=0.9) for n, text in enumerate(texts))
    return Run(language=language, words=words)


def texts_of(run: Run, *, simplified: bool = True) -> list[str]:
    return [word.text for word in spell_run(run, simplified=simplified)]


def test_mandarin_comes_in_simplified_characters_with_the_context_of_the_whole() -> None:
    assert texts_of(run_of("數", "據、", "模", "型")) == ["数", "据、", "模", "型"]
    assert simplify_parts(["頭", "髮", "發", "現"]) == ["头", "发", "发", "现"]
    assert simplify("云岭的雨") == "云岭的雨"
    assert simplify("舉著紅燈，著名的著作顯著") == "举着红灯，著名的著作显著"


def test_cantonese_and_traditional_on_request_stay() -> None:
    assert texts_of(run_of("數", "據", language="yue")) == ["數", "據"]
    assert texts_of(run_of("數", "據"), simplified=False) == ["數", "據"]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["我", "是", "Auto", "Cut", ",", "你", "好"], ["我", "是", "AutoCut，", "你", "好"]),
        (["20", "06", "年", "上", "班", "."], ["2006", "年", "上", "班。"]),
        (["1.", "5", "万", "元", "!"], ["1.5", "万", "元！"]),
        (["12", ",000", "米"], ["12,000", "米"]),
        (["他", "说", "“", "好", "”", "。"], ["他", "说", "“好”。"]),
        (["好", "..."], ["好……"]),
        (["\ufffd", "好", "  "], ["好"]),
    ],
)
def test_pieces_become_whole_words_with_the_language_s_marks(pieces: list[str], expected: list[str]) -> None:
    assert texts_of(run_of(*pieces)) == expected


def test_english_keeps_its_marks_and_spaces() -> None:
    words = texts_of(run_of(" Hello", ",", " it", "'s", " 30", ",000", " miles", ".", language="en"))
    assert words == ["Hello,", "it's", "30,000", "miles."]
    assert join_words(words) == "Hello, it's 30,000 miles."


def test_spaces_stand_only_where_the_script_has_them() -> None:
    assert join_words(["我", "用", "Adobe", "Premiere", "剪", "片"]) == "我用Adobe Premiere剪片"
    assert not needs_space("说：", "Hello")
    assert needs_space("one", "two")


def word(text: str, start: float, end: float) -> Word:
    return Word(text=text, start=start, end=end)


def test_sentences_end_at_marks_and_pauses() -> None:
    segments = make_segments(
        [[word("天", 0, 0.2), word("亮", 0.2, 0.4), word("了。", 0.4, 0.6), word("走", 0.7, 0.9), word("吧", 2.4, 2.6)]]
    )
    assert [segment.text for segment in segments] == ["天亮了。", "走", "吧"]
    assert (segments[0].start, segments[0].end) == (0, 0.6)


def test_a_shortened_word_or_a_number_ends_no_sentence() -> None:
    texts = ["Dr.", "Smith", "came", "at", "5", "p.m.", "today.", "He", "left."]
    words = [word(text, n * 0.3, n * 0.3 + 0.25) for n, text in enumerate(texts)]
    assert [s.text for s in make_segments([words])] == ["Dr. Smith came at 5 p.m. today.", "He left."]


def test_a_short_pause_at_the_end_of_a_run_ends_a_sentence_without_marks() -> None:
    first, second = [word("好", 0, 0.5)], [word("来", 1.1, 1.4)]
    assert len(make_segments([first, second])) == 2
    assert len(make_segments([[*first, *second]])) == 1


def test_a_sentence_without_end_is_bounded() -> None:
    words = [word("字", n * 0.3, n * 0.3 + 0.3) for n in range(400)]
    segments = make_segments([words])
    assert max(len(segment.text) for segment in segments) <= 60
    assert "".join(segment.text for segment in segments) == "字" * 400


@given(
    st.lists(
        st.tuples(st.floats(0, 30, allow_nan=False), st.floats(0, 5, allow_nan=False), st.text("天地ab", min_size=1)),
        max_size=40,
    ),
    st.floats(0.1, 25),
)
def test_words_never_overlap_run_backwards_or_pass_the_end(
    rows: list[tuple[float, float, str]], duration: float
) -> None:
    words = [word(text, start, start + length) for start, length, text in rows]
    ordered = order_words(words, duration)
    assert [w.text for w in ordered] == [w.text for w in words]
    last = 0.0
    for one in ordered:
        assert last - 0.002 <= one.start <= one.end <= duration + 0.002
        last = one.end


def test_words_without_length_get_a_share_of_time() -> None:
    ordered = order_words([word("一", 1.0, 1.6), word("二", 1.6, 1.6), word("三", 1.6, 2.0)], 10)
    assert all(one.end - one.start > 0.1 for one in ordered)
    assert ordered[2].start == 1.6
