"""Smart copy, planned: which whole groups of pictures are copied and which frames at the edges are encoded.

A span of frames becomes up to three stretches. What is copied starts at a key frame and ends where the packets so
far hold every frame so far and no later packet is shown earlier, which may be within a group::

    packets (decoding order)   I0 P3 b1 b2 P6 b4 b5 | I9 b7 b8 P12 b10 b11 P15 b13 b14
    span from frame 5 to 14    encoded: 5 6 7 8 | copied: 9 to 12, without the leading b7 b8 | encoded: 13

A plan is made of the probed facts and the packet index alone; `mediakit.render.smart_copy` carries it out and finds
what only the compressed pictures tell. Where open groups may turn out not to be usable there are two plans, the second
of which starts only at closed ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediakit.media.times import format_rate
from mediakit.render.cut_plan import PicturePart, plan_part
from mediakit.render.pieces import SourceGrid

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.info import MediaInfo, VideoStream
    from mediakit.media.packets import PacketIndex

CODECS = ("h264", "hevc")
PIXEL_FORMATS = frozenset(
    (
        *("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p"),
        *("yuv420p10le", "yuv422p10le", "yuv444p10le"),
    )
)
_CONTAINERS = frozenset(("mov", "matroska", "mpegts"))
_LEAST_S = Fraction(2, 5)
_DOUBTED_GROUPS = 2
_COMPARED = 8


@dataclass(frozen=True)
class KeyFrame:
    """A key frame: its tick of the grid, its source tick, its packet's hash (text: JSON readers shorten numbers)."""

    tick: int
    pts: int
    hash: str


@dataclass(frozen=True)
class Copied:
    """Packets to copy, in file order from a key frame's.

    Attributes:
        first: tick of the first frame, the key frame.
        end: tick past the last frame.
        key: the key frame.
        last: the last key frame among the packets.
        packets: how many packets, those that lead the key frame included (they are not copied).
        fingerprint: digest of all these packets' hashes.
        doubted: tick up to which the result is compared with the source: further where the group is open.
    """

    first: int
    end: int
    key: KeyFrame
    last: KeyFrame
    packets: int
    fingerprint: str
    doubted: int


@dataclass(frozen=True)
class Shape:
    """What encoded edges must have in common with the source."""

    codec: str
    pixel_format: str
    sample_aspect: str
    color_range: str
    color_primaries: str
    color_transfer: str
    color_space: str
    reordering: int


@dataclass(frozen=True)
class CopyPlan:
    """The stretches of a picture, in playing order; ticks are the source's frame grid, 0 its first frame."""

    stream: int
    fps: str
    time_base: str
    zero_pts: int
    shape: Shape
    stretches: tuple[Copied | PicturePart, ...]
    reordering: int

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return sum(one.end - one.first for one in self.stretches)

    @property
    def copied(self) -> int:
        """How many of them are copied."""
        return sum(one.end - one.first for one in self.stretches if isinstance(one, Copied))

    @property
    def encoded(self) -> int:
        """How many of them are encoded."""
        return self.frames - self.copied

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload or key."""
        return asdict(self)

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> CopyPlan:
        """Return what `pack` gave, also after a trip through JSON."""
        stretches = tuple(
            Copied(**{**one, "key": KeyFrame(**one["key"]), "last": KeyFrame(**one["last"])})
            if "fingerprint" in one
            else PicturePart(**one)
            for one in data["stretches"]
        )
        return cls(**{**data, "shape": Shape(**data["shape"]), "stretches": stretches})


@dataclass(frozen=True)
class CopyChoice:
    """Plans to try in turn, or in words why there is none."""

    plans: tuple[CopyPlan, ...] = ()
    reason: str = ""

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload or key."""
        return {"plans": [plan.pack() for plan in self.plans], "reason": self.reason}

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> CopyChoice:
        """Return what `pack` gave, also after a trip through JSON."""
        return cls(tuple(CopyPlan.unpack(plan) for plan in data["plans"]), data["reason"])


def find_obstacle(info: MediaInfo) -> str | None:
    """Return in words why a source's picture cannot be copied; None where it may be."""
    picture = info.picture
    if picture is None:
        return "there is no picture"
    if picture.codec not in CODECS:
        return f"the codec {picture.codec} is not copied"
    if info.container.split(",")[0] not in _CONTAINERS:
        return f"the container {info.container.split(',')[0]} is not copied from"
    if picture.variable_rate:
        return "the frame rate varies"
    if picture.field_order in ("tff", "bff"):
        return "the picture is interlaced"
    if picture.rotation or picture.mirrored:
        return "the picture is turned by metadata"
    if picture.pixel_format not in PIXEL_FORMATS:
        return f"the pixel format {picture.pixel_format} cannot be encoded at the edges"
    if picture.width % 2 or picture.height % 2:
        return "the picture's size is odd"
    if info.still:
        return "it is a still picture"
    return None


