"""Windows that follow people: on made shots with known truth, on clips, and what showing them costs.

    python benchmarks/framing.py [--media FILE ...] [--portrait FILE] [--no-render] [--output FILE]

Made shots hand the faces' true places, with the noise, gaps and slips of a detector, to the choice of windows; what is
measured is measured against the truth at 25 frames a second. ``--portrait`` (a still with one face) is moved along the
same ways in real clips, which are then looked at. Of ``--media`` there is no truth but what was seen in them. Beside
it: the window in the picture's middle, and one that runs after the face through a low pass.

held: share of the face frames with the whole face inside. off: mean distance of the face from its best place across,
in window widths (people who speak in turn: of the one who speaks). jerk: root mean square of the third difference, in
window heights a second cubed. turns: changes of direction a minute. still: share of the time without movement.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from measuring import children_cpu, look, run_ffmpeg

from mediakit.framing.choose import Manner
from mediakit.framing.propose import propose_framing
from mediakit.media.framing import format_shape
from mediakit.media.picture import Area, Person, PictureRecord, Shot, Sighting
from mediakit.media.windows import Windows, window_size
from mediakit.render.reframe import look_up

SIZE = (1920, 1080)
WIDE = Fraction(*SIZE)
SHAPES = (Fraction(9, 16), Fraction(1))
FPS = 25
SEEN_S = 0.2
Way = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Face:
    """A face's true way: middle across and down, height (shares of the picture), when it speaks."""

    x: Way
    size: float = 0.16
    y: float = 0.34
    speaks: Callable[[np.ndarray], np.ndarray] = lambda t: np.zeros_like(t)
    grows: float = 1.0

    def boxes(self, times: np.ndarray, start: float, end: float) -> np.ndarray:
        """Return left, top, right, bottom at some times."""
        part = (times - start) / (end - start)
        high = self.size * (1 + (self.grows - 1) * part)
        wide = high * 0.78 / float(WIDE)
        x = self.x(times - start)
        return np.stack([x - wide / 2, self.y - high / 2, x + wide / 2, self.y + high / 2], axis=1)


@dataclass(frozen=True)
class Scene:
    """A made shot."""

    name: str
    seconds: float
    faces: tuple[Face, ...]


def ease(t: np.ndarray) -> np.ndarray:
    part = np.clip(t, 0, 1)
    return part * part * (3 - 2 * part)


def scenes() -> list[Scene]:
    """Return the made shots."""
    sway = lambda t: 0.55 + 0.02 * np.sin(t * 1.3) + 0.008 * np.sin(t * 4.1)  # noqa: E731
    silent = lambda t: 0.22 + 0.05 * np.sin(t * 0.9) + 0.03 * np.sin(t * 2.7)  # noqa: E731
    return [
        Scene("head that talks", 12, (Face(sway),)),
        Scene("walks across, slowly", 12, (Face(lambda t: 0.12 + 0.76 * np.clip(t / 12, 0, 1)),)),
        Scene("walks across, fast", 4, (Face(lambda t: 0.1 + 0.8 * np.clip(t / 4, 0, 1)),)),
        Scene("stands, walks, stands", 10, (Face(lambda t: 0.25 + 0.5 * ease((t - 4) / 2.5)),)),
        Scene("there and back", 12, (Face(lambda t: 0.3 + 0.4 * (ease((t - 2) / 2.5) - ease((t - 7) / 2.5))),)),
        Scene("rocks to and fro", 12, (Face(lambda t: 0.5 + 0.1 * np.sin(t * 1.1)),)),
        Scene("comes near", 8, (Face(lambda t: 0.6 - 0.15 * ease(t / 8), 0.1, 0.4, grows=3.0),)),
        Scene(
            "two take turns",
            20,
            (
                Face(silent, speaks=lambda t: ((t % 10) < 5).astype(float)),
                Face(lambda t: 0.78 + 0.01 * np.sin(t), speaks=lambda t: ((t % 10) >= 5).astype(float)),
            ),
        ),
        *(
            Scene(f"cut {k}", 2.2, (Face(lambda t, x=x: x + 0.01 * np.sin(t * 2)),))
            for k, x in enumerate((0.2, 0.7, 0.4))
        ),
    ]


