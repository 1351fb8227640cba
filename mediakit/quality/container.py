"""The file's form against the channel's: container, codecs, size, rate, colour, group of pictures, sound format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mediakit.media.qcreport import Check, Verdict
from mediakit.media.times import plain_number
from mediakit.quality.target import Target, breach

if TYPE_CHECKING:
    from mediakit.channels.models import Audio, Frame, Video
    from mediakit.media.info import AudioStream, MediaInfo, VideoStream

_FAMILIES = {
    **dict.fromkeys(("mp4", "mov", "m4a", "hls"), "mov"),
    **dict.fromkeys(("wav", "bwf"), "wav"),
    "mxf": "mxf",
    "mp3": "mp3",
}
_CODECS = {"mpeg2": ("mpeg2video",), "mp3": ("mp3", "mp3float")}
_COLORS = {"bt709": ("bt709", "bt709", "bt709"), "bt2020_hlg": ("bt2020", "arib-std-b67", "bt2020nc")}
_PROFILES = ("baseline", "main", "extended", "high", "main10", "high10", "high422", "422", "high444predictive")
"""H.264, HEVC and MPEG-2 profiles by what they ask of a decoder."""
_RATE_SLACK = 0.02
_SAME_TRANSFER = {"bt709": ("bt709", "smpte170m", "bt2020-10")}


def check_container(info: MediaInfo, target: Target, *, segmented: bool = False) -> Check:
    """Compare what was probed with what the channel asks for; ``segmented`` is a rung put together again."""
    rule = target.rules["container"]
    faults = _file_faults(info, target, segmented)
    doubts: list[str] = list(info.warnings)
    if target.frame is not None and target.video is not None:
        if info.picture is None:
            faults.append("there is no picture")
        else:
            faults += _frame_faults(info.picture, target.frame)
            faults += _video_faults(info.picture, target.video)
            doubts += _video_doubts(info.picture, target.video)
    elif info.picture is not None:
        faults.append("there is a picture, and the channel takes only sound")
    if target.audio is not None:
        in_tracks = target.container == "mxf"
        faults += _track_faults(info, target.audio) if in_tracks else _sound_faults(info.sound, target.audio)
    verdict: Verdict = breach(rule) if faults else "warn" if doubts else "pass"
    return Check(
        id="container",
        verdict=verdict,
        measured=describe_form(info),
        limit=_describe_target(target),
        message="; ".join(faults + doubts) or "as the channel asks",
        source=target.source("video"),
    )


def describe_form(info: MediaInfo) -> str:
    """Return a file's form in one line: ``h264 High 1920×1080 25 fps yuv420p, aac 2ch 48000 Hz``."""
    parts: list[str] = []
    if picture := info.picture:
        profile = f" {picture.profile}" if picture.profile else ""
        rate = plain_number(picture.fps)
        parts.append(f"{picture.codec}{profile} {picture.width}×{picture.height} {rate} fps {picture.pixel_format}")
    if (sound := info.sound) and len(info.audio) > 1 and info.container.startswith("mxf"):
        parts.append(f"{len(info.audio)} tracks {_codec_name(sound)} {sound.channels}ch {sound.sample_rate} Hz")
    elif sound:
        parts.append(f"{_codec_name(sound)} {sound.channels}ch {sound.sample_rate} Hz")
    return ", ".join(parts)


def _describe_target(target: Target) -> str:
    parts: list[str] = []
    if target.frame and target.video:
        profile = f" {target.video.profile}" if target.video.profile else ""
        size = f"{target.frame.width}×{target.frame.height} {plain_number(target.frame.fps)} fps"
        parts.append(f"{target.video.codec}{profile} {size} {target.video.pixel_format}")
    if target.audio and target.container == "mxf":
        tracks = target.audio.tracks or target.audio.channels
        parts.append(f"{tracks} tracks {target.audio.codec} 1ch {target.audio.sample_rate} Hz")
    elif target.audio:
        parts.append(f"{target.audio.codec} {target.audio.channels}ch {target.audio.sample_rate} Hz")
    return ", ".join(parts)


def _file_faults(info: MediaInfo, target: Target, segmented: bool) -> list[str]:
    faults: list[str] = []
    family = _FAMILIES[target.container]
    if not info.container.startswith(family):
        faults.append(f"container is {info.container.split(',')[0]}, not {target.container}")
    if target.container in ("mp4", "mov", "m4a") and info.faststart is False and not segmented:
        faults.append("the index stands at the end of the file (no fast start)")
    if target.start_timecode is not None and info.timecode != target.start_timecode:
        faults.append(f"starts at timecode {info.timecode or 'none'}, not {target.start_timecode}")
    if info.missing_s:
        faults.append(f"cut short: {info.missing_s:.2f} s that it declares are not there")
    return faults


