"""What ``transcribe`` makes a transcript with beside the sound: forms of the glossary, style, pauses, verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mediakit.media.info import MediaInfo
from mediakit.steps.base import Artifact, Inputs
from mediakit.steps.transcribe_settings import TranscribeSettings

if TYPE_CHECKING:
    from mediakit.speech.finishing import Style
    from mediakit.speech.pauses import Pause

VERDICTS = "corrections.yaml"
"""The published list of corrections."""


def folder_of(settings: TranscribeSettings) -> str:
    """Return the folder that a step with an id publishes into."""
    return f"{settings.id}/" if settings.id else ""


def read_hotwords(inputs: Inputs) -> tuple[str, ...]:
    """Return the forms to listen for."""
    from mediakit.speech.glossary import read_glossary

    glossary = inputs.maybe_file("glossary")
    return read_glossary(glossary.path).hotwords if glossary is not None else ()


def read_terms(inputs: Inputs) -> tuple[str, ...]:
    """Return the names and terms that are one word."""
    from mediakit.speech.glossary import read_glossary

    glossary = inputs.maybe_file("glossary")
    return tuple(entry.text for entry in read_glossary(glossary.path).entries) if glossary is not None else ()


def style_of(settings: TranscribeSettings, inputs: Inputs, *, punctuation: bool) -> Style:
    """Return how words are written; ``punctuation`` is the default where nothing is said."""
    from mediakit.speech.finishing import Style

    wanted = punctuation if settings.punctuation is None else settings.punctuation
    return Style(numbers=settings.numbers, punctuation=wanted, terms=read_terms(inputs))


def read_pauses(folders: Sequence[Path]) -> tuple[Pause, ...]:
    """Return where the voice is silent, from the levels that were measured with each section."""
    from mediakit.speech.levels import Levels, join_levels
    from mediakit.speech.pauses import find_pauses

    levels = join_levels([Levels.read(folder / "levels.npz") for folder in folders])
    return () if levels is None else find_pauses(levels)


def composed_with(settings: TranscribeSettings, inputs: Inputs) -> dict[str, Any]:
    """Return what every transcript is made with: the media's length and digest, the glossary, verdicts."""
    from mediakit.speech.glossary import read_glossary
    from mediakit.speech.verdicts import read_verdicts

    asset: Artifact = inputs.artifact("asset")
    glossary = inputs.maybe_file("glossary")
    decided = inputs.maybe_file("corrections") or inputs.maybe_file(folder_of(settings) + VERDICTS)
    return {
        "duration": MediaInfo.read(asset.path("media.json")).duration,
        "source_digest": asset.origin["media"].digest,
        "glossary": read_glossary(glossary.path) if glossary else None,
        "verdicts": read_verdicts(decided.path) if decided else None,
    }