def make_record(made: Sequence[Scene], seed: int = 7) -> PictureRecord:
    """Return what a detector would see of the shots: five times a second, with noise, gaps and slips."""
    random = np.random.default_rng(seed)
    shots, start = [], 0.0
    for scene in made:
        end = round(start + scene.seconds, 3)
        times = np.arange(start, end, SEEN_S)
        persons = []
        for number, face in enumerate(scene.faces, 1):
            boxes = face.boxes(times, start, end)
            high = boxes[:, 3:] - boxes[:, 1:2]
            boxes = boxes + random.normal(0, 0.03, boxes.shape) * high / np.array([float(WIDE), 1, float(WIDE), 1])
            lips = np.abs(np.sin(times * 11)) * 0.2 * face.speaks(times - start) + np.abs(
                random.normal(0, 0.02, len(times))
            )
            kept = random.random(len(times)) > 0.1
            if len(times) > 40:
                kept[20:25] = False
            persons.append(
                Person(
                    id=number,
                    sightings=tuple(
                        Sighting(
                            time=float(t),
                            area=Area(x=b[0], y=b[1], width=b[2] - b[0], height=b[3] - b[1]),
                            confidence=0.8,
                            lips=float(a),
                        )
                        for t, b, a, k in zip(times, boxes.tolist(), lips, kept, strict=True)
                        if k
                    ),
                )
            )
        shots.append(Shot(start=start, end=end, persons=tuple(persons)))
        start = end
    return PictureRecord(width=SIZE[0], height=SIZE[1], fps=FPS, duration=start, shots=tuple(shots))  # type: ignore[arg-type]


@dataclass
class Follow:
    """Windows frame by frame: middle across and down, width and height; NaN where the picture is shown whole."""

    x: np.ndarray
    y: np.ndarray
    wide: np.ndarray
    high: np.ndarray


def frames_of(windows: Windows, start: float, end: float) -> tuple[np.ndarray, Follow]:
    """Return the windows of a stretch at every frame's time."""
    times = np.arange(round((end - start) * FPS)) / FPS + start
    rows = []
    for time in times.tolist():
        stretch = windows.stretches[windows.number_at(time, 0.01)]
        if stretch.show != "window":
            rows.append((np.nan, np.nan, np.nan, np.nan) if stretch.show == "split" else (0.5, 0.5, 1.0, 1.0))
            continue
        way = stretch.paths[0]
        mark = way.at(time)
        rows.append((mark.x, mark.y, *window_size(way.height, windows.shape, windows.picture)))
    x, y, wide, high = np.array(rows).T
    return times, Follow(x, y, wide, high)


def centre(times: np.ndarray, shape: Fraction) -> Follow:
    wide, high = window_size(1.0, shape, WIDE)
    whole = np.ones_like(times)
    return Follow(whole * 0.5, whole * 0.5, whole * wide, whole * high)


def low_pass(times: np.ndarray, boxes: np.ndarray, shape: Fraction) -> Follow:
    """Return the window that runs after a face through a low pass of 0.4 s."""
    follow = centre(times, shape)
    wanted = np.clip((boxes[:, 0] + boxes[:, 2]) / 2, follow.wide / 2, 1 - follow.wide / 2)
    place = wanted.copy()
    for k in range(1, len(place)):
        place[k] = place[k - 1] + (wanted[k] - place[k - 1]) / (0.4 * FPS)
    return Follow(place, follow.y, follow.wide, follow.high)


