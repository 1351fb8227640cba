"""Both engines on equal weights: the same words at the same times, on the samples' own narrations."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest
from whisper_weights import write_checkpoint

from mediakit.speech.hearing import Listening
from mediakit.speech.listening import hear_section
from mediakit.speech.recogniser import EngineName, Recogniser, load_recogniser
from mediakit.speech.sound import Stretch, read_stretch
from mediakit.tools.models import SpeechModel, find_model

SAMPLES = Path(__file__).parents[2] / "samples"
BARE = {"beam_size": 1, "vad": False, "condition": False, "plain": True}


@lru_cache(maxsize=1)
def packaged() -> SpeechModel:
    return find_model("base")


@lru_cache(maxsize=2)
def engine(name: EngineName) -> Recogniser:
    return load_recogniser(name, packaged(), "float32", 2)


def narration(language: str, seconds: float) -> Stretch:
    return read_stretch(SAMPLES / language / "narration.flac", 0, 0, seconds)


def differences(language: str, seconds: float) -> list[str]:
    """Return what the engines hear differently, a line a word."""
    heard = [
        hear_section(engine(name), narration(language, seconds), Listening(language=language, **BARE))  # type: ignore[arg-type]
        for name in ("faster-whisper", "openai-whisper")
    ]
    first, second = ([word for run in one.runs for word in run.words] for one in heard)
    assert len(first) > 20
    lines = [f"{len(first)} words against {len(second)}"] if len(first) != len(second) else []
    for here, there in zip(first, second, strict=False):
        if here.text != there.text or abs(here.start - there.start) > 0.041 or abs(here.end - there.end) > 0.041:
            lines.append(f"{here.start:.2f} {here.text!r} against {there.start:.2f} {there.text!r}")
        elif abs((here.probability or 0) - (there.probability or 0)) > 0.01:
            lines.append(f"{here.start:.2f} {here.text!r}: {here.probability} against {there.probability}")
    return lines


@pytest.mark.slow
@pytest.mark.parametrize(("language", "seconds"), [("zh", 11.2), ("en", 12.9)])
def test_both_engines_hear_the_same_words(language: str, seconds: float) -> None:
    assert differences(language, seconds) == []


@pytest.mark.slow
def test_both_engines_are_as_sure_of_the_language() -> None:
    sound = narration("zh", 7.2)
    engines = [engine(name) for name in ("faster-whisper", "openai-whisper")]
    first, second = (one.detect_language(*one.encode([sound.samples])) for one in engines)
    assert max(first, key=lambda code: first[code]) == max(second, key=lambda code: second[code]) == "zh"
    assert first["zh"] == pytest.approx(second["zh"], abs=0.01)
    assert engine("openai-whisper").count_tokens("云岭的雨") == engine("faster-whisper").count_tokens("云岭的雨")
    assert set(engine("openai-whisper").languages) == set(engine("faster-whisper").languages) - {"yue"}


@pytest.mark.slow
def test_a_checkpoint_hears_what_its_folder_hears(tmp_path: Path) -> None:
    path = write_checkpoint(packaged().path, tmp_path / "base.pt")
    checkpoint = load_recogniser("openai-whisper", find_model(str(path), checkpoints=True), "float32", 2)
    how = Listening(language="zh", **BARE)  # type: ignore[arg-type]
    sound = narration("zh", 7.2)
    assert hear_section(checkpoint, sound, how) == hear_section(engine("openai-whisper"), sound, how)


@pytest.mark.slow
def test_neither_threads_nor_what_is_heard_beside_it_change_a_window() -> None:
    sound = narration("zh", 62)
    how = Listening(language="zh")
    lone = load_recogniser("faster-whisper", packaged(), "int8", 1, parallel=False)
    many = load_recogniser("faster-whisper", packaged(), "int8", 3)
    first, second = hear_section(lone, sound, how), hear_section(many, sound, how)
    assert first == second
    words = [word for run in first.runs for word in run.words]
    assert len(words) > 100
    assert words[-1].end > 55
