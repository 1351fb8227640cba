"""What a glossary mends, and what it leaves alone.

    python benchmarks/glossary.py [--json FILE] [--without-hearing] [--more FILE]

Three parts, one table each:

* hearing: the Mandarin sample, its dry narration and its final mix (music underneath): names, titles, organisations and
  places, and all entries, that are written right where they were said, and the character error rate; without help, with
  hotwords alone, with the glossary's corrections alone, with both. The glossary is the sample's, once as it is and once
  without its lists of wrong forms.
* precision: natural sentences in which every word is right, a glossary of 200 entries of which more than 60 sound like
  ordinary words; word probabilities as an import has them (none), as a recogniser gives them (drawn from what was seen
  on real recordings), and all low. A right word that is changed is an error. ``natural_dev.txt`` was looked at while
  the weights were chosen; ``natural_held.txt`` and then ``natural_fresh.txt`` (traps: a name's first two characters and
  a verb that sounds like its third) were first run afterwards, and each led to one more rule; ``natural_second.txt``
  (327 sentences of other topics, interviews among them) was written and first run after that, and led to none.
  ``--more FILE`` adds other text, a sentence a line.
* recall: entries of that glossary written with other characters of the same or nearly the same sound, in plain carrier
  sentences: how many are mended, how many told as doubtful, how many missed.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mediakit.media.transcript import Word
from mediakit.speech.corrections import Corrector
from mediakit.speech.glossary import Glossary, read_glossary
from mediakit.speech.lexicon import FREE
from mediakit.speech.pinyin import HAN, Syllable, syllable_cost, syllables_of
from mediakit.speech.words import split_words

DATA = Path(__file__).parent / "glossary"
SAMPLE = Path(__file__).parents[1] / "samples" / "zh"

PROBABILITIES = (
    *(0.2, 0.45, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.95, 0.96, 0.97, 0.97, 0.98, 0.98),
    *(0.99,) * 5,
    *(1.0,) * 6,
)
"""Word probabilities of right words, as a base model gave them on real Mandarin recordings, one in thirty each."""

MISHEARD = (0.2, 0.35, 0.45, 0.5, 0.55, 0.58, 0.62, 0.66, 0.7, 0.74, 0.79, 0.9)
"""The same of characters that were misheard."""

CARRIERS = (
    "我们今天要说的是{}。",
    "从那以后，{}就再也没有变过。",
    "{}的事情，大家都记得。",
    "他提到了{}，也提到了别的。",
)


def make_words(text: str, probabilities: Sequence[float | None]) -> list[Word]:
    parts = split_words(text)
    return [
        Word(text=part, start=n * 0.2, end=n * 0.2 + 0.2, probability=probability)
        for n, (part, probability) in enumerate(zip(parts, probabilities, strict=False))
    ]


def measure_precision(name: str, sentences: Sequence[str], glossary: Glossary) -> list[dict[str, Any]]:
    corrector = Corrector(glossary)
    rows = []
    for how in ("none", "drawn", "0.7", "0.4"):
        chance = random.Random(7)
        changed, doubted = [], 0
        for sentence in sentences:
            size = len(split_words(sentence))
            given: list[float | None] = (
                [chance.choice(PROBABILITIES) for _ in range(size)]
                if how == "drawn"
                else [None if how == "none" else float(how)] * size
            )
            corrected = corrector.correct([make_words(sentence, given)])
            changed += [(one.before, one.after, sentence) for one in corrected.corrections]
            doubted += len(corrected.doubts)
        rows.append(
            {
                "text": name,
                "sentences": len(sentences),
                "characters": sum(map(len, sentences)),
                "probabilities": how,
                "changed": len(changed),
                "doubts": doubted,
                "changes": changed[:20],
            }
        )
    return rows


def measure_recall(glossary: Glossary) -> list[dict[str, Any]]:
    alike = _characters_by_sound()
    corrector = Corrector(glossary)
    rows = []
    for kind in ("same sound", "usual confusion"):
        chance = random.Random(11)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        for entry in glossary.entries:
            if len(entry.text) < 2 or not all(HAN.fullmatch(character) for character in entry.text):
                continue
            for carrier in CARRIERS:
                wrong = _mishear(entry.text, alike, chance, near=kind != "same sound")
                text = carrier.format(wrong)
                first = text.index(wrong)
                given: list[float | None] = [chance.choice(PROBABILITIES) for _ in split_words(text)]
                for offset, (old, new) in enumerate(zip(entry.text, wrong, strict=True)):
                    if old != new:
                        given[len(split_words(text[: first + offset + 1])) - 1] = chance.choice(MISHEARD)
                corrected = corrector.correct([make_words(text, given)])
                right = "".join(word.text for word in corrected.runs[0]) == carrier.format(entry.text)
                told = any(one.after == entry.text for one in corrected.doubts)
                outcome = "mended" if right else "told" if told else "wrong" if corrected.corrections else "missed"
                counts[str(min(len(entry.text), 4))][outcome] += 1
        for size, found in sorted(counts.items()):
            rows.append({"misheard": kind, "characters": f"{size}{'+' if size == '4' else ''}", **found})
    return rows


def _characters_by_sound() -> dict[Syllable, list[str]]:
    """Return common characters (those of the benchmark's own text and of FREE) by their usual syllable."""
    texts = "".join((DATA / name).read_text(encoding="utf-8") for name in ("natural_dev.txt", "glossary.csv"))
    found: dict[Syllable, list[str]] = defaultdict(list)
    for character in sorted({c for c in texts if HAN.fullmatch(c)} | FREE):
        readings = syllables_of(character)
        if readings:
            found[readings[0]].append(character)
    return found


def _mishear(text: str, alike: dict[Syllable, list[str]], chance: random.Random, *, near: bool) -> str:
    """Return a text with one or two characters written as others that sound like them."""
    limit = 0.4 if near else 0.1
    places = list(range(len(text)))
    chance.shuffle(places)
    made, changed = list(text), 0
    for place in places:
        sound = syllables_of(text[place])[0]
        low = 0.25 if near else 0.0
        others = [
            c
            for s, group in alike.items()
            if low <= syllable_cost(s, sound) <= limit
            for c in group
            if c != text[place]
        ]
        if others:
            made[place] = chance.choice(sorted(others))
            changed += 1
        if changed == (1 if len(text) < 4 or near else 2):
            break
    return "".join(made)


def measure_hearing() -> list[dict[str, Any]]:
    from measuring import distance
    from recognition import compose, hear, spoken

    from mediakit.speech.listening import Listening
    from mediakit.speech.sound import read_stretch

    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    said = "".join(sentence["text"] for sentence in truth["sentences"])
    reference = spoken(said)
    listed = read_glossary(SAMPLE / "glossary.yaml")
    bare = Glossary(entries=tuple(entry.model_copy(update={"wrong": ()}) for entry in listed.entries))
    rows = []
    for name in ("narration.flac", "master.mp4"):
        sound = read_stretch(SAMPLE / name, 0 if name.endswith("flac") else 1, 0, None)
        heard = {
            told: hear(
                "faster-whisper", "int8", sound, Listening(language="zh", hotwords=listed.hotwords if told else ())
            )
            for told in (False, True)
        }
        for label, told, glossary in (
            ("without help", False, None),
            ("hotwords alone", True, None),
            ("corrections alone, no wrong forms", False, bare),
            ("corrections alone", False, listed),
            ("both, no wrong forms", True, bare),
            ("both", True, listed),
        ):
            transcript = compose(heard[told][0], sound.end, glossary=glossary)
            people, all_entries = _count_right(transcript.text, said, listed)
            wrong = distance(spoken(transcript.text), reference)
            rows.append(
                {
                    "file": name,
                    "how": label,
                    "names": f"{people[0]} of {people[1]}",
                    "entries": f"{all_entries[0]} of {all_entries[1]}",
                    "cer": round(wrong / len(reference), 4),
                    "corrections": len(transcript.corrections),
                    "doubts": [f"{one.before}→{one.after}" for one in transcript.doubts],
                }
            )
    return rows


def _count_right(text: str, said: str, glossary: Glossary) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return how many mentions are written right, of how many: those of names and the like, and all."""
    right, total, right_names, names = 0, 0, 0, 0
    for entry in glossary.entries:
        here, there = said.count(entry.text), text.count(entry.text)
        right, total = right + min(here, there), total + here
        if entry.kind != "term":
            right_names, names = right_names + min(here, there), names + here
    return (right_names, names), (right, total)


def show(title: str, rows: Sequence[dict[str, Any]]) -> None:
    print(f"\n{title}")
    columns = list(
        dict.fromkeys(key for row in rows for key in row if key not in ("changes", "doubts") or title == "precision")
    )
    columns = [column for column in columns if column != "changes"]
    print("| " + " | ".join(columns) + " |\n|" + " --- |" * len(columns))
    for row in rows:
        print("| " + " | ".join(str(row.get(column, 0)) for column in columns) + " |", flush=True)
        for change in row.get("changes", ()):
            print(f"    changed: {change[0]} → {change[1]} in {change[2]}")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--json", type=Path, help="also write the figures to this file")
    options.add_argument("--without-hearing", action="store_true", help="leave out what needs the speech model")
    options.add_argument("--more", type=Path, help="more natural text for the precision, a sentence a line")
    chosen = options.parse_args()
    glossary = read_glossary(DATA / "glossary.csv")
    files = [*sorted(DATA.glob("natural_*.txt")), *([chosen.more] if chosen.more else [])]
    result: dict[str, Any] = {"entries": len(glossary.entries), "precision": [], "recall": measure_recall(glossary)}
    for file in files:
        sentences = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        result["precision"] += measure_precision(file.name, sentences, glossary)
    show("precision", result["precision"])
    show("recall", result["recall"])
    if not chosen.without_hearing:
        result["hearing"] = measure_hearing()
        show("hearing", result["hearing"])
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(result, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
