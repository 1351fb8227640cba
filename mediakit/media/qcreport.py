"""``qc.json``: what was measured in a file, against which limit, with which verdict."""

from __future__ import annotations

from typing import ClassVar, Literal

from mediakit.media.document import Document, Value
from mediakit.media.spans import Span

Verdict = Literal["pass", "warn", "fail", "unmeasured"]


class Check(Value):
    """One check: its measured value beside the limit, where in the file, and who set the limit."""

    id: str
    verdict: Verdict
    measured: float | str | None = None
    limit: str | None = None
    unit: str | None = None
    where: tuple[Span, ...] = ()
    message: str
    source: str | None = None


class QcReport(Document):
    """The checks of one file for one channel; ``verdict`` is the worst of them.

    ``gated`` says that a failing verdict keeps the file from being packaged. ``file_digest`` is the SHA-256 of the
    file, or of a stream's files together (`media.playlist.digest_programme`).
    """

    kind: ClassVar[str] = "mediakit/qc/1"

    file: str
    file_digest: str
    channel: str
    verdict: Verdict
    gated: bool = True
    checks: tuple[Check, ...]
