"""WebVTT segments of an adaptive stream (W3C WebVTT, RFC 8216 section 3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediakit.media.cues import Cue


def render_webvtt(cues: Sequence[Cue], window: tuple[float, float], *, hls: bool = True) -> str:
    """Return the cues that show within ``window`` (seconds), with their whole times on the programme's clock.

    Args:
        cues: of the programme.
        window: start and end of the segment.
        hls: write the map from cue times to the media's clock; fragments start at 0, so both are equal.
    """
    blocks = ["WEBVTT" + ("\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0" if hls else "")]
    start, end = window
    for cue in cues:
        if cue.start < end and cue.end > start and any(line.strip() for line in cue.lines):
            lines = "\n".join(_escape(line) for line in cue.lines if line.strip())
            blocks.append(f"{_clock(cue.start)} --> {_clock(cue.end)}\n{lines}")
    return "\n\n".join(blocks) + "\n"


def _clock(seconds: float) -> str:
    ticks = int(seconds * 1000 + 0.5)
    return f"{ticks // 3_600_000:02d}:{ticks // 60_000 % 60:02d}:{ticks // 1000 % 60:02d}.{ticks % 1000:03d}"


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")
