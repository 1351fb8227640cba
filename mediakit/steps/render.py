"""``render``: a master or an edit, or shorts of it, made into the files that channels take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from mediakit.channels.models import Fit
from mediakit.errors import UsageError
from mediakit.media.captionlook import CaptionStyleName
from mediakit.media.document import Value
from mediakit.media.languages import LanguageTag
from mediakit.media.timeline import Cleaning
from mediakit.media.times import Duration
from mediakit.steps.base import Context, ExpandingStep, Inputs, Job, Publication, StepSettings
from mediakit.steps.ports import FILE, Port
from mediakit.steps.render_framing import wants_framing

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.channels.models import Channel
    from mediakit.render.spec import Knobs
    from mediakit.steps.render_material import Material
    from mediakit.steps.render_planned import RenderPlan


EDIT = "edit"
SHORTS = "shorts"


class SoundSettings(Cleaning):
    """What is done to the master's sound."""


class CaptionSettings(Value):
    """How burned subtitles look in one render."""

    style: CaptionStyleName | None = Field(
        default=None, description="plain, or karaoke: words that have been said are highlighted (default: the brand's)."
    )


class RenderSettings(StepSettings):
    """Settings of ``render``."""

    of: str | None = Field(
        default=None,
        description="What to render: `edit`, `shorts`, or a recipe input or step by name (default: nearest).",
    )
    channels: tuple[str, ...] = Field(min_length=1, description="Channels to render for, by id.")
    clean: Path | None = Field(default=None, description="The master's textless twin, frame for frame.")
    subtitles: Path | None = Field(default=None, description="A subtitle file to use instead of made cues.")
    transcript: Path | None = Field(default=None, description="A transcript (default: the earlier step's).")
    shorts: Path | None = Field(
        default=None, description="A shorts file, with `of: shorts` (default: the earlier step's)."
    )
    brand: Path | None = Field(default=None, description="The series' brand file: colours, name straps, bug.")
    fit: Fit | None = Field(
        default=None,
        description="How the picture fits a frame of another shape: pad, crop, blur, stack, track or split "
        "(default: the channel's).",
    )
    framing: Path | None = Field(
        default=None, description="A framing file, where a channel's fit is track or split (default: earlier steps')."
    )
    title: str | None = Field(default=None, max_length=500, description="Title, checked against the channels' limits.")
    titles: dict[str, str] = Field(default_factory=dict, description="Titles of single channels, by channel id.")
    captions: CaptionSettings = Field(default_factory=CaptionSettings, description="The style of burned subtitles.")
    cover: Duration | None = Field(
        default=None, description="Time of the frame that covers are made of (default: a good one is chosen)."
    )
    description: str | None = Field(default=None, max_length=20_000, description="Description, checked likewise.")
    tags: tuple[str, ...] = Field(default=(), max_length=100, description="Topics, checked likewise.")
    ai_label: bool | None = Field(
        default=None, description="Mark as made with AI: a visible label and metadata (default: as the brand says)."
    )
    language: LanguageTag | None = Field(default=None, description="Language of the subtitles, such as zh or en.")
    encoder: str | None = Field(
        default=None, description="Picture encoder where a channel's codec is the one it makes, such as h264_nvenc."
    )
    preset: str | None = Field(default=None, description="Encoder preset for all channels, such as veryfast.")
    crf: float | None = Field(
        default=None, ge=0, le=51, description="Encoder quality for all channels (less is better)."
    )
    copy_: Literal["auto", "never"] = Field(
        default="auto",
        alias="copy",
        description="auto: copy whole groups of pictures where nothing is drawn and the source is as a channel asks, "
        "encode the edges; never: encode all.",
    )
    start_timecode: str | None = Field(
        default=None, description="First frame's timecode where a channel has one (default: the channel's)."
    )
    sound: SoundSettings = Field(default_factory=SoundSettings, description="Clean-up of the master's sound.")
    spoken_credits: Path | None = Field(
        default=None, description="A recording that is laid after the end where there is no picture (radio, podcast)."
    )
    channel_definitions: dict[str, Any] = Field(
        default_factory=dict, description="Channels defined by the user, in the built-in ones' schema."
    )


_RECENT: deque[tuple[RenderSettings, Inputs, tuple[Material, RenderPlan]]] = deque(maxlen=4)
"""The last plans, by the very objects that they were made for."""


