"""Loudness and true peak of a file's sound, measured with ffmpeg's ebur128 (ITU-R BS.1770-4, EBU Tech 3341/3342)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mediakit.errors import ToolError
from mediakit.tools.ffmpeg import run_ffmpeg
from mediakit.tools.opening import ffmpeg_input

_SILENCE_LUFS = -70.0
_NUMBER = r"(-?(?:\d+(?:\.\d+)?|inf|nan))"
_FIELDS = {
    "integrated": re.compile(rf"^\s+I:\s+{_NUMBER} LUFS", re.MULTILINE),
    "range": re.compile(rf"^\s+LRA:\s+{_NUMBER} LU", re.MULTILINE),
    "peak": re.compile(rf"^\s+Peak:\s+{_NUMBER} dBFS", re.MULTILINE),
}
_SHORT_TERM = re.compile(rf"\bS:\s*{_NUMBER}")


@dataclass(frozen=True)
class Loudness:
    """Figures of one programme; ``None`` where there is nothing but silence, or where it was not asked for."""

    integrated_lufs: float | None
    true_peak_dbtp: float | None
    range_lu: float | None
    short_term_max_lufs: float | None


def measure_loudness(
    path: Path,
    *,
    stream: int = 0,
    filters: str = "",
    peak: str = "true",
    short_term: bool = False,
    duration: float | None = None,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Loudness:
    """Measure one sound stream of a file.

    Args:
        path: the file.
        stream: number among the sound streams.
        filters: ffmpeg filters put before the meter (trusted text).
        peak: ``true``, ``sample`` or ``none``: what kind of peak to look for.
        short_term: also find the loudest three seconds; for programmes of up to half an hour.
        duration: seconds, for progress.
        on_progress: called with 0 to 1.
        is_cancelled: asked several times a second.

    Raises:
        ToolError: ffmpeg failed, or printed no summary.
    """
    chain = f"{filters}," if filters else ""
    output = run_ffmpeg(
        [
            *ffmpeg_input(path),
            *("-map", f"0:a:{stream}"),
            *("-af", f"{chain}{meter(peak, short_term=short_term)}"),
            *("-f", "null", "-"),
        ],
        task=f"measure loudness of {path.name}",
        duration=duration,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    return parse_loudness(output.log)


def meter(peak: str = "true", *, short_term: bool = False) -> str:
    """Return the ffmpeg filter that `parse_loudness` reads; ``peak`` is ``true``, ``sample`` or ``none``.

    A single channel is measured as two that are alike, as it will be heard; by itself it would read 3 LU low.
    """
    return f"ebur128=peak={peak}:dualmono=1" + ("" if short_term else ":framelog=quiet")


def parse_loudness(log: str) -> Loudness:
    """Read the figures from ebur128's log."""
    _, found, summary = log.rpartition("Summary:")
    if not found:
        raise ToolError("the loudness meter printed no summary", tail=log[-500:])
    values: dict[str, float | None] = {}
    for name, pattern in _FIELDS.items():
        match = pattern.search(summary)
        values[name] = _finite(match[1]) if match else None
    short = [value for match in _SHORT_TERM.finditer(log) if (value := _finite(match[1])) is not None and value > -120]
    integrated = values["integrated"]
    if integrated is not None and integrated <= _SILENCE_LUFS:
        integrated = None
    return Loudness(integrated, values["peak"], values["range"], max(short, default=None))


def _finite(text: str) -> float | None:
    return None if text.lstrip("-") in ("inf", "nan") else float(text)
