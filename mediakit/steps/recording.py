"""After a run: what ingest and transcribe made goes into an asset library. Repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from mediakit.library.assets import Library
from mediakit.library.model import Added, Details
from mediakit.media.info import MediaInfo
from mediakit.media.transcript import Transcript
from mediakit.steps.base import StepSettings
from mediakit.steps.ingest import IngestSettings
from mediakit.steps.inputs import Artifact


def record_outputs(folder: Path, outputs: Iterable[tuple[StepSettings, Artifact]]) -> tuple[Added, ...]:
    """Write finished outputs into the library of a folder, which is made where there is none.

    Assets first, then the transcripts whose media the library knows; outputs of other kinds are passed over.

    Args:
        folder: the library's folder.
        outputs: each node's settings and output.

    Returns:
        What became of each asset, in order.

    Raises:
        MediakitError: the library cannot be used.
    """
    outputs = list(outputs)
    with Library.open(folder, create=True) as library:
        added = tuple(
            record_asset(library, settings, artifact)
            for settings, artifact in outputs
            if artifact.type == "asset" and isinstance(settings, IngestSettings)
        )
        for _, artifact in outputs:
            if artifact.type == "transcript":
                _record_transcript(library, artifact)
    return added


def record_asset(library: Library, settings: IngestSettings, artifact: Artifact) -> Added:
    """Write one ingested file into an open library."""
    details = Details(
        name=settings.name,
        series=settings.series,
        column=settings.column,
        notes=settings.notes,
        shot_on=settings.shot_on,
        tags=settings.tags,
    )
    return library.add_asset(
        MediaInfo.read(artifact.path("media.json")),
        artifact.origin["media"].path,
        details,
        thumbnail=artifact.path("thumbnail.jpg") if "thumbnail.jpg" in artifact.files else None,
        proxy=artifact.path("proxy.mp4") if "proxy.mp4" in artifact.files else None,
    )


def _record_transcript(library: Library, artifact: Artifact) -> None:
    transcript = Transcript.read(artifact.path("transcript.json"))
    if transcript.source_digest and library.has_asset(transcript.source_digest):
        library.add_transcript(transcript.source_digest, transcript)
