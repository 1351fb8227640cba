"""Running the measurements of quality checks, and putting together what they left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.steps.jobs import Context, Job
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
        _measure_form(job, folder, context)
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


def _measure_form(job: Job, folder: Path, context: Context) -> None:
    from mediakit.errors import InputError
    from mediakit.media.qcreport import Check
    from mediakit.quality.inspection import inspect_form
    from mediakit.quality.target import Target

    target = Target.model_validate(job.payload["target"])
    segmented = job.payload["kind"] == "rung"
    try:
        path = _join_rung(job, context)[0] if segmented else Path(job.payload["path"])
        form = inspect_form(path, target, segmented=segmented)
    except InputError as exc:
        if not segmented:
            raise
        _write_checks(folder, [Check(id="container", verdict="fail", message=exc.message)])
        return
    _write_checks(folder, form.checks)
    form.info.write(folder / _INFO_FILE)
    if form.index is not None:
        form.index.save(folder / _INDEX_FILE)


def _join_rung(job: Job, context: Context, span: tuple[float, float] | None = None) -> tuple[Path, float]:
    """Put a rung together in the scratch folder, or what of it overlaps some seconds; return its start as well."""
    from mediakit.media.playlist import read_playlist
    from mediakit.quality.stream import join_rung

    joined = context.scratch / "rung.mp4"
    start = join_rung(read_playlist(Path(job.payload["path"])), joined, context.check_cancelled, span=span)
    return joined, start


def _measure_sound(job: Job, folder: Path, context: Context) -> None:
    from mediakit.quality.inspection import Steering, inspect_sound
    from mediakit.quality.target import Target

    target = Target.model_validate(job.payload["target"])
    steering = Steering(context.progress, context.is_cancelled)
    _write_checks(folder, inspect_sound(Path(job.payload["path"]), target, steering=steering))


def _measure_picture(job: Job, wanted: Sequence[str], context: Context) -> None:
    from mediakit.errors import InputError
    from mediakit.media.times import parse_rate
    from mediakit.quality.facts import Wanted
    from mediakit.quality.pieces import MeasuredPiece, measure_pieces, note_undecodable

    payload, places = job.payload, job.payload["pieces"]
    pieces = [MeasuredPiece(first, frames, context.out / name) for name in wanted for first, frames in [places[name]]]
    path, fps, indexed = Path(payload["path"]), parse_rate(payload["fps"]), payload["kind"] == "file"
    try:
        if not indexed:
            first, end = min(piece.first for piece in pieces), max(piece.first + piece.frames for piece in pieces)
            path, start = _join_rung(job, context, (float(first / fps), float(end / fps)))
            pieces = [replace(piece, first=piece.first - round(start * fps)) for piece in pieces]
        measure_pieces(
            path,
            fps,
            pieces,
            Wanted.unpack(payload["wanted"]),
            seek=indexed,
            on_progress=context.progress,
            is_cancelled=context.is_cancelled,
        )
    except InputError as exc:
        if indexed:
            raise
        note_undecodable(pieces, exc)


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

    sound: tuple[Check, ...] = ()
    folders: dict[str, Path] = {}
    form_folder: Path | None = None
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
            form_folder = found[RESULT]
    assert form_folder is not None
    if not (form_folder / _INFO_FILE).is_file():
        return _read_checks(form_folder)
    pieces = [
        MeasuredPiece(piece.first, piece.frames, folders[name])
        for number, piece in enumerate(item.pieces)
        if (name := name_piece(number)) in folders
    ]
    return judge_measured(_read_form(form_folder), sound, pieces, item.part.target)


def _read_form(folder: Path) -> Form:
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex
    from mediakit.quality.inspection import Form

    index = folder / _INDEX_FILE
    return Form(
        _read_checks(folder), MediaInfo.read(folder / _INFO_FILE), PacketIndex.load(index) if index.is_file() else None
    )
