"""Sound checks on real decodes: each fault planted in a clip, and the same clip without it."""

from __future__ import annotations

from pathlib import Path

import pytest
from media_factory import run

from mediakit.channels.loading import load_profiles
from mediakit.channels.models import Channel, LoudnessProfile
from mediakit.media.qcreport import Check
from mediakit.media.rendition import Rendition
from mediakit.media.spans import Span
from mediakit.quality.inspection import inspect_file
from mediakit.quality.target import make_target
from mediakit.tools.loudness import measure_loudness

PINK = "anoisesrc=c=pink:r=48000:a={level}:seed={seed}:d={seconds}"


def measure(
    path: Path, *only: str, rendition: Rendition | None = None, loudness: LoudnessProfile | None = None, **audio: object
) -> dict[str, Check]:
    profiles = load_profiles()
    channel = Channel.model_validate(
        {
            "title": "sound",
            "container": "wav",
            "audio": {"codec": "pcm_s16le", "loudness": "podcast", **audio},
            "qc": "sound",
            "source": "a test",
            "grade": "M",
            "checked_on": "2026-11-22",
        }
    )
    target = make_target(channel, loudness or profiles.loudness["podcast"], profiles.qc["sound"], rendition, only)
    return {check.id: check for check in inspect_file(path, target)}


