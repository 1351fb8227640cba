"""What copying groups of pictures saves: three 15 s cuts from a master with groups of 2 s.

    python benchmarks/smartcut.py [--seconds 120] [--repeats 3] [--smartcut FILE] [--output FILE]

``mediakit cut`` is timed as a command, from Python's start to the published files, with an empty cache: with copying,
and with ``--no-copy``. The smartcut package (1.7) is timed beside it where its command is given; put it into an
environment of its own. Runs are interleaved; figures are medians. Every frame of every cut is checked: the number that
is burned into the picture must be that of the source's frame.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring import children_cpu

RATE = 25
CUT_S = 15
GROUP_S = 2
CELLS = 12
BOUND = 0.25


def make_master(folder: Path, seconds: int) -> Path:
    """Make a picture without noise in which everything moves, numbered in twelve cells at its top."""
    path = folder / "master.mp4"
    timing = f"r={RATE}:d={seconds}"
    bits = (
        f"color=c=black:s={CELLS}x2:{timing},format=gray,geq=lum='if(mod(floor(N/pow(2,X)),2),235,16)',"
        "scale=1920:64:flags=neighbor,format=yuv420p"
    )
    picture = (
        f"gradients=s=480x270:{timing}:speed=0.02:n=4:seed=3,scale=1920:1080:flags=bicubic,format=yuv420p[g];"
        f"testsrc2=s=960x540:{timing},format=yuv420p[t];[g][t]overlay=x='480+400*sin(t/2)':y='270+200*cos(t/3)'[m];"
        f"{bits}[n];[m][n]overlay=0:0,setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"
    )
    run_ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=f=330:r=48000:d={seconds}"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", str(RATE * GROUP_S), "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", "-ac", "2", "-shortest", str(path)),
    )
    return path


def run_ffmpeg(*arguments: str) -> None:
    from mediakit.tools.ffmpeg import find_ffmpeg

    command = [find_ffmpeg(), "-hide_banner", "-nostdin", "-y", "-loglevel", "error", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr.decode("utf-8", "replace")[-2000:])


def choose_spans(seconds: int) -> list[tuple[int, int]]:
    """Return (first, end) frames of three cuts, none of which starts or ends at a group's edge."""
    third = seconds // 3
    spans = []
    for number, (early, frame) in enumerate(((3, 7), (5, 20), (8, 41))):
        first = (number * third + early) * RATE + frame
        spans.append((first, first + CUT_S * RATE))
    if spans[-1][1] > seconds * RATE:
        raise SystemExit("the master is too short: give at least 75 seconds")
    return spans


def read_numbers(path: Path) -> list[int]:
    """Return the numbers that are burned into a file's frames."""
    import av

    found = []
    with av.open(str(path)) as container:
        container.streams.video[0].thread_type = "AUTO"
        for frame in container.decode(video=0):
            plane = frame.planes[0]
            row = bytes(plane)[32 * plane.line_size : 32 * plane.line_size + frame.width]
            centres = [row[int((cell + 0.5) * frame.width / CELLS)] for cell in range(CELLS)]
            found.append(sum((value > 110) << cell for cell, value in enumerate(centres)))
    return found


def run_command(command: list[str]) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{done.stderr.decode('utf-8', 'replace')[-2000:]}")


def mediakit_cuts(master: Path, spans: list[tuple[int, int]], out: Path, *options: str) -> list[Path]:
    """Make all cuts with one command, as a user would."""
    command = [sys.executable, "-m", "mediakit", "cut", str(master), "-o", str(out), "--cache", str(out / "cache")]
    for first, end in spans:
        command += ["--span", f"{first}f-{end}f"]
    run_command([*command, *options])
    return [out / f"cut-{number}.mp4" for number in range(1, len(spans) + 1)]


def smartcut_cuts(program: Path, master: Path, spans: list[tuple[int, int]], out: Path) -> list[Path]:
    """Make all cuts with the smartcut package: one command a cut, since it joins several spans into one file."""
    out.mkdir(parents=True)
    made = []
    for number, (first, end) in enumerate(spans, 1):
        made.append(out / f"cut-{number}.mp4")
        run_command([str(program), str(master), str(made[-1]), "--keep", f"{first},{end}", "--frames"])
    return made


def measure(folder: Path, seconds: int, repeats: int, smartcut: Path | None) -> dict[str, Any]:
    """Run all competitors in turn, ``repeats`` times; the frames of the first round are checked."""
    master = make_master(folder, seconds)
    spans = choose_spans(seconds)
    runs: dict[str, Callable[[Path], list[Path]]] = {
        "copy": lambda out: mediakit_cuts(master, spans, out),
        "encode": lambda out: mediakit_cuts(master, spans, out, "--no-copy"),
    }
    if smartcut is not None:
        runs["smartcut"] = lambda out: smartcut_cuts(smartcut, master, spans, out)
    wall: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    frames: dict[str, str] = {}
    for turn in range(repeats):
        for name, run in runs.items():
            out = folder / f"{name}-{turn}"
            started, used = time.monotonic(), children_cpu()
            made = run(out)
            wall[name].append(time.monotonic() - started)
            cpu[name].append(children_cpu() - used)
            if turn == 0:
                frames[name] = check_frames(made, spans)
            shutil.rmtree(out)
    report: dict[str, Any] = {"cores": os.cpu_count(), "master_seconds": seconds, "repeats": repeats, "frames": frames}
    for kind, values in (("wall", wall), ("cpu", cpu)):
        medians = {name: statistics.median(found) for name, found in values.items()}
        report[f"{kind}_seconds"] = {name: round(value, 2) for name, value in medians.items()}
        report[f"{kind}_ratios"] = {
            f"{name} / encode": round(value / medians["encode"], 3)
            for name, value in medians.items()
            if name != "encode"
        }
    report["bound"] = BOUND
    report["within_bound"] = report["wall_ratios"]["copy / encode"] <= BOUND
    return report


def check_frames(made: list[Path], spans: list[tuple[int, int]]) -> str:
    """Return ``right``, or what is wrong with the first cut that differs."""
    for path, (first, end) in zip(made, spans, strict=True):
        found = read_numbers(path)
        if found != list(range(first, end)):
            wrong = sum(one != two for one, two in zip(found, range(first, end), strict=False))
            return f"{path.name}: {len(found)} of {end - first} frames, {wrong} of them wrong"
    return "right"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--smartcut", type=Path, help="the smartcut command in its own environment")
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    program = options.smartcut
    if program is None or not program.is_file():
        print(
            f"smartcut is left out: {'no such file ' + str(program) if program else 'give its command with --smartcut'}"
        )
        program = None
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        report = measure(Path(name), options.seconds, options.repeats, program)
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print_table(report)
    if report["frames"]["copy"] != "right" or report["frames"]["encode"] != "right":
        raise SystemExit("mediakit's frames are wrong")


def print_table(report: dict[str, Any]) -> None:
    print(f"three cuts of {CUT_S} s from {report['master_seconds']} s of 1080p with groups of {GROUP_S} s")
    print(f"  {'':12} {'wall':>9} {'processor':>10}  frames")
    for name, value in report["wall_seconds"].items():
        print(f"  {name:12} {value:7.2f} s {report['cpu_seconds'][name]:8.2f} s  {report['frames'][name]}")
    for kind in ("wall", "cpu"):
        for name, value in report[f"{kind}_ratios"].items():
            print(f"  {name}, {kind}: {value}")
    print(f"  copy takes at most {report['bound']} of encoding: {'yes' if report['within_bound'] else 'no'}")


if __name__ == "__main__":
    main()
