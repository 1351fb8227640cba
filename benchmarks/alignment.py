"""How well speech is laid beside its script: characters, word edges, speed, and punctuation without a script.

    python benchmarks/alignment.py [--output FILE] [--heard FOLDER] [--music FILE]

Both samples are heard once from the dry narration and once from the final mix (packaged base model, as by default);
``--heard`` keeps what was heard for a second run. Then, for each:

* character error rate (words in English) as recognised and with the script, counted as in `recognition.py`;
* word edges at sentence and clause boundaries against the true ones, in milliseconds: as the recogniser gave them, and
  fitted to the sound. Sentence times are those of ``truth.json``; clause times are the digital silences of the dry
  narration between them, as many as the script has clauses;
  ``--music`` lays a music file under the dry narration, as loud as the speech (equal root mean square), from three
  places of it; only sentences that were followed in full count there;
* F1 of the marks that are set where none came (all marks are taken out first): the place alone, and place and kind;
* processor time to lay a script of ten minutes beside its speech: sentences built from the sample's clauses and from
  random characters, of which 11 % are misheard, 3 % missing, with retakes, remarks and skipped sentences.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from measuring import distance

from mediakit.media.transcript import Recogniser as Made
from mediakit.media.transcript import Segment, Transcript, Word
from mediakit.speech.composing import compose_heard
from mediakit.speech.finishing import finish_transcript
from mediakit.speech.heard import Heard
from mediakit.speech.hearing import Listening
from mediakit.speech.levels import measure_levels
from mediakit.speech.listening import hear_section
from mediakit.speech.matching import align_units, split_units
from mediakit.speech.pauses import Pause, find_pauses
from mediakit.speech.punctuation import restore_marks
from mediakit.speech.recogniser import load_recogniser
from mediakit.speech.script import Line, Script, read_script
from mediakit.speech.sentences import make_segment
from mediakit.speech.sound import RATE, Stretch, read_stretch
from mediakit.speech.underneath import trust_pauses
from mediakit.speech.words import split_words, spread_words
from mediakit.tools.models import find_model

SAMPLES = Path(__file__).parents[1] / "samples"
MARKS = re.compile(r"[，。！？、,.!?]+[”’\"'）)」』》]*$")
KINDS = {"，": "comma", "、": "comma", ",": "comma"}


def spoken(text: str, language: str) -> list[str]:
    return [unit.key for unit in split_units(text, chinese=language == "zh")]


def read_sound(language: str, name: str) -> Stretch:
    return read_stretch(SAMPLES / language / name, 0 if name.endswith(".flac") else 1, 0, None)


def hear(language: str, name: str, sound: Stretch, kept: Path | None) -> Heard:
    place = kept / f"{language}_{name}.json" if kept else None
    if place is not None and place.exists():
        return Heard.read(place)
    recogniser = load_recogniser("faster-whisper", find_model("base"), "int8", 2)
    heard = hear_section(recogniser, sound, Listening(language=language))
    if place is not None:
        heard.write(place)
    return heard


def true_edges(language: str) -> list[tuple[str, float]]:
    """Return (start or end, seconds) of every clause, in order, from the truth and the dry narration's silences."""
    import numpy as np

    sound = read_sound(language, "narration.flac")
    truth = json.loads((SAMPLES / language / "truth.json").read_text(encoding="utf-8"))
    edges: list[tuple[str, float]] = []
    for sentence in truth["sentences"]:
        low, high = round(sentence["start"] * RATE), round(sentence["end"] * RATE)
        loud = np.flatnonzero(np.abs(sound.samples[low:high]) > 3e-4)
        gaps = [n for n in np.flatnonzero(np.diff(loud) > 0.1 * RATE)]
        clauses = len(re.findall(r"[，。！？、,.!?]+(?:\s|$|(?=\w))", sentence["text"]))
        if len(gaps) != clauses - 1:
            raise SystemExit(f"{sentence['text']}: {len(gaps)} silences for {clauses} clauses")
        inner = [(low + loud[n + side]) / RATE for n in gaps for side in (0, 1)]
        times = [sentence["start"], *map(float, inner), sentence["end"]]
        edges += [("end" if number % 2 else "start", seconds) for number, seconds in enumerate(times)]
    return edges


def found_edges(words: Sequence[Word]) -> list[tuple[str, float]]:
    edges: list[tuple[str, float]] = []
    for number, word in enumerate(words):
        if number == 0 or MARKS.search(words[number - 1].text):
            edges.append(("start", word.start))
        if MARKS.search(word.text):
            edges.append(("end", word.end))
    return edges


def describe(errors: Sequence[float]) -> dict[str, float]:
    ranked = sorted(abs(error) for error in errors)
    return {
        "edges": len(ranked),
        "median_ms": round(1000 * statistics.median(ranked), 1),
        "p95_ms": round(1000 * ranked[min(len(ranked) - 1, int(0.95 * len(ranked)))], 1),
        "worst_ms": round(1000 * ranked[-1], 1),
    }


