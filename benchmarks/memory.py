"""Whether memory and time stay in proportion: one small channel of an hour against one of a minute.

    python benchmarks/memory.py [--minutes 60] [--repeats 1] [--output FILE]

Masters of 640x360 with moving pictures and sound are generated, rendered for one channel with burned subtitles, and the
peak memory of the whole process tree is read ten times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import run_ffmpeg, run_mediakit
from render import BASE, write_cues

CHANNEL = {"frame": {"width": 640, "height": 360, "fps": 25}, "fit": "pad", "title": "small"}


def make_master(folder: Path, minutes: int) -> Path:
    """Make a master in which no two seconds are equal: equal ones would be rendered once."""
    path = folder / f"master{minutes}.mp4"
    seconds = minutes * 60
    run_ffmpeg(
        *("-f", "lavfi", "-i", f"testsrc2=s=640x360:r=25:d={seconds},hue=H=t/97"),
        *("-f", "lavfi", "-i", f"sine=f=330:r=48000:d={seconds}"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-crf", "23", "-g", "50", "-pix_fmt", "yuv420p"),
        *("-vf", "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"),
        *("-c:a", "aac", "-ac", "2", "-shortest", str(path)),
    )
    return path


def measure(folder: Path, minutes: int, repeats: int) -> dict[str, Any]:
    """Render a master of some minutes with an empty cache each time."""
    master, cues = make_master(folder, minutes), write_cues(folder / "cues.srt", minutes * 60, "first")
    peaks, walls = [], []
    for number in range(repeats):
        out, cache = folder / f"out{minutes}-{number}", folder / f"cache{minutes}-{number}"
        started = time.monotonic()
        command = ["render", master, "-o", out, "--cache", cache, "--subtitles", cues, "--language", "en"]
        peaks.append(run_mediakit([*command, "--channels", folder / "channels.yaml", "--channel", "small"]))
        walls.append(time.monotonic() - started)
    return {"minutes": minutes, "peak_mb": round(max(peaks)), "wall_seconds": round(statistics.median(walls), 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, default=60)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        folder = Path(name)
        channel = {**BASE, **CHANNEL, "video": {"preset": "veryfast", "crf": 23, "gop_seconds": 2}}
        (folder / "channels.yaml").write_text(json.dumps({"small": channel}), encoding="utf-8")
        short = measure(folder, 1, max(options.repeats, 3))
        long = measure(folder, options.minutes, options.repeats)
    ratios = {
        "peak": round(long["peak_mb"] / short["peak_mb"], 2),
        "wall a minute": round(long["wall_seconds"] / long["minutes"] / short["wall_seconds"], 2),
    }
    report = {"cores": os.cpu_count(), "short": short, "long": long, "ratios": ratios}
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    for result in (short, long):
        print(f"{result['minutes']:4} min: {result['wall_seconds']:8.1f} s, peak memory {result['peak_mb']} MB")
    print(f"long against short: peak {ratios['peak']}, wall time a minute {ratios['wall a minute']}")


if __name__ == "__main__":
    main()
