"""What the same pictures cost when they pass through Python: moviepy against `mediakit render`, once, for the record.

    python benchmarks/by_moviepy.py [--seconds 10] [--output FILE]

moviepy decodes, scales, draws the subtitles and encodes each of the four pictures of ``render.py`` by itself, with the
same encoder, preset and crf. The blurred copy behind the upright picture is left out: it has no blur of its own.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from measuring import Cost
from render import BASE, CHANNELS, Bench, make_master, run_pieces, write_cues


def fit(clip: Any, width: int, height: int, kind: str) -> Any:
    """Return a moviepy clip in a frame."""
    from moviepy import ColorClip, CompositeVideoClip

    if kind == "crop":
        clip = clip.resized(height=height) if clip.w * height > clip.h * width else clip.resized(width=width)
        return clip.cropped(x_center=clip.w / 2, y_center=clip.h / 2, width=width, height=height)
    scale = min(width / clip.w, height / clip.h)
    clip = clip.resized(scale)
    if (clip.w, clip.h) == (width, height):
        return clip
    behind = ColorClip((width, height), (0, 0, 0)).with_duration(clip.duration)
    return CompositeVideoClip([behind, clip.with_position("center")], size=(width, height))


def run_moviepy(bench: Bench, out: Path) -> None:
    """Make the four pictures, one after the other."""
    from moviepy import CompositeVideoClip, TextClip, VideoFileClip

    from mediakit.subtitles.formats import read_cues
    from mediakit.tools.fonts import find_font

    font = str(find_font("en").path)
    cues = read_cues(bench.cues, "en").cues
    for name, channel in CHANNELS.items():
        frame: Any = channel["frame"]
        with VideoFileClip(str(bench.master)) as source:
            picture = fit(source, frame["width"], frame["height"], str(channel["fit"]))
            texts = [
                TextClip(font=font, text=cue.text, font_size=frame["height"] // 20, color="white")
                .with_start(cue.start)
                .with_end(min(cue.end, picture.duration))
                .with_position(("center", 0.86), relative=True)
                for cue in cues
                if cue.start < picture.duration
            ]
            whole = CompositeVideoClip([picture, *texts], size=(frame["width"], frame["height"]))
            whole.with_duration(source.duration).write_videofile(
                str(out / f"{name}.mp4"),
                fps=frame["fps"],
                codec="libx264",
                audio_codec="aac",
                preset=bench.preset,
                ffmpeg_params=["-crf", "21", "-g", "50", "-pix_fmt", "yuv420p"],
                logger=None,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--preset", default="veryfast")
    parser.add_argument("--output", type=Path, help="where to write the results as JSON")
    options = parser.parse_args()
    cost = Cost({}, {})
    with tempfile.TemporaryDirectory(prefix="mediakit-bench-") as name:
        folder = Path(name)
        video = {"preset": options.preset, "crf": 21, "gop_seconds": 2}
        channels = {name: {**BASE, **value, "title": name, "video": video} for name, value in CHANNELS.items()}
        (folder / "channels.yaml").write_text(json.dumps(channels), encoding="utf-8")
        cues = write_cues(folder / "a.srt", options.seconds, "first")
        master = make_master(folder, options.seconds)
        bench = Bench(folder, master, cues, cues, folder / "channels.yaml", options.seconds, options.preset)
        (folder / "moviepy").mkdir()
        with cost.of("moviepy"):
            run_moviepy(bench, folder / "moviepy")
        with cost.of("mediakit"):
            run_pieces(bench, folder / "out", folder / "cache", cues)
    wall = cost.medians(cost.wall)
    report = {"seconds": options.seconds, "wall_seconds": wall, "ratio": round(wall["mediakit"] / wall["moviepy"], 3)}
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print(f"moviepy {wall['moviepy']} s, mediakit {wall['mediakit']} s: {report['ratio']}")


if __name__ == "__main__":
    main()
