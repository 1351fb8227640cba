"""Settings of ``edit``: an edit's file, or the edit itself, and how to hear its sources."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from mediakit.editing.edit import Edit as WrittenEdit
from mediakit.editing.edit import OverlayEntry, PictureEntry, SoundEntry, SourceName, Tracks
from mediakit.media.timeline import Cleaning
from mediakit.media.times import FrameRate
from mediakit.steps.base import StepSettings
from mediakit.steps.transcribe_settings import TranscribeSettings


class EditSettings(StepSettings):
    """Settings of ``edit``: an edit's file, or the edit itself."""

    file: Path | None = Field(
        default=None, description="edit.yaml, or an edit of another program (.otio, .edl, .xml), instead of one here."
    )
    library: Path | None = Field(
        default=None, description="Asset library whose files another program's edit may mean; relative to that file."
    )
    footage: tuple[Path, ...] = Field(default=(), description="Media files and folders that it may mean, likewise.")
    name: str = Field(default="", max_length=200, description="Name of the programme and of its files.")
    fps: FrameRate | None = Field(default=None, description="Frame rate (default: that of the first clip's source).")
    timecode: str | None = Field(default=None, description="Timecode of the programme's first frame.")
    sources: dict[SourceName, Path] = Field(default_factory=dict, description="Media files by name.")
    clean: dict[SourceName, Path] = Field(default_factory=dict, description="Textless twins, by the source's name.")
    transcripts: dict[SourceName, Path] = Field(
        default_factory=dict, description="Transcripts by the source's name (default: those of earlier steps)."
    )
    transcribe: TranscribeSettings | None = Field(
        default=None,
        description="How to transcribe sources that are named by their words, or narrate, and that no step before did.",
    )
    language: str | None = Field(default=None, description="Spoken language of what is transcribed, such as zh or en.")
    tracks: dict[SourceName, Tracks] = Field(
        default_factory=dict, description="Which tracks are a source's sound, by its name: 1, 1+2, 1.2 (as in ingest)."
    )
    cleanup: dict[SourceName, Cleaning] = Field(
        default_factory=dict,
        description="What is taken out of a source's sound, by its name: {highpass: 80, noise: 12}.",
    )
    picture: tuple[PictureEntry, ...] = Field(default=(), description="Clips, cards and gaps in playing order.")
    sound: tuple[SoundEntry, ...] = Field(default=(), description="Narration, natural sound, music.")
    overlays: tuple[OverlayEntry, ...] = Field(default=(), description="What is drawn over the picture, and when.")

    @model_validator(mode="after")
    def _hears(self) -> EditSettings:
        given = self.transcribe
        if given is not None and (given.engine == "import" or given.id is not None or given.from_ is not None):
            raise ValueError("`transcribe` takes how to hear; name a transcript that is there below `transcripts`")
        return self

    def file_of(self, port: str) -> Path | None:
        """Return the path that a port of type ``file`` is given, those of ``transcribe`` as well."""
        name, _, key = port.partition(".")
        if name == "transcribe":
            return None if self.transcribe is None else self.transcribe.file_of(key)
        return super().file_of(port)

    def with_files(self, files: Mapping[str, Path]) -> Self:
        """Return the settings with other paths, by port."""
        heard = {port.partition(".")[2]: path for port, path in files.items() if port.startswith("transcribe.")}
        rest = {port: path for port, path in files.items() if not port.startswith("transcribe.")}
        made = super().with_files(rest)
        if self.transcribe is None or not heard:
            return made
        return made.model_copy(update={"transcribe": self.transcribe.with_files(heard)})

    def written(self) -> WrittenEdit:
        """Return the edit."""
        return WrittenEdit(**{name: getattr(self, name) for name in WrittenEdit.model_fields if name != "schema_"})

    @property
    def spoken_sources(self) -> tuple[str, ...]:
        """The sources whose words the edit asks for, or that speak by what it says of them."""
        named = [item.clip for item in self.picture if item.clip and (item.from_ is not None or item.speech)]
        for sound in self.sound:
            name = sound.narration or sound.natural or sound.music
            if name and (sound.narration or sound.from_ is not None):
                named.append(name)
        return tuple(dict.fromkeys(named))