class Render(ExpandingStep[RenderSettings]):
    """Renders in pieces with keys of their content, joins them, and lays the sound under."""

    name: ClassVar[str] = "render"
    version: ClassVar[int] = 5
    settings_type = RenderSettings
    produces: ClassVar[str] = "renditions"
    cores: ClassVar[int] = 1
    memory_mb: ClassVar[int] = 400
    stem_in_files: ClassVar[bool] = True

    def ports(self, settings: RenderSettings) -> tuple[Port, ...]:
        """Return the asset, what text there is, and the files that the settings name."""
        named = ("clean", "subtitles", "brand", "spoken_credits")
        files = tuple(Port(name, FILE) for name in named if getattr(settings, name) is not None)
        if settings.framing is not None:
            files += (_file("framing"),)
        elif wants_framing(settings):
            files += (Port("framing", "framing", many=True),)
        if settings.of == EDIT:
            spoken_file = () if settings.transcript is None else (_file("transcript"),)
            return (Port("timeline", "timeline"), *_texts("timeline", spoken_file), _SEEN, *files)
        spoken = Port("transcript", "transcript", optional=True, along_with="asset")
        texts = _texts("asset", (spoken if settings.transcript is None else _file("transcript"),))
        if settings.of == SHORTS:
            listed = Port("shorts", SHORTS) if settings.shorts is None else _file("shorts")
            return (listed, Port("asset", "asset", also=("timeline",), made_from="shorts"), *texts, _SEEN, *files)
        return (Port("asset", "asset", selector=settings.of), *texts, _SEEN, *files)

    def tools(self, settings: RenderSettings) -> Mapping[str, str]:
        """Return the versions of ffmpeg and the libraries that draw, and the digest of the profiles that are used.

        Raises:
            MediakitError: ffmpeg lacks what a channel needs.
        """
        from mediakit.channels.loading import load_profiles
        from mediakit.media.digests import digest_value
        from mediakit.render.encoder_trial import settle_spec
        from mediakit.render.spec import REVISION, check_encoding, specs_of_channel
        from mediakit.tools.ffmpeg import ffmpeg_version
        from mediakit.tools.versions import version

        profiles = load_profiles(settings.channel_definitions)
        used: dict[str, Any] = {}
        for channel_id in settings.channels:
            channel = _find_channel(profiles, channel_id)
            if channel.frame is not None:
                for _, spec in specs_of_channel(channel, knobs_of(settings)):
                    check_encoding(spec.encoding)
                    settle_spec(spec)
            used[channel_id] = channel.model_dump(mode="json")
            used[f"loudness {channel.audio.loudness}"] = profiles.loudness[channel.audio.loudness].model_dump(
                mode="json"
            )
            if channel.subtitles:
                for name in (channel.subtitles.profile, *channel.subtitles.profiles.values()):
                    used[f"subtitles {name}"] = profiles.subtitles[name].model_dump(mode="json")
        return {
            "ffmpeg": ffmpeg_version(),
            "av": version("av"),
            "pillow": version("pillow"),
            "moviepy": version("moviepy"),
            "profiles": digest_value(used),
            "pictures": str(REVISION),
        }

    def validate(self, settings: RenderSettings, files: Mapping[str, Path]) -> None:
        """Refuse unknown channels, texts beyond a channel's limits, and files that cannot be used, before any work."""
        from mediakit.channels.loading import load_profiles
        from mediakit.tools.opening import check_file

        profiles = load_profiles(settings.channel_definitions)
        if len(set(settings.channels)) != len(settings.channels):
            raise UsageError("a channel is named twice", hint=", ".join(settings.channels))
        for channel_id in settings.channels:
            _check_texts(settings, channel_id, _find_channel(profiles, channel_id))
        for channel_id in settings.titles:
            if channel_id not in settings.channels:
                raise UsageError(
                    f"titles names {channel_id}, which is not rendered for", hint=", ".join(settings.channels)
                )
        if settings.clean is not None and settings.of == EDIT:
            raise UsageError("an edit names the textless twins of its sources itself", hint="leave `clean` out")
        if settings.shorts is not None and settings.of != SHORTS:
            raise UsageError("a shorts file was given, but `of` does not say `shorts`", hint="add `of: shorts`")
        _check_encoder(settings, profiles)
        _check_timecode(settings, profiles)
        for path in files.values():
            check_file(path)

    def jobs(self, settings: RenderSettings, inputs: Inputs) -> Sequence[Job]:
        """List the pieces and sounds that the renditions are made of."""
        return self.plan(settings, inputs).jobs

    def plan(self, settings: RenderSettings, inputs: Inputs) -> RenderPlan:
        """Return the whole plan; the same for equal inputs."""
        return self._plan(settings, inputs)[1]

    def _plan(self, settings: RenderSettings, inputs: Inputs) -> tuple[Material, RenderPlan]:
        """Return what is rendered, and the plan; those of a node's own inputs are made once, not by every question."""
        from mediakit.steps.render_material import read_material
        from mediakit.steps.render_plan import Planner
        from mediakit.steps.render_planned import Choices
        from mediakit.tools.ffmpeg import ffmpeg_version

        for known_settings, known_inputs, made in tuple(_RECENT):
            if known_settings is settings and known_inputs is inputs:
                return made
        material = read_material(settings, inputs)
        choices = Choices(
            settings.channels,
            knobs_of(settings),
            ffmpeg_version(),
            copy=settings.copy_ == "auto",
            titles={name: title_for(settings, name) for name in settings.channels},
            fit=settings.fit,
        )
        made = material, Planner(material, choices).plan()
        _RECENT.append((settings, inputs, made))
        return made

    def remarks(self, settings: RenderSettings, inputs: Inputs) -> tuple[str, ...]:
        """Return which pictures are copied, and why the others are not."""
        from mediakit.steps.render_choice import describe_findings

        return describe_findings(self.plan(settings, inputs).findings)

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Make a sound, a cover's frame, a copied or whole picture, or the wanted pictures of a piece."""
        if job.payload["kind"] == "sound":
            from mediakit.steps.render_sound import run_sound_job

            run_sound_job(job, context)
            return
        if job.payload["kind"] == "whole":
            from mediakit.steps.render_whole import run_whole_job

            run_whole_job(job, wanted, context)
            return
        if job.payload["kind"] == "copy":
            from mediakit.steps.render_copy import run_copy_job

            run_copy_job(job, wanted, context)
            return
        if job.payload["kind"] == "cover":
            from mediakit.steps.render_cover import run_cover_job

            run_cover_job(job, context)
            return
        from mediakit.render.drawing import Drawing
        from mediakit.render.encode import encode_piece
        from mediakit.render.scene import Scene

        drawings = {}
        for name in wanted:
            (context.out / name).mkdir(parents=True, exist_ok=True)
            drawings[context.out / name] = Drawing.unpack(job.payload["drawings"][name])
        encode_piece(
            Scene.unpack(job.payload["scene"]),
            drawings,
            task=f"{context.node} {job.id}",
            scratch=context.scratch,
            on_progress=context.progress,
            is_cancelled=context.is_cancelled,
        )

    def combine(
        self,
        settings: RenderSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Join the pieces, lay the sound under, write sidecars, covers and ``rendition.json``."""
        from mediakit.steps.render_output import Assembler

        material, plan = self._plan(settings, inputs)
        stem = context.stem or material.main.path.stem
        assembler = Assembler(settings, material, stem, results, context)
        for number, output in enumerate(plan.outputs):
            context.progress(number / max(len(plan.outputs), 1), output.channel_id)
            assembler.assemble(output)
        for problem in plan.problems:
            context.note_problem(problem)

    def published(self, settings: RenderSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish everything below ``render/``."""
        return tuple(Publication(name, f"render/{name}") for name in sorted(files))


_SEEN = Port("picture", "picture", optional=True)
"""What is seen in the source, for covers."""


def _file(name: str) -> Port:
    return Port(name, FILE)


def _texts(programme: str, spoken: tuple[Port, ...]) -> tuple[Port, ...]:
    """Return the ports of a programme's words and cues."""
    return (*spoken, Port("cues", "subtitles", optional=True, along_with=programme))


def knobs_of(settings: RenderSettings) -> Knobs:
    """Return what the settings turn for all channels.

    Raises:
        UsageError: an encoder that is unknown.
    """
    from mediakit.render.spec import Knobs

    return Knobs(settings.preset, settings.crf, settings.encoder, settings.start_timecode)


def _check_encoder(settings: RenderSettings, profiles: Profiles) -> None:
    """Refuse an encoder given by hand that makes what no channel takes."""
    if settings.encoder is None:
        return
    from mediakit.tools.encoders import find_encoder

    codec = find_encoder(settings.encoder).codec
    taken = {channel.video.codec for name in settings.channels if (channel := profiles.channel(name)).video}
    if codec not in taken:
        raise UsageError(
            f"{settings.encoder} makes {codec}, which no channel takes",
            hint=f"they take {', '.join(sorted(taken)) or 'only sound'}",
        )


def _find_channel(profiles: Profiles, channel_id: str) -> Channel:
    channel = profiles.channel(channel_id)
    if channel.unsupported:
        raise UsageError(f"{channel_id} cannot be rendered: {channel.unsupported}")
    return channel


def _check_timecode(settings: RenderSettings, profiles: Profiles) -> None:
    """Refuse a start timecode that is none at a channel's frame rate, or that no channel takes."""
    from mediakit.media.times import timecode_to_frames

    channels = [profiles.channel(channel_id) for channel_id in settings.channels]
    takers = [channel for channel in channels if channel.container == "mxf" and channel.frame is not None]
    if settings.start_timecode is not None and not takers:
        raise UsageError("a start timecode was given, and no channel takes one", hint="tv_hd does")
    for channel in takers:
        text = settings.start_timecode or channel.start_timecode
        if text is not None and channel.frame is not None:
            timecode_to_frames(text, channel.frame.fps)


def _check_texts(settings: RenderSettings, channel_id: str, channel: Channel) -> None:
    """Refuse texts that were given and that the channel does not take."""
    from mediakit.render.metadata import check_texts

    given = {"description": settings.description, "tags": settings.tags, "title": title_for(settings, channel_id)}
    texts: dict[str, Any] = {name: value for name, value in given.items() if value}
    for problem in check_texts(channel, **texts):
        if problem.field in texts:
            hint = (
                f"give the channel a title of its own: titles: {{{channel_id}: …}}"
                if problem.field == "title"
                else None
            )
            raise UsageError(f"{channel_id}: {problem.message}", hint=hint)


def title_for(settings: RenderSettings, channel_id: str) -> str:
    """Return the title that the settings give a channel; empty where they give none."""
    return settings.titles.get(channel_id, settings.title or "")
