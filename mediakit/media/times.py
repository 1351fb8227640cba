"""Times, durations, frame rates and SMPTE timecode (SMPTE ST 12-1), exact where frames are meant.

A frame rate is a ``Fraction`` (25, 30000/1001); a time is seconds, ``Fraction`` where it is exact.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from mediakit.errors import UsageError

_NAMED_RATES = {
    "23.976": Fraction(24000, 1001),
    "23.98": Fraction(24000, 1001),
    "29.97": Fraction(30000, 1001),
    "59.94": Fraction(60000, 1001),
    "119.88": Fraction(120000, 1001),
}
_DURATION = re.compile(r"(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+)ms)?")
_CLOCK = re.compile(r"(?:(\d+):(?=[0-5]?\d:))?(\d{1,2}):([0-5]?\d(?:\.\d+)?)")
_TIMECODE = re.compile(r"(\d{1,2}):(\d{2}):(\d{2})([:;])(\d{2,3})")
_FRAMES = re.compile(r"(\d+)f")


def parse_rate(value: object) -> Fraction:
    """Return a frame rate from ``25``, ``"29.97"``, ``"30000/1001"`` or a ``Fraction``.

    Raises:
        ValueError: not a positive rate.
    """
    text = str(value).strip()
    try:
        if len(text) > 40 or "e" in text.lower():  # a power may stand for a number without end
            raise ValueError
        rate = _NAMED_RATES.get(text) or Fraction(text)
    except (ValueError, ZeroDivisionError) as exc:
        raise ValueError(f"{text[:40]!r} is not a frame rate (25, 29.97 or 30000/1001)") from exc
    if not 0 < rate <= 1000:
        raise ValueError(f"frame rate {text} is out of range")
    return rate


def format_rate(rate: Fraction) -> str:
    """Return ``"25/1"`` or ``"30000/1001"``."""
    return f"{rate.numerator}/{rate.denominator}"


FrameRate = Annotated[
    Fraction,
    BeforeValidator(parse_rate),
    PlainSerializer(format_rate, return_type=str),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
"""A pydantic field type: a frame rate, written ``"30000/1001"``."""


def parse_duration(value: object) -> float:
    """Return seconds from a number or text such as ``15s``, ``1h30m``, ``250ms``, ``01:30``.

    Raises:
        ValueError: not a duration.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    else:
        text = str(value).strip()
        match = _DURATION.fullmatch(text)
        clock = _CLOCK.fullmatch(text)
        if text and match and any(match.groups()):
            h, m, s, ms = match.groups()
            seconds = float(h or 0) * 3600 + float(m or 0) * 60 + float(s or 0) + float(ms or 0) / 1000
        elif clock:
            seconds = int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
        else:
            try:
                seconds = float(text)
            except ValueError as exc:
                raise ValueError(f"{text!r} is not a duration (15s, 1m30s, 01:30)") from exc
    if not 0 <= seconds < 1e7:
        raise ValueError(f"duration {value} is out of range")
    return seconds


Duration = Annotated[
    float,
    BeforeValidator(parse_duration),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}),
]
"""A pydantic field type: seconds, written ``15s``, ``1m30s`` or a number."""


def parse_time(text: str, rate: Fraction | None = None, start_timecode: str | None = None) -> Fraction:
    """Return an exact time in seconds on a clip's own clock (0 = first frame).

    Args:
        text: seconds (``12.5``, ``12.5s``), clock (``01:30.25``, ``1:02:03``), frames (``250f``),
            or timecode ``HH:MM:SS:FF`` (``;`` for drop-frame).
        rate: the clip's frame rate; needed for frames and timecode.
        start_timecode: the clip's first timecode; a timecode in ``text`` is relative to it.

    Raises:
        UsageError: not a time, or one that needs a frame rate where there is none.
    """
    text = text.strip()
    if match := _FRAMES.fullmatch(text):
        return int(match[1]) / _need_rate(text, rate)
    if _TIMECODE.fullmatch(text):
        fps = _need_rate(text, rate)
        frame = timecode_to_frames(text, fps)
        if start_timecode is not None:
            frame -= timecode_to_frames(start_timecode, fps)
        if frame < 0:
            raise UsageError(f"timecode {text} lies before the clip's start {start_timecode}")
        return frame / fps
    if match := _CLOCK.fullmatch(text):
        return int(match[1] or 0) * 3600 + int(match[2]) * 60 + Fraction(match[3])
    try:
        return Fraction(text.removesuffix("s"))
    except (ValueError, ZeroDivisionError) as exc:
        raise UsageError(
            f"{text!r} is not a time", hint="write seconds (12.5), 01:30.25, frames (250f) or HH:MM:SS:FF"
        ) from exc


