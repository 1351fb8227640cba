"""The sound of a render: one job for each programme and loudness, shared by the channels that want the same."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.channels.models import Audio, LoudnessProfile
from mediakit.media.digests import canonical_json, digest_value
from mediakit.media.rendition import LoudnessFigures
from mediakit.render.mix import Mix
from mediakit.render.sound import REVISION, SUFFIXES, make_sound
from mediakit.steps.jobs import Context, Job

if TYPE_CHECKING:
    from mediakit.channels.models import Channel

RESULT = "sound"
_FIGURES = "sound.json"


@dataclass(frozen=True)
class MadeSound:
    """A sound job's result."""

    path: Path
    figures: LoudnessFigures
    notes: tuple[str, ...]


def sound_job(mix: Mix, channel: Channel, profile: LoudnessProfile, ffmpeg: str) -> Job:
    """Return the job that makes a programme's sound for a channel.

    Args:
        mix: what sounds.
        channel: whose codec and level it is.
        profile: the channel's loudness profile.
        ffmpeg: version of ffmpeg.
    """
    from mediakit.tools.versions import version

    container = channel.container if channel.frame is None else None
    wanted: dict[str, Any] = {
        "audio": channel.audio.model_dump(mode="json", exclude={"loudness", "tracks", "fill"}),
        "profile": profile.model_dump(mode="json", exclude={"title", "source", "grade", "checked_on", "note"}),
        "container": container,
    }
    tools = {"ffmpeg": ffmpeg, "av": version("av"), "numpy": version("numpy")}
    key = digest_value({"sound": REVISION, "tools": tools, "mix": mix.describe(), **wanted})
    payload: dict[str, Any] = {
        "kind": "sound",
        **wanted,
        "profile": profile.model_dump(mode="json"),
        "loudness": channel.audio.loudness,
        "mix": mix.pack(),
    }
    return Job(
        id=f"sound {channel.audio.loudness} {channel.audio.codec} {key[:8]}",
        payload=payload,
        results={RESULT: key},
        cores=1,
        memory_mb=250,
        cost=float(mix.duration),
        work="sound",
    )


def run_sound_job(job: Job, context: Context) -> None:
    """Make the sound and write its measured figures beside it."""
    payload = job.payload
    audio = Audio.model_validate({**payload["audio"], "loudness": payload["loudness"]})
    folder = context.out / RESULT
    folder.mkdir(parents=True, exist_ok=True)
    made = make_sound(
        Mix.unpack(payload["mix"]),
        audio=audio,
        profile=LoudnessProfile.model_validate(payload["profile"]),
        out=folder / f"sound{_suffix(audio, payload['container'])}",
        scratch=context.scratch,
        container=payload["container"],
        on_progress=lambda fraction: context.progress(fraction, "sound"),
        is_cancelled=context.is_cancelled,
    )
    record = {"file": made.path.name, "figures": made.figures.model_dump(mode="json"), "notes": list(made.notes)}
    (folder / _FIGURES).write_text(canonical_json(record), encoding="utf-8")


def _suffix(audio: Audio, container: str | None) -> str:
    if container is None:
        return SUFFIXES[audio.codec]
    return ".wav" if container == "bwf" else f".{container}"


def read_sound(folder: Path) -> MadeSound:
    """Return what a sound job left in its folder."""
    record = json.loads((folder / _FIGURES).read_text(encoding="utf-8"))
    figures = LoudnessFigures.model_validate(record["figures"])
    return MadeSound(folder / record["file"], figures, tuple(record["notes"]))
