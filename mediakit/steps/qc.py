"""``qc``: every rendition measured against its channel, with a verdict for each check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from mediakit.steps.base import Context, ExpandingStep, Inputs, Job, Port, Problem, Publication, StepSettings

if TYPE_CHECKING:
    from mediakit.media.rendition import Rendition
    from mediakit.quality.parts import Part

RESULT = "checks"
_CHECKS_FILE = "checks.json"
_CORES = 2


class QcSettings(StepSettings):
    """Settings of ``qc``."""

    profile: str | None = Field(
        default=None, description="Rules to check by, for all channels (default: each its own)."
    )
    only: tuple[str, ...] = Field(default=(), description="Only these checks, such as loudness or black.")
    gate: bool = Field(default=True, description="A failed check keeps its channel from being packaged (exit code 5).")
    channel_definitions: dict[str, Any] = Field(
        default_factory=dict, description="Channels defined by the user, in the built-in ones' schema."
    )


class Qc(ExpandingStep[QcSettings]):
    """Measures each file once, picture and sound, in a job of its own."""

    name: ClassVar[str] = "qc"
    version: ClassVar[int] = 1
    settings_type = QcSettings
    produces: ClassVar[str] = "qc"

    def ports(self, settings: QcSettings) -> tuple[Port, ...]:
        """Return the renditions of all earlier render steps."""
        return (Port("renditions", "renditions", many=True),)

    def tools(self, settings: QcSettings) -> Mapping[str, str]:
        """Return the versions of ffmpeg and PyAV and of the profiles.

        Raises:
            ToolError: ffmpeg lacks a filter.
        """
        from importlib.metadata import version

        from mediakit.channels.builtin import digest_built_in
        from mediakit.quality.inspection import REVISION, check_filters
        from mediakit.tools.ffmpeg import ffmpeg_version

        check_filters()
        return {
            "ffmpeg": ffmpeg_version(),
            "av": version("av"),
            "checks": str(REVISION),
            "profiles": digest_built_in(),
        }

    def validate(self, settings: QcSettings, files: Mapping[str, Path]) -> None:
        """Refuse an unknown profile and unknown checks."""
        from mediakit.channels.loading import load_profiles
        from mediakit.errors import UsageError
        from mediakit.media.mistakes import suggest

        profiles = load_profiles(settings.channel_definitions)
        if settings.profile is not None and settings.profile not in profiles.qc:
            raise UsageError(
                f"no quality profile is called {settings.profile!r}", hint=suggest(settings.profile, profiles.qc)
            )
        known = {rule for profile in profiles.qc.values() for rule in profile.rules} if settings.only else set()
        for name in settings.only:
            if name not in known:
                raise UsageError(f"no quality check is called {name!r}", hint=suggest(name, sorted(known)))

    def jobs(self, settings: QcSettings, inputs: Inputs) -> Sequence[Job]:
        """List a job for each file, and for each rung of a stream."""
        from mediakit.quality.inspection import MEMORY_MB

        return [
            Job(
                id=item.job_id,
                payload=item.payload(),
                results={RESULT: item.key},
                cores=_CORES if item.part.kind != "stream" else 1,
                memory_mb=MEMORY_MB if item.part.kind != "stream" else 100,
                cost=item.cost,
            )
            for item in _list_items(settings, inputs)
        ]

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Measure one file or rung and write its checks."""
        from mediakit.media.document import write_text_atomic
        from mediakit.quality.inspection import Steering
        from mediakit.quality.parts import Part, dump_checks, inspect_part
        from mediakit.quality.target import Target

        payload = job.payload
        part = Part(
            payload["name"], payload["kind"], Path(payload["path"]), Target.model_validate(payload["target"]), ()
        )
        steering = Steering(context.progress, context.is_cancelled)
        checks = inspect_part(part, context.scratch, threads=_CORES, steering=steering)
        write_text_atomic(context.out / RESULT / _CHECKS_FILE, dump_checks(checks))

    def combine(
        self,
        settings: QcSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write ``<channel>/<stem>/qc.json`` for each rendition; a failed one is a problem."""
        from mediakit.quality.parts import describe_failures, load_checks, make_report

        groups: dict[str, list[_Item]] = {}
        for item in _list_items(settings, inputs):
            groups.setdefault(item.folder, []).append(item)
        for folder, items in groups.items():
            first = items[0]
            found = [(item.part.name, load_checks(results[item.job_id][RESULT] / _CHECKS_FILE)) for item in items]
            report = make_report(
                first.rendition.main, first.digest, first.rendition.channel, found, gated=settings.gate
            )
            report.write(context.out / folder / "qc.json")
            if report.verdict == "fail":
                failures = describe_failures(report)
                if settings.gate:
                    context.note_problem(
                        Problem(5, folder, f"{first.rendition.channel}: {failures}", f"see render/{folder}/qc.json")
                    )
                else:
                    context.warn(f"{folder}: {failures}")

    def published(self, settings: QcSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish the reports beside the renditions."""
        return tuple(Publication(name, f"render/{name}") for name in sorted(files))


@dataclass(frozen=True)
class _Item:
    """One part of one rendition; ``folder`` is ``<channel>/<stem>``, ``digest`` is the whole programme's."""

    folder: str
    rendition: Rendition
    part: Part
    digest: str
    key: str

    @property
    def job_id(self) -> str:
        return f"{self.folder} {self.part.name}".rstrip()

    @property
    def cost(self) -> float:
        frame = self.part.target.frame
        pixels = frame.width * frame.height / 2e6 if frame is not None else 0.0
        return max(self.rendition.duration, 0.1) * (0.1 + pixels) if self.part.kind != "stream" else 0.05

    def payload(self) -> dict[str, Any]:
        part = self.part
        return {
            "name": part.name,
            "kind": part.kind,
            "path": str(part.path),
            "target": part.target.model_dump(mode="json", by_alias=True),
        }


def _list_items(settings: QcSettings, inputs: Inputs) -> Iterator[_Item]:
    from mediakit.channels.loading import load_profiles
    from mediakit.media.digests import digest_value
    from mediakit.media.playlist import digest_listed
    from mediakit.media.rendition import Rendition
    from mediakit.quality.parts import split_parts
    from mediakit.quality.target import make_target
    from mediakit.tools.ffmpeg import ffmpeg_version

    profiles = load_profiles(settings.channel_definitions)
    for artifact in inputs.artifacts("renditions"):
        for name in artifact.names("*/*/rendition.json"):
            rendition = Rendition.read(artifact.path(name))
            folder = name.removesuffix("/rendition.json")
            channel = profiles.channel(rendition.channel)
            rules = profiles.qc[settings.profile or channel.qc]
            only = [check for check in settings.only if check in rules.rules]
            target = make_target(channel, profiles.loudness[channel.audio.loudness], rules, rendition, only)
            main = artifact.path(f"{folder}/{rendition.main}")
            root = artifact.path(name).parent
            parts = split_parts(main, target)
            known = {file: artifact.files[f"{folder}/{file.relative_to(root).as_posix()}"] for file in parts[0].files}
            for part in parts:
                digests = {file.relative_to(part.path.parent).as_posix(): known[file] for file in part.files}
                key = digest_value([part.kind, digests, part.target.key(), ffmpeg_version()])
                yield _Item(folder, rendition, part, digest_listed(main, known), key)
