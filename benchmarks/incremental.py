"""What a small change costs in a long programme: against making it whole, with what the plan said beforehand.

    python benchmarks/incremental.py [--seconds 300] [--preset veryfast] [--repeats 3] [--output FILE]

A generated 1080p master of shots of five seconds is cut to an edit of as many clips and rendered for four pictures with
burned subtitles and one sound. Then one thing at a time changes, each time another one of its kind, and everything is
put back in between. Times are of whole commands, from Python's start to the published files; `mediakit plan` counts
the pieces before each of them. At the end quality checks and packages are added and one word changes again.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from measuring import children_cpu, clock, run_ffmpeg, run_mediakit
from render import BASE, CHANNELS

SHOT_S = 5
FPS = 25
SPEECH = Path(__file__).parent.parent / "samples" / "zh" / "narration.flac"
"""What is heard: encoding speech costs less than encoding tones."""


@dataclass
class Material:
    """The files of the programme; `write` puts them down in the state that the fields say."""

    folder: Path
    shots: int
    preset: str
    word: str = "first"
    moved: int = -1
    inserted: int = -1
    mended: int = -1
    music_db: float = -20.0
    quality: float = 21.0
    fifth: bool = False
    checked: bool = False
    _master: tuple[int, ...] = field(default=(), repr=False)

    @property
    def recipe(self) -> Path:
        """The recipe's path."""
        return self.folder / "recipe.yaml"

    def write(self) -> None:
        """Write master, edit, subtitles and recipe."""
        numbers = tuple(1000 + n if n == self.mended else n for n in range(self.shots + 2))
        if numbers != self._master:
            self._join(numbers)
            self._master = numbers
        clips = []
        for number in range(self.shots):
            first = number * SHOT_S * FPS + 3 + (number == self.moved)
            clips.append({"clip": "master", "in": f"{first}f", "length": f"{SHOT_S * FPS - 4}f"})
        if self.inserted >= 0:
            first = self.shots * SHOT_S * FPS + 3 + self.inserted
            clips.insert(0, {"clip": "master", "in": f"{first}f", "length": "110f"})
        edit = {
            "fps": FPS,
            "sources": {"master": "master.mp4", "bed": "bed.flac"},
            "picture": clips,
            "sound": [{"music": "bed", "level": f"{self.music_db}dB"}],
        }
        channels = {name: self._channel(name, shape) for name, shape in CHANNELS.items()}
        if self.fifth:
            channels["fifth"] = self._channel(
                "fifth", {"frame": {"width": 960, "height": 540, "fps": FPS}, "fit": "pad"}
            )
        steps: list[Any] = [{"edit": {"file": "edit.yaml", "name": "programme"}}]
        render = {"of": "edit", "subtitles": "cues.srt", "language": "en", "channels": list(channels)}
        steps.append({"render": render})
        if self.checked:
            steps += [{"qc": {"gate": False}}, {"package": {"to": "dist"}}]
        recipe = {"name": "programme", "output": "out", "channels": channels, "steps": steps}
        for name, data in (("edit.yaml", edit), ("recipe.yaml", recipe)):
            (self.folder / name).write_text(json.dumps(data), encoding="utf-8")
        self._write_cues()

    def _channel(self, name: str, shape: dict[str, Any]) -> dict[str, Any]:
        quality = self.quality if name == "small" else 21.0
        video = {"preset": self.preset, "crf": quality, "gop_seconds": 2}
        return {**BASE, **shape, "title": name, "video": video}

    def _write_cues(self) -> None:
        lines = []
        shift = 110 / FPS if self.inserted >= 0 else 0.0
        for number in range(self.shots):
            start = number * (SHOT_S - 4 / FPS) + 0.6 + shift
            text = f"This is the {self.word} one" if number == self.shots // 2 else f"Subtitle number {number + 1}"
            lines.append(f"{number + 1}\n{clock(start)} --> {clock(start + 2)}\n{text}\n")
        (self.folder / "cues.srt").write_text("\n".join(lines), encoding="utf-8")

    def _join(self, numbers: tuple[int, ...]) -> None:
        listed = self.folder / "shots.txt"
        listed.write_text("".join(f"file '{self._shot(number)}'\n" for number in numbers), encoding="utf-8")
        sound = self.folder / "sound.m4a"
        if not sound.exists():
            length = str(len(numbers) * SHOT_S)
            speech = ("-stream_loop", "-1", "-i", str(SPEECH), "-t", length, "-ac", "2", "-ar", "48000")
            run_ffmpeg(*speech, "-c:a", "aac", "-b:a", "192k", str(sound))
            bed = "aevalsrc='0.1*sin(2*PI*t*(110+30*floor(mod(t,8)/2)))*(0.6+0.4*cos(PI*t))':s=48000:d=" + length
            run_ffmpeg("-f", "lavfi", "-i", bed, str(self.folder / "bed.flac"))
        run_ffmpeg(
            *("-f", "concat", "-safe", "0", "-i", str(listed), "-i", str(sound), "-map", "0:v", "-map", "1:a"),
            *("-c", "copy", "-fflags", "+bitexact", str(self.folder / "new.mp4")),
        )
        (self.folder / "new.mp4").replace(self.folder / "master.mp4")

    def _shot(self, number: int) -> Path:
        path = self.folder / f"shot{number}.ts"
        if not path.exists():
            look = f"hue=H={number * 0.61:.2f}:s=1.2,gblur=sigma=1.2,noise=alls=2:allf=t:all_seed={number + 5}"
            source = f"testsrc2=s=1920x1080:r={FPS},trim=start={number % 50}:duration={SHOT_S},setpts=PTS-STARTPTS"
            run_ffmpeg(
                *("-f", "lavfi", "-i", f"{source},{look}", "-c:v", "libx264", "-preset", "superfast", "-crf", "19"),
                *("-g", "50", "-pix_fmt", "yuv420p", "-x264-params", "open-gop=0"),
                *("-vf", "setparams=range=limited:color_primaries=bt709:color_trc=bt709:colorspace=bt709"),
                str(path),
            )
        return path


