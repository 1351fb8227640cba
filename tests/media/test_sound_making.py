"""Made sound: where it lies in time, how loud it is as encoded, what silence and odd sources become."""

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
from mediakit.errors import UsageError
from mediakit.media.digests import digest_file
from mediakit.render.mix import mix_spans
from mediakit.render.sound import Sound, make_sound
from mediakit.render.sound_source import SoundSource
from mediakit.tools.loudness import Loudness, measure_loudness

PROFILES = load_profiles()
AAC = Audio(codec="aac", bit_rate=128_000, loudness="gyt377_noisy")


def source_of(path: Path, **changes: Any) -> SoundSource:
    import av

    with av.open(f"file:{path}") as container:
        sound = container.streams.audio[0]
        picture = next(iter(container.streams.video), None)
        first = picture or sound
        zero = Fraction(first.start_time or 0) * first.time_base
        values: dict[str, Any] = {"streams": (0,), "channels": sound.channels, "layout": sound.layout.name}
    return SoundSource(path, **{**values, "zero": zero, **changes})


def make(folder: Path, source: SoundSource | None, spans: list[tuple[float, float]], **options: Any) -> Sound:
    audio = options.pop("audio", AAC)
    duration = options.pop("duration", sum((Fraction(str(b)) - Fraction(str(a)) for a, b in spans), Fraction(0)))
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    exact = [(Fraction(str(a)), Fraction(str(b))) for a, b in spans]
    return make_sound(
        mix_spans(source, exact, duration),
        audio=audio,
        profile=options.pop("profile", PROFILES.loudness[audio.loudness]),
        out=options.pop("out", folder / "out.m4a"),
        scratch=scratch,
        **options,
    )


def decode(path: Path) -> np.ndarray:
    """Samples as (channels, n) at 48 kHz, from time 0 of the file."""
    target = path.with_suffix(".decoded.wav")
    run(["-i", path, "-af", "aresample=48000:async=1:first_pts=0", "-c:a", "pcm_f32le", target])
    data = target.read_bytes()
    body = data[data.index(b"data") + 8 :]
    channels = int.from_bytes(data[22:24], "little")
    return np.frombuffer(body, "<f4").reshape(-1, channels).T


def onsets(samples: np.ndarray) -> list[float]:
    """Times in seconds at which sound begins after quiet."""
    whole = samples.shape[1] // 48 * 48
    level = np.abs(samples[:, :whole]).max(axis=0).reshape(-1, 48).max(axis=1)
    loud = level > level.max() * 0.2
    return [index / 1000 for index in range(1, len(loud)) if loud[index] and not loud[max(index - 40, 0) : index].any()]


BEEPS = (1.0, 3.0, 4.5, 6.0, 8.0)


@pytest.mark.parametrize(
    ("suffix", "options"),
    [
        (".mp4", {}),
        (".mkv", {}),
        (".mkv", {"audio_codec": "flac", "sample_rate": 44100}),
        (".ts", {"codec": "h264b"}),
        (".mov", {"video_start": 0.4}),
        (".mxf", {"codec": "mpeg2", "size": (720, 576)}),
    ],
)
def test_spans_keep_their_place_against_the_picture(tmp_path: Path, suffix: str, options: dict[str, Any]) -> None:
    clip = make_clip(tmp_path / f"in put{suffix}", duration=10, beeps=BEEPS, fps=25, **options)
    source = source_of(clip.path)
    late = float(options.get("video_start", 0))
    sound = make(tmp_path, source, [(0.5, 2.0), (5.6, 8.6), (2.2, 3.6)], audio=AAC)
    expected = [1.0 - 0.5, 1.5 + 6.0 - 5.6, 1.5 + 8.0 - 5.6, 4.5 + 3.0 - 2.2]
    found = onsets(decode(sound.path))
    assert len(found) == len(expected)
    # `beeps` are on the sound's own clock; a picture that starts later is earlier in the programme's time.
    for seen, wanted in zip(found, expected, strict=True):
        assert seen == pytest.approx(wanted - late, abs=0.012)
    assert decode(sound.path).shape[1] == pytest.approx(5.9 * 48000, abs=1024)


