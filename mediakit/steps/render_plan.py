"""The plan of a render: which pieces and sounds are needed, under which keys, and which rendition takes which.

A pure function of settings, inputs and files' content; `Render.jobs` and `Render.combine` share it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediakit.errors import InputError
from mediakit.media.cues import CueSheet
from mediakit.media.digests import digest_value
from mediakit.media.rendition import TextBox
from mediakit.render.drawing import Drawing
from mediakit.render.encoder_trial import settle_spec
from mediakit.render.mix import append_credits, credits_frames
from mediakit.render.programme import Backed, PlacedPiece, Programme, Take
from mediakit.render.scene import Plain
from mediakit.render.spec import PictureSpec, specs_of_channel
from mediakit.steps.inputs import Problem
from mediakit.steps.jobs import Job
from mediakit.steps.render_choice import CopyFinding, choose_picture_copy
from mediakit.steps.render_copy import CopyJob
from mediakit.steps.render_cover import RESULT as COVER
from mediakit.steps.render_cover import cover_job
from mediakit.steps.render_framing import WINDOWED
from mediakit.steps.render_graphics import Graphics
from mediakit.steps.render_layout import FrameLayout, aspects_of
from mediakit.steps.render_piece import DrawnPiece, Layer, Look, PieceJob, resolve_backed
from mediakit.steps.render_planned import Choices, Output, PictureRef, RenderPlan
from mediakit.steps.render_sound import RESULT, sound_job
from mediakit.steps.render_subject import SOUND_FPS, EditSubject, MasterSubject, Subject
from mediakit.steps.render_whole import WholeJob

if TYPE_CHECKING:
    from mediakit.channels.models import Channel
    from mediakit.media.shorts import Short
    from mediakit.render.pieces import SourceGrid
    from mediakit.render.sound_source import SoundSource
    from mediakit.render.views import Views
    from mediakit.steps.render_material import Material


AnyJob = PieceJob | WholeJob | CopyJob


class Planner:
    """Builds the plan of one render."""

    def __init__(self, material: Material, choices: Choices) -> None:
        self.material = material
        self.choices = choices
        self._pieces: dict[str, PieceJob] = {}
        self._wholes: dict[str, WholeJob] = {}
        self._sounds: dict[str, Job] = {}
        self._covers: dict[str, Job] = {}
        self._copies: dict[str, CopyJob] = {}
        self._findings: list[CopyFinding] = []

    def plan(self) -> RenderPlan:
        """Return the plan.

        Raises:
            InputError: the source does not have what a channel needs.
        """
        drafts: list[tuple[Any, ...]] = []
        problems: list[Problem] = []
        for subject in self._subjects():
            for channel_id in self.choices.channels:
                channel = self._channel(channel_id)
                short = subject.short
                if short is not None and short.channels and channel_id not in short.channels:
                    continue
                draft = self._draft(channel_id, channel, subject)
                if isinstance(draft, Problem):
                    problems.append(draft)
                else:
                    drafts.append(draft)
        jobs = self._name_jobs()
        outputs = tuple(self._finish(*draft) for draft in drafts)
        return RenderPlan(jobs, outputs, tuple(problems), tuple(self._findings))

    def _channel(self, channel_id: str) -> Channel:
        channel = self.material.profiles.channel(channel_id)
        fit = self.choices.fit
        return channel if fit is None or channel.frame is None else channel.model_copy(update={"fit": fit})

    def _subjects(self) -> list[Subject]:
        kind = MasterSubject if self.material.timeline is None else EditSubject
        if self.material.shorts is None:
            return [kind(self.material)]
        return [kind(self.material, short) for short in self.material.shorts]

    def _draft(self, channel_id: str, channel: Channel, subject: Subject) -> tuple[Any, ...] | Problem:
        programme = subject.programme(channel.frame.fps if channel.frame else SOUND_FPS)
        name = channel_id if subject.short is None else f"{channel_id}, {subject.short.id}"
        length = programme.duration + self._credits_frames(channel, subject.short, programme.fps) / programme.fps
        if problem := _check_length(name, channel, float(length)):
            return problem
        sheet = subject.cues(channel, programme)
        sound = self._sound(channel, programme, subject)
        pictures: tuple[Any, ...] = ()
        boxes: tuple[TextBox, ...] = ()
        notes: list[str] = []
        if channel.frame is not None:
            pictures, boxes, notes = self._pictures(channel_id, channel, programme, sheet, subject)
        if not subject.has_sound:
            if channel.frame is None:
                raise InputError(
                    f"has no sound, and {channel.title} is nothing but sound",
                    where=self.material.main.path,
                    hint="leave the channel out",
                )
            notes.append("the source has no sound: the track is silent")
        notes += subject.silences()
        if channel.subtitles and channel.subtitles.mode != "none" and sheet is None:
            notes.append("no subtitles: neither a subtitle file nor a transcript was given")
        cover = self._cover(channel, programme, subject)
        return channel_id, channel, subject.short, programme, pictures, sound, cover, sheet, boxes, notes

    def _pictures(
        self, channel_id: str, channel: Channel, programme: Programme, sheet: CueSheet | None, subject: Subject
    ) -> tuple[tuple[Any, ...], tuple[TextBox, ...], list[str]]:
        """Return (rung, spec, placed drawings) of a channel's pictures, its text boxes and notes."""
        if not subject.has_picture:
            raise InputError(
                f"has no picture, and {channel.title} needs one",
                where=self.material.main.path,
                hint="leave the channel out, or choose a sound-only one such as radio or podcast",
            )
        specs = [(name, settle_spec(spec)) for name, spec in specs_of_channel(channel, self.choices.knobs)]
        notes: list[str] = []
        boxes: tuple[TextBox, ...] = ()
        made = []
        for rung, spec in specs:
            twins, drawn = subject.stand_in(spec, notes)
            aspects = aspects_of(self.material, [shot.source for shot in programme.shots], twins)
            headline = self.choices.titles.get(channel_id, "") or subject.headline
            layout = FrameLayout(self.material, channel, spec, sheet, aspects, headline if drawn else "")
            spec = layout.fitted
            look = self._look(channel, layout, programme, subject, drawn)
            notes += look.graphics.notes
            boxes = boxes or look.boxes
            placed = programme.place(lambda name, spec=spec, twins=twins: self._grid(name, spec, twins))  # type: ignore[misc]
            pieces = [self._draw(spec, piece, look, twins) for piece in placed]
            finding = CopyFinding(channel_id, *self._choose_copy(channel, spec, pieces))
            if rung in (None, specs[0][0]):
                self._findings.append(finding)
            notes.append(finding.note)
            made.append((rung, spec, self._enter(spec, pieces, finding.job, notes)))
        return tuple(made), boxes, list(dict.fromkeys(note for note in notes if note))

    def _choose_copy(
        self, channel: Channel, spec: PictureSpec, pieces: Sequence[DrawnPiece]
    ) -> tuple[CopyJob | None, str]:
        """Return the job that copies a picture, or in words why it is encoded."""
        choices = self.choices
        chosen = choose_picture_copy(
            channel, spec, pieces, self.material, knobs=choices.knobs, wanted=choices.copy, ffmpeg=choices.ffmpeg
        )
        return (None, chosen) if isinstance(chosen, str) else (self._copies.setdefault(chosen.key, chosen), "")

    def _enter(
        self, spec: PictureSpec, pieces: Sequence[DrawnPiece], copy: CopyJob | None, notes: list[str]
    ) -> list[tuple[AnyJob, str]]:
        """Enter what makes a picture, each part once for all channels that want it; return jobs and results' names."""
        if copy is not None:
            return [(copy, copy.name)]
        if spec.whole:
            whole = WholeJob(spec)
            for piece in pieces:
                whole.add(piece.job, piece.drawing, piece.key)
            notes += whole.notes
            kept = self._wholes.setdefault(whole.key, whole)
            return [(kept, kept.name)]
        return [self._enter_piece(piece) for piece in pieces]

    def _grid(self, name: str, spec: PictureSpec, twins: Mapping[str, str]) -> SourceGrid:
        return self.material.footage(twins.get(name, name)).grid(spec.fps, spec)

    def _look(
        self,
        channel: Channel,
        layout: FrameLayout,
        programme: Programme,
        subject: Subject,
        drawn: bool,
    ) -> Look:
        spec, captions = layout.spec, layout.captions
        size = (spec.width, spec.height)
        graphics = Graphics()
        if drawn:
            graphics = self.material.graphics.lay_out(
                channel,
                size,
                spec.fps,
                programme.frames,
                font=self.material.graphics.font(self.material.cues.spoken_language),
                captions=captions.boxes if captions else (),
                spans=None
                if subject.short is None
                else [(float(start), float(end)) for start, end in subject.spans(programme)],
                placed=subject.placed_graphics(programme),
                closing_over=subject.shows_twin_whole,
                arrangement=layout.arrangement,
                headline=layout.headline,
                terms=self.material.title_terms,
            )
        return Look(captions, graphics)

    def _draw(self, spec: PictureSpec, placed: PlacedPiece, look: Look, twins: Mapping[str, str]) -> DrawnPiece:
        """Return one picture of one piece."""
        captions = look.captions
        layers = tuple(self._layer(layer, twins, spec.fps) for layer in placed.layers)
        ass = None if captions is None else captions.document(placed, spec.fps)
        views = self._views(spec, placed, layers, twins)
        if spec.fit in WINDOWED and not any(view.show == "fit" for layer in views for view in layer):
            spec = replace(spec, stack=None)  # where whole pictures stand is nothing to a piece without any
        drawing = Drawing(
            spec,
            ass=ass,
            font=None if captions is None else str(captions.font.path),
            font_digest=None if captions is None else captions.font.digest,
            overlays=look.graphics.within(placed.start, placed.end),
            fades=placed.fades,
            views=views,
        )
        fresh = PieceJob(layers, spec.fps, placed.beyond)
        return DrawnPiece(fresh, drawing, drawing.key(fresh.describe(), self.choices.ffmpeg))

    def _views(
        self, spec: PictureSpec, placed: PlacedPiece, layers: Sequence[Layer], twins: Mapping[str, str]
    ) -> tuple[Views, ...]:
        """Return the views of each layer of a piece; none at all where no layer has any."""
        material, made = self.material, []
        for take, layer in zip(placed.layers, layers, strict=True):
            twin_of = take.source if isinstance(take, Take) and take.source in twins else None
            made.append(material.framings.views(layer, spec, material.sources, twin_of))
        return tuple(made) if any(made) else ()

    def _enter_piece(self, drawn: DrawnPiece) -> tuple[PieceJob, str]:
        """Enter one picture of one piece; return its job and its result's name."""
        described = [drawn.job.describe(), str(drawn.drawing.spec.fps)]
        job = self._pieces.setdefault(digest_value(described), drawn.job)
        name = drawn.key[:20]
        job.drawings.setdefault(name, (drawn.key, drawn.drawing))
        return job, name

    def _layer(self, layer: Take | Plain | Backed, twins: Mapping[str, str], fps: Fraction) -> Layer:
        if isinstance(layer, Plain):
            return layer
        if isinstance(layer, Backed):
            name = layer.take.source if layer.take else None
            shown = None if name is None else self.material.footage(twins.get(name, name))
            return resolve_backed(layer, shown, fps)
        return self.material.footage(twins.get(layer.source, layer.source)), layer.piece

    def _sound(self, channel: Channel, programme: Programme, subject: Subject) -> tuple[str, str]:
        profile = self.material.profiles.loudness[channel.audio.loudness]
        mix = subject.mix(programme)
        if (credits := self._credits(channel, subject.short)) is not None:
            mix = append_credits(mix, *credits, grid=programme.fps)
        job = sound_job(mix, channel, profile, self.choices.ffmpeg)
        self._sounds.setdefault(job.id, job)
        return job.id, RESULT

    def _credits(self, channel: Channel, short: Short | None) -> tuple[SoundSource, Fraction] | None:
        """Return the spoken credits where they are laid: after a whole programme without a picture."""
        return self.material.credits if channel.frame is None and short is None else None

    def _credits_frames(self, channel: Channel, short: Short | None, fps: Fraction) -> int:
        credits = self._credits(channel, short)
        return 0 if credits is None else credits_frames(credits[1], fps)

    def _cover(self, channel: Channel, programme: Programme, subject: Subject) -> tuple[str, str] | None:
        places = subject.cover_places(programme) if channel.all_covers else ()
        if not places:
            return None
        job = cover_job(places, self.choices.ffmpeg)
        self._covers.setdefault(job.id, job)
        return job.id, COVER

    def _name_jobs(self) -> tuple[Job, ...]:
        total = len(self._pieces)
        jobs = [
            job
            for number, piece in enumerate(self._pieces.values(), 1)
            for job in piece.jobs(f"piece {number}/{total}")
        ]
        wholes = len(self._wholes)
        jobs += [job.job(f"whole picture {number}/{wholes}") for number, job in enumerate(self._wholes.values(), 1)]
        copies = len(self._copies)
        jobs += [job.job(f"copied picture {number}/{copies}") for number, job in enumerate(self._copies.values(), 1)]
        return (*self._sounds.values(), *self._covers.values(), *jobs)

    def _finish(
        self,
        channel_id: str,
        channel: Channel,
        short: Short | None,
        programme: Programme,
        pictures: Sequence[tuple[str | None, PictureSpec, Sequence[tuple[AnyJob, str]]]],
        sound: tuple[str, str],
        cover: tuple[str, str] | None,
        sheet: CueSheet | None,
        boxes: tuple[TextBox, ...],
        notes: Sequence[str],
    ) -> Output:
        refs = tuple(
            PictureRef(
                rung,
                spec,
                tuple((job.ids[name] if isinstance(job, PieceJob) else job.id, name) for job, name in parts),
                tuple((job.frames, job.drawings[name][0]) for job, name in parts if isinstance(job, PieceJob)),
                any(isinstance(job, CopyJob) for job, _ in parts),
            )
            for rung, spec, parts in pictures
        )
        return Output(
            channel_id=channel_id,
            channel=channel,
            short=short,
            fps=programme.fps,
            frames=programme.frames + self._credits_frames(channel, short, programme.fps),
            pictures=refs,
            sound=sound,
            sound_key=self._sounds[sound[0]].results[sound[1]],
            cover=cover,
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
