"""Cues of renditions: which text wins, and how words follow a re-cut."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.media.cues import Cue, CueSheet
from mediakit.media.recut import cut_transcript
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.steps.render_text import CueMaker


def segment(start: float, *words: str) -> Segment:
    made = tuple(Word(text=f" {word}", start=start + n, end=start + n + 0.9) for n, word in enumerate(words))
    return Segment(start=start, end=start + len(words), text=" ".join(words) + ".", words=made)


TALK = Transcript(
    language="en",
    duration=20,
    recogniser=Recogniser(engine="import"),
    segments=(segment(1, "one", "two", "three"), segment(6, "four", "five"), segment(12, "six")),
)
GIVEN = CueSheet(language="en", cues=(Cue(start=1, end=3, lines=("given",)), Cue(start=12, end=13, lines=("late",))))


def test_words_follow_the_cut() -> None:
    cut = cut_transcript(TALK, [(12.0, 14.0), (1.9, 7.0)])
    assert [part.text for part in cut.segments] == ["six.", "two three.", "four"]
    assert [word.text.strip() for word in cut.words] == ["six", "two", "three", "four"]
    assert cut.words[0].start == 0
    assert cut.words[1].start == pytest.approx(2.1)
    assert cut.duration == pytest.approx(7.1)
    assert all(0 <= word.start <= word.end <= cut.duration for word in cut.words)


def test_a_whole_cut_changes_nothing_but_corrections() -> None:
    assert cut_transcript(TALK, [(0.0, 20.0)]).segments == TALK.segments


def test_a_given_file_wins_over_made_cues_and_words() -> None:
    profiles = load_profiles()
    channel = profiles.channel("tv_web")
    made = GIVEN.model_copy(update={"cues": (Cue(start=0, end=1, lines=("made",)),), "profile": "netflix_en"})
    maker = CueMaker(profiles, "en", GIVEN, {"netflix_en": made}, TALK)
    sheet = maker.make(channel, Fraction(25), None)
    assert sheet is not None
    assert [cue.text for cue in sheet.cues] == ["given", "late"]
    short = maker.make(channel, Fraction(25), ((11.0, 14.0),))
    assert short is not None
    assert [(cue.text, cue.start) for cue in short.cues] == [("late", 1.0)]
    maker = CueMaker(profiles, "en", None, {"netflix_en": made}, TALK)
    sheet = maker.make(channel, Fraction(25), None)
    assert sheet is not None
    assert [cue.text for cue in sheet.cues] == ["made"]


def test_words_become_cues_under_the_channels_profile() -> None:
    profiles = load_profiles()
    maker = CueMaker(profiles, transcript=TALK)
    sheet = maker.make(profiles.channel("tv_web"), Fraction(25), ((5.5, 9.0),))
    assert sheet is not None
    assert sheet.profile == "netflix_en"
    assert "four" in sheet.cues[0].text.lower()
    assert sheet.cues[0].start == pytest.approx(0.5, abs=0.1)


def test_sound_only_channels_and_missing_text_give_no_cues() -> None:
    profiles = load_profiles()
    assert CueMaker(profiles, transcript=TALK).make(profiles.channel("radio"), Fraction(25), None) is None
    assert CueMaker(profiles).make(profiles.channel("tv_web"), Fraction(25), None) is None
