"""``ingest``: what a media file holds, its packet index, a thumbnail and, on request, a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from mediakit.errors import InputError
from mediakit.media.info import MediaInfo
from mediakit.media.packets import PacketIndex
from mediakit.media.tracks import PATTERN, map_tracks
from mediakit.steps.base import PlainStep, StepSettings
from mediakit.steps.inputs import Inputs
from mediakit.steps.jobs import Context
from mediakit.steps.ports import FILE, Port

_PROBE_SHARE = 0.3
_LIBRARY_FIELDS = frozenset(("name", "notes", "series", "column", "tags", "shot_on"))


class IngestSettings(StepSettings):
    """Settings of ``ingest``; those for the asset library do not shape the output."""

    media: Path = Field(description="The media file.")
    proxy: bool = Field(default=False, description="Make a small copy for viewing (H.264, 540 lines).")
    accept_damaged: bool = Field(default=False, description="Take a file that is cut short, as far as it goes.")
    tracks: str | None = Field(
        default=None,
        pattern=PATTERN,
        description="Which tracks are the programme's sound: 1, 1+2 (left and right), 1.2 (track 1, channel 2).",
    )
    name: str | None = Field(default=None, max_length=300, description="Name in the library (default: the file's).")
    notes: str | None = Field(default=None, max_length=20_000, description="Notes for the library.")
    series: str | None = Field(default=None, max_length=300, description="Series that it belongs to.")
    column: str | None = Field(default=None, max_length=300, description="Column (programme slot) that it belongs to.")
    tags: tuple[str, ...] = Field(default=(), max_length=100, description="Tags for the library.")
    shot_on: str | None = Field(
        default=None, pattern=r"^\d{4}-\d{2}-\d{2}$", description="Shooting date, YYYY-MM-DD (default: the file's own)."
    )


class Ingest(PlainStep[IngestSettings]):
    """Probes a file; its output's content depends on the file's content alone, never on its name."""

    name: ClassVar[str] = "ingest"
    version: ClassVar[int] = 3
    settings_type = IngestSettings
    produces: ClassVar[str] = "asset"
    cores: ClassVar[int] = 1
    memory_mb: ClassVar[int] = 600

    def ports(self, settings: IngestSettings) -> tuple[Port, ...]:
        """Return the one input: the media file."""
        return (Port("media", FILE),)

    def plans_ahead(self, settings: IngestSettings) -> bool:
        """Probe while planning, where no proxy is made."""
        return not settings.proxy

    def key_settings(self, settings: IngestSettings) -> Mapping[str, Any]:
        """Return the settings that shape the files; what is for the library does not."""
        base = super().key_settings(settings)
        return {name: value for name, value in base.items() if name not in _LIBRARY_FIELDS}

    def tools(self, settings: IngestSettings) -> Mapping[str, str]:
        """Return the versions of PyAV and Pillow, and of ffmpeg where a proxy is made."""
        from mediakit.tools.versions import version

        tools = {"av": version("av"), "pillow": version("pillow")}
        if settings.proxy:
            from mediakit.tools.ffmpeg import ffmpeg_version

            tools["ffmpeg"] = ffmpeg_version()
        return tools

    def validate(self, settings: IngestSettings, files: Mapping[str, Path]) -> None:
        """Refuse what is no readable file, and scripts that name other files, before any work."""
        from mediakit.tools.opening import check_file, refuse_script

        for path in files.values():
            check_file(path)
            refuse_script(path)

    def run(self, settings: IngestSettings, inputs: Inputs, context: Context) -> None:
        """Write ``media.json``, ``packets.npz``, ``thumbnail.jpg`` and ``proxy.mp4``."""
        from mediakit.tools.probe import probe_with_index

        media = inputs.file("media")
        share = _PROBE_SHARE if settings.proxy else 0.9
        info, index = probe_with_index(media.path, media.digest, lambda part: context.progress(part * share, "probe"))
        _refuse_unsuitable(media.path, info, settings)
        if settings.tracks is not None:
            info = map_tracks(info, settings.tracks, media.path)
        for warning in info.warnings:
            context.warn(f"{media.path.name}: {warning}")
        info.write(context.out / "media.json")
        if index is not None:
            index.save(context.out / "packets.npz")
            self._make_thumbnail(media.path, info, index, context)
        if settings.proxy:
            from mediakit.library.proxy import make_proxy

            make_proxy(
                media.path,
                info,
                context.out / "proxy.mp4",
                on_progress=lambda part: context.progress(share + part * (1 - share), "proxy"),
                is_cancelled=context.is_cancelled,
            )
        context.progress(1.0)

    def _make_thumbnail(self, path: Path, info: MediaInfo, index: PacketIndex, context: Context) -> None:
        from mediakit.library.thumbnail import make_thumbnail

        picture = info.picture
        if picture is None:
            return
        try:
            make_thumbnail(path, picture, index, context.out / "thumbnail.jpg")
        except InputError as exc:
            context.warn(str(exc))


def _refuse_unsuitable(path: Path, info: MediaInfo, settings: IngestSettings) -> None:
    if info.still:
        raise InputError(
            "is a still picture, not video or sound", where=path, hint="make a clip of it, or use it as a card or cover"
        )
    if info.missing_s and not settings.accept_damaged:
        whole = info.duration + info.missing_s
        raise InputError(
            f"is cut short: {info.duration:.1f} of {whole:.1f} s are there",
            where=path,
            hint="copy the file again; to take it as far as it goes, set accept_damaged (--accept-damaged)",
        )
