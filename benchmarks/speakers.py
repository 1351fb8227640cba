"""Who speaks when: diarisation error and number of people found, on real clips and on conversations with known turns.

    python benchmarks/speakers.py --clips FOLDER [--half tuning|check|both] [--output FILE.json]

FOLDER holds any of: recordings with their truth beside them (``NAME.wav.rttm``, NIST's RTTM, or
``NAME.wav.segments.json``, a list ``segments`` of ``start_sec``, ``end_sec``, ``speaker_tag``), anywhere below it;
``speech_zh/`` and ``speech_en/``, clips of one person each, from which (and from the two sample narrations) the
conversations are put together; ``non_speech/``, where nobody must be found; ``multi_speaker/stereo_two_speakers.wav``
with its text. The conversations come in two halves with different people: thresholds were chosen on ``tuning`` only.

Errors are those of NIST's md-eval: (missed + invented + mistaken) / speech, with a collar of 0 or 0.25 s around each
change, time in which several people speak included or left out.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import wave
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from measuring import children_cpu, distance, run_mediakit

from mediakit.errors import MediakitError
from mediakit.media.transcript import Transcript
from mediakit.speech.matching import split_units
from mediakit.speech.sound import RATE, Stretch, read_stretch
from mediakit.speech.speaker_error import Spoken, measure_speaker_error, read_rttm
from mediakit.speech.speaking import Speaking, find_speaking
from mediakit.speech.turns import VoiceReader, Voices
from mediakit.speech.voice import find_speech
from mediakit.tools.voice_models import find_voice_models

SAMPLES = Path(__file__).parents[1] / "samples"
HALVES = {
    "tuning": ("az_zh", "fireredtts_dialog_S1", "jfk", "sonnet1", "aishell"),
    "check": ("fireredtts_dialog_S2", "soulx", "az_en", "narration_zh", "narration_en"),
}
LOUDNESS = 0.06
MOST_S = 45.0


def find_people(clips: Path) -> dict[str, Path]:
    """Return the recordings of one person each, by a short name."""
    found = {f"narration_{language}": SAMPLES / language / "narration.flac" for language in ("zh", "en")}
    for folder in ("speech_zh", "speech_en"):
        for path in sorted((clips / folder).glob("*")):
            if path.suffix in (".wav", ".flac", ".mp3"):
                found[path.name.partition(".")[0]] = path
    return found


def pieces_of(path: Path) -> list[np.ndarray]:
    """Return stretches of speech of 1 to 7 s, cut at pauses, all equally loud."""
    sound = read_stretch(path, 0, 0.0, 90.0)
    made: list[np.ndarray] = []
    for region in find_speech(sound):
        low, high = round(region.start * RATE), round(region.end * RATE)
        for start in range(low, high, 7 * RATE):
            part = sound.samples[start : min(high, start + 7 * RATE)]
            if len(part) >= RATE:
                made.append((part * LOUDNESS / max(float(np.sqrt(np.mean(part**2))), 1e-6)).astype(np.float32))
    return made


def make_conversations(clips: Path, half: str, each: int) -> Iterator[tuple[str, np.ndarray, list[Spoken]]]:
    """Yield (name, sound, truth) of conversations of two, three and four people; a tenth of the turns overlap."""
    people = find_people(clips)
    voices = {
        wanted: pieces
        for wanted in HALVES[half]
        for name, path in people.items()
        if name.startswith(wanted) and (pieces := pieces_of(path))
    }
    for count in (2, 3, 4):
        if len(voices) < count:
            continue
        for number in range(each):
            draw = random.Random(f"{half} {count} {number}")
            chosen = draw.sample(sorted(voices), count)
            sound, truth = converse({name: voices[name] for name in chosen}, draw)
            yield f"{half} {count} people {number + 1}", sound, truth


def converse(voices: dict[str, list[np.ndarray]], draw: random.Random) -> tuple[np.ndarray, list[Spoken]]:
    sound = np.zeros(round((MOST_S + 10) * RATE), np.float32)
    truth: list[Spoken] = []
    decks: dict[str, list[np.ndarray]] = {}
    at, last, order = 0.5, "", list(voices)
    while at < MOST_S:
        name = order.pop(0) if order else draw.choice([one for one in voices if one != last])
        if not decks.get(name):
            decks[name] = draw.sample(voices[name], len(voices[name]))
        piece = decks[name].pop()
        low = round(at * RATE)
        sound[low : low + len(piece)] += piece
        truth.append(Spoken(name, at, at + len(piece) / RATE))
        gap = -draw.uniform(0.3, 0.9) if draw.random() < 0.1 else draw.uniform(0.05, 0.7)
        at, last = max(at + 0.1, truth[-1].end + gap), name
    noise = np.random.default_rng(7).standard_normal(len(sound)).astype(np.float32) * LOUDNESS / 100
    end = round((max(one.end for one in truth) + 0.5) * RATE)
    return (sound + noise)[:end], truth


def read_truths(clips: Path) -> Iterator[tuple[Path, list[Spoken]]]:
    """Yield recordings with their turns."""
    for path in sorted(clips.rglob("*.rttm")):
        yield path.with_suffix(""), list(read_rttm(path))
    for path in sorted(clips.rglob("*.segments.json")):
        rows = json.loads(path.read_text(encoding="utf-8"))["segments"]
        yield (
            path.with_name(path.name.removesuffix(".segments.json")),
            [Spoken(str(row["speaker_tag"]), row["start_sec"], row["end_sec"]) for row in rows],
        )


def score(name: str, voices: Voices, seconds: float, cpu: float, truth: Sequence[Spoken]) -> dict[str, Any]:
    people = len({one.who for one in truth})
    found = find_speaking([voices])
    row: dict[str, Any] = {"name": name, "people": people, "found": found.count}
    row["cpu_s_a_minute"] = round(60 * cpu / seconds, 2)
    for label, speaking in (("found", found), ("given", find_speaking([voices], max(people, 1)))):
        if not truth:
            continue
        for collar in (0.0, 0.25):
            for overlaps in (True, False):
                error = measure_speaker_error(truth, _spoken(speaking), collar=collar, overlaps=overlaps)
                row[f"{label} {collar:g} {'all' if overlaps else 'single'}"] = round(100 * error.rate, 2)
    return row


def _spoken(speaking: Speaking) -> list[Spoken]:
    return [Spoken(str(turn.speaker), turn.start, turn.end) for turn in speaking.turns]


def listen(reader: VoiceReader, sound: Stretch) -> tuple[Voices, float]:
    started = time.process_time()
    voices = reader.read(sound)
    return voices, time.process_time() - started


def measure(clips: Path, halves: Sequence[str], each: int) -> list[dict[str, Any]]:
    models = find_voice_models()
    reader = VoiceReader.load(models.turns, models.voices)
    rows = []

    def add(name: str, sound: Stretch, truth: Sequence[Spoken]) -> None:
        voices, cpu = listen(reader, sound)
        rows.append(score(name, voices, len(sound.samples) / RATE, cpu, truth))
        show(rows[-1])

    for path, truth in read_truths(clips):
        add(path.name, read_stretch(path, 0, 0.0, None), truth)
    for half in halves:
        for name, sound, truth in make_conversations(clips, half, each):
            add(name, Stretch(0.0, sound), truth)
    for language in ("zh", "en"):
        for name in ("narration.flac", "master.mp4"):
            path = SAMPLES / language / name
            stream = 0 if path.suffix == ".flac" else 1
            voices, _ = listen(reader, read_stretch(path, stream, 0.0, None))
            rows.append({"name": f"samples/{language}/{name}", "people": 1, "found": find_speaking([voices]).count})
            show(rows[-1])
    for path in sorted((clips / "non_speech").glob("*")):
        try:
            voices, _ = listen(reader, read_stretch(path, 0, 0.0, None))
        except (MediakitError, OSError):
            continue
        rows.append({"name": path.name, "people": 0, "found": find_speaking([voices]).count})
        show(rows[-1])
    return rows


def summarise(rows: Sequence[dict[str, Any]], half: str) -> dict[str, Any]:
    """Return means over the conversations of a half, and how often the number of people was right."""
    own = [row for row in rows if row["name"].startswith(f"{half} ")]
    errors = {key: round(sum(row[key] for row in own) / len(own), 2) for key in own[0] if key[:5] in ("found", "given")}
    right = sum(row["people"] == row["found"] for row in own)
    return {**errors, "name": f"{half}: mean of {len(own)}", "people": len(own), "found": right}


def measure_channels(clips: Path, folder: Path) -> dict[str, Any] | None:
    """Return word errors of each side of the stereo clip, through the command line."""
    path = clips / "multi_speaker" / "stereo_two_speakers.wav"
    if not path.is_file():
        return None
    run_mediakit(["transcribe", path, "-o", folder / "stereo.json", "--speakers", "2", "--cache", folder / "cache"])
    transcript = Transcript.read(folder / "stereo.json")
    said: dict[str, str] = {}
    for segment in transcript.segments:
        said[segment.speaker or "?"] = f"{said.get(segment.speaker or '?', '')} {segment.text}"
    row: dict[str, Any] = {"name": path.name, "people": 2, "found": len(said)}
    for line in path.with_name(path.name + ".txt").read_text(encoding="utf-8").splitlines():
        side, _, text = line.partition(":")
        wanted = [unit.text.lower() for unit in split_units(text, chinese=False)]
        heard = [[unit.text.lower() for unit in split_units(one, chinese=False)] for one in said.values()]
        row[f"{side} words wrong"] = f"{min(distance(wanted, one) for one in heard)} of {len(wanted)}"
    return row


def measure_hour(clips: Path, folder: Path, minutes: int) -> dict[str, Any]:
    """Return peak memory and processor time of telling speakers apart in a long recording, without recognition."""
    sounds = [sound for _, sound, _ in make_conversations(clips, "check", 2)]
    path, words = folder / "long.wav", folder / "long.srt"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        done = 0
        while done < minutes * 60 * RATE:
            sound = sounds[(done // RATE) % len(sounds)]
            file.writeframes((sound * 32767).clip(-32768, 32767).astype("<i2").tobytes())
            done += len(sound)
    words.write_text("1\n00:00:01,000 --> 00:00:02,000\nHello there.\n", encoding="utf-8")
    before = children_cpu()
    arguments = ["transcribe", path, "-o", folder / "long.json", "--import", words, "--speakers", "auto"]
    peak = run_mediakit([*arguments, "--jobs", "1", "--cache", folder / "cache"])
    return {"name": f"{minutes} minutes", "peak_mb": round(peak), "cpu_s": round(children_cpu() - before, 1)}


def show(row: dict[str, Any]) -> None:
    keys = [
        f"{label} {collar} {kind}"
        for label in ("found", "given")
        for collar in ("0", "0.25")
        for kind in ("all", "single")
    ]
    figures = " ".join(f"{row[key]:6.2f}" if key in row else "     –" for key in keys)
    others = ", ".join(f"{key} {value}" for key, value in row.items() if key not in (*keys, "name", "people", "found"))
    print(f"{row['name']:36} {row.get('people', ''):>3} {row.get('found', ''):>3}  {figures}  {others}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="folder with recordings and their truth")
    parser.add_argument("--half", choices=("tuning", "check", "both"), default="both")
    parser.add_argument("--each", type=int, default=4, help="conversations of each number of people")
    parser.add_argument("--minutes", type=int, default=0, help="also measure a recording of this length")
    parser.add_argument("--output", type=Path)
    given = parser.parse_args()
    halves = ("tuning", "check") if given.half == "both" else (given.half,)
    print("diarisation error in percent; people found, then with their number given: collar 0, 0.25 s, each with all")
    print("speech and without time in which several speak")
    rows = measure(given.clips, halves, given.each)
    for half in halves:
        if any(row["name"].startswith(f"{half} ") for row in rows):
            rows.append(summarise(rows, half))
            show(rows[-1])
    with tempfile.TemporaryDirectory() as name:
        extra = [measure_channels(given.clips, Path(name))]
        extra += [measure_hour(given.clips, Path(name), given.minutes)] if given.minutes else []
    for row in filter(None, extra):
        rows.append(row)
        show(row)
    if given.output:
        given.output.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
