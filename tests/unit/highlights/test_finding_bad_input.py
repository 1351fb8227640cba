"""Awkward transcripts: no marks, one endless sentence, hundreds of tiny ones, repeats, other languages."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.highlights.finding import Request
from mediakit.highlights.propose import Proposal, propose_shorts
from mediakit.highlights.repeats import is_repeat, read_shingles
from mediakit.highlights.sentences import Sentence, split_sentences
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word


def say(texts: list[str], *, pause: float = 0.4, letter: float = 0.2, language: str = "zh") -> Transcript:
    """Return one segment a text; every character or word has its time."""
    segments, now = [], 0.5
    for text in texts:
        words = []
        for token in text.split(" ") if " " in text else list(text):
            length = letter * len(token)
            words.append(Word(text=token, start=now, end=now + length))
            now += length
        segments.append(Segment(start=words[0].start, end=now, text=text, words=tuple(words)))
        now += pause
    recogniser = Recogniser(engine="import")
    return Transcript(language=language, duration=now, recogniser=recogniser, segments=tuple(segments))


def propose(transcript: Transcript, count: int = 3, low: float = 15, high: float = 60) -> Proposal:
    return propose_shorts(transcript, Request(count, low, high, {}))


def unlike(number: int, size: int = 14) -> str:
    """Return a text that shares no characters with that of another number."""
    return "".join(chr(0x4E00 + 61 * number + k) for k in range(size))


def test_one_endless_sentence_is_broken_at_its_commas_and_that_is_said() -> None:
    text = "，".join(unlike(k) for k in range(60)) + "。"
    proposal = propose(say([text]))
    assert len(proposal.shorts.shorts) == 3
    assert any("broken at commas and pauses" in remark for remark in proposal.report.remarks)
    assert any("kept back" in remark for remark in proposal.report.remarks)
    assert all("inside a long sentence" in " ".join(run.against) for run in proposal.report.chosen)


def test_words_without_marks_fall_into_pauses_or_segments_and_that_is_said() -> None:
    apart = propose(say([unlike(k) for k in range(60)], pause=0.5))
    assert len(apart.shorts.shorts) == 3
    assert apart.report.remarks == ("the transcript has hardly any punctuation: its sentences were taken from pauses",)
    touching = propose(say([unlike(k) for k in range(60)], pause=0.0))
    assert len(touching.shorts.shorts) == 3
    assert any("broken at commas and pauses" in remark for remark in touching.report.remarks)


def test_a_single_word_without_end_gives_none() -> None:
    endless = Segment(start=0, end=90, text="啊" * 400, words=(Word(text="啊" * 400, start=0, end=90),))
    recogniser = Recogniser(engine="import")
    proposal = propose(Transcript(language="zh", duration=90, recogniser=recogniser, segments=(endless,)))
    assert proposal.shorts.shorts == ()
    assert proposal.shortfall == "the episode has 90 s of speech: no run of whole sentences is 15–60 s long"


def test_hundreds_of_tiny_sentences() -> None:
    proposal = propose(say([f"{unlike(k, 2)}。" for k in range(300)], pause=0.1), count=5)
    assert len(proposal.shorts.shorts) == 5
    assert proposal.report.runs <= 24 * 300


def test_a_minute_asked_for_ten() -> None:
    proposal = propose(say([f"{unlike(k)}。" for k in range(18)]), count=10)
    made = len(proposal.shorts.shorts)
    assert 1 <= made <= 4
    assert proposal.shortfall.startswith("the episode has 50 s of speech: only ")
    assert proposal.shortfall.endswith("without overlap, 10 asked for")


def test_nothing_said_has_a_hint_of_its_own() -> None:
    proposal = propose(say([]))
    assert proposal.shortfall.startswith("nothing is said in the episode")
    assert "cut --span" in proposal.hint


def test_other_languages_are_found_by_marks_and_length_and_that_is_said() -> None:
    text = "Сегодня ночью шёл дождь и никто не спал в этом доме."
    said = [text.replace("дождь", f"{chr(0x430 + k % 30) * 5} {chr(0x430 + k // 30) * 4}{k}") for k in range(40)]
    proposal = propose(say(said, letter=0.07, language="ru"), count=1)
    assert len(proposal.shorts.shorts) == 1
    assert proposal.shorts.shorts[0].opens_with in said
    assert any("'ru'" in remark for remark in proposal.report.remarks)


def test_what_is_said_twice_is_proposed_once_and_that_is_said() -> None:
    once = [f"{unlike(k)}。" for k in range(8)]
    other = [f"{unlike(k)}。" for k in range(20, 26)]
    proposal = propose(say([*once, *other, *once]), count=9, low=9, high=14)
    texts = [frozenset(short.opens_with) | frozenset(short.closes_with) for short in proposal.shorts.shorts]
    assert len(set(texts)) == len(texts) >= 2
    assert "without overlap and without saying the same twice, 9 asked for" in proposal.shortfall


def test_likeness() -> None:
    def shingles(text: str) -> frozenset[str]:
        return read_shingles(Sentence(text, 0, 1, None, True))

    said = "我父亲把船交给我的时候，就讲了三句话。"
    assert is_repeat(shingles(said), shingles("嗯，我父亲把船交给我的时候，讲了三句话嘛。"))
    assert not is_repeat(shingles(said), shingles("桥通车那天，镇长跟我讲，老廖，你可以歇了。"))
    assert not is_repeat(shingles("对。"), shingles("对。")), "too short to tell"


@settings(max_examples=30)
@given(
    sizes=st.lists(st.integers(1, 30), min_size=1, max_size=40),
    marks=st.lists(st.sampled_from(["。", "？", "，", "", "……"]), min_size=40, max_size=40),
    pauses=st.lists(st.floats(0, 5), min_size=40, max_size=40),
    speakers=st.lists(st.sampled_from([None, "甲", "乙"]), min_size=40, max_size=40),
    high=st.floats(5, 40),
)
def test_any_transcript_keeps_to_its_sentences(
    sizes: list[int], marks: list[str], pauses: list[float], speakers: list[str | None], high: float
) -> None:
    segments, now = [], 0.0
    for k, size in enumerate(sizes):
        text = unlike(k, size)
        words = tuple(Word(text=c, start=now + 0.2 * n, end=now + 0.2 * (n + 1)) for n, c in enumerate(text))
        end = now + 0.2 * size
        segments.append(Segment(start=now, end=end, text=text + marks[k], words=words, speaker=speakers[k]))
        now = end + pauses[k]
    recogniser = Recogniser(engine="import")
    transcript = Transcript(language="zh", duration=now, recogniser=recogniser, segments=tuple(segments))
    proposal = propose(transcript, 4, 4, high)
    assert propose(transcript, 4, 4, high) == proposal
    sentences = split_sentences(transcript, high)
    assert all(one.end <= two.start + 1e-6 for one, two in pairwise(sentences))
    spans = sorted((short.spans[0].start, short.spans[0].end) for short in proposal.shorts.shorts)
    assert all(one[1] <= two[0] + 1e-9 for one, two in pairwise(spans))
    for start, end in spans:
        assert 0 <= start < end <= transcript.duration + 1e-6
        for sentence in sentences:
            inside = min(end, sentence.end) - max(start, sentence.start)
            assert inside < 0.03 or inside > sentence.end - sentence.start - 0.03, "a sentence is cut"
