"""Clips named by the words that they say."""

from __future__ import annotations

import pytest

from mediakit.editing.words import find_words
from mediakit.errors import InputError
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word


def talk(*segments: tuple[float, str]) -> Transcript:
    """Return a transcript whose words (characters, or Latin words) take a quarter of a second each."""
    made = []
    for start, text in segments:
        parts = text.split() if text.isascii() else [char for char in text if char.isalnum()]
        words = tuple(Word(text=p, start=start + n * 0.25, end=start + n * 0.25 + 0.25) for n, p in enumerate(parts))
        made.append(Segment(start=start, end=words[-1].end, text=text, words=words))
    return Transcript(language="zh", duration=60, recogniser=Recogniser(engine="import"), segments=tuple(made))


TALK = talk(
    (2.0, "我第一次走这条线，是一九九八年。"),
    (10.0, "那天夜里下着雨。"),
    (20.0, "我第一次走夜路。"),
    (30.0, "The art of Start and art"),
)


def test_from_one_sentence_into_another() -> None:
    start, end = find_words(TALK, "第一次走这条线", "下着雨")
    assert start == pytest.approx(2.25 - 0.0, abs=0.13)
    assert start <= 2.25
    assert 11.5 <= end <= 11.75 + 0.24 + 1e-6


def test_punctuation_width_and_case_do_not_matter() -> None:
    assert find_words(TALK, "走这条线是", None) == find_words(TALK, "走 这 条，线。是", None)
    assert find_words(TALK, "ｔｈｅ ａｒｔ", None) == find_words(TALK, "the art", None)
    assert find_words(TALK, "THE ART OF", None) == find_words(TALK, "the art of", None)


def test_silence_is_kept_but_no_other_word() -> None:
    start, end = find_words(TALK, "那天夜里", None)
    assert start == pytest.approx(10.0 - 0.12)
    assert end == pytest.approx(11.0)


def test_a_latin_word_is_whole() -> None:
    start, _ = find_words(TALK, "art", None, after=31.0)
    assert start == pytest.approx(31.25, abs=0.13)
    with pytest.raises(InputError, match="'tar' is not said"):
        find_words(TALK, "tar", None)


def test_words_said_twice_want_a_time() -> None:
    with pytest.raises(InputError, match="said 2 times") as raised:
        find_words(TALK, "我第一次走", None)
    assert "0:02.0, 0:20.0" in raised.value.message
    assert "after" in str(raised.value.hint)
    assert find_words(TALK, "我第一次走", None, after=15.0)[0] == pytest.approx(19.88)


def test_words_that_are_not_said_name_the_nearest() -> None:
    with pytest.raises(InputError, match="is not said") as raised:
        find_words(TALK, "那天夜里下大雪", None)
    assert "那天夜里下着雨" in str(raised.value.hint)
    with pytest.raises(InputError, match="after those that the clip begins with"):
        find_words(TALK, "那天夜里", "这条线")
    with pytest.raises(InputError, match="holds no words"):
        find_words(TALK, "，。", None)
