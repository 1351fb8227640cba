"""All checks of one file: one pass over its packets, one decode of its picture, one of its sound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.channels.models import Limits
from mediakit.errors import ToolError
from mediakit.media.qcreport import Check
from mediakit.quality import picture_checks, sound_checks
from mediakit.quality.buffer import check_buffer
from mediakit.quality.container import check_container
from mediakit.quality.limits import check_av_length, check_bit_rate, check_duration, check_safe_area, check_size
from mediakit.quality.pieces import MeasuredPiece, judge_pieces
from mediakit.quality.sound import measure_sound, programme_streams
from mediakit.quality.target import Plan, Target, unmeasured

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex

FILTERS = frozenset(
    (
        *("scale", "format", "split", "idet", "metadata", "nullsink", "settb", "setpts", "trim"),
        *("asplit", "join", "pan", "ebur128", "silencedetect", "astats", "aphasemeter", "ametadata"),
    )
)
REVISION = 3
"""Goes up when the same file and target would give other verdicts."""
MEMORY_MB = 700
_PICTURE_ONLY = (*picture_checks.CHECKS, "av_length", "buffer", "safe_area")
_PICTURE_SHARE = 0.85


@dataclass(frozen=True)
class Steering:
    """How a running inspection reports (0 to 1) and is stopped."""

    on_progress: Callable[[float], None] = lambda fraction: None
    is_cancelled: Callable[[], bool] = lambda: False

    def part(self, start: float, share: float) -> Callable[[float], None]:
        """Return a reporter for a part of the work."""
        return lambda fraction: self.on_progress(start + share * fraction)


def inspect_file(
    path: Path, target: Target, *, threads: int = 2, steering: Steering | None = None, segmented: bool = False
) -> tuple[Check, ...]:
    """Measure a file and return a check for every rule of the target, in the order of the rules' ids.

    Args:
        path: the file.
        target: what it is measured against.
        threads: of the picture's decoder.
        steering: progress and cancel.
        segmented: the file is a rung of an adaptive stream, put together again.

    Raises:
        InputError: not media.
        Cancelled: the work was stopped.
    """
    steering = steering or Steering()
    form = inspect_form(path, target, segmented=segmented)
    checks = list(form.checks)
    share = _PICTURE_SHARE if form.info.picture else 0.0
    checks += _check_picture(path, form.info, form.index, target, threads, steering, share)
    checks += _check_sound(path, form.info, target, steering, share)
    return complete_checks(checks, target)


@dataclass(frozen=True)
class Form:
    """What a file's packets and header tell: its checks, and what the other checks need of it."""

    checks: tuple[Check, ...]
    info: MediaInfo
    index: PacketIndex | None


def inspect_form(path: Path, target: Target, *, segmented: bool = False) -> Form:
    """Make the checks that decode nothing, in one pass over the packets.

    Raises:
        InputError: not media.
    """
    from mediakit.tools.probe import probe_with_index

    info, index = probe_with_index(path, "")
    return Form(tuple(_check_form(path, info, index, target, segmented)), info, index)


def inspect_sound(path: Path, target: Target, *, steering: Steering | None = None) -> tuple[Check, ...]:
    """Measure a file's sound and return the checks of it that the target has rules for.

    Raises:
        InputError: not media.
        Cancelled: the work was stopped.
    """
    from mediakit.tools.probe import probe_media

    return tuple(_check_sound(path, probe_media(path, ""), target, steering or Steering(), 0.0))


def judge_measured(form: Form, sound: Sequence[Check], pieces: Sequence[MeasuredPiece], target: Target) -> list[Check]:
    """Return what `inspect_file` gives, from the form, the sound's checks and the pieces of the picture."""
    checks = [*form.checks, *sound]
    if not sound:
        checks += [unmeasured(name, "there is no sound") for name in _wanted_of_sound(target)]
    if form.info.picture is not None and any(name in target.rules for name in picture_checks.CHECKS):
        try:
            checks += judge_pieces(pieces, target, form.info.picture, form.index)
        except ToolError as exc:
            checks += _undecodable_picture(target, exc)
    return list(complete_checks(checks, target))


