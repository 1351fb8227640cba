"""The settings of ``render``, what they come to for a channel, and what is refused before any work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from mediakit.channels.models import Fit
from mediakit.errors import UsageError
from mediakit.media.captionlook import CaptionStyleName
from mediakit.media.document import Value
from mediakit.media.languages import LanguageTag
from mediakit.media.timeline import Cleaning
from mediakit.media.times import Duration
from mediakit.steps.base import StepSettings

if TYPE_CHECKING:
    from mediakit.channels.loading import Profiles
    from mediakit.channels.models import Channel
    from mediakit.render.spec import Knobs


EDIT = "edit"
SHORTS = "shorts"


class SoundSettings(Cleaning):
    """What is done to the master's sound."""


class CaptionSettings(Value):
    """How burned subtitles look in one render."""

    style: CaptionStyleName | None = Field(
        default=None, description="plain, or karaoke: words that have been said are highlighted (default: the brand's)."
    )


class RenderSettings(StepSettings):
    """Settings of ``render``."""

    of: str | None = Field(
        default=None,
        description="What to render: `edit`, `shorts`, or a recipe input or step by name (default: nearest).",
    )
    channels: tuple[str, ...] = Field(min_length=1, description="Channels to render for, by id.")
    clean: Path | None = Field(default=None, description="The master's textless twin, frame for frame.")
    subtitles: Path | None = Field(default=None, description="A subtitle file to use instead of made cues.")
    transcript: Path | None = Field(default=None, description="A transcript (default: the earlier step's).")
    shorts: Path | None = Field(
        default=None, description="A shorts file, with `of: shorts` (default: the earlier step's)."
    )
    brand: Path | None = Field(default=None, description="The series' brand file: colours, name straps, bug.")
    fit: Fit | None = Field(
        default=None,
        description="How the picture fits a frame of another shape: pad, crop, blur, stack, track or split "
        "(default: the channel's).",
    )
    framing: Path | None = Field(
        default=None, description="A framing file, where a channel's fit is track or split (default: earlier steps')."
    )
    title: str | None = Field(default=None, max_length=500, description="Title, checked against the channels' limits.")
    titles: dict[str, str] = Field(default_factory=dict, description="Titles of single channels, by channel id.")
    captions: CaptionSettings = Field(default_factory=CaptionSettings, description="The style of burned subtitles.")
    cover: Duration | None = Field(
        default=None, description="Time of the frame that covers are made of (default: a good one is chosen)."
    )
    description: str | None = Field(default=None, max_length=20_000, description="Description, checked likewise.")
    tags: tuple[str, ...] = Field(default=(), max_length=100, description="Topics, checked likewise.")
    ai_label: bool | None = Field(
        default=None, description="Mark as made with AI: a visible label and metadata (default: as the brand says)."
    )
    language: LanguageTag | None = Field(default=None, description="Language of the subtitles, such as zh or en.")
    encoder: str | None = Field(
        default=None, description="Picture encoder where a channel's codec is the one it makes, such as h264_nvenc."
    )
    preset: str | None = Field(default=None, description="Encoder preset for all channels, such as veryfast.")
    crf: float | None = Field(
        default=None, ge=0, le=51, description="Encoder quality for all channels (less is better)."
    )
    copy_: Literal["auto", "never"] = Field(
        default="auto",
        alias="copy",
        description="auto: copy whole groups of pictures where nothing is drawn and the source is as a channel asks, "
        "encode the edges; never: encode all.",
    )
    start_timecode: str | None = Field(
        default=None, description="First frame's timecode where a channel has one (default: the channel's)."
    )
    sound: SoundSettings = Field(default_factory=SoundSettings, description="Clean-up of the master's sound.")
    spoken_credits: Path | None = Field(
        default=None, description="A recording that is laid after the end where there is no picture (radio, podcast)."
    )
    channel_definitions: dict[str, Any] = Field(
        default_factory=dict, description="Channels defined by the user, in the built-in ones' schema."
    )


def knobs_of(settings: RenderSettings) -> Knobs:
    """Return what the settings turn for all channels.

    Raises:
        UsageError: an encoder that is unknown.
    """
    from mediakit.render.spec import Knobs

    return Knobs(settings.preset, settings.crf, settings.encoder, settings.start_timecode)


def check_encoder(settings: RenderSettings, profiles: Profiles) -> None:
    """Refuse an encoder given by hand that makes what no channel takes."""
    if settings.encoder is None:
        return
    from mediakit.tools.encoders import find_encoder

    codec = find_encoder(settings.encoder).codec
    taken = {channel.video.codec for name in settings.channels if (channel := profiles.channel(name)).video}
    if codec not in taken:
        raise UsageError(
            f"{settings.encoder} makes {codec}, which no channel takes",
            hint=f"they take {', '.join(sorted(taken)) or 'only sound'}",
        )


def find_channel(profiles: Profiles, channel_id: str) -> Channel:
    """Return a channel that can be rendered.

    Raises:
        UsageError: unknown, or of a kind that is not rendered.
    """
    channel = profiles.channel(channel_id)
    if channel.unsupported:
        raise UsageError(f"{channel_id} cannot be rendered: {channel.unsupported}")
    return channel


def check_timecode(settings: RenderSettings, profiles: Profiles) -> None:
    """Refuse a start timecode that is none at a channel's frame rate, or that no channel takes."""
    from mediakit.media.times import timecode_to_frames

    channels = [profiles.channel(channel_id) for channel_id in settings.channels]
    takers = [channel for channel in channels if channel.container == "mxf" and channel.frame is not None]
    if settings.start_timecode is not None and not takers:
        raise UsageError("a start timecode was given, and no channel takes one", hint="tv_hd does")
    for channel in takers:
        text = settings.start_timecode or channel.start_timecode
        if text is not None and channel.frame is not None:
            timecode_to_frames(text, channel.frame.fps)


def check_texts_of(settings: RenderSettings, channel_id: str, channel: Channel) -> None:
    """Refuse texts that were given and that the channel does not take."""
    from mediakit.render.metadata import check_texts

    given = {"description": settings.description, "tags": settings.tags, "title": title_for(settings, channel_id)}
    texts: dict[str, Any] = {name: value for name, value in given.items() if value}
    for problem in check_texts(channel, **texts):
        if problem.field in texts:
            hint = (
                f"give the channel a title of its own: titles: {{{channel_id}: …}}"
                if problem.field == "title"
                else None
            )
            raise UsageError(f"{channel_id}: {problem.message}", hint=hint)


def title_for(settings: RenderSettings, channel_id: str) -> str:
    """Return the title that the settings give a channel; empty where they give none."""
    return settings.titles.get(channel_id, settings.title or "")