def _need_rate(text: str, rate: Fraction | None) -> Fraction:
    if rate is None:
        raise UsageError(f"{text!r} counts frames, and the input has no frame rate", hint="give seconds instead")
    return rate


def seconds_to_frame(seconds: Fraction | float, rate: Fraction) -> int:
    """Return the number of the frame whose start lies nearest to a time."""
    return int((Fraction(seconds) * rate + Fraction(1, 2)) // 1)


def _drop_frames(nominal: int, rate: Fraction) -> int:
    return nominal // 15 if rate.denominator == 1001 and nominal % 30 == 0 else 0


def timecode_to_frames(text: str, rate: Fraction) -> int:
    """Return the frame count of a timecode since 00:00:00:00.

    Raises:
        UsageError: malformed, a field out of range, or a number that drop-frame counting skips.
    """
    match = _TIMECODE.fullmatch(text.strip())
    if not match:
        raise UsageError(f"{text!r} is not a timecode", hint="write HH:MM:SS:FF")
    h, m, s, f = int(match[1]), int(match[2]), int(match[3]), int(match[5])
    nominal = int(rate + Fraction(1, 2))
    if m > 59 or s > 59 or f >= nominal:
        raise UsageError(f"timecode {text} is out of range at {float(rate):.5g} frames per second")
    count = ((h * 60 + m) * 60 + s) * nominal + f
    drop = _drop_frames(nominal, rate)
    if match[4] == ";" and drop:
        if s == 0 and f < drop and m % 10:
            raise UsageError(f"timecode {text} does not exist in drop-frame counting")
        minutes = h * 60 + m
        count -= drop * (minutes - minutes // 10)
    return count


def frames_to_timecode(frame: int, rate: Fraction, *, drop: bool = False) -> str:
    """Return ``HH:MM:SS:FF`` (``HH:MM:SS;FF`` for drop-frame) for a frame count since 00:00:00:00."""
    nominal = int(rate + Fraction(1, 2))
    skip = _drop_frames(nominal, rate) if drop else 0
    if skip:
        per_ten = nominal * 600 - skip * 9
        tens, rest = divmod(frame, per_ten)
        frame += skip * 9 * tens
        if rest >= skip:
            frame += skip * ((rest - skip) // (nominal * 60 - skip))
    seconds, frames = divmod(frame, nominal)
    mark = ";" if skip else ":"
    return f"{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frames:02d}"


def format_clock(seconds: float, *, decimals: int = 0) -> str:
    """Return ``1:23`` or ``1:02:03`` for people; ``decimals`` adds a fraction."""
    scale = 10**decimals
    ticks = int(seconds * scale + 0.5)
    whole, fraction = divmod(ticks, scale)
    hours, minutes, secs = whole // 3600, whole // 60 % 60, whole % 60
    text = f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"
    return f"{text}.{fraction:0{decimals}d}" if decimals else text


def format_place(seconds: float, decimals: int) -> str:
    """Return ``00:12.40`` for a file that people edit, with more than ``decimals`` where the time needs them."""
    for count in sorted({decimals, 3, 6}):
        text = format_clock(seconds, decimals=count)
        if abs(round(seconds, count) - seconds) < 5e-7:
            break
    return text if text.count(":") > 1 or text.index(":") > 1 else f"0{text}"


def plain_number(value: Any, decimals: int = 3) -> str:
    """Return a number without a needless fraction, ``25`` or ``29.97``; ``decimals`` (1 or more) are kept at most."""
    return f"{float(value):.{decimals}f}".rstrip("0").rstrip(".")
