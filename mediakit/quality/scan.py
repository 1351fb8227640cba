"""Progressive or interlaced: what a detector says of single frames, and what it amounts to over many.

ffmpeg's idet looks at a frame between its neighbours and says ``t``op field first, ``b``ottom field first,
``p``rogressive or ``u``ndetermined. One frame alone is easily fooled; as in idet's own count, a kind holds until three
frames in a row (undetermined ones aside) say another. At the edges of a piece a neighbour is missing, so those frames
count as undetermined.
"""

from __future__ import annotations

from dataclasses import dataclass

_MEMORY = 4
_UNKNOWN = "u"


@dataclass(frozen=True)
class Scan:
    """How many frames are top field first, bottom field first, progressive, and neither."""

    top_first: int
    bottom_first: int
    progressive: int
    undetermined: int


def blank_edges(kinds: str) -> str:
    """Return the kinds of a piece's frames; the first and the last stand beside frames that are not the piece's."""
    return _UNKNOWN * len(kinds) if len(kinds) < 3 else _UNKNOWN + kinds[1:-1] + _UNKNOWN


def count_scan(kinds: str) -> Scan | None:
    """Return the count over consecutive frames, a letter each; None where nothing was looked at."""
    if not kinds:
        return None
    counts = {"t": 0, "b": 0, "p": 0, _UNKNOWN: 0}
    held = _UNKNOWN
    recent: list[str] = []
    for kind in kinds:
        recent = [kind, *recent][:_MEMORY]
        said, times = _repeated(recent)
        if times > (0 if held == _UNKNOWN else 2):
            held = said
        counts[held] += 1
    return Scan(counts["t"], counts["b"], counts["p"], counts[_UNKNOWN])


def _repeated(recent: list[str]) -> tuple[str, int]:
    """Return the latest determined kind, and how often it stands there without another between; 0 where one does."""
    known = [kind for kind in recent if kind != _UNKNOWN]
    if not known:
        return _UNKNOWN, 0
    return known[0], len(known) if all(kind == known[0] for kind in known) else 0
