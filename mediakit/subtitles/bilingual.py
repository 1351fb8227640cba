"""Two languages in one cue: a translation's cues are laid under those that show at the same time, or one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from mediakit.media.cues import Cue, CueSheet

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHARE = 0.4
"""Two cues belong together when they share this part of the shorter one's time."""


def pair_cues(sheet: CueSheet, second: CueSheet, pairing: Literal["time", "number"]) -> tuple[CueSheet, list[str]]:
    """Return a sheet with the lines of another language below its own, and what the reader should know.

    A translation that stands over several cues is shown with each of them. One that meets none is shown alone, so
    that no words are lost.

    Args:
        sheet: the cues.
        second: the translation's cues.
        pairing: ``time``, or ``number``: the first with the first.
    """
    warnings: list[str] = []
    if pairing == "number":
        if len(sheet.cues) != len(second.cues):
            warnings.append(f"{len(sheet.cues)} cues and {len(second.cues)} of the translation were paired by number")
        texts = [cue.lines for cue in second.cues]
        texts += [()] * (len(sheet.cues) - len(texts))
        made = [cue.model_copy(update={"translation": lines}) for cue, lines in zip(sheet.cues, texts, strict=False)]
        alone: Sequence[Cue] = second.cues[len(sheet.cues) :]
    else:
        made, alone = _pair_by_time(sheet.cues, second.cues)
    if alone:
        warnings.append(f"{len(alone)} cues of the translation show when no other does, and stand alone")
        made = sorted([*made, *(cue.model_copy(update={"speaker": None}) for cue in alone)], key=lambda c: c.start)
    language = second.language or None
    return sheet.model_copy(update={"cues": tuple(made), "translation_language": language}), warnings


def _pair_by_time(cues: Sequence[Cue], second: Sequence[Cue]) -> tuple[list[Cue], list[Cue]]:
    taken: set[int] = set()
    made = []
    first = 0
    for cue in cues:
        while first < len(second) and second[first].end <= cue.start:
            first += 1
        lines: list[str] = []
        k = first
        while k < len(second) and second[k].start < cue.end:
            shared = min(cue.end, second[k].end) - max(cue.start, second[k].start)
            if shared >= _SHARE * min(cue.duration, second[k].duration):
                lines += second[k].lines
                taken.add(k)
            k += 1
        made.append(cue.model_copy(update={"translation": tuple(lines)}))
    return made, [cue for k, cue in enumerate(second) if k not in taken]
