"""Word edges at the pauses of made sound whose truth is known."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mediakit.media.transcript import Segment, Word
from mediakit.speech.edges import fit_segments, fit_words
from mediakit.speech.levels import FRAMES, Levels, join_levels, measure_levels
from mediakit.speech.pauses import Pause, find_pauses
from mediakit.speech.sound import RATE, Stretch
from mediakit.speech.underneath import trust_pauses

PHRASES = ((0.6, 1.7), (1.9, 3.2), (3.38, 4.6), (5.2, 6.4))
LENGTH_S = 7.5


def voice(
    phrases: tuple[tuple[float, float], ...],
    length: float,
    *,
    music: float = 0.0,
    rain: float = 0.0,
    piano: float = 0.0,
) -> Stretch:
    """A voice (a gliding tone with harmonics, syllables of 0.2 s) over a chord, noise and plucked notes; amplitudes."""
    chance = np.random.default_rng(7)
    time = np.arange(round(length * RATE)) / RATE
    sound = rain * chance.standard_normal(time.size)
    for hertz in (196.0, 246.9, 293.7):
        sound += music * np.sin(2 * math.pi * hertz * time) * (1 + 0.3 * np.sin(2 * math.pi * 0.4 * time))
    for note in np.arange(0.1, length, 0.23):
        rung = time >= note
        sound[rung] += piano * np.exp(-9 * (time[rung] - note)) * np.sin(2 * math.pi * 440 * (time[rung] - note))
    for start, end in phrases:
        inside = (time >= start) & (time < end)
        own = time[inside] - start
        pitch = 2 * math.pi * (170 * own + 12 * own**2)
        tone = sum(np.sin(k * pitch) / k for k in range(1, 14))
        syllable = 0.35 + 0.65 * np.abs(np.sin(math.pi * own / 0.2))
        edge = np.clip(np.minimum(own, own[-1] - own) / 0.012, 0, 1)
        sound[inside] += 0.16 * tone * syllable * edge
    return Stretch(0.0, sound.astype(np.float32))


def words_of(phrases: tuple[tuple[float, float], ...], shifts: list[float]) -> list[Segment]:
    """Each phrase a segment of words of about 0.2 s, its edges off by the shifts, in turn, as a recogniser's are."""
    made = []
    last = 0.0
    for number, (start, end) in enumerate(phrases):
        low = max(last, start + shifts[2 * number])
        high = max(low + 0.3, end + shifts[2 * number + 1])
        count = max(2, round((end - start) / 0.2))
        step = (high - low) / count
        texts = ["字"] * (count - 1) + ["尾。" if number % 2 else "尾，"]
        words = tuple(
            Word(text=text, start=round(low + n * step, 3), end=round(low + (n + 1) * step, 3))
            for n, text in enumerate(texts)
        )
        last = words[-1].end
        made.append(Segment(start=words[0].start, end=last, text="".join(texts), words=words))
    return made


@pytest.mark.parametrize(
    ("under", "within"),
    [
        ({}, 0.02),
        ({"music": 0.02}, 0.05),
        ({"music": 0.03, "rain": 0.004}, 0.06),
        ({"rain": 0.01}, 0.06),
    ],
)
def test_edges_are_those_of_the_sound_with_music_and_rain_underneath(under: dict[str, float], within: float) -> None:
    pauses = find_pauses(measure_levels(voice(PHRASES, LENGTH_S, **under)))
    heard = words_of(PHRASES, [0.06, -0.15, -0.1, -0.12, 0.1, -0.18, -0.12, -0.2])
    fitted = fit_segments(heard, pauses)
    for segment, (start, end) in zip(fitted, PHRASES, strict=True):
        assert segment.start == pytest.approx(start, abs=within)
        assert segment.end == pytest.approx(end, abs=within)
        assert (segment.words[0].start, segment.words[-1].end) == (segment.start, segment.end)
    assert [segment.text for segment in fitted] == [segment.text for segment in heard]


def test_pauses_of_music_as_loud_as_the_voice_are_not_the_voice_s() -> None:
    """Plucked notes between phrases: the voice's activity says where they end; without it music would move edges."""
    quiet = measure_levels(voice(PHRASES, LENGTH_S))
    pauses = find_pauses(quiet)
    assert trust_pauses(pauses, quiet, PHRASES) == pauses
    assert trust_pauses(pauses, quiet, ()) == pauses
    loud = measure_levels(voice(PHRASES, LENGTH_S, music=0.09, piano=0.3))
    trusted = trust_pauses(find_pauses(loud), loud, PHRASES)
    assert trusted
    assert all(pause.coarse for pause in trusted)
    heard = words_of(PHRASES, [0.03, -0.2] * 4)
    fitted = fit_segments(heard, trusted)
    for segment, before, (_, end) in zip(fitted, heard, PHRASES, strict=True):
        assert segment.start == before.start
        assert abs(segment.end - end) <= 0.12


def test_a_breath_inside_a_word_does_not_end_it() -> None:
    """The s of "rings" is parted from the word by a short unsteady pause; the longer one after it is the phrase's."""
    words = [Word(text="rings,", start=10.77, end=11.03), Word(text="a", start=11.49, end=11.55)]
    pauses = [Pause(11.05, 11.18, steady=False), Pause(11.28, 11.47)]
    fitted = fit_words(words, ["clause", "sentence"], pauses)
    assert (fitted[0].end, fitted[1].start) == (11.28, 11.47)


