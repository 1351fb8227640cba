"""Words that follow a cut: whole words, whole cues, nothing run together across it."""

from __future__ import annotations

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.highlights.sentences import split_sentences
from mediakit.media.recut import cut_transcript
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.subtitles.build import build_cues


def spoken(*segments: tuple[float, str]) -> Transcript:
    """Return segments of which every word, or Chinese character, takes half a second."""
    made = []
    for start, text in segments:
        parts = text.split() if text.isascii() else list(text)
        words = tuple(Word(text=part, start=start + n / 2, end=start + n / 2 + 0.5) for n, part in enumerate(parts))
        made.append(Segment(start=start, end=start + len(parts) / 2, text=text, words=words))
    return Transcript(language="en", duration=30.0, recogniser=Recogniser(engine="import"), segments=tuple(made))


@pytest.mark.parametrize(
    ("span", "text"),
    [
        ((0.3, 1.9), "so my fellow"),
        ((0.2, 1.8), "And so my fellow"),
        ((0.6, 2.1), "so my fellow"),
        ((2.1, 2.4), "Americans,"),
    ],
)
def test_a_word_is_kept_whole_or_not_at_all(span: tuple[float, float], text: str) -> None:
    made = cut_transcript(spoken((0.0, "And so my fellow Americans, don't ask 2,000 times")), [span])
    assert [segment.text for segment in made.segments] == [text]
    assert " ".join(word.text for word in made.segments[0].words).startswith(text)


def test_chinese_is_cut_by_the_character() -> None:
    made = cut_transcript(spoken((0.0, "桥下的水从来不停")), [(1.0, 2.3)])
    assert made.segments[0].text == "的水从"


def test_nothing_runs_on_across_a_cut() -> None:
    said = spoken((0.0, "one two three four"), (10.0, "five six seven eight"))
    made = cut_transcript(said, [(10.0, 12.0), (0.0, 1.0), (1.0, 2.0)])
    assert [(segment.text, segment.cut) for segment in made.segments] == [
        ("five six seven eight", False),
        ("one two", True),
        ("three four", False),
    ]
    cues = build_cues(made, load_profiles().subtitles["netflix_en"], "netflix_en").cues
    assert [cue.text for cue in cues] == ["five six seven eight", "one two three four"]
    assert [one.text for one in split_sentences(made)] == ["five six seven eight", "one two three four"]