@pytest.mark.parametrize("gain", [-22.0, -3.0])
@pytest.mark.parametrize("loudness", ["gyt282", "gyt377_noisy", "social", "r128", "podcast"])
def test_the_encoded_file_meets_its_profile(tmp_path: Path, loudness: str, gain: float) -> None:
    path = tmp_path / "speech like.wav"
    # Bursts with high peaks: noise under a slow envelope, with clicks.
    level = 10 ** (gain / 20)
    run(
        [
            *("-f", "lavfi", "-i", f"anoisesrc=c=pink:r=48000:d=8:seed=3:a={level}"),
            *("-af", "volume='0.25+0.75*gt(mod(t,0.9),0.45)':eval=frame,aformat=channel_layouts=stereo", path),
        ]
    )
    audio = AAC.model_copy(update={"loudness": loudness})
    profile = PROFILES.loudness[loudness]
    sound = make(tmp_path, source_of(path), [(0, 8)], audio=audio)
    independent = measure_loudness(sound.path)
    assert independent.integrated_lufs == sound.figures.integrated_lufs
    assert independent.integrated_lufs == pytest.approx(profile.integrated_lufs, abs=min(profile.tolerance_lu, 0.5))
    assert independent.true_peak_dbtp is not None
    assert independent.true_peak_dbtp <= profile.true_peak_dbtp


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=3)
    digests = set()
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        digests.add(digest_file(make(folder, source_of(clip.path), [(0.2, 2.7)]).path))
    assert len(digests) == 1


def test_no_sound_and_silence_stay_silent_and_say_so(tmp_path: Path) -> None:
    nothing = make(tmp_path, None, [], duration=Fraction(2))
    assert nothing.figures.integrated_lufs is None
    assert nothing.figures.gain_db == 0
    assert "silent" in nothing.notes[0]
    assert not np.abs(decode(nothing.path)).max() > 1e-4


def test_a_very_quiet_source_is_not_raised_without_end(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "quiet.mov", duration=3, gain_db=-60)
    sound = make(tmp_path, source_of(clip.path), [(0, 3)])
    assert sound.figures.gain_db == 30
    assert "very quiet" in sound.notes[0]


@pytest.mark.parametrize(
    ("layout", "weights"),
    [("5.1", {0: (1, 0), 1: (0, 1), 2: (0.7071, 0.7071), 3: (0, 0), 4: (0.7071, 0), 5: (0, 0.7071)})],
)
def test_surround_is_folded_down_by_the_standard(
    tmp_path: Path, layout: str, weights: dict[int, tuple[float, float]]
) -> None:
    clip = make_clip(tmp_path / "surround.mov", duration=2, audio=layout, gain_db=-20)
    quiet = PROFILES.loudness["gyt282"]
    audio = Audio(codec="pcm_s24le", loudness="gyt282")
    sound = make(tmp_path, source_of(clip.path), [(0, 2)], audio=audio, profile=quiet, out=tmp_path / "out.wav")
    samples = decode(sound.path)
    spectrum = np.abs(np.fft.rfft(samples[:, 9600 : 9600 + 48000], axis=1)) / 24000
    levels = {c: (spectrum[0][hertz], spectrum[1][hertz]) for c, hertz in enumerate(clip.frequencies[0])}
    scale = levels[0][0]
    for channel, (left, right) in weights.items():
        assert levels[channel][0] / scale == pytest.approx(left, abs=0.02)
        assert levels[channel][1] / scale == pytest.approx(right, abs=0.02)


def test_mono_is_heard_on_both_sides_and_two_mono_tracks_are_left_and_right(tmp_path: Path) -> None:
    mono = make_clip(tmp_path / "mono.mp4", duration=2, audio="mono")
    samples = decode(make(tmp_path, source_of(mono.path), [(0, 2)]).path)
    assert samples.shape[0] == 2
    assert np.allclose(samples[0], samples[1], atol=0.02)
    pair = make_clip(tmp_path / "pair.mov", duration=2, audio=("mono", "mono"))
    samples = decode(make(tmp_path, source_of(pair.path, streams=(0, 1)), [(0, 2)]).path)
    spectrum = np.abs(np.fft.rfft(samples[:, 9600 : 9600 + 48000], axis=1))
    assert [int(row.argmax()) for row in spectrum] == [pair.frequencies[0][0], pair.frequencies[1][0]]


