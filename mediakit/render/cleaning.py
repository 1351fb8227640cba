"""Cleaning a recording: rumble and steady noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.render.mix import Cleanup

    Samples = NDArray[np.float32]

LEAD_S = 2.5
"""Seconds before a stretch in which the noise is learnt."""

_FLUSH_S = 0.2


def cleanup_filters(cleanup: Cleanup) -> list[tuple[str, str]]:
    """Return the ffmpeg filters (name, arguments)."""
    filters: list[tuple[str, str]] = []
    if cleanup.highpass_hz is not None:
        filters += [("highpass", f"f={cleanup.highpass_hz:g}:poles=2")] * 2
    if cleanup.noise_db:
        filters.append(("afftdn", f"nr={cleanup.noise_db:g}:nf=-50:tn=1"))
    return filters


def clean_blocks(blocks: Iterable[Samples], cleanup: Cleanup, rate: int) -> Iterator[Samples]:
    """Yield (n, 2) blocks cleaned; as many samples come out as go in, at the same places."""
    import av
    import numpy as np

    graph = av.filter.Graph()
    source = graph.add_abuffer(format="fltp", sample_rate=rate, layout="stereo", time_base=Fraction(1, rate))
    nodes = [source, *(graph.add(name, arguments) for name, arguments in cleanup_filters(cleanup))]
    nodes.append(graph.add("aformat", "sample_fmts=fltp:channel_layouts=stereo"))
    nodes.append(graph.add("abuffersink"))
    graph.link_nodes(*nodes).configure()
    place = 0
    for block in blocks:
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = rate, place, Fraction(1, rate)
        place += len(block)
        source.push(frame)
        yield from _pull(graph)
    source.push(None)
    yield from _pull(graph)


def _pull(graph: Any) -> Iterator[Samples]:
    import av
    import numpy as np

    while True:
        try:
            frame = graph.pull()
        except (av.BlockingIOError, av.EOFError):
            return
        yield np.ascontiguousarray(frame.to_ndarray().T)