def test_sound_without_a_pause_leaves_the_recogniser_s_times() -> None:
    pauses = find_pauses(measure_levels(voice(((0.0, 4.0),), 4.0, music=0.02)))
    heard = words_of(((0.5, 1.5), (1.6, 3.0)), [0.0] * 4)
    assert fit_segments(heard, [p for p in pauses if 0.3 < p.start < 3.5]) == tuple(heard)
    assert fit_segments(heard, ()) == tuple(heard)


def test_silence_and_nothing_at_all_have_no_pauses_in_the_voice() -> None:
    assert find_pauses(measure_levels(Stretch(0.0, np.zeros(3 * RATE, np.float32)))) == ()
    assert find_pauses(measure_levels(Stretch(0.0, np.zeros(0, np.float32)))) == ()
    assert find_pauses(measure_levels(Stretch(12.3456, np.zeros(80, np.float32)))) == ()


def test_a_soft_note_inside_a_pause_does_not_part_it() -> None:
    values = np.full((320, 4), 80, np.uint8)
    values[100:120] = 40
    values[108:112, 1] = 49
    values[200:220] = 40
    values[208:212, 1] = 75
    pauses = find_pauses(Levels(50, values))
    assert (pauses[0].start, pauses[0].end) == (1.5, 1.7)
    assert [(p.start, p.end) for p in pauses[1:]] == [(2.5, 2.58), (2.62, 2.7)]


def test_levels_of_sections_join_on_the_media_s_clock(tmp_path: Path) -> None:
    whole = voice(PHRASES, LENGTH_S, music=0.02)
    cut = 33_333
    parts = [
        measure_levels(Stretch(0.0, whole.samples[:cut])),
        measure_levels(Stretch(cut / RATE, whole.samples[cut:])),
    ]
    joined = join_levels(parts)
    assert joined is not None
    alone = measure_levels(whole)
    assert joined.first == alone.first == 0
    assert abs(len(joined.values) - len(alone.values)) <= 1
    apart = np.abs(joined.values.astype(int) - alone.values[: len(joined.values)]).max(axis=1) > 3
    assert np.flatnonzero(apart).size <= 3
    assert {p.start for p in find_pauses(joined)} == {p.start for p in find_pauses(alone)}
    joined.write(tmp_path / "one.npz")
    Levels.read(tmp_path / "one.npz").write(tmp_path / "two.npz")
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_a_tone_has_its_level_in_its_own_band() -> None:
    time = np.arange(RATE) / RATE
    levels = measure_levels(Stretch(0.0, (0.5 * np.sin(2 * math.pi * 1000 * time)).astype(np.float32)))
    middle = levels.values[FRAMES // 2]
    assert middle.argmax() == 1
    assert 90 <= middle[1] <= 98
    assert middle[3] < 60


times = st.floats(0, 30).map(lambda t: round(t, 3))


@st.composite
def spoken(draw: st.DrawFn) -> list[Word]:
    words: list[Word] = []
    place = draw(st.floats(0, 2))
    for _ in range(draw(st.integers(1, 25))):
        place += draw(st.sampled_from([0.0, 0.0, 0.0, 0.05, 0.2, 0.6, 2.0]))
        end = place + draw(st.floats(0.02, 0.6))
        words.append(Word(text=draw(st.sampled_from(["字", "字，", "字。"])), start=round(place, 3), end=round(end, 3)))
        place = words[-1].end
    return words


@st.composite
def silences(draw: st.DrawFn) -> list[Pause]:
    pauses: list[Pause] = []
    place = 0.0
    for _ in range(draw(st.integers(0, 25))):
        start = place + draw(st.floats(0.02, 1.0))
        place = start + draw(st.floats(0.07, 1.0))
        steady, coarse = draw(st.booleans()), draw(st.booleans())
        pauses.append(Pause(round(start, 2), round(place, 2), steady, draw(st.sampled_from([12.0, 40.0])), coarse))
    return pauses


@given(spoken(), silences())
@settings(max_examples=300, deadline=None)
def test_whatever_the_sound_words_keep_their_order_and_never_overlap(words: list[Word], pauses: list[Pause]) -> None:
    marks = ["sentence" if w.text.endswith("。") else "clause" if w.text.endswith("，") else "" for w in words]
    fitted = fit_words(words, marks, pauses)  # type: ignore[arg-type]
    assert [w.text for w in fitted] == [w.text for w in words]
    assert all(w.start <= w.end for w in fitted)
    assert all(a.end <= b.start for a, b in pairwise(fitted))
    assert all(abs(a.start - b.start) < 0.95 for a, b in zip(words, fitted, strict=True))


def test_hours_of_words_find_their_pauses_as_a_minute_does() -> None:
    words, pauses, truth = [], [], []
    at = 0.0
    for number in range(36_000):
        end = at + 0.25
        words.append(Word(text=f"w{number}" + ("." if number % 3 == 2 else ""), start=round(at, 3), end=round(end, 3)))
        at = end
        if number % 3 == 2:  # the recogniser ends the phrase early and starts the next one late
            pauses.append(Pause(at + 0.08, at + 0.3, contrast=30.0))
            truth.append((at + 0.08, at + 0.3))
            at += 0.4
    fitted = fit_words(words, ["sentence" if number % 3 == 2 else "" for number in range(len(words))], pauses)
    assert len(fitted) == len(words)
    for number, (start, end) in enumerate(truth[:-1]):
        assert fitted[3 * number + 2].end == pytest.approx(start, abs=2e-3)
        assert fitted[3 * number + 3].start == pytest.approx(end, abs=2e-3)
