"""The loudness meter against signals whose loudness is known (EBU Tech 3341)."""

from __future__ import annotations

from pathlib import Path

import pytest
from media_factory import run

from mediakit.errors import MediakitError
from mediakit.tools.loudness import measure_loudness


@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_a_stereo_sine_reads_its_level(tmp_path: Path, level: float) -> None:
    path = tmp_path / "sine.wav"
    amplitude = 10 ** (level / 20)
    tone = f"{amplitude}*sin(2*PI*1000*t)"
    run(["-f", "lavfi", "-i", f"aevalsrc='{tone}|{tone}':c=stereo:s=48000:d=20", path])
    found = measure_loudness(path, short_term=True)
    assert found.integrated_lufs == pytest.approx(level, abs=0.1)
    assert found.true_peak_dbtp == pytest.approx(level, abs=0.2)
    assert found.short_term_max_lufs == pytest.approx(level, abs=0.1)


def test_a_peak_between_samples_is_found(tmp_path: Path) -> None:
    path = tmp_path / "peak.wav"
    run(["-f", "lavfi", "-i", "aevalsrc='0.5*min(t,min(1,3-t))*sin(2*PI*12000*t+PI/4)':s=48000:d=3", path])
    found = measure_loudness(path)
    assert found.true_peak_dbtp == pytest.approx(-6.0, abs=0.3)


def test_silence_has_no_loudness_and_no_sound_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "silence.wav"
    run(["-f", "lavfi", "-i", "anullsrc=d=2", path])
    found = measure_loudness(path)
    assert found.integrated_lufs is None
    assert found.true_peak_dbtp is None
    picture = tmp_path / "picture.mp4"
    run(["-f", "lavfi", "-i", "color=d=1:s=64x64", picture])
    with pytest.raises(MediakitError):
        measure_loudness(picture)
