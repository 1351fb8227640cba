"""Character error rate of the Mandarin sample, for both engines on equal weights, and what glossary and script mend.

    python benchmarks/recognition.py [--json FILE]

Normalisation before counting: punctuation and spaces are left out, letters compared without case, numbers as they are
said (12 as 十二, 2006 as 二零零六, 48000 as 四万八千), 〇 as 零, 两 as 二, 她 and 它 as 他 (they sound the same). The
rate is the Levenshtein distance over the length of the reference, which is the sample's own truth.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

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


def distance(first: Sequence[str], second: Sequence[str]) -> int:
    row = list(range(len(second) + 1))
    for number, unit in enumerate(first, 1):
        previous, row[0] = row[0], number
        for place, other in enumerate(second, 1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (unit != other))
    return row[-1]


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


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, help="also write the figures to this file")
    options.add_argument("files", nargs="*", default=["narration.flac"], help="files of the sample (narration.flac)")
    chosen = options.parse_args()
    rows = [row for name in chosen.files for row in measure(name)]
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(rows, ensure_ascii=False))


if __name__ == "__main__":
    main()
