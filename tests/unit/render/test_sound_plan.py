"""How a loudness is reached, without encoding anything."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Audio
from mediakit.media.info import AudioStream, MediaInfo, VideoStream
from mediakit.render.downmix import fold_layout
from mediakit.render.mix import mix_spans
from mediakit.render.sound import _correct, _first_take, _miss, _Take, codec_options, container_options
from mediakit.render.sound_source import SoundSource
from mediakit.tools.loudness import Loudness

PROFILE = load_profiles().loudness["gyt377_noisy"]
AAC = Audio(codec="aac", bit_rate=128_000, loudness="gyt377_noisy")


def loud(integrated: float | None, peak: float | None = -6.0) -> Loudness:
    return Loudness(integrated, peak, 5.0, None)


def test_the_first_gain_is_the_distance_to_the_target() -> None:
    take = _first_take(loud(-23.0), PROFILE, AAC)
    assert take.gain_db == pytest.approx(8.0)
    assert take.ceiling_db < PROFILE.true_peak_dbtp
    assert take.notes == ()


@pytest.mark.parametrize(
    ("found", "gain", "words"),
    [
        (loud(None, None), 0.0, "silent"),
        (loud(None, -20.0), 0.0, "too short or too quiet"),
        (loud(-60.0), 30.0, "very quiet (-60.0 LUFS)"),
    ],
)
def test_silence_and_near_silence_are_not_blown_up(found: Loudness, gain: float, words: str) -> None:
    take = _first_take(found, PROFILE, AAC)
    assert take.gain_db == gain
    assert take.steady
    assert words in take.notes[0]


def test_a_peak_beyond_the_limit_lowers_the_ceiling_and_loudness_moves_the_gain() -> None:
    take = _Take(8.0, -1.7, -15.0)
    better = _correct(take, loud(-15.8, -0.4), PROFILE)
    assert better.gain_db == pytest.approx(8.8)
    assert better.aim_lufs == pytest.approx(-14.2)
    assert better.ceiling_db == pytest.approx(-1.7 - 0.65 - 0.1)
    assert _miss(loud(-15.2, -1.1), PROFILE, take) <= 0 < _miss(loud(-15.2, -1.0), PROFILE, take)
    assert _miss(loud(-15.2, -0.9), PROFILE, take) > _miss(loud(-16.5, -1.2), PROFILE, take) > 0


def test_lengths_of_many_spans_add_up_to_the_sample() -> None:
    third = Fraction(1001, 30000)
    spans = [(Fraction(n), n + third) for n in range(100)]
    mix = mix_spans(SoundSource(Path("a.wav"), (0,), 2, "stereo"), spans, third * 100)
    places = [event.samples(48000) for event in mix.events]
    assert places[0][0] == 0
    assert places[-1][1] == round(third * 100 * 48000)
    assert all(before[1] == after[0] for before, after in pairwise(places))
    lengths = [end - first for first, end in places]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize(
    ("layout", "channels", "left", "right"),
    [
        ("mono", 1, [1], [1]),
        ("stereo", 2, [1, 0], [0, 1]),
        ("5.1(side)", 6, [1, 0, 0.7071, 0, 0.7071, 0], [0, 1, 0.7071, 0, 0, 0.7071]),
        ("6.1", 7, [1, 0, 0.7071, 0, 0.5, 0.7071, 0], [0, 1, 0.7071, 0, 0.5, 0, 0.7071]),
        ("4 channels", 4, [1, 0, 0, 0], [0, 1, 0, 0]),
    ],
)
def test_downmix(layout: str, channels: int, left: list[float], right: list[float]) -> None:
    folded = fold_layout(layout, channels)
    assert folded[0] == pytest.approx(left, abs=1e-4)
    assert folded[1] == pytest.approx(right, abs=1e-4)


def _info(container: str, *streams: AudioStream) -> MediaInfo:
    picture = VideoStream(
        index=0,
        codec="h264",
        width=2,
        height=2,
        display_width=2,
        display_height=2,
        pixel_format="yuv420p",
        fps=Fraction(25),
        frames=1,
        start=1.4,
        duration=1,
    )
    return MediaInfo(
        container=container, size=1, digest="0" * 64, duration=1, start=1.4, video=(picture,), audio=streams
    )


def _stream(index: int, channels: int = 1, **more: object) -> AudioStream:
    values = {
        "codec": "pcm_s24le",
        "sample_rate": 48000,
        "layout": "mono" if channels == 1 else "stereo",
        "duration": 9,
    }
    return AudioStream.model_validate({"index": index, "channels": channels, **values, **more})


def test_which_streams_are_the_programme() -> None:
    path = Path("a.mxf")
    four = SoundSource.of(path, _info("mxf", *(_stream(n) for n in range(1, 5))))
    assert four is not None
    assert four.streams == (0, 1)
    assert four.zero == Fraction(1.4)
    languages = SoundSource.of(path, _info("mxf", _stream(1, language="zh"), _stream(2, language="en")))
    assert languages is not None
    assert languages.streams == (0,)
    mixed = SoundSource.of(path, _info("matroska", _stream(1), _stream(2, 2)))
    assert mixed is not None
    assert mixed.streams == (1,)
    assert SoundSource.of(path, _info("mxf")) is None


def test_options_are_exact_and_the_wave_file_is_a_broadcast_one() -> None:
    assert "+bitexact" in codec_options(AAC)
    assert "-write_bext" in container_options("bwf")
    assert "-write_bext" not in container_options("wav")
    assert "128000" in codec_options(AAC)
