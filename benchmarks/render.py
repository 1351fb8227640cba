"""What rendering in pieces costs and saves: against one ffmpeg run a channel, and one graph with all encoders.

    python benchmarks/render.py [--seconds 30] [--presets veryfast medium] [--repeats 3] [--media FILE] [--output FILE]

Four pictures with burned subtitles and one sound are made from a generated 1080p master (or ``--media``). The
competitors get the same filters, text and encoder settings, but as many encoder threads as x264 likes. Runs are
interleaved; figures are medians. ``mediakit render`` is timed as a command, from Python's start to the published
files, with an empty cache; then once more with nothing changed, and with one word of one subtitle changed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

CHANNELS = {
    "wide": {"frame": {"width": 1920, "height": 1080, "fps": 25}, "fit": "pad"},
    "tall": {"frame": {"width": 1080, "height": 1920, "fps": 25}, "fit": "blur"},
    "small": {"frame": {"width": 1280, "height": 720, "fps": 25}, "fit": "pad"},
    "square": {"frame": {"width": 1080, "height": 1080, "fps": 25}, "fit": "crop"},
}
BASE = {
    "audio": {"codec": "aac", "bitrate": "128k", "channels": 2, "loudness": "r128"},
    "subtitles": {"profile": "netflix_en", "mode": "burn"},
    "source": "made for the benchmark",
    "grade": "proposal",
    "checked_on": "2026-11-22",
}


@dataclass(frozen=True)
class Bench:
    """A folder with the master, two subtitle files that differ in one word, and the channels."""

    folder: Path
    master: Path
    cues: Path
    changed: Path
    channels: Path
    seconds: float
    preset: str


def make_master(folder: Path, seconds: float) -> Path:
    """Make a moving, noisy picture with cuts every few seconds, as an export would be: 2 s groups, B-frames."""
    path = folder / "master.mp4"
    shots = "hue=H=2*PI*floor(t/5)/7:s=1.2,gblur=sigma=1.2,noise=alls=6:allf=t:all_seed=5"
    picture = f"testsrc2=s=1920x1080:r=25:d={seconds},{shots}"
    run_ffmpeg(
        *("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", f"sine=f=330:r=48000:d={seconds}"),
        *("-c:v", "libx264", "-preset", "veryfast", "-crf", "17", "-g", "50", "-pix_fmt", "yuv420p"),
        *("-vf", "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"),
        *("-c:a", "aac", "-ac", "2", "-shortest", str(path)),
    )
    return path


def write_cues(path: Path, seconds: float, word: str) -> Path:
    lines = []
    count = max(int(seconds // 3), 1)
    for number in range(count):
        start, text = number * 3 + 0.4, f"Subtitle number {number + 1}"
        if number == count // 2:
            text = f"This is the {word} one"
        lines.append(f"{number + 1}\n{clock(start)} --> {clock(start + 2)}\n{text}\n")
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3600000:02d}:{ms // 60000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


def run_ffmpeg(*arguments: str) -> str:
    from mediakit.tools.ffmpeg import find_ffmpeg

    done = subprocess.run(
        [find_ffmpeg(), "-hide_banner", "-nostdin", "-y", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    log = done.stderr.decode("utf-8", "replace")
    if done.returncode:
        raise SystemExit(f"ffmpeg failed:\n{log[-2000:]}")
    return log


@dataclass
class Cost:
    """Wall time and processor time of runs, in seconds, by what was run."""

    wall: dict[str, list[float]]
    cpu: dict[str, list[float]]

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Time what happens inside, child processes included."""
        started, used = time.monotonic(), children_cpu()
        yield
        self.wall.setdefault(name, []).append(time.monotonic() - started)
        self.cpu.setdefault(name, []).append(children_cpu() - used)

    def medians(self, values: dict[str, list[float]]) -> dict[str, float]:
        """Return the median of each name's values."""
        return {name: round(statistics.median(found), 2) for name, found in values.items()}


