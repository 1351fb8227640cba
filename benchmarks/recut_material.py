"""The episodes of the batch benchmark: cut from the samples, with real speech, each in an order of its own."""

from __future__ import annotations

import json
import random
from pathlib import Path

from measuring import run_ffmpeg

SAMPLES = Path(__file__).parents[1] / "samples"


def make_episodes(folder: Path, count: int, seconds: float, height: int) -> list[Path]:
    """Make episodes: four of five from the Mandarin sample, the rest from the English one.

    An episode is the sample's sentences in an order of its own, from a place of its own on, with slightly different
    colours and pitch; so neither its words in their order, nor its packets, nor its sound are another one's.
    """
    folder.mkdir(parents=True)
    return [_make(folder, number, seconds, height) for number in range(count)]


def _make(folder: Path, number: int, seconds: float, height: int) -> Path:
    language = "en" if number % 5 == 4 else "zh"
    path = folder / f"{'episode' if language == 'en' else '守夜人 第'}{number + 1:03}.mp4"
    spans = _choose(language, seconds, random.Random(number))
    parts, joined = [], []
    for n, (start, end) in enumerate(spans):
        parts.append(f"[0:v]trim={start:.3f}:{end:.3f},setpts=PTS-STARTPTS[v{n}]")
        parts.append(f"[0:a]atrim={start:.3f}:{end:.3f},asetpts=PTS-STARTPTS[a{n}]")
        joined.append(f"[v{n}][a{n}]")
    look = f"scale=-2:{height},hue=h={number * 5 % 40 - 20}:s={1 + number % 5 * 0.04:.2f},format=yuv420p"
    pitch = 1 + (number % 7 - 3) * 0.004
    graph = ";".join(
        [
            *parts,
            f"{''.join(joined)}concat=n={len(spans)}:v=1:a=1[v][a]",
            f"[v]{look}[picture]",
            f"[a]asetrate={48000 * pitch:.0f},aresample=48000,atempo={1 / pitch:.6f}[sound]",
        ]
    )
    run_ffmpeg(
        *("-i", str(SAMPLES / language / "master.mp4"), "-filter_complex", graph, "-map", "[picture]"),
        *("-map", "[sound]", "-c:v", "libx264", "-preset", "superfast", "-crf", "20", "-g", "50"),
        *("-c:a", "aac", "-b:a", "160k", "-ar", "48000", "-fflags", "+bitexact", str(path)),
    )
    return path


def _choose(language: str, seconds: float, chance: random.Random) -> list[tuple[float, float]]:
    """Return spans of whole sentences, with the pauses around them, of about ``seconds`` together."""
    truth = json.loads((SAMPLES / language / "truth.json").read_text(encoding="utf-8"))
    length = truth["frames"] / 25
    starts = [max(0.0, one["start"] - 0.35) for one in truth["sentences"]]
    spans = list(zip(starts, [*starts[1:], length], strict=True))
    first = chance.randrange(len(spans))
    groups = [spans[first:], spans[:first]]
    if chance.random() < 0.5:
        groups.reverse()
    order = [span for group in groups for span in group]
    chosen: list[tuple[float, float]] = []
    while sum(end - start for start, end in chosen) < seconds - 3:
        chosen.append(order[len(chosen) % len(order)])
        if len(chosen) % len(order) == 0:
            chance.shuffle(order)
    return chosen


def make_tiny(folder: Path, count: int) -> None:
    """Make episodes of twelve seconds and 180 lines with subtitles beside them; they differ in a few bytes."""
    folder.mkdir(parents=True)
    base = folder.parent / "tiny.mp4"
    run_ffmpeg(
        *("-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=12", "-f", "lavfi", "-i", "sine=f=300:d=12:r=48000"),
        *("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p", "-c:a", "aac", str(base)),
    )
    raw = base.read_bytes()
    said = ("Story number {} begins at the river.", "He counts {} lamps.", "Nobody has asked him why.")
    for number in range(count):
        body = f"episode {number}".encode().ljust(24)
        atom = (8 + len(body)).to_bytes(4, "big") + b"free" + body
        (folder / f"ep{number:03}.mp4").write_bytes(raw + atom)
        cues = [
            f"{n + 1}\n00:00:{at:06.3f} --> 00:00:{at + 2.6:06.3f}\n{text.format(number)}\n".replace(".", ",", 2)
            for n, (at, text) in enumerate(zip((0.5, 3.6, 7.0), said, strict=True))
        ]
        (folder / f"ep{number:03}.srt").write_text("\n".join(cues), encoding="utf-8")
