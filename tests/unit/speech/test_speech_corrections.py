from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.media.transcript import Word, join_words
from mediakit.speech.corrections import Corrected, Corrector
from mediakit.speech.glossary import Glossary, GlossaryEntry
from mediakit.speech.latin import is_inflected, sound_key
from mediakit.speech.pinyin import Syllable, parse_syllable, syllable_cost, syllables_of
from mediakit.speech.verdicts import Verdict, Verdicts, format_verdicts, read_verdicts
from mediakit.speech.words import split_words

ENTRIES = (
    GlossaryEntry(text="沈秋岚", kind="name"),
    GlossaryEntry(text="蔺丹", kind="name"),
    GlossaryEntry(text="李想", kind="name"),
    GlossaryEntry(text="吴王锁", kind="name"),
    GlossaryEntry(text="云岭工务段", kind="organisation"),
    GlossaryEntry(text="云岭", kind="place"),
    GlossaryEntry(text="三号桥", kind="place"),
    GlossaryEntry(text="青石关隧道", kind="place"),
    GlossaryEntry(text="巡道工长", kind="title"),
    GlossaryEntry(text="轨枕"),
    GlossaryEntry(text="Kubernetes"),
    GlossaryEntry(text="OpenHarmony"),
    GlossaryEntry(text="Siobhan Keane", kind="name", readings=("Shavawn Keen",)),
    GlossaryEntry(text="Marlow Signalling", kind="organisation"),
    GlossaryEntry(text="CRH380"),
)
GLOSSARY = Glossary(entries=ENTRIES)
CORRECTOR = Corrector(GLOSSARY)


def spell(text: str, probability: float | None = 0.7) -> list[Word]:
    return [
        Word(text=part, start=n * 0.2, end=n * 0.2 + 0.2, probability=probability)
        for n, part in enumerate(split_words(text))
    ]


def correct(text: str, probability: float | None = 0.7, verdicts: Verdicts | None = None) -> Corrected:
    return (Corrector(GLOSSARY, verdicts) if verdicts else CORRECTOR).correct([spell(text, probability)])


def text_of(corrected: Corrected) -> str:
    return join_words(word.text for word in corrected.runs[0])


@pytest.mark.parametrize(
    ("heard", "right", "rule"),
    [
        ("我叫沈秋兰，今年四十岁。", "我叫沈秋岚，今年四十岁。", "glossary-homophone"),
        ("我叫沈秋南，今年四十岁。", "我叫沈秋岚，今年四十岁。", "glossary-near-homophone"),
        ("云凌公务段的巡道公长", "云岭工务段的巡道工长", "glossary-homophone"),
        ("银领公务段来了三个人", "云岭工务段来了三个人", "glossary-near-homophone"),
        ("从3号乔到轻时关碎到", "从三号桥到青石关隧道", "glossary-homophone"),
        ("云凌的雨还没有停", "云岭的雨还没有停", "glossary-homophone"),
        ("两万一千根轨镇", "两万一千根轨枕", "glossary-homophone"),
        ("我们用Kubernetties部署", "我们用Kubernetes部署", "glossary-sound"),
        ("we run Open Harmony here", "we run OpenHarmony here", "glossary-spelling"),
        ("Shavon Keen left", "Siobhan Keane left", "glossary-sound"),
        ("by Marlowe Signaling in May", "by Marlow Signalling in May", "glossary-sound"),
        ("坐CRH 380去北京", "坐CRH380去北京", "glossary-spelling"),
    ],
)
def test_what_sounds_like_an_entry_and_is_no_word_becomes_the_entry(heard: str, right: str, rule: str) -> None:
    corrected = correct(heard)
    assert text_of(corrected) == right
    assert rule in {one.rule for one in corrected.corrections}
    for one in corrected.corrections:
        assert one.score is not None
        assert 0.5 < one.score <= 1
        assert one.before in heard
        assert one.after in right


