"""Parts of a score: ranks, weights, the voice in its sound, the picture, and the comparison with an editor."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from mediakit.highlights.candidates import Candidate
from mediakit.highlights.comparing import compare_choice, lay_tiles, measure_iou, rate_agreement
from mediakit.highlights.finding import Request
from mediakit.highlights.picture import measure_picture
from mediakit.highlights.propose import propose_shorts
from mediakit.highlights.ranks import mean_ranks, rank_values
from mediakit.highlights.scoring import DEFAULT_WEIGHTS, PARTS, score_candidates
from mediakit.highlights.sentences import Sentence
from mediakit.highlights.voice import FRAMES, Voice, analyse_voice, join_voices, measure_voice
from mediakit.media.picture import Area, Movement, Person, PictureRecord, Shot, Sighting
from mediakit.media.shorts import Short, ShortsList, ShortSpan
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.steps.highlights import HighlightsSettings

RATE = 16_000


def test_ranks_are_places_among_all() -> None:
    assert rank_values([10.0, 30.0, 20.0]) == [0.0, 1.0, 0.5]
    assert rank_values([1.0, 1.0, 5.0]) == [0.25, 0.25, 1.0]
    assert rank_values([None, 2.0, 1.0]) == [None, 1.0, 0.0]
    assert rank_values([7.0]) == [0.5]
    assert mean_ranks([[1.0, 2.0, None], [2.0, 1.0, None]]) == [0.5, 0.5, None]


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30), st.floats(0.1, 100))
def test_ranks_do_not_depend_on_the_unit(values: list[float], factor: float) -> None:
    whole = [float(round(value)) for value in values]
    ranks = rank_values(whole)
    assert ranks == rank_values([value * 2 for value in whole])
    assert sum(rank for rank in ranks if rank is not None) == pytest.approx(len(whole) / 2)


def test_a_part_without_a_value_is_left_out_of_the_mean() -> None:
    runs = [Candidate(0, 1, 0, 20), Candidate(1, 2, 20, 40)]
    measured = {"story": [1.0, 0.0], "voice": [None, 1.0]}
    one, two = score_candidates(runs, measured, {"story": 0.5, "voice": 0.5}, [(), ("opens badly",)])
    assert (one.score, one.parts) == (1.0, {"story": 1.0})
    assert (two.score, two.parts) == (0.25, {"story": 0.0, "voice": 0.5})
    assert (one.held, two.held) == (False, True)


def test_weights_are_checked_with_the_nearest_right_name() -> None:
    assert set(PARTS) == set(DEFAULT_WEIGHTS)
    assert HighlightsSettings(weights={"voice": 0.2}).weights == {"voice": 0.2}
    for weights, said in (
        ({"salianse": 0.3}, "has no part 'salianse': did you mean salience?"),
        ({"voice": -1.0}, "the weight of voice must be 0 or more"),
        ({"voice": float("nan")}, "the weight of voice must be 0 or more"),
        (dict.fromkeys(DEFAULT_WEIGHTS, 0.0), "all weights are 0"),
    ):
        with pytest.raises(ValidationError, match=said.replace("?", r"\?")):
            HighlightsSettings(weights=weights)


def test_weights_change_the_choice() -> None:
    texts = ("他在这里走了二十年的夜路啊。", "王建国2019年在北京领了3枚奖章。", "我不怕黑，我从来没有怕过黑。")
    segments, now = [], 1.0
    for text in texts:
        words = tuple(Word(text=c, start=now + 0.4 * k, end=now + 0.4 * (k + 1)) for k, c in enumerate(text[:-1]))
        segments.append(Segment(start=now, end=words[-1].end, text=text, words=words))
        now = words[-1].end + 6
    transcript = Transcript(
        language="zh", duration=now, recogniser=Recogniser(engine="import"), segments=tuple(segments)
    )

    def first(**weights: float) -> str:
        only = {**dict.fromkeys(DEFAULT_WEIGHTS, 0.0), **weights}
        return propose_shorts(transcript, Request(1, 3, 9, only)).shorts.shorts[0].opens_with

    assert first(facts=1.0) == texts[1]
    assert first(quotability=1.0) == texts[2]


def tone(hertz: float, seconds: float, loudness: float = 0.3) -> np.ndarray:
    """Return a voice-like tone: a fundamental with falling harmonics."""
    t = np.arange(round(seconds * RATE)) / RATE
    return loudness * sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 6)).astype(np.float32) / 2


@pytest.mark.parametrize("hertz", [82.0, 110.0, 147.0, 220.0, 330.0])
def test_pitch_of_a_known_tone(hertz: float) -> None:
    voice = analyse_voice(tone(hertz, 1.0), RATE, 0.0)
    inner = voice.pitch[5:-5].astype(float)
    assert (inner > 0).all()
    found = 65.0 * 2 ** ((np.median(inner) - 1) / 60)
    assert abs(12 * np.log2(found / hertz)) < 0.3, "within a third of a semitone"


def test_noise_and_silence_have_no_pitch_and_louder_is_louder() -> None:
    noise = np.random.default_rng(7).normal(0, 0.1, RATE).astype(np.float32)
    assert (analyse_voice(noise, RATE, 0.0).pitch > 0).mean() < 0.1
    silence = analyse_voice(np.zeros(RATE, np.float32), RATE, 0.0)
    assert not silence.pitch.any()
    assert not silence.level.any()
    loud, soft = (analyse_voice(tone(150, 1.0, one), RATE, 0.0).level.mean() for one in (0.4, 0.1))
    assert loud - soft == pytest.approx(12.04, abs=0.6)


def test_sections_join_to_what_the_whole_gives(tmp_path: Path) -> None:
    sound = np.concatenate([tone(120, 1.5), tone(200, 1.5)])
    whole = analyse_voice(sound, RATE, 0.0)
    middle = 24_123  # not on a frame
    parts = [analyse_voice(sound[:middle], RATE, 0.0), analyse_voice(sound[middle:], RATE, middle / RATE)]
    for k, part in enumerate(parts):
        part.write(tmp_path / f"{k}.npz")
    joined = join_voices([Voice.read(tmp_path / f"{k}.npz") for k in range(2)])
    assert joined is not None
    assert joined.first == 0
    assert len(joined.level) == len(whole.level)
    differing = int((joined.pitch != whole.pitch).sum())
    assert differing <= 6, "only frames across the cut differ"
    assert join_voices([]) is None
    assert analyse_voice(np.zeros(10, np.float32), RATE, 0.0).level.size == 0


def test_a_voice_stands_out_against_its_own_speaker() -> None:
    sound = np.concatenate(
        [tone(110, 3, 0.1), tone(110, 3, 0.1), tone(160, 3, 0.3), tone(220, 3, 0.6), tone(220, 3, 0.6)]
    )
    voice = analyse_voice(sound, RATE, 0.0)
    who = ("甲", "甲", "甲", "乙", "乙")
    sentences = [Sentence("一二三四五六七八九", 3.0 * k, 3.0 * k + 3, who[k], True) for k in range(5)]
    runs = [Candidate(k, k + 1, 3.0 * k, 3.0 * k + 3) for k in range(5)]
    ranks = measure_voice(runs, sentences, voice)
    assert max(range(5), key=lambda k: ranks[k] or 0) == 2, "raised over its own usual, not the louder speaker"
    assert ranks[3] == ranks[4]
    unheard = Voice(0, np.zeros(15 * FRAMES, np.uint8), np.zeros(15 * FRAMES, np.uint8))
    assert measure_voice(runs, sentences, unheard) == [None] * 5


def test_faces_movement_and_changes_of_shot_raise_the_picture() -> None:
    face = Person(id=1, sightings=tuple(Sighting(time=t, area=_area(0.4), confidence=0.9) for t in (20.0, 28.0, 36.0)))
    moving = tuple(Movement(time=20.0 + k, x=0.5, y=0.5, amount=0.2) for k in range(0, 20, 2))
    shots = (
        Shot(start=0, end=20),
        Shot(start=20, end=36, persons=(face,), movement=moving),
        Shot(start=36, end=40),
        Shot(start=40, end=60),
    )
    record = PictureRecord(width=1920, height=1080, fps=Fraction(25), duration=60, shots=shots)
    runs = [Candidate(0, 1, 0.0, 18.0), Candidate(1, 2, 21.0, 39.5), Candidate(2, 3, 41.0, 59.0)]
    still, lively, other = measure_picture(runs, record)
    assert lively == 1.0
    assert still == other
    assert measure_picture([Candidate(0, 1, 80.0, 95.0)], record) == [None]


def _area(height: float) -> Area:
    return Area(x=0.4, y=0.2, width=0.2, height=height)


def choose(*spans: tuple[float, float]) -> ShortsList:
    shorts = (Short(id=f"c{k}", spans=(ShortSpan(start=a, end=b),)) for k, (a, b) in enumerate(spans))
    return ShortsList(shorts=tuple(shorts))


RUNS = [Candidate(k, k + 2, 10.0 * k, 10.0 * k + 20) for k in range(28)]


def test_agreement_with_an_editor() -> None:
    assert measure_iou([(0, 10)], [(5, 15)]) == pytest.approx(1 / 3)
    assert measure_iou([(0, 4), (6, 10)], [(0, 10)]) == pytest.approx(0.8)
    editors = [[(0.0, 20.0)], [(100.0, 120.0)]]
    exact = rate_agreement([RUNS[0], RUNS[10]], editors)
    assert (exact.precision, exact.recall, exact.overlap, exact.iou) == (1, 1, 1, 1)
    half = rate_agreement([RUNS[0], RUNS[20]], editors)
    assert (half.precision, half.recall, half.overlap) == (0.5, 0.5, 0.5)
    assert rate_agreement([RUNS[0]], [[(0.0, 20.0)], [(1.0, 20.0)]]).recall == 0.5, "one meets one"
    assert rate_agreement([], editors).precision == 0


def test_the_comparison_knows_its_baselines() -> None:
    chosen = [RUNS[5], RUNS[20]]
    made = compare_choice(chosen, ["a", "b"], choose((50, 70), (200, 218), (10, 18)), RUNS, 20.0, 300.0)
    assert made.ours.precision == 1
    assert made.ours.recall == pytest.approx(2 / 3, abs=1e-3)
    assert [(met.choice, met.short) for met in made.met] == [("c0", "a"), ("c1", "b"), ("c2", "")]
    assert set(made.baselines) == {"first", "centre", "even"}
    assert made.beaten > 0.95
    low, high = made.random_interval
    assert low <= made.random.precision <= high < 1.01
    assert compare_choice(chosen, ["a", "b"], choose((50, 70)), RUNS, 20.0, 300.0) == compare_choice(
        chosen, ["a", "b"], choose((50, 70)), RUNS, 20.0, 300.0
    )
    tiles = lay_tiles(RUNS, 20.0)
    assert [tile.start for tile in tiles[:3]] == [0.0, 20.0, 40.0]
