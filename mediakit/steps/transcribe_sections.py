"""The sections of ``transcribe``: each a job that hears about ten minutes, whatever file they lie in."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.errors import UsageError
from mediakit.media.digests import digest_value
from mediakit.speech.languages import parse_language
from mediakit.steps.inputs import FileRef
from mediakit.steps.jobs import Context, Job
from mediakit.steps.transcribe_speakers import hear_channels, section_progress

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream, MediaInfo
    from mediakit.speech.hearing import Listening
    from mediakit.steps.transcribe_settings import TranscribeSettings
    from mediakit.tools.models import SpeechModel

RESULT = "heard"
WORDS = "heard.json"
LEVELS = "levels.npz"
LISTENED = ("language", "beam_size", "vad", "condition", "compute", "plain")
"""Settings that shape what is heard."""

_VERSION = 4


def plan_sections(
    settings: TranscribeSettings,
    media: FileRef,
    info: MediaInfo,
    stream: AudioStream,
    channel: int | None,
    *,
    apart: bool,
    forms: Sequence[str],
) -> list[Job]:
    """Return a job for every section; its key knows the sound, not the file.

    Args:
        settings: the step's.
        media: the file.
        info: its facts.
        stream: which sound is heard.
        channel: which of its channels, from 1; None mixes all.
        apart: whether its channels are looked at for different people.
        forms: names and terms to listen for.
    """
    from mediakit.speech.sound import identify_sound, section_count, section_length

    count = section_count(info.duration)
    payload = {
        "media": str(media.path),
        "stream": stream.index,
        "channel": channel,
        "duration": info.duration,
        "count": count,
        "engine": settings.engine,
        "model": settings.model,
        "hotwords": list(forms),
        **{name: getattr(settings, name) for name in LISTENED},
        **({"apart": True} if apart else {}),
    }
    unkeyed = {"media", "model", "stream", "duration"}
    unkeyed |= {"compute"} if settings.engine == "openai-whisper" else set()
    base = {
        **{name: value for name, value in payload.items() if name not in unkeyed},
        "sound": identify_sound(info, stream),
        "tools": hearing_tools(settings),
        "version": _VERSION,
    }
    return [
        Job(
            id=f"section {number + 1}/{count}",
            payload={**payload, "number": number},
            results={RESULT: digest_value({**base, "number": number})},
            cores=4,
            memory_mb=2500 if settings.engine == "openai-whisper" else 1200,
            cost=section_length(info.duration, number),
        )
        for number in range(count)
    ]


def run_section(job: Job, context: Context) -> None:
    """Hear one section and write ``heard.json`` and the levels of its sound, ``levels.npz``."""
    from mediakit.speech.levels import measure_levels
    from mediakit.speech.recogniser import load_recogniser
    from mediakit.speech.two_channels import read_talkers

    task = job.payload
    sound, talkers = read_talkers(
        Path(task["media"]),
        task["stream"],
        task["number"],
        task["count"],
        channel=task["channel"],
        apart=task.get("apart", False),
        on_seconds=section_progress(task, context, 0.05, 0.0),
    )
    context.check_cancelled()
    how = _listening(task)
    recogniser = load_recogniser(
        task["engine"],
        find_model(task["engine"], task["model"], download=False),
        task["compute"],
        _threads(task["engine"], context.cores),
        parallel=how.vad and not how.plain and not how.condition,
    )
    context.check_cancelled()
    heard = hear_channels(recogniser, talkers, how, section_progress(task, context, 0.95, 0.05))
    (context.out / RESULT).mkdir()
    heard.write(context.out / RESULT / WORDS)
    measure_levels(sound).write(context.out / RESULT / LEVELS)


def _listening(task: Mapping[str, Any]) -> Listening:
    from mediakit.speech.hearing import Listening

    return Listening(
        language=parse_language(task["language"]),
        beam_size=task["beam_size"],
        hotwords=tuple(task["hotwords"]),
        vad=task["vad"],
        condition=task["condition"],
        plain=task["plain"],
    )


def _threads(engine: str, cores: int) -> int:
    """Return how many threads an engine gets: CTranslate2's results are the same for any number, torch's may not be."""
    if engine == "openai-whisper":
        return cores
    return max(1, min(cores, os.cpu_count() or 1))


def find_model(engine: str, name: str, *, download: bool) -> SpeechModel:
    """Return a speech model for an engine; see `mediakit.tools.models.find_model`."""
    from mediakit.tools.models import find_model

    return find_model(name, checkpoints=engine == "openai-whisper", download=download)


def hearing_tools(settings: TranscribeSettings) -> dict[str, str]:
    """Return the versions of what hears, and the model's digest.

    Raises:
        InputError: the engine or the model is not on this machine.
    """
    from mediakit.speech.recogniser import engine_versions
    from mediakit.tools.versions import version

    if settings.engine == "import":
        raise UsageError("importing hears nothing")
    versions = engine_versions(settings.engine)
    model = find_model(settings.engine, settings.model, download=settings.download)
    return {**versions, "av": version("av"), "model": model.digest}
