"""Checks of the decoded picture: black, freeze, levels, bars, flash, field order. One run of ffmpeg serves them all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check, Verdict
from mediakit.quality.bars import BarDetector
from mediakit.quality.black import BlackDetector
from mediakit.quality.facts import FrameFacts, Reducer, Wanted
from mediakit.quality.flash import FlashDetector
from mediakit.quality.freeze import FreezeDetector
from mediakit.quality.levels import LevelSeries
from mediakit.quality.picture import Decoding, run_picture, sample_size
from mediakit.quality.runs import find_runs, judge_stretches, judge_value, make_spans
from mediakit.quality.scan import Scan, count_scan
from mediakit.quality.target import Target, breach, grade_value, setting, unmeasured

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mediakit.channels.models import QcRule
    from mediakit.media.info import VideoStream
    from mediakit.media.packets import PacketIndex

CHECKS = ("black", "freeze", "levels", "bars", "flash", "field_order")
_MATRICES = {"bt2020nc": "bt2020", "bt2020c": "bt2020", "smpte170m": "bt601", "bt470bg": "bt601"}


_COMBED_PERCENT = 50.0
_LEVEL_LIMITS = (("luma_low", -1.0), ("luma_high", 103.0), ("rgb_low", -5.0), ("rgb_high", 105.0))


def list_wanted(target: Target) -> Wanted:
    """Return which facts of each frame the target's rules need, and with which limits."""
    rules = target.rules
    limits = [-1.0, 103.0, -5.0, 105.0]
    if rule := rules.get("levels"):
        limits = [setting(rule, *pair) for pair in _LEVEL_LIMITS]
    low, high, rgb_low, rgb_high = (limit / 100 for limit in limits)
    black = rules.get("black")
    return Wanted(
        black=black is not None,
        levels="levels" in rules,
        bars="bars" in rules,
        flash="flash" in rules,
        scan="field_order" in rules,
        black_luma=16 + round(219 * (setting(black, "pixel_threshold", 0.10) if black else 0.10)),
        black_share=setting(black, "picture_threshold", 0.98) if black else 0.98,
        luma_limits=(low, high),
        rgb_limits=(rgb_low, rgb_high),
    )


def matrix_of(color_space: str) -> str:
    """Return the matrix from YCbCr to RGB that a tagged colour space names."""
    return _MATRICES.get(color_space, "bt709")


class PictureJudge:
    """Reads the facts of all frames in order and gives the checks of `CHECKS` that the target has rules for."""

    def __init__(self, target: Target, picture: VideoStream) -> None:
        rules, fps = target.rules, float(picture.fps)
        self._target, self._picture = target, picture
        self._black = BlackDetector() if "black" in rules else None
        self._levels = LevelSeries() if "levels" in rules else None
        self._freeze: FreezeDetector | None = None
        self._bars: BarDetector | None = None
        self._flash: FlashDetector | None = None
        if rule := rules.get("freeze"):
            self._freeze = FreezeDetector(setting(rule, "tolerance", 3), setting(rule, "area_percent", 0.25) / 100)
        if rule := rules.get("bars"):
            self._bars = BarDetector(fps, setting(rule, "least_percent", 3) / 100)
        if (rule := rules.get("flash")) and picture.hdr == "none":
            self._flash = FlashDetector(
                fps,
                change_cd=setting(rule, "delta_cd_m2", 20),
                darker_cd=setting(rule, "dark_cd_m2", 160),
                area=setting(rule, "area_percent", 25) / 100,
            )
        found = (self._black, self._freeze, self._levels, self._bars, self._flash)
        self._all = [detector for detector in found if detector is not None]
        self._frames = 0

    def feed(self, facts: FrameFacts) -> None:
        """Take the next frames."""
        for detector in self._all:
            detector.feed(facts)
        self._frames = facts.first + len(facts)

    def judge(self, index: PacketIndex | None, scans: str) -> list[Check]:
        """Return the checks, once all frames were seen; ``scans`` is a letter for each."""
        target, edges = self._target, frame_edges(self._frames, self._picture, index)
        rules, stills = target.rules, target.plan.stills
        checks: list[Check] = []
        if self._black:
            spans = make_spans(self._black.runs(), edges)
            checks.append(judge_stretches("black", rules["black"], spans, stills, "black picture"))
        if self._freeze:
            spans = make_spans(self._freeze.runs(), edges)
            checks.append(judge_stretches("freeze", rules["freeze"], spans, stills, "frozen picture"))
        if self._levels:
            checks.append(_check_levels(rules["levels"], self._levels, edges))
        if self._bars:
            checks.append(_check_bars(target, self._bars, edges))
        if self._flash:
            checks.append(_check_flash(rules["flash"], self._flash, edges))
        elif "flash" in rules:
            checks.append(unmeasured("flash", "the screening is for standard dynamic range; this picture is HDR"))
        if "field_order" in rules:
            checks.append(check_field_order(target, self._picture, count_scan(scans)))
        return checks


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
    """Decode the whole picture once and return the checks of `CHECKS` that the target has rules for.

    Raises:
        ToolError: the picture cannot be decoded.
        Cancelled: ``is_cancelled`` said so.
    """
    if not any(name in target.rules for name in CHECKS):
        return []
    wanted = list_wanted(target)
    judge, reducer = PictureJudge(target, picture), Reducer(wanted, matrix_of(picture.color_space))
    points = sample_size(picture.display_width, picture.display_height)
    run = run_picture(
        path,
        Decoding(picture.index, picture.width, points, wanted.scan, threads),
        lambda batch: judge.feed(reducer.reduce(batch)),
        duration=picture.duration or None,
        on_progress=on_progress,
        is_cancelled=is_cancelled,
    )
    return judge.judge(index, run.scans)


def frame_edges(frames: int, picture: VideoStream, index: PacketIndex | None) -> NDArray[np.float64]:
    """Return where every decoded frame starts, and last where the picture ends; seconds from the first frame."""
    import numpy as np

    if index is not None and index.frames == frames:
        times = index.frame_times - index.frame_times[0]
    else:
        times = np.arange(frames) / float(picture.fps)
    return np.append(times, max(times[-1] + 1 / float(picture.fps), picture.duration))


def _check_levels(rule: QcRule, series: LevelSeries, edges: NDArray[np.float64]) -> Check:
    shares = series.shares() * 100
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
    most, kind, runs = detector.busiest(len(edges) - 1)
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
