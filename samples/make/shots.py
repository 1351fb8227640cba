"""A film as a list of shots on the frame grid, and rendering them to lossless-looking pieces."""

from __future__ import annotations

import hashlib
import multiprocessing
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from beats import Placed
from imageio_ffmpeg import get_ffmpeg_exe
from paint import Image
from people import FaceShot

FPS = 25
Draw = Callable[[int, int], Image]


@dataclass(frozen=True)
class Cue:
    """A shot as it is planned: it starts `offset` seconds after the start of a beat."""

    name: str
    kind: str
    draw: Draw
    beat: int
    offset: float = -0.2
    motion: bool = True


@dataclass(frozen=True)
class Shot:
    """A shot with its first frame and the frame after its last."""

    cue: Cue
    start: int
    end: int

    @property
    def frames(self) -> int:
        """How many frames it lasts."""
        return self.end - self.start


def place_shots(cues: Sequence[Cue], placed: Sequence[Placed], seconds: float) -> list[Shot]:
    """Turn cues into shots that follow each other without a gap."""
    starts = [max(0, round((placed[cue.beat].start + cue.offset) * FPS)) for cue in cues]
    starts[0] = 0
    ends = [*starts[1:], round(seconds * FPS)]
    return [Shot(cue, start, end) for cue, start, end in zip(cues, starts, ends, strict=True)]


def rgb_pipe_in(size: tuple[int, int]) -> list[str]:
    """Input options for raw BGR frames on stdin."""
    return ["-f", "rawvideo", "-pix_fmt", "bgr24", "-s", f"{size[0]}x{size[1]}", "-r", str(FPS), "-i", "-"]


def to_bytes(image: Image) -> bytes:
    """A finished frame as BGR bytes."""
    return bytes(np.round(image * 255).astype(np.uint8).tobytes())


def _render(job: tuple[Shot, Path]) -> Path:
    """Draw one shot into an RGB H.264 piece of high quality."""
    shot, path = job
    part = path.with_suffix(".part.mkv")
    argv = [get_ffmpeg_exe(), "-y", "-v", "error", *rgb_pipe_in((1920, 1080))]
    argv += ["-c:v", "libx264rgb", "-preset", "ultrafast", "-crf", "4", "-threads", "1", str(part)]
    with subprocess.Popen(argv, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin
        for frame in range(shot.frames):
            encoder.stdin.write(to_bytes(shot.cue.draw(frame, shot.frames)))
        encoder.stdin.close()
        if encoder.wait():
            raise RuntimeError(f"encoding {path.name} failed")
    part.rename(path)
    return path


def render_shots(shots: Sequence[Shot], work: Path, processes: int = 2) -> list[Path]:
    """Render all shots that are not there yet; a change of any script here renders them anew."""
    names = ("paint", "portrait", "landscapes", "details", "people")
    sources = {name: (Path(__file__).parent / f"{name}.py").read_bytes() for name in names}
    jobs = []
    for shot in shots:
        module = shot.cue.draw.__module__
        text = b"".join(sources[name] for name in sorted({"paint", "landscapes", module} & set(sources)))
        text += sources["portrait"] if module == "people" else b""
        key = hashlib.sha256(text + repr((shot.cue.name, shot.frames, vars_of(shot.cue.draw))).encode())
        jobs.append((shot, work / f"{shot.cue.name}-{key.hexdigest()[:12]}.mkv"))
    todo = [job for job in jobs if not job[1].exists()]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        list(pool.imap_unordered(_render, todo, chunksize=1))
    return [path for _, path in jobs]


def vars_of(draw: Draw) -> object:
    """What a drawing object was made with."""
    return getattr(draw, "__dict__", None) or getattr(draw, "__name__", type(draw).__name__)


def face_boxes(shots: Sequence[Shot], scale: float = 1.0, every: int = 5) -> list[dict[str, int]]:
    """Where the face is, at least every `every` frames and at each face shot's last frame."""
    out = []
    for shot in shots:
        if not isinstance(shot.cue.draw, FaceShot):
            continue
        for frame in sorted({*range(0, shot.frames, every), shot.frames - 1}):
            x, y, w, h = (round(value * scale) for value in shot.cue.draw.pose(frame, shot.frames).box())
            out.append({"frame": shot.start + frame, "x": x, "y": y, "w": w, "h": h})
    return out
