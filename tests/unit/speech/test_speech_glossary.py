from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from mediakit.errors import RecipeError
from mediakit.media.transcript import Correction, Word
from mediakit.speech.corrections import Corrector
from mediakit.speech.glossary import Glossary, GlossaryEntry, read_glossary
from mediakit.speech.words import Passage, replace_passages, split_words, spread_words


def chars(text: str, step: float = 0.2) -> list[Word]:
    return [
        Word(text=word, start=round(n * step, 3), end=round((n + 1) * step, 3), probability=0.8)
        for n, word in enumerate(split_words(text))
    ]


def correct(words: list[Word], glossary: Glossary) -> tuple[tuple[Word, ...], tuple[Correction, ...]]:
    corrected = Corrector(glossary).correct([words])
    return corrected.runs[0], corrected.corrections


GLOSSARY = Glossary(
    entries=(
        GlossaryEntry(text="沈秋岚", kind="name", wrong=("沈秋兰", "沈秋南")),
        GlossaryEntry(text="云岭工务段", kind="organisation", wrong=("云岭公务段",)),
        GlossaryEntry(text="Harlow Moor", kind="place", wrong=("Harlow Moore", "Harlowe Moor")),
    )
)


def test_wrong_forms_are_replaced_and_recorded_with_their_times() -> None:
    words, corrections = correct(chars("我叫沈秋兰，是云岭公务段的。"), GLOSSARY)
    assert "".join(w.text for w in words) == "我叫沈秋岚，是云岭工务段的。"
    assert [(c.before, c.after, c.rule) for c in corrections] == [
        ("沈秋兰", "沈秋岚", "glossary-wrong-form"),
        ("云岭公务段", "云岭工务段", "glossary-wrong-form"),
    ]
    assert corrections[0].start == pytest.approx(0.4)
    assert corrections[0].end == pytest.approx(1.0)
    assert all(a.end <= b.start + 1e-6 for a, b in pairwise(words))


def test_a_latin_wrong_form_is_found_in_any_case_but_not_inside_a_word() -> None:
    words, corrections = correct(chars("on harlow Moore, not Harlow Moores"), GLOSSARY)
    assert " ".join(w.text for w in words) == "on Harlow Moor, not Harlow Moores"
    assert len(corrections) == 1


def test_what_is_already_right_stays() -> None:
    glossary = Glossary(entries=(GlossaryEntry(text="云岭工务段", wrong=("岭工",)),))
    words, corrections = correct(chars("云岭工务段"), glossary)
    assert not corrections
    assert "".join(w.text for w in words) == "云岭工务段"


def test_hotwords_put_people_first() -> None:
    entries = (GlossaryEntry(text="轨枕"), GlossaryEntry(text="云岭", kind="place"), GLOSSARY.entries[0])
    assert Glossary(entries=entries).hotwords == ("沈秋岚", "云岭", "轨枕")


def test_yaml_and_csv_say_the_same(tmp_path: Path) -> None:
    one, two = tmp_path / "g.yaml", tmp_path / "g.csv"
    one.write_text(
        "schema: mediakit/glossary/1\nentries:\n"
        "- {text: 沈秋岚, kind: name, wrong: [沈秋兰, 沈秋南]}\n- {text: 轨枕}\n",
        encoding="utf-8",
    )
    two.write_bytes("text,kind,wrong\n沈秋岚,name,沈秋兰|沈秋南\n轨枕,,\n".encode("gb18030"))
    assert read_glossary(one) == read_glossary(two)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("g.yaml", "entries:\n- {text: 甲, kinds: name}\n", "entries.1.kinds"),
        ("g.yaml", "entries:\n- {text: 甲, wrong: [甲]}\n", "wrong form of itself"),
        ("g.yaml", "entries:\n- {text: 甲, wrong: [丙]}\n- {text: 乙, wrong: [丙]}\n", "wrong form of both"),
        ("g.yaml", "entries:\n- {text: 甲}\n- {text: 甲, kind: name}\n", "'甲' is listed twice"),
        ("g.yaml", "entries:\n- {text: 沈秋岚, readings: [shen qiu]}\n", "has 2 syllables, '沈秋岚' has 3"),
        ("g.yaml", "entries:\n- {text: 沈秋岚, readings: [沈秋兰]}\n", "is not pinyin"),
        ("g.yaml", "- 甲\n", "no `entries:`"),
        ("g.yaml", "entries: [\n", "is not YAML"),
        ("g.yaml", "a: &a [x]\nentries: *a\n", "aliases"),
        ("g.yaml", "schema: mediakit/cues/1\nentries: []\n", "schema"),
        ("g.csv", "wort,kind\na,b\n", "header"),
    ],
)
def test_a_wrong_glossary_is_refused_by_what_is_wrong(tmp_path: Path, name: str, text: str, message: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeError, match=message) as caught:
        read_glossary(path)
    assert str(path) in str(caught.value)


def test_words_of_a_text_keep_their_marks() -> None:
    assert split_words("“2006年，”他说：it's 3.5%!") == ["“2006", "年，”", "他", "说：", "it's", "3.5%!"]
    assert split_words("……好") == ["……好"]
    assert split_words("，。") == []


def test_two_passages_in_one_word_are_both_replaced() -> None:
    words = [Word(text="甲乙丙丁", start=0, end=1)]
    made, corrections = replace_passages(words, "甲乙丙丁", [Passage(0, 1, "子"), Passage(2, 3, "丑")], "r")
    assert "".join(w.text for w in made) == "子乙丑丁"
    assert len(corrections) == 2
    assert made[0].start == 0
    assert made[-1].end == 1


def test_time_is_shared_by_characters() -> None:
    words = spread_words(["ab", "c", "，d"], 0, 4)
    assert [(w.start, w.end) for w in words] == [(0, 2), (2, 3), (3, 4)]
