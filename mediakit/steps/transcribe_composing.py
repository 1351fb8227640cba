"""From heard sections, or an imported file, to the transcript of ``transcribe``: glossary, verdicts, style, script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mediakit.media.info import MediaInfo
from mediakit.steps.inputs import Inputs
from mediakit.steps.transcribe_sections import LEVELS, WORDS, find_model, hearing_tools
from mediakit.steps.transcribe_speakers import compose_channels

if TYPE_CHECKING:
    from mediakit.media.transcript import Transcript
    from mediakit.speech.finishing import Finished, Style
    from mediakit.speech.glossary import Glossary
    from mediakit.speech.heard import Heard
    from mediakit.speech.pauses import Pause
    from mediakit.speech.speaking import Speaking
    from mediakit.speech.verdicts import Verdicts
    from mediakit.steps.transcribe_settings import TranscribeSettings


@dataclass(frozen=True)
class Composer:
    """Composes a step's transcript, with the verdicts of a person and without.

    Attributes:
        settings: the step's.
        inputs: its inputs.
        folders: results of the heard sections, in order; none for an import.
        verdicts_name: the input that holds an edited list of corrections, besides the one that is named.
        speaking: who speaks when, where that was asked for; channels that were heard apart are composed apart.
    """

    settings: TranscribeSettings
    inputs: Inputs
    folders: Sequence[Path]
    verdicts_name: str
    speaking: Speaking | None

    @cached_property
    def glossary(self) -> Glossary | None:
        """The glossary, if one is named."""
        return read_glossary_of(self.inputs)

    @cached_property
    def verdicts(self) -> Verdicts | None:
        """What a person decided about corrections, if anything."""
        from mediakit.speech.verdicts import read_verdicts

        decided = self.inputs.maybe_file("corrections") or self.inputs.maybe_file(self.verdicts_name)
        return read_verdicts(decided.path) if decided else None

    @cached_property
    def pauses(self) -> tuple[Pause, ...]:
        """Where the voice is silent, from the levels and the voice activity of each section."""
        from mediakit.speech.levels import Levels, join_levels
        from mediakit.speech.pauses import find_pauses
        from mediakit.speech.underneath import trust_pauses

        levels = join_levels([Levels.read(folder / LEVELS) for folder in self.folders])
        if levels is None:
            return ()
        return trust_pauses(find_pauses(levels), levels, [span for one in self._sections for span in one.speech])

    @cached_property
    def _sections(self) -> tuple[Heard, ...]:
        from mediakit.speech.heard import Heard

        return tuple(Heard.read(folder / WORDS) for folder in self.folders)

    @cached_property
    def _terms(self) -> tuple[str, ...]:
        return () if self.glossary is None else tuple(entry.text for entry in self.glossary.entries)

    def compose(self, *, decided: bool = True) -> Transcript:
        """Return the transcript before the script has its say; ``decided``: with the verdicts."""
        verdicts = self.verdicts if decided else None
        return self._imported(verdicts) if self.settings.engine == "import" else self._heard(verdicts)

    def finish(self, composed: Transcript) -> Finished:
        """Return a composed transcript with script, edges, characters and remarks."""
        from mediakit.speech.finishing import finish_transcript
        from mediakit.speech.script import read_script
        from mediakit.speech.wording import read_wording

        settings = self.settings
        script, wording = self.inputs.maybe_file("script"), self.inputs.maybe_file("wording")
        return finish_transcript(
            composed,
            script=read_script(script.path) if script else None,
            pauses=self.pauses,
            characters=settings.characters or ("kept" if settings.engine == "import" else "simplified"),
            terms=self._terms,
            wordings=[read_wording(wording.path)] if wording else [] if settings.lint else None,
        )

    def _heard(self, verdicts: Verdicts | None) -> Transcript:
        from mediakit.media.transcript import Recogniser
        from mediakit.speech.composing import compose_heard

        settings = self.settings
        model = find_model(settings.engine, settings.model, download=settings.download)
        tools = hearing_tools(settings)
        compose = partial(
            compose_heard,
            recogniser=Recogniser(
                engine=settings.engine, version=tools[settings.engine], model=model.name, model_digest=model.digest
            ),
            simplified=settings.characters != "kept",
            style=self._style(punctuation=True),
            pauses=self.pauses,
            duration=self._duration,
            source_digest=self._digest,
            glossary=self.glossary,
            verdicts=verdicts,
        )
        return compose_channels(self._sections, self.speaking, compose)

    def _imported(self, verdicts: Verdicts | None) -> Transcript:
        from mediakit.media.transcript import Recogniser
        from mediakit.speech.composing import compose_imported
        from mediakit.speech.importing import import_transcript

        settings = self.settings
        language = None if settings.language == "auto" else settings.language
        source = self.inputs.file("import_")
        imported = import_transcript(source.path, duration=self._duration, language=language)
        return compose_imported(
            imported,
            recogniser=Recogniser(engine="import", model=imported.format, model_digest=source.digest),
            simplified=settings.characters not in (None, "kept"),
            style=self._style(punctuation=False),
            duration=self._duration,
            source_digest=self._digest,
            glossary=self.glossary,
            verdicts=verdicts,
        )

    def _style(self, *, punctuation: bool) -> Style:
        from mediakit.speech.finishing import Style

        wanted = punctuation if self.settings.punctuation is None else self.settings.punctuation
        return Style(numbers=self.settings.numbers, punctuation=wanted, terms=self._terms)

    @cached_property
    def _duration(self) -> float:
        return MediaInfo.read(self.inputs.artifact("asset").path("media.json")).duration

    @property
    def _digest(self) -> str:
        return self.inputs.artifact("asset").origin["media"].digest


def read_glossary_of(inputs: Inputs) -> Glossary | None:
    """Return the glossary that a step was given, if any."""
    from mediakit.speech.glossary import read_glossary

    glossary = inputs.maybe_file("glossary")
    return read_glossary(glossary.path) if glossary is not None else None