def judge(times: np.ndarray, follow: Follow, boxes: np.ndarray) -> dict[str, float]:
    """Return the measures of one shot; ``boxes`` are the true face of each frame."""
    inside = (
        (boxes[:, 0] >= follow.x - follow.wide / 2 - 1e-6)
        & (boxes[:, 2] <= follow.x + follow.wide / 2 + 1e-6)
        & (boxes[:, 1] >= follow.y - follow.high / 2 - 1e-6)
        & (boxes[:, 3] <= follow.y + follow.high / 2 + 1e-6)
    )
    best = np.clip((boxes[:, 0] + boxes[:, 2]) / 2, follow.wide / 2, 1 - follow.wide / 2)
    place = follow.x * float(WIDE) / follow.high
    jumps = np.abs(np.diff(place)) > 0.1  # a cut from one speaker to the other is no movement
    parts = np.split(place, np.flatnonzero(jumps) + 1)
    third = np.concatenate([np.diff(part, n=3) for part in parts if len(part) > 3] or [np.zeros(1)]) * FPS**3
    steps = np.concatenate([np.diff(part) for part in parts if len(part) > 1] or [np.zeros(1)])
    moved = np.sign(np.where(np.abs(steps) * FPS < 0.004, 0, steps))
    moved = moved[moved != 0]
    return {
        "frames": len(times),
        "held": float(inside.mean()),
        "off": float((np.abs(follow.x - best) / follow.wide).mean()),
        "jerk": float(np.sqrt((third**2).mean())),
        "turns": float((np.diff(moved) != 0).sum() / (len(times) / FPS / 60)),
        "still": float((np.abs(steps) * FPS < 0.004).mean()),
        "speed": float(np.abs(steps).max() * FPS),
    }


def measure_made() -> list[dict[str, Any]]:
    """Measure the made shots in every shape."""
    made = scenes()
    framing = propose_framing(make_record(made), SHAPES, Manner(people="switch"))
    rows: list[dict[str, Any]] = []
    for shape in SHAPES:
        windows = framing.windows(shape)
        start = 0.0
        for scene, shot in zip(made, framing.shots, strict=True):
            times, follow = frames_of(windows, shot.start, shot.end)
            every = [face.boxes(times, shot.start, shot.end) for face in scene.faces]
            speaking = np.stack([face.speaks(times - shot.start) for face in scene.faces]).argmax(axis=0)
            boxes = np.stack(every)[speaking, np.arange(len(times))]
            entry = {"scene": scene.name, "shape": format_shape(shape), "why": shot.views[format_shape(shape)].why}
            rows.append(
                {
                    **entry,
                    "window": judge(times, follow, boxes),
                    "centre": judge(times, centre(times, shape), boxes),
                    "low pass": judge(times, low_pass(times, boxes, shape), boxes),
                }
            )
            start = shot.end
        assert start > 0
    return rows


def measure_seen(name: str, record: PictureRecord) -> list[dict[str, Any]]:
    """Measure a clip against the faces that were seen in it, of the people that a window is meant for."""
    framing = propose_framing(record, SHAPES, Manner())
    rows = []
    picture = Fraction(record.width, record.height)
    for shape in SHAPES:
        windows = framing.windows(shape)
        counts = {"window": [0, 0], "centre": [0, 0]}
        whole = 0.0
        wide, high = window_size(1.0, shape, picture)
        for shot, framed in zip(record.shots, framing.shots, strict=True):
            view = framed.views[format_shape(shape)]
            for part in windows.stretches[windows.number_at(shot.start, 0.01) :]:
                if part.start >= shot.end - 1e-6:
                    break
                if part.show != "window":
                    whole += part.end - part.start
                    continue
                meant = view.parts[0].person if len(view.parts) == 1 else None
                for person in shot.persons:
                    if meant is not None and person.id != meant:
                        continue
                    for one in person.sightings:
                        if not part.start <= one.time < part.end:
                            continue
                        mark = part.paths[0].at(one.time)
                        size = window_size(part.paths[0].height, shape, picture)
                        for kind, x, y, (w, h) in (
                            ("window", mark.x, mark.y, size),
                            ("centre", 0.5, 0.5, (wide, high)),
                        ):
                            area = one.area
                            inside = (
                                area.x >= x - w / 2 - 1e-3
                                and area.right <= x + w / 2 + 1e-3
                                and max(area.y, 0) >= y - h / 2 - 1e-3
                                and min(area.bottom, 1) <= y + h / 2 + 1e-3
                            )
                            counts[kind][0] += inside
                            counts[kind][1] += 1
        row = {"clip": name, "shape": format_shape(shape), "shots": len(record.shots)}
        row |= {f"held {kind}": round(a / b, 4) if b else None for kind, (a, b) in counts.items()}
        rows.append({**row, "faces": counts["window"][1], "shown whole": round(whole / record.duration, 3)})
    return rows


