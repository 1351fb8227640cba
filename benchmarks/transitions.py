"""Dissolves and fades made between shots of real clips, with their truth, for ``looking.py``."""

from __future__ import annotations

from itertools import cycle, islice
from pathlib import Path

from measuring import run_ffmpeg

SHOTS = (
    ("bikes_10s.mp4", 1.25, 1.75),
    ("charades_home_31s.mp4", 3.0, 3.0),
    ("bikes_10s.mp4", 3.1, 2.3),
    ("googlework_short_35s.mp4", 24.7, 1.7),
    ("psd_issue195_sar_16_11.mp4", 3.0, 3.7),
    ("debate_split_screen_8s.avi", 1.0, 3.0),
    ("googlework_short_35s.mp4", 28.3, 3.4),
    ("zh/master.mp4", 12.0, 3.5),
    ("zh/master.mp4", 32.0, 4.0),
    ("googlework_short_35s.mp4", 21.3, 3.1),
    ("bikes_10s.mp4", 5.6, 1.7),
    ("bbb_51_rot90.mp4", 0.0, 2.9),
)
"""Clip, second at which a stretch without a change of shot begins, its length."""
PLANS = {
    "dissolves": (("fade", 10), ("fade", 20), ("fade", 15), ("fade", 24)),
    "mixed": (("fadeblack", 20), ("fade", 12), ("fadeblack", 20), ("fadewhite", 16), ("fade", 18)),
}
"""ffmpeg's transitions, with their frames, taken in turn."""
RATE = 25


def make_transitions(folder: Path, media: Path, samples: Path, name: str) -> tuple[Path, list[tuple[int, int]]]:
    """Write a clip; return it with the first and last frame of each transition."""
    inputs: list[str] = []
    graph = ""
    for number, (clip, start, length) in enumerate(SHOTS):
        path = samples / clip if clip.startswith("zh/") else next(media.rglob(clip))
        inputs += ["-ss", str(start), "-t", str(length), "-i", str(path)]
        graph += (
            f"[{number}:v]fps={RATE},scale=320:180,setsar=1,format=yuv420p,settb=1/{RATE},setpts=N,"
            f"trim=end_frame={int(length * RATE)}[c{number}];"
        )
    end, last, truth = int(SHOTS[0][2] * RATE), "c0", []
    for number, (kind, frames) in enumerate(islice(cycle(PLANS[name]), len(SHOTS) - 1), start=1):
        at = end - frames
        graph += f"[{last}][c{number}]xfade=transition={kind}:duration={frames / RATE}:offset={at / RATE}[x{number}];"
        truth.append((at, at + frames))
        last, end = f"x{number}", at + int(SHOTS[number][2] * RATE)
    made = folder / f"{name}.mp4"
    encoder = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20")
    run_ffmpeg(*inputs, "-filter_complex", graph.rstrip(";"), "-map", f"[{last}]", *encoder, str(made))
    return made, truth
