"""The sound of a render: one job for each programme and loudness, shared by the channels that want the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.channels.models import Audio, LoudnessProfile
from mediakit.media.digests import canonical_json, digest_value
from mediakit.media.rendition import LoudnessFigures
from mediakit.render.mix import SoundSource
from mediakit.render.sound import REVISION, SUFFIXES, make_sound
from mediakit.steps.base import Context, Job

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


def sound_job(
    source: SoundSource | None,
    digest: str,
    channel: Channel,
    profile: LoudnessProfile,
    spans: Sequence[tuple[Fraction, Fraction]],
    duration: Fraction,
    ffmpeg: str,
) -> Job:
    """Return the job that makes a programme's sound for a channel.

    Args:
        source: where the sound lies; None is silence.
        digest: of the source file.
        channel: whose codec and level it is.
        profile: the channel's loudness profile.
        spans: (start, end) seconds on the source's programme clock.
        duration: seconds of the programme.
        ffmpeg: version of ffmpeg.
    """
    container = channel.container if channel.frame is None else None
    wanted: dict[str, Any] = {
        "spans": [[str(start), str(end)] for start, end in spans],
        "duration": str(duration),
        "audio": channel.audio.model_dump(mode="json", exclude={"loudness", "tracks", "fill"}),
        "profile": profile.model_dump(mode="json", exclude={"title", "source", "grade", "checked_on", "note"}),
        "container": container,
    }
    heard = None if source is None else {"file": digest, **source.describe()}
    key = digest_value({"sound": REVISION, "ffmpeg": ffmpeg, "source": heard, **wanted})
    payload: dict[str, Any] = {
        "kind": "sound",
        **wanted,
        "profile": profile.model_dump(mode="json"),
        "loudness": channel.audio.loudness,
        "path": None if source is None else str(source.path),
        "source": None if source is None else source.describe(),
    }
    return Job(
        id=f"sound {channel.audio.loudness} {channel.audio.codec} {key[:8]}",
        payload=payload,
        results={RESULT: key},
        cores=1,
        memory_mb=250,
        cost=float(duration) * 1.5,
        work="sound",
    )


def run_sound_job(job: Job, context: Context) -> None:
    """Make the sound and write its measured figures beside it."""
    payload = job.payload
    audio = Audio.model_validate({**payload["audio"], "loudness": payload["loudness"]})
    folder = context.out / RESULT
    folder.mkdir(parents=True, exist_ok=True)
    made = make_sound(
        _load_source(payload),
        [(Fraction(start), Fraction(end)) for start, end in payload["spans"]],
        duration=Fraction(payload["duration"]),
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


def _load_source(payload: Any) -> SoundSource | None:
    data = payload["source"]
    if data is None:
        return None
    return SoundSource(
        path=Path(payload["path"]),
        streams=tuple(data["streams"]),
        channels=data["channels"],
        layout=data["layout"],
        zero=Fraction(data["zero"]),
        file_start=Fraction(data["file_start"]),
    )


def read_sound(folder: Path) -> MadeSound:
    """Return what a sound job left in its folder."""
    record = json.loads((folder / _FIGURES).read_text(encoding="utf-8"))
    figures = LoudnessFigures.model_validate(record["figures"])
    return MadeSound(folder / record["file"], figures, tuple(record["notes"]))
