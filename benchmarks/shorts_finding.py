"""Finding shorts: how the proposals agree with an editor's choice that was marked by hand, and what each part is worth.

    python benchmarks/shorts_finding.py [--held-out] [--output FILE] [--list]

The talks in ``shorts/`` were written for this benchmark in the manner of real talk (one, Kennedy's inaugural address,
is in the public domain), given the times of a speaking rate with pauses, and marked before any scorer ran on them.
``--held-out`` adds those that the scorer was not built with. Baselines take as many runs of whole sentences: the first,
those at the centre, at even distances, and 2000 random choices. A part alone is shown as the chance that a run which
meets an editor's short ranks above one that does not (0.5 is chance), with the share of 2000 random shifts of the
editor's marks along the talk that come to as much; left out, as the change in precision and overlap.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent / "shorts"))

import numpy as np
from talks import HELD_OUT, TUNED, Talk, read_talk

from mediakit.highlights.comparing import compare_choice, measure_iou, rate_agreement
from mediakit.highlights.finding import Found, Request, find_shorts
from mediakit.highlights.ranks import rank_values
from mediakit.highlights.scoring import DEFAULT_WEIGHTS
from mediakit.media.shortsreport import Comparison

SHORTEST, LONGEST = 15.0, 60.0
MET, WELL_MET = 0.5, 0.75
SHIFTS = 2000
ADDED = 0.12
"""The weight that a part which does not count is given to see what it would do."""


def find(talk: Talk, weights: dict[str, float] | None = None, count: int | None = None) -> Found:
    """Return what is found in a talk, as many shorts as the editor chose unless another ``count`` is given."""
    request = Request(count or len(talk.chosen.shorts), SHORTEST, LONGEST, weights or {})
    return find_shorts(talk.transcript, request)


def compare(talk: Talk, found: Found) -> Comparison:
    """Return the comparison of what was found with the editor's choice."""
    ids = [f"short-{k}" for k in range(1, len(found.chosen) + 1)]
    request = Request(len(found.chosen), SHORTEST, LONGEST, {})
    candidates = [item.candidate for item in found.scored]
    chosen = [item.candidate for item in found.chosen]
    return compare_choice(chosen, ids, talk.chosen, candidates, request.ideal, found.duration)


def measure_choice(talk: Talk) -> dict[str, Any]:
    """Return one row: agreement of the proposals and of the baselines."""
    found = find(talk)
    made = compare(talk, found)
    faults = sum(bool(item.against) for item in found.chosen)
    return {
        "talk": talk.name,
        "minutes": round(talk.transcript.duration / 60, 1),
        "runs": len(found.scored),
        "editors": made.editors,
        "with_faults": faults,
        "ours": made.ours.model_dump(),
        "random": made.random.model_dump(),
        "random_interval": made.random_interval,
        "beaten": made.beaten,
        **{name: agreement.model_dump() for name, agreement in made.baselines.items()},
    }


def measure_parts(talks: Sequence[Talk]) -> list[dict[str, Any]]:
    """Return one row a part: alone, and left out."""
    found = {talk.name: find(talk) for talk in talks}
    chance = Random("shifts")
    shifts = [0.0, *(chance.random() for _ in range(SHIFTS))]
    met = {talk.name: [_find_met(found[talk.name], talk, shift) for shift in shifts] for talk in talks}
    whole = _mean_choice(talks, {})
    rows = []
    parts = [name for name in DEFAULT_WEIGHTS if any(name in item.parts for item in found[talks[0].name].scored)]
    for name in [*parts, "score"]:
        aucs = np.array([_list_aucs(found[talk.name], met[talk.name], name) for talk in talks])
        mean = aucs.mean(axis=0)  # shifts by (meets, meets well)
        above = (mean[1:] >= mean[0]).mean(axis=0)
        row: dict[str, Any] = {"part": name, "weight": DEFAULT_WEIGHTS.get(name)}
        row |= {"meets": round(float(mean[0][0]), 3), "meets_p": float(above[0])}
        row |= {"meets_well": round(float(mean[0][1]), 3), "meets_well_p": float(above[1])}
        row["by_talk"] = {talk.name: round(float(auc[0][0]), 2) for talk, auc in zip(talks, aucs, strict=True)}
        if name in DEFAULT_WEIGHTS:
            weight = DEFAULT_WEIGHTS[name]
            other = _mean_choice(talks, {name: 0.0 if weight else ADDED})
            row["left_out" if weight else "added"] = {key: round(other[key] - whole[key], 3) for key in whole}
        rows.append(row)
    return rows


def _mean_choice(talks: Sequence[Talk], weights: dict[str, float]) -> dict[str, float]:
    """Return mean precision and overlap over talks and over three to seven shorts asked for."""
    made = []
    for talk in talks:
        editors = [[(span.start, span.end) for span in short.spans] for short in talk.chosen.shorts]
        for count in range(3, 8):
            made.append(rate_agreement([item.candidate for item in find(talk, weights, count).chosen], editors))
    return {key: sum(getattr(one, key) for one in made) / len(made) for key in ("precision", "overlap")}


def _find_met(found: Found, talk: Talk, shift: float) -> np.ndarray:
    """Return for each run whether it meets, and meets well, an editor's; marks moved by ``shift`` of the talk."""
    runs = np.array([(item.candidate.start, item.candidate.end) for item in found.scored])
    best = np.zeros(len(runs))
    for short in talk.chosen.shorts:
        start = (short.spans[0].start + shift * found.duration) % found.duration
        end = start + short.duration
        shared = np.maximum(0, np.minimum(runs[:, 1], end) - np.maximum(runs[:, 0], start))
        best = np.maximum(best, shared / (runs[:, 1] - runs[:, 0] + short.duration - shared))
    return np.stack([best >= MET, best >= WELL_MET])


