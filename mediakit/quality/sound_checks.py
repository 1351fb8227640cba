"""Checks of the decoded sound: loudness, true peak, range, silence, dead channel, dual mono, phase, clipping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check, Verdict
from mediakit.media.spans import Span
from mediakit.media.times import format_clock
from mediakit.quality.runs import MAX_SPANS, find_runs, judge_stretches, judge_value, subtract_spans
from mediakit.quality.sound import STEP_S, SoundFigures
from mediakit.quality.target import Target, breach, describe_limit, grade_value, setting, unmeasured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.channels.models import QcRule

CHECKS = (
    *("loudness", "true_peak", "loudness_range", "silence"),
    *("dead_channel", "dual_mono", "phase", "clipping"),
)
_QUIET_LUFS = -50.0
_NAMES = {1: ("mono",), 2: ("left", "right"), 6: ("left", "right", "centre", "LFE", "left surround", "right surround")}


def check_sound(figures: SoundFigures, target: Target) -> list[Check]:
    """Return the checks of `CHECKS` that the target has rules for."""
    makers: dict[str, Callable[[SoundFigures, Target, QcRule], Check]] = {
        "loudness": _check_loudness,
        "true_peak": _check_true_peak,
        "loudness_range": _check_range,
        "silence": _check_silence,
        "dead_channel": _check_dead_channel,
        "dual_mono": _check_dual_mono,
        "phase": _check_phase,
        "clipping": _check_clipping,
    }
    return [makers[name](figures, target, target.rules[name]) for name in CHECKS if name in target.rules]


def show_number(value: float, decimals: int = 1) -> str:
    """Return a number with a true minus sign."""
    return f"{value:.{decimals}f}".replace("-", "−")


def _check_loudness(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    profile, measured = target.loudness, figures.integrated_lufs
    limit = f"{show_number(profile.integrated_lufs, 0)} ±{profile.tolerance_lu:g}"
    if measured is None:
        short = figures.seconds < 0.4
        message = "too short to be measured" if short else f"no sound above the gate, limit {limit} LUFS"
        verdict: Verdict = "unmeasured" if short else breach(rule)
        return Check(id="loudness", verdict=verdict, limit=limit, unit="LUFS", message=message, source=profile.source)
    verdict = breach(rule) if abs(measured - profile.integrated_lufs) > profile.tolerance_lu + 1e-9 else "pass"
    message = f"integrated loudness {show_number(measured)} LUFS, limit {limit}"
    where: tuple[Span, ...] = ()
    if profile.short_term_max_lufs is not None and (most := max(figures.short_term, default=None)) is not None:
        message += f"; short-term at most {show_number(most)}, limit {show_number(profile.short_term_max_lufs, 0)} LUFS"
        if most > profile.short_term_max_lufs:
            verdict = breach(rule)
            where = tuple(_series_spans(_array(figures.short_term) > profile.short_term_max_lufs)[:MAX_SPANS])
    return Check(
        id="loudness",
        verdict=verdict,
        measured=round(measured, 2),
        limit=limit,
        unit="LUFS",
        where=where,
        message=message,
        source=profile.source,
    )


def _check_true_peak(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    limit, peak = target.loudness.true_peak_dbtp, figures.true_peak_dbtp
    if peak is None:
        return Check(id="true_peak", verdict="pass", limit=f"{limit:g}", unit="dBTP", message="digital silence")
    over = [time for time, value in figures.peak_steps if value > limit]
    top = figures.peak_steps[-1][0]
    where = (Span(start=over[0], end=round(top + STEP_S, 3)),) if over else ()
    message = f"true peak {show_number(peak)} dBTP, limit {show_number(limit)}"
    if over:
        message += f"; first beyond it at {format_clock(over[0], decimals=1)}"
    return Check(
        id="true_peak",
        verdict=breach(rule) if over else "pass",
        measured=round(peak, 2),
        limit=f"≤ {show_number(limit)}",
        unit="dBTP",
        where=where,
        message=message,
        source=target.loudness.source,
    )


def _check_range(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    if figures.range_lu is None or figures.seconds < 3:
        return unmeasured("loudness_range", "shorter than one short-term window of 3 s")
    message = f"loudness range {figures.range_lu:.1f} LU"
    return judge_value("loudness_range", rule, figures.range_lu, message, unit="LU", decimals=2)


def _check_silence(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    return judge_stretches("silence", rule, common_silence(figures), target.plan.silences, "silence")


def common_silence(figures: SoundFigures) -> list[Span]:
    """Return where all channels are silent at once."""
    common = list(figures.channels[0].silences) if figures.channels else []
    for channel in figures.channels[1:]:
        common = [
            Span(start=max(one.start, two.start), end=min(one.end, two.end))
            for one in common
            for two in channel.silences
            if one.overlaps(two)
        ]
    return common


def _check_dead_channel(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    limit = rule.fail if rule.fail is not None else -60.0
    names = _NAMES.get(len(figures.channels), tuple(str(n + 1) for n in range(len(figures.channels))))
    levels = [channel.rms_peak_db for channel in figures.channels]
    dead = [name for name, level in zip(names, levels, strict=True) if not level > limit and name != "LFE"]
    lowest = min(levels, default=float("-inf"))
    shared = common_silence(figures)
    stretches: list[Span] = []
    for name, channel in zip(names, figures.channels, strict=True):
        if name not in dead and name != "LFE":
            rest = subtract_spans(channel.silences, shared)
            stretches += [span for span in rest if span.duration > setting(rule, "stretch_seconds", 5)]
    message = "every channel has sound"
    if dead:
        message = f"dead channel: {', '.join(dead)} never above {show_number(limit, 0)} dBFS"
    elif stretches:
        first = stretches[0]
        message = f"a channel falls silent for {first.duration:.1f} s at {format_clock(first.start, decimals=1)}"
    return Check(
        id="dead_channel",
        verdict="fail" if dead else "warn" if stretches else "pass",
        measured=round(lowest, 1) if lowest > float("-inf") else "−inf",
        limit=f"> {show_number(limit, 0)}",
        unit="dBFS",
        where=tuple(stretches[:MAX_SPANS]),
        message=message,
        source=rule.source,
    )


def _check_dual_mono(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    if len(figures.channels) != 2:
        return unmeasured("dual_mono", f"is for two channels; this sound has {len(figures.channels)}")
    level = max(channel.rms_db for channel in figures.channels)
    if not level > _QUIET_LUFS - 20:
        return unmeasured("dual_mono", "nothing but silence")
    side = figures.difference_db if figures.difference_db is not None else float("-inf")
    limit = setting(rule, "difference_db", -60)
    same = not side - level > limit
    distance = max(side - level, -200.0)
    return Check(
        id="dual_mono",
        verdict="warn" if same else "pass",
        measured=round(distance, 1),
        limit=f"> {show_number(limit, 0)}",
        unit="dB",
        message="left and right are the same sound" if same else "left and right differ",
        source=rule.source,
    )


def _check_phase(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    import numpy as np

    if not figures.phase:
        return unmeasured("phase", f"is for two channels; this sound has {len(figures.channels)}")
    window = max(round(setting(rule, "window_seconds", 1) / STEP_S), 1)
    loud = _array(figures.momentary)
    count = min(len(figures.phase), len(loud))
    phase = np.where(loud[:count] > _QUIET_LUFS, _array(figures.phase)[:count], np.nan)
    padded = np.where(np.isnan(phase), 0.0, phase)
    weights = np.convolve(~np.isnan(phase), np.ones(window), "same")
    means = np.convolve(padded, np.ones(window), "same") / np.maximum(weights, 1)
    heard = weights > window / 2
    lowest = float(means[heard].min()) if heard.any() else 0.0
    floor, bottom = setting(rule, "correlation", 0), setting(rule, "fail_correlation", -0.3)
    below, against = (_series_spans((means < limit) & heard) for limit in (floor, bottom))
    longest, worst = (max((span.duration for span in spans), default=0.0) for spans in (below, against))
    verdict: Verdict = "pass"
    if rule.fail is not None and worst > rule.fail:
        verdict = "fail"
    elif rule.warn is not None and longest > rule.warn:
        verdict = "warn"
    least = min((limit for limit in (rule.warn, rule.fail) if limit is not None), default=0.0)
    return Check(
        id="phase",
        verdict=verdict,
        measured=round(longest, 1),
        limit=f"warn below {show_number(floor)} for > {rule.warn or 0:g}, "
        f"fail below {show_number(bottom)} for > {rule.fail or 0:g}",
        unit="s",
        where=tuple([span for span in below if span.duration > least][:MAX_SPANS]),
        message=f"lowest mean correlation {show_number(lowest, 2)}"
        + (f", below zero for up to {longest:.1f} s" if longest else ""),
        source=rule.source,
    )


def _check_clipping(figures: SoundFigures, target: Target, rule: QcRule) -> Check:
    import numpy as np

    level, over = setting(rule, "level_db", -6), setting(rule, "over_db", 0.1)
    worst, beyond, flagged = 0.0, 0, np.zeros(0, dtype=bool)
    for channel in figures.channels:
        peaks, flat = _array(channel.window_peak), _array(channel.flat)
        count = min(len(peaks), len(flat))
        flat = np.where(peaks[:count] > level, flat[:count], 0)
        overs = peaks[:count] > over
        worst, beyond = max(worst, float(flat.max(initial=0))), max(beyond, int(overs.sum()))
        bad = overs | (flat > (rule.warn if rule.warn is not None else rule.fail or 0))
        flagged = bad if not len(flagged) else flagged[:count] | bad[: len(flagged)]
    verdict: Verdict = "fail" if beyond else grade_value(rule, worst)
    message = f"flat factor at most {worst:.1f}"
    if beyond:
        message += f"; samples beyond full scale in {beyond} s"
    return Check(
        id="clipping",
        verdict=verdict,
        measured=round(worst, 2),
        limit=describe_limit(rule),
        unit=rule.unit or None,
        where=tuple(_series_spans(flagged, 1.0)[:MAX_SPANS]),
        message=message if verdict != "pass" else f"no clipping, {message}",
        source=rule.source,
    )


def _array(series: Sequence[float]) -> NDArray[np.float64]:
    import numpy as np

    return np.nan_to_num(np.asarray(series, dtype=np.float64), nan=-1000.0, posinf=1000.0, neginf=-1000.0)


def _series_spans(flags: NDArray[np.bool_], step_s: float = STEP_S) -> list[Span]:
    return [Span(start=round(first * step_s, 3), end=round(last * step_s, 3)) for first, last in find_runs(flags)]