CHANGES: dict[str, tuple[Callable[[Material, int], None], float | None]] = {
    "nothing": (lambda one, n: None, None),
    "one word of one subtitle": (lambda one, n: setattr(one, "word", f"other{n}"), 0.04),
    "an in-point moved by a frame": (lambda one, n: setattr(one, "moved", 7 + 5 * n), 0.04),
    "a shot inserted at the front": (lambda one, n: setattr(one, "inserted", n), 0.06),
    "one shot mended in the master": (lambda one, n: setattr(one, "mended", 9 + 5 * n), 0.06),
    "other music": (lambda one, n: setattr(one, "music_db", -24.0 - n), None),
    "one channel's quality": (lambda one, n: setattr(one, "quality", 24.0 + n), None),
    "a channel more": (lambda one, n: setattr(one, "fifth", True), None),
}
"""What changes, by name, with the most that it may cost as a part of the whole."""


def plan(material: Material, cache: Path) -> dict[str, Any]:
    """Return what the plan says of the render: counts by kind, and the expected seconds."""
    command = [sys.executable, "-m", "mediakit", "plan", str(material.recipe), "--cache", str(cache), "--json"]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        raise SystemExit(f"plan failed:\n{(done.stderr or done.stdout)[-2000:]}")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    node = next(event for event in events if event.get("step") == "render")
    counts = {count["work"]: [count["make"], count["kept"]] for count in node["work"]}
    return {"state": node["state"], "work": counts, "seconds": node["seconds"]}


@dataclass(frozen=True)
class Run:
    """Wall and processor seconds of a run, and its peak memory in MB."""

    wall: float
    cpu: float
    peak: float


def timed(material: Material, cache: Path) -> Run:
    """Run the recipe."""
    started, used = time.monotonic(), children_cpu()
    peak = run_mediakit(["run", material.recipe, "--cache", cache])
    return Run(time.monotonic() - started, children_cpu() - used, peak)


