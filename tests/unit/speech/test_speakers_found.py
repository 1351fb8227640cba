"""Telling speakers apart: groups of voiceprints, who says which word, channels, names, error rates."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mediakit.errors import InputError, RecipeError
from mediakit.media.transcript import Segment, Word
from mediakit.speech.attribution import attribute, merge_channels
from mediakit.speech.clustering import Clusters, cluster_voices
from mediakit.speech.speaker_error import Spoken, assign, measure_speaker_error, read_rttm
from mediakit.speech.speaker_names import SpeakerNames, name_speakers, read_speaker_names
from mediakit.speech.speaking import GRID, Speaking, find_speaking
from mediakit.speech.turns import Voices
from mediakit.speech.two_channels import part_talkers


def voiceprints(people: int, each: int, seed: int = 1, spread: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Return vectors of ``people`` one after the other, and who each is of."""
    draw = np.random.default_rng(seed)
    centres = np.linalg.qr(draw.standard_normal((64, 64)))[0][:people]
    truth = np.repeat(np.arange(people), each)
    vectors = centres[truth] + spread * draw.standard_normal((len(truth), 64)) / 8
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32), truth


def same_groups(labels: np.ndarray, truth: np.ndarray) -> bool:
    return len(set(zip(labels.tolist(), truth.tolist(), strict=True))) == len(set(truth.tolist())) == len(set(labels))


@pytest.mark.parametrize("people", [1, 2, 3, 5])
def test_people_are_counted_and_told_apart(people: int) -> None:
    vectors, truth = voiceprints(people, 12)
    found = cluster_voices(vectors, np.full(len(vectors), 2.0, np.float32))
    assert same_groups(found.labels, truth)
    assert len(found.centres) == people


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_given_number_is_kept_to(count: int) -> None:
    vectors, _ = voiceprints(4, 10)
    assert len(cluster_voices(vectors, np.full(40, 2.0, np.float32), count).centres) == count


def test_who_was_hardly_heard_is_nobody_of_their_own() -> None:
    vectors, truth = voiceprints(3, 10)
    seconds = np.where(truth == 2, 0.1, 2.0).astype(np.float32)
    found = cluster_voices(vectors, seconds)
    assert len(found.centres) == 2
    assert same_groups(found.labels[truth < 2], truth[truth < 2])


def test_thousands_of_voiceprints_are_compared_in_parts_with_the_same_result() -> None:
    vectors, truth = voiceprints(3, 700)
    order = np.random.default_rng(2).permutation(len(vectors))
    found = cluster_voices(vectors[order], np.full(len(vectors), 2.0, np.float32))
    assert same_groups(found.labels, truth[order])


def test_no_voiceprints_are_nobody() -> None:
    found = cluster_voices(np.zeros((0, 192), np.float32), np.zeros(0, np.float32))
    assert isinstance(found, Clusters)
    assert (len(found.labels), len(found.centres)) == (0, 0)
    assert find_speaking([]).turns == ()


def test_two_windows_agree_on_who_speaks() -> None:
    """A window of A then B, and a later one in which B then A have other local numbers."""
    frames = 589
    classes = np.zeros((2, frames), np.uint8)
    classes[0, 60:250], classes[0, 300:560] = 1, 2
    classes[1, 0:260], classes[1, 300:500] = 1, 2
    vectors, _ = voiceprints(2, 2)
    a1, a2, b1, b2 = vectors
    voices = Voices(
        starts=np.array([0.0, 5.0]),
        channels=np.zeros(2, np.int64),
        classes=classes,
        owners=np.array([[0, 0, 60, 250], [0, 1, 300, 560], [1, 0, 0, 260], [1, 1, 300, 500]]),
        seconds=np.full(4, 3.0, np.float32),
        vectors=np.stack([a1, b1, b2, a2]),
    )
    found = find_speaking([voices])
    assert found.count == 2
    spoken = [(turn.speaker, turn.start, turn.end) for turn in found.turns]
    assert [who for who, _, _ in spoken] == [0, 1, 0]
    edges = [edge for _, start, end in spoken for edge in (start, end)]
    assert edges == pytest.approx([1.04, 4.25, 5.09, 9.42, 10.09, 13.47], abs=0.1)
    assert found.together == ()


def speaking(*turns: tuple[int, float, float], seconds: float = 20.0, channel: int = 0) -> Speaking:
    rows = np.zeros((round(seconds * GRID), 1 + max(who for who, _, _ in turns)), np.float32)
    for who, start, end in turns:
        rows[round(start * GRID) : round(end * GRID), who] = 1.0
    return Speaking(rows.shape[1], {channel: rows})


def segment(text: str, start: float, step: float = 0.4, **more: object) -> Segment:
    words = tuple(
        Word(text=word, start=round(start + n * step, 3), end=round(start + (n + 1) * step, 3))
        for n, word in enumerate(text.split())
    )
    return Segment(start=words[0].start, end=words[-1].end, text=text, words=words, **more)


