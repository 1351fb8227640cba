"""``subtitle``: cues from a transcript under a profile, as subtitle files; optionally checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from mediakit.channels.models import SubtitleProfile
from mediakit.media.times import FrameRate
from mediakit.steps.base import Context, Inputs, PlainStep, Problem, Publication, StepSettings
from mediakit.steps.ports import FILE, Port

if TYPE_CHECKING:
    from mediakit.media.cues import CueSheet


class SubtitleSettings(StepSettings):
    """Settings of ``subtitle``."""

    profile: str | None = Field(
        default=None, description="Subtitle profile: limits of length, speed and punctuation (default: by language)."
    )
    formats: tuple[Literal["srt", "ass", "vtt", "ttml"], ...] = Field(
        default=("srt",), min_length=1, description="File formats to write."
    )
    check: bool = Field(default=False, description="Fail (exit code 5) when a cue breaks a rule of the profile.")
    fps: FrameRate | None = Field(default=None, description="Frame rate (default: the picture's own).")
    transcript: Path | None = Field(
        default=None, description="A transcript, or a subtitle file to convert (default: the earlier step's)."
    )


class Subtitle(PlainStep[SubtitleSettings]):
    """Builds cues, or takes those of a subtitle file as they are, and writes them."""

    name: ClassVar[str] = "subtitle"
    version: ClassVar[int] = 3
    settings_type = SubtitleSettings
    produces: ClassVar[str] = "subtitles"

    def ports(self, settings: SubtitleSettings) -> tuple[Port, ...]:
        """Return the inputs: the words of media or of an edit, and the media's facts for its frame rate."""
        words = Port("transcript", "transcript", also=("timeline",))
        if settings.transcript is not None:
            words = Port("transcript", FILE)
        return (words, Port("asset", "asset", optional=True, made_from="transcript"))

    def key_settings(self, settings: SubtitleSettings) -> Mapping[str, Any]:
        """Return the settings with the profile's content in place of its name."""
        chosen = None if settings.profile is None else find_profile(settings.profile).model_dump(mode="json")
        return {**super().key_settings(settings), "profile_id": settings.profile, "profile": chosen}

    def tools(self, settings: SubtitleSettings) -> Mapping[str, str]:
        """Return the versions of the segmenter and of the subtitle library."""
        from importlib.metadata import version

        return {"rjieba": version("rjieba"), "pysubs2": version("pysubs2")}

    def validate(self, settings: SubtitleSettings, files: Mapping[str, Path]) -> None:
        """Refuse unknown profiles and unreadable files."""
        from mediakit.tools.opening import check_file

        if settings.profile is not None:
            find_profile(settings.profile)
        for path in files.values():
            check_file(path)

    def run(self, settings: SubtitleSettings, inputs: Inputs, context: Context) -> None:
        """Write ``cues.json`` and ``subtitles.<format>``."""
        from mediakit.subtitles.check import check_cues, count_by_rule
        from mediakit.subtitles.formats import write_cues

        sheet = self._read_or_build(settings, inputs)
        sheet.write(context.out / "cues.json")
        for format_name in settings.formats:
            write_cues(sheet, context.out / f"subtitles.{format_name}", format_name)
        violations = check_cues(sheet, find_profile(sheet.profile), sheet.fps)
        if violations and settings.check:
            for violation in violations:
                context.note_problem(Problem(5, sheet.profile, str(violation)))
        elif violations:
            counts = ", ".join(f"{rule} {count}" for rule, count in count_by_rule(violations).items())
            noun = "violation" if len(violations) == 1 else "violations"
            context.warn(f"{len(violations)} {noun} of {sheet.profile} in {len(sheet.cues)} cues: {counts}")
        context.progress(1.0)

    def _read_or_build(self, settings: SubtitleSettings, inputs: Inputs) -> CueSheet:
        from mediakit.steps.programme import read_facts, read_words
        from mediakit.subtitles.build import build_cues
        from mediakit.subtitles.formats import read_cues

        facts = read_facts(inputs)
        fps = settings.fps or (facts.fps if facts else None)
        given = inputs.file("transcript") if settings.transcript is not None else None
        if given and given.path.suffix.lower() != ".json":
            sheet = read_cues(given.path)
            return sheet.model_copy(update={"fps": fps, "profile": settings.profile or default_profile(sheet.language)})
        transcript = read_words(inputs)
        profile_id = settings.profile or default_profile(transcript.language)
        return build_cues(transcript, find_profile(profile_id), profile_id, fps=fps)

    def published(self, settings: SubtitleSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return ``subtitles/<stem>.<language>.<format>`` for every format."""
        language = f".{find_profile(settings.profile).language}" if settings.profile is not None else ""
        for format_name in settings.formats:
            yield Publication(f"subtitles.{format_name}", f"subtitles/{stem}{language}.{format_name}")


def default_profile(language: str) -> str:
    """Return the profile for a language where none is named: the station's for Chinese, else Netflix's."""
    return "cn_tv_14" if language.lower().startswith(("zh", "yue")) else "netflix_en"


def find_profile(profile_id: str) -> SubtitleProfile:
    """Return a subtitle profile by its id.

    Raises:
        RecipeError: no such profile; the hint has the nearest right name.
    """
    from mediakit.channels.loading import load_profiles
    from mediakit.errors import RecipeError
    from mediakit.media.mistakes import suggest

    profiles = load_profiles().subtitles
    if profile_id not in profiles:
        message = f"no subtitle profile is called {profile_id!r}"
        raise RecipeError(message, hint=suggest(profile_id, profiles))
    return profiles[profile_id]
