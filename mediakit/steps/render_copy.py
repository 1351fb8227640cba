"""A picture that is copied from its source: whole groups of pictures as they are, the edges encoded, in one job."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.digests import digest_value
from mediakit.render.copy_demands import Demands, demands_of, find_excess, find_mismatch, spans_sizes
from mediakit.render.copy_plan import Copied, CopyPlan, plan_copy
from mediakit.render.drawing import Drawing
from mediakit.render.encode import PIECE_FILE
from mediakit.render.places import Place, find_places
from mediakit.render.scene import Plain, Scene
from mediakit.steps.base import Context, Job
from mediakit.tools.nal import UnreadableStream

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.render.pieces import SourceGrid
    from mediakit.render.spec import Knobs, PictureSpec
    from mediakit.steps.render_material import Footage, Material
    from mediakit.steps.render_piece import DrawnPiece

KIND = "copy"
REVISION = 1
"""Part of every copied picture's key; goes up when the same plan would give another picture."""

_FACTS = "copied.json"
_COPY_COST = 0.05
_ENCODE_MB = 700
_CONTAINERS = ("mp4", "mov")


@dataclass
class CopyJob:
    """A programme's picture, copied; ``scenes`` are its pieces, should it have to be encoded after all."""

    spec: PictureSpec
    path: Path
    plans: tuple[CopyPlan, ...]
    demands: Demands
    scenes: tuple[Scene, ...]
    key: str
    id: str = ""

    @property
    def name(self) -> str:
        """Name of the one result."""
        return self.key[:20]

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.plans[0].frames

    @property
    def copied(self) -> int:
        """How many of them are to be copied."""
        return self.plans[0].copied

    def job(self, name: str) -> Job:
        """Return the job, under an id."""
        self.id = name
        pixels = self.spec.width * self.spec.height
        return Job(
            id=name,
            payload={
                "kind": KIND,
                "path": str(self.path),
                "plans": [plan.pack() for plan in self.plans],
                "demands": self.demands.pack(),
                "spec": self.spec.describe(),
                "scenes": [scene.pack() for scene in self.scenes],
            },
            results={self.name: self.key},
            cores=2,
            memory_mb=max(round(_ENCODE_MB * pixels / (1920 * 1080)), 150),
            work="copy",
            cost=(self.frames - self.copied + _COPY_COST * self.copied) * pixels * 1.125 / 1e6,
        )


@dataclass(frozen=True)
class CopyFinding:
    """What became of one output's picture: a copy, or in words why it is encoded."""

    channel_id: str
    job: CopyJob | None
    reason: str = ""

    @property
    def note(self) -> str:
        """What is noted of an encoded picture; a copied one is noted when it is made."""
        return "" if self.job else describe_encoded(self.reason)


def describe_encoded(reason: str) -> str:
    """Return the note on a picture that was not copied."""
    return f"the picture is encoded, not copied: {reason}"


def describe_findings(findings: Sequence[CopyFinding]) -> tuple[str, ...]:
    """Return a line for every channel and reason, in order."""
    grouped: dict[tuple[str, str], list[CopyFinding]] = {}
    for one in findings:
        grouped.setdefault((one.channel_id, one.note), []).append(one)
    lines = []
    for (channel_id, note), members in grouped.items():
        many = f"{channel_id}, {len(members)} files" if len(members) > 1 else channel_id
        copies = [one.job for one in members if one.job is not None]
        copied, frames = sum(job.copied for job in copies), sum(job.frames for job in copies)
        lines.append(f"{many}: {note or f'{copied} of {frames} frames are copied from the source'}")
    return tuple(lines)


