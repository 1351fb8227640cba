"""A mix's samples against what is true of its sources: places, levels, crossfades, ducking, clean-up, tracks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_factory import make_clip, run

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Audio
from mediakit.errors import InputError
from mediakit.media.digests import digest_file
from mediakit.media.info import MediaInfo
from mediakit.media.tracks import map_tracks
from mediakit.render.mix import Cleanup, Mix, SoundEvent, append_credits, mix_spans
from mediakit.render.mixing import MixedSound, write_mix
from mediakit.render.sound import make_sound
from mediakit.render.sound_source import SoundSource
from mediakit.tools.loudness import measure_loudness
from mediakit.tools.probe import probe_media

RATE = 48_000
PROFILES = load_profiles()


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """Write (n,) or (n, channels) floats as 24-bit PCM."""
    raw = path.with_suffix(".f32")
    data = samples if samples.ndim == 2 else samples[:, None]
    raw.write_bytes(data.astype("<f4").tobytes())
    run(["-f", "f32le", "-ar", str(rate), "-ac", str(data.shape[1]), "-i", raw, "-c:a", "pcm_s24le", path])
    return path


def tone(hertz: float, seconds: float, level: float = 0.1, rate: int = RATE) -> np.ndarray:
    return level * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


def source_of(path: Path) -> SoundSource:
    source = SoundSource.of(path, probe_media(path, digest_file(path)))
    assert source is not None
    return source


def play(folder: Path, mix: Mix, channels: int = 2) -> np.ndarray:
    made: MixedSound = write_mix(mix, channels=channels, rate=RATE, out=folder / "mix.wav")
    with made.path.open("rb") as stream:
        samples = made.read(stream, 0, made.samples)
    assert len(samples) == round(mix.duration * RATE)
    return samples


def level_of(samples: np.ndarray, hertz: int, start: float, seconds: float = 0.5) -> float:
    """The amplitude of a tone in a window of one side."""
    part = samples[round(start * RATE) : round((start + seconds) * RATE)]
    return float(2 * np.abs(np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE) @ part) / len(part))


def event(source: SoundSource, start: float, at: float, length: float, **more: Any) -> SoundEvent:
    exact = [Fraction(str(value)) for value in (start, at, length)]
    return SoundEvent(source, *exact, **more)


def test_tones_sound_when_where_and_as_loud_as_asked(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "clip.mp4", duration=4)  # its two sides are different tones
    other = make_clip(tmp_path / "other.mkv", duration=4, audio="mono", sample_rate=44100, gain_db=-20)
    left, right = clip.frequencies[0]
    (third,) = other.frequencies[0]
    third += 1000
    path = write_wav(tmp_path / "third.wav", tone(third, 4, rate=44100), 44100)
    mix = Mix(
        (
            event(source_of(clip.path), 1, 0, 2),
            event(source_of(path), 0.5, 1, 3, gain_db=-6.0),
            event(source_of(clip.path), 0.2, 6, 1, gain_db=3.0),
        ),
        Fraction(8),
    )
    samples = play(tmp_path, mix)
    whole = 10 ** (-12 / 20)
    assert level_of(samples[:, 0], left, 0.2) == pytest.approx(whole, rel=0.03)
    assert level_of(samples[:, 1], right, 0.2) == pytest.approx(whole, rel=0.03)
    assert level_of(samples[:, 1], left, 0.2) < 0.002
    for side in (0, 1):
        assert level_of(samples[:, side], third, 0.3) < 0.002
        assert level_of(samples[:, side], third, 1.2) == pytest.approx(0.1 * 10 ** (-6 / 20), rel=0.02)
        assert level_of(samples[:, side], third, 3.4) == pytest.approx(0.1 * 10 ** (-6 / 20), rel=0.02)
    assert level_of(samples[:, 0], left, 2.2) < 0.002
    assert np.abs(samples[4 * RATE : 6 * RATE]).max() == 0
    assert level_of(samples[:, 0], left, 6.2) == pytest.approx(whole * 10 ** (3 / 20), rel=0.03)
    assert np.abs(samples[7 * RATE :]).max() == 0


def test_cuts_inside_a_tone_do_not_click(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "tone.wav", tone(997, 10, 0.5))
    source = source_of(path)
    spans = [
        (Fraction(n * 7919 % 9000, 1000), Fraction(n * 7919 % 9000, 1000) + Fraction(1001, 3000)) for n in range(40)
    ]
    samples = play(tmp_path, mix_spans(source, spans, Fraction(1001, 75)))[:, 0]
    curvature = np.abs(np.diff(samples, 2)).max()
    of_the_tone = 0.5 * (2 * np.pi * 997 / RATE) ** 2
    assert curvature < 2 * of_the_tone
    bare = np.concatenate([tone(997, 0.3, 0.5), tone(997, 0.3, 0.5)[17:]])
    assert np.abs(np.diff(bare, 2)).max() > 3 * of_the_tone  # what an unfaded join would look like


def test_a_crossfade_keeps_the_power_and_a_plain_fade_is_straight(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    noises = [write_wav(tmp_path / f"{n}.wav", 0.1 * rng.standard_normal(4 * RATE)) for n in range(2)]
    one, two = (source_of(path) for path in noises)
    mix = Mix(
        (
            event(one, 0, 0, 3, fade_out_s=2.0, curve_out="power"),
            event(two, 0, 1, 3, fade_in_s=2.0, curve_in="power", fade_out_s=1.0),
        ),
        Fraction(4),
    )
    samples = play(tmp_path, mix)[:, 0]
    power = [np.sqrt(np.mean(samples[n * 9600 : (n + 1) * 9600] ** 2)) for n in range(20)]
    assert power[1:15] == pytest.approx([0.1] * 14, rel=0.06)
    assert power[15:] == pytest.approx([0.09, 0.07, 0.05, 0.03, 0.0116], rel=0.08)


def test_beeps_stay_in_place_over_ten_minutes(tmp_path: Path) -> None:
    beep = tone(1000, 0.01, 0.5)
    samples = np.zeros(600 * RATE, np.float32)
    for second in (0, 299, 599):
        samples[second * RATE : second * RATE + len(beep)] = beep
    path = write_wav(tmp_path / "long.wav", samples)
    long = tmp_path / "long.mp4"
    run(["-i", path, "-c:a", "aac", "-b:a", "96k", long])
    for file in (path, long):
        # 1001/30000 s has no whole number of samples: whatever is rounded must not add up.
        step = Fraction(1001, 30000) * 30
        count = int(600 / step)
        spans = [(n * step, (n + 1) * step) for n in range(count)]
        made = play(tmp_path, mix_spans(source_of(file), spans, count * step))[:, 0]
        for second in (299, 599):
            near = made[second * RATE - 200 : second * RATE + 700]
            shifts = range(400)
            best = max(shifts, key=lambda shift: float(near[shift : shift + len(beep)] @ beep))
            assert abs(best - 200) <= 1, (file.name, second)


def test_seeking_lands_on_the_same_samples_as_reading_through(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=12, beeps=(1.0, 5.0, 9.0), audio="stereo")
    for suffix, codec in ((".mkv", "aac"), (".ts", "aac"), (".mp3", "libmp3lame"), (".flac", "flac"), (".aac", "aac")):
        path = tmp_path / f"b{suffix}"
        run(
            [
                "-i",
                clip.path,
                *(["-vn"] if suffix in (".mp3", ".flac", ".aac") else ["-c:v", "copy"]),
                "-c:a",
                codec,
                path,
            ]
        )
        source = source_of(path)
        whole = play(tmp_path, mix_spans(source, [(Fraction(0), Fraction(12))], Fraction(12)))[:, 0]
        part = play(tmp_path, mix_spans(source, [(Fraction(17, 2), Fraction(21, 2))], Fraction(2)))[:, 0]
        expected = whole[round(8.5 * RATE) : round(10.5 * RATE)]
        spread = [float(part[500:-500] @ np.roll(expected, k)[500:-500]) for k in range(-100, 101)]
        allowed = 24 if suffix == ".mkv" else 1  # Matroska rounds times to milliseconds
        assert abs(int(np.argmax(spread)) - 100) <= allowed, suffix


def speech_like(seconds: float, spans: list[tuple[float, float]]) -> np.ndarray:
    """Syllables of noise at 5 Hz inside the spans."""
    rng = np.random.default_rng(3)
    times = np.arange(round(seconds * RATE)) / RATE
    gate = np.zeros(len(times))
    for start, end in spans:
        gate[(times >= start) & (times < end)] = 1
    return 0.12 * rng.standard_normal(len(times)) * gate * (0.3 + 0.7 * np.abs(np.sin(np.pi * 5 * times)))


def music_level(samples: np.ndarray, hertz: int = 3000) -> np.ndarray:
    """Amplitude of the music's tone in dB, 100 values a second."""
    width = RATE // 100
    count = len(samples) // width
    wave = np.exp(-2j * np.pi * hertz * np.arange(count * width) / RATE)
    mean = (samples[: count * width] * wave).reshape(count, width).mean(axis=1)
    return 20 * np.log10(np.abs(mean) * 2 + 1e-9)