def plan_copy(info: MediaInfo, index: PacketIndex, grid: SourceGrid, spans: Sequence[tuple[int, int]]) -> CopyChoice:
    """Return how spans of a picture are copied.

    Args:
        info: the probed source.
        index: the packets of its picture.
        grid: its frame grid, with the picture's own rate.
        spans: (first, end) ticks of the grid, in playing order.
    """
    obstacle = find_obstacle(info)
    if obstacle is not None or info.picture is None:
        return CopyChoice(reason=obstacle or "")
    ranks = _Ranks(index, grid)
    plans: list[CopyPlan] = []
    for closed in (False, True):
        stretches: list[Copied | PicturePart] = []
        for first, end in spans:
            stretches.extend(_plan_span(ranks, grid, first, end, closed))
        plan = CopyPlan(
            stream=index.stream_index,
            fps=format_rate(grid.fps),
            time_base=format_rate(index.time_base),
            zero_pts=int(index.frame_pts[0]),
            shape=_shape(info.picture, ranks.reordering),
            stretches=tuple(stretches),
            reordering=ranks.reordering,
        )
        if plan.copied and plan not in plans:
            plans.append(plan)
    if plans:
        return CopyChoice(tuple(plans))
    uneven = not all(ranks.even(first, end) for first, end in spans)
    return CopyChoice(reason="frames are missing or doubled" if uneven else "no whole group of pictures lies inside")


def _shape(picture: VideoStream, reordering: int) -> Shape:
    return Shape(
        codec=picture.codec,
        pixel_format=picture.pixel_format,
        sample_aspect=f"{picture.sample_aspect.numerator}/{picture.sample_aspect.denominator}",
        color_range=picture.color_range,
        color_primaries=picture.color_primaries,
        color_transfer=picture.color_transfer,
        color_space=picture.color_space,
        reordering=reordering,
    )


class _Ranks:
    """A packet index with every packet's place in the order of presentation."""

    def __init__(self, index: PacketIndex, grid: SourceGrid) -> None:
        import numpy as np

        self.index = index
        self.ticks = grid.frame_ticks
        self.rank: NDArray[np.int64] = np.full(len(index), -1, dtype=np.int64)
        self.rank[index.order] = np.arange(index.frames)
        self.before = np.maximum.accumulate(index.pts)
        late = np.arange(index.frames) - self.rank[index.shown]
        self.reordering = int(max(late.max(initial=0), 0))

    def frames(self, first: int, end: int) -> tuple[int, int]:
        """Return the numbers of the first frame at or after a tick, and of the first one at or after another."""
        import numpy as np

        low, high = np.searchsorted(self.ticks, (first, end), side="left")
        return int(low), int(high)

    def even(self, first: int, end: int) -> bool:
        """Tell whether every tick from the first frame of a span to its last has a frame of its own."""
        import numpy as np

        low, high = self.frames(first, end)
        return bool((np.diff(self.ticks[low:high]) == 1).all())

    def keys(self, low: int, high: int) -> list[int]:
        """Return the positions of the key frames among frames, in order of presentation."""
        import numpy as np

        positions = self.index.order[low:high]
        return [int(one) for one in positions[np.flatnonzero(self.index.key[positions])]]

    def copied(self, key: int, high: int) -> tuple[int, int] | None:
        """Return the position past the last packet and the number past the last frame of a copy from a key frame.

        None where no whole stretch starts there; the stretch ends before frame ``high``.
        """
        import numpy as np

        index, start = self.index, int(self.rank[key])
        if key and self.before[key - 1] > index.pts[key]:
            return None
        stop = min(int(index.order[start:high].max()) + 1, len(index))
        rank = self.rank[key:stop]
        dropped = index.pts[key:stop] < index.pts[key]
        hidden = np.flatnonzero((rank < 0) & ~dropped)
        if len(hidden):
            rank, dropped = rank[: hidden[0]], dropped[: hidden[0]]
        count = np.cumsum(~dropped)
        reach = np.maximum.accumulate(np.where(dropped, start, rank))
        whole = np.flatnonzero((reach - start + 1 == count) & (reach < high))
        if not len(whole):
            return None
        last = int(whole[-1])
        return key + last + 1, int(reach[last]) + 1

    def key_frame(self, position: int) -> KeyFrame:
        """Return a key frame by its packet's position."""
        index = self.index
        tick = int(self.ticks[self.rank[position]])
        return KeyFrame(tick, int(index.pts[position]), str(index.hash[position]))

    def fingerprint(self, start: int, stop: int) -> str:
        """Return a digest of packets' hashes."""
        import numpy as np

        return hashlib.sha256(np.ascontiguousarray(self.index.hash[start:stop]).astype("<u8").tobytes()).hexdigest()


def _plan_span(ranks: _Ranks, grid: SourceGrid, first: int, end: int, closed: bool) -> list[Copied | PicturePart]:
    """Return the stretches of one span."""
    index = ranks.index
    low, high = ranks.frames(first, end)
    found: Copied | None = None
    for key in ranks.keys(low, high) if ranks.even(first, end) else ():
        if closed and not index.idr[key]:
            continue
        reach = ranks.copied(key, high)
        if reach is None:
            continue
        stop, past = reach
        begin = int(ranks.rank[key])
        if past - begin < _LEAST_S * grid.fps:
            continue
        keys = [one for one in ranks.keys(begin, past) if key <= one < stop]
        later = int(ranks.ticks[ranks.rank[keys[_DOUBTED_GROUPS]]]) if len(keys) > _DOUBTED_GROUPS else int(end)
        at, past_tick = int(ranks.ticks[begin]), int(ranks.ticks[past - 1]) + 1
        found = Copied(
            first=at,
            end=past_tick,
            key=ranks.key_frame(key),
            last=ranks.key_frame(keys[-1]),
            packets=stop - key,
            fingerprint=ranks.fingerprint(key, stop),
            doubted=min(past_tick, (at if index.idr[key] else later) + _COMPARED),
        )
        break
    if found is None:
        return [plan_part(grid, first, end)]
    made: list[Copied | PicturePart] = [found]
    if first < found.first:
        made.insert(0, plan_part(grid, first, found.first))
    if found.end < end:
        made.append(plan_part(grid, found.end, end))
    return made