def choose_picture_copy(
    channel: Channel,
    spec: PictureSpec,
    pieces: Sequence[DrawnPiece],
    material: Material,
    *,
    knobs: Knobs,
    wanted: bool,
    ffmpeg: str,
) -> CopyJob | str:
    """Return the job that copies a picture, or in words why it is encoded.

    Args:
        channel: whose picture it is.
        spec: the picture.
        pieces: its pieces with what is drawn on them.
        material: what is rendered.
        knobs: encoder settings given by hand.
        wanted: False where copying is turned off.
        ffmpeg: version of ffmpeg.
    """
    if reason := _find_refusal(channel, spec, knobs, wanted=wanted):
        return reason
    footage = _find_footage(pieces)
    if isinstance(footage, str):
        return footage
    info, grid = material.sources[footage.name].info, footage.grid(spec.fps)
    if reason := find_mismatch(info, spec) or _find_drawing(pieces):
        return reason
    assert channel.video is not None
    demands = demands_of(spec, open_groups=channel.video.open_gop)
    if demands is None:
        return "the channel states no highest bit rate"
    choice = plan_copy(info, footage.index, grid, _merge_spans(pieces))
    reason, plans = choice.reason, []
    for plan in choice.plans:
        excess = find_excess(plan, footage.index, grid, demands, spec.encoding.b_frames)
        excess = excess or _find_limit(channel, int(spans_sizes(plan, footage.index, grid).sum()), plan)
        if excess is None:
            plans.append(plan)
        reason = reason or excess or ""
    if not plans:
        return reason
    try:
        sets = _digest_sets(footage.path, plans[0])
    except UnreadableStream as exc:
        return str(exc)
    key = _key(plans, sets, grid, demands, [piece.key for piece in pieces], ffmpeg)
    scenes = tuple(piece.job.scene() for piece in pieces)
    return CopyJob(spec, footage.path, tuple(plans), demands, scenes, key)


def _find_refusal(channel: Channel, spec: PictureSpec, knobs: Knobs, *, wanted: bool) -> str | None:
    """Return what of the settings alone asks for an encoded picture."""
    if not wanted:
        return "copying is turned off"
    if channel.rungs:
        return "an adaptive stream needs key frames at even distances"
    if channel.container not in _CONTAINERS or spec.whole:
        return f"{spec.encoding.codec} in {channel.container} is encoded in one go"
    if (knobs.preset, knobs.crf, knobs.encoder) != (None, None, None):
        return "encoder settings are given by hand"
    if channel.video is not None and channel.video.bit_rate is not None:
        return "the channel asks for a bit rate, not only for a highest one"
    if channel.video is not None and channel.video.color != "bt709":
        return f"{channel.video.color} is not copied"
    return None


def _find_footage(pieces: Sequence[DrawnPiece]) -> Footage | str:
    """Return the one source of all pieces, or in words why there is none."""
    found: dict[str, Footage] = {}
    for piece in pieces:
        if len(piece.job.layers) > 1:
            return "there is a dissolve"
        layer = piece.job.layers[0]
        if isinstance(layer, Plain):
            return "there is a card or a plain colour"
        found[layer[0].name] = layer[0]
    return next(iter(found.values())) if len(found) == 1 else f"it is made of {len(found)} sources"


def _find_drawing(pieces: Sequence[DrawnPiece]) -> str | None:
    """Return in words what is drawn on a picture."""
    drawings = [piece.drawing for piece in pieces]
    if any(drawing.ass is not None for drawing in drawings):
        return "subtitles are burned in"
    if any(drawing.overlays for drawing in drawings):
        return "graphics are drawn over it"
    return "it fades" if any(drawing.fades for drawing in drawings) else None


def _merge_spans(pieces: Sequence[DrawnPiece]) -> list[tuple[int, int]]:
    """Return (first, end) ticks of the source; pieces that follow each other in it make one span."""
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        layer = piece.job.layers[0]
        assert not isinstance(layer, Plain)
        taken = layer[1]
        if spans and spans[-1][1] == taken.first:
            spans[-1] = (spans[-1][0], taken.end)
        else:
            spans.append((taken.first, taken.end))
    return spans


def _find_limit(channel: Channel, size: int, plan: CopyPlan) -> str | None:
    """Return in words which of the outlet's limits the source's bits, with the sound, would go beyond."""
    seconds = plan.frames / float(Fraction(plan.fps))
    sound = channel.audio.bit_rate or channel.audio.channels * channel.audio.sample_rate * 24
    total = size + sound / 8 * seconds
    if channel.limits.size is not None and total > channel.limits.size:
        return f"the source's bits take {total / 1e6:.0f} MB, the outlet takes {channel.limits.size / 1e6:g} MB"
    rate = total * 8 / seconds
    if channel.limits.total_rate is not None and rate > channel.limits.total_rate:
        most = channel.limits.total_rate / 1e6
        return f"the source's bits take {rate / 1e6:.1f} Mb/s, the outlet takes {most:g} Mb/s"
    return None


