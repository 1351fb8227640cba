"""A batch of episodes to shorts: against one run an episode, and against a script of Whisper and ffmpeg.

    python benchmarks/recut.py [--episodes 20] [--seconds 60] [--height 1080] [--plan 200] [--output FILE]

Twenty episodes of a minute, two shorts each, on two channels (upright 1080×1920 with burned subtitles), packaged, with
an overview. What is compared:

- *batch*: one ``mediakit run`` over the folder, with an empty cache;
- *one by one*: one ``mediakit run`` an episode, one after the other, with an empty cache;
- *by hand*: a script that hears each episode with faster-whisper (same model), then runs ffmpeg once for each short and
  channel (same spans, same picture, same x264 preset and quality, subtitles burned, loudnorm) and once for each cover.
  It has neither quality checks nor packages nor an overview, and nobody's time for choosing is counted.

Then the batch again: nothing changed; one short more an episode; and what planning costs with 200 small episodes,
before and after they are made. Processor times are those of all child processes; the load is noted beside them.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import children_cpu, clock, end_watched, run_ffmpeg
from recut_material import make_episodes, make_tiny

ROOT = Path(__file__).parents[1]
RECIPE = ROOT / "recipes" / "recut.yaml"
CHANNELS = {
    "first": {"extends": "douyin", "limits": {"title": 100}},
    "second": {"extends": "wx_channels", "limits": {"title": 100}},
}
PRESET, CRF = "veryfast", 21


def write_recipe(folder: Path, given: str, height: int, length: str, count: int) -> Path:
    """Write a recipe that builds on the one of the project, for channels of a height."""
    frame = {"width": height * 9 // 16 // 2 * 2, "height": height, "fps": 25}
    scale = height / 1920
    area = {side: round(size * scale) for side, size in (("top", 240), ("bottom", 480), ("left", 60), ("right", 60))}
    channels = {name: {**channel, "frame": frame, "safe_area": area} for name, channel in CHANNELS.items()}
    recipe = {
        "extends": os.path.relpath(RECIPE, folder),
        "variables": {"count": count, "length": length, "channels": list(channels), "preset": PRESET},
        "inputs": {"episodes": given},
        "channels": channels,
    }
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe, ensure_ascii=False), encoding="utf-8")
    return path


def mediakit(*words: str | Path) -> dict[str, Any]:
    """Run a command; return its result with wall and processor seconds, peak memory, and the load."""
    started, used = time.monotonic(), children_cpu()
    command = [sys.executable, "-m", "mediakit", *map(str, words), "--json"]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.PIPE, text=True)
        errors, peak = end_watched(process)
        out.seek(0)
        lines = out.read().splitlines()
    if process.returncode not in (0, 6) or not lines:
        raise SystemExit((errors or "\n".join(lines))[-3000:])
    figures = {"wall": time.monotonic() - started, "cpu": children_cpu() - used, "peak_mb": peak}
    load = {"load": os.getloadavg()[0]} if hasattr(os, "getloadavg") else {}
    return {**json.loads(lines[-1]), **{name: round(value, 2) for name, value in (figures | load).items()}}


def describe(result: dict[str, Any]) -> dict[str, Any]:
    """Return what is kept of a run."""
    kept = ("wall", "cpu", "peak_mb", "load", "made", "kept", "failed", "jobs_made", "jobs_kept", "exit_code")
    return {name: result[name] for name in kept if name in result}


# By hand ----------------------------------------------------------------------------------------------------------


def run_by_hand(job_file: Path) -> None:
    """Do what a script would: hear each episode, then one ffmpeg run for each short and channel, and each cover."""
    from faster_whisper import WhisperModel

    job = json.loads(job_file.read_text(encoding="utf-8"))
    model = WhisperModel(job["model"], device="cpu", compute_type="int8", cpu_threads=os.cpu_count() or 1)
    out = Path(job["out"])
    out.mkdir()
    for number, episode in enumerate(job["episodes"]):
        segments, _ = model.transcribe(episode["media"], beam_size=5, vad_filter=True, word_timestamps=True)
        said = [(one.start, one.end, one.text.strip()) for one in segments]
        for n, spans in enumerate(episode["shorts"]):
            start, end = spans[0][0], spans[-1][1]
            cues = out / f"{number}-{n}.srt"
            inside = [(a - start, b - start, text) for a, b, text in said if b > start and a < end]
            cues.write_text(
                "".join(
                    f"{k + 1}\n{clock(max(a, 0))} --> {clock(b)}\n{text}\n\n" for k, (a, b, text) in enumerate(inside)
                ),
                encoding="utf-8",
            )
            for channel in CHANNELS:
                cut_by_hand(
                    Path(episode["media"]), start, end, cues, out / f"{number}-{n}-{channel}.mp4", job["height"]
                )


def cut_by_hand(media: Path, start: float, end: float, cues: Path, target: Path, height: int) -> None:
    """Make one short for one channel, and its cover."""
    width = height * 9 // 16 // 2 * 2
    graph = (
        f"[0:v]split[a][b];[a]scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height},"
        f"gblur=sigma={height / 60:.0f}[back];[b]scale={width}:-2[front];[back][front]overlay=0:(H-h)/2,"
        f"subtitles={cues},format=yuv420p[v];[0:a]loudnorm=I=-16:TP=-1.5[s]"
    )
    run_ffmpeg(
        *("-ss", f"{start:.3f}", "-t", f"{end - start:.3f}", "-i", str(media), "-filter_complex", graph),
        *("-map", "[v]", "-map", "[s]", "-r", "25", "-c:v", "libx264", "-preset", PRESET, "-crf", str(CRF)),
        *("-maxrate", "8M", "-bufsize", "8M", "-g", "50", "-c:a", "aac", "-b:a", "128k", "-ar", "48000", str(target)),
    )
    run_ffmpeg("-ss", "1", "-i", str(target), "-frames:v", "1", "-vf", "scale=1080:-2", str(target.with_suffix(".jpg")))


def measure_by_hand(folder: Path, out: Path, height: int) -> dict[str, Any]:
    """Time the script on the shorts that the batch chose."""
    from mediakit.media.shorts import read_shorts
    from mediakit.tools.models import find_model

    overview = json.loads((out / "overview.json").read_bytes())
    episodes = []
    for episode in overview["episodes"]:
        listed = read_shorts(out / episode["list_file"]).shorts if "list_file" in episode else ()
        spans = [[(span.start, span.end) for span in short.spans] for short in listed]
        episodes.append({"media": str(folder / "episodes" / episode["source"]), "shorts": spans})
    job = {"model": str(find_model("base").path), "out": str(folder / "hand"), "episodes": episodes, "height": height}
    job_file = folder / "hand.json"
    job_file.write_text(json.dumps(job), encoding="utf-8")
    started, used = time.monotonic(), children_cpu()
    subprocess.run([sys.executable, __file__, "--by-hand", str(job_file)], check=True)
    return {"wall": round(time.monotonic() - started, 2), "cpu": round(children_cpu() - used, 2)}


# Measuring --------------------------------------------------------------------------------------------------------


def measure_batch(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure the batch, its second runs, and what it is compared with."""
    episodes = make_episodes(folder / "episodes", options.episodes, options.seconds, options.source_height)
    recipe = write_recipe(folder, "episodes/", options.height, options.length, 2)
    runs: dict[str, dict[str, Any]] = {}

    def run(name: str, *words: str | Path) -> dict[str, Any]:
        found = mediakit("run", recipe, "--cache", folder / "cache", "--output", folder / "out", *words)
        runs[name] = describe(found)
        print(f"{name}: {runs[name]}", file=sys.stderr, flush=True)
        return found

    run("batch")
    shorts = [len(one["shorts"]) for one in json.loads((folder / "out" / "overview.json").read_bytes())["episodes"]]
    if not options.skip_others:
        runs["by hand"] = measure_by_hand(folder, folder / "out", options.height)
        print(f"by hand: {runs['by hand']}", file=sys.stderr, flush=True)
        runs["one by one"] = measure_one_by_one(folder, recipe, episodes)
        print(f"one by one: {runs['one by one']}", file=sys.stderr, flush=True)
    run("nothing changed")
    plan = mediakit("plan", recipe, "--cache", folder / "cache", "--output", folder / "out")
    runs["plan, nothing changed"] = {"wall": plan["wall"], "cpu": plan["cpu"], "kept": plan["kept"]}
    more = run("one short more", "--set", "count=3")
    states = {node["node"]: node["state"] for node in more["nodes"]}
    again = [name for name, state in states.items() if name.endswith(("/ingest", "/transcribe")) and state != "kept"]
    return {"shorts": shorts, "analysed again": again, "runs": runs}