def _list_aucs(found: Found, met: Sequence[np.ndarray], name: str) -> np.ndarray:
    """Return for each set of marks the chance that a run which meets (well) one of them ranks above another."""
    values = [item.score if name == "score" else item.parts[name] for item in found.scored]
    ranks = np.array(rank_values(values), float) * (len(values) - 1)
    made = []
    for pair in met:
        row = []
        for positive in pair:
            ours, others = int(positive.sum()), int((~positive).sum())
            wins = ranks[positive].sum() - ours * (ours - 1) / 2
            row.append(wins / (ours * others) if ours and others else 0.5)
        made.append(row)
    return np.array(made)


def measure_time(talk: Talk, repeat: int = 10) -> dict[str, Any]:
    """Return processor seconds of finding five shorts in an hour or more of speech (one talk, repeated)."""
    transcript = talk.transcript
    segments = []
    for k in range(repeat):
        shift = k * transcript.duration
        for segment in transcript.segments:
            words = tuple(
                word.model_copy(update={"start": word.start + shift, "end": word.end + shift}) for word in segment.words
            )
            update = {"start": segment.start + shift, "end": segment.end + shift, "words": words}
            segments.append(segment.model_copy(update=update))
    long = transcript.model_copy(update={"segments": tuple(segments), "duration": transcript.duration * repeat})
    started = time.process_time()
    found = find_shorts(long, Request(5, SHORTEST, LONGEST, {}))
    spent = time.process_time() - started
    return {"minutes": round(long.duration / 60, 1), "runs": len(found.scored), "cpu_s": round(spent, 2)}


def print_choices(title: str, rows: Sequence[dict[str, Any]]) -> None:
    print(
        f"\n{title}\n{'':12} min  runs  editor's  precision (overlap) of proposals, random, first, centre, even"
        "   beats random"
    )
    for row in [*rows, mean_row(rows)]:
        cells = "".join(
            f"{100 * row[name]['precision']:7.0f} ({100 * row[name]['overlap']:3.0f})"
            for name in ("ours", "random", "first", "centre", "even")
        )
        print(
            f"{row['talk']:<12}{row['minutes']:4} {row['runs']:5} {row['editors']:6}   {cells}   "
            f"{100 * row['beaten']:8.1f} %"
        )


def mean_row(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean over talks."""
    made: dict[str, Any] = {"talk": "mean", "minutes": "", "runs": "", "editors": sum(row["editors"] for row in rows)}
    for name in ("ours", "random", "first", "centre", "even"):
        made[name] = {key: sum(row[name][key] for row in rows) / len(rows) for key in ("precision", "overlap")}
    made["beaten"] = sum(row["beaten"] for row in rows) / len(rows)
    return made


def print_parts(title: str, rows: Sequence[dict[str, Any]]) -> None:
    print(
        f"\n{title}\n{'part':<14}weight   IoU>=0.5  by shift   IoU>=0.75  by shift   "
        "without it (added, where not counted)"
    )
    for row in rows:
        change = row.get("left_out") or row.get("added")
        text = f"precision {100 * change['precision']:+5.1f}  overlap {100 * change['overlap']:+5.1f}" if change else ""
        weight = "" if row["weight"] is None else f"{row['weight']:.2f}"
        print(
            f"{row['part']:<14}{weight:>6} {row['meets']:9.2f} {row['meets_p']:9.3f} {row['meets_well']:10.2f} "
            f"{row['meets_well_p']:9.3f}   {text}"
        )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--held-out", action="store_true")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args(arguments)
    sets = {"talks that the scorer was built with": TUNED}
    if options.held_out:
        sets["talks held out"] = HELD_OUT
    report: dict[str, Any] = {"sets": {}}
    for title, names in sets.items():
        talks = [read_talk(name) for name in names]
        made = {
            "choices": [measure_choice(talk) for talk in talks],
            "without_speakers": [measure_choice(talk.without_speakers()) for talk in talks],
            "parts": measure_parts(talks),
        }
        report["sets"][title] = made
        print_choices(title, made["choices"])
        print_choices(f"{title}, without speakers", made["without_speakers"])
        print_parts(title, made["parts"])
        if options.list:
            for talk in talks:
                list_choice(talk)
    report["time"] = measure_time(read_talk(TUNED[0]))
    print("\n{minutes} minutes of speech: {runs} runs, {cpu_s} s of processor time".format(**report["time"]))
    if options.output:
        options.output.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def list_choice(talk: Talk) -> None:
    """Print what was chosen of a talk."""
    print(f"\n{talk.name}")
    for item in find(talk).chosen:
        inside = find(talk).episode.sentences[item.candidate.first : item.candidate.last]
        span = [(item.candidate.start, item.candidate.end)]
        iou = max(measure_iou(span, [(one.start, one.end) for one in short.spans]) for short in talk.chosen.shorts)
        print(
            f"  {item.score:.2f}  {span[0][0]:5.0f}-{span[0][1]:3.0f}  IoU {iou:.2f}  "
            f"{inside[0].text} … {inside[-1].text}"
        )


if __name__ == "__main__":
    main()