def children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def whole_arguments(bench: Bench, wanted: list[str], out: Path) -> list[str]:
    """Return one ffmpeg run that makes some channels of the whole master, threads as x264 likes."""
    from mediakit.channels.loading import load_profiles
    from mediakit.media.digests import digest_file
    from mediakit.render.captions import caption_style, render_ass
    from mediakit.render.drawing import Drawing, shift_frames
    from mediakit.render.encode import build_arguments
    from mediakit.render.geometry import Display
    from mediakit.render.pieces import Piece, SourceGrid
    from mediakit.render.scene import Scene, Window
    from mediakit.render.spec import spec_of_channel
    from mediakit.subtitles.formats import read_cues
    from mediakit.tools.fonts import find_font
    from mediakit.tools.probe import probe_with_index

    info, index = probe_with_index(bench.master, digest_file(bench.master))
    assert index is not None
    assert info.picture is not None
    profiles = load_profiles(bench.channels)
    font = find_font("en")
    sheet = read_cues(bench.cues, "en")
    grid = SourceGrid(index, Fraction(25))
    piece = Piece(0, grid.end, int(index.frame_pts[0]), None, "")
    display = Display.of(info.picture)
    drawings = {}
    for name in wanted:
        channel = profiles.channel(name)
        spec = spec_of_channel(channel, preset=bench.preset)
        style = caption_style(channel, font, profiles.subtitles["netflix_en"])
        text = render_ass(sheet.cues, style, shift_frames(spec.fps) / spec.fps)
        (out / name).mkdir(parents=True, exist_ok=True)
        drawings[out / name] = Drawing(spec, text, str(font.path.parent), font.digest)
    window = Window.of(bench.master, info.container, grid, piece, display)
    arguments = build_arguments(Scene((window,)), drawings, scratch=out, early_s=0)
    return free_threads(arguments)


def free_threads(arguments: list[str]) -> list[str]:
    """Return the arguments without limits on threads."""
    kept: list[str] = []
    skip = False
    for argument in arguments:
        if skip or argument in ("-threads", "-filter_complex_threads"):
            skip = not skip
            continue
        kept.append(re.sub(r":(threads|lookahead-threads)=1", "", argument))
    return kept


def sound_arguments(bench: Bench, out: Path) -> list[str]:
    return ["-i", str(bench.master), "-vn", "-c:a", "aac", "-b:a", "128k", str(out / "sound.m4a")]


def run_each(bench: Bench, out: Path) -> None:
    for name in CHANNELS:
        run_ffmpeg(*whole_arguments(bench, [name], out))
    run_ffmpeg(*sound_arguments(bench, out))


def run_graph(bench: Bench, out: Path) -> None:
    run_ffmpeg(*whole_arguments(bench, list(CHANNELS), out))
    run_ffmpeg(*sound_arguments(bench, out))


def run_mediakit(bench: Bench, out: Path, cache: Path, cues: Path) -> float:
    """Run the command; return its peak memory with all children, in MB."""
    command = [sys.executable, "-m", "mediakit", "render", str(bench.master), "-o", str(out), "--cache", str(cache)]
    command += ["--subtitles", str(cues), "--channels", str(bench.channels), "--preset", bench.preset, "--jobs", "2"]
    command += ["--language", "en", *(part for name in CHANNELS for part in ("--channel", name))]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, tree_memory_mb(process.pid))
        time.sleep(0.1)
    _, errors = process.communicate()
    if process.returncode:
        raise SystemExit(errors.decode("utf-8", "replace")[-2000:])
    return peak


def tree_memory_mb(root: int) -> float:
    """Return the resident memory of a process and all its descendants (Linux; 0 elsewhere)."""
    parents: dict[int, int] = {}
    sizes: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
            sizes[int(entry.name)] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError, ValueError):
            continue
    total = 0
    for pid in sizes:
        at = pid
        while at and at != root:
            at = parents.get(at, 0)
        total += sizes[pid] if at == root else 0
    return total / 1e6


