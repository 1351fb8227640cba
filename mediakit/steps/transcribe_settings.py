"""Settings of ``transcribe``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from mediakit.media.pages import check_page_name
from mediakit.speech.languages import parse_language
from mediakit.steps.base import StepSettings


def _check_page(name: str | None) -> str | None:
    return None if name is None else check_page_name(name)


def _check_language(name: str) -> str:
    return parse_language(name) or "auto"


class TranscribeSettings(StepSettings):
    """Settings of ``transcribe``."""

    engine: Literal["faster-whisper", "openai-whisper", "import"] = Field(
        default="faster-whisper", description="What hears the words; `import` takes them from the file `import` names."
    )
    model: str = Field(
        default="base", min_length=1, max_length=4096, description="Speech model: a name, a folder, or a .pt file."
    )
    language: Annotated[str, AfterValidator(_check_language)] = Field(
        default="auto", description="Language (zh, en …), or auto to detect it."
    )
    glossary: Path | None = Field(default=None, description="Names and terms: YAML or CSV.")
    corrections: Path | None = Field(
        default=None, description="What was decided about the glossary's corrections: an edited corrections.yaml."
    )
    script: Path | None = Field(default=None, description="The text that was meant to be said.")
    import_: Path | None = Field(
        default=None, alias="import", description="A transcript to import instead of listening: SRT, VTT, ASS, JSON."
    )
    track: int | None = Field(default=None, ge=1, description="Which sound track, from 1 (default: the main one).")
    channel: int | None = Field(default=None, ge=1, description="One channel of it, from 1 (default: all, mixed).")
    beam_size: int = Field(default=5, ge=1, le=20, description="Width of the search; 1 is greedy and faster.")
    vad: bool = Field(default=True, description="Listen only where somebody speaks.")
    condition: bool = Field(
        default=False, description="Give the engine what was said before as context: slower, window by window."
    )
    characters: Literal["simplified", "traditional", "taiwan", "hongkong", "kept"] | None = Field(
        default=None, description="How Mandarin is written (default: simplified; what is imported is kept)."
    )
    numbers: Literal["kept", "digits", "words"] = Field(
        default="kept", description="Numbers, dates and percentages as they come, as digits, or in words."
    )
    punctuation: bool | None = Field(
        default=None, description="Set marks where Mandarin came without any (default: what is heard, not imports)."
    )
    lint: bool = Field(default=True, description="Point out wordings that a newsroom would look at again.")
    wording: Path | None = Field(default=None, description="More wordings to point out: YAML.")
    speakers: Annotated[int, Field(ge=1, le=20)] | Literal["auto"] | None = Field(
        default=None, description="Tell speakers apart by their voices: how many there are, or auto to find out."
    )
    speaker_names: Path | None = Field(default=None, description="What the speakers are called: YAML.")
    html: Annotated[str | None, AfterValidator(_check_page)] = Field(
        default=None, description="A page for proof-reading against the sound: its name, such as transcript.html."
    )
    compute: Literal["int8", "float32"] = Field(default="int8", description="Number format of faster-whisper.")
    plain: bool = Field(default=False, description="The engine's bare result: no prompt, no guards, no second hearing.")
    download: bool = Field(default=False, description="Fetch a named model that is not on this machine.")

    @model_validator(mode="before")
    @classmethod
    def _import_means_import(cls, data: Any) -> Any:
        if isinstance(data, dict) and (data.get("import") or data.get("import_")) and "engine" not in data:
            return {**data, "engine": "import"}
        return data

    @model_validator(mode="before")
    @classmethod
    def _names_mean_speakers(cls, data: Any) -> Any:
        if isinstance(data, dict) and data.get("speaker_names") and data.get("speakers") is None:
            return {**data, "speakers": "auto"}
        return data

    @model_validator(mode="after")
    def _one_source(self) -> TranscribeSettings:
        if self.engine == "import" and self.import_ is None:
            raise ValueError("engine import needs `import`: the file to take the transcript from")
        if self.engine != "import" and self.import_ is not None:
            raise ValueError(f"`import` goes with engine import, not with {self.engine}")
        return self
