"""``cut``: shorts or spans of a source as files of their own, frame-exact, with their subtitles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from mediakit.errors import InputError
from mediakit.steps.base import Context, ExpandingStep, Inputs, Job, Publication, StepSettings
from mediakit.steps.ports import FILE, Port

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
    version: ClassVar[int] = 4
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
        return tuple(ports)

    def tools(self, settings: CutSettings) -> Mapping[str, str]:
        """Return the versions of ffmpeg and of the segmenter (for subtitles from a transcript)."""
        from mediakit.tools.ffmpeg import ffmpeg_version
        from mediakit.tools.versions import version

        return {"ffmpeg": ffmpeg_version(), "rjieba": version("rjieba")}

    def validate(self, settings: CutSettings, files: Mapping[str, Path]) -> None:
        """Refuse unreadable files, and a list of shorts that is wrong in itself."""
        from mediakit.media.shorts import read_shorts
        from mediakit.steps.subtitle import find_profile
        from mediakit.tools.opening import check_file

        for path in files.values():
            check_file(path)
        if "shorts" in files:
            read_shorts(files["shorts"])
        if settings.profile is not None:
            find_profile(settings.profile)

    def jobs(self, settings: CutSettings, inputs: Inputs) -> Sequence[Job]:
        """List one job for every cut; all spans are checked before any is made."""
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
        return jobs

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Make one cut, and note how."""
        from mediakit.render.copy_plan import CopyChoice
        from mediakit.render.cut_making import make_cut
        from mediakit.render.cut_plan import CutPlan

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
        from mediakit.media.cues import cut_cues
        from mediakit.media.cuts import Cut as CutRecord
        from mediakit.media.cuts import CutList
        from mediakit.media.times import parse_rate
        from mediakit.subtitles.formats import write_cues

        sheet = _read_sheet(settings, inputs)
        made = []
        for item in _list_items(settings, inputs):
            name = f"{item.id}{item.plan.suffix}"
            context.place(results[item.id][_RESULT] / f"{_RESULT}{item.plan.suffix}", name)
            subtitles = []
            if sheet is not None:
                spans = tuple((span.start, span.end) for span in item.plan.spans)
                cues = cut_cues(sheet.cues, spans)
                if cues:
                    write_cues(sheet.model_copy(update={"cues": cues}), context.out / f"{item.id}.srt")
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


def _load_asset(inputs: Inputs) -> tuple[MediaInfo, PacketIndex | None]:
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex

    asset = inputs.artifact("asset")
    info = MediaInfo.read(asset.path("media.json"))
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


def _read_sheet(settings: CutSettings, inputs: Inputs) -> CueSheet | None:
    """Return the cues to cut along: given or earlier subtitles, else cues built from a transcript, else none."""
    from mediakit.media.cues import CueSheet
    from mediakit.media.transcript import Transcript
    from mediakit.render.cut_plan import picture_rate
    from mediakit.steps.subtitle import default_profile, find_profile
    from mediakit.subtitles.build import build_cues
    from mediakit.subtitles.formats import read_cues

    if settings.subtitles is not None:
        return read_cues(inputs.file("subtitles").path)
    if settings.transcript is None and (earlier := inputs.maybe_artifact("subtitles")) is not None:
        return CueSheet.read(earlier.path("cues.json"))
    if settings.transcript is not None:
        path = inputs.file("transcript").path
    elif (spoken := inputs.maybe_artifact("transcript")) is not None:
        path = spoken.path("transcript.json")
    else:
        return None
    transcript = Transcript.read(path)
    profile_id = settings.profile or default_profile(transcript.language)
    info, _ = _load_asset(inputs)
    fps = picture_rate(info.picture) if info.picture else None
    return build_cues(transcript, find_profile(profile_id), profile_id, fps=fps)
