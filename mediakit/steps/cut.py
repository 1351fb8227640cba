"""``cut``: shorts or spans of a source as files of their own, frame-exact, with their subtitles."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from mediakit.errors import InputError
from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import FILE, Port
from mediakit.steps.shot_changes import plan_shot_changes, read_shot_changes, run_shot_changes

if TYPE_CHECKING:
    from mediakit.media.cues import CueSheet
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex
    from mediakit.render.copy_plan import CopyChoice
    from mediakit.render.cut_plan import CutPlan

_RESULT = "cut"
_MADE = "made.json"
_ENCODE_MB = 700
_COPY_MB = 400


class CutSettings(StepSettings):
    """Settings of ``cut``: spans written out, or a list of shorts (a file, or the earlier step's)."""

    of: str | None = Field(default=None, description="Which input to cut, where there are several.")
    shorts: Path | None = Field(default=None, description="shorts.yaml (default: the earlier step's).")
    spans: tuple[str, ...] = Field(
        default=(), description="Spans instead of shorts: 00:10-00:25, 250f-500f, timecode; parts joined by commas."
    )
    subtitles: Path | None = Field(default=None, description="A subtitle file to cut along.")
    transcript: Path | None = Field(default=None, description="A transcript to make subtitles from.")
    profile: str | None = Field(default=None, description="Subtitle profile for a transcript (default: by language).")
    glossary: Path | None = Field(default=None, description="Names and terms that no line's end may part.")
    shot_changes: bool = Field(default=True, description="Find the picture's shot changes and keep cues clear of them.")
    copy_: Literal["auto", "never"] = Field(
        default="auto",
        alias="copy",
        description="auto: copy whole groups of pictures where the source allows it, encode the edges; "
        "never: encode all.",
    )

    @model_validator(mode="after")
    def _one_source(self) -> CutSettings:
        if self.spans and self.shorts is not None:
            raise ValueError("give shorts or spans, not both")
        return self


@dataclass(frozen=True)
class _Item:
    """One file to make."""

    id: str
    title: str
    plan: CutPlan
    copies: CopyChoice


class Cut(ExpandingStep[CutSettings]):
    """Makes every cut as a job of its own."""

    name: ClassVar[str] = "cut"
    version: ClassVar[int] = 5
    settings_type = CutSettings
    produces: ClassVar[str] = "cuts"

    def ports(self, settings: CutSettings) -> tuple[Port, ...]:
        """Return the inputs: the media, its shorts unless spans are given, and subtitles where there are any."""
        ports = [Port("asset", "asset", selector=settings.of)]
        if settings.shorts is not None:
            ports.append(Port("shorts", FILE))
        elif not settings.spans:
            ports.append(Port("shorts", "shorts", along_with="asset"))
        for name, type_ in (("subtitles", "subtitles"), ("transcript", "transcript")):
            given = getattr(settings, name) is not None
            ports.append(Port(name, FILE if given else type_, optional=not given, along_with="asset"))
        if settings.glossary is not None:
            ports.append(Port("glossary", FILE))
        return tuple(ports)

    def tools(self, settings: CutSettings) -> Mapping[str, str]:
        """Return the versions of ffmpeg and of the segmenter (for subtitles from a transcript)."""
        from mediakit.tools.ffmpeg import ffmpeg_version
        from mediakit.tools.versions import version

        return {"ffmpeg": ffmpeg_version(), "rjieba": version("rjieba")}

    def validate(self, settings: CutSettings, files: Mapping[str, Path]) -> None:
        """Refuse unreadable files, and a list of shorts that is wrong in itself."""
        from mediakit.media.shorts import read_shorts
        from mediakit.steps.subtitle import find_profile, read_terms
        from mediakit.tools.opening import check_file

        for path in files.values():
            check_file(path)
        if "shorts" in files:
            read_shorts(files["shorts"])
        if "glossary" in files:
            read_terms(files["glossary"])
        if settings.profile is not None:
            find_profile(settings.profile)

    def jobs(self, settings: CutSettings, inputs: Inputs) -> Sequence[Job]:
        """List one job for every cut, and one for the picture's shot changes; all spans are checked before."""
        from mediakit.media.digests import digest_value
        from mediakit.render.cut import CRF, PRESET, REVISION, THREADS
        from mediakit.render.cut_making import REVISION as COPY_REVISION
        from mediakit.render.cut_making import estimate_cost
        from mediakit.tools.ffmpeg import ffmpeg_version

        media = inputs.artifact("asset").origin["media"]
        shape = {"revision": REVISION, "crf": CRF, "preset": PRESET, "threads": THREADS, "ffmpeg": ffmpeg_version()}
        copying = {"copying": COPY_REVISION}
        jobs = []
        for item in _list_items(settings, inputs):
            packed, copies = item.plan.pack(), item.copies.pack()
            made = {"source": media.digest, "plan": packed, "copies": copies, **shape, **copying}
            encoded = item.copies.plans[0].encoded if item.copies.plans else 1
            jobs.append(
                Job(
                    id=item.id,
                    payload={
                        "path": str(media.path),
                        "plan": packed,
                        "copies": copies,
                        "file": f"{_RESULT}{item.plan.suffix}",
                    },
                    results={_RESULT: digest_value({"step": "cut", **made})},
                    cores=THREADS if item.plan.picture else 1,
                    memory_mb=_ENCODE_MB if encoded else _COPY_MB,
                    cost=estimate_cost(item.plan, item.copies.plans),
                )
            )
        if settings.shot_changes and _find_words(settings, inputs) is not None:
            jobs += plan_shot_changes(_read_info(inputs), media)
        return jobs

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Make one cut, and note how; or find the shot changes."""
        from mediakit.render.copy_plan import CopyChoice
        from mediakit.render.cut_making import make_cut
        from mediakit.render.cut_plan import CutPlan

        if run_shot_changes(job, context):
            return
        folder = context.out / _RESULT
        folder.mkdir(exist_ok=True)
        made = make_cut(
            Path(job.payload["path"]),
            CutPlan.unpack(job.payload["plan"]),
            CopyChoice.unpack(job.payload["copies"]),
            folder / job.payload["file"],
            scratch=context.scratch,
            task=f"cut {job.id}",
            on_progress=context.progress,
            is_cancelled=context.is_cancelled,
        )
        (folder / _MADE).write_text(json.dumps(made.pack()), encoding="utf-8")

    def combine(
        self,
        settings: CutSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Name the files, cut the subtitles along and write ``cuts.json``."""
        from mediakit.media.cuts import Cut as CutRecord
        from mediakit.media.cuts import CutList
        from mediakit.media.times import parse_rate
        from mediakit.subtitles.formats import write_cues

        cues_of = _cue_maker(settings, inputs, read_shot_changes(jobs, results))
        made = []
        for item in _list_items(settings, inputs):
            name = f"{item.id}{item.plan.suffix}"
            context.place(results[item.id][_RESULT] / f"{_RESULT}{item.plan.suffix}", name)
            subtitles = []
            sheet = cues_of(tuple((span.start, span.end) for span in item.plan.spans))
            if sheet is not None and sheet.cues:
                write_cues(sheet, context.out / f"{item.id}.srt")
                subtitles = [f"{item.id}.srt"]
            picture = item.plan.picture
            how = json.loads((results[item.id][_RESULT] / _MADE).read_text(encoding="utf-8"))
            made.append(
                CutRecord(
                    id=item.id,
                    title=item.title,
                    file=name,
                    subtitles=tuple(subtitles),
                    spans=item.plan.spans,
                    duration=item.plan.seconds,
                    frames=picture.frames if picture else None,
                    fps=parse_rate(picture.fps) if picture else None,
                    frames_copied=how["copied"] if picture else None,
                    frames_encoded=how["encoded"] if picture else None,
                    note=f"encoded, not copied: {how['note']}" if how["note"] else "",
                )
            )
        digest = inputs.artifact("asset").origin["media"].digest
        CutList(source_digest=digest, cuts=tuple(made)).write(context.out / "cuts.json")

    def published(self, settings: CutSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return every file, below ``cuts/``."""
        for name in sorted(files):
            yield Publication(name, f"cuts/{name}")


def _read_info(inputs: Inputs) -> MediaInfo:
    from mediakit.media.info import MediaInfo

    return MediaInfo.read(inputs.artifact("asset").path("media.json"))


def _load_asset(inputs: Inputs) -> tuple[MediaInfo, PacketIndex | None]:
    from mediakit.media.packets import PacketIndex

    asset, info = inputs.artifact("asset"), _read_info(inputs)
    index = PacketIndex.load(asset.path("packets.npz")) if "packets.npz" in asset.files else None
    return info, index


def _list_items(settings: CutSettings, inputs: Inputs) -> list[_Item]:
    """Return every cut with its frames and samples.

    Raises:
        MediakitError: a span that cannot be read or lies outside the source; names the short or span.
    """
    from mediakit.media.shorts import read_shorts
    from mediakit.render.cut_making import choose_copy
    from mediakit.render.cut_plan import parse_spans, plan_cut

    info, index = _load_asset(inputs)

    def item(id_: str, title: str, spans: Sequence[tuple[Fraction, Fraction]]) -> _Item:
        plan = plan_cut(info, index, spans)
        return _Item(id_, title, plan, choose_copy(info, index, plan, wanted=settings.copy_ == "auto"))

    if settings.spans:
        return [
            item(f"cut-{number}", "", parse_spans(text, info, index)) for number, text in enumerate(settings.spans, 1)
        ]
    path = inputs.file("shorts").path if settings.shorts is not None else inputs.artifact("shorts").path("shorts.yaml")
    shorts = read_shorts(path, duration=info.duration)
    if settings.shorts is not None and not shorts.shorts:
        raise InputError("lists no shorts", where=path, hint="add one, or give --span")
    return [
        item(short.id, short.title, [(Fraction(s.start), Fraction(s.end)) for s in short.spans])
        for short in shorts.shorts
    ]


def _find_words(settings: CutSettings, inputs: Inputs) -> Path | None:
    """Return the transcript to make cues of, where no subtitles are given or made before."""
    if settings.subtitles is not None:
        return None
    if settings.transcript is not None:
        return inputs.file("transcript").path
    if inputs.maybe_artifact("subtitles") is not None:
        return None
    spoken = inputs.maybe_artifact("transcript")
    return None if spoken is None else spoken.path("transcript.json")


def _cue_maker(
    settings: CutSettings, inputs: Inputs, shots: tuple[float, ...]
) -> Callable[[tuple[tuple[float, float], ...]], CueSheet | None]:
    """Return what makes the cues of spans: cut from subtitles, else built of the words as they follow each other."""
    from mediakit.media.cues import CueSheet, cut_cues, cut_times
    from mediakit.media.recut import cut_transcript
    from mediakit.media.transcript import Transcript
    from mediakit.render.cut_plan import picture_rate
    from mediakit.steps.subtitle import default_profile, find_profile, read_terms
    from mediakit.subtitles.build import build_cues
    from mediakit.subtitles.formats import read_cues

    path = _find_words(settings, inputs)
    if path is not None:
        transcript = Transcript.read(path)
        profile_id = settings.profile or default_profile(transcript.language)
        info = _read_info(inputs)
        fps = picture_rate(info.picture) if info.picture else None
        glossary = inputs.maybe_file("glossary")
        terms = read_terms(glossary.path) if glossary is not None else ()

        def build(spans: tuple[tuple[float, float], ...]) -> CueSheet:
            words, cuts = cut_transcript(transcript, spans), cut_times(shots, spans)
            return build_cues(words, find_profile(profile_id), profile_id, fps=fps, cuts=cuts, terms=terms)

        return build
    if settings.subtitles is not None:
        sheet = read_cues(inputs.file("subtitles").path)
    elif (earlier := inputs.maybe_artifact("subtitles")) is not None:
        sheet = CueSheet.read(earlier.path("cues.json"))
    else:
        return lambda _: None
    return lambda spans: sheet.model_copy(update={"cues": cut_cues(sheet.cues, spans)})
