"""``mediakit render`` through the real engine: same bytes for one job and two, and after a half-lost cache."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from media_factory import make_clip, read_counters
from media_factory import run as run_ffmpeg
from render_bench import tiny_channel

from mediakit.cli.app import run_command


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = run_command([str(argument) for argument in arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def read_all(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def channels(tmp_path: Path) -> Path:
    path = tmp_path / "channels.yaml"
    tall = tiny_channel(frame={"width": 90, "height": 160, "fps": 25}, fit="blur", cover={"width": 90, "height": 120})
    path.write_text(json.dumps({"one": tiny_channel(), "tall": tall}))
    return path


def test_the_same_bytes_for_any_number_of_jobs(
    channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "-a b.mp4", duration=9.0, gop=25, codec="h264b")
    common = ("render", clip.path, "--channels", channels, "-c", "one", "-c", "tall")
    for jobs in (1, 2):
        code, _, err = run(capsys, *common, "-o", tmp_path / f"o{jobs}", "--cache", tmp_path / f"c{jobs}", "-j", jobs)
        assert code == 0, err
    first = read_all(tmp_path / "o1")
    assert first == read_all(tmp_path / "o2")
    assert sorted(name for name in first if name.endswith(".mp4")) == ["one/-a b/-a b.mp4", "tall/-a b/-a b.mp4"]
    assert tuple(read_counters(tmp_path / "o1/one/-a b/-a b.mp4")) == clip.counters
    shutil.rmtree(tmp_path / "o1")
    code, _, err = run(capsys, *common, "-o", tmp_path / "o1", "--cache", tmp_path / "c1")
    assert code == 0, err
    assert read_all(tmp_path / "o1") == first


def test_what_cannot_work_ends_with_its_exit_code(
    channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "a.mp4", duration=1.0)
    sound = make_clip(tmp_path / "a.wav", duration=1.0, codec=None)
    out = ("-o", tmp_path / "out", "--cache", tmp_path / "cache")
    cases = (
        (2, (clip.path, "-c", "bilbili", *out), "bilibili"),
        (2, (clip.path, "-c", "bilibili", "--preset", "veryfst", *out), "veryfast"),
        (2, (clip.path, "-c", "bilibili", "--title", "长" * 81, *out), "80"),
        (3, (tmp_path / "none.mp4", "-c", "bilibili", *out), "none.mp4"),
        (3, (sound.path, "-c", "one", "--channels", channels, *out), "no picture"),
        (3, (clip.path, "-c", "bilibili", "--subtitles", tmp_path / "none.srt", *out), "none.srt"),
    )
    for expected, arguments, words in cases:
        code, printed, err = run(capsys, "render", *arguments)
        assert code == expected, (arguments, err)
        assert words in err + printed
        assert "Traceback" not in err
    assert not (tmp_path / "out").exists() or not read_all(tmp_path / "out")


def spectrum_peaks(path: Path, start: float) -> list[int]:
    """The loudest frequency of every side in a second from ``start`` on."""
    import av
    import numpy as np

    with av.open(str(path)) as container:
        resampler = av.AudioResampler(format="fltp", rate=48000)
        parts = [made.to_ndarray() for frame in container.decode(audio=0) for made in resampler.resample(frame)]
    samples = np.concatenate(parts, axis=1)[:, round(start * 48000) :][:, :48000]
    return [int(np.abs(np.fft.rfft(side, 48000)).argmax()) for side in samples]


def test_radio_gets_spoken_credits_and_the_chosen_tracks(
    channels: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = make_clip(tmp_path / "a.mov", duration=4.0, audio=("mono", "mono", "mono"))
    credits = tmp_path / "credits.wav"
    run_ffmpeg(["-f", "lavfi", "-i", "sine=f=2222:r=44100:d=2.11", credits])
    common = ("--channels", channels, "--cache", tmp_path / "cache", "--spoken-credits", credits, "--highpass", 80)
    code, _, err = run(
        capsys, "render", clip.path, "-o", tmp_path / "out", "-c", "one", "-c", "radio", "--tracks", "3+1", *common
    )
    assert code == 0, err
    left, right = clip.frequencies[2][0], clip.frequencies[0][0]
    (radio,) = [path for path in (tmp_path / "out/radio/a").iterdir() if path.name.startswith("a.")]
    assert spectrum_peaks(radio, 1.0) == [left, right]
    assert spectrum_peaks(radio, 5.2) == [2222, 2222]
    told = json.loads((tmp_path / "out/radio/a/rendition.json").read_text())
    assert told["duration"] == pytest.approx(4 + 73 / 25)  # 0.8 + 2.11 s, up to a frame
    picture = tmp_path / "out/one/a/a.mp4"
    assert spectrum_peaks(picture, 1.0) == [left, right]
    assert json.loads((tmp_path / "out/one/a/rendition.json").read_text())["duration"] == 4
    code, _, err = run(
        capsys,
        "render",
        clip.path,
        "-o",
        tmp_path / "no",
        "-c",
        "radio",
        "--tracks",
        "4",
        "--cache",
        tmp_path / "cache",
    )
    assert code == 3
    assert "no sound track 4: it has 3 sound tracks" in err
