"""``render``: a master or an edit, or shorts of it, made into the files that channels take."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mediakit.errors import UsageError
from mediakit.steps.base import ExpandingStep, Publication
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import FILE, Port
from mediakit.steps.render_framing import wants_framing
from mediakit.steps.render_settings import (
    EDIT,
    SHORTS,
    RenderSettings,
    check_encoder,
    check_texts_of,
    check_timecode,
    find_channel,
    knobs_of,
    title_for,
)

if TYPE_CHECKING:
    from mediakit.steps.render_material import Material
    from mediakit.steps.render_planned import RenderPlan


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
        from mediakit.render.sound import REVISION as SOUND_REVISION
        from mediakit.render.spec import REVISION, check_encoding, specs_of_channel
        from mediakit.steps.render_cover import REVISION as COVER_REVISION
        from mediakit.tools.ffmpeg import ffmpeg_version
        from mediakit.tools.versions import version
        from mediakit.tools.vision_models import vision_digest

        profiles = load_profiles(settings.channel_definitions)
        used: dict[str, Any] = {}
        for channel_id in settings.channels:
            channel = find_channel(profiles, channel_id)
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
            "sound": str(SOUND_REVISION),
            "covers": f"{COVER_REVISION} {vision_digest('faces')}",
        }

    def validate(self, settings: RenderSettings, files: Mapping[str, Path]) -> None:
        """Refuse unknown channels, texts beyond a channel's limits, and files that cannot be used, before any work."""
        from mediakit.channels.loading import load_profiles
        from mediakit.tools.opening import check_file

        profiles = load_profiles(settings.channel_definitions)
        if len(set(settings.channels)) != len(settings.channels):
            raise UsageError("a channel is named twice", hint=", ".join(settings.channels))
        for channel_id in settings.channels:
            check_texts_of(settings, channel_id, find_channel(profiles, channel_id))
        for channel_id in settings.titles:
            if channel_id not in settings.channels:
                raise UsageError(
                    f"titles names {channel_id}, which is not rendered for", hint=", ".join(settings.channels)
                )
        if settings.clean is not None and settings.of == EDIT:
            raise UsageError("an edit names the textless twins of its sources itself", hint="leave `clean` out")
        if settings.shorts is not None and settings.of != SHORTS:
            raise UsageError("a shorts file was given, but `of` does not say `shorts`", hint="add `of: shorts`")
        check_encoder(settings, profiles)
        check_timecode(settings, profiles)
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