def make_portrait_clip(portrait: Path, folder: Path) -> tuple[Path, list[Scene]]:
    """Return a clip in which a still of a face is moved along the made ways, and the ways of one face."""
    single = [scene for scene in scenes() if len(scene.faces) == 1 and scene.faces[0].grows == 1]
    parts = []
    for number, scene in enumerate(single):
        path = folder / f"part{number}.mp4"
        places = scene.faces[0].x(np.arange(round(scene.seconds * FPS)) / FPS)
        listed = look_up([round(x * SIZE[0]) for x in places.tolist()])
        script = folder / "overlay.txt"
        grey = ("0x304050", "0x405030", "0x503040")[number % 3]
        script.write_text(
            f"color=c={grey}:s={SIZE[0]}x{SIZE[1]}:r={FPS}:d={scene.seconds},noise=alls=8[b];"
            f"[0:v]scale=-2:620[f];[b][f]overlay=x='{listed}-overlay_w/2':y=H-h:eval=frame:shortest=1,format=yuv420p"
        )
        run_ffmpeg(
            *("-loop", "1", "-framerate", str(FPS), "-i", str(portrait), "-/filter_complex", str(script)),
            *("-t", str(scene.seconds), "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", str(path)),
        )
        parts.append(path)
    listing = folder / "parts.txt"
    listing.write_text("".join(f"file '{path.name}'\n" for path in parts))
    whole = folder / "portrait.mp4"
    run_ffmpeg("-f", "concat", "-safe", "0", "-i", str(listing), "-c", "copy", str(whole))
    return whole, single


def measure_cost(seconds: float = 4.0) -> list[dict[str, Any]]:
    """Return the processor time of showing 1080p in a tall frame, by fit, with the encoder at veryfast."""
    from mediakit.media.digests import digest_file
    from mediakit.media.windows import Mark, Stretch
    from mediakit.media.windows import Path as Course
    from mediakit.render.drawing import Drawing
    from mediakit.render.encode import encode_piece
    from mediakit.render.geometry import Display
    from mediakit.render.pieces import SourceGrid
    from mediakit.render.scene import Scene as Decoded
    from mediakit.render.scene import Window
    from mediakit.render.spec import Encoding, PictureSpec
    from mediakit.render.views import view_piece
    from mediakit.tools.probe import index_packets, probe_media

    courses = {
        "track, still": Course(1.0, (Mark(0, 0.4, 0.5),)),
        "track, moving": Course(1.0, (Mark(0, 0.3, 0.5), Mark(seconds, 0.7, 0.5))),
    }
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip = folder / "a.mp4"
        run_ffmpeg(
            *("-f", "lavfi", "-i", f"testsrc2=s=1920x1080:r=25:d={seconds}", "-c:v", "libx264", "-preset", "veryfast"),
            *("-crf", "18", "-pix_fmt", "yuv420p", str(clip)),
        )
        info = probe_media(clip, digest_file(clip))
        assert info.picture is not None
        display, index = Display.of(info.picture), index_packets(clip, info.picture.index)
        grid = SourceGrid(index, Fraction(25))
        piece = grid.whole(*grid.ticks)
        decoded = Decoded((Window.of(clip, info.container, grid, piece, display),))
        for fit in ("crop", "blur", *courses):
            kind: Any = fit.partition(",")[0]
            spec = PictureSpec(1080, 1920, Fraction(25), kind, Encoding("h264", "veryfast", 23.0, 50, 2))
            views: tuple[Any, ...] = ()
            if fit in courses:
                windows = Windows(SHAPES[0], WIDE, (Stretch(0, seconds, "window", (courses[fit],)),))
                views = (view_piece(windows, grid, piece, display, spec),)
            out = folder / fit.replace(", ", "-")
            out.mkdir()
            before = children_cpu()
            encode_piece(decoded, {out: Drawing(spec, views=views)}, task="bench", scratch=out)
            rows.append({"fit": fit, "cpu_ms_a_frame": round((children_cpu() - before) * 1000 / piece.frames, 1)})
    return rows


