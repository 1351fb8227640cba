"""The proof page: its words and marks, its lists, and that a transcript's text stays text."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from page_reading import Page

from mediakit.media.scriptreport import SaidBeside, ScriptReport, ScriptSentence
from mediakit.media.transcript import Correction, Doubt, Recogniser, Segment, Transcript, Word
from mediakit.speech.proof import build_proof
from mediakit.speech.words import split_words, spread_words

EVIL = "<script>alert(\"1\")</script>' onclick='x' &amp; ]]> --> $style"


class ProofPage(Page):
    """A proof page: its words and lines."""

    @property
    def words(self) -> list[tuple[dict[str, str | None], str]]:
        return [(attrs, text) for attrs, text in self.find("span", "w") if "data-s" in attrs]

    @property
    def lines(self) -> list[tuple[dict[str, str | None], str]]:
        return self.find("p", "line")


def segment(text: str, start: float, end: float, probabilities: dict[str, float] | None = None, **more) -> Segment:
    words = spread_words(split_words(text), start, end, 0.95)
    changed = [w.model_copy(update={"probability": (probabilities or {}).get(w.text, 0.95)}) for w in words]
    return Segment(start=start, end=end, text=text, words=tuple(changed), **more)


def transcript(*segments: Segment, language: str = "zh", **more) -> Transcript:
    return Transcript(language=language, duration=60, recogniser=Recogniser(engine="import"), segments=segments, **more)


def page(
    *segments: Segment, sound: str | None = "p.sound.m4a", report: ScriptReport | None = None, **more
) -> ProofPage:
    return ProofPage(build_proof(transcript(*segments, **more), name="p", sound=sound, report=report))


def test_every_word_stands_in_its_sentence_with_its_times() -> None:
    found = page(
        segment("凌晨两点，云岭的雨还没有停。", 4.4, 7.1, speaker="主持人"),
        segment("At two in the morning.", 8, 10),
    )
    assert [text for _, text in found.lines] == [
        "0:04.4主持人凌晨两点，云岭的雨还没有停。",
        "0:08.0At two in the morning.",
    ]
    words = found.words
    assert [text for _, text in words[-5:]] == ["At", "two", "in", "the", "morning."]
    assert words[0][0]["data-s"] == "4.4"
    assert words[-1][0]["data-e"] == "10"
    starts = [float(attrs["data-s"] or "x") for attrs, _ in words]
    assert starts == sorted(starts)
    assert all(float(attrs["data-e"] or "x") >= float(attrs["data-s"] or "x") for attrs, _ in words)


def test_unsure_words_are_marked_by_degree_and_punctuation_and_the_script_s_text_are_not() -> None:
    text = "at two in the morning"
    low = {"two": 0.69, "in": 0.5, "the": 0.49, "morning": 0.1}
    found = page(segment(text, 1, 3, low), segment(text, 4, 6, low, script="followed"), language="en")
    assert [attrs.get("data-q") for attrs, _ in found.words] == [None, "1", "1", "2", "3"] + [None] * 5
    assert found.words[4][0]["title"] == "sure by 10%"
    marks = Segment(start=0, end=1, text="…！", words=(Word(text="…！", start=0, end=1, probability=0.1),))
    assert [attrs.get("data-q") for attrs, _ in page(marks).words] == [None]


def test_corrections_and_doubts_are_marked_where_they_stand_and_listed() -> None:
    found = page(
        segment("沈秋岚走了。", 1, 2.2),
        segment("沈秋岚又来，路机也在。", 3, 5),
        corrections=(
            Correction(start=3.0, end=3.6, before="沈秋兰", after="沈秋岚", rule="glossary-homophone", score=0.99),
        ),
        doubts=(
            Doubt(start=4.0, end=4.4, before="路机", after="路基", rule="glossary-homophone", score=0.8, why="a word"),
        ),
    )
    corrected = [(number, text) for number, (attrs, text) in enumerate(found.words) if "data-c" in attrs]
    first = next(n for n, (attrs, _) in enumerate(found.words) if attrs["data-s"] == "3")
    assert "".join(text for _, text in corrected).startswith("沈秋岚")
    assert corrected[0][0] == first
    assert "".join(text for attrs, text in found.words if "data-d" in attrs) == "路机"
    title = next(attrs["title"] for attrs, _ in found.words if "data-d" in attrs)
    assert title == "存疑 路机 → 路基 (同音 0.80): a word"
    listed = {name: found.find("details", name)[0][1] for name in ("doubts", "corrections")}
    assert "存疑 (1)" in listed["doubts"]
    assert "路机 → 路基同音 0.80: a word" in listed["doubts"]
    assert "沈秋兰 → 沈秋岚同音 0.99" in listed["corrections"]
    jump = [attrs for attrs, _ in found.find("a", "t") if attrs.get("data-w") == str(first)]
    assert {attrs["data-s"] for attrs in jump} == {"3"}
    assert len(jump) == 2  # the sentence's own, and the list's


def test_of_a_sentence_from_the_script_only_what_differs_is_marked() -> None:
    text = "凌晨两点，云岭的雨还没有停。"
    change = Correction(start=1, end=3, before="凌晨两点云凌的雨还没有停", after=text, rule="script")
    found = page(segment(text, 1, 3, script="followed"), corrections=(change,))
    assert "".join(t for attrs, t in found.words if "data-c" in attrs) in ("岭", "云岭")
    same = change.model_copy(update={"before": "凌晨两点云岭的雨还没有停"})
    found = page(segment(text, 1, 3, script="followed"), corrections=(same,))
    assert [t for attrs, t in found.words if "data-c" in attrs] == []
    assert "云岭的雨" in found.find("details", "corrections")[0][1]


def test_a_change_whose_text_is_gone_is_marked_by_its_time_and_one_elsewhere_only_listed() -> None:
    gone = Correction(start=1.0, end=1.5, before="a", after="nowhere", rule="numbers")
    far = Correction(start=50, end=51, before="b", after="nowhere", rule="numbers")
    found = page(segment("one two three four", 1, 3), corrections=(gone, far), language="en")
    assert [t for attrs, t in found.words if "data-c" in attrs] == ["one"]
    assert found.find("details", "corrections")[0][1].count("nowhere") == 2


def test_takes_asides_cuts_and_the_script_s_report_are_shown() -> None:
    report = ScriptReport(
        belongs=True,
        share=0.915,
        speech_share=0.8,
        sentences=(
            ScriptSentence(number=1, text="第一句。", state="spoken", start=1, end=2, takes=1),
            ScriptSentence(number=2, text="没有读的一句。", speaker="主持人", state="unspoken", start=9),
            ScriptSentence(number=3, text="读了一半，后面没有。", state="partly", start=5, missing=("后面没有",)),
        ),
        beside=(SaidBeside(kind="aside", start=5, end=6, text="采访。"),),
    )
    found = page(
        segment("第一句。", 1, 2, script="followed"),
        segment("第一句。", 3, 4, script="retake"),
        segment("采访。", 5, 6, script="aside", cut=True),
        report=report,
    )
    assert [attrs["class"] for attrs, _ in found.lines] == ["line followed", "line retake", "line aside cut"]
    assert [text for _, text in found.find("span", "badge")] == ["重说，未用", "文稿之外", "剪接点"]
    aside = found.find("aside")[0][1]
    assert "文稿已找到 91.5%" in aside
    unspoken = found.find("details", "unspoken")[0][1]
    assert "2. 主持人: 没有读的一句。未读" in unspoken
    assert "3. 读了一半，后面没有。部分读出，略去： 后面没有" in unspoken
    assert "第一句" not in unspoken
    assert "采访。文稿之外" in found.find("details", "beside")[0][1]
    foreign = page(segment("采访。", 5, 6), report=ScriptReport(belongs=False, share=0, speech_share=0))
    assert "文稿与此段语音不符" in foreign.find("aside")[0][1]


def test_the_interface_speaks_the_transcript_s_language() -> None:
    chinese, english = ("校对 · p", "zh-Hans"), ("Proof · p", "en")
    for language, (heading, tag) in {"zh": chinese, "yue": chinese, "zh-TW": chinese, "en": english}.items():
        found = page(segment("好 yes", 1, 2), language=language)
        assert found.find("h1")[0][1] == heading
        assert found.find("html")[0][0]["lang"] == tag
        assert found.lines[0][0]["lang"] == language
    assert page(segment("oui", 1, 2), language="fr").find("h1")[0][1] == "Proof · p"


def test_text_is_never_markup_and_the_page_lets_only_its_own_program_run() -> None:
    evil = transcript(
        Segment(start=1, end=2, text=EVIL, words=(Word(text=EVIL, start=1, end=2, probability=0.1),), speaker=EVIL),
        corrections=(Correction(start=1, end=2, before=EVIL, after=EVIL, rule=EVIL),),
        doubts=(Doubt(start=1, end=2, before=EVIL, after=EVIL, rule=EVIL, why=EVIL),),
        warnings=(EVIL,),
    ).model_copy(update={"recogniser": Recogniser(engine=EVIL, model=EVIL)})
    report = ScriptReport(
        belongs=True,
        share=1,
        speech_share=1,
        sentences=(ScriptSentence(number=1, text=EVIL, speaker=EVIL, state="partly", missing=(EVIL,)),),
        beside=(SaidBeside(kind="aside", start=1, end=2, text=EVIL),),
    )
    text = build_proof(evil, name=EVIL, sound=EVIL + ".m4a", report=report)
    found = ProofPage(text)
    plain = ProofPage(build_proof(transcript(), name="p", sound="p.m4a"))
    for kind in ("script", "style"):
        assert [content for _, content in found.find(kind)] == [content for _, content in plain.find(kind)]
        assert len(found.find(kind)) == 1
    assert not [attrs for _, attrs, _ in found.elements if any(name.startswith("on") for name in attrs)]
    assert found.words[0][1] == EVIL
    assert EVIL in (found.words[0][0]["title"] or "")
    assert found.find("b", "who")[0][1] == EVIL
    source = found.find("audio")[0][0]["src"] or ""
    assert not set("<>\"' :") & set(source)
    policy = next(a["content"] for a, _ in found.find("meta") if a.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.strip().split(" ", 1) for rule in (policy or "").split(";"))
    assert rules["default-src"] == "'none'"
    for kind in ("script", "style"):
        digest = base64.b64encode(hashlib.sha256(found.find(kind)[0][1].encode()).digest()).decode()
        assert rules[f"{kind}-src"] == f"'sha256-{digest}'"


def test_the_page_asks_nothing_of_the_network() -> None:
    text = build_proof(transcript(segment("好。", 1, 2)), name="p", sound="校 对#1.m4a")
    found = ProofPage(text)
    assert "http:" not in text
    assert "https:" not in text
    assert [attrs["src"] for _, attrs, _ in found.elements if "src" in attrs] == ["%E6%A0%A1%20%E5%AF%B9%231.m4a"]
    assert {attrs["href"] for _, attrs, _ in found.elements if "href" in attrs} == {"#"}
    assert found.find("link") == []


def test_without_sound_there_is_no_player_and_it_is_said() -> None:
    found = page(segment("好。", 1, 2), sound=None)
    assert found.find("audio") == []
    assert "没有可听的声音" in found.find("div", "bar")[0][1]


@pytest.mark.parametrize(
    "given",
    [
        Segment(start=1, end=2, text="no words at all"),
        Segment(start=1, end=2, text="other text", words=(Word(text="than", start=1, end=1.5),)),
        Segment(start=1, end=2, text="", words=(Word(text="only", start=1, end=1), Word(text="words", start=2, end=2))),
    ],
)
def test_a_segment_whose_words_do_not_fit_is_shown_whole(given: Segment) -> None:
    shown = "".join(text for _, text in page(given, language="en").lines).removeprefix("0:01.0")
    assert shown == (given.text or "only words")


def test_a_transcript_without_words_makes_a_page() -> None:
    found = page(warnings=("no speech was found",))
    assert found.lines == []
    assert found.find("ul", "warnings")[0][1] == "no speech was found"


@given(
    st.lists(st.text(max_size=30), max_size=4),
    st.text(max_size=10),
    st.floats(0, 5, allow_nan=False),
    st.text(max_size=10),
)
def test_any_text_makes_a_sound_page_and_equal_ones_equal_bytes(
    texts: list[str], before: str, start: float, after: str
) -> None:
    segments = [
        Segment(start=n, end=n + 1, text=text, words=tuple(spread_words(split_words(text), n, n + 1, 0.4)))
        for n, text in enumerate(texts)
    ]
    change = Correction(start=start, end=start + 1, before=before, after=after, rule="script")
    made = transcript(*segments, corrections=(change,))
    text = build_proof(made, name=before, sound=None)
    text.encode("utf-8")
    assert text == build_proof(made, name=before, sound=None)
    found = ProofPage(text)
    assert len(found.lines) == len(texts)
    assert len(found.find("script")) == 1
