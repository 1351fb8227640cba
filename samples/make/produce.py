"""The whole way from a story to its folder of samples; `make_zh.py` and `make_en.py` fill it in."""

from __future__ import annotations

import argparse
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile
import yaml
from ambience import RATE
from assemble import Delivery, encode_master
from beats import Beat, Line, Natural, Placed, place_beats
from graphics import Overlay, ai_label, bug, credits, name_strap, title_card
from mixing import measure_loudness, mix_programme, narration
from scipy.io import wavfile
from scipy.signal import resample_poly
from shots import FPS, Cue, place_shots, render_shots
from truth import build_truth, write_script, write_truth

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Film:
    """All that differs from one sample to the next."""

    folder: Path
    voice_script: str
    beats: list[Beat]
    cues: Callable[[Sequence[Placed]], list[Cue]]
    delivery: Delivery
    narration_rate: int
    colon: str
    joint: str


def parse_arguments(language: str) -> argparse.Namespace:
    """The options that both films share."""
    parser = argparse.ArgumentParser(description=f"Make samples/{language} from its story.")
    parser.add_argument("--work", type=Path, default=Path(f"build/samples-{language}"), help="scratch folder")
    parser.add_argument("--voice-python", type=Path, help="Python of the voice's environment, to speak the lines anew")
    parser.add_argument("--out", type=Path, default=HERE.parent / language, help="folder of the finished sample")
    parser.add_argument("--draft", action="store_true", help="encode fast and large, to look at")
    return parser.parse_args()


def cut_lines(out: Path, voice: Path, texts: list[str]) -> None:
    """Take the spoken lines from the committed narration, by the times in the committed truth."""
    truth = json.loads((out / "truth.json").read_text(encoding="utf-8"))
    sentences = truth["sentences"]
    if [sentence["text"] for sentence in sentences] != texts:
        raise SystemExit("the story has changed: name the voice's Python with --voice-python")
    track, rate = soundfile.read(out / "narration.flac", dtype="int16")
    voice.mkdir(parents=True, exist_ok=True)
    for number, sentence in enumerate(sentences):
        begin, end = (round(sentence[edge] * rate) for edge in ("start", "end"))
        wavfile.write(voice / f"{number:02}.wav", rate, track[begin:end])


def speak(film: Film, options: argparse.Namespace) -> tuple[list[float], bool]:
    """Have the lines spoken, or take those that are there; their seconds, and whether they are new."""
    voice = options.work / "voice"
    lines = [beat for beat in film.beats if isinstance(beat, Line)]
    paths = [voice / f"{number:02}.wav" for number in range(len(lines))]
    fresh = options.voice_python is not None
    if not all(path.exists() for path in paths):
        if fresh:
            argv = [str(options.voice_python), str(HERE / film.voice_script), str(voice)]
            subprocess.run(argv, check=True)
        else:
            cut_lines(options.out, voice, [line.text for line in lines])
    seconds = []
    for path in paths:
        rate, wave = wavfile.read(path)
        seconds.append(len(wave) / rate)
    return seconds, fresh


def build_overlays(brand: dict[str, Any], placed: Sequence[Placed], seconds: float) -> list[Overlay]:
    """Every text of the texted master, as brand.yaml asks for it."""
    colours = brand["colours"]
    label = brand["ai_label"]
    overlays = [ai_label(label["text"], colours, float(label["seconds"]))]
    overlays.append(title_card(brand["title"], brand["subtitle"], colours, 0.5, placed[0].end - 0.3))
    closing = placed[-1]
    overlays.append(bug(brand["bug"]["text"], colours, placed[1].start - 0.2, seconds + 1))
    for strap in brand["name_straps"]:
        overlays.append(name_strap(strap["name"], strap["title"], colours, strap["start"], strap["end"]))
    overlays.append(credits(brand["credits"], colours, closing.start + 0.4, seconds + 1))
    return overlays


def make_film(film: Film, options: argparse.Namespace) -> None:
    """Make every file of one sample."""
    work, out = options.work, options.out
    work.mkdir(parents=True, exist_ok=True)
    spoken, fresh = speak(film, options)
    placed, length = place_beats(film.beats, spoken)
    seconds = round(length * FPS) / FPS
    cues = film.cues(placed)
    shots = place_shots(cues, placed, seconds)
    for shot in shots:
        print(f"{shot.start / FPS:6.2f}  {shot.frames:4} frames  {shot.cue.kind:7} {shot.cue.name}")
    for item in placed:
        said = item.beat.what if isinstance(item.beat, Natural) else item.beat.text
        print(f"{item.start:6.2f} {item.end:6.2f}  {said}")
    morning = next(shot.start for shot in shots if "dawn" in shot.cue.name) / FPS

    speech = narration(work / "voice", placed, seconds)
    mix = work / "mix.wav"
    mix_programme(speech, placed, seconds, morning, mix)
    if fresh:
        dry = resample_poly(speech, film.narration_rate, RATE)
        soundfile.write(out / "narration.flac", dry, film.narration_rate, subtype="PCM_16", compression_level=1.0)

    pieces = render_shots(shots, work)
    delivery = film.delivery
    if options.draft:
        delivery = Delivery(delivery.size, delivery.crf, delivery.audio_bitrate, "veryfast")
    brand = yaml.safe_load((out / "brand.yaml").read_text(encoding="utf-8"))
    overlays = build_overlays(brand, placed, seconds)
    for name, texts in (("master.mp4", overlays), ("clean.mp4", [])):
        count = encode_master(pieces, texts, mix, out / name, delivery)
        assert count == shots[-1].end, (name, count, shots[-1].end)
    loudness, peak = measure_loudness(out / "master.mp4")
    print(f"{seconds:.2f} s, {loudness} LUFS, {peak} dBTP")
    write_truth(out / "truth.json", build_truth(shots, placed, delivery.size[0] / 1920, loudness))
    write_script(out / "script.txt", placed, film.colon, film.joint)
