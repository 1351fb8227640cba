"""Names that a recogniser hears because it was told them: which are believed, and what stands for the others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.media.transcript import Recogniser, Word
from mediakit.speech.composing import compose_heard
from mediakit.speech.glossary import Glossary, GlossaryEntry
from mediakit.speech.heard import Claim, Heard, Run
from mediakit.speech.invented import undo_invented
from mediakit.speech.proof_labels import labels_for, why_label
from mediakit.speech.reasons import REASONS, give_reason, name_reason
from mediakit.speech.verdicts import Verdict, Verdicts

FORMS = ("云岭", "沈秋岚", "青石关隧道", "三号桥", "林丹", "Siobhan Keane", "OpenHarmony")


def said(text: str, step: float = 0.2) -> list[tuple[Word, ...]]:
    """A word a character, or a word a word of letters, as an engine spells them."""
    parts = [f" {part}" for part in text.split()] if text.isascii() else list(text)
    return [
        tuple(
            Word(text=part, start=round(n * step, 2), end=round((n + 1) * step, 2), probability=0.9)
            for n, part in enumerate(parts)
        )
    ]


def text_of(runs: list[tuple[Word, ...]]) -> str:
    return "".join(word.text for run in runs for word in run)


@pytest.mark.parametrize(
    ("told", "untold"),
    [
        ("云岭的雨还没有停", "云林的雨还没有停"),
        ("我叫沈秋岚，是工长", "我叫沈丘兰，是工长"),
        ("从三号桥岚、青石关隧道、十二公里", "从3号乔道轻时关碎到12公里"),
        ("羽毛球选手林丹来了", "羽毛球選手林單來了"),
        (" Then Siobhan Keane came", " Then Siobhan Keen came"),
        (" We use OpenHarmony now", " We use open harmony now"),
    ],
)
def test_a_name_that_sounds_like_what_was_heard_untold_is_believed(told: str, untold: str) -> None:
    assert undo_invented(said(told), said(untold), FORMS) == (said(told), ())


@pytest.mark.parametrize(
    ("told", "untold", "claim"),
    [
        ("云岭两点，云岭的雨还没有停", "凌晨两点，云岭的雨还没有停", ("凌晨", "云岭")),
        ("他说林丹很好", "他说明天很好", ("明天", "林丹")),
        (" It was Siobhan Keane who left", " It was the old man who left", ("the old man", "Siobhan Keane")),
    ],
)
def test_what_was_heard_untold_stands_and_the_name_is_told(told: str, untold: str, claim: tuple[str, str]) -> None:
    runs, claims = undo_invented(said(told), said(untold), FORMS)
    assert text_of(runs) == untold
    assert [(one.before, one.after) for one in claims] == [claim]


def test_a_name_where_nothing_was_heard_untold_stays_and_is_told() -> None:
    runs, claims = undo_invented(said("云岭的雨还没有停"), said("的雨还没有停"), FORMS)
    assert text_of(runs) == "云岭的雨还没有停"
    assert [(one.before, one.after) for one in claims] == [("云岭", "")]


_CLAUSES = st.lists(
    st.sampled_from(("云岭", "凌晨", "林丹", "明天", "下了雨", "火车来了", "，")), min_size=1, max_size=12
)


@given(told=_CLAUSES, untold=_CLAUSES)
def test_no_word_is_made_up_and_times_stay_in_order(told: list[str], untold: list[str]) -> None:
    first, second = said("".join(told)), said("".join(untold))
    runs, claims = undo_invented(first, second, FORMS)
    words = [word for run in runs for word in run]
    assert {word.text for word in words} <= {word.text for run in (*first, *second) for word in run}
    assert len(claims) <= sum("".join(told).count(form) for form in FORMS)
    if not any(form in "".join(told) for form in FORMS):
        assert runs == first


def transcript(verdict: str | None, after: str = "云岭") -> tuple[str, list[tuple[str, str]], list[str]]:
    words = said("凌晨两点下了雨")[0]
    heard = Heard(
        language="zh",
        language_probability=1,
        speech_s=2,
        runs=(Run(language="zh", words=words),),
        claims=(Claim(start=0.0, end=0.4, before="凌晨", after=after),),
    )
    entries = (Verdict(before="凌晨", after=after, verdict=verdict),) if verdict else ()  # type: ignore[arg-type]
    made = compose_heard(
        [heard],
        duration=3,
        source_digest="",
        recogniser=Recogniser(engine="x"),
        glossary=Glossary(entries=(GlossaryEntry(text="云岭", kind="place"),)),
        verdicts=Verdicts(entries=entries),
    )
    return made.text, [(d.before, d.after) for d in made.doubts], [c.rule for c in made.corrections]


def test_a_doubtful_name_is_left_out_until_a_person_accepts_it() -> None:
    assert transcript(None) == ("凌晨两点下了雨", [("凌晨", "云岭")], [])
    assert transcript("accept") == ("云岭两点下了雨", [], ["glossary-told"])
    assert transcript("accept", after="") == ("两点下了雨", [], ["glossary-told"])


def test_every_reason_has_a_sentence_in_chinese_and_keeps_what_it_is_about() -> None:
    chinese, english = labels_for("zh"), labels_for("en")
    for name, sentence in REASONS.items():
        about = ("林丹{",) if "{}" in sentence else ()
        why = give_reason(name, *about)
        assert name_reason(why) == (name, about)
        assert why_label(why, english) == why
        label = why_label(why, chinese)
        assert not label.isascii()
        assert label != why
        assert all(text in label for text in about)
    assert why_label("something else", chinese) == "something else"


def test_channels_heard_apart_keep_their_own_claims() -> None:
    def hears(number: int) -> Heard:
        claim = Claim(channel=number, start=0.0, end=0.4, before="凌晨", after="云岭")
        run = Run(language="zh", channel=number, words=said("凌晨两点下了雨")[0])
        return Heard(language="zh", language_probability=1, speech_s=2, runs=(run,), claims=(claim,))

    left, right = hears(1), hears(2)
    both = left.model_copy(update={"runs": left.runs + right.runs, "claims": left.claims + right.claims})
    assert (both.of_channel(1), both.of_channel(2)) == (left, right)
    assert both.of_channel(0).claims == ()