def complete_checks(checks: Sequence[Check], target: Target) -> tuple[Check, ...]:
    """Return a check for every rule, in the order of their ids; those that were not made need a picture."""
    done = {check.id for check in checks}
    rest = [unmeasured(name, "needs a picture") for name in target.rules if name not in done]
    return tuple(sorted((*checks, *rest), key=lambda check: check.id))


def sound_target(target: Target) -> Target:
    """Return what of a target shapes the verdicts on the sound, and nothing else: for its content key."""
    rules = {name: rule for name, rule in target.rules.items() if name in sound_checks.CHECKS}
    return Target(
        container="",
        frame=None,
        video=None,
        audio=None,
        limits=Limits(),
        safe_area=None,
        loudness=target.loudness,
        rules=rules,
        sources={"": ""},
        plan=Plan(silences=target.plan.silences),
    )


def _check_form(path: Path, info: MediaInfo, index: PacketIndex | None, target: Target, segmented: bool) -> list[Check]:
    size = path.stat().st_size
    makers: dict[str, Callable[[], Check]] = {
        "container": lambda: check_container(info, target, segmented=segmented),
        "av_length": lambda: check_av_length(info, target),
        "duration": lambda: check_duration(info, target),
        "size": lambda: check_size(size, target),
        "bit_rate": lambda: check_bit_rate(size, info.duration, target),
        "buffer": lambda: check_buffer(index, target),
        "safe_area": lambda: check_safe_area(info, target),
    }
    return [make() for name, make in makers.items() if name in target.rules]


def _check_picture(
    path: Path,
    info: MediaInfo,
    index: PacketIndex | None,
    target: Target,
    threads: int,
    steering: Steering,
    share: float,
) -> list[Check]:
    if info.picture is None:
        return []
    try:
        return picture_checks.check_picture(
            path,
            info.picture,
            index,
            target,
            threads=threads,
            on_progress=steering.part(0.0, share),
            is_cancelled=steering.is_cancelled,
        )
    except ToolError as exc:
        return _undecodable_picture(target, exc)


def _check_sound(path: Path, info: MediaInfo, target: Target, steering: Steering, share: float) -> list[Check]:
    wanted = _wanted_of_sound(target)
    streams = programme_streams(info)
    if not wanted:
        return []
    if not streams:
        return [unmeasured(name, "there is no sound") for name in wanted]
    try:
        figures = measure_sound(
            path, streams, on_progress=steering.part(share, 1 - share), is_cancelled=steering.is_cancelled
        )
    except ToolError as exc:
        return [_undecodable(name, "sound", exc) for name in wanted]
    return sound_checks.check_sound(figures, target)


def _wanted_of_sound(target: Target) -> list[str]:
    return [name for name in sound_checks.CHECKS if name in target.rules]


def _undecodable_picture(target: Target, error: ToolError) -> list[Check]:
    wanted = [name for name in picture_checks.CHECKS if name in target.rules]
    return [_undecodable(name, "picture", error) for name in wanted]


def _undecodable(check_id: str, what: str, error: ToolError) -> Check:
    return Check(id=check_id, verdict="fail", message=f"the {what} cannot be decoded to its end ({error.message})")


def check_filters() -> None:
    """Refuse an ffmpeg that lacks a filter that the checks need.

    Raises:
        ToolError: names what is missing.
    """
    from mediakit.tools.ffmpeg import find_ffmpeg, list_capabilities

    missing = sorted(FILTERS - list_capabilities("filters"))
    if missing:
        raise ToolError(
            f"this ffmpeg lacks the filters {', '.join(missing)}",
            where=find_ffmpeg(),
            hint="unset MEDIAKIT_FFMPEG to use the packaged ffmpeg",
        )
