"""``package``: a folder for each outlet with everything that goes out; what failed or is unsigned stays behind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator

from mediakit.delivery.publication import OutletText
from mediakit.steps.base import PlainStep, Publication, StepSettings
from mediakit.steps.inputs import Artifact, Inputs, Problem
from mediakit.steps.jobs import Context
from mediakit.steps.ports import Port

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.channels.models import Channel
    from mediakit.delivery.packaging import Candidate
    from mediakit.delivery.publication import Words
    from mediakit.media.qcreport import QcReport
    from mediakit.media.rendition import Rendition
    from mediakit.review.ledger import Ledger

LEDGER = "review.json"
RENDER_FOLDER = "render"


class PackageSettings(StepSettings):
    """Settings of ``package``."""

    to: str = Field(default="dist", description="Folder for the packages, below the output folder.")
    review: int = Field(default=0, ge=0, le=3, description="So many levels of sign-off must be there (0 to 3).")
    series: str | None = Field(default=None, max_length=200, description="The series' name.")
    episode: str | None = Field(default=None, max_length=100, description="The episode's number or name.")
    title: str | None = Field(default=None, max_length=500, description="Title for all outlets.")
    description: str | None = Field(default=None, max_length=20_000, description="Description for all outlets.")
    tags: tuple[str, ...] = Field(default=(), max_length=100, description="Topics for all outlets.")
    copyright: str | None = Field(default=None, max_length=500, description="Copyright notice.")
    publisher: str | None = Field(default=None, max_length=200, description="Who publishes.")
    outlets: dict[str, OutletText] = Field(
        default_factory=dict, description="Other words for a channel: title, description, tags, by channel id."
    )
    channels: tuple[str, ...] = Field(default=(), description="Only these channels (default: all that were rendered).")
    channel_definitions: dict[str, Any] = Field(
        default_factory=dict, description="Channels defined by the user, in the built-in ones' schema."
    )

    @field_validator("episode", mode="before")
    @classmethod
    def _episode_text(cls, value: object) -> object:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @field_validator("to")
    @classmethod
    def _inside(cls, value: str) -> str:
        parts = PurePosixPath(value)
        if not value.strip() or parts.is_absolute() or ".." in parts.parts or "\\" in value or ":" in value:
            raise ValueError(f"{value!r} is not a folder below the output folder")
        return parts.as_posix()


class Package(PlainStep[PackageSettings]):
    """Gathers what each outlet gets into a BagIt bag, with metadata and one index over all."""

    name: ClassVar[str] = "package"
    version: ClassVar[int] = 1
    settings_type = PackageSettings
    produces: ClassVar[str] = "package"

    def ports(self, settings: PackageSettings) -> tuple[Port, ...]:
        """Return all renditions, and their quality reports."""
        return (Port("renditions", "renditions", many=True), Port("qc", "qc", optional=True, many=True))

    def tools(self, settings: PackageSettings) -> Mapping[str, str]:
        """Return the digest of the built-in channels, whose names and limits shape the packages."""
        from mediakit.channels.builtin import digest_built_in

        return {"channels": digest_built_in()}

    def validate(self, settings: PackageSettings, files: Mapping[str, Path]) -> None:
        """Refuse unknown channels before any work starts."""
        from mediakit.channels.loading import load_profiles

        profiles = load_profiles(settings.channel_definitions)
        for channel_id in (*settings.channels, *(name.partition("/")[0] for name in settings.outlets)):
            profiles.channel(channel_id)

    def watches(self, settings: PackageSettings) -> tuple[str, ...]:
        """Return the ledger of sign-offs, where they are asked for."""
        return (LEDGER,) if settings.review else ()

    def run(self, settings: PackageSettings, inputs: Inputs, context: Context) -> None:
        """Write the packages and the index; what is left out is a problem."""
        from mediakit.delivery.packaging import build_packages, write_index

        words = make_words(settings)
        candidates = list(_list_candidates(settings, inputs, words, context))
        index = build_packages(candidates, words, context.out, link=True, on_progress=context.progress)
        write_index(index, context.out)
        for one in index.left_out:
            message = f"{one.channel}: not packaged: {'; '.join(one.reasons)}"
            context.note_problem(Problem(5, f"{one.channel}/{one.stem}", message))

    def published(self, settings: PackageSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish everything below the folder that ``to`` names."""
        return tuple(Publication(name, f"{settings.to}/{name}") for name in sorted(files))


def make_words(settings: PackageSettings) -> Words:
    """Return what the settings say of the programme."""
    from mediakit.delivery.publication import Words

    return Words(
        series=settings.series,
        episode=settings.episode,
        title=settings.title,
        description=settings.description,
        tags=settings.tags,
        copyright=settings.copyright,
        publisher=settings.publisher,
        outlets=settings.outlets,
    )


