"""``qc``: every rendition measured against its channel, with a verdict for each check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs, Problem
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import Port


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
    """Measures each file once; one that was joined from pieces, its sound and every piece by themselves."""

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
        from mediakit.channels.builtin import digest_built_in
        from mediakit.quality.inspection import REVISION, check_filters
        from mediakit.tools.ffmpeg import ffmpeg_version
        from mediakit.tools.versions import version

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
        """List a job for each file or rung; for a file made of pieces, jobs for form, sound and groups of pieces."""
        from mediakit.steps.qc_plan import list_items

        return [job for item in list_items(settings, inputs) for job in item.jobs]

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Measure what a job is for."""
        from mediakit.steps.qc_jobs import run_measurement

        run_measurement(job, wanted, context)

    def combine(
        self,
        settings: QcSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write ``<channel>/<stem>/qc.json`` for each rendition; a failed one is a problem."""
        from mediakit.quality.parts import describe_failures, make_report
        from mediakit.steps.qc_jobs import read_measured
        from mediakit.steps.qc_plan import Item, list_items

        groups: dict[str, list[Item]] = {}
        for item in list_items(settings, inputs):
            groups.setdefault(item.folder, []).append(item)
        for number, (folder, items) in enumerate(groups.items()):
            context.progress(number / len(groups), folder)
            first = items[0]
            found = [(item.part.name, read_measured(item, results)) for item in items]
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