def compare_edges(transcript: Transcript, language: str) -> dict[str, float]:
    """Return how far the edges of clauses are off: of all, or of the sentences that were followed in full."""
    found, known = found_edges(transcript.words), true_edges(language)
    if [kind for kind, _ in found] == [kind for kind, _ in known]:
        return describe([mine - right for (_, mine), (_, right) in zip(found, known, strict=True)])
    truth = json.loads((SAMPLES / language / "truth.json").read_text(encoding="utf-8"))
    errors: list[float] = []
    for sentence in truth["sentences"]:
        right = [edge for edge in known if sentence["start"] - 0.01 <= edge[1] <= sentence["end"] + 0.01]
        keys = spoken(sentence["text"], language)
        own = next((one for one in transcript.segments if spoken(one.text, language) == keys), None)
        found = found_edges(own.words) if own is not None else []
        if [kind for kind, _ in found] == [kind for kind, _ in right]:
            errors += [mine - other for (_, mine), (_, other) in zip(found, right, strict=True)]
    return describe(errors) if errors else {"edges": 0}


def lay_music(sound: Stretch, music: Stretch, offset: float) -> Stretch:
    """Return sound with music from ``offset`` on underneath, as loud as what is said."""
    import numpy as np

    def level(samples: Any) -> float:
        return float(np.sqrt(np.mean(np.square(samples.astype(np.float64)))))

    under = np.resize(np.roll(music.samples, -round(offset * RATE)), len(sound.samples))
    spoken_part = sound.samples[np.abs(sound.samples) > 1e-3]
    mixed = sound.samples + level(spoken_part) / level(music.samples) * under
    return Stretch(sound.start, (mixed / max(1.0, float(np.abs(mixed).max()))).astype(np.float32))


def marks_of(text: str) -> tuple[list[str], dict[int, str]]:
    """Return a text's keys, and the kind of mark after a key by its place."""
    units = split_units(text, chinese=True)
    printed = re.sub(r"\s", "", text)
    marks = {}
    for number, unit in enumerate(units):
        stop = units[number + 1].place if number + 1 < len(units) else len(printed)
        found = re.search(r"[，。！？、]", printed[unit.place : stop])
        if found and (number + 1 == len(units) or units[number + 1].place > unit.place):
            marks[number] = KINDS.get(found[0], found[0])
    return [unit.key for unit in units], marks


def score_marks(heard: Heard, pauses: Sequence[Pause], script: str) -> dict[str, float]:
    transcript = compose_heard([heard], duration=1e4, source_digest="", recogniser=Made(engine=""))
    bare = [
        tuple(word.model_copy(update={"text": re.sub(r"[，。！？、；：]", "", word.text)}) for word in segment.words)
        for segment in _runs(transcript, heard)
    ]
    text = "".join(word.text for run in restore_marks(bare, pauses) for word in run)
    made = split_units(text, chinese=True)
    wanted = split_units(script, chinese=True)
    _, mine = marks_of(text)
    _, theirs = marks_of(script)
    partner = {here: there for here, there, _ in align_units(made, wanted) or ()}
    placed = {partner[place]: kind for place, kind in mine.items() if place in partner}
    at = len(placed.keys() & theirs.keys())
    alike = sum(1 for place, kind in placed.items() if theirs.get(place) == kind)

    def f1(hits: int) -> float:
        return round(2 * hits / max(1, len(mine) + len(theirs)), 4)

    return {"marks": len(mine), "wanted": len(theirs), "f1_place": f1(at), "f1_place_and_kind": f1(alike)}


def _runs(transcript: Transcript, heard: Heard) -> list[Segment]:
    """Return the words in the recogniser's own runs, so that no mark tells where a sentence ends."""
    words = iter(transcript.words)
    made = []
    for run in heard.runs:
        own = [word for word in words_until(words, run.words[-1].end)]
        if own:
            made.append(make_segment(own))
    return made


def words_until(words: Any, end: float) -> list[Word]:
    taken = []
    for word in words:
        taken.append(word)
        if word.end >= end - 0.005:
            break
    return taken


def measure(language: str, name: str, kept: Path | None, music: Path | None = None) -> dict[str, Any]:
    sound = read_sound(language, name.partition("+")[0])
    if music is not None:
        sound = lay_music(sound, read_stretch(music, 0, 0, None), float(name.partition("+")[2]))
    heard = hear(language, name, sound, kept)
    truth = json.loads((SAMPLES / language / "truth.json").read_text(encoding="utf-8"))
    joint = "" if language == "zh" else " "
    reference = spoken(joint.join(sentence["text"] for sentence in truth["sentences"]), language)
    levels = measure_levels(sound)
    pauses = trust_pauses(find_pauses(levels), levels, heard.speech)
    script = read_script(SAMPLES / language / "script.txt")
    recognised = compose_heard([heard], duration=sound.end, source_digest="", recogniser=Made(engine=""))
    unfitted = finish_transcript(recognised, script=script).transcript
    finished = finish_transcript(recognised, script=script, pauses=pauses)
    assert finished.report is not None
    errors = [
        distance(spoken(joint.join(segment.text for segment in one.segments), language), reference)
        for one in (recognised, finished.transcript)
    ]
    row = {
        "sample": f"{language}/{name}",
        "units": len(reference),
        "errors_recognised": errors[0],
        "errors_with_script": errors[1],
        "share_of_script_found": finished.report.share,
        "edges_recogniser": compare_edges(unfitted, language),
        "edges_with_sound": compare_edges(finished.transcript, language),
    }
    if language == "zh":
        row["punctuation"] = score_marks(heard, pauses, "".join(line.text for line in script.lines))
    return row