def compare(one: Path, two: Path) -> dict[str, float]:
    """Return mean and worst PSNR between two files, frame by frame, in dB."""
    log = one.with_suffix(".psnr")
    run_ffmpeg(
        *("-i", str(one), "-i", str(two)),
        *("-lavfi", f"[0:v]setpts=N[a];[1:v]setpts=N[b];[a][b]psnr=stats_file={log}", "-f", "null", "-"),
    )
    values = [
        float(match[1].replace("inf", "100"))
        for match in re.finditer(r"psnr_avg:(\S+)", log.read_text(encoding="utf-8"))
    ]
    return {"frames": len(values), "mean_db": round(statistics.mean(values), 2), "worst_db": round(min(values), 2)}


def measure(bench: Bench, repeats: int) -> dict[str, Any]:
    """Run everything in turn, ``repeats`` times."""
    cost = Cost({}, {})
    peak = 0.0
    facts: dict[str, Any] = {}
    for number in range(repeats):
        work = bench.folder / f"{bench.preset}-{number}"
        each, graph, out, cache = (work / name for name in ("each", "graph", "out", "cache"))
        each.mkdir(parents=True)
        graph.mkdir()
        with cost.of("each"):
            run_each(bench, each)
        with cost.of("graph"):
            run_graph(bench, graph)
        with cost.of("pieces"):
            peak = max(peak, run_mediakit(bench, out, cache, bench.cues))
        with cost.of("nothing changed"):
            run_mediakit(bench, out, cache, bench.cues)
        if number == 0:
            joined = out / "wide" / bench.master.stem / f"{bench.master.stem}.mp4"
            pieces = sum(path.stat().st_size for path in out.glob("*/*/*.mp4"))
            whole = sum(path.stat().st_size for path in each.glob("*/piece.mp4"))
            facts = {"size_ratio": round(pieces / whole, 3), "psnr": compare(joined, each / "wide" / "piece.mp4")}
        with cost.of("one word"):
            run_mediakit(bench, out, cache, bench.changed)
        shutil.rmtree(work)
    ratios = {}
    for kind, values in (("wall", cost.medians(cost.wall)), ("cpu", cost.medians(cost.cpu))):
        for one, two in (("pieces", "each"), ("pieces", "graph"), ("one word", "pieces")):
            ratios[f"{one} / {two}, {kind}"] = round(values[one] / values[two], 3)
    return {
        "preset": bench.preset,
        "wall_seconds": cost.medians(cost.wall),
        "cpu_seconds": cost.medians(cost.cpu),
        "ratios": ratios,
        "peak_mb": round(peak),
        **facts,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--presets", nargs="+", default=["veryfast", "medium"])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--media", type=Path)
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        folder = Path(name)
        master = options.media.resolve() if options.media else make_master(folder, options.seconds)
        results = []
        for preset in options.presets:
            channels = {
                name: {**BASE, **value, "title": name, "video": {"preset": preset, "crf": 21, "gop_seconds": 2}}
                for name, value in CHANNELS.items()
            }
            (folder / "channels.yaml").write_text(json.dumps(channels), encoding="utf-8")
            bench = Bench(
                folder,
                master,
                write_cues(folder / "a.srt", options.seconds, "first"),
                write_cues(folder / "b.srt", options.seconds, "other"),
                folder / "channels.yaml",
                options.seconds,
                preset,
            )
            results.append(measure(bench, options.repeats))
    report = {"cores": os.cpu_count(), "master_seconds": options.seconds, "results": results}
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print_table(report)


def print_table(report: dict[str, Any]) -> None:
    for result in report["results"]:
        print(f"{result['preset']}: four pictures, one sound, {report['master_seconds']:g} s of 1080p")
        for name, value in result["wall_seconds"].items():
            print(f"  {name:24} {value:8.2f} s  ({result['cpu_seconds'][name]:.2f} s of processor time)")
        for name, value in result["ratios"].items():
            print(f"  {name:24} {value:8.3f}")
        print(
            f"  peak memory        {result['peak_mb']:8} MB   size ratio {result['size_ratio']}   psnr {result['psnr']}"
        )


if __name__ == "__main__":
    main()
