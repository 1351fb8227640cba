"""``shorts.json``: why shorts were proposed, why the next best were not, and how the choice agrees with an editor's."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from mediakit.media.document import Document, Value


class JudgedRun(Value):
    """A run of sentences that was scored, ``start`` to ``end`` in seconds.

    Attributes:
        id: the short that it became; empty where it was not chosen.
        score: the weighted mean of ``parts``, 0 to 1.
        parts: ranks within the episode by part, 0 (lowest) to 1; a part without a value is absent.
        against: what speaks against it.
        passed_over: why it was not chosen; empty where it was.
    """

    id: str = ""
    start: float = Field(ge=0)
    end: float = Field(gt=0)
    title: str = ""
    opens_with: str = ""
    closes_with: str = ""
    score: float = Field(ge=0, le=1)
    parts: dict[str, float]
    against: tuple[str, ...] = ()
    passed_over: str = ""


class Agreement(Value):
    """How a choice agrees with an editor's, each from 0 to 1.

    Attributes:
        precision: share of the chosen whose intersection over union with one of the editor's is at least 0.5 (each of
            the editor's counts once).
        recall: share of the editor's that were met so.
        overlap: share of the chosen seconds that the editor chose too.
        iou: intersection over union of all seconds of both.
    """

    precision: float
    recall: float
    overlap: float
    iou: float


class Met(Value):
    """One short of the editor's and the proposal that comes nearest to it; without one, ``short`` is empty."""

    choice: str
    short: str = ""
    iou: float = 0.0


class Comparison(Value):
    """A choice beside an editor's, and beside baselines that take as many runs of whole sentences.

    Attributes:
        asked: how many shorts were proposed.
        editors: how many the editor chose.
        ours: agreement of the proposals.
        random: mean agreement of random choices.
        random_interval: the middle 95 % of the random choices' precision.
        beaten: share of random choices that ours is better than, in precision or, where that is equal, in overlap.
        baselines: agreement of other simple choices: ``first`` runs, those at the ``centre``, ``even`` distances.
        met: the editor's shorts and what met them.
    """

    asked: int
    editors: int
    ours: Agreement
    random: Agreement
    random_interval: tuple[float, float]
    beaten: float
    baselines: dict[str, Agreement]
    met: tuple[Met, ...]


class ShortsReport(Document):
    """Why shorts of one source were proposed; ``weights`` are what each part counted.

    ``remarks`` say what was done for want of better input; ``runs`` is how many were scored.
    """

    kind: ClassVar[str] = "mediakit/shorts-report/1"

    source_digest: str = ""
    weights: dict[str, float]
    remarks: tuple[str, ...] = ()
    runs: int = 0
    chosen: tuple[JudgedRun, ...] = ()
    passed_over: tuple[JudgedRun, ...] = ()
    comparison: Comparison | None = None
