"""What a file is measured against: its channel's values, its loudness profile, its rules, and what was planned."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from mediakit.channels.models import (
    Audio,
    Channel,
    Frame,
    Limits,
    LoudnessProfile,
    Margins,
    QcProfile,
    QcRule,
    Rung,
    Video,
)
from mediakit.errors import UsageError
from mediakit.media.document import Value
from mediakit.media.qcreport import Check, Verdict
from mediakit.media.rendition import TextBox
from mediakit.media.spans import Span

if TYPE_CHECKING:
    from mediakit.media.rendition import Rendition

_PROSE = {"title", "grade", "checked_on", "note"}
R95_SOURCE = "EBU R95: graphics stay clear of 5 % at each edge"


class Plan(Value):
    """What the maker of a file says of it; a foreign file has no plan.

    Attributes:
        duration: seconds that it should last.
        frames: pictures that it should have.
        width, height: pixels in which ``text_boxes`` are given.
        text_boxes: where text was laid out; ``None`` when nobody says.
        stills, silences: spans that checks must not fault.
        bars: black bars around the picture are meant.
    """

    duration: float | None = None
    frames: int | None = None
    width: int | None = None
    height: int | None = None
    text_boxes: tuple[TextBox, ...] | None = None
    stills: tuple[Span, ...] = ()
    silences: tuple[Span, ...] = ()
    bars: bool = False


class Target(Value):
    """All that shapes the verdicts on one file, without names: equal targets give equal verdicts on equal files.

    ``rules`` are only those that are to be checked; ``sources`` tells where the channel's values come from.
    Without ``audio`` the sound lies in another file.
    """

    container: str
    frame: Frame | None
    video: Video | None
    audio: Audio | None
    rungs: tuple[Rung, ...] = ()
    limits: Limits
    safe_area: Margins | None
    loudness: LoudnessProfile
    rules: Mapping[str, QcRule]
    sources: Mapping[str, str]
    start_timecode: str | None = None
    plan: Plan = Plan()

    def key(self) -> dict[str, Any]:
        """Return the target as JSON values for a content key; prose about the profiles is left out."""
        data = self.model_dump(mode="json")
        for part in (data["loudness"], *data["rules"].values()):
            for name in _PROSE:
                part.pop(name, None)
        return data

    def source(self, name: str) -> str:
        """Return where a value of the channel comes from, such as ``limits.duration``."""
        return self.sources.get(name, self.sources[""])


def make_target(
    channel: Channel,
    loudness: LoudnessProfile,
    profile: QcProfile,
    rendition: Rendition | None = None,
    only: Collection[str] = (),
) -> Target:
    """Return what a file for a channel is measured against.

    Args:
        channel: the outlet.
        loudness: the channel's loudness profile.
        profile: the rules.
        rendition: what rendering said of the file, if it was made here.
        only: check ids; empty means all of the profile's.

    Raises:
        UsageError: ``only`` names a check that the profile does not have.
    """
    unknown = sorted(set(only) - set(profile.rules))
    if unknown:
        raise UsageError(
            f"no quality check is called {unknown[0]!r}", hint="checks: " + ", ".join(sorted(profile.rules))
        )
    limits = channel.limits
    return Target(
        container=channel.container,
        frame=channel.frame,
        video=channel.video,
        audio=channel.audio.model_copy(update={"loudness": ""}),
        rungs=channel.rungs,
        limits=Limits(duration=limits.duration, size=limits.size, total_rate=limits.total_rate),
        safe_area=channel.safe_area,
        loudness=loudness,
        rules={name: rule for name, rule in sorted(profile.rules.items()) if not only or name in only},
        sources={"": channel.source, **{name: origin.source for name, origin in sorted(channel.origins.items())}},
        start_timecode=rendition.start_timecode if rendition else channel.start_timecode,
        plan=_make_plan(channel, rendition) if rendition else Plan(),
    )


def _make_plan(channel: Channel, rendition: Rendition) -> Plan:
    return Plan(
        duration=rendition.duration,
        frames=rendition.frames,
        width=rendition.width,
        height=rendition.height,
        text_boxes=rendition.text_boxes,
        stills=rendition.planned_stills,
        silences=rendition.planned_silences,
        bars=channel.fit == "pad" or rendition.planned_bars,
    )


def safe_margins(target: Target, width: int, height: int) -> tuple[Margins, str]:
    """Return the margins that text keeps clear of, in pixels of the picture, and their source."""
    area, frame = target.safe_area, target.frame
    if area is None or frame is None:
        across, down = round(width * 0.05), round(height * 0.05)
        return Margins(top=down, bottom=down, left=across, right=across), R95_SOURCE
    x, y = width / frame.width, height / frame.height
    scaled = Margins(
        top=round(area.top * y), bottom=round(area.bottom * y), left=round(area.left * x), right=round(area.right * x)
    )
    return scaled, target.source("safe_area")


def grade_value(rule: QcRule, value: float) -> Verdict:
    """Return the verdict on a value that must not grow beyond the rule's limits."""
    if rule.fail is not None and value > rule.fail:
        return "fail"
    if rule.warn is not None and value > rule.warn:
        return "warn"
    return "pass"


def breach(rule: QcRule) -> Verdict:
    """Return the verdict on a breach of a limit that the channel sets (``settings: {verdict: warn}`` softens it)."""
    return "warn" if rule.settings.get("verdict") == "warn" else "fail"


def setting(rule: QcRule, name: str, default: float) -> float:
    """Return a number among a rule's settings."""
    return float(rule.settings.get(name, default))


def describe_limit(rule: QcRule) -> str | None:
    """Return a rule's limits in words: ``warn > 2, fail > 5``."""
    parts = [f"{word} > {value:g}" for word, value in (("warn", rule.warn), ("fail", rule.fail)) if value is not None]
    return ", ".join(parts) or None


def unmeasured(check_id: str, reason: str) -> Check:
    """Return a check that could not be made, with the reason."""
    return Check(id=check_id, verdict="unmeasured", message=reason)


def worst_verdict(checks: Collection[Check]) -> Verdict:
    """Return the worst verdict; a check that was not made counts only when none was."""
    verdicts = {check.verdict for check in checks}
    order: tuple[Verdict, ...] = ("fail", "warn", "pass")
    return next((verdict for verdict in order if verdict in verdicts), "unmeasured")
