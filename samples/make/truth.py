"""The files that tell what is in the film: truth, script."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from beats import Line, Natural, Placed
from shots import FPS, Shot, face_boxes


def build_truth(shots: Sequence[Shot], placed: Sequence[Placed], scale: float, lufs: float) -> dict[str, Any]:
    """Cuts, shots, sentences, natural sound, faces, loudness."""
    lines = [item for item in placed if isinstance(item.beat, Line)]
    natural = [item for item in placed if isinstance(item.beat, Natural)]
    return {
        "schema": "mediakit/truth/1",
        "fps": f"{FPS}/1",
        "frames": shots[-1].end,
        "cuts": [shot.start for shot in shots[1:]],
        "shots": [
            {"start": s.start, "end": s.end, "kind": s.cue.kind, "motion": s.cue.motion, "name": s.cue.name}
            for s in shots
        ],
        "sentences": [
            {"speaker": i.beat.speaker, "text": i.beat.text, "start": i.start, "end": i.end}
            for i in lines
            if isinstance(i.beat, Line)
        ],
        "natural_sound": [
            {"start": i.start, "end": i.end, "what": i.beat.what} for i in natural if isinstance(i.beat, Natural)
        ],
        "faces": face_boxes(shots, scale),
        "integrated_lufs": lufs,
    }


def write_truth(path: Path, truth: dict[str, Any]) -> None:
    """Write JSON with one list item a line."""
    rows = []
    for key, value in truth.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            items = ",\n    ".join(json.dumps(item, ensure_ascii=False) for item in value)
            rows.append(f'  "{key}": [\n    {items}\n  ]')
        else:
            rows.append(f'  "{key}": {json.dumps(value, ensure_ascii=False)}')
    path.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def write_script(path: Path, placed: Sequence[Placed], colon: str, joint: str) -> None:
    """One paragraph a line, speaker first; natural sound in lenticular brackets."""
    rows: list[str] = []
    speaker = ""
    for item in placed:
        beat = item.beat
        if isinstance(beat, Natural):
            rows.append(f"【{beat.what}】")
            speaker = ""
        elif beat.speaker == speaker:
            rows[-1] += joint + beat.text
        else:
            rows.append(f"{beat.speaker}{colon}{beat.text}")
            speaker = beat.speaker
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