def told(segments: tuple[Segment, ...]) -> list[tuple[str | None, str]]:
    return [(one.speaker, one.text) for one in segments]


def test_a_sentence_is_parted_where_the_voice_changes() -> None:
    spoken = segment("so what can I say oh I do not hear that", 0.0)
    assert told(attribute([spoken], speaking((0, 0.0, 2.0), (1, 2.0, 5.0)))) == [
        ("S1", "so what can I say"),
        ("S2", "oh I do not hear that"),
    ]


def test_a_breath_of_another_voice_inside_a_sentence_parts_nothing() -> None:
    spoken = segment("this is one long sentence of one person", 0.0)
    found = attribute([spoken], speaking((0, 0.0, 1.3), (1, 1.3, 1.5), (0, 1.5, 4.0)))
    assert told(found) == [("S1", spoken.text)]
    assert found[0].words == spoken.words


def test_a_sentence_of_the_script_stays_whole_and_its_speaker_too() -> None:
    followed = segment("one two three four five six", 0.0, script="followed")
    named = segment("seven eight", 3.0, speaker="旁白")
    both = speaking((0, 0.0, 1.0), (1, 1.0, 4.0))
    assert told(attribute([followed, named], both)) == [("S2", followed.text), ("旁白", named.text)]


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0.1, 3.0)), min_size=1, max_size=8))
def test_every_word_goes_to_one_person_and_none_is_lost(turns: list[tuple[int, float]]) -> None:
    edges = [0.0, *itertools.accumulate(length for _, length in turns)]
    who = speaking(
        *((person, a, b) for (person, _), (a, b) in zip(turns, itertools.pairwise(edges), strict=True)), seconds=30
    )
    spoken = segment(" ".join(f"w{n}" for n in range(20)), 0.0)
    found = attribute([spoken], who)
    assert tuple(word for one in found for word in one.words) == spoken.words
    assert all(one.speaker is not None for one in found)


def test_what_is_said_at_once_stands_one_after_the_other_without_losing_a_word() -> None:
    long = segment("he began a confused complaint against the wizard", 0.3, 0.5, speaker="S1")
    short = segment("the horizon seems distant", 0.6, speaker="S2")
    merged = merge_channels([[long], [short]], 6.0)
    assert [one.speaker for one in merged] == ["S1", "S2"]
    assert [word.text for one in merged for word in one.words] == [*long.text.split(), *short.text.split()]
    words = [word for one in merged for word in one.words]
    assert all(a.end <= b.start for a, b in itertools.pairwise(words))
    assert all(word.end - word.start >= 0.1 for word in words)


def noise(seconds: float, seed: int, *loud: tuple[float, float]) -> np.ndarray:
    sound = np.random.default_rng(seed).standard_normal(round(seconds * 16_000)).astype(np.float32)
    gain = np.full(len(sound), 1e-4, np.float32)
    for start, end in loud:
        gain[round(start * 16_000) : round(end * 16_000)] = 0.1
    return sound * gain


def test_people_on_a_microphone_each_are_parted_and_what_leaks_is_taken_out() -> None:
    one, two = noise(12, 1, (0.5, 3), (6, 8)), noise(12, 2, (3.2, 5.8), (8.2, 11))
    parted = part_talkers(one + 0.15 * two, two + 0.15 * one)
    assert parted is not None
    for got, own, other in ((parted[0], one, two), (parted[1], two, one)):
        loud = np.abs(own) > 0.01
        assert np.corrcoef(got[loud], own[loud])[0, 1] > 0.98
        leaked = (np.abs(other) > 0.01) & ~loud
        assert np.sqrt(np.mean(got[leaked] ** 2)) < 0.3 * 0.15 * 0.1


def test_ordinary_stereo_is_not_parted() -> None:
    voice, ambience = noise(12, 1, (0.5, 3), (5, 9)), [0.02 * noise(12, seed, (0, 12)) for seed in (2, 3)]
    assert part_talkers(voice + ambience[0], 0.8 * voice + ambience[1]) is None
    assert part_talkers(voice, np.zeros_like(voice)) is None
    assert part_talkers(voice, voice) is None
    assert part_talkers(np.zeros(0, np.float32), np.zeros(0, np.float32)) is None


NAMES = """\
schema: mediakit/speakers/1
entries:
  - {name: 沈秋岚, id: 2}
  - {name: 旁白, first_words: 云岭的雨}
"""


def test_names_by_id_by_time_and_by_first_words(tmp_path: Path) -> None:
    (tmp_path / "speakers.yaml").write_text(NAMES + '  - {name: 周师傅, at: "0:08-0:09"}\n', encoding="utf-8")
    who = speaking((0, 0.0, 3.0), (1, 3.0, 6.0), (2, 7.0, 10.0))
    segments = attribute(
        [segment("云岭的雨， 还没有停。", 0.5), segment("我叫 沈秋岚。", 3.5), segment("我 是 老周", 7.5)], who
    )
    named, warnings = name_speakers(segments, who, read_speaker_names(tmp_path / "speakers.yaml"))
    assert [one.speaker for one in named] == ["旁白", "沈秋岚", "周师傅"]
    assert warnings == []


