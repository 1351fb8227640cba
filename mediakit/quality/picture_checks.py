"""Checks of the decoded picture: black, freeze, levels, bars, flash, field order. One run of ffmpeg serves them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check, Verdict
from mediakit.quality.bars import BarDetector
from mediakit.quality.black import BlackDetector
from mediakit.quality.flash import FlashDetector
from mediakit.quality.freeze import FreezeDetector
from mediakit.quality.levels import LevelMeter
from mediakit.quality.picture import Analyser, Scan, run_picture
from mediakit.quality.runs import find_runs, judge_stretches, judge_value, make_spans
from mediakit.quality.target import Target, breach, grade_value, setting, unmeasured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.channels.models import QcRule
    from mediakit.media.info import VideoStream
    from mediakit.media.packets import PacketIndex

CHECKS = ("black", "freeze", "levels", "bars", "flash", "field_order")
_MATRICES = {"bt2020nc": "bt2020", "bt2020c": "bt2020", "smpte170m": "bt601", "bt470bg": "bt601"}


@dataclass
class _Detectors:
    """The detectors that the rules ask for, each where it is wanted."""

    black: BlackDetector | None = None
    freeze: FreezeDetector | None = None
    levels: LevelMeter | None = None
    bars: BarDetector | None = None
    flash: FlashDetector | None = None
    all: list[Analyser] = field(default_factory=list)

    @classmethod
    def make(cls, target: Target, picture: VideoStream) -> _Detectors:
        rules, fps = target.rules, float(picture.fps)
        made = cls()
        if rule := rules.get("black"):
            share = setting(rule, "pixel_threshold", 0.10)
            made.black = BlackDetector(16 + round(219 * share), setting(rule, "picture_threshold", 0.98))
        if rule := rules.get("freeze"):
            made.freeze = FreezeDetector(setting(rule, "tolerance", 3), setting(rule, "area_percent", 0.25) / 100)
        if rule := rules.get("levels"):
            limits = [setting(rule, *pair) / 100 for pair in _LEVEL_LIMITS]
            made.levels = LevelMeter(_MATRICES.get(picture.color_space, "bt709"), (limits[0], limits[1]), limits[2:])
        if rule := rules.get("bars"):
            made.bars = BarDetector(fps, setting(rule, "least_percent", 3) / 100)
        if (rule := rules.get("flash")) and picture.hdr == "none":
            made.flash = FlashDetector(
                fps,
                change_cd=setting(rule, "delta_cd_m2", 20),
                darker_cd=setting(rule, "dark_cd_m2", 160),
                area=setting(rule, "area_percent", 25) / 100,
            )
        found = (made.black, made.freeze, made.levels, made.bars, made.flash)
        made.all = [detector for detector in found if detector is not None]
        return made


_COMBED_PERCENT = 50.0
_LEVEL_LIMITS = (("luma_low", -1.0), ("luma_high", 103.0), ("rgb_low", -5.0), ("rgb_high", 105.0))


def check_picture(
    path: Path,
    picture: VideoStream,
    index: PacketIndex | None,
    target: Target,
    *,
    threads: int,
    on_progress: Callable[[float], None] | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> list[Check]:
    """Decode the picture once and return the checks of `CHECKS` that the target has rules for.

    Raises:
        ToolError: the picture cannot be decoded.
        Cancelled: ``is_cancelled`` said so.
    """
    wanted = [name for name in CHECKS if name in target.rules]
    if not wanted:
        return []
    made = _Detectors.make(target, picture)
    run = run_picture(
        path,
        picture,
        made.all,
        detect_scan="field_order" in wanted,
        threads=threads,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    edges = frame_edges(run.frames, picture, index)
    rules, plan = target.rules, target.plan
    checks: list[Check] = []
    if made.black:
        spans = make_spans(made.black.runs(), edges)
        checks.append(judge_stretches("black", rules["black"], spans, plan.stills, "black picture"))
    if made.freeze:
        spans = make_spans(made.freeze.runs(), edges)
        checks.append(judge_stretches("freeze", rules["freeze"], spans, plan.stills, "frozen picture"))
    if made.levels:
        checks.append(_check_levels(rules["levels"], made.levels, edges))
    if made.bars:
        checks.append(_check_bars(target, made.bars, edges))
    if made.flash:
        checks.append(_check_flash(rules["flash"], made.flash, edges))
    elif "flash" in wanted:
        checks.append(unmeasured("flash", "the screening is for standard dynamic range; this picture is HDR"))
    if "field_order" in wanted:
        checks.append(check_field_order(target, picture, run.scan))
    return checks


def frame_edges(frames: int, picture: VideoStream, index: PacketIndex | None) -> NDArray[np.float64]:
    """Return where every decoded frame starts, and last where the picture ends; seconds from the first frame."""
    import numpy as np

    if index is not None and index.frames == frames:
        times = index.frame_times - index.frame_times[0]
    else:
        times = np.arange(frames) / float(picture.fps)
    return np.append(times, max(times[-1] + 1 / float(picture.fps), picture.duration))


def _check_levels(rule: QcRule, meter: LevelMeter, edges: NDArray[np.float64]) -> Check:
    shares = meter.shares() * 100
    most = float(shares.max(initial=0))
    limit = rule.warn if rule.warn is not None else rule.fail
    spans = make_spans(find_runs(shares > limit), edges) if limit is not None else []
    message = f"at most {most:.2f} % of a picture lies outside"
    if spans:
        message += f", beyond the limit for {sum(span.duration for span in spans):.2f} s"
    return judge_value("levels", rule, most, message, unit="%", where=spans)


def _check_bars(target: Target, detector: BarDetector, edges: NDArray[np.float64]) -> Check:
    rule = target.rules["bars"]
    stretches = detector.stretches()
    spans = make_spans(((first, last) for first, last, _ in stretches), edges)
    long = [
        (span, word) for span, (_, _, word) in zip(spans, stretches, strict=True) if span.duration > (rule.warn or 0)
    ]
    total = max((span.duration for span, _ in long), default=0.0)
    if target.plan.bars:
        found = f"{long[0][1]} on purpose: the channel pads" if long else "none; the channel pads"
        return Check(id="bars", verdict="pass", measured=round(total, 3), unit="s", message=found, source=rule.source)
    words = " and ".join(sorted({word for _, word in long}))
    message = f"{words} for {total:.2f} s" if long else "no bars inside the picture"
    return judge_value("bars", rule, total, message, unit="s", where=[span for span, _ in long])


def _check_flash(rule: QcRule, detector: FlashDetector, edges: NDArray[np.float64]) -> Check:
    most, kind, runs = detector.busiest(edges)
    message = f"at most {most:g} {kind} flashes in a second (screening)" if most else "no flashes (screening)"
    return judge_value("flash", rule, most, message, unit="1/s", where=make_spans(runs, edges))


def check_field_order(target: Target, picture: VideoStream, scan: Scan | None) -> Check:
    """Compare the coded and the seen scan with what the channel asks for."""
    rule = target.rules["field_order"]
    if target.frame is None:
        return unmeasured("field_order", "the channel has no picture")
    wanted, coded = target.frame.scan, picture.field_order
    combed = 0.0
    seen = "unknown"
    if scan is not None and (sure := scan.top_first + scan.bottom_first + scan.progressive):
        # Sharp progressive detail fools the detector both ways alike; real fields have one order.
        combed = abs(scan.top_first - scan.bottom_first) / sure * 100
        order = "top" if scan.top_first >= scan.bottom_first else "bottom"
        seen = f"interlaced, {order} field first" if combed > _COMBED_PERCENT else "progressive"
    faults: list[str] = []
    if wanted == "progressive":
        faults += [f"coded as interlaced ({coded})"] if coded in ("tff", "bff") else []
    else:
        faults += [f"coded as {coded}, not top field first"] if coded != "tff" else []
        faults += ["bottom field first in the picture"] if seen.endswith("bottom field first") else []
    verdict: Verdict = breach(rule) if faults else "pass"
    if wanted != "interlaced" and (combing := grade_value(rule, combed)) != "pass":
        faults.append(f"combing in {combed:.0f} % of the pictures")
        verdict = combing if verdict == "pass" else verdict
    return Check(
        id="field_order",
        verdict=verdict,
        measured=f"coded {coded}, seen {seen}",
        limit=wanted,
        message="; ".join(faults) or f"{wanted} as asked",
        source=target.source("frame"),
    )
