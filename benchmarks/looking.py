"""What ``look`` costs, and how right it is: shots, faces, speed, memory.

    python benchmarks/looking.py [--media FOLDER] [--seconds 60] [--rates 8 27] [--only shots faces] [--output FILE]

**Shots**: clips of FOLDER with marked cuts (``NAME.cuts.json`` beside them), both samples. Where PySceneDetect can be
imported, its detectors are run on the same files. Dissolves and fades are made between shots of these clips, too. A
transition is found by a change within it.

**Faces**: generated clips in which a real face moves on known paths, and the sample's own face boxes.

**Speed**: 1080p with grain, encoded at so many Mb/s, through the command line with an empty cache, with a full one, and
once more with one of its stretches changed. Beside it, what decoding alone takes by one thread of PyAV, measured in
the same minute: on a machine that others use, quote what comes in proportion to that.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from measuring import children_cpu, look, run_ffmpeg, run_mediakit
from transitions import PLANS, make_transitions

HERE = Path(__file__).resolve().parent
SAMPLES = HERE.parent / "samples"
FADES = "psd_testvideo_fades_24s.mp4"
FADES_TRUTH = [(180, 217), (359, 400), (524, 562)]
"""Fades as its author lists them, and a dissolve that a look at the frames shows; first and last frame."""
PEOPLE = ("googlework_short_35s.mp4", "debate_split_screen_8s.avi", "charades_home_31s.mp4")

Spans = list[tuple[int, int]]


# Shots


def list_truths(media: Path | None, folder: Path) -> Iterator[tuple[Path, Spans]]:
    """Yield clips with their changes of shot, as first and last frame at which the new shot may begin."""
    for language in ("zh", "en"):
        truth = json.loads((SAMPLES / language / "truth.json").read_text(encoding="utf-8"))
        yield SAMPLES / language / "master.mp4", [(cut, cut) for cut in truth["cuts"]]
    for path in sorted(media.rglob("*.cuts.json")) if media else ():
        data = json.loads(path.read_text(encoding="utf-8"))
        yield path.with_name(path.name.removesuffix(".cuts.json")), [(cut, cut) for cut in data["cut_frames"]]
    for path in sorted(media.rglob(FADES)) if media else ():
        yield path, FADES_TRUTH
    for name in PLANS if media else ():
        yield make_transitions(folder, media, SAMPLES, name)


def find_ours(path: Path) -> list[int]:
    from mediakit.tools.probe import probe_with_index
    from mediakit.vision.cuts import read_thumbs
    from mediakit.vision.shots import find_changes

    info, _ = probe_with_index(path, "0" * 64)
    assert info.picture is not None
    times, thumbs = read_thumbs(path, info.picture.index)
    return [change.at for change in find_changes(thumbs, times)]


def list_finders() -> dict[str, Callable[[Path], list[int]]]:
    finders: dict[str, Callable[[Path], list[int]]] = {"mediakit": find_ours}
    try:
        import scenedetect
    except ImportError:
        return finders

    def peer(*detectors: Any) -> Callable[[Path], list[int]]:
        def find(path: Path) -> list[int]:
            video = scenedetect.open_video(str(path))
            manager = scenedetect.SceneManager()
            for detector in detectors:
                manager.add_detector(detector())
            manager.detect_scenes(video)
            return [start.frame_num for start, _ in manager.get_scene_list()[1:]]

        return find

    finders["scenedetect content"] = peer(scenedetect.ContentDetector)
    finders["scenedetect adaptive"] = peer(scenedetect.AdaptiveDetector)
    finders["scenedetect adaptive+threshold"] = peer(scenedetect.AdaptiveDetector, scenedetect.ThresholdDetector)
    return finders


def measure_shots(media: Path | None, folder: Path) -> dict[str, Any]:
    made: dict[str, Any] = {}
    finders = list_finders()
    for path, truth in list_truths(media, folder):
        for name, finder in finders.items():
            started = os.times()
            found = finder(path)
            ended = os.times()
            hits = sum(any(first <= at <= last for at in found) for first, last in truth)
            wrong = [at for at in found if not any(first <= at <= last for first, last in truth)]
            row = {
                "marked": len(truth),
                "found": hits,
                "wrong": wrong,
                "missed": [span for span in truth if not any(span[0] <= at <= span[1] for at in found)],
                "cpu_seconds": round(ended.user + ended.system - started.user - started.system, 1),
            }
            made.setdefault(name, {})[path.name if path.parent.name not in ("zh", "en") else path.parent.name] = row
    for name, rows in made.items():
        marked = sum(row["marked"] for row in rows.values())
        found = sum(row["found"] for row in rows.values())
        wrong = sum(len(row["wrong"]) for row in rows.values())
        rows["all"] = {
            "marked": marked,
            "recall": round(found / marked, 3),
            "precision": round(found / max(found + wrong, 1), 3),
            "cpu_seconds": round(sum(row["cpu_seconds"] for row in rows.values()), 1),
        }
        print(f"{name:32} {rows['all']}")
    return made


# Faces


def measure_faces(folder: Path) -> dict[str, Any]:
    sys.path.insert(0, str(HERE.parent / "tests"))
    from face_factory import Actor, make_faces

    plans = {
        "slow": [Actor((0.5, 0.45), (0.25, 0.05), size=0.3, period=6)],
        "fast": [Actor((0.5, 0.45), (0.35, 0.1), size=0.25, period=2)],
        "small": [Actor((0.5, 0.45), (0.3, 0.1), size=0.15, period=5)],
        "two": [Actor((0.3, 0.45), (0.06, 0.05), size=0.3), Actor((0.72, 0.5), (0.08, 0.08), size=0.25, period=3)],
        "crossing": [
            Actor((0.5, 0.4), (0.3, 0.0), size=0.2, period=8),
            Actor((0.5, 0.6), (-0.3, 0.0), size=0.3, period=8),
        ],
    }
    made: dict[str, Any] = {}
    for name, actors in plans.items():
        path = folder / f"{name}.mp4"
        make_faces(path, actors, seconds=8, size=(1280, 720))
        made[name] = rate_faces(look(path, folder), actors, 8.0)
        print(f"faces, {name:10} {made[name]}")
    made["sample"] = rate_sample(look(SAMPLES / "zh" / "master.mp4", folder))
    print(f"faces, sample     {made['sample']}")
    return made


def rate_faces(record: Any, actors: Sequence[Any], seconds: float) -> dict[str, Any]:
    """Compare sightings with the truth five times a second; errors are in heights of the face."""
    persons = [person for shot in record.shots for person in shot.persons]
    hits, errors, aspect = 0, [], record.width / record.height
    moments = [k / 5 for k in range(int(seconds * 5))]
    for moment in moments:
        for actor in actors:
            x, y = actor.centre(moment)
            near = []
            for person in persons:
                sighting = min(person.sightings, key=lambda one: abs(one.time - moment))
                if abs(sighting.time - moment) <= 0.11:
                    a, b = sighting.area.centre
                    near.append((((a - x) * aspect) ** 2 + (b - y) ** 2) ** 0.5 / actor.size)
            if near and min(near) <= 0.5:
                hits += 1
                errors.append(min(near))
    sightings = sum(len(person.sightings) for person in persons)
    return {
        "recall": round(hits / (len(moments) * len(actors)), 3),
        "precision": round(min(hits / max(sightings, 1), 1.0), 3),
        "mean_error": round(mean(errors), 3) if errors else None,
        "worst_error": round(max(errors), 3) if errors else None,
        "persons": len(persons),
    }


def rate_sample(record: Any) -> dict[str, Any]:
    truth = json.loads((SAMPLES / "zh" / "truth.json").read_text(encoding="utf-8"))
    hits, errors = 0, []
    for face in truth["faces"]:
        moment = face["frame"] / 25
        x, y = (face["x"] + face["w"] / 2) / 1920, (face["y"] + face["h"] / 2) / 1080
        shot = next(shot for shot in record.shots if shot.start <= moment + 1e-6 < shot.end)
        for person in shot.persons:
            sighting = min(person.sightings, key=lambda one: abs(one.time - moment))
            a, b = sighting.area.centre
            error = (((a - x) * 1920) ** 2 + ((b - y) * 1080) ** 2) ** 0.5 / face["h"]
            if abs(sighting.time - moment) <= 0.21 and error < 0.5:
                hits += 1
                errors.append(error)
                break
    kinds = {shot["start"]: shot["kind"] for shot in truth["shots"]}
    wrong = [shot.start for shot in record.shots if shot.persons and kinds.get(round(shot.start * 25)) != "face"]
    return {
        "recall": round(hits / len(truth["faces"]), 3),
        "mean_error": round(mean(errors), 3),
        "shots_with_false_faces": len(wrong),
    }


# Speed


def make_material(folder: Path, media: Path | None, seconds: int, megabits: int) -> Path:
    """Encode real pictures, enlarged to 1080p, with grain, at a bit rate."""
    path = folder / f"{megabits}M.mp4"
    found = [next(media.rglob(name)) for name in PEOPLE] if media else []
    sources = [*found, SAMPLES / "zh" / "master.mp4", SAMPLES / "en" / "master.mp4"]
    inputs, graph = [], ""
    for number, source in enumerate(sources):
        inputs += ["-i", str(source)]
        graph += f"[{number}:v]fps=25,scale=1920:1080:flags=lanczos,setsar=1,format=yuv420p[v{number}];"
    graph += "".join(f"[v{number}]" for number in range(len(sources)))
    graph += f"concat=n={len(sources)}:v=1,noise=alls=8:allf=t:all_seed=1,trim=duration={seconds}"
    rate = f"{megabits}M"
    run_ffmpeg(
        *(*inputs, "-filter_complex", graph, "-c:v", "libx264", "-preset", "fast", "-g", "50"),
        *("-b:v", rate, "-maxrate", f"{megabits * 5 // 4}M", "-bufsize", f"{megabits * 2}M", str(path)),
    )
    return path


def measure_speed(folder: Path, media: Path | None, seconds: int, megabits: int) -> dict[str, Any]:
    path = make_material(folder, media, seconds, megabits)
    row: dict[str, Any] = {"megabits": round(path.stat().st_size * 8 / seconds / 1e6, 1)}
    row["load_before"] = round(os.getloadavg()[0], 1)
    row["decode_cpu_seconds"] = round(decode_alone(path), 1)
    for name in ("first", "second"):
        command = ["look", path, "-o", folder / "picture.json", "--cache", folder / f"cache{megabits}"]
        started, used = time.monotonic(), children_cpu()
        peak = run_mediakit(command)
        wall, cpu = time.monotonic() - started, children_cpu() - used
        row[name] = {
            "wall_seconds": round(wall, 1),
            "cpu_seconds": round(cpu, 1),
            "times_real_time_wall": round(seconds / wall, 2),
            "times_real_time_two_cores": round(2 * seconds / cpu, 2),
            "peak_mb": round(peak),
        }
    row["look_to_decode"] = round(row["first"]["cpu_seconds"] / row["decode_cpu_seconds"], 2)
    print(json.dumps(row))
    return row


def decode_alone(path: Path) -> float:
    """Return the processor time of decoding every frame by one thread, in a process of its own."""
    import subprocess

    program = (
        "import av, sys\n"
        "with av.open(sys.argv[1]) as container:\n"
        "    stream = container.streams.video[0]\n"
        "    stream.codec_context.thread_count, stream.thread_type = 1, 'NONE'\n"
        "    for frame in container.decode(stream): pass\n"
    )
    before = children_cpu()
    subprocess.run([sys.executable, "-c", program, str(path)], check=True)
    return children_cpu() - before


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--media", type=Path, help="a folder with real clips and marked cuts")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rates", type=int, nargs="+", default=[8, 27], help="Mb/s")
    parser.add_argument("--only", nargs="+", choices=("shots", "faces", "speed"), default=("shots", "faces", "speed"))
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    results: dict[str, Any] = {"cores": os.cpu_count()}
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        folder = Path(name)
        if "shots" in options.only:
            results["shots"] = measure_shots(options.media, folder)
        if "faces" in options.only:
            results["faces"] = measure_faces(folder)
        if "speed" in options.only:
            results["speed"] = [measure_speed(folder, options.media, options.seconds, rate) for rate in options.rates]
    if options.output:
        options.output.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