def test_names_that_fit_nobody_or_one_voice_twice_are_told() -> None:
    who = speaking((0, 0.0, 3.0), (1, 3.0, 6.0))
    segments = attribute([segment("one two", 0.5), segment("three four", 3.5)], who)
    entries = [
        {"name": "A", "id": "S1"},
        {"name": "B", "at": "1-2"},
        {"name": "C", "id": "S3"},
        {"name": "D", "first_words": "nobody says this"},
        {"name": "E", "at": "0:15"},
    ]
    named, warnings = name_speakers(segments, who, SpeakerNames.model_validate({"entries": entries}))
    assert [one.speaker for one in named] == ["A", "S2"]
    assert "A and B were taken for one voice (S1)" in warnings[0]
    assert [warning.split(" ")[0] for warning in warnings[1:]] == ["C", "D", "E"]


def test_two_ids_may_be_one_person_and_a_script_s_names_are_taken_over() -> None:
    who = speaking((0, 0.0, 3.0), (1, 3.0, 6.0), (2, 6.0, 9.0))
    segments = [
        segment("a b c d e", 0.2),
        segment("f g h i", 3.2),
        segment("j k l m n", 6.2, speaker="旁白"),
        segment("o", 8.4),
    ]
    names = SpeakerNames.model_validate({"entries": [{"name": "周", "id": "S1"}, {"name": "周", "id": "S2"}]})
    named, _ = name_speakers(attribute(segments, who), who, names)
    assert [one.speaker for one in named] == ["周", "周", "旁白", "旁白"]


@pytest.mark.parametrize(
    ("entry", "line", "message"),
    [
        ("{name: A}", 4, "needs one of id, at and first_words"),
        ("{name: A, id: S1, at: 0-3}", 4, "needs one of id, at and first_words"),
        ("{name: A, id: one}", 4, "id"),
        ("{name: A, at: 0:09-0:03}", 4, "not a stretch of time"),
        ("{name: A, voice: S1}", 4, "voice"),
        ("{name: A, id: S2}", 4, "called both"),
    ],
)
def test_a_wrong_list_of_names_is_refused_by_its_line(tmp_path: Path, entry: str, line: int, message: str) -> None:
    path = tmp_path / "speakers.yaml"
    path.write_text(f"schema: mediakit/speakers/1\nentries:\n  - {{name: B, id: S2}}\n  - {entry}\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=message) as caught:
        read_speaker_names(path)
    assert caught.value.line == line
    assert "speakers.yaml" in str(caught.value)


def test_error_rates_are_those_of_a_worked_example() -> None:
    """Ten seconds of A and B; the answer calls them x and y, is a second late, invents one, and misses an overlap."""
    reference = [Spoken("A", 0, 6), Spoken("B", 5, 10)]
    answer = [Spoken("x", 0, 7), Spoken("y", 7, 11)]
    whole = measure_speaker_error(reference, answer)
    assert (whole.speech, whole.missed, whole.invented, whole.mistaken) == (11, 1, 1, 1)
    assert whole.rate == pytest.approx(3 / 11)
    single = measure_speaker_error(reference, answer, overlaps=False)
    assert (single.speech, single.missed, single.invented, single.mistaken) == (9, 0, 1, 1)
    collared = measure_speaker_error(reference, answer, collar=0.5)
    assert (collared.speech, collared.missed, collared.invented, collared.mistaken) == (7, 0, 0.5, 0.5)


def test_nothing_said_and_nothing_found() -> None:
    assert measure_speaker_error([], []).rate == 0
    assert measure_speaker_error([], [Spoken("x", 0, 1)]).rate == float("inf")
    assert measure_speaker_error([Spoken("A", 0, 2)], []).rate == 1


@given(st.lists(st.lists(st.integers(0, 9), min_size=4, max_size=4), min_size=1, max_size=5))
def test_the_assignment_is_the_best_of_all(worth: list[list[int]]) -> None:
    rows, columns = len(worth), 4
    found = assign(worth)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == min(rows, columns)
    tall = [[worth[i][j] if i < rows else 0 for j in range(columns)] for i in range(max(rows, columns))]
    best = max(
        sum(tall[row][column] for column, row in enumerate(chosen))
        for chosen in itertools.permutations(range(len(tall)), columns)
    )
    assert sum(worth[row][column] for row, column in found) == best


def test_rttm_is_read_and_a_broken_line_named(tmp_path: Path) -> None:
    path = tmp_path / "a.rttm"
    path.write_text(";; comment\nSPEAKER a 1 6.690 0.430 <NA> <NA> s90 <NA> <NA>\n", encoding="utf-8")
    assert read_rttm(path) == (Spoken("s90", 6.69, 7.12),)
    path.write_text("SPEAKER a 1 soon 0.430 <NA> <NA> s90\n", encoding="utf-8")
    with pytest.raises(InputError, match="line 1"):
        read_rttm(path)
