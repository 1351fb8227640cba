"""``transcribe``: the words of a media file with their times, heard by an engine or imported from a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from mediakit.errors import InputError
from mediakit.media.info import MediaInfo
from mediakit.steps.base import ExpandingStep, Publication
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import FILE, Port
from mediakit.steps.transcribe_composing import Composer, read_glossary_of
from mediakit.steps.transcribe_proof import plan_proof_sound, proof_sound_name, run_proof_sound, write_proof
from mediakit.steps.transcribe_sections import LISTENED, RESULT, hearing_tools, plan_sections, run_section
from mediakit.steps.transcribe_settings import TranscribeSettings
from mediakit.steps.transcribe_speakers import (
    assign_speakers,
    find_programme_speakers,
    may_part,
    plan_voices,
    run_voices,
    voice_tools,
)

VERDICTS = "corrections.yaml"
_FILES = ("glossary", "corrections", "script", "wording", "speaker_names", "import_")


class Transcribe(ExpandingStep[TranscribeSettings]):
    """Hears a programme in sections, each a job; glossary and script are applied when sections are combined."""

    name: ClassVar[str] = "transcribe"
    version: ClassVar[int] = 3
    settings_type = TranscribeSettings
    produces: ClassVar[str] = "transcript"
    cores: ClassVar[int] = 1
    memory_mb: ClassVar[int] = 500

    def ports(self, settings: TranscribeSettings) -> tuple[Port, ...]:
        """Return the inputs: the asset, and the files that are named."""
        return (
            Port("asset", "asset"),
            *(Port(name, FILE, optional=True) for name in _FILES),
        )

    def watches(self, settings: TranscribeSettings) -> tuple[str, ...]:
        """Return the published list of corrections, which decides once a person changed it."""
        return (_folder(settings) + VERDICTS,) if settings.glossary is not None and settings.corrections is None else ()

    def key_settings(self, settings: TranscribeSettings) -> Mapping[str, Any]:
        """Return the settings that shape the output; a model counts by its digest, in `tools`."""
        base = super().key_settings(settings)
        left_out = {"model", "download"} | ({"html"} if settings.html is None else set())
        left_out |= {"speakers", "speaker_names"} if settings.speakers is None else set()
        if settings.engine == "import":
            left_out |= set(LISTENED) - {"language"}
            left_out |= set() if _needs_sound(settings) else {"track", "channel"}
        elif settings.engine == "openai-whisper":
            left_out |= {"compute"}
        return {name: value for name, value in base.items() if name not in left_out}

    def tools(self, settings: TranscribeSettings) -> Mapping[str, str]:
        """Return the versions of the engine and its libraries, and the model's digest.

        Raises:
            InputError: the engine or the model is not on this machine.
        """
        from mediakit.tools.ffmpeg import ffmpeg_version
        from mediakit.tools.versions import version

        tools = {name: version(name) for name in ("opencc-python-reimplemented", "pysubs2", "numpy", "rjieba")}
        if settings.script is not None or settings.glossary is not None:
            tools["pypinyin"] = version("pypinyin")
        if settings.glossary is not None:
            tools["pyspellchecker"] = version("pyspellchecker")
        if settings.engine != "import":
            tools |= hearing_tools(settings)
        if settings.html is not None:
            tools["ffmpeg"] = ffmpeg_version()
        if settings.speakers is not None:
            tools |= voice_tools()
        return tools

    def validate(self, settings: TranscribeSettings, files: Mapping[str, Path]) -> None:
        """Read the glossary, the corrections and the script, and refuse a missing import file, before any work."""
        from mediakit.speech.glossary import read_glossary
        from mediakit.speech.script import read_script
        from mediakit.speech.speaker_names import read_speaker_names
        from mediakit.speech.verdicts import read_verdicts
        from mediakit.speech.wording import read_wording
        from mediakit.tools.opening import check_file

        if "glossary" in files:
            read_glossary(files["glossary"])
        if "corrections" in files:
            read_verdicts(files["corrections"])
        if "script" in files:
            read_script(files["script"])
        if "wording" in files:
            read_wording(files["wording"])
        if "speaker_names" in files:
            read_speaker_names(files["speaker_names"])
        if "import_" in files:
            check_file(files["import_"])

    def jobs(self, settings: TranscribeSettings, inputs: Inputs) -> Sequence[Job]:
        """List jobs for every section of about ten minutes: its words, its voices; and the proof page's sound."""
        from mediakit.speech.sound import choose_channel, choose_stream

        asset = inputs.artifact("asset")
        media = asset.origin["media"]
        info = MediaInfo.read(asset.path("media.json"))
        is_import = settings.engine == "import"
        if is_import and (not _needs_sound(settings) or (not info.audio and settings.speakers is None)):
            return ()
        stream = choose_stream(info, settings.track, media.path)
        if settings.channel is not None and settings.channel > stream.channels:
            raise InputError(
                f"its sound has no channel {settings.channel}: it has {stream.channels}",
                where=media.path,
                hint="channels count from 1",
            )
        glossary = read_glossary_of(inputs)
        forms = glossary.hotwords if glossary is not None else ()
        channel = choose_channel(info, settings.track, settings.channel)
        apart = not is_import and may_part(settings, stream, channel)
        jobs: list[Job] = []
        if not is_import:
            jobs += plan_sections(settings, media, info, stream, channel, apart=apart, forms=forms)
        if settings.speakers is not None:
            jobs += plan_voices(media.path, info, stream, channel, apart=apart)
        if settings.html is not None:
            jobs.append(plan_proof_sound(media.path, info, stream, channel))
        return jobs

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Hear the words or the voices of one section, or copy the sound of the proof page."""
        if not (run_proof_sound(job, context) or run_voices(job, context)):
            run_section(job, context)

    def combine(
        self,
        settings: TranscribeSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write ``transcript.json``: spelled, corrected by glossary and script, in sentences; and ``script.json``.

        With a glossary also ``corrections.yaml``: its corrections and doubts without any verdict, so that the proposal
        stays the same whatever a person decides. Where it is asked for, the proof page and its sound.
        """
        from mediakit.media.document import write_text_atomic
        from mediakit.speech.composing import propose_corrections

        folders = [results[job.id][RESULT] for job in jobs if RESULT in job.results]
        speaking = find_programme_speakers(settings, jobs, results)
        composer = Composer(settings, inputs, folders, _folder(settings) + VERDICTS, speaking)
        composed = composer.compose()
        finished = composer.finish(composed)
        finished = replace(finished, transcript=assign_speakers(settings, inputs, finished.transcript, speaking))
        for warning in finished.transcript.warnings:
            context.warn(warning)
        finished.transcript.write(context.out / "transcript.json")
        if finished.report is not None:
            finished.report.write(context.out / "script.json")
        if settings.html is not None:
            write_proof(settings.html, finished, jobs, results, context)
        if composer.glossary is not None:
            proposed = composed if composer.verdicts is None else composer.compose(decided=False)
            write_text_atomic(context.out / VERDICTS, propose_corrections(proposed))

    def published(self, settings: TranscribeSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish the transcript, the script's report, the proof page, and what the glossary did, to be judged."""
        folder = _folder(settings)
        names = ["transcript.json", *(["script.json"] if settings.script is not None else [])]
        if settings.html is not None:
            names += [name for name in (settings.html, proof_sound_name(settings.html)) if name in files]
        yield from (Publication(name, f"{folder}{name}") for name in names)
        if VERDICTS in files:
            yield Publication(VERDICTS, f"{folder}{VERDICTS}", editable=True)


def _folder(settings: TranscribeSettings) -> str:
    return f"{settings.id}/" if settings.id else ""


def _needs_sound(settings: TranscribeSettings) -> bool:
    """Tell whether an import listens to the media as well."""
    return settings.html is not None or settings.speakers is not None
