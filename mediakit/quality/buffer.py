"""The decoder's buffer: a leaky bucket that fills at the channel's highest rate and loses every coded frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check
from mediakit.quality.runs import MAX_SPANS, find_runs, make_spans
from mediakit.quality.target import Target, breach, unmeasured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.media.packets import PacketIndex


_ROUNDING_BITS = 0.5


def fill_levels(
    sizes: NDArray[np.int64], times: NDArray[np.float64], rate: float, capacity: float
) -> NDArray[np.float64]:
    """Return the bits left after every frame was taken out; negative where the frame had not wholly arrived.

    The bucket starts full, fills at ``rate`` bits a second up to ``capacity`` bits, and loses a whole frame at its
    decoding time (``sizes`` in bytes, ``times`` in seconds, ascending). After an underflow it goes on from empty.
    """
    import numpy as np

    levels = np.empty(len(sizes))
    level, last = capacity, float(times[0]) if len(times) else 0.0
    for number, (size, time) in enumerate(zip((sizes * 8).tolist(), times.tolist(), strict=True)):
        level = min(max(level, 0.0) + (time - last) * rate, capacity) - size
        levels[number] = level
        last = time
    return levels


def check_buffer(index: PacketIndex | None, target: Target) -> Check:
    """Return the check of the decoder's buffer for the picture's packets."""
    import numpy as np

    rule, video = target.rules["buffer"], target.video
    rate = (video.max_rate or video.bit_rate) if video else None
    if video is None or rate is None:
        return unmeasured("buffer", "the channel sets no highest rate")
    if index is None or not len(index):
        return unmeasured("buffer", "there is no picture")
    capacity = video.buffer or rate
    order = np.argsort(index.dts, kind="stable")
    times = np.asarray(index.dts[order] * float(index.time_base), dtype=np.float64)
    levels = fill_levels(index.size[order], times, rate, capacity)
    under = levels < -_ROUNDING_BITS
    step = float(np.median(np.diff(times))) if len(times) > 1 else 0.04
    spans = make_spans(find_runs(under), np.append(times, times[-1] + step) - times[0])
    lowest = float(levels.min())
    limits = f"{rate / 1e6:g} Mb/s, buffer {capacity / 1e6:g} Mb"
    message = f"buffer never below {max(lowest, 0) / capacity * 100:.0f} % at {limits}"
    if spans:
        message = f"buffer underflow at {int(under.sum())} of {len(levels)} frames at {limits}"
    return Check(
        id="buffer",
        verdict=breach(rule) if spans else "pass",
        measured=round(lowest),
        limit="≥ 0",
        unit="bits",
        where=tuple(spans[:MAX_SPANS]),
        message=message,
        source=target.source("video"),
    )
