"""Written form: numbers, characters, punctuation, wording."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import RecipeError
from mediakit.media.transcript import Recogniser, Transcript, Word, join_words
from mediakit.speech.characters import convert_characters, convert_parts
from mediakit.speech.finishing import Style, finish_transcript, style_runs
from mediakit.speech.matching import split_units
from mediakit.speech.numbers import say_chinese_value
from mediakit.speech.punctuation import needs_marks, restore_marks
from mediakit.speech.script import Line, Script
from mediakit.speech.sentences import make_segment
from mediakit.speech.wording import built_in_wording, find_wordings, read_wording
from mediakit.speech.words import split_words, spread_words
from mediakit.speech.writing import write_numbers


def say(text: str, start: float = 1.0) -> tuple[Word, ...]:
    texts = split_words(text)
    return tuple(spread_words(texts, start, start + 0.2 * len(texts), 0.9))


def written(text: str, style: str, language: str = "zh", terms: tuple[str, ...] = ()) -> str:
    words, _ = write_numbers(say(text), style, language=language, terms=terms)  # type: ignore[arg-type]
    return join_words(word.text for word in words)


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("二零零六年上班，今年是第二十年。", "2006年上班，今年是第二十年。"),
        ("走了四万八千公里。", "走了4.8万公里。"),
        ("再过四十分钟，离我八十米。", "再过40分钟，离我80米。"),
        ("增长百分之三点五，占千分之二。", "增长3.5%，占2‰。"),
        ("三月五号早上十点三十分", "3月5号早上10:30"),
        ("一万二千四百五十六元", "12456元"),
        ("一百零五户，两千零六人", "105户，2006人"),
        ("五十六个民族，三点五公里", "56个民族，3.5公里"),
    ],
)
def test_numbers_become_digits(said: str, digits: str) -> None:
    assert written(said, "digits") == digits


@pytest.mark.parametrize(
    "said",
    [
        "二十来个人",
        "三五天",
        "两三百人",
        "六百多个人",
        "一心一意，千方百计",
        "两个人",
        "第一百个",
        "十几年",
        "二十四节气",
        "好几十人",
    ],
)
def test_rough_numbers_sayings_and_small_counts_stay_in_words(said: str) -> None:
    assert written(said, "digits") == said


def test_names_with_numbers_stay_as_the_glossary_has_them() -> None:
    assert written("他住在五十里铺，走了五十里。", "digits", terms=("五十里铺",)) == "他住在五十里铺，走了50里。"


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("2006年上班", "二〇〇六年上班"),
        ("12公里", "十二公里"),
        ("增长3.5%", "增长百分之三点五"),
        ("1,200元", "一千二百元"),
    ],
)
def test_digits_become_words(digits: str, words: str) -> None:
    assert written(digits, "words") == words


@pytest.mark.parametrize(
    ("said", "digits"),
    [
        ("She walked thirty thousand miles in twenty years.", "She walked 30,000 miles in 20 years."),
        ("one of them, two percent, three point five percent", "one of them, 2%, 3.5%"),
        ("one two three", "one two three"),
        ("twenty-one days", "21 days"),
    ],
)
def test_english_numbers_from_ten_on_become_digits(said: str, digits: str) -> None:
    assert written(said, "digits", "en") == digits


@given(st.integers(10, 9999))
def test_a_count_says_the_same_before_and_after(value: int) -> None:
    said = "".join(say_chinese_value(str(value)))
    made = written(f"共{said}公里", "digits")
    assert made == f"共{value}公里"
    assert [u.key for u in split_units(made, chinese=True, spoken="\0" + "\0".join(f"共{said}公里") + "\0")] == [
        u.key for u in split_units(f"共{said}公里", chinese=True)
    ]


def test_changed_numbers_are_recorded_with_their_times() -> None:
    words, corrections = write_numbers(say("走了四十公里"), "digits", language="zh")
    assert [(c.before, c.after, c.rule) for c in corrections] == [("四十", "40", "numbers")]
    assert words[0].start == 1.0
    assert words[-1].end == pytest.approx(2.2)
    assert write_numbers(say("走了四十公里"), "kept", language="zh") == (say("走了四十公里"), [])


def test_characters_become_traditional_word_by_word_and_simplified() -> None:
    assert convert_characters("工长发现裂纹，皇后的头发干净了。", "taiwan") == "工長發現裂紋，皇后的頭髮乾淨了。"
    assert convert_characters("台灣的麵條", "simplified") == "台湾的面条"
    assert convert_characters("臺灣的麵條", "taiwan") == "臺灣的麵條"
    assert convert_parts(["头", "发"], "traditional") == ["頭", "髮"]
    assert convert_characters("着急", "taiwan") == "著急"
    assert convert_characters("着急", "hongkong") == "着急"


def bare(*clauses: str, pauses: tuple[float, ...]) -> tuple[Word, ...]:
    words: list[Word] = []
    place = 1.0
    for clause, pause in zip(clauses, pauses, strict=True):
        end = place + 0.2 * len(clause)
        words += spread_words(list(clause), place, end, 0.9)
        place = end + pause
    return tuple(words)


def test_mandarin_without_marks_gets_them_from_pauses_and_words() -> None:
    clauses = ("今天早上村里下了一场大雨", "路都被冲断了", "但是工人们没有停下来", "他们几点才能到这里呢")
    words = bare(*clauses, pauses=(0.2, 0.8, 0.7, 0.0))
    assert needs_marks(words)
    [made] = restore_marks([words])
    assert "".join(w.text for w in made) == (
        "今天早上村里下了一场大雨，路都被冲断了。但是工人们没有停下来。他们几点才能到这里呢？"
    )
    assert [(w.start, w.end) for w in made] == [(w.start, w.end) for w in words]


def test_text_that_has_marks_is_left_alone() -> None:
    words = say("今天早上村里下了一场大雨，路都被冲断了。")
    assert restore_marks([words]) == [words]
    assert not needs_marks(say("this is English without any marks at all"))


@given(st.text("的一是不了人我在有他这中大来上国个到说们", min_size=1, max_size=90))
def test_marks_never_change_a_word(text: str) -> None:
    [made] = restore_marks([say(text)])
    whole = "".join(w.text for w in made)
    assert whole.translate(str.maketrans("", "", "，。？")) == text
    assert not needs_marks(made)


def test_styling_says_what_it_did() -> None:
    words = bare("一年里有两百个晚上", "她都走在这条铁路上", pauses=(0.2, 0.0))
    runs, corrections, warnings = style_runs([words], ["zh"], Style(numbers="digits"))
    assert "".join(w.text for w in runs[0]) == "一年里有200个晚上，她都走在这条铁路上。"
    assert [c.rule for c in corrections] == ["numbers"]
    assert warnings == ["one passage came without punctuation: marks were set by pauses and words"]
    assert style_runs([words], ["ja"], Style(numbers="digits")) == ([words], [], [])


def transcript(*sentences: str) -> Transcript:
    segments, place = [], 1.0
    for sentence in sentences:
        segments.append(make_segment(say(sentence, place)))
        place = segments[-1].end + 0.5
    return Transcript(language="zh", duration=60, recogniser=Recogniser(engine="import"), segments=tuple(segments))


def test_wordings_are_pointed_out_with_their_time_and_never_changed() -> None:
    made = transcript("上世纪八十年代，其它村还没有通电。")
    finished = finish_transcript(made, wordings=[]).transcript
    assert finished.segments == made.segments
    assert [w.partition(" (")[0] for w in finished.warnings] == [
        "wording at 00:01: 上世纪, rather 20世纪",
        "wording at 00:02: 其它, rather 其他",
    ]
    assert not finish_transcript(made).transcript.warnings


@pytest.mark.parametrize("text", ["20世纪八十年代，其他村还没有通电。", "新中国成立以前", "截至目前", "他把水倒进其中"])
def test_right_wordings_are_not_pointed_out(text: str) -> None:
    assert find_wordings(transcript(text).segments, [built_in_wording()]) == []


def test_a_house_adds_its_own_wordings(tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("entries:\n- {found: 老百姓, rather: 群众, unless: [《老百姓]}\n", encoding="utf-8")
    warnings = finish_transcript(transcript("老百姓说好。", "看《老百姓的事》。"), wordings=[read_wording(path)])
    assert [w for w in warnings.transcript.warnings] == ["wording at 00:01: 老百姓, rather 群众"]
    path.write_text("entries:\n- {found: '(', rather: x}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=r"entries\.1\.found: .*not a regular expression"):
        read_wording(path)
    path.write_text("entries:\n- {found: 'x*', rather: x}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match="fits everywhere"):
        read_wording(path)


def test_a_script_comes_out_in_the_characters_that_are_asked_for() -> None:
    heard = transcript("凌晨两点云岭的雨还没有停", "一年里有两百个夜晚她都走在这条铁路上")
    old = Script((Line("凌晨兩點，雲嶺的雨還沒有停。", None), Line("一年裡有兩百個夜晚，她都走在這條鐵路上。", None)))
    new = Script((Line("凌晨两点，云岭的雨还没有停。", None), Line("一年里有两百个夜晚，她都走在这条铁路上。", None)))
    simple = finish_transcript(heard, script=old, characters="simplified").transcript
    assert [s.text for s in simple.segments] == [line.text for line in new.lines]
    kept = finish_transcript(heard, script=old, characters="taiwan").transcript
    assert [s.text for s in kept.segments] == [line.text for line in old.lines]
    made = finish_transcript(heard, script=new, characters="taiwan").transcript
    assert made.segments[0].text == "凌晨兩點，雲嶺的雨還沒有停。"
    assert "".join(w.text for w in made.segments[0].words) == made.segments[0].text


def test_no_speech_with_a_script_is_reported_and_invents_nothing() -> None:
    empty = Transcript(language="und", duration=9, recogniser=Recogniser(engine="import"))
    finished = finish_transcript(empty, script=Script((Line("凌晨两点，云岭的雨还没有停。", None),)))
    assert finished.transcript.segments == ()
    assert finished.report is not None
    assert not finished.report.belongs
    assert [s.state for s in finished.report.sentences] == ["unspoken"]
