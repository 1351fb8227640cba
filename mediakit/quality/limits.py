"""What needs no decoding: lengths of picture and sound, the outlet's limits, text inside the safe area."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check, Verdict
from mediakit.media.spans import Box, Span
from mediakit.media.times import format_clock, plain_number
from mediakit.quality.runs import MAX_SPANS
from mediakit.quality.target import Target, breach, grade_value, safe_margins, unmeasured

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo

_FRAME_SAMPLES = {"aac": 1024, "mp3": 1152, "mp3float": 1152, "ac3": 1536}


def check_av_length(info: MediaInfo, target: Target) -> Check:
    """Compare the ends, and the starts, of picture and sound; the unit is a frame of the picture.

    A lossy sound codec cannot end closer than its own frame, so that much is allowed where it is longer.
    """
    rule, picture, sound = target.rules["av_length"], info.picture, info.sound
    if picture is None or sound is None:
        return unmeasured("av_length", "needs picture and sound")
    frame = 1 / float(picture.fps)
    grain = _FRAME_SAMPLES.get(sound.codec, 0) / sound.sample_rate
    unit = max(frame, grain)
    ends = (sound.start + sound.duration) - (picture.start + picture.duration)
    starts = sound.start - picture.start
    worst = max(abs(ends), abs(starts))
    value = round(worst / unit, 3)
    message = "picture and sound end together"
    if ends:
        message = f"sound ends {abs(ends) * 1000:.0f} ms {'after' if ends > 0 else 'before'} the picture"
    if abs(starts) > abs(ends):
        message = f"sound starts {abs(starts) * 1000:.0f} ms {'after' if starts > 0 else 'before'} the picture"
    return Check(
        id="av_length",
        verdict=grade_value(rule, value),
        measured=value,
        limit=f"≤ {plain_number(rule.fail if rule.fail is not None else rule.warn or 0)}",
        unit="frames",
        message=message,
        source=rule.source,
    )


def check_duration(info: MediaInfo, target: Target) -> Check:
    """Compare the duration with the outlet's limits and with what was planned."""
    rule, plan = target.rules["duration"], target.plan
    faults: list[str] = []
    limit: list[str] = []
    if bounds := target.limits.duration:
        least, most = bounds
        limit.append(f"{plain_number(least)}–{plain_number(most)}")
        if not least - 0.001 <= info.duration <= most + 0.001:
            word = "longer" if info.duration > most else "shorter"
            faults.append(f"{info.duration:.2f} s is {word} than the outlet takes ({limit[0]} s)")
    if plan.duration is not None:
        frame = 1 / float(info.picture.fps) if info.picture else 0.05
        limit.append(f"planned {plain_number(plan.duration)}")
        if abs(info.duration - plan.duration) > frame + 0.03:
            faults.append(f"{info.duration:.2f} s, planned {plan.duration:.2f} s")
    if plan.frames is not None and info.picture is not None and info.picture.frames != plan.frames:
        faults.append(f"{info.picture.frames} pictures, planned {plan.frames}")
    return Check(
        id="duration",
        verdict=breach(rule) if faults else "pass",
        measured=round(info.duration, 3),
        limit=", ".join(limit) or None,
        unit="s",
        message="; ".join(faults) or f"{info.duration:.2f} s" + ("" if limit else ", no limit is known"),
        source=target.source("limits.duration"),
    )


def check_size(size: int, target: Target) -> Check:
    """Compare the size in bytes with the outlet's limit."""
    most = target.limits.size
    return _check_most("size", size, most, "B", f"{size / 1e6:.1f} MB", most and f"{most / 1e6:g} MB", target)


def check_bit_rate(size: int, duration: float, target: Target) -> Check:
    """Compare the mean rate of the whole file with the outlet's limit."""
    if duration <= 0:
        return unmeasured("bit_rate", "the file has no duration")
    rate, most = round(size * 8 / duration), target.limits.total_rate
    return _check_most("bit_rate", rate, most, "b/s", f"{rate / 1e6:.2f} Mb/s", most and f"{most / 1e6:g} Mb/s", target)


def _check_most(
    check_id: str, value: int, most: int | None, unit: str, words: str, limit: str | int | None, target: Target
) -> Check:
    over = most is not None and value > most
    name = "limits.size" if check_id == "size" else "limits.total_rate"
    verdict: Verdict = breach(target.rules[check_id]) if over else "pass"
    return Check(
        id=check_id,
        verdict=verdict,
        measured=value,
        limit=None if most is None else f"≤ {most}",
        unit=unit,
        message=f"{words}, limit {limit}" if most is not None else f"{words}, no limit is known",
        source=target.source(name),
    )


def check_safe_area(info: MediaInfo, target: Target) -> Check:
    """Tell which laid-out text leaves the channel's safe area."""
    plan, picture = target.plan, info.picture
    if plan.text_boxes is None:
        return unmeasured("safe_area", "nobody says where the text lies (no rendition.json)")
    width = plan.width or (picture.width if picture else 0)
    height = plan.height or (picture.height if picture else 0)
    if not width or not height:
        return unmeasured("safe_area", "there is no picture")
    margins, source = safe_margins(target, width, height)
    area = Box(
        x=margins.left,
        y=margins.top,
        width=max(width - margins.left - margins.right, 0),
        height=max(height - margins.top - margins.bottom, 0),
    )
    outside = [text for text in plan.text_boxes if not area.contains(text.box)]
    worst = max((_overhang(text.box, area) for text in outside), default=0)
    message = f"{len(plan.text_boxes)} texts inside the safe area"
    if outside:
        first = outside[0]
        message = (
            f"{len(outside)} of {len(plan.text_boxes)} texts leave the safe area, the first at "
            f"{format_clock(first.start, decimals=2)}: “{first.text[:30]}”"
        )
    return Check(
        id="safe_area",
        verdict=breach(target.rules["safe_area"]) if outside else "pass",
        measured=worst,
        limit=f"{area.width}×{area.height}+{area.x}+{area.y}",
        unit="px",
        where=tuple(Span(start=max(text.start, 0.0), end=max(text.end, 0.0)) for text in outside[:MAX_SPANS]),
        message=message,
        source=source,
    )


def _overhang(box: Box, area: Box) -> int:
    return max(area.x - box.x, area.y - box.y, box.right - area.right, box.bottom - area.bottom, 0)
