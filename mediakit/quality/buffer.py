"""The check of the decoder's buffer (`mediakit.media.buffer`) at the channel's highest rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.media.buffer import ROUNDING_BITS, fill_levels
from mediakit.media.qcreport import Check
from mediakit.quality.runs import MAX_SPANS, find_runs, make_spans
from mediakit.quality.target import Target, breach, unmeasured

if TYPE_CHECKING:
    from mediakit.media.packets import PacketIndex


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
    under = levels < -ROUNDING_BITS
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
