"""What a publication is called and says of itself: its stable id and its ``metadata.json``."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field

from mediakit.media.document import Document, Value

if TYPE_CHECKING:
    from mediakit.media.qcreport import QcReport
    from mediakit.media.rendition import Rendition

_SLUG_LENGTH = 40
_TYPES = {
    **{".mp4": "video/mp4", ".mov": "video/quicktime", ".mxf": "application/mxf", ".m4a": "audio/mp4"},
    **{
        ".mp3": "audio/mpeg",
        ".wav": "audio/wav",
        ".m3u8": "application/vnd.apple.mpegurl",
        ".m4s": "video/iso.segment",
    },
    **{".srt": "application/x-subrip", ".vtt": "text/vtt", ".ass": "text/x-ssa", ".ttml": "application/ttml+xml"},
    **{".jpg": "image/jpeg", ".png": "image/png", ".json": "application/json"},
}


class OutletText(Value):
    """Words for one outlet that differ from the series' own."""

    title: str | None = Field(default=None, max_length=500)
    description: str | None = Field(default=None, max_length=20_000)
    tags: tuple[str, ...] | None = Field(default=None, max_length=100)


class Words(Value):
    """What is said of the programme, in all outlets."""

    series: str | None = None
    episode: str | None = None
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] = ()
    copyright: str | None = None
    publisher: str | None = None
    outlets: Mapping[str, OutletText] = Field(default_factory=dict)

    def for_outlet(self, rendition: Rendition) -> OutletText:
        """Return the words for one rendition: the outlet's own, then the programme's, then the rendition's.

        A short keeps its own title unless the outlet names ``channel/stem``.
        """
        own = self.outlets.get(f"{rendition.channel}/{rendition.stem}")
        if own is None and rendition.short is None:
            own = self.outlets.get(rendition.channel)
        own = own or OutletText()
        common = self.title if rendition.short is None else (rendition.title or self.title)
        return OutletText(
            title=own.title if own.title is not None else common,
            description=own.description if own.description is not None else self.description,
            tags=own.tags if own.tags is not None else self.tags,
        )


class MediaFile(Value):
    """A file of a publication; ``path`` is relative to ``metadata.json``."""

    path: str
    role: str
    encoding_format: str = Field(alias="encodingFormat")
    size: int = Field(alias="contentSize")
    sha256: str
    language: str | None = Field(default=None, alias="inLanguage")


class PublicationMetadata(Document):
    """``metadata.json``: schema.org words (VideoObject, AudioObject) where there are any, ours for the rest."""

    kind: ClassVar[str] = "mediakit/publication/1"

    context: str = Field(default="https://schema.org", alias="@context")
    type: str = Field(alias="@type")
    identifier: str
    outlet: str
    outlet_title: str = Field(alias="outletTitle")
    name: str
    description: str | None = None
    keywords: tuple[str, ...] = ()
    series: str | None = Field(default=None, alias="partOfSeries")
    episode: str | None = Field(default=None, alias="episodeNumber")
    short: str | None = None
    language: str | None = Field(default=None, alias="inLanguage")
    duration: str
    seconds: float
    width: int | None = None
    height: int | None = None
    frame_rate: str | None = Field(default=None, alias="frameRate")
    content: str = Field(alias="contentUrl")
    digest: str
    source_digest: str = Field(alias="sourceDigest")
    copyright: str | None = Field(default=None, alias="copyrightNotice")
    publisher: str | None = None
    loudness_lufs: float | None = Field(default=None, alias="integratedLoudness")
    quality: str | None = None
    aigc: Mapping[str, str] | None = Field(default=None, alias="AIGC")
    files: tuple[MediaFile, ...]


def make_identifier(rendition: Rendition, words: Words, digest: str) -> str:
    """Return the id of a publication: series, episode, short, outlet and content; safe as a folder's name.

    The same words and the same content give the same id on every machine.
    """
    parts = [words.series or rendition.stem, words.episode, rendition.short, rendition.channel]
    return "-".join([*(slug for part in parts if part and (slug := make_slug(part))), digest[:12]])


def make_slug(text: str) -> str:
    """Return text as a part of a file name: letters, digits, ``_``, with ``-`` for all else."""
    kept = "".join(c if c.isalnum() or c == "_" else "-" for c in unicodedata.normalize("NFC", text))
    return "-".join(part for part in kept.split("-") if part)[:_SLUG_LENGTH].strip("-")


def make_metadata(
    rendition: Rendition,
    words: Words,
    *,
    digest: str,
    outlet_title: str,
    report: QcReport | None,
    aigc: Mapping[str, str] | None,
) -> PublicationMetadata:
    """Return the metadata of one rendition's publication."""
    text = words.for_outlet(rendition)
    files = tuple(
        MediaFile(
            path=file.path,
            role=file.role,
            encoding_format=_TYPES.get(PurePosixPath(file.path).suffix.lower(), "application/octet-stream"),
            size=file.size,
            sha256=file.digest,
            language=file.language,
        )
        for file in rendition.files
    )
    data: dict[str, Any] = {
        "type": "VideoObject" if rendition.width else "AudioObject",
        "identifier": make_identifier(rendition, words, digest),
        "outlet": rendition.channel,
        "outlet_title": outlet_title,
        "name": text.title or rendition.title or _fallback_title(rendition, words),
        "description": text.description,
        "keywords": text.tags or (),
        "series": words.series,
        "episode": words.episode,
        "short": rendition.short,
        "language": rendition.language,
        "duration": format_iso_duration(rendition.duration),
        "seconds": round(rendition.duration, 3),
        "width": rendition.width,
        "height": rendition.height,
        "frame_rate": None if rendition.fps is None else f"{rendition.fps.numerator}/{rendition.fps.denominator}",
        "content": rendition.main,
        "digest": digest,
        "source_digest": rendition.source_digest,
        "copyright": words.copyright,
        "publisher": words.publisher,
        "loudness_lufs": rendition.loudness.integrated_lufs if rendition.loudness else None,
        "quality": report.verdict if report else None,
        "aigc": aigc,
        "files": files,
    }
    return PublicationMetadata.model_validate(data)


def _fallback_title(rendition: Rendition, words: Words) -> str:
    return " ".join(part for part in (words.series, words.episode, rendition.short) if part) or rendition.stem


def format_iso_duration(seconds: float) -> str:
    """Return an ISO 8601 duration: ``PT1M30.5S``."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    whole = f"{rest // 10}" + (f".{rest % 10}" if rest % 10 else "")
    parts = [
        f"{hours}H" if hours else "",
        f"{minutes}M" if minutes else "",
        f"{whole}S" if rest or tenths < 600 else "",
    ]
    return "PT" + "".join(parts)