def measure_one_by_one(folder: Path, recipe: Path, episodes: list[Path]) -> dict[str, Any]:
    """Run the recipe once for each episode; only the cache is shared, as it would be."""
    total = {"wall": 0.0, "cpu": 0.0}
    for episode in episodes:
        words = ["--set", f"episodes={episode.parent}/*{episode.stem[-3:]}.mp4", "--output", folder / "single"]
        found = mediakit("run", recipe, "--cache", folder / "cache1", *words)
        total = {name: round(total[name] + found[name], 2) for name in total}
    return total


def measure_plan(folder: Path, count: int, *, whole: bool) -> dict[str, Any]:
    """Time planning of many small episodes: nothing known, media known, and (``whole``) all made."""
    make_tiny(folder / "tiny", count)
    recipe = write_recipe(folder, "tiny/", 192, "2s-6s", 1)
    words = (recipe, "--cache", folder / "plan-cache", "--output", folder / "plan-out")
    found: dict[str, Any] = {"episodes": count}
    for name in ("nothing known", "media known"):
        result = mediakit("plan", *words)
        found[name] = {key: result[key] for key in ("wall", "cpu", "peak_mb", "make", "later", "kept")}
    if whole:
        found["run"] = describe(mediakit("run", *words))
        result = mediakit("plan", *words)
        found["all made"] = {key: result[key] for key in ("wall", "cpu", "peak_mb", "make", "later", "kept")}
        found["run again"] = describe(mediakit("run", *words))
    return found