@pytest.mark.parametrize("depth", [6.0, 12.0, 20.0])
def test_music_ducks_by_the_depth_ahead_of_speech_and_comes_back(tmp_path: Path, depth: float) -> None:
    talk = [(3.0, 5.0), (5.7, 8.0), (14.0, 16.0)]
    voice = speech_like(22, talk)
    music = write_wav(tmp_path / "music.wav", tone(3000, 22, 0.2))
    quiet_voice = write_wav(tmp_path / "voice.wav", voice)
    narration = event(source_of(quiet_voice), 0, 0, 22, role="narration", gain_db=-80.0)  # heard by the duck alone
    mix = Mix((event(source_of(music), 0, 0, 22, role="music", duck_db=depth), narration), Fraction(22))
    level = music_level(play(tmp_path, mix)[:, 0])
    full = level[100]
    assert level[5:260] == pytest.approx(full, abs=0.2)  # not before 0.4 s ahead
    assert level[301:800] == pytest.approx(full - depth, abs=0.2)  # through the pause, no pumping
    assert level[800 + 110 : 1360] == pytest.approx(full, abs=0.2)
    assert level[1401:1600] == pytest.approx(full - depth, abs=0.2)
    assert level[1600 + 110 : 2190] == pytest.approx(full, abs=0.2)
    ramp = level[260:300]
    assert np.all(np.diff(ramp) < 0.05)