def _digest_sets(path: Path, plan: CopyPlan) -> str:
    from mediakit.render.copy_source import open_source

    source = open_source(path, plan)
    return digest_value([source.prefix, [hashlib.sha256(unit).hexdigest() for unit in source.sets]])


def _key(
    plans: Sequence[CopyPlan], sets: str, grid: SourceGrid, demands: Demands, pieces: Sequence[str], ffmpeg: str
) -> str:
    """Return the content key: packets, frames and settings; no path, no time and no place in the source."""
    from importlib.metadata import version

    described = []
    for plan in plans:
        stretches = [
            [one.fingerprint, one.packets, one.end - one.first, one.doubted - one.first, one.last.tick - one.first]
            if isinstance(one, Copied)
            else [grid.whole(one.first, one.end).fingerprint, one.end - one.first, max(-one.first, 0)]
            for one in plan.stretches
        ]
        described.append([asdict(plan.shape), plan.fps, plan.reordering, stretches])
    tools = {"ffmpeg": ffmpeg, "av": version("av")}
    return digest_value(
        {"copied": REVISION, **tools, "sets": sets, "plans": described, "demands": demands.pack(), "pieces": pieces}
    )


def run_copy_job(job: Job, wanted: Sequence[str], context: Context) -> None:
    """Copy the picture into the wanted result's folder; one that cannot be copied right is encoded."""
    from mediakit.render.smart_copy import CannotCopy, copy_picture
    from mediakit.render.spec import PictureSpec

    payload, spec = job.payload, PictureSpec.load(job.payload["spec"])
    plans = [CopyPlan.unpack(plan) for plan in payload["plans"]]
    for name in wanted:
        folder = context.out / name
        folder.mkdir(parents=True, exist_ok=True)
        copied, note = 0, ""
        try:
            facts = copy_picture(
                Path(payload["path"]),
                plans,
                folder / PIECE_FILE,
                scratch=context.scratch,
                task=f"{context.node} {job.id}",
                demands=Demands.unpack(payload["demands"]),
                on_progress=context.progress,
                is_cancelled=context.is_cancelled,
            )
            copied = facts.copied
        except CannotCopy as exc:
            note = str(exc)
            context.warn(f"{job.id}: {describe_encoded(note)}")
            _encode(job, spec, folder / PIECE_FILE, context)
        made = MadeCopy(plans[0].frames, copied, note, find_places(folder / PIECE_FILE, spec.fps))
        (folder / _FACTS).write_text(json.dumps(asdict(made)), encoding="utf-8")


def _encode(job: Job, spec: PictureSpec, target: Path, context: Context) -> None:
    """Encode all pieces, as they are where nothing is copied, and join them."""
    from mediakit.render.encode import encode_piece
    from mediakit.render.join import join_pieces

    files = []
    scenes = [Scene.unpack(scene) for scene in job.payload["scenes"]]
    for number, scene in enumerate(scenes):
        folder = context.scratch / f"piece{number}"
        folder.mkdir()
        encode_piece(
            scene,
            {folder: Drawing(spec)},
            task=f"{context.node} {job.id}",
            scratch=context.scratch,
            is_cancelled=context.is_cancelled,
        )
        files.append(folder / PIECE_FILE)
        context.progress((number + 1) / len(scenes))
    join_pieces(files, target, spec.fps, is_cancelled=context.is_cancelled)


@dataclass(frozen=True)
class MadeCopy:
    """How a picture was made: its frames, how many of them were copied, why none were, its places for checks."""

    frames: int
    copied: int
    note: str
    places: tuple[Place, ...]

    @property
    def text(self) -> str:
        """What is noted of it."""
        if not self.copied:
            return describe_encoded(self.note)
        return f"{self.copied} of {self.frames} frames are copied from the source, {self.frames - self.copied} encoded"


def read_copied(folder: Path) -> MadeCopy:
    """Return what a copy's job noted beside the picture."""
    data: dict[str, Any] = json.loads((folder / _FACTS).read_text(encoding="utf-8"))
    return MadeCopy(**{**data, "places": tuple(Place(**place) for place in data["places"])})