def print_made(rows: Sequence[dict[str, Any]]) -> None:
    names = ("held", "off", "jerk", "turns", "still")
    print(f"{'made shot':<24}{'':<6}" + "".join(f"{name:>8}" for name in names) + "   centre          low pass")
    for row in rows:
        one, middle, naive = row["window"], row["centre"], row["low pass"]
        line = f"{row['scene']:<24}{row['shape']:<6}{one['held']:>8.1%}{one['off']:>8.3f}{one['jerk']:>8.2f}"
        line += f"{one['turns']:>8.1f}{one['still']:>8.0%}   {middle['held']:>6.1%} {middle['off']:.3f}   "
        print(
            line + f"{naive['held']:>6.1%} {naive['off']:.3f} {naive['jerk']:6.1f} {naive['turns']:4.0f}   {row['why']}"
        )


def totals(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return each measure over all frames, by kind of window."""
    found = {}
    for kind in ("window", "centre", "low pass"):
        frames = sum(row[kind]["frames"] for row in rows)
        found[kind] = {
            name: round(sum(row[kind][name] * row[kind]["frames"] for row in rows) / frames, 4)
            for name in ("held", "off", "jerk", "turns", "still")
        }
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--media", type=Path, nargs="*", default=[])
    parser.add_argument("--portrait", type=Path)
    parser.add_argument("--no-render", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    made = measure_made()
    report: dict[str, Any] = {"made": made, "made, all": {}}
    print_made(made)
    for shape in map(format_shape, SHAPES):
        report["made, all"][shape] = totals([row for row in made if row["shape"] == shape])
        print(shape, json.dumps(report["made, all"][shape]))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report["clips"] = [row for media in options.media for row in measure_seen(media.name, look(media, folder))]
        if options.portrait:
            clip, ways = make_portrait_clip(options.portrait, folder)
            report["clips"] += measure_portrait(look(clip, folder), ways)
    for row in report["clips"]:
        print(json.dumps(row, ensure_ascii=False))
    if not options.no_render:
        report["cost"] = measure_cost()
        for row in report["cost"]:
            print(f"{row['fit']:<16}{row['cpu_ms_a_frame']:>7.1f} ms of processor time a frame")
    if options.output:
        options.output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def measure_portrait(record: PictureRecord, ways: Sequence[Scene]) -> list[dict[str, Any]]:
    """Measure the clips of a moved portrait: cuts found, and its face held, by where the face truly is in the still."""
    edges = np.cumsum([0.0, *(way.seconds for way in ways)])
    found = [shot.start for shot in record.shots[1:]]
    right = int(sum(min(abs(edge - one) for one in found) < 0.03 for edge in edges[1:-1])) if found else 0
    return [
        {"clip": "portrait", "cuts": len(edges) - 2, "found": right, "false": len(found) - right},
        *measure_seen("portrait", record),
    ]


if __name__ == "__main__":
    sys.exit(main())
