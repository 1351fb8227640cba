"""``framing``: which part of the picture frames of other shapes show, as an editable ``framing.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, field_validator

from mediakit.errors import InputError
from mediakit.media.framing import Shape
from mediakit.media.languages import LanguageTag
from mediakit.media.windows import Fallback
from mediakit.steps.base import PlainStep, Publication, StepSettings
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context
from mediakit.steps.look import PICTURE
from mediakit.steps.ports import FILE, Port

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from mediakit.framing.choose import Manner
    from mediakit.media.framing import Framing
    from mediakit.media.picture import PictureRecord

FRAMING = "framing.yaml"
PAGE = "framing.html"


class FramingSettings(StepSettings):
    """Settings of ``framing``."""

    shapes: tuple[Shape, ...] = Field(
        default=("9:16",),
        validate_default=True,
        min_length=1,
        max_length=12,
        description="Shapes of the frames that are to be filled, width by height, such as 9:16 and 3:4.",
    )
    picture: Path | None = Field(default=None, description="What was seen (default: the earlier look's picture.json).")
    edited: Path | None = Field(
        default=None, description="A framing file to show on sheet and page, and to hand on, instead of choosing."
    )
    fallback: Fallback = Field(default="blur", description="How a shot is shown that no window does justice to.")
    people: Literal["auto", "switch", "split"] = Field(
        default="auto",
        description="Two people who do not fit one window: cut to who speaks, split the frame.",
    )
    texts: Literal["keep", "ignore"] = Field(default="keep", description="Whether text on screen must not be cut.")
    enlarge: float = Field(
        default=1.6,
        ge=1,
        le=8,
        description="Windows are made smaller only while pixels are enlarged no more.",
    )
    speed: float = Field(default=0.6, gt=0.01, le=10, description="Fastest movement, in window heights a second.")
    acceleration: float = Field(
        default=1.2, gt=0.01, le=50, description="Strongest acceleration, in window heights a second squared."
    )
    sheet: bool = Field(default=False, description="Write contact sheets: each shot with its window.")
    html: bool = Field(default=False, description="Write a page with each shot's start, middle and end.")
    language: LanguageTag | None = Field(default=None, description="Language of sheet and page, zh or en.")

    @field_validator("shapes")
    @classmethod
    def _each_once(cls, shapes: tuple[Any, ...]) -> tuple[Any, ...]:
        if len(set(shapes)) != len(shapes):
            raise ValueError("a shape is named twice")
        return shapes

    def manner(self) -> Manner:
        """Return how windows are chosen."""
        from mediakit.framing.camera import Limits
        from mediakit.framing.choose import Manner

        return Manner(
            fallback=self.fallback,
            people=self.people,
            texts=self.texts,
            enlarge=self.enlarge,
            limits=Limits(self.speed, self.acceleration),
        )


class ChooseFraming(PlainStep[FramingSettings]):
    """Chooses a window for each shot and shape; on request shows them on contact sheets and a page."""

    name: ClassVar[str] = "framing"
    version: ClassVar[int] = 1
    settings_type = FramingSettings
    produces: ClassVar[str] = "framing"
    memory_mb: ClassVar[int] = 600

    def ports(self, settings: FramingSettings) -> tuple[Port, ...]:
        """Return what was seen, and the media where it is to be shown."""
        seen = Port("picture", "picture") if settings.picture is None else Port("picture", FILE)
        edited = () if settings.edited is None else (Port("edited", FILE),)
        shown = settings.sheet or settings.html
        return (seen, Port("asset", "asset", optional=not shown, made_from="picture"), *edited)

    def key_settings(self, settings: FramingSettings) -> Mapping[str, Any]:
        """Return what shapes the files; the language only where words are written."""
        base = dict(super().key_settings(settings))
        if not (settings.sheet or settings.html):
            del base["language"]
        return base

    def tools(self, settings: FramingSettings) -> Mapping[str, str]:
        """Return the versions of what computes, and of what decodes and draws."""
        from mediakit.framing.propose import REVISION
        from mediakit.tools.versions import version

        drawn = {"av": version("av"), "pillow": version("pillow")} if settings.sheet or settings.html else {}
        return {"framing": str(REVISION), "numpy": version("numpy"), **drawn}

    def run(self, settings: FramingSettings, inputs: Inputs, context: Context) -> None:
        """Write ``framing.yaml``, and sheets and page where they are asked for."""
        from mediakit.framing.propose import propose_framing
        from mediakit.media.framing_file import read_framing, write_framing
        from mediakit.media.picture import PictureRecord
        from mediakit.steps.render_material import bound_path

        path = bound_path(inputs, "picture", PICTURE)
        assert path is not None
        record = PictureRecord.read(path)
        if "faces" in record.unseen:
            context.warn("nobody looked for faces, so no window follows one: mediakit doctor says what is missing")
        asset = inputs.maybe_artifact("asset")
        if asset is not None and record.source_digest not in ("", asset.origin["media"].digest):
            raise InputError(
                f"was seen in another file than {asset.origin['media'].path.name}", where=path, hint="look at it anew"
            )
        shown = settings.sheet or settings.html
        share = 0.4 if shown else 1.0
        if (edited := inputs.maybe_file("edited")) is not None:
            framing = read_framing(edited.path, duration=record.duration)
        else:
            framing = propose_framing(
                record, settings.shapes, settings.manner(), on_progress=lambda part: context.progress(part * share)
            )
        write_framing(framing, context.out / FRAMING)
        if shown:
            self._show(settings, framing, record, inputs, context)
        context.progress(1.0)

    def _show(
        self, settings: FramingSettings, framing: Framing, record: PictureRecord, inputs: Inputs, context: Context
    ) -> None:
        from mediakit.framing.labels import labels_for
        from mediakit.framing.page import build_page, page_times
        from mediakit.framing.sheet import sheet_time, write_sheets
        from mediakit.media.document import write_text_atomic
        from mediakit.tools.fonts import find_font

        labels = labels_for(settings.language)
        times = {sheet_time(shot) for shot in framing.shots}
        if settings.html:
            times |= {time for shot in framing.shots for time in page_times(shot)}
        stills = _take_stills(inputs, sorted(times), context)
        if settings.sheet:
            for shape in framing.shapes:
                write_sheets(framing, shape, stills, context.out, find_font(settings.language), labels)
        if settings.html:
            page = build_page(framing, stills, labels, name=context.stem, record=record)
            write_text_atomic(context.out / PAGE, page)

    def published(self, settings: FramingSettings, files: Mapping[str, str], stem: str) -> Iterable[Publication]:
        """Return ``framing.yaml``, made for people to change, sheets and page, below the step's id where it has one."""
        folder = f"{settings.id}/" if settings.id else ""
        for name in sorted(files):
            yield Publication(name, f"{folder}{name}", editable=name == FRAMING)


def _take_stills(inputs: Inputs, times: list[float], context: Context) -> dict[float, Picture]:
    from mediakit.framing.page import STILL_HEIGHT
    from mediakit.media.info import MediaInfo
    from mediakit.media.packets import PacketIndex
    from mediakit.tools.stills import take_stills

    asset = inputs.artifact("asset")
    media = asset.origin["media"].path
    picture = MediaInfo.read(asset.path("media.json")).picture
    if picture is None:
        raise InputError("has no picture", where=media)
    return take_stills(
        media,
        picture,
        PacketIndex.load(asset.path("packets.npz")),
        times,
        height=STILL_HEIGHT,
        on_progress=lambda part: context.progress(0.4 + 0.5 * part),
    )