def build_long(seconds: float) -> tuple[Script, list[Segment]]:
    """Return a script of about this length at 4.5 characters a second, and generated recogniser words of it."""
    chance = random.Random(11)
    sample = read_script(SAMPLES / "zh" / "script.txt")
    clauses = [part for line in sample.lines for part in re.findall(r"[^，。]+", line.text)]
    pool = sorted(set("".join(clauses)) - set("0123456789"))
    lines: list[str] = []
    while sum(map(len, lines)) < 4.5 * seconds:
        own = [
            chance.choice(clauses) if chance.random() < 0.4 else "".join(chance.choices(pool, k=chance.randint(5, 12)))
            for _ in range(chance.randint(1, 3))
        ]
        lines.append("，".join(own) + "。")
    said: list[str] = []
    for line in lines:
        fate = chance.random()
        if fate < 0.04:
            continue
        if fate < 0.08:
            said.append(line)
        if fate > 0.94:
            said.append("".join(chance.choices(pool, k=18)) + "。")
        said.append(line)
    segments, place = [], 1.0
    for line in said:
        heard = "".join(chance.choice(pool) if chance.random() < 0.11 else c for c in line if chance.random() > 0.03)
        texts = split_words(heard) or ["嗯"]
        end = place + 0.21 * len(texts)
        segments.append(make_segment(spread_words(texts, place, end, 0.8)))
        place = end + 0.3
    return Script(tuple(Line(line, None) for line in lines)), segments


def measure_speed() -> dict[str, Any]:
    script, segments = build_long(600)
    pauses = [Pause(s.end, s.end + 0.3) for s in segments]
    given = Transcript(language="zh", duration=9e3, recogniser=Made(engine=""), segments=tuple(segments))
    started = time.process_time()
    finished = finish_transcript(given, script=script, pauses=pauses)
    first = time.process_time() - started
    started = time.process_time()
    finish_transcript(given, script=script, pauses=pauses)
    again = time.process_time() - started
    assert finished.report is not None
    return {
        "script_characters": sum(len(line.text) for line in script.lines),
        "sentences": len(script.lines),
        "seconds_of_speech": round(segments[-1].end),
        "share_found": finished.report.share,
        "retakes": sum(1 for one in finished.report.beside if one.kind == "retake"),
        "cpu_s_first": round(first, 2),
        "cpu_s_again": round(again, 2),
    }


def show(row: dict[str, Any]) -> None:
    before, after = row["edges_recogniser"], row["edges_with_sound"]
    print(
        f"{row['sample']:21} errors {row['errors_recognised']:3} → {row['errors_with_script']} of {row['units']}"
        f"   edges ({after['edges']}) median {before.get('median_ms')} → {after.get('median_ms')} ms,"
        f" p95 {before.get('p95_ms')} → {after.get('p95_ms')} ms, worst {after.get('worst_ms')} ms",
        flush=True,
    )
    if marks := row.get("punctuation"):
        print(
            f"{'':18} marks set {marks['marks']} of {marks['wanted']}: F1 {marks['f1_place']:.3f} by place,"
            f" {marks['f1_place_and_kind']:.3f} by place and kind",
            flush=True,
        )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--output", type=Path, help="also write the figures to this file")
    options.add_argument("--heard", type=Path, help="folder that keeps what was heard")
    options.add_argument("--music", type=Path, help="music to lay under the dry narration")
    chosen = options.parse_args()
    if chosen.heard is not None:
        chosen.heard.mkdir(parents=True, exist_ok=True)
    rows = []
    for language in ("zh", "en"):
        for name in ("narration.flac", "master.mp4"):
            rows.append(measure(language, name, chosen.heard))
            show(rows[-1])
        for offset in (0, 25, 50) if chosen.music else ():
            rows.append(measure(language, f"narration.flac+{offset}", chosen.heard, chosen.music))
            show(rows[-1])
    speed = measure_speed()
    print(
        f"ten minutes of script, {speed['script_characters']} characters: {speed['cpu_s_first']} s of processor time"
        f" (again {speed['cpu_s_again']} s), {speed['share_found']:.1%} found"
    )
    figures = {"samples": rows, "ten_minutes": speed}
    if chosen.output is not None:
        chosen.output.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
