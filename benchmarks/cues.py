"""Cues and their breaks: rules kept on both samples, the breaks of a written text, the time that building takes.

    python benchmarks/cues.py [--output FILE] [--list] [--hear FILE ...] [--heard FOLDER]

The transcripts are the samples' own truth (sentence times; the time of a sentence is shared evenly among its
characters) and the texts beside this file, spoken at an even speed; no model is needed. ``--list`` prints every cue,
lines parted by " / ". Times are CPU seconds.

``--hear`` makes cues of what the recogniser hears as well (packaged base model, as by default): of both samples' final
mixes with their glossaries and shot changes, and of any other media files (language found, no shot changes, 25 frames a
second). ``--heard`` keeps what was heard for a second run.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from mediakit.channels.loading import load_profiles
from mediakit.media.cues import CueSheet
from mediakit.media.transcript import Recogniser, Segment, Transcript, Word
from mediakit.speech.composing import compose_heard
from mediakit.speech.finishing import finish_transcript
from mediakit.speech.glossary import read_glossary
from mediakit.speech.heard import Heard
from mediakit.speech.hearing import Listening
from mediakit.speech.levels import measure_levels
from mediakit.speech.listening import hear_section
from mediakit.speech.pauses import find_pauses
from mediakit.speech.recogniser import load_recogniser
from mediakit.speech.sound import read_stretch
from mediakit.speech.underneath import trust_pauses
from mediakit.subtitles.build import build_cues
from mediakit.subtitles.check import check_cues, count_by_rule
from mediakit.tools.models import find_model
from mediakit.tools.opening import open_media

HERE = Path(__file__).parent
SAMPLES = HERE.parent / "samples"
PROFILES = ("cn_tv_14", "netflix_zh", "vertical_zh", "netflix_en")
FPS = Fraction(25)
_LISTED = {"zh": "cn_tv_14", "en": "netflix_en"}


def read_sample(name: str) -> tuple[Transcript, list[float], list[str]]:
    """Return a sample's spoken sentences, its shot changes in seconds, and its glossary's terms."""
    truth = json.loads((SAMPLES / name / "truth.json").read_text(encoding="utf-8"))
    sentences = tuple(
        Segment(start=one["start"], end=one["end"], text=one["text"], speaker=one["speaker"])
        for one in truth["sentences"]
    )
    cuts = [frame / 25 for frame in truth["cuts"]]
    return _transcript(name, sentences), cuts, read_terms(SAMPLES / name / "glossary.yaml")


def read_terms(path: Path) -> list[str]:
    """Return the terms of a glossary file."""
    return [entry.text for entry in read_glossary(path).entries]


def speak(name: str, repeat: int = 1) -> tuple[Transcript, list[float], list[str]]:
    """Return the written text as speech: 4.4 characters or 2.6 words a second, pauses at marks; a cut every 4 s."""
    made: list[Segment] = []
    now = 0.5
    for line in (HERE / f"cues_{name}.txt").read_text(encoding="utf-8").splitlines() * repeat:
        if line.startswith("#") or not line.strip():
            continue
        speaker, text = re.split("[：:] ?", line, maxsplit=1)
        words = []
        start = now
        for token in re.findall(r"[\u4e00-\u9fff]|[\w'’.\-]*\w|\S", text):
            if not token[0].isalnum():
                now += 0.24 if token in "，。；：？！,;:?!." else 0.05
                continue
            chinese = "\u4e00" <= token[0] <= "\u9fff"
            length = 0.227 if chinese else 0.16 * len(token) if name == "zh" else 0.13 + 0.055 * len(token)
            words.append(Word(text=token, start=round(now, 3), end=round(now + length, 3)))
            now += length
        made.append(Segment(start=start, end=now, text=text, words=tuple(words), speaker=speaker))
        now += 0.35
    cuts = [4.0 * k for k in range(1, int(now / 4) + 1)]
    return _transcript(name, tuple(made)), cuts, read_terms(HERE / f"cues_{name}.yaml")


def recognise(path: Path, kept: Path | None, sample: str = "") -> tuple[Transcript, list[float], list[str]]:
    """Return what the recogniser hears in a file, a sample's shot changes, and its glossary's terms."""
    glossary = read_glossary(SAMPLES / sample / "glossary.yaml") if sample else None
    with open_media(path) as container:
        stream = container.streams.audio[0].index
    sound = read_stretch(path, stream, 0, None)
    place = kept / f"{sample}{path.name}.json" if kept else None
    if place is not None and place.exists():
        heard = Heard.read(place)
    else:
        how = Listening(language=sample or None, hotwords=glossary.hotwords if glossary else ())
        heard = hear_section(load_recogniser("faster-whisper", find_model("base"), "int8", 2), sound, how)
        if place is not None:
            heard.write(place)
    levels = measure_levels(sound)
    pauses = trust_pauses(find_pauses(levels), levels, heard.speech)
    made = compose_heard(
        [heard],
        duration=sound.end,
        source_digest="",
        recogniser=Recogniser(engine="faster-whisper"),
        glossary=glossary,
        pauses=pauses,
    )
    cuts = read_sample(sample)[1] if sample else []
    terms = [entry.text for entry in glossary.entries] if glossary else []
    return finish_transcript(made, pauses=pauses).transcript, cuts, terms


def measure_recognised(files: Sequence[Path], kept: Path | None) -> list[dict[str, Any]]:
    """Count violations of every profile of the language in cues of what was heard."""
    rows = []
    for path, sample in [*((SAMPLES / name / "master.mp4", name) for name in ("zh", "en")), *((f, "") for f in files)]:
        speech = recognise(path, kept, sample)
        chinese = speech[0].language.startswith("zh")
        for profile_id in PROFILES:
            if profile_id.endswith("_en") == chinese or not speech[0].segments:
                continue
            sheet = build(speech, profile_id)
            found = check_cues(sheet, load_profiles().subtitles[profile_id], FPS, speech[1])
            title = f"heard {sample or path.name}"
            rows.append(
                {
                    "speech": title,
                    "profile": profile_id,
                    "cues": len(sheet.cues),
                    "violations": count_by_rule(found),
                    "lines": list_cues(sheet),
                    "found": [str(one) for one in found],
                }
            )
    return rows


def _transcript(language: str, segments: tuple[Segment, ...]) -> Transcript:
    return Transcript(
        language=language, duration=segments[-1].end + 1, recogniser=Recogniser(engine="import"), segments=segments
    )


def build(speech: tuple[Transcript, list[float], list[str]], profile_id: str) -> CueSheet:
    """Return the cues of speech under a profile, with its shot changes and terms."""
    transcript, cuts, terms = speech
    profile = load_profiles().subtitles[profile_id]
    return build_cues(transcript, profile, profile_id, fps=FPS, cuts=cuts, terms=terms)


def list_cues(sheet: CueSheet) -> list[str]:
    """Return one line a cue."""
    return [f"{cue.start:8.2f} {cue.end:8.2f}  {' / '.join(cue.lines)}" for cue in sheet.cues]


def measure_rules() -> list[dict[str, Any]]:
    """Count violations of every profile in both samples and both texts."""
    rows = []
    for kind, read in (("sample", read_sample), ("text", speak)):
        for name in ("zh", "en"):
            speech = read(name)
            for profile_id in PROFILES:
                if profile_id.endswith("_en") != (name == "en"):
                    continue
                sheet = build(speech, profile_id)
                found = check_cues(sheet, load_profiles().subtitles[profile_id], FPS, speech[1])
                rows.append(
                    {
                        "speech": f"{kind} {name}",
                        "profile": profile_id,
                        "cues": len(sheet.cues),
                        "violations": count_by_rule(found),
                    }
                )
    return rows


def measure_time(name: str, profile_id: str, minutes: float = 10.0) -> dict[str, Any]:
    """Return the CPU seconds that the cues of so many minutes take, the segmenter's start included."""
    once = speak(name)[0].duration
    speech = speak(name, round(minutes * 60 / once + 0.5))
    started = time.process_time()
    sheet = build(speech, profile_id)
    spent = time.process_time() - started
    return {
        "profile": profile_id,
        "minutes": round(speech[0].duration / 60, 1),
        "cues": len(sheet.cues),
        "cpu_s": round(spent, 2),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--hear", type=Path, nargs="*", metavar="FILE")
    parser.add_argument("--heard", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    report: dict[str, Any] = {
        "rules": measure_rules(),
        "time": [measure_time("zh", profile_id) for profile_id in PROFILES[:3]] + [measure_time("en", "netflix_en")],
        "breaks": {
            f"{kind} {name}": list_cues(build(read(name), profile_id))
            for kind, read in (("sample", read_sample), ("text", speak))
            for name, profile_id in _LISTED.items()
        },
    }
    if options.hear is not None:
        if options.heard is not None:
            options.heard.mkdir(parents=True, exist_ok=True)
        report["recognised"] = measure_recognised(options.hear, options.heard)
    for row in [*report["rules"], *report.get("recognised", ())]:
        found = ", ".join(f"{rule} {count}" for rule, count in row["violations"].items()) or "none"
        print(f"{row['speech']:<32} {row['profile']:<12} {row['cues']:4} cues  violations: {found}")
    for row in report["time"]:
        print(f"{row['profile']:<12} {row['minutes']:5} minutes  {row['cues']:4} cues  {row['cpu_s']:5.2f} s CPU")
    if options.list:
        for row in report.get("recognised", ()):
            print(f"\n{row['speech']} {row['profile']}\n" + "\n".join([*row["lines"], *row["found"]]))
        for title, lines in report["breaks"].items():
            print(f"\n{title}\n" + "\n".join(lines))
    if options.output:
        options.output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