@pytest.mark.parametrize("layout", ["mono", "stereo", "5.1"])
def test_a_mono_file_is_as_loud_as_it_will_be_heard(tmp_path: Path, layout: str) -> None:
    clip = make_clip(tmp_path / "in.mov", duration=3, audio=layout)
    audio = Audio(codec="pcm_s24le", channels=1, loudness="gyt282")
    sound = make(tmp_path, source_of(clip.path), [(0, 3)], audio=audio, out=tmp_path / "mono.wav")
    samples = decode(sound.path)
    assert samples.shape[0] == 1
    both = tmp_path / "both.wav"
    run(["-i", sound.path, "-af", "pan=stereo|c0=c0|c1=c0", both])
    assert measure_loudness(both).integrated_lufs == pytest.approx(-24, abs=0.2)


def test_more_than_two_channels_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="6 channels"):
        make(tmp_path, None, [], duration=Fraction(1), audio=AAC.model_copy(update={"channels": 6}))


def test_material_that_ends_early_is_filled_with_silence(tmp_path: Path) -> None:
    clip = make_clip(tmp_path / "short.wav", duration=1, codec=None)
    sound = make(tmp_path, source_of(clip.path), [(0, 3)])
    samples = decode(sound.path)
    assert samples.shape[1] == pytest.approx(3 * 48000, abs=1024)
    assert np.abs(samples[:, int(1.2 * 48000) :]).max() < 1e-3


@pytest.mark.parametrize(
    ("codec", "container", "name"),
    [("pcm_s24le", "bwf", "out.wav"), ("mp3", "mp3", "out.mp3"), ("pcm_s16le", "wav", "o.wav")],
)
def test_radio_and_podcast_files(tmp_path: Path, codec: str, container: str, name: str) -> None:
    import av

    clip = make_clip(tmp_path / "in.mp4", duration=3)
    audio = Audio(codec=codec, loudness="podcast")  # type: ignore[arg-type]
    tags = {"title": "第一集", "comment": '{"AIGC":{"Label":"1"}}'}
    sound = make(
        tmp_path, source_of(clip.path), [(0, 3)], audio=audio, container=container, out=tmp_path / name, tags=tags
    )
    with av.open(str(sound.path)) as made:
        assert made.duration is not None
        assert made.duration / 1e6 == pytest.approx(3, abs=0.06)
        assert made.metadata["title"] == "第一集"
        assert made.metadata["comment"] == tags["comment"]
    assert (b"bext" in sound.path.read_bytes()[:400]) == (container == "bwf")
    assert sound.figures.integrated_lufs == pytest.approx(-16, abs=0.5)


def test_a_codec_in_the_wrong_container_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not go into mp3"):
        make(tmp_path, None, [], duration=Fraction(1), container="mp3")
    assert not (tmp_path / "out.m4a").exists()


def test_a_peak_that_only_reads_as_allowed_is_brought_down(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The meter's figures are rounded: what reads -1.0 may be -0.96, which a finer check refuses."""
    clip = make_clip(tmp_path / "clip.mp4", duration=4.0)
    limit = PROFILES.loudness[AAC.loudness].true_peak_dbtp
    readings: list[float] = []

    def measure(path: Path, **options: Any) -> Loudness:
        found = measure_loudness(path, **options)
        if path.suffix != ".m4a":
            return found
        readings.append(limit if not readings else limit - 0.3)
        return replace(
            found, true_peak_dbtp=readings[-1], integrated_lufs=PROFILES.loudness[AAC.loudness].integrated_lufs
        )

    monkeypatch.setattr("mediakit.render.sound.measure_loudness", measure)
    made = make(tmp_path, source_of(clip.path), [(0, 4)])
    assert len(readings) == 2
    assert made.figures.true_peak_dbtp == limit - 0.3
