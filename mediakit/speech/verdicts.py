"""``corrections.yaml``: what a glossary would change and what it doubts, with a person's verdict on each.

The file is a proposal; whoever edits it decides: ``refuse`` leaves what was heard, ``accept`` makes a doubtful change.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from mediakit.media.document import Document, Value
from mediakit.media.times import Duration, format_clock
from mediakit.media.transcript import Correction, Doubt
from mediakit.media.yamlmodel import read_model

_NEAR_S = 0.5
_WANTED = "is not a list of corrections: it has no `entries:`"
_HEADER = """\
# What the glossary changed in the transcript, and what it doubts and left as it was.
# To undo a change set `verdict: refuse`; to make a doubtful one set `verdict: accept`. Later runs respect it.
# An entry without `at` counts wherever the text stands.
schema: mediakit/corrections/1
"""

Text = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class Verdict(Value):
    """One change: made (``keep``), undone (``refuse``), doubtful (``leave``), or made although doubtful (``accept``).

    ``rule``, ``score`` and ``why`` are told for the reader and may be left out.
    """

    at: Duration | None = None
    before: Text
    after: Annotated[str, StringConstraints(max_length=400)]
    verdict: Literal["keep", "refuse", "leave", "accept"] = "keep"
    rule: str | None = None
    score: float | None = None
    why: str | None = None

    def answers(self, before: str, after: str, time: float) -> bool:
        """Tell whether this is about a change at a time."""
        same = (self.before, self.after) == (before, after)
        return same and (self.at is None or abs(self.at - time) <= _NEAR_S)


class Verdicts(Document):
    """The file; where two entries are about the same change, the one with a time goes first."""

    kind: ClassVar[str] = "mediakit/corrections/1"

    entries: tuple[Verdict, ...] = Field(default=(), max_length=100_000)

    def of(self, before: str, after: str, time: float) -> Literal["refuse", "accept"] | None:
        """Return what a person decided about a change at a time, if anything."""
        answers = [one for one in self.entries if one.answers(before, after, time)]
        for one in sorted(answers, key=lambda one: one.at is None):
            if one.verdict in ("refuse", "accept"):
                return one.verdict
        return None

    def find_unmet(self, corrections: Sequence[Correction], doubts: Sequence[Doubt]) -> list[Verdict]:
        """Return what was decided about changes that never came up."""
        pools: dict[str, Sequence[Correction]] = {"refuse": doubts, "accept": corrections}
        return [
            one
            for one in self.entries
            if one.verdict in pools and not any(one.answers(c.before, c.after, c.start) for c in pools[one.verdict])
        ]


def read_verdicts(path: Path) -> Verdicts:
    """Read ``corrections.yaml``.

    Raises:
        InputError: missing or unreadable.
        RecipeError: wrong at a line, with what it takes.
    """
    hint = "an entry is {at, before, after, verdict: keep|refuse|leave|accept}"
    read = read_model(path, Verdicts, wanted=_WANTED, otherwise=hint)
    if "entries" not in read.tree.data:
        raise read.tree.error((), _WANTED)
    return read.value


def format_verdicts(corrections: Sequence[Correction], doubts: Sequence[Doubt]) -> str:
    """Return the text of the file that proposes these; equal lists, equal text."""
    lines = []
    for one in sorted([*corrections, *doubts], key=lambda c: (c.start, c.end, c.before, c.after)):
        fields = {
            "at": f'"{format_clock(one.start, decimals=2)}"',
            "before": _quote(one.before),
            "after": _quote(one.after),
            "verdict": "leave" if isinstance(one, Doubt) else "keep",
            "rule": one.rule,
        }
        if one.score is not None:
            fields["score"] = f"{one.score:g}"
        if isinstance(one, Doubt):
            fields["why"] = _quote(one.why)
        lines.append("  - {" + ", ".join(f"{name}: {value}" for name, value in fields.items()) + "}\n")
    return _HEADER + ("entries:\n" if lines else "entries: []\n") + "".join(lines)


def _quote(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
