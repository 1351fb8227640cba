"""``subtitle``: cues from a transcript under a profile, or those of a subtitle file; checked, repaired, written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from mediakit.channels.models import SubtitleProfile
from mediakit.media.times import FrameRate
from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs, Problem
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import FILE, Port
from mediakit.steps.shot_changes import plan_shot_changes, read_shot_changes, run_shot_changes

if TYPE_CHECKING:
    from mediakit.media.captionlook import CaptionLook
    from mediakit.media.cues import CueSheet
    from mediakit.media.info import MediaInfo
    from mediakit.subtitles.raw import SubtitleFile

_REPORT = "check.json"


class SubtitleSettings(StepSettings):
    """Settings of ``subtitle``."""

    profile: str | None = Field(
        default=None, description="Subtitle profile: limits of length, speed and punctuation (default: by language)."
    )
    formats: tuple[Literal["srt", "ass", "vtt", "ttml"], ...] = Field(
        default=("srt",), min_length=1, description="File formats to write."
    )
    check: bool = Field(default=False, description="Fail (exit code 5) when a cue breaks a rule of the profile.")
    fix: bool = Field(default=False, description="Repair the cues of a subtitle file as far as the rules allow.")
    fps: FrameRate | None = Field(default=None, description="Frame rate (default: the picture's own).")
    children: bool = Field(default=False, description="Reading speed for children, as the profile names it.")
    speaker_changes: Literal["cue", "dash"] = Field(
        default="cue", description="dash: short turns of two speakers share a cue, a line and a dash each."
    )
    shot_changes: bool = Field(default=True, description="Find the picture's shot changes and keep cues clear of them.")
    glossary: Path | None = Field(default=None, description="Names and terms that no line's end may part.")
    translation: Path | None = Field(default=None, description="A subtitle file in another language, shown below.")
    pairing: Literal["time", "number"] = Field(
        default="time", description="How the translation's cues are paired: by time, or the first with the first."
    )
    sound_marks: Path | None = Field(
        default=None,
        description="A script whose directions (【雨声】, a line of their own) become cues in the pauses.",
    )
    brand: Path | None = Field(default=None, description="A brand file, for the look of ASS, WebVTT and TTML.")
    transcript: Path | None = Field(
        default=None, description="A transcript, or a subtitle file to convert (default: the earlier step's)."
    )


class Subtitle(ExpandingStep[SubtitleSettings]):
    """Builds cues, or takes those of a subtitle file, and writes them; the picture's shots are found in a job."""

    name: ClassVar[str] = "subtitle"
    version: ClassVar[int] = 4
    settings_type = SubtitleSettings
    produces: ClassVar[str] = "subtitles"

    def ports(self, settings: SubtitleSettings) -> tuple[Port, ...]:
        """Return the inputs: the words of media or of an edit, the media's facts, and files that were named."""
        words = Port("transcript", "transcript", also=("timeline",))
        if settings.transcript is not None:
            words = Port("transcript", FILE)
        named = ("glossary", "translation", "sound_marks", "brand")
        files = (Port(name, FILE) for name in named if getattr(settings, name) is not None)
        return (words, Port("asset", "asset", optional=True, made_from="transcript"), *files)

    def key_settings(self, settings: SubtitleSettings) -> Mapping[str, Any]:
        """Return the settings with the profile's content in place of its name."""
        chosen = None if settings.profile is None else find_profile(settings.profile).model_dump(mode="json")
        return {**super().key_settings(settings), "profile_id": settings.profile, "profile": chosen}

    def tools(self, settings: SubtitleSettings) -> Mapping[str, str]:
        """Return the versions of the segmenter and of the subtitle library."""
        from mediakit.tools.versions import version

        return {"rjieba": version("rjieba"), "pysubs2": version("pysubs2")}

    def validate(self, settings: SubtitleSettings, files: Mapping[str, Path]) -> None:
        """Refuse unknown profiles, unreadable files, and a repair of what is no subtitle file."""
        from mediakit.errors import UsageError
        from mediakit.tools.opening import check_file

        if settings.profile is not None:
            choose_profile(settings.profile, children=settings.children)
        if settings.fix and (settings.transcript is None or settings.transcript.suffix.lower() == ".json"):
            raise UsageError("fix repairs a subtitle file", hint="name one in place of a transcript")
        for path in files.values():
            check_file(path)
        if (glossary := files.get("glossary")) is not None:
            read_terms(glossary)
        if (brand := files.get("brand")) is not None:
            _read_look(brand)

    def jobs(self, settings: SubtitleSettings, inputs: Inputs) -> Sequence[Job]:
        """Return the job that finds the picture's shot changes, where they are wanted and there is a picture."""
        from mediakit.steps.programme import find_edit

        info = None if find_edit(inputs, "transcript") is not None else _read_info(inputs)
        if not settings.shot_changes or info is None:
            return ()
        return plan_shot_changes(info, inputs.artifact("asset").origin["media"])

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Find the shot changes."""
        run_shot_changes(job, context)

    def combine(
        self,
        settings: SubtitleSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write ``cues.json``, ``subtitles.<format>`` and ``check.json``."""
        from mediakit.subtitles.formats import write_cues

        cuts = read_shot_changes(jobs, results)
        if settings.shot_changes and not cuts:
            cuts = tuple(_cuts_of_edit(inputs))
        sheet, file = _read_or_build(settings, inputs, cuts)
        profile = choose_profile(sheet.profile, children=settings.children)
        sheet = _check_and_fix(settings, sheet, file, profile, context)
        sheet = _add_sounds_and_translation(settings, inputs, sheet, context)
        sheet.write(context.out / "cues.json")
        brand = inputs.maybe_file("brand")
        look = _read_look(brand.path) if brand is not None else None
        for format_name in settings.formats:
            write_cues(sheet, context.out / f"subtitles.{format_name}", format_name, look)
        context.progress(1.0)

    def published(self, settings: SubtitleSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return ``subtitles/<stem>.<language>.<format>`` for every format."""
        language = f".{find_profile(settings.profile).language}" if settings.profile is not None else ""
        for format_name in settings.formats:
            yield Publication(f"subtitles.{format_name}", f"subtitles/{stem}{language}.{format_name}")


def _read_info(inputs: Inputs) -> MediaInfo | None:
    from mediakit.media.info import MediaInfo

    asset = inputs.maybe_artifact("asset")
    return None if asset is None else MediaInfo.read(asset.path("media.json"))


def read_terms(path: Path) -> tuple[str, ...]:
    """Return the forms of a glossary file: names and terms that no line's end may part."""
    from mediakit.speech.glossary import read_glossary

    return tuple(entry.text for entry in read_glossary(path).entries)


def _read_look(path: Path) -> CaptionLook:
    from mediakit.render.brand import read_brand

    return read_brand(path).caption_look()


def _read_or_build(
    settings: SubtitleSettings, inputs: Inputs, cuts: tuple[float, ...]
) -> tuple[CueSheet, SubtitleFile | None]:
    """Return the cues, and the subtitle file that they came from if they did."""
    from mediakit.media.cues import CueSheet
    from mediakit.steps.programme import read_facts, read_words
    from mediakit.subtitles.build import build_cues
    from mediakit.subtitles.formats import read_file
    from mediakit.subtitles.raw import order_cues

    facts = read_facts(inputs)
    fps = settings.fps or (facts.fps if facts else None)
    glossary = inputs.maybe_file("glossary")
    terms = read_terms(glossary.path) if glossary is not None else ()
    given = inputs.file("transcript") if settings.transcript is not None else None
    if given and given.path.suffix.lower() != ".json":
        file = read_file(given.path)
        sheet = CueSheet(
            language=file.language,
            profile=settings.profile or default_profile(file.language),
            fps=fps,
            terms=terms,
            shot_changes=cuts,
            cues=order_cues(file.cues),
        )
        return sheet, file
    transcript = read_words(inputs)
    profile_id = settings.profile or default_profile(transcript.language)
    profile = choose_profile(profile_id, children=settings.children)
    changes = settings.speaker_changes
    made = build_cues(transcript, profile, profile_id, fps=fps, cuts=cuts, terms=terms, speaker_changes=changes)
    return made, None


def _cuts_of_edit(inputs: Inputs) -> list[float]:
    """Return the cuts of the edit whose words are taken, in seconds; its dissolves are none."""
    from mediakit.media.timeline import Timeline
    from mediakit.steps.programme import TIMELINE, find_edit

    edit = find_edit(inputs, "transcript")
    if edit is None:
        return []
    timeline = Timeline.read(edit.path(TIMELINE))
    return [float(start / timeline.fps) for start, item in timeline.placed() if start and item.dissolve is None]


def _check_and_fix(
    settings: SubtitleSettings,
    sheet: CueSheet,
    file: SubtitleFile | None,
    profile: SubtitleProfile,
    context: Context,
) -> CueSheet:
    """Check the cues, repair them where that is asked for, and write the report."""
    from mediakit.subtitles.check import check_cues
    from mediakit.subtitles.filecheck import check_file
    from mediakit.subtitles.repair import repair_cues
    from mediakit.subtitles.report import make_report

    found = check_cues(sheet, profile, sheet.fps) if file is None else check_file(file, sheet, profile, sheet.fps)
    changes = None
    left = found
    if settings.fix and file is not None:
        sheet, changes = repair_cues(file, sheet, profile, sheet.fps, sheet.shot_changes, sheet.terms)
        left = check_cues(sheet, profile, sheet.fps)
    report = make_report(sheet, found, file=file, changes=changes, left=() if changes is None else left)
    report.write(context.out / _REPORT)
    failing = [violation for violation in left if violation.fails]
    if failing and settings.check:
        for violation in failing:
            context.note_problem(Problem(5, sheet.profile, str(violation)))
    if left and not settings.check:
        from mediakit.subtitles.rules import count_by_rule

        counts = ", ".join(f"{rule} {count}" for rule, count in count_by_rule(left).items())
        noun = "violation" if len(left) == 1 else "violations"
        context.warn(f"{len(left)} {noun} of {sheet.profile} in {len(sheet.cues)} cues: {counts}")
    return sheet


def _add_sounds_and_translation(
    settings: SubtitleSettings, inputs: Inputs, sheet: CueSheet, context: Context
) -> CueSheet:
    from mediakit.subtitles.bilingual import pair_cues
    from mediakit.subtitles.formats import read_cues
    from mediakit.subtitles.sounds import add_sound_cues

    marks = inputs.maybe_file("sound_marks")
    if marks is not None:
        sheet, warnings = add_sound_cues(sheet, marks.path)
        for warning in warnings:
            context.warn(warning)
    translation = inputs.maybe_file("translation")
    if translation is not None:
        second = read_cues(translation.path)
        sheet, warnings = pair_cues(sheet, second, settings.pairing)
        for warning in warnings:
            context.warn(warning)
    return sheet


def default_profile(language: str) -> str:
    """Return the profile for a language where none is named: the station's for Chinese, else Netflix's."""
    return "cn_tv_14" if language.lower().startswith(("zh", "yue")) else "netflix_en"


def choose_profile(profile_id: str, *, children: bool = False) -> SubtitleProfile:
    """Return a profile, for children with their reading speed.

    Raises:
        RecipeError: no such profile.
        UsageError: the profile has no reading speed for children.
    """
    from mediakit.errors import UsageError

    profile = find_profile(profile_id)
    if not children:
        return profile
    try:
        return profile.for_children()
    except ValueError as exc:
        raise UsageError(f"{profile_id} {exc}", hint="netflix_zh and netflix_en have one") from exc


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
