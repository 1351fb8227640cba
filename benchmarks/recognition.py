"""Character error rate of the Mandarin sample, for both engines on equal weights, and what glossary and script mend.

    python benchmarks/recognition.py [--json FILE] [--speed ROUNDS]

Normalisation before counting: punctuation and spaces are left out, letters compared without case, numbers as they are
said (12 as 十二, 2006 as 二零零六, 48000 as 四万八千), 〇 as 零, 两 as 二, 她 and 它 as 他 (they sound the same). The
rate is the Levenshtein distance over the length of the reference, which is the sample's own truth.

``--speed`` measures speed instead, with word times: the engines on equal weights in turn, each run a process of its
own on two threads, so that whatever else the machine does is spread over all of them. Wall time and processor time of
hearing alone (the model's loading is told apart), medians of the rounds; times real time counts the wall, and the
processor time over two cores, which is what two idle cores would need at least; peak memory of the process.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from measuring import distance

from mediakit.media.transcript import Recogniser as Made
from mediakit.media.transcript import Transcript
from mediakit.speech.composing import compose_heard
from mediakit.speech.finishing import finish_transcript
from mediakit.speech.glossary import read_glossary
from mediakit.speech.heard import Heard
from mediakit.speech.hearing import Listening
from mediakit.speech.listening import hear_section
from mediakit.speech.matching import split_units
from mediakit.speech.recogniser import ComputeType, EngineName, load_recogniser
from mediakit.speech.script import Script, read_script
from mediakit.speech.sound import Stretch, read_stretch
from mediakit.tools.models import find_model

SAMPLE = Path(__file__).parents[1] / "samples" / "zh"


def spoken(text: str) -> list[str]:
    return [unit.key for unit in split_units(text, chinese=True)]


def hear(engine: EngineName, compute: ComputeType, sound: Stretch, how: Listening) -> tuple[Heard, float]:
    recogniser = load_recogniser(engine, find_model("base"), compute, 2)
    started = time.perf_counter()
    return hear_section(recogniser, sound, how), time.perf_counter() - started


def compose(heard: Heard, duration: float, script: Script | None = None, **given: Any) -> Transcript:
    made = compose_heard([heard], duration=duration, source_digest="", recogniser=Made(engine=""), **given)
    return finish_transcript(made, script=script).transcript


def measure(name: str) -> list[dict[str, Any]]:
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    reference = spoken("".join(sentence["text"] for sentence in truth["sentences"]))
    path = SAMPLE / name
    sound = read_stretch(path, 0 if path.suffix == ".flac" else 1, 0, None)
    glossary, script = read_glossary(SAMPLE / "glossary.yaml"), read_script(SAMPLE / "script.txt")
    bare = Listening(language="zh", beam_size=1, vad=False, condition=False, plain=True)
    usual = Listening(language="zh")
    told = Listening(language="zh", hotwords=glossary.hotwords)
    runs: list[tuple[str, EngineName, ComputeType, Listening, dict[str, Any]]] = [
        ("bare, greedy, float32", "faster-whisper", "float32", bare, {}),
        ("bare, greedy, float32", "openai-whisper", "float32", bare, {}),
        ("as by default", "faster-whisper", "int8", usual, {}),
        ("as by default", "openai-whisper", "float32", usual, {}),
        ("with glossary", "faster-whisper", "int8", told, {"glossary": glossary}),
        ("with script", "faster-whisper", "int8", usual, {"script": script}),
        ("with both", "faster-whisper", "int8", told, {"glossary": glossary, "script": script}),
    ]
    rows = []
    for label, engine, compute, how, given in runs:
        heard, seconds = hear(engine, compute, sound, how)
        transcript = compose(heard, sound.end, **given)
        wrong = distance(spoken(transcript.text), reference)
        rows.append(
            {
                "file": name,
                "engine": engine,
                "how": label,
                "errors": wrong,
                "characters": len(reference),
                "cer": round(wrong / len(reference), 4),
                "segments": len(transcript.segments),
                "seconds": round(seconds, 1),
                "real_time_factor": round(seconds / sound.end, 3),
            }
        )
        print(
            f"{name:15} {engine:15} {label:22} {wrong:4}/{len(reference)}  CER {wrong / len(reference):6.1%}"
            f"  {seconds:6.1f} s for {sound.end:.0f} s",
            flush=True,
        )
    return rows


SPEEDS: dict[str, tuple[EngineName, ComputeType, Listening]] = {
    "as by default": ("faster-whisper", "int8", Listening(language="zh")),
    "as by default, with glossary": ("faster-whisper", "int8", Listening(language="zh", hotwords=("",))),
    "as by default, float32": ("faster-whisper", "float32", Listening(language="zh")),
    "faster-whisper's own way": ("faster-whisper", "int8", Listening(language="zh", vad=False, plain=True)),
    "openai-whisper's own way": ("openai-whisper", "float32", Listening(language="zh", vad=False, plain=True)),
}


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def run_once(name: str) -> None:
    """Hear the dry narration once, and print what it took as JSON."""
    engine, compute, how = SPEEDS[name]
    if how.hotwords:
        how = replace(how, hotwords=read_glossary(SAMPLE / "glossary.yaml").hotwords)
    sound = read_stretch(SAMPLE / "narration.flac", 0, 0, None)
    started = cpu_seconds()
    recogniser = load_recogniser(engine, find_model("base"), compute, 2, parallel=not how.plain)
    recogniser.count_tokens("")
    loaded, began = cpu_seconds(), time.perf_counter()
    heard = hear_section(recogniser, sound, how)
    took = {"wall_s": time.perf_counter() - began, "cpu_s": cpu_seconds() - loaded, "load_cpu_s": loaded - started}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    words = sum(len(run.words) for run in heard.runs)
    print(json.dumps({**took, "peak_mb": peak, "words": words, "sound_s": sound.end}))


def measure_speed(rounds: int) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, float]]] = {name: [] for name in SPEEDS}
    loads = [os.getloadavg()[0]]
    for _ in range(rounds):
        for name, taken in found.items():
            done = subprocess.run(
                [sys.executable, __file__, "--once", name], capture_output=True, text=True, check=True
            )
            taken.append(json.loads(done.stdout.splitlines()[-1]))
            loads.append(os.getloadavg()[0])
            print(f"{name:30} {done.stdout.splitlines()[-1]}  load {loads[-1]:.1f}", flush=True)
    rows = []
    for name, taken in found.items():
        middle = {key: statistics.median(one[key] for one in taken) for key in taken[0]}
        rows.append(
            {
                "how": name,
                **{key: round(value, 2) for key, value in middle.items()},
                "x_real_time": round(middle["sound_s"] / middle["wall_s"], 1),
                "x_real_time_by_cpu": round(2 * middle["sound_s"] / middle["cpu_s"], 1),
            }
        )
        print(
            f"{name:30} wall {middle['wall_s']:6.1f} s  cpu {middle['cpu_s']:6.1f} s  {rows[-1]['x_real_time']:5.1f} ×"
            f" real time ({rows[-1]['x_real_time_by_cpu']:.1f} × by processor time)  peak {middle['peak_mb']:.0f} MB"
        )
    reference = rows[-1]
    for row in rows[:-1]:
        row["against_openai_wall"] = round(reference["wall_s"] / row["wall_s"], 2)
        row["against_openai_cpu"] = round(reference["cpu_s"] / row["cpu_s"], 2)
        print(
            f"{row['how']:30} {row['against_openai_wall']} × as fast as openai-whisper by the wall,"
            f" {row['against_openai_cpu']} × by processor time"
        )
    print(f"load of the machine {min(loads):.1f} to {max(loads):.1f}, {os.cpu_count()} cores")
    return [*rows, {"loads": loads, "rounds": rounds}]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, help="also write the figures to this file")
    options.add_argument("files", nargs="*", default=["narration.flac"], help="files of the sample (narration.flac)")
    options.add_argument("--speed", type=int, metavar="ROUNDS", help="measure speed, in so many rounds")
    options.add_argument("--once", help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.once:
        run_once(chosen.once)
        return
    rows = measure_speed(chosen.speed) if chosen.speed else [row for name in chosen.files for row in measure(name)]
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(rows, ensure_ascii=False))


if __name__ == "__main__":
    main()
