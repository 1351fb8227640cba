"""The proof page of ``transcribe``: its sound as a job of its own, and the page beside the transcript."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from mediakit.media.digests import digest_value
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from mediakit.media.info import AudioStream, MediaInfo
    from mediakit.speech.finishing import Finished

_RESULT = "proof"
_SOUND = "sound.m4a"
_VERSION = 1


def proof_sound_name(page: str) -> str:
    """Return the name of the sound's file beside a page."""
    return f"{PurePosixPath(page).stem}.sound.m4a"


def plan_proof_sound(media: Path, info: MediaInfo, stream: AudioStream, channel: int | None) -> Job:
    """Return the job that copies the sound for the page."""
    from mediakit.speech.sound import identify_sound
    from mediakit.tools.ffmpeg import ffmpeg_version

    return Job(
        id="sound of the proof page",
        payload={
            "media": str(media),
            "stream": stream.index,
            "channel": channel,
            "zero": info.start,
            "duration": info.duration,
        },
        results={_RESULT: digest_value([_VERSION, identify_sound(info, stream), channel, ffmpeg_version()])},
        cost=max(1.0, info.duration / 20),
    )


def run_proof_sound(job: Job, context: Context) -> bool:
    """Write the sound if this is the job that does, and tell whether it was."""
    from mediakit.speech.proof_sound import write_proof_sound

    if _RESULT not in job.results:
        return False
    task = job.payload
    (context.out / _RESULT).mkdir()
    write_proof_sound(
        Path(task["media"]),
        task["stream"],
        context.out / _RESULT / _SOUND,
        zero=task["zero"],
        duration=task["duration"],
        channel=task["channel"],
        on_progress=context.progress,
        is_cancelled=context.is_cancelled,
    )
    return True


def write_proof(
    page: str, finished: Finished, jobs: Sequence[Job], results: Mapping[str, Mapping[str, Path]], context: Context
) -> None:
    """Write the page into the output, and beside it the sound that a job made, if the media has any."""
    from mediakit.media.document import write_text_atomic
    from mediakit.speech.proof import build_proof

    sounds = [results[job.id][_RESULT] / _SOUND for job in jobs if _RESULT in job.results]
    name = proof_sound_name(page) if sounds else None
    if name is not None:
        context.place(sounds[0], name)
    text = build_proof(finished.transcript, name=PurePosixPath(page).stem, sound=name, report=finished.report)
    write_text_atomic(context.out / page, text)