@pytest.mark.parametrize(
    "natural",
    [
        "他的理想是当一名教师。",
        "国王所在的城堡很远。",
        "运营公司换了新的站长。",
        "公务员的工作很忙。",
        "这座三号桥很旧，云岭工务段在修。",
        "一号桥和十三号桥都要修。",
        "沈阳的秋天，蓝天白云。",
        "规整的木料码在墙边。",
        "林丹是羽毛球运动员。",
        "keen singers in open harmony",
        "Keane's song, and the Marlow line",
        "three hundred and eighty trains",
    ],
)
@pytest.mark.parametrize("probability", [None, 0.3, 0.7, 0.95])
def test_right_words_stay(natural: str, probability: float | None) -> None:
    corrected = correct(natural, probability)
    assert text_of(corrected) == natural
    assert not corrected.corrections


def test_a_doubt_is_told_with_its_reason_and_left() -> None:
    corrected = correct("林丹走了")
    assert [(d.before, d.after) for d in corrected.doubts] == [("林丹", "蔺丹")]
    assert "another person" in corrected.doubts[0].why
    assert (corrected.doubts[0].start, round(corrected.doubts[0].end, 3)) == (0, 0.4)


def test_a_name_that_was_heard_elsewhere_speaks_for_itself() -> None:
    corrected = CORRECTOR.correct([spell("蔺丹来了"), spell("林丹走了")])
    assert join_words(word.text for word in corrected.runs[1]) == "蔺丹走了"


def test_a_sure_recogniser_turns_a_change_into_a_doubt() -> None:
    assert correct("两万一千根轨镇", 0.6).corrections
    sure = correct("两万一千根轨镇", 0.98)
    assert not sure.corrections
    assert [doubt.after for doubt in sure.doubts] == ["轨枕"]


def test_two_entries_that_fit_as_well_are_a_doubt() -> None:
    glossary = Glossary(entries=(GlossaryEntry(text="赵玉霞", kind="name"), GlossaryEntry(text="赵玉侠", kind="name")))
    corrected = Corrector(glossary).correct([spell("赵钰匣来了")])
    assert not corrected.corrections
    assert "may as well be" in corrected.doubts[0].why


def test_an_entry_in_traditional_characters_is_no_mistake() -> None:
    corrected = correct("我叫沈秋嵐，是雲嶺工務段的")
    assert not corrected.corrections
    assert not corrected.doubts


def test_a_listed_wrong_form_that_cuts_through_a_word_is_a_doubt() -> None:
    glossary = Glossary(entries=(GlossaryEntry(text="王锁", kind="name", wrong=("王所",)),))
    corrected = Corrector(glossary).correct([spell("国王所在的城堡"), spell("我叫王所。")])
    assert join_words(word.text for word in corrected.runs[0]) == "国王所在的城堡"
    assert join_words(word.text for word in corrected.runs[1]) == "我叫王锁。"


def test_a_reading_tells_how_a_rare_name_sounds() -> None:
    plain = Glossary(entries=(GlossaryEntry(text="单田方", kind="name"),))
    read = Glossary(entries=(GlossaryEntry(text="单田方", kind="name", readings=("shàn tián fāng",)),))
    assert not Corrector(plain).correct([spell("我叫善甜芳")]).corrections
    assert Corrector(read).correct([spell("我叫善甜芳")]).corrections


def test_verdicts_refuse_here_and_accept_everywhere(tmp_path: Path) -> None:
    text = "我叫沈秋兰，她也叫沈秋兰。林丹走了"
    first = correct(text)
    assert [one.after for one in first.corrections] == ["沈秋岚", "沈秋岚"]
    path = tmp_path / "corrections.yaml"
    path.write_text(format_verdicts(first.corrections, first.doubts), encoding="utf-8")
    proposed = read_verdicts(path)
    assert text_of(correct(text, verdicts=proposed)) == text_of(first)

    decided = Verdicts(
        entries=(
            Verdict(at=first.corrections[1].start, before="沈秋兰", after="沈秋岚", verdict="refuse"),
            Verdict(before="林丹", after="蔺丹", verdict="accept"),
        )
    )
    second = correct(text, verdicts=decided)
    assert text_of(second) == "我叫沈秋岚，她也叫沈秋兰。蔺丹走了"
    assert [doubt.why for doubt in second.doubts] == ["refused"]
    assert decided.find_unmet(second.corrections, second.doubts) == []


