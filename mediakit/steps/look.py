"""``look``: what is seen in a picture: shots, faces, text on screen, movement, stills, as ``picture.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from mediakit.errors import InputError
from mediakit.steps.base import ExpandingStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context, Job
from mediakit.steps.ports import Port

if TYPE_CHECKING:
    from mediakit.media.info import MediaInfo, VideoStream
    from mediakit.media.packets import PacketIndex
    from mediakit.tools.vision_models import Sight

PICTURE = "picture.json"
_RESULT = "seen"
_SIGHTS: tuple[Sight, ...] = ("faces", "text")
_FRAMES_HELD = 26
"""Decoded frames that a job holds: the decoder's, those that movement is told by, those of slots that may matter."""
_BASE_MB = 180
_RICH = 0.1
"""Bits to a pixel from which the decoder's deblocking filter changes little that is looked for."""
_MISSED_SHARE = 0.02


class LookSettings(StepSettings):
    """Settings of ``look``."""


class Look(ExpandingStep[LookSettings]):
    """Looks at a source once, in stretches; a source that changed is looked at only where it did."""

    name: ClassVar[str] = "look"
    version: ClassVar[int] = 3
    settings_type = LookSettings
    produces: ClassVar[str] = "picture"
    memory_mb: ClassVar[int] = 600

    def ports(self, settings: LookSettings) -> tuple[Port, ...]:
        """Return the one input: an ingested source."""
        return (Port("asset", "asset"),)

    def tools(self, settings: LookSettings) -> Mapping[str, str]:
        """Return the versions of decoder and networks; a network that is not installed is none.

        Raises:
            InputError: a network's file is damaged.
        """
        return _tools()

    def jobs(self, settings: LookSettings, inputs: Inputs) -> Sequence[Job]:
        """List a job for every stretch of the picture."""
        from mediakit.media.digests import digest_value
        from mediakit.vision.looking import REVISION
        from mediakit.vision.stretches import split_stretches
        from mediakit.vision.view import View

        _info, picture, index = _read(inputs)
        media = inputs.artifact("asset").origin["media"]
        view = View.of(picture).pack()
        coding = [picture.codec, picture.pixel_format, view]
        stretches = split_stretches(index)
        megapixels = picture.width * picture.height / 1e6
        deep = 2 if picture.bit_depth > 8 else 1
        tools = _tools()
        jobs = []
        for number, stretch in enumerate(stretches, start=1):
            payload = {
                "path": str(media.path),
                "stream": picture.index,
                "time_base": str(index.time_base),
                "view": view,
                "filtered": stretch.bytes * 8 < _RICH * stretch.frames * picture.width * picture.height,
                **stretch.pack(),
            }
            key = digest_value({"seen": REVISION, "packets": stretch.digest, "coding": coding, "tools": tools})
            jobs.append(
                Job(
                    id=f"stretch {number}/{len(stretches)}",
                    payload=payload,
                    results={_RESULT: key},
                    memory_mb=round(_BASE_MB + megapixels * 1.5 * deep * _FRAMES_HELD),
                    cost=stretch.frames * (megapixels + 1) / 100,
                    work="stretch",
                )
            )
        return jobs

    def run_job(self, job: Job, wanted: Sequence[str], context: Context) -> None:
        """Look at one stretch."""
        from mediakit.tools.vision_models import find_vision_model
        from mediakit.vision.decoding import StretchReader
        from mediakit.vision.looking import Finders, look_at
        from mediakit.vision.view import View

        payload = job.payload
        models = {sight: find_vision_model(sight) for sight in _SIGHTS}
        faces, text = (model.path if model else None for model in (models["faces"], models["text"]))
        reader = StretchReader(
            Path(payload["path"]),
            payload["stream"],
            start=payload["start"],
            stop=payload["stop"],
            seek=payload["seek"],
            filtered=payload["filtered"],
            threads=max(context.cores, 1),
        )
        whole = max(payload["frames"], 1)
        seen = look_at(
            reader,
            View(**payload["view"]),
            Finders.load(faces, text),
            start=payload["start"],
            time_base=Fraction(payload["time_base"]),
            on_frame=lambda count: context.progress(count / whole),
        )
        seen.write(context.out / _RESULT)

    def combine(
        self,
        settings: LookSettings,
        inputs: Inputs,
        jobs: Sequence[Job],
        results: Mapping[str, Mapping[str, Path]],
        context: Context,
    ) -> None:
        """Write ``picture.json``.

        Raises:
            InputError: no frame of the picture can be decoded.
        """
        from mediakit.vision.record import make_record
        from mediakit.vision.seen import Seen

        info, picture, index = _read(inputs)
        first = int(index.frame_pts[0])
        parts = [(job.payload["start"] - first, Seen.read(results[job.id][_RESULT])) for job in jobs]
        name = inputs.artifact("asset").origin["media"].path
        seen = sum(len(part.ticks) for _, part in parts)
        if not seen:
            raise InputError("no frame of its picture can be decoded", where=name, hint="export the file again")
        if seen < index.frames * (1 - _MISSED_SHARE):
            context.warn(f"{name.name}: {index.frames - seen} of {index.frames} frames cannot be decoded")
        record = make_record(info, picture, index.time_base, parts, missing_sights())
        for sight in record.unseen:
            context.warn(describe_unseen(sight))
        record.write(context.out / PICTURE)
        context.progress(1.0)

    def published(self, settings: LookSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return ``picture.json``, below the step's id where it has one."""
        folder = f"{settings.id}/" if settings.id else ""
        yield Publication(PICTURE, f"{folder}{PICTURE}")


def missing_sights() -> tuple[Sight, ...]:
    """Return what cannot be looked for on this machine."""
    from mediakit.tools.vision_models import find_vision_model

    return tuple(sight for sight in _SIGHTS if find_vision_model(sight) is None)


def describe_unseen(sight: Sight) -> str:
    """Return the line that says what was not looked for, and how to get what it needs."""
    from mediakit.tools.vision_models import describe_remedy

    instead = {"faces": "movement and text alone tell what matters", "text": "burned subtitles are not noticed"}
    return f"{sight} are not looked for, {instead[sight]}: {describe_remedy(sight)}".replace(
        "text are not", "text is not"
    )


def _tools() -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError

    from mediakit.tools.versions import version
    from mediakit.tools.vision_models import vision_digest

    made = {"av": version("av"), "numpy": version("numpy")}
    try:
        made["onnxruntime"] = version("onnxruntime")
    except PackageNotFoundError:
        made["onnxruntime"] = "none"
    for sight in _SIGHTS:
        made[sight] = vision_digest(sight)
    return made


def _read(inputs: Inputs) -> tuple[MediaInfo, VideoStream, PacketIndex]:
    """Return the facts of the source, its picture and the picture's packets.

    Raises:
        InputError: it has no picture.
    """
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex

    asset = inputs.artifact("asset")
    info = MediaInfo.read(asset.path("media.json"))
    picture = info.picture
    if picture is None or "packets.npz" not in asset.files:
        raise InputError(
            "has no picture to look at", where=asset.origin["media"].path, hint="leave `look` out for sound alone"
        )
    return info, picture, PacketIndex.load(asset.path("packets.npz"))
