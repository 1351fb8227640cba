"""Smart copy, carried out: whole groups of pictures copied, the edges encoded, joined in one MP4.

Edges and copies keep parameter sets of their own in the file's header, told apart by their ids: x264 is given a free
id; x265 always numbers from 0, so the edges' sets and slices get free ids afterwards, and the copied pictures stay
as they are. All sets stand in the header (``avc1``, ``hvc1``): every player takes that, and a key frame that is
sought needs nothing from before it. The picture needs no edit list (composition offsets may be negative); the sound's
hides its encoder's priming, as in an encoded cut.

A file that does not hold and decode to exactly the planned frames is not handed out (`mediakit.render.copy_check`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import Cancelled, InputError, ToolError
from mediakit.media.times import parse_rate
from mediakit.render.copy_check import check_copy
from mediakit.render.copy_demands import Demands
from mediakit.render.copy_edges import Edge, encode_edges
from mediakit.render.copy_plan import Copied, CopyPlan
from mediakit.render.copy_source import CopyPacket, CopySource, copied_packets, open_source, read_extradata
from mediakit.render.join import MOVFLAGS, interleave_packets, piece_frames, sound_packets
from mediakit.tools import avc, hevc
from mediakit.tools.nal import UnreadableStream, join_units, split_units

if TYPE_CHECKING:
    from av.container import OutputContainer

_TAGS = {"h264": "avc1", "hevc": "hvc1"}
_EDGE_SHARE = 0.8


class CannotCopy(Exception):
    """A picture cannot be copied as planned; the message says why, in words."""


@dataclass(frozen=True)
class CopyFacts:
    """What was made: frames in all, and how many of them were copied."""

    frames: int
    copied: int

    @property
    def encoded(self) -> int:
        """How many frames were encoded."""
        return self.frames - self.copied


def copy_picture(
    path: Path,
    plans: Sequence[CopyPlan],
    target: Path,
    *,
    scratch: Path,
    task: str,
    sound: Path | None = None,
    demands: Demands | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> CopyFacts:
    """Write an MP4 with spans of a source's picture, by the first plan that can be carried out.

    Args:
        path: the source.
        plans: as `mediakit.render.copy_plan.plan_copy` gave them.
        target: the file to write.
        scratch: a folder for temporary files.
        task: for messages.
        sound: a file with encoded sound to lay under the picture.
        demands: what a channel asks of the edges and of the whole; None asks nothing.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        CannotCopy: no plan can be carried out; nothing is left at ``target``.
        Cancelled: ``is_cancelled`` said so.
    """
    reason = "there is no plan"
    for number, plan in enumerate(plans):
        folder = scratch / f"plan{number}"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _carry_out(path, plan, target, folder, task, sound, demands, on_progress, is_cancelled)
            return CopyFacts(plan.frames, plan.copied)
        except UnreadableStream as exc:
            reason = str(exc)
        except (ToolError, InputError) as exc:
            reason = f"copying failed ({exc.message})"
        target.unlink(missing_ok=True)
    raise CannotCopy(reason)


def _carry_out(
    path: Path,
    plan: CopyPlan,
    target: Path,
    folder: Path,
    task: str,
    sound: Path | None,
    demands: Demands | None,
    on_progress: Callable[[float], None] | None,
    is_cancelled: Callable[[], bool],
) -> None:
    source = open_source(path, plan)
    for stretch in plan.stretches:
        if isinstance(stretch, Copied):  # before anything is encoded: can its key frame be made a start?
            next(copied_packets(source, plan, stretch), None)
    parts = [one for one in plan.stretches if not isinstance(one, Copied)]
    edges = [Edge(folder / f"edge{number}.mp4", part) for number, part in enumerate(parts)]
    encode_edges(
        source,
        plan,
        edges,
        task=task,
        demands=demands,
        on_progress=None if on_progress is None else lambda done: on_progress(done * _EDGE_SHARE),
        is_cancelled=is_cancelled,
    )
    _write(source, plan, edges, target, sound, is_cancelled)
    check_copy(source, plan, target, is_cancelled, demands=demands)


def _write(
    source: CopySource,
    plan: CopyPlan,
    edges: Sequence[Edge],
    target: Path,
    sound: Path | None,
    is_cancelled: Callable[[], bool],
) -> None:
    import av

    options = {"movflags": MOVFLAGS, "fflags": "+bitexact", "use_editlist": "1"}
    try:
        with av.open(f"file:{target}", "w", format="mp4", options=options) as output:
            _write_streams(output, source, plan, edges, sound, is_cancelled)
    except (av.FFmpegError, ValueError) as exc:
        raise ToolError(f"the stretches cannot be joined ({exc})", where=target.name) from exc


def _write_streams(
    output: OutputContainer,
    source: CopySource,
    plan: CopyPlan,
    edges: Sequence[Edge],
    sound: Path | None,
    is_cancelled: Callable[[], bool],
) -> None:
    import av

    from mediakit.tools.opening import open_media

    fps = parse_rate(plan.fps)
    ids = hevc.Ids.beside(source.sets) if source.codec == "hevc" else None
    made = [_EdgePackets(source.codec, edge, fps, ids) for edge in edges]
    if any(one.sets != made[0].sets for one in made):
        raise ToolError("the edges' parameter sets differ", where=edges[0].path.name)
    sets = [*source.sets, *(made[0].sets if made else ())]
    with open_media(source.path) as container:
        picture = output.add_stream_from_template(container.streams.video[_place(container, plan.stream)])
    picture.codec_context.extradata = (avc if source.codec == "h264" else hevc).build_config(sets)
    picture.codec_context.codec_tag = _TAGS[source.codec]
    picture.codec_context.bit_rate = 0  # that of the whole source would be written down
    picture.time_base = 1 / fps
    delay = max([plan.reordering, *(one.reordering for one in made)])
    pictures = _picture_packets(source, plan, made, picture, delay, is_cancelled)
    if sound is None:
        for packet in pictures:
            output.mux(packet)
        return
    with av.open(f"file:{sound}") as heard:
        track = output.add_stream_from_template(heard.streams.audio[0])
        track.time_base = Fraction(1, heard.streams.audio[0].rate)
        samples = int(plan.frames / fps * heard.streams.audio[0].rate)
        for packet in interleave_packets(pictures, sound_packets(heard, track, samples, priming=True)):
            output.mux(packet)


def _place(container: Any, stream: int) -> int:
    return next(number for number, one in enumerate(container.streams.video) if one.index == stream)


def _picture_packets(
    source: CopySource,
    plan: CopyPlan,
    edges: Sequence[_EdgePackets],
    track: Any,
    delay: int,
    is_cancelled: Callable[[], bool],
) -> Iterator[Any]:
    """Yield all packets with times on the grid of the whole."""
    import av

    fps = parse_rate(plan.fps)
    waiting = iter(edges)
    offset = 0
    for stretch in plan.stretches:
        if is_cancelled():
            raise Cancelled
        frames = stretch.end - stretch.first
        found = copied_packets(source, plan, stretch, is_cancelled) if isinstance(stretch, Copied) else next(waiting)
        count = 0
        for one in found:
            packet = av.Packet(one.data)
            packet.stream = track
            packet.time_base = 1 / fps
            packet.pts, packet.dts = offset + one.number, offset + count - delay
            packet.duration = 1
            packet.is_keyframe = one.key
            count += 1
            yield packet
        if count != frames:
            raise ToolError(f"a stretch holds {count} of {frames} frames", where=source.path.name)
        offset += frames


class _EdgePackets:
    """The packets of an encoded edge, with ids that the source does not use."""

    def __init__(self, codec: str, edge: Edge, fps: Fraction, ids: hevc.Ids | None) -> None:
        import av

        self._path, self._fps, self._ids = edge.path, fps, ids
        with av.open(f"file:{edge.path}") as container:
            extradata = bytes(container.streams.video[0].codec_context.extradata or b"")
        sets, self._prefix = read_extradata(codec, extradata)
        if ids is not None:
            sets = [ids.rewrite(unit) for unit in sets if hevc.kind_of(unit) in (hevc.VPS, hevc.SPS, hevc.PPS)]
        self.sets = sets
        _, self.reordering = piece_frames(edge.path, fps)

    def __iter__(self) -> Iterator[CopyPacket]:
        import av

        with av.open(f"file:{self._path}") as container:
            for packet in container.demux(container.streams.video[0]):
                if not packet.size or packet.pts is None or packet.time_base is None:
                    continue
                units = split_units(bytes(packet), self._prefix)
                if self._ids is not None:
                    units = [self._ids.rewrite(unit) for unit in units]
                number = round(packet.pts * packet.time_base * self._fps)
                yield CopyPacket(join_units(units), number, packet.is_keyframe)
