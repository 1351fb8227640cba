"""Speakers told apart in real sound: the samples' voices in known turns, and recordings with their truth if present."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from voice_factory import SAMPLES, read_turns, write_wav

from mediakit.speech.net_voice import BANDS
from mediakit.speech.sound import RATE, Stretch, read_stretch
from mediakit.speech.speaker_error import Spoken, measure_speaker_error, read_rttm
from mediakit.speech.speaking import Speaking, find_speaking
from mediakit.speech.turns import VoiceReader, Voices
from mediakit.speech.two_channels import read_talkers
from mediakit.speech.voiceprints import VoiceNetwork, measure_features
from mediakit.tools.checkpoint import read_checkpoint
from mediakit.tools.voice_models import find_voice_models, has_voice_models

pytestmark = pytest.mark.skipif(not has_voice_models(), reason="the voice models are not installed")
CLIPS = Path(os.environ.get("MEDIAKIT_TEST_CLIPS", SAMPLES.parents[1] / "shared" / "media")) / "multi_speaker"


@pytest.fixture(scope="module")
def reader() -> VoiceReader:
    models = find_voice_models()
    return VoiceReader.load(models.turns, models.voices)


def rate(found: Speaking, truth: Sequence[Spoken], collar: float = 0.25) -> float:
    answer = [Spoken(str(turn.speaker), turn.start, turn.end) for turn in found.turns]
    return measure_speaker_error(truth, answer, collar=collar).rate


def test_two_voices_are_found_with_their_turns_and_the_same_bytes_each_time(
    reader: VoiceReader, tmp_path: Path
) -> None:
    sound, turns = read_turns()
    voices = reader.read(Stretch(0.0, sound))
    found = find_speaking([voices])
    assert found.count == 2
    assert [turn.speaker for turn in found.turns] == [0, 1, 0, 1]
    assert rate(found, [Spoken(language, start, end) for language, start, end, _ in turns]) < 0.03
    for name in ("a.npz", "b.npz"):
        reader.read(Stretch(0.0, sound)).write(tmp_path / name)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    kept = find_speaking([Voices.read(tmp_path / "a.npz")])
    assert kept.turns == found.turns


def test_sections_are_joined_by_voice(reader: VoiceReader) -> None:
    sound, turns = read_turns()
    cut = round((turns[1][2] + 0.2) * RATE)
    parts = [Stretch(0.0, sound[:cut]), Stretch(cut / RATE, sound[cut:])]
    found = find_speaking([reader.read(part) for part in parts])
    assert [turn.speaker for turn in found.turns] == [0, 1, 0, 1]


def test_one_voice_is_one_person_and_no_voice_is_nobody(reader: VoiceReader) -> None:
    narration = read_stretch(SAMPLES / "zh" / "narration.flac", 0, 0.0, 40.0)
    assert find_speaking([reader.read(narration)]).count == 1
    seconds = np.arange(12 * RATE) / RATE
    chords = sum(0.1 * np.sin(2 * np.pi * hertz * seconds) for hertz in (220, 277, 330)) * (1 + np.sin(4 * seconds))
    hiss = 0.02 * np.random.default_rng(3).standard_normal(12 * RATE)
    for sound in (chords, hiss, 0 * hiss, hiss[:100]):
        found = find_speaking([reader.read(Stretch(0.0, sound.astype(np.float32)))])
        assert (found.count, found.turns) == (0, ())


def test_people_on_two_channels_are_kept_apart_while_both_speak(reader: VoiceReader, tmp_path: Path) -> None:
    sound, turns = read_turns()
    sides = []
    for side in ("zh", "en"):
        own = np.zeros_like(sound)
        for language, start, end, _ in turns:
            if language == side:
                low, high = round(start * RATE), round(end * RATE)
                shift = -round(2.0 * RATE) if language == "en" else 0  # the answer comes before the question is over
                own[low + shift : high + shift] += sound[low:high]
        sides.append(own)
    path = write_wav(tmp_path / "stereo.wav", *sides)
    mix, talkers = read_talkers(path, 0, 0, 1, channel=None, apart=True)
    assert list(talkers) == [1, 2]
    for number, own in enumerate(sides, 1):
        got = talkers[number].samples
        assert np.corrcoef(got, own[: len(got)])[0, 1] > 0.97
    found = find_speaking([reader.read(talker, number) for number, talker in talkers.items()])
    assert {(turn.channel, turn.speaker) for turn in found.turns} == {(1, 0), (2, 1)}
    assert sum(end - start for start, end in found.together) > 2
    assert list(read_talkers(write_wav(tmp_path / "dual.wav", sound, sound), 0, 0, 1, channel=None, apart=True)[1]) == [
        0
    ]
    assert len(mix.samples) == len(sound)


def test_a_voiceprint_tells_voices_of_any_length(reader: VoiceReader) -> None:
    features = {
        name: measure_features(read_stretch(SAMPLES / name / "narration.flac", 0, 4.4, 18.9).samples)
        for name in ("zh", "en")
    }
    assert features["zh"].shape[1] == BANDS
    network = VoiceNetwork.load(read_checkpoint(find_voice_models().voices))
    whole = network.embed(features["zh"])
    assert np.linalg.norm(whole) == pytest.approx(1.0, abs=1e-4)
    for frames in (150, 201, 399, 590):
        assert whole @ network.embed(features["zh"][100 : 100 + frames]) > 0.5
        assert whole @ network.embed(features["en"][100 : 100 + frames]) < 0.35


@pytest.mark.slow
@pytest.mark.parametrize(("name", "people"), [("pyannote_sample_2spk_phone.wav", 2), ("falcon_3spk.wav", 3)])
def test_recordings_with_their_truth(reader: VoiceReader, name: str, people: int) -> None:
    path = CLIPS / name
    if not path.is_file():
        pytest.skip(f"{name} is not here")
    if path.with_name(name + ".rttm").is_file():
        truth = list(read_rttm(path.with_name(name + ".rttm")))
    else:
        rows = json.loads(path.with_name(name + ".segments.json").read_text(encoding="utf-8"))["segments"]
        truth = [Spoken(str(row["speaker_tag"]), row["start_sec"], row["end_sec"]) for row in rows]
    found = find_speaking([reader.read(read_stretch(path, 0, 0.0, None))])
    assert found.count == people
    assert rate(found, truth, collar=0.0) < 0.10
    assert rate(found, truth) < 0.02