def make_stereo(path: Path, seconds: float = 4.0, level: float = 0.2, after: str = "anull", *options: str) -> Path:
    """Two independent channels of pink noise, then the filters ``after``."""
    sources = [f"-f lavfi -i {PINK.format(level=level, seed=seed, seconds=seconds)}".split() for seed in (1, 2)]
    graph = f"[0:a][1:a]join=inputs=2:channel_layout=stereo,{after}[out]"
    run([*sources[0], *sources[1], "-filter_complex", graph, "-map", "[out]", *options, path])
    return path


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stereo pink noise at −16 LUFS."""
    folder = tmp_path_factory.mktemp("sound")
    raw = make_stereo(folder / "raw.wav")
    gain = -16 - (measure_loudness(raw).integrated_lufs or 0)
    return make_stereo(folder / "干净 “sound”.wav", 4.0, 0.2, f"volume={gain}dB")


@pytest.mark.parametrize(
    "check", ["loudness", "true_peak", "silence", "dead_channel", "dual_mono", "clipping", "container"]
)
def test_sound_without_fault_passes(clean: Path, check: str) -> None:
    assert measure(clean, check)[check].verdict == "pass"


def test_wide_ambience_does_not_fail_the_phase(clean: Path) -> None:
    assert measure(clean, "phase")["phase"].verdict != "fail"


@pytest.mark.parametrize(
    ("shift", "verdict"), [(0.0, "pass"), (0.9, "pass"), (1.3, "fail"), (-1.3, "fail"), (8, "fail")]
)
def test_loudness_is_held_to_the_profile(clean: Path, tmp_path: Path, shift: float, verdict: str) -> None:
    path = tmp_path / "shifted.wav"
    run(["-i", clean, "-af", f"volume={shift}dB", path])
    check = measure(path, "loudness")["loudness"]
    assert check.verdict == verdict
    assert float(check.measured or 0) == pytest.approx(-16 + shift, abs=0.15)
    assert check.limit == "−16 ±1"


def test_loudness_agrees_with_an_independent_run(clean: Path) -> None:
    checks = measure(clean, "loudness", "true_peak")
    other = measure_loudness(clean)
    assert float(checks["loudness"].measured or 0) == pytest.approx(other.integrated_lufs, abs=0.06)
    assert float(checks["true_peak"].measured or 0) == pytest.approx(other.true_peak_dbtp, abs=0.06)


def test_true_peak_between_samples_is_found_and_timed(tmp_path: Path) -> None:
    # A quarter of the sample rate with 45° of phase: samples reach 0.707 of the true peak.
    wave = "if(between(t,2,2.5),1.0,0.4)*sin(2*PI*12000*t+PI/4)"
    run(["-f", "lavfi", "-i", f"aevalsrc='{wave}|{wave}':s=48000:d=4:c=stereo", tmp_path / "peak.wav"])
    check = measure(tmp_path / "peak.wav", "true_peak")["true_peak"]
    assert check.verdict == "fail"
    assert float(check.measured or -99) > -0.9
    assert check.where[0].start == pytest.approx(2.0, abs=0.15)


def test_short_term_limit_of_a_profile_is_checked(clean: Path) -> None:
    strict = load_profiles().loudness["podcast"].model_copy(update={"short_term_max_lufs": -18.0})
    check = measure(clean, "loudness", loudness=strict)["loudness"]
    assert check.verdict == "fail"
    assert "short-term" in check.message
    assert check.where


def test_a_wide_loudness_range_is_noticed(tmp_path: Path) -> None:
    # Two steps of 20 s, 22 dB apart, have a range of 22 LU; the gate of EBU Tech 3342 would drop a wider step.
    steps = {"even": 1.0, "wide": 10 ** (-22 / 20)}
    found = {}
    for name, low in steps.items():
        wave = f"0.1*if(lt(t,20),1,{low})*sin(2*PI*1000*t)"
        run(["-f", "lavfi", "-i", f"aevalsrc='{wave}|{wave}':s=48000:d=40:c=stereo", tmp_path / f"{name}.wav"])
        found[name] = measure(tmp_path / f"{name}.wav", "loudness_range")["loudness_range"]
    assert found["even"].verdict == "pass"
    assert found["wide"].verdict == "warn"
    assert [float(found[name].measured or 0) for name in steps] == pytest.approx([0, 22], abs=0.6)


@pytest.mark.parametrize(("length", "verdict"), [(1.5, "pass"), (3.0, "warn"), (5.5, "fail")])
def test_silence_is_timed_and_graded(tmp_path: Path, length: float, verdict: str) -> None:
    path = make_stereo(tmp_path / "s.wav", 8.0, 0.2, f"volume=0:enable='between(t,1,{1 + length})'")
    check = measure(path, "silence")["silence"]
    assert check.verdict == verdict
    if verdict != "pass":
        assert check.where[0].start == pytest.approx(1.0, abs=0.1)
        assert check.where[0].duration == pytest.approx(length, abs=0.1)


def test_silence_to_the_end_and_a_planned_one(tmp_path: Path) -> None:
    path = make_stereo(tmp_path / "end.wav", 8.0, 0.2, "volume=0:enable='gte(t,2)'")
    assert measure(path, "silence")["silence"].verdict == "fail"
    planned = Rendition(
        channel="x",
        stem="x",
        source_digest="0" * 64,
        duration=8,
        main="x.wav",
        files=(),
        planned_silences=(Span(start=2, end=8),),
    )
    assert measure(path, "silence", rendition=planned)["silence"].verdict == "pass"


def test_one_silent_channel_is_dead_and_no_silence(tmp_path: Path) -> None:
    path = make_stereo(tmp_path / "dead.wav", 4.0, 0.2, "pan=stereo|c0=c0|c1=0*c1")
    checks = measure(path, "dead_channel", "silence")
    assert checks["dead_channel"].verdict == "fail"
    assert "right" in checks["dead_channel"].message
    assert checks["silence"].verdict == "pass"


def test_channel_that_drops_out_is_told_with_its_time(tmp_path: Path) -> None:
    sources = [f"-f lavfi -i {PINK.format(level=0.2, seed=seed, seconds=8)}".split() for seed in (1, 2)]
    graph = "[1:a]volume=0:enable='gte(t,2)'[r];[0:a][r]join=inputs=2:channel_layout=stereo[out]"
    run([*sources[0], *sources[1], "-filter_complex", graph, "-map", "[out]", tmp_path / "drop.wav"])
    check = measure(tmp_path / "drop.wav", "dead_channel")["dead_channel"]
    assert check.verdict == "warn"
    assert check.where[0].start == pytest.approx(2.0, abs=0.1)


def test_equal_channels_are_dual_mono(tmp_path: Path) -> None:
    path = make_stereo(tmp_path / "dual.wav", 4.0, 0.2, "pan=stereo|c0=c0|c1=c0")
    check = measure(path, "dual_mono", "phase")
    assert check["dual_mono"].verdict == "warn"
    assert check["phase"].verdict == "pass"


def test_inverted_channel_fails_the_phase(tmp_path: Path) -> None:
    path = make_stereo(tmp_path / "inverted.wav", 6.0, 0.2, "pan=stereo|c0=c0|c1=-1*c0")
    check = measure(path, "phase")["phase"]
    assert check.verdict == "fail"
    assert check.where[0].duration > 4


def test_clipped_sound_is_found(clean: Path, tmp_path: Path) -> None:
    path = make_stereo(tmp_path / "clip.wav", 4.0, 0.5, "volume=24dB")
    check = measure(path, "clipping")["clipping"]
    assert check.verdict == "fail"
    assert check.where
    assert measure(clean, "clipping")["clipping"].verdict == "pass"


def test_lossy_sound_beyond_full_scale_is_clipping(tmp_path: Path) -> None:
    path = make_stereo(tmp_path / "hot.m4a", 4.0, 0.5, "volume=24dB", "-c:a", "aac", "-b:a", "64k")
    check = measure(path, "clipping")["clipping"]
    assert check.verdict == "fail"
    assert "full scale" in check.message


def test_mono_is_measured_as_it_is_heard(tmp_path: Path) -> None:
    source = f"-f lavfi -i {PINK.format(level=0.2, seed=1, seconds=4)}".split()
    run([*source, tmp_path / "mono.wav"])
    run([*source, "-af", "pan=stereo|c0=c0|c1=c0", tmp_path / "both.wav"])
    mono = measure(tmp_path / "mono.wav", "loudness", "phase", channels=1)
    both = measure(tmp_path / "both.wav", "loudness")
    assert float(mono["loudness"].measured or 0) == pytest.approx(float(both["loudness"].measured or 1), abs=0.1)
    assert mono["phase"].verdict == "unmeasured"


def test_digital_silence_fails_loudness(tmp_path: Path) -> None:
    run(["-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", "6", tmp_path / "nothing.wav"])
    checks = measure(tmp_path / "nothing.wav")
    assert checks["loudness"].verdict == "fail"
    assert checks["silence"].verdict == "fail"
    assert checks["dead_channel"].verdict == "fail"
    assert checks["true_peak"].verdict == "pass"


def test_two_mono_tracks_are_left_and_right(tmp_path: Path) -> None:
    sources = [f"-f lavfi -i {PINK.format(level=0.2, seed=seed, seconds=4)}".split() for seed in (1, 2)]
    path = tmp_path / "tracks.mov"
    run([*sources[0], *sources[1], "-map", "0:a", "-map", "1:a", "-c:a", "pcm_s16le", path])
    check = measure(path, "dual_mono", "phase", "loudness")
    assert check["dual_mono"].verdict == "pass"
    assert check["phase"].verdict != "unmeasured"
    stereo = make_stereo(tmp_path / "stereo.wav")
    expected = measure_loudness(stereo).integrated_lufs
    assert float(check["loudness"].measured or 0) == pytest.approx(expected, abs=0.1)
