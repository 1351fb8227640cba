"""What a render's plan is: choices, pictures, renditions, jobs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mediakit.channels.models import Channel, Fit
    from mediakit.media.cues import CueSheet
    from mediakit.media.rendition import TextBox
    from mediakit.media.shorts import Short
    from mediakit.render.spec import Knobs, PictureSpec
    from mediakit.steps.inputs import Problem
    from mediakit.steps.jobs import Job
    from mediakit.steps.render_choice import CopyFinding


@dataclass(frozen=True)
class Choices:
    """What of the settings shapes a plan.

    ``titles`` are given by hand, by channel; ``fit`` is, for all channels.
    """

    channels: tuple[str, ...]
    knobs: Knobs
    ffmpeg: str
    copy: bool = True
    titles: Mapping[str, str] = field(default_factory=dict)
    fit: Fit | None = None


@dataclass(frozen=True)
class PictureRef:
    """One encoded picture of a programme.

    Attributes:
        rung: of an adaptive stream.
        spec: geometry and encoding.
        parts: its pieces as (job id, result name), in playing order.
        pieces: the same pieces as (frames, content key); none of a picture that is made in one go.
        copied: it is copied from its source, and its one part tells how.
    """

    rung: str | None
    spec: PictureSpec
    parts: tuple[tuple[str, str], ...]
    pieces: tuple[tuple[int, str], ...]
    copied: bool = False


@dataclass(frozen=True)
class Output:
    """One rendition that is to be put together.

    ``sound`` and ``cover`` are (job id, result name); ``sound_key`` is the key of that sound.
    """

    channel_id: str
    channel: Channel
    short: Short | None
    fps: Fraction
    frames: int
    pictures: tuple[PictureRef, ...]
    sound: tuple[str, str]
    sound_key: str
    cover: tuple[str, str] | None
    cues: CueSheet | None
    text_boxes: tuple[TextBox, ...]
    notes: tuple[str, ...]

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.fps


@dataclass(frozen=True)
class RenderPlan:
    """Jobs, what is put together from them, what cannot be made, and which pictures are copied."""

    jobs: tuple[Job, ...]
    outputs: tuple[Output, ...]
    problems: tuple[Problem, ...]
    findings: tuple[CopyFinding, ...] = ()