def test_only_speech_ducks_and_only_what_is_marked(tmp_path: Path) -> None:
    voice = source_of(write_wav(tmp_path / "voice.wav", speech_like(6, [(2, 4)])))
    music = event(source_of(write_wav(tmp_path / "music.wav", tone(3000, 6, 0.2))), 0, 0, 6, role="music")
    talk = event(voice, 0, 0, 6, gain_db=-80.0)

    def drop(*events: SoundEvent) -> float:
        level = music_level(play(tmp_path, Mix(events, Fraction(6)))[:, 0])
        return float(level[50] - level[250:350].mean())

    assert drop(replace(music, duck_db=10.0), talk) == pytest.approx(0, abs=0.1)
    assert drop(replace(music, duck_db=10.0), replace(talk, speech=True)) == pytest.approx(10, abs=0.1)
    assert drop(music, replace(talk, speech=True)) == pytest.approx(0, abs=0.1)
    assert drop(replace(music, role="natural", duck_db=10.0), replace(talk, speech=True)) == pytest.approx(0, abs=0.1)


def test_clean_up_takes_noise_and_rumble_and_leaves_speech_in_place(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    talk = [(1.0, 3.0), (4.0, 6.5), (8.0, 10.0)]
    voice = speech_like(12, talk)
    noise = 0.003 * rng.standard_normal(len(voice))
    rumble = tone(40, 12, 0.05)
    source = source_of(write_wav(tmp_path / "noisy.wav", voice + noise + rumble))

    def made(cleanup: Cleanup | None) -> np.ndarray:
        return play(tmp_path, Mix((event(source, 0.5, 0, 11, cleanup=cleanup),), Fraction(11)))[:, 0]

    bare, low, both = made(None), made(Cleanup(80, None)), made(Cleanup(80, 12))
    assert level_of(bare, 40, 6.5) == pytest.approx(0.05, rel=0.02)
    assert level_of(low, 40, 6.5) < 0.05 * 10 ** (-20 / 20)
    gap = slice(round(6.2 * RATE), round(7.3 * RATE))
    spectrum = [np.abs(np.fft.rfft(x[gap]))[1000:20000] for x in (low, both)]
    assert 20 * np.log10(np.sqrt(np.mean(spectrum[1] ** 2) / np.mean(spectrum[0] ** 2))) == pytest.approx(-12, abs=1.5)
    word = slice(round(1.0 * RATE), round(2.0 * RATE))
    assert np.sqrt(np.mean(both[word] ** 2)) == pytest.approx(
        np.sqrt(np.mean(voice[round(1.5 * RATE) :][:RATE] ** 2)), rel=0.06
    )
    shift = [float(np.roll(both, k)[word] @ bare[word]) for k in range(-30, 31)]
    assert abs(int(np.argmax(shift)) - 30) <= 2


@pytest.mark.parametrize(
    ("tracks", "heard"),
    [
        ("1+2", (0, 1)),
        ("2+1", (1, 0)),
        ("3", ((2, 0), (2, 1))),
        ("3.2", ((2, 1), (2, 1))),
        ("3.2+1", ((2, 1), 0)),
        ("2", (1, 1)),
    ],
)
def test_a_track_map_chooses_what_is_heard(tmp_path: Path, tracks: str, heard: tuple[Any, Any]) -> None:
    clip = make_clip(tmp_path / "many.mkv", duration=2, audio=("mono", "mono", "stereo"))
    info = map_tracks(probe_media(clip.path, "0" * 64), tracks, clip.path)
    source = SoundSource.of(clip.path, MediaInfo.model_validate_json(info.to_json()))
    samples = play(tmp_path, mix_spans(source, [(Fraction(0), Fraction(2))], Fraction(2)))
    expected = [clip.frequencies[w[0]][w[1]] if isinstance(w, tuple) else clip.frequencies[w][0] for w in heard]
    spectrum = np.abs(np.fft.rfft(samples[RATE // 2 : RATE // 2 + RATE], axis=0))
    assert [int(column.argmax()) for column in spectrum.T] == expected


def test_a_track_map_that_names_nothing_is_refused(tmp_path: Path) -> None:
    info = probe_media(make_clip(tmp_path / "a.mkv", audio=("mono", "stereo")).path, "0" * 64)
    for tracks, words in (("3", "no sound track 3: it has 2"), ("1+2", "a side takes one"), ("2.3", "no channel 3")):
        with pytest.raises(InputError, match=words):
            map_tracks(info, tracks, "a.mkv")


def test_another_picture_leaves_the_sounds_key_alone(tmp_path: Path) -> None:
    first = make_clip(tmp_path / "one.mp4", duration=3)
    mended = tmp_path / "two.mp4"
    run(["-i", first.path, "-vf", "negate", "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "copy", mended])
    remixed = tmp_path / "three.mp4"
    run(["-i", first.path, "-c:v", "copy", "-af", "volume=-1dB", "-c:a", "aac", remixed])

    def key(path: Path) -> Any:
        source = SoundSource.of(path, probe_media(path, digest_file(path)))
        return mix_spans(source, [(Fraction(0), Fraction(3))], Fraction(3)).describe()

    assert key(first.path) == key(mended)
    assert key(first.path) != key(remixed)
    assert str(tmp_path) not in str(key(first.path))
    assert digest_file(first.path) != digest_file(mended)


def test_spoken_credits_follow_after_a_pause(tmp_path: Path) -> None:
    programme = source_of(write_wav(tmp_path / "p.wav", tone(500, 3)))
    spoken = source_of(write_wav(tmp_path / "c.wav", tone(800, 1.51)))
    mix = append_credits(
        mix_spans(programme, [(Fraction(0), Fraction(3))], Fraction(2)), spoken, Fraction("1.51"), grid=Fraction(25)
    )
    assert mix.duration == Fraction(2) + Fraction(58, 25)  # 0.8 + 1.51 s, up to the next frame
    samples = play(tmp_path, mix, channels=1)[:, 0]
    assert level_of(samples, 500, 1.4) == pytest.approx(0.1, rel=0.02)
    assert np.abs(samples[2 * RATE : round(2.8 * RATE)]).max() == 0
    assert level_of(samples, 800, 2.9) == pytest.approx(0.1, rel=0.02)
    assert np.abs(samples[round(4.311 * RATE) :]).max() == 0


@pytest.mark.parametrize("loudness", ["gyt282", "gyt377_noisy", "social"])
def test_a_mix_with_high_peaks_meets_its_profile(tmp_path: Path, loudness: str) -> None:
    voice = speech_like(12, [(0, 5), (6, 12)])
    voice[RATE :: RATE // 2] += 0.9  # clicks, as a bumped microphone gives
    music = tone(3000, 12, 0.1)
    mix = Mix(
        (
            event(source_of(write_wav(tmp_path / "v.wav", voice)), 0, 0, 12, role="narration"),
            event(source_of(write_wav(tmp_path / "m.wav", music)), 0, 0, 12, role="music", duck_db=12),
        ),
        Fraction(12),
    )
    profile = PROFILES.loudness[loudness]
    digests = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        audio = Audio(codec="aac", bit_rate=192_000, loudness=loudness)
        made = make_sound(mix, audio=audio, profile=profile, out=folder / "out.m4a", scratch=folder)
        digests.add(digest_file(made.path))
        found = measure_loudness(made.path)
        assert found.integrated_lufs == pytest.approx(profile.integrated_lufs, abs=0.5)
        assert found.true_peak_dbtp is not None
        assert found.true_peak_dbtp <= profile.true_peak_dbtp
    assert len(digests) == 1


def test_a_mix_comes_back_from_its_payload(tmp_path: Path) -> None:
    source = SoundSource(tmp_path / "a.mov", (0, 2), 1, "mono", Fraction(1, 3), "ab", ((0, 0), (1, 0)))
    mix = Mix(
        (
            event(source, 1, 2, 3, role="music", duck_db=9.0, fade_in_s=1.0, curve_in="power"),
            event(source, 1, 0, 3, speech=True, cleanup=Cleanup(80, 6)),
        ),
        Fraction(7),
    )
    assert Mix.unpack(mix.pack()).describe() == mix.describe()
    assert Mix.unpack(mix.pack()) == mix
    assert "a.mov" not in str(mix.describe())