def print_table(report: dict[str, Any]) -> None:
    batch = report["runs"]["batch"]
    print(f"{report['episodes']} episodes of {report['seconds']} s, shorts: {sum(report['shorts'])}")
    print(f"{'':24} {'wall':>9} {'cpu':>9} {'of batch':>9}  jobs")
    for name, run in report["runs"].items():
        jobs = f"{run['jobs_made']} run, {run['jobs_kept']} kept" if "jobs_made" in run else ""
        print(f"{name:24} {run['wall']:8.1f}s {run['cpu']:8.1f}s {run['cpu'] / batch['cpu']:9.3f}  {jobs}")
    print(f"analysed again for one short more: {len(report['analysed again'])} nodes")
    plans = dict(report.get("plan", {}))
    count = plans.pop("episodes", 0)
    for name, plan in plans.items():
        print(f"{count} small episodes, {name}: {plan}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--height", type=int, default=1920, help="lines of the channels' picture")
    parser.add_argument("--source-height", type=int, default=1080, help="lines of the episodes")
    parser.add_argument("--length", default="10s-25s", help="of a short")
    parser.add_argument("--plan", type=int, default=200, help="so many small episodes for planning; 0 leaves it out")
    parser.add_argument("--plan-whole", action="store_true", help="also make the small ones, and plan and run again")
    parser.add_argument("--skip-others", action="store_true", help="only the batch, nothing beside it")
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    parser.add_argument("--by-hand", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.by_hand:
        run_by_hand(options.by_hand)
        return
    report: dict[str, Any] = {"cores": os.cpu_count(), "preset": PRESET}
    report |= {name: getattr(options, name) for name in ("episodes", "seconds", "height", "source_height")}
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        report |= measure_batch(Path(name), options) if options.episodes else {}
        if options.plan:
            report["plan"] = measure_plan(Path(name), options.plan, whole=options.plan_whole)
    if options.output:
        options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if options.episodes:
        print_table(report)
    else:
        print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
