"""``transcribe``: the words of a media file with their times, heard by an engine or imported from a file."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from mediakit.errors import InputError, UsageError
from mediakit.media.digests import digest_value
from mediakit.media.info import AudioStream, MediaInfo
from mediakit.speech.languages import parse_language
from mediakit.steps.base import Context, ExpandingStep, Inputs, Job, Publication
from mediakit.steps.ports import FILE, Port
from mediakit.steps.transcribe_given import (
    VERDICTS,
    composed_with,
    folder_of,
    read_hotwords,
    read_pauses,
    read_terms,
    style_of,
)
from mediakit.steps.transcribe_proof import plan_proof_sound, proof_sound_name, run_proof_sound, write_proof
from mediakit.steps.transcribe_settings import TranscribeSettings
from mediakit.steps.transcribe_speakers import (
    assign_speakers,
    compose_channels,
    find_programme_speakers,
    hear_channels,
    may_part,
    plan_voices,
    run_voices,
    voice_tools,
)

if TYPE_CHECKING:
    from mediakit.media.transcript import Transcript
    from mediakit.speech.listening import Listening
    from mediakit.speech.pauses import Pause
    from mediakit.speech.speaking import Speaking
    from mediakit.tools.models import SpeechModel

_RESULT = "heard"
_FILES = ("glossary", "corrections", "script", "wording", "speaker_names", "import_")
_LISTENED = ("language", "beam_size", "vad", "condition", "compute", "plain")


class Transcribe(ExpandingStep[TranscribeSettings]):
    """Hears a programme in sections, each a job; glossary and script are applied when sections are combined."""

    name: ClassVar[str] = "transcribe"
    version: ClassVar[int] = 2
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
        return (
            (folder_of(settings) + VERDICTS,) if settings.glossary is not None and settings.corrections is None else ()
        )

    def key_settings(self, settings: TranscribeSettings) -> Mapping[str, Any]:
        """Return the settings that shape the output; a model counts by its digest, in `tools`."""
        base = super().key_settings(settings)
        left_out = {"model", "download"} | ({"html"} if settings.html is None else set())
        left_out |= {"speakers", "speaker_names"} if settings.speakers is None else set()
        if settings.engine == "import":
            left_out |= ({"track", "channel"} if not _needs_sound(settings) else set()) | (
                set(_LISTENED) - {"language"}
            )
        elif settings.engine == "openai-whisper":
            left_out |= {"compute"}
        return {name: value for name, value in base.items() if name not in left_out}

    def tools(self, settings: TranscribeSettings) -> Mapping[str, str]:
        """Return the versions of the engine and its libraries, and the model's digest.

        Raises:
            InputError: the engine or the model is not on this machine.
        """
        from importlib.metadata import version

        from mediakit.tools.ffmpeg import ffmpeg_version

        tools = {name: version(name) for name in ("opencc-python-reimplemented", "pysubs2", "numpy", "rjieba")}
        if settings.script is not None or settings.glossary is not None:
            tools["pypinyin"] = version("pypinyin")
        if settings.glossary is not None:
            tools["pyspellchecker"] = version("pyspellchecker")
        if settings.engine != "import":
            tools |= _hearing_tools(settings)
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
        jobs = [] if is_import else self._sections(settings, inputs, info, stream)
        channel = choose_channel(info, settings.track, settings.channel)
        if settings.speakers is not None:
            apart = not is_import and may_part(settings, stream, channel)
            jobs += plan_voices(media.path, info, stream, channel, apart=apart)
        if settings.html is not None:
            jobs.append(plan_proof_sound(media.path, info, stream, channel))
        return jobs

    def _sections(
        self, settings: TranscribeSettings, inputs: Inputs, info: MediaInfo, stream: AudioStream
    ) -> list[Job]:
        from mediakit.speech.sound import choose_channel, identify_sound, section_count

        media = inputs.artifact("asset").origin["media"]
        count = section_count(info.duration)
        channel = choose_channel(info, settings.track, settings.channel)
        listening = {name: getattr(settings, name) for name in _LISTENED}
        payload = {
            "media": str(media.path),
            "stream": stream.index,
            "channel": channel,
            "duration": info.duration,
            "count": count,
            "engine": settings.engine,
            "model": settings.model,
            "hotwords": list(read_hotwords(inputs)),
            **listening,
            **({"apart": True} if may_part(settings, stream, channel) else {}),
        }
        unkeyed = {"media", "model", "stream", "duration"}
        unkeyed |= {"compute"} if settings.engine == "openai-whisper" else set()
        base = {
            **{name: value for name, value in payload.items() if name not in unkeyed},
            "sound": identify_sound(info, stream),
            "tools": _hearing_tools(settings),
            "version": self.version,
        }
        return [
            Job(
                id=f"section {number + 1}/{count}",
                payload={**payload, "number": number},
                results={_RESULT: digest_value({**base, "number": number})},
                cores=4,
                memory_mb=2500 if settings.engine == "openai-whisper" else 1200,
                cost=min(600.0, max(1.0, info.duration - 600.0 * number)),
            )
            for number in range(count)
        ]

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Hear one section and write ``heard.json`` and the levels of its sound, ``levels.npz``; or do another job."""
        from mediakit.speech.levels import measure_levels
        from mediakit.speech.recogniser import load_recogniser
        from mediakit.speech.two_channels import read_talkers

        if run_proof_sound(job, context) or run_voices(job, context):
            return
        task = job.payload
        span = max(1.0, min(600.0, task["duration"] - 600.0 * task["number"]))
        begin = 600.0 * task["number"]

        def progress(share: float, low: float) -> Any:
            def report(seconds: float) -> None:
                done = min(max(0.0, (seconds - begin) / span), 1.0)
                context.progress(
                    low + share * done, f"{min(seconds, task['duration']):.0f} of {task['duration']:.0f} s"
                )

            return report

        sound, talkers = read_talkers(
            Path(task["media"]),
            task["stream"],
            task["number"],
            task["count"],
            channel=task["channel"],
            apart=task.get("apart", False),
            on_seconds=progress(0.05, 0.0),
        )
        context.check_cancelled()
        model = _find_model(task["engine"], task["model"], download=False)
        recogniser = load_recogniser(task["engine"], model, task["compute"], _threads(task["engine"], context.cores))
        context.check_cancelled()
        heard = hear_channels(recogniser, talkers, _listening(task), progress(0.95, 0.05))
        (context.out / _RESULT).mkdir()
        heard.write(context.out / _RESULT / "heard.json")
        measure_levels(sound).write(context.out / _RESULT / "levels.npz")

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
        from mediakit.speech.finishing import finish_transcript
        from mediakit.speech.script import read_script
        from mediakit.speech.wording import read_wording

        folders = [results[job.id][_RESULT] for job in jobs if _RESULT in job.results]
        pauses = read_pauses(folders)
        speaking = find_programme_speakers(settings, jobs, results)
        is_import = settings.engine == "import"

        def compose(given: dict[str, Any]) -> Transcript:
            if is_import:
                return self._imported(settings, inputs, given)
            return self._heard(settings, inputs, folders, pauses, given, speaking)

        given = composed_with(settings, inputs)
        script, wording = inputs.maybe_file("script"), inputs.maybe_file("wording")
        composed = compose(given)
        finished = finish_transcript(
            composed,
            script=read_script(script.path) if script else None,
            pauses=pauses,
            characters=settings.characters or ("kept" if is_import else "simplified"),
            terms=read_terms(inputs),
            wordings=[read_wording(wording.path)] if wording else [] if settings.lint else None,
        )
        finished = replace(finished, transcript=assign_speakers(settings, inputs, finished.transcript, speaking))
        for warning in finished.transcript.warnings:
            context.warn(warning)
        finished.transcript.write(context.out / "transcript.json")
        if finished.report is not None:
            finished.report.write(context.out / "script.json")
        if settings.html is not None:
            write_proof(settings.html, finished, jobs, results, context)
        if given["glossary"] is not None:
            proposed = composed if given["verdicts"] is None else compose({**given, "verdicts": None})
            write_text_atomic(context.out / VERDICTS, propose_corrections(proposed))

    def _heard(
        self,
        settings: TranscribeSettings,
        inputs: Inputs,
        folders: Sequence[Path],
        pauses: Sequence[Pause],
        given: dict[str, Any],
        speaking: Speaking | None,
    ) -> Transcript:
        from mediakit.media.transcript import Recogniser
        from mediakit.speech.composing import compose_heard
        from mediakit.speech.heard import Heard

        model = _find_model(settings.engine, settings.model, download=settings.download)
        tools = _hearing_tools(settings)
        compose = partial(
            compose_heard,
            recogniser=Recogniser(
                engine=settings.engine, version=tools[settings.engine], model=model.name, model_digest=model.digest
            ),
            simplified=settings.characters != "kept",
            style=style_of(settings, inputs, punctuation=True),
            pauses=pauses,
            **given,
        )
        return compose_channels([Heard.read(folder / "heard.json") for folder in folders], speaking, compose)

    def _imported(self, settings: TranscribeSettings, inputs: Inputs, given: dict[str, Any]) -> Transcript:
        from mediakit.media.transcript import Recogniser
        from mediakit.speech.composing import compose_imported
        from mediakit.speech.importing import import_transcript

        language = None if settings.language == "auto" else settings.language
        source = inputs.file("import_")
        imported = import_transcript(source.path, duration=given["duration"], language=language)
        return compose_imported(
            imported,
            recogniser=Recogniser(engine="import", model=imported.format, model_digest=source.digest),
            simplified=settings.characters not in (None, "kept"),
            style=style_of(settings, inputs, punctuation=False),
            **given,
        )

    def published(self, settings: TranscribeSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Publish the transcript, the script's report, the proof page, and what the glossary did, to be judged."""
        folder = folder_of(settings)
        names = ["transcript.json", *(["script.json"] if settings.script is not None else [])]
        if settings.html is not None:
            names += [name for name in (settings.html, proof_sound_name(settings.html)) if name in files]
        yield from (Publication(name, f"{folder}{name}") for name in names)
        if VERDICTS in files:
            yield Publication(VERDICTS, f"{folder}{VERDICTS}", editable=True)


def _needs_sound(settings: TranscribeSettings) -> bool:
    """Tell whether an import listens to the media as well."""
    return settings.html is not None or settings.speakers is not None


def _threads(engine: str, cores: int) -> int:
    """Return how many threads an engine gets: CTranslate2's results are the same for any number, torch's may not be."""
    if engine == "openai-whisper":
        return cores
    return max(1, min(cores, os.cpu_count() or 1))


def _find_model(engine: str, name: str, *, download: bool) -> SpeechModel:
    from mediakit.tools.models import find_model

    return find_model(name, checkpoints=engine == "openai-whisper", download=download)


def _hearing_tools(settings: TranscribeSettings) -> dict[str, str]:
    from importlib.metadata import version

    from mediakit.speech.recogniser import engine_versions

    if settings.engine == "import":
        raise UsageError("importing hears nothing")
    versions = engine_versions(settings.engine)
    model = _find_model(settings.engine, settings.model, download=settings.download)
    return {**versions, "av": version("av"), "model": model.digest}


def _listening(task: Mapping[str, Any]) -> Listening:
    from mediakit.speech.listening import Listening

    return Listening(
        language=parse_language(task["language"]),
        beam_size=task["beam_size"],
        hotwords=tuple(task["hotwords"]),
        vad=task["vad"],
        condition=task["condition"],
        plain=task["plain"],
    )
