"""What rendering in pieces costs and saves: against one ffmpeg run a channel, and one graph with all encoders.

    python benchmarks/render.py [--seconds 30] [--presets veryfast medium] [--repeats 3] [--media FILE] [--output FILE]

Four pictures with burned subtitles and one sound are made from a generated 1080p master (or ``--media``). The
competitors are written as one would by hand, with ffmpeg's usual filters, the same text and encoder settings, and as
many encoder threads as x264 likes. ``own graph`` is one run of all that mediakit draws, with its own filters (it blurs
backgrounds small), so that the gain of pieces alone is seen. Runs are interleaved; figures are medians.
``mediakit render`` is timed as a command, from Python's start to the published
files, with an empty cache; then once more with nothing changed, and with one word of one subtitle changed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from measuring import Cost, clock, compare, run_ffmpeg, run_mediakit

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


PAIRS = (("pieces", "each"), ("pieces", "graph"), ("pieces", "own graph"), ("one word", "pieces"))


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


def whole_arguments(bench: Bench, wanted: list[str], out: Path) -> list[str]:
    """Return one ffmpeg run that makes some channels of the whole master, threads as x264 and the decoder like."""
    from mediakit.channels.loading import load_profiles
    from mediakit.media.digests import digest_file
    from mediakit.render.caption_ass import render_ass
    from mediakit.render.caption_style import caption_style
    from mediakit.render.drawing import Drawing, shift_frames
    from mediakit.render.encode import build_arguments
    from mediakit.render.geometry import Display
    from mediakit.render.pieces import Piece, SourceGrid
    from mediakit.render.scene import Scene, Window
    from mediakit.render.spec import Knobs, spec_of_channel
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
        spec = spec_of_channel(channel, Knobs(preset=bench.preset))
        style = caption_style(channel, font, profiles.subtitles["netflix_en"])
        text = render_ass(sheet.cues, style, shift_frames(spec.fps) / spec.fps)
        (out / name).mkdir(parents=True, exist_ok=True)
        drawings[out / name] = Drawing(spec, text, str(font.path), font.digest)
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


def hand_arguments(bench: Bench, wanted: list[str], out: Path) -> list[str]:
    """Return one ffmpeg run for some channels as one would write it by hand: usual filters, same text and encoder."""
    from mediakit.render.drawing import SHIFT_S

    whole_arguments(bench, wanted, out)  # for the text's files
    graph = f"[0:v]split={len(wanted)}" + "".join(f"[in{number}]" for number in range(len(wanted)))
    outputs: list[str] = []
    for number, name in enumerate(wanted):
        shape: Any = CHANNELS[name]
        size = f"{shape['frame']['width']}:{shape['frame']['height']}"
        inside, around = (f"scale={size}:force_original_aspect_ratio={kind}" for kind in ("decrease", "increase"))
        chain = {
            "pad": f"{inside},pad={size}:-1:-1",
            "crop": f"{around},crop={size}",
            "blur": f"split[a{number}][b{number}];[a{number}]{around},crop={size},gblur=sigma=40[c{number}];"
            f"[b{number}]{inside}[d{number}];[c{number}][d{number}]overlay=(W-w)/2:(H-h)/2",
        }[shape["fit"]]
        text = f"ass={out}/text{number}.ass:fontsdir={out}/text{number}-fonts"
        graph += f";[in{number}]{chain},setpts=PTS+{SHIFT_S}/TB,{text},setpts=PTS-{SHIFT_S}/TB[out{number}]"
        groups = "keyint=50:min-keyint=50:scenecut=0:open-gop=0:bframes=2"
        coding = ("-c:v", "libx264", "-preset", bench.preset, "-crf", "21", "-pix_fmt", "yuv420p")
        outputs += ["-map", f"[out{number}]", *coding, "-x264-params", groups, str(out / name / "piece.mp4")]
    return ["-i", str(bench.master), "-filter_complex", graph, *outputs]


def run_sound(bench: Bench, out: Path) -> None:
    """Bring the sound to -23 LUFS by hand: measure, raise, encode."""
    from mediakit.tools.loudness import parse_loudness

    log = run_ffmpeg("-i", str(bench.master), "-vn", "-af", "ebur128=framelog=quiet", "-f", "null", "-")
    gain = -23 - (parse_loudness(log).integrated_lufs or -23)
    level = ("-af", f"volume={gain:.2f}dB", "-c:a", "aac", "-b:a", "128k")
    run_ffmpeg("-i", str(bench.master), "-vn", *level, str(out / "sound.m4a"))


def run_each(bench: Bench, out: Path) -> None:
    for name in CHANNELS:
        run_ffmpeg(*hand_arguments(bench, [name], out))
    run_sound(bench, out)


def run_graph(bench: Bench, out: Path) -> None:
    run_ffmpeg(*hand_arguments(bench, list(CHANNELS), out))
    run_sound(bench, out)


def run_own_graph(bench: Bench, out: Path) -> None:
    run_ffmpeg(*whole_arguments(bench, list(CHANNELS), out))
    run_sound(bench, out)


def run_pieces(bench: Bench, out: Path, cache: Path, cues: Path) -> float:
    """Run the command; return its peak memory with all children, in MB."""
    command = ["render", bench.master, "-o", out, "--cache", cache, "--subtitles", cues]
    command += ["--channels", bench.channels, "--preset", bench.preset, "--language", "en"]
    return run_mediakit([*command, *(part for name in CHANNELS for part in ("--channel", name))])


def compare_all(bench: Bench, out: Path, own: Path, each: Path) -> dict[str, Any]:
    """Compare pictures with those of the competitors; in the tall one mediakit sets the text elsewhere."""
    made = {}
    for name in ("wide", "square"):
        joined = out / name / bench.master.stem / f"{bench.master.stem}.mp4"
        others = {"own graph": own, "each": each}
        made[name] = {other: compare(joined, folder / name / "piece.mp4") for other, folder in others.items()}
    return made


def measure(bench: Bench, repeats: int) -> dict[str, Any]:
    """Run everything in turn, ``repeats`` times."""
    cost = Cost({}, {})
    peak = 0.0
    facts: dict[str, Any] = {}
    for number in range(repeats):
        work = bench.folder / f"{bench.preset}-{number}"
        each, graph, own, out, cache = (work / name for name in ("each", "graph", "own", "out", "cache"))
        for folder in (each, graph, own):
            folder.mkdir(parents=True)
        with cost.of("each"):
            run_each(bench, each)
        with cost.of("graph"):
            run_graph(bench, graph)
        with cost.of("own graph"):
            run_own_graph(bench, own)
        with cost.of("pieces"):
            peak = max(peak, run_pieces(bench, out, cache, bench.cues))
        with cost.of("nothing changed"):
            run_pieces(bench, out, cache, bench.cues)
        if number == 0:
            pieces = sum(path.stat().st_size for path in out.glob("*/*/*.mp4"))
            whole = sum(path.stat().st_size for path in own.glob("*/piece.mp4"))
            whole += len(CHANNELS) * (own / "sound.m4a").stat().st_size  # each of the others has it inside
            facts = {"size_ratio": round(pieces / whole, 3), "psnr": compare_all(bench, out, own, each)}
        with cost.of("one word"):
            run_pieces(bench, out, cache, bench.changed)
        shutil.rmtree(work)
    ratios = {}
    for kind, values in (("wall", cost.medians(cost.wall)), ("cpu", cost.medians(cost.cpu))):
        for one, two in PAIRS:
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
        print(f"  peak memory        {result['peak_mb']:8} MB   size ratio {result['size_ratio']}")
        for name, found in result["psnr"].items():
            print(f"  {name:8} psnr {found}")


if __name__ == "__main__":
    main()
