"""``highlights``: proposals for shorts as an editable ``shorts.yaml``, with the reasons for each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, field_validator, model_validator

from mediakit.channels.models import DurationRange
from mediakit.errors import InputError
from mediakit.media.times import Duration
from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs, Problem
from mediakit.steps.jobs import Context, Job
from mediakit.steps.look import PICTURE
from mediakit.steps.ports import FILE, Port

if TYPE_CHECKING:
    from mediakit.highlights.finding import Request
    from mediakit.highlights.titles import TitleRule
    from mediakit.highlights.voice import Voice
    from mediakit.media.picture import PictureRecord
    from mediakit.media.shorts import ShortsList
    from mediakit.steps.programme import ProgrammeFacts

SHORTS = "shorts.yaml"
REPORT = "shorts.json"
_RESULT = "voice"
_VOICE = "voice.npz"


class HighlightsSettings(StepSettings):
    """Settings of ``highlights``; ``min`` and ``max`` override the ends of ``length``."""

    count: int = Field(default=3, ge=1, le=200, description="How many shorts.")
    length: DurationRange = Field(default=(15.0, 60.0), description="Shortest and longest, such as 15s-45s.")
    min: Duration | None = Field(default=None, description="Shortest.")
    max: Duration | None = Field(default=None, description="Longest.")
    transcript: Path | None = Field(default=None, description="A transcript file (default: the earlier step's).")
    weights: dict[str, float] = Field(
        default_factory=dict,
        description="What parts of the score count, such as {story: 0.3, voice: 0.1}; the others as by default.",
    )
    explain: bool = Field(default=False, description="Publish why each short was chosen, and why others were not.")
    score: Path | None = Field(
        default=None, description="An editor's own choice (as shorts.yaml) that the proposals are compared with."
    )

    titles_for: tuple[str, ...] = Field(
        default=(), max_length=100, description="Channels whose limits the proposed titles keep to, by id."
    )
    channel_definitions: dict[str, Any] = Field(
        default_factory=dict, description="Channels defined by the user, in the built-in ones' schema."
    )

    @field_validator("weights")
    @classmethod
    def _known_parts(cls, weights: dict[str, float]) -> dict[str, float]:
        from math import isfinite

        from mediakit.highlights.scoring import DEFAULT_WEIGHTS
        from mediakit.media.mistakes import suggest

        for name, weight in weights.items():
            if name not in DEFAULT_WEIGHTS:
                raise ValueError(f"a score has no part {name!r}: {suggest(name, DEFAULT_WEIGHTS)}")
            if not isfinite(weight) or weight < 0:
                raise ValueError(f"the weight of {name} must be 0 or more, got {weight:g}")
        if not any({**DEFAULT_WEIGHTS, **weights}.values()):
            raise ValueError("all weights are 0: nothing would count")
        return weights

    @model_validator(mode="after")
    def _in_order(self) -> HighlightsSettings:
        shortest, longest = self.limits
        if not longest > 0 or shortest > longest:
            raise ValueError(f"the shortest short ({shortest:g} s) is longer than the longest ({longest:g} s)")
        return self

    @property
    def limits(self) -> tuple[float, float]:
        """Shortest and longest, in seconds."""
        return (
            self.length[0] if self.min is None else self.min,
            self.length[1] if self.max is None else self.max,
        )


class Highlights(ExpandingStep[HighlightsSettings]):
    """Proposes spans that begin and end at a thought; says so when there are fewer than asked for.

    The voice is measured in jobs of about ten minutes, kept by the sound's content.
    """

    name: ClassVar[str] = "highlights"
    version: ClassVar[int] = 4
    settings_type = HighlightsSettings
    produces: ClassVar[str] = "shorts"

    def ports(self, settings: HighlightsSettings) -> tuple[Port, ...]:
        """Return the inputs: the words of media or of an edit, the media's facts, what was seen, an editor's choice."""
        words = Port("transcript", "transcript", also=("timeline",))
        if settings.transcript is not None:
            words = Port("transcript", FILE)
        return (
            words,
            Port("asset", "asset", optional=True, made_from="transcript"),
            Port("picture", "picture", optional=True, along_with="transcript"),
            Port("score", FILE, optional=True),
        )

    def key_settings(self, settings: HighlightsSettings) -> Mapping[str, Any]:
        """Return the limits, however they were written, and the weights."""
        from mediakit.highlights.scoring import DEFAULT_WEIGHTS

        weights = {**DEFAULT_WEIGHTS, **settings.weights}
        made = {"count": settings.count, "limits": list(settings.limits), "weights": weights}
        rule = _rule_titles(settings)
        return made if rule is None else {**made, "titles": [rule.least, rule.most, rule.symbols]}

    def tools(self, settings: HighlightsSettings) -> Mapping[str, str]:
        """Return the versions of the segmenter and of numpy."""
        from mediakit.tools.versions import version

        return {name: version(name) for name in ("rjieba", "numpy")}

    def validate(self, settings: HighlightsSettings, files: Mapping[str, Path]) -> None:
        """Refuse unknown channels, and an editor's choice that is wrong in itself or empty."""
        _rule_titles(settings)
        if "score" in files:
            _read_choice(files["score"], None)

    def jobs(self, settings: HighlightsSettings, inputs: Inputs) -> Sequence[Job]:
        """List a job for every section of the programme's sound; none for an edit or media without sound."""
        from mediakit.highlights.voice import REVISION
        from mediakit.media.digests import digest_value
        from mediakit.media.info import MediaInfo
        from mediakit.speech.sound import choose_channel, choose_stream, identify_sound, section_count, section_length
        from mediakit.steps.programme import find_edit
        from mediakit.tools.versions import version

        asset = inputs.maybe_artifact("asset")
        if asset is None or find_edit(inputs, "transcript") is not None:
            return ()
        info = MediaInfo.read(asset.path("media.json"))
        if not info.audio:
            return ()
        media = asset.origin["media"]
        stream = choose_stream(info, None, media.path)
        channel, count = choose_channel(info, None, None), section_count(info.duration)
        sound = {
            "sound": identify_sound(info, stream),
            "channel": channel,
            "count": count,
            "revision": REVISION,
            "numpy": version("numpy"),
        }
        payload = {"media": str(media.path), "stream": stream.index, "channel": channel, "count": count}
        return [
            Job(
                id=f"voice {number + 1}/{count}",
                payload={**payload, "number": number},
                results={_RESULT: digest_value({**sound, "number": number})},
                memory_mb=400,
                cost=section_length(info.duration, number),
                work="voice",
            )
            for number in range(count)
        ]

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Measure the voice of one section; sound that cannot be decoded gives none."""
        from mediakit.highlights.voice import analyse_voice
        from mediakit.speech.sound import RATE, read_section

        task = job.payload
        (context.out / _RESULT).mkdir()
        try:
            sound = read_section(
                Path(task["media"]),
                task["stream"],
                task["number"],
                task["count"],
                channel=task["channel"],
                on_seconds=lambda _: context.check_cancelled(),
            )
        except InputError as exc:
            (context.out / _RESULT / "unheard.txt").write_text(f"{exc.message}\n", encoding="utf-8")
            return
        analyse_voice(sound.samples, RATE, sound.start).write(context.out / _RESULT / _VOICE)

    def combine(
        self,
        settings: HighlightsSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write ``shorts.yaml`` and ``shorts.json``."""
        from mediakit.highlights.propose import propose_shorts
        from mediakit.media.shorts import write_shorts
        from mediakit.steps.programme import read_facts, read_words

        transcript = read_words(inputs)
        facts = read_facts(inputs)
        request = _make_request(settings, facts)
        proposal = propose_shorts(
            transcript,
            request,
            duration=facts.duration if facts else None,
            voice=_join_voice([results[job.id][_RESULT] for job in jobs]),
            picture=_read_picture(inputs, facts, context),
        )
        digest = {} if facts is None else {"source_digest": facts.digest}
        write_shorts(proposal.shorts.model_copy(update=digest), context.out / SHORTS)
        report = proposal.report.model_copy(update=digest)
        if (score := inputs.maybe_file("score")) is not None:
            from mediakit.highlights.comparing import compare_choice

            found = proposal.found
            comparison = compare_choice(
                [item.candidate for item in found.chosen],
                [short.id for short in proposal.shorts.shorts],
                _read_choice(score.path, found.duration),
                [item.candidate for item in found.scored],
                request.ideal,
                found.duration,
            )
            report = report.model_copy(update={"comparison": comparison})
        report.write(context.out / REPORT)
        for remark in report.remarks:
            context.warn(remark)
        if proposal.shortfall:
            context.note_problem(Problem(6, "shorts", proposal.shortfall, proposal.hint))
        context.progress(1.0)

    def published(self, settings: HighlightsSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return ``shorts.yaml``, made for people to change, below the step's id where it has one; the report."""
        folder = f"{settings.id}/" if settings.id else ""
        yield Publication(SHORTS, f"{folder}{SHORTS}", editable=True)
        if settings.explain or settings.score is not None:
            yield Publication(REPORT, f"{folder}{REPORT}")


def _make_request(settings: HighlightsSettings, facts: ProgrammeFacts | None) -> Request:
    from mediakit.highlights.finding import Request

    shortest, longest = settings.limits
    request = Request(settings.count, shortest, longest, settings.weights, facts.fps if facts else None)
    rule = _rule_titles(settings)
    return request if rule is None else replace(request, titles=rule)


def _rule_titles(settings: HighlightsSettings) -> TitleRule | None:
    """Return what all the channels take as a title; None where none is named.

    Raises:
        UsageError: an unknown channel.
    """
    from mediakit.channels.loading import load_profiles
    from mediakit.highlights.titles import TitleRule

    if not settings.titles_for:
        return None
    profiles = load_profiles(settings.channel_definitions)
    limits = [profiles.channel(name).limits for name in settings.titles_for]
    bounds = [
        (one.title[0], one.title[1] // (2 if one.counting == "weighted" else 1))
        for one in limits
        if one.title is not None
    ]
    sets = [one.title_symbols for one in limits if one.title_symbols is not None]
    symbols = "".join(char for char in sets[0] if all(char in other for other in sets)) if sets else None
    return TitleRule(
        max((least for least, _ in bounds), default=0), min((most for _, most in bounds), default=None), symbols
    )


def _join_voice(folders: Sequence[Path]) -> Voice | None:
    from mediakit.highlights.voice import Voice, join_voices

    return join_voices([Voice.read(folder / _VOICE) for folder in folders if (folder / _VOICE).exists()])


def _read_picture(inputs: Inputs, facts: ProgrammeFacts | None, context: Context) -> PictureRecord | None:
    from mediakit.media.picture import PictureRecord

    artifact = inputs.maybe_artifact("picture")
    if artifact is None:
        return None
    record = PictureRecord.read(artifact.path(PICTURE))
    if facts is not None and record.source_digest not in ("", facts.digest):
        context.warn("the picture that was analysed is another source's: it counts nothing here")
        return None
    return record


def _read_choice(path: Path, duration: float | None) -> ShortsList:
    from mediakit.media.shorts import read_shorts

    choice = read_shorts(path, duration=duration)
    if not choice.shorts:
        raise InputError("has no shorts to compare with", where=path, hint="list what an editor chose below `shorts:`")
    return choice
