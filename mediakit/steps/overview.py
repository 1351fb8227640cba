"""``overview``: one page over all episodes of a batch, with covers and titles; what failed stands at its top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from mediakit.media.digests import digest_value
from mediakit.media.pages import check_page_name
from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.overview_episode import EPISODE_FILE, PICTURES, EpisodeReader, describe_ending, read_made
from mediakit.steps.ports import Port

_RESULT = "episode"
_REVISION = 1


class OverviewSettings(StepSettings):
    """Settings of ``overview``."""

    page: Annotated[str, AfterValidator(check_page_name)] = Field(
        default="overview.html", description="Name of the page; .json and .csv lie beside."
    )
    title: str | None = Field(default=None, max_length=200, description="Heading (default: series, or recipe name).")
    series: str | None = Field(default=None, max_length=200, description="The series' name.")
    language: str | None = Field(
        default=None, description="Language of the page: Chinese for zh, else English (default: what most speak)."
    )
    channel_definitions: dict[str, Any] = Field(
        default_factory=dict, description="Channels defined by the user, in the built-in ones' schema."
    )

    @property
    def stem(self) -> str:
        """The page's name without suffix."""
        return self.page.removesuffix(".html")


class OverviewStep(ExpandingStep[OverviewSettings]):
    """Gathers what became of every episode; an episode's part is a job, so one that is new costs itself alone."""

    name: ClassVar[str] = "overview"
    version: ClassVar[int] = 1
    settings_type = OverviewSettings
    produces: ClassVar[str] = "overview"
    stem_in_files: ClassVar[bool] = True
    gathers: ClassVar[tuple[str, ...]] = ("asset", "shorts", "framing", "renditions", "qc", "package")

    def ports(self, settings: OverviewSettings) -> tuple[Port, ...]:
        """Return nothing: it takes every item's outputs."""
        return ()

    def tools(self, settings: OverviewSettings) -> Mapping[str, str]:
        """Return the version of Pillow, and the digest of the built-in channels, whose names are shown."""
        from mediakit.channels.builtin import digest_built_in
        from mediakit.tools.versions import version

        return {"pillow": version("pillow"), "channels": digest_built_in()}

    def jobs(self, settings: OverviewSettings, inputs: Inputs) -> Sequence[Job]:
        """List one job an episode."""
        shaped = [_REVISION, self.tools(settings), settings.channel_definitions]
        return [
            Job(
                id=f"episode {ending.item or number}",
                payload={**describe_ending(ending), "channels": settings.channel_definitions},
                results={_RESULT: digest_value([self.name, shaped, ending.digest])},
                memory_mb=150,
                cost=1.0 + len(ending.of_type("renditions")),
                work="episode",
            )
            for number, ending in enumerate(inputs.endings, 1)
        ]

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Write one episode's part and the small copies of its pictures."""
        from mediakit.channels.loading import load_profiles

        folder = context.out / _RESULT
        folder.mkdir()
        episode = EpisodeReader(job.payload, load_profiles(job.payload["channels"]), folder).read()
        episode.write(folder / EPISODE_FILE)

    def combine(
        self,
        settings: OverviewSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write the page, ``.json`` and ``.csv`` beside it, and the pictures."""
        from mediakit.delivery.overview import Overview, format_table, main_language
        from mediakit.delivery.overview_page import build_page, list_pictures
        from mediakit.media.document import write_text_atomic

        folders = [results[job.id][_RESULT] for job in jobs]
        episodes = tuple(read_made(folder) for folder in folders)
        name = settings.title or settings.series or context.stem
        language = settings.language if settings.language not in (None, "auto") else main_language(episodes)
        overview = Overview(name=name, language=language or "", episodes=episodes)
        made = {file.name: file for folder in reversed(folders) for file in (folder / PICTURES).glob("*.jpg")}
        for picture in list_pictures(overview):
            context.place(made[PurePosixPath(picture).name], picture)
        overview.write(context.out / f"{settings.stem}.json")
        write_text_atomic(context.out / f"{settings.stem}.csv", format_table(overview))
        write_text_atomic(context.out / settings.page, build_page(overview))
        context.progress(1.0)

    def published(self, settings: OverviewSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish the page at the top of the output folder, and its pictures in a folder beside it."""
        names = sorted(files, key=lambda name: (name.startswith(f"{PICTURES}/"), name != settings.page, name))
        return tuple(Publication(name, name) for name in names)
