"""Proposals for shorts: whole sentences, lengths within limits, as many as asked for or a reason."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mediakit.errors import MediakitError
from mediakit.highlights.finding import Request
from mediakit.highlights.propose import Proposal, propose_shorts
from mediakit.highlights.sentences import split_sentences
from mediakit.highlights.titles import TitleRule
from mediakit.media.shorts import read_shorts, write_shorts
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.steps.highlights import Highlights, HighlightsSettings

STORY = (
    "凌晨两点，陵江的雨还没有停。",
    "一年里有两百个晚上，他都走在这条铁路上。",
    "我叫沈秋兰，是陵江工务段的巡道工长。",
    "2006年上班，今年是第二十年。",
    "好的钢轨敲起来声音是脆的。",
    "有裂纹的声音发闷。",
    "二十年里她走了四万八千公里。",
    "相当于绕地球走了一圈多。",
    "她没有放过一处伤。",
    "女儿问她，为什么不换一个工作？",
    "她说，总要有人走夜路。",
    "天亮的时候，第一趟列车从她身边开过去。",
)


def tell(texts: tuple[str, ...], *, seconds: float = 4.0, pause: float = 0.5, language: str = "zh") -> Transcript:
    segments, now = [], 1.0
    for text in texts:
        words = (Word(text=text, start=now, end=now + seconds),)
        segments.append(Segment(start=now, end=now + seconds, text=text, words=words))
        now += seconds + pause
    return Transcript(
        language=language, duration=now + 2, recogniser=Recogniser(engine="import"), segments=tuple(segments)
    )


def propose(transcript: Transcript, count: int = 3, low: float = 8, high: float = 20, fps: int | None = 25) -> Proposal:
    request = Request(count, low, high, {}, Fraction(fps) if fps is not None else None)
    return propose_shorts(transcript, request)


def check(proposal: Proposal, transcript: Transcript, low: float, high: float) -> None:
    """Assert what holds for every proposal."""
    sentences = split_sentences(transcript, high)
    spans = sorted((short.spans[0].start, short.spans[0].end) for short in proposal.shorts.shorts)
    assert all(first[1] <= second[0] + 1e-9 for first, second in pairwise(spans))
    for short in proposal.shorts.shorts:
        span = short.spans[0]
        assert low - 1e-6 <= short.duration <= high + 1e-6
        inside = [s for s in sentences if s.start < span.end - 0.05 and s.end > span.start + 0.05]
        assert short.opens_with == inside[0].text
        assert short.closes_with == inside[-1].text
        assert span.start <= inside[0].start + 1e-6
        assert span.end >= inside[-1].end - 0.05  # the media may end within a frame
        assert short.score is not None
        assert 0 <= short.score <= 1
        assert all(0 <= value <= 1 for value in short.score_parts.values())
        assert short.title


def test_as_many_as_asked_for_best_first() -> None:
    transcript = tell(STORY)
    proposal = propose(transcript)
    assert len(proposal.shorts.shorts) == 3
    assert proposal.shortfall == ""
    check(proposal, transcript, 8, 20)
    scores = [short.score or 0 for short in proposal.shorts.shorts]
    assert scores == sorted(scores, reverse=True)
    assert [short.id for short in proposal.shorts.shorts] == ["short-1", "short-2", "short-3"]


def test_edges_lie_on_frames_within_the_pauses() -> None:
    transcript = tell(STORY)
    for short in propose(transcript).shorts.shorts:
        for time in (short.spans[0].start, short.spans[0].end):
            assert abs(time * 25 - round(time * 25)) < 1e-6


def test_too_few_are_explained() -> None:
    proposal = propose(tell(STORY[:4]), count=3)
    assert len(proposal.shorts.shorts) < 3
    assert proposal.shortfall == (
        "the episode has 16 s of speech: only 1 short of 8–20 s fits without overlap, 3 asked for"
    ) or proposal.shortfall.startswith("the episode has 16 s of speech: only 2 shorts of 8–20 s fit")


def test_nothing_said_and_nothing_short_enough_are_explained() -> None:
    assert propose(tell(())).shortfall == "nothing is said in the episode: no short of 8–20 s can be proposed"
    long = tell(("很长的一句话。",), seconds=40)
    assert propose(long).shortfall == "the episode has 40 s of speech: no run of whole sentences is 8–20 s long"


def test_sentences_are_not_joined_over_a_long_silence() -> None:
    transcript = tell(STORY[:2], seconds=4, pause=10)
    assert propose(transcript, count=1, low=8, high=30).shorts.shorts == ()


def test_a_short_does_not_open_with_a_dangling_word() -> None:
    texts = ("但是他没有回来。", "所以大家都走了。", "李建国在铁路上走了二十年。", "他一共走了四万公里。")
    short = propose(tell(texts), count=1, low=8, high=10).shorts.shorts[0]
    assert short.opens_with == "李建国在铁路上走了二十年。"


def test_shorts_are_spread_over_the_episode() -> None:
    texts = tuple("".join(chr(0x4E00 + 40 * n + k) for k in range(9)) + "。" for n in range(60))
    transcript = tell(texts)
    starts = sorted(short.spans[0].start for short in propose(transcript).shorts.shorts)
    assert min(b - a for a, b in pairwise(starts)) > transcript.duration / 12


def test_titles_are_short_and_say_something() -> None:
    for short in propose(tell(STORY)).shorts.shorts:
        assert 4 <= len(short.title) <= 16
        assert len(short.lead) <= 28
        assert short.title not in short.lead
    english = tell(("I walked this line for 20 years.", "Nobody else wanted the night shift."), language="en")
    assert len(propose(english, count=1).shorts.shorts[0].title) <= 60


def test_sentences_end_at_marks_not_at_abbreviations() -> None:
    transcript = tell(
        ("Dr. Smith paid $3.5 million. It was U.S. money", "from the state. He said: “No.” Then he left.")
    )
    assert [s.text for s in split_sentences(transcript)] == [
        "Dr. Smith paid $3.5 million.",
        "It was U.S. money from the state.",
        "He said: “No.”",
        "Then he left.",
    ]


def test_text_without_marks_falls_into_its_segments() -> None:
    assert len(split_sentences(tell(("今天下了一天的雨", "山里的路很难走", "他还是去了")))) == 3


@settings(max_examples=40, deadline=None)
@given(
    lengths=st.lists(st.floats(0.5, 30), min_size=0, max_size=25),
    pauses=st.lists(st.floats(0, 8), min_size=25, max_size=25),
    count=st.integers(1, 6),
    limits=st.tuples(st.floats(3, 20), st.floats(0, 40)),
    fps=st.sampled_from((None, 25, 30)),
)
def test_any_episode(
    lengths: list[float], pauses: list[float], count: int, limits: tuple[float, float], fps: int | None
) -> None:
    segments, now = [], 0.0
    for number, (length, pause) in enumerate(zip(lengths, pauses, strict=False)):
        text = STORY[number % len(STORY)]
        words = (Word(text=text, start=now, end=now + length),)
        segments.append(Segment(start=now, end=now + length, text=text, words=words))
        now += length + pause
    transcript = Transcript(
        language="zh", duration=now, recogniser=Recogniser(engine="import"), segments=tuple(segments)
    )
    low, high = limits[0], limits[0] + limits[1]
    proposal = propose(transcript, count, low, high, fps)
    made = len(proposal.shorts.shorts)
    assert made <= count
    assert bool(proposal.shortfall) == (made < count)
    check(proposal, transcript, low, high)
    assert propose(transcript, count, low, high, fps) == proposal
    assert all(short.spans[-1].end <= transcript.duration + 1 for short in proposal.shorts.shorts)


def test_the_file_can_be_edited_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "shorts.yaml"
    made = propose(tell(STORY)).shorts
    write_shorts(made, path)
    assert read_shorts(path) == made
    text = path.read_text(encoding="utf-8")
    first = made.shorts[0].spans[0]
    edited = text.replace(f"end: 00:{first.end:05.2f}", f"end: 00:{first.end - 0.5:05.2f}", 1)
    assert edited != text
    path.write_text(edited, encoding="utf-8")
    assert read_shorts(path).shorts[0].spans[0].end == pytest.approx(first.end - 0.5)


ENGLISH = (
    "That night, when the rain would not stop and the river rose, I went out along the line with my lamp.",
    "Nobody had walked it for three days: the bridge was under water, and the signals were dark.",
    "I have walked forty-eight thousand kilometres, which is once around the world and a little more.",
)


@given(
    st.lists(st.sampled_from([*STORY, *ENGLISH]), min_size=3, max_size=10),
    st.integers(8, 70),
    st.sampled_from([None, "", "：？", "《》“”：+？%℃"]),
)
@example([STORY[0], STORY[2], STORY[1], ENGLISH[0]], 8, None)
def test_titles_keep_to_what_channels_take(texts: list[str], most: int, symbols: str | None) -> None:
    rule = TitleRule(least=6, most=most, symbols=symbols)
    request = Request(3, 4, 30, {}, titles=rule)
    for short in propose_shorts(tell(tuple(texts)), request).shorts.shorts:
        assert 0 < len(short.title) <= most
        assert rule.clean(short.title) == short.title


def test_titles_for_channels_take_the_tightest_of_their_limits() -> None:
    settings = HighlightsSettings(titles_for=("douyin", "wx_channels"))
    assert Highlights().key_settings(settings)["titles"] == [6, 16, "《》“”：+？%℃"]
    assert "titles" not in Highlights().key_settings(HighlightsSettings())
    own = {"mine": {"extends": "douyin", "title": "mine", "limits": {"title": "4-9"}}}
    settings = HighlightsSettings(titles_for=("mine",), channel_definitions=own)
    assert Highlights().key_settings(settings)["titles"] == [4, 9, None]
    with pytest.raises(MediakitError, match="douyn"):
        Highlights().validate(HighlightsSettings(titles_for=("douyn",)), {})