def median_entry(runs: list[Run], whole: Run) -> dict[str, Any]:
    """Return medians of runs, in seconds and as parts of a whole run."""
    wall, cpu = (statistics.median(getattr(run, kind) for run in runs) for kind in ("wall", "cpu"))
    return {
        "seconds": [round(run.wall, 2) for run in runs],
        "median": round(wall, 2),
        "median_cpu": round(cpu, 2),
        "of_cold": round(wall / whole.wall, 4),
        "of_cold_cpu": round(cpu / whole.cpu, 4),
    }


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Make the programme, then change one thing after another."""
    cache = folder / "cache"
    shots = max(int(options.seconds) // SHOT_S, 12)
    Material(folder, shots, options.preset).write()
    cold_plan = plan(Material(folder, shots, options.preset, _master=tuple(range(shots + 2))), cache)
    cold = timed(Material(folder, shots, options.preset, _master=tuple(range(shots + 2))), cache)
    print(f"cold: {cold}", file=sys.stderr, flush=True)
    report: dict[str, Any] = {"cold_seconds": round(cold.wall, 1), "cold_cpu": round(cold.cpu, 1)}
    report |= {"cold_plan": cold_plan, "peak_mb": round(cold.peak)}
    runs: dict[str, list[Run]] = {}
    plans: dict[str, Any] = {}
    current = tuple(range(shots + 2))
    for number in range(options.repeats):
        for name, (change, _) in CHANGES.items():
            if name == "a channel more" and number:
                continue
            material = Material(folder, shots, options.preset, _master=current)
            change(material, number)
            material.write()
            current = material._master
            plans.setdefault(name, plan(material, cache) if name != "nothing" else None)
            print(f"{name}: {plans[name]}", file=sys.stderr, flush=True)
            runs.setdefault(name, []).append(timed(material, cache))
            print(f"{name}: {runs[name][-1]}", file=sys.stderr, flush=True)
    report["changes"] = {
        name: {"bound": CHANGES[name][1], "plan": plans[name], **median_entry(found, cold)}
        for name, found in runs.items()
    }
    material = Material(folder, shots, options.preset, checked=True, _master=current)
    material.write()
    more = timed(material, cache)
    material = Material(folder, shots, options.preset, checked=True, word="last", _master=material._master)
    material.write()
    again = timed(material, cache)
    whole = Run(cold.wall + more.wall, cold.cpu + more.cpu, max(cold.peak, more.peak))
    report["whole recipe"] = {
        "cold_seconds": round(whole.wall, 1),
        "peak_mb": round(whole.peak),
        "bound": 0.08,
        **median_entry([again], whole),
    }
    return report


def print_table(report: dict[str, Any]) -> None:
    cold = f"{report['cold_seconds']} s ({report['cold_cpu']} s of processor time)"
    print(f"cold: {cold}, peak memory {report['peak_mb']} MB")
    print(f"the plan said {report['cold_plan']}")
    for name, entry in report["changes"].items():
        bound = f"(at most {entry['bound']})" if entry["bound"] else ""
        said = entry["plan"]["work"] if entry["plan"] else ""
        parts = f"{entry['of_cold']:.4f} of cold, {entry['of_cold_cpu']:.4f} of its processor time"
        print(f"  {name:32} {entry['median']:8.2f} s  {parts} {bound:16} {said}")
    whole = report["whole recipe"]
    print(
        f"  with checks and packages, one word: {whole['median']} s of {whole['cold_seconds']} s, {whole['of_cold']} "
        f"({whole['of_cold_cpu']} of its processor time; at most {whole['bound']})"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--preset", default="veryfast")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        result = measure(Path(name), options)
    report = {"cores": os.cpu_count(), "seconds": options.seconds, "preset": options.preset, **result}
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print_table(report)


if __name__ == "__main__":
    main()
