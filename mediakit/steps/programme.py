"""What words belong to: a media file, or an edit, as steps take them at their ports."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from mediakit.errors import InputError

if TYPE_CHECKING:
    from mediakit.media.transcript import Transcript
    from mediakit.steps.inputs import Artifact, Inputs

EDIT = "timeline"
"""The type of an edit."""

TIMELINE = "timeline.json"
TRANSCRIPT = "transcript.json"


@dataclass(frozen=True)
class ProgrammeFacts:
    """What cues and shorts need of a programme.

    Attributes:
        digest: of the media file, or of what is said in the edit.
        duration: seconds.
        fps: frames a second of its picture; None without one.
    """

    digest: str
    duration: float
    fps: Fraction | None


def read_words(inputs: Inputs, port: str = "transcript") -> Transcript:
    """Return the words at a port: a file, a transcript, or what is said in an edit.

    Raises:
        InputError: nothing is known of what is said in the edit.
    """
    from mediakit.media.transcript import Transcript
    from mediakit.steps.inputs import FileRef

    value = inputs.values[port]
    if isinstance(value, FileRef):
        return Transcript.read(value.path)
    artifact = inputs.artifact(port)
    if TRANSCRIPT not in artifact.files:
        raise InputError(
            f"it is not known what is said in {artifact.node}",
            hint="transcribe its sources before it, or name their transcripts below its `transcripts:`",
        )
    return Transcript.read(artifact.path(TRANSCRIPT))


def read_facts(inputs: Inputs) -> ProgrammeFacts | None:
    """Return the facts of the edit at port ``transcript``, else of the media at port ``asset``, or None."""
    from mediakit.media.info import MediaInfo
    from mediakit.media.timeline import Timeline

    edit = find_edit(inputs, "transcript")
    if edit is not None:
        timeline = Timeline.read(edit.path(TIMELINE))
        return ProgrammeFacts(
            edit.files.get(TRANSCRIPT, edit.digest),
            float(timeline.duration),
            timeline.fps if timeline.picture else None,
        )
    asset = inputs.maybe_artifact("asset")
    if asset is None:
        return None
    info = MediaInfo.read(asset.path("media.json"))
    picture = info.picture
    return ProgrammeFacts(info.digest, info.duration, (picture.nominal_fps or picture.fps) if picture else None)


def find_edit(inputs: Inputs, *ports: str) -> Artifact | None:
    """Return the edit at one of some ports, or None."""
    from mediakit.steps.inputs import Artifact

    values = [inputs.values.get(port) for port in ports]
    return next((value for value in values if isinstance(value, Artifact) and value.type == EDIT), None)
