"""What a channel demands of a picture that is copied rather than encoded, and whether a source meets it.

A source's own bits are the best quality there is, as long as they are what the channel asks for. So a picture is
copied only where encoding it would change nothing but its bits: codec, profile, size, pixel shape, frame rate, scan,
pixel format and colour tags are the channel's, groups of pictures are no longer than its own and closed, and the
packets keep to its highest bit rate. That rate is the word on how many bits the outlet takes: a channel that states
none gets an encoded picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from mediakit.media.buffer import ROUNDING_BITS, fill_levels
from mediakit.media.times import parse_rate, plain_number
from mediakit.render.copy_plan import Copied

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.info import MediaInfo, VideoStream
    from mediakit.media.packets import PacketIndex
    from mediakit.render.copy_plan import CopyPlan
    from mediakit.render.pieces import SourceGrid
    from mediakit.render.spec import PictureSpec

_PROFILES = {
    "h264": ("constrainedbaseline", "main", "high", "high10", "high422", "high444predictive"),
    "hevc": ("main", "main10"),
}
"""By what they ask of a decoder: who plays one plays those before it."""
_BT709 = ("bt709", "bt709", "bt709", "limited")
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class Demands:
    """What a copied picture with its encoded edges must keep to.

    Attributes:
        gop: frames from a key frame to the next at most.
        max_rate: bits a second.
        buffer: the decoder's, in bits.
        open_groups: pictures before a key frame may need what lies before it.
    """

    gop: int
    max_rate: int
    buffer: int
    open_groups: bool = False

    def pack(self) -> dict[str, Any]:
        """Return JSON values for a job's payload or key."""
        return asdict(self)

    @classmethod
    def unpack(cls, data: Mapping[str, Any]) -> Demands:
        """Return what `pack` gave."""
        return cls(**data)

    def breaks_rate(self, sizes: NDArray[np.int64], fps: float) -> bool:
        """Tell whether packets (bytes, in decoding order) come too fast for the decoder's buffer."""
        import numpy as np

        levels = fill_levels(sizes, np.arange(len(sizes)) / fps, self.max_rate, self.buffer)
        return bool((levels < -ROUNDING_BITS).any())

    def describe_rate(self) -> str:
        """Return the limit in words."""
        return f"{plain_number(self.max_rate / 1e6)} Mb/s (buffer {plain_number(self.buffer / 1e6)} Mb)"


def demands_of(spec: PictureSpec, *, open_groups: bool = False) -> Demands | None:
    """Return what a picture demands; None where it states no highest rate."""
    encoding = spec.encoding
    if encoding.max_rate is None:
        return None
    return Demands(encoding.gop, encoding.max_rate, encoding.buffer or encoding.max_rate, open_groups)


def find_mismatch(info: MediaInfo, spec: PictureSpec) -> str | None:
    """Return in words what of a source is not as a picture asks for; None where its frames may go in as they are."""
    picture, encoding = info.picture, spec.encoding
    if picture is None:
        return "there is no picture"
    if encoding.encoder is not None:
        return f"the encoder {encoding.encoder} is asked for"
    if picture.codec != encoding.codec:
        return f"the source is {picture.codec}, {encoding.codec} is asked for"
    shown = (picture.display_width, picture.display_height)
    if (picture.width, picture.height) != (spec.width, spec.height) or shown != (spec.width, spec.height):
        return f"the source is {shown[0]}×{shown[1]}, {spec.width}×{spec.height} is asked for"
    if picture.sample_aspect != 1:
        return "the source's pixels are not square"
    if picture.variable_rate:
        return "the source's frame rate varies"
    if picture.fps != spec.fps:
        rates = plain_number(picture.fps), plain_number(spec.fps)
        return f"the source has {rates[0]} frames a second, {rates[1]} are asked for"
    if picture.field_order in ("tff", "bff") or spec.scan != "progressive":
        return "fields are not copied"
    return _find_coding_mismatch(picture, spec)


def _find_coding_mismatch(picture: VideoStream, spec: PictureSpec) -> str | None:
    encoding = spec.encoding
    if picture.pixel_format != encoding.pixel_format:
        return f"the source is {picture.pixel_format}, {encoding.pixel_format} is asked for"
    tags = (picture.color_primaries, picture.color_transfer, picture.color_space, picture.color_range)
    if tags != _BT709:
        return "the source's colour is not tagged BT.709, limited range"
    known = _PROFILES.get(encoding.codec, ())
    have, want = _plain(picture.profile), _plain(encoding.profile)
    if have not in known or (want and want not in known):
        return f"the profile {picture.profile or encoding.profile} is not compared"
    if want and known.index(have) > known.index(want):
        return f"the source has profile {picture.profile}, {encoding.profile} is asked for"
    return None


def _plain(profile: str | None) -> str:
    return "".join(letter for letter in (profile or "").lower() if letter.isalnum())


def find_excess(plan: CopyPlan, index: PacketIndex, grid: SourceGrid, demands: Demands, b_frames: int) -> str | None:
    """Return in words what of a plan's packets a channel does not take; None where it takes them.

    Args:
        plan: the stretches.
        index: the source's packets.
        grid: the source's frame grid.
        demands: of the channel.
        b_frames: that the channel allows in a row; only 0 binds.
    """
    if plan.copied < _LEAST_SHARE * plan.frames:
        return f"only {plan.copied} of {plan.frames} frames lie in whole groups of pictures"
    if not b_frames and plan.reordering:
        return "the source has B-frames, none are asked for"
    for stretch in plan.stretches:
        if isinstance(stretch, Copied) and (excess := _find_group_excess(stretch, index, grid, demands)):
            return excess
    if demands.breaks_rate(spans_sizes(plan, index, grid), float(parse_rate(plan.fps))):
        return f"the source's bit rate breaks the limit of {demands.describe_rate()}"
    return None


def _find_group_excess(stretch: Copied, index: PacketIndex, grid: SourceGrid, demands: Demands) -> str | None:
    import numpy as np

    low, high = np.searchsorted(grid.frame_ticks, (stretch.first, stretch.end), side="left")
    positions = index.order[low:high]
    keys = np.flatnonzero(index.key[positions])
    longest = int(np.diff(np.append(keys, high - low)).max())
    if longest > demands.gop:
        return f"the source has {longest} frames from key frame to key frame, {demands.gop} are asked for at most"
    if not demands.open_groups and not index.idr[positions[keys[1:]]].all():
        return "the source's groups of pictures are open, closed ones are asked for"
    return None


def spans_sizes(plan: CopyPlan, index: PacketIndex, grid: SourceGrid) -> NDArray[np.int64]:
    """Return the bytes of the source's packets for all frames of a plan, those to encode included, as decoded."""
    import numpy as np

    found = []
    for stretch in plan.stretches:
        low, high = np.searchsorted(grid.frame_ticks, (stretch.first, stretch.end), side="left")
        found.append(index.size[np.sort(index.order[low:high])])
    return np.concatenate(found) if found else np.zeros(0, dtype=np.int64)