def _frame_faults(picture: VideoStream, frame: Frame) -> list[str]:
    faults: list[str] = []
    if (picture.width, picture.height) != (frame.width, frame.height):
        faults.append(f"picture is {picture.width}×{picture.height}, not {frame.width}×{frame.height}")
    if picture.rotation or picture.mirrored:
        faults.append(f"players turn the picture by {picture.rotation}°")
    if picture.sample_aspect != 1:
        faults.append(f"pixels are not square ({picture.sample_aspect})")
    if picture.variable_rate:
        faults.append(f"the frame rate varies, asked {plain_number(frame.fps)}")
    elif picture.fps != frame.fps:
        faults.append(f"{plain_number(picture.fps)} frames a second, not {plain_number(frame.fps)}")
    return faults


def _video_faults(picture: VideoStream, video: Video) -> list[str]:
    faults: list[str] = []
    codecs = _CODECS.get(video.codec, (video.codec,))
    if picture.codec not in codecs:
        faults.append(f"picture codec is {picture.codec}, not {video.codec}")
    elif video.profile and _rank_profile(picture.profile) > _rank_profile(video.profile):
        faults.append(f"codec profile is {picture.profile or 'unknown'}, not {video.profile}")
    if picture.pixel_format not in (video.pixel_format, video.pixel_format.replace("yuv", "yuvj", 1)):
        faults.append(f"pixel format is {picture.pixel_format}, not {video.pixel_format}")
    if picture.color_range == "full":
        faults.append("full range (0–255) where video range is asked")
    wanted = _COLORS[video.color]
    tags = (picture.color_primaries, picture.color_transfer, picture.color_space)
    names = ("primaries", "transfer", "matrix")
    for name, have, want in zip(names, tags, wanted, strict=True):
        if have not in ("unknown", want) and not (name == "transfer" and have in _SAME_TRANSFER.get(want, ())):
            faults.append(f"colour {name} is {have}, not {want}")
    if video.bit_rate and video.bit_rate == video.max_rate and picture.bit_rate and picture.duration:
        # Over a short file the decoder's buffer may hold back or lend what a constant rate would not.
        slack = video.bit_rate * _RATE_SLACK + (video.buffer or 0) / picture.duration
        if abs(picture.bit_rate - video.bit_rate) > slack:
            found, asked = picture.bit_rate / 1e6, video.bit_rate / 1e6
            faults.append(f"the picture's rate is {found:.1f} Mb/s, not a constant {asked:g} Mb/s")
    if picture.closed_gop is False and not video.open_gop:
        faults.append("groups of pictures are open")
    if picture.longest_gop_s is not None and picture.longest_gop_s > video.gop_seconds + 1.5 / float(picture.fps):
        faults.append(f"key frames up to {picture.longest_gop_s:.2f} s apart, asked {video.gop_seconds:g} s")
    return faults


def _video_doubts(picture: VideoStream, video: Video) -> list[str]:
    tags = (picture.color_primaries, picture.color_transfer, picture.color_space)
    missing = [n for n, tag in zip(("primaries", "transfer", "matrix"), tags, strict=True) if tag == "unknown"]
    doubts = [f"colour is not tagged ({', '.join(missing)}; asked {video.color})"] if missing else []
    if video.profile and _rank_profile(picture.profile) < _rank_profile(video.profile):
        doubts.append(f"codec profile {picture.profile} is simpler than {video.profile}; players take it")
    return doubts


def _rank_profile(name: str | None) -> int:
    """Return how much a profile asks of a decoder; who plays one plays those below it. Unknown ones rank last."""
    plain = "".join(c for c in (name or "").lower() if c.isalnum()).removeprefix("constrained")
    return _PROFILES.index(plain) if plain in _PROFILES else len(_PROFILES)


def _sound_faults(sound: AudioStream | None, audio: Audio) -> list[str]:
    if sound is None:
        return ["there is no sound"]
    faults: list[str] = []
    if sound.codec not in _CODECS.get(audio.codec, (audio.codec,)):
        faults.append(f"sound codec is {_codec_name(sound)}, not {audio.codec}")
    if sound.channels != audio.channels:
        faults.append(f"sound has {sound.channels} channels, not {audio.channels}")
    if sound.sample_rate != audio.sample_rate:
        faults.append(f"sample rate is {sound.sample_rate} Hz, not {audio.sample_rate}")
    return faults


def _track_faults(info: MediaInfo, audio: Audio) -> list[str]:
    """Return what is wrong with a broadcast file's sound: each channel lies on a mono track of its own."""
    wanted = audio.tracks or audio.channels
    faults: list[str] = []
    if len(info.audio) != wanted:
        faults.append(f"{len(info.audio)} sound tracks, not {wanted}")
    mono = audio.model_copy(update={"channels": 1})
    for number, track in enumerate(info.audio, 1):
        faults += [f"track {number}: {fault}" for fault in _sound_faults(track, mono)]
    return faults


def _codec_name(sound: AudioStream) -> str:
    return sound.codec.removesuffix("float")
