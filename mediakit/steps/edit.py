"""``edit``: a programme put together from many sources, as a timeline that can be rendered."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mediakit.editing.edit import FILES
from mediakit.editing.edit import Edit as WrittenEdit
from mediakit.errors import InputError, UsageError
from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.edit_settings import EditSettings
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import FILE, Port
from mediakit.steps.transcribe_settings import TranscribeSettings

if TYPE_CHECKING:
    from mediakit.editing.resolve import SourceFacts
    from mediakit.media.info import MediaInfo
    from mediakit.media.transcript import Transcript

RESULT = "source"
TIMELINE = "timeline.json"
TRANSCRIPT = "transcript.json"
_UNFIT = re.compile(r"[/\\\0-\x1f\x7f]+")
_LISTED = 5
_EDIT_FILES = (".yaml", ".yml")


class Edit(ExpandingStep[EditSettings]):
    """Probes every source, each in a job of its own, and resolves the edit to frames."""

    name: ClassVar[str] = "edit"
    version: ClassVar[int] = 3
    settings_type = EditSettings
    produces: ClassVar[str] = "timeline"

    def prepare(self, settings: EditSettings) -> EditSettings:
        """Put what the edit's file says in its place.

        Raises:
            MediakitError: the file cannot be used, or says what the section says too.
        """
        from mediakit.editing.edit import check_names, read_edit

        if settings.file is None:
            check_names(settings.written())
            return settings
        own = settings.model_fields_set & (set(WrittenEdit.model_fields) - {"name", "fps"})
        if own:
            raise UsageError(
                f"the edit stands in {settings.file.name}, and {sorted(own)[0]} is given beside it",
                hint="write it in the file, or leave `file` out",
            )
        if settings.file.suffix.lower() in _EDIT_FILES:
            edit = read_edit(settings.file)
        else:
            edit = _read_foreign(settings.file, settings)
        fields = {name: getattr(edit, name) for name in WrittenEdit.model_fields if name != "schema_"}
        chosen = {"name": settings.name or edit.name, "fps": settings.fps or edit.fps}
        return settings.model_copy(update={**fields, **chosen})

    def preceding(self, settings: EditSettings, heard: Collection[Path]) -> Sequence[tuple[str, StepSettings]]:
        """Return an ingest and a transcribe for every source whose words are asked for and not known."""
        from mediakit.steps.ingest import IngestSettings

        if settings.transcribe is None:
            return ()
        steps: list[tuple[str, StepSettings]] = []
        own = settings.id or self.name
        for name in settings.spoken_sources:
            path = settings.sources.get(name)
            if path is None or path in heard or name in settings.transcripts:
                continue
            asset, words = f"{own}-{name}", f"{own}-{name}-words"
            steps.append(("ingest", IngestSettings(id=asset, media=path, tracks=settings.tracks.get(name))))
            changes: dict[str, Any] = {"id": words, "from_": asset}
            if settings.language is not None and "language" not in settings.transcribe.model_fields_set:
                changes["language"] = TranscribeSettings(language=settings.language).language
            steps.append(("transcribe", settings.transcribe.model_copy(update=changes)))
        return steps

    def plans_ahead(self, settings: EditSettings) -> bool:
        """Sources are probed and the edit resolved while planning."""
        return True

    def stem(self, settings: EditSettings) -> str | None:
        """Return the name of the programme, or of the edit's file."""
        named = _UNFIT.sub("-", settings.name).strip(" .")
        return named or (settings.file.stem if settings.file else None)

    def ports(self, settings: EditSettings) -> tuple[Port, ...]:
        """Return every file that the edit names, and the transcripts of earlier steps."""
        named = tuple(Port(f"{key}.{name}", FILE) for key in FILES for name in getattr(settings, key))
        file = [Port("file", FILE)] if settings.file is not None else []
        heard = (f"transcribe.{name}" for name in ("glossary", "script"))
        file += [Port(name, FILE) for name in heard if settings.file_of(name) is not None]
        return (*file, *named, Port("spoken", "transcript", optional=True, many=True))

    def key_settings(self, settings: EditSettings) -> Mapping[str, Any]:
        """Return the edit without its files."""
        hidden = {"id", "from_", "file", "library", "footage", "transcribe", "language", *FILES}
        data = settings.model_dump(mode="json", by_alias=True, exclude=hidden)
        return {**data, "clean": sorted(settings.clean)}

    def tools(self, settings: EditSettings) -> Mapping[str, str]:
        """Return the version of what probes."""
        from mediakit.tools.versions import version

        return {"av": version("av")}

    def validate(self, settings: EditSettings, files: Mapping[str, Path]) -> None:
        """Refuse an empty edit and files that cannot be used."""
        from mediakit.media.times import timecode_to_frames
        from mediakit.tools.opening import check_file, refuse_script

        if not settings.picture and not settings.sound:
            raise UsageError("the edit has neither picture nor sound", hint="add `picture:` with clips")
        if settings.timecode is not None:
            timecode_to_frames(settings.timecode, settings.fps or Fraction(25))
        for port, path in files.items():
            check_file(path)
            if port.startswith(("sources.", "clean.")):
                refuse_script(path)

    def jobs(self, settings: EditSettings, inputs: Inputs) -> Sequence[Job]:
        """List a job for each media file; a file that is named twice is probed once."""
        from mediakit.media.digests import digest_value
        from mediakit.steps.ingest import Ingest

        jobs: dict[str, Job] = {}
        for name in _media_ports(settings):
            media = inputs.file(name)
            key = digest_value({"probe": Ingest.version, "file": media.digest, **self.tools(settings)})
            jobs.setdefault(
                media.digest,
                Job(
                    id=f"probe {name.partition('.')[2]}",
                    payload={"path": str(media.path), "digest": media.digest},
                    results={RESULT: key},
                    memory_mb=300,
                    cost=media.size / 1e8 + 0.1,
                    work="source",
                ),
            )
        return _distinct(jobs.values())

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Probe one file and write ``media.json`` and ``packets.npz``."""
        from mediakit.tools.probe import probe_with_index

        folder = context.out / RESULT
        folder.mkdir(parents=True, exist_ok=True)
        path = Path(job.payload["path"])
        info, index = probe_with_index(path, job.payload["digest"], context.progress)
        if info.still:
            raise InputError("is a still picture, not video or sound", where=path, hint="make a clip of it first")
        for warning in info.warnings:
            context.warn(f"{path.name}: {warning}")
        info.write(folder / "media.json")
        if index is not None:
            index.save(folder / "packets.npz")

    def combine(
        self,
        settings: EditSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Resolve the edit; write ``timeline.json``, what is said in it, and every source's facts."""
        from mediakit.editing.follow import follow_words
        from mediakit.editing.resolve import choose_rate, resolve_edit
        from mediakit.media.info import MediaInfo
        from mediakit.media.tracks import map_tracks

        folders = {job.payload["digest"]: results[job.id][RESULT] for job in jobs}
        probed: dict[str, MediaInfo] = {}
        for port in _media_ports(settings):
            key, _, name = port.partition(".")
            source = name if key == "sources" else f"{name} clean"
            folder = folders[inputs.file(port).digest]
            info = MediaInfo.read(folder / "media.json")
            if key == "sources" and name in settings.tracks:
                info = map_tracks(info, settings.tracks[name], settings.sources[name])
            for file in sorted(folder.iterdir()):
                if file.name != "media.json":
                    context.place(file, f"sources/{source}/{file.name}")
            info.write(context.out / "sources" / source / "media.json")
            probed[source] = info
        edit = settings.written()
        fps = choose_rate(edit, probed)
        spoken = _transcripts(settings, inputs, probed)
        facts = {
            name: _facts(info, context.out / "sources" / name, fps, spoken.get(name)) for name, info in probed.items()
        }
        _check_twins(settings, facts)
        timeline = resolve_edit(edit, facts, fps)
        timeline.write(context.out / TIMELINE)
        heard = follow_words(timeline, spoken)
        if heard is not None:
            heard.write(context.out / TRANSCRIPT)

    def published(self, settings: EditSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish the timeline and what is said in it."""
        for name in (TIMELINE, TRANSCRIPT):
            if name in files:
                yield Publication(name, f"{settings.id or 'edit'}/{name}")


def _read_foreign(file: Path, settings: EditSettings) -> WrittenEdit:
    """Return another program's edit; every event must mean a file of the library or the footage.

    Raises:
        InputError: unreadable, or events whose source is not there, all of them listed.
        UsageError: no such format.
    """
    from mediakit.editing.edit import edit_of_timeline
    from mediakit.editing.exchange import FORMATS, read_exchange
    from mediakit.steps.footage import index_footage

    if file.suffix.lower() not in FORMATS:
        raise UsageError(f"{file.name} is no edit", hint=f"it takes edit.yaml, {', '.join(FORMATS)}")
    folder = file.absolute().parent
    library = None if settings.library is None else folder / settings.library
    index, notes = index_footage([folder / path for path in settings.footage], library)
    read = read_exchange(file, index, settings.fps)
    if read.unmatched:
        events = "; ".join(
            f"event {event.number} ({event.reel or event.name}, {event.source_in} to {event.source_out}): {event.why}"
            for event in read.unmatched[:_LISTED]
        )
        more = len(read.unmatched) - _LISTED
        raise InputError(
            f"{len(read.unmatched)} events have no source: {events}{f'; and {more} more' if more > 0 else ''}",
            where=file,
            hint="; ".join(notes[:_LISTED]) or "name the footage or a library with it; see `mediakit timeline show`",
        )
    return edit_of_timeline(read.timeline, read.paths)


def _media_ports(settings: EditSettings) -> list[str]:
    return [f"{key}.{name}" for key in ("sources", "clean") for name in getattr(settings, key)]


def _distinct(jobs: Iterable[Job]) -> list[Job]:
    """Give jobs with one id different ones."""
    from dataclasses import replace

    made: dict[str, Job] = {}
    for job in jobs:
        name = job.id if job.id not in made else f"{job.id} {len(made)}"
        made[name] = replace(job, id=name)
    return list(made.values())


def _transcripts(settings: EditSettings, inputs: Inputs, probed: Mapping[str, MediaInfo]) -> dict[str, Transcript]:
    """Return the sources' transcripts: named files, else those of earlier steps with the same media."""
    from mediakit.media.transcript import Transcript

    earlier = {}
    for artifact in inputs.artifacts("spoken"):
        transcript = Transcript.read(artifact.path(TRANSCRIPT))
        earlier[transcript.source_digest] = transcript
    found = {name: earlier[info.digest] for name, info in probed.items() if info.digest in earlier}
    for name in settings.transcripts:
        found[name] = Transcript.read(inputs.file(f"transcripts.{name}").path)
    return found


def _facts(info: MediaInfo, folder: Path, fps: Fraction, transcript: Transcript | None) -> SourceFacts:
    from mediakit.editing.resolve import SourceFacts
    from mediakit.media.packets import PacketIndex
    from mediakit.render.pieces import SourceGrid

    if info.picture is None or not (folder / "packets.npz").is_file():
        return SourceFacts(info, Fraction(info.duration).limit_denominator(1_000_000), transcript=transcript)
    start = Fraction(info.start).limit_denominator(1_000_000)
    grid = SourceGrid(PacketIndex.load(folder / "packets.npz"), fps, start_s=start)
    return SourceFacts(info, (grid.end + grid.lead) / fps, grid.lead / fps, transcript)


def _check_twins(settings: EditSettings, facts: Mapping[str, SourceFacts]) -> None:
    for name in settings.clean:
        source, twin = facts[name].info.picture, facts[f"{name} clean"].info.picture
        if source is None or twin is None or source.frames != twin.frames:
            raise InputError(
                f"the textless twin of {name} does not have its frames",
                where=settings.clean[name],
                hint="export the clean version over the same range",
            )
