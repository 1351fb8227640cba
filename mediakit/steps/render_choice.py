"""Whether a picture is copied from its source or encoded, and why."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.digests import digest_value
from mediakit.render.copy_demands import demands_of, find_excess, find_mismatch, spans_sizes
from mediakit.render.copy_plan import Copied, CopyPlan, plan_copy
from mediakit.render.scene import Plain
from mediakit.render.sound import bit_rate_of
from mediakit.steps.render_copy import REVISION, CopyJob, describe_encoded
from mediakit.tools.nal import UnreadableStream

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.render.copy_demands import Demands
    from mediakit.render.pieces import SourceGrid
    from mediakit.render.spec import Knobs, PictureSpec
    from mediakit.steps.render_material import Footage, Material
    from mediakit.steps.render_piece import DrawnPiece

_CONTAINERS = ("mp4", "mov")


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
    total = size + bit_rate_of(channel.audio) / 8 * seconds
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
    from mediakit.tools.versions import version

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
