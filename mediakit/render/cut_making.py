"""Making a cut: by smart copy where its source allows it, else encoded whole, with a word on why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.render.copy_plan import CopyChoice, CopyPlan, plan_copy
from mediakit.render.cut import encode_cut
from mediakit.render.cut_plan import CutPlan, open_grid, picture_rate
from mediakit.render.smart_copy import CannotCopy, copy_picture

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex

REVISION = 2
"""Part of every copied cut's key; goes up when the same plan would give another file."""

_SOUND_SHARE = 0.2
_COPY_COST = 0.05


@dataclass(frozen=True)
class MadeCut:
    """How a cut was made: frames copied and encoded, and why none were copied (empty where some were)."""

    copied: int
    encoded: int
    note: str = ""

    def pack(self) -> dict[str, Any]:
        """Return JSON values."""
        return asdict(self)


def choose_copy(info: MediaInfo, index: PacketIndex | None, plan: CutPlan, *, wanted: bool = True) -> CopyChoice:
    """Return how a cut's picture may be copied, or why not.

    Args:
        info: the probed source.
        index: its picture's packets; None where there is no picture.
        plan: the cut.
        wanted: False where copying is turned off.
    """
    if plan.picture is None or index is None or info.picture is None:
        return CopyChoice()
    if not wanted:
        return CopyChoice(reason="copying is turned off")
    if info.picture.fps != picture_rate(info.picture):
        return CopyChoice(reason="the frame rate varies")
    spans = [(part.first, part.end) for part in plan.picture.parts]
    return plan_copy(info, index, open_grid(info, index), spans)


def estimate_cost(plan: CutPlan, copies: Sequence[CopyPlan]) -> float:
    """Return the work of a cut, in seconds of picture to encode."""
    if not copies:
        return plan.seconds
    fps = Fraction(copies[0].fps)
    return float((copies[0].encoded + _COPY_COST * copies[0].copied) / fps)


def make_cut(
    path: Path,
    plan: CutPlan,
    choice: CopyChoice,
    target: Path,
    *,
    scratch: Path,
    task: str,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> MadeCut:
    """Make a cut; one that turns out not to be copied right is encoded whole.

    Args:
        path: the source.
        plan: the cut.
        choice: as `choose_copy` gave it.
        target: the file to write (MP4, or M4A for sound alone).
        scratch: a folder for temporary files.
        task: for messages.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: ffmpeg failed, or the source does not yield the planned frames.
        Cancelled: ``is_cancelled`` said so.
    """
    note = choice.reason
    if choice.plans and plan.picture is not None:
        try:
            return _copy(path, plan, choice, target, scratch, task, on_progress, is_cancelled)
        except CannotCopy as exc:
            note = str(exc)
    encode_cut(path, plan, target, task=task, on_progress=on_progress, is_cancelled=is_cancelled)
    return MadeCut(0, plan.picture.frames if plan.picture else 0, note)


def _copy(
    path: Path,
    plan: CutPlan,
    choice: CopyChoice,
    target: Path,
    scratch: Path,
    task: str,
    on_progress: Callable[[float], None] | None,
    is_cancelled: Callable[[], bool],
) -> MadeCut:
    sound = None
    if plan.sound is not None:
        sound = scratch / "sound.m4a"
        encode_cut(path, replace(plan, picture=None), sound, task=task, is_cancelled=is_cancelled)
        if on_progress is not None:
            on_progress(_SOUND_SHARE)
    facts = copy_picture(
        path,
        choice.plans,
        target,
        scratch=scratch,
        task=task,
        sound=sound,
        on_progress=None if on_progress is None else lambda d: on_progress(_SOUND_SHARE + d * (1 - _SOUND_SHARE)),
        is_cancelled=is_cancelled,
    )
    return MadeCut(facts.copied, facts.encoded)
