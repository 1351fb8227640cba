"""The report of a check and a repair, as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from mediakit.media.subtitlereport import SubtitleChange, SubtitleFinding, SubtitleReport
from mediakit.subtitles.rules import NAMES, Violation

if TYPE_CHECKING:
    from mediakit.media.cues import CueSheet
    from mediakit.subtitles.raw import SubtitleFile
    from mediakit.subtitles.repair import Change


def make_report(
    sheet: CueSheet,
    found: Sequence[Violation],
    *,
    file: SubtitleFile | None = None,
    changes: Sequence[Change] | None = None,
    left: Sequence[Violation] = (),
) -> SubtitleReport:
    """Return the report; its verdict is that of what is left after a repair, else of what was found.

    Args:
        sheet: the cues, repaired where they were.
        found: violations of the cues as given.
        file: the file that they came from.
        changes: what a repair changed; None without a repair.
        left: violations after the repair.
    """
    judged = found if changes is None else left
    return SubtitleReport(
        profile=sheet.profile,
        fps=sheet.fps,
        cues=len(sheet.cues),
        verdict="fail" if any(one.fails for one in judged) else "pass",
        format=file.format if file else "",
        encoding=file.encoding if file else "",
        findings=tuple(map(_finding, found)),
        changes=tuple(SubtitleChange(**asdict(change)) for change in changes or ()),
        left=tuple(map(_finding, left)),
    )


def _finding(violation: Violation) -> SubtitleFinding:
    return SubtitleFinding(**asdict(violation), name=NAMES[violation.rule], fails=violation.fails)
