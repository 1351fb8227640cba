"""What quality checks measure of each rendition, in which jobs, and under which keys.

A file that was joined from pieces is measured in three ways, so that what did not change is not measured again:

* form: packets and header of the whole file; key: the file's content.
* sound: decoded whole; key: the sound's own, so a changed picture leaves it.
* picture: every piece; key: the piece's own. Neighbours share a job (and what is missing of it, one run of ffmpeg).

The rungs of an adaptive stream have form and picture; their sound is a file of its own. Anything else is measured whole
in one job.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Job

if TYPE_CHECKING:
    from mediakit.media.rendition import Rendition, RenditionPiece
    from mediakit.quality.parts import Part
    from mediakit.steps.qc import QcSettings

RESULT = "checks"
WHOLE_CORES = 2
GROUP_S = 20.0
"""So many seconds of neighbouring pieces share a job at most."""
LEAST_GROUPS = 4
"""Short files are split so far, if their pieces allow, that all cores have work."""
_FORM_MB = 150
_SOUND_MB = 120


@dataclass(frozen=True)
class Item:
    """One part of one rendition; ``folder`` is ``<channel>/<stem>``, ``digest`` is the whole programme's.

    ``jobs`` measure it: one, or where it is made of ``pieces``, form, sound if it is checked, and picture.
    """

    folder: str
    rendition: Rendition
    part: Part
    digest: str
    pieces: tuple[RenditionPiece, ...]
    jobs: tuple[Job, ...]


@dataclass(frozen=True)
class _Draft:
    """A part with what its keys are made of."""

    rendition: Rendition
    part: Part
    pieces: tuple[RenditionPiece, ...]
    content: str
    tools: tuple[str, ...]
    name: str

    @property
    def payload(self) -> dict[str, Any]:
        part = self.part
        return {
            "name": part.name,
            "kind": part.kind,
            "path": str(part.path),
            "target": part.target.model_dump(mode="json", by_alias=True),
        }

    @property
    def megapixels(self) -> float:
        frame = self.part.target.frame
        return frame.width * frame.height / 1e6 if frame is not None else 0.0

    def key(self, *values: Any) -> str:
        from mediakit.media.digests import digest_value

        return digest_value([*values, *self.tools])


def list_items(settings: QcSettings, inputs: Inputs) -> Iterator[Item]:
    """Yield every part of every rendition with its jobs; a pure function of its arguments."""
    from mediakit.channels.loading import load_profiles
    from mediakit.media.digests import digest_value
    from mediakit.media.playlist import digest_listed
    from mediakit.media.rendition import Rendition
    from mediakit.quality.inspection import REVISION
    from mediakit.quality.parts import split_parts
    from mediakit.quality.target import make_target
    from mediakit.tools.ffmpeg import ffmpeg_version
    from mediakit.tools.versions import version

    profiles = load_profiles(settings.channel_definitions)
    tools = (str(REVISION), ffmpeg_version(), version("av"))
    for artifact in inputs.artifacts("renditions"):
        for name in artifact.names("*/*/rendition.json"):
            rendition = Rendition.read(artifact.path(name))
            folder = name.removesuffix("/rendition.json")
            channel = profiles.channel(rendition.channel)
            rules = profiles.qc[settings.profile or channel.qc]
            only = [check for check in settings.only if check in rules.rules]
            target = make_target(channel, profiles.loudness[channel.audio.loudness], rules, rendition, only)
            main = artifact.path(f"{folder}/{rendition.main}")
            root = artifact.path(name).parent
            parts = split_parts(main, target)
            known = {file: artifact.files[f"{folder}/{file.relative_to(root).as_posix()}"] for file in parts[0].files}
            for part in parts:
                digests = {file.relative_to(part.path.parent).as_posix(): known[file] for file in part.files}
                content = digest_value([part.kind, digests])
                pieces = _pieces_of(rendition, part)
                draft = _Draft(rendition, part, pieces, content, tools, f"{folder} {part.name}".rstrip())
                jobs = _jobs_of_pieces(draft) if pieces else (_whole_job(draft),)
                yield Item(folder, rendition, part, digest_listed(main, known), pieces, jobs)


def _pieces_of(rendition: Rendition, part: Part) -> tuple[RenditionPiece, ...]:
    """Return the pieces of a part that can be measured in pieces; of a rung only where its sound lies elsewhere."""
    if rendition.fps is None or rendition.sound_key is None or part.kind == "stream":
        return ()
    if part.kind == "rung" and part.target.audio is not None:
        return ()
    return tuple(piece for piece in rendition.pieces if piece.rung == (part.name or None))


def _whole_job(draft: _Draft) -> Job:
    from mediakit.quality.inspection import MEMORY_MB

    stream = draft.part.kind == "stream"
    cost = 0.05 if stream else max(draft.rendition.duration, 0.1) * (0.1 + draft.megapixels / 2)
    return Job(
        id=draft.name,
        payload={"measure": "whole", **draft.payload},
        results={RESULT: draft.key("whole", draft.content, draft.part.target.key())},
        cores=1 if stream else WHOLE_CORES,
        memory_mb=100 if stream else MEMORY_MB,
        work="measurement",
        cost=cost,
    )


def _jobs_of_pieces(draft: _Draft) -> tuple[Job, ...]:
    from mediakit.quality import picture_checks, sound_checks

    rules = draft.part.target.rules
    jobs = [_form_job(draft)]
    if draft.part.kind == "file" and any(name in rules for name in sound_checks.CHECKS):
        jobs.append(_sound_job(draft))
    if any(name in rules for name in picture_checks.CHECKS):
        jobs += _picture_jobs(draft)
    return tuple(jobs)


def _form_job(draft: _Draft) -> Job:
    return Job(
        id=f"{draft.name} form",
        payload={"measure": "form", **draft.payload},
        results={RESULT: draft.key("form", draft.content, draft.part.target.key())},
        memory_mb=_FORM_MB,
        work="measurement",
        cost=max(draft.rendition.duration, 0.1) * 0.02,
    )


def _sound_job(draft: _Draft) -> Job:
    from mediakit.quality.inspection import sound_target

    rendition, target = draft.rendition, sound_target(draft.part.target)
    length = [rendition.frames, str(rendition.fps)]
    return Job(
        id=f"{draft.name} sound",
        payload={
            "measure": "sound",
            **draft.payload,
            "target": target.model_dump(mode="json", by_alias=True),
        },
        results={RESULT: draft.key("sound", rendition.sound_key, length, target.key())},
        memory_mb=_SOUND_MB,
        work="measurement",
        cost=max(rendition.duration, 0.1) * 0.1,
    )


def _picture_jobs(draft: _Draft) -> list[Job]:
    from mediakit.media.times import format_rate
    from mediakit.quality.picture_checks import list_wanted
    from mediakit.quality.pieces import memory_mb

    rendition = draft.rendition
    fps = Fraction(rendition.fps or 25)
    wanted = list_wanted(draft.part.target).pack()
    jobs: list[Job] = []
    for numbers in group_pieces(draft.pieces, fps):
        pieces = [draft.pieces[number] for number in numbers]
        frames = sum(piece.frames for piece in pieces)
        names = [name_piece(number) for number in numbers]
        jobs.append(
            Job(
                id=f"{draft.name} picture {numbers[0] + 1}-{numbers[-1] + 1}/{len(draft.pieces)}",
                payload={
                    "measure": "picture",
                    "kind": draft.part.kind,
                    "path": str(draft.part.path),
                    "fps": format_rate(fps),
                    "wanted": wanted,
                    "pieces": {n: [piece.first, piece.frames] for n, piece in zip(names, pieces, strict=True)},
                },
                results={
                    n: draft.key("picture", piece.key, piece.frames, wanted)
                    for n, piece in zip(names, pieces, strict=True)
                },
                memory_mb=memory_mb(rendition.width or 1920, rendition.height or 1080),
                work="measurement",
                cost=float(frames / fps) * draft.megapixels / 2,
            )
        )
    return jobs


def name_piece(number: int) -> str:
    """Return the name of the result of a piece (0 = first)."""
    return f"piece-{number + 1:04d}"


def group_pieces(pieces: Sequence[RenditionPiece], fps: Fraction) -> list[range]:
    """Return the numbers of neighbouring pieces that share a job."""
    total = sum(piece.frames for piece in pieces)
    most = min(GROUP_S * float(fps), total / LEAST_GROUPS)
    groups: list[range] = []
    start = held = 0
    for number, piece in enumerate(pieces):
        if held and held + piece.frames > most:
            groups.append(range(start, number))
            start, held = number, 0
        held += piece.frames
    return [*groups, range(start, len(pieces))]
