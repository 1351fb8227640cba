"""The plan of a render: which pieces and sounds are needed, under which keys, and which rendition takes which.

A pure function of settings, inputs and files' content; `Render.jobs` and `Render.combine` share it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.media.cues import CueSheet
from mediakit.media.rendition import TextBox
from mediakit.render.drawing import Drawing
from mediakit.render.mix import SoundSource, append_credits, credits_frames, mix_spans
from mediakit.render.programme import Clip, PlacedPiece, Timeline, spans_of_source, whole_source
from mediakit.render.spec import PictureSpec, spec_of_channel, spec_of_rung
from mediakit.steps.base import Job, Problem
from mediakit.steps.render_graphics import Graphics
from mediakit.steps.render_piece import Captions, Look, PieceJob
from mediakit.steps.render_sound import RESULT, sound_job

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.media.shorts import Short
    from mediakit.render.pieces import SourceGrid
    from mediakit.steps.render_material import Footage, Material

SOUND_FPS = Fraction(25)
"""The grid on which a programme without a picture is cut."""


@dataclass(frozen=True)
class Choices:
    """What of the settings shapes a plan."""

    channels: tuple[str, ...]
    preset: str | None
    crf: float | None
    ffmpeg: str


@dataclass(frozen=True)
class PictureRef:
    """One encoded picture of a programme: its pieces as (job id, result name), in playing order."""

    rung: str | None
    spec: PictureSpec
    parts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Output:
    """One rendition that is to be put together.

    ``spans`` are seconds on the source's programme clock; ``sound`` is (job id, result name).
    """

    channel_id: str
    channel: Channel
    short: Short | None
    fps: Fraction
    frames: int
    pictures: tuple[PictureRef, ...]
    sound: tuple[str, str]
    spans: tuple[tuple[Fraction, Fraction], ...]
    cues: CueSheet | None
    text_boxes: tuple[TextBox, ...]
    notes: tuple[str, ...]

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.fps


@dataclass(frozen=True)
class RenderPlan:
    """Jobs, what is put together from them, and what cannot be made."""

    jobs: tuple[Job, ...]
    outputs: tuple[Output, ...]
    problems: tuple[Problem, ...]


class Planner:
    """Builds the plan of one render."""

    def __init__(self, material: Material, choices: Choices) -> None:
        self.material = material
        self.choices = choices
        self._pieces: dict[tuple[str, Fraction, int, int], PieceJob] = {}
        self._sounds: dict[str, Job] = {}

    def plan(self) -> RenderPlan:
        """Return the plan.

        Raises:
            InputError: the source does not have what a channel needs.
        """
        drafts: list[tuple[Any, ...]] = []
        problems: list[Problem] = []
        shorts: Sequence[Short | None] = self.material.shorts if self.material.shorts is not None else (None,)
        for short in shorts:
            for channel_id in self.choices.channels:
                channel = self.material.profiles.channel(channel_id)
                if short is not None and short.channels and channel_id not in short.channels:
                    continue
                draft = self._draft(channel_id, channel, short)
                if isinstance(draft, Problem):
                    problems.append(draft)
                else:
                    drafts.append(draft)
        jobs = self._name_jobs()
        outputs = tuple(self._finish(*draft) for draft in drafts)
        return RenderPlan(jobs, outputs, tuple(problems))

    def _draft(self, channel_id: str, channel: Channel, short: Short | None) -> tuple[Any, ...] | Problem:
        fps = channel.frame.fps if channel.frame else SOUND_FPS
        timeline, grid = self._timeline(fps, short)
        subject = channel_id if short is None else f"{channel_id}, {short.id}"
        length = timeline.duration + self._credits_frames(channel, short, fps) / fps
        if problem := _check_length(subject, channel, float(length)):
            return problem
        spans = timeline.source_spans(grid) if grid else tuple((c.first / fps, c.end / fps) for c in timeline.clips)
        seconds = None if short is None else tuple((float(a), float(b)) for a, b in spans)
        sheet = self.material.cues.make(channel, fps, seconds)
        sound = self._sound(channel, short, timeline, grid, spans)
        pictures: tuple[Any, ...] = ()
        boxes: tuple[TextBox, ...] = ()
        notes: list[str] = []
        if channel.frame is not None:
            pictures, boxes, notes = self._pictures(channel, timeline, sheet, seconds)
        if self.material.info.sound is None:
            if channel.frame is None:
                raise InputError(
                    f"has no sound, and {channel.title} is nothing but sound",
                    where=self.material.path,
                    hint="leave the channel out",
                )
            notes.append("the source has no sound: the track is silent")
        if channel.subtitles and channel.subtitles.mode != "none" and sheet is None:
            notes.append("no subtitles: neither a subtitle file nor a transcript was given")
        return channel_id, channel, short, timeline, pictures, sound, spans, sheet, boxes, notes

    def _timeline(self, fps: Fraction, short: Short | None) -> tuple[Timeline, SourceGrid | None]:
        """Return a programme's timeline, and the grid that it lies on where the source has a picture."""
        master = self.material.master
        if master is not None:
            grid = master.grid(fps)
            if short is None:
                return whole_source(grid), grid
            return spans_of_source(grid, [(span.start, span.end) for span in short.spans]), grid
        length = int(Fraction(self.material.info.duration) * fps)
        spans = [(0.0, float(length / fps))] if short is None else [(span.start, span.end) for span in short.spans]
        clips = tuple(Clip(round(start * fps), min(round(end * fps), length)) for start, end in spans)
        if any(clip.frames <= 0 for clip in clips):
            raise InputError("a span holds no sound", where=self.material.path)
        return Timeline(fps, clips), None

    def _pictures(
        self,
        channel: Channel,
        timeline: Timeline,
        sheet: CueSheet | None,
        spans: Sequence[tuple[float, float]] | None,
    ) -> tuple[tuple[Any, ...], tuple[TextBox, ...], list[str]]:
        """Return (rung, spec, placed drawings) of a channel's pictures, its text boxes and notes."""
        if self.material.master is None:
            raise InputError(
                f"has no picture, and {channel.title} needs one",
                where=self.material.path,
                hint="leave the channel out, or choose a sound-only one such as radio or podcast",
            )
        preset, crf = self.choices.preset, self.choices.crf
        specs: list[tuple[str | None, PictureSpec]] = [(None, spec_of_channel(channel, preset=preset, crf=crf))]
        if channel.rungs:
            specs = [(rung.name, spec_of_rung(channel, rung, preset=preset, crf=crf)) for rung in channel.rungs]
        notes: list[str] = []
        boxes: tuple[TextBox, ...] = ()
        made = []
        for rung, spec in specs:
            footage, drawn = self._footage_for(spec, spans is not None, notes)
            look = self._look(channel, spec, timeline, sheet, spans, drawn)
            boxes = boxes or look.boxes
            placed = timeline.place(footage.grid(spec.fps))
            made.append((rung, spec, [self._draw(footage, spec, piece, look) for piece in placed]))
        return tuple(made), boxes, list(dict.fromkeys(notes))

    def _footage_for(self, spec: PictureSpec, short: bool, notes: list[str]) -> tuple[Footage, bool]:
        """Return the source of a picture, and whether graphics are drawn on it."""
        master, clean = self.material.master, self.material.clean
        assert master is not None
        whole = master.display.same_aspect(spec.width, spec.height)
        if clean is not None and (short or not whole):
            return clean, True
        if clean is not None:
            notes.append("the master was kept whole, with its own graphics")
            return master, False
        if not whole:
            notes.append("no textless twin was given: the picture was re-framed from the master")
        elif self.material.graphics.brand is not None:
            notes.append("no textless twin was given: graphics were drawn over the master")
        return master, True

    def _look(
        self,
        channel: Channel,
        spec: PictureSpec,
        timeline: Timeline,
        sheet: CueSheet | None,
        spans: Sequence[tuple[float, float]] | None,
        drawn: bool,
    ) -> Look:
        size = (spec.width, spec.height)
        captions = self._captions(channel, spec, sheet)
        graphics = Graphics()
        if drawn and self.material.graphics.brand is not None:
            top = min((box.box.y for box in captions.boxes), default=None) if captions else None
            font = self.material.graphics.font(self.material.cues.spoken_language)
            graphics = self.material.graphics.draw(
                channel, size, spec.fps, timeline.frames, font=font, caption_top=top, spans=spans
            )
        return Look(captions, graphics)

    def _captions(self, channel: Channel, spec: PictureSpec, sheet: CueSheet | None) -> Captions | None:
        burned = channel.subtitles is not None and channel.subtitles.mode in ("burn", "both") and not channel.rungs
        if sheet is None or not sheet.cues or not burned:
            return None
        from mediakit.render.captions import caption_style

        assert channel.subtitles is not None
        font = self.material.graphics.font(sheet.language or self.material.cues.spoken_language)
        profile = self.material.profiles.subtitles[channel.subtitles.profile_for(self.material.cues.spoken_language)]
        return Captions(sheet, caption_style(channel, font, profile, size=(spec.width, spec.height)), font)

    def _draw(self, footage: Footage, spec: PictureSpec, placed: PlacedPiece, look: Look) -> tuple[PieceJob, str]:
        """Enter one picture of one piece; return its job and its result's name."""
        captions = look.captions
        ass = None if captions is None else captions.document(placed, spec.fps)
        drawing = Drawing(
            spec,
            ass=ass,
            fonts=None if captions is None else str(captions.font.path.parent),
            font_digest=None if captions is None else captions.font.digest,
            overlays=look.graphics.within(placed.start, placed.end),
        )
        piece = placed.piece
        key = drawing.key(piece, footage.display, self.choices.ffmpeg)
        where = (footage.name, spec.fps, piece.first, piece.end)
        job = self._pieces.setdefault(where, PieceJob(footage, piece, spec.fps))
        name = key[:20]
        job.drawings.setdefault(name, (key, drawing))
        return job, name

    def _sound(
        self,
        channel: Channel,
        short: Short | None,
        timeline: Timeline,
        grid: SourceGrid | None,
        spans: Sequence[tuple[Fraction, Fraction]],
    ) -> tuple[str, str]:
        source = self._sound_source(grid)
        profile = self.material.profiles.loudness[channel.audio.loudness]
        mix = mix_spans(source, spans, timeline.duration, cleanup=self.material.cleanup)
        if (credits := self._credits(channel, short)) is not None:
            mix = append_credits(mix, *credits, grid=timeline.fps)
        job = sound_job(mix, channel, profile, self.choices.ffmpeg)
        self._sounds.setdefault(job.id, job)
        return job.id, RESULT

    def _credits(self, channel: Channel, short: Short | None) -> tuple[SoundSource, Fraction] | None:
        """Return the spoken credits where they are laid: after a whole programme without a picture."""
        return self.material.credits if channel.frame is None and short is None else None

    def _credits_frames(self, channel: Channel, short: Short | None, fps: Fraction) -> int:
        credits = self._credits(channel, short)
        return 0 if credits is None else credits_frames(credits[1], fps)

    def _sound_source(self, grid: SourceGrid | None) -> SoundSource | None:
        zero = grid.zero_time if grid else None
        return SoundSource.of(self.material.path, self.material.info, zero=zero)

    def _name_jobs(self) -> tuple[Job, ...]:
        total = len(self._pieces)
        jobs = [piece.job(f"piece {number}/{total}") for number, piece in enumerate(self._pieces.values(), 1)]
        return (*self._sounds.values(), *jobs)

    def _finish(
        self,
        channel_id: str,
        channel: Channel,
        short: Short | None,
        timeline: Timeline,
        pictures: Sequence[tuple[str | None, PictureSpec, Sequence[tuple[PieceJob, str]]]],
        sound: tuple[str, str],
        spans: tuple[tuple[Fraction, Fraction], ...],
        sheet: CueSheet | None,
        boxes: tuple[TextBox, ...],
        notes: Sequence[str],
    ) -> Output:
        refs = tuple(
            PictureRef(rung, spec, tuple((job.id, name) for job, name in parts)) for rung, spec, parts in pictures
        )
        return Output(
            channel_id=channel_id,
            channel=channel,
            short=short,
            fps=timeline.fps,
            frames=timeline.frames + self._credits_frames(channel, short, timeline.fps),
            pictures=refs,
            sound=sound,
            spans=spans,
            cues=sheet,
            text_boxes=boxes,
            notes=tuple(notes),
        )


def _check_length(subject: str, channel: Channel, seconds: float) -> Problem | None:
    limits = channel.limits.duration
    if limits is None:
        return None
    least, most = limits
    if least <= seconds <= most:
        return None
    bound = f"more than the {most:g} s" if seconds > most else f"less than the {least:g} s"
    return Problem(
        5,
        subject,
        f"{seconds:.1f} s is {bound} that {channel.title} takes; it was not rendered for it",
        "cut it, or leave the channel out",
    )