@pytest.mark.parametrize(
    ("text", "syllable"),
    [
        ("zhǎng", Syllable("zh", "ang", 3)),
        ("yun2", Syllable("", "vn", 2)),
        ("lüè", Syllable("l", "ve", 4)),
        ("wo", Syllable("", "uo", 0)),
        ("guì", Syllable("g", "uei", 4)),
        ("中", None),
        ("", None),
    ],
)
def test_pinyin_is_read_however_it_is_written(text: str, syllable: Syllable | None) -> None:
    assert parse_syllable(text) == syllable


@pytest.mark.parametrize(
    "pair", ["zhi zi", "chu cu", "shan san", "nan lan", "fu hu", "an ang", "shen sheng", "xin xing"]
)
def test_usual_confusions_cost_little_and_tones_less(pair: str) -> None:
    first, second = (parse_syllable(text) for text in pair.split())
    assert first is not None
    assert second is not None
    assert 0.2 < syllable_cost(first, second) < 0.4
    assert syllable_cost(Syllable("m", "a", 1), Syllable("m", "a", 4)) < 0.1
    assert syllable_cost(Syllable("m", "a", 1), Syllable("p", "o", 4)) >= 2


def test_latin_sounds() -> None:
    assert sound_key("Keane") == sound_key("Keen") == sound_key("Kean")
    assert sound_key("Grafana") == sound_key("graphanna")
    assert sound_key("Stephen") != sound_key("Steven's")
    assert is_inflected("Marlow's", "Marlow")
    assert not is_inflected("Marlowe", "Marlow")


HAN_TEXT = st.text(
    st.sampled_from("的云岭凌公工务段长沈秋兰岚林蔺丹理想李轨镇枕三3号桥乔青石关道，。是我在所国王吴锁 aK"), max_size=40
)


@settings(max_examples=150, deadline=None)
@given(HAN_TEXT, st.sampled_from([None, 0.2, 0.7, 0.99]))
def test_times_stay_in_order_and_every_change_is_recorded(text: str, probability: float | None) -> None:
    words = spell(text, probability)
    joined = join_words(word.text for word in words)
    corrected = CORRECTOR.correct([words])
    made = corrected.runs[0]
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(made))
    assert all(a.start <= a.end for a in made)
    if made and words:
        assert (made[0].start, made[-1].end) == pytest.approx((words[0].start, words[-1].end))
    if not corrected.corrections:
        assert made == tuple(words)
    assert all(one.before != one.after and one.before in joined for one in corrected.corrections)
    refused = Verdicts(
        entries=tuple(Verdict(before=one.before, after=one.after, verdict="refuse") for one in corrected.corrections)
    )
    again = Corrector(GLOSSARY, refused).correct([words])
    assert {(one.before, one.after) for one in again.corrections}.isdisjoint(
        (one.before, one.after) for one in corrected.corrections
    )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([entry.text for entry in ENTRIES]), st.sampled_from([None, 0.1, 0.99]))
def test_an_entry_that_is_right_is_never_touched(entry: str, probability: float | None) -> None:
    corrected = correct(f"他说{entry}，", probability)
    assert text_of(corrected) == f"他说{entry}，"
    assert not corrected.corrections
    assert not corrected.doubts


def test_a_character_knows_its_readings() -> None:
    assert {syllable.initial for syllable in syllables_of("长")} == {"zh", "ch"}
    assert syllables_of("3") == syllables_of("三")
    assert syllables_of("a") == ()
