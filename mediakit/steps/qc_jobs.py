"""Running the measurements of quality checks, and putting together what they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.steps.base import Context, Job
from mediakit.steps.qc_plan import RESULT, WHOLE_CORES, Item, name_piece

if TYPE_CHECKING:
    from mediakit.media.qcreport import Check
    from mediakit.quality.inspection import Form

_CHECKS_FILE = "checks.json"
_INFO_FILE = "media.json"
_INDEX_FILE = "packets.npz"


def run_measurement(job: Job, wanted: Sequence[str], context: Context) -> None:
    """Make the wanted results of one job of `qc_plan`."""
    measure = job.payload["measure"]
    if measure == "picture":
        _measure_picture(job, wanted, context)
        return
    folder = context.out / RESULT
    folder.mkdir()
    if measure == "form":
        _measure_form(job, folder)
    elif measure == "sound":
        _measure_sound(job, folder, context)
    else:
        _measure_whole(job, folder, context)


def _measure_whole(job: Job, folder: Path, context: Context) -> None:
    from mediakit.quality.inspection import Steering
    from mediakit.quality.parts import Part, inspect_part
    from mediakit.quality.target import Target

    payload = job.payload
    part = Part(payload["name"], payload["kind"], Path(payload["path"]), Target.model_validate(payload["target"]), ())
    steering = Steering(context.progress, context.is_cancelled)
    _write_checks(folder, inspect_part(part, context.scratch, threads=WHOLE_CORES, steering=steering))


def _measure_form(job: Job, folder: Path) -> None:
    from mediakit.quality.inspection import inspect_form
    from mediakit.quality.target import Target

    form = inspect_form(Path(job.payload["path"]), Target.model_validate(job.payload["target"]))
    _write_checks(folder, form.checks)
    form.info.write(folder / _INFO_FILE)
    if form.index is not None:
        form.index.save(folder / _INDEX_FILE)


def _measure_sound(job: Job, folder: Path, context: Context) -> None:
    from mediakit.quality.inspection import Steering, inspect_sound
    from mediakit.quality.target import Target

    target = Target.model_validate(job.payload["target"])
    steering = Steering(context.progress, context.is_cancelled)
    _write_checks(folder, inspect_sound(Path(job.payload["path"]), target, steering=steering))


def _measure_picture(job: Job, wanted: Sequence[str], context: Context) -> None:
    from mediakit.media.times import parse_rate
    from mediakit.quality.facts import Wanted
    from mediakit.quality.pieces import MeasuredPiece, measure_pieces

    payload, places = job.payload, job.payload["pieces"]
    measure_pieces(
        Path(payload["path"]),
        parse_rate(payload["fps"]),
        [MeasuredPiece(first, frames, context.out / name) for name in wanted for first, frames in [places[name]]],
        Wanted.unpack(payload["wanted"]),
        on_progress=context.progress,
        is_cancelled=context.is_cancelled,
    )


def _write_checks(folder: Path, checks: Sequence[Check]) -> None:
    from mediakit.media.document import write_text_atomic
    from mediakit.quality.parts import dump_checks

    write_text_atomic(folder / _CHECKS_FILE, dump_checks(checks))


def _read_checks(folder: Path) -> tuple[Check, ...]:
    from mediakit.quality.parts import load_checks

    return load_checks(folder / _CHECKS_FILE)


def read_measured(item: Item, results: Mapping[str, Mapping[str, Path]]) -> Sequence[Check]:
    """Return the checks of one part from the results of its jobs (job id, then result name, to folder)."""
    from mediakit.quality.inspection import judge_measured
    from mediakit.quality.pieces import MeasuredPiece

    form: Form | None = None
    sound: tuple[Check, ...] = ()
    folders: dict[str, Path] = {}
    for job in item.jobs:
        found = results[job.id]
        measure = job.payload["measure"]
        if measure == "whole":
            return _read_checks(found[RESULT])
        if measure == "picture":
            folders |= found
        elif measure == "sound":
            sound = _read_checks(found[RESULT])
        else:
            form = _read_form(found[RESULT])
    assert form is not None
    pieces = [
        MeasuredPiece(piece.first, piece.frames, folders[name])
        for number, piece in enumerate(item.rendition.pieces)
        if (name := name_piece(number)) in folders
    ]
    return judge_measured(form, sound, pieces, item.part.target)


def _read_form(folder: Path) -> Form:
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex
    from mediakit.quality.inspection import Form

    index = folder / _INDEX_FILE
    return Form(
        _read_checks(folder), MediaInfo.read(folder / _INFO_FILE), PacketIndex.load(index) if index.is_file() else None
    )
