"""Speakers of ``transcribe``: jobs that listen to the voices of each section, and names for who says what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.digests import digest_value
from mediakit.media.spans import unite_spans
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream, MediaInfo
    from mediakit.media.transcript import Transcript
    from mediakit.speech.heard import Heard
    from mediakit.speech.hearing import Listening
    from mediakit.speech.recogniser import Recogniser
    from mediakit.speech.sound import Stretch
    from mediakit.speech.speaking import Speaking
    from mediakit.steps.transcribe_settings import TranscribeSettings

_RESULT = "voices"
_REVISION = 1


def voice_tools() -> dict[str, str]:
    """Return what shapes how voices are told apart.

    Raises:
        InputError: the voice models are not on this machine.
    """
    from mediakit.tools.versions import version
    from mediakit.tools.voice_models import find_voice_models

    return {"onnxruntime": version("onnxruntime"), "voices": find_voice_models().digest}


def may_part(settings: TranscribeSettings, stream: AudioStream, channel: int | None) -> bool:
    """Tell whether the channels are to be looked at for different people."""
    return settings.speakers is not None and channel is None and stream.channels == 2


def plan_voices(media: Path, info: MediaInfo, stream: AudioStream, channel: int | None, *, apart: bool) -> list[Job]:
    """Return the jobs that listen to the voices, one a section; how many people there are does not change them."""
    from mediakit.speech.sound import identify_sound, section_count, section_length
    from mediakit.tools.versions import version

    count = section_count(info.duration)
    payload = {
        "media": str(media),
        "stream": stream.index,
        "channel": channel,
        "count": count,
        "apart": apart,
        "duration": info.duration,
    }
    tools = {**voice_tools(), "av": version("av"), "numpy": version("numpy")}
    sound = identify_sound(info, stream)
    return [
        Job(
            id=f"voices {number + 1}/{count}",
            payload={**payload, "number": number},
            results={_RESULT: digest_value([_REVISION, sound, channel, count, number, apart, tools])},
            memory_mb=900,
            cost=section_length(info.duration, number) / 3,
        )
        for number in range(count)
    ]


def run_voices(job: Job, context: Context) -> bool:
    """Write ``voices.npz`` of a section if this is a job that does, and tell whether it was."""
    if _RESULT not in job.results:
        return False
    from mediakit.speech.turns import VoiceReader, join_voices
    from mediakit.speech.two_channels import read_talkers
    from mediakit.tools.voice_models import find_voice_models

    task = job.payload
    progress = section_progress(task, context)
    _, sounds = read_talkers(
        Path(task["media"]), task["stream"], task["number"], task["count"], channel=task["channel"], apart=task["apart"]
    )
    context.check_cancelled()
    models = find_voice_models()
    reader = VoiceReader.load(models.turns, models.voices)
    found = join_voices([reader.read(sound, number, progress) for number, sound in sounds.items()])
    (context.out / _RESULT).mkdir()
    found.write(context.out / _RESULT / "voices.npz")
    return True


def section_progress(
    task: Mapping[str, Any], context: Context, share: float = 1.0, low: float = 0.0
) -> Callable[[float], None]:
    """Return what is told the time (seconds on the media's clock) that a section's job has reached.

    Args:
        task: the job's payload: ``number`` and the media's ``duration``.
        context: of the job.
        share: how much of the job this part of it is.
        low: how much of the job lies before it.
    """
    from mediakit.speech.sound import SECTION_S, section_length

    begin, span = SECTION_S * task["number"], section_length(task["duration"], task["number"])

    def report(seconds: float) -> None:
        done = min(max(0.0, (seconds - begin) / span), 1.0)
        context.progress(low + share * done, f"{min(seconds, task['duration']):.0f} of {task['duration']:.0f} s")

    return report


def hear_channels(
    recogniser: Recogniser, sounds: Mapping[int, Stretch], how: Listening, on_seconds: Callable[[float], None]
) -> Heard:
    """Return what is said in a section, each channel heard by itself where there are two."""
    from mediakit.speech.heard import Heard
    from mediakit.speech.listening import hear_section

    parts = {number: hear_section(recogniser, sound, how, on_seconds) for number, sound in sounds.items()}
    if list(parts) == [0]:
        return parts[0]
    main = max(parts.values(), key=lambda part: part.speech_s)
    runs = [run.model_copy(update={"channel": number}) for number, part in parts.items() for run in part.runs]
    claims = [one.model_copy(update={"channel": number}) for number, part in parts.items() for one in part.claims]
    return Heard(
        language=main.language,
        language_probability=main.language_probability,
        speech_s=sum(part.speech_s for part in parts.values()),
        runs=tuple(sorted(runs, key=lambda run: (run.words[0].start, run.channel))),
        claims=tuple(sorted(claims, key=lambda claim: (claim.start, claim.channel))),
        speech=tuple(unite_spans(span for part in parts.values() for span in part.speech)),
    )


def find_programme_speakers(
    settings: TranscribeSettings, jobs: Sequence[Job], results: Mapping[str, Mapping[str, Path]]
) -> Speaking | None:
    """Return who speaks when, from the results of the jobs; None where nobody asked."""
    if settings.speakers is None:
        return None
    from mediakit.speech.speaking import find_speaking
    from mediakit.speech.turns import Voices

    files = [results[job.id][_RESULT] / "voices.npz" for job in jobs if _RESULT in job.results]
    count = None if settings.speakers == "auto" else settings.speakers
    return find_speaking([Voices.read(file) for file in files], count)


def compose_channels(
    sections: Sequence[Heard], speaking: Speaking | None, compose: Callable[[Sequence[Heard]], Transcript]
) -> Transcript:
    """Return the transcript of sections; channels that were heard apart are composed apart, and then brought together.

    Args:
        sections: what was heard.
        speaking: who speaks when.
        compose: makes a transcript of what was heard in one channel.
    """
    channels = sorted({run.channel or 0 for section in sections for run in section.runs})
    if speaking is None or channels in ([], [0]):
        return compose(sections)
    from mediakit.speech.attribution import attribute, merge_channels

    made = {channel: compose([section.of_channel(channel) for section in sections]) for channel in channels}
    main = max(made.values(), key=lambda transcript: len(transcript.words))
    spoken = [attribute(transcript.segments, speaking, channel) for channel, transcript in made.items()]
    everything: dict[str, Any] = {
        name: tuple(
            sorted(
                (one for transcript in made.values() for one in getattr(transcript, name)),
                key=lambda c: (c.start, c.end),
            )
        )
        for name in ("corrections", "doubts")
    }
    warnings = dict.fromkeys(warning for transcript in made.values() for warning in transcript.warnings)
    return main.model_copy(
        update={"segments": merge_channels(spoken, main.duration), "warnings": tuple(warnings), **everything}
    )


def assign_speakers(
    settings: TranscribeSettings, inputs: Inputs, transcript: Transcript, speaking: Speaking | None
) -> Transcript:
    """Return a transcript whose segments each have a speaker, with names where they are known."""
    if speaking is None:
        return transcript
    from mediakit.media.times import format_clock
    from mediakit.speech.attribution import attribute
    from mediakit.speech.speaker_names import name_speakers, read_speaker_names

    file = inputs.maybe_file("speaker_names")
    segments, warnings = name_speakers(
        attribute(transcript.segments, speaking), speaking, read_speaker_names(file.path) if file else None
    )
    if isinstance(settings.speakers, int) and speaking.count < settings.speakers:
        warnings.append(f"{settings.speakers} people were to be told apart; {speaking.count} were found")
    together = speaking.together
    if together:
        seconds = sum(end - start for start, end in together)
        warnings.append(
            f"several people speak at once for {seconds:.1f} s, first at {format_clock(together[0][0])}: "
            "words may be missing there"
        )
    return transcript.model_copy(update={"segments": segments, "warnings": (*transcript.warnings, *warnings)})