def judge_rendition(
    rendition: Rendition,
    folder: Path,
    words: Words,
    profiles: Profiles,
    *,
    report: QcReport | None,
    ledger: Ledger | None,
    ledger_fault: str | None,
    file: str,
    levels: int,
) -> Candidate:
    """Return a rendition as a candidate, with all reasons that keep it from being packaged.

    Args:
        rendition: what it is.
        folder: where its files lie.
        words: what is said of the programme.
        profiles: the channels.
        report: its quality report.
        ledger: the sign-offs; needed when ``levels`` are asked for.
        ledger_fault: why the ledger cannot be trusted.
        file: the main file's name as sign-offs keep it.
        levels: how many levels of sign-off are asked for.
    """
    from mediakit.delivery.packaging import Candidate, judge_report, programme_digest
    from mediakit.errors import InputError
    from mediakit.review.signing import review_content

    channel = profiles.channel(rendition.channel)
    try:
        digest = programme_digest(rendition, folder)
    except InputError as exc:
        return Candidate(rendition, folder, "", channel.title, reasons=(str(exc.message),))
    reasons = judge_report(rendition, digest, report)
    signed: tuple[str, ...] = ()
    if levels and ledger_fault is not None:
        reasons.append(ledger_fault)
    elif levels and ledger is not None:
        status = review_content(ledger, digest, file)
        signed = tuple(f"{entry.role} {entry.name}" for entry in status.signed)
        if status.missing(levels):
            reasons.append(f"sign-off {status.describe(levels)}")
    reasons += _text_faults(channel, words.for_outlet(rendition))
    return Candidate(
        rendition=rendition,
        folder=folder,
        digest=digest,
        outlet_title=channel.title,
        report=report,
        signed_by=signed,
        aigc=_find_label(rendition, folder, words, digest) if rendition.ai_label else None,
        reasons=tuple(reasons),
    )


def _text_faults(channel: Channel, text: OutletText) -> list[str]:
    """Return what the outlet would refuse in the words that were given."""
    from mediakit.render.metadata import check_texts

    found = check_texts(channel, title=text.title or "", description=text.description or "", tags=text.tags or ())
    given = {"title": text.title is not None, "description": text.description is not None, "tags": True}
    return [problem.message for problem in found if given[problem.field]]


def _find_label(rendition: Rendition, folder: Path, words: Words, digest: str) -> dict[str, str]:
    """Return the implicit AI label that the file carries, or make one."""
    from mediakit.delivery.publication import make_identifier
    from mediakit.errors import InputError
    from mediakit.render.metadata import build_aigc, read_aigc

    label: dict[str, str] | None = None
    if not rendition.main.endswith(".m3u8"):
        try:
            label = read_aigc(folder / rendition.main)
        except InputError:
            label = None
    identifier, publisher = make_identifier(rendition, words, digest), words.publisher or ""
    return label or build_aigc(producer=publisher, produce_id=identifier, propagator=publisher, propagate_id=identifier)


def read_sign_offs(path: Path | None) -> tuple[Ledger, str | None]:
    """Return a ledger, and why it cannot be trusted if so; without a path it is empty."""
    from mediakit.errors import MediakitError
    from mediakit.review.ledger import Ledger, read_ledger

    if path is None:
        return Ledger(), None
    try:
        return read_ledger(path), None
    except MediakitError as exc:
        return Ledger(), exc.message


def _list_candidates(settings: PackageSettings, inputs: Inputs, words: Words, context: Context) -> Iterator[Candidate]:
    from mediakit.channels.loading import load_profiles
    from mediakit.media.rendition import Rendition

    profiles = load_profiles(settings.channel_definitions)
    ledger_file = inputs.maybe_file(LEDGER)
    ledger, fault = read_sign_offs(ledger_file.path if ledger_file else None)
    for artifact in inputs.artifacts("renditions"):
        for name in artifact.names("*/*/rendition.json"):
            context.check_cancelled()
            rendition = Rendition.read(artifact.path(name))
            if settings.channels and rendition.channel not in settings.channels:
                continue
            place = name.removesuffix("/rendition.json")
            yield judge_rendition(
                rendition,
                artifact.path(name).parent,
                words,
                profiles,
                report=_find_report(inputs.artifacts("qc"), f"{place}/qc.json"),
                ledger=ledger,
                ledger_fault=fault,
                file=f"{RENDER_FOLDER}/{place}/{rendition.main}",
                levels=settings.review,
            )


def _find_report(artifacts: tuple[Artifact, ...], name: str) -> QcReport | None:
    from mediakit.media.qcreport import QcReport

    for artifact in reversed(artifacts):
        if name in artifact.files:
            return QcReport.read(artifact.path(name))
    return None
