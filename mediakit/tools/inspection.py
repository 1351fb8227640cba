"""What this machine has of what mediakit needs, and how to get what is missing. Loads nothing heavy; tries encoders."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from mediakit.errors import MediakitError
from mediakit.tools.encoders import list_working
from mediakit.tools.ffmpeg import ask_ffmpeg, find_ffmpeg, list_capabilities
from mediakit.tools.vision_models import Sight

NEEDED = {
    "filters": (
        *("scale", "crop", "pad", "overlay", "setsar", "setparams", "format", "fps", "trim", "setpts", "split"),
        *("gblur", "boxblur", "bwdif", "zscale", "tonemap", "ass", "ebur128", "alimiter", "volume", "aresample"),
        *("join", "atrim", "asetpts", "pan", "blackdetect", "freezedetect", "silencedetect", "astats"),
        *("aphasemeter", "idet", "signalstats", "cropdetect"),
    ),
    "encoders": ("libx264", "aac", "libmp3lame", "mpeg2video", "pcm_s16le", "pcm_s24le", "mjpeg", "png"),
    "muxers": ("mp4", "mov", "hls", "mxf", "wav", "mp3", "matroska"),
}
"""What ffmpeg must be able to do, by kind as in ``ffmpeg -filters``."""

ADVISED_ENCODERS = ("libx265", "libsvtav1")
_PACKAGES = (
    "av",
    "faster-whisper",
    "Pillow",
    "moviepy",
    "pysubs2",
    "rjieba",
    "pypinyin",
    "pyspellchecker",
    "opencc-python-reimplemented",
)
_LEAST_FREE_GB = 2.0
_FFMPEG_REMEDY = "pip install --upgrade imageio-ffmpeg, or name a full build with MEDIAKIT_FFMPEG"


@dataclass(frozen=True)
class Check:
    """One thing that was looked for; ``remedy`` tells how to get it where it is missing."""

    name: str
    found: str
    ok: bool = True
    essential: bool = True
    remedy: str | None = None


def inspect_tools(folders: dict[str, Path]) -> tuple[Check, ...]:
    """Look for everything that mediakit uses.

    Args:
        folders: folders that will hold much (``cache``, ``library``), to tell the room left on their disks.
    """
    return (
        _check_python(),
        *_check_ffmpeg(),
        *(_check_package(name) for name in _PACKAGES),
        _check_reference_engine(),
        _check_exchange(),
        _check_models(),
        _check_sight("faces"),
        _check_sight("text"),
        _check_voices(),
        _check_font(),
        _check_search(),
        *(_check_disk(name, folder) for name, folder in folders.items()),
    )


def _check_python() -> Check:
    found = ".".join(str(part) for part in sys.version_info[:3])
    return Check("python", found, sys.version_info >= (3, 11), remedy="install Python 3.11 or newer")


def _check_ffmpeg() -> Iterator[Check]:
    try:
        binary = find_ffmpeg()
        words = ask_ffmpeg("-version").split()
    except MediakitError as exc:
        yield Check("ffmpeg", str(exc), False, remedy=exc.hint or _FFMPEG_REMEDY)
        return
    yield Check("ffmpeg", f"{words[2] if len(words) > 2 else 'unknown'} ({binary})", bool(words), True, _FFMPEG_REMEDY)
    for kind, names in NEEDED.items():
        missing = sorted(set(names) - list_capabilities(kind))
        found = f"lacks {', '.join(missing)}" if missing else f"all {len(names)} that are needed"
        yield Check(f"ffmpeg {kind}", found, not missing, remedy=_FFMPEG_REMEDY)
    missing = sorted(set(ADVISED_ENCODERS) - list_capabilities("encoders"))
    found = f"lacks {', '.join(missing)}" if missing else ", ".join(ADVISED_ENCODERS)
    yield Check("ffmpeg further encoders", found, not missing, False, _FFMPEG_REMEDY)
    working = list_working(hardware=True)
    remedy = "a graphics card with its driver; without one the processor encodes, which looks better for its size"
    yield Check("hardware encoders", ", ".join(working) or "none runs here", bool(working), False, remedy)


def _check_package(name: str) -> Check:
    remedy = f"pip install {name}"
    try:
        return Check(name, version(name))
    except PackageNotFoundError:
        return Check(name, "not installed", False, remedy=remedy)


def _check_reference_engine() -> Check:
    remedy = "pip install 'mediakit[openai-whisper]' (brings torch; a second engine, not needed)"
    if find_spec("whisper") is None or find_spec("torch") is None:
        return Check("openai-whisper", "not installed", False, False, remedy)
    return Check(
        "openai-whisper", f"{_version_of('openai-whisper')} with torch {_version_of('torch')}", essential=False
    )


def _check_exchange() -> Check:
    remedy = "pip install 'mediakit[nle]' (timelines as .otio; EDL and FCP7 XML need nothing more)"
    if find_spec("opentimelineio") is None:
        return Check("OpenTimelineIO", "not installed", False, False, remedy)
    return Check("OpenTimelineIO", _version_of("OpenTimelineIO"), essential=False)


def _version_of(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"


def _check_models() -> Check:
    from mediakit.tools.models import list_models, models_folder

    found = list_models()
    remedy = f"pip install 'mediakit[models]', or put CTranslate2 model folders into {models_folder()}"
    return Check("speech models", ", ".join(found) or "none", bool(found), False, remedy)


def _check_sight(sight: Sight) -> Check:
    from mediakit.tools.vision_models import describe_model, describe_remedy, find_vision_model

    name = f"network for {sight}"
    try:
        model = find_vision_model(sight)
    except MediakitError as exc:
        return Check(name, str(exc), False, False, exc.hint)
    found = "not installed" if model is None else f"{describe_model(sight)} ({model.path})"
    return Check(name, found, model is not None, False, describe_remedy(sight))


def _check_voices() -> Check:
    from mediakit.tools.voice_models import REMEDY, has_voice_models

    found = has_voice_models()
    return Check("voice models", "found" if found else "not installed", found, False, f"{REMEDY}; tells speakers apart")


def _check_font() -> Check:
    from mediakit.tools.fonts import find_font

    remedy = "pip install pylopdf-fonts-zh-cn"
    try:
        font = find_font("zh")
        lacking = font.missing("国电台新闻，。《》“”·")
    except MediakitError as exc:
        return Check("chinese font", str(exc), False, remedy=exc.hint or remedy)
    return Check("chinese font", f"{font.family} ({font.path})", not lacking, remedy=remedy)


def _check_search() -> Check:
    connection = sqlite3.connect(":memory:")
    try:
        connection.execute("CREATE VIRTUAL TABLE t USING fts5 (x, tokenize='trigram')")
        ok = True
    except sqlite3.OperationalError:
        ok = False
    finally:
        connection.close()
    found = f"{sqlite3.sqlite_version}{'' if ok else ' without trigram search'}"
    return Check("sqlite", found, ok, remedy="use a Python whose SQLite is 3.34 or newer, with FTS5")


def _check_disk(name: str, folder: Path) -> Check:
    place = folder
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free_gb = shutil.disk_usage(place).free / 1e9
    except OSError as exc:
        return Check(f"disk for {name}", f"{folder}: {exc.strerror}", False, False, "name another folder")
    found = f"{free_gb:.1f} GB free at {folder}"
    return Check(f"disk for {name}", found, free_gb >= _LEAST_FREE_GB, False, "make room, or name another folder")
