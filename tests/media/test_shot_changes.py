"""Shot changes of generated clips whose cuts are known, and cues that keep clear of them."""

from __future__ import annotations

from pathlib import Path

from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.vision.cuts import find_shot_changes

_SHOTS = ("testsrc=s=160x90:r=25:d=2", "color=c=0x802020:s=160x90:r=25:d=1.2", "mandelbrot=s=160x90:r=25")


def test_cuts_are_found_to_the_frame_and_a_fade_is_none(tmp_path: Path) -> None:
    inputs = [part for shot in _SHOTS for part in ("-f", "lavfi", "-i", shot)]
    graph = "[2:v]trim=end=2,fade=in:d=0.8[late];[0:v][1:v][late]concat=n=3:v=1,format=yuv420p"
    clip = tmp_path / "三 shots.mp4"
    run_ffmpeg([*inputs, "-filter_complex", graph, "-frames:v", "130", str(clip)], task="make shots")
    found = find_shot_changes(clip, 0)
    assert found == (2.0, 3.2)
